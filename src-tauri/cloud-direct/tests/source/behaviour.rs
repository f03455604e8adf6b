//! What both adapters do alike: the same data, once as a portal and once as a folder, must give the
//! same organizations, jobs and usage.

use std::{fs, sync::Arc, time::Duration};

use cloud_direct::{
    Folder, FolderOptions, Job, JobKind, Notice, Organization, OrganizationState, Outcome, Source,
    Usage,
};
use jiff::{civil::date, tz::TimeZone};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{at, jobs, portions, stub::Stub};

/// One adapter over the given data, and what keeps the data alive.
struct World {
    name: &'static str,
    source: Box<dyn Source>,
    _portal: Option<Stub>,
    _folder: Option<TempDir>,
}

async fn portal(organizations: &Value, jobs: &Value, usage: &Value) -> World {
    let stub = Stub::with(organizations.clone(), jobs.clone(), usage.clone()).await;
    World {
        name: "portal",
        source: Box::new(stub.portal()),
        _portal: Some(stub),
        _folder: None,
    }
}

fn folder(name: &'static str, organizations: &Value, jobs: &Value, usage: &Value) -> World {
    let folder = tempfile::tempdir().unwrap();
    let named = |id: &Value| {
        let all = organizations.as_array().unwrap();
        all.iter()
            .find(|one| one["id"] == *id)
            .cloned()
            .unwrap_or_default()
    };
    let rows: Vec<Value> = jobs
        .as_array()
        .unwrap()
        .iter()
        .map(|job| {
            let mut row = job.clone();
            row["job_id"] = row["id"].take();
            row["organization"] = row["organization_id"].take();
            row["organization_name"] = named(&row["organization"])["name"].clone();
            let fields = row.as_object_mut().unwrap();
            fields.retain(|_, value| !value.is_null());
            row
        })
        .collect();
    match name {
        "json lines" => {
            let lines: Vec<String> = rows.iter().map(ToString::to_string).collect();
            fs::write(folder.path().join("jobs.jsonl"), lines.join("\n")).unwrap();
        }
        _ => fs::write(folder.path().join("jobs.csv"), table(&rows)).unwrap(),
    }
    let rows: Vec<Value> = usage
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let organization = named(&row["organization_id"]);
            json!({
                "organization": row["organization_id"], "organization_name": organization["name"],
                "state": organization["state"], "metric": row["metric"], "measured_at": row["measured_at"],
                "quantity": row["bytes"], "unit": "B",
            })
        })
        .collect();
    fs::write(folder.path().join("usage.csv"), table(&rows)).unwrap();
    let options = FolderOptions {
        settle: Duration::ZERO,
        ..FolderOptions::new(TimeZone::UTC, Arc::new(|| at("2026-11-23T12:00:00Z")))
    };
    World {
        name,
        source: Box::new(Folder::new(folder.path().to_owned(), options)),
        _portal: None,
        _folder: Some(folder),
    }
}

/// CSV with every key as a column.
fn table(rows: &[Value]) -> Vec<u8> {
    let mut headers: Vec<&String> = rows
        .iter()
        .flat_map(|row| row.as_object().unwrap().keys())
        .collect();
    headers.sort();
    headers.dedup();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&headers).unwrap();
    for row in rows {
        let values = headers.iter().map(|header| {
            let value = &row[header.as_str()];
            match value.as_str() {
                Some(text) => text.to_owned(),
                None if value.is_null() => String::new(),
                None => value.to_string(),
            }
        });
        writer.write_record(values).unwrap();
    }
    writer.into_inner().unwrap()
}

async fn worlds(organizations: Value, jobs: Value, usage: Value) -> Vec<World> {
    vec![
        portal(&organizations, &jobs, &usage).await,
        folder("csv", &organizations, &jobs, &usage),
        folder("json lines", &organizations, &jobs, &usage),
    ]
}

fn two_organizations() -> Value {
    json!([
        {"id": "org-1", "name": "Müller & Söhne <GmbH>", "state": "active"},
        {"id": "org-2", "name": "😀 \"Trial\", Inc.", "state": "trial"},
    ])
}

fn small_job(id: &str, status: &str, warnings: u32, errors: u32) -> Value {
    json!({
        "id": id, "organization_id": "org-1", "system": "srv-1", "status": status,
        "finished_at": "2026-11-23T10:00:00Z", "warning_count": warnings, "error_count": errors,
    })
}

#[tokio::test]
async fn organizations_are_named_with_their_state() {
    let usage = json!([
        {"organization_id": "org-1", "metric": "cloud_storage", "bytes": 1, "measured_at": "2026-11-22T03:00:00Z"},
        {"organization_id": "org-2", "metric": "cloud_storage", "bytes": 2, "measured_at": "2026-11-22T03:00:00Z"},
    ]);
    for world in worlds(two_organizations(), json!([]), usage).await {
        let expected = [
            Organization {
                id: "org-1".to_owned(),
                name: "Müller & Söhne <GmbH>".to_owned(),
                state: OrganizationState::Active,
            },
            Organization {
                id: "org-2".to_owned(),
                name: "😀 \"Trial\", Inc.".to_owned(),
                state: OrganizationState::Trial,
            },
        ];
        assert_eq!(
            world.source.organizations().await.unwrap(),
            expected,
            "{}",
            world.name
        );
    }
}

#[tokio::test]
async fn a_full_job_arrives_with_every_field() {
    let message = "VSS: \"writer\" failed, 0x80042306\nRetry; see <log>\t& 😀";
    let full = json!({
        "id": "job-1", "organization_id": "org-1", "system": "SRV-Büro,01", "task": "Daily; \"full\"",
        "kind": "replication", "status": "Finished", "started_at": "2026-11-23T09:00:00Z",
        "finished_at": "2026-11-23T10:00:00.25Z", "bytes_processed": 18_446_744_073_709_551_615_u64,
        "bytes_transferred": 0, "warning_count": 2, "error_count": 1, "message": message,
    });
    for world in worlds(two_organizations(), json!([full]), json!([])).await {
        let (jobs, notices) = jobs(world.source.as_ref(), None).await;
        let expected = Job {
            id: "job-1".to_owned(),
            organization_id: "org-1".to_owned(),
            system: "SRV-Büro,01".to_owned(),
            task: Some("Daily; \"full\"".to_owned()),
            kind: JobKind::Replication,
            status: "Finished".to_owned(),
            outcome: Outcome::Warning,
            started_at: Some(at("2026-11-23T09:00:00Z")),
            finished_at: Some(at("2026-11-23T10:00:00.25Z")),
            bytes_processed: Some(u64::MAX),
            bytes_transferred: Some(0),
            warning_count: 2,
            error_count: 1,
            message: Some(message.to_owned()),
        };
        assert_eq!(jobs, [expected], "{}", world.name);
        assert_eq!(notices, [], "{}", world.name);
    }
}

#[tokio::test]
async fn a_job_with_only_what_is_required_arrives_too() {
    let small = json!({
        "id": "job-1", "organization_id": "org-1", "system": "srv", "status": "failed",
        "finished_at": "2026-11-23T10:00:00Z",
    });
    for world in worlds(json!([]), json!([small]), json!([])).await {
        let (jobs, _) = jobs(world.source.as_ref(), None).await;
        let job = &jobs[0];
        assert_eq!(
            (job.outcome, job.kind),
            (Outcome::Error, JobKind::Backup),
            "{}",
            world.name
        );
        assert_eq!(
            (&job.task, &job.message, job.started_at),
            (&None, &None, None),
            "{}",
            world.name
        );
        assert_eq!(
            (job.warning_count, job.bytes_processed),
            (0, None),
            "{}",
            world.name
        );
    }
}

#[tokio::test]
async fn outcomes_follow_from_status_and_counts() {
    let rows = json!([
        small_job("1", "finished", 0, 0),
        small_job("2", "Completed", 1, 0),
        small_job("3", "canceled", 0, 0),
        small_job("4", "LICENSE_FAILED", 0, 0),
        small_job("5", "active", 0, 0),
        small_job("6", "melted", 0, 0),
        small_job("7", "melted", 0, 0),
    ]);
    for world in worlds(two_organizations(), rows, json!([])).await {
        let (jobs, notices) = jobs(world.source.as_ref(), None).await;
        let outcomes: Vec<_> = jobs.iter().map(|job| job.outcome).collect();
        use Outcome::{Error, NotFinished, Success, Warning};
        assert_eq!(
            outcomes,
            [
                Success,
                Warning,
                Warning,
                Error,
                NotFinished,
                Warning,
                Warning
            ],
            "{}",
            world.name
        );
        let melted = Notice::UnknownStatus {
            status: "melted".to_owned(),
            count: 2,
        };
        assert_eq!(notices, [melted], "{}", world.name);
    }
}

#[tokio::test]
async fn a_running_job_without_an_end_is_left_in() {
    let mut running = small_job("1", "Active", 0, 0);
    running["finished_at"] = Value::Null;
    for world in worlds(
        two_organizations(),
        json!([running, small_job("2", "failed", 0, 0)]),
        json!([]),
    )
    .await
    {
        let (jobs, _) = jobs(world.source.as_ref(), Some(at("2026-11-23T09:00:00Z"))).await;
        assert_eq!(jobs.len(), 2, "{}", world.name);
        assert_eq!(
            (jobs[0].outcome, jobs[0].finished_at),
            (Outcome::NotFinished, None),
            "{}",
            world.name
        );
    }
}

#[tokio::test]
async fn long_texts_are_cut_with_a_mark() {
    let mut long = small_job("1", "failed", 0, 0);
    long["message"] = json!("zeile ä\n".repeat(5000));
    long["system"] = json!("s".repeat(400));
    for world in worlds(two_organizations(), json!([long]), json!([])).await {
        let (jobs, _) = jobs(world.source.as_ref(), None).await;
        let message = jobs[0].message.as_ref().unwrap();
        assert!(
            message.len() <= 8192 && message.len() > 8180,
            "{}",
            world.name
        );
        assert!(
            message.starts_with("zeile ä\nzeile") && message.ends_with('…'),
            "{}",
            world.name
        );
        assert_eq!(jobs[0].system.chars().count(), 255, "{}", world.name);
    }
}

#[tokio::test]
async fn reading_twice_gives_the_same() {
    let rows: Vec<Value> = (0..1200)
        .map(|number| small_job(&format!("j{number}"), "failed", 0, 0))
        .collect();
    for world in worlds(two_organizations(), json!(rows), json!([])).await {
        let once = portions(world.source.as_ref(), None).await.unwrap();
        assert_eq!(
            once,
            portions(world.source.as_ref(), None).await.unwrap(),
            "{}",
            world.name
        );
        assert_eq!(
            once.iter().map(|portion| portion.jobs.len()).sum::<usize>(),
            1200,
            "{}",
            world.name
        );
    }
}

#[tokio::test]
async fn usage_has_a_row_for_each_organization_and_metric_that_was_measured() {
    let rows = json!([
        {"organization_id": "org-1", "metric": "cloud_storage", "bytes": 5, "measured_at": "2026-11-22T03:00:00Z"},
        {"organization_id": "org-1", "metric": "seats", "bytes": 7, "measured_at": "2026-11-21T03:00:00Z"},
    ]);
    for world in worlds(two_organizations(), json!([]), rows).await {
        let usage = world.source.usage(date(2026, 11, 23)).await.unwrap();
        let row = |metric: &str, bytes, measured_at| Usage {
            organization_id: "org-1".to_owned(),
            metric: metric.to_owned(),
            bytes,
            measured_at: at(measured_at),
        };
        let expected = [
            row("cloud_storage", 5, "2026-11-22T03:00:00Z"),
            row("seats", 7, "2026-11-21T03:00:00Z"),
        ];
        assert_eq!(usage, expected, "{}", world.name);
        let measured = world.source.measured(date(2026, 11, 23)).await.unwrap();
        assert_eq!(
            (measured.usage, measured.notices),
            (usage, Vec::new()),
            "{}",
            world.name
        );
    }
}

#[tokio::test]
async fn nothing_at_all_is_not_an_error() {
    for world in worlds(json!([]), json!([]), json!([])).await {
        assert_eq!(
            world.source.organizations().await.unwrap(),
            [],
            "{}",
            world.name
        );
        assert_eq!(
            world.source.usage(date(2026, 11, 23)).await.unwrap(),
            [],
            "{}",
            world.name
        );
        assert!(
            jobs(world.source.as_ref(), None).await.0.is_empty(),
            "{}",
            world.name
        );
        assert!(
            !world.source.test().await.unwrap().name.is_empty(),
            "{}",
            world.name
        );
    }
}
