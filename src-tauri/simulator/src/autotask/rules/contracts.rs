//! Contracts, their service lines, and services.

use super::RECURRING_SERVICE;
use crate::autotask::adjustment;
use crate::autotask::refusal::Refusal;
use crate::autotask::schema::{Entity, Names};
use crate::autotask::tenant::{Tenant, set};
use crate::autotask::value::{Row, Value};

/// The use type of billing codes for recurring services.
const SERVICE_CODE: i64 = 5;

pub(super) fn dates(row: &Row, refusals: &mut Vec<Refusal>) {
    let date = |field| Tenant::value(Entity::Contract, row, field).date();
    if let (Some(start), Some(end)) = (date("StartDate"), date("EndDate"))
        && end <= start
    {
        refusals.push(Refusal::EndBeforeStart);
    }
}

pub(super) fn estimates(tenant: &Tenant, row: &Row, refusals: &mut Vec<Refusal>) {
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

pub(super) fn service_code(tenant: &Tenant, row: &Row, refusals: &mut Vec<Refusal>) {
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

pub(super) fn new_line(tenant: &Tenant, row: &mut Row, refusals: &mut Vec<Refusal>) {
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
