//! In-process doors into both services: what stands in them, and what their administrators
//! could change. Tests use them; the control interface does the same over HTTP.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use crate::autotask::choices::Choices;
use crate::autotask::picklists::PicklistValue;
use crate::autotask::schema::{Entity, Names};
use crate::autotask::tenant::{Access, Draft, Tenant};
use crate::autotask::value::{Row, Value};
use crate::cloud_direct::portal::{Job, NewJob, Organization, OrganizationState, Usage};
use crate::faults::Service;
use crate::shared::Shared;

/// A ticket as it stands in the tenant.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ticket {
    pub id: i64,
    pub ticket_number: String,
    pub company_id: i64,
    pub title: String,
    pub description: String,
    pub status: i64,
    pub priority: i64,
    pub queue_id: Option<i64>,
    pub due: Option<Timestamp>,
    pub external_id: Option<String>,
    pub contract_id: Option<i64>,
    pub created: Timestamp,
    pub completed: Option<Timestamp>,
    pub last_activity: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TicketNote {
    pub id: i64,
    pub ticket_id: i64,
    pub title: String,
    pub description: String,
    pub note_type: i64,
    pub publish: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Company {
    pub id: i64,
    pub name: String,
    pub active: bool,
    pub number: Option<String>,
    pub phone: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contract {
    pub id: i64,
    pub company_id: i64,
    pub name: String,
    /// 7 is recurring service.
    pub contract_type: i64,
    /// 1 is active.
    pub status: i64,
    pub start: Option<Date>,
    pub end: Option<Date>,
}

/// A billable service of the catalog.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ServiceItem {
    pub id: i64,
    pub name: String,
    pub unit_price: f64,
    pub active: bool,
}

/// A service line on a contract.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ContractService {
    pub id: i64,
    pub contract_id: i64,
    pub service_id: i64,
    pub unit_price: f64,
    pub adjusted_price: f64,
}

/// The units of a service line in one billing period, or a part of one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ContractServiceUnit {
    pub id: i64,
    pub contract_id: i64,
    pub service_id: i64,
    pub contract_service_id: i64,
    pub start: Option<Date>,
    pub end: Option<Date>,
    pub units: i64,
    pub price: f64,
}

/// Reads typed values out of a row, by SOAP name.
struct Reader<'a>(Entity, &'a Row);

impl Reader<'_> {
    fn value(&self, field: &str) -> &Value {
        Tenant::value(self.0, self.1, field)
    }

    fn int(&self, field: &str) -> i64 {
        self.value(field).int().unwrap_or(0)
    }

    fn real(&self, field: &str) -> f64 {
        self.value(field).real().unwrap_or(0.0)
    }

    fn text(&self, field: &str) -> String {
        self.value(field).text().unwrap_or_default().to_owned()
    }

    fn flag(&self, field: &str) -> bool {
        self.value(field).bool().unwrap_or(false)
    }
}

/// The simulated tenant from the inside.
#[derive(Debug, Clone)]
pub struct AutotaskDoor(pub(crate) Arc<Shared>);

impl AutotaskDoor {
    /// All tickets, by id.
    pub fn tickets(&self) -> Vec<Ticket> {
        self.rows(Entity::Ticket, |row| Ticket {
            id: row.int("id"),
            ticket_number: row.text("TicketNumber"),
            company_id: row.int("AccountID"),
            title: row.text("Title"),
            description: row.text("Description"),
            status: row.int("Status"),
            priority: row.int("Priority"),
            queue_id: row.value("QueueID").int(),
            due: row.value("DueDateTime").time(),
            external_id: row.value("ExternalID").text().map(str::to_owned),
            contract_id: row.value("ContractID").int(),
            created: row
                .value("CreateDate")
                .time()
                .unwrap_or(Timestamp::UNIX_EPOCH),
            completed: row.value("CompletedDate").time(),
            last_activity: row.value("LastActivityDate").time(),
        })
    }

    pub fn ticket_notes(&self) -> Vec<TicketNote> {
        self.rows(Entity::TicketNote, |row| TicketNote {
            id: row.int("id"),
            ticket_id: row.int("TicketID"),
            title: row.text("Title"),
            description: row.text("Description"),
            note_type: row.int("NoteType"),
            publish: row.int("Publish"),
        })
    }

    /// All companies, the tenant's own one (id 0) first.
    pub fn companies(&self) -> Vec<Company> {
        self.rows(Entity::Company, |row| Company {
            id: row.int("id"),
            name: row.text("AccountName"),
            active: row.flag("Active"),
            number: row.value("AccountNumber").text().map(str::to_owned),
            phone: row.text("Phone"),
        })
    }

    pub fn contracts(&self) -> Vec<Contract> {
        self.rows(Entity::Contract, |row| Contract {
            id: row.int("id"),
            company_id: row.int("AccountID"),
            name: row.text("ContractName"),
            contract_type: row.int("ContractType"),
            status: row.int("Status"),
            start: row.value("StartDate").date(),
            end: row.value("EndDate").date(),
        })
    }

    pub fn services(&self) -> Vec<ServiceItem> {
        self.rows(Entity::Service, |row| ServiceItem {
            id: row.int("id"),
            name: row.text("Name"),
            unit_price: row.real("UnitPrice"),
            active: row.flag("IsActive"),
        })
    }

    pub fn contract_services(&self) -> Vec<ContractService> {
        self.rows(Entity::ContractService, |row| ContractService {
            id: row.int("id"),
            contract_id: row.int("ContractID"),
            service_id: row.int("ServiceID"),
            unit_price: row.real("UnitPrice"),
            adjusted_price: row.real("AdjustedPrice"),
        })
    }

    pub fn contract_service_units(&self) -> Vec<ContractServiceUnit> {
        self.rows(Entity::ContractServiceUnit, |row| ContractServiceUnit {
            id: row.int("id"),
            contract_id: row.int("ContractID"),
            service_id: row.int("ServiceID"),
            contract_service_id: row.int("ContractServiceID"),
            start: row.value("StartDate").date(),
            end: row.value("EndDate").date(),
            units: row.int("Units"),
            price: row.real("Price"),
        })
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
