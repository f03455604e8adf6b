//! A query that has been checked against the entity's fields: what both transports send.

use std::collections::{BTreeMap, HashSet};

use super::{Filter, Operator, Query, VALUES_MAX, Value};
use crate::Error;
use crate::entity::{Data, EntityKind, FieldShape, Need};

/// A checked query.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub kind: EntityKind,
    pub rows: Rows,
    pub limit: Option<usize>,
    /// What is read of each row; `id` is among it.
    pub fields: Vec<&'static FieldShape>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Rows {
    Every,
    /// Nothing can match: not worth a call.
    None,
    Where(Condition),
}

/// A condition with its fields found and its values in the fields' types.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Condition {
    Compare(&'static FieldShape, Operator, Value),
    IsNull(&'static FieldShape),
    IsNotNull(&'static FieldShape),
    /// Two values at least.
    OneOf(&'static FieldShape, Vec<Value>),
    /// Two values at least.
    NoneOf(&'static FieldShape, Vec<Value>),
    IsThisDay(&'static FieldShape),
    /// Two conditions at least.
    All(Vec<Condition>),
    /// Two conditions at least.
    Any(Vec<Condition>),
}

impl Plan {
    pub(crate) fn new(kind: EntityKind, query: &Query) -> Result<Self, Error> {
        let mut rows = Rows::Every;
        for filter in &query.filters {
            rows = both(rows, check(kind, filter)?);
        }
        if query.limit == Some(0) {
            rows = Rows::None;
        }
        if let Rows::Where(condition) = &rows
            && alternatives(condition) > VALUES_MAX
        {
            return Err(Error::query(format!(
                "a query for {} with more than {VALUES_MAX} alternatives",
                kind.words()
            )));
        }
        Ok(Self {
            kind,
            rows,
            limit: query.limit,
            fields: fields(kind, query.fields.as_deref())?,
        })
    }

    /// The same query for the rows after `id`: how pages follow one another.
    pub(crate) fn after(&self, id: i64) -> Self {
        let shape = self.fields.iter().find(|field| field.rest == "id");
        let rows = match shape {
            Some(field) => both(
                self.rows.clone(),
                Rows::Where(Condition::Compare(
                    field,
                    Operator::Greater,
                    Value::Integer(id),
                )),
            ),
            None => self.rows.clone(),
        };
        Self {
            rows,
            ..self.clone()
        }
    }
}

fn both(left: Rows, right: Rows) -> Rows {
    match (left, right) {
        (Rows::None, _) | (_, Rows::None) => Rows::None,
        (Rows::Every, rows) | (rows, Rows::Every) => rows,
        (Rows::Where(left), Rows::Where(right)) => {
            let mut all = match left {
                Condition::All(all) => all,
                one @ (Condition::Compare(..)
                | Condition::IsNull(_)
                | Condition::IsNotNull(_)
                | Condition::OneOf(..)
                | Condition::NoneOf(..)
                | Condition::IsThisDay(_)
                | Condition::Any(_)) => vec![one],
            };
            all.push(right);
            Rows::Where(Condition::All(all))
        }
    }
}

fn either(left: Rows, right: Rows) -> Rows {
    match (left, right) {
        (Rows::Every, _) | (_, Rows::Every) => Rows::Every,
        (Rows::None, rows) | (rows, Rows::None) => rows,
        (Rows::Where(left), Rows::Where(right)) => {
            let mut any = match left {
                Condition::Any(any) => any,
                one @ (Condition::Compare(..)
                | Condition::IsNull(_)
                | Condition::IsNotNull(_)
                | Condition::OneOf(..)
                | Condition::NoneOf(..)
                | Condition::IsThisDay(_)
                | Condition::All(_)) => vec![one],
            };
            any.push(right);
            Rows::Where(Condition::Any(any))
        }
    }
}

fn check(kind: EntityKind, filter: &Filter) -> Result<Rows, Error> {
    let condition = match filter {
        Filter::Compare {
            field,
            operator,
            value,
        } => {
            let field = queryable(kind, field)?;
            comparable(kind, field, *operator)?;
            Condition::Compare(field, *operator, fitting(kind, field, value)?)
        }
        Filter::IsNull(field) => Condition::IsNull(queryable(kind, field)?),
        Filter::IsNotNull(field) => Condition::IsNotNull(queryable(kind, field)?),
        Filter::OneOf { field, values } => {
            let field = queryable(kind, field)?;
            match several(kind, field, values)? {
                Several::None => return Ok(Rows::None),
                Several::One(only) => Condition::Compare(field, Operator::Equal, only),
                Several::Many(values) => Condition::OneOf(field, values),
            }
        }
        Filter::NoneOf { field, values } => {
            let field = queryable(kind, field)?;
            match several(kind, field, values)? {
                Several::None => return Ok(Rows::Every),
                Several::One(only) => Condition::Compare(field, Operator::NotEqual, only),
                Several::Many(values) if values.len() > VALUES_MAX => {
                    return Err(Error::query(format!(
                        "a query for {} without more than {VALUES_MAX} values",
                        kind.words()
                    )));
                }
                Several::Many(values) => Condition::NoneOf(field, values),
            }
        }
        Filter::IsThisDay(field) => {
            let field = queryable(kind, field)?;
            if !matches!(field.data, Data::Moment | Data::Date) {
                return Err(cannot_be_compared(kind, field));
            }
            Condition::IsThisDay(field)
        }
        Filter::And(filters) => {
            let mut rows = Rows::Every;
            for filter in filters {
                rows = both(rows, check(kind, filter)?);
            }
            return Ok(rows);
        }
        Filter::Or(filters) => {
            let mut rows = Rows::None;
            for filter in filters {
                rows = either(rows, check(kind, filter)?);
            }
            return Ok(rows);
        }
    };
    Ok(Rows::Where(condition))
}

/// The different values of a list.
enum Several {
    None,
    One(Value),
    Many(Vec<Value>),
}

fn several(kind: EntityKind, field: &FieldShape, values: &[Value]) -> Result<Several, Error> {
    let mut fitted: Vec<Value> = Vec::with_capacity(values.len());
    let mut seen = HashSet::with_capacity(values.len());
    for value in values {
        let value = fitting(kind, field, value)?;
        if seen.insert(format!("{value:?}")) {
            fitted.push(value);
        }
    }
    Ok(match (fitted.pop(), fitted.is_empty()) {
        (None, _) => Several::None,
        (Some(only), true) => Several::One(only),
        (Some(last), false) => {
            fitted.push(last);
            Several::Many(fitted)
        }
    })
}

fn known(kind: EntityKind, name: &str) -> Result<&'static FieldShape, Error> {
    kind.shape()
        .field(name)
        .ok_or_else(|| Error::query(format!("{} have no field \"{name}\"", kind.words())))
}

fn queryable(kind: EntityKind, name: &str) -> Result<&'static FieldShape, Error> {
    let field = known(kind, name)?;
    if !field.queryable {
        return Err(Error::query(format!(
            "{} cannot be queried by \"{name}\"",
            kind.words()
        )));
    }
    Ok(field)
}

/// Autotask's table of what can be compared how.
fn comparable(kind: EntityKind, field: &FieldShape, operator: Operator) -> Result<(), Error> {
    let fits = match operator {
        Operator::Equal | Operator::NotEqual => true,
        Operator::Greater | Operator::GreaterOrEqual | Operator::Less | Operator::LessOrEqual => {
            !matches!(field.data, Data::Boolean | Data::Period)
        }
        Operator::BeginsWith
        | Operator::EndsWith
        | Operator::Contains
        | Operator::Like
        | Operator::NotLike => field.data.is_text(),
    };
    if fits {
        Ok(())
    } else {
        Err(cannot_be_compared(kind, field))
    }
}

fn cannot_be_compared(kind: EntityKind, field: &FieldShape) -> Error {
    Error::query(format!(
        "the field \"{}\" of {} cannot be compared in that way",
        field.rest,
        kind.words()
    ))
}

fn fitting(kind: EntityKind, field: &FieldShape, value: &Value) -> Result<Value, Error> {
    value.fitting(field).ok_or_else(|| {
        Error::query(format!(
            "the field \"{}\" of {} cannot be compared with {value:?}",
            field.rest,
            kind.words()
        ))
    })
}

/// What Autotask counts as *or* conditions.
fn alternatives(condition: &Condition) -> usize {
    match condition {
        Condition::Compare(..)
        | Condition::IsNull(_)
        | Condition::IsNotNull(_)
        | Condition::NoneOf(..)
        | Condition::IsThisDay(_) => 0,
        Condition::OneOf(_, values) => values.len(),
        Condition::All(all) => all.iter().map(alternatives).sum(),
        Condition::Any(any) => any
            .iter()
            .map(|condition| alternatives(condition).max(1))
            .sum(),
    }
}

fn fields(kind: EntityKind, asked: Option<&[String]>) -> Result<Vec<&'static FieldShape>, Error> {
    let mut chosen = BTreeMap::new();
    for name in asked.unwrap_or_default() {
        let field = known(kind, name)?;
        chosen.insert(field.rest, field);
    }
    Ok(kind
        .shape()
        .fields
        .iter()
        .filter(|field| match field.need {
            Need::Always => true,
            Need::Asked => asked.is_none() || chosen.contains_key(field.rest),
            Need::Unread => false,
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(filter: Filter) -> Result<Plan, Error> {
        Plan::new(EntityKind::Ticket, &Query::new().filter(filter))
    }

    #[test]
    fn what_autotask_would_drop_or_refuse_is_refused_before_it_is_sent() {
        let now = jiff::Timestamp::UNIX_EPOCH;
        for filter in [
            Filter::eq("colour", 1),
            Filter::eq("status", "New"),
            Filter::contains("status", "1"),
            Filter::eq("createDate", jiff::civil::date(2026, 1, 1)),
            Filter::eq("title", now),
            Filter::eq("ticketNumber", true),
            Filter::like("status", "1%"),
            Filter::is_this_day("title"),
            Filter::none_of("id", 0..=500_i64),
            Filter::one_of("id", 0..=500_i64),
            Filter::or((0..501).map(|n| Filter::eq("priority", n)).collect()),
            Filter::and(vec![
                Filter::one_of("id", 0..300_i64),
                Filter::one_of("companyID", 0..300_i64),
            ]),
            Filter::or(vec![Filter::eq("id", 1), Filter::eq("colour", 1)]),
        ] {
            let error = plan(filter.clone()).expect_err(&format!("{filter:?}"));
            assert_eq!(error.code(), "query");
            assert_eq!(error.class(), crate::Class::Misuse);
        }
    }

    #[test]
    fn what_cannot_match_is_not_asked_for() {
        let none = || Filter::one_of("id", Vec::<i64>::new());
        let some = || Filter::eq("id", 1);
        for (filter, expected) in [
            (none(), true),
            (Filter::or(vec![]), true),
            (Filter::and(vec![some(), none()]), true),
            (Filter::or(vec![some(), none()]), false),
            (Filter::and(vec![]), false),
            (Filter::none_of("id", Vec::<i64>::new()), false),
        ] {
            let rows = plan(filter.clone()).unwrap().rows;
            assert_eq!(rows == Rows::None, expected, "{filter:?}");
        }
        let limited = Plan::new(EntityKind::Ticket, &Query::new().limit(0)).unwrap();
        assert_eq!(limited.rows, Rows::None);
    }

    #[test]
    fn five_hundred_values_are_allowed_and_doubles_do_not_count() {
        assert!(
            plan(Filter::one_of(
                "externalID",
                (0..500).map(|n| n.to_string())
            ))
            .is_ok()
        );
        let doubled = Filter::one_of("id", (0..500_i64).chain(0..500));
        assert!(plan(doubled).is_ok());
    }

    #[test]
    fn asked_fields_come_with_those_that_the_type_needs() {
        let query = Query::new().fields(&["ExternalID"]);
        let plan = Plan::new(EntityKind::Ticket, &query).unwrap();
        let names: Vec<_> = plan.fields.iter().map(|field| field.rest).collect();
        assert_eq!(
            names,
            [
                "id",
                "companyID",
                "priority",
                "status",
                "ticketNumber",
                "title",
                "externalID"
            ]
        );
    }
}
