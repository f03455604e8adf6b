//! Contracts that somebody should look at before the invoice date: that end soon, are inactive and bill all
//! the same, were renewed, or have lost their service. A renewed contract is followed only when a person says
//! so.

use std::collections::HashMap;

use autotask::{Client, Contract, ContractService, Error};
use jiff::{Timestamp, ToSpan as _, civil::Date};
use serde::Serialize;

use super::{
    book::Book,
    due::is_billed,
    refusal,
    standing::{self, CONTRACT_FIELDS, Contracts},
};
use crate::{
    store::{MappingRow, Store, StoreError},
    time_of_day,
};

/// A contract that ends within so many days is told.
const ENDS_SOON: i64 = 60;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Watch {
    pub organization_id: String,
    pub organization: String,
    pub contract: i64,
    pub contract_name: String,
    pub what: Concern,
    pub message: String,
    /// The contract that took its place, and the same service on it: [`follow`] maps the organization to
    /// them.
    pub renewed: Option<Renewed>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Concern {
    Renewed,
    EndsSoon,
    Ended,
    InactiveButBills,
    ServiceRemoved,
    ServiceInactive,
}

/// Where a renewed contract goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Renewed {
    pub contract: i64,
    pub contract_name: String,
    pub start: Date,
    pub end: Date,
    /// `None`: the service is not on it.
    pub service: Option<i64>,
}

/// Of the organizations that are billed.
pub(crate) async fn of(
    client: &Client,
    book: &Book,
    contracts: &Contracts,
    now: Timestamp,
) -> Result<Vec<Watch>, Error> {
    let today = time_of_day::day(now, &book.zone);
    let soon = today.saturating_add(ENDS_SOON.days());
    let billed: Vec<&MappingRow> = book.rows.iter().filter(|row| is_billed(row)).collect();
    let ending: Vec<&Contract> = billed
        .iter()
        .filter_map(|row| contracts.contracts.get(&row.mapping.contract.as_ref()?.id))
        .filter(|contract| contract.end <= soon || contract.renewed_contract_id.is_some())
        .collect();
    let renewals = renewals(client, &ending).await?;
    let mut watch = Vec::new();
    for row in billed {
        concerns(row, contracts, &renewals, today, soon, &mut watch);
    }
    Ok(watch)
}

/// What took the place of a contract, whichever of the two tells of it: the contract and its lines.
struct Renewals {
    by_old: HashMap<i64, Contract>,
    lines: Vec<ContractService>,
}

async fn renewals(client: &Client, ending: &[&Contract]) -> Result<Renewals, Error> {
    let told = ending.iter().filter_map(|old| old.renewed_contract_id);
    let mut found: Vec<Contract> = standing::with_ids(client, "id", told, &CONTRACT_FIELDS).await?;
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
    Ok(Renewals { by_old, lines })
}

fn concerns(
    row: &MappingRow,
    contracts: &Contracts,
    renewals: &Renewals,
    today: Date,
    soon: Date,
    watch: &mut Vec<Watch>,
) {
    let (Some(contract), Some(service)) = (&row.mapping.contract, &row.mapping.service) else {
        return;
    };
    let Some(contract) = contracts.contracts.get(&contract.id) else {
        // A line that is blocked says so.
        return;
    };
    let line = contracts
        .lines
        .get(&service.id)
        .filter(|line| line.contract_id == contract.id);
    let renewed = renewals.by_old.get(&contract.id).map(|new| Renewed {
        contract: new.id,
        contract_name: new.name.clone(),
        start: new.start,
        end: new.end,
        service: renewals
            .lines
            .iter()
            .find(|new_line| {
                new_line.contract_id == new.id
                    && line.is_some_and(|line| line.service_id == new_line.service_id)
            })
            .map(|line| line.id),
    });
    let mut tell = |what, message: String| {
        watch.push(Watch {
            organization_id: row.organization.id.clone(),
            organization: row.organization.name.clone(),
            contract: contract.id,
            contract_name: contract.name.clone(),
            what,
            message,
            renewed: renewed.clone().filter(|_| what == Concern::Renewed),
        });
    };
    match &renewed {
        Some(new) => tell(
            Concern::Renewed,
            format!(
                "The contract ends on {} and was renewed: \"{}\" ({}) runs from {} to {}. {}",
                contract.end,
                new.contract_name,
                new.contract,
                new.start,
                new.end,
                match new.service {
                    Some(_) => "Follow it, and the organization is mapped to it.",
                    None => "The service is not on it: choose another on Mappings.",
                }
            ),
        ),
        None if contract.end < today => tell(
            Concern::Ended,
            format!("The contract ended on {}.", contract.end),
        ),
        None if contract.end <= soon => tell(
            Concern::EndsSoon,
            format!(
                "The contract ends on {}, in {} days, and has not been renewed.",
                contract.end,
                (contract.end - today).get_days()
            ),
        ),
        None => {}
    }
    if contract.status != Contract::ACTIVE && contract.end >= today {
        tell(
            Concern::InactiveButBills,
            format!(
                "The contract is inactive, and Autotask bills it until {} all the same. To end that, \
                 shorten it in Autotask.",
                contract.end
            ),
        );
    }
    match line {
        None => tell(
            Concern::ServiceRemoved,
            format!(
                "The service that the organization is mapped to (line {}) is not on the contract any \
                 more.",
                service.id
            ),
        ),
        Some(line) => {
            if let Some(catalog) = contracts.catalog.get(&line.service_id)
                && !catalog.active
            {
                tell(
                    Concern::ServiceInactive,
                    format!("The service \"{}\" is inactive in Autotask.", catalog.name),
                );
            }
        }
    }
}

/// Why a renewal was not followed.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    #[error("There is no organization {0} that is mapped to a service.")]
    NotBilled(String),
    #[error("The contract has not been renewed, as far as Autotask says.")]
    NotRenewed,
    #[error("The service is not on the renewed contract \"{0}\". Choose another on Mappings.")]
    NoService(String),
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
    let renewals = renewals(client, &ending).await?;
    let mut watch = Vec::new();
    concerns(row, &contracts, &renewals, Date::MIN, Date::MIN, &mut watch);
    let renewed = watch
        .into_iter()
        .find_map(|watch| watch.renewed)
        .ok_or(FollowError::NotRenewed)?;
    let service_on_it = renewed
        .service
        .ok_or_else(|| FollowError::NoService(renewed.contract_name.clone()))?;
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
