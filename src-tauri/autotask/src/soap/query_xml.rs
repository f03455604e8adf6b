//! QueryXML, the query language of SOAP.
//!
//! Neighbours are joined by *and*; a `<condition operator="OR">` is joined to the one before it by
//! *or*, left to right, while what is inside it is joined by *and*. So every part of an *or* is
//! a condition of its own, and every *or* as a whole is one again.

use super::xml::Writer;
use crate::entity::{EntityKind, FieldShape};
use crate::query::{Condition, Operator, Plan, Rows, Value};
use crate::time::{self, Clock};

pub(crate) fn write(plan: &Plan, clock: &Clock) -> String {
    let mut xml = Writer::default();
    xml.element("queryxml", &[], |xml| {
        xml.element("entity", &[], |xml| xml.text(plan.kind.soap_name()));
        xml.element("query", &[], |xml| match &plan.rows {
            // Autotask takes no query without a condition; every row has an id.
            Rows::Every | Rows::None => every(xml, plan.kind),
            Rows::Where(condition) => write_condition(xml, condition, clock),
        });
    });
    xml.finish()
}

fn every(xml: &mut Writer, kind: EntityKind) {
    if let Some(id) = kind.shape().field("id") {
        expression(xml, id, word(Operator::GreaterOrEqual), "0");
    }
}

fn write_condition(xml: &mut Writer, condition: &Condition, clock: &Clock) {
    match condition {
        Condition::Compare(field, operator, value) => {
            expression(xml, field, word(*operator), &text_of(value, clock));
        }
        Condition::IsNull(field) => expression(xml, field, "IsNull", ""),
        Condition::IsNotNull(field) => expression(xml, field, "IsNotNull", ""),
        Condition::OneOf(field, values) => {
            let parts = values.iter().map(|value| {
                |xml: &mut Writer| {
                    expression(xml, field, word(Operator::Equal), &text_of(value, clock));
                }
            });
            any(xml, parts);
        }
        Condition::NoneOf(field, values) => {
            xml.element("condition", &[], |xml| {
                for value in values {
                    expression(xml, field, word(Operator::NotEqual), &text_of(value, clock));
                }
            });
        }
        Condition::IsThisDay(field) => expression(xml, field, "IsThisDay", ""),
        Condition::Any(conditions) => {
            let parts = conditions
                .iter()
                .map(|part| |xml: &mut Writer| write_condition(xml, part, clock));
            any(xml, parts);
        }
        Condition::All(conditions) => {
            xml.element("condition", &[], |xml| {
                for part in conditions {
                    write_condition(xml, part, clock);
                }
            });
        }
    }
}

fn any<P: FnOnce(&mut Writer)>(xml: &mut Writer, parts: impl Iterator<Item = P>) {
    xml.element("condition", &[], |xml| {
        for (at, part) in parts.enumerate() {
            let or: &[_] = if at == 0 { &[] } else { &[("operator", "OR")] };
            xml.element("condition", or, part);
        }
    });
}

fn expression(xml: &mut Writer, field: &FieldShape, operator: &str, value: &str) {
    xml.element("field", &[], |xml| {
        xml.text(field.soap);
        xml.element("expression", &[("op", operator)], |xml| xml.text(value));
    });
}

fn word(operator: Operator) -> &'static str {
    match operator {
        Operator::Equal => "Equals",
        Operator::NotEqual => "NotEqual",
        Operator::Greater => "GreaterThan",
        Operator::GreaterOrEqual => "GreaterThanorEquals",
        Operator::Less => "LessThan",
        Operator::LessOrEqual => "LessThanOrEquals",
        Operator::BeginsWith => "BeginsWith",
        Operator::EndsWith => "EndsWith",
        Operator::Contains => "Contains",
        Operator::Like => "Like",
        Operator::NotLike => "NotLike",
    }
}

fn text_of(value: &Value, clock: &Clock) -> String {
    match value {
        Value::Integer(value) => value.to_string(),
        Value::Number(value) => value.to_string(),
        Value::Boolean(value) => value.to_string(),
        Value::Text(value) => value.clone(),
        Value::Moment(value) => clock.write(*value),
        Value::Period(period) => period.letter().to_owned(),
        Value::Date(value) => time::midnight(*value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SoapTime;
    use crate::query::{Filter, Query};

    #[test]
    fn every_kind_of_condition_is_written() {
        let query = Query::new()
            .filter(Filter::eq("companyID", 7))
            .filter(Filter::one_of("externalID", ["a<b", "c&d", "e"]))
            .filter(Filter::none_of("queueID", [8, 9]))
            .filter(Filter::is_this_day("lastActivityDate"))
            .filter(Filter::not_like("title", "%test_"))
            .filter(Filter::or(vec![
                Filter::and(vec![
                    Filter::ne("status", 5),
                    Filter::is_null("completedDate"),
                ]),
                Filter::contains("title", "\"x\u{1}\""),
            ]))
            .filter(Filter::gte(
                "createDate",
                "2026-07-01T12:00:00Z".parse::<jiff::Timestamp>().unwrap(),
            ));
        let plan = Plan::new(EntityKind::Ticket, &query).unwrap();
        let xml = write(&plan.after(41), &Clock::soap(SoapTime::Eastern));
        insta::assert_snapshot!(xml.replace("><", ">\n<"));
    }

    #[test]
    fn a_query_for_every_row_asks_for_every_id() {
        let plan = Plan::new(EntityKind::Company, &Query::new()).unwrap();
        insta::assert_snapshot!(
            write(&plan, &Clock::soap(SoapTime::Eastern)),
            @r#"<queryxml><entity>Account</entity><query><field>id<expression op="GreaterThanorEquals">0</expression></field></query></queryxml>"#
        );
    }
}
