//! The rows of the simulated tenant: tables by id, with indexes for the fields that are looked up.
//!
//! A transaction keeps what is needed to undo it, since a batch is stored whole or not at all.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::query::{Filter, Moment};
use super::schema::{Entity, Names};
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
        Entity::ContractServiceUnit => 100_001,
        Entity::ContractServiceAdjustment => 1,
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
        Entity::Ticket => &["ExternalID", "TicketNumber"],
        Entity::TicketNote => &["TicketID"],
        Entity::Company => &["AccountName"],
        Entity::Contract => &["AccountID"],
        Entity::ContractService => &["ContractID"],
        Entity::ContractServiceUnit => &["ContractID", "ContractServiceID"],
        Entity::TicketCategory
        | Entity::ContractServiceAdjustment
        | Entity::Service
        | Entity::BillingCode
        | Entity::Resource
        | Entity::Role
        | Entity::ResourceRole => &[],
    }
}

#[derive(Debug)]
struct Table {
    rows: BTreeMap<i64, Row>,
    next_id: i64,
    indexes: Vec<(usize, HashMap<Key, BTreeSet<i64>>)>,
}

impl Table {
    fn index(&mut self, id: i64, row: &Row) {
        for (field, index) in &mut self.indexes {
            if let Some(key) = row.get(*field).and_then(Value::key) {
                index.entry(key).or_default().insert(id);
            }
        }
    }

    fn unindex(&mut self, id: i64, row: &Row) {
        for (field, index) in &mut self.indexes {
            let Some(key) = row.get(*field).and_then(Value::key) else {
                continue;
            };
            if let Some(ids) = index.get_mut(&key) {
                ids.remove(&id);
                if ids.is_empty() {
                    index.remove(&key);
                }
            }
        }
    }
}

/// How to take back one change: the row as it was, or none if there was none.
#[derive(Debug)]
struct Undo {
    entity: Entity,
    id: i64,
    before: Option<Row>,
}

#[derive(Debug)]
pub(crate) struct Store {
    tables: BTreeMap<Entity, Table>,
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
            undo: None,
        }
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
            match undo.before {
                Some(row) => {
                    self.put(undo.entity, undo.id, row);
                }
                None => {
                    self.take(undo.entity, undo.id);
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

    pub(crate) fn get(&self, entity: Entity, id: i64) -> Option<&Row> {
        self.tables.get(&entity)?.rows.get(&id)
    }

    pub(crate) fn contains(&self, entity: Entity, id: i64) -> bool {
        self.get(entity, id).is_some()
    }

    /// Sets fields of a row, by position. False if there is no such row.
    pub(crate) fn change(&mut self, entity: Entity, id: i64, changes: Vec<(usize, Value)>) -> bool {
        let Some(mut row) = self.get(entity, id).cloned() else {
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

    pub(crate) fn rows(&self, entity: Entity) -> impl Iterator<Item = &Row> {
        self.tables
            .get(&entity)
            .into_iter()
            .flat_map(|table| table.rows.values())
    }

    pub(crate) fn len(&self, entity: Entity) -> usize {
        self.tables.get(&entity).map_or(0, |table| table.rows.len())
    }

    /// The rows that a filter lets through and whose id is above `after`, ascending by id.
    pub(crate) fn select<'a>(
        &'a self,
        entity: Entity,
        filter: &'a Filter,
        after: i64,
        moment: &'a Moment,
    ) -> Box<dyn Iterator<Item = &'a Row> + 'a> {
        let Some(table) = self.tables.get(&entity) else {
            return Box::new(std::iter::empty());
        };
        let from = after.saturating_add(1);
        match candidates(table, filter) {
            Some(Candidates { ids, exact }) => Box::new(
                ids.into_iter()
                    .filter(move |id| *id >= from)
                    .filter_map(|id| table.rows.get(&id))
                    .filter(move |row| exact || filter.matches(row, moment)),
            ),
            None => {
                let from = from.max(filter.lowest_id());
                Box::new(
                    table
                        .rows
                        .range(from..)
                        .map(|(_, row)| row)
                        .filter(move |row| filter.matches(row, moment)),
                )
            }
        }
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
            undo.push(Undo { entity, id, before });
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

/// Ids among which is every row that a filter lets through.
struct Candidates {
    ids: BTreeSet<i64>,
    /// The filter lets all of them through.
    exact: bool,
}

/// What the indexes know about a filter, if anything. 500 keys joined by OR are 500 look-ups, not
/// 500 comparisons for each of 500 rows.
fn candidates(table: &Table, filter: &Filter) -> Option<Candidates> {
    match filter {
        Filter::All => None,
        Filter::Test(test) => {
            let values = test.wanted_values()?;
            if test.field == 0 {
                let ids = values.iter().filter_map(Value::int).collect();
                return Some(Candidates { ids, exact: true });
            }
            let (_, index) = table
                .indexes
                .iter()
                .find(|(field, _)| *field == test.field)?;
            let ids = values
                .iter()
                .filter_map(Value::key)
                .filter_map(|key| index.get(&key));
            Some(Candidates {
                ids: ids.flatten().copied().collect(),
                exact: true,
            })
        }
        Filter::And(parts) => {
            let known = parts.iter().filter_map(|part| candidates(table, part));
            let fewest = known.min_by_key(|known| known.ids.len())?;
            let exact = fewest.exact && parts.len() == 1;
            Some(Candidates { exact, ..fewest })
        }
        Filter::Or(parts) => {
            let mut all = Candidates {
                ids: BTreeSet::new(),
                exact: true,
            };
            for part in parts {
                let known = candidates(table, part)?;
                all.ids.extend(known.ids);
                all.exact &= known.exact;
            }
            Some(all)
        }
    }
}
