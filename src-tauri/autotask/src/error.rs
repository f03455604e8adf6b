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
    Throttled {
        /// How long, where it is known.
        retry_after: Option<Duration>,
    },
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
    /// What is to be stored is there already: a second adjustment of a line with the same day was seen
    /// to be refused like this.
    Duplicate,
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

/// Why a call failed.
///
/// `Display` is a sentence for a person. A program goes by [`class`](Self::class), and remembers the
/// [`code`](Self::code):
///
/// ```no_run
/// use autotask::{Class, Client, NewTicket};
///
/// # async fn example(client: Client, ticket: NewTicket) {
/// if let Err(error) = client.create(&ticket).await {
///     match error.class() {
///         Class::Throttled { retry_after } => println!("pause for {retry_after:?}, send it again"),
///         Class::Transient => println!("send it again later"),
///         Class::Unclear => println!("look for its external id before sending it again"),
///         Class::Rejected => println!("keep it for a person: {error}"),
///         Class::Stop => println!("send nothing more: {error}"),
///         Class::Misuse => println!("a mistake of this program: {error}"),
///     }
/// }
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The username or the password is wrong: status 401, or words about the login. Trying again and
    /// again locks the user.
    #[error("Autotask refused the login. Check the username and the password of the API user.{}", quote(.said))]
    LoginRefused {
        /// Autotask's words, if it said any.
        said: Option<String>,
    },

    /// The user is locked: several refused logins in a row do that.
    #[error(
        "The Autotask user is locked. An Autotask administrator has to clear \"Locked\" on the API user; then test again.{}",
        quote(.said)
    )]
    UserLocked {
        /// Autotask's words, if it said any.
        said: Option<String>,
    },

    /// The tracking identifier (integration code) is missing or not one that this tenant knows.
    #[error(
        "Autotask does not accept the tracking identifier. Copy it again from the API user in Autotask (tab Security, API Tracking Identifier).{}",
        quote(.said)
    )]
    TrackingIdentifierInvalid {
        /// Autotask's words, if it said any.
        said: Option<String>,
    },

    /// [`find_zone`](crate::find_zone) was told that there is no such user.
    #[error(
        "Autotask knows no zone for the username \"{username}\". Check that it is the whole name (user@domain) of an API user.{}",
        quote(.said)
    )]
    ZoneNotFound {
        /// As it was asked for.
        username: String,
        /// Autotask's words, if it said any.
        said: Option<String>,
    },

    /// An address that is not trusted with a login: not HTTPS under `autotask.net`, and not loopback.
    #[error(
        "The address \"{address}\" is not used: {reason}. It must be HTTPS under autotask.net."
    )]
    ZoneUntrusted {
        /// As it was given; of one with a name or a password in it, the host.
        address: String,
        /// What is wrong with it, as a part of a sentence.
        reason: String,
    },

    /// The user's security level does not allow the call.
    #[error(
        "The Autotask user lacks the right for {what}. Give its security level that right in Autotask.{}",
        quote(.said)
    )]
    NoPermission {
        /// What was to be done: "creating tickets".
        what: String,
        /// Autotask's words, if it said any.
        said: Option<String>,
    },

    /// A create or update was refused, and nothing of it stored: over SOAP that goes for every row of
    /// the call (vendor's help, *Batching API calls*).
    #[error("Autotask refused {what}: {}", join(.messages))]
    Refused {
        /// What was to be done: "creating tickets".
        what: String,
        /// The sort of reason, as exactly as it is known.
        refusal: Refusal,
        /// Every reason that Autotask gave.
        messages: Vec<ValidationMessage>,
    },

    /// More calls at the same time than the three that Autotask allows (vendor's help, *Thread
    /// limiting*). The governor keeps one program below it; a second one with the same tracking
    /// identifier counts too.
    #[error(
        "Autotask is already handling as many calls of this integration as it allows. Wait a moment."
    )]
    ThreadLimit {
        /// What the answer's `Retry-After` says. The vendor documents none.
        retry_after: Option<Duration>,
    },

    /// The tenant's quota is used up, and every integration of the tenant is refused (vendor's help,
    /// *Thresholds and limits*).
    #[error(
        "The hourly quota of Autotask calls is used up, by all integrations of this tenant together. Wait until the usage has fallen."
    )]
    QuotaUsedUp {
        /// What the answer's `Retry-After` says. The vendor documents none.
        retry_after: Option<Duration>,
    },

    /// The [governor](crate::governor) did not let the call out: nothing was sent.
    #[error(
        "{used} of the {quota} Autotask calls of this hour are used, by all integrations of this tenant together, and this one stops at {share} %. It goes on when the usage has fallen."
    )]
    HeldBack {
        /// Calls of the last hour as far as they are known.
        used: u64,
        /// Calls that the tenant has in an hour.
        quota: u64,
        /// Percent of the quota at which this governor stops.
        share: u8,
        /// When it is worth to ask again.
        retry_after: Duration,
    },

    /// It was [called off](crate::Client::until) before its turn had come: nothing was sent.
    #[error("The call to Autotask was called off before it was sent.")]
    CalledOff,

    /// No connection came about: nothing was sent.
    #[error("{host} cannot be reached ({detail}). Check the network connection and the address.")]
    NotReachable {
        /// Host, and port if it is not the usual one.
        host: String,
        /// The system's words.
        detail: String,
    },

    /// The TLS connection did not come about: nothing was sent.
    #[error(
        "No secure connection to {host} ({detail}). A proxy or virus scanner may be intercepting it, or this computer's clock is wrong."
    )]
    Tls {
        /// Host, and port if it is not the usual one.
        host: String,
        /// The TLS library's words.
        detail: String,
    },

    /// The time of [`Options`](crate::Options) was over before the answer had come.
    #[error("{host} did not answer in time.{}", unclear(*.effect))]
    TimedOut {
        /// Host, and port if it is not the usual one.
        host: String,
        /// What the call may have done.
        effect: Effect,
    },

    /// The connection ended before the answer had come.
    #[error("The connection to {host} was cut off ({detail}).{}", unclear(*.effect))]
    CutOff {
        /// Host, and port if it is not the usual one.
        host: String,
        /// The system's words.
        detail: String,
        /// What the call may have done.
        effect: Effect,
    },

    /// Something on the way answered in Autotask's place, such as a web page, or a redirect, which is
    /// not followed.
    #[error(
        "The answer from {host} (status {status}) is not Autotask's: probably a page of a proxy, a firewall or a sign-in portal. Check the network and the zone address.{}",
        unclear(*.effect)
    )]
    NotAutotask {
        /// Which host was asked.
        host: String,
        /// The HTTP status.
        status: u16,
        /// The beginning of the answer.
        excerpt: String,
        /// What the call may have done.
        effect: Effect,
    },

    /// An answer in Autotask's form, or nearly, that lacks what it must hold.
    #[error("The answer from {host} cannot be read ({detail}).{}", unclear(*.effect))]
    Malformed {
        /// Which host was asked.
        host: String,
        /// What is wrong with it.
        detail: String,
        /// The beginning of the answer; empty where one of its rows is what is wrong.
        excerpt: String,
        /// What the call may have done.
        effect: Effect,
    },

    /// Autotask says that it failed, and not because of what it was sent.
    #[error("Autotask failed on its side (status {status}).{}{}", quote(.said), unclear(*.effect))]
    ServerError {
        /// The HTTP status; SOAP tells failures with 200 too.
        status: u16,
        /// Autotask's words, if it said any.
        said: Option<String>,
        /// What the call may have done.
        effect: Effect,
    },

    /// A request that was found wrong before it was sent, or that Autotask could make nothing of.
    #[error("The request to Autotask was wrong: {reason}.")]
    Query {
        /// What is wrong, as a part of a sentence.
        reason: String,
    },
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
            Self::CalledOff | Self::NotReachable { .. } | Self::Tls { .. } => Class::Transient,
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

    /// A stable name of the case, for programs: one for each variant, and for
    /// [`Refused`](Self::Refused) one for each [`Refusal`].
    ///
    /// ```
    /// use autotask::{Class, zone_from_address};
    ///
    /// let error = zone_from_address("http://webservices5.autotask.net").unwrap_err();
    /// assert_eq!((error.code(), error.class()), ("zone_untrusted", Class::Misuse));
    /// ```
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
                Refusal::Duplicate => "duplicate",
                Refusal::Other => "validation",
            },
            Self::ThreadLimit { .. } => "thread_limit",
            Self::QuotaUsedUp { .. } => "quota_used_up",
            Self::HeldBack { .. } => "held_back",
            Self::CalledOff => "called_off",
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

    /// The error, if it ends the use of a login.
    pub(crate) fn stopping(self) -> Option<Self> {
        (self.class() == Class::Stop).then_some(self)
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
