//! One Autotask tenant: its rows, picklists and rights, and the rules for writing to it.
//!
//! Both transports call the same functions. A batch is checked and stored row by row inside one
//! transaction; the first refused row undoes the whole batch, but the rest are still checked so
//! that every refusal is reported.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::choices::{Choices, TextLength};
use super::picklists::{Picklists, text_of};
use super::refusal::Refusal;
use super::rights::Rights;
use super::rules;
use super::schema::{Entity, Names};
use super::store::Store;
use super::value::{Row, Value};

/// A row as a client sent it: fields by position, and what could not be read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Draft {
    pub id: Option<i64>,
    pub fields: Vec<(usize, Value)>,
    pub refusals: Vec<Refusal>,
}

/// A refused row, counted from 1, with the reason.
pub(crate) type Refused = (usize, Refusal);

#[derive(Debug)]
pub(crate) struct Tenant {
    pub store: Store,
    pub picklists: Picklists,
    pub choices: Choices,
    /// Who creates rows through the API.
    pub api_resource: i64,
    /// Ticket categories that supply a due date, in days from the creation.
    pub due_days_of_category: BTreeMap<i64, i64>,
    /// What the API user may do and see.
    pub rights: Rights,
    /// Contracts that have been renewed: that can be done once.
    pub renewed: BTreeSet<i64>,
    /// Lines that were adjusted, by line and effective date.
    adjusted: BTreeSet<(i64, Date)>,
    /// Those of the transaction, to be taken back with it.
    adjusted_now: Vec<(i64, Date)>,
    tickets_of_day: HashMap<Date, u32>,
}

impl Tenant {
    pub(crate) fn new() -> Tenant {
        Tenant {
            store: Store::new(),
            picklists: Picklists::usual(),
            choices: Choices::default(),
            api_resource: 0,
            due_days_of_category: BTreeMap::new(),
            rights: Rights::default(),
            renewed: BTreeSet::new(),
            adjusted: BTreeSet::new(),
            adjusted_now: Vec::new(),
            tickets_of_day: HashMap::new(),
        }
    }

    /// Notes that a line is adjusted from a day on. False if it was before.
    pub(crate) fn remember_adjustment(&mut self, line: i64, effective: Date) -> bool {
        let first_time = self.adjusted.insert((line, effective));
        if first_time {
            self.adjusted_now.push((line, effective));
        }
        first_time
    }

    /// Stores rows, all or none, and gives their ids in the same order.
    pub(crate) fn create(
        &mut self,
        entity: Entity,
        drafts: Vec<Draft>,
        now: Timestamp,
    ) -> Result<Vec<i64>, Vec<Refused>> {
        self.all_or_nothing(drafts, |tenant, draft| {
            tenant.create_one(entity, draft, now)
        })
    }

    /// Changes rows, all or none. `replace` clears the writable fields that were not sent.
    pub(crate) fn update(
        &mut self,
        entity: Entity,
        drafts: Vec<Draft>,
        replace: bool,
        now: Timestamp,
    ) -> Result<Vec<i64>, Vec<Refused>> {
        self.all_or_nothing(drafts, |tenant, draft| {
            tenant.update_one(entity, draft, replace, now)
        })
    }

    fn all_or_nothing(
        &mut self,
        drafts: Vec<Draft>,
        mut one: impl FnMut(&mut Tenant, Draft) -> Result<i64, Vec<Refusal>>,
    ) -> Result<Vec<i64>, Vec<Refused>> {
        self.adjusted_now.clear();
        self.store.begin();
        let mut ids = Vec::with_capacity(drafts.len());
        let mut refused = Vec::new();
        for (record, draft) in (1..).zip(drafts) {
            match one(self, draft) {
                Ok(id) => ids.push(id),
                Err(refusals) => {
                    refused.extend(refusals.into_iter().map(|refusal| (record, refusal)))
                }
            }
        }
        if refused.is_empty() {
            self.store.commit();
            Ok(ids)
        } else {
            self.store.roll_back();
            for adjusted in std::mem::take(&mut self.adjusted_now) {
                self.adjusted.remove(&adjusted);
            }
            Err(refused)
        }
    }

    fn create_one(
        &mut self,
        entity: Entity,
        draft: Draft,
        now: Timestamp,
    ) -> Result<i64, Vec<Refusal>> {
        let spec = entity.spec();
        let mut refusals = draft.refusals;
        let mut row: Row = vec![Value::Null; spec.fields.len()];
        for (at, value) in draft.fields {
            let writable = spec.fields.get(at).is_some_and(|field| {
                // Read-only and required means: given once, when the row is made.
                let once = field.required || field.soap == "ContractPeriodType";
                at != 0 && (!field.read_only || once) && !self.is_hidden(entity, field.soap)
            });
            if let (true, Some(place)) = (writable, row.get_mut(at)) {
                *place = value;
            }
        }
        self.fill_defaults(entity, &mut row);
        self.check_fields(entity, &row, None, &refusals.clone(), &mut refusals);
        rules::before_create(self, entity, &mut row, now, &mut refusals);
        if !refusals.is_empty() {
            return Err(refusals);
        }
        rules::store(self, entity, row, now).map_err(|refusal| vec![refusal])
    }

    fn update_one(
        &mut self,
        entity: Entity,
        draft: Draft,
        replace: bool,
        now: Timestamp,
    ) -> Result<i64, Vec<Refusal>> {
        let spec = entity.spec();
        let id = draft.id.unwrap_or(0);
        let before = self.store.get(entity, id).map(Cow::into_owned);
        let Some(before) = before.filter(|row| self.sees(entity, row)) else {
            return Err(vec![Refusal::NothingToUpdate]);
        };
        let mut refusals = draft.refusals;
        let mut row = before.clone();
        if replace {
            for (place, field) in row.iter_mut().zip(spec.fields) {
                let kept = field.read_only
                    || kept_when_left_out(field.soap)
                    || self.is_hidden(entity, field.soap);
                if !kept {
                    *place = Value::Null;
                }
            }
        }
        for (at, value) in draft.fields {
            let writable = spec.fields.get(at).is_some_and(|field| {
                !field.read_only
                    && field.soap != "TicketNumber"
                    && !self.is_hidden(entity, field.soap)
            });
            if let (true, Some(place)) = (writable, row.get_mut(at)) {
                *place = value;
            }
        }
        self.check_fields(
            entity,
            &row,
            Some(&before),
            &refusals.clone(),
            &mut refusals,
        );
        rules::before_update(self, entity, &before, &mut row, now, &mut refusals);
        if !refusals.is_empty() {
            return Err(refusals);
        }
        let changes = row.into_iter().enumerate().collect();
        self.store.change(entity, id, changes);
        rules::after_update(self, entity, id, &before);
        Ok(id)
    }

    /// A field that the tenant's forms hide: what is sent for it is ignored.
    fn is_hidden(&self, entity: Entity, field: &str) -> bool {
        self.choices.external_id_hidden && entity == Entity::Ticket && field == "ExternalID"
    }

    fn fill_defaults(&self, entity: Entity, row: &mut Row) {
        for (at, field) in entity.spec().fields.iter().enumerate() {
            // A client must name what it is required to name; the rest has the tenant's default.
            if !field.picklist || field.required || row.get(at).is_none_or(|value| !value.is_null())
            {
                continue;
            }
            let Some(default) = self.picklists.default_of(entity, at) else {
                continue;
            };
            let value = if field.kind.is_text() {
                Value::from(default.id.as_str())
            } else {
                default.id.parse::<i64>().map_or(Value::Null, Value::Int)
            };
            if let Some(place) = row.get_mut(at) {
                *place = value;
            }
        }
        if let Some(at) = ["Active", "IsActive"]
            .iter()
            .find_map(|name| entity.spec().position(name, Names::Soap))
            && let Some(place) = row.get_mut(at).filter(|place| place.is_null())
        {
            *place = Value::Bool(true);
        }
    }

    /// Required fields, references, picklists and lengths. A field that could not be read has
    /// its refusal already; one that did not change is not checked again.
    fn check_fields(
        &self,
        entity: Entity,
        row: &Row,
        before: Option<&Row>,
        unread: &[Refusal],
        refusals: &mut Vec<Refusal>,
    ) {
        let spec = entity.spec();
        for (at, (field, value)) in spec.fields.iter().zip(row).enumerate() {
            if at == 0
                || before
                    .and_then(|before| before.get(at))
                    .is_some_and(|old| old == value && !value.is_null())
            {
                continue;
            }
            let is_unread = unread.iter().any(|refusal| {
                matches!(refusal, Refusal::NotNumeric(field) | Refusal::NotBoolean(field)
                    | Refusal::NotADate(field) | Refusal::TimeDoesNotExist(field) if *field == at)
            });
            if is_unread {
                continue;
            }
            if value.is_null() {
                if field.required {
                    refusals.push(Refusal::MissingField(at));
                }
                continue;
            }
            if let Value::Text(text) = value
                && field.kind.length() > 0
                && self.length(text) > field.kind.length()
            {
                refusals.push(Refusal::TooLong(at, field.kind.length()));
            }
            if field.picklist {
                let parent = match field.picklist_parent {
                    "" => None,
                    parent => spec
                        .position(parent, Names::Soap)
                        .and_then(|at| row.get(at)),
                };
                let has_list = !self.picklists.values(entity, at).is_empty();
                // An optional picklist the tenant has no values for takes none.
                if !self.picklists.allows(entity, at, value, parent)
                    && (has_list || !field.read_only)
                {
                    refusals.push(Refusal::PicklistValue(at, text_of(value)));
                }
            }
            if !field.reference.is_empty() {
                let exists = Entity::by_soap_name(field.reference)
                    .zip(value.int())
                    .is_some_and(|(target, id)| self.sees_id(target, id));
                if !exists {
                    refusals.push(if field.required {
                        Refusal::MissingReference(at)
                    } else {
                        Refusal::BadReference(at)
                    });
                }
            }
        }
    }

    fn length(&self, text: &str) -> usize {
        match self.choices.text_length_in {
            TextLength::Utf16Units => text.encode_utf16().count(),
            TextLength::Characters => text.chars().count(),
        }
    }

    /// `T20261123.0001`: a day and a number within it.
    pub(crate) fn next_ticket_number(&mut self, now: Timestamp) -> String {
        let day = now.to_zoned_datetime(TimeZone::UTC).date();
        let number = self.tickets_of_day.entry(day).or_insert(0);
        *number += 1;
        format!(
            "T{:04}{:02}{:02}.{number:04}",
            day.year(),
            day.month(),
            day.day()
        )
    }

    /// The value of a field, by SOAP name; null if there is none.
    pub(crate) fn value<'row>(entity: Entity, row: &'row Row, field: &str) -> &'row Value {
        entity
            .spec()
            .position(field, Names::Soap)
            .and_then(|at| row.get(at))
            .unwrap_or(&Value::Null)
    }

    /// A row from SOAP names and values.
    pub(crate) fn row(entity: Entity, values: Vec<(&str, Value)>) -> Row {
        let mut row: Row = vec![Value::Null; entity.spec().fields.len()];
        for (name, value) in values {
            set(entity, &mut row, name, value);
        }
        row
    }
}

/// Sets a field of a row by SOAP name.
pub(crate) fn set(entity: Entity, row: &mut Row, field: &str, value: Value) {
    if let Some(place) = entity
        .spec()
        .position(field, Names::Soap)
        .and_then(|at| row.get_mut(at))
    {
        *place = value;
    }
}

/// Fields the system fills in, which a replacing update that leaves them out does not clear.
fn kept_when_left_out(field: &str) -> bool {
    matches!(field, "TicketNumber" | "TicketCategory" | "TicketType")
}
