//! What the portal knows: its partner, organizations, jobs and usage.
//!
//! Jobs come from a seeded stream that runs ahead of the clock; a job is shown once its time has
//! come. Some become visible late, and some are shown while they still run, with no end time.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::random::Random;
use crate::world::jobs::JobStream;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partner {
    pub name: String,
    pub invoice_day: Option<u8>,
    pub time_zone: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrganizationState {
    Active,
    Trial,
    Expired,
    Blocked,
    Unknown,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    pub id: String,
    pub name: String,
    pub state: OrganizationState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    Backup,
    Restore,
    Replication,
    Other,
}

/// What a job's status comes down to. Not sent by the portal: whoever reads it derives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Success,
    Warning,
    Error,
    NotFinished,
}

/// One backup run, as the portal shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Job {
    pub id: String,
    pub organization_id: String,
    /// The protected machine.
    pub system: String,
    /// The policy.
    pub task: Option<String>,
    pub kind: JobKind,
    /// The portal's word.
    pub status: String,
    pub started_at: Option<Timestamp>,
    /// None while it runs.
    pub finished_at: Option<Timestamp>,
    pub bytes_processed: Option<u64>,
    pub bytes_transferred: Option<u64>,
    pub warning_count: u32,
    pub error_count: u32,
    pub message: Option<String>,
    /// What the status comes down to by the source contract's table; not sent by the portal.
    #[serde(skip)]
    pub outcome: Outcome,
}

/// A job to finish now. What is left out is made up.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewJob {
    /// The first organization if not given.
    pub organization_id: Option<String>,
    pub system: Option<String>,
    pub task: Option<String>,
    pub kind: Option<JobKind>,
    /// `finished` if not given.
    pub status: Option<String>,
    pub warning_count: u32,
    pub error_count: u32,
    pub message: Option<String>,
    pub started_at: Option<Timestamp>,
    /// Now if not given.
    pub finished_at: Option<Timestamp>,
}

/// How a job ended after all.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangedJob {
    /// The portal's word.
    pub status: String,
    #[serde(default)]
    pub warning_count: u32,
    #[serde(default)]
    pub error_count: u32,
    #[serde(default)]
    pub message: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Usage {
    pub organization_id: String,
    pub metric: String,
    pub bytes: u64,
    pub measured_at: Timestamp,
}

/// How one organization's usage grows.
#[derive(Debug, Clone)]
pub(crate) struct Growth {
    pub first_day: Date,
    /// The last day with a measurement, of an organization that is no longer measured.
    pub last_day: Option<Date>,
    pub bytes: f64,
    pub bytes_per_day: f64,
}

/// A job of the stream, with when it shows.
#[derive(Debug, Clone)]
pub(crate) struct PlannedJob {
    pub job: Job,
    pub started_at: Timestamp,
    pub finished_at: Timestamp,
    pub visible_at: Timestamp,
    pub shown_while_running: bool,
}

/// Where a page of jobs goes on: after this end time (none: still running) and id.
pub(crate) type JobKey = (Timestamp, String);

/// Running jobs come last.
pub(crate) const STILL_RUNNING: Timestamp = Timestamp::MAX;

/// How far the stream runs ahead of the clock, so that running jobs are known.
const AHEAD: SignedDuration = SignedDuration::from_hours(2);

pub(crate) struct Portal {
    pub partner: Partner,
    pub organizations: BTreeMap<String, Organization>,
    pub forbidden: BTreeSet<String>,
    pub page_size: usize,
    /// Seconds in the `Retry-After` of 429 and 503.
    pub retry_after: u64,
    pub token: String,
    pub seed: u64,
    growth: BTreeMap<String, Growth>,
    measured: BTreeMap<(String, Date), u64>,
    finished: BTreeMap<JobKey, PlannedJob>,
    /// Jobs of the stream that had not finished when last looked at.
    ahead: Vec<PlannedJob>,
    /// Jobs that run and never end.
    endless: Vec<Job>,
    stream: JobStream,
    made_here: u64,
}

impl Portal {
    pub(crate) fn new(
        partner: Partner,
        organizations: Vec<Organization>,
        growth: BTreeMap<String, Growth>,
        history: Vec<PlannedJob>,
        endless: Vec<Job>,
        stream: JobStream,
        (token, seed): (String, u64),
    ) -> Portal {
        let finished = history
            .into_iter()
            .map(|planned| ((planned.finished_at, planned.job.id.clone()), planned));
        Portal {
            partner,
            organizations: organizations
                .into_iter()
                .map(|one| (one.id.clone(), one))
                .collect(),
            forbidden: BTreeSet::new(),
            page_size: 500,
            retry_after: 2,
            token,
            seed,
            growth,
            measured: BTreeMap::new(),
            finished: finished.collect(),
            ahead: Vec::new(),
            endless,
            stream,
            made_here: 0,
        }
    }

    /// Lets the jobs finish whose time has come.
    pub(crate) fn catch_up(&mut self, now: Timestamp) {
        let until = now.checked_add(AHEAD).unwrap_or(now);
        while let Some(planned) = self.stream.next_before(until) {
            self.ahead.push(planned);
        }
        for planned in std::mem::take(&mut self.ahead) {
            if planned.finished_at <= now {
                self.finished
                    .insert((planned.finished_at, planned.job.id.clone()), planned);
            } else {
                self.ahead.push(planned);
            }
        }
    }

    /// Lets `count` jobs finish from now until then, in place of those of the stream; what was running is
    /// given up.
    pub(crate) fn skip(&mut self, now: Timestamp, until: Timestamp, count: u32) {
        self.catch_up(now);
        self.ahead = self.stream.skip(now, until, count);
    }

    /// Visible jobs with an end later than `after`, or that still run, in order, from behind
    /// `cursor` on.
    pub(crate) fn jobs_after<'a>(
        &'a self,
        after: Option<Timestamp>,
        cursor: Option<&JobKey>,
        now: Timestamp,
    ) -> impl Iterator<Item = (JobKey, Job)> + 'a {
        use std::ops::Bound::{Excluded, Unbounded};
        let floor = after.map(|after| (after, String::from(char::MAX)));
        let from = [floor.as_ref(), cursor]
            .into_iter()
            .flatten()
            .max()
            .cloned();
        let range = match &from {
            Some(key) => self.finished.range((Excluded(key.clone()), Unbounded)),
            None => self.finished.range::<JobKey, _>(..),
        };
        let finished = range
            .filter(move |(_, planned)| planned.visible_at <= now)
            .map(|(key, planned)| (key.clone(), planned.job.clone()));
        let mut running: Vec<(JobKey, Job)> = self
            .running(now)
            .map(|job| ((STILL_RUNNING, job.id.clone()), job))
            .collect();
        running.sort_by(|a, b| a.0.cmp(&b.0));
        let running = running
            .into_iter()
            .filter(move |(key, _)| from.as_ref().is_none_or(|from| key > from));
        finished.chain(running)
    }

    /// How many jobs are shown.
    pub(crate) fn count_jobs(&self, now: Timestamp) -> usize {
        let finished = self.finished.values();
        finished.filter(|planned| planned.visible_at <= now).count() + self.running(now).count()
    }

    fn running(&self, now: Timestamp) -> impl Iterator<Item = Job> + '_ {
        let ahead = self
            .ahead
            .iter()
            .filter(move |planned| planned.shown_while_running && planned.started_at <= now);
        ahead
            .map(|planned| as_running(&planned.job))
            .chain(self.endless.iter().cloned())
    }

    /// Makes a job finish, visible at once.
    pub(crate) fn finish(&mut self, new: NewJob, now: Timestamp) -> Option<Job> {
        let organization_id = match new.organization_id {
            Some(id) => self.organizations.contains_key(&id).then_some(id)?,
            None => self.organizations.keys().next()?.clone(),
        };
        self.made_here += 1;
        let finished_at = new.finished_at.unwrap_or(now);
        let started_at = new
            .started_at
            .unwrap_or_else(|| finished_at - SignedDuration::from_mins(10));
        let status = new.status.unwrap_or_else(|| "finished".to_owned());
        let outcome = outcome_of(&status, new.warning_count, new.error_count);
        let ended = outcome != Outcome::NotFinished;
        let job = Job {
            id: format!("job-made-{:06}", self.made_here),
            organization_id,
            system: new.system.unwrap_or_else(|| "SRV-DEMO-01".to_owned()),
            task: new.task,
            kind: new.kind.unwrap_or(JobKind::Backup),
            status,
            started_at: Some(started_at),
            finished_at: ended.then_some(finished_at),
            bytes_processed: Some(12_884_901_888),
            bytes_transferred: Some(536_870_912),
            warning_count: new.warning_count,
            error_count: new.error_count,
            message: new.message,
            outcome,
        };
        if ended {
            let planned = PlannedJob {
                job: job.clone(),
                started_at,
                finished_at,
                visible_at: now,
                shown_while_running: false,
            };
            self.finished.insert((finished_at, job.id.clone()), planned);
        } else {
            self.endless.push(job.clone());
        }
        Some(job)
    }

    /// Changes how a job ended, as a portal does that learns more of it. None if no job with this id has
    /// finished, or the status is of one that has not.
    pub(crate) fn change(&mut self, id: &str, changed: ChangedJob) -> Option<Job> {
        let planned = self.finished.values_mut().find(|one| one.job.id == id)?;
        let job = &mut planned.job;
        let outcome = outcome_of(&changed.status, changed.warning_count, changed.error_count);
        if outcome == Outcome::NotFinished {
            return None;
        }
        job.outcome = outcome;
        job.status = changed.status;
        job.warning_count = changed.warning_count;
        job.error_count = changed.error_count;
        job.message = changed.message;
        Some(job.clone())
    }

    /// Shows a job as it is given, in place of another version of it if there is one, from now on.
    /// False if there is no such organization.
    pub(crate) fn put(&mut self, job: Job, now: Timestamp) -> bool {
        if !self.organizations.contains_key(&job.organization_id) {
            return false;
        }
        let is_it =
            |other: &Job| other.id == job.id && other.organization_id == job.organization_id;
        self.finished.retain(|_, planned| !is_it(&planned.job));
        self.ahead.retain(|planned| !is_it(&planned.job));
        self.endless.retain(|other| !is_it(other));
        let ended = job
            .finished_at
            .filter(|_| job.outcome != Outcome::NotFinished);
        match ended {
            None => self.endless.push(job),
            Some(finished_at) => {
                let planned = PlannedJob {
                    started_at: job.started_at.unwrap_or(finished_at),
                    finished_at,
                    visible_at: now,
                    shown_while_running: false,
                    job,
                };
                self.finished
                    .insert((finished_at, planned.job.id.clone()), planned);
            }
        }
        true
    }

    /// The last measurement of each organization on or before the end of that day.
    pub(crate) fn usage(&self, day: Date, now: Timestamp) -> Vec<Usage> {
        self.organizations
            .keys()
            .filter_map(|id| self.usage_of(id, day, now))
            .collect()
    }

    fn usage_of(&self, id: &str, day: Date, now: Timestamp) -> Option<Usage> {
        let growth = self.growth.get(id)?;
        let today = now.to_zoned_datetime(TimeZone::UTC).date();
        let mut day = day.min(today).min(growth.last_day.unwrap_or(Date::MAX));
        let mut measured_at = measured_at(self.seed, id, day)?;
        if measured_at > now {
            day = day.yesterday().ok()?;
            measured_at = self::measured_at(self.seed, id, day)?;
        }
        if day < growth.first_day {
            return None;
        }
        let set_here = self.measured.get(&(id.to_owned(), day)).copied();
        let bytes = set_here.unwrap_or_else(|| growth.bytes_on(self.seed, id, day));
        Some(Usage {
            organization_id: id.to_owned(),
            metric: "cloud_storage".to_owned(),
            bytes,
            measured_at,
        })
    }

    /// Sets the measurement of one day. False if there is no such organization.
    pub(crate) fn set_usage(&mut self, id: &str, day: Date, bytes: u64) -> bool {
        let known = self.organizations.contains_key(id);
        if known {
            self.measured.insert((id.to_owned(), day), bytes);
            let growth = self.growth.entry(id.to_owned()).or_insert_with(|| Growth {
                first_day: day,
                last_day: None,
                bytes: bytes as f64,
                bytes_per_day: 0.0,
            });
            growth.first_day = growth.first_day.min(day);
        }
        known
    }
}

impl Growth {
    /// Grows a little every day; now and then old data is merged away.
    fn bytes_on(&self, seed: u64, id: &str, day: Date) -> u64 {
        let days = f64::from(
            day.duration_since(self.first_day)
                .as_hours()
                .clamp(0, 1_000_000) as i32,
        ) / 24.0;
        let noise = Random::new(seed, &format!("usage {id} {day}")).unit() * 0.4 - 0.2;
        let bytes = self.bytes + self.bytes_per_day * (days + noise);
        bytes.max(0.0) as u64
    }
}

/// Each organization is measured once a day, in the small hours.
fn measured_at(seed: u64, id: &str, day: Date) -> Option<Timestamp> {
    let seconds = Random::new(seed, &format!("measured {id}")).between(3600, 4 * 3600);
    let midnight = day.to_zoned_datetime(TimeZone::UTC).ok()?.timestamp();
    midnight
        .checked_add(SignedDuration::from_secs(seconds))
        .ok()
}

/// The job as it looks before it has ended.
fn as_running(job: &Job) -> Job {
    Job {
        status: "active".to_owned(),
        finished_at: None,
        bytes_processed: None,
        bytes_transferred: None,
        warning_count: 0,
        error_count: 0,
        message: None,
        outcome: Outcome::NotFinished,
        ..job.clone()
    }
}

/// The source contract's table.
pub(crate) fn outcome_of(status: &str, warnings: u32, errors: u32) -> Outcome {
    match status.to_lowercase().as_str() {
        "finished" | "success" | "completed" if warnings == 0 && errors == 0 => Outcome::Success,
        "failed" | "crashed" | "missed" | "license_failed" => Outcome::Error,
        "active" | "waiting" | "idle" => Outcome::NotFinished,
        _ => Outcome::Warning,
    }
}
