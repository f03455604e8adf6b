//! Accounts, contracts and services to choose from. Names that were read are kept, so that screens
//! can show them without asking again.

use std::collections::HashMap;

use autotask::{Client, Company, Contract, ContractService, Error, Filter, Query};
use jiff::{SignedDuration, Timestamp};

use crate::store::{NameKind, Named, Store, StoreError};

/// A name that was read within this time is not read again.
const FRESH: SignedDuration = SignedDuration::from_mins(15);

#[derive(Debug, thiserror::Error)]
pub enum AccountsError {
    #[error(transparent)]
    Autotask(#[from] Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<AccountsError> for crate::mapping::MappingError {
    fn from(error: AccountsError) -> Self {
        match error {
            AccountsError::Autotask(error) => Self::Autotask(error),
            AccountsError::Store(error) => Self::Store(error),
        }
    }
}

/// Active accounts whose name contains the text, by name; with no text, the first ones.
pub async fn search(
    store: &Store,
    client: &Client,
    text: &str,
    limit: usize,
    now: Timestamp,
) -> Result<Vec<Named>, AccountsError> {
    let mut query = Query::new()
        .filter(Filter::eq("isActive", true))
        .limit(limit.clamp(1, 500));
    if !text.trim().is_empty() {
        query = query.filter(Filter::contains("companyName", text.trim()));
    }
    let mut accounts: Vec<Named> = client
        .query_all::<Company>(query)
        .await?
        .into_iter()
        .map(named)
        .collect();
    accounts.sort_by_key(|account| account.name.to_lowercase());
    store.keep_names(NameKind::Account, None, &accounts, now)?;
    Ok(accounts)
}

/// All active accounts, for suggestions.
pub async fn all(
    store: &Store,
    client: &Client,
    now: Timestamp,
) -> Result<Vec<Named>, AccountsError> {
    let query = Query::new()
        .filter(Filter::eq("isActive", true))
        .fields(&[]);
    let accounts: Vec<Named> = client
        .query_all::<Company>(query)
        .await?
        .into_iter()
        .map(named)
        .collect();
    store.keep_names(NameKind::Account, None, &accounts, now)?;
    Ok(accounts)
}

/// One account, from the names read lately or from Autotask. `None`: there is none that the user
/// may see.
pub async fn account(
    store: &Store,
    client: &Client,
    id: i64,
    now: Timestamp,
) -> Result<Option<Named>, AccountsError> {
    if let Some((account, read_at)) = store.name(NameKind::Account, id)? {
        let age = now.duration_since(read_at);
        if age >= SignedDuration::ZERO && age < FRESH {
            return Ok(Some(account));
        }
    }
    let account = client.get::<Company>(id).await?.map(named);
    if let Some(account) = &account {
        store.keep_names(NameKind::Account, None, std::slice::from_ref(account), now)?;
    }
    Ok(account)
}

/// The account's active recurring-service contracts.
pub async fn contracts_of(
    store: &Store,
    client: &Client,
    account: i64,
    now: Timestamp,
) -> Result<Vec<Named>, AccountsError> {
    let query = Query::new()
        .filter(Filter::eq("companyID", account))
        .filter(Filter::eq("contractType", Contract::RECURRING_SERVICE))
        .filter(Filter::eq("status", Contract::ACTIVE));
    let mut contracts: Vec<Named> = client
        .query_all::<Contract>(query)
        .await?
        .into_iter()
        .map(|contract| Named {
            id: contract.id,
            name: contract.name,
            active: true,
        })
        .collect();
    contracts.sort_by_key(|contract| contract.name.to_lowercase());
    store.keep_names(NameKind::Contract, Some(account), &contracts, now)?;
    Ok(contracts)
}

/// The service lines of a contract, by the names of their services. The id is the line's.
pub async fn services_of(
    store: &Store,
    client: &Client,
    contract: i64,
    now: Timestamp,
) -> Result<Vec<Named>, AccountsError> {
    let query = Query::new().filter(Filter::eq("contractID", contract));
    let lines: Vec<ContractService> = client.query_all(query).await?;
    let mut names: HashMap<i64, (String, bool)> = HashMap::new();
    let mut ids: Vec<i64> = lines.iter().map(|line| line.service_id).collect();
    ids.sort_unstable();
    ids.dedup();
    for ids in ids.chunks(autotask::VALUES_MAX) {
        let query = Query::new().filter(Filter::one_of("id", ids.iter().copied()));
        for service in client.query_all::<autotask::Service>(query).await? {
            names.insert(service.id, (service.name, service.active));
        }
    }
    let mut services: Vec<Named> = lines
        .into_iter()
        .map(|line| {
            let (name, active) = names
                .get(&line.service_id)
                .cloned()
                .unwrap_or_else(|| (format!("Service {}", line.service_id), true));
            let words = line
                .invoice_description
                .filter(|words| !words.is_empty() && *words != name);
            let name = match words {
                Some(words) => format!("{name} ({words})"),
                None => name,
            };
            Named {
                id: line.id,
                name,
                active,
            }
        })
        .collect();
    services.sort_by_key(|service| service.name.to_lowercase());
    store.keep_names(NameKind::ContractService, Some(contract), &services, now)?;
    Ok(services)
}

fn named(company: Company) -> Named {
    Named {
        id: company.id,
        name: company.name,
        active: company.active,
    }
}
