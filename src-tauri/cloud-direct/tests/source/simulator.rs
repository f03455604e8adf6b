//! The portal adapter against the simulator, which was written from the same contract and not from
//! this client; and the simulator's answers against `openapi.yaml`.

use std::time::Duration;

use ::simulator::{Config, Fault, NewJob, Outcome as Simulated, Service, Simulator, What, When};
use cloud_direct::{Class, Outcome, Portal, PortalOptions, Source as _};
use jiff::{SignedDuration, civil::date};
use serde_json::Value;

use crate::{at, jobs, openapi::Document, portions};

async fn start() -> Simulator {
    Simulator::start(Config {
        organizations: 20,
        finished_jobs: 300,
        jobs_per_hour: 0.0,
        start: Some(at("2026-11-23T12:00:00Z")),
        ..Config::default()
    })
    .await
    .unwrap()
}

fn client(simulator: &Simulator) -> Portal {
    let address = simulator.addresses().cloud_direct.as_str();
    let token = simulator.logins().token.clone();
    let options = PortalOptions {
        timeout: Duration::from_secs(10),
        ..PortalOptions::default()
    };
    Portal::new(address, token.into(), options).unwrap()
}

fn outcome(simulated: Simulated) -> Outcome {
    match simulated {
        Simulated::Success => Outcome::Success,
        Simulated::Warning => Outcome::Warning,
        Simulated::Error => Outcome::Error,
        Simulated::NotFinished => Outcome::NotFinished,
    }
}

#[tokio::test]
async fn the_client_reads_what_stands_in_the_simulator() {
    let simulator = start().await;
    let door = simulator.cloud_direct();
    door.set_page_size(7);
    let portal = client(&simulator);
    assert!(!portal.test().await.unwrap().name.is_empty());

    let organizations = portal.organizations().await.unwrap();
    let names = organizations.iter().map(|one| (&one.id, &one.name));
    let there = door.organizations();
    assert!(names.eq(there.iter().map(|one| (&one.id, &one.name))));

    let (found, _) = jobs(&portal, None).await;
    let there = door.jobs();
    assert!(there.len() >= 300);
    assert_eq!(found.len(), there.len());
    for (found, there) in found.iter().zip(&there) {
        assert_eq!(found.id, there.id);
        assert_eq!(found.organization_id, there.organization_id);
        assert_eq!(found.system, there.system);
        assert_eq!(found.finished_at, there.finished_at);
        assert_eq!(found.outcome, outcome(there.outcome), "{}", found.status);
        assert_eq!(found.bytes_processed, there.bytes_processed);
        assert_eq!(found.message.is_some(), there.message.is_some());
    }

    let usage = portal.usage(date(2026, 11, 22)).await.unwrap();
    let found = usage
        .iter()
        .map(|row| (&row.organization_id, row.bytes, row.measured_at));
    let there = door.usage(date(2026, 11, 22));
    assert!(!there.is_empty());
    assert!(
        found.eq(there
            .iter()
            .map(|row| (&row.organization_id, row.bytes, row.measured_at)))
    );
}

#[tokio::test]
async fn only_jobs_that_finished_later_are_read() {
    let simulator = start().await;
    let door = simulator.cloud_direct();
    let finish = |id: &str, finished_at| {
        let job = NewJob {
            system: Some(id.to_owned()),
            finished_at: Some(finished_at),
            ..NewJob::default()
        };
        door.finish_job(job).unwrap()
    };
    let moment = at("2026-11-23T12:00:00.5Z");
    finish("before", moment - SignedDuration::from_nanos(1));
    finish("at", moment);
    let after = finish("after", moment + SignedDuration::from_nanos(1));
    let (found, _) = jobs(&client(&simulator), Some(moment)).await;
    let finished: Vec<_> = found
        .iter()
        .filter(|job| job.finished_at.is_some())
        .collect();
    assert_eq!(finished.len(), 1, "{finished:?}");
    assert_eq!(
        (&finished[0].id, finished[0].system.as_str()),
        (&after.id, "after")
    );
}

#[tokio::test]
async fn an_organization_that_the_token_may_not_read_does_not_stop_the_others() {
    let simulator = start().await;
    let door = simulator.cloud_direct();
    let there = door.jobs();
    let forbidden = there[0].organization_id.clone();
    door.set_forbidden(&forbidden, true);
    let (found, _) = jobs(&client(&simulator), None).await;
    assert!(!found.is_empty());
    assert!(found.iter().all(|job| job.organization_id != forbidden));
    let others = there.iter().filter(|job| job.organization_id != forbidden);
    assert_eq!(found.len(), others.count());
}

#[tokio::test]
async fn a_wrong_token_is_one_call() {
    let simulator = start().await;
    let portal = client(&simulator);
    simulator.cloud_direct().set_token("another");
    let error = portal.test().await.unwrap_err();
    assert_eq!(
        (error.class(), error.code()),
        (Class::Stop, "token_refused")
    );
    assert_eq!(simulator.cloud_direct().calls(), 1);
    let error = portions(&portal, None).await.unwrap_err();
    assert_eq!(error.class(), Class::Stop);
    assert_eq!(simulator.cloud_direct().calls(), 2);
}

#[tokio::test]
async fn each_fault_has_its_class_and_passes() {
    let simulator = start().await;
    simulator.cloud_direct().set_retry_after(3);
    let portal = client(&simulator);
    let wait = Class::Throttled {
        retry_after: Some(Duration::from_secs(3)),
    };
    let table = [
        (What::DropBefore, Class::Transient, "cut_off"),
        (What::DropAfter, Class::Transient, "cut_off"),
        (What::Truncate, Class::Transient, "cut_off"),
        (What::HtmlPage, Class::Broken, "not_cloud_direct"),
        (What::Status(500), Class::Transient, "server_error"),
        (What::Status(503), wait, "throttled"),
        (What::Status(429), wait, "throttled"),
        (What::QuotaUsedUp, wait, "throttled"),
        (What::Status(404), Class::Broken, "not_cloud_direct"),
        (What::LoginRevoked, Class::Stop, "token_refused"),
    ];
    for (what, class, code) in table {
        simulator.faults().add(Fault {
            service: Service::CloudDirect,
            on: None,
            when: When::Once,
            what,
        });
        let error = portions(&portal, None).await.unwrap_err();
        assert_eq!(
            (error.class(), error.code()),
            (class, code),
            "{what:?}: {error}"
        );
        portions(&portal, None).await.unwrap();
    }
}

#[tokio::test]
async fn a_slow_answer_is_given_up() {
    let simulator = start().await;
    let address = simulator.addresses().cloud_direct.as_str();
    let options = PortalOptions {
        timeout: Duration::from_millis(100),
        ..PortalOptions::default()
    };
    let portal = Portal::new(address, simulator.logins().token.clone().into(), options).unwrap();
    simulator.faults().add(Fault {
        service: Service::CloudDirect,
        on: None,
        when: When::Always,
        what: What::Delay(Duration::from_secs(600)),
    });
    let error = portal.test().await.unwrap_err();
    assert_eq!(
        (error.class(), error.code()),
        (Class::Transient, "timed_out")
    );
}

/// Asks the simulator as anybody could, and gives status, content type and body.
async fn ask(simulator: &Simulator, token: &str, path_and_query: &str) -> (u16, String, Value) {
    let url = simulator
        .addresses()
        .cloud_direct
        .join(path_and_query)
        .unwrap();
    let response = reqwest::Client::new()
        .get(url)
        .bearer_auth(token)
        .send()
        .await
        .unwrap();
    let status = response.status().as_u16();
    let content_type = response.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    (status, content_type, response.json().await.unwrap())
}

#[tokio::test]
async fn the_simulator_answers_as_the_document_says() {
    let simulator = start().await;
    let door = simulator.cloud_direct();
    door.set_page_size(50);
    let forbidden = door.organizations()[0].id.clone();
    let token = simulator.logins().token.clone();
    let document = Document::new();
    for (path, query) in [
        ("/v1/partner", "x=1"),
        ("/v1/organizations", "x=1"),
        ("/v1/jobs", "x=1"),
        ("/v1/jobs", "finished_after=2026-11-20T00:00:00Z"),
        ("/v1/jobs", "organization_id=org-0002"),
        ("/v1/usage", "date=2026-11-22"),
    ] {
        let mut next = String::new();
        loop {
            let (status, content_type, body) =
                ask(&simulator, &token, &format!("{path}?{query}{next}")).await;
            assert_eq!(status, 200, "{path} {body}");
            assert_eq!(
                document.answer(path, status, &content_type, &body),
                [""; 0],
                "{path}"
            );
            match body["next_page_token"].as_str() {
                Some(token) => next = format!("&page_token={token}"),
                None => break,
            }
        }
    }

    door.set_forbidden(&forbidden, true);
    let forbidden = format!("/v1/jobs?organization_id={forbidden}");
    for (token, request, expected) in [
        ("wrong", "/v1/partner", 401),
        (token.as_str(), forbidden.as_str(), 403),
        (&token, "/v1/jobs?finished_after=yesterday", 400),
        (&token, "/v1/usage?date=yesterday", 400),
        (&token, "/v1/usage", 400),
    ] {
        let (status, content_type, body) = ask(&simulator, token, request).await;
        assert_eq!(status, expected, "{request}");
        let path = request.split('?').next().unwrap();
        assert_eq!(
            document.answer(path, status, &content_type, &body),
            [""; 0],
            "{request}"
        );
    }
}
