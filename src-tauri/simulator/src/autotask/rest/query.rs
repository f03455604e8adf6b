//! REST queries: a JSON filter, and the addresses of pages.

use serde_json::{Map, Value as Json};

use super::json::read;
use super::lenient;
use crate::autotask::query::{Filter, Op, Test};
use crate::autotask::refusal::TOO_MANY_ORS;
use crate::autotask::schema::{Entity, FieldKind, Names};
use crate::autotask::value::Value;

/// Rows on a page at most.
pub(crate) const PAGE: usize = 500;
/// Conditions joined by OR at most.
pub(crate) const ORS: usize = 500;

#[derive(Debug)]
pub(crate) struct Query {
    pub filter: Filter,
    /// Fields by position.
    pub only: Option<Vec<usize>>,
    pub page: usize,
}

/// Reads `{"filter": […], "IncludeFields": […], "MaxRecords": n}`, keys in any case.
///
/// The error is the vendor's text.
pub(crate) fn parse(entity: Entity, text: &str) -> Result<Query, String> {
    if text.trim().is_empty() {
        return Err("Value cannot be null.\r\nParameter name: queryModel".to_owned());
    }
    let Json::Object(query) = lenient::parse(text)? else {
        return Err("Value cannot be null.\r\nParameter name: queryModel".to_owned());
    };
    let page = match get(&query, "maxRecords").filter(|json| !json.is_null()) {
        None => PAGE,
        Some(json) => {
            let wanted = json
                .as_i64()
                .or_else(|| json.as_str().and_then(|text| text.parse().ok()));
            let wanted = wanted.and_then(|wanted| usize::try_from(wanted).ok());
            match wanted {
                Some(wanted) if (1..=PAGE).contains(&wanted) => wanted,
                Some(_) | None => {
                    return Err("maxCountOfRecordsToReturn must be between 1 and 500".to_owned());
                }
            }
        }
    };
    let only = match get(&query, "includeFields") {
        Some(Json::Array(names)) if !names.is_empty() => {
            let names = names.iter().filter_map(Json::as_str);
            Some(
                names
                    .map(|name| position(entity, name))
                    .collect::<Result<Vec<usize>, String>>()?,
            )
        }
        _ => None,
    };
    let mut ors = 0;
    let filter = match get(&query, "filter") {
        Some(Json::Array(parts)) => Filter::And(group(entity, parts, &mut ors)?),
        Some(part @ Json::Object(_)) => condition(entity, part, &mut ors)?.unwrap_or(Filter::All),
        _ => Filter::All,
    };
    if ors > ORS {
        return Err(TOO_MANY_ORS.to_owned());
    }
    Ok(Query { filter, only, page })
}

fn group(entity: Entity, parts: &[Json], ors: &mut usize) -> Result<Vec<Filter>, String> {
    let mut filters = Vec::with_capacity(parts.len());
    for part in parts {
        if let Some(filter) = condition(entity, part, ors)? {
            filters.push(filter);
        }
    }
    Ok(filters)
}

/// One condition or group; none if its operator is unknown, which the vendor drops in silence.
fn condition(entity: Entity, part: &Json, ors: &mut usize) -> Result<Option<Filter>, String> {
    let Json::Object(part) = part else {
        return Ok(None);
    };
    let op = get(part, "op")
        .and_then(Json::as_str)
        .unwrap_or_default()
        .to_ascii_lowercase();
    if matches!(op.as_str(), "and" | "or") {
        let Some(Json::Array(items)) = get(part, "items") else {
            return Ok(None);
        };
        let items = group(entity, items, ors)?;
        if op == "and" {
            return Ok(Some(Filter::And(items)));
        }
        *ors += items.len();
        return Ok(Some(Filter::Or(items)));
    }
    let Some(op) = operator(&op) else {
        return Ok(None);
    };
    let name = get(part, "field")
        .and_then(Json::as_str)
        .unwrap_or_default();
    let at = position(entity, name)?;
    let field = entity
        .spec()
        .fields
        .get(at)
        .ok_or_else(|| unknown_field(entity, name))?;
    if !field.queryable {
        return Err(format!(
            "The field {} of {} cannot be queried.",
            field.rest,
            entity.spec().rest_one
        ));
    }
    let null = Json::Null;
    let json = get(part, "value").unwrap_or(&null);
    let values = match (op, json) {
        (Op::IsNull | Op::IsNotNull | Op::IsThisDay, _) => Vec::new(),
        (Op::In | Op::NotIn, Json::Array(list)) => {
            *ors += list.len();
            list.iter()
                .map(|json| operand(field.kind, json))
                .collect::<Result<Vec<Value>, String>>()?
        }
        (_, json) => vec![operand(field.kind, json)?],
    };
    Ok(Some(Filter::Test(Test {
        field: at,
        op,
        values,
    })))
}

fn operator(op: &str) -> Option<Op> {
    Some(match op {
        "eq" => Op::Equal,
        "noteq" => Op::NotEqual,
        "gt" => Op::Greater,
        "gte" => Op::GreaterOrEqual,
        "lt" => Op::Less,
        "lte" => Op::LessOrEqual,
        "beginswith" => Op::BeginsWith,
        "endswith" => Op::EndsWith,
        "contains" => Op::Contains,
        "exist" => Op::IsNotNull,
        "notexist" => Op::IsNull,
        "in" => Op::In,
        "notin" => Op::NotIn,
        _ => return None,
    })
}

fn operand(kind: FieldKind, json: &Json) -> Result<Value, String> {
    let lenient_bool = || {
        let text = json.as_str()?;
        let flag = text.eq_ignore_ascii_case("true") || text == "1";
        (flag || text.eq_ignore_ascii_case("false") || text == "0").then_some(Value::Bool(flag))
    };
    let value = match (kind, json) {
        (_, Json::Null) => Some(Value::Null),
        (FieldKind::Boolean, _) => read(kind, json).or_else(lenient_bool),
        // Fields with a day only still compare to moments.
        _ => read(kind, json),
    };
    value.ok_or_else(|| {
        let text = json
            .as_str()
            .map_or_else(|| json.to_string(), str::to_owned);
        let wanted = if kind.is_time() { "datetime" } else { "int" };
        format!("Conversion failed when converting varchar '{text}' to data type {wanted}")
    })
}

fn position(entity: Entity, name: &str) -> Result<usize, String> {
    entity
        .spec()
        .position(name, Names::Rest)
        .ok_or_else(|| unknown_field(entity, name))
}

fn unknown_field(entity: Entity, name: &str) -> String {
    format!(
        "Unable to find {name} in the {} Entity",
        entity.spec().rest_one
    )
}

/// A member of an object, its name in any case.
pub(crate) fn get<'a>(object: &'a Map<String, Json>, name: &str) -> Option<&'a Json> {
    object
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

/// Where a page stands: the ids after which the pages before it and it itself begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Paging {
    pub size: usize,
    pub previous: Vec<i64>,
    pub after: i64,
}

impl Paging {
    pub(crate) fn first(size: usize) -> Paging {
        Paging {
            size,
            previous: Vec::new(),
            after: -1,
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Paging> {
        let Json::Object(paging) = lenient::parse(text).ok()? else {
            return None;
        };
        let ids = |name| match get(&paging, name) {
            Some(Json::Array(ids)) => ids.iter().filter_map(Json::as_i64).collect(),
            _ => Vec::new(),
        };
        let size = get(&paging, "pageSize")
            .and_then(Json::as_u64)
            .and_then(|size| usize::try_from(size).ok());
        Some(Paging {
            size: size.unwrap_or(PAGE).clamp(1, PAGE),
            previous: ids("previousIds"),
            after: ids("nextIds").last().copied()?,
        })
    }

    pub(crate) fn next(&self, last_id: i64) -> Paging {
        let mut previous = self.previous.clone();
        previous.push(self.after);
        Paging {
            size: self.size,
            previous,
            after: last_id,
        }
    }

    pub(crate) fn back(&self) -> Option<Paging> {
        let (after, previous) = self.previous.split_last()?;
        Some(Paging {
            size: self.size,
            previous: previous.to_vec(),
            after: *after,
        })
    }

    pub(crate) fn to_json(&self) -> String {
        format!(
            "{{\"pageSize\":{},\"previousIds\":{:?},\"nextIds\":[{}]}}",
            self.size, self.previous, self.after
        )
        .replace(", ", ",")
    }
}
