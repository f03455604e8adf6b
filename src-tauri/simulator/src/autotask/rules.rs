//! What holds for one entity beyond required fields, picklists and references.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::adjustment;
use super::periods::{self, Term};
use super::refusal::Refusal;
use super::schema::{Entity, Names};
use super::tenant::{Tenant, set};
use super::value::{Row, Value};

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
        Entity::Ticket => ticket(tenant, row, now, refusals),
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
            contract_dates(row, refusals);
            estimates(tenant, row, refusals);
        }
        Entity::ContractService => contract_service(tenant, row, refusals),
        Entity::Service => {
            service_code(tenant, row, refusals);
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
            touch_ticket(tenant, &row, now);
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
            assignment(tenant, row, refusals);
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
            touch_ticket(tenant, row, now);
        }
        Entity::Company => set(entity, row, "LastActivityDate", now.into()),
        Entity::Contract => {
            contract_dates(row, refusals);
            estimates(tenant, row, refusals);
            let id = row.first().and_then(Value::int).unwrap_or(0);
            if let (Some(before), Some(after)) = (Term::of(before), Term::of(row)) {
                refusals.extend(periods::check_dates(tenant, id, before, after));
            }
        }
        Entity::Service => {
            if Tenant::value(entity, before, "AllocationCodeID")
                != Tenant::value(entity, row, "AllocationCodeID")
            {
                service_code(tenant, row, refusals);
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

/// A note is an activity of its ticket.
fn touch_ticket(tenant: &mut Tenant, note: &Row, now: Timestamp) {
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

fn ticket(tenant: &Tenant, row: &mut Row, now: Timestamp, refusals: &mut Vec<Refusal>) {
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

/// A queue, or a resource together with a role it has.
fn assignment(tenant: &Tenant, row: &Row, refusals: &mut Vec<Refusal>) {
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

fn contract_dates(row: &Row, refusals: &mut Vec<Refusal>) {
    let date = |field| Tenant::value(Entity::Contract, row, field).date();
    if let (Some(start), Some(end)) = (date("StartDate"), date("EndDate"))
        && end <= start
    {
        refusals.push(Refusal::EndBeforeStart);
    }
}

fn estimates(tenant: &Tenant, row: &Row, refusals: &mut Vec<Refusal>) {
    let entity = Entity::Contract;
    let recurring = Tenant::value(entity, row, "ContractType").int() == Some(RECURRING_SERVICE);
    if !recurring || !tenant.choices.estimates_refused {
        return;
    }
    for field in ["EstimatedHours", "EstimatedCost", "EstimatedRevenue"] {
        if let Some(at) = entity.spec().position(field, Names::Soap)
            && row.get(at).is_some_and(|value| !value.is_null())
        {
            refusals.push(Refusal::Estimate(at));
        }
    }
}

/// The use type of billing codes for recurring services.
const SERVICE_CODE: i64 = 5;

fn service_code(tenant: &Tenant, row: &Row, refusals: &mut Vec<Refusal>) {
    let Some(at) = Entity::Service
        .spec()
        .position("AllocationCodeID", Names::Soap)
    else {
        return;
    };
    let code = row.get(at).and_then(Value::int);
    let code = code.and_then(|id| tenant.store.get(Entity::BillingCode, id));
    // One that is missing or not there has been refused already.
    let fits = code.is_none_or(|code| {
        let value = |field| Tenant::value(Entity::BillingCode, &code, field);
        value("UseType").int() == Some(SERVICE_CODE) && value("Active").bool() == Some(true)
    });
    if !fits {
        refusals.push(Refusal::NoServiceCode(at));
    }
}

fn contract_service(tenant: &Tenant, row: &mut Row, refusals: &mut Vec<Refusal>) {
    let entity = Entity::ContractService;
    let id = |field| Tenant::value(entity, row, field).int();
    let contract = id("ContractID").and_then(|id| tenant.store.get(Entity::Contract, id));
    if let Some(contract) = contract
        && Tenant::value(Entity::Contract, &contract, "ContractType").int()
            != Some(RECURRING_SERVICE)
    {
        refusals.push(Refusal::NotARecurringContract);
    }
    if tenant.choices.same_service_twice_refused
        && let (Some(contract), Some(service)) = (id("ContractID"), id("ServiceID"))
        && adjustment::line_of_service(tenant, contract, service).is_some()
    {
        refusals.push(Refusal::LineExists);
    }
    let service = id("ServiceID").and_then(|id| tenant.store.get(Entity::Service, id));
    if let Some(service) = service {
        if tenant.choices.inactive_service_refused && !adjustment::is_active(&service) {
            refusals.push(Refusal::ServiceInactive);
        }
        let price = Tenant::value(Entity::Service, &service, "UnitPrice").clone();
        let cost = Tenant::value(Entity::Service, &service, "UnitCost").clone();
        fill_prices(row, &price, &cost);
    }
}

/// The prices of a service line come from its service unless given.
pub(crate) fn fill_prices(row: &mut Row, price: &Value, cost: &Value) {
    let entity = Entity::ContractService;
    set(entity, row, "UnitPrice", price.clone());
    set(entity, row, "InternalCurrencyUnitPrice", price.clone());
    for (field, value) in [("AdjustedPrice", price), ("UnitCost", cost)] {
        let missing = entity
            .spec()
            .position(field, Names::Soap)
            .and_then(|at| row.get(at))
            .is_some_and(Value::is_null);
        if missing {
            set(entity, row, field, value.clone());
        }
    }
    let adjusted = Tenant::value(entity, row, "AdjustedPrice").clone();
    set(entity, row, "InternalCurrencyAdjustedPrice", adjusted);
}

/// Months in a billing period, by its letter.
pub(crate) fn months_of_period(letter: &str) -> i32 {
    match letter.to_ascii_lowercase().as_str() {
        "q" => 3,
        "s" => 6,
        "y" => 12,
        _ => 1,
    }
}

/// The day that is so many months after `start`, the last day of a short month if need be.
///
/// By hand and not with a span: a million periods are made at the start of a full-size world.
pub(crate) fn add_months(start: Date, months: i32) -> Date {
    let month = i32::from(start.year()) * 12 + i32::from(start.month()) - 1 + months;
    let year = i16::try_from(month.div_euclid(12));
    let first = year.ok().and_then(|year| {
        let month = i8::try_from(month.rem_euclid(12) + 1).ok()?;
        Date::new(year, month, 1).ok()
    });
    first
        .and_then(|first| {
            let day = start.day().min(first.days_in_month());
            Date::new(first.year(), first.month(), day).ok()
        })
        .unwrap_or(Date::MAX)
}

/// The day of a moment in UTC.
pub(crate) fn utc_day(moment: Timestamp) -> Date {
    moment.to_zoned_datetime(TimeZone::UTC).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_added_as_the_calendar_has_them() {
        let cases = [
            ("2026-01-31", 1, "2026-02-28"),
            ("2027-12-31", 2, "2028-02-29"),
            ("2026-11-01", 2, "2027-01-01"),
            ("2024-02-29", 12, "2025-02-28"),
            ("2026-05-15", 0, "2026-05-15"),
        ];
        for (start, months, expected) in cases {
            let (start, expected): (Date, Date) =
                (start.parse().unwrap(), expected.parse().unwrap());
            assert_eq!(add_months(start, months), expected, "{start} + {months}");
        }
        assert_eq!(add_months(Date::MAX, 1), Date::MAX);
    }
}
