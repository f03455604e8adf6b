//! Contracts that somebody should look at before the invoice date: that end soon, are inactive and bill all
//! the same, were renewed, or have lost their service. What to do about a renewal is in `renewal`.

use autotask::{Client, Contract};
use jiff::{Timestamp, ToSpan as _, civil::Date};
use serde::Serialize;

use super::{
    PreviewError, Renewed,
    book::Book,
    due::is_billed,
    renewal::{Renewals, ToCome},
    standing::Contracts,
};
use crate::{
    store::{MappingRow, Store},
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

/// Of the organizations that are billed.
pub(crate) async fn of(
    store: &Store,
    client: &Client,
    book: &Book,
    contracts: &Contracts,
    now: Timestamp,
) -> Result<Vec<Watch>, PreviewError> {
    let to_come = ToCome::read(store, &book.settings, now)?;
    let today = time_of_day::day(now, &book.zone);
    let soon = today.saturating_add(ENDS_SOON.days());
    let billed: Vec<&MappingRow> = book.rows.iter().filter(|row| is_billed(row)).collect();
    let ending: Vec<&Contract> = billed
        .iter()
        .filter_map(|row| contracts.contracts.get(&row.mapping.contract.as_ref()?.id))
        .filter(|contract| contract.end <= soon || contract.renewed_contract_id.is_some())
        .collect();
    let renewals = Renewals::read(client, &ending).await?;
    let mut watch = Vec::new();
    for row in billed {
        let renewed = renewals.of(row, contracts, &to_come, |service| book.standing(service));
        concerns(row, contracts, renewed, today, soon, &mut watch);
    }
    Ok(watch)
}

fn concerns(
    row: &MappingRow,
    contracts: &Contracts,
    renewed: Option<Renewed>,
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
                match new.obstacle {
                    None => "Follow it, and the organization is mapped to it.".to_owned(),
                    Some(obstacle) => obstacle.to_string(),
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
