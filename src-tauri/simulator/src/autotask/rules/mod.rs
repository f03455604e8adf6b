//! What holds for one entity beyond required fields, picklists and references.

mod contracts;
mod tickets;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::adjustment;
use super::periods::{self, Term};
use super::refusal::Refusal;
use super::schema::Entity;
use super::tenant::{Tenant, set};
use super::value::{Row, Value};

pub(crate) use contracts::fill_prices;

/// The contract type whose services are billed per period.
pub(crate) const RECURRING_SERVICE: i64 = 7;
/// The ticket status that the system sets the completion time for.
pub(crate) const COMPLETE: i64 = 5;

/// Checks a new row and fills in what the system sets.
pub(crate) fn before_create(
    tenant: &mut Tenant,
    entity: Entity,
    row: &mut Row,
    now: Timestamp,
    refusals: &mut Vec<Refusal>,
) {
    match entity {
        Entity::Ticket => tickets::new(tenant, row, now, refusals),
        Entity::TicketNote => {
            set(entity, row, "CreateDateTime", now.into());
            set(entity, row, "LastActivityDate", now.into());
            set(entity, row, "CreatorResourceID", tenant.api_resource.into());
        }
        Entity::Company => {
            set(entity, row, "CreateDate", now.into());
            set(entity, row, "LastActivityDate", now.into());
            set(
                entity,
                row,
                "CreatedByResourceID",
                tenant.api_resource.into(),
            );
        }
        Entity::Contract => {
            contracts::dates(row, refusals);
            contracts::estimates(tenant, row, refusals);
        }
        Entity::ContractService => contracts::new_line(tenant, row, refusals),
        Entity::Service => {
            contracts::service_code(tenant, row, refusals);
            set(entity, row, "CreateDate", now.into());
            set(entity, row, "LastModifiedDate", now.into());
            set(entity, row, "CreatorResourceID", tenant.api_resource.into());
        }
        Entity::ContractServiceAdjustment
        | Entity::TicketCategory
        | Entity::ContractServiceUnit
        | Entity::BillingCode
        | Entity::Resource
        | Entity::Role
        | Entity::ResourceRole => {}
    }
}

/// Stores a checked row and what follows from it.
pub(crate) fn store(
    tenant: &mut Tenant,
    entity: Entity,
    mut row: Row,
    now: Timestamp,
) -> Result<i64, Refusal> {
    match entity {
        Entity::ContractServiceAdjustment => {
            adjustment::apply(tenant, &row)?;
            // Kept for whoever looks in from the inside; the API cannot read it, and says no id.
            tenant.store.insert(entity, row);
            Ok(0)
        }
        Entity::Ticket => {
            let number = tenant.next_ticket_number(now);
            set(entity, &mut row, "TicketNumber", number.into());
            Ok(tenant.store.insert(entity, row))
        }
        Entity::ContractService => {
            let id = tenant.store.insert(entity, row);
            periods::open(tenant, id, 0);
            Ok(id)
        }
        Entity::TicketNote => {
            tickets::touch(tenant, &row, now);
            Ok(tenant.store.insert(entity, row))
        }
        Entity::TicketCategory
        | Entity::Company
        | Entity::Contract
        | Entity::ContractServiceUnit
        | Entity::Service
        | Entity::BillingCode
        | Entity::Resource
        | Entity::Role
        | Entity::ResourceRole => Ok(tenant.store.insert(entity, row)),
    }
}

/// What follows once new rows have been answered.
pub(crate) fn after_answer(tenant: &mut Tenant, entity: Entity, ids: &[i64]) {
    if entity == Entity::Ticket {
        tickets::run_workflow_rules(tenant, ids);
    }
}

/// Checks a changed row and fills in what the system sets.
pub(crate) fn before_update(
    tenant: &mut Tenant,
    entity: Entity,
    before: &Row,
    row: &mut Row,
    now: Timestamp,
    refusals: &mut Vec<Refusal>,
) {
    match entity {
        Entity::Ticket => {
            tickets::assignment(tenant, row, refusals);
            tickets::completion(tenant, before, row, now);
            set(entity, row, "LastActivityDate", now.into());
            set(
                entity,
                row,
                "LastActivityResourceID",
                tenant.api_resource.into(),
            );
        }
        Entity::TicketNote => {
            set(entity, row, "LastActivityDate", now.into());
            tickets::touch(tenant, row, now);
        }
        Entity::Company => set(entity, row, "LastActivityDate", now.into()),
        Entity::Contract => {
            contracts::dates(row, refusals);
            contracts::estimates(tenant, row, refusals);
            let id = row.first().and_then(Value::int).unwrap_or(0);
            if let (Some(before), Some(after)) = (Term::of(before), Term::of(row)) {
                refusals.extend(periods::check_dates(tenant, id, before, after));
            }
        }
        Entity::Service => {
            if Tenant::value(entity, before, "AllocationCodeID")
                != Tenant::value(entity, row, "AllocationCodeID")
            {
                contracts::service_code(tenant, row, refusals);
            }
            set(entity, row, "LastModifiedDate", now.into());
        }
        Entity::TicketCategory
        | Entity::ContractService
        | Entity::ContractServiceUnit
        | Entity::ContractServiceAdjustment
        | Entity::BillingCode
        | Entity::Resource
        | Entity::Role
        | Entity::ResourceRole => {}
    }
}

/// What follows from a change that has been stored.
pub(crate) fn after_update(tenant: &mut Tenant, entity: Entity, id: i64, before: &Row) {
    if entity != Entity::Contract {
        return;
    }
    let after = tenant.store.get(entity, id).and_then(|row| Term::of(&row));
    if let (Some(before), Some(after)) = (Term::of(before), after) {
        periods::follow_dates(tenant, id, before, after);
    }
}

/// The day of a moment in UTC.
pub(crate) fn utc_day(moment: Timestamp) -> Date {
    moment.to_zoned_datetime(TimeZone::UTC).date()
}
