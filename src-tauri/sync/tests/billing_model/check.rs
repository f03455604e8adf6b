//! What must hold.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, civil::Date};
use sync::{billing::State, clock::Clock as _};

use crate::partner::{Partner, Rows, day};

/// What the app never touches.
pub struct Untouched {
    services: BTreeSet<i64>,
    others: BTreeMap<i64, Rows>,
}

impl Untouched {
    pub fn of(partner: &Partner) -> Self {
        let services = services(partner);
        let others = services
            .iter()
            .filter(|service| {
                partner
                    .places
                    .iter()
                    .all(|place| place.service != **service)
            })
            .map(|service| (*service, partner.rows(*service)))
            .collect();
        Self { services, others }
    }

    pub fn still_holds(&self, partner: &Partner) -> Result<(), String> {
        if services(partner) != self.services {
            return Err("a service was put on a contract".to_owned());
        }
        for (service, rows) in &self.others {
            if partner.rows(*service) != *rows {
                return Err(format!("the units of the service {service} were changed"));
            }
        }
        Ok(())
    }
}

fn services(partner: &Partner) -> BTreeSet<i64> {
    let services = partner.world().simulator.autotask().contract_services();
    services.into_iter().map(|line| line.id).collect()
}

/// What a line says of the units of its day.
#[derive(Debug)]
struct Claim {
    wanted: i64,
    at: Timestamp,
    /// It was posted ahead, and its invoice date has not come: it is read once more then.
    ahead: bool,
}

/// A contract service and a day.
type Day = (i64, Date);

pub fn at_the_end(partner: &mut Partner) -> Result<(), String> {
    let mut claims: BTreeMap<Day, Vec<Claim>> = BTreeMap::new();
    let mut doubted: BTreeSet<Day> = BTreeSet::new();
    let mut moved: Vec<(Day, Timestamp)> = Vec::new();
    let now = partner.world().clock.now();
    let lines: Vec<_> = partner.stores().into_iter().map(Partner::lines).collect();
    for (computer, line) in lines
        .into_iter()
        .enumerate()
        .flat_map(|(computer, lines)| lines.into_iter().map(move |line| (computer, line)))
    {
        let told = format!("computer {computer}, {line:#?}");
        if let Some((_, text)) = &line.error
            && (text.contains("must be between the start date and end date")
                || text.contains("already approved and posted contract period"))
        {
            return Err(format!("Autotask had to refuse it: {told}"));
        }
        match line.state {
            State::Sending | State::Posted | State::Unclear => {
                return Err(format!("it is not decided: {told}"));
            }
            State::Held => partner.seen.held += 1,
            State::Planned => partner.seen.blocked += 1,
            State::NeedsReview | State::Settled => {
                partner.seen.needs_review += 1;
                doubted.extend(
                    line.terms
                        .map(|terms| (terms.place.service, terms.effective)),
                );
            }
            State::Verified => {
                partner.seen.verified += 1;
                let Some(terms) = line.terms else {
                    return Err(format!("verified, and nothing is known: {told}"));
                };
                if line.corrects.is_some() {
                    continue;
                }
                let sum = terms.sum.as_ref().map(|sum| sum.units);
                if sum != u64::try_from(terms.wanted).ok() {
                    return Err(format!("not what the settings say: {told}"));
                }
                claims
                    .entry((terms.place.service, terms.effective))
                    .or_default()
                    .push(Claim {
                        wanted: terms.wanted,
                        at: line.changed_at,
                        ahead: line.invoice_date >= day(now),
                    });
                if terms.change() != 0 {
                    moved.push(((terms.place.service, terms.effective), line.changed_at));
                }
            }
            State::Corrected | State::Withdrawn => {}
        }
    }
    for ((service, day), claims) in &claims {
        if doubted.contains(&(*service, *day)) {
            continue;
        }
        // What others change holds for all later days too.
        let touched = partner.touched.get(service).into_iter().flatten();
        let last = touched
            .filter(|(_, from)| from <= day)
            .map(|(at, _)| *at)
            .max();
        if last.is_some_and(|last| claims.iter().all(|claim| claim.at <= last)) {
            continue;
        }
        // Another computer posted an earlier day later, and could not know of it.
        let is_moved = |claim: &Claim| {
            claim.ahead
                && moved
                    .iter()
                    .any(|((of, from), at)| of == service && from < day && *at > claim.at)
        };
        if claims.iter().all(is_moved) {
            continue;
        }
        let rows = partner.rows(*service);
        let stands = rows
            .iter()
            .find(|(start, end, _)| start <= day && day <= end)
            .map(|(_, _, units)| *units);
        if !claims.iter().any(|claim| Some(claim.wanted) == stands) {
            return Err(format!(
                "{stands:?} units of the service {service} stand on {day}, and the lines say {claims:#?}"
            ));
        }
    }
    Ok(())
}
