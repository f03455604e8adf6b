//! The outbox's rows: whose turn it is ([`turn`]), what happens to them ([`change`]), and what is
//! planned or taken back ([`planned`], [`notes`]). Which change is legal is said in [`crate::outbox`].

mod change;
mod notes;
mod planned;
mod turn;

pub(super) use self::planned::{
    Withdrawn, put_digest, put_event, replannable, under_way, unwanted, withdraw_digests,
    withdraw_of_job,
};
pub use self::{change::Outgoing, turn::Claimed};
pub(crate) use self::{
    change::{Made, Record, TestPosting},
    turn::{Feed, OnTicket},
};
