//! Things that many tests need: a store in a folder of its own, jobs, alert rows.

use cloud_direct::{Job, JobKind, Organization, OrganizationState, Outcome};
use jiff::Timestamp;
use tempfile::TempDir;

use crate::{
    plan,
    settings::{AlertRow, Alerts, Pick},
    store::{JobRow, Mapping, Named, PickValue, Picklists, Store},
};

pub const ACCOUNT: i64 = 29_683_501;

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A moment on the day of the tests.
pub fn noon() -> Timestamp {
    at("2026-11-23T12:00:00Z")
}

pub fn store() -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    (folder, store)
}

pub fn job(organization: &str, id: &str, outcome: Outcome, finished_at: &str) -> Job {
    let finished_at = at(finished_at);
    let status = match outcome {
        Outcome::Success => "finished",
        Outcome::Warning => "warning",
        Outcome::Error => "failed",
        Outcome::NotFinished => "active",
    };
    Job {
        id: id.to_owned(),
        organization_id: organization.to_owned(),
        system: "SRV-01".to_owned(),
        task: Some("Nightly".to_owned()),
        kind: JobKind::Backup,
        status: status.to_owned(),
        outcome,
        started_at: Some(finished_at - jiff::SignedDuration::from_mins(64)),
        finished_at: (outcome != Outcome::NotFinished).then_some(finished_at),
        bytes_processed: Some(12_400_000_000),
        bytes_transferred: Some(1_100_000_000),
        warning_count: 0,
        error_count: u32::from(outcome == Outcome::Error),
        message: (outcome == Outcome::Error).then(|| "VSS error 0x8004230f".to_owned()),
    }
}

pub fn organization(id: &str, name: &str) -> Organization {
    Organization {
        id: id.to_owned(),
        name: name.to_owned(),
        state: OrganizationState::Active,
    }
}

/// All job rows on, since the beginning of November.
pub fn alerts() -> Alerts {
    let row = |priority, days_due| AlertRow {
        enabled: true,
        priority: Some(Pick::Id(priority)),
        queue: Some(Pick::Id(5)),
        days_due: Some(days_due),
    };
    Alerts {
        success: row(3, 3),
        warning: row(2, 2),
        error: row(1, 1),
        digest: AlertRow::default(),
        jobs_since: Some(at("2026-11-01T00:00:00Z")),
        ..Alerts::proposal()
    }
}

pub fn picklists() -> Picklists {
    let value = |id, label: &str| PickValue {
        id,
        label: label.to_owned(),
        active: true,
    };
    Picklists {
        priorities: vec![value(1, "High"), value(2, "Medium"), value(3, "Low")],
        queues: vec![value(5, "Monitoring Alert"), value(6, "Backup")],
        statuses: vec![value(1, "New"), value(5, "Complete")],
    }
}

pub fn map(store: &Store, organization: &str, account: i64) {
    let mapping = Mapping {
        account: Some(Named {
            id: account,
            name: "Contoso Ltd".to_owned(),
            active: true,
        }),
        ..Mapping::default()
    };
    assert!(store.save_mapping(organization, &mapping, noon()).unwrap());
}

/// Takes in and plans, as a pass does.
pub fn take_in_and_plan(store: &Store, jobs: &[Job], alerts: &Alerts) -> u64 {
    store.take_in(jobs, &[], None, None, noon()).unwrap();
    plan_new(store, alerts)
}

pub fn plan_new(store: &Store, alerts: &Alerts) -> u64 {
    store.let_in_set_aside().unwrap();
    let decisions: Vec<(JobRow, plan::Decision)> = store
        .new_jobs(10_000)
        .unwrap()
        .into_iter()
        .map(|job| {
            let decision = plan::plan(&job.job, alerts, job.excluded);
            (job, decision)
        })
        .collect();
    let planned = store.plan_jobs(&decisions, noon()).unwrap();
    store.withdraw_unwanted(alerts, noon()).unwrap();
    planned
}
