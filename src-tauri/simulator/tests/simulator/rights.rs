//! Rights that hide rows instead of refusing them.

use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::bench::{Bench, texts};
use crate::contracts::{adjust, line};

const ALL: &str = "<field>id<expression op=\"GreaterThanorEquals\">0</expression></field>";

async fn count(bench: &Bench, collection: &str) -> usize {
    let rows = bench.query(collection, json!([])).await.len();
    let (_, counted) = bench
        .post(
            &format!("{collection}/query/count"),
            json!({ "filter": [] }),
        )
        .await;
    let counted = usize::try_from(counted["queryCount"].as_u64().unwrap()).unwrap();
    assert_eq!(counted.min(500), rows);
    counted
}

#[tokio::test]
async fn a_hidden_entity_has_no_rows_and_nothing_is_refused() {
    let bench = Bench::start().await;
    let (_, created) = bench.post("Tickets", bench.ticket()).await;
    let door = bench.simulator.autotask();
    assert!(door.set_hidden("Tickets", true));
    assert!(!door.set_hidden("Nonsense", true));
    assert_eq!(count(&bench, "Tickets").await, 0);
    let (status, item) = bench.get(&format!("Tickets/{}", created["itemId"])).await;
    assert_eq!((status.as_u16(), item), (200, json!({ "item": null })));
    let text = bench.soap_query("Ticket", ALL).await;
    assert_eq!(texts(&text, "ReturnCode"), ["1"]);
    assert!(!text.contains("<Entity "));
    let change = json!({ "id": created["itemId"], "title": "Changed" });
    let (status, body) = bench.rest(Method::PATCH, "Tickets", Some(change)).await;
    assert_eq!(status, 500);
    assert!(
        body.to_string().contains("No matching records found."),
        "{body}"
    );
    assert_eq!(
        bench.post("Tickets", bench.ticket()).await.0,
        200,
        "creating is another right"
    );
    door.set_hidden("Ticket", false);
    assert_eq!(count(&bench, "Tickets").await, 2);
}

#[tokio::test]
async fn a_user_limited_to_some_companies_sees_what_belongs_to_them_only() {
    let bench = Bench::start().await;
    let door = bench.simulator.autotask();
    let companies = door.companies();
    let (seen, hidden) = (companies[1].id, companies[2].id);
    let mut tickets = Vec::new();
    for company in [seen, hidden] {
        let (_, created) = bench
            .post(
                "Tickets",
                bench.ticket_with(json!({ "companyID": company })),
            )
            .await;
        let note = json!({ "description": "a", "noteType": 1, "publish": 1 });
        bench
            .post(&format!("Tickets/{}/Notes", created["itemId"]), note)
            .await;
        tickets.push(created["itemId"].clone());
    }
    let contracts = door.contracts();
    let foreign = contracts
        .iter()
        .find(|one| one.company_id == hidden)
        .unwrap();
    let own: Vec<i64> = contracts
        .iter()
        .filter(|one| one.company_id == seen)
        .map(|one| one.id)
        .collect();
    let lines = door
        .contract_services()
        .iter()
        .filter(|one| own.contains(&one.contract_id))
        .count();
    let units = door
        .contract_service_units()
        .iter()
        .filter(|one| own.contains(&one.contract_id))
        .count();

    door.limit_to_companies(Some(vec![seen]));
    for (collection, rows) in [
        ("Companies", 1),
        ("Tickets", 1),
        ("TicketNotes", 1),
        ("Contracts", own.len()),
        ("ContractServices", lines),
        ("ContractServiceUnits", units),
    ] {
        assert_eq!(count(&bench, collection).await, rows, "{collection}");
    }
    for path in [
        format!("Companies/{hidden}"),
        format!("Tickets/{}", tickets[1]),
        format!("Contracts/{}", foreign.id),
    ] {
        assert_eq!(bench.get(&path).await.1, json!({ "item": null }), "{path}");
    }
    let (_, notes) = bench.get(&format!("Tickets/{}/Notes", tickets[1])).await;
    assert_eq!(notes["items"], Json::Array(Vec::new()));
    assert_eq!(
        texts(&bench.soap_query("Account", ALL).await, "id"),
        [seen.to_string()]
    );
    let refused = bench
        .refused("Tickets", bench.ticket_with(json!({ "companyID": hidden })))
        .await;
    assert_eq!(
        refused,
        ["Value does not exist for the required field companyID. ; on record number [1]."]
    );
    assert_ne!(
        count(&bench, "Services").await,
        0,
        "lists of the tenant are seen by all"
    );

    door.limit_to_companies(None);
    assert_eq!(count(&bench, "Companies").await, companies.len());
}

#[tokio::test]
async fn what_the_user_does_not_see_a_person_can_still_change() {
    let bench = Bench::start().await;
    let (_, created) = bench.post("Tickets", bench.ticket()).await;
    let door = bench.simulator.autotask();
    door.set_hidden("Tickets", true);
    door.limit_to_companies(Some(Vec::new()));
    let other = door.companies()[2].id;
    let change = json!({ "status": 8, "companyID": other });
    let id = created["itemId"].as_i64().unwrap();
    door.edit_ticket(id, change.as_object().unwrap()).unwrap();
    let ticket = &door.tickets()[0];
    assert_eq!((ticket.status, ticket.company_id), (8, other));
    assert!(
        bench.query("Companies", json!([])).await.is_empty(),
        "the limit is still there"
    );
}

#[tokio::test]
async fn a_limited_user_may_not_adjust_services_unless_chosen_otherwise() {
    let bench = Bench::start().await;
    let found = line(&bench);
    let door = bench.simulator.autotask();
    door.limit_to_companies(Some(vec![found.contract.company_id]));
    let change = json!({ "contractServiceID": found.line.id, "effectiveDate": "2026-11-23", "unitChange": 1 });
    let refused = bench
        .refused("ContractServiceAdjustments", change.clone())
        .await;
    assert_eq!(
        refused,
        [
            "The logged in Resource does not have the adequate permissions to create this entity type."
        ]
    );
    door.set_choices(simulator::Choices {
        limited_user_adjustments_refused: false,
        ..door.choices()
    });
    assert_eq!(adjust(&bench, change.clone()).await.0, 200);
    door.limit_to_companies(Some(Vec::new()));
    assert_eq!(
        adjust(&bench, change).await.0,
        500,
        "a line that is not seen cannot be named"
    );
}
