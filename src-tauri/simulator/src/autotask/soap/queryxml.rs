//! QueryXML: `<queryxml><entity>…</entity><query>…</query></queryxml>`.
//!
//! A `<condition>`'s operator joins it to what stands before it, from left to right; without one
//! it is AND. Fields side by side are ANDed.

use super::dialect::Dialect;
use super::time;
use super::xml::{self, Element};
use crate::autotask::query::{Filter, Op, Test};
use crate::autotask::refusal::TOO_MANY_ORS;
use crate::autotask::schema::{Entity, EntitySpec, FieldKind};
use crate::autotask::value::Value;

/// Conditions joined by OR at most.
const ORS: usize = 500;

#[derive(Debug)]
pub(crate) struct Query {
    pub entity: Entity,
    /// The filter, or the vendor's text why there is none.
    pub filter: Result<Filter, String>,
}

/// The error is a text for `ATWSError`.
pub(crate) fn parse(text: &str, dialect: &Dialect) -> Result<Query, String> {
    let root = xml::parse(text).map_err(|error| format!("Invalid query syntax. {error}"))?;
    if root.name != "queryxml" {
        return Err("Invalid query syntax. The root element must be queryxml.".to_owned());
    }
    let name = root
        .child("entity")
        .map(|entity| entity.text.trim())
        .unwrap_or_default();
    let entity = Entity::by_soap_name(name)
        .ok_or_else(|| format!("Entity type [{name}] does not exist."))?;
    let filter = match root.child("query") {
        Some(query) => filter(entity, query, dialect),
        None => Err("Invalid query syntax. The query element is missing.".to_owned()),
    };
    Ok(Query { entity, filter })
}

fn filter(entity: Entity, query: &Element, dialect: &Dialect) -> Result<Filter, String> {
    let mut ors = 0;
    let filter = group(entity, query, dialect, &mut ors)?;
    if ors > ORS {
        return Err(TOO_MANY_ORS.to_owned());
    }
    Ok(filter.unwrap_or(Filter::All))
}

fn group(
    entity: Entity,
    parent: &Element,
    dialect: &Dialect,
    ors: &mut usize,
) -> Result<Option<Filter>, String> {
    let mut joined: Option<Filter> = None;
    for child in &parent.children {
        let (next, is_or) = match child.name.as_str() {
            "field" => (Some(field(entity, child, dialect)?), false),
            "condition" => {
                let operator = child.attribute("operator").unwrap_or("AND");
                let is_or = operator.eq_ignore_ascii_case("or");
                if !is_or && !operator.eq_ignore_ascii_case("and") {
                    return Err(format!(
                        "Invalid query syntax. The operator [{operator}] does not exist."
                    ));
                }
                (group(entity, child, dialect, ors)?, is_or)
            }
            other => {
                return Err(format!(
                    "Invalid query syntax. The element [{other}] is not allowed here."
                ));
            }
        };
        *ors += usize::from(is_or);
        let Some(next) = next else { continue };
        joined = Some(match joined {
            // An OR in first place has nothing to join to.
            None => next,
            Some(before) if is_or => before.or(next),
            Some(before) => before.and(next),
        });
    }
    // Only a chain within one element may grow; a finished group stays one condition.
    Ok(joined.map(|filter| Filter::And(vec![filter])))
}

fn field(entity: Entity, element: &Element, dialect: &Dialect) -> Result<Filter, String> {
    let spec = entity.spec();
    let name = element.text.trim();
    let is_udf = element
        .attribute("udf")
        .is_some_and(|udf| udf.eq_ignore_ascii_case("true"));
    let found = dialect.field(entity, name).filter(|_| !is_udf);
    let (at, field) =
        found.ok_or_else(|| format!("Unable to find {name} in the {} Entity.", spec.soap))?;
    if !field.queryable {
        return Err(format!(
            "The field {name} of {} cannot be queried.",
            spec.soap
        ));
    }
    let mut tests = Vec::new();
    for expression in element
        .children
        .iter()
        .filter(|child| child.name == "expression")
    {
        let op = expression
            .attribute("op")
            .ok_or("Invalid query syntax. An expression has no op attribute.")?;
        tests.push(Filter::Test(test(
            spec,
            at,
            field.kind,
            op,
            &expression.text,
            dialect,
        )?));
    }
    match tests.len() {
        0 => Err(format!(
            "Invalid query syntax. The field {name} has no expression."
        )),
        1 => Ok(tests.remove(0)),
        _ => Ok(Filter::And(tests)),
    }
}

fn test(
    spec: &EntitySpec,
    at: usize,
    kind: FieldKind,
    op: &str,
    text: &str,
    dialect: &Dialect,
) -> Result<Test, String> {
    let name = spec.fields.get(at).map_or("", |field| field.soap);
    let known = operator(op)
        .ok_or_else(|| format!("Invalid query syntax. The op [{op}] does not exist."))?;
    if !fits(known, kind) {
        return Err(format!(
            "Invalid query syntax. The op [{op}] cannot be used with the field {name}."
        ));
    }
    if !known.needs_value() {
        return Ok(Test {
            field: at,
            op: known,
            values: Vec::new(),
        });
    }
    let value = operand(kind, text, dialect).ok_or_else(|| {
        let wanted = if kind.is_time() { "datetime" } else { "int" };
        format!("Conversion failed when converting varchar '{text}' to data type {wanted}.")
    })?;
    Ok(Test {
        field: at,
        op: known,
        values: vec![value],
    })
}

fn operator(op: &str) -> Option<Op> {
    Some(match op.to_ascii_lowercase().as_str() {
        "equals" => Op::Equal,
        "notequal" => Op::NotEqual,
        "greaterthan" => Op::Greater,
        "greaterthanorequals" => Op::GreaterOrEqual,
        "lessthan" => Op::Less,
        "lessthanorequals" => Op::LessOrEqual,
        "beginswith" => Op::BeginsWith,
        "endswith" => Op::EndsWith,
        "contains" => Op::Contains,
        "isnull" => Op::IsNull,
        "isnotnull" => Op::IsNotNull,
        "isthisday" => Op::IsThisDay,
        "like" => Op::Like,
        "notlike" => Op::NotLike,
        _ => return None,
    })
}

/// The help's table of data types and operators.
fn fits(op: Op, kind: FieldKind) -> bool {
    match op {
        Op::Equal | Op::NotEqual | Op::IsNull | Op::IsNotNull => true,
        Op::Greater | Op::GreaterOrEqual | Op::Less | Op::LessOrEqual => kind != FieldKind::Boolean,
        Op::BeginsWith | Op::EndsWith | Op::Contains | Op::Like | Op::NotLike => kind.is_text(),
        Op::IsThisDay => kind.is_time(),
        Op::In | Op::NotIn => false,
    }
}

fn operand(kind: FieldKind, text: &str, dialect: &Dialect) -> Option<Value> {
    let trimmed = text.trim();
    match kind {
        FieldKind::Integer | FieldKind::Long | FieldKind::Short => {
            trimmed.parse().ok().map(Value::Int)
        }
        FieldKind::Double | FieldKind::Decimal | FieldKind::Float => {
            trimmed.parse().ok().map(Value::Real)
        }
        FieldKind::Boolean => match trimmed.to_ascii_lowercase().as_str() {
            "true" | "1" => Some(Value::Bool(true)),
            "false" | "0" => Some(Value::Bool(false)),
            _ => None,
        },
        FieldKind::Text(_) | FieldKind::Period => Some(Value::Text(text.to_owned())),
        FieldKind::DateTime => time::read(trimmed, &dialect.zone).ok().map(Value::Time),
        FieldKind::Date => time::read_day(trimmed).map(Value::Date),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autotask::choices::Choices;
    use crate::autotask::query::Moment;
    use crate::autotask::tenant::Tenant;
    use crate::autotask::value::Row;

    fn utc() -> Dialect {
        Dialect::of(&Choices {
            soap_utc: true,
            ..Choices::default()
        })
    }

    fn ticket(status: i64, title: &str) -> Row {
        Tenant::row(
            Entity::Ticket,
            vec![
                ("id", Value::Int(7)),
                ("Status", Value::Int(status)),
                ("Title", title.into()),
            ],
        )
    }

    fn matches(query: &str, row: &Row) -> bool {
        let text = format!(
            "<queryxml version=\"1.0\"><entity>Ticket</entity><query>{query}</query></queryxml>"
        );
        let filter = parse(&text, &utc()).unwrap().filter.unwrap();
        let moment = Moment {
            today: "2026-11-23".parse().unwrap(),
            zone: utc().zone,
        };
        filter.matches(row, &moment)
    }

    fn status(value: i64) -> String {
        format!("<field>Status<expression op=\"equals\">{value}</expression></field>")
    }

    #[test]
    fn a_conditions_operator_joins_it_to_what_stands_before_it() {
        let title = "<field>Title<expression op=\"Equals\">b</expression></field>";
        let cases = [
            (
                format!(
                    "<condition>{}</condition><condition operator=\"OR\">{}</condition>",
                    status(1),
                    status(5)
                ),
                true,
            ),
            (
                format!(
                    "<condition operator=\"OR\">{}</condition><condition>{}</condition>",
                    status(1),
                    status(5)
                ),
                false,
            ),
            (
                format!(
                    "<condition operator=\"OR\">{}{title}</condition>",
                    status(5)
                ),
                false,
            ),
            // (1 AND title b) OR 5
            (
                format!(
                    "{}{title}<condition operator=\"or\">{}</condition>",
                    status(1),
                    status(5)
                ),
                true,
            ),
            // (5 OR 1) AND title b
            (
                format!(
                    "{}<condition operator=\"OR\">{}</condition>{title}",
                    status(5),
                    status(1)
                ),
                false,
            ),
        ];
        for (query, expected) in cases {
            assert_eq!(matches(&query, &ticket(5, "a")), expected, "{query}");
        }
    }

    #[test]
    fn operators_that_do_not_fit_the_fields_type_are_refused() {
        let refused = |query: &str| {
            let text =
                format!("<queryxml><entity>Ticket</entity><query>{query}</query></queryxml>");
            parse(&text, &utc()).unwrap().filter.unwrap_err()
        };
        assert!(
            refused("<field>Status<expression op=\"Like\">1</expression></field>")
                .contains("cannot be used")
        );
        assert!(
            refused("<field>Title<expression op=\"IsThisDay\"/></field>")
                .contains("cannot be used")
        );
        assert!(refused("<field>Title</field>").contains("no expression"));
        assert!(refused("<field>Title<expression>a</expression></field>").contains("no op"));
        assert!(
            refused("<field>CreatorType<expression op=\"Equals\">1</expression></field>")
                .contains("cannot be queried")
        );
        let many = status(1)
            + &format!("<condition operator=\"OR\">{}</condition>", status(1)).repeat(501);
        assert_eq!(refused(&many), TOO_MANY_ORS);
    }
}
