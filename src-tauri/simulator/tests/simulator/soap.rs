//! SOAP 1.6: envelopes, queries, batches, metadata, faults.

use serde_json::json;
use simulator::Config;

use crate::bench::{Bench, config, texts};

fn ticket(bench: &Bench, changes: &str) -> String {
    format!(
        "<Entity xsi:type=\"Ticket\"><id>0</id><AccountID>{}</AccountID><DueDateTime>2026-11-25T12:00:00</DueDateTime>\
         <Priority>1</Priority><QueueID>{}</QueueID><Status>1</Status>{changes}</Entity>",
        bench.company(),
        bench.queue()
    )
}

async fn create(bench: &Bench, entities: &str) -> String {
    let (status, text) = bench
        .soap("create", &format!("<Entities>{entities}</Entities>"))
        .await;
    assert_eq!(status, 200, "{text}");
    text
}

#[tokio::test]
async fn a_ticket_comes_back_as_stored_with_typed_fields_in_order() {
    let bench = Bench::start().await;
    let text = create(
        &bench,
        &ticket(
            &bench,
            "<Title>A &amp; B &lt;c&gt;</Title><ExternalID>key-1</ExternalID>",
        ),
    )
    .await;
    assert!(text.contains("<createResponse xmlns=\"http://autotask.net/ATWS/v1_6/\"><createResult><ReturnCode>1</ReturnCode>"));
    assert!(text.contains("<Entity xsi:type=\"Ticket\"><id>10001</id><UserDefinedFields />"));
    for field in [
        format!(
            "<AccountID xsi:type=\"xsd:int\">{}</AccountID>",
            bench.company()
        ),
        "<Title xsi:type=\"xsd:string\">A &amp; B &lt;c&gt;</Title>".to_owned(),
        // Noon on the wall in New York is 17:00 in UTC; text without a value is there, empty.
        "<DueDateTime xsi:type=\"xsd:dateTime\">2026-11-25T12:00:00</DueDateTime>".to_owned(),
        "<CreateDate xsi:type=\"xsd:dateTime\">2026-11-23T10:00:00</CreateDate>".to_owned(),
        "<Resolution xsi:type=\"xsd:string\" />".to_owned(),
        "<TicketNumber xsi:type=\"xsd:string\">T20261123.0001</TicketNumber>".to_owned(),
    ] {
        assert!(text.contains(&field), "{field} is not in {text}");
    }
    assert!(
        !text.contains("<ContractID"),
        "numbers without a value are left out"
    );
    assert_eq!(texts(&text, "EntityResultType"), ["ticket"]);
    assert_eq!(texts(&text, "EntityId"), ["10001"]);
    assert_eq!(
        bench.simulator.autotask().tickets()[0].due,
        Some("2026-11-25T17:00:00Z".parse().unwrap())
    );
}

#[tokio::test]
async fn soap_times_can_be_set_to_utc() {
    let bench = Bench::start().await;
    let mut choices = bench.simulator.autotask().choices();
    choices.soap_utc = true;
    bench.simulator.autotask().set_choices(choices);
    create(&bench, &ticket(&bench, "<Title>t</Title>")).await;
    assert_eq!(
        bench.simulator.autotask().tickets()[0].due,
        Some("2026-11-25T12:00:00Z".parse().unwrap())
    );
}

#[tokio::test]
async fn two_hundred_tickets_go_in_one_call_and_ids_come_in_their_order() {
    let bench = Bench::start().await;
    let entities: String = (0..200)
        .map(|number| ticket(&bench, &format!("<Title>t{number}</Title>")))
        .collect();
    let text = create(&bench, &entities).await;
    let ids = texts(&text, "EntityId");
    let tickets = bench.simulator.autotask().tickets();
    assert_eq!(tickets.len(), 200);
    for (number, (id, ticket)) in ids.iter().zip(&tickets).enumerate() {
        assert_eq!(
            (id.parse(), &ticket.title),
            (Ok(ticket.id), &format!("t{number}"))
        );
    }
    let more = create(&bench, &ticket(&bench, "<Title>t</Title>").repeat(201)).await;
    assert_eq!(texts(&more, "ReturnCode"), ["-1"]);
    assert_eq!(bench.simulator.autotask().tickets().len(), 200);
}

#[tokio::test]
async fn one_bad_ticket_keeps_the_whole_batch_out_and_is_named() {
    let bench = Bench::start().await;
    let good = ticket(&bench, "<Title>good</Title>");
    let untitled = ticket(&bench, "");
    let nowhere = good.replace("<QueueID>", "<QueueID xsi:nil=\"true\">");
    let text = create(&bench, &format!("{good}{untitled}{good}{nowhere}")).await;
    assert_eq!(texts(&text, "ReturnCode"), ["-1"]);
    assert!(text.contains("<EntityResults />"), "{text}");
    assert_eq!(
        texts(&text, "Message"),
        [
            "Missing Required Field: Title. ; on record number [2].",
            "Data violation: AssignedResourceID, AssignedResourceRoleID, and QueueID cannot all be empty. Supply a \
             QueueID or both AssignedResourceID and AssignedResourceRoleID.",
            "Error creating entity for record number [4].",
        ]
    );
    assert!(bench.simulator.autotask().tickets().is_empty());
}

#[tokio::test]
async fn a_query_of_500_keys_joined_by_or_finds_each_row_once() {
    let bench = Bench::start().await;
    for number in 0..3 {
        create(
            &bench,
            &ticket(
                &bench,
                &format!("<Title>t</Title><ExternalID>key-{number}</ExternalID>"),
            ),
        )
        .await;
    }
    let field = |key: usize| {
        format!("<field>ExternalID<expression op=\"equals\">key-{key}</expression></field>")
    };
    let ors: String = (1..500)
        .map(|key| format!("<condition operator=\"OR\">{}</condition>", field(key)))
        .collect();
    let text = bench
        .soap_query(
            "Ticket",
            &format!("<condition>{}</condition>{ors}", field(0)),
        )
        .await;
    assert_eq!(texts(&text, "EntityId"), ["10001", "10002", "10003"]);
    let more = format!(
        "{ors}{}",
        format!("<condition operator=\"OR\">{}</condition>", field(0)).repeat(2)
    );
    let text = bench
        .soap_query("Ticket", &format!("{}{more}", field(0)))
        .await;
    assert_eq!(
        texts(&text, "Message"),
        ["Invalid query syntax. Queries are limited to 500 or fewer 'OR' conditions."]
    );
}

#[tokio::test]
async fn rows_come_500_at_a_time_by_id() {
    let bench = Bench::with(Config {
        organizations: 700,
        ..config()
    })
    .await;
    let mut last = -1;
    let mut all = Vec::new();
    loop {
        let query = format!("<field>id<expression op=\"GreaterThan\">{last}</expression></field>");
        let ids = texts(&bench.soap_query("Account", &query).await, "EntityId");
        let Some(newest) = ids.last() else { break };
        last = newest.parse().unwrap();
        all.push(ids.len());
    }
    assert_eq!(all, [500, 204]);
}

#[tokio::test]
async fn an_update_clears_what_it_leaves_out() {
    let bench = Bench::start().await;
    create(
        &bench,
        &ticket(
            &bench,
            "<Title>before</Title><Description>text</Description>",
        ),
    )
    .await;
    let changed = ticket(&bench, "<Title>after</Title>").replace("<id>0</id>", "<id>10001</id>");
    let (_, text) = bench
        .soap("update", &format!("<Entities>{changed}</Entities>"))
        .await;
    assert_eq!(texts(&text, "ReturnCode"), ["1"], "{text}");
    let ticket = &bench.simulator.autotask().tickets()[0];
    assert_eq!(
        (ticket.title.as_str(), ticket.description.as_str()),
        ("after", "")
    );
    let (_, text) = bench
        .soap(
            "update",
            &format!("<Entities>{}</Entities>", changed.replace("10001", "7")),
        )
        .await;
    assert!(
        texts(&text, "Message")[0].starts_with("No matching records found."),
        "{text}"
    );
}

#[tokio::test]
async fn what_cannot_be_understood_is_a_fault_with_status_500() {
    let bench = Bench::start().await;
    let url = format!(
        "{}ATServices/1.6/atws.asmx",
        bench.simulator.addresses().autotask
    );
    let bodies = [
        "",
        "no xml",
        "<Envelope><Body><query>",
        "<!DOCTYPE x [<!ENTITY a \"b\">]><Envelope><Body><query/></Body></Envelope>",
        "<Envelope><Body><dropEverything/></Body></Envelope>",
    ];
    for body in bodies {
        let response = bench.http.post(&url).body(body).send().await.unwrap();
        assert_eq!(response.status(), 500, "{body}");
        assert!(
            response
                .text()
                .await
                .unwrap()
                .contains("<soap:Fault><faultcode>soap:Client</faultcode>")
        );
    }
    let mismatch = bench
        .http
        .post(&url)
        .header("SOAPAction", "http://autotask.net/ATWS/v1_6/create")
        .body("<Envelope><Body><query/></Body></Envelope>");
    assert!(
        mismatch
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
            .contains("SOAPAction")
    );
}

#[tokio::test]
async fn a_bad_query_is_an_error_and_not_a_fault() {
    let bench = Bench::start().await;
    for (query, text) in [
        (
            "<field>Nothing<expression op=\"equals\">1</expression></field>",
            "Unable to find Nothing in the Ticket Entity.",
        ),
        (
            "<field>id<expression op=\"equals\">x</expression></field>",
            "Conversion failed when converting varchar 'x' to data type int.",
        ),
    ] {
        let answer = bench.soap_query("Ticket", query).await;
        assert_eq!(
            (texts(&answer, "ReturnCode"), texts(&answer, "Message")),
            (vec!["-1".into()], vec![text.into()])
        );
    }
    let (_, answer) = bench.soap("query", "<sXML>&lt;queryxml&gt;</sXML>").await;
    assert!(
        texts(&answer, "Message")[0].starts_with("Invalid query syntax."),
        "{answer}"
    );
}

#[tokio::test]
async fn the_usage_text_counts_calls_of_both_transports() {
    let bench = Bench::start().await;
    bench.get("ThresholdInformation").await;
    let (_, text) = bench.soap("getThresholdAndUsageInfo", "").await;
    assert_eq!(
        texts(&text, "Message"),
        [
            "ThresholdOfExternalRequest: 10000; TimeframeOfLimitation: 60; numberOfExternalRequest: 2;"
        ]
    );
}

#[tokio::test]
async fn both_transports_tell_the_same_fields() {
    let bench = Bench::start().await;
    for (soap, rest) in [
        ("Ticket", "Tickets"),
        ("Account", "Companies"),
        ("ContractServiceAdjustment", "ContractServiceAdjustments"),
    ] {
        let (_, text) = bench
            .soap(
                "GetFieldInfo",
                &format!("<psObjectType>{soap}</psObjectType>"),
            )
            .await;
        let (_, fields) = bench.get(&format!("{rest}/entityInformation/fields")).await;
        let required = fields["fields"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|field| field["isRequired"] == json!(true))
            .count();
        assert_eq!(
            text.matches("<IsRequired>true</IsRequired>").count(),
            required,
            "{soap}"
        );
    }
    let (_, fields) = bench.get("Tickets/entityInformation/fields").await;
    let queue = fields["fields"]
        .as_array()
        .unwrap()
        .iter()
        .find(|field| field["name"] == "queueID")
        .unwrap();
    let old = queue["picklistValues"]
        .as_array()
        .unwrap()
        .iter()
        .find(|value| value["label"] == "Old Helpdesk")
        .unwrap();
    assert_eq!(
        (&old["isActive"], &old["value"]),
        (&json!(false), &json!("29682839"))
    );
    let (status, _) = bench
        .soap("GetFieldInfo", "<psObjectType>Nothing</psObjectType>")
        .await;
    assert_eq!(status, 500);
}
