//! Filters over rows, as both transports mean them.
//!
//! Texts are compared without regard to case, and a row without a value satisfies nothing but
//! the null tests (both are choices: the vendor's documents do not say).

use std::cmp::Ordering;
use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::value::{Row, Value};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    BeginsWith,
    EndsWith,
    Contains,
    Like,
    NotLike,
    IsNull,
    IsNotNull,
    IsThisDay,
    In,
    NotIn,
}

impl Op {
    pub(crate) fn needs_value(self) -> bool {
        !matches!(self, Op::IsNull | Op::IsNotNull | Op::IsThisDay)
    }
}

/// What "today" is for `IsThisDay`.
#[derive(Debug)]
pub(crate) struct Moment {
    pub today: Date,
    pub zone: TimeZone,
}

#[derive(Debug, Clone)]
pub(crate) struct Test {
    pub field: usize,
    pub op: Op,
    pub values: Vec<Value>,
}

impl Test {
    /// The values a row must have one of, if the test is of that kind.
    pub(crate) fn wanted_values(&self) -> Option<&[Value]> {
        matches!(self.op, Op::Equal | Op::In).then_some(self.values.as_slice())
    }

    fn matches(&self, row: &Row, moment: &Moment) -> bool {
        let Some(value) = row.get(self.field) else {
            return false;
        };
        match self.op {
            Op::IsNull => return value.is_null(),
            Op::IsNotNull => return !value.is_null(),
            Op::Equal
            | Op::NotEqual
            | Op::Greater
            | Op::GreaterOrEqual
            | Op::Less
            | Op::LessOrEqual
            | Op::BeginsWith
            | Op::EndsWith
            | Op::Contains
            | Op::Like
            | Op::NotLike
            | Op::IsThisDay
            | Op::In
            | Op::NotIn => {}
        }
        if value.is_null() {
            return false;
        }
        let first = self.values.first();
        let ordering = || first.and_then(|wanted| compare(value, wanted));
        let texts = || Some((value.text()?.to_lowercase(), first?.text()?.to_lowercase()));
        match self.op {
            Op::Equal => ordering() == Some(Ordering::Equal),
            Op::NotEqual => ordering().is_some_and(Ordering::is_ne),
            Op::Greater => ordering().is_some_and(Ordering::is_gt),
            Op::GreaterOrEqual => ordering().is_some_and(Ordering::is_ge),
            Op::Less => ordering().is_some_and(Ordering::is_lt),
            Op::LessOrEqual => ordering().is_some_and(Ordering::is_le),
            Op::BeginsWith => texts().is_some_and(|(text, part)| text.starts_with(&part)),
            Op::EndsWith => texts().is_some_and(|(text, part)| text.ends_with(&part)),
            Op::Contains => texts().is_some_and(|(text, part)| text.contains(&part)),
            Op::Like => texts().is_some_and(|(text, pattern)| like(&text, &pattern)),
            Op::NotLike => texts().is_some_and(|(text, pattern)| !like(&text, &pattern)),
            Op::IsThisDay => day_of(value, &moment.zone) == Some(moment.today),
            Op::In => self
                .values
                .iter()
                .any(|wanted| compare(value, wanted) == Some(Ordering::Equal)),
            Op::NotIn => self
                .values
                .iter()
                .all(|wanted| compare(value, wanted) != Some(Ordering::Equal)),
            Op::IsNull | Op::IsNotNull => false,
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) enum Filter {
    All,
    Test(Test),
    And(Vec<Filter>),
    Or(Vec<Filter>),
}

impl Filter {
    pub(crate) fn matches(&self, row: &Row, moment: &Moment) -> bool {
        match self {
            Filter::All => true,
            Filter::Test(test) => test.matches(row, moment),
            Filter::And(parts) => parts.iter().all(|part| part.matches(row, moment)),
            Filter::Or(parts) => parts.iter().any(|part| part.matches(row, moment)),
        }
    }

    /// The fields that it reads, by position.
    pub(crate) fn fields(&self, into: &mut BTreeSet<usize>) {
        match self {
            Filter::All => {}
            Filter::Test(test) => {
                into.insert(test.field);
            }
            Filter::And(parts) | Filter::Or(parts) => {
                for part in parts {
                    part.fields(into);
                }
            }
        }
    }

    /// No row below this id can match: `id > last` paging starts there.
    pub(crate) fn lowest_id(&self) -> i64 {
        match self {
            Filter::Test(test) if test.field == 0 => {
                let id = test.values.first().and_then(Value::int).unwrap_or(i64::MIN);
                match test.op {
                    Op::Greater => id.saturating_add(1),
                    Op::GreaterOrEqual => id,
                    Op::Equal
                    | Op::NotEqual
                    | Op::Less
                    | Op::LessOrEqual
                    | Op::BeginsWith
                    | Op::EndsWith
                    | Op::Contains
                    | Op::Like
                    | Op::NotLike
                    | Op::IsNull
                    | Op::IsNotNull
                    | Op::IsThisDay
                    | Op::In
                    | Op::NotIn => i64::MIN,
                }
            }
            Filter::And(parts) => parts
                .iter()
                .map(Filter::lowest_id)
                .max()
                .unwrap_or(i64::MIN),
            Filter::All | Filter::Test(_) | Filter::Or(_) => i64::MIN,
        }
    }

    /// Joins another condition to this one; a chain of the same operator stays flat.
    pub(crate) fn and(self, other: Filter) -> Filter {
        match self {
            Filter::All => other,
            Filter::And(mut parts) => {
                parts.push(other);
                Filter::And(parts)
            }
            Filter::Test(_) | Filter::Or(_) => Filter::And(vec![self, other]),
        }
    }

    /// See [`Filter::and`].
    pub(crate) fn or(self, other: Filter) -> Filter {
        match self {
            Filter::Or(mut parts) => {
                parts.push(other);
                Filter::Or(parts)
            }
            Filter::All | Filter::Test(_) | Filter::And(_) => Filter::Or(vec![self, other]),
        }
    }
}

fn compare(value: &Value, wanted: &Value) -> Option<Ordering> {
    match (value, wanted) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::Time(a), Value::Time(b)) => Some(a.cmp(b)),
        (Value::Date(a), Value::Date(b)) => Some(a.cmp(b)),
        (Value::Text(a), Value::Text(b)) => Some(compare_texts(a, b)),
        (a, b) => a.real()?.partial_cmp(&b.real()?),
    }
}

fn compare_texts(a: &str, b: &str) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    a.chars()
        .flat_map(char::to_lowercase)
        .cmp(b.chars().flat_map(char::to_lowercase))
}

fn day_of(value: &Value, zone: &TimeZone) -> Option<Date> {
    value.date().or_else(|| {
        value
            .time()
            .map(|time| time.to_zoned_datetime(zone.clone()).date())
    })
}

/// SQL's `LIKE` with `%` and `_`, over texts already in lower case.
fn like(text: &str, pattern: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let pattern: Vec<char> = pattern.chars().collect();
    let (mut at, mut in_pattern) = (0, 0);
    let mut last_percent: Option<(usize, usize)> = None;
    while at < text.len() {
        match pattern.get(in_pattern) {
            Some('%') => {
                last_percent = Some((in_pattern, at));
                in_pattern += 1;
            }
            Some(&letter) if letter == '_' || text.get(at) == Some(&letter) => {
                at += 1;
                in_pattern += 1;
            }
            Some(_) | None => match last_percent {
                Some((percent, start)) => {
                    last_percent = Some((percent, start + 1));
                    in_pattern = percent + 1;
                    at = start + 1;
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(in_pattern).all(|letter| *letter == '%')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_knows_percent_and_underscore() {
        let cases = [
            ("contoso", "con%", true),
            ("contoso", "%oso", true),
            ("contoso", "%nto%", true),
            ("contoso", "c_ntoso", true),
            ("contoso", "contos", false),
            ("aab", "%ab", true),
            ("", "%", true),
        ];
        for (text, pattern, expected) in cases {
            assert_eq!(like(text, pattern), expected, "{text} like {pattern}");
        }
    }
}
