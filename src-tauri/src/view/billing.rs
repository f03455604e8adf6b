//! Billable usage as the Billing screen shows it. Amounts of money cross as text, exactly as they were
//! computed; the page does no sums.

mod compared;
mod convert;
mod example;
mod run;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::{Approval, Billing, BillingUnit, Effective};
pub use convert::day;

/// What would be posted for an invoice date, or was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct BillingView {
    pub invoice_date: String,
    /// When it comes; what is measured later does not count.
    pub at: String,
    /// It has come.
    pub due: bool,
    /// The invoice dates before and after it, by the settings.
    pub previous: String,
    pub next: String,
    /// The one that is meant now: the oldest one of which something waits, else the next.
    pub current: String,
    /// An older date of which something waits, and which goes first.
    pub open_before: Option<String>,
    /// Billing is switched on.
    pub enabled: bool,
    pub unit: BillingUnit,
    pub effective: Effective,
    pub approval: Approval,
    /// Percent, for `Approval::WhenChangedByMoreThan`.
    pub approval_threshold: u16,
    /// The partner's.
    pub time_zone: String,
    /// When Autotask was read.
    pub read_at: String,
    /// By the organizations' names.
    pub lines: Vec<BillingLine>,
    pub totals: BillingTotals,
    /// Contracts that somebody should look at.
    pub watch: Vec<ContractWatch>,
}

/// One organization's line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct BillingLine {
    pub organization_id: String,
    pub organization: String,
    /// active, trial, expired, blocked, unknown
    pub organization_state: String,
    /// What it is mapped to, or was posted to.
    pub place: Option<BillingPlace>,
    pub figure: Option<BillingFigure>,
    /// From the figure to the units, in order.
    pub steps: Vec<SumStep>,
    /// The first day of the new units.
    pub effective: Option<String>,
    pub period: Option<BillingPeriod>,
    /// As they stand in Autotask.
    pub units_now: Option<i64>,
    pub units_to_be: Option<i64>,
    pub change: Option<i64>,
    pub unit_price: Option<String>,
    /// What the change is worth, for a whole billing period.
    pub worth: Option<String>,
    pub group: BillingGroup,
    pub state: BillingState,
    /// The state in words.
    pub state_text: String,
    /// Why it is so, and what to do.
    pub why: Option<String>,
    /// Where what blocks it is put right.
    pub remedy: Option<BillingRemedy>,
    /// What was done for this invoice date.
    pub record: Option<BillingRecord>,
    /// *Post now* is possible, which approves.
    pub can_post: bool,
    /// It needs review, and can be tried again.
    pub can_retry: bool,
}

/// Where an organization is billed. Names may be empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct BillingPlace {
    pub account: i64,
    pub account_name: String,
    pub contract: i64,
    pub contract_name: String,
    /// The line on the contract.
    pub service: i64,
    pub service_name: String,
}

/// A measurement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct BillingFigure {
    /// Below 2^53, which is 9 PB.
    pub bytes: u64,
    pub measured_at: String,
    /// Entered by a person, and why.
    pub by_hand: Option<String>,
}

/// One line of a sum: "523,400,000,000 bytes are", "523.4 GB".
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct SumStep {
    pub text: String,
    pub value: String,
}

/// Both days included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct BillingPeriod {
    pub start: String,
    pub end: String,
}

/// Under which filter a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum BillingGroup {
    ToPost,
    NeedsReview,
    Blocked,
    Done,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum BillingState {
    ToPost,
    /// Waits for approval, or would.
    Held,
    Blocked,
    /// Nothing has to be changed.
    AsItShouldBe,
    Sending,
    Posted,
    Unclear,
    Verified,
    NeedsReview,
    Settled,
    Corrected,
    Withdrawn,
}

/// Where to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum BillingRemedy {
    Mappings,
    Options,
    /// A figure can be entered by hand.
    Figure,
    /// The contract was renewed: it can be followed.
    Follow,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct BillingRecord {
    /// Names the line for settling and correcting.
    pub id: i64,
    pub state: BillingState,
    pub state_text: String,
    pub posted_at: Option<String>,
    /// The units right before it was posted.
    pub before: Option<i64>,
    /// The units that a person approved.
    pub approved: Option<i64>,
    /// What was read last, and when; no units: there was no such row.
    pub read_units: Option<i64>,
    pub read_at: Option<String>,
    pub message: Option<String>,
    /// It can be posted from the next day of the period instead.
    pub next_day_offered: bool,
    /// It can be left as it stands.
    pub can_settle: bool,
    pub can_correct: bool,
    /// The entry that takes it back, or is to.
    pub correction: Option<Box<BillingRecord>>,
}

/// Sums of the lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct BillingTotals {
    pub to_post: u32,
    /// Of the lines to post: those that wait for approval.
    pub held: u32,
    pub needs_review: u32,
    pub blocked: u32,
    pub done: u32,
    /// Of the lines to post.
    pub change: i64,
    pub worth: String,
}

/// A contract that somebody should look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ContractWatch {
    pub organization_id: String,
    pub organization: String,
    pub contract_name: String,
    pub message: String,
    /// The contract that took its place, with the same service on it.
    pub follow: Option<RenewedContract>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct RenewedContract {
    pub contract: i64,
    pub contract_name: String,
    pub start: String,
    pub end: String,
}

/// What is to be posted, as the person saw it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct BillingOrder {
    pub invoice_date: String,
    pub lines: Vec<ChosenLine>,
    /// Of those that need review because Autotask takes no second change of that day: from the next day.
    pub next_day: bool,
}

/// One line. If the units to be are others by then, it is not posted but waits for approval.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ChosenLine {
    pub organization_id: String,
    pub units: Option<i64>,
}

/// How a run went: posting, reading back, correcting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct BillingResult {
    /// Changes that Autotask took.
    pub posted: u32,
    /// Lines whose units were read as wanted.
    pub verified: u32,
    /// The lines that were asked for and are not done, each with the reason.
    pub not_done: Vec<NotDone>,
    /// What kept it from doing everything.
    pub problems: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct NotDone {
    pub organization: String,
    pub text: String,
}

/// What is being done, for a bar that fills.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct BillingProgress {
    /// "Posting usage: 3 done, 9 left"
    pub text: String,
    pub done: u64,
    /// `None` before it is known.
    pub left: Option<u64>,
}

/// A figure by hand, for an invoice date.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct MeasurementInput {
    pub organization_id: String,
    pub bytes: u64,
    pub reason: String,
    pub invoice_date: String,
}

/// What a correcting entry will do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct CorrectionView {
    /// The line that is taken back.
    pub line: i64,
    pub organization: String,
    pub invoice_date: String,
    pub place: BillingPlace,
    pub effective: String,
    pub units_now: Option<i64>,
    /// As they were before the line was posted.
    pub units_to_be: i64,
    pub change: Option<i64>,
    pub worth: Option<String>,
    /// Autotask may refuse the day; then it takes effect from this one.
    pub or_from: Option<String>,
    /// It is not allowed; the message says why.
    pub blocked: bool,
    /// What it does, in words.
    pub message: String,
}

/// A line of the ledger about a line of billing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct HistoryRow {
    pub at: String,
    /// "approved", "posted", "verified", …
    pub what: String,
    pub detail: Option<String>,
    /// It is about the correcting entry.
    pub of_correction: bool,
}

/// Measured, posted and standing in Autotask now, of an invoice date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ReconciliationView {
    pub invoice_date: String,
    pub at: String,
    pub previous: String,
    /// `None`: it has not come yet.
    pub next: Option<String>,
    pub unit: BillingUnit,
    pub time_zone: String,
    /// When Autotask was read.
    pub read_at: String,
    /// By the organizations' names.
    pub lines: Vec<ReconciledLine>,
}

/// One organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ReconciledLine {
    pub organization_id: String,
    pub organization: String,
    pub place: Option<BillingPlace>,
    pub outcome: BillingOutcome,
    /// The outcome in words, and why.
    pub outcome_text: String,
    pub message: String,
    /// A person should look at it.
    pub bad: bool,
    pub figure: Option<BillingFigure>,
    pub steps: Vec<SumStep>,
    /// What the figure comes to.
    pub measured: Option<u64>,
    pub effective: Option<String>,
    pub period: Option<BillingPeriod>,
    /// Right before it was posted.
    pub before: Option<i64>,
    pub posted: Option<i64>,
    pub posted_at: Option<String>,
    /// In Autotask now.
    pub standing: Option<i64>,
    /// Standing less posted.
    pub difference: Option<i64>,
    pub unit_price: Option<String>,
    /// What stands is worth, for the whole billing period.
    pub amount: Option<String>,
    /// What the difference is worth.
    pub worth: Option<String>,
    /// Names the line where it can be corrected.
    pub correctable: Option<i64>,
}

/// What comparing came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum BillingOutcome {
    Agrees,
    PostedLate,
    ChangedByHand,
    ContractChanged,
    NotMapped,
    NeverPosted,
    /// The line of another invoice date set the same billing period, and stands.
    Covered,
    Undecided,
    NeedsReview,
    Settled,
    Corrected,
}

/// Options as they stand on the screen, for a worked example of them.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ExampleInput {
    pub billing: Billing,
    pub time_zone: String,
}

/// What they come to, for a contract that is billed monthly from the first day of the month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct BillingExample {
    /// The next one.
    pub invoice_date: String,
    /// The period whose units are set, from its first day on.
    pub period: BillingPeriod,
    /// Of a made-up measurement.
    pub steps: Vec<SumStep>,
}

/// To where the demo's clock is set forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum DemoTarget {
    DailyDigest,
    InvoiceDate,
}
