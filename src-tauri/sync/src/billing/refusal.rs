//! A login that is refused while somebody looks counts as every other: from then on nothing is sent until it
//! has been tested again.

use autotask::{Class, Error};
use jiff::Timestamp;

use super::{FollowError, OrderError, PreviewError};
use crate::{
    login::Service,
    store::{Store, StoreError},
};

/// An error that may be Autotask's.
pub(super) trait OfAutotask: From<StoreError> {
    fn of_autotask(&self) -> Option<&Error>;
}

/// Keeps a refused login, where something can be kept: a store that is only read belongs to a program that
/// has it to itself.
pub(super) fn noted<T, E: OfAutotask>(
    store: &Store,
    now: Timestamp,
    result: Result<T, E>,
) -> Result<T, E> {
    if let Err(error) = &result
        && let Some(refusal) = error.of_autotask()
        && refusal.class() == Class::Stop
        && store.can_write()
    {
        store.login_refused(Service::Autotask, &refusal.to_string(), now)?;
    }
    result
}

impl OfAutotask for PreviewError {
    fn of_autotask(&self) -> Option<&Error> {
        match self {
            Self::Autotask(error) => Some(error),
            Self::Store(_) => None,
        }
    }
}

impl OfAutotask for OrderError {
    fn of_autotask(&self) -> Option<&Error> {
        match self {
            Self::Autotask(error) => Some(error),
            Self::LoginRefused { .. }
            | Self::Busy
            | Self::Cancelled
            | Self::UnknownOrganization(_)
            | Self::UnknownLine
            | Self::NotPossible(_)
            | Self::NoReason
            | Self::Store(_) => None,
        }
    }
}

impl OfAutotask for FollowError {
    fn of_autotask(&self) -> Option<&Error> {
        match self {
            Self::Autotask(error) => Some(error),
            Self::NotBilled(_) | Self::NotRenewed | Self::NotPossible { .. } | Self::Store(_) => {
                None
            }
        }
    }
}
