//! How things stand, in a few words: for the tray, the frame of the window and `status`.

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    alerts::{self, Blocked},
    billing, login,
    store::{Store, StoreError},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// A login has not been tested, or Options have not been saved.
    NotSetUp,
    UpToDate,
    /// A posting was refused, a line of billing needs review, or an alert row that postings wait for
    /// cannot be used.
    NeedsAttention,
    /// Nothing is sent until the login has been tested again.
    LoginRefused,
    /// By a person: until a moment, or until resumed.
    Paused(Option<Timestamp>),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    pub state: State,
    /// When a pass last came to its end.
    pub last_sync: Option<Timestamp>,
    /// Planned, sending and unclear postings.
    pub waiting: u64,
    pub needs_attention: u64,
    /// Lines of billing that a person has to decide.
    pub needs_review: u64,
    /// Lines of billing that wait for approval, and can have it.
    pub to_approve: u64,
    pub done: u64,
    /// Alert rows that hold postings up.
    pub blocked: Vec<Blocked>,
    /// Set while Autotask has asked for a pause.
    pub throttled_until: Option<Timestamp>,
}

pub fn read(store: &Store, now: Timestamp) -> Result<Status, StoreError> {
    let counts = store.counts()?;
    let blocked = alerts::blocked(store)?;
    let needs_review = store.count_lines(&[billing::State::NeedsReview])?;
    let state = if login::refused(store)?.is_some() {
        State::LoginRefused
    } else if !login::unlocked(store)? || store.settings()?.alerts.is_none() {
        State::NotSetUp
    } else if let Some(pause) = store.paused(now)? {
        State::Paused(pause.until)
    } else if counts.needs_attention > 0 || needs_review > 0 || !blocked.is_empty() {
        State::NeedsAttention
    } else {
        State::UpToDate
    };
    Ok(Status {
        state,
        last_sync: store.last_pass()?,
        waiting: counts.waiting,
        needs_attention: counts.needs_attention,
        needs_review,
        to_approve: store.count_to_approve()?,
        done: counts.done,
        blocked,
        throttled_until: store.throttled_until()?.filter(|until| *until > now),
    })
}
