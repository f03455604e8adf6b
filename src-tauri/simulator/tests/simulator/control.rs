//! The control interface, as a test of a simulator in another program uses it.

use serde_json::{Value as Json, json};
use simulator::Config;

use crate::bench::{Bench, config};

impl Bench {
    pub async fn control(
        &self,
        method: reqwest::Method,
        path: &str,
        body: Option<Json>,
    ) -> (u16, Json) {
        let mut request = self.http.request(
            method,
            format!("{}{path}", self.simulator.addresses().control),
        );
        if let Some(body) = body {
            request = request.body(body.to_string());
        }
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    pub async fn tell(&self, path: &str, body: Json) -> Json {
        let (status, answer) = self.control(reqwest::Method::POST, path, Some(body)).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    pub async fn ask(&self, path: &str) -> Json {
        let (status, answer) = self.control(reqwest::Method::GET, path, None).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }
}

#[tokio::test]
async fn faults_are_set_and_cleared() {
    let bench = Bench::start().await;
    for what in [
        json!({ "status": 503 }),
        json!({ "delay_ms": 1 }),
        json!("drop_after"),
        json!("html_page"),
    ] {
        for when in [
            json!("once"),
            json!("always"),
            json!({ "every_nth": 2 }),
            json!({ "probability": 0.5 }),
        ] {
            bench.tell("faults", json!({ "service": "autotask", "on": "Tickets/create", "when": when, "what": what })).await;
        }
    }
    assert_eq!(bench.ask("faults").await.as_array().unwrap().len(), 16);
    let (status, _) = bench.control(reqwest::Method::DELETE, "faults", None).await;
    assert_eq!((status, bench.ask("faults").await), (200, json!([])));
    let (status, answer) = bench
        .control(
            reqwest::Method::POST,
            "faults",
            Some(json!({ "service": "nobody" })),
        )
        .await;
    assert_eq!(status, 400);
    assert!(
        answer["error"].as_str().unwrap().contains("nobody"),
        "{answer}"
    );
}

#[tokio::test]
async fn jobs_tickets_and_the_journal_are_seen_from_outside() {
    let bench = Bench::start().await;
    let job = bench
        .tell(
            "jobs",
            json!({ "status": "failed", "error_count": 1, "message": "disk" }),
        )
        .await;
    let jobs = bench.ask("jobs").await;
    let shown = jobs
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["id"] == job["id"])
        .unwrap();
    assert_eq!(shown["outcome"], "error");
    let (_, created) = bench.post("Tickets", bench.ticket()).await;
    let tickets = bench.ask("tickets").await;
    assert_eq!(tickets[0]["id"], created["itemId"]);
    let one = bench.ask(&format!("tickets/{}", created["itemId"])).await;
    assert_eq!(one, tickets[0]);
    let (status, none) = bench.control(reqwest::Method::GET, "tickets/1", None).await;
    assert_eq!(
        (status, none),
        (404, json!({ "error": "There is no such ticket." }))
    );
    bench
        .tell(
            &format!("tickets/{}", created["itemId"]),
            json!({ "status": 8, "title": "Taken" }),
        )
        .await;
    assert_eq!(bench.ask("tickets").await[0]["title"], "Taken");
    let journal = bench.ask("journal").await;
    assert_eq!(
        (&journal[0]["entity"], &journal[0]["operation"]),
        (&json!("Tickets"), &json!("create"))
    );
    assert_eq!(
        (&journal[0]["rows"], &journal[0]["status"]),
        (&json!(1), &json!(200))
    );
    bench
        .control(reqwest::Method::DELETE, "journal", None)
        .await;
    assert_eq!(bench.ask("journal").await, json!([]));
}

#[tokio::test]
async fn how_a_job_ended_can_be_changed_from_outside_and_only_to_another_end() {
    let bench = Bench::start().await;
    let job = bench.tell("jobs", json!({ "status": "warning" })).await;
    let path = format!("jobs/{}", job["id"].as_str().unwrap());
    let changed = json!({ "status": "failed", "error_count": 1, "message": "disk" });
    bench.tell(&path, changed).await;
    let jobs = bench.ask("jobs").await;
    let mut jobs = jobs.as_array().unwrap().iter();
    let shown = jobs.find(|one| one["id"] == job["id"]).unwrap();
    assert_eq!(
        (&shown["outcome"], &shown["message"], &shown["finished_at"]),
        (&json!("error"), &json!("disk"), &job["finished_at"])
    );
    for (path, status) in [(path.as_str(), "active"), ("jobs/none", "failed")] {
        let (code, _) = bench
            .control(
                reqwest::Method::POST,
                path,
                Some(json!({ "status": status })),
            )
            .await;
        assert_eq!(code, 404, "{path} {status}");
    }
}

#[tokio::test]
async fn limits_rights_settings_and_the_clock_are_changed_while_it_runs() {
    let bench = Bench::start().await;
    bench
        .tell("limits", json!({ "on": false, "used": 9_999 }))
        .await;
    bench
        .tell("rights", json!({ "entity": "Tickets", "create": false }))
        .await;
    bench.tell("user", json!({ "locked": true })).await;
    let settings = bench
        .tell("settings", json!({ "locked_status": 401, "page_size": 3 }))
        .await;
    assert_eq!(
        (&settings["locked_status"], &settings["lock_after"]),
        (&json!(401), &json!(5))
    );
    assert_eq!(bench.get("Tickets/1").await.0, 401);
    for release in ["2019", "1.6.8"] {
        let settings = bench
            .tell("settings", json!({ "soap_release": release }))
            .await;
        assert_eq!(settings["soap_release"], json!(release));
    }
    let before = bench.simulator.now();
    bench.tell("clock", json!({ "advance_seconds": 60 })).await;
    assert_eq!(bench.simulator.now().duration_since(before).as_secs(), 60);
    let state = bench.ask("state").await;
    assert_eq!(
        (
            &state["autotask"]["limits"],
            &state["autotask"]["user_locked"]
        ),
        (&json!(false), &json!(true))
    );
    assert!(!state.to_string().contains("demo-password"));
    let queue = bench.queue();
    bench
        .tell(&format!("queues/{queue}"), json!({ "active": false }))
        .await;
    assert_eq!(bench.ask("queues").await[0]["active"], false);
    let company = bench.company();
    bench
        .tell(&format!("companies/{company}"), json!({ "active": false }))
        .await;
    assert!(!bench.simulator.autotask().companies()[1].active);
    let renamed = json!({ "active": true, "name": "Renamed Ltd" });
    bench.tell(&format!("companies/{company}"), renamed).await;
    let row = &bench.simulator.autotask().companies()[1];
    assert_eq!((row.active, row.name.as_str()), (true, "Renamed Ltd"));
    let renamed = json!({ "label": "Backup" });
    let path = format!("picklists/queue/{queue}");
    bench.tell(&path, renamed).await;
    let row = &bench.ask("queues").await[0];
    assert_eq!(
        (&row["active"], &row["label"]),
        (&json!(false), &json!("Backup"))
    );
    let (status, _) = bench
        .control(
            reqwest::Method::POST,
            "settings",
            Some(json!({ "no_such": 1 })),
        )
        .await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn the_journal_tells_bodies_once_it_is_told_to_keep_them() {
    let bench = Bench::start().await;
    bench.get("Tickets/1").await;
    bench.tell("settings", json!({ "keep_bodies": true })).await;
    bench.post("Tickets", json!({})).await;
    let journal = bench.ask("journal").await;
    let (before, after) = (&journal[0], &journal[1]);
    assert!(before.get("request").is_none() && before.get("answer").is_none());
    assert_eq!(after["request"], json!("{}"));
    let answer = after["answer"].as_str().unwrap();
    assert!(answer.contains("Missing Required Field"), "{answer}");
}

#[tokio::test]
async fn everything_that_stands_in_both_services_is_one_document() {
    let bench = Bench::with(Config {
        organizations: 30,
        finished_jobs: 1_200,
        ..config()
    })
    .await;
    let door = bench.simulator.autotask();
    let ticket =
        bench.ticket_with(json!({ "externalID": "key-1", "description": "a \"b\"\n\u{1f600}" }));
    assert_eq!(bench.post("Tickets", ticket).await.0, 200);
    let line = door.contract_services()[0].id;
    let change =
        json!({ "contractServiceID": line, "effectiveDate": "2026-11-23", "unitChange": 2 });
    assert_eq!(
        bench.post("ContractServiceAdjustments", change).await.0,
        200
    );
    door.set_rights("Roles", false, true, true);
    door.set_hidden("Tickets", true);
    door.limit_to_companies(Some(vec![bench.company()]));
    bench
        .tell(
            "faults",
            json!({ "service": "autotask", "when": "once", "what": "truncate" }),
        )
        .await;

    let all = bench.ask("everything").await;
    let rows = &all["autotask"]["rows"];
    let count = |name: &str| rows[name].as_array().unwrap().len();
    let state = bench.ask("state").await;
    for (name, counted) in state["autotask"]["rows"].as_object().unwrap() {
        assert_eq!(json!(count(name)), *counted, "{name}");
    }
    assert!(
        count("ContractServiceUnits") > 1_000,
        "more than is written at a time"
    );
    let ids = rows["ContractServiceUnits"].as_array().unwrap().iter();
    let ids: Vec<i64> = ids.map(|row| row["id"].as_i64().unwrap()).collect();
    assert!(ids.is_sorted_by(|a, b| a < b), "no row twice");
    let ticket = &rows["Tickets"][0];
    assert_eq!(
        (
            &ticket["externalID"],
            &ticket["description"],
            &ticket["companyID"]
        ),
        (
            &json!("key-1"),
            &json!("a \"b\"\n\u{1f600}"),
            &json!(bench.company())
        )
    );
    assert_eq!(rows["ContractServiceAdjustments"][0]["unitChange"], 2);
    let autotask = &all["autotask"];
    assert_eq!(
        autotask["picklists"]["Tickets"]["queueID"],
        bench.ask("queues").await
    );
    assert_eq!(autotask["settings"], state["autotask"]["settings"]);
    assert_eq!(autotask["user"]["companies"], json!([bench.company()]));
    assert_eq!(
        (
            &autotask["rights"]["Roles"]["query"],
            &autotask["rights"]["Tickets"]["hidden"]
        ),
        (&json!(false), &json!(true))
    );
    assert_eq!(autotask["limits"]["used"], 2);
    let portal = &all["cloud_direct"];
    assert_eq!(portal["jobs"], bench.ask("jobs").await);
    assert_eq!(portal["organizations"].as_array().unwrap().len(), 30);
    assert_eq!(portal["usage"], bench.ask("usage?date=2026-11-23").await);
    assert_eq!(
        (&all["now"], &all["faults"][0]["fault"]["what"]),
        (&state["now"], &json!("truncate"))
    );
    let logins = bench.simulator.logins();
    for secret in [&logins.password, &logins.token, &logins.tracking_identifier] {
        assert!(!all.to_string().contains(secret.as_str()));
    }
}

#[tokio::test]
async fn settings_are_named_by_their_words_and_those_left_out_keep_their_value() {
    let bench = Bench::start().await;
    bench
        .tell(
            "settings",
            json!({ "posted_periods": "kept", "limit_retry_after": 5 }),
        )
        .await;
    let settings = bench
        .tell("settings", json!({ "text_length_in": "characters" }))
        .await;
    for (name, value) in [
        ("posted_periods", json!("kept")),
        ("limit_retry_after", json!(5)),
        ("text_length_in", json!("characters")),
        ("thread_wording", json!("threshold")),
    ] {
        assert_eq!(settings[name], value, "{name}");
    }
    let settings = bench
        .tell("settings", json!({ "limit_retry_after": null }))
        .await;
    assert_eq!(settings["limit_retry_after"], Json::Null);
    let wrong = json!({ "posted_periods": "forgotten" });
    let (status, _) = bench
        .control(reqwest::Method::POST, "settings", Some(wrong))
        .await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn what_is_secret_is_not_in_debug_output() {
    let bench = Bench::start().await;
    bench.get("Tickets/1").await;
    let logins = bench.simulator.logins();
    let shown = format!(
        "{:?} {:?} {:?}",
        bench.simulator,
        logins,
        simulator::Config::default()
    );
    for secret in [&logins.password, &logins.token, &logins.tracking_identifier] {
        assert!(!shown.contains(secret.as_str()), "{shown}");
    }
}

#[tokio::test]
async fn a_stopped_simulator_answers_no_more() {
    let bench = Bench::start().await;
    let addresses = bench.simulator.addresses().clone();
    bench.simulator.stop().await;
    for address in [
        addresses.autotask,
        addresses.cloud_direct,
        addresses.control,
    ] {
        assert!(reqwest::get(address).await.unwrap_err().is_connect());
    }
}
