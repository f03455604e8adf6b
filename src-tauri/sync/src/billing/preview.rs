//! What would be posted for an invoice date, line by line, or why not. It only reads, here and in Autotask,
//! and sends nothing.

use std::collections::HashMap;

use autotask::Client;
use cloud_direct::OrganizationState;
use jiff::{Timestamp, civil::Date};
use serde::Serialize;

use super::{
    Blocked, Figure, Money, Period, Place, State, Sum, Terms, Watch,
    assess::{Assessed, from_here, hold},
    book::Book,
    due,
    order::Order,
    refusal,
    standing::{self, ToRead, Units},
    watch,
};
use crate::{
    settings::{BillingUnit, Effective},
    store::{LineRow, Store, StoreError},
};

/// See the module.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    pub invoice_date: Date,
    /// When it comes; what is measured later does not count.
    pub at: Timestamp,
    /// It has come.
    pub due: bool,
    /// Billing is switched on: lines are made by themselves.
    pub enabled: bool,
    pub unit: BillingUnit,
    pub effective: Effective,
    /// All organizations that are not excluded, by name.
    pub lines: Vec<Line>,
    pub totals: Totals,
    /// Contracts that somebody should look at.
    pub watch: Vec<Watch>,
    /// Calls to Autotask that it took.
    pub calls: u64,
}

/// One organization's line.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    pub organization_id: String,
    pub organization: String,
    pub organization_state: OrganizationState,
    /// Account, contract and service that it is mapped to.
    pub place: Option<Place>,
    /// What was measured.
    pub figure: Option<Figure>,
    /// From the figure to the units to be.
    pub sum: Option<Sum>,
    /// From this day on.
    pub effective: Option<Date>,
    /// The billing period that it is in.
    pub period: Option<Period>,
    /// As they stand in Autotask on that day.
    pub units_now: Option<i64>,
    pub units_to_be: Option<i64>,
    pub change: Option<i64>,
    pub unit_price: Option<Money>,
    /// What the change is worth, for a whole billing period.
    pub worth: Option<Money>,
    /// Why it cannot be posted; of what needs review or was settled: posted again.
    pub blocked: Option<Blocked>,
    /// Why it would wait for approval.
    pub hold: Option<String>,
    /// What was done for this invoice date already. What stands beside it is as it was posted.
    pub record: Option<Record>,
}

/// What was done.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// Names the line for approving, retrying and correcting.
    pub id: i64,
    pub state: State,
    /// The state in words.
    pub state_text: String,
    pub posted_at: Option<Timestamp>,
    /// The units right before it was posted.
    pub before: Option<i64>,
    /// It changed units, which a correcting entry can put back.
    pub can_correct: bool,
    /// The units that a person approved.
    pub approved: Option<i64>,
    /// What was read last, and when; no units: there was no such row.
    pub read_units: Option<i64>,
    pub read_at: Option<Timestamp>,
    /// Code and sentence: why it is not done, or what a person must decide.
    pub code: Option<String>,
    pub message: Option<String>,
    /// It can be posted from that day of the period on instead, or from the first free one after it.
    pub next_day: Option<Date>,
    /// The entry that takes it back, or is to.
    pub correction: Option<Box<Record>>,
}

/// Sums of the lines.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    pub lines: u64,
    /// Can be posted, or is being posted, and changes units.
    pub to_post: u64,
    /// As it should be already, or done.
    pub nothing_to_do: u64,
    pub needs_review: u64,
    pub blocked: u64,
    /// Of the lines to post.
    pub change: i64,
    pub worth: Money,
}

/// Why there is no preview.
#[derive(Debug, thiserror::Error)]
pub enum PreviewError {
    #[error(transparent)]
    Autotask(#[from] autotask::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The invoice date that somebody means who names none: the oldest one of which something waits or needs
/// review; else the last one, as long as something of it is blocked; else the next.
pub fn current_date(store: &Store, now: Timestamp) -> Result<Date, StoreError> {
    let (last, next) = due::around(&store.settings()?, now);
    let undecided: Vec<State> = State::ALL
        .into_iter()
        .filter(|state| !state.is_over())
        .collect();
    let mut lines = store.lines_in(&undecided)?;
    lines.retain(|line| line.invoice_date <= last.date);
    let open = lines.iter().find(|line| !line.blocked);
    let open = open.map(|line| line.invoice_date);
    let blocked = lines.iter().any(|line| line.invoice_date == last.date);
    Ok(open
        .into_iter()
        .chain(due::oldest_to_plan(store, now)?)
        .min()
        .unwrap_or(if blocked { last.date } else { next.date }))
}

/// The entry that takes a line back, or is to.
pub fn correction_of(store: &Store, line: i64) -> Result<Option<i64>, StoreError> {
    let Some(row) = store.line(line)? else {
        return Ok(None);
    };
    let records = Records::of(store.billing_lines(row.invoice_date)?);
    Ok(records.correction_of(line).map(|entry| entry.id))
}

/// See the module. `None`: [`current_date`].
pub async fn preview(
    store: &Store,
    client: &Client,
    invoice_date: Option<Date>,
    now: Timestamp,
) -> Result<Preview, PreviewError> {
    let read = read(
        store,
        client,
        invoice_date,
        false,
        Assessed::to_look_ahead,
        now,
    );
    refusal::noted(store, now, read.await)
}

/// The same for a person who posts: what later periods have does not hold what they approve, and is not read.
pub(super) async fn to_post(
    store: &Store,
    client: &Client,
    order: &Order,
    now: Timestamp,
) -> Result<Preview, PreviewError> {
    let date = Some(order.invoice_date);
    let read = read(store, client, date, order.next_day, Assessed::to_read, now);
    refusal::noted(store, now, read.await)
}

/// `next_day`: as if the next day had been chosen, where it is offered. `units`: which of a line's are read.
async fn read(
    store: &Store,
    client: &Client,
    invoice_date: Option<Date>,
    next_day: bool,
    units: fn(&Assessed) -> Option<ToRead>,
    now: Timestamp,
) -> Result<Preview, PreviewError> {
    let invoice_date = match invoice_date {
        Some(date) => date,
        None => current_date(store, now)?,
    };
    let calls = client.calls();
    let mut book = Book::open(store, now)?;
    book.read_figures(store, invoice_date)?;
    let mut kept = store.billing_lines(invoice_date)?;
    if next_day {
        for line in &mut kept {
            line.from_day = line.next_day().or(line.from_day);
        }
    }
    let records = Records::of(kept);
    let mut lines: Vec<(Assessed, usize)> = Vec::new();
    for (at, row) in book.rows.iter().enumerate() {
        if row.mapping.excluded.is_none() {
            let own = records.of_organization(&row.organization.id);
            lines.push((from_here(&book.case(row, invoice_date, own)), at));
        }
    }
    let places = || lines.iter().filter_map(|(line, _)| line.place.as_ref());
    let contracts = standing::contracts(
        client,
        places().map(|place| place.contract),
        places().map(|place| place.service),
    )
    .await?;

    let mut to_read = Vec::new();
    for (assessed, at) in &mut lines {
        let Some(row) = book.rows.get(*at) else {
            continue;
        };
        let own = records.of_organization(&row.organization.id);
        assessed.with_contract(&book.case(row, invoice_date, own), &contracts);
        if let Some(place) = &assessed.place {
            let standing = book.standing(place.service);
            assessed.with_own_lines(standing, own.map(|line| line.id));
        }
        to_read.extend(units(assessed));
        to_read.extend(done_terms(own).map(Terms::to_read));
    }
    let units = standing::units(client, &to_read).await?;
    let watch = watch::of(store, client, &book, &contracts, now).await?;

    let mut shown = Vec::with_capacity(lines.len());
    for (mut assessed, at) in lines {
        let Some(row) = book.rows.get(at) else {
            continue;
        };
        assessed.with_units(&units, &units);
        let own = records.of_organization(&row.organization.id);
        let mut line = Line {
            organization_id: row.organization.id.clone(),
            organization: row.organization.name.clone(),
            organization_state: row.organization.state,
            ..Line::from(assessed.clone())
        };
        line.hold = assessed.terms().and_then(|terms| {
            let approved = own.and_then(|own| own.approved);
            hold(book.billing(), &terms, approved, assessed.later)
        });
        if let Some(own) = own {
            line.take_over(own, records.correction_of(own.id), &units);
        }
        shown.push(line);
    }
    let at = due::moment(&book.settings, invoice_date);
    Ok(Preview {
        invoice_date,
        at,
        due: at <= now,
        enabled: book.billing().enabled,
        unit: book.billing().unit,
        effective: book.billing().effective,
        totals: Totals::of(&shown),
        lines: shown,
        watch,
        calls: client.calls() - calls,
    })
}

/// The terms of a line that has been posted, or whose units were found as wanted.
fn done_terms(line: Option<&LineRow>) -> Option<&Terms> {
    let line = line?;
    match line.state {
        State::Held | State::Planned | State::Withdrawn | State::Corrected => None,
        State::Sending | State::Posted | State::Unclear | State::Verified | State::NeedsReview => {
            line.terms.as_ref()
        }
        State::Settled => line.terms.as_ref().filter(|_| line.former.is_some()),
    }
}

/// The lines of an invoice date.
pub(crate) struct Records {
    lines: Vec<LineRow>,
    by_organization: HashMap<String, usize>,
    corrections: HashMap<i64, usize>,
}

impl Records {
    pub fn of(lines: Vec<LineRow>) -> Self {
        let mut by_organization: HashMap<String, usize> = HashMap::new();
        let mut corrections = HashMap::new();
        for (at, line) in lines.iter().enumerate() {
            match line.corrects {
                Some(_) if line.state == State::Withdrawn => {}
                Some(corrected) => {
                    corrections.insert(corrected, at);
                }
                // Of one that was withdrawn, or corrected and posted anew, the last counts.
                None => {
                    by_organization.insert(line.organization_id.clone(), at);
                }
            }
        }
        Self {
            lines,
            by_organization,
            corrections,
        }
    }

    pub fn of_organization(&self, id: &str) -> Option<&LineRow> {
        self.lines.get(*self.by_organization.get(id)?)
    }

    pub fn is_of(&self, organization_id: &str, line: i64) -> bool {
        self.lines
            .iter()
            .any(|one| one.id == line && one.organization_id == organization_id)
    }

    pub fn correction_of(&self, line: i64) -> Option<&LineRow> {
        self.lines.get(*self.corrections.get(&line)?)
    }
}

impl From<Assessed> for Line {
    fn from(assessed: Assessed) -> Self {
        let change = assessed
            .wanted
            .zip(assessed.units_now)
            .map(|(wanted, now)| wanted - now);
        Self {
            organization_id: String::new(),
            organization: String::new(),
            organization_state: OrganizationState::Unknown,
            worth: Money::worth(assessed.unit_price, change),
            place: assessed.place,
            figure: assessed.figure,
            sum: assessed.sum,
            effective: assessed.effective,
            period: assessed.period,
            units_now: assessed.units_now,
            units_to_be: assessed.wanted,
            change,
            unit_price: assessed.unit_price,
            blocked: assessed.blocked,
            hold: None,
            record: None,
        }
    }
}

impl Line {
    /// What was posted is shown as it was posted, beside the units as they stand now.
    fn take_over(&mut self, own: &LineRow, correction: Option<&LineRow>, units: &Units) {
        if let Some(terms) = done_terms(Some(own)) {
            let now = units
                .of_terms(terms)
                .ok()
                .map(|rows| rows.units(terms.wanted));
            let change = now.map(|now| terms.wanted - now);
            self.place = Some(terms.place.clone());
            self.figure.clone_from(&terms.figure);
            self.sum.clone_from(&terms.sum);
            self.effective = Some(terms.effective);
            self.period = Some(terms.period);
            self.units_now = now;
            self.units_to_be = Some(terms.wanted);
            self.change = change;
            self.unit_price = terms.unit_price;
            self.worth = Money::worth(terms.unit_price, change);
            // What a person decides can be tried again, unless it is blocked by now.
            if !matches!(own.state, State::NeedsReview | State::Settled) {
                self.blocked = None;
            }
            self.hold = None;
        }
        self.record = Some(Record::of(own, correction));
    }
}

impl Record {
    pub(crate) fn of(line: &LineRow, correction: Option<&LineRow>) -> Self {
        let (code, message) = line.error.clone().unzip();
        let (read_units, read_at) = match line.read {
            Some((units, at)) => (units, Some(at)),
            None => (None, None),
        };
        Self {
            id: line.id,
            state: line.state,
            state_text: line.state.label().to_owned(),
            posted_at: line.posted_at,
            before: match line.former {
                Some((_, units)) => Some(units),
                None => line.terms.as_ref().map(|terms| terms.before),
            },
            can_correct: line.can_be_corrected(),
            approved: line.approved,
            read_units,
            read_at,
            next_day: line.next_day(),
            code,
            message,
            correction: correction.map(|correction| Box::new(Self::of(correction, None))),
        }
    }
}

impl Totals {
    fn of(lines: &[Line]) -> Self {
        let mut totals = Self {
            lines: lines.len() as u64,
            ..Self::default()
        };
        for line in lines {
            let state = line.record.as_ref().map(|record| record.state);
            match state {
                Some(State::NeedsReview) => totals.needs_review += 1,
                Some(State::Verified | State::Settled | State::Corrected) => {
                    totals.nothing_to_do += 1;
                }
                Some(
                    State::Held
                    | State::Planned
                    | State::Sending
                    | State::Posted
                    | State::Unclear
                    | State::Withdrawn,
                )
                | None => {
                    if matches!(line.blocked, Some(Blocked::PeriodSet { .. })) {
                        totals.nothing_to_do += 1;
                    } else if line.blocked.is_some() {
                        totals.blocked += 1;
                    } else if line.change == Some(0) {
                        totals.nothing_to_do += 1;
                    } else {
                        totals.to_post += 1;
                        totals.change = totals.change.saturating_add(line.change.unwrap_or(0));
                        totals.worth = totals.worth.plus(line.worth.unwrap_or_default());
                    }
                }
            }
        }
        totals
    }
}
