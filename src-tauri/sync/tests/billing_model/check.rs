//! What must hold.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
};

use jiff::{Timestamp, civil::Date};
use sync::{
    billing::{State, Terms},
    clock::Clock as _,
    store::LineRow,
};

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
            .filter(|service| !partner.ours.contains(service))
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

/// What a line says of the units of some days.
#[derive(Debug)]
struct Claim {
    days: RangeInclusive<Date>,
    /// `None`: it changed these days before it was tried again from a later one, and leaves them.
    wanted: Option<i64>,
    at: Timestamp,
    /// Not read once more yet: a correction, or posted ahead of an invoice date that has not come.
    ahead: bool,
}

impl Claim {
    fn of(line: &LineRow, terms: &Terms, now: Timestamp) -> Self {
        Self {
            days: terms.effective..=terms.period.end,
            wanted: Some(terms.wanted),
            at: line.changed_at,
            ahead: line.corrects.is_some() || line.invoice_date >= day(now),
        }
    }

    /// Of the days on which it had its first effect, if it goes on from a later one.
    fn left_behind(line: &LineRow, terms: &Terms, now: Timestamp) -> Option<Self> {
        let (from, _) = line.former.filter(|(from, _)| *from < terms.effective)?;
        Some(Self {
            days: from..=terms.effective.yesterday().unwrap(),
            wanted: None,
            ..Self::of(line, terms, now)
        })
    }
}

/// Of a contract service.
#[derive(Debug, Default)]
struct Told {
    claims: Vec<Claim>,
    /// A person decides about these days.
    doubted: Vec<RangeInclusive<Date>>,
    /// When a line or a correction changed the units, and from which day on.
    moved: Vec<(Timestamp, Date)>,
}

pub fn at_the_end(partner: &mut Partner) -> Result<(), String> {
    let mut of_service: BTreeMap<i64, Told> = BTreeMap::new();
    let now = partner.world().clock.now();
    let lines: Vec<_> = partner.stores().into_iter().map(Partner::lines).collect();
    let taken_back: Vec<BTreeMap<i64, Date>> =
        lines.iter().map(|lines| taken_back(lines)).collect();
    for (computer, line) in lines
        .into_iter()
        .enumerate()
        .flat_map(|(computer, lines)| lines.into_iter().map(move |line| (computer, line)))
    {
        let shown = format!("computer {computer}, {line:#?}");
        if let Some((_, text)) = &line.error
            && (text.contains("must be between the start date and end date")
                || text.contains("already approved and posted contract period"))
        {
            return Err(format!("Autotask had to refuse it: {shown}"));
        }
        let mut told = line
            .terms
            .as_ref()
            .map(|terms| of_service.entry(terms.place.service).or_default());
        // Somebody has to look at it, or has: nothing is told of its days.
        if line.former.is_some()
            && let (Some(told), Some(terms)) = (&mut told, &line.terms)
        {
            told.moved.push((line.changed_at, terms.effective));
            if line.state != State::Verified && line.state != State::Corrected {
                told.doubted.push(terms.effective..=terms.period.end);
            }
        }
        match line.state {
            State::Sending | State::Posted | State::Unclear => {
                return Err(format!("it is not decided: {shown}"));
            }
            State::Held => partner.seen.held += 1,
            State::Planned => partner.seen.blocked += 1,
            State::NeedsReview => {
                partner.seen.needs_review += 1;
                if let (Some(told), Some(terms)) = (told, &line.terms) {
                    told.doubted.push(terms.effective..=terms.period.end);
                }
            }
            State::Verified => {
                partner.seen.verified += 1;
                let (Some(told), Some(terms)) = (told, &line.terms) else {
                    return Err(format!("verified, and nothing is known: {shown}"));
                };
                let sum = terms.sum.as_ref().map(|sum| sum.units);
                if line.corrects.is_none() && sum != u64::try_from(terms.wanted).ok() {
                    return Err(format!("not what the settings say: {shown}"));
                }
                told.claims.push(Claim::of(&line, terms, now));
                told.claims.extend(Claim::left_behind(&line, terms, now));
            }
            // What was before the correction's first day is billed as it stood.
            State::Corrected => {
                if let (Some(told), Some(terms)) = (told, &line.terms)
                    && let Some(until) = taken_back[computer].get(&line.id)
                    && terms.effective < *until
                {
                    told.doubted
                        .push(terms.effective..=until.yesterday().unwrap());
                }
            }
            State::Settled | State::Withdrawn => {}
        }
    }
    for (service, told) in &of_service {
        stands_as_told(partner, *service, told)?;
    }
    Ok(())
}

/// From which day on lines were taken back.
fn taken_back(lines: &[LineRow]) -> BTreeMap<i64, Date> {
    lines
        .iter()
        .filter(|line| line.state == State::Verified)
        .filter_map(|line| Some((line.corrects?, line.terms.as_ref()?.effective)))
        .collect()
}

/// Of each day the last that was told of it, all days of a billing period.
fn stands_as_told(partner: &Partner, service: i64, told: &Told) -> Result<(), String> {
    let touched = partner.touched.get(&service);
    for (start, _, units) in partner.rows(service) {
        let of_day = || {
            told.claims
                .iter()
                .filter(|claim| claim.days.contains(&start))
        };
        let Some(at) = of_day().map(|claim| claim.at).max() else {
            continue;
        };
        if told.doubted.iter().any(|days| days.contains(&start)) {
            continue;
        }
        // What others change holds for all later days too.
        let by_others = touched
            .into_iter()
            .flatten()
            .any(|(when, from)| *from <= start && *when >= at);
        if by_others {
            continue;
        }
        let last: Vec<_> = of_day().filter(|claim| claim.at == at).collect();
        // An earlier day was changed since: by another computer that could not know of it, or because a
        // correction had made room for that.
        let is_moved = told.moved.iter().any(|(when, from)| {
            *when >= at
                && last
                    .iter()
                    .all(|claim| claim.ahead && from < claim.days.start())
        });
        let is_other = |claim: &&Claim| claim.wanted.is_some_and(|wanted| wanted != units);
        if !is_moved && last.iter().all(is_other) {
            return Err(format!(
                "{units} units of the service {service} stand from {start}, and the lines say {last:#?}\n{}",
                story(partner, service)
            ));
        }
    }
    Ok(())
}

/// All that is known of a service, for whoever looks for the fault.
fn story(partner: &Partner, service: i64) -> String {
    let mut story = String::new();
    for (start, end, units) in partner.rows(service) {
        story.push_str(&format!("{start} to {end}: {units}\n"));
    }
    for (computer, store) in partner.stores().into_iter().enumerate() {
        for line in Partner::lines(store) {
            let terms = line.terms.as_ref();
            if terms.is_none_or(|terms| terms.place.service == service) {
                story.push_str(&format!(
                    "computer {computer}: {} {} {:?} at {}, former {:?}, {:?}: {:?}\n",
                    line.key(),
                    line.id,
                    line.state,
                    line.changed_at,
                    line.former,
                    terms.map(|terms| (terms.effective, terms.before, terms.wanted)),
                    line.error
                ));
            }
        }
    }
    let touched = partner.touched.get(&service);
    story + &format!("touched: {touched:?}")
}
