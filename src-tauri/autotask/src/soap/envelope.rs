//! The envelopes that are sent.

use super::xml::{Node, Writer};
use crate::entity::Checked;
use crate::entity::shape::Writable;
use crate::query::Value;
use crate::time::{self, Clock};

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

/// All rows in one `create`. The fields are in the WSDL's order and have their types: the WSDL
/// leaves them untyped, and .NET hands an untyped value on as XML instead of a number.
pub(crate) fn create(tracking_identifier: &str, rows: &[Checked], clock: &Clock) -> String {
    envelope(Some(tracking_identifier), |xml| {
        xml.element("create", &[("xmlns", NAMESPACE)], |xml| {
            xml.element("Entities", &[], |xml| {
                for row in rows {
                    xml.element("Entity", &[("xsi:type", row.shape().soap)], |xml| {
                        leaf(xml, "id", "0");
                        for (field, value) in &row.fields {
                            if let Some(value) = value {
                                write_field(xml, field.soap, value, clock);
                            }
                        }
                    });
                }
            });
        });
    })
}

/// The row as it came, with the change in it. What Autotask sets itself is left out; what the table
/// does not know goes back as it came, behind the rest.
pub(crate) fn update(
    tracking_identifier: &str,
    row: &Node,
    change: &Checked,
    clock: &Clock,
) -> String {
    let shape = change.shape();
    let is_known = |name: &str| {
        name == "Fields" || name == "UserDefinedFields" || shape.soap_position(name, 0).is_some()
    };
    envelope(Some(tracking_identifier), |xml| {
        xml.element("update", &[("xmlns", NAMESPACE)], |xml| {
            xml.element("Entities", &[], |xml| {
                xml.element("Entity", &[("xsi:type", shape.soap)], |xml| {
                    leaf(xml, "id", row.text_of("id").unwrap_or_default());
                    if let Some(fields) = row.child("UserDefinedFields") {
                        as_it_came(xml, fields);
                    }
                    for field in shape.fields {
                        let changed = change.fields.iter().find(|(one, _)| *one == field);
                        match changed {
                            Some((_, Some(value))) => write_field(xml, field.soap, value, clock),
                            Some((_, None)) => {}
                            None if field.writable == Writable::Never => {}
                            None => {
                                let came = row.child(field.soap);
                                if let Some(came) = came.filter(|came| has_value(came)) {
                                    as_it_came(xml, came);
                                }
                            }
                        }
                    }
                    for other in row.children.iter().filter(|child| !is_known(&child.name)) {
                        as_it_came(xml, other);
                    }
                });
            });
        });
    })
}

fn has_value(node: &Node) -> bool {
    !node.nil && !node.text.is_empty()
}

fn as_it_came(xml: &mut Writer, node: &Node) {
    let kind = node.xsi_type.as_ref().map(|kind| format!("xsd:{kind}"));
    let mut attributes = Vec::new();
    if let Some(kind) = &kind {
        attributes.push(("xsi:type", kind.as_str()));
    }
    if node.nil {
        attributes.push(("xsi:nil", "true"));
    }
    xml.element(&node.name, &attributes, |xml| {
        if node.children.is_empty() {
            xml.text(&node.text);
        }
        for child in &node.children {
            as_it_came(xml, child);
        }
    });
}

fn write_field(xml: &mut Writer, name: &str, value: &Value, clock: &Clock) {
    let (kind, text) = match value {
        Value::Integer(value) if i32::try_from(*value).is_ok() => ("xsd:int", value.to_string()),
        Value::Integer(value) => ("xsd:long", value.to_string()),
        Value::Number(value) => ("xsd:double", value.to_string()),
        Value::Boolean(value) => ("xsd:boolean", value.to_string()),
        Value::Text(value) => {
            return xml.element(name, &[("xsi:type", "xsd:string")], |xml| xml.text(value));
        }
        Value::Moment(value) => ("xsd:dateTime", clock.write(*value)),
        Value::Date(value) => ("xsd:dateTime", time::midnight(*value)),
        Value::Period(period) => ("xsd:string", period.letter().to_owned()),
    };
    xml.element(name, &[("xsi:type", kind)], |xml| xml.text(&text));
}

fn leaf(xml: &mut Writer, name: &str, text: &str) {
    xml.element(name, &[], |xml| xml.text(text));
}

#[cfg(test)]
mod tests {
    use super::super::xml;
    use super::*;
    use crate::entity::{Draft, New as _, Writing};
    use crate::{EntityKind, NewTicket, SoapTime};

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
        let rows = tickets.map(|ticket| ticket.draft().checked(Writing::Create).unwrap());
        let xml = create("CODE", &rows, &Clock::soap(SoapTime::Eastern));
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

    #[test]
    fn a_change_goes_back_with_everything_that_the_row_held() {
        let row = xml::read(
            br#"<Entity xmlns:xsi="i" xsi:type="Ticket"><id>41</id>
            <UserDefinedFields><UserDefinedField><Name>A</Name><Value>2</Value></UserDefinedField><UserDefinedField><Name>B</Name></UserDefinedField></UserDefinedFields>
            <AccountID xsi:type="xsd:int">7</AccountID><CreateDate xsi:type="xsd:dateTime">2026-11-24T17:00:00.53</CreateDate><Description xsi:type="xsd:string"></Description>
            <Status xsi:type="xsd:int">1</Status><Title xsi:type="xsd:string">a &lt; b</Title><Resolution xsi:type="xsd:string">none</Resolution>
            <Brandnew xsi:type="xsd:int">3</Brandnew></Entity>"#,
        )
        .unwrap();
        let change = Draft::new(EntityKind::Ticket)
            .set("status", 5)
            .set("queueID", 8)
            .clear("resolution")
            .checked(Writing::Update)
            .unwrap();
        let xml = update("CODE", &row, &change, &Clock::soap(SoapTime::Eastern));
        insta::assert_snapshot!(xml.replace("><", ">\n<"));
    }
}
