//! In-process doors into both services: what stands in them, and what their administrators
//! could change. Tests use them; the control interface does the same over HTTP.

mod cloud_direct;
mod contracts;
mod picklists;
mod rows;

use std::sync::Arc;

use crate::autotask::choices::Choices;
use crate::autotask::deletion;
use crate::autotask::rights::Access;
use crate::autotask::schema::{Entity, Names};
use crate::autotask::tenant::Draft;
use crate::autotask::value::Value;
use crate::faults::Service;
use crate::gate::LimitsSeen;
use crate::shared::Shared;

pub use cloud_direct::CloudDirectDoor;
pub use picklists::PicklistField;
use rows::Reader;
pub use rows::{
    Company, Contract, ContractService, ContractServiceUnit, ServiceItem, Ticket, TicketNote,
};

/// The simulated tenant from the inside.
#[derive(Debug, Clone)]
pub struct AutotaskDoor(pub(crate) Arc<Shared>);

impl AutotaskDoor {
    /// All tickets, by id.
    pub fn tickets(&self) -> Vec<Ticket> {
        self.rows(Entity::Ticket, Ticket::read)
    }

    pub fn ticket_notes(&self) -> Vec<TicketNote> {
        self.rows(Entity::TicketNote, TicketNote::read)
    }

    /// All companies, the tenant's own one (id 0) first.
    pub fn companies(&self) -> Vec<Company> {
        self.rows(Entity::Company, Company::read)
    }

    pub fn contracts(&self) -> Vec<Contract> {
        self.rows(Entity::Contract, Contract::read)
    }

    pub fn services(&self) -> Vec<ServiceItem> {
        self.rows(Entity::Service, ServiceItem::read)
    }

    pub fn contract_services(&self) -> Vec<ContractService> {
        self.rows(Entity::ContractService, ContractService::read)
    }

    pub fn contract_service_units(&self) -> Vec<ContractServiceUnit> {
        self.rows(Entity::ContractServiceUnit, ContractServiceUnit::read)
    }

    /// False if there is no such company.
    pub fn set_company_active(&self, id: i64, active: bool) -> bool {
        self.set(Entity::Company, id, "Active", Value::Bool(active))
    }

    /// False if there is no such company.
    pub fn rename_company(&self, id: i64, name: &str) -> bool {
        let name = Value::Text(name.to_owned());
        self.set(Entity::Company, id, "AccountName", name)
    }

    /// Deletes a company with its tickets, contracts and services. False if there is none.
    pub fn delete_company(&self, id: i64) -> bool {
        deletion::company(&mut self.0.tenant(), id)
    }

    /// False if there is no such service.
    pub fn set_service_active(&self, id: i64, active: bool) -> bool {
        self.set(Entity::Service, id, "IsActive", Value::Bool(active))
    }

    /// Changes a ticket as a person at the service desk does; rules apply, rights do not. Fields
    /// by REST name. The error is the vendor's text.
    pub fn edit_ticket(
        &self,
        id: i64,
        fields: &serde_json::Map<String, serde_json::Value>,
    ) -> Result<(), String> {
        let now = self.0.now();
        let draft = Draft {
            id: Some(id),
            ..crate::autotask::rest::draft_of(Entity::Ticket, fields)
        };
        let mut tenant = self.0.tenant();
        let result = tenant
            .as_administrator(|tenant| tenant.update(Entity::Ticket, vec![draft], false, now));
        result.map(|_| ()).map_err(|refusals| {
            let spec = Entity::Ticket.spec();
            let texts = refusals
                .iter()
                .map(|(record, refusal)| refusal.text(spec, Names::Rest, *record));
            texts.collect::<Vec<_>>().join(" ")
        })
    }

    /// Takes rights on an entity (REST or SOAP name) away from the API user, or gives them back.
    /// False if there is no such entity.
    pub fn set_rights(&self, entity: &str, query: bool, create: bool, update: bool) -> bool {
        let Some(entity) = Entity::by_name(entity) else {
            return false;
        };
        let mut tenant = self.0.tenant();
        let access = Access {
            query,
            create,
            update,
            ..tenant.rights.of(entity)
        };
        tenant.rights.set(entity, access);
        true
    }

    /// Lets the API user see no rows of an entity (REST or SOAP name), without refusing anything;
    /// or see them again. False if there is no such entity.
    pub fn set_hidden(&self, entity: &str, hidden: bool) -> bool {
        let Some(entity) = Entity::by_name(entity) else {
            return false;
        };
        let mut tenant = self.0.tenant();
        let access = tenant.rights.of(entity);
        tenant.rights.set(entity, Access { hidden, ..access });
        true
    }

    /// Limits the API user to some companies: others, and what belongs to them, are not seen.
    /// None lifts the limit.
    pub fn limit_to_companies(&self, companies: Option<Vec<i64>>) {
        let companies = companies.map(|ids| ids.into_iter().collect());
        self.0.tenant().rights.companies = companies;
    }

    pub fn set_user_locked(&self, locked: bool) {
        self.0.gate.set_locked(locked);
    }

    pub fn user_locked(&self) -> bool {
        self.0.gate.locked()
    }

    /// The password that is accepted from now on.
    pub fn set_password(&self, password: &str) {
        self.0.gate.set_password(password);
    }

    pub fn set_limits(&self, on: bool) {
        self.0.gate.set_limits(on);
    }

    /// Calls of the last hour, by all integrations.
    pub fn quota_used(&self) -> u64 {
        self.0.gate.used(self.0.now())
    }

    /// Sets the calls of the last hour, as if other integrations had made them.
    pub fn set_quota_used(&self, used: u64) {
        self.0.gate.set_used(used, self.0.now());
    }

    /// How close callers came to the limits.
    pub fn limits_seen(&self) -> LimitsSeen {
        self.0.gate.seen()
    }

    /// Lets [`limits_seen`](AutotaskDoor::limits_seen) begin anew.
    pub fn forget_limits_seen(&self) {
        self.0.gate.forget_seen();
    }

    pub fn choices(&self) -> Choices {
        self.0.tenant().choices
    }

    pub fn set_choices(&self, choices: Choices) {
        self.0.tenant().choices = choices;
    }

    /// Calls received, since the start or since the journal was cleared.
    pub fn calls(&self) -> u64 {
        self.0.journal.count(Service::Autotask)
    }

    /// Forgets the calls of both services.
    pub fn clear_journal(&self) {
        self.0.journal.clear();
    }

    fn rows<T>(&self, entity: Entity, read: impl Fn(&Reader<'_>) -> T) -> Vec<T> {
        let tenant = self.0.tenant();
        tenant
            .store
            .rows(entity)
            .map(|row| read(&Reader(entity, &row)))
            .collect()
    }

    fn set(&self, entity: Entity, id: i64, field: &str, value: Value) -> bool {
        let Some(at) = entity.spec().position(field, Names::Soap) else {
            return false;
        };
        self.0.tenant().store.change(entity, id, vec![(at, value)])
    }
}
