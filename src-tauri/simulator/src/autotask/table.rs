//! A table of rows by id, its indexes, and what indexes know about a filter.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::query::Filter;
use super::value::{Key, Row, Value};

#[derive(Debug)]
pub(super) struct Table {
    pub rows: BTreeMap<i64, Row>,
    pub next_id: i64,
    pub indexes: Vec<(usize, HashMap<Key, BTreeSet<i64>>)>,
}

impl Table {
    pub(super) fn index(&mut self, id: i64, row: &Row) {
        for (field, index) in &mut self.indexes {
            if let Some(key) = row.get(*field).and_then(Value::key) {
                index.entry(key).or_default().insert(id);
            }
        }
    }

    /// The ids of the rows that hold one of the values in a field, if the field has an index.
    pub(super) fn look_up(&self, field: usize, values: &[Value]) -> Option<BTreeSet<i64>> {
        if field == 0 {
            return Some(values.iter().filter_map(Value::int).collect());
        }
        let (_, index) = self.indexes.iter().find(|(at, _)| *at == field)?;
        let keys = values.iter().filter_map(Value::key);
        let ids = keys.filter_map(|key| index.get(&key));
        Some(ids.flatten().copied().collect())
    }

    pub(super) fn unindex(&mut self, id: i64, row: &Row) {
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

/// Ids among which is every row that a filter lets through.
pub(super) struct Candidates {
    pub ids: BTreeSet<i64>,
    /// The filter lets all of them through.
    pub exact: bool,
}

/// The ids of the rows that hold one of the values in a field; none where nothing is indexed.
pub(super) type LookUp<'a> = dyn Fn(usize, &[Value]) -> Option<BTreeSet<i64>> + 'a;

/// What the indexes know about a filter, if anything. 500 keys joined by OR are 500 look-ups, not
/// 500 comparisons for each of 500 rows.
pub(super) fn candidates(filter: &Filter, look_up: &LookUp<'_>) -> Option<Candidates> {
    match filter {
        Filter::All => None,
        Filter::Test(test) => {
            let ids = look_up(test.field, test.wanted_values()?)?;
            Some(Candidates { ids, exact: true })
        }
        Filter::And(parts) => {
            let known = parts.iter().filter_map(|part| candidates(part, look_up));
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
                let known = candidates(part, look_up)?;
                all.ids.extend(known.ids);
                all.exact &= known.exact;
            }
            Some(all)
        }
    }
}
