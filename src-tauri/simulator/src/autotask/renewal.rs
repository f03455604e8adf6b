//! Renewing a contract, as a person does in Autotask: a new contract from the day after, of the
//! same length unless asked otherwise, with the same services and the units of the last day.
//!
//! The help says so, and that only recurring-service contracts can be renewed, and only once.

use jiff::Unit;
use jiff::civil::{Date, DateDifference};

use super::choices::RenewalToldBy;
use super::periods::{self, Term, day_after, day_before};
use super::rules::RECURRING_SERVICE;
use super::schema::{Entity, Names};
use super::tenant::{Tenant, set};
use super::value::{Row, Value};

/// Characters of a contract's name.
const LONGEST_NAME: usize = 100;

/// Gives the new contract's id, or why there is none.
pub(crate) fn renew(tenant: &mut Tenant, id: i64, end: Option<Date>) -> Result<i64, String> {
    let entity = Entity::Contract;
    let old = tenant
        .store
        .get(entity, id)
        .ok_or("There is no such contract.")?
        .into_owned();
    let value = |field| Tenant::value(entity, &old, field);
    if value("ContractType").int() != Some(RECURRING_SERVICE) {
        return Err("Only a recurring-service contract can be renewed.".to_owned());
    }
    if tenant.renewed.contains(&id) {
        return Err("The contract has been renewed already.".to_owned());
    }
    let term = Term::of(&old).ok_or("The contract has no dates.")?;
    let start = day_after(term.end);
    let end = end.unwrap_or_else(|| same_length(term, start));
    if end <= start {
        return Err("The renewal would end before it starts.".to_owned());
    }

    let mut new = old.clone();
    let name = format!(
        "Renewal of {}",
        value("ContractName").text().unwrap_or_default()
    );
    let name: String = name.chars().take(LONGEST_NAME).collect();
    set(entity, &mut new, "ContractName", name.into());
    set(entity, &mut new, "StartDate", start.into());
    set(entity, &mut new, "EndDate", end.into());
    set(entity, &mut new, "Status", Value::Int(1));
    set(entity, &mut new, "RenewedContractID", Value::Null);
    let new_id = tenant.store.insert(entity, new);
    let (told_by, other) = match tenant.choices.renewal_told_by {
        RenewalToldBy::OldContract => (id, new_id),
        RenewalToldBy::NewContract => (new_id, id),
    };
    let told = entity.spec().position("RenewedContractID", Names::Soap);
    let told = told.map(|at| (at, Value::Int(other)));
    tenant
        .store
        .change(entity, told_by, told.into_iter().collect());
    tenant.renewed.insert(id);
    for line in periods::lines(tenant, id) {
        carry_over(tenant, line, new_id, term.end);
    }
    Ok(new_id)
}

fn same_length(term: Term, start: Date) -> Date {
    let length = DateDifference::new(day_after(term.end)).largest(Unit::Month);
    let length = term.start.until(length).unwrap_or_default();
    start.checked_add(length).map_or(start, day_before)
}

fn carry_over(tenant: &mut Tenant, line: i64, contract: i64, last_day: Date) {
    let entity = Entity::ContractService;
    let Some(row) = tenant.store.get(entity, line) else {
        return;
    };
    let mut row: Row = row.into_owned();
    set(entity, &mut row, "ContractID", contract.into());
    let units = periods::of_line(tenant, line)
        .into_iter()
        .rev()
        .find(|(_, period)| period.start <= last_day)
        .map_or(0, |(_, period)| period.units);
    let new_line = tenant.store.insert(entity, row);
    periods::open(tenant, new_line, units);
}
