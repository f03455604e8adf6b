//! What an administrator takes away, from the inside and through the control interface.

use reqwest::Method;
use serde_json::{Value as Json, json};
use simulator::PicklistField;

use crate::bench::Bench;
use crate::contracts::{Line, line, units};

#[tokio::test]
async fn a_value_taken_off_its_list_is_refused_and_stays_on_tickets_that_have_it() {
    let bench = Bench::start().await;
    let (_, created) = bench
        .post("Tickets", bench.ticket_with(json!({ "status": 8 })))
        .await;
    let queue = bench.queue();
    let path = format!("Tickets/{}", created["itemId"]);
    for (field, id, name) in [
        (PicklistField::Queue, queue, "queueID"),
        (PicklistField::Priority, 1, "priority"),
        (PicklistField::Status, 8, "status"),
    ] {
        let door = bench.simulator.autotask();
        assert!(door.delete_picklist_value(field, id));
        assert!(!door.delete_picklist_value(field, id));
        let (_, fields) = bench.get("Tickets/entityInformation/fields").await;
        let fields = fields["fields"].as_array().unwrap();
        let listed = fields.iter().find(|one| one["name"] == name).unwrap();
        let values = listed["picklistValues"].as_array().unwrap();
        assert!(
            values
                .iter()
                .all(|value| value["value"] != json!(id.to_string()))
        );
        let mut ticket = bench.ticket_with(json!({ "status": 1, "priority": 2 }));
        ticket[name] = json!(id);
        let refused = bench.refused("Tickets", ticket).await;
        let text =
            format!("Picklist value [{id}] does not exist for {name}. ; on record number [1].");
        assert!(refused.contains(&text), "{refused:?}");
        assert_eq!(bench.get(&path).await.1["item"][name], id);
    }
    let change = json!({ "id": created["itemId"], "title": "Changed" });
    assert_eq!(
        bench.rest(Method::PATCH, "Tickets", Some(change)).await.0,
        200,
        "what did not change is not checked"
    );
}

#[tokio::test]
async fn a_deleted_company_takes_along_all_that_belongs_to_it() {
    let bench = Bench::start().await;
    let door = bench.simulator.autotask();
    let company = bench.company();
    let (_, created) = bench.post("Tickets", bench.ticket()).await;
    let note = json!({ "description": "a", "noteType": 1, "publish": 1 });
    bench
        .post(&format!("Tickets/{}/Notes", created["itemId"]), note)
        .await;
    let contract = door
        .contracts()
        .into_iter()
        .find(|one| one.company_id == company)
        .unwrap();
    assert!(door.delete_company(company));
    assert!(!door.delete_company(company));
    assert!(door.tickets().is_empty() && door.ticket_notes().is_empty());
    assert!(door.contracts().iter().all(|one| one.company_id != company));
    assert!(
        door.contract_services()
            .iter()
            .all(|one| one.contract_id != contract.id)
    );
    assert!(
        door.contract_service_units()
            .iter()
            .all(|one| one.contract_id != contract.id)
    );
    assert_eq!(
        bench.get(&format!("Companies/{company}")).await.1,
        json!({ "item": null })
    );
    let ticket = {
        let mut ticket = bench.ticket();
        ticket["companyID"] = json!(company);
        ticket
    };
    let refused = bench.refused("Tickets", ticket).await;
    assert_eq!(
        refused,
        ["Value does not exist for the required field companyID. ; on record number [1]."]
    );
}

#[tokio::test]
async fn a_deleted_contract_service_takes_its_units_along_and_cannot_be_adjusted() {
    let bench = Bench::start().await;
    let Line { line, .. } = line(&bench);
    let door = bench.simulator.autotask();
    assert!(door.delete_contract_service(line.id));
    assert!(!door.delete_contract_service(line.id));
    assert!(units(&bench, &line).is_empty());
    let filter = json!([{ "op": "eq", "field": "contractServiceID", "value": line.id }]);
    assert!(bench.query("ContractServiceUnits", filter).await.is_empty());
    let change =
        json!({ "contractServiceID": line.id, "effectiveDate": "2026-11-23", "unitChange": 1 });
    let refused = bench.refused("ContractServiceAdjustments", change).await;
    assert!(refused[0].contains("contractServiceID"), "{refused:?}");
}

#[tokio::test]
async fn the_control_interface_does_all_of_it() {
    let bench = Bench::start().await;
    let Line { contract, line } = line(&bench);
    let door = bench.simulator.autotask();
    let call = async |method: Method, path: String, body: Option<Json>| {
        let (status, answer) = bench.control(method, &path, body).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    };
    let post = |what: &str| format!("contracts/{}/{what}", contract.id);
    let posted = call(
        Method::POST,
        post("approve-and-post"),
        Some(json!({ "until": "2026-11-23" })),
    )
    .await;
    assert!(posted["periods"].as_u64().unwrap() > 1);
    let back = call(
        Method::POST,
        post("take-back-posting"),
        Some(json!({ "from": "2026-11-23" })),
    )
    .await;
    assert!(back["periods"].as_u64().unwrap() >= 1);
    let renewed = call(Method::POST, post("renew"), None).await;
    assert!(
        door.contracts()
            .iter()
            .any(|one| json!(one.id) == renewed["id"])
    );
    let (status, answer) = bench.control(Method::POST, &post("renew"), None).await;
    assert_eq!(
        (status, answer),
        (
            400,
            json!({ "error": "The contract has been renewed already." })
        )
    );

    call(
        Method::POST,
        format!("services/{}", line.service_id),
        Some(json!({ "active": false })),
    )
    .await;
    assert!(
        !door
            .services()
            .iter()
            .find(|one| one.id == line.service_id)
            .unwrap()
            .active
    );
    call(
        Method::DELETE,
        format!("contract-services/{}", line.id),
        None,
    )
    .await;
    call(
        Method::DELETE,
        format!("companies/{}", contract.company_id),
        None,
    )
    .await;
    assert!(
        door.companies()
            .iter()
            .all(|one| one.id != contract.company_id)
    );

    call(
        Method::POST,
        "picklists/note_type/1".to_owned(),
        Some(json!({ "active": false })),
    )
    .await;
    call(Method::DELETE, "picklists/queue/29682834".to_owned(), None).await;
    let queues = call(Method::GET, "picklists/queue".to_owned(), None).await;
    assert!(
        queues
            .as_array()
            .unwrap()
            .iter()
            .all(|one| one["id"] != "29682834")
    );
    for path in [
        "picklists/queue/4",
        "picklists/nonsense/4",
        "companies/4",
        "contract-services/4",
    ] {
        assert_eq!(
            bench.control(Method::DELETE, path, None).await.0,
            404,
            "{path}"
        );
    }

    call(
        Method::POST,
        "rights".to_owned(),
        Some(json!({ "entity": "Contracts", "hidden": true })),
    )
    .await;
    call(
        Method::POST,
        "user".to_owned(),
        Some(json!({ "companies": [] })),
    )
    .await;
    assert!(bench.query("Companies", json!([])).await.is_empty());
    assert!(bench.query("Contracts", json!([])).await.is_empty());
    call(
        Method::POST,
        "user".to_owned(),
        Some(json!({ "companies": null })),
    )
    .await;
    call(
        Method::POST,
        "user".to_owned(),
        Some(json!({ "locked": false })),
    )
    .await;
    assert!(!bench.query("Companies", json!([])).await.is_empty());
}
