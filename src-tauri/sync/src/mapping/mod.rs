//! Which organization is which Autotask account: the rows of the screen, saving one, suggestions,
//! import and export.

mod suggest;
mod table;

use cloud_direct::OrganizationState;
use jiff::Timestamp;
use serde::Serialize;

pub use self::{
    suggest::{Suggestion, normal_name, suggest},
    table::{ImportError, export_csv, import_csv},
};
use crate::{
    accounts,
    settings::MappingEntry,
    store::{Mapping, MappingRow, Named, Store, StoreError},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Mapped,
    /// An account, but no contract service: tickets, no billing.
    TicketsOnly,
    NotMapped,
    Excluded,
    AccountInactive,
    ContractEnded,
    ServiceGone,
}

/// A row of the Mappings screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub organization_id: String,
    pub organization: String,
    pub organization_state: OrganizationState,
    pub account: Option<Named>,
    pub contract: Option<Named>,
    pub service: Option<Named>,
    /// Why it is excluded, when it is.
    pub excluded: Option<String>,
    pub state: State,
    /// The state in words, with what to do.
    pub note: Option<String>,
    /// Postings that wait for this row.
    pub waiting: u64,
}

/// A row as it is changed. No account: not mapped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Input {
    pub organization_id: String,
    pub account: Option<i64>,
    pub contract: Option<i64>,
    /// The contract service's id (a line on the contract).
    pub service: Option<i64>,
    pub excluded: Option<String>,
}

/// Names of what an [`Input`] chooses, as far as they are known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    pub account: Option<Named>,
    pub contract: Option<Named>,
    pub service: Option<Named>,
}

#[derive(Debug, thiserror::Error)]
pub enum MappingError {
    #[error("There is no organization {0} (any more). Open Mappings again.")]
    UnknownOrganization(String),
    #[error("The contract needs an account, and the service a contract.")]
    Incomplete,
    #[error("Say why the organization is excluded.")]
    NoReason,
    #[error("Autotask has no account {0} that this user may see. Choose another.")]
    UnknownAccount(i64),
    #[error("The contract {contract} does not belong to the account {account}. Choose again.")]
    OtherContract { account: i64, contract: i64 },
    #[error("The service {service} is not on the contract {contract}. Choose again.")]
    OtherService { contract: i64, service: i64 },
    #[error(transparent)]
    Autotask(#[from] autotask::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// All organizations by name.
pub fn rows(store: &Store) -> Result<Vec<Row>, StoreError> {
    Ok(store.mapping_rows(None)?.into_iter().map(row).collect())
}

/// Asks Autotask (or the names read lately) for what an input chooses, and checks that contract and
/// service belong where they are said to belong.
pub async fn look_up_names(
    store: &Store,
    client: &autotask::Client,
    input: &Input,
    now: Timestamp,
) -> Result<Names, MappingError> {
    let mut names = Names::default();
    let Some(account) = input.account else {
        return Ok(names);
    };
    names.account = accounts::account(store, client, account, now).await?;
    if names.account.is_none() {
        return Err(MappingError::UnknownAccount(account));
    }
    let Some(contract) = input.contract else {
        return Ok(names);
    };
    names.contract = accounts::contracts_of(store, client, account, now)
        .await?
        .into_iter()
        .find(|named| named.id == contract);
    if names.contract.is_none() {
        return Err(MappingError::OtherContract { account, contract });
    }
    let Some(service) = input.service else {
        return Ok(names);
    };
    names.service = accounts::services_of(store, client, contract, now)
        .await?
        .into_iter()
        .find(|named| named.id == service);
    if names.service.is_none() {
        return Err(MappingError::OtherService { contract, service });
    }
    Ok(names)
}

/// Saves a row. What waited for it goes out with the next pass; what an exclusion makes unwanted is
/// taken back by it.
pub fn save(
    store: &Store,
    input: &Input,
    names: &Names,
    now: Timestamp,
) -> Result<Row, MappingError> {
    if (input.contract.is_some() && input.account.is_none())
        || (input.service.is_some() && input.contract.is_none())
    {
        return Err(MappingError::Incomplete);
    }
    if input
        .excluded
        .as_ref()
        .is_some_and(|reason| reason.trim().is_empty())
    {
        return Err(MappingError::NoReason);
    }
    let named = |id: Option<i64>, name: &Option<Named>| {
        id.map(|id| {
            name.clone()
                .filter(|named| named.id == id)
                .unwrap_or(Named {
                    id,
                    name: String::new(),
                    active: true,
                })
        })
    };
    let mapping = Mapping {
        account: named(input.account, &names.account),
        contract: named(input.contract, &names.contract),
        service: named(input.service, &names.service),
        excluded: input
            .excluded
            .as_ref()
            .map(|reason| reason.trim().to_owned()),
    };
    if !store.save_mapping(&input.organization_id, &mapping, now)? {
        return Err(MappingError::UnknownOrganization(
            input.organization_id.clone(),
        ));
    }
    let rows = store.mapping_rows(Some(&input.organization_id))?;
    rows.into_iter()
        .next()
        .map(row)
        .ok_or_else(|| MappingError::UnknownOrganization(input.organization_id.clone()))
}

/// Mappings of a settings file or an import; see [`Store::apply_mappings`].
pub fn apply(store: &Store, entries: &[MappingEntry], now: Timestamp) -> Result<u64, StoreError> {
    store.apply_mappings(entries, now)
}

fn row(from: MappingRow) -> Row {
    let MappingRow {
        organization,
        mapping,
        planned,
    } = from;
    let state = state_of(&mapping);
    let waiting = match state {
        State::NotMapped | State::AccountInactive | State::Excluded => planned,
        State::Mapped | State::TicketsOnly | State::ContractEnded | State::ServiceGone => 0,
    };
    Row {
        organization_id: organization.id,
        organization: organization.name,
        organization_state: organization.state,
        note: note(state, &mapping, waiting),
        account: mapping.account,
        contract: mapping.contract,
        service: mapping.service,
        excluded: mapping.excluded,
        state,
        waiting,
    }
}

fn state_of(mapping: &Mapping) -> State {
    let inactive = |named: &Option<Named>| named.as_ref().is_some_and(|named| !named.active);
    if mapping.excluded.is_some() {
        State::Excluded
    } else if mapping.account.is_none() {
        State::NotMapped
    } else if inactive(&mapping.account) {
        State::AccountInactive
    } else if inactive(&mapping.contract) {
        State::ContractEnded
    } else if inactive(&mapping.service) {
        State::ServiceGone
    } else if mapping.contract.is_none() || mapping.service.is_none() {
        State::TicketsOnly
    } else {
        State::Mapped
    }
}

fn note(state: State, mapping: &Mapping, waiting: u64) -> Option<String> {
    let text = match state {
        State::Mapped | State::TicketsOnly => return None,
        State::NotMapped if waiting == 0 => return None,
        State::NotMapped => match waiting {
            1 => "1 ticket waits. Choose the account, or exclude the organization.".to_owned(),
            _ => {
                format!("{waiting} tickets wait. Choose the account, or exclude the organization.")
            }
        },
        State::Excluded => mapping.excluded.clone().unwrap_or_default(),
        State::AccountInactive => {
            "The account is inactive in Autotask, or no longer there. Choose another, or make it active."
                .to_owned()
        }
        State::ContractEnded => {
            "The contract has ended or is inactive. Choose another; tickets go out all the same."
                .to_owned()
        }
        State::ServiceGone => {
            "The service is no longer on the contract. Choose another; tickets go out all the same."
                .to_owned()
        }
    };
    Some(text)
}
