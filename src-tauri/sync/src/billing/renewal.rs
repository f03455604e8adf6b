//! Contracts that took the place of others. One is followed only when a person says so, and not before the last
//! invoice date of the old one is done: what is mapped is what is billed.

use std::collections::{HashMap, HashSet};

use autotask::{Client, Contract, ContractService, Error};
use jiff::{Timestamp, civil::Date};
use serde::Serialize;

use super::{
    Period, State,
    due::{self, is_billed},
    period::{self, NoPeriod, Term},
    refusal,
    standing::{self, CONTRACT_FIELDS, Contracts},
};
use crate::{
    schedule,
    settings::{Effective, Settings},
    store::{MappingRow, Standing, Store, StoreError},
};

/// Where a renewed contract goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Renewed {
    pub contract: i64,
    pub contract_name: String,
    pub start: Date,
    pub end: Date,
    /// `None`: the service is not on it, or more than once.
    pub service: Option<i64>,
    /// Why it cannot be followed, or not yet.
    pub obstacle: Option<Obstacle>,
}

/// Why a renewed contract cannot be followed, and what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(
    tag = "code",
    rename_all = "snake_case",
    rename_all_fields = "camelCase"
)]
pub enum Obstacle {
    #[error(
        "The invoice date {invoice_date} is still billed on the old contract. Follow the new one once \
         that is posted or settled."
    )]
    StillNeeded { invoice_date: Date },
    #[error("The service is not on it: choose another on Mappings.")]
    NoService,
    #[error("The service is on it more than once: choose the right one on Mappings.")]
    ServiceTwice,
}

/// The invoice dates that are still to be posted, or decided.
pub(super) struct ToCome {
    effective: Effective,
    /// By organization.
    open: HashMap<String, Vec<Date>>,
    /// Have come, and have no lines yet.
    due: Vec<Date>,
    /// Those to come.
    next: Vec<Date>,
    /// What was posted ahead, or left.
    ahead: HashSet<(String, Date)>,
}

/// So many invoice dates to come are looked at. Nobody posts further ahead.
const AHEAD: usize = 24;

impl ToCome {
    pub fn read(store: &Store, settings: &Settings, now: Timestamp) -> Result<Self, StoreError> {
        let mut open: HashMap<String, Vec<Date>> = HashMap::new();
        for line in store.open_lines()? {
            let dates = open.entry(line.organization_id).or_default();
            dates.push(line.invoice_date);
        }
        let schedule = due::schedule_of(settings);
        let outlook = schedule::look(now, &store.invoices_done()?, schedule.as_ref());
        let (_, mut next) = due::around(settings, now);
        let mut dates = Vec::with_capacity(AHEAD);
        while dates.len() < AHEAD {
            dates.push(next.date);
            (_, next) = due::around(settings, next.at);
        }
        let mut ahead = HashSet::new();
        for date in store.invoice_dates(AHEAD)? {
            if dates.first().is_none_or(|first| date < *first) {
                continue;
            }
            // One that was corrected or taken back is made anew when its date comes.
            let done = store.billing_lines(date)?.into_iter().filter(|line| {
                line.corrects.is_none() && matches!(line.state, State::Verified | State::Settled)
            });
            ahead.extend(done.map(|line| (line.organization_id, date)));
        }
        Ok(Self {
            effective: settings.billing.effective,
            open,
            due: outlook.due.into_iter().map(|due| due.date).collect(),
            next: dates,
            ahead,
        })
    }

    /// The first of an organization's whose billing period the old contract has, and the new one has not.
    /// `standing`: our lines of its service; billing periods that are set already need nothing more.
    fn needs(
        &self,
        organization_id: &str,
        standing: &[Standing],
        old: &Contract,
        new: &Contract,
    ) -> Option<Date> {
        let (old, new) = term(old).zip(term(new))?;
        let is_ahead = |date: &&Date| self.ahead.contains(&(organization_id.to_owned(), **date));
        let next = self.next.iter().find(|date| !is_ahead(date)).copied();
        let is_set = |date: Date, period: Period| {
            standing.iter().any(|line| {
                line.invoice_date != date && (period.start..=period.end).contains(&line.effective)
            })
        };
        let open = self.open.get(organization_id);
        let mut dates: Vec<Date> = open.into_iter().flatten().copied().collect();
        dates.extend(&self.due);
        dates.extend(next);
        dates.retain(|date| {
            period::of(*date, self.effective, old).is_ok_and(|period| !is_set(*date, period))
                && period::of(*date, self.effective, new) == Err(NoPeriod::NotBegun)
        });
        dates.into_iter().min()
    }
}

fn term(contract: &Contract) -> Option<Term> {
    Some(Term {
        start: contract.start,
        end: contract.end,
        months: contract.period.as_ref()?.months()?,
    })
}

/// What took the place of a contract, whichever of the two tells of it: the contract and its lines.
pub(super) struct Renewals {
    by_old: HashMap<i64, Contract>,
    lines: Vec<ContractService>,
}

impl Renewals {
    pub async fn read(client: &Client, ending: &[&Contract]) -> Result<Self, Error> {
        let told = ending.iter().filter_map(|old| old.renewed_contract_id);
        let mut found: Vec<Contract> =
            standing::with_ids(client, "id", told, &CONTRACT_FIELDS).await?;
        let tells = ending.iter().map(|old| old.id);
        found.extend(
            standing::with_ids::<Contract>(client, "renewedContractID", tells, &CONTRACT_FIELDS)
                .await?,
        );
        let mut by_old = HashMap::new();
        for old in ending {
            let new = found.iter().find(|new| {
                // Nothing takes the place of what begins later.
                new.start > old.start
                    && new.id != old.id
                    && (old.renewed_contract_id == Some(new.id)
                        || new.renewed_contract_id == Some(old.id))
            });
            if let Some(new) = new {
                by_old.insert(old.id, new.clone());
            }
        }
        let ids = by_old.values().map(|new| new.id);
        let lines = standing::with_ids(client, "contractID", ids, &["unitPrice"]).await?;
        Ok(Self { by_old, lines })
    }

    /// Where the contract of an organization goes on. `standing`: our lines of a service.
    pub fn of<'a>(
        &self,
        row: &MappingRow,
        contracts: &Contracts,
        to_come: &ToCome,
        standing: impl Fn(i64) -> &'a [Standing],
    ) -> Option<Renewed> {
        let (contract, service) = row
            .mapping
            .contract
            .as_ref()
            .zip(row.mapping.service.as_ref())?;
        let old = contracts.contracts.get(&contract.id)?;
        let new = self.by_old.get(&old.id)?;
        let line = contracts
            .lines
            .get(&service.id)
            .filter(|line| line.contract_id == old.id);
        let standing = standing(service.id);
        let service = line
            .ok_or(Obstacle::NoService)
            .and_then(|line| same_service(&self.lines, new.id, line.service_id));
        let needed = to_come.needs(&row.organization.id, standing, old, new);
        Some(Renewed {
            contract: new.id,
            contract_name: new.name.clone(),
            start: new.start,
            end: new.end,
            service: service.ok(),
            obstacle: needed
                .map(|invoice_date| Obstacle::StillNeeded { invoice_date })
                .or(service.err()),
        })
    }
}

/// The line of the new contract with that service.
fn same_service(lines: &[ContractService], contract: i64, service: i64) -> Result<i64, Obstacle> {
    let mut same = lines
        .iter()
        .filter(|line| line.contract_id == contract && line.service_id == service);
    match (same.next(), same.next()) {
        (None, _) => Err(Obstacle::NoService),
        (Some(line), None) => Ok(line.id),
        (Some(_), Some(_)) => Err(Obstacle::ServiceTwice),
    }
}

/// Why a renewal was not followed.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    #[error("There is no organization {0} that is mapped to a service.")]
    NotBilled(String),
    #[error("The contract has not been renewed, as far as Autotask says.")]
    NotRenewed,
    #[error("The renewed contract \"{contract}\" cannot be followed. {obstacle}")]
    NotPossible {
        contract: String,
        obstacle: Obstacle,
    },
    #[error(transparent)]
    Autotask(#[from] Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Maps an organization to the contract that took the place of its own, and to the same service on it.
pub async fn follow(
    store: &Store,
    client: &Client,
    organization_id: &str,
    now: Timestamp,
) -> Result<Renewed, FollowError> {
    refusal::noted(
        store,
        now,
        map_on(store, client, organization_id, now).await,
    )
}

async fn map_on(
    store: &Store,
    client: &Client,
    organization_id: &str,
    now: Timestamp,
) -> Result<Renewed, FollowError> {
    let not_billed = || FollowError::NotBilled(organization_id.to_owned());
    let rows = store.mapping_rows(Some(organization_id))?;
    let row = rows
        .first()
        .filter(|row| is_billed(row))
        .ok_or_else(not_billed)?;
    let (Some(contract), Some(service)) = (&row.mapping.contract, &row.mapping.service) else {
        return Err(not_billed());
    };
    let contracts = standing::contracts(client, [contract.id], [service.id]).await?;
    let ending: Vec<&Contract> = contracts.contracts.values().collect();
    let renewals = Renewals::read(client, &ending).await?;
    let to_come = ToCome::read(store, &store.settings()?, now)?;
    let standing = store.standing_lines()?;
    let renewed = renewals
        .of(row, &contracts, &to_come, |service| {
            standing.get(&service).map_or(&[], Vec::as_slice)
        })
        .ok_or(FollowError::NotRenewed)?;
    let not_possible = |obstacle| FollowError::NotPossible {
        contract: renewed.contract_name.clone(),
        obstacle,
    };
    if let Some(obstacle) = renewed.obstacle {
        return Err(not_possible(obstacle));
    }
    let service_on_it = renewed
        .service
        .ok_or_else(|| not_possible(Obstacle::NoService))?;
    let mut new = row.mapping.clone();
    if let Some(contract) = &mut new.contract {
        contract.id = renewed.contract;
        contract.name.clone_from(&renewed.contract_name);
        contract.active = true;
    }
    if let Some(service) = &mut new.service {
        service.id = service_on_it;
        service.active = true;
    }
    store.save_mapping(organization_id, &new, now)?;
    Ok(renewed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_that_is_on_the_new_contract_twice_is_not_chosen_for_a_person() {
        let line = |id, contract_id, service_id| ContractService {
            id,
            contract_id,
            service_id,
            unit_price: None,
            unit_cost: None,
            invoice_description: None,
            internal_description: None,
        };
        let lines = [line(1, 7, 3), line(2, 8, 3), line(3, 8, 4), line(4, 8, 4)];
        assert_eq!(same_service(&lines, 8, 3), Ok(2));
        assert_eq!(same_service(&lines, 8, 4), Err(Obstacle::ServiceTwice));
        assert_eq!(same_service(&lines, 7, 4), Err(Obstacle::NoService));
    }
}
