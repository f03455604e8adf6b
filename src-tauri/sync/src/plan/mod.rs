//! What a job becomes. Pure: from a job, the alert mapping and its organization to a posting or the
//! reason why there is none; nothing is read or sent here.
//!
//! - Backup and replication jobs make tickets: they are what protects a customer. Restores do not
//!   (a person started them and sees how they end), nor does what the source calls other.
//! - A job that finished before `jobs_since` makes no ticket, unless that moment is set back.
//! - A job whose outcome is switched off makes no ticket, also not when it is switched on later.
//! - A job that has its ticket and then turns out to have ended worse (Cloud Direct can change how a job
//!   ended: a warning becomes a failure) gets a note on that ticket; there is never a second ticket.
//!   What ended better than its ticket says has none: the ticket is with the service desk.
//! - An organization that is excluded makes no tickets; one that is not mapped yet makes postings
//!   that wait.

mod key;
#[cfg(test)]
mod tests;
mod text;

use cloud_direct::{Job, JobKind, Outcome};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub(crate) use self::{
    key::{KEYS_BEGIN, REFERENCE, REFERENCE_LENGTH},
    text::one_line,
};
pub use self::{
    key::{digest_key, event_key, note_key, test_key},
    text::{bytes, description, duration, local, note, title, what},
};
use crate::{alerts::Kind, settings::Alerts};

/// What is to be made of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    Post(Posting),
    Skip(Skip),
}

/// A ticket to be. Account, priority, queue and due date are taken when it is sent, so that what
/// waits follows a change of settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    pub key: String,
    pub alert: Kind,
    /// "Backup error"
    pub what: String,
    pub title: String,
    /// The job's end.
    pub occurred_at: Timestamp,
}

/// Why a job makes no ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Skip {
    /// Its outcome was switched off when it was planned.
    OutcomeOff,
    /// It finished before `jobs_since`.
    BeforeStart,
    /// Neither a backup nor a replication.
    OtherKind,
    Excluded,
    /// It has not finished after all.
    NotFinished,
}

/// The row of the alert mapping for an outcome.
pub fn alert_of(outcome: Outcome) -> Option<Kind> {
    match outcome {
        Outcome::Success => Some(Kind::Success),
        Outcome::Warning => Some(Kind::Warning),
        Outcome::Error => Some(Kind::Error),
        Outcome::NotFinished => None,
    }
}

/// Whether jobs of this kind make tickets.
pub fn makes_tickets(kind: JobKind) -> bool {
    match kind {
        JobKind::Backup | JobKind::Replication => true,
        JobKind::Restore | JobKind::Other => false,
    }
}

/// What a ticket says of a job: the row of the alert mapping that it was made for, with its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub alert: Kind,
    pub what: String,
    pub title: String,
}

/// What a ticket with this title says of the job, if that is less than what is known now: another
/// computer made it before the job changed.
pub fn said_less(job: &Job, ticket_title: &str) -> Option<Said> {
    let now = alert_of(job.outcome)?;
    [Outcome::Warning, Outcome::Success]
        .into_iter()
        .filter_map(|outcome| Some((alert_of(outcome)?, outcome)))
        .filter(|(alert, _)| now.is_worse_than(*alert))
        .map(|(alert, outcome)| {
            let before = Job {
                outcome,
                ..job.clone()
            };
            Said {
                alert,
                what: what(&before),
                title: title(&before),
            }
        })
        .find(|said| said.title == ticket_title)
}

/// See the module.
pub fn plan(job: &Job, alerts: &Alerts, excluded: bool) -> Decision {
    let (Some(alert), Some(finished_at)) = (alert_of(job.outcome), job.finished_at) else {
        return Decision::Skip(Skip::NotFinished);
    };
    if !makes_tickets(job.kind) {
        return Decision::Skip(Skip::OtherKind);
    }
    if alerts.jobs_since.is_some_and(|since| finished_at < since) {
        return Decision::Skip(Skip::BeforeStart);
    }
    if excluded {
        return Decision::Skip(Skip::Excluded);
    }
    if !alerts.row(alert).enabled {
        return Decision::Skip(Skip::OutcomeOff);
    }
    Decision::Post(Posting {
        key: event_key(&job.organization_id, &job.id),
        alert,
        what: what(job),
        title: title(job),
        occurred_at: finished_at,
    })
}
