//! The envelopes that are sent.

use super::xml::Writer;
use crate::entity::NewTicket;
use crate::time::Clock;

pub(crate) const NAMESPACE: &str = "http://autotask.net/ATWS/v1_6/";

/// An envelope around `body`; `tracking_identifier` is `None` for the zone look-up only.
fn envelope(tracking_identifier: Option<&str>, body: impl FnOnce(&mut Writer)) -> String {
    let mut xml = Writer::document();
    let namespaces = [
        ("xmlns:soap", "http://schemas.xmlsoap.org/soap/envelope/"),
        ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"),
        ("xmlns:xsd", "http://www.w3.org/2001/XMLSchema"),
    ];
    xml.element("soap:Envelope", &namespaces, |xml| {
        if let Some(tracking_identifier) = tracking_identifier {
            xml.element("soap:Header", &[], |xml| {
                xml.element("AutotaskIntegrations", &[("xmlns", NAMESPACE)], |xml| {
                    leaf(xml, "IntegrationCode", tracking_identifier);
                });
            });
        }
        xml.element("soap:Body", &[], body);
    });
    xml.finish()
}

/// A call with one text, or with nothing.
pub(crate) fn call(
    tracking_identifier: Option<&str>,
    operation: &str,
    parameter: Option<(&str, &str)>,
) -> String {
    envelope(tracking_identifier, |xml| {
        xml.element(operation, &[("xmlns", NAMESPACE)], |xml| {
            if let Some((name, value)) = parameter {
                leaf(xml, name, value);
            }
        });
    })
}

/// All tickets in one `create`. The fields are in the WSDL's order and have their types: the
/// WSDL leaves them untyped, and .NET hands an untyped value on as XML instead of a number.
pub(crate) fn create(tracking_identifier: &str, tickets: &[NewTicket], clock: &Clock) -> String {
    envelope(Some(tracking_identifier), |xml| {
        xml.element("create", &[("xmlns", NAMESPACE)], |xml| {
            xml.element("Entities", &[], |xml| {
                for ticket in tickets {
                    write_ticket(xml, &ticket.cleaned(), clock);
                }
            });
        });
    })
}

fn write_ticket(xml: &mut Writer, ticket: &NewTicket, clock: &Clock) {
    xml.element("Entity", &[("xsi:type", "Ticket")], |xml| {
        leaf(xml, "id", "0");
        typed(xml, "AccountID", "xsd:int", &ticket.company_id.to_string());
        typed(xml, "Description", "xsd:string", &ticket.description);
        typed(xml, "DueDateTime", "xsd:dateTime", &clock.write(ticket.due));
        typed(xml, "Priority", "xsd:int", &ticket.priority.to_string());
        typed(xml, "QueueID", "xsd:int", &ticket.queue_id.to_string());
        typed(xml, "Status", "xsd:int", &ticket.status.to_string());
        typed(xml, "Title", "xsd:string", &ticket.title);
        if let Some(external_id) = &ticket.external_id {
            typed(xml, "ExternalID", "xsd:string", external_id);
        }
    });
}

fn leaf(xml: &mut Writer, name: &str, text: &str) {
    xml.element(name, &[], |xml| xml.text(text));
}

fn typed(xml: &mut Writer, name: &str, kind: &str, text: &str) {
    xml.element(name, &[("xsi:type", kind)], |xml| xml.text(text));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SoapTime;

    fn ticket(title: &str, description: &str, external_id: Option<&str>) -> NewTicket {
        NewTicket {
            company_id: 29_683_501,
            title: title.to_owned(),
            description: description.to_owned(),
            status: crate::status::NEW,
            priority: 1,
            queue_id: 29_682_833,
            due: "2026-11-24T22:00:00Z".parse().unwrap(),
            external_id: external_id.map(str::to_owned),
        }
    }

    #[test]
    fn tickets_are_written_in_the_order_of_the_wsdl() {
        let tickets = [
            ticket(
                "Error: <SRV&1> \u{1f642}\r\n\u{1}",
                "\"first\"\r\n second\u{b}",
                Some("event-0001"),
            ),
            ticket(&"x".repeat(300), "", None),
        ];
        let xml = create("CODE", &tickets, &Clock::soap(SoapTime::Eastern));
        insta::assert_snapshot!(xml.replace("><", ">\n<"));
    }

    #[test]
    fn a_zone_look_up_names_nobodys_tracking_identifier() {
        let xml = call(
            None,
            "getZoneInfo",
            Some(("UserName", "a&b@partner.example")),
        );
        insta::assert_snapshot!(xml.replace("><", ">\n<"));
    }
}
