//! Tickets and their notes: numbers, completion, activity, duplicates, hidden fields.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::bench::{Bench, texts};

async fn create(bench: &Bench, changes: Json) -> i64 {
    let (status, created) = bench.post("Tickets", bench.ticket_with(changes)).await;
    assert_eq!(status, 200, "{created}");
    created["itemId"].as_i64().unwrap()
}

fn soap_ticket(bench: &Bench, title: &str) -> String {
    format!(
        "<Entity xsi:type=\"Ticket\"><AccountID>{}</AccountID><DueDateTime>2026-11-25T12:00:00</DueDateTime>\
         <Title>{title}</Title><Status>1</Status><Priority>1</Priority><QueueID>{}</QueueID></Entity>",
        bench.company(),
        bench.queue()
    )
}

#[tokio::test]
async fn numbers_count_up_within_a_day_and_begin_anew_after_midnight() {
    let bench = Bench::start().await;
    for _ in 0..2 {
        create(&bench, json!({})).await;
    }
    assert_eq!(bench.post("Tickets", json!({})).await.0, 500);
    bench.simulator.advance(Duration::from_secs(9 * 3600 - 1));
    create(&bench, json!({})).await;
    bench.simulator.advance(Duration::from_secs(1));
    create(&bench, json!({})).await;
    let tickets = bench.simulator.autotask().tickets();
    let numbers: Vec<&str> = tickets
        .iter()
        .map(|one| one.ticket_number.as_str())
        .collect();
    assert_eq!(
        numbers,
        [
            "T20261123.0001",
            "T20261123.0002",
            "T20261123.0003",
            "T20261124.0001"
        ]
    );
}

#[tokio::test]
async fn both_transports_share_one_sequence_of_numbers_and_none_is_given_twice() {
    let bench = Bench::start().await;
    let all = "a".repeat(120);
    let entities: String = all
        .chars()
        .map(|_| soap_ticket(&bench, "Backup failed"))
        .collect();
    for _ in 0..2 {
        let (_, text) = bench
            .soap("create", &format!("<Entities>{entities}</Entities>"))
            .await;
        assert_eq!(texts(&text, "ReturnCode"), ["1"]);
        create(&bench, json!({})).await;
    }
    let tickets = bench.simulator.autotask().tickets();
    let numbers: std::collections::BTreeSet<&str> = tickets
        .iter()
        .map(|one| one.ticket_number.as_str())
        .collect();
    assert_eq!(numbers.len(), 242);
}

#[tokio::test]
async fn reopening_a_ticket_clears_its_completion() {
    let bench = Bench::start().await;
    let id = create(&bench, json!({ "status": 5 })).await;
    let stored = || bench.simulator.autotask().tickets()[0].clone();
    let now = bench.simulator.now();
    assert_eq!(
        stored().completed,
        Some(now),
        "a ticket may be complete from the start"
    );
    bench.simulator.advance(Duration::from_secs(60));
    let patch = |change: Json| async {
        let mut change = change;
        change["id"] = json!(id);
        assert_eq!(
            bench.rest(Method::PATCH, "Tickets", Some(change)).await.0,
            200
        );
    };
    patch(json!({ "title": "Still complete" })).await;
    assert_eq!(
        stored().completed,
        Some(now),
        "only completing sets the time"
    );
    patch(json!({ "status": 8 })).await;
    assert_eq!(stored().completed, None);
    patch(json!({ "status": 5 })).await;
    assert_eq!(stored().completed, Some(bench.simulator.now()));
}

#[tokio::test]
async fn a_note_moves_its_tickets_last_activity_whichever_way_it_comes() {
    let bench = Bench::start().await;
    let id = create(&bench, json!({})).await;
    let activity = || bench.simulator.autotask().tickets()[0].last_activity;
    bench.simulator.advance(Duration::from_secs(60));
    let note = json!({ "description": "Failed again", "noteType": 1, "publish": 2 });
    let (status, body) = bench.post(&format!("Tickets/{id}/Notes"), note).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(activity(), Some(bench.simulator.now()));
    bench.simulator.advance(Duration::from_secs(60));
    let note = format!(
        "<Entities><Entity xsi:type=\"TicketNote\"><TicketID>{id}</TicketID><Title>Again</Title>\
         <Description>Failed &amp; again</Description><NoteType>1</NoteType><Publish>2</Publish></Entity></Entities>"
    );
    let (_, text) = bench.soap("create", &note).await;
    assert_eq!(texts(&text, "ReturnCode"), ["1"], "{text}");
    assert_eq!(activity(), Some(bench.simulator.now()));
    assert_eq!(
        bench.simulator.autotask().ticket_notes()[1].description,
        "Failed & again"
    );
}

#[tokio::test]
async fn notes_are_held_against_their_picklists_and_their_ticket() {
    let bench = Bench::start().await;
    let id = create(&bench, json!({})).await;
    let path = format!("Tickets/{id}/Notes");
    let cases = [
        (
            json!({ "description": "a", "noteType": 99, "publish": 1 }),
            "Picklist value [99] does not exist for noteType. ; on record number [1].",
        ),
        (
            json!({ "description": "a", "noteType": 1, "publish": 7 }),
            "Picklist value [7] does not exist for publish. ; on record number [1].",
        ),
        (
            json!({ "noteType": 1, "publish": 1 }),
            "Missing Required Field: description. ; on record number [1].",
        ),
    ];
    for (note, text) in cases {
        assert_eq!(bench.refused(&path, note).await, [text]);
    }
    let note = json!({ "description": "a", "noteType": 1, "publish": 1 });
    let refused = bench.refused("Tickets/4/Notes", note).await;
    assert_eq!(
        refused,
        ["Value does not exist for the required field ticketID. ; on record number [1]."]
    );
    assert!(bench.simulator.autotask().ticket_notes().is_empty());
}

#[tokio::test]
async fn equal_tickets_are_stored_twice_and_soap_finds_no_duplicate() {
    let bench = Bench::start().await;
    let id = create(&bench, json!({ "externalID": "key-1" })).await;
    assert_ne!(create(&bench, json!({ "externalID": "key-1" })).await, id);
    let entity = soap_ticket(&bench, "Backup failed");
    let (_, text) = bench
        .soap("create", &format!("<Entities>{entity}{entity}</Entities>"))
        .await;
    assert_eq!(texts(&text, "Found"), ["false", "false"]);
    assert_eq!(bench.simulator.autotask().tickets().len(), 4);
}

#[tokio::test]
async fn a_workflow_rule_can_overwrite_the_external_id_of_new_tickets() {
    let bench = Bench::start().await;
    create(&bench, json!({ "externalID": "before" })).await;
    let door = bench.simulator.autotask();
    door.set_choices(simulator::Choices {
        external_id_overwritten: true,
        ..door.choices()
    });
    create(&bench, json!({ "externalID": "key-1" })).await;
    let ids = door.tickets().into_iter().map(|one| one.external_id);
    let ids: Vec<Option<String>> = ids.collect();
    assert_eq!(ids, ["before", "Helpdesk"].map(|id| Some(id.to_owned())));
}

#[tokio::test]
async fn a_tenant_can_hide_the_external_id_and_ignore_what_is_sent() {
    let bench = Bench::start().await;
    let kept = create(&bench, json!({ "externalID": "before" })).await;
    let door = bench.simulator.autotask();
    door.set_choices(simulator::Choices {
        external_id_hidden: true,
        ..door.choices()
    });
    create(&bench, json!({ "externalID": "key-1" })).await;
    let change = json!({ "id": kept, "externalID": "after" });
    assert_eq!(
        bench.rest(Method::PATCH, "Tickets", Some(change)).await.0,
        200
    );
    let ids: Vec<Option<String>> = door
        .tickets()
        .into_iter()
        .map(|one| one.external_id)
        .collect();
    assert_eq!(ids, [Some("before".to_owned()), None]);
    let found = bench
        .query(
            "Tickets",
            json!([{ "op": "eq", "field": "externalID", "value": "key-1" }]),
        )
        .await;
    assert!(found.is_empty());
}
