//! What came back, as values. Pure functions; `Err` says what is wrong with the answer.

use serde_json::Value as Json;

use crate::answer::Judge;
use crate::entity::{Cell, EntityKind, Row};
use crate::error::Error;
use crate::field::{Field, PicklistValue, Rights, Threshold};
use crate::time::Clock;
use crate::zone::Found;

/// The JSON of a good answer, or what the answer means.
pub(crate) fn judge(judge: &Judge<'_>) -> Result<Json, Error> {
    let answer = judge.answer;
    let texts = texts(&answer.body);
    if let Some(error) = judge.by_status(&texts) {
        return Err(error);
    }
    if !texts.is_empty() {
        return Err(if answer.status == 405 || answer.status == 404 {
            Error::query(judge.said(&texts).unwrap_or_default())
        } else {
            judge.by_texts(&texts)
        });
    }
    if !answer.is_success() {
        return Err(judge.without_texts());
    }
    serde_json::from_slice(without_mark(&answer.body))
        .map_err(|error| judge.malformed(error.to_string()))
}

/// The messages of an answer that says "no": `{"errors": [...]}`, or ASP.NET's `{"Message": …}`.
pub(crate) fn texts(body: &[u8]) -> Vec<String> {
    let Ok(json) = serde_json::from_slice::<Json>(without_mark(body)) else {
        return Vec::new();
    };
    let text_of = |json: &Json| match json {
        Json::String(text) => Some(text.clone()),
        Json::Object(_) => text(json, "message").map(str::to_owned),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Array(_) => None,
    };
    let errors: Vec<String> = match member(&json, "errors") {
        Some(Json::Array(errors)) => errors.iter().filter_map(text_of).collect(),
        Some(error) => text_of(error).into_iter().collect(),
        None => Vec::new(),
    };
    if errors.is_empty() {
        text(&json, "message")
            .map(str::to_owned)
            .into_iter()
            .collect()
    } else {
        errors
    }
}

pub(crate) fn zone(json: &Json) -> Result<Found, String> {
    Ok(Found {
        address: text(json, "url")
            .ok_or("it holds no address of the zone")?
            .to_owned(),
        web: text(json, "webUrl").map(str::to_owned),
        name: text(json, "zoneName").map(str::to_owned),
    })
}

pub(crate) fn threshold(json: &Json) -> Result<Threshold, String> {
    let number = |name: &str| {
        member(json, name)
            .and_then(Json::as_u64)
            .and_then(|value| u32::try_from(value).ok())
            .ok_or_else(|| format!("it holds no {name}"))
    };
    Ok(Threshold {
        limit: number("externalRequestThreshold")?,
        timeframe_minutes: number("requestThresholdTimeframe")?,
        used: number("currentTimeframeRequestCount")?,
    })
}

pub(crate) fn rights(json: &Json) -> Result<Rights, String> {
    let info = member(json, "info").ok_or("it holds no info")?;
    let can = |name: &str| {
        let allowed = member(info, &format!("can{name}"))
            .and_then(Json::as_bool)
            .ok_or_else(|| format!("it holds no can{name}"))?;
        let user = text(info, &format!("userAccessFor{name}"));
        Ok::<bool, String>(allowed && !user.is_some_and(|user| user.eq_ignore_ascii_case("none")))
    };
    Ok(Rights {
        can_create: can("Create")?,
        can_query: can("Query")?,
        can_update: can("Update")?,
        can_delete: can("Delete")?,
    })
}

pub(crate) fn fields(kind: EntityKind, json: &Json) -> Result<Vec<Field>, String> {
    let fields = member(json, "fields")
        .and_then(Json::as_array)
        .ok_or("it holds no fields")?;
    fields.iter().map(|json| field(kind, json)).collect()
}

fn field(kind: EntityKind, json: &Json) -> Result<Field, String> {
    let flag = |name: &str| member(json, name).and_then(Json::as_bool).unwrap_or(false);
    let some_text = |name: &str| {
        text(json, name)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let name = some_text("name").ok_or("a field has no name")?;
    let data_type = some_text("dataType").unwrap_or_default();
    let picklist = match member(json, "picklistValues").and_then(Json::as_array) {
        Some(values) => values
            .iter()
            .map(picklist_value)
            .collect::<Result<_, _>>()?,
        None => Vec::new(),
    };
    Ok(Field {
        name: kind
            .shape()
            .field(&name)
            .map_or(name, |known| known.rest.to_owned()),
        label: some_text("label"),
        length: member(json, "length")
            .and_then(Json::as_u64)
            .and_then(|length| u32::try_from(length).ok())
            .filter(|length| *length > 0),
        data_type,
        required: flag("isRequired"),
        read_only: flag("isReadOnly"),
        queryable: flag("isQueryable"),
        reference: some_text("referenceEntityType"),
        is_picklist: flag("isPickList"),
        picklist,
        picklist_parent: some_text("picklistParentValueField"),
    })
}

fn picklist_value(json: &Json) -> Result<PicklistValue, String> {
    let flag = |name: &str| member(json, name).and_then(Json::as_bool);
    Ok(PicklistValue {
        value: scalar(json, "value").ok_or("a picklist value is empty")?,
        label: scalar(json, "label").unwrap_or_default(),
        active: flag("isActive").unwrap_or(true),
        system: flag("isSystem").unwrap_or(false),
        parent: scalar(json, "parentValue").filter(|parent| !parent.is_empty()),
        default: flag("isDefaultValue").unwrap_or(false),
        sort_order: member(json, "sortOrder")
            .and_then(Json::as_i64)
            .unwrap_or(0),
    })
}

/// The rows of a page and the address of the next.
pub(crate) fn page(kind: EntityKind, json: &Json) -> Result<(Vec<Row>, Option<&str>), String> {
    let items = member(json, "items")
        .and_then(Json::as_array)
        .ok_or("it holds no items")?;
    let rows = items
        .iter()
        .map(|item| row(kind, item))
        .collect::<Result<_, _>>()?;
    let details = member(json, "pageDetails").ok_or("it holds no pageDetails")?;
    let next = text(details, "nextPageUrl").filter(|next| !next.is_empty());
    Ok((rows, next))
}

pub(crate) fn count(json: &Json) -> Result<u64, String> {
    member(json, "queryCount")
        .and_then(Json::as_u64)
        .ok_or_else(|| "it holds no queryCount".to_owned())
}

/// An absent row comes as `{"item": null}`.
pub(crate) fn item(kind: EntityKind, json: &Json) -> Result<Option<Row>, String> {
    let item = member(json, "item").ok_or("it holds no item")?;
    (!item.is_null()).then(|| row(kind, item)).transpose()
}

/// The id of what was created; null where it has none.
pub(crate) fn created(json: &Json) -> Result<Option<i64>, String> {
    match written(json)? {
        Some(id) if id <= 0 => Err("its itemId is not the id of anything new".to_owned()),
        id => Ok(id),
    }
}

/// The id of what was written; null where it has none.
pub(crate) fn written(json: &Json) -> Result<Option<i64>, String> {
    match member(json, "itemId") {
        Some(Json::Null) => Ok(None),
        Some(id) => id
            .as_i64()
            .or_else(|| id.as_str()?.parse().ok())
            .map(Some)
            .ok_or_else(|| "its itemId is not a number".to_owned()),
        None => Err("it holds no id of what was written".to_owned()),
    }
}

fn row(kind: EntityKind, json: &Json) -> Result<Row, String> {
    let object = json.as_object().ok_or("a row is not an object")?;
    let shape = kind.shape();
    let mut row = Row::new(shape, Clock::Utc);
    for (name, value) in object {
        let Some(at) = shape.position(name).filter(|at| shape.is_read(*at)) else {
            continue;
        };
        let cell = match value {
            Json::Bool(value) => Cell::Boolean(*value),
            Json::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(value), _) => Cell::Integer(value),
                (None, Some(value)) => Cell::Number(value),
                (None, None) => continue,
            },
            Json::String(text) => Cell::Text(text.clone()),
            // userDefinedFields; nothing here reads them.
            Json::Null | Json::Array(_) | Json::Object(_) => continue,
        };
        row.set(at, cell);
    }
    Ok(row)
}

/// A member in any case: the vendor's own examples are not consistent.
fn member<'a>(json: &'a Json, name: &str) -> Option<&'a Json> {
    let object = json.as_object()?;
    object.get(name).or_else(|| {
        object
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    })
}

fn text<'a>(json: &'a Json, name: &str) -> Option<&'a str> {
    member(json, name)?.as_str()
}

fn scalar(json: &Json, name: &str) -> Option<String> {
    match member(json, name)? {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(value) => Some(value.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}

#[cfg(test)]
mod tests;
