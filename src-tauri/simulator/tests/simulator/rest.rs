//! REST v1.0: queries, pages, creating, changing.

use reqwest::Method;
use serde_json::{Value as Json, json};
use simulator::Config;

use crate::bench::{Bench, config};

#[tokio::test]
async fn a_ticket_is_stored_with_a_number_and_found_by_its_external_id() {
    let bench = Bench::start().await;
    let ticket =
        bench.ticket_with(json!({ "externalID": "key-1", "description": "a & b <c>\n\u{1f600}" }));
    let (status, created) = bench.post("Tickets", ticket).await;
    assert_eq!(status, 200, "{created}");
    let found = bench
        .query(
            "Tickets",
            json!([{ "op": "eq", "field": "externalID", "value": "KEY-1" }]),
        )
        .await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["id"], created["itemId"]);
    assert_eq!(found[0]["ticketNumber"], "T20261123.0001");
    assert_eq!(found[0]["description"], "a & b <c>\n\u{1f600}");
    assert_eq!(found[0]["createDate"], "2026-11-23T15:00:00Z");
    assert_eq!(found[0]["dueDateTime"], "2026-11-25T17:00:00Z");
    let stored = &bench.simulator.autotask().tickets()[0];
    assert_eq!(
        (stored.external_id.as_deref(), stored.company_id),
        (Some("key-1"), bench.company())
    );
    let (_, item) = bench.get(&format!("Tickets/{}", created["itemId"])).await;
    assert_eq!(item["item"]["id"], created["itemId"]);
    assert_eq!(
        bench.get("Tickets/999").await,
        (reqwest::StatusCode::OK, json!({ "item": null }))
    );
}

#[tokio::test]
async fn what_a_ticket_lacks_is_refused_in_the_vendors_words() {
    let bench = Bench::start().await;
    let cases: [(Json, &str); 14] = [
        (
            json!({ "title": null }),
            "Missing Required Field: title. ; on record number [1].",
        ),
        (
            json!({ "companyID": null }),
            "Missing Required Field: companyID. ; on record number [1].",
        ),
        (
            json!({ "companyID": 4 }),
            "Value does not exist for the required field companyID. ; on record number [1].",
        ),
        (
            json!({ "dueDateTime": null }),
            "dueDateTime is required.; on record number [0]",
        ),
        (
            json!({ "priority": 99 }),
            "Picklist value [99] does not exist for priority. ; on record number [1].",
        ),
        (
            json!({ "status": 12 }),
            "Picklist value [12] does not exist for status. ; on record number [1].",
        ),
        (
            json!({ "companyID": "many" }),
            "Can not convert data to numeric in field: companyID. ; on record number [1].",
        ),
        (
            json!({ "queueID": null }),
            "Data violation: assignedResourceID, assignedResourceRoleID, and queueID cannot all be empty. Supply a \
             queueID or both assignedResourceID and assignedResourceRoleID.",
        ),
        (
            json!({ "assignedResourceID": 29_682_885 }),
            "Data violation: When assigning a Resource, you must assign both a assignedResourceID and \
             assignedResourceRoleID.",
        ),
        (
            json!({ "assignedResourceID": 29_682_885, "assignedResourceRoleID": 29_682_836 }),
            "The Ticket \"Backup failed\" has an invalid Resource and Role combination.",
        ),
        (
            json!({ "contractID": 5 }),
            "Reference value on field: contractID of type: Contract does not exist or is invalid. ; on record number [1].",
        ),
        (
            json!({ "title": "x".repeat(256) }),
            "Data violation: title exceeds the maximum length of 255 characters. ; on record number [1].",
        ),
        (
            json!({ "issueType": 10, "subIssueType": 111 }),
            "Picklist value [111] does not exist for subIssueType. ; on record number [1].",
        ),
        (
            json!({ "dueDateTime": "soon" }),
            "Can not convert data to datetime in field: dueDateTime. ; on record number [1].",
        ),
    ];
    for (changes, text) in cases {
        let texts = bench
            .refused("Tickets", bench.ticket_with(changes.clone()))
            .await;
        assert!(
            texts.iter().any(|found| found == text),
            "{changes}: {texts:?}"
        );
    }
    assert!(bench.simulator.autotask().tickets().is_empty());
}

#[tokio::test]
async fn a_resource_with_its_role_stands_in_for_a_queue() {
    let bench = Bench::start().await;
    let pair = json!({ "queueID": null, "assignedResourceID": 29_682_885, "assignedResourceRoleID": 29_682_834 });
    let (status, body) = bench.post("Tickets", bench.ticket_with(pair)).await;
    assert_eq!(status, 200, "{body}");
}

#[tokio::test]
async fn an_inactive_queue_is_refused_and_fields_the_system_sets_are_ignored() {
    let bench = Bench::start().await;
    assert!(
        bench
            .simulator
            .autotask()
            .set_queue_active(bench.queue(), false)
    );
    let refused = bench.refused("Tickets", bench.ticket()).await;
    assert_eq!(
        refused[0],
        format!(
            "Picklist value [{}] does not exist for queueID. ; on record number [1].",
            bench.queue()
        )
    );
    bench
        .simulator
        .autotask()
        .set_queue_active(bench.queue(), true);
    let ticket = bench.ticket_with(
        json!({ "createDate": "2001-01-01T00:00:00Z", "id": 3, "ticketNumber": "T1" }),
    );
    assert_eq!(bench.post("Tickets", ticket).await.0, 200);
    let stored = &bench.simulator.autotask().tickets()[0];
    assert_eq!(
        (stored.created, stored.ticket_number.as_str()),
        (bench.simulator.now(), "T20261123.0001")
    );
}

#[tokio::test]
async fn a_category_with_a_due_time_makes_the_due_date_optional() {
    let bench = Bench::start().await;
    let ticket = bench.ticket_with(json!({ "dueDateTime": null, "ticketCategory": 2 }));
    assert_eq!(bench.post("Tickets", ticket).await.0, 200);
    assert_eq!(
        bench.simulator.autotask().tickets()[0].due,
        Some("2026-11-24T15:00:00Z".parse().unwrap())
    );
}

#[tokio::test]
async fn pages_of_a_posted_query_must_be_posted_with_the_same_body() {
    let bench = Bench::with(Config {
        organizations: 600,
        ..config()
    })
    .await;
    let query = json!({ "filter": [{ "op": "exist", "field": "id" }], "IncludeFields": ["id", "companyName"] });
    let (_, first) = bench.post("Companies/query", query.clone()).await;
    assert_eq!(first["items"].as_array().unwrap().len(), 500);
    assert_eq!(first["pageDetails"]["prevPageUrl"], Json::Null);
    let next = first["pageDetails"]["nextPageUrl"].as_str().unwrap();
    let path = &next[bench.simulator.addresses().autotask.as_str().len()..];

    let response = bench.request(Method::GET, path).send().await.unwrap();
    assert_eq!(response.status(), 405);
    let text = response.text().await.unwrap();
    assert_eq!(
        text,
        r#"{"Message":"The requested resource does not support http method 'GET'."}"#
    );
    let response = bench.request(Method::POST, path).send().await.unwrap();
    assert_eq!(response.status(), 500);
    assert!(
        response
            .text()
            .await
            .unwrap()
            .contains("Parameter name: queryModel")
    );

    let second: Json = bench
        .request(Method::POST, path)
        .json(&query)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(second["pageDetails"]["nextPageUrl"], Json::Null);
    let ids: Vec<i64> = [&first, &second]
        .iter()
        .flat_map(|page| {
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["id"].as_i64().unwrap())
        })
        .collect();
    assert_eq!(ids.len(), bench.simulator.autotask().companies().len());
    assert!(ids.is_sorted());
    let back = second["pageDetails"]["prevPageUrl"].as_str().unwrap();
    let path = &back[bench.simulator.addresses().autotask.as_str().len()..];
    let again: Json = bench
        .request(Method::POST, path)
        .json(&query)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(again["items"], first["items"]);
}

#[tokio::test]
async fn pages_of_a_query_in_the_address_are_fetched_as_they_are() {
    let bench = Bench::start().await;
    let (_, mut page) = bench
        .get("Companies/query?search={\"filter\":[],\"MaxRecords\":5}")
        .await;
    let mut rows = 0;
    loop {
        rows += page["items"].as_array().unwrap().len();
        let Some(next) = page["pageDetails"]["nextPageUrl"].as_str() else {
            break;
        };
        let path = &next[bench.simulator.addresses().autotask.as_str().len()..];
        page = bench
            .request(Method::GET, path)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
    }
    assert_eq!(rows, bench.simulator.autotask().companies().len());
}

#[tokio::test]
async fn operators_mean_what_they_say() {
    let bench = Bench::start().await;
    let all = bench.simulator.autotask().companies();
    let name = all[1].name.clone();
    let start: String = name.chars().take(3).collect();
    let cases = [
        (
            json!({ "op": "eq", "field": "companyname", "value": name.to_lowercase() }),
            1,
        ),
        (
            json!({ "op": "noteq", "field": "id", "value": "0" }),
            all.len() - 1,
        ),
        (
            json!({ "op": "gt", "field": "ID", "value": all[3].id }),
            all.len() - 4,
        ),
        (json!({ "op": "lte", "field": "id", "value": all[3].id }), 4),
        (
            json!({ "op": "in", "field": "id", "value": [all[1].id, all[2].id, 5] }),
            2,
        ),
        (
            json!({ "op": "notIn", "field": "id", "value": [all[1].id, all[2].id] }),
            all.len() - 2,
        ),
        (json!({ "op": "exist", "field": "city" }), 12),
        (json!({ "op": "notExist", "field": "city" }), all.len() - 12),
        (
            json!({ "op": "eq", "field": "isactive", "value": "True" }),
            all.iter().filter(|one| one.active).count(),
        ),
        // An operator that is not known is dropped in silence.
        (json!({ "op": "ne", "field": "id", "value": 0 }), all.len()),
        (
            json!({ "op": "or", "items": [
                { "op": "eq", "field": "id", "value": 0 },
                { "op": "and", "items": [
                    { "op": "beginsWith", "field": "companyName", "value": start },
                    { "op": "eq", "field": "id", "value": all[1].id },
                ]},
            ]}),
            2,
        ),
    ];
    for (filter, count) in cases {
        let rows = bench.query("Companies", json!([filter])).await;
        assert_eq!(rows.len(), count, "{filter}");
        let (_, counted) = bench
            .post("Companies/query/count", json!({ "filter": [filter] }))
            .await;
        assert_eq!(counted, json!({ "queryCount": count }));
    }
}

#[tokio::test]
async fn bad_queries_are_refused_in_the_vendors_words() {
    let bench = Bench::start().await;
    let filter = |field: &str, value: Json| json!({ "filter": [{ "op": "eq", "field": field, "value": value }] });
    let cases = [
        (
            filter("projectID2", json!(1)),
            "Unable to find projectID2 in the Ticket Entity",
        ),
        (
            filter("id", json!("material")),
            "Conversion failed when converting varchar 'material' to data type int",
        ),
        (
            json!({ "filter": [], "MaxRecords": 501 }),
            "maxCountOfRecordsToReturn must be between 1 and 500",
        ),
        (
            json!({ "filter": [], "maxrecords": 0 }),
            "maxCountOfRecordsToReturn must be between 1 and 500",
        ),
        (
            json!({ "filter": [{ "op": "in", "field": "id", "value": (0..501).collect::<Vec<i64>>() }] }),
            "Invalid query syntax. Queries are limited to 500 or fewer 'OR' conditions.",
        ),
    ];
    for (query, text) in cases {
        assert_eq!(bench.refused("Tickets/query", query).await, [text]);
    }
    let body = bench
        .request(Method::POST, "ATServicesRest/V1.0/Tickets/query")
        .body("this")
        .send()
        .await
        .unwrap();
    assert!(
        body.text()
            .await
            .unwrap()
            .contains("Unexpected character encountered while parsing value: t")
    );
}

#[tokio::test]
async fn a_patch_changes_what_it_names_and_completing_a_ticket_sets_the_time() {
    let bench = Bench::start().await;
    let (_, created) = bench
        .post(
            "Tickets",
            bench.ticket_with(json!({ "description": "kept" })),
        )
        .await;
    let id = created["itemId"].clone();
    let change = json!({ "id": id, "status": 5, "createDate": "2000-01-01T00:00:00Z" });
    let (status, body) = bench.rest(Method::PATCH, "Tickets", Some(change)).await;
    assert_eq!((status.as_u16(), &body["itemId"]), (200, &id));
    let ticket = &bench.simulator.autotask().tickets()[0];
    assert_eq!((ticket.status, ticket.description.as_str()), (5, "kept"));
    assert_eq!(ticket.completed, Some(bench.simulator.now()));

    let replaced = bench.ticket_with(json!({ "id": id }));
    assert_eq!(
        bench.rest(Method::PUT, "Tickets", Some(replaced)).await.0,
        200
    );
    let ticket = &bench.simulator.autotask().tickets()[0];
    assert_eq!((ticket.description.as_str(), ticket.completed), ("", None));
    assert_eq!(ticket.ticket_number, "T20261123.0001");

    let nobody = bench
        .rest(Method::PATCH, "Tickets", Some(json!({ "id": 4 })))
        .await;
    assert!(
        nobody.1.to_string().contains("No matching records found."),
        "{nobody:?}"
    );
    assert_eq!(
        bench
            .rest(Method::PATCH, "Tickets/4", Some(json!({})))
            .await
            .0,
        405
    );
}

#[tokio::test]
async fn a_note_is_written_through_its_ticket() {
    let bench = Bench::start().await;
    let (_, created) = bench.post("Tickets", bench.ticket()).await;
    let note =
        json!({ "title": "Again", "description": "Failed again", "noteType": 1, "publish": 2 });
    let path = format!("Tickets/{}/Notes", created["itemId"]);
    let (status, body) = bench.post(&path, note.clone()).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(
        bench.get(&path).await.1["items"][0]["description"],
        "Failed again"
    );
    assert_eq!(bench.simulator.autotask().ticket_notes().len(), 1);
    assert_eq!(
        bench.post("TicketNotes", note).await.0,
        404,
        "children have no write route of their own"
    );
}

#[tokio::test]
async fn addresses_do_not_care_for_case_or_doubled_slashes_and_unknown_ones_are_html() {
    let bench = Bench::start().await;
    for path in [
        "atservicesrest/v1.0/tickets/4/",
        "ATServicesRest//v1.0//Tickets/4",
    ] {
        assert_eq!(
            bench
                .request(Method::GET, path)
                .send()
                .await
                .unwrap()
                .status(),
            200,
            "{path}"
        );
    }
    for path in [
        "ATServicesRest/V1.0/Nonsense/4",
        "ATServicesRest/V1.0/Tickets/4/TimeEntries",
        "else",
    ] {
        let response = bench.request(Method::GET, path).send().await.unwrap();
        assert_eq!(response.status(), 404, "{path}");
        assert!(
            response
                .text()
                .await
                .unwrap()
                .starts_with("<!DOCTYPE html>")
        );
    }
    let long = format!(
        "ATServicesRest/V1.0/Tickets/query?search={}",
        "x".repeat(2100)
    );
    assert_eq!(
        bench
            .request(Method::GET, &long)
            .send()
            .await
            .unwrap()
            .status(),
        404
    );
    let versions = bench
        .request(Method::GET, "atservicesrest/versioninformation")
        .send()
        .await
        .unwrap();
    assert_eq!(
        versions.text().await.unwrap(),
        r#"{"apiVersions":["V1.0"]}"#
    );
}
