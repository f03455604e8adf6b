//! What can go wrong, and what can be done about it.
//!
//! [`Error`] says what happened, to what, and what to do, in a sentence for a person; its
//! [`code`](Error::code) is stable and its [`class`](Error::class) decides how a caller goes on.
//! No error holds a secret: texts that came from the other side are redacted and at most 2 kB.

use std::time::Duration;

use crate::entity::EntityKind;

/// What a caller can do about an [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Too much at once: everybody pauses. The call did not take effect.
    Throttled { retry_after: Option<Duration> },
    /// It certainly did not take effect; try again later.
    Transient,
    /// A write that may have taken effect: look before anything else.
    Unclear,
    /// This row is refused; a person or a setting must change.
    Rejected,
    /// The login, the user or the tracking identifier: nothing more may be sent.
    Stop,
    /// The request itself was wrong: its query, its address.
    Misuse,
}

/// What a failed call may have done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing was changed: a read, or a write that certainly did not get through.
    None,
    /// A write that may have been carried out.
    Unknown,
}

/// Why Autotask refused a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// A value that is not (or no longer) in the field's list: a queue, a priority.
    PicklistValue,
    /// A row that is referred to does not exist: an account, a contract.
    Reference,
    /// Anything else.
    Other,
}

/// One reason of a refused create or update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidationMessage {
    /// Autotask's words.
    pub text: String,
    /// The row it speaks of, zero-based in the order in which the rows were given, if Autotask
    /// named one.
    pub record: Option<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("Autotask refused the login. Check the username and the password of the API user.{}", quote(.said))]
    LoginRefused { said: Option<String> },

    #[error(
        "The Autotask user is locked. An Autotask administrator has to clear \"Locked\" on the API user; then test again.{}",
        quote(.said)
    )]
    UserLocked { said: Option<String> },

    #[error(
        "Autotask does not accept the tracking identifier. Copy it again from the API user in Autotask (tab Security, API Tracking Identifier).{}",
        quote(.said)
    )]
    TrackingIdentifierInvalid { said: Option<String> },

    #[error(
        "Autotask knows no zone for the username \"{username}\". Check that it is the whole name (user@domain) of an API user.{}",
        quote(.said)
    )]
    ZoneNotFound {
        username: String,
        said: Option<String>,
    },

    #[error(
        "The address \"{address}\" is not used: {reason}. It must be HTTPS under autotask.net."
    )]
    ZoneUntrusted { address: String, reason: String },

    #[error(
        "The Autotask user lacks the right for {what}. Give its security level that right in Autotask.{}",
        quote(.said)
    )]
    NoPermission { what: String, said: Option<String> },

    #[error("Autotask refused {what}: {}", join(.messages))]
    Refused {
        what: String,
        refusal: Refusal,
        messages: Vec<ValidationMessage>,
    },

    #[error(
        "Autotask is already handling as many calls of this integration as it allows. Wait a moment."
    )]
    ThreadLimit { retry_after: Option<Duration> },

    #[error(
        "The hourly quota of Autotask calls is used up, by all integrations of this tenant together. Wait until the usage has fallen."
    )]
    QuotaUsedUp { retry_after: Option<Duration> },

    #[error(
        "{used} of the {quota} Autotask calls of this hour are used, by all integrations of this tenant together, and this one stops at {share} %. It goes on when the usage has fallen."
    )]
    HeldBack {
        used: u64,
        quota: u64,
        /// Percent.
        share: u8,
        /// When it is worth to ask again.
        retry_after: Duration,
    },

    #[error("{host} cannot be reached ({detail}). Check the network connection and the address.")]
    NotReachable { host: String, detail: String },

    #[error(
        "No secure connection to {host} ({detail}). A proxy or virus scanner may be intercepting it, or this computer's clock is wrong."
    )]
    Tls { host: String, detail: String },

    #[error("{host} did not answer in time.{}", unclear(*.effect))]
    TimedOut { host: String, effect: Effect },

    #[error("The connection to {host} was cut off ({detail}).{}", unclear(*.effect))]
    CutOff {
        host: String,
        detail: String,
        effect: Effect,
    },

    #[error(
        "The answer from {host} (status {status}) is not Autotask's: probably a page of a proxy, a firewall or a sign-in portal. Check the network and the zone address.{}",
        unclear(*.effect)
    )]
    NotAutotask {
        host: String,
        status: u16,
        /// The beginning of the answer.
        excerpt: String,
        effect: Effect,
    },

    #[error("The answer from {host} cannot be read ({detail}).{}", unclear(*.effect))]
    Malformed {
        host: String,
        detail: String,
        /// The beginning of the answer.
        excerpt: String,
        effect: Effect,
    },

    #[error("Autotask failed on its side (status {status}).{}{}", quote(.said), unclear(*.effect))]
    ServerError {
        status: u16,
        said: Option<String>,
        effect: Effect,
    },

    #[error("The request to Autotask was wrong: {reason}.")]
    Query { reason: String },
}

impl Error {
    /// What can be done about it.
    pub fn class(&self) -> Class {
        match self {
            Self::LoginRefused { .. }
            | Self::UserLocked { .. }
            | Self::TrackingIdentifierInvalid { .. }
            | Self::ZoneNotFound { .. } => Class::Stop,
            Self::ZoneUntrusted { .. } | Self::Query { .. } => Class::Misuse,
            Self::NoPermission { .. } | Self::Refused { .. } => Class::Rejected,
            Self::ThreadLimit { retry_after } | Self::QuotaUsedUp { retry_after } => {
                Class::Throttled {
                    retry_after: *retry_after,
                }
            }
            Self::HeldBack { retry_after, .. } => Class::Throttled {
                retry_after: Some(*retry_after),
            },
            Self::NotReachable { .. } | Self::Tls { .. } => Class::Transient,
            Self::TimedOut { effect, .. }
            | Self::CutOff { effect, .. }
            | Self::NotAutotask { effect, .. }
            | Self::Malformed { effect, .. }
            | Self::ServerError { effect, .. } => match effect {
                Effect::None => Class::Transient,
                Effect::Unknown => Class::Unclear,
            },
        }
    }

    /// A stable name of the case, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::LoginRefused { .. } => "login_refused",
            Self::UserLocked { .. } => "user_locked",
            Self::TrackingIdentifierInvalid { .. } => "tracking_identifier_invalid",
            Self::ZoneNotFound { .. } => "zone_not_found",
            Self::ZoneUntrusted { .. } => "zone_untrusted",
            Self::NoPermission { .. } => "no_permission",
            Self::Refused { refusal, .. } => match refusal {
                Refusal::PicklistValue => "picklist_value",
                Refusal::Reference => "reference",
                Refusal::Other => "validation",
            },
            Self::ThreadLimit { .. } => "thread_limit",
            Self::QuotaUsedUp { .. } => "quota_used_up",
            Self::HeldBack { .. } => "held_back",
            Self::NotReachable { .. } => "not_reachable",
            Self::Tls { .. } => "tls",
            Self::TimedOut { .. } => "timed_out",
            Self::CutOff { .. } => "cut_off",
            Self::NotAutotask { .. } => "not_autotask",
            Self::Malformed { .. } => "malformed",
            Self::ServerError { .. } => "server_error",
            Self::Query { .. } => "query",
        }
    }

    /// The reasons of a refused create or update; empty for every other error.
    pub fn validation(&self) -> &[ValidationMessage] {
        if let Self::Refused { messages, .. } = self {
            messages
        } else {
            &[]
        }
    }

    /// A change of a row that is not there, in the words of Autotask.
    pub(crate) fn not_there(kind: EntityKind, id: i64) -> Self {
        Self::Refused {
            what: format!("changing {}", kind.words()),
            refusal: Refusal::Reference,
            messages: vec![ValidationMessage {
                text: format!("No matching records found: there is none with the id {id}."),
                record: Some(0),
            }],
        }
    }

    pub(crate) fn query(reason: impl Into<String>) -> Self {
        Self::Query {
            reason: reason.into(),
        }
    }
}

fn quote(said: &Option<String>) -> String {
    said.as_deref()
        .map(|said| format!(" Autotask says: \"{said}\""))
        .unwrap_or_default()
}

fn join(messages: &[ValidationMessage]) -> String {
    let texts: Vec<&str> = messages
        .iter()
        .map(|message| message.text.as_str())
        .collect();
    texts.join(" ")
}

fn unclear(effect: Effect) -> &'static str {
    match effect {
        Effect::None => " Nothing was changed; try again later.",
        Effect::Unknown => {
            " It may have been carried out all the same: look before sending it again."
        }
    }
}
