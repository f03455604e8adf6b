//! The vendor's own material, where it lies beside the repository: real answers and real metadata.

use roxmltree::{Document, Node as Element};

use super::tests::{READ, judged, new_ticket};
use super::*;
use crate::entity::shape::Writable;
use crate::entity::{Data, Need};
use crate::{Company, Entity, SoapTime, Ticket};

/// A file of the material. Where there is none the test says so, and fails where everything has to be
/// tested.
fn vendor_file(path: &str) -> Option<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/autotask/");
    let text = std::fs::read_to_string(format!("{folder}{path}")).ok();
    if text.is_none() {
        assert!(
            std::env::var_os("CI").is_none(),
            "{path} is not beside the repository"
        );
        println!("skipped: {path} is not there");
    }
    text
}

/// The real answers: file, and operation.
const SAMPLES: [(&str, &str); 23] = [
    ("account_29_684_280_response.xml", "query"),
    ("account_response.xml", "query"),
    ("account_to_do_response.xml", "query"),
    ("appointment_response.xml", "query"),
    ("contact_response.xml", "query"),
    ("create_appointment_response.xml", "create"),
    ("create_response.xml", "create"),
    ("delete_response.xml", "delete"),
    ("find_response.xml", "query"),
    ("query_contact_response.xml", "query"),
    ("query_project_response.xml", "query"),
    ("query_resource_account_to_do_response.xml", "query"),
    ("query_resource_appointments_response.xml", "query"),
    ("query_resource_response.xml", "query"),
    ("query_response.xml", "query"),
    ("query_service_call_response.xml", "query"),
    ("query_service_call_ticket_resource_response.xml", "query"),
    ("query_service_call_ticket_response.xml", "query"),
    ("query_tasks_response.xml", "query"),
    ("query_ticket_9137_response.xml", "query"),
    ("query_ticket_response.xml", "query"),
    (
        "threshold_and_usage_info_response.xml",
        "getThresholdAndUsageInfo",
    ),
    ("zone_info_response.xml", "getZoneInfo"),
];

fn sample(path: &str) -> Option<Node> {
    let (_, operation) = SAMPLES.iter().find(|(known, _)| *known == path).unwrap();
    let body = vendor_file(&format!("soap-samples/{path}"))?;
    Some(judged(READ, operation, 200, &body).unwrap())
}

fn sample_rows<E: Entity>(path: &str) -> Option<Vec<E>> {
    let rows = rows(E::KIND, &sample(path)?, &Clock::soap(SoapTime::Eastern));
    Some(rows.iter().map(|row| E::from_row(row).unwrap()).collect())
}

/// Every element of every sample, against a reader that has nothing to do with ours.
#[test]
fn every_field_of_every_real_answer_is_read_as_another_parser_reads_it() {
    let mut fields = 0;
    for (path, operation) in SAMPLES {
        let Some(body) = vendor_file(&format!("soap-samples/{path}")) else {
            return;
        };
        let theirs = Document::parse(&body).unwrap();
        let result = theirs
            .descendants()
            .find(|element| element.has_tag_name_of(&format!("{operation}Result")))
            .unwrap();
        let ours = judged(READ, operation, 200, &body).unwrap();
        let before = fields;
        same(path, &ours, result, &mut fields);
        assert!(fields > before, "{path}");
    }
    // Rows, their fields, and what stands around them.
    assert!(fields > 900, "{fields}");
}

trait Named {
    fn has_tag_name_of(&self, name: &str) -> bool;
}

impl Named for Element<'_, '_> {
    fn has_tag_name_of(&self, name: &str) -> bool {
        self.is_element() && self.tag_name().name() == name
    }
}

fn same(path: &str, ours: &Node, theirs: Element<'_, '_>, fields: &mut usize) {
    const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
    *fields += 1;
    assert_eq!(ours.name, theirs.tag_name().name(), "{path}");
    let kind = theirs
        .attribute((XSI, "type"))
        .map(|kind| kind.rsplit(':').next().unwrap());
    assert_eq!(ours.xsi_type.as_deref(), kind, "{path} {}", ours.name);
    assert_eq!(
        ours.nil,
        theirs.attribute((XSI, "nil")) == Some("true"),
        "{path} {}",
        ours.name
    );
    let children: Vec<Element<'_, '_>> = theirs.children().filter(Element::is_element).collect();
    assert_eq!(ours.children.len(), children.len(), "{path} {}", ours.name);
    if children.is_empty() {
        assert_eq!(ours.text, theirs.text().unwrap_or_default(), "{path}");
    }
    for (ours, theirs) in ours.children.iter().zip(children) {
        same(path, ours, theirs, fields);
    }
}

#[test]
fn real_tickets_are_read() {
    let at = |text: &str| Some(text.parse().unwrap());
    let service_call = Ticket {
        id: 9137,
        number: "T20180724.0001".to_owned(),
        company_id: 29_684_280,
        title: "Service Call Ticket for Testing".to_owned(),
        description: Some("Ticket Description".to_owned()),
        status: crate::status::NEW,
        priority: 2,
        queue_id: Some(29_683_972),
        // Nine o'clock in New York, in summer.
        due: at("2018-07-26T13:00:00Z"),
        external_id: None,
        created: at("2018-07-24T23:14:09.953Z"),
        completed: None,
        last_activity: at("2018-07-24T23:14:36.24Z"),
        assigned_resource_id: Some(29_684_291),
        creator_resource_id: Some(29_684_244),
    };
    let bug = Ticket {
        id: 9136,
        number: "T20180710.0001".to_owned(),
        title: "Bug in Service Calls".to_owned(),
        description: None,
        queue_id: None,
        due: at("2018-07-12T13:00:00Z"),
        created: at("2018-07-10T16:19:28.84Z"),
        last_activity: at("2018-07-17T22:40:23Z"),
        ..service_call.clone()
    };
    if let Some(tickets) = sample_rows::<Ticket>("query_ticket_9137_response.xml") {
        assert_eq!(tickets, std::slice::from_ref(&service_call));
    }
    if let Some(tickets) = sample_rows::<Ticket>("query_ticket_response.xml") {
        assert_eq!(tickets, [bug, service_call]);
    }
}

#[test]
fn real_accounts_are_read() {
    let manufacturer = Company {
        id: 296_162,
        name: "ABLE Manufacturing*".to_owned(),
        active: true,
        number: Some("05".to_owned()),
        phone: Some("(518) 454-7878".to_owned()),
        company_type: Some(1),
    };
    let utility = Company {
        id: 29_684_280,
        name: "My Utility Services".to_owned(),
        active: true,
        number: None,
        phone: Some("555.555.5555".to_owned()),
        company_type: Some(1),
    };
    if let Some(companies) = sample_rows::<Company>("account_response.xml") {
        assert_eq!(companies, [manufacturer]);
    }
    if let Some(companies) = sample_rows::<Company>("account_29_684_280_response.xml") {
        assert_eq!(companies, [utility]);
    }
}

#[test]
fn the_real_answers_about_zone_quota_create_and_delete_are_read() {
    if let Some(result) = sample("zone_info_response.xml") {
        let found = zone(&result).unwrap().unwrap();
        assert_eq!(found.web.as_deref(), Some("https://ww2.autotask.net/"));
        assert_eq!(
            found.address,
            "https://webservices2.autotask.net/ATServices/1.5/atws.asmx"
        );
    }
    if let Some(result) = sample("threshold_and_usage_info_response.xml") {
        let threshold = threshold(&result).unwrap();
        assert_eq!(
            (threshold.limit, threshold.timeframe_minutes, threshold.used),
            (10_000, 60, 0)
        );
    }
    if let Some(result) = sample("create_response.xml") {
        let sent = [new_ticket(
            "Pax8 integration to Autotask. For product",
            None,
        )];
        assert_eq!(created(&result, &sent), Ok(vec![Some(8440)]));
        assert!(created(&result, &[new_ticket("Another", None)]).is_err());
    }
    if let Some(result) = sample("delete_response.xml") {
        assert_eq!(entities(&result).count(), 0);
    }
}

/// The names, types and flags of the tables are those of a real tenant.
#[test]
fn the_tables_agree_with_real_metadata() {
    let Some(text) = vendor_file("field-info-1.6.8.json") else {
        return;
    };
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    for kind in EntityKind::ALL {
        let real = json[kind.soap_name()]["Fields"].as_array().unwrap();
        assert_eq!(kind.shape().fields.len(), real.len(), "{kind:?}");
        for field in kind.shape().fields {
            let real = real
                .iter()
                .find(|real| real["Name"] == field.soap)
                .unwrap_or_else(|| panic!("{kind:?} has no {}", field.soap));
            let data = real["Type"].as_str().unwrap();
            let length = usize::try_from(real["Length"].as_u64().unwrap()).unwrap();
            let agrees = match field.data {
                Data::Integer => ["integer", "long", "short"].contains(&data),
                Data::Number => ["double", "float", "decimal"].contains(&data),
                Data::Text(max) | Data::Line(max) | Data::Key(max) => {
                    data == "string" && max == length
                }
                Data::Period => data == "string",
                Data::Boolean => data == "boolean",
                Data::Moment | Data::Date => data == "datetime",
            };
            assert!(agrees, "{kind:?}.{} is {data}({length})", field.soap);
            let flag = |name: &str| real[name].as_bool().unwrap();
            assert_eq!(flag("IsQueryable"), field.queryable, "{}", field.soap);
            let read_only = match field.writable {
                Writable::Always => false,
                // Given once, when the row is made.
                Writable::Once | Writable::Never => true,
            };
            // The service does not say of a unit's line that it is read-only, though all units are.
            let whole_entity = kind == EntityKind::ContractServiceUnit;
            assert_eq!(
                flag("IsReadOnly") || whole_entity,
                read_only,
                "{kind:?}.{}",
                field.soap
            );
        }
    }
}

/// WSDL-driven servers want the fields in the WSDL's order; what came later stands at the end.
#[test]
fn the_tables_keep_the_order_of_the_vendors_wsdl() {
    let Some(wsdl) = vendor_file("atws-1.6.wsdl") else {
        return;
    };
    let wsdl = Document::parse(&wsdl).unwrap();
    for kind in EntityKind::ALL {
        let described = wsdl
            .descendants()
            .find(|element| {
                element.has_tag_name_of("complexType")
                    && element.attribute("name") == Some(kind.soap_name())
            })
            .unwrap();
        let described: Vec<&str> = described
            .descendants()
            .filter(|element| element.has_tag_name_of("element"))
            .filter_map(|element| element.attribute("name"))
            .collect();
        let ours: Vec<&str> = kind.shape().fields[1..]
            .iter()
            .map(|field| field.soap)
            .collect();
        assert_eq!(ours[..described.len()], described, "{kind:?}");
    }
}

/// What the type reads is in the answer of a real tenant, and the table says so of no other.
#[test]
fn every_field_that_a_type_reads_has_names_on_both_sides() {
    for kind in EntityKind::ALL {
        for field in kind.shape().fields {
            if field.need != Need::Unread {
                assert!(!field.rest.is_empty() && !field.soap.is_empty(), "{kind:?}");
            }
        }
    }
}
