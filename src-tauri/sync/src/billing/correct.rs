//! The correcting entry: puts the units of a line back to what they were right before it was posted.
//!
//! It is a line of its own, *former units minus current*, from the same day on, so that it restores every
//! period that the first one changed. Autotask is said to refuse a second change with the same effective date;
//! then it takes effect from the first free day after it, and the days before are billed as they stand: the plan
//! says so before anything is sent. A later change of the same service has to be corrected first.

use std::collections::HashSet;

use autotask::Client;
use jiff::{Timestamp, ToSpan as _, civil::Date};
use serde::Serialize;

use super::{
    Blocked, Money, Period, Place, Record, Report, State,
    assess::of_correction,
    book::Book,
    order::{Means, OrderError},
    preview::Records,
    refusal, standing,
};
use crate::store::{LineRecord, LineRow, NewLine, Store};

/// What a correcting entry will do.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Correction {
    /// The line that is taken back.
    pub line: i64,
    pub organization_id: String,
    pub organization: String,
    pub invoice_date: Date,
    pub place: Place,
    pub effective: Date,
    pub period: Period,
    pub units_now: Option<i64>,
    /// As they were before the line was posted.
    pub units_to_be: i64,
    pub change: Option<i64>,
    pub worth: Option<Money>,
    /// Autotask may refuse the day; then it takes effect from this one.
    pub or_from: Option<Date>,
    /// Why Autotask does not allow it, or this app does not.
    pub blocked: Option<Blocked>,
    /// What it does, in words.
    pub message: String,
}

/// Says what a correcting entry would do, and sends nothing.
pub async fn plan_correction(
    store: &Store,
    client: &Client,
    id: i64,
    now: Timestamp,
) -> Result<Correction, OrderError> {
    refusal::noted(store, now, plan(store, client, id, now).await)
}

async fn plan(
    store: &Store,
    client: &Client,
    id: i64,
    now: Timestamp,
) -> Result<Correction, OrderError> {
    let line = store.line(id)?.ok_or(OrderError::UnknownLine)?;
    let possible = line.can_be_corrected();
    let entry = entry_of(store, line.invoice_date, id)?;
    let from_day = entry.as_ref().and_then(|entry| entry.from_day);
    let assessed = of_correction(&line, from_day).filter(|_| possible);
    let Some(((mut assessed, terms), (from, former))) =
        assessed.zip(line.terms.clone()).zip(line.former)
    else {
        return Err(OrderError::NotPossible(format!(
            "The line is {}: only what was posted by it is corrected.",
            line.state.label()
        )));
    };
    let book = Book::open(store, now)?;
    let place = terms.place.clone();
    let contracts = standing::contracts(client, [place.contract], [place.service]).await?;
    assessed.correction_with_contract(&contracts);
    let own = [Some(id), entry.map(|entry| entry.id)];
    let others: Vec<_> = book
        .standing(place.service)
        .iter()
        .filter(|other| !own.contains(&Some(other.line)))
        .copied()
        .collect();
    assessed.with_own_lines(&others, None);
    let read = standing::units(client, &assessed.to_read().into_iter().collect::<Vec<_>>()).await?;
    assessed.with_units(&read, &read);
    let from = assessed.effective.unwrap_or(from);
    let next = from.saturating_add(1.day());
    let or_from = (next <= terms.period.end).then_some(next);
    let change = assessed.units_now.map(|now| former - now);
    Ok(Correction {
        line: id,
        organization: book.name(&line.organization_id),
        organization_id: line.organization_id,
        invoice_date: line.invoice_date,
        message: words(&assessed.blocked, assessed.units_now, from, former, or_from),
        effective: from,
        period: terms.period,
        units_now: assessed.units_now,
        units_to_be: former,
        worth: Money::worth(terms.unit_price, change),
        change,
        or_from,
        blocked: assessed.blocked,
        place,
    })
}

fn words(
    blocked: &Option<Blocked>,
    now: Option<i64>,
    from: Date,
    former: i64,
    or_from: Option<Date>,
) -> String {
    let now = match (blocked, now) {
        (Some(why), _) => return format!("It cannot be corrected. {why}"),
        (None, None) => return "It cannot be corrected: the units cannot be read.".to_owned(),
        (None, Some(now)) => now,
    };
    if now == former {
        return format!(
            "The former {now} units stand again already; nothing is sent, and the line is marked as \
             corrected."
        );
    }
    let mut text = format!(
        "Changes the units from {now} back to {former} ({:+}) from {from} on.",
        former - now
    );
    if let Some(next) = or_from {
        text.push_str(&format!(
            " Autotask may refuse a second change with the same effective date: then it is from {next} \
             on, and {from} is billed with {now} units."
        ));
    }
    text
}

/// What became of a correction.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Corrected {
    pub plan: Correction,
    pub report: Report,
    /// The correcting entry.
    pub record: Option<Record>,
    /// The first day with the former units.
    pub effective: Option<Date>,
}

/// Makes the correcting entry, and reads it back.
pub async fn correct(means: &Means<'_>, id: i64) -> Result<Corrected, OrderError> {
    let _alone = means.alone()?;
    let (store, now) = (means.store, means.clock.now());
    let plan = plan_correction(store, means.client, id, now).await?;
    if let Some(why) = &plan.blocked {
        return Err(OrderError::NotPossible(why.to_string()));
    }
    let new = NewLine {
        organization_id: plan.organization_id.clone(),
        invoice_date: plan.invoice_date,
        corrects: Some(id),
    };
    let entry = match store.add_line(&new, now)? {
        Some(entry) => entry,
        None => again(store, &plan, now)?,
    };
    let report = means.post_lines(HashSet::from([entry])).await?;
    let line = store.line(entry)?;
    Ok(Corrected {
        plan,
        report,
        effective: line
            .as_ref()
            .and_then(|line| line.terms.as_ref())
            .map(|terms| terms.effective),
        record: line.map(|line| Record::of(&line, None)),
    })
}

/// There is a correcting entry already: it is tried again, unless it is under way.
fn again(store: &Store, plan: &Correction, now: Timestamp) -> Result<i64, OrderError> {
    let entry = entry_of(store, plan.invoice_date, plan.line)?.ok_or(OrderError::UnknownLine)?;
    if matches!(entry.state, State::NeedsReview | State::Settled) {
        let retried = LineRecord::new(entry.id, super::Change::Retried).not_before(now);
        store.record_lines(&[retried], now)?;
    }
    Ok(entry.id)
}

fn entry_of(
    store: &Store,
    invoice_date: Date,
    line: i64,
) -> Result<Option<LineRow>, crate::store::StoreError> {
    let records = Records::of(store.billing_lines(invoice_date)?);
    Ok(records.correction_of(line).cloned())
}
