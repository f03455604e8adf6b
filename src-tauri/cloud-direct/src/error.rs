//! What can go wrong, what can be done about it, and how a person is told.
//!
//! The texts of a server are cut, cleaned and rid of the token before they get here.

use std::time::Duration;

/// Why a source gave nothing. `Display` is a message for a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// 401.
    #[error("Cloud Direct refused the token. Make a new one in the portal, and enter it.{}", said(.detail))]
    TokenRefused {
        /// What the server said.
        detail: Option<String>,
    },
    /// It cannot be sent in a header.
    #[error(
        "The token holds blanks, line breaks or other characters that a token cannot have. Copy it again."
    )]
    TokenUnusable,
    /// 403 on something other than one organization.
    #[error("The token is valid, but may not {call}. Ask for that right in the portal.{}", said(.detail))]
    Forbidden {
        /// What was asked, after "may not".
        call: &'static str,
        /// What the server said.
        detail: Option<String>,
    },
    /// No connection.
    #[error(
        "Cloud Direct at {host} cannot be reached ({detail}). Check the address and the network."
    )]
    NotReachable {
        /// Host and port.
        host: String,
        /// What the system said.
        detail: String,
    },
    /// The certificate, or what should have been TLS.
    #[error(
        "No secure connection to {host} ({detail}). Check the address, this computer's date, and \
         whether a proxy opens encrypted connections."
    )]
    Tls {
        /// Host and port.
        host: String,
        /// What the system said.
        detail: String,
    },
    /// Too slow.
    #[error("Cloud Direct at {host} did not answer in time. It is tried again later.")]
    TimedOut {
        /// Host and port.
        host: String,
    },
    /// The connection ended in the middle.
    #[error(
        "The connection to {host} was cut off before the answer was complete. It is tried again later."
    )]
    CutOff {
        /// Host and port.
        host: String,
    },
    /// Something answered, but not this interface.
    #[error("What answers at {host} is not Cloud Direct: {reason}. Check the address.")]
    NotCloudDirect {
        /// Host and port.
        host: String,
        /// What came in its place.
        reason: String,
    },
    /// JSON, but not what was agreed.
    #[error(
        "Cloud Direct's answer to {call} cannot be used: {reason}. Report this to whoever runs the portal."
    )]
    Malformed {
        /// The request's path.
        call: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// A field that every answer must have.
    #[error(
        "Cloud Direct's answer to {call} lacks the required field {field}. Check that the address \
         is that of the portal, and report this to whoever runs it."
    )]
    MissingField {
        /// The request's path.
        call: &'static str,
        /// Where in the answer, such as `items[3].finished_at`.
        field: String,
    },
    /// 429, or 503 with a time.
    #[error("Cloud Direct asks to wait{}. It is tried again by itself.", wait(.retry_after))]
    Throttled {
        /// How long, where the server said so.
        retry_after: Option<Duration>,
    },
    /// 5xx.
    #[error("Cloud Direct has a fault of its own (HTTP {status}). It is tried again later.{}", said(.detail))]
    ServerError {
        /// The HTTP status.
        status: u16,
        /// What the server said.
        detail: Option<String>,
    },
    /// Another 4xx.
    #[error("Cloud Direct refused the request {call} (HTTP {status}).{}", said(.detail))]
    Refused {
        /// The request's path.
        call: &'static str,
        /// The HTTP status.
        status: u16,
        /// What the server said.
        detail: Option<String>,
    },
    /// The address cannot be used. It is not repeated: somebody may have put the token there.
    #[error("The Cloud Direct address cannot be used: {reason}.")]
    Address {
        /// Why, and what to do.
        reason: String,
    },
    /// The folder of exports is not there.
    #[error("The folder {path} is not there. Check its name, and that the drive is connected.")]
    FolderMissing {
        /// The folder.
        path: String,
    },
    /// The folder of exports cannot be listed.
    #[error("The folder {path} cannot be read: {reason}. Check its permissions.")]
    FolderUnreadable {
        /// The folder.
        path: String,
        /// What the system said.
        reason: String,
    },
}

/// What can be done about an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Try again, with growing pauses.
    Transient,
    /// Try again after this time; with growing pauses where none is given.
    Throttled {
        /// How long to wait at least.
        retry_after: Option<Duration>,
    },
    /// The token was refused. Ask nothing more until a person has changed it.
    Stop,
    /// A person must change a setting, or a right.
    Misuse,
    /// The answer is of no use. It may be a passing fault of something in between.
    Broken,
}

impl Error {
    /// What can be done.
    pub fn class(&self) -> Class {
        match self {
            Error::TokenRefused { .. } | Error::TokenUnusable => Class::Stop,
            Error::NotReachable { .. }
            | Error::TimedOut { .. }
            | Error::CutOff { .. }
            | Error::ServerError { .. }
            // A network drive or a stick comes back.
            | Error::FolderMissing { .. }
            | Error::FolderUnreadable { .. }
            | Error::Tls { .. } => Class::Transient,
            Error::Throttled { retry_after } => Class::Throttled { retry_after: *retry_after },
            Error::Forbidden { .. }
            | Error::MissingField { .. }
            | Error::Refused { .. }
            | Error::Address { .. } => Class::Misuse,
            Error::NotCloudDirect { .. } | Error::Malformed { .. } => Class::Broken,
        }
    }

    /// A word for programs. It does not change.
    pub fn code(&self) -> &'static str {
        match self {
            Error::TokenRefused { .. } | Error::TokenUnusable => "token_refused",
            Error::Forbidden { .. } => "forbidden",
            Error::NotReachable { .. } => "not_reachable",
            Error::Tls { .. } => "tls",
            Error::TimedOut { .. } => "timed_out",
            Error::CutOff { .. } => "cut_off",
            Error::NotCloudDirect { .. } => "not_cloud_direct",
            Error::Malformed { .. } | Error::MissingField { .. } => "malformed",
            Error::Throttled { .. } => "throttled",
            Error::ServerError { .. } => "server_error",
            Error::Refused { .. } => "refused",
            Error::Address { .. } => "address",
            Error::FolderMissing { .. } => "folder_missing",
            Error::FolderUnreadable { .. } => "folder_unreadable",
        }
    }
}

fn said(detail: &Option<String>) -> String {
    detail
        .as_ref()
        .map(|detail| format!(" It said: {detail}"))
        .unwrap_or_default()
}

fn wait(retry_after: &Option<Duration>) -> String {
    match retry_after {
        Some(time) => format!(" {} s", time.as_secs()),
        None => String::new(),
    }
}
