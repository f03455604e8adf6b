//! Rows to be written: values for fields, checked against the entity's table before anything is
//! sent.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::shape::{Data, FieldShape, Writable};
use super::{EntityKind, Shape};
use crate::query::Value;
use crate::{Error, text};

/// Something that can be made in Autotask.
///
/// [`NewTicket`](crate::NewTicket), [`NewTicketNote`](crate::NewTicketNote) and
/// [`NewContractServiceAdjustment`](crate::NewContractServiceAdjustment) know their fields; a
/// [`Draft`] takes any field of any entity. A type of your own only has to say what it means:
///
/// ```
/// use autotask::{Draft, EntityKind, New};
///
/// struct Customer {
///     name: String,
///     phone: String,
/// }
///
/// impl New for Customer {
///     fn draft(&self) -> Draft {
///         Draft::new(EntityKind::Company)
///             .set("companyName", self.name.as_str())
///             .set("phone", self.phone.as_str())
///             .set("companyType", 1)
///             .set("ownerResourceID", 29_682_885)
///     }
/// }
/// ```
pub trait New {
    /// Its fields and their values.
    fn draft(&self) -> Draft;
}

/// Values for the fields of a row that is to be made or changed, under REST's names in any case.
///
/// Texts are made fit: what XML 1.0 forbids is replaced, what is too long is cut and marked (see
/// [`text`]). A field that the entity does not have or that Autotask sets itself, a value of
/// another type and a key that would have to be cut are an error of the class
/// [`Misuse`](crate::Class::Misuse), and nothing is sent.
///
/// ```
/// use autotask::{Draft, EntityKind};
///
/// let contract = Draft::new(EntityKind::Contract)
///     .set("companyID", 29_683_501)
///     .set("contractName", "Cloud Backup")
///     .set("contractType", autotask::Contract::RECURRING_SERVICE)
///     .set("status", autotask::Contract::ACTIVE)
///     .set("startDate", jiff::civil::date(2026, 12, 1))
///     .set("endDate", jiff::civil::date(2029, 11, 30))
///     .set("timeReportingRequiresStartAndStopTimes", 0);
/// let reopened = Draft::new(EntityKind::Ticket).set("status", 1).clear("resolution");
/// ```
///
/// User-defined fields are not known here.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    kind: EntityKind,
    fields: Vec<(Cow<'static, str>, Option<Value>)>,
}

impl Draft {
    /// Without any field.
    pub fn new(kind: EntityKind) -> Self {
        Self {
            kind,
            fields: Vec::new(),
        }
    }

    /// The field gets this value. The last of several counts.
    #[must_use]
    pub fn set(self, field: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        self.with(field.into(), Some(value.into()))
    }

    /// Leaves the field alone where there is no value.
    #[must_use]
    pub fn set_if_any(
        self,
        field: impl Into<Cow<'static, str>>,
        value: Option<impl Into<Value>>,
    ) -> Self {
        match value {
            Some(value) => self.set(field, value),
            None => self,
        }
    }

    /// A change empties the field. A new row's field is empty anyway.
    #[must_use]
    pub fn clear(self, field: impl Into<Cow<'static, str>>) -> Self {
        self.with(field.into(), None)
    }

    fn with(mut self, field: Cow<'static, str>, value: Option<Value>) -> Self {
        self.fields.push((field, value));
        self
    }

    /// What it is a row of.
    pub fn kind(&self) -> EntityKind {
        self.kind
    }

    /// As it is sent. `Err` names the field that cannot be.
    pub(crate) fn checked(&self, writing: Writing) -> Result<Checked, Error> {
        let shape = self.kind.shape();
        let mut fields = BTreeMap::new();
        for (name, value) in &self.fields {
            let wrong =
                |why: String| Error::query(format!("a field of {}: {why}", self.kind.words()));
            let at = shape
                .position(name)
                .ok_or_else(|| wrong(format!("there is no \"{name}\"")))?;
            let Some(field) = shape.fields.get(at) else {
                continue;
            };
            let may = match (field.writable, writing) {
                (Writable::Always, _) | (Writable::Once, Writing::Create) => true,
                (Writable::Once, Writing::Update) | (Writable::Never, _) => false,
            };
            if !may {
                return Err(wrong(format!("\"{name}\" cannot be written")));
            }
            let value = match value {
                Some(value) => Some(fit(field, value).map_err(wrong)?),
                None => None,
            };
            fields.insert(at, value);
        }
        Ok(Checked {
            kind: self.kind,
            fields: fields
                .into_iter()
                .filter_map(|(at, value)| Some((shape.fields.get(at)?, value)))
                .filter(|(_, value)| value.is_some() || writing == Writing::Update)
                .collect(),
        })
    }
}

impl New for Draft {
    fn draft(&self) -> Draft {
        self.clone()
    }
}

impl<N: New> New for &N {
    fn draft(&self) -> Draft {
        (*self).draft()
    }
}

/// What a draft is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writing {
    Create,
    Update,
}

/// A draft whose fields are known, may be written and have values of their types.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Checked {
    pub kind: EntityKind,
    /// In the table's order. `None` empties the field; a new row has no such.
    pub fields: Vec<(&'static FieldShape, Option<Value>)>,
}

impl Checked {
    pub(crate) fn shape(&self) -> &'static Shape {
        self.kind.shape()
    }

    /// The value of a field, by REST name.
    pub(crate) fn value(&self, rest: &str) -> Option<&Value> {
        self.fields
            .iter()
            .find(|(field, _)| field.rest == rest)
            .and_then(|(_, value)| value.as_ref())
    }

    /// What tells this row from others: its key, or else its title or name.
    pub(crate) fn recognised_by(&self) -> impl Iterator<Item = (&'static FieldShape, &str)> {
        let of = |wanted: fn(Data) -> bool| {
            self.fields
                .iter()
                .filter_map(move |(field, value)| match (wanted(field.data), value) {
                    (true, Some(Value::Text(text))) => Some((*field, text.as_str())),
                    _ => None,
                })
        };
        of(|data| matches!(data, Data::Key(_))).chain(of(|data| matches!(data, Data::Line(_))))
    }
}

/// The value as the field takes it, or why it does not.
fn fit(field: &FieldShape, value: &Value) -> Result<Value, String> {
    let fitting = value
        .fitting(field)
        .ok_or_else(|| format!("\"{}\" cannot hold {value:?}", field.rest))?;
    let Value::Text(given) = &fitting else {
        return Ok(fitting);
    };
    match field.data {
        Data::Line(max) => Ok(Value::Text(
            text::cut(&text::single_line(given), max).into_owned(),
        )),
        Data::Text(max) => Ok(Value::Text(
            text::cut(&text::clean(given), max).into_owned(),
        )),
        Data::Key(max) if text::length(given) > max || text::clean(given) != *given => {
            Err(format!(
                "the key \"{}\" is longer than {max} characters or holds control characters",
                text::cut(&text::single_line(given), 2 * max)
            ))
        }
        Data::Key(_)
        | Data::Integer
        | Data::Number
        | Data::Boolean
        | Data::Moment
        | Data::Date
        | Data::Period => Ok(fitting),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Class, Period};

    fn ticket() -> Draft {
        Draft::new(EntityKind::Ticket)
    }

    #[test]
    fn what_autotask_would_refuse_or_ignore_is_an_error_before_it_is_sent() {
        let contract = || Draft::new(EntityKind::Contract);
        for (draft, writing) in [
            (ticket().set("colour", 1), Writing::Create),
            (ticket().set("", 1), Writing::Create),
            (ticket().set("id", 1), Writing::Create),
            (ticket().set("createDate", 1), Writing::Create),
            (ticket().clear("createDate"), Writing::Update),
            (ticket().set("status", "New"), Writing::Create),
            (ticket().set("estimatedHours", f64::NAN), Writing::Create),
            (
                ticket().set("dueDateTime", jiff::civil::date(2026, 12, 1)),
                Writing::Create,
            ),
            (ticket().set("externalID", "k".repeat(51)), Writing::Create),
            (ticket().set("externalID", "k\u{1}"), Writing::Create),
            (contract().set("companyID", 7), Writing::Update),
            (contract().set("contractPeriodType", "m"), Writing::Create),
        ] {
            let error = draft.checked(writing).unwrap_err();
            assert_eq!(
                (error.code(), error.class()),
                ("query", Class::Misuse),
                "{draft:?}"
            );
        }
        let once = contract()
            .set("companyID", 7)
            .set("contractPeriodType", Period::Monthly);
        assert!(once.checked(Writing::Create).is_ok());
    }

    #[test]
    fn fields_come_in_the_tables_order_each_once_and_empty_ones_only_in_a_change() {
        let draft = ticket()
            .set("Title", "a")
            .set("companyid", 1)
            .set("title", "b")
            .clear("resolution");
        let fields = |writing| {
            let checked = draft.checked(writing).unwrap();
            checked
                .fields
                .iter()
                .map(|(field, value)| (field.rest, value.clone()))
                .collect::<Vec<_>>()
        };
        let company = ("companyID", Some(Value::Integer(1)));
        let title = ("title", Some(Value::Text("b".to_owned())));
        assert_eq!(fields(Writing::Create), [company.clone(), title.clone()]);
        assert_eq!(
            fields(Writing::Update),
            [company, title, ("resolution", None)]
        );
    }

    #[test]
    fn texts_are_made_fit() {
        let draft = ticket()
            .set("title", " a\r\nb\u{1} ")
            .set("description", "x".repeat(9000))
            .set("resolution", " a\r\nb\u{1} ");
        let checked = draft.checked(Writing::Create).unwrap();
        assert_eq!(checked.value("title"), Some(&Value::from("a b\u{fffd}")));
        assert_eq!(
            checked.value("resolution"),
            Some(&Value::from(" a\nb\u{fffd} "))
        );
        let Some(Value::Text(description)) = checked.value("description") else {
            panic!("{checked:?}");
        };
        assert_eq!(text::length(description), crate::DESCRIPTION_MAX);
        assert!(description.ends_with(text::CUT_MARK));
    }
}
