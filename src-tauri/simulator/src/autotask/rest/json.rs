//! Rows as JSON, and JSON as rows.
//!
//! Rows are written straight into text: a page of 500 tickets has 35,000 properties.

use std::fmt::Write;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::autotask::billing_period::{period_letter, period_number};
use crate::autotask::refusal::Refusal;
use crate::autotask::schema::{Entity, FieldKind, FieldSpec, Names};
use crate::autotask::tenant::Draft;
use crate::autotask::value::{Row, Value};

/// Writes a row; `only` limits it to some fields by position.
pub(crate) fn write_row(out: &mut String, entity: Entity, row: &Row, only: Option<&[usize]>) {
    let spec = entity.spec();
    out.push('{');
    let mut first = true;
    for (at, (field, value)) in spec.fields.iter().zip(row).enumerate() {
        if field.rest.is_empty() || only.is_some_and(|only| !only.contains(&at)) {
            continue;
        }
        if !first {
            out.push(',');
        }
        first = false;
        out.push('"');
        out.push_str(field.rest);
        out.push_str("\":");
        write_value(out, field, value);
    }
    if spec.has_user_defined_fields {
        if !first {
            out.push(',');
        }
        out.push_str("\"userDefinedFields\":[]");
    }
    out.push('}');
}

fn write_value(out: &mut String, field: &FieldSpec, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Int(number) => push(out, format_args!("{number}")),
        Value::Real(number) => push(out, format_args!("{number:?}")),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Text(text) if field.kind == FieldKind::Period => match period_number(text) {
            Some(number) => push(out, format_args!("{number}")),
            None => out.push_str("null"),
        },
        Value::Text(text) => write_text(out, text),
        Value::Time(time) => write_time(out, *time),
        Value::Date(date) => push(
            out,
            format_args!(
                "\"{:04}-{:02}-{:02}T00:00:00Z\"",
                date.year(),
                date.month(),
                date.day()
            ),
        ),
    }
}

/// ISO 8601 in UTC; milliseconds only where there are any, without trailing zeros.
fn write_time(out: &mut String, time: Timestamp) {
    let at = time.to_zoned_datetime(TimeZone::UTC).datetime();
    push(
        out,
        format_args!(
            "\"{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            at.year(),
            at.month(),
            at.day(),
            at.hour(),
            at.minute(),
            at.second()
        ),
    );
    let milliseconds = at.subsec_nanosecond() / 1_000_000;
    if milliseconds > 0 {
        let digits = format!("{milliseconds:03}");
        push(out, format_args!(".{}", digits.trim_end_matches('0')));
    }
    out.push_str("Z\"");
}

/// Writing to a `String` does not fail.
fn push(out: &mut String, what: std::fmt::Arguments<'_>) {
    if out.write_fmt(what).is_err() {
        tracing::debug!("a value was not written");
    }
}

/// A JSON string.
pub(crate) fn write_text(out: &mut String, text: &str) {
    out.push('"');
    if text
        .bytes()
        .all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\')
    {
        out.push_str(text);
    } else {
        for letter in text.chars() {
            match letter {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                control if control < ' ' => {
                    push(out, format_args!("\\u{:04x}", u32::from(control)))
                }
                other => out.push(other),
            }
        }
    }
    out.push('"');
}

/// A row as a client wrote it. Unknown properties are ignored, null counts as left out.
pub(crate) fn draft(entity: Entity, object: &serde_json::Map<String, serde_json::Value>) -> Draft {
    let spec = entity.spec();
    let mut draft = Draft::default();
    for (name, json) in object {
        let Some(at) = spec.position(name, Names::Rest) else {
            continue;
        };
        let Some(field) = spec.fields.get(at) else {
            continue;
        };
        if at == 0 {
            draft.id = json
                .as_i64()
                .or_else(|| json.as_str().and_then(|text| text.trim().parse().ok()));
            continue;
        }
        if json.is_null() {
            draft.fields.push((at, Value::Null));
            continue;
        }
        match read(field.kind, json) {
            Some(value) => draft.fields.push((at, value)),
            None if field.kind == FieldKind::Boolean => {
                draft.refusals.push(Refusal::NotBoolean(at))
            }
            None if field.kind.is_time() => draft.refusals.push(Refusal::NotADate(at)),
            None => draft.refusals.push(Refusal::NotNumeric(at)),
        }
    }
    draft
}

/// A value of that kind; numbers may come as text, since the vendor's own examples do that.
pub(crate) fn read(kind: FieldKind, json: &serde_json::Value) -> Option<Value> {
    let text = json.as_str();
    match kind {
        FieldKind::Integer | FieldKind::Long | FieldKind::Short => {
            let whole = |number: f64| {
                (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64)
            };
            let number = json.as_i64().or_else(|| json.as_f64().and_then(whole));
            number.or_else(|| text?.trim().parse().ok()).map(Value::Int)
        }
        FieldKind::Double | FieldKind::Decimal | FieldKind::Float => json
            .as_f64()
            .or_else(|| text?.trim().parse().ok())
            .map(Value::Real),
        FieldKind::Boolean => json.as_bool().map(Value::Bool),
        FieldKind::Text(_) => match json {
            serde_json::Value::String(text) => Some(Value::from(text.as_str())),
            serde_json::Value::Number(number) => Some(Value::Text(number.to_string())),
            serde_json::Value::Bool(flag) => Some(Value::Text(flag.to_string())),
            serde_json::Value::Null
            | serde_json::Value::Array(_)
            | serde_json::Value::Object(_) => None,
        },
        FieldKind::Period => {
            let number = json.as_i64().or_else(|| text?.trim().parse().ok());
            Some(
                number
                    .and_then(period_letter)
                    .map_or_else(|| Value::Text(json.to_string()), Value::from),
            )
        }
        FieldKind::DateTime => moment(text?).map(Value::Time),
        FieldKind::Date => day(text?).map(Value::Date),
    }
}

/// A moment with an offset, or without one in UTC; a day means its midnight.
fn moment(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    let local = text.parse::<DateTime>().ok()?;
    local
        .to_zoned_datetime(TimeZone::UTC)
        .ok()
        .map(|zoned| zoned.timestamp())
}

/// The date as written; a time beside it is cut off, not converted.
fn day(text: &str) -> Option<Date> {
    let date = text.trim().split(['T', ' ']).next()?;
    date.parse().ok()
}
