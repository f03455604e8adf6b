//! What is sent: JSON, never with a null in it (Autotask answers that with 500).

use serde_json::{Map, Value as Json, json};

use crate::entity::NewTicket;
use crate::query::{Condition, Operator, PAGE_ROWS, Plan, Rows, Value};
use crate::text;
use crate::time::{self, Clock};

/// A query's body. Autotask does not take a query without a filter: every row has an id.
pub(crate) fn query(plan: &Plan) -> Json {
    let filter = match &plan.rows {
        Rows::Every | Rows::None => vec![json!({"op": "gte", "field": "id", "value": 0})],
        Rows::Where(Condition::All(all)) => all.iter().map(condition).collect(),
        Rows::Where(one) => vec![condition(one)],
    };
    let fields: Vec<&str> = plan.fields.iter().map(|field| field.rest).collect();
    let rows = plan
        .limit
        .map_or(PAGE_ROWS, |limit| limit.clamp(1, PAGE_ROWS));
    json!({"MaxRecords": rows, "IncludeFields": fields, "filter": filter})
}

fn condition(condition: &Condition) -> Json {
    match condition {
        Condition::Compare(field, operator, one) => {
            json!({"op": word(*operator), "field": field.rest, "value": value(one)})
        }
        Condition::IsNull(field) => json!({"op": "notExist", "field": field.rest}),
        Condition::IsNotNull(field) => json!({"op": "exist", "field": field.rest}),
        Condition::OneOf(field, values) => {
            let values: Vec<Json> = values.iter().map(value).collect();
            json!({"op": "in", "field": field.rest, "value": values})
        }
        Condition::All(all) => {
            json!({"op": "and", "items": all.iter().map(self::condition).collect::<Vec<_>>()})
        }
        Condition::Any(any) => {
            json!({"op": "or", "items": any.iter().map(self::condition).collect::<Vec<_>>()})
        }
    }
}

/// A word that Autotask does not know makes it drop the whole condition: these are all it knows.
fn word(operator: Operator) -> &'static str {
    match operator {
        Operator::Equal => "eq",
        Operator::NotEqual => "noteq",
        Operator::Greater => "gt",
        Operator::GreaterOrEqual => "gte",
        Operator::Less => "lt",
        Operator::LessOrEqual => "lte",
        Operator::BeginsWith => "beginsWith",
        Operator::EndsWith => "endsWith",
        Operator::Contains => "contains",
    }
}

fn value(value: &Value) -> Json {
    match value {
        Value::Integer(value) => json!(value),
        Value::Number(value) => json!(value),
        Value::Boolean(value) => json!(value),
        Value::Text(value) => json!(text::clean(value)),
        Value::Moment(value) => json!(Clock::Utc.write(*value)),
        Value::Date(value) => json!(time::write_date(*value)),
    }
}

pub(crate) fn ticket(ticket: &NewTicket) -> Json {
    let ticket = ticket.cleaned();
    let mut body = Map::new();
    let mut set = |name: &str, value: Json| body.insert(name.to_owned(), value);
    set("companyID", json!(ticket.company_id));
    set("title", json!(ticket.title));
    set("description", json!(ticket.description));
    set("status", json!(ticket.status));
    set("priority", json!(ticket.priority));
    set("queueID", json!(ticket.queue_id));
    set("dueDateTime", json!(Clock::Utc.write(ticket.due)));
    if let Some(external_id) = ticket.external_id {
        set("externalID", json!(external_id));
    }
    Json::Object(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entity::EntityKind;
    use crate::query::{Filter, Query};

    #[test]
    fn every_kind_of_condition_is_written() {
        let query = Query::new()
            .filter(Filter::eq("CompanyID", 7))
            .filter(Filter::one_of("externalID", ["a", "b\u{1}"]))
            .filter(Filter::or(vec![
                Filter::and(vec![
                    Filter::ne("status", 5),
                    Filter::is_null("completedDate"),
                ]),
                Filter::begins_with("title", "Backup"),
            ]))
            .filter(Filter::is_not_null("queueID"))
            .filter(Filter::lt(
                "dueDateTime",
                "2026-07-01T12:00:00Z".parse::<jiff::Timestamp>().unwrap(),
            ))
            .fields(&["externalID"])
            .limit(20);
        let plan = Plan::new(EntityKind::Ticket, &query).unwrap();
        insta::assert_snapshot!(format!("{:#}", super::query(&plan)));
    }

    #[test]
    fn every_row_is_asked_for_by_its_id() {
        let plan = Plan::new(EntityKind::Service, &Query::new().fields(&[])).unwrap();
        assert_eq!(
            super::query(&plan).to_string(),
            r#"{"IncludeFields":["id","name","isActive"],"MaxRecords":500,"filter":[{"field":"id","op":"gte","value":0}]}"#
        );
    }

    #[test]
    fn a_ticket_has_no_nulls() {
        let ticket = NewTicket {
            company_id: 0,
            title: "  Backup\r\nfailed ".to_owned(),
            description: "x".repeat(9000),
            status: crate::status::NEW,
            priority: 1,
            queue_id: 5,
            due: "2026-11-24T12:00:00.5Z".parse().unwrap(),
            external_id: None,
        };
        let mut body = super::ticket(&ticket);
        let description = body["description"].take();
        assert_eq!(
            description.as_str().map(text::length),
            Some(crate::DESCRIPTION_MAX)
        );
        body["description"] = json!("…");
        assert_eq!(
            body.to_string(),
            r#"{"companyID":0,"description":"…","dueDateTime":"2026-11-24T12:00:00Z","priority":1,"queueID":5,"status":1,"title":"Backup failed"}"#
        );
    }
}
