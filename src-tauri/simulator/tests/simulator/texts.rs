//! Texts: their length, all of Unicode, and names in any case.

use serde_json::json;
use simulator::{Choices, TextLength};

use crate::bench::{Bench, texts};

#[tokio::test]
async fn the_length_of_a_text_is_counted_in_utf_16_units_unless_chosen_otherwise() {
    let bench = Bench::start().await;
    let title = |count: usize| bench.ticket_with(json!({ "title": "\u{1f600}".repeat(count) }));
    assert_eq!(bench.post("Tickets", title(127)).await.0, 200);
    let refused = bench.refused("Tickets", title(128)).await;
    assert_eq!(
        refused,
        [
            "Data violation: title exceeds the maximum length of 255 characters. ; on record number [1]."
        ]
    );
    let door = bench.simulator.autotask();
    door.set_choices(Choices {
        text_length_in: TextLength::Characters,
        ..door.choices()
    });
    assert_eq!(bench.post("Tickets", title(255)).await.0, 200);
    assert_eq!(bench.post("Tickets", title(256)).await.0, 500);
}

#[tokio::test]
async fn letters_of_every_plane_come_back_as_they_were_sent() {
    let bench = Bench::start().await;
    let planes: String = (0..=16_u32)
        .filter_map(|plane| char::from_u32(plane * 0x1_0000 + 0x1234))
        .chain([
            '\u{fffd}',
            '\u{10ffff}',
            '\u{200f}',
            '\u{0301}',
            '\u{1f3f4}',
        ])
        .collect();
    let (status, created) = bench
        .post(
            "Tickets",
            bench.ticket_with(json!({ "description": planes })),
        )
        .await;
    assert_eq!(status, 200, "{created}");
    let entity = format!(
        "<Entities><Entity xsi:type=\"Ticket\"><AccountID>{}</AccountID><DueDateTime>2026-11-25T12:00:00</DueDateTime>\
         <Title>b</Title><Description>{planes}</Description><Status>1</Status><Priority>1</Priority>\
         <QueueID>{}</QueueID></Entity></Entities>",
        bench.company(),
        bench.queue()
    );
    let (_, text) = bench.soap("create", &entity).await;
    assert_eq!(texts(&text, "ReturnCode"), ["1"], "{text}");
    for ticket in bench.simulator.autotask().tickets() {
        assert_eq!(ticket.description, planes);
        let (_, item) = bench.get(&format!("Tickets/{}", ticket.id)).await;
        assert_eq!(item["item"]["description"], planes);
    }
    let found = bench
        .soap_query(
            "Ticket",
            "<field>id<expression op=\"GreaterThan\">0</expression></field>",
        )
        .await;
    assert_eq!(found.matches(&planes).count(), 2);
}

#[tokio::test]
async fn names_words_and_operators_may_be_written_in_any_case() {
    let bench = Bench::start().await;
    let ticket = bench.ticket();
    let mut shouted = serde_json::Map::new();
    for (name, value) in ticket.as_object().unwrap() {
        shouted.insert(name.to_uppercase(), value.clone());
    }
    assert_eq!(bench.post("tICKETS", shouted.into()).await.0, 200);
    let query = json!({
        "FILTER": [{ "OP": "EQ", "Field": "TITLE", "VALUE": "BACKUP FAILED" }], "includefields": ["ID", "Title"], "MAXRECORDS": 5,
    });
    let (status, page) = bench.post("TICKETS/Query", query).await;
    assert_eq!(status, 200, "{page}");
    assert_eq!(page["items"][0]["title"], "Backup failed");
    assert!(page["items"][0].get("companyID").is_none(), "{page}");
    let contract = json!({
        "COMPANYID": bench.company(), "contractname": "New", "ContractType": "7", "STATUS": 1, "contractperiodtype": 3,
        "startDate": "2026-12-01", "endDate": "2027-11-30", "timeReportingRequiresStartAndStopTimes": 0,
    });
    assert_eq!(bench.post("contracts", contract).await.0, 200);
    let text = bench
        .soap_query(
            "tICKET",
            "<field>tITLE<expression op=\"BEGINSWITH\">BACK</expression></field>",
        )
        .await;
    assert_eq!(texts(&text, "ReturnCode"), ["1"]);
    assert!(
        text.contains("<Title xsi:type=\"xsd:string\">Backup failed</Title>"),
        "{text}"
    );
    let text = bench
        .soap_query(
            "Account",
            "<field>active<expression op=\"equals\">TRUE</expression></field>",
        )
        .await;
    assert!(
        text.contains("<Active xsi:type=\"xsd:boolean\">true</Active>"),
        "{text}"
    );
}

#[tokio::test]
async fn a_period_letter_in_the_other_case_is_the_same_picklist_value() {
    let bench = Bench::start().await;
    let contract = format!(
        "<Entities><Entity xsi:type=\"contract\"><AccountID>{}</AccountID><ContractName>Q</ContractName>\
         <ContractPeriodType>Q</ContractPeriodType><ContractType>7</ContractType><EndDate>2027-11-30T00:00:00</EndDate>\
         <StartDate>2026-12-01T00:00:00</StartDate><Status>1</Status>\
         <TimeReportingRequiresStartAndStopTimes>0</TimeReportingRequiresStartAndStopTimes></Entity></Entities>",
        bench.company()
    );
    let (_, text) = bench.soap("create", &contract).await;
    assert_eq!(texts(&text, "ReturnCode"), ["1"], "{text}");
    let door = bench.simulator.autotask();
    let contract = door.contracts().pop().unwrap();
    let line = json!({ "serviceID": door.services()[0].id });
    assert_eq!(
        bench
            .post(&format!("Contracts/{}/Services", contract.id), line)
            .await
            .0,
        200
    );
    let mut units = door.contract_service_units();
    units.retain(|row| row.contract_id == contract.id);
    assert_eq!(units.len(), 4);
}
