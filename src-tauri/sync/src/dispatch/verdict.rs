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
