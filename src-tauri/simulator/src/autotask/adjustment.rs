//! Adjustments: how the units and prices of a service line change.
//!
//! An adjustment is a difference. It changes every period from its effective date on; inside a
//! period the row is shortened to the day before, and a new row runs from the effective date to
//! the period's end with the new total (the vendor documents the new row, not the rest).

use jiff::civil::Date;

use super::choices::PostedPeriods;
use super::periods::{self, Term, day_before};
use super::refusal::Refusal;
use super::rules::{RECURRING_SERVICE, fill_prices};
use super::schema::{Entity, Names};
use super::tenant::Tenant;
use super::units::Period;
use super::value::{Row, Value};

/// Carries out an adjustment whose fields have been checked one by one.
pub(crate) fn apply(tenant: &mut Tenant, row: &Row) -> Result<(), Refusal> {
    let of = |field| Tenant::value(Entity::ContractServiceAdjustment, row, field);
    let change = Change {
        units: of("UnitChange").int(),
        price: of("AdjustedUnitPrice").real(),
        cost: of("AdjustedUnitCost").real(),
    };
    if change.is_empty() {
        return Err(Refusal::AdjustmentEmpty);
    }
    let line = find_line(tenant, row)?;
    let contract_id = match line {
        Line::Known { contract, .. } | Line::New { contract, .. } => contract,
    };
    let term = recurring_term(tenant, contract_id)?;
    let effective = of("EffectiveDate")
        .date()
        .filter(|date| *date >= term.start && *date <= term.end);
    let effective = effective.ok_or(Refusal::AdjustmentOutsideContract)?;

    let line_id = match line {
        Line::Known { id, .. } => id,
        Line::New { contract, service } => add_line(tenant, contract, service)?,
    };
    let first_time = tenant.remember_adjustment(line_id, effective);
    if !first_time && tenant.choices.same_day_adjustment_refused {
        return Err(Refusal::AdjustmentTwice);
    }
    change_line_prices(tenant, line_id, change);
    let effective = if tenant.choices.proration {
        effective
    } else {
        start_of_change(tenant, line_id, term, effective)?
    };
    change_units(tenant, line_id, effective, change)
}

/// What an adjustment changes: units by a difference, prices to a new value.
#[derive(Debug, Clone, Copy)]
struct Change {
    units: Option<i64>,
    price: Option<f64>,
    cost: Option<f64>,
}

impl Change {
    fn is_empty(self) -> bool {
        self.units.is_none() && self.price.is_none() && self.cost.is_none()
    }
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
        let contract = Tenant::value(Entity::ContractService, &line, "ContractID")
            .int()
            .unwrap_or(0);
        return Ok(Line::Known { id, contract });
    }
    let (Some(contract), Some(service)) = (of("ContractID").int(), of("ServiceID").int()) else {
        return Err(Refusal::AdjustmentWithoutLine);
    };
    let known = line_of_service(tenant, contract, service);
    let repeat = of("AllowRepeatService").bool() == Some(true);
    Ok(match known {
        Some(id) if !repeat => Line::Known { id, contract },
        Some(_) | None => Line::New { contract, service },
    })
}

/// The contract's first line for a service.
pub(crate) fn line_of_service(tenant: &Tenant, contract: i64, service: i64) -> Option<i64> {
    let entity = Entity::ContractService;
    periods::lines(tenant, contract).into_iter().find(|id| {
        tenant
            .store
            .get(entity, *id)
            .is_some_and(|line| Tenant::value(entity, &line, "ServiceID").int() == Some(service))
    })
}

/// The days of a contract that may be adjusted.
fn recurring_term(tenant: &Tenant, contract: i64) -> Result<Term, Refusal> {
    let contract = tenant
        .store
        .get(Entity::Contract, contract)
        .ok_or(Refusal::AdjustmentWithoutLine)?;
    let value = |field| Tenant::value(Entity::Contract, &contract, field);
    if value("ContractType").int() != Some(RECURRING_SERVICE) {
        return Err(Refusal::NotARecurringContract);
    }
    if tenant.choices.inactive_contract_refused && value("Status").int() != Some(1) {
        return Err(Refusal::ContractInactive);
    }
    Term::of(&contract).ok_or(Refusal::AdjustmentOutsideContract)
}

fn add_line(tenant: &mut Tenant, contract: i64, service: i64) -> Result<i64, Refusal> {
    let entity = Entity::ContractService;
    let mut row = Tenant::row(
        entity,
        vec![
            ("ContractID", contract.into()),
            ("ServiceID", service.into()),
        ],
    );
    if let Some(service) = tenant.store.get(Entity::Service, service) {
        if tenant.choices.inactive_service_refused && !is_active(&service) {
            return Err(Refusal::ServiceInactive);
        }
        let price = Tenant::value(Entity::Service, &service, "UnitPrice").clone();
        let cost = Tenant::value(Entity::Service, &service, "UnitCost").clone();
        fill_prices(&mut row, &price, &cost);
    }
    let id = tenant.store.insert(entity, row);
    periods::open(tenant, id, 0);
    Ok(id)
}

pub(crate) fn is_active(service: &Row) -> bool {
    Tenant::value(Entity::Service, service, "IsActive").bool() == Some(true)
}

/// Without proration a change applies to the whole period that it falls into, or to the next one
/// if that has been billed.
fn start_of_change(
    tenant: &Tenant,
    line: i64,
    term: Term,
    effective: Date,
) -> Result<Date, Refusal> {
    let (start, end) = term
        .period_of(effective)
        .ok_or(Refusal::AdjustmentOutsideContract)?;
    let billed = periods::of_line(tenant, line)
        .iter()
        .any(|(_, period)| period.start <= end && period.end >= start && period.posted.is_some());
    if !billed {
        return Ok(start);
    }
    let next = term.period_of(periods::day_after(end));
    next.map(|(start, _)| start)
        .ok_or(Refusal::AdjustmentOutsideContract)
}

fn change_line_prices(tenant: &mut Tenant, line_id: i64, change: Change) {
    let position = |field| {
        Entity::ContractService
            .spec()
            .position(field, Names::Soap)
            .unwrap_or(0)
    };
    let mut changes = Vec::new();
    if let Some(price) = change.price {
        changes.push((position("AdjustedPrice"), Value::Real(price)));
        changes.push((
            position("InternalCurrencyAdjustedPrice"),
            Value::Real(price),
        ));
    }
    if let Some(cost) = change.cost {
        changes.push((position("UnitCost"), Value::Real(cost)));
    }
    tenant
        .store
        .change(Entity::ContractService, line_id, changes);
}

/// Changes the units of every period from `effective` on; splits the period it falls into.
fn change_units(
    tenant: &mut Tenant,
    line_id: i64,
    effective: Date,
    change: Change,
) -> Result<(), Refusal> {
    let (unit_price, unit_cost) = {
        let line = tenant.store.get(Entity::ContractService, line_id);
        let of_line = |field| {
            let line = line.as_deref();
            line.and_then(|line| Tenant::value(Entity::ContractService, line, field).real())
                .unwrap_or(0.0)
        };
        (of_line("AdjustedPrice"), of_line("UnitCost"))
    };
    for (id, period) in periods::of_line(tenant, line_id) {
        if period.end < effective {
            continue;
        }
        if period.posted.is_some() {
            match tenant.choices.posted_periods {
                PostedPeriods::Changed => {}
                PostedPeriods::Kept => continue,
                PostedPeriods::Refused => return Err(Refusal::PeriodPosted),
            }
        }
        let units = period.units.saturating_add(change.units.unwrap_or(0));
        if units < 0 && tenant.choices.negative_units_refused {
            return Err(Refusal::UnitsBelowZero);
        }
        let changed = period.with_units(units, unit_price, unit_cost);
        if period.start >= effective {
            tenant.store.put_period(id, Some(changed));
        } else {
            let before = Period {
                end: day_before(effective),
                ..period
            };
            tenant.store.put_period(id, Some(before));
            tenant.store.add_period(Period {
                start: effective,
                posted: None,
                ..changed
            });
        }
    }
    Ok(())
}
