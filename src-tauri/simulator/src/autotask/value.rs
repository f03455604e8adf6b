//! Values of fields, rows of values, and how an index finds them.

use jiff::Timestamp;
use jiff::civil::Date;

/// What one field of one row holds. An empty text counts as no value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Int(i64),
    Real(f64),
    Bool(bool),
    Text(String),
    Time(Timestamp),
    Date(Date),
}

impl Value {
    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    pub(crate) fn int(&self) -> Option<i64> {
        match self {
            Value::Int(value) => Some(*value),
            Value::Null
            | Value::Real(_)
            | Value::Bool(_)
            | Value::Text(_)
            | Value::Time(_)
            | Value::Date(_) => None,
        }
    }

    pub(crate) fn real(&self) -> Option<f64> {
        match self {
            Value::Int(value) => Some(*value as f64),
            Value::Real(value) => Some(*value),
            Value::Null | Value::Bool(_) | Value::Text(_) | Value::Time(_) | Value::Date(_) => None,
        }
    }

    pub(crate) fn bool(&self) -> Option<bool> {
        match self {
            Value::Bool(value) => Some(*value),
            Value::Null
            | Value::Int(_)
            | Value::Real(_)
            | Value::Text(_)
            | Value::Time(_)
            | Value::Date(_) => None,
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Value::Text(value) => Some(value),
            Value::Null
            | Value::Int(_)
            | Value::Real(_)
            | Value::Bool(_)
            | Value::Time(_)
            | Value::Date(_) => None,
        }
    }

    pub(crate) fn time(&self) -> Option<Timestamp> {
        match self {
            Value::Time(value) => Some(*value),
            Value::Null
            | Value::Int(_)
            | Value::Real(_)
            | Value::Bool(_)
            | Value::Text(_)
            | Value::Date(_) => None,
        }
    }

    pub(crate) fn date(&self) -> Option<Date> {
        match self {
            Value::Date(value) => Some(*value),
            Value::Null
            | Value::Int(_)
            | Value::Real(_)
            | Value::Bool(_)
            | Value::Text(_)
            | Value::Time(_) => None,
        }
    }

    /// The key under which an index keeps it; only numbers and texts are indexed.
    pub(crate) fn key(&self) -> Option<Key> {
        match self {
            Value::Int(value) => Some(Key::Int(*value)),
            Value::Text(value) => Some(Key::Text(value.to_lowercase())),
            Value::Null | Value::Real(_) | Value::Bool(_) | Value::Time(_) | Value::Date(_) => None,
        }
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Value {
        Value::Int(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Value {
        Value::Real(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::Bool(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Value {
        if value.is_empty() {
            Value::Null
        } else {
            Value::Text(value.to_owned())
        }
    }
}

impl From<String> for Value {
    fn from(value: String) -> Value {
        if value.is_empty() {
            Value::Null
        } else {
            Value::Text(value)
        }
    }
}

impl From<Timestamp> for Value {
    fn from(value: Timestamp) -> Value {
        Value::Time(value)
    }
}

impl From<Date> for Value {
    fn from(value: Date) -> Value {
        Value::Date(value)
    }
}

/// Texts are compared without regard to case, so they are indexed in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    Int(i64),
    Text(String),
}

/// One row: a value for each field of its entity, the id first.
pub(crate) type Row = Vec<Value>;
