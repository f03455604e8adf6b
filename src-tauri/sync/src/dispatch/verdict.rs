//! What Autotask's answer to a create means for the postings in it. Pure.

use std::time::Duration;

use autotask::{Class, Error};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nobody sends for a while. It did not take effect.
    Throttled { retry_after: Option<Duration> },
    /// It certainly did not take effect: later.
    Transient,
    /// It may have taken effect: look before anything else.
    Unclear,
    /// This posting is refused, or one of this batch.
    Refused,
    /// Everybody's fault, not this posting's: a missing right, a wrong address. It did not take
    /// effect, and neither would the next.
    Blocked,
    /// The login: nothing more is sent.
    Stop,
}

pub fn verdict(error: &Error) -> Verdict {
    match error.class() {
        Class::Throttled { retry_after } => Verdict::Throttled { retry_after },
        Class::Transient => Verdict::Transient,
        Class::Unclear => Verdict::Unclear,
        Class::Rejected if matches!(error, Error::NoPermission { .. }) => Verdict::Blocked,
        Class::Rejected => Verdict::Refused,
        Class::Stop => Verdict::Stop,
        Class::Misuse => Verdict::Blocked,
    }
}

/// Whether Autotask may still be at work on a create with this unclear end: nothing came from it
/// that says it has ended.
pub fn was_silence(error: &Error) -> bool {
    match error {
        Error::TimedOut { .. } | Error::CutOff { .. } => true,
        // A gateway that waited in vain, or somebody in between who answers for it.
        Error::ServerError { status, .. } => matches!(status, 408 | 502..=504),
        Error::NotAutotask { .. } => true,
        Error::LoginRefused { .. }
        | Error::UserLocked { .. }
        | Error::TrackingIdentifierInvalid { .. }
        | Error::ZoneNotFound { .. }
        | Error::ZoneUntrusted { .. }
        | Error::NoPermission { .. }
        | Error::Refused { .. }
        | Error::ThreadLimit { .. }
        | Error::QuotaUsedUp { .. }
        | Error::HeldBack { .. }
        | Error::CalledOff
        | Error::NotReachable { .. }
        | Error::Tls { .. }
        | Error::Malformed { .. }
        | Error::Query { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use autotask::{Effect, Refusal, ValidationMessage};

    use super::*;

    fn refused(records: &[Option<usize>]) -> Error {
        let messages = records
            .iter()
            .map(|record| ValidationMessage {
                text: "No.".to_owned(),
                record: *record,
            })
            .collect();
        Error::Refused {
            what: "the ticket".to_owned(),
            refusal: Refusal::Other,
            messages,
        }
    }

    #[test]
    fn each_answer_means_one_thing() {
        let host = || "webservices2.autotask.net".to_owned();
        let cut = |effect| Error::CutOff {
            host: host(),
            detail: "reset".to_owned(),
            effect,
        };
        let table = [
            (cut(Effect::Unknown), Verdict::Unclear),
            (cut(Effect::None), Verdict::Transient),
            (
                Error::TimedOut {
                    host: host(),
                    effect: Effect::Unknown,
                },
                Verdict::Unclear,
            ),
            (
                Error::NotReachable {
                    host: host(),
                    detail: "no route".to_owned(),
                },
                Verdict::Transient,
            ),
            (Error::CalledOff, Verdict::Transient),
            (Error::LoginRefused { said: None }, Verdict::Stop),
            (Error::UserLocked { said: None }, Verdict::Stop),
            (
                Error::TrackingIdentifierInvalid { said: None },
                Verdict::Stop,
            ),
            (refused(&[Some(0)]), Verdict::Refused),
            (
                Error::NoPermission {
                    what: "creating tickets".to_owned(),
                    said: None,
                },
                Verdict::Blocked,
            ),
            (
                Error::ThreadLimit {
                    retry_after: Some(Duration::from_secs(9)),
                },
                Verdict::Throttled {
                    retry_after: Some(Duration::from_secs(9)),
                },
            ),
            (
                Error::HeldBack {
                    used: 8_000,
                    quota: 10_000,
                    share: 80,
                    retry_after: Duration::from_secs(60),
                },
                Verdict::Throttled {
                    retry_after: Some(Duration::from_secs(60)),
                },
            ),
            (
                Error::QuotaUsedUp { retry_after: None },
                Verdict::Throttled { retry_after: None },
            ),
        ];
        for (error, expected) in table {
            assert_eq!(verdict(&error), expected, "{error}");
        }
    }
}
