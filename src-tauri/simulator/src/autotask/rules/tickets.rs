//! Tickets: who works on them, when they are due, when they were completed and last touched.

use jiff::{SignedDuration, Timestamp};

use super::COMPLETE;
use crate::autotask::refusal::Refusal;
use crate::autotask::schema::{Entity, Names};
use crate::autotask::tenant::{Tenant, set};
use crate::autotask::value::{Row, Value};

/// Checks a new ticket and fills in what the system sets.
pub(super) fn new(tenant: &Tenant, row: &mut Row, now: Timestamp, refusals: &mut Vec<Refusal>) {
    let entity = Entity::Ticket;
    if Tenant::value(entity, row, "DueDateTime").is_null() {
        let category = Tenant::value(entity, row, "TicketCategory").int();
        let days = category.and_then(|category| tenant.due_days_of_category.get(&category));
        if let Some(due) =
            days.and_then(|days| now.checked_add(SignedDuration::from_hours(24 * days)).ok())
        {
            set(entity, row, "DueDateTime", due.into());
        } else if tenant.choices.due_date_required {
            refusals.push(Refusal::DueDateRequired);
        }
    }
    assignment(tenant, row, refusals);
    set(entity, row, "CreateDate", now.into());
    set(entity, row, "LastActivityDate", now.into());
    set(entity, row, "LastTrackedModificationDateTime", now.into());
    set(entity, row, "CreatorResourceID", tenant.api_resource.into());
    set(
        entity,
        row,
        "LastActivityResourceID",
        tenant.api_resource.into(),
    );
    set(entity, row, "CreatorType", Value::Int(1));
    set(entity, row, "LastActivityPersonType", Value::Int(1));
    if Tenant::value(entity, row, "Status").int() == Some(COMPLETE) {
        set(entity, row, "CompletedDate", now.into());
    }
}

/// What the tenant's workflow rules do to new tickets, once these have been answered.
pub(in crate::autotask) fn run_workflow_rules(tenant: &mut Tenant, ids: &[i64]) {
    if !tenant.choices.external_id_overwritten {
        return;
    }
    let entity = Entity::Ticket;
    for id in ids {
        if let Some(row) = tenant.store.get(entity, *id) {
            let mut row = row.into_owned();
            set(entity, &mut row, "ExternalID", "Helpdesk".into());
            let changes = row.into_iter().enumerate().collect();
            tenant.store.change(entity, *id, changes);
        }
    }
}

/// Completing a ticket sets the time, reopening it clears it.
pub(super) fn completion(tenant: &Tenant, before: &Row, row: &mut Row, now: Timestamp) {
    let entity = Entity::Ticket;
    let status = |row: &Row| Tenant::value(entity, row, "Status").int();
    if status(row) == Some(COMPLETE) && status(before) != Some(COMPLETE) {
        set(entity, row, "CompletedDate", now.into());
        set(
            entity,
            row,
            "CompletedByResourceID",
            tenant.api_resource.into(),
        );
    } else if status(row) != Some(COMPLETE) {
        set(entity, row, "CompletedDate", Value::Null);
        set(entity, row, "CompletedByResourceID", Value::Null);
    }
}

/// A queue, or a resource together with a role it has.
pub(super) fn assignment(tenant: &Tenant, row: &Row, refusals: &mut Vec<Refusal>) {
    let value = |field| Tenant::value(Entity::Ticket, row, field).int();
    match (
        value("AssignedResourceID"),
        value("AssignedResourceRoleID"),
        value("QueueID"),
    ) {
        (None, None, None) => refusals.push(Refusal::NoAssignment),
        (None, None, Some(_)) => {}
        (Some(resource), Some(role), _) => {
            let known = tenant.store.rows(Entity::ResourceRole).any(|pair| {
                let of = |field| Tenant::value(Entity::ResourceRole, &pair, field);
                of("ResourceID").int() == Some(resource)
                    && of("RoleID").int() == Some(role)
                    && !of("QueueID").is_null()
                    && of("Active").bool() == Some(true)
            });
            if !known {
                let title = Tenant::value(Entity::Ticket, row, "Title")
                    .text()
                    .unwrap_or_default();
                refusals.push(Refusal::ResourceAndRole(title.to_owned()));
            }
        }
        (Some(_), None, _) | (None, Some(_), _) => refusals.push(Refusal::ResourceWithoutRole),
    }
}

/// A note is an activity of its ticket.
pub(super) fn touch(tenant: &mut Tenant, note: &Row, now: Timestamp) {
    let entity = Entity::Ticket;
    let Some(ticket) = Tenant::value(Entity::TicketNote, note, "TicketID").int() else {
        return;
    };
    let at = |field| entity.spec().position(field, Names::Soap);
    let resource = Value::Int(tenant.api_resource);
    let changes = [
        (at("LastActivityDate"), Value::Time(now)),
        (at("LastActivityResourceID"), resource),
    ];
    let changes = changes
        .into_iter()
        .filter_map(|(at, value)| Some((at?, value)));
    tenant.store.change(entity, ticket, changes.collect());
}
