//! What is sent: JSON. A query and a new row never have a null in it: Autotask answers that with 500.

use serde_json::{Map, Value as Json, json};

use crate::Error;
use crate::entity::Checked;
use crate::query::{Condition, Operator, PAGE_ROWS, Plan, Rows, Value};
use crate::text;
use crate::time::{self, Clock};

/// A query's body. Autotask does not take a query without a filter: every row has an id. `Err` if
/// REST has no word for a condition.
pub(crate) fn query(plan: &Plan) -> Result<Json, Error> {
    let filter = match &plan.rows {
        Rows::Every | Rows::None => vec![json!({"op": "gte", "field": "id", "value": 0})],
        Rows::Where(Condition::All(all)) => conditions(all)?,
        Rows::Where(one) => vec![condition(one)?],
    };
    let fields: Vec<&str> = plan
        .fields
        .iter()
        .map(|field| field.rest)
        .filter(|name| !name.is_empty())
        .collect();
    let rows = plan
        .limit
        .map_or(PAGE_ROWS, |limit| limit.clamp(1, PAGE_ROWS));
    Ok(json!({"MaxRecords": rows, "IncludeFields": fields, "filter": filter}))
}

fn conditions(conditions: &[Condition]) -> Result<Vec<Json>, Error> {
    conditions.iter().map(condition).collect()
}

fn condition(condition: &Condition) -> Result<Json, Error> {
    let list = |values: &[Value]| values.iter().map(value).collect::<Vec<_>>();
    Ok(match condition {
        Condition::Compare(field, operator, one) => {
            json!({"op": word(*operator)?, "field": field.rest, "value": value(one)})
        }
        Condition::IsNull(field) => json!({"op": "notExist", "field": field.rest}),
        Condition::IsNotNull(field) => json!({"op": "exist", "field": field.rest}),
        Condition::OneOf(field, values) => {
            json!({"op": "in", "field": field.rest, "value": list(values)})
        }
        Condition::NoneOf(field, values) => {
            json!({"op": "notIn", "field": field.rest, "value": list(values)})
        }
        Condition::IsThisDay(_) => return Err(no_word_for("\"is this day\"")),
        Condition::All(all) => json!({"op": "and", "items": conditions(all)?}),
        Condition::Any(any) => json!({"op": "or", "items": conditions(any)?}),
    })
}

/// A word that Autotask does not know makes it drop the whole condition: these are all it knows.
fn word(operator: Operator) -> Result<&'static str, Error> {
    Ok(match operator {
        Operator::Equal => "eq",
        Operator::NotEqual => "noteq",
        Operator::Greater => "gt",
        Operator::GreaterOrEqual => "gte",
        Operator::Less => "lt",
        Operator::LessOrEqual => "lte",
        Operator::BeginsWith => "beginsWith",
        Operator::EndsWith => "endsWith",
        Operator::Contains => "contains",
        Operator::Like | Operator::NotLike => return Err(no_word_for("patterns")),
    })
}

fn no_word_for(what: &str) -> Error {
    Error::query(format!("REST has no word for {what}, only SOAP has"))
}

fn value(value: &Value) -> Json {
    match value {
        Value::Integer(value) => json!(value),
        Value::Number(value) => json!(value),
        Value::Boolean(value) => json!(value),
        Value::Text(value) => json!(text::clean(value)),
        Value::Moment(value) => json!(Clock::Utc.write(*value)),
        Value::Date(value) => json!(time::write_date(*value)),
        Value::Period(period) => match period.number() {
            Some(number) => json!(number),
            None => json!(period.letter()),
        },
    }
}

/// A new row.
pub(crate) fn create(row: &Checked) -> Json {
    Json::Object(fields(row))
}

/// A change: what it does not name stays as it is. Null empties a field; nothing else does.
pub(crate) fn update(id: i64, change: &Checked) -> Json {
    let mut body = fields(change);
    body.insert("id".to_owned(), json!(id));
    Json::Object(body)
}

fn fields(row: &Checked) -> Map<String, Json> {
    row.fields
        .iter()
        .map(|(field, given)| {
            (
                field.rest.to_owned(),
                given.as_ref().map_or(Json::Null, value),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entity::{Draft, EntityKind, New as _, Writing};
    use crate::query::{Filter, Query};
    use crate::{NewTicket, Period};

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
        insta::assert_snapshot!(format!("{:#}", super::query(&plan).unwrap()));
    }

    #[test]
    fn every_row_is_asked_for_by_its_id() {
        let plan = Plan::new(EntityKind::Service, &Query::new().fields(&[])).unwrap();
        assert_eq!(
            super::query(&plan).unwrap().to_string(),
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
        let mut body = create(&ticket.draft().checked(Writing::Create).unwrap());
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

    #[test]
    fn a_change_has_its_id_and_nulls_only_for_what_it_empties() {
        let change = Draft::new(EntityKind::Contract)
            .set("endDate", jiff::civil::date(2027, 1, 31))
            .clear("purchaseOrderNumber");
        assert_eq!(
            update(7, &change.checked(Writing::Update).unwrap()).to_string(),
            r#"{"endDate":"2027-01-31","id":7,"purchaseOrderNumber":null}"#
        );
        let service = Draft::new(EntityKind::Service).set("periodType", Period::Yearly);
        assert_eq!(
            create(&service.checked(Writing::Create).unwrap()).to_string(),
            r#"{"periodType":5}"#
        );
    }

    #[test]
    fn what_rest_has_no_word_for_is_refused() {
        for filter in [
            Filter::like("title", "a%b"),
            Filter::or(vec![Filter::eq("id", 1), Filter::is_this_day("createDate")]),
        ] {
            let plan = Plan::new(EntityKind::Ticket, &Query::new().filter(filter)).unwrap();
            assert_eq!(super::query(&plan).unwrap_err().code(), "query");
        }
    }
}
