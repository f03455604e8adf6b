//! Tickets as backup jobs make them, and the answers that tell of them.

use std::fmt::Write as _;

use autotask::NewTicket;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

const DUE: &str = "2026-11-24T22:59:00Z";
const CREATED: &str = "2026-11-23T02:10:09Z";

/// A text of about 1,500 characters, with what has to be escaped.
fn description(at: usize) -> String {
    let mut text = format!("The backup of srv-{at:03} <production> failed.\n");
    for line in 0..14 {
        let _ = writeln!(
            text,
            "02:{line:02}:17 volume \"D:\" & snapshot {}: could not read block {} (Zugriff verweigert, 0x80070005)",
            at + line,
            at * 7919 + line
        );
    }
    text
}

fn title(at: usize) -> String {
    format!("Backup failed: srv-{at:03} (Daily, Müller & Söhne GmbH)")
}

fn key(at: usize) -> String {
    format!("cd1-{:032x}", at as u128 * 0x9e37_79b9_7f4a_7c15)
}

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Tickets to be made.
pub fn new_tickets(count: usize) -> Vec<NewTicket> {
    (0..count)
        .map(|at| NewTicket {
            company_id: 29_683_500 + at as i64,
            title: title(at),
            description: description(at),
            status: 1,
            priority: 1 + at as i64 % 4,
            queue_id: 29_682_833,
            due: moment(DUE) + SignedDuration::from_hours(24 * (at as i64 % 5)),
            external_id: Some(key(at)),
        })
        .collect()
}

/// A page of a query over REST.
pub fn page_over_rest(count: usize) -> String {
    let items: Vec<_> = new_tickets(count)
        .iter()
        .enumerate()
        .map(|(at, ticket)| {
            json!({
                "id": 100_000 + at,
                "ticketNumber": format!("T20261123.{at:04}"),
                "companyID": ticket.company_id,
                "title": ticket.title,
                "description": ticket.description,
                "status": ticket.status,
                "priority": ticket.priority,
                "queueID": ticket.queue_id,
                "dueDateTime": ticket.due.to_string(),
                "externalID": ticket.external_id,
                "createDate": CREATED,
                "completedDate": null,
                "lastActivityDate": CREATED,
                "assignedResourceID": null,
                "creatorResourceID": 29_682_885,
                "userDefinedFields": [],
            })
        })
        .collect();
    json!({
        "items": items,
        "pageDetails": {
            "count": count, "requestCount": 500, "prevPageUrl": null, "nextPageUrl": null,
        },
    })
    .to_string()
}

/// The same page over SOAP.
pub fn page_over_soap(count: usize) -> String {
    let mut xml = concat!(
        r#"<?xml version="1.0" encoding="utf-8"?>"#,
        r#"<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" "#,
        r#"xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" "#,
        r#"xmlns:xsd="http://www.w3.org/2001/XMLSchema"><soap:Body>"#,
        r#"<queryResponse xmlns="http://autotask.net/ATWS/v1_6/"><queryResult>"#,
        "<ReturnCode>1</ReturnCode><EntityResults>",
    )
    .to_owned();
    for (at, ticket) in new_tickets(count).iter().enumerate() {
        let _ = write!(
            xml,
            r#"<Entity xsi:type="Ticket"><id>{}</id><UserDefinedFields />"#,
            100_000 + at
        );
        let key = ticket.external_id.as_deref().unwrap_or_default();
        for (name, kind, value) in [
            ("AccountID", "int", ticket.company_id.to_string()),
            ("CreateDate", "dateTime", bare(moment(CREATED))),
            ("CreatorResourceID", "int", "29682885".to_owned()),
            ("Description", "string", escaped(&ticket.description)),
            ("DueDateTime", "dateTime", bare(ticket.due)),
            ("ExternalID", "string", escaped(key)),
            ("LastActivityDate", "dateTime", bare(moment(CREATED))),
            ("Priority", "int", ticket.priority.to_string()),
            ("QueueID", "int", ticket.queue_id.to_string()),
            ("Status", "int", ticket.status.to_string()),
            ("TicketNumber", "string", format!("T20261123.{at:04}")),
            ("Title", "string", escaped(&ticket.title)),
        ] {
            let _ = write!(xml, r#"<{name} xsi:type="xsd:{kind}">{value}</{name}>"#);
        }
        xml.push_str("</Entity>");
    }
    xml.push_str(
        "</EntityResults><EntityResultType>ticket</EntityResultType><Errors />\
         <EntityReturnInfoResults /></queryResult></queryResponse></soap:Body></soap:Envelope>",
    );
    xml
}

/// As SOAP writes a time: Eastern, here always winter's.
fn bare(moment: Timestamp) -> String {
    (moment - SignedDuration::from_hours(5))
        .strftime("%Y-%m-%dT%H:%M:%S")
        .to_string()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
