//! The rows of `ContractServiceUnit`, kept lean.
//!
//! There is one for each billing period of each service line: more than a million in a tenant
//! with 30,000 contracts. So a row is a [`Period`] here, a few numbers, and becomes a [`Row`] of
//! values only for the query that reads it. Ids count up and are never given twice, so the place
//! of a period follows from its id.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use jiff::civil::Date;

use super::schema::{Entity, Names};
use super::value::{Row, Value};

const FIRST_ID: i64 = 100_001;

/// The units of a line in one billing period, or in a part of one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Period {
    /// The `ContractService`.
    pub line: i64,
    pub start: Date,
    /// The last day.
    pub end: Date,
    pub units: i64,
    /// Of all units together.
    pub price: f64,
    /// Of all units together.
    pub cost: f64,
    /// When it was approved and posted.
    pub posted: Option<Date>,
}

impl Period {
    /// The same days with other units, at these prices for one.
    pub(crate) fn with_units(self, units: i64, unit_price: f64, unit_cost: f64) -> Period {
        Period {
            units,
            price: unit_price * units as f64,
            cost: unit_cost * units as f64,
            ..self
        }
    }

    pub(crate) fn same_units(&self, other: &Period) -> bool {
        (self.units, self.price, self.cost) == (other.units, other.price, other.cost)
    }
}

/// What all periods of a line have in common.
#[derive(Debug)]
struct Line {
    contract: i64,
    service: i64,
    vendor: Option<i64>,
    /// Ascending; some may be gone.
    periods: Vec<i64>,
}

#[derive(Debug, Default)]
pub(crate) struct Units {
    periods: Vec<Option<Period>>,
    here: usize,
    lines: HashMap<i64, Line>,
    lines_of_contract: HashMap<i64, Vec<i64>>,
}

impl Units {
    pub(crate) fn len(&self) -> usize {
        self.here
    }

    /// Makes a line known, before its first period.
    pub(crate) fn add_line(&mut self, line: i64, contract: i64, service: i64, vendor: Option<i64>) {
        self.lines.insert(
            line,
            Line {
                contract,
                service,
                vendor,
                periods: Vec::new(),
            },
        );
        self.lines_of_contract
            .entry(contract)
            .or_default()
            .push(line);
    }

    /// The id that the next period gets.
    pub(crate) fn next_id(&self) -> i64 {
        FIRST_ID.saturating_add_unsigned(self.periods.len() as u64)
    }

    pub(crate) fn get(&self, id: i64) -> Option<&Period> {
        self.periods.get(place(id)?)?.as_ref()
    }

    /// Sets the period with an id that is known or next; none takes it away. Gives what was there.
    pub(crate) fn put(&mut self, id: i64, period: Option<Period>) -> Option<Period> {
        let at = place(id)?;
        if at == self.periods.len() {
            self.periods.push(None);
            if let Some(line) = period.and_then(|period| self.lines.get_mut(&period.line)) {
                line.periods.push(id);
            }
        }
        let before = std::mem::replace(self.periods.get_mut(at)?, period);
        self.here = (self.here + usize::from(period.is_some())) - usize::from(before.is_some());
        before
    }

    /// The ids of a line's periods, ascending.
    pub(crate) fn of_line(&self, line: i64) -> Vec<i64> {
        let ids = self.lines.get(&line).map_or(&[][..], |line| &line.periods);
        let here = |id: &i64| self.get(*id).is_some();
        ids.iter().copied().filter(here).collect()
    }

    /// The ids of the rows that hold one of the values in a field, if that can be looked up.
    pub(crate) fn look_up(&self, field: usize, values: &[Value]) -> Option<BTreeSet<i64>> {
        let wanted = values.iter().filter_map(Value::int);
        let places = &*PLACES;
        let lines: Vec<i64> = if field == 0 {
            return Some(wanted.collect());
        } else if field == places.line {
            wanted.collect()
        } else if field == places.contract {
            let lines = wanted.filter_map(|contract| self.lines_of_contract.get(&contract));
            lines.flatten().copied().collect()
        } else {
            return None;
        };
        Some(
            lines
                .into_iter()
                .flat_map(|line| self.of_line(line))
                .collect(),
        )
    }

    pub(crate) fn row(&self, id: i64) -> Option<Row> {
        let mut row = empty_row();
        let all = 0..row.len();
        self.fill(id, all, &mut row).then_some(row)
    }

    /// Writes some fields of a row over another one. A filter reads few fields of many rows, so
    /// the rest is written for the rows that it lets through. False if there is no such row.
    pub(crate) fn fill(
        &self,
        id: i64,
        fields: impl IntoIterator<Item = usize>,
        row: &mut Row,
    ) -> bool {
        let period = self.get(id);
        let line = period.and_then(|period| self.lines.get(&period.line));
        let (Some(period), Some(line)) = (period, line) else {
            return false;
        };
        for field in fields {
            if let Some(place) = row.get_mut(field) {
                *place = value(id, period, line, field);
            }
        }
        true
    }

    /// From this id on; ids of rows that are gone are among them.
    pub(crate) fn ids_from(&self, id: i64) -> std::ops::Range<i64> {
        id.max(FIRST_ID)..self.next_id()
    }
}

pub(crate) fn empty_row() -> Row {
    vec![Value::Null; Entity::ContractServiceUnit.spec().fields.len()]
}

fn value(id: i64, period: &Period, line: &Line, field: usize) -> Value {
    let places = &*PLACES;
    if field == 0 {
        id.into()
    } else if field == places.start {
        period.start.into()
    } else if field == places.end {
        period.end.into()
    } else if field == places.units {
        period.units.into()
    } else if field == places.line {
        period.line.into()
    } else if field == places.contract {
        line.contract.into()
    } else if field == places.service {
        line.service.into()
    } else if field == places.price || field == places.own_price {
        period.price.into()
    } else if field == places.cost {
        period.cost.into()
    } else if field == places.vendor {
        line.vendor.map_or(Value::Null, Value::Int)
    } else if field == places.posted {
        period.posted.map_or(Value::Null, Value::Date)
    } else {
        Value::Null
    }
}

fn place(id: i64) -> Option<usize> {
    usize::try_from(id.checked_sub(FIRST_ID)?).ok()
}

/// Where the fields stand in a row.
struct Places {
    contract: usize,
    service: usize,
    line: usize,
    vendor: usize,
    start: usize,
    end: usize,
    units: usize,
    price: usize,
    own_price: usize,
    cost: usize,
    posted: usize,
}

static PLACES: LazyLock<Places> = LazyLock::new(|| {
    let spec = Entity::ContractServiceUnit.spec();
    // A field that the table of entities lacked would be written nowhere.
    let at = |field| spec.position(field, Names::Soap).unwrap_or(usize::MAX);
    Places {
        contract: at("ContractID"),
        service: at("ServiceID"),
        line: at("ContractServiceID"),
        vendor: at("VendorAccountID"),
        start: at("StartDate"),
        end: at("EndDate"),
        units: at("Units"),
        price: at("Price"),
        own_price: at("InternalCurrencyPrice"),
        cost: at("Cost"),
        posted: at("ApproveAndPostDate"),
    }
});
