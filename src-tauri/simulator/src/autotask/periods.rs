//! Billing periods of service lines: opened with the line, moved with the contract's dates,
//! approved and posted.
//!
//! Periods step from the contract's start, each a month, quarter, half-year or year long; the
//! last one ends with the contract. An earlier end takes away what lies behind it. A later end
//! goes on with the units of the last day. A moved start lays the same units over new periods.

use jiff::civil::Date;

use super::billing_period::{add_months, months_of_period};
use super::refusal::Refusal;
use super::schema::Entity;
use super::tenant::Tenant;
use super::units::Period;
use super::value::Row;

/// No contract is longer, in months.
const MOST: i32 = 1200;

/// The first and last day of a contract and the length of its billing periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Term {
    pub start: Date,
    pub end: Date,
    months: i32,
}

impl Term {
    /// None if a date is missing.
    pub(crate) fn of(contract: &Row) -> Option<Term> {
        let value = |field| Tenant::value(Entity::Contract, contract, field);
        Some(Term {
            start: value("StartDate").date()?,
            end: value("EndDate").date()?,
            months: months_of_period(value("ContractPeriodType").text().unwrap_or("m")),
        })
    }

    /// First and last day of each billing period.
    pub(crate) fn periods(self) -> impl Iterator<Item = (Date, Date)> {
        let mut next = self.start;
        let mut months = 0;
        std::iter::from_fn(move || {
            if next > self.end || months >= MOST {
                return None;
            }
            let start = next;
            // From the contract's start each time: a month from January 31st is not a step of 28 days.
            months += self.months;
            next = add_months(self.start, months);
            Some((start, day_before(next).min(self.end)))
        })
    }

    /// The billing period that a day lies in.
    pub(crate) fn period_of(self, day: Date) -> Option<(Date, Date)> {
        self.periods()
            .find(|(start, end)| *start <= day && day <= *end)
    }
}

/// Makes the periods of a line, all with so many units at the line's prices.
pub(crate) fn open(tenant: &mut Tenant, line: i64, units: i64) {
    let entity = Entity::ContractService;
    let Some(row) = tenant.store.get(entity, line) else {
        return;
    };
    let value = |field| Tenant::value(entity, &row, field);
    let (Some(contract), Some(service)) = (value("ContractID").int(), value("ServiceID").int())
    else {
        return;
    };
    let unit_price = value("AdjustedPrice").real().unwrap_or(0.0);
    let unit_cost = value("UnitCost").real().unwrap_or(0.0);
    let vendor = tenant
        .store
        .get(Entity::Service, service)
        .and_then(|row| Tenant::value(Entity::Service, &row, "VendorAccountID").int());
    let term = tenant
        .store
        .get(Entity::Contract, contract)
        .and_then(|contract| Term::of(&contract));
    tenant
        .store
        .add_line_of_units(line, contract, service, vendor);
    for (start, end) in term.into_iter().flat_map(Term::periods) {
        let period = Period {
            line,
            start,
            end,
            units: 0,
            price: 0.0,
            cost: 0.0,
            posted: None,
        };
        tenant
            .store
            .add_period(period.with_units(units, unit_price, unit_cost));
    }
}

/// The periods of a line in order of time, with their ids.
pub(crate) fn of_line(tenant: &Tenant, line: i64) -> Vec<(i64, Period)> {
    let units = tenant.store.units();
    let ids = units.of_line(line).into_iter();
    let mut periods: Vec<(i64, Period)> =
        ids.filter_map(|id| Some((id, *units.get(id)?))).collect();
    periods.sort_by_key(|(_, period)| period.start);
    periods
}

/// What stands in the way of new dates for a contract.
pub(crate) fn check_dates(
    tenant: &Tenant,
    contract: i64,
    before: Term,
    after: Term,
) -> Option<Refusal> {
    if !tenant.choices.posted_dates_refused {
        return None;
    }
    let changed = |period: &Period| {
        let cut = period.end > after.end || period.start < after.start;
        cut || before.start != after.start
    };
    let posted = lines(tenant, contract)
        .into_iter()
        .flat_map(|line| of_line(tenant, line))
        .any(|(_, period)| period.posted.is_some() && changed(&period));
    posted.then_some(Refusal::PeriodPosted)
}

/// Lets the periods of a contract's lines follow its new dates.
pub(crate) fn follow_dates(tenant: &mut Tenant, contract: i64, before: Term, after: Term) {
    for line in lines(tenant, contract) {
        if before.start != after.start {
            lay_anew(tenant, line, after);
        } else if after.end < before.end {
            cut(tenant, line, after.end);
        } else if after.end > before.end {
            extend(tenant, line, after);
        }
    }
}

/// Approves and posts every period that begins by that day, of an inactive contract too: it bills
/// on. Says how many were posted.
pub(crate) fn post(tenant: &mut Tenant, contract: i64, until: Date, today: Date) -> usize {
    let mut posted = 0;
    for line in lines(tenant, contract) {
        for (id, period) in of_line(tenant, line) {
            if period.start <= until && period.posted.is_none() {
                let period = Period {
                    posted: Some(today),
                    ..period
                };
                tenant.store.put_period(id, Some(period));
                posted += 1;
            }
        }
    }
    posted
}

/// Takes back the posting of every period that ends on or after that day. Says of how many.
pub(crate) fn take_back(tenant: &mut Tenant, contract: i64, from: Date) -> usize {
    let mut taken_back = 0;
    for line in lines(tenant, contract) {
        for (id, period) in of_line(tenant, line) {
            if period.end >= from && period.posted.is_some() {
                let period = Period {
                    posted: None,
                    ..period
                };
                tenant.store.put_period(id, Some(period));
                taken_back += 1;
            }
        }
    }
    taken_back
}

pub(crate) fn lines(tenant: &Tenant, contract: i64) -> Vec<i64> {
    tenant
        .store
        .ids_with(Entity::ContractService, "ContractID", contract)
}

pub(crate) fn day_before(date: Date) -> Date {
    date.yesterday().unwrap_or(date)
}

pub(crate) fn day_after(date: Date) -> Date {
    date.tomorrow().unwrap_or(date)
}

fn cut(tenant: &mut Tenant, line: i64, end: Date) {
    for (id, period) in of_line(tenant, line) {
        if period.start > end {
            tenant.store.put_period(id, None);
        } else if period.end > end {
            tenant.store.put_period(id, Some(Period { end, ..period }));
        }
    }
}

fn extend(tenant: &mut Tenant, line: i64, term: Term) {
    let Some((id, last)) = of_line(tenant, line).pop() else {
        return;
    };
    let missing = term.periods().filter(|(_, end)| *end > last.end);
    for (start, end) in missing {
        if start > last.end {
            tenant.store.add_period(Period {
                start,
                end,
                posted: None,
                ..last
            });
        } else if last.posted.is_none() {
            tenant.store.put_period(id, Some(Period { end, ..last }));
        } else {
            // What is posted is billed as it is; the rest of its period is billed beside it.
            tenant.store.add_period(Period {
                start: day_after(last.end),
                end,
                posted: None,
                ..last
            });
        }
    }
}

/// Lays the units of a line over the periods of a contract whose start has moved.
fn lay_anew(tenant: &mut Tenant, line: i64, term: Term) {
    let old = of_line(tenant, line);
    let Some((_, first)) = old.first().copied() else {
        return;
    };
    for (id, _) in &old {
        tenant.store.put_period(*id, None);
    }
    // Days on which the units, or whether they are posted, differ from the day before.
    let turns: Vec<Date> = old
        .windows(2)
        .filter_map(|pair| match pair {
            [(_, a), (_, b)] => (!a.same_units(b) || a.posted != b.posted).then_some(b.start),
            _ => None,
        })
        .collect();
    for (start, end) in term.periods() {
        let inside = turns.iter().filter(|day| **day > start && **day <= end);
        let starts: Vec<Date> = std::iter::once(start).chain(inside.copied()).collect();
        for (at, start) in starts.iter().enumerate() {
            let end = starts.get(at + 1).map_or(end, |next| day_before(*next));
            let stands = old.iter().rev().find(|(_, period)| period.start <= *start);
            let stands = stands.map_or(first, |(_, period)| *period);
            tenant.store.add_period(Period {
                start: *start,
                end,
                ..stands
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, ToSpan};

    use super::*;
    use crate::Config;
    use crate::autotask::adjustment;
    use crate::autotask::tenant::set;
    use crate::autotask::value::Value;
    use crate::random::Random;
    use crate::world;

    const CONTRACT: Entity = Entity::Contract;

    fn term(tenant: &Tenant, contract: i64) -> Term {
        Term::of(&tenant.store.get(CONTRACT, contract).unwrap()).unwrap()
    }

    fn move_dates(tenant: &mut Tenant, contract: i64, start: Date, end: Date) {
        let before = term(tenant, contract);
        let mut row = tenant.store.get(CONTRACT, contract).unwrap().into_owned();
        set(CONTRACT, &mut row, "StartDate", start.into());
        set(CONTRACT, &mut row, "EndDate", end.into());
        let changes = row.into_iter().enumerate().collect();
        tenant.store.change(CONTRACT, contract, changes);
        let after = term(tenant, contract);
        follow_dates(tenant, contract, before, after);
    }

    fn adjust(tenant: &mut Tenant, line: i64, day: Date, units: i64) {
        let entity = Entity::ContractServiceAdjustment;
        let fields = vec![
            ("ContractServiceID", line.into()),
            ("EffectiveDate", day.into()),
            ("UnitChange", Value::Int(units)),
        ];
        // Some are refused, like the same day a second time; none may do harm.
        let _ = adjustment::apply(tenant, &Tenant::row(entity, fields));
    }

    #[test]
    fn whatever_happens_to_a_contract_each_of_its_days_has_one_row_of_units() {
        let start: Timestamp = "2026-11-23T15:00:00Z".parse().unwrap();
        for seed in 0..40 {
            let config = Config {
                seed,
                organizations: 1,
                finished_jobs: 0,
                ..Config::default()
            };
            let (mut tenant, _) = world::make(&config, start);
            let mut random = Random::new(seed, "what happens");
            let contract = tenant.store.rows(CONTRACT).next().unwrap()[0]
                .int()
                .unwrap();
            let line = lines(&tenant, contract)[0];
            for step in 0..60 {
                let now = term(&tenant, contract);
                let any_day = |random: &mut Random| {
                    let days = random.between(0, i64::from((now.end - now.start).get_days()));
                    now.start.checked_add(days.days()).unwrap()
                };
                let day = any_day(&mut random);
                let months = i32::try_from(random.between(-5, 5)).unwrap();
                match random.below(8) {
                    0 => {
                        post(&mut tenant, contract, day, day);
                    }
                    1 => {
                        take_back(&mut tenant, contract, day);
                    }
                    2 if day > now.start => move_dates(&mut tenant, contract, now.start, day),
                    3 => move_dates(&mut tenant, contract, now.start, add_months(now.end, 5)),
                    4 if add_months(day, months) < now.end => {
                        move_dates(&mut tenant, contract, add_months(day, months), now.end);
                    }
                    _ => adjust(&mut tenant, line, day, random.between(-3, 9)),
                }
                let now = term(&tenant, contract);
                let rows = of_line(&tenant, line);
                let told = format!("seed {seed}, step {step}: {now:?} {rows:#?}");
                assert_eq!(
                    rows.first().map(|(_, row)| row.start),
                    Some(now.start),
                    "{told}"
                );
                assert_eq!(rows.last().map(|(_, row)| row.end), Some(now.end), "{told}");
                assert!(rows.iter().all(|(_, row)| row.start <= row.end), "{told}");
                for pair in rows.windows(2) {
                    assert_eq!(day_after(pair[0].1.end), pair[1].1.start, "{told}");
                }
                assert_eq!(tenant.store.units().of_line(line).len(), rows.len());
            }
        }
    }
}
