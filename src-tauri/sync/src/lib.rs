//! What is to be posted to Autotask, when, exactly once.
//!
//! ```text
//! source ──► intake ──► store ──► plan ──► outbox ──► dispatch ──► Autotask
//! ```
//! [`pass::run`] goes this way once; nothing else takes in, plans or sends, but for the test ticket,
//! which goes through the same outbox. Decisions (what becomes a ticket, when it is due, what an
//! answer means, which change of a posting is legal) are pure functions; [`store`] alone knows SQL;
//! time comes in through a [`clock::Clock`]. The crate knows no window: the desktop shell and the
//! command line use it alike.

pub mod accounts;
pub mod activity;
pub mod alerts;
pub mod attention;
pub mod backoff;
pub mod billing;
pub mod clock;
pub mod connect;
pub mod digest;
pub mod dispatch;
#[cfg(test)]
mod examples;
pub mod forecast;
mod intake;
pub mod ledger;
pub mod login;
pub mod mapping;
pub mod outbox;
pub mod pass;
pub mod pause;
pub mod plan;
pub mod schedule;
pub mod settings;
pub mod status;
pub mod store;
pub mod test_ticket;
pub mod time_of_day;
