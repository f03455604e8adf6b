//! The hourly quota and the thread limit: how they are kept, refused and told of.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use simulator::{Choices, Fault, Service, ThreadWording, What, When};

use crate::bench::{Bench, texts};

fn slow(bench: &Bench, on: &str) {
    bench.simulator.faults().add(Fault {
        service: Service::Autotask,
        on: Some(on.to_owned()),
        when: When::Always,
        what: What::Delay(Duration::from_millis(300)),
    });
}

/// Three calls to companies that take a while, and one more to `path` while they run.
async fn fourth(bench: &Bench, path: &str) -> reqwest::Response {
    slow(bench, "Companies/query");
    let busy = (0..3).map(|_| bench.post("Companies/query", json!({ "filter": [] })));
    let busy = futures::future::join_all(busy);
    let one_more = async {
        let seen = || bench.simulator.autotask().limits_seen();
        while seen().at_a_time.get("Companies") != Some(&3) {
            tokio::task::yield_now().await;
        }
        bench.request(Method::GET, path).send().await.unwrap()
    };
    let (answers, one_more) = futures::future::join(busy, one_more).await;
    assert!(answers.iter().all(|(status, _)| *status == 200));
    one_more
}

#[tokio::test]
async fn metadata_of_an_entity_counts_to_its_endpoint_and_zone_look_ups_to_none() {
    for (path, status) in [
        ("ATServicesRest/V1.0/Companies/entityInformation", 429),
        (
            "ATServicesRest/V1.0/Companies/entityInformation/fields",
            429,
        ),
        ("ATServicesRest/V1.0/Companies/0", 429),
        ("ATServicesRest/V1.0/Contracts/entityInformation", 200),
        (
            "ATServicesRest/V1.0/zoneInformation?user=api@demo-partner.example",
            200,
        ),
    ] {
        let bench = Bench::start().await;
        let response = fourth(&bench, path).await;
        assert_eq!(response.status(), status, "{path}");
        let seen = bench.simulator.autotask().limits_seen();
        assert_eq!(seen.thread_refusals, u64::from(status == 429), "{path}");
    }
}

#[tokio::test]
async fn both_wordings_of_the_thread_limit_and_retry_after_are_choices() {
    let path = "ATServicesRest/V1.0/Companies/0";
    let bench = Bench::start().await;
    let response = fourth(&bench, path).await;
    assert_eq!(
        (
            response.status().as_u16(),
            response.headers().get("retry-after")
        ),
        (429, None)
    );
    let door = bench.simulator.autotask();
    door.set_choices(Choices {
        thread_wording: ThreadWording::Itgenatr005,
        itgenatr005_status: 503,
        limit_retry_after: Some(7),
        ..door.choices()
    });
    door.forget_limits_seen();
    let response = fourth(&bench, path).await;
    assert_eq!(response.status(), 503);
    assert_eq!(response.headers()["retry-after"], "7");
    assert_eq!(
        response.text().await.unwrap(),
        r#"{"errors":["Itgenatr005: Thread Threshold Exceeded. Method: get"]}"#
    );
    bench.simulator.faults().clear();
    bench.simulator.faults().add(Fault {
        service: Service::Autotask,
        on: None,
        when: When::Once,
        what: What::ThreadLimit,
    });
    let (status, text) = bench.soap("getThresholdAndUsageInfo", "").await;
    assert_eq!(status, 503);
    assert!(
        text.contains("<faultstring>Itgenatr005: Thread Threshold Exceeded. Method: threshold"),
        "{text}"
    );
    door.set_quota_used(10_000);
    let response = bench.request(Method::GET, path).send().await.unwrap();
    assert_eq!(
        (
            response.status().as_u16(),
            &response.headers()["retry-after"]
        ),
        (429, &"7".parse().unwrap())
    );
}

#[tokio::test]
async fn the_limits_tell_how_close_callers_came() {
    let bench = Bench::start().await;
    let door = bench.simulator.autotask();
    assert_eq!(
        fourth(&bench, "ATServicesRest/V1.0/Companies/0")
            .await
            .status(),
        429
    );
    let seen = door.limits_seen();
    assert_eq!(seen.at_a_time.get("Companies"), Some(&3));
    assert_eq!(
        (
            seen.thread_refusals,
            seen.quota_refusals,
            seen.most_in_an_hour
        ),
        (1, 0, 3)
    );

    door.set_quota_used(9_999);
    for status in [200, 429] {
        assert_eq!(bench.get("Tickets/1").await.0, status);
    }
    let seen = door.limits_seen();
    assert_eq!(
        (
            seen.thread_refusals,
            seen.quota_refusals,
            seen.most_in_an_hour
        ),
        (1, 1, 10_000)
    );
    let state = bench.ask("state").await;
    assert_eq!(
        state["autotask"]["limits_seen"],
        serde_json::to_value(&seen).unwrap()
    );

    let (status, _) = bench.control(Method::DELETE, "limits/seen", None).await;
    assert_eq!(
        (status, door.limits_seen()),
        (200, simulator::LimitsSeen::default())
    );
    door.set_limits(false);
    let calls = (0..5).map(|_| bench.post("Companies/query", json!({ "filter": [] })));
    futures::future::join_all(calls).await;
    assert_eq!(
        door.limits_seen().at_a_time.get("Companies"),
        Some(&5),
        "noted with the limits off too"
    );
}

#[tokio::test]
async fn one_call_takes_two_hundred_entities_and_a_query_five_hundred_conditions() {
    let bench = Bench::start().await;
    let entity = "<Entity xsi:type=\"Ticket\"><Title>a</Title></Entity>";
    let (_, text) = bench
        .soap(
            "create",
            &format!("<Entities>{}</Entities>", entity.repeat(201)),
        )
        .await;
    assert_eq!(texts(&text, "ReturnCode"), ["-1"]);
    assert!(text.contains("maximum of 200 entities"), "{text}");
    let or = |count: usize| {
        let one = json!({ "op": "eq", "field": "id", "value": 1 });
        json!({ "filter": [{ "op": "or", "items": vec![one; count] }] })
    };
    assert_eq!(bench.post("Tickets/query", or(500)).await.0, 200);
    let refused = bench.refused("Tickets/query", or(501)).await;
    assert_eq!(
        refused,
        ["Invalid query syntax. Queries are limited to 500 or fewer 'OR' conditions."]
    );
}

#[tokio::test]
async fn an_address_of_2048_characters_is_found_and_a_longer_one_is_not() {
    let bench = Bench::start().await;
    let start = "/ATServicesRest/V1.0/Tickets/query?search={%22filter%22:[]}&x=";
    for (length, status) in [(2048, 200), (2049, 404)] {
        let path = format!("{}{}", &start[1..], "x".repeat(length - start.len()));
        let response = bench.request(Method::GET, &path).send().await.unwrap();
        assert_eq!(response.status(), status, "{length}");
    }
}
