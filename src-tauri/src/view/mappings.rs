//! Mappings as the screen shows them, and back.

use cloud_direct::OrganizationState;
use serde::{Deserialize, Serialize};
use sync::mapping::{self, Input, Row, State};
use sync::store::Named;

use super::Choice;
use crate::status::clamped;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct MappingsView {
    pub rows: Vec<MappingRow>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct MappingRow {
    pub organization_id: String,
    pub organization: String,
    /// active, trial, expired, blocked, unknown
    pub organization_state: String,
    pub account: Option<Choice>,
    pub contract: Option<Choice>,
    pub service: Option<Choice>,
    /// Why it is excluded, when it is.
    pub excluded: Option<String>,
    pub state: MappingState,
    /// The state in words, with what to do: "The account is inactive in Autotask. Choose another."
    pub note: Option<String>,
    /// Postings that wait for this row.
    pub waiting: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum MappingState {
    Mapped,
    /// An account, but no contract service: tickets, no billing.
    TicketsOnly,
    NotMapped,
    Excluded,
    AccountInactive,
    ContractEnded,
    ServiceGone,
}

/// A row as the page changes it. `account` `None`: not mapped (`- SELECT -`). With an account,
/// `contract` and `service` may be `None` (`- None -`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct MappingInput {
    pub organization_id: String,
    pub account: Option<i64>,
    pub contract: Option<i64>,
    /// The contract service's id (a line on the contract).
    pub service: Option<i64>,
    pub excluded: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Suggestion {
    pub organization_id: String,
    pub organization: String,
    pub account: Choice,
    /// 0 to 100
    pub score: u8,
    /// "same name but for Ltd", "similar name"
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct TestTicketView {
    pub id: i64,
    pub number: String,
    pub account: String,
    /// The fields as Autotask stored them, in the order to show.
    pub fields: Vec<LabelledValue>,
    /// Something came back other than it was sent.
    pub warnings: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct LabelledValue {
    pub label: String,
    pub value: String,
}

impl From<Row> for MappingRow {
    fn from(row: Row) -> Self {
        Self {
            organization_id: row.organization_id,
            organization: row.organization,
            organization_state: state_word(row.organization_state).to_owned(),
            account: row.account.map(Choice::from),
            contract: row.contract.map(Choice::from),
            service: row.service.map(Choice::from),
            excluded: row.excluded,
            state: row.state.into(),
            note: row.note,
            waiting: clamped(row.waiting),
        }
    }
}

/// As the page gets it.
pub(super) fn state_word(state: OrganizationState) -> &'static str {
    match state {
        OrganizationState::Active => "active",
        OrganizationState::Trial => "trial",
        OrganizationState::Expired => "expired",
        OrganizationState::Blocked => "blocked",
        OrganizationState::Unknown => "unknown",
    }
}

impl From<State> for MappingState {
    fn from(state: State) -> Self {
        match state {
            State::Mapped => MappingState::Mapped,
            State::TicketsOnly => MappingState::TicketsOnly,
            State::NotMapped => MappingState::NotMapped,
            State::Excluded => MappingState::Excluded,
            State::AccountInactive => MappingState::AccountInactive,
            State::ContractEnded => MappingState::ContractEnded,
            State::ServiceGone => MappingState::ServiceGone,
        }
    }
}

/// A name that has not been read yet is shown by its number.
impl From<Named> for Choice {
    fn from(named: Named) -> Self {
        let label = if named.name.is_empty() {
            named.id.to_string()
        } else {
            named.name
        };
        Self {
            id: named.id,
            label,
            active: named.active,
        }
    }
}

impl From<MappingInput> for Input {
    fn from(input: MappingInput) -> Self {
        Self {
            organization_id: input.organization_id,
            account: input.account,
            contract: input.contract,
            service: input.service,
            excluded: input.excluded,
        }
    }
}

impl From<mapping::Suggestion> for Suggestion {
    fn from(suggestion: mapping::Suggestion) -> Self {
        Self {
            organization_id: suggestion.organization_id,
            organization: suggestion.organization,
            account: suggestion.account.into(),
            score: suggestion.score,
            reason: suggestion.reason,
        }
    }
}
