//! What the partner has chosen, and what a ticket has to look like by it.

use cloud_direct::{Job, JobKind, Outcome};
use jiff::{Timestamp, civil::Time};
use sync::alerts::Kind;

/// The alert mapping.
#[derive(Debug, Clone)]
pub struct Options {
    pub success: Row,
    pub warning: Row,
    pub error: Row,
    pub digest: Row,
    pub digest_time: Time,
    pub digest_without_jobs: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    pub on: bool,
    pub priority: Option<i64>,
    pub queue: Option<i64>,
    pub days_due: Option<u16>,
}

impl Options {
    pub fn row(&self, kind: Kind) -> Row {
        match kind {
            Kind::Success => self.success,
            Kind::Warning => self.warning,
            Kind::Error => self.error,
            Kind::Digest => self.digest,
        }
    }

    pub fn row_mut(&mut self, kind: Kind) -> &mut Row {
        match kind {
            Kind::Success => &mut self.success,
            Kind::Warning => &mut self.warning,
            Kind::Error => &mut self.error,
            Kind::Digest => &mut self.digest,
        }
    }
}

/// An organization's row of the mappings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Customer {
    pub account: Option<i64>,
    pub excluded: bool,
}

/// A ticket as it has to be, or a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// It is a note, on the ticket with this key.
    pub on: Option<super::Key>,
    pub account: i64,
    pub priority: i64,
    pub queue: i64,
    pub due: Timestamp,
    /// What the title begins with.
    pub title: String,
    /// What stands in the text.
    pub words: Vec<String>,
}

/// The row that a job's outcome belongs to; none while it runs.
pub fn kind_of(outcome: Outcome) -> Option<Kind> {
    match outcome {
        Outcome::Success => Some(Kind::Success),
        Outcome::Warning => Some(Kind::Warning),
        Outcome::Error => Some(Kind::Error),
        Outcome::NotFinished => None,
    }
}

/// Somebody sits in front of a restore.
pub fn makes_tickets(kind: JobKind) -> bool {
    matches!(kind, JobKind::Backup | JobKind::Replication)
}

pub fn title_of(job: &Job) -> String {
    let kind = match job.kind {
        JobKind::Backup => "Backup",
        JobKind::Replication => "Replication",
        JobKind::Restore | JobKind::Other => "None",
    };
    let outcome = match job.outcome {
        Outcome::Success => "success",
        Outcome::Warning => "warning",
        Outcome::Error => "error",
        Outcome::NotFinished => "none",
    };
    let task = job.task.as_ref().map(|task| format!(" ({task})"));
    format!(
        "{kind} {outcome}: {}{}",
        job.system,
        task.unwrap_or_default()
    )
}

/// How bad a job's end is.
pub fn badness(kind: Kind) -> u8 {
    match kind {
        Kind::Digest | Kind::Success => 0,
        Kind::Warning => 1,
        Kind::Error => 2,
    }
}

pub fn words_of(job: &Job) -> Vec<String> {
    let message = job.message.clone().unwrap_or_default();
    vec![format!("Job: {}", job.id), message]
}
