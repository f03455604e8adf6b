//! The tickets that ought to stand in Autotask, worked out from the portal's jobs by the words of
//! the settings file and nothing of the app's own.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{self, Date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use simulator::{Job, JobKind, Outcome, Ticket};

use super::services::{ROWS, Row, Services, ZONE, makes_ticket};

/// Each finished job whose outcome is in `on` has one ticket, with everything as it should be, and
/// there are no others. Returns how many there are.
#[track_caller]
pub fn assert_one_each(services: &Services, on: &[&str]) -> usize {
    assert_one_of_each(services, on, services.simulator.autotask().tickets())
}

/// The same where Daily Digests are on: of them there is at most one for each account and day. Gives
/// back the accounts by day, too.
#[track_caller]
pub fn assert_one_each_and_digests(
    services: &Services,
    on: &[&str],
) -> (usize, BTreeMap<Date, BTreeSet<i64>>) {
    let tickets = services.simulator.autotask().tickets();
    let (digests, events): (Vec<Ticket>, Vec<Ticket>) = tickets
        .into_iter()
        .partition(|ticket| ticket.title.starts_with(DIGEST));
    let mut by_day: BTreeMap<Date, BTreeSet<i64>> = BTreeMap::new();
    for ticket in digests {
        let day = ticket
            .title
            .strip_prefix(DIGEST)
            .and_then(|of| of.get(..10));
        let day: Date = day.unwrap().parse().unwrap();
        let first = by_day.entry(day).or_default().insert(ticket.company_id);
        assert!(first, "twice: {ticket:#?}");
    }
    (assert_one_of_each(services, on, events), by_day)
}

/// What the title of a digest begins with.
const DIGEST: &str = "Daily Digest ";

#[track_caller]
fn assert_one_of_each(services: &Services, on: &[&str], tickets: Vec<Ticket>) -> usize {
    let wanted = wanted_jobs(services, on);
    let facts = Facts::of(services);
    let mut seen = BTreeSet::new();
    let mut keys = BTreeSet::new();
    for ticket in tickets {
        let job = wanted
            .get(&job_id(&ticket))
            .unwrap_or_else(|| panic!("nobody wanted {ticket:#?}"));
        facts.compare(&ticket, job);
        assert!(seen.insert(job.id.clone()), "twice: {ticket:#?}");
        let key = ticket.external_id.clone().unwrap();
        assert!(key.len() <= 50 && keys.insert(key), "{ticket:#?}");
    }
    let lost: Vec<&String> = wanted.keys().filter(|id| !seen.contains(*id)).collect();
    assert!(lost.is_empty(), "{} lost: {lost:?}", lost.len());
    wanted.len()
}

/// How many tickets there ought to be.
pub fn wanted(services: &Services, on: &[&str]) -> usize {
    wanted_jobs(services, on).len()
}

fn wanted_jobs(services: &Services, on: &[&str]) -> BTreeMap<String, Job> {
    services
        .jobs()
        .into_iter()
        .filter(|job| makes_ticket(job) && on.contains(&row(job.outcome).name))
        .map(|job| (job.id.clone(), job))
        .collect()
}

fn row(outcome: Outcome) -> &'static Row {
    ROWS.iter().find(|row| row.outcome == outcome).unwrap()
}

/// The ticket's own word for the job that it is about.
#[track_caller]
fn job_id(ticket: &Ticket) -> String {
    let line = ticket
        .description
        .lines()
        .find_map(|line| line.strip_prefix("Job: "));
    line.unwrap_or_else(|| panic!("no job: {ticket:#?}"))
        .to_owned()
}

/// A ticket's text without the line with its key, which the first tickets of an installation carry: it does
/// not know yet whether `ExternalID` is kept.
pub fn text_of(ticket: &Ticket) -> &str {
    let text = ticket.description.as_str();
    ticket
        .external_id
        .as_ref()
        .and_then(|key| text.strip_suffix(&format!("\n\nReference: {key}")))
        .unwrap_or(text)
}

struct Facts {
    accounts: BTreeMap<String, i64>,
    names: BTreeMap<String, String>,
    priorities: BTreeMap<String, i64>,
    queues: BTreeMap<String, i64>,
    zone: TimeZone,
}

impl Facts {
    fn of(services: &Services) -> Facts {
        let autotask = services.simulator.autotask();
        let by_label = |values: Vec<simulator::PicklistValue>| {
            let pairs = values.into_iter().filter(|value| value.active);
            pairs
                .map(|value| (value.label, value.id.parse().unwrap()))
                .collect()
        };
        let organizations = services.simulator.cloud_direct().organizations();
        Facts {
            accounts: services.accounts().into_iter().collect(),
            names: organizations
                .into_iter()
                .map(|one| (one.id, one.name))
                .collect(),
            priorities: by_label(autotask.priorities()),
            queues: by_label(autotask.queues()),
            zone: TimeZone::get(ZONE).unwrap(),
        }
    }

    #[track_caller]
    fn compare(&self, ticket: &Ticket, job: &Job) {
        let row = row(job.outcome);
        let finished_at = job.finished_at.unwrap();
        assert_eq!(
            ticket.company_id, self.accounts[&job.organization_id],
            "{ticket:#?}"
        );
        assert_eq!(
            ticket.priority, self.priorities[row.priority],
            "{ticket:#?}"
        );
        assert_eq!(ticket.queue_id, Some(self.queues[row.queue]), "{ticket:#?}");
        assert_eq!(
            ticket.due,
            Some(self.due(finished_at, row.days_due)),
            "{ticket:#?}"
        );
        assert_eq!(ticket.status, 1, "new: {ticket:#?}");

        let kind = match job.kind {
            JobKind::Backup => "Backup",
            JobKind::Replication => "Replication",
            JobKind::Restore | JobKind::Other => panic!("{job:#?} makes no ticket"),
        };
        let what = format!("{kind} {}", row.name);
        let title = match &job.task {
            Some(task) => format!("{what}: {} ({task})", job.system),
            None => format!("{what}: {}", job.system),
        };
        assert_eq!(ticket.title, title);
        let mut lines = vec![
            format!("Organization: {}", self.names[&job.organization_id]),
            format!("System: {}", job.system),
            format!("Status: {} ({what})", job.status),
            format!("Started: {}", self.local(job.started_at.unwrap())),
            format!("Finished: {}", self.local(finished_at)),
            format!("Warnings: {}", job.warning_count),
            format!("Errors: {}", job.error_count),
        ];
        lines.extend(job.task.as_ref().map(|task| format!("Task: {task}")));
        for line in lines {
            assert!(
                ticket.description.lines().any(|has| has == line),
                "{line:?} is not in {ticket:#?}"
            );
        }
        match &job.message {
            Some(message) => assert!(
                text_of(ticket).ends_with(&format!("\nMessage:\n{message}")),
                "{ticket:#?}\n{message:?}"
            ),
            None => assert!(!ticket.description.contains("Message:"), "{ticket:#?}"),
        }
    }

    /// One minute before midnight of the day so many days later, in the partner's time zone.
    fn due(&self, finished_at: Timestamp, days: u16) -> Timestamp {
        let day = finished_at.to_zoned_datetime(self.zone.clone()).date();
        let due = day.checked_add(i64::from(days).days()).unwrap();
        let due = due.to_datetime(civil::time(23, 59, 0, 0));
        self.zone.to_ambiguous_timestamp(due).compatible().unwrap()
    }

    fn local(&self, at: Timestamp) -> String {
        let local = at.to_zoned_datetime(self.zone.clone());
        format!("{} ({ZONE})", local.strftime("%Y-%m-%d %H:%M:%S %Z"))
    }
}
