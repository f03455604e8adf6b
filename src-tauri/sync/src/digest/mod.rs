//! The Daily Digest: what became of one organization's backups on one day, as one ticket. Pure: from
//! the day's jobs, the systems known from before and the settings to a title, a text and a due date.
//!
//! - A day is the whole day in the partner's zone ([`time_of_day::whole_day`]), 23 to 25 hours.
//! - The jobs that count are those that make tickets: backups and replications that ended that day.
//! - Each failed job and each one with warnings is named, with its time, system, task and message. What
//!   does not fit is counted, the failed ones last of all; the numbers on top always count all.
//! - A system that had a job in the [`KNOWN_FOR`] before, and none that day, is named as well. That is
//!   why a day without a job has a digest too, unless Options say otherwise: nothing is what a broken
//!   appliance reports. Where the source keeps the organization back, that is what it says instead.
//! - The key is made from organization and day, so a day has one digest on every computer.
//!
//! [`preview`] makes them of the jobs in the store, and a pass makes postings of them when they are due.

mod due;
mod preview;
#[cfg(test)]
mod tests;
mod text;

use std::collections::BTreeSet;

use cloud_direct::{Job, Outcome};
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use serde::Serialize;

pub(crate) use self::due::{Read, plan_due};
pub use self::preview::{Preview, PreviewError, preview};
use crate::{plan, settings::AlertRow, time_of_day};

/// A system whose last job is longer ago is not missed any more: it has been taken out of service.
pub const KNOWN_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What a digest is made from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrganizationDay {
    pub organization_id: String,
    /// Its name.
    pub organization: String,
    /// Those of that day; others are passed over.
    pub jobs: Vec<Job>,
    /// The systems that had a job before that day.
    pub known: Vec<KnownSystem>,
    /// The source does not let it be read, so that no job is no sign of anything.
    pub kept_back: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownSystem {
    pub name: String,
    /// When its last job before that day ended.
    pub last_job: Timestamp,
}

/// A ticket to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    pub key: String,
    pub title: String,
    /// At most as long as Autotask takes it.
    pub text: String,
    /// When its turn is.
    pub occurred_at: Timestamp,
    pub due: Timestamp,
    pub counts: Counts,
}

/// The numbers of a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    pub success: u64,
    pub warning: u64,
    pub error: u64,
    pub systems: u64,
    pub systems_without_job: u64,
    /// As far as the jobs say it.
    pub bytes_processed: u64,
    pub bytes_transferred: u64,
}

impl Counts {
    pub fn jobs(&self) -> u64 {
        self.success + self.warning + self.error
    }
}

/// The digest of `day`, whose turn it is at `at` (see [`crate::schedule`]). It is due at the end of
/// the day on which it goes out, `row.days_due` days later; empty is the same day.
pub fn digest(
    of: &OrganizationDay,
    day: Date,
    zone: &TimeZone,
    at: Timestamp,
    row: &AlertRow,
) -> Digest {
    let jobs = Jobs::of(of, day, zone);
    let counts = jobs.counts();
    Digest {
        key: plan::digest_key(&of.organization_id, day),
        title: text::title(&of.organization, day, &jobs, &counts),
        text: text::text(&of.organization, day, zone, &jobs, &counts),
        occurred_at: at,
        due: time_of_day::due(at, row.days_due.unwrap_or(0), zone),
        counts,
    }
}

/// The jobs of a day in the order in which they ended, and the systems that had none.
struct Jobs<'a> {
    all: Vec<(Timestamp, &'a Job)>,
    systems: BTreeSet<&'a str>,
    /// Longest ago first.
    silent: Vec<&'a KnownSystem>,
    /// There is none because none may be read.
    kept_back: bool,
}

impl<'a> Jobs<'a> {
    fn of(of: &'a OrganizationDay, day: Date, zone: &TimeZone) -> Self {
        let whole = time_of_day::whole_day(day, zone);
        let mut all: Vec<(Timestamp, &Job)> = of
            .jobs
            .iter()
            .filter(|job| plan::makes_tickets(job.kind))
            .filter(|job| job.outcome != Outcome::NotFinished)
            .filter_map(|job| job.finished_at.map(|ended| (ended, job)))
            .filter(|(ended, _)| whole.contains(ended))
            .collect();
        all.sort_by(|(a, job), (b, other)| (a, &job.id).cmp(&(b, &other.id)));
        let systems: BTreeSet<&str> = all.iter().map(|(_, job)| job.system.as_str()).collect();
        let known_since = whole.start.saturating_sub(KNOWN_FOR);
        let known_since = known_since.unwrap_or(Timestamp::MIN);
        let mut silent: Vec<&KnownSystem> = of
            .known
            .iter()
            .filter(|system| (known_since..whole.start).contains(&system.last_job))
            .filter(|system| !systems.contains(system.name.as_str()))
            .collect();
        let kept_back = of.kept_back && all.is_empty();
        if kept_back {
            silent.clear();
        }
        silent.sort_by(|a, b| (a.last_job, &a.name).cmp(&(b.last_job, &b.name)));
        Self {
            all,
            systems,
            silent,
            kept_back,
        }
    }

    fn with(&self, outcome: Outcome) -> impl Iterator<Item = (Timestamp, &'a Job)> {
        self.all
            .iter()
            .copied()
            .filter(move |(_, job)| job.outcome == outcome)
    }

    fn counts(&self) -> Counts {
        let count = |outcome| self.with(outcome).count() as u64;
        let sum = |bytes: fn(&Job) -> Option<u64>| {
            let known = self.all.iter().filter_map(|(_, job)| bytes(job));
            known.fold(0, u64::saturating_add)
        };
        Counts {
            success: count(Outcome::Success),
            warning: count(Outcome::Warning),
            error: count(Outcome::Error),
            systems: self.systems.len() as u64,
            systems_without_job: self.silent.len() as u64,
            bytes_processed: sum(|job| job.bytes_processed),
            bytes_transferred: sum(|job| job.bytes_transferred),
        }
    }
}
