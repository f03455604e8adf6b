//! Units of a service line: one row per billing period, changed by adjustments.
//!
//! An adjustment is a difference. It changes every period from its effective date on; inside a
//! period the row is shortened to the day before, and a new row runs from the effective date to
//! the period's end with the new total (the vendor documents the new row, not the rest).

use jiff::ToSpan;
use jiff::civil::Date;

use super::refusal::Refusal;
use super::rules::{RECURRING_SERVICE, add_months, fill_prices, months_of_period};
use super::schema::{Entity, Names};
use super::tenant::{Tenant, set};
use super::value::{Row, Value};

/// Carries out an adjustment whose fields have been checked one by one.
pub(crate) fn apply(tenant: &mut Tenant, row: &Row) -> Result<(), Refusal> {
    let of = |field| Tenant::value(Entity::ContractServiceAdjustment, row, field);
    let unit_change = of("UnitChange").int();
    let price = of("AdjustedUnitPrice").real();
    let cost = of("AdjustedUnitCost").real();
    if unit_change.is_none() && price.is_none() && cost.is_none() {
        return Err(Refusal::AdjustmentEmpty);
    }
    let line = find_line(tenant, row)?;
    let contract_id = match line {
        Line::Known { contract, .. } | Line::New { contract, .. } => contract,
    };
    let contract = tenant
        .store
        .get(Entity::Contract, contract_id)
        .ok_or(Refusal::AdjustmentWithoutLine)?;
    let in_contract = |field| Tenant::value(Entity::Contract, contract, field);
    if in_contract("ContractType").int() != Some(RECURRING_SERVICE) {
        return Err(Refusal::NotARecurringContract);
    }
    if tenant.choices.inactive_contract_refused && in_contract("Status").int() != Some(1) {
        return Err(Refusal::ContractInactive);
    }
    let start = in_contract("StartDate").date().unwrap_or(Date::MIN);
    let end = in_contract("EndDate").date().unwrap_or(Date::MAX);
    let effective = of("EffectiveDate")
        .date()
        .filter(|date| *date >= start && *date <= end);
    let effective = effective.ok_or(Refusal::AdjustmentOutsideContract)?;

    let line_id = match line {
        Line::Known { id, .. } => id,
        Line::New { contract, service } => add_line(tenant, contract, service),
    };
    if !tenant.adjusted.insert((line_id, effective)) && tenant.choices.same_day_adjustment_refused {
        return Err(Refusal::AdjustmentTwice);
    }
    change_line_prices(tenant, line_id, price, cost);
    change_units(
        tenant,
        line_id,
        effective,
        unit_change.unwrap_or(0),
        price,
        cost,
    )
}

enum Line {
    Known { id: i64, contract: i64 },
    New { contract: i64, service: i64 },
}

/// The line by its own id, or by contract and service; a service that the contract does not have
/// yet, or may have once more, becomes a new line.
fn find_line(tenant: &Tenant, row: &Row) -> Result<Line, Refusal> {
    let of = |field| Tenant::value(Entity::ContractServiceAdjustment, row, field);
    if let Some(id) = of("ContractServiceID").int() {
        let line = tenant
            .store
            .get(Entity::ContractService, id)
            .ok_or(Refusal::AdjustmentWithoutLine)?;
        let contract = Tenant::value(Entity::ContractService, line, "ContractID")
            .int()
            .unwrap_or(0);
        return Ok(Line::Known { id, contract });
    }
    let (Some(contract), Some(service)) = (of("ContractID").int(), of("ServiceID").int()) else {
        return Err(Refusal::AdjustmentWithoutLine);
    };
    let lines = tenant
        .store
        .ids_with(Entity::ContractService, "ContractID", contract);
    let known = lines.into_iter().find(|id| {
        tenant
            .store
            .get(Entity::ContractService, *id)
            .is_some_and(|line| {
                Tenant::value(Entity::ContractService, line, "ServiceID").int() == Some(service)
            })
    });
    let repeat = of("AllowRepeatService").bool() == Some(true);
    Ok(match known {
        Some(id) if !repeat => Line::Known { id, contract },
        Some(_) | None => Line::New { contract, service },
    })
}

fn add_line(tenant: &mut Tenant, contract: i64, service: i64) -> i64 {
    let entity = Entity::ContractService;
    let mut row = Tenant::row(
        entity,
        vec![
            ("ContractID", contract.into()),
            ("ServiceID", service.into()),
        ],
    );
    if let Some(service) = tenant.store.get(Entity::Service, service) {
        let price = Tenant::value(Entity::Service, service, "UnitPrice").clone();
        let cost = Tenant::value(Entity::Service, service, "UnitCost").clone();
        fill_prices(&mut row, &price, &cost);
    }
    let id = tenant.store.insert(entity, row);
    open_periods(tenant, id);
    id
}

/// One row with no units for each billing period of the line's contract.
pub(crate) fn open_periods(tenant: &mut Tenant, line_id: i64) {
    let Some(line) = tenant.store.get(Entity::ContractService, line_id) else {
        return;
    };
    let in_line = |field| Tenant::value(Entity::ContractService, line, field);
    let (contract_id, service_id) = (in_line("ContractID").clone(), in_line("ServiceID").clone());
    let contract = contract_id
        .int()
        .and_then(|id| tenant.store.get(Entity::Contract, id));
    let Some(contract) = contract else { return };
    let in_contract = |field| Tenant::value(Entity::Contract, contract, field);
    let (Some(start), Some(end)) = (
        in_contract("StartDate").date(),
        in_contract("EndDate").date(),
    ) else {
        return;
    };
    let step = months_of_period(in_contract("ContractPeriodType").text().unwrap_or("m"));
    let vendor = service_id
        .int()
        .and_then(|id| tenant.store.get(Entity::Service, id));
    let vendor = vendor.map_or(Value::Null, |service| {
        Tenant::value(Entity::Service, service, "VendorAccountID").clone()
    });

    let entity = Entity::ContractServiceUnit;
    let empty = Tenant::row(
        entity,
        vec![
            ("ContractID", contract_id),
            ("ServiceID", service_id),
            ("ContractServiceID", line_id.into()),
            ("Units", Value::Int(0)),
            ("Price", Value::Real(0.0)),
            ("InternalCurrencyPrice", Value::Real(0.0)),
            ("Cost", Value::Real(0.0)),
            ("VendorAccountID", vendor),
        ],
    );
    let mut months = 0;
    let mut from = start;
    while from <= end && months < 1200 {
        months += step;
        let next = add_months(start, months);
        let mut row = empty.clone();
        set(entity, &mut row, "StartDate", from.into());
        set(
            entity,
            &mut row,
            "EndDate",
            day_before(next).min(end).into(),
        );
        tenant.store.insert(entity, row);
        from = next;
    }
}

fn change_line_prices(tenant: &mut Tenant, line_id: i64, price: Option<f64>, cost: Option<f64>) {
    let position = |field| {
        Entity::ContractService
            .spec()
            .position(field, Names::Soap)
            .unwrap_or(0)
    };
    let mut changes = Vec::new();
    if let Some(price) = price {
        changes.push((position("AdjustedPrice"), Value::Real(price)));
        changes.push((
            position("InternalCurrencyAdjustedPrice"),
            Value::Real(price),
        ));
    }
    if let Some(cost) = cost {
        changes.push((position("UnitCost"), Value::Real(cost)));
    }
    tenant
        .store
        .change(Entity::ContractService, line_id, changes);
}

/// Changes the units of every period from `effective` on; splits the period it falls into.
pub(crate) fn change_units(
    tenant: &mut Tenant,
    line_id: i64,
    effective: Date,
    change: i64,
    price: Option<f64>,
    cost: Option<f64>,
) -> Result<(), Refusal> {
    let entity = Entity::ContractServiceUnit;
    let line = tenant.store.get(Entity::ContractService, line_id);
    let line_value = |field| {
        line.map_or(0.0, |line| {
            Tenant::value(Entity::ContractService, line, field)
                .real()
                .unwrap_or(0.0)
        })
    };
    let unit_price = price.unwrap_or_else(|| line_value("AdjustedPrice"));
    let unit_cost = cost.unwrap_or_else(|| line_value("UnitCost"));

    for id in tenant.store.ids_with(entity, "ContractServiceID", line_id) {
        let Some(row) = tenant.store.get(entity, id).cloned() else {
            continue;
        };
        let date = |field| Tenant::value(entity, &row, field).date();
        let (Some(start), Some(end)) = (date("StartDate"), date("EndDate")) else {
            continue;
        };
        if end < effective {
            continue;
        }
        let units = Tenant::value(entity, &row, "Units")
            .int()
            .unwrap_or(0)
            .saturating_add(change);
        if units < 0 && tenant.choices.negative_units_refused {
            return Err(Refusal::UnitsBelowZero);
        }
        let mut changed = row.clone();
        set(entity, &mut changed, "Units", Value::Int(units));
        set(
            entity,
            &mut changed,
            "Price",
            Value::Real(unit_price * units as f64),
        );
        set(
            entity,
            &mut changed,
            "InternalCurrencyPrice",
            Value::Real(unit_price * units as f64),
        );
        set(
            entity,
            &mut changed,
            "Cost",
            Value::Real(unit_cost * units as f64),
        );
        if start >= effective {
            tenant
                .store
                .change(entity, id, changed.into_iter().enumerate().collect());
        } else {
            let end_at = entity.spec().position("EndDate", Names::Soap).unwrap_or(0);
            tenant
                .store
                .change(entity, id, vec![(end_at, day_before(effective).into())]);
            set(entity, &mut changed, "StartDate", effective.into());
            tenant.store.insert(entity, changed);
        }
    }
    Ok(())
}

fn day_before(date: Date) -> Date {
    date.checked_sub(1.day()).unwrap_or(date)
}
