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

/// How a refused batch of `count` is split: into the record that Autotask named and the rest, or in
/// the middle. `hint` is zero-based. Whoever follows the hint sends the named record alone, so a
/// wrong number costs calls, but blames nobody.
pub fn split_at(count: usize, hint: Option<usize>) -> Split {
    match hint {
        Some(record) if record < count => Split::Named(record),
        Some(_) | None => Split::Middle(count / 2),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    Named(usize),
    Middle(usize),
}

/// The record that a refusal names, if it names exactly one.
pub fn named_record(error: &Error) -> Option<usize> {
    let mut records: Vec<usize> = error
        .validation()
        .iter()
        .filter_map(|message| message.record)
        .collect();
    records.sort_unstable();
    records.dedup();
    match records.as_slice() {
        [record] => Some(*record),
        _ => None,
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
                Error::QuotaUsedUp { retry_after: None },
                Verdict::Throttled { retry_after: None },
            ),
        ];
        for (error, expected) in table {
            assert_eq!(verdict(&error), expected, "{error}");
        }
    }

    #[test]
    fn a_refused_batch_is_split_at_the_record_that_is_named_or_in_the_middle() {
        assert_eq!(named_record(&refused(&[Some(3), Some(3)])), Some(3));
        assert_eq!(named_record(&refused(&[Some(3), Some(4)])), None);
        assert_eq!(named_record(&refused(&[None])), None);
        assert_eq!(split_at(10, Some(3)), Split::Named(3));
        assert_eq!(split_at(10, Some(10)), Split::Middle(5));
        assert_eq!(split_at(3, None), Split::Middle(1));
    }
}
