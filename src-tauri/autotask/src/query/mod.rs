//! The query language: one for both transports.
//!
//! Field names are REST's (`companyID`), in any case; the SOAP side maps them. A name that the
//! entity does not have is refused before anything is sent, because REST drops what it does not
//! understand without a word, and then answers with every row.

#[cfg(test)]
mod equivalence;
mod plan;

use std::borrow::Cow;

use jiff::{Timestamp, civil::Date};

pub(crate) use plan::{Condition, Plan, Rows};

use crate::entity::{Data, FieldShape, Period};

/// Values in one [`Filter::one_of`], and conditions joined by *or* in one query (Autotask's own
/// limit over SOAP).
pub const VALUES_MAX: usize = 500;

/// Rows per page, over both transports.
pub(crate) const PAGE_ROWS: usize = 500;

/// What to read of an entity. Without a filter: every row, in the order of their ids.
///
/// ```
/// use autotask::{Filter, Query};
///
/// let open_for_company = Query::new()
///     .filter(Filter::eq("companyID", 29_683_501))
///     .filter(Filter::ne("status", autotask::status::COMPLETE))
///     .limit(50);
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Query {
    pub(crate) filters: Vec<Filter>,
    pub(crate) limit: Option<usize>,
    pub(crate) fields: Option<Vec<String>>,
}

impl Query {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a condition; all conditions have to hold.
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filters.push(filter);
        self
    }

    /// At most so many rows, those with the lowest ids.
    #[must_use]
    pub fn limit(mut self, rows: usize) -> Self {
        self.limit = Some(rows);
        self
    }

    /// Asks for these optional fields only (what an entity type always holds comes anyway). It
    /// makes answers smaller over REST; SOAP has nothing like it and sends everything.
    #[must_use]
    pub fn fields(mut self, names: &[&str]) -> Self {
        self.fields = Some(names.iter().map(|&name| name.to_owned()).collect());
        self
    }
}

/// A condition.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// A field compared with a value.
    Compare {
        field: String,
        operator: Operator,
        value: Value,
    },
    IsNull(String),
    IsNotNull(String),
    /// One of at most [`VALUES_MAX`] values. One of none: no row.
    OneOf {
        field: String,
        values: Vec<Value>,
    },
    /// None of at most [`VALUES_MAX`] values. None of none: every row. A field without a value is
    /// not among the rows, as in SQL.
    NoneOf {
        field: String,
        values: Vec<Value>,
    },
    /// SOAP only: the day that it is now, where Autotask is. Over REST compare with two moments.
    IsThisDay(String),
    /// All of them; of none: every row.
    And(Vec<Filter>),
    /// At least one of them; of none: no row.
    Or(Vec<Filter>),
}

/// How a field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    BeginsWith,
    EndsWith,
    Contains,
    /// SQL's pattern with `%` and `_`. SOAP only: REST has nothing like it.
    Like,
    /// SOAP only, as [`Like`](Self::Like).
    NotLike,
}

macro_rules! comparisons {
    ($($(#[$doc:meta])* $name:ident => $operator:ident;)*) => {
        $($(#[$doc])*
        pub fn $name(field: impl Into<String>, value: impl Into<Value>) -> Self {
            Self::Compare { field: field.into(), operator: Operator::$operator, value: value.into() }
        })*
    };
}

impl Filter {
    comparisons! {
        eq => Equal;
        ne => NotEqual;
        gt => Greater;
        gte => GreaterOrEqual;
        lt => Less;
        lte => LessOrEqual;
        /// Texts only.
        begins_with => BeginsWith;
        /// Texts only.
        ends_with => EndsWith;
        /// Texts only.
        contains => Contains;
        /// Texts only, SOAP only; `%` is any text, `_` any character.
        like => Like;
        /// Texts only, SOAP only; `%` is any text, `_` any character.
        not_like => NotLike;
    }

    pub fn is_null(field: impl Into<String>) -> Self {
        Self::IsNull(field.into())
    }

    pub fn is_not_null(field: impl Into<String>) -> Self {
        Self::IsNotNull(field.into())
    }

    /// REST's `in`; over SOAP as many conditions joined by *or*.
    pub fn one_of<V: Into<Value>>(
        field: impl Into<String>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        Self::OneOf {
            field: field.into(),
            values: values.into_iter().map(Into::into).collect(),
        }
    }

    /// REST's `notIn`; over SOAP as many conditions joined by *and*.
    pub fn none_of<V: Into<Value>>(
        field: impl Into<String>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        Self::NoneOf {
            field: field.into(),
            values: values.into_iter().map(Into::into).collect(),
        }
    }

    /// Times and days only, SOAP only.
    pub fn is_this_day(field: impl Into<String>) -> Self {
        Self::IsThisDay(field.into())
    }

    pub fn and(filters: Vec<Filter>) -> Self {
        Self::And(filters)
    }

    pub fn or(filters: Vec<Filter>) -> Self {
        Self::Or(filters)
    }
}

/// A value to compare with, or to be written.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Integer(i64),
    Number(f64),
    Boolean(bool),
    Text(String),
    /// A moment; each transport writes it in its own time zone.
    Moment(Timestamp),
    /// A day without a time, such as a contract's start.
    Date(Date),
    /// A billing period; each transport has its own word for it.
    Period(Period),
}

impl Value {
    /// The value in the field's type, if it fits.
    pub(crate) fn fitting(&self, field: &FieldShape) -> Option<Value> {
        match (field.data, self) {
            (Data::Integer, Self::Integer(_))
            | (Data::Number, Self::Integer(_))
            | (Data::Boolean, Self::Boolean(_))
            | (Data::Moment, Self::Moment(_))
            | (Data::Date, Self::Date(_))
            | (Data::Period, Self::Period(_)) => Some(self.clone()),
            (Data::Number, Self::Number(number)) if number.is_finite() => Some(self.clone()),
            (data, Self::Text(_)) if data.is_text() => Some(self.clone()),
            (data, Self::Integer(number)) if data.is_text() => Some(Self::Text(number.to_string())),
            _ => None,
        }
    }
}

macro_rules! values {
    ($($from:ty => |$value:ident| $to:expr;)*) => {
        $(impl From<$from> for Value {
            fn from($value: $from) -> Self { $to }
        })*
    };
}

values! {
    i64 => |value| Value::Integer(value);
    i32 => |value| Value::Integer(value.into());
    u32 => |value| Value::Integer(value.into());
    f64 => |value| Value::Number(value);
    bool => |value| Value::Boolean(value);
    &str => |value| Value::Text(value.to_owned());
    &String => |value| Value::Text(value.clone());
    String => |value| Value::Text(value);
    Cow<'_, str> => |value| Value::Text(value.into_owned());
    Timestamp => |value| Value::Moment(value);
    Date => |value| Value::Date(value);
    &i64 => |value| Value::Integer(*value);
    Period => |value| Value::Period(value);
}
