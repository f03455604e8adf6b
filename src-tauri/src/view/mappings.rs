//! Mappings as the screen shows them, and back.

use cloud_direct::OrganizationState;
use sync::mapping::{self, Input, Row, State};
use sync::store::Named;

use super::{Choice, MappingInput, MappingRow, MappingState, Suggestion};
use crate::status::clamped;

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

fn state_word(state: OrganizationState) -> &'static str {
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
