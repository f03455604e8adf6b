//! Which errors are a service's refusal of the login, and whose.

use sync::accounts::AccountsError;
use sync::billing::{FollowError, OrderError, PreviewError};
use sync::connect::ConnectError;
use sync::login::Service;
use sync::mapping::MappingError;

/// An error that may be a refused login.
pub trait MayRefuse: std::error::Error {
    fn refused_by(&self) -> Option<Service>;
}

impl MayRefuse for autotask::Error {
    fn refused_by(&self) -> Option<Service> {
        (self.class() == autotask::Class::Stop).then_some(Service::Autotask)
    }
}

impl MayRefuse for cloud_direct::Error {
    fn refused_by(&self) -> Option<Service> {
        (self.class() == cloud_direct::Class::Stop).then_some(Service::CloudDirect)
    }
}

impl MayRefuse for ConnectError {
    fn refused_by(&self) -> Option<Service> {
        match self {
            ConnectError::Autotask(error) => error.refused_by(),
            ConnectError::Source(error) => error.refused_by(),
            ConnectError::Settings(_) | ConnectError::TokenMissing | ConnectError::Store(_) => None,
        }
    }
}

impl MayRefuse for AccountsError {
    fn refused_by(&self) -> Option<Service> {
        match self {
            AccountsError::Autotask(error) => error.refused_by(),
            AccountsError::Store(_) => None,
        }
    }
}

impl MayRefuse for MappingError {
    fn refused_by(&self) -> Option<Service> {
        match self {
            MappingError::Autotask(error) => error.refused_by(),
            MappingError::UnknownOrganization(_)
            | MappingError::Incomplete
            | MappingError::UnknownAccount(_)
            | MappingError::NoReason
            | MappingError::OtherContract { .. }
            | MappingError::OtherService { .. }
            | MappingError::Store(_) => None,
        }
    }
}

impl MayRefuse for PreviewError {
    fn refused_by(&self) -> Option<Service> {
        match self {
            PreviewError::Autotask(error) => error.refused_by(),
            PreviewError::Store(_) => None,
        }
    }
}

impl MayRefuse for OrderError {
    fn refused_by(&self) -> Option<Service> {
        match self {
            OrderError::LoginRefused { service, .. } => Some(*service),
            OrderError::Autotask(error) => error.refused_by(),
            OrderError::Busy
            | OrderError::Cancelled
            | OrderError::UnknownOrganization(_)
            | OrderError::UnknownLine
            | OrderError::NotPossible(_)
            | OrderError::NoReason
            | OrderError::Store(_) => None,
        }
    }
}

impl MayRefuse for FollowError {
    fn refused_by(&self) -> Option<Service> {
        match self {
            FollowError::Autotask(error) => error.refused_by(),
            FollowError::NotBilled(_)
            | FollowError::NotRenewed
            | FollowError::NotPossible { .. }
            | FollowError::Store(_) => None,
        }
    }
}
