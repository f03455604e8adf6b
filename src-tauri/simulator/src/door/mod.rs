//! In-process doors into both services: what stands in them, and what their administrators
//! could change. Tests use them; the control interface does the same over HTTP.

mod rows;

use std::sync::Arc;

use jiff::civil::Date;

use crate::autotask::choices::Choices;
use crate::autotask::picklists::PicklistValue;
use crate::autotask::schema::{Entity, Names};
use crate::autotask::tenant::{Access, Draft};
use crate::autotask::value::Value;
use crate::cloud_direct::portal::{Job, NewJob, Organization, OrganizationState, Usage};
use crate::faults::Service;
use crate::shared::Shared;

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

    pub fn queues(&self) -> Vec<PicklistValue> {
        self.picklist("QueueID")
    }

    pub fn priorities(&self) -> Vec<PicklistValue> {
        self.picklist("Priority")
    }

    pub fn statuses(&self) -> Vec<PicklistValue> {
        self.picklist("Status")
    }

    /// False if there is no such queue.
    pub fn set_queue_active(&self, id: i64, active: bool) -> bool {
        self.0
            .tenant()
            .picklists
            .set_active(Entity::Ticket, "QueueID", &id.to_string(), active)
    }

    /// False if there is no such priority.
    pub fn set_priority_active(&self, id: i64, active: bool) -> bool {
        self.0
            .tenant()
            .picklists
            .set_active(Entity::Ticket, "Priority", &id.to_string(), active)
    }

    /// False if there is no such company.
    pub fn set_company_active(&self, id: i64, active: bool) -> bool {
        self.set(Entity::Company, id, "Active", Value::Bool(active))
    }

    /// 1 is active, 0 inactive. False if there is no such contract.
    pub fn set_contract_status(&self, id: i64, status: i64) -> bool {
        self.set(Entity::Contract, id, "Status", Value::Int(status))
    }

    /// False if there is no such contract.
    pub fn set_contract_dates(&self, id: i64, start: Date, end: Date) -> bool {
        self.set(Entity::Contract, id, "StartDate", start.into())
            && self.set(Entity::Contract, id, "EndDate", end.into())
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
        let result = self
            .0
            .tenant()
            .update(Entity::Ticket, vec![draft], false, now);
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
        self.0.tenant().set_access(
            entity,
            Access {
                query,
                create,
                update,
            },
        );
        true
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
            .map(|row| read(&Reader(entity, row)))
            .collect()
    }

    fn picklist(&self, field: &str) -> Vec<PicklistValue> {
        self.0
            .tenant()
            .picklists
            .named(Entity::Ticket, field)
            .to_vec()
    }

    fn set(&self, entity: Entity, id: i64, field: &str, value: Value) -> bool {
        let Some(at) = entity.spec().position(field, Names::Soap) else {
            return false;
        };
        self.0.tenant().store.change(entity, id, vec![(at, value)])
    }
}

/// The portal from the inside.
#[derive(Debug, Clone)]
pub struct CloudDirectDoor(pub(crate) Arc<Shared>);

impl CloudDirectDoor {
    pub fn organizations(&self) -> Vec<Organization> {
        self.0.portal().organizations.values().cloned().collect()
    }

    /// The jobs that the portal shows now: finished ones in order of their end, then running ones.
    pub fn jobs(&self) -> Vec<Job> {
        let portal = self.0.portal();
        portal
            .jobs_after(None, None, self.0.now())
            .map(|(_, job)| job)
            .collect()
    }

    /// Makes a job finish now. None if there is no such organization.
    pub fn finish_job(&self, job: NewJob) -> Option<Job> {
        let now = self.0.now();
        self.0.portal().finish(job, now)
    }

    /// The last measurement of each organization on or before the end of that day (UTC).
    pub fn usage(&self, day: Date) -> Vec<Usage> {
        self.0.portal().usage(day, self.0.now())
    }

    /// Sets the measurement of one day. False if there is no such organization.
    pub fn set_usage(&self, organization_id: &str, day: Date, bytes: u64) -> bool {
        self.0.portal().set_usage(organization_id, day, bytes)
    }

    /// False if there is no such organization.
    pub fn set_state(&self, organization_id: &str, state: OrganizationState) -> bool {
        let mut portal = self.0.portal();
        let organization = portal.organizations.get_mut(organization_id);
        organization
            .map(|organization| organization.state = state)
            .is_some()
    }

    /// Adds an organization, or renames one.
    pub fn put_organization(&self, organization: Organization) {
        self.0
            .portal()
            .organizations
            .insert(organization.id.clone(), organization);
    }

    /// Whether the token may read an organization.
    pub fn set_forbidden(&self, organization_id: &str, forbidden: bool) {
        let mut portal = self.0.portal();
        if forbidden {
            portal.forbidden.insert(organization_id.to_owned());
        } else {
            portal.forbidden.remove(organization_id);
        }
    }

    /// Rows on a page, from 1 to 500.
    pub fn set_page_size(&self, rows: usize) {
        self.0.portal().page_size = rows.clamp(1, 500);
    }

    /// The token that is accepted from now on.
    pub fn set_token(&self, token: &str) {
        self.0.portal().token = token.to_owned();
    }

    /// Seconds in the `Retry-After` of 429 and 503.
    pub fn set_retry_after(&self, seconds: u64) {
        self.0.portal().retry_after = seconds;
    }

    /// Calls received, since the start or since the journal was cleared.
    pub fn calls(&self) -> u64 {
        self.0.journal.count(Service::CloudDirect)
    }
}
