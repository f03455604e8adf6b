//! Faults on demand, the hourly quota and the thread limit.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;
use simulator::{Fault, PicklistField, Service, What, When};

use crate::bench::Bench;

fn fault(on: &str, when: When, what: What) -> Fault {
    Fault {
        service: Service::Autotask,
        on: Some(on.to_owned()),
        when,
        what,
    }
}

#[tokio::test]
async fn a_dropped_connection_stores_before_or_not_at_all_as_asked() {
    let bench = Bench::start().await;
    for (what, stored) in [(What::DropBefore, 0), (What::DropAfter, 1)] {
        bench
            .simulator
            .faults()
            .add(fault("Tickets/create", When::Once, what));
        let request = bench
            .request(Method::POST, "ATServicesRest/V1.0/Tickets")
            .json(&bench.ticket());
        let error = request.send().await.unwrap_err();
        assert!(!error.is_timeout() && error.status().is_none(), "{error:?}");
        assert_eq!(
            bench.simulator.autotask().tickets().len(),
            stored,
            "{what:?}"
        );
    }
    assert_eq!(
        bench.post("Tickets", bench.ticket()).await.0,
        200,
        "once is once"
    );
}

#[tokio::test]
async fn what_nobody_waits_for_any_more_takes_effect_late_and_once() {
    let bench = Bench::start().await;
    let late = What::DropLate(Duration::from_secs(240));
    let faults = bench.simulator.faults();
    faults.add(fault("Tickets/create", When::Once, late));
    let request = bench
        .request(Method::POST, "ATServicesRest/V1.0/Tickets")
        .json(&bench.ticket());
    assert!(request.send().await.is_err());
    for (seconds, stored) in [(0, 0), (239, 0), (1, 1), (600, 1)] {
        bench.simulator.advance(Duration::from_secs(seconds));
        let tickets = bench.simulator.autotask().tickets();
        assert_eq!(tickets.len(), stored, "{seconds} s later");
    }
    let creates = bench.simulator.journal().into_iter();
    let creates = creates.filter(|call| call.operation == "create");
    assert_eq!(creates.count(), 1, "it was received once");
}

#[tokio::test]
async fn a_truncated_answer_breaks_off_after_the_write() {
    let bench = Bench::start().await;
    bench
        .simulator
        .faults()
        .add(fault("Ticket", When::Once, What::Truncate));
    let request = bench
        .request(Method::POST, "ATServicesRest/V1.0/Tickets")
        .json(&bench.ticket());
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.text().await.is_err());
    assert_eq!(bench.simulator.autotask().tickets().len(), 1);
}

#[tokio::test]
async fn answers_can_be_replaced() {
    let bench = Bench::start().await;
    let cases = [
        (What::HtmlPage, 200, "<!DOCTYPE html>"),
        (What::Status(503), 503, "503 - Service Unavailable"),
        (What::LoginRevoked, 401, ""),
        (What::UserLocked, 500, "The user account has been locked."),
        (
            What::ThreadLimit,
            429,
            "The Autotask API thread threshold of 3 threads has been exceeded.",
        ),
        (What::QuotaUsedUp, 429, "10000 requests in 60 minutes"),
    ];
    for (what, status, part) in cases {
        bench
            .simulator
            .faults()
            .add(fault("create", When::Once, what));
        let request = bench
            .request(Method::POST, "ATServicesRest/V1.0/Tickets")
            .json(&bench.ticket());
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status, "{what:?}");
        let text = response.text().await.unwrap();
        assert!(text.contains(part), "{what:?}: {text}");
    }
    assert!(bench.simulator.autotask().tickets().is_empty());
    let faults: Vec<_> = bench
        .simulator
        .journal()
        .into_iter()
        .filter_map(|call| call.fault)
        .collect();
    assert_eq!(faults.len(), 6);
}

#[tokio::test]
async fn every_third_call_and_a_delay_after_the_write() {
    let bench = Bench::start().await;
    let id =
        bench
            .simulator
            .faults()
            .add(fault("Tickets/get", When::EveryNth(3), What::Status(500)));
    let mut statuses = Vec::new();
    for _ in 0..6 {
        statuses.push(bench.get("Tickets/1").await.0.as_u16());
    }
    assert_eq!(statuses, [200, 200, 500, 200, 200, 500]);
    assert!(bench.simulator.faults().remove(id));

    bench.simulator.faults().add(fault(
        "create",
        When::Always,
        What::Delay(Duration::from_secs(60)),
    ));
    let request = bench
        .request(Method::POST, "ATServicesRest/V1.0/Tickets")
        .json(&bench.ticket());
    assert!(
        request
            .timeout(Duration::from_millis(200))
            .send()
            .await
            .unwrap_err()
            .is_timeout()
    );
    assert_eq!(
        bench.simulator.autotask().tickets().len(),
        1,
        "the write does not wait for the answer"
    );
}

#[tokio::test]
async fn a_picklist_value_can_vanish_just_before_a_call() {
    let bench = Bench::start().await;
    let vanishes = What::PicklistValueVanishes {
        field: PicklistField::Priority,
        value: 1,
    };
    let id = bench.tell("faults", json!({ "service": "autotask", "on": "Tickets/create", "when": { "every_nth": 2 }, "what": vanishes })).await;
    assert_eq!(bench.post("Tickets", bench.ticket()).await.0, 200);
    assert!(
        bench
            .simulator
            .autotask()
            .priorities()
            .iter()
            .all(|one| one.active)
    );
    let refused = bench.refused("Tickets", bench.ticket()).await;
    assert_eq!(
        refused,
        ["Picklist value [1] does not exist for priority. ; on record number [1]."]
    );
    let listed = bench.ask("faults").await;
    assert_eq!(
        (&listed[0]["id"], &listed[0]["fault"]["what"]),
        (
            &id["id"],
            &json!({ "picklist_value_vanishes": { "field": "priority", "value": 1 } })
        )
    );
}

#[tokio::test]
async fn a_fourth_call_at_a_time_to_one_endpoint_is_refused() {
    let bench = Bench::start().await;
    bench.simulator.faults().add(fault(
        "Companies/query",
        When::Always,
        What::Delay(Duration::from_millis(300)),
    ));
    let query = || bench.post("Companies/query", json!({ "filter": [] }));
    let answers = futures::future::join_all((0..5).map(|_| query())).await;
    let refused: Vec<_> = answers
        .iter()
        .filter(|(status, _)| *status == 429)
        .collect();
    assert_eq!(refused.len(), 2);
    assert_eq!(
        refused[0].1,
        json!({ "errors": ["The Autotask API thread threshold of 3 threads has been exceeded."] })
    );
    bench.simulator.autotask().set_limits(false);
    let answers = futures::future::join_all((0..5).map(|_| query())).await;
    assert!(answers.iter().all(|(status, _)| *status == 200));
}

#[tokio::test]
async fn the_hourly_quota_slows_down_refuses_and_recovers() {
    let bench = Bench::start().await;
    let door = bench.simulator.autotask();
    door.set_quota_used(5_000);
    let begun = Instant::now();
    assert_eq!(bench.get("Tickets/1").await.0, 200);
    assert!(begun.elapsed() >= Duration::from_millis(500));
    door.set_quota_used(10_000);
    let (status, body) = bench.get("Tickets/1").await;
    assert_eq!(status, 429);
    assert!(
        body["errors"][0]
            .as_str()
            .unwrap()
            .contains("10000 requests in 60 minutes")
    );
    let (status, text) = bench.soap("getThresholdAndUsageInfo", "").await;
    assert_eq!(status, 429);
    assert!(text.contains("<faultstring>The external request threshold"));
    bench.simulator.advance(Duration::from_secs(3600));
    let (_, threshold) = bench.get("ThresholdInformation").await;
    assert_eq!(threshold["currentTimeframeRequestCount"], 1);
}
