//! What crosses to the page, and what comes back from it.
//!
//! These types are apart from what is stored: a view says what the screen shows, in the order in
//! which it shows it, and never holds a secret (a saved password is `true`). TypeScript's side is
//! generated into `ui/src/lib/bindings` by `cargo test`; a stale file fails that test, once.
//! Moments cross as RFC 3339 text in UTC, days as `YYYY-MM-DD`, times of day as `HH:MM`.

mod activity;
#[cfg(test)]
mod bindings;
mod credentials;
mod mappings;
mod options;

use serde::{Deserialize, Serialize};

/// An error as the page gets it: it switches on `code`, and shows `message`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct CommandError {
    pub code: ErrorCode,
    /// What happened, to what, and what to do.
    pub message: String,
    /// The input field the message belongs to, as the view names it (`alerts.error.queue`).
    pub field: Option<String>,
    /// Seconds after which it is worth trying again.
    pub retry_after: Option<u32>,
}

/// A code for each case in which the page does something of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The input is wrong; `field` says where.
    InvalidInput,
    /// The screen is closed until the logins have been tested.
    NotTested,
    LoginRefused,
    /// The keychain is missing, locked or does not answer.
    KeychainUnavailable,
    /// The other side does not answer, or cannot now.
    Unreachable,
    /// Autotask or Cloud Direct refused what was asked.
    Refused,
    /// It may have arrived: it is looked up before it is sent again.
    Unclear,
    /// Something else of the same kind is running.
    Busy,
    NotFound,
    Storage,
    Internal,
}

/// The frame round all screens. Pushed as the event `app-changed` whenever it changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct AppView {
    pub version: String,
    /// Runs on the embedded simulator: the window is marked, nothing leaves the computer.
    pub demo: bool,
    /// Options and Mappings are open: both logins have been tested.
    pub unlocked: bool,
    pub status: StatusView,
    /// What this computer cannot do, each with the way out (no keychain, no tray).
    pub limitations: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct StatusView {
    pub state: StatusState,
    /// The same words as the tray's first line: "Up to date, last sync 14:02".
    pub text: String,
    pub last_sync: Option<String>,
    /// Set while paused for a time; `None` while paused until resumed.
    pub paused_until: Option<String>,
    pub waiting: u32,
    pub needs_attention: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum StatusState {
    /// Credentials have not been tested, or Options not saved.
    NotSetUp,
    UpToDate,
    Working,
    Paused,
    NeedsAttention,
    /// A login was refused: nothing is sent until the person has tested again.
    LoginRefused,
}

// ---- Credentials ----

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct CredentialsView {
    pub autotask: AutotaskView,
    pub cloud_direct: CloudDirectView,
    /// `false`: the keychain cannot be used; secrets would be lost when the app quits.
    pub keychain: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct AutotaskView {
    pub username: String,
    pub password_saved: bool,
    pub tracking_identifier: String,
    pub api: ApiChoice,
    /// `"auto"`, or the address set by hand.
    pub zone: String,
    /// The host that is asked for the zone.
    pub zone_lookup: String,
    /// The zone's address as last found.
    pub zone_found: Option<String>,
    /// When the last successful test was; `None` after a change or a refused login.
    pub tested_at: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ApiChoice {
    Rest,
    Soap,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct CloudDirectView {
    pub source: SourceChoice,
    pub address: String,
    pub token_saved: bool,
    pub folder: String,
    pub tested_at: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum SourceChoice {
    Portal,
    Folder,
}

/// What *Test and Save* of Autotask sends. `password` is `None` when the saved one is meant.
/// Not `Debug`: it holds a secret.
#[derive(Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[expect(missing_debug_implementations, reason = "holds a secret")]
pub struct AutotaskInput {
    pub username: String,
    #[cfg_attr(test, ts(type = "string | null"))]
    pub password: Option<secrecy::SecretString>,
    pub tracking_identifier: String,
    pub api: ApiChoice,
    pub zone: String,
    pub zone_lookup: String,
}

/// What *Test and Save* of Cloud Direct sends. `token` is `None` when the saved one is meant.
#[derive(Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[expect(missing_debug_implementations, reason = "holds a secret")]
pub struct CloudDirectInput {
    pub source: SourceChoice,
    pub address: String,
    #[cfg_attr(test, ts(type = "string | null"))]
    pub token: Option<secrecy::SecretString>,
    pub folder: String,
}

/// A running or finished test, whole at every step: event `test-progress`, and the answer of the
/// command. `passed` is `None` while it runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct TestView {
    pub service: TestedService,
    pub steps: Vec<TestStep>,
    pub passed: Option<bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum TestedService {
    Autotask,
    CloudDirect,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct TestStep {
    /// "Find the zone", "Log in", "Rights: create tickets" …
    pub title: String,
    pub state: StepState,
    /// What was found, or what went wrong.
    pub detail: Option<String>,
    /// The way out, when it went wrong.
    pub remedy: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    Waiting,
    Running,
    Passed,
    /// Works, with less than everything (a right for billing is missing).
    Warning,
    Failed,
    Skipped,
}

// ---- Options ----

#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct OptionsView {
    /// `false`: what is shown is the proposal; nothing is sent before it has been saved once.
    pub saved: bool,
    pub options: Options,
    pub priorities: Vec<Choice>,
    pub queues: Vec<Choice>,
    /// IANA names, the computer's own first.
    pub time_zones: Vec<String>,
}

/// A value of one of the partner's picklists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Choice {
    pub id: i64,
    pub label: String,
    /// `false`: was saved once and has since gone or been made inactive; it blocks its row.
    pub active: bool,
}

/// The Options screen as it is shown and as it comes back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Options {
    pub alerts: Alerts,
    pub billing: Billing,
    pub general: General,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Alerts {
    pub success: AlertRow,
    pub warning: AlertRow,
    pub error: AlertRow,
    pub digest: AlertRow,
    /// Time of day of the Daily Digest, `HH:MM`, in `General::time_zone`.
    pub digest_time: String,
    /// Jobs that finished before this moment make no tickets. `None` until Options are saved the
    /// first time, which sets it to that moment; can be set back by hand.
    pub jobs_since: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct AlertRow {
    pub enabled: bool,
    pub priority: Option<i64>,
    pub queue: Option<i64>,
    /// Days after the day of the job, 0 to 365. Only the digest's may be empty: the same day.
    pub days_due: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Billing {
    pub enabled: bool,
    /// 1 to 31, or 0 for the last day of the month; a short month takes its last day.
    pub invoice_day: u8,
    /// `HH:MM`
    pub time: String,
    pub unit: BillingUnit,
    pub rounding: Rounding,
    /// Units billed at least, for a customer with any usage.
    pub minimum: u32,
    pub bill_trials: bool,
    pub approval: Approval,
    /// Percent, for `Approval::WhenChangedByMoreThan`.
    pub approval_threshold: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum BillingUnit {
    /// 10^9 bytes
    Gb,
    /// 2^30 bytes
    Gib,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    Nearest,
    Up,
    Down,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Approval {
    PostByItself,
    HoldAlways,
    WhenChangedByMoreThan,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct General {
    /// IANA name; the partner's time zone, for due dates, the digest's day and invoice dates.
    pub time_zone: String,
    /// 1 to 1440
    pub check_every_minutes: u16,
    pub start_at_login: bool,
    pub notifications: bool,
}

/// What the last 30 days' jobs would have made under the alert rows shown (saved or not).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ForecastView {
    pub days: u32,
    pub success: u32,
    pub warning: u32,
    pub error: u32,
    /// Tickets that the enabled rows would have made, digests included.
    pub tickets: u32,
}

// ---- Mappings ----

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct MappingsView {
    pub rows: Vec<MappingRow>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct MappingRow {
    pub organization_id: String,
    pub organization: String,
    /// active, trial, expired, blocked, unknown
    pub organization_state: String,
    pub account: Option<Choice>,
    pub contract: Option<Choice>,
    pub service: Option<Choice>,
    /// Why it is excluded, when it is.
    pub excluded: Option<String>,
    pub state: MappingState,
    /// The state in words, with what to do: "The account is inactive in Autotask. Choose another."
    pub note: Option<String>,
    /// Postings that wait for this row.
    pub waiting: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum MappingState {
    Mapped,
    /// An account, but no contract service: tickets, no billing.
    TicketsOnly,
    NotMapped,
    Excluded,
    AccountInactive,
    ContractEnded,
    ServiceGone,
}

/// A row as the page changes it. `account` `None`: not mapped (`- SELECT -`). With an account,
/// `contract` and `service` may be `None` (`- None -`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct MappingInput {
    pub organization_id: String,
    pub account: Option<i64>,
    pub contract: Option<i64>,
    /// The contract service's id (a line on the contract).
    pub service: Option<i64>,
    pub excluded: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Suggestion {
    pub organization_id: String,
    pub organization: String,
    pub account: Choice,
    /// 0 to 100
    pub score: u8,
    /// "same name but for Ltd", "similar name"
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct TestTicketView {
    pub id: i64,
    pub number: String,
    pub account: String,
    /// The fields as Autotask stored them, in the order to show.
    pub fields: Vec<LabelledValue>,
    /// Something came back other than it was sent.
    pub warnings: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct LabelledValue {
    pub label: String,
    pub value: String,
}

// ---- Activity ----

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ActivityQuery {
    pub filter: ActivityFilter,
    /// Matches customer, title, ticket number, error.
    pub search: String,
    /// The last row's `id` of the page before; `None` for the newest.
    pub before: Option<i64>,
    /// 1 to 500
    pub limit: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ActivityFilter {
    All,
    Sent,
    Waiting,
    NeedsAttention,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ActivityPage {
    pub rows: Vec<ActivityRow>,
    pub total: u64,
    pub sent: u64,
    pub waiting: u64,
    pub needs_attention: u64,
    pub more: bool,
    /// What the source could not read (a bad line in an export, an unknown status word), newest first.
    pub notices: Vec<NoticeRow>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ActivityRow {
    pub id: i64,
    pub time: String,
    pub organization: String,
    pub account: Option<String>,
    /// "Backup error", "Backup success", "Daily Digest", "Test ticket"
    pub what: String,
    pub title: String,
    pub state: ActivityState,
    /// The state in words: "Waits: the organization is not mapped".
    pub state_text: String,
    pub ticket_id: Option<i64>,
    pub ticket_number: Option<String>,
    /// The error in plain words.
    pub error: Option<String>,
    pub next_attempt: Option<String>,
    pub can_retry: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ActivityState {
    Waiting,
    Sending,
    Done,
    Unclear,
    NeedsAttention,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct NoticeRow {
    pub time: String,
    pub text: String,
}
