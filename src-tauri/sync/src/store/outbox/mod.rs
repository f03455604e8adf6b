//! The outbox's rows: whose turn it is ([`turn`]), what happens to them ([`change`]), and what is
//! planned or taken back ([`planned`], [`notes`]). Which change is legal is said in [`crate::outbox`].

mod change;
mod notes;
mod planned;
mod turn;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

pub(super) use self::planned::{
    Withdrawn, put_digest, put_event, replannable, under_way, unwanted, withdraw_digests,
    withdraw_of_job,
};
pub use self::{change::Outgoing, turn::Claimed};
pub(crate) use self::{
    change::{Made, Record, TestPosting},
    turn::{Feed, OnTicket},
};

/// That much later.
pub(crate) fn later(now: Timestamp, by: Duration) -> Timestamp {
    SignedDuration::try_from(by)
        .ok()
        .and_then(|by| now.checked_add(by).ok())
        .unwrap_or(Timestamp::MAX)
}
