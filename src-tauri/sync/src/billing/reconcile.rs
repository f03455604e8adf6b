//! Reconciliation of an invoice date: what was measured, what was posted, and what stands in Autotask now, side
//! by side. It only reads.
//!
//! What each organization's line is compared with is in `compare`; a difference is told, never corrected by
//! itself.

use std::collections::BTreeMap;

use autotask::Client;
use jiff::{Timestamp, civil::Date};
use serde::Serialize;

use super::{
    Figure, Money, Period, Place, PreviewError, State, Sum,
    book::Book,
    compare::{Found, Row},
    due,
    preview::Records,
    refusal, standing,
};
use crate::store::{Store, StoreError};

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
    /// In Autotask now; where the units change within the billing period, the first that are not as they
    /// should be.
    pub standing: Option<i64>,
    /// Standing less posted, or less what was put back or left; where nothing was posted, less what was
    /// measured.
    pub difference: Option<i64>,
    pub unit_price: Option<Money>,
    /// What stands is worth, for the whole billing period. `None` where the units change within it.
    pub amount: Option<Money>,
    /// What the difference is worth, the same.
    pub worth: Option<Money>,
    /// Names the line, for correcting.
    pub line: Option<i64>,
    pub state: Option<State>,
    /// It changed units, which a correcting entry can put back.
    pub can_correct: bool,
}

/// What comparing came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// What stands is what was posted on the invoice date.
    Agrees,
    /// The same, but it was posted on a later day.
    PostedLate,
    /// Other units stand than were posted, put back or left.
    ChangedByHand,
    /// The contract or the service is gone, has other days, or is not what is mapped any more.
    ContractChanged,
    NotMapped,
    /// Held, blocked, or not there when the date came.
    NeverPosted,
    /// The line of another invoice date set the same billing period, and stands.
    Covered,
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
            Outcome::Covered => "covered",
            Outcome::Undecided => "not read back yet",
            Outcome::NeedsReview => "needs review",
            Outcome::Settled => "settled by hand",
            Outcome::Corrected => "corrected",
        }
    }

    /// A person should look at it.
    pub fn is_bad(self) -> bool {
        match self {
            Outcome::Agrees
            | Outcome::PostedLate
            | Outcome::Covered
            | Outcome::Settled
            | Outcome::Corrected => false,
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
    let mut rows: Vec<Row<'_>> = book
        .rows
        .iter()
        .map(|row| Row::begin(&book, row, &records, invoice_date))
        .filter(Row::is_shown)
        .collect();
    let places = || rows.iter().filter_map(Row::place);
    let contracts = standing::contracts(
        client,
        places().map(|place| place.contract),
        places().map(|place| place.service),
    )
    .await?;
    for row in &mut rows {
        row.with_contract(store, &book, &contracts, &records, invoice_date)?;
    }
    let to_read: Vec<_> = rows.iter().flat_map(Row::to_read).collect();
    let units = standing::units(client, &to_read).await?;
    let found = Found {
        contracts: &contracts,
        units: &units,
        zone: &book.zone,
    };
    let lines: Vec<Compared> = rows.into_iter().map(|row| row.compared(&found)).collect();
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
