//! Backup jobs: the ones that have finished before the start, and the stream that goes on.

use jiff::{SignedDuration, Timestamp};

use crate::cloud_direct::portal::{Job, JobKind, Outcome, PlannedJob};
use crate::random::Random;

const ROLES: [&str; 10] = [
    "DC", "SQL", "FS", "EXCH", "APP", "WEB", "HYPERV", "ERP", "RDS", "NAS",
];
const POLICIES: [&str; 6] = [
    "Daily full server",
    "Hourly incremental",
    "Nightly \u{2013} Büro",
    "SQL databases & logs",
    "Offsite copy",
    "Weekly <archive>",
];

const WARNINGS: [&str; 6] = [
    "3 files were skipped because they were in use by another process:\nC:\\Users\\Public\\outlook.pst\n\
     C:\\Data\\kasse\\bücher.accdb\nC:\\Data\\lock\\~session.tmp",
    "The backup finished, but the catalog could not be generated. The recovery point can be restored, searching \
     in it is not possible.",
    "Volume D: is almost full (4 % free). Snapshots may be removed before the backup has ended.",
    "The job was throttled by the bandwidth schedule and took longer than its window.",
    "VSS writer 'Microsoft Exchange Writer' was in state [8] Failed; the backup was made crash-consistent.",
    "The job was canceled by user ACME\\j.doe.",
];

const ERRORS: [&str; 8] = [
    "Failed to create a VSS snapshot. Error 0x80042306: The shadow copy provider had an error. Check the Application \
     and System event logs.",
    "Failed to access the network path \\\\nas01\\backup$ : The network path was not found (53).",
    "The storage quota of the organization is used up. Free space or raise the quota, then run the job again.",
    "The agent on the machine is offline. Last seen 26 hours ago.",
    "The connection to the data center was lost: timed out after 600 s. The job will not be continued.",
    "Access is denied. The account 'svc-backup' has no right \"Log on as a batch job\".",
    "Disk read error at sector 184467440737 on \\Device\\Harddisk1\\DR1 (cyclic redundancy check). \u{26a0}",
    "The license of the machine has expired.",
];

/// Makes jobs, one after the other.
#[derive(Debug, Clone)]
pub(crate) struct JobStream {
    random: Random,
    seed: u64,
    organizations: Vec<String>,
    made: u64,
    /// When the next one finishes; none if none does.
    next_end: Option<Timestamp>,
    seconds_between: f64,
}

impl JobStream {
    /// Jobs that keep finishing from `start` on. Organizations that no longer back up are not in
    /// the list.
    pub(crate) fn new(
        seed: u64,
        organizations: Vec<String>,
        start: Timestamp,
        jobs_per_hour: f64,
    ) -> JobStream {
        let runs = jobs_per_hour.is_finite() && jobs_per_hour > 0.0 && !organizations.is_empty();
        let mut stream = JobStream {
            random: Random::new(seed, "jobs to come"),
            seed,
            organizations,
            made: 0,
            next_end: runs.then_some(start),
            seconds_between: if runs { 3600.0 / jobs_per_hour } else { 0.0 },
        };
        stream.step();
        stream
    }

    /// The next job if it finishes before `until`.
    pub(crate) fn next_before(&mut self, until: Timestamp) -> Option<PlannedJob> {
        let finished_at = self.next_end.filter(|end| *end <= until)?;
        self.made += 1;
        let id = job_id(self.seed, "c", self.made);
        let mut planned = make(&mut self.random, &self.organizations, id, finished_at);
        if self.random.chance(0.05) {
            let late = SignedDuration::from_secs(self.random.between(60, 40 * 60));
            planned.visible_at = finished_at.checked_add(late).unwrap_or(finished_at);
        }
        planned.shown_while_running = self.random.chance(0.15);
        self.step();
        Some(planned)
    }

    /// The stream goes on after `until`; in place of the jobs that it would have made since `from` there
    /// are `count`, evenly spread.
    pub(crate) fn skip(
        &mut self,
        from: Timestamp,
        until: Timestamp,
        count: u32,
    ) -> Vec<PlannedJob> {
        if self.next_end.is_none() || until <= from {
            return Vec::new();
        }
        let between = until.duration_since(from) / i32::try_from(count.max(1)).unwrap_or(i32::MAX);
        let mut jobs = Vec::new();
        let mut finished_at = from;
        for _ in 0..count {
            finished_at = finished_at
                .saturating_add(between)
                .unwrap_or(until)
                .min(until);
            self.made += 1;
            let id = job_id(self.seed, "c", self.made);
            jobs.push(make(&mut self.random, &self.organizations, id, finished_at));
        }
        self.next_end = Some(until);
        self.step();
        jobs
    }

    fn step(&mut self) {
        let seconds = self.seconds_between * (0.3 + 1.4 * self.random.unit());
        let step = SignedDuration::from_millis((seconds * 1000.0).clamp(1.0, 1e13) as i64);
        self.next_end = self.next_end.and_then(|end| end.checked_add(step).ok());
    }
}

/// Jobs that finished between `start - history` and `start`.
pub(crate) fn history(
    seed: u64,
    organizations: &[String],
    count: usize,
    start: Timestamp,
    history: SignedDuration,
) -> Vec<PlannedJob> {
    if organizations.is_empty() {
        return Vec::new();
    }
    let mut random = Random::new(seed, "jobs so far");
    let span = history.as_secs().clamp(1, 10 * 365 * 24 * 3600);
    let mut last_end = None;
    (1..=count as u64)
        .map(|number| {
            let back = SignedDuration::from_secs(random.between(1, span));
            // Now and then two jobs finish in the same second.
            let again = last_end.filter(|_| random.chance(0.04));
            let finished_at = again.unwrap_or_else(|| start.checked_sub(back).unwrap_or(start));
            last_end = Some(finished_at);
            make(
                &mut random,
                organizations,
                job_id(seed, "h", number),
                finished_at,
            )
        })
        .collect()
}

/// Jobs that run at the start and do not end.
pub(crate) fn endless(seed: u64, organizations: &[String], start: Timestamp) -> Vec<Job> {
    let mut random = Random::new(seed, "running jobs");
    let count = if organizations.is_empty() {
        0
    } else {
        organizations.len() as u64 / 20 + 1
    };
    let status = ["active", "waiting", "idle"];
    (1..=count)
        .map(|number| Job {
            status: random.pick(&status).to_owned(),
            finished_at: None,
            bytes_processed: None,
            bytes_transferred: None,
            warning_count: 0,
            error_count: 0,
            message: None,
            outcome: Outcome::NotFinished,
            ..make(&mut random, organizations, job_id(seed, "r", number), start).job
        })
        .collect()
}

/// Ids do not follow time, so that nobody takes them for an order.
fn job_id(seed: u64, series: &str, number: u64) -> String {
    let mixed = Random::new(seed ^ number, "job id").next() >> 32;
    format!("{mixed:08x}-{series}{number:06}")
}

fn make(
    random: &mut Random,
    organizations: &[String],
    id: String,
    finished_at: Timestamp,
) -> PlannedJob {
    let at = usize::try_from(random.below(organizations.len() as u64)).unwrap_or(0);
    let organization_id = organizations.get(at).cloned().unwrap_or_default();
    let minutes = random.between(2, 95);
    let started_at = finished_at
        .checked_sub(SignedDuration::from_secs(
            minutes * 60 + random.between(0, 59),
        ))
        .unwrap_or(finished_at);
    let machine = random.below(3) + 1;
    let system = match random.below(40) {
        0 => format!("BÜRO-PC {machine} \u{1f4bb}"),
        1 => format!("R&D <{machine}>"),
        _ => format!(
            "{}-{}-{machine:02}",
            machine_prefix(&organization_id),
            random.pick(&ROLES)
        ),
    };
    let kind = match random.below(20) {
        0 => JobKind::Restore,
        1 => JobKind::Replication,
        2 => JobKind::Other,
        _ => JobKind::Backup,
    };
    let processed = random.below(900 * (1 << 30));
    let outcome = match random.below(100) {
        0..4 => Outcome::Error,
        4..10 => Outcome::Warning,
        _ => Outcome::Success,
    };
    let (status, warning_count, error_count, message) = words(random, outcome);
    let job = Job {
        id,
        organization_id,
        system,
        task: (random.below(12) > 0).then(|| random.pick(&POLICIES).to_owned()),
        kind,
        status,
        started_at: Some(started_at),
        finished_at: Some(finished_at),
        bytes_processed: Some(processed),
        bytes_transferred: Some(processed / 17),
        warning_count,
        error_count,
        message,
        outcome,
    };
    PlannedJob {
        job,
        started_at,
        finished_at,
        visible_at: finished_at,
        shown_while_running: false,
    }
}

/// Status, counts and message that come down to the outcome.
fn words(random: &mut Random, outcome: Outcome) -> (String, u32, u32, Option<String>) {
    match outcome {
        Outcome::Success => {
            let status = random.pick(&["finished", "finished", "success", "completed"]);
            (status.to_owned(), 0, 0, None)
        }
        Outcome::Warning => match random.below(5) {
            0 => (
                "canceled".to_owned(),
                0,
                0,
                WARNINGS.last().map(|text| (*text).to_owned()),
            ),
            1 => (
                "skipped".to_owned(),
                0,
                0,
                Some("The previous run had not ended.".to_owned()),
            ),
            _ => {
                let text = WARNINGS.get(..5).map(|texts| random.pick(texts).to_owned());
                let count = u32::try_from(random.between(1, 7)).unwrap_or(1);
                ("finished".to_owned(), count, 0, text)
            }
        },
        Outcome::Error | Outcome::NotFinished => {
            let text = random.pick(&ERRORS);
            let status = if text.contains("license") {
                "license_failed"
            } else if text.contains("offline") {
                "missed"
            } else {
                random.pick(&["failed", "failed", "crashed"])
            };
            (status.to_owned(), 0, 1, Some(text.to_owned()))
        }
    }
}

fn machine_prefix(organization_id: &str) -> String {
    let digits: String = organization_id
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    format!("C{digits}")
}
