//! How the errors of the parts below become what the page understands: a code, a sentence, and
//! the field it belongs to.

use std::time::Duration;

use sync::accounts::AccountsError;
use sync::connect::ConnectError;
use sync::mapping::{ImportError, MappingError};
use sync::settings::SettingsError;
use sync::store::StoreError;

use crate::desktop::DesktopError;
use crate::secrets;
use crate::view::{CommandError, ErrorCode};

impl CommandError {
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            field: None,
            retry_after: None,
        }
    }

    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self {
            field: Some(field.to_owned()),
            ..Self::new(ErrorCode::InvalidInput, message)
        }
    }

    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Internal, message)
    }

    fn retry(mut self, after: Option<Duration>) -> Self {
        self.retry_after =
            after.map(|after| u32::try_from(after.as_secs().max(1)).unwrap_or(u32::MAX));
        self
    }
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store failed");
        Self::new(ErrorCode::Storage, error.to_string())
    }
}

impl From<SettingsError> for CommandError {
    fn from(error: SettingsError) -> Self {
        Self {
            field: error.field.as_deref().map(view_field),
            ..Self::new(ErrorCode::InvalidInput, error.message)
        }
    }
}

impl From<secrets::Error> for CommandError {
    fn from(error: secrets::Error) -> Self {
        let code = match error {
            secrets::Error::NotFound(_) => ErrorCode::NotTested,
            secrets::Error::Unavailable | secrets::Error::Locked | secrets::Error::TimedOut => {
                ErrorCode::KeychainUnavailable
            }
        };
        Self::new(code, error.to_string())
    }
}

impl From<autotask::Error> for CommandError {
    fn from(error: autotask::Error) -> Self {
        use autotask::Class;
        let (code, after) = match error.class() {
            Class::Throttled { retry_after } => (ErrorCode::Unreachable, retry_after),
            Class::Transient => (ErrorCode::Unreachable, None),
            Class::Unclear => (ErrorCode::Unclear, None),
            Class::Rejected | Class::Misuse => (ErrorCode::Refused, None),
            Class::Stop => (ErrorCode::LoginRefused, None),
        };
        Self::new(code, error.to_string()).retry(after)
    }
}

impl From<cloud_direct::Error> for CommandError {
    fn from(error: cloud_direct::Error) -> Self {
        use cloud_direct::Class;
        let (code, after) = match error.class() {
            Class::Throttled { retry_after } => (ErrorCode::Unreachable, retry_after),
            Class::Transient | Class::Broken => (ErrorCode::Unreachable, None),
            Class::Stop => (ErrorCode::LoginRefused, None),
            Class::Misuse => (ErrorCode::InvalidInput, None),
        };
        Self::new(code, error.to_string()).retry(after)
    }
}

impl From<ConnectError> for CommandError {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::Settings(error) => error.into(),
            ConnectError::TokenMissing => Self::new(ErrorCode::NotTested, error.to_string()),
            ConnectError::Autotask(error) => error.into(),
            ConnectError::Source(error) => error.into(),
            ConnectError::Store(error) => error.into(),
        }
    }
}

impl From<AccountsError> for CommandError {
    fn from(error: AccountsError) -> Self {
        match error {
            AccountsError::Autotask(error) => error.into(),
            AccountsError::Store(error) => error.into(),
        }
    }
}

impl From<MappingError> for CommandError {
    fn from(error: MappingError) -> Self {
        let message = error.to_string();
        match error {
            MappingError::UnknownOrganization(_) => Self::new(ErrorCode::NotFound, message),
            MappingError::Incomplete | MappingError::UnknownAccount(_) => {
                Self::invalid("account", message)
            }
            MappingError::NoReason => Self::invalid("excluded", message),
            MappingError::OtherContract { .. } => Self::invalid("contract", message),
            MappingError::OtherService { .. } => Self::invalid("service", message),
            MappingError::Autotask(error) => error.into(),
            MappingError::Store(error) => error.into(),
        }
    }
}

impl From<ImportError> for CommandError {
    fn from(error: ImportError) -> Self {
        Self::new(ErrorCode::InvalidInput, error.to_string())
    }
}

impl From<DesktopError> for CommandError {
    fn from(error: DesktopError) -> Self {
        Self::internal(error.to_string())
    }
}

/// A setting's name as the page has it: `alerts.error.days_due` is `alerts.error.daysDue`.
fn view_field(setting: &str) -> String {
    let mut field = String::with_capacity(setting.len());
    let mut upper = false;
    for letter in setting.chars() {
        if letter == '_' {
            upper = true;
        } else if std::mem::take(&mut upper) {
            field.extend(letter.to_uppercase());
        } else {
            field.push(letter);
        }
    }
    field
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_that_is_wrong_names_the_pages_field() {
        let error = CommandError::from(SettingsError {
            line: None,
            field: Some("alerts.error.days_due".to_owned()),
            message: "Days Due is at most 365.".to_owned(),
        });
        assert_eq!(error.code, ErrorCode::InvalidInput);
        assert_eq!(error.field.as_deref(), Some("alerts.error.daysDue"));
    }

    #[test]
    fn a_login_that_is_refused_has_its_own_code() {
        let error = CommandError::from(autotask::Error::LoginRefused { said: None });
        assert_eq!(error.code, ErrorCode::LoginRefused);
    }

    #[test]
    fn a_pause_that_autotask_asks_for_reaches_the_page_in_seconds() {
        let error = CommandError::from(autotask::Error::QuotaUsedUp {
            retry_after: Some(Duration::from_millis(90_500)),
        });
        assert_eq!(error.code, ErrorCode::Unreachable);
        assert_eq!(error.retry_after, Some(90));
    }
}
