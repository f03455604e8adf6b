//! What stands in Autotask: contracts, their service lines, and the units of a day. Many in one query, and
//! only the rows that are needed: a service has one for each period of its contract.

use std::collections::{HashMap, HashSet};

use autotask::{
    Client, Contract, ContractService, ContractServiceUnit, Entity, Error, Filter, Query, Service,
};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use jiff::civil::Date;

use super::Terms;

/// Fewer than a page has rows, so that no answer needs a second one; and over SOAP there is room for the
/// other conditions.
const IN_ONE_QUERY: usize = 450;
/// As many as the governor lets out at a time.
const AT_ONCE: usize = 2;

/// Contracts with their lines, by id. What is not in it is not there, or may not be seen.
#[derive(Debug, Default)]
pub(crate) struct Contracts {
    pub contracts: HashMap<i64, Contract>,
    pub lines: HashMap<i64, ContractService>,
    pub catalog: HashMap<i64, Service>,
}

/// Reads contracts and lines with these ids, and the services of the lines.
pub(crate) async fn contracts(
    client: &Client,
    contracts: impl IntoIterator<Item = i64>,
    lines: impl IntoIterator<Item = i64>,
) -> Result<Contracts, Error> {
    let contracts: Vec<Contract> = with_ids(client, "id", contracts, &CONTRACT_FIELDS).await?;
    let lines: Vec<ContractService> = with_ids(client, "id", lines, &["unitPrice"]).await?;
    let services = lines.iter().map(|line| line.service_id);
    let catalog: Vec<Service> = with_ids(client, "id", services, &["unitPrice"]).await?;
    Ok(Contracts {
        contracts: contracts.into_iter().map(|one| (one.id, one)).collect(),
        lines: lines.into_iter().map(|one| (one.id, one)).collect(),
        catalog: catalog.into_iter().map(|one| (one.id, one)).collect(),
    })
}

pub(crate) const CONTRACT_FIELDS: [&str; 2] = ["contractPeriodType", "renewedContractID"];

/// Rows by the values of one field, each value asked for once.
pub(crate) async fn with_ids<E: Entity>(
    client: &Client,
    field: &str,
    ids: impl IntoIterator<Item = i64>,
    fields: &[&str],
) -> Result<Vec<E>, Error> {
    let mut ids: Vec<i64> = ids.into_iter().collect();
    ids.sort_unstable();
    ids.dedup();
    let queries: Vec<Query> = ids
        .chunks(IN_ONE_QUERY)
        .map(|ids| {
            Query::new()
                .filter(Filter::one_of(field, ids.iter().copied()))
                .fields(fields)
        })
        .collect();
    all(client, queries).await
}

async fn all<E: Entity>(client: &Client, queries: Vec<Query>) -> Result<Vec<E>, Error> {
    let answers: Vec<Vec<E>> = stream::iter(queries)
        .map(|query| client.query_all::<E>(query))
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    Ok(answers.into_iter().flatten().collect())
}

/// Units as they were read, by contract service.
#[derive(Debug, Default)]
pub(crate) struct Units(HashMap<i64, Vec<ContractServiceUnit>>);

/// The units of a day.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum UnitsOn<'a> {
    One(&'a ContractServiceUnit),
    Missing,
    /// More than one row covers the day.
    Several(usize),
}

impl UnitsOn<'_> {
    /// `None`: it cannot be told how many there are.
    pub fn count(&self) -> Option<i64> {
        match self {
            UnitsOn::One(row) => Some(row.units),
            UnitsOn::Missing | UnitsOn::Several(_) => None,
        }
    }
}

/// The rows of units of some days, one after the other; at least one.
#[derive(Debug, Clone)]
pub(crate) struct Stretch<'a> {
    pub first: &'a ContractServiceUnit,
    pub rest: Vec<&'a ContractServiceUnit>,
}

/// Why it cannot be told how many units a stretch of days has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoStretch {
    /// Of the first day.
    Missing,
    /// Of that day.
    Several { day: Date, rows: usize },
}

impl<'a> Stretch<'a> {
    pub fn rows(&self) -> impl Iterator<Item = &'a ContractServiceUnit> + Clone {
        std::iter::once(self.first).chain(self.rest.iter().copied())
    }

    /// The first row that has other units.
    pub fn other_than(&self, units: i64) -> Option<&'a ContractServiceUnit> {
        self.rows().find(|row| row.units != units)
    }

    /// The first units that are others; these, where there are none.
    pub fn units(&self, wanted: i64) -> i64 {
        self.other_than(wanted).map_or(wanted, |row| row.units)
    }
}

/// Whose units are read, and of which days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ToRead {
    /// The contract service.
    pub line: i64,
    pub day: Date,
    /// Up to this day; `None`: and all that follow, which a change moves along.
    pub until: Option<Date>,
}

impl ToRead {
    /// All days of a time.
    pub fn within(line: i64, day: Date, until: Date) -> Self {
        Self {
            line,
            day,
            until: Some(until),
        }
    }

    /// That day and all later ones.
    pub fn from(line: i64, day: Date) -> Self {
        Self {
            line,
            day,
            until: None,
        }
    }
}

/// Reads, of each line, the units of its days, and what is approved and posted from then on.
pub(crate) async fn units(client: &Client, wanted: &[ToRead]) -> Result<Units, Error> {
    let mut wanted = wanted.to_vec();
    // Neighbours in time share a query, so that it asks for few days.
    wanted.sort_unstable_by_key(|one| (one.until, one.day, one.line));
    wanted.dedup();
    let mut queries = Vec::new();
    for part in wanted.chunks(IN_ONE_QUERY) {
        let first = part.iter().map(|one| one.day).min();
        let Some(first) = first else { continue };
        let untils: Option<Vec<Date>> = part.iter().map(|one| one.until).collect();
        let lines: HashSet<i64> = part.iter().map(|one| one.line).collect();
        let mut query = Query::new()
            .filter(Filter::one_of("contractServiceID", lines))
            .filter(Filter::gte("endDate", first))
            .fields(&["contractServiceID", "approveAndPostDate", "price"]);
        if let Some(last) = untils.and_then(|days| days.into_iter().max()) {
            query = query.filter(Filter::or(vec![
                Filter::lte("startDate", last),
                Filter::is_not_null("approveAndPostDate"),
            ]));
        }
        queries.push(query);
    }
    let rows: Vec<ContractServiceUnit> = all(client, queries).await?;
    let mut units: HashMap<i64, Vec<ContractServiceUnit>> = HashMap::new();
    for row in rows {
        if let Some(line) = row.contract_service_id {
            units.entry(line).or_default().push(row);
        }
    }
    for rows in units.values_mut() {
        rows.sort_unstable_by_key(|row| (row.start, row.id));
        // The same row can come with two queries.
        rows.dedup_by_key(|row| row.id);
    }
    Ok(Units(units))
}

impl Units {
    pub fn on(&self, line: i64, day: Date) -> UnitsOn<'_> {
        let mut rows = self
            .of(line)
            .iter()
            .filter(|row| row.start <= day && day <= row.end);
        match (rows.next(), rows.count()) {
            (None, _) => UnitsOn::Missing,
            (Some(row), 0) => UnitsOn::One(row),
            (Some(_), more) => UnitsOn::Several(more + 1),
        }
    }

    /// The units of the days from one to another, as far as there are any.
    pub fn stretch(&self, line: i64, from: Date, to: Date) -> Result<Stretch<'_>, NoStretch> {
        let mut rows = self
            .of(line)
            .iter()
            .filter(|row| row.end >= from && row.start <= to);
        let first = rows
            .next()
            .filter(|row| row.start <= from)
            .ok_or(NoStretch::Missing)?;
        let rest: Vec<_> = rows.collect();
        let mut end = first.end;
        for row in &rest {
            if row.start <= end {
                let day = row.start.max(from);
                let rows = match self.on(line, day) {
                    UnitsOn::Several(rows) => rows,
                    UnitsOn::One(_) | UnitsOn::Missing => 1,
                };
                return Err(NoStretch::Several { day, rows });
            }
            end = row.end;
        }
        Ok(Stretch { first, rest })
    }

    /// Those that a line is about.
    pub fn of_terms(&self, terms: &Terms) -> Result<Stretch<'_>, NoStretch> {
        self.stretch(terms.place.service, terms.effective, terms.period.end)
    }

    /// The first row that is approved and posted, and not over before that day.
    pub fn posted_from(&self, line: i64, day: Date) -> Option<&ContractServiceUnit> {
        self.of(line)
            .iter()
            .find(|row| row.end >= day && row.approved_and_posted.is_some())
    }

    /// The first row within these days that has other units.
    pub fn others_within(
        &self,
        line: i64,
        days: std::ops::RangeInclusive<Date>,
        units: i64,
    ) -> Option<&ContractServiceUnit> {
        self.of(line)
            .iter()
            .find(|row| row.start <= *days.end() && row.end >= *days.start() && row.units != units)
    }

    /// Whether the same units stand on all of these days.
    pub fn are_even(&self, line: i64, days: std::ops::RangeInclusive<Date>) -> bool {
        match self.on(line, *days.start()).count() {
            Some(units) => self.others_within(line, days, units).is_none(),
            None => false,
        }
    }

    /// The first row after that day that has other units than these.
    pub fn others_after(&self, line: i64, day: Date, units: i64) -> Option<&ContractServiceUnit> {
        self.of(line)
            .iter()
            .find(|row| row.start > day && row.units != units)
    }

    fn of(&self, line: i64) -> &[ContractServiceUnit] {
        self.0.get(&line).map_or(&[], Vec::as_slice)
    }
}
