//! Both transports ask for the same rows: random conditions are written as JSON and as QueryXML,
//! and what is written is carried out by the rules of either side.

use proptest::prelude::*;
use serde_json::Value as Json;

use super::*;
use crate::entity::EntityKind;
use crate::soap::xml::{self, Node};
use crate::time::Clock;
use crate::{rest, soap};

/// Three numbers under three names.
type Row = [i64; 3];
const NAMES: [(&str, &str); 3] = [
    ("status", "Status"),
    ("priority", "Priority"),
    ("companyID", "AccountID"),
];

fn filter() -> impl Strategy<Value = Filter> {
    let field = (0..3_usize).prop_map(|at| NAMES[at].0);
    let operators = [
        Operator::Equal,
        Operator::NotEqual,
        Operator::Greater,
        Operator::GreaterOrEqual,
        Operator::Less,
        Operator::LessOrEqual,
    ];
    let compare =
        (field.clone(), 0..operators.len(), 0..3_i64).prop_map(move |(field, operator, value)| {
            Filter::Compare {
                field: field.to_owned(),
                operator: operators[operator],
                value: value.into(),
            }
        });
    let values = proptest::collection::vec(0..3_i64, 0..4);
    let one_of =
        (field.clone(), values.clone()).prop_map(|(field, values)| Filter::one_of(field, values));
    let none_of = (field, values).prop_map(|(field, values)| Filter::none_of(field, values));
    prop_oneof![3 => compare, 1 => one_of, 1 => none_of].prop_recursive(4, 24, 4, |inner| {
        let several = proptest::collection::vec(inner, 0..4);
        prop_oneof![
            several.clone().prop_map(Filter::and),
            several.prop_map(Filter::or)
        ]
    })
}

fn as_meant(filter: &Filter, row: &Row) -> bool {
    let integer = |value: &Value| {
        let Value::Integer(value) = value else {
            panic!("{value:?}");
        };
        *value
    };
    let of = |field: &String| row[NAMES.iter().position(|(name, _)| name == field).unwrap()];
    match filter {
        Filter::Compare {
            field,
            operator,
            value,
        } => compare(*operator, of(field), integer(value)),
        Filter::OneOf { field, values } => values.iter().any(|value| integer(value) == of(field)),
        Filter::NoneOf { field, values } => values.iter().all(|value| integer(value) != of(field)),
        Filter::And(filters) => filters.iter().all(|filter| as_meant(filter, row)),
        Filter::Or(filters) => filters.iter().any(|filter| as_meant(filter, row)),
        Filter::IsNull(_) | Filter::IsNotNull(_) | Filter::IsThisDay(_) => panic!("not made here"),
    }
}

fn compare(operator: Operator, left: i64, right: i64) -> bool {
    match operator {
        Operator::Equal => left == right,
        Operator::NotEqual => left != right,
        Operator::Greater => left > right,
        Operator::GreaterOrEqual => left >= right,
        Operator::Less => left < right,
        Operator::LessOrEqual => left <= right,
        Operator::BeginsWith
        | Operator::EndsWith
        | Operator::Contains
        | Operator::Like
        | Operator::NotLike => panic!("not made here"),
    }
}

/// REST: a list is joined by *and*.
fn as_json(elements: &Json, row: &Row) -> bool {
    elements.as_array().unwrap().iter().all(|element| {
        let joined = |json: &Json| as_json(&Json::Array(vec![json.clone()]), row);
        let op = element["op"].as_str().unwrap();
        match op {
            "and" => return as_json(&element["items"], row),
            "or" => return element["items"].as_array().unwrap().iter().any(joined),
            _ => {}
        }
        let field = element["field"].as_str().unwrap();
        let Some(at) = NAMES.iter().position(|(name, _)| *name == field) else {
            return field == "id";
        };
        let value = &element["value"];
        match op {
            "in" | "notIn" => {
                let among = value
                    .as_array()
                    .unwrap()
                    .iter()
                    .any(|value| value == row[at]);
                among == (op == "in")
            }
            "eq" => compare(Operator::Equal, row[at], value.as_i64().unwrap()),
            "noteq" => compare(Operator::NotEqual, row[at], value.as_i64().unwrap()),
            "gt" => compare(Operator::Greater, row[at], value.as_i64().unwrap()),
            "gte" => compare(Operator::GreaterOrEqual, row[at], value.as_i64().unwrap()),
            "lt" => compare(Operator::Less, row[at], value.as_i64().unwrap()),
            "lte" => compare(Operator::LessOrEqual, row[at], value.as_i64().unwrap()),
            other => panic!("{other} is unknown to Autotask"),
        }
    })
}

/// SOAP: a condition is joined to the one before it, left to right.
fn as_xml(parent: &Node, row: &Row) -> bool {
    let mut result = None;
    for (at, child) in parent.children.iter().enumerate() {
        let holds = match child.name.as_str() {
            "condition" => as_xml(child, row),
            "field" => as_field(child, row),
            other => panic!("{other}"),
        };
        result = Some(match (result, child.operator.as_deref()) {
            (None, operator) => {
                assert_eq!((at, operator), (0, None), "the first is joined to nothing");
                holds
            }
            (Some(before), Some("OR")) => before || holds,
            (Some(before), None) => before && holds,
            (Some(_), Some(other)) => panic!("{other}"),
        });
    }
    result.unwrap()
}

fn as_field(field: &Node, row: &Row) -> bool {
    let expression = field.child("expression").unwrap();
    let Some(at) = NAMES.iter().position(|(_, name)| *name == field.text) else {
        return field.text == "id";
    };
    let operator = match expression.op.as_deref().unwrap() {
        "Equals" => Operator::Equal,
        "NotEqual" => Operator::NotEqual,
        "GreaterThan" => Operator::Greater,
        "GreaterThanorEquals" => Operator::GreaterOrEqual,
        "LessThan" => Operator::Less,
        "LessThanOrEquals" => Operator::LessOrEqual,
        other => panic!("{other}"),
    };
    compare(operator, row[at], expression.text.parse().unwrap())
}

proptest! {
    #[test]
    fn both_transports_ask_for_the_rows_that_are_meant(
        filters in proptest::collection::vec(filter(), 0..3),
    ) {
        let query = filters.iter().cloned().fold(Query::new(), Query::filter);
        let plan = Plan::new(EntityKind::Ticket, &query).unwrap();
        let json = rest::body::query(&plan).unwrap();
        prop_assert!(!json.to_string().contains("null"));
        let text = soap::query_xml::write(&plan, &Clock::Utc);
        let root = xml::read(text.as_bytes()).unwrap();
        for number in 0..27 {
            let row = [number % 3, number / 3 % 3, number / 9];
            let meant = filters.iter().all(|filter| as_meant(filter, &row));
            if plan.rows == Rows::None {
                prop_assert!(!meant);
                continue;
            }
            prop_assert_eq!(as_json(&json["filter"], &row), meant, "{}", json);
            prop_assert_eq!(as_xml(root.child("query").unwrap(), &row), meant, "{}", text);
        }
    }
}
