//! The Cloud Direct portal, and that its world is the same each time.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use simulator::{Config, Fault, Job, NewJob, OrganizationState, Outcome, Service, What, When};

use crate::bench::{Bench, START, config};

/// All jobs over all pages.
async fn all_jobs(bench: &Bench, query: &str) -> Vec<Json> {
    let mut jobs = Vec::new();
    let mut token = String::new();
    loop {
        let page = bench
            .portal_json(&format!("v1/jobs?page_token={token}{query}"))
            .await;
        jobs.extend(page["items"].as_array().unwrap().iter().cloned());
        match page["next_page_token"].as_str() {
            Some(next) => token = next.to_owned(),
            None => return jobs,
        }
    }
}

#[tokio::test]
async fn jobs_come_in_order_of_their_end_over_pages_without_gaps() {
    let bench = Bench::with(Config {
        finished_jobs: 1200,
        organizations: 40,
        ..config()
    })
    .await;
    let jobs = all_jobs(&bench, "").await;
    let finished: Vec<&Json> = jobs
        .iter()
        .filter(|job| !job["finished_at"].is_null())
        .collect();
    assert_eq!(finished.len(), 1200);
    let keys: Vec<(Timestamp, &str)> = finished
        .iter()
        .map(|job| {
            (
                job["finished_at"].as_str().unwrap().parse().unwrap(),
                job["id"].as_str().unwrap(),
            )
        })
        .collect();
    assert!(keys.is_sorted());
    assert!(
        keys.windows(2).any(|pair| pair[0].0 == pair[1].0),
        "some finish at the same moment"
    );
    let running = &jobs[1200..];
    assert!(!running.is_empty() && running.iter().all(|job| job["finished_at"].is_null()));
    let page = bench.portal_json("v1/jobs").await;
    assert_eq!(page["items"].as_array().unwrap().len(), 500);
    assert!(
        jobs[0].get("outcome").is_none(),
        "the outcome is for the reader to derive"
    );

    bench.simulator.cloud_direct().set_page_size(7);
    assert_eq!(all_jobs(&bench, "").await, jobs);
}

#[tokio::test]
async fn finished_after_leaves_out_the_moment_itself() {
    let bench = Bench::start().await;
    let jobs = all_jobs(&bench, "").await;
    let at = jobs[20]["finished_at"].as_str().unwrap();
    let later = all_jobs(&bench, &format!("&finished_after={at}")).await;
    let expected: Vec<&Json> = jobs
        .iter()
        .filter(|job| job["finished_at"].as_str().is_none_or(|end| end > at))
        .collect();
    assert_eq!(later.iter().collect::<Vec<_>>(), expected);
    let organization = jobs[0]["organization_id"].as_str().unwrap();
    let mine = all_jobs(&bench, &format!("&organization_id={organization}")).await;
    assert!(
        !mine.is_empty()
            && mine
                .iter()
                .all(|job| job["organization_id"] == organization)
    );
}

#[tokio::test]
async fn outcomes_are_mixed_as_in_real_life_and_follow_from_the_status() {
    let bench = Bench::with(Config {
        finished_jobs: 3000,
        organizations: 60,
        ..config()
    })
    .await;
    let jobs = bench.simulator.cloud_direct().jobs();
    let share = |outcome| jobs.iter().filter(|job| job.outcome == outcome).count() as f64 / 3000.0;
    assert!(
        (0.86..0.94).contains(&share(Outcome::Success)),
        "{}",
        share(Outcome::Success)
    );
    assert!((0.04..0.09).contains(&share(Outcome::Warning)));
    assert!((0.02..0.06).contains(&share(Outcome::Error)));
    for job in &jobs {
        let expected = match job.status.as_str() {
            "finished" | "success" | "completed" if job.warning_count + job.error_count == 0 => {
                Outcome::Success
            }
            "finished" | "success" | "completed" | "canceled" | "skipped" => Outcome::Warning,
            "failed" | "crashed" | "missed" | "license_failed" => Outcome::Error,
            "active" | "waiting" | "idle" => Outcome::NotFinished,
            other => panic!("{other} is not a status of the contract"),
        };
        assert_eq!(job.outcome, expected, "{job:?}");
    }
}

#[tokio::test]
async fn the_same_seed_and_start_make_the_same_world() {
    let config = || Config {
        jobs_per_hour: 100.0,
        finished_jobs: 200,
        ..config()
    };
    let (one, two) = (Bench::with(config()).await, Bench::with(config()).await);
    for bench in [&one, &two] {
        bench.simulator.advance(Duration::from_secs(5 * 3600));
    }
    assert_eq!(
        one.simulator.cloud_direct().jobs(),
        two.simulator.cloud_direct().jobs()
    );
    assert_eq!(
        one.simulator.autotask().companies(),
        two.simulator.autotask().companies()
    );
    assert_eq!(
        one.simulator.autotask().contract_service_units(),
        two.simulator.autotask().contract_service_units()
    );
    let day = "2026-11-22".parse().unwrap();
    assert_eq!(
        one.simulator.cloud_direct().usage(day),
        two.simulator.cloud_direct().usage(day)
    );
    let other = Bench::with(Config {
        seed: 2,
        ..config()
    })
    .await;
    assert_ne!(
        one.simulator.autotask().companies(),
        other.simulator.autotask().companies()
    );
}

#[tokio::test]
async fn a_month_can_be_skipped_with_only_a_few_jobs_and_the_stream_goes_on_after_it() {
    let bench = Bench::with(Config {
        jobs_per_hour: 3600.0,
        finished_jobs: 0,
        ..config()
    })
    .await;
    let door = bench.simulator.cloud_direct();
    let start: Timestamp = START.parse().unwrap();
    bench.simulator.skip(Duration::from_hours(30 * 24), 60);
    let ends = || -> Vec<Timestamp> {
        let jobs = door.jobs().into_iter();
        jobs.filter_map(|job| job.finished_at).collect()
    };
    let skipped = ends();
    assert_eq!(skipped.len(), 60);
    let day = |n: i64| start + jiff::SignedDuration::from_hours(24 * n);
    for n in 1..30 {
        let of_day = skipped
            .iter()
            .filter(|end| (day(n)..day(n + 1)).contains(end));
        assert!((1..=3).contains(&of_day.count()), "day {n}");
    }
    bench.simulator.advance(Duration::from_mins(2));
    let after = ends().len() - skipped.len();
    assert!((60..240).contains(&after), "{after}");
}

#[tokio::test]
async fn jobs_keep_finishing_and_some_are_seen_late_or_while_they_run() {
    let bench = Bench::with(Config {
        jobs_per_hour: 200.0,
        finished_jobs: 0,
        ..config()
    })
    .await;
    let door = bench.simulator.cloud_direct();
    let start: Timestamp = START.parse().unwrap();
    let mut seen_running = 0;
    let mut seen_late = 0;
    let mut newest = start;
    let mut known = std::collections::BTreeSet::new();
    for _ in 0..12 {
        bench.simulator.advance(Duration::from_secs(600));
        let before = newest;
        for job in door.jobs() {
            match job.finished_at {
                None => seen_running += 1,
                Some(end) => {
                    assert!(end <= bench.simulator.now());
                    if known.insert(job.id) && end <= before {
                        seen_late += 1;
                    }
                    newest = newest.max(end);
                }
            }
        }
    }
    let expected = 2.0 * 200.0;
    assert!(
        (known.len() as f64 - expected).abs() < expected * 0.2,
        "{}",
        known.len()
    );
    assert!(
        seen_running > 0 && seen_late > 0,
        "{seen_running} {seen_late}"
    );
}

#[tokio::test]
async fn a_job_can_be_made_to_finish_now() {
    let bench = Bench::start().await;
    let door = bench.simulator.cloud_direct();
    let organization = door.organizations()[3].id.clone();
    let new = NewJob {
        organization_id: Some(organization.clone()),
        status: Some("failed".into()),
        error_count: 1,
        ..NewJob::default()
    };
    let job = door.finish_job(new).unwrap();
    assert_eq!(
        (job.outcome, job.finished_at),
        (Outcome::Error, Some(bench.simulator.now()))
    );
    let just_before = bench.simulator.now() - SignedDuration::from_secs(1);
    let jobs = all_jobs(
        &bench,
        &format!("&organization_id={organization}&finished_after={just_before}"),
    )
    .await;
    assert_eq!(jobs[0]["id"], job.id);
    assert!(
        door.finish_job(NewJob {
            organization_id: Some("org-none".into()),
            ..NewJob::default()
        })
        .is_none()
    );
}

#[tokio::test]
async fn a_job_that_is_put_comes_late_changes_and_runs_again_as_one_job() {
    let bench = Bench::start().await;
    let door = bench.simulator.cloud_direct();
    let ended = bench.simulator.now() - SignedDuration::from_hours(40);
    let made = door.finish_job(NewJob::default()).unwrap();
    let late = Job {
        id: "late".to_owned(),
        finished_at: Some(ended),
        ..made.clone()
    };
    let versions = [
        late.clone(),
        Job {
            status: "failed".to_owned(),
            outcome: Outcome::Error,
            finished_at: Some(ended + SignedDuration::from_hours(1)),
            ..late.clone()
        },
        Job {
            status: "active".to_owned(),
            outcome: Outcome::NotFinished,
            finished_at: None,
            ..late.clone()
        },
        late,
    ];
    let before = all_jobs(&bench, "").await.len();
    for version in versions {
        assert!(door.put_job(version.clone()));
        let jobs = all_jobs(&bench, "").await;
        assert_eq!(jobs.len(), before + 1);
        let shown: Vec<&Json> = jobs.iter().filter(|job| job["id"] == "late").collect();
        assert_eq!(shown.len(), 1, "{version:?}");
        assert_eq!(shown[0]["status"], version.status);
        assert_eq!(shown[0]["finished_at"], json!(version.finished_at));
    }
    assert!(!door.put_job(Job {
        organization_id: "org-none".to_owned(),
        ..made
    }));
}

#[tokio::test]
async fn usage_is_the_last_measurement_of_that_day_and_grows_slowly() {
    let bench = Bench::start().await;
    let rows = |date: &'static str| {
        let bench = &bench;
        async move {
            bench.portal_json(&format!("v1/usage?date={date}")).await["items"]
                .as_array()
                .unwrap()
                .clone()
        }
    };
    let today = rows("2026-11-23").await;
    let organizations = bench.simulator.cloud_direct().organizations();
    let blocked = organizations
        .iter()
        .find(|one| one.state == OrganizationState::Blocked)
        .unwrap();
    assert_eq!(today.len(), organizations.len() - 1);
    assert!(
        today
            .iter()
            .all(|row| row["organization_id"] != json!(blocked.id)),
        "it was never measured"
    );
    let expired = organizations
        .iter()
        .find(|one| one.state == OrganizationState::Expired)
        .unwrap();
    let row = today
        .iter()
        .find(|row| row["organization_id"] == json!(expired.id))
        .unwrap();
    assert!(
        row["measured_at"].as_str().unwrap() < "2026-11-20",
        "its last measurement is an old one"
    );

    let earlier = rows("2026-10-23").await;
    let bytes = |rows: &[Json]| {
        rows.iter()
            .map(|row| row["bytes"].as_u64().unwrap())
            .sum::<u64>() as f64
    };
    let growth = bytes(&today) / bytes(&earlier);
    assert!((1.0..1.1).contains(&growth), "{growth}");
    assert!(rows("2001-01-01").await.is_empty());
    // A measurement of tomorrow does not exist yet.
    assert_eq!(rows("2026-11-30").await, today);
}

#[tokio::test]
async fn errors_are_problem_documents() {
    let bench = Bench::start().await;
    let door = bench.simulator.cloud_direct();
    let url = format!("{}v1/partner", bench.simulator.addresses().cloud_direct);
    let response = bench
        .http
        .get(url)
        .bearer_auth("wrong")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 401);
    assert_eq!(
        response.headers()["content-type"],
        "application/problem+json"
    );
    let problem: Json = response.json().await.unwrap();
    assert_eq!(
        (&problem["status"], &problem["title"]),
        (&json!(401), &json!("Unauthorized"))
    );

    let id = door.organizations()[0].id.clone();
    door.set_forbidden(&id, true);
    assert_eq!(
        bench
            .portal(&format!("v1/jobs?organization_id={id}"))
            .await
            .status(),
        403
    );
    assert!(
        all_jobs(&bench, "")
            .await
            .iter()
            .all(|job| job["organization_id"] != json!(id))
    );
    for (path, status) in [
        ("v1/jobs?finished_after=yesterday", 400),
        ("v1/jobs?page_token=!!", 400),
        ("v1/usage", 400),
        ("v1/jobs?organization_id=nobody", 404),
        ("v1/nothing", 404),
    ] {
        let response = bench.portal(path).await;
        assert_eq!(response.status(), status, "{path}");
        assert_eq!(
            response.headers()["content-type"],
            "application/problem+json"
        );
    }
    for status in [429, 503] {
        let fault = Fault {
            service: Service::CloudDirect,
            on: Some("jobs".into()),
            when: When::Once,
            what: What::Status(status),
        };
        bench.simulator.faults().add(fault);
        let response = bench.portal("v1/jobs").await;
        assert_eq!(
            (
                response.status().as_u16(),
                response.headers()["retry-after"].to_str().unwrap()
            ),
            (status, "2")
        );
    }
}
