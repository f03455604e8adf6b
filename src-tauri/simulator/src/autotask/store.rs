//! The rows of the simulated tenant: tables by id, with indexes for the fields that are looked up.
//!
//! A transaction keeps what is needed to undo it, since a batch is stored whole or not at all.
//! Units of service lines have a table of their own, [`Units`]; to whoever reads they are rows
//! like all others.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::query::{Filter, Moment};
use super::schema::{Entity, Names};
use super::table::{Candidates, Table, candidates};
use super::units::{Period, Units, empty_row};
use super::value::{Key, Row, Value};

/// Where ids of an entity begin; the tenant's own company is the one row with id 0.
fn first_id(entity: Entity) -> i64 {
    match entity {
        Entity::Ticket => 10_001,
        Entity::TicketNote => 29_700_001,
        Entity::TicketCategory => 1,
        Entity::Company => 29_683_501,
        Entity::Contract => 29_685_001,
        Entity::ContractService => 29_686_001,
        Entity::ContractServiceUnit | Entity::ContractServiceAdjustment => 1,
        Entity::Service => 29_682_901,
        Entity::BillingCode => 29_682_801,
        Entity::Resource => 29_682_885,
        Entity::Role => 29_682_834,
        Entity::ResourceRole => 29_682_701,
    }
}

/// The fields that have an index, by SOAP name.
fn indexed(entity: Entity) -> &'static [&'static str] {
    match entity {
        Entity::Ticket => &["ExternalID", "TicketNumber", "AccountID"],
        Entity::TicketNote => &["TicketID"],
        Entity::Company => &["AccountName"],
        Entity::Contract => &["AccountID"],
        Entity::ContractService => &["ContractID"],
        Entity::ContractServiceUnit
        | Entity::TicketCategory
        | Entity::ContractServiceAdjustment
        | Entity::Service
        | Entity::BillingCode
        | Entity::Resource
        | Entity::Role
        | Entity::ResourceRole => &[],
    }
}

/// How to take back one change: what there was before, or none if there was nothing.
#[derive(Debug)]
enum Undo {
    Row {
        entity: Entity,
        id: i64,
        before: Option<Row>,
    },
    Period {
        id: i64,
        before: Option<Period>,
    },
}

#[derive(Debug)]
pub(crate) struct Store {
    tables: BTreeMap<Entity, Table>,
    units: Units,
    undo: Option<Vec<Undo>>,
}

impl Store {
    pub(crate) fn new() -> Store {
        let tables = Entity::ALL.into_iter().map(|entity| {
            let positions = indexed(entity)
                .iter()
                .filter_map(|name| entity.spec().position(name, Names::Soap));
            let indexes = positions
                .map(|position| (position, HashMap::new()))
                .collect();
            (
                entity,
                Table {
                    rows: BTreeMap::new(),
                    next_id: first_id(entity),
                    indexes,
                },
            )
        });
        Store {
            tables: tables.collect(),
            units: Units::default(),
            undo: None,
        }
    }

    /// The units of service lines, to be read; they are changed by [`Store::put_period`].
    pub(crate) fn units(&self) -> &Units {
        &self.units
    }

    /// Makes a service line known to the units.
    pub(crate) fn add_line_of_units(
        &mut self,
        line: i64,
        contract: i64,
        service: i64,
        vendor: Option<i64>,
    ) {
        self.units.add_line(line, contract, service, vendor);
    }

    /// Changes a period, or takes it away with none.
    pub(crate) fn put_period(&mut self, id: i64, period: Option<Period>) {
        let before = self.units.put(id, period);
        if let Some(undo) = &mut self.undo {
            undo.push(Undo::Period { id, before });
        }
    }

    pub(crate) fn add_period(&mut self, period: Period) {
        self.put_period(self.units.next_id(), Some(period));
    }

    /// From now on changes can be taken back.
    pub(crate) fn begin(&mut self) {
        self.undo = Some(Vec::new());
    }

    pub(crate) fn commit(&mut self) {
        self.undo = None;
    }

    pub(crate) fn roll_back(&mut self) {
        for undo in self.undo.take().unwrap_or_default().into_iter().rev() {
            match undo {
                Undo::Row {
                    entity,
                    id,
                    before: Some(row),
                } => {
                    self.put(entity, id, row);
                }
                Undo::Row {
                    entity,
                    id,
                    before: None,
                } => {
                    self.take(entity, id);
                }
                Undo::Period { id, before } => {
                    self.units.put(id, before);
                }
            }
        }
    }

    /// Stores a new row under the next id and says which.
    pub(crate) fn insert(&mut self, entity: Entity, mut row: Row) -> i64 {
        let Some(table) = self.tables.get_mut(&entity) else {
            return 0;
        };
        let id = table.next_id;
        table.next_id += 1;
        if let Some(first) = row.first_mut() {
            *first = Value::Int(id);
        }
        self.put_remembering(entity, id, row);
        id
    }

    /// Stores a row under the id that it carries.
    pub(crate) fn insert_as(&mut self, entity: Entity, id: i64, mut row: Row) {
        if let Some(first) = row.first_mut() {
            *first = Value::Int(id);
        }
        if let Some(table) = self.tables.get_mut(&entity) {
            table.next_id = table.next_id.max(id.saturating_add(1));
        }
        self.put_remembering(entity, id, row);
    }

    pub(crate) fn get(&self, entity: Entity, id: i64) -> Option<Cow<'_, Row>> {
        if entity == Entity::ContractServiceUnit {
            return self.units.row(id).map(Cow::Owned);
        }
        self.tables.get(&entity)?.rows.get(&id).map(Cow::Borrowed)
    }

    /// Sets fields of a row, by position. False if there is no such row.
    pub(crate) fn change(&mut self, entity: Entity, id: i64, changes: Vec<(usize, Value)>) -> bool {
        let Some(mut row) = self.get(entity, id).map(Cow::into_owned) else {
            return false;
        };
        for (field, value) in changes {
            if let Some(place) = row.get_mut(field) {
                *place = value;
            }
        }
        self.put_remembering(entity, id, row);
        true
    }

    /// Takes a row away. False if there is no such row.
    pub(crate) fn remove(&mut self, entity: Entity, id: i64) -> bool {
        let before = self.take(entity, id);
        let known = before.is_some();
        if let (true, Some(undo)) = (known, &mut self.undo) {
            undo.push(Undo::Row { entity, id, before });
        }
        known
    }

    /// All rows of an entity, by id.
    pub(crate) fn rows(&self, entity: Entity) -> Box<dyn Iterator<Item = Cow<'_, Row>> + '_> {
        if entity == Entity::ContractServiceUnit {
            let ids = self.units.ids_from(i64::MIN);
            return Box::new(ids.filter_map(|id| self.units.row(id).map(Cow::Owned)));
        }
        let table = self.tables.get(&entity).into_iter();
        Box::new(table.flat_map(|table| table.rows.values().map(Cow::Borrowed)))
    }

    pub(crate) fn len(&self, entity: Entity) -> usize {
        if entity == Entity::ContractServiceUnit {
            return self.units.len();
        }
        self.tables.get(&entity).map_or(0, |table| table.rows.len())
    }

    /// The rows that a filter lets through and whose id is above `after`, ascending by id.
    pub(crate) fn select<'a>(
        &'a self,
        entity: Entity,
        filter: &'a Filter,
        after: i64,
        moment: &'a Moment,
    ) -> Box<dyn Iterator<Item = Cow<'a, Row>> + 'a> {
        let from = after.saturating_add(1);
        if entity == Entity::ContractServiceUnit {
            return self.select_units(filter, from, moment);
        }
        let Some(table) = self.tables.get(&entity) else {
            return Box::new(std::iter::empty());
        };
        match candidates(filter, &|field, values| table.look_up(field, values)) {
            Some(Candidates { ids, exact }) => Box::new(
                ids.into_iter()
                    .filter(move |id| *id >= from)
                    .filter_map(|id| table.rows.get(&id))
                    .filter(move |row| exact || filter.matches(row, moment))
                    .map(Cow::Borrowed),
            ),
            None => {
                let from = from.max(filter.lowest_id());
                Box::new(
                    table
                        .rows
                        .range(from..)
                        .map(|(_, row)| row)
                        .filter(move |row| filter.matches(row, moment))
                        .map(Cow::Borrowed),
                )
            }
        }
    }

    fn select_units<'a>(
        &'a self,
        filter: &'a Filter,
        from: i64,
        moment: &'a Moment,
    ) -> Box<dyn Iterator<Item = Cow<'a, Row>> + 'a> {
        let known = candidates(filter, &|field, values| self.units.look_up(field, values));
        let ids: Box<dyn Iterator<Item = i64>> = match known {
            Some(known) => Box::new(known.ids.into_iter().filter(move |id| *id >= from)),
            None => Box::new(self.units.ids_from(from.max(filter.lowest_id()))),
        };
        let mut fields = BTreeSet::new();
        filter.fields(&mut fields);
        let mut scratch = empty_row();
        Box::new(ids.filter_map(move |id| {
            let known = self.units.fill(id, fields.iter().copied(), &mut scratch);
            if !known || !filter.matches(&scratch, moment) {
                return None;
            }
            self.units.row(id).map(Cow::Owned)
        }))
    }

    /// The ids of the rows that an indexed field leads to, without a filter of their own.
    pub(crate) fn ids_with(&self, entity: Entity, field: &str, value: i64) -> Vec<i64> {
        let position = entity.spec().position(field, Names::Soap);
        let index = self.tables.get(&entity).and_then(|table| {
            table
                .indexes
                .iter()
                .find(|(at, _)| Some(*at) == position)
                .map(|(_, index)| index)
        });
        index
            .and_then(|index| index.get(&Key::Int(value)))
            .map(|ids| ids.iter().copied().collect())
            .unwrap_or_default()
    }

    fn put_remembering(&mut self, entity: Entity, id: i64, row: Row) {
        let before = self.put(entity, id, row);
        if let Some(undo) = &mut self.undo {
            undo.push(Undo::Row { entity, id, before });
        }
    }

    fn put(&mut self, entity: Entity, id: i64, row: Row) -> Option<Row> {
        let before = self.take(entity, id);
        if let Some(table) = self.tables.get_mut(&entity) {
            table.index(id, &row);
            table.rows.insert(id, row);
        }
        before
    }

    fn take(&mut self, entity: Entity, id: i64) -> Option<Row> {
        let table = self.tables.get_mut(&entity)?;
        let row = table.rows.remove(&id)?;
        table.unindex(id, &row);
        Some(row)
    }
}
