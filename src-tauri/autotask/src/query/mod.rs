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
/// limit over SOAP: vendor's help, *Thresholds and limits*). Kept over REST too.
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
    /// Every row, with everything that the entity's type reads.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a condition; all conditions have to hold.
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filters.push(filter);
        self
    }

    /// At most so many rows, those with the lowest ids. 0 is answered without a call.
    #[must_use]
    pub fn limit(mut self, rows: usize) -> Self {
        self.limit = Some(rows);
        self
    }

    /// Asks for these optional fields only (what an entity type always holds comes anyway). It
    /// makes answers smaller over REST; SOAP has nothing like it and sends everything. Over REST what
    /// was not asked for is `None`, as if it were empty.
    #[must_use]
    pub fn fields(mut self, names: &[&str]) -> Self {
        self.fields = Some(names.iter().map(|&name| name.to_owned()).collect());
        self
    }
}

/// A condition.
///
/// It is checked when the query is sent, before anything leaves: a field that the entity does not
/// have or that cannot be queried, a value of another type, an operator that the type does not allow
/// (vendor's help, *QueryXML*, has the table) and, over REST, one that only SOAP has are an error of
/// the class [`Misuse`](crate::Class::Misuse). User-defined fields are not known here.
///
/// ```
/// use autotask::{Filter, status};
///
/// let urgent_or_late = Filter::or(vec![
///     Filter::one_of("priority", [1, 4]),
///     Filter::and(vec![
///         Filter::lt("dueDateTime", jiff::Timestamp::now()),
///         Filter::ne("status", status::COMPLETE),
///     ]),
/// ]);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// A field compared with a value.
    Compare {
        /// REST's name, in any case.
        field: String,
        /// How.
        operator: Operator,
        /// With what. It has to fit the field's type.
        value: Value,
    },
    /// The field has no value.
    IsNull(String),
    /// The field has a value.
    IsNotNull(String),
    /// One of at most [`VALUES_MAX`] values. One of none: no row.
    OneOf {
        /// REST's name, in any case.
        field: String,
        /// In any order; the same value twice counts once.
        values: Vec<Value>,
    },
    /// None of at most [`VALUES_MAX`] values. None of none: every row. A field without a value is
    /// not among the rows, as in SQL.
    NoneOf {
        /// REST's name, in any case.
        field: String,
        /// In any order; the same value twice counts once.
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
    /// The same value.
    Equal,
    /// Another value.
    NotEqual,
    /// Above, or later.
    Greater,
    /// Above or the same.
    GreaterOrEqual,
    /// Below, or earlier.
    Less,
    /// Below or the same.
    LessOrEqual,
    /// A text's beginning.
    BeginsWith,
    /// A text's end.
    EndsWith,
    /// Anywhere in a text.
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
        /// The same value.
        eq => Equal;
        /// Another value.
        ne => NotEqual;
        /// Above, or later. Neither for booleans nor for billing periods, as the next three.
        gt => Greater;
        /// Above or the same.
        gte => GreaterOrEqual;
        /// Below, or earlier.
        lt => Less;
        /// Below or the same.
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

    /// The field has no value.
    pub fn is_null(field: impl Into<String>) -> Self {
        Self::IsNull(field.into())
    }

    /// The field has a value.
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

    /// All of them have to hold; of none: every row.
    pub fn and(filters: Vec<Filter>) -> Self {
        Self::And(filters)
    }

    /// One of them has to hold; of none: no row.
    pub fn or(filters: Vec<Filter>) -> Self {
        Self::Or(filters)
    }
}

/// A value to compare with, or to be written.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A whole number, an id or a picklist value. Fits number fields, and text fields as its digits.
    Integer(i64),
    /// A price or an amount. Has to be finite.
    Number(f64),
    /// Yes or no.
    Boolean(bool),
    /// A text, for text fields only: picklist values are numbers.
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
