//! Reconciliation of an invoice date: what was measured, what was posted, and what stands in Autotask now, side
//! by side. It only reads.
//!
//! What was posted is compared by the ids that it was posted with, whatever is mapped now; a difference is told,
//! never corrected by itself.

use std::collections::BTreeMap;

use autotask::{Client, ContractServiceUnit};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::Serialize;

use super::{
    Figure, Money, Period, Place, PreviewError, State, Sum, Terms,
    assess::from_here,
    book::Book,
    due,
    preview::Records,
    refusal,
    standing::{self, Contracts, ToRead, Units},
};
use crate::{
    store::{LineRow, MappingRow, Store, StoreError},
    time_of_day,
};

/// See the module.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reconciliation {
    pub invoice_date: Date,
    /// When it came.
    pub at: Timestamp,
    /// The partner's.
    pub time_zone: String,
    /// When Autotask was read.
    pub read_at: Timestamp,
    /// By the organizations' names.
    pub lines: Vec<Compared>,
    /// How many lines have which outcome.
    pub totals: BTreeMap<Outcome, u64>,
    /// Calls to Autotask that it took.
    pub calls: u64,
}

/// One organization.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Compared {
    pub organization_id: String,
    pub organization: String,
    /// As posted; otherwise as mapped.
    pub place: Option<Place>,
    pub outcome: Outcome,
    /// The outcome in words.
    pub message: String,
    /// What was measured: as it went into what was posted, otherwise as it would.
    pub figure: Option<Figure>,
    pub sum: Option<Sum>,
    pub effective: Option<Date>,
    pub period: Option<Period>,
    /// Right before it was posted.
    pub before: Option<i64>,
    pub posted: Option<i64>,
    pub posted_at: Option<Timestamp>,
    /// In Autotask now; where the units change within the billing period, the first that are not as posted.
    pub standing: Option<i64>,
    /// Standing less posted.
    pub difference: Option<i64>,
    pub unit_price: Option<Money>,
    /// What stands is worth, for the whole billing period.
    pub amount: Option<Money>,
    /// What the difference is worth, for the whole billing period.
    pub worth: Option<Money>,
    /// Names the line, for correcting.
    pub line: Option<i64>,
    pub state: Option<State>,
}

/// What comparing came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// What stands is what was posted on the invoice date.
    Agrees,
    /// The same, but it was posted on a later day.
    PostedLate,
    /// Other units stand than were posted.
    ChangedByHand,
    /// The contract or the service is gone, has other days, or is not what is mapped any more.
    ContractChanged,
    NotMapped,
    /// Held, blocked, or not there when the date came.
    NeverPosted,
    /// Sent, and not read back yet.
    Undecided,
    NeedsReview,
    /// A person left the units as they were.
    Settled,
    /// Taken back.
    Corrected,
}

impl Outcome {
    /// As a person reads it.
    pub fn label(self) -> &'static str {
        match self {
            Outcome::Agrees => "agrees",
            Outcome::PostedLate => "posted late",
            Outcome::ChangedByHand => "changed by hand",
            Outcome::ContractChanged => "contract changed",
            Outcome::NotMapped => "not mapped",
            Outcome::NeverPosted => "never posted",
            Outcome::Undecided => "not read back yet",
            Outcome::NeedsReview => "needs review",
            Outcome::Settled => "settled by hand",
            Outcome::Corrected => "corrected",
        }
    }

    /// A person should look at it.
    pub fn is_bad(self) -> bool {
        match self {
            Outcome::Agrees | Outcome::PostedLate | Outcome::Settled | Outcome::Corrected => false,
            Outcome::ChangedByHand
            | Outcome::ContractChanged
            | Outcome::NotMapped
            | Outcome::NeverPosted
            | Outcome::Undecided
            | Outcome::NeedsReview => true,
        }
    }
}

/// The last invoice date that has come.
pub fn last_date(store: &Store, now: Timestamp) -> Result<Date, StoreError> {
    Ok(due::around(&store.settings()?, now).0.date)
}

/// See the module.
pub async fn reconcile(
    store: &Store,
    client: &Client,
    invoice_date: Date,
    now: Timestamp,
) -> Result<Reconciliation, PreviewError> {
    refusal::noted(store, now, read(store, client, invoice_date, now).await)
}

async fn read(
    store: &Store,
    client: &Client,
    invoice_date: Date,
    now: Timestamp,
) -> Result<Reconciliation, PreviewError> {
    let calls = client.calls();
    let mut book = Book::open(store, now)?;
    book.read_figures(store, invoice_date)?;
    let records = Records::of(store.billing_lines(invoice_date)?);
    let rows: Vec<(&MappingRow, Option<&LineRow>)> = book
        .rows
        .iter()
        .map(|row| (row, records.of_organization(&row.organization.id)))
        .filter(|(row, line)| row.mapping.excluded.is_none() || line.is_some())
        .collect();
    let terms = || {
        rows.iter()
            .filter_map(|(_, line)| line.and_then(|line| line.terms.as_ref()))
    };
    let contracts = standing::contracts(
        client,
        terms().map(|terms| terms.place.contract),
        terms().map(|terms| terms.place.service),
    )
    .await?;
    let to_read: Vec<_> = terms()
        .map(|terms| ToRead::within(terms.place.service, terms.effective, terms.period.end))
        .collect();
    let units = standing::units(client, &to_read).await?;
    let lines: Vec<Compared> = rows
        .iter()
        .map(|(row, line)| {
            let found = Found {
                contracts: &contracts,
                units: &units,
                zone: &book.zone,
            };
            compared(&book, row, *line, invoice_date, &found)
        })
        .collect();
    let mut totals = BTreeMap::new();
    for line in &lines {
        *totals.entry(line.outcome).or_default() += 1;
    }
    Ok(Reconciliation {
        invoice_date,
        at: due::moment(&book.settings, invoice_date),
        time_zone: book.settings.general.time_zone.clone(),
        read_at: now,
        lines,
        totals,
        calls: client.calls() - calls,
    })
}

/// What was read.
struct Found<'a> {
    contracts: &'a Contracts,
    units: &'a Units,
    zone: &'a TimeZone,
}

impl Found<'_> {
    /// The first units of the billing period that are not those of the line.
    fn others_than(&self, terms: &Terms) -> Option<&ContractServiceUnit> {
        let days = terms.effective..=terms.period.end;
        self.units
            .others_within(terms.place.service, days, terms.wanted)
    }
}

fn compared(
    book: &Book,
    row: &MappingRow,
    line: Option<&LineRow>,
    invoice_date: Date,
    found: &Found<'_>,
) -> Compared {
    let terms = line.and_then(|line| line.terms.as_ref());
    let (outcome, message) = outcome(row, line, found);
    let standing = terms.and_then(|terms| match found.others_than(terms) {
        Some(row) => Some(row.units),
        None => found.units.on(terms.place.service, terms.effective).count(),
    });
    let posted = terms
        .filter(|_| line.is_some_and(|line| stands(line.state)))
        .map(|terms| terms.wanted);
    let difference = standing
        .zip(posted)
        .map(|(standing, posted)| standing - posted);
    let unit_price = terms.and_then(|terms| terms.unit_price);
    let here = from_here(&book.case(row, invoice_date, None));
    Compared {
        organization_id: row.organization.id.clone(),
        organization: row.organization.name.clone(),
        place: terms.map(|terms| terms.place.clone()).or(here.place),
        outcome,
        message,
        figure: terms
            .and_then(|terms| terms.figure.clone())
            .or(here.figure.filter(|_| terms.is_none())),
        sum: terms
            .and_then(|terms| terms.sum.clone())
            .or(here.sum.filter(|_| terms.is_none())),
        effective: terms.map(|terms| terms.effective),
        period: terms.map(|terms| terms.period),
        before: terms.map(|terms| terms.before),
        posted,
        posted_at: line.and_then(|line| line.posted_at),
        standing,
        difference,
        unit_price,
        amount: Money::worth(unit_price, standing),
        worth: Money::worth(unit_price, difference),
        line: line.map(|line| line.id),
        state: line.map(|line| line.state),
    }
}

/// Units were posted by it, or found as wanted.
fn stands(state: State) -> bool {
    match state {
        State::Posted
        | State::Unclear
        | State::Verified
        | State::NeedsReview
        | State::Settled
        | State::Corrected => true,
        State::Held | State::Planned | State::Sending | State::Withdrawn => false,
    }
}

fn outcome(row: &MappingRow, line: Option<&LineRow>, found: &Found<'_>) -> (Outcome, String) {
    let Some(line) = line else {
        return if due::is_billed(row) {
            (
                Outcome::NeverPosted,
                "Nothing was posted: the organization was not mapped when the date came, or billing was \
                 switched off."
                    .to_owned(),
            )
        } else {
            (
                Outcome::NotMapped,
                "The organization is not mapped to a service.".to_owned(),
            )
        };
    };
    let why = || line.error.as_ref().map(|(_, text)| format!(" {text}"));
    let with_why = |text: &str| format!("{text}{}", why().unwrap_or_default());
    match (line.state, &line.terms) {
        (State::Held, _) => (Outcome::NeverPosted, with_why("It waits for approval.")),
        (State::Planned, _) => (Outcome::NeverPosted, with_why("It is still to be posted.")),
        (State::Withdrawn, _) => (Outcome::NeverPosted, with_why("It was taken back.")),
        (State::Sending | State::Posted | State::Unclear, _) => (
            Outcome::Undecided,
            "It was sent, and has not been read back yet.".to_owned(),
        ),
        (State::NeedsReview, _) => (
            Outcome::NeedsReview,
            with_why("A person has to decide.").trim().to_owned(),
        ),
        (State::Settled, _) => (Outcome::Settled, with_why("Left as it was:")),
        (State::Corrected, _) => (Outcome::Corrected, "It was taken back.".to_owned()),
        (State::Verified, Some(terms)) => posted(row, line, terms, found),
        (State::Verified, None) => (Outcome::NeverPosted, "Nothing is known of it.".to_owned()),
    }
}

/// A line that was verified then, and what stands now.
fn posted(row: &MappingRow, line: &LineRow, terms: &Terms, found: &Found<'_>) -> (Outcome, String) {
    let changed = |text: String| (Outcome::ContractChanged, text);
    let place = &terms.place;
    let Some(contract) = found.contracts.contracts.get(&place.contract) else {
        return changed(format!(
            "The contract {} is not there any more.",
            place.contract
        ));
    };
    let on_it = found
        .contracts
        .lines
        .get(&place.service)
        .is_some_and(|service| service.contract_id == place.contract);
    if !on_it {
        return changed(format!(
            "The service (line {}) is not on the contract any more.",
            place.service
        ));
    }
    if terms.effective < contract.start || terms.effective > contract.end {
        return changed(format!(
            "The contract runs from {} to {} now.",
            contract.start, contract.end
        ));
    }
    let on = found.units.on(place.service, terms.effective);
    if on.count().is_none() {
        return changed(format!(
            "Autotask has no single row of units for {} any more.",
            terms.effective
        ));
    }
    if let Some(row) = found.others_than(terms) {
        return (
            Outcome::ChangedByHand,
            format!(
                "{} units were posted, and {} stand in Autotask from {}.",
                terms.wanted,
                row.units,
                row.start.max(terms.effective)
            ),
        );
    }
    let mapped = row.mapping.service.as_ref().map(|service| service.id);
    if mapped != Some(place.service) {
        return changed(
            "What was posted stands, but the organization is mapped to another service now."
                .to_owned(),
        );
    }
    match line.posted_at.map(|at| time_of_day::day(at, found.zone)) {
        Some(day) if day > line.invoice_date => (
            Outcome::PostedLate,
            format!("It was posted on {day}, and stands."),
        ),
        Some(_) => (Outcome::Agrees, "What was posted stands.".to_owned()),
        None => (
            Outcome::Agrees,
            "The units were as measured already, and stand.".to_owned(),
        ),
    }
}
