//! What crosses to the page, and what comes back from it.
//!
//! These types are apart from what is stored: a view says what the screen shows, in the order in
//! which it shows it, and never holds a secret (a saved password is `true`). TypeScript's side is
//! generated into `ui/src/lib/bindings` by `cargo test`; a stale file fails that test, once.
//! Moments cross as RFC 3339 text in UTC, days as `YYYY-MM-DD`, times of day as `HH:MM`.

mod activity;
mod billing;
#[cfg(test)]
mod bindings;
mod credentials;
mod mappings;
mod options;

use serde::{Deserialize, Serialize};
use sync::pause::Length;

pub use self::activity::{
    ActivityFilter, ActivityPage, ActivityQuery, ActivityRow, ActivityState, NoticeRow,
};
pub use self::billing::{
    BillingExample, BillingFigure, BillingGroup, BillingLine, BillingOrder, BillingOutcome,
    BillingPeriod, BillingPlace, BillingProgress, BillingRecord, BillingRemedy, BillingResult,
    BillingState, BillingTotals, BillingView, ChosenLine, ContractWatch, CorrectionView,
    DemoTarget, ExampleInput, HistoryRow, MeasurementInput, NotDone, ReconciledLine,
    ReconciliationView, RenewedContract, SumStep, day,
};
pub use self::credentials::{
    ApiChoice, AutotaskInput, AutotaskView, CloudDirectInput, CloudDirectView, CredentialsView,
    SoapTimes, SourceChoice, StepState, TestStep, TestView, TestedService,
};
pub use self::mappings::{
    LabelledValue, MappingInput, MappingRow, MappingState, MappingsView, Suggestion, TestTicketView,
};
pub use self::options::{
    AlertRow, Alerts, Approval, Billing, BillingUnit, Choice, Effective, Expired, ForecastView,
    General, Options, OptionsView, Rounding,
};

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
    /// Set while usage is being posted, read back or corrected.
    pub billing: Option<BillingProgress>,
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
    /// Lines of billing that a person has to decide.
    pub needs_review: u32,
    /// Lines of billing that wait for approval.
    pub to_approve: u32,
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

/// The screens of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ScreenName {
    Credentials,
    Options,
    Mappings,
    Billing,
    Activity,
}

impl ScreenName {
    /// The page's word for it.
    pub fn word(self) -> &'static str {
        match self {
            ScreenName::Credentials => "credentials",
            ScreenName::Options => "options",
            ScreenName::Mappings => "mappings",
            ScreenName::Billing => "billing",
            ScreenName::Activity => "activity",
        }
    }
}

/// How long nothing is to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PauseLength {
    Minutes {
        minutes: u32,
    },
    /// Until the next day begins in the partner's time zone.
    UntilTomorrow,
    UntilResumed,
}

impl TryFrom<PauseLength> for Length {
    type Error = CommandError;

    fn try_from(length: PauseLength) -> Result<Self, CommandError> {
        match length {
            PauseLength::Minutes { minutes } => Length::minutes(minutes)
                .map_err(|error| CommandError::invalid("minutes", error.to_string())),
            PauseLength::UntilTomorrow => Ok(Length::UntilTomorrow),
            PauseLength::UntilResumed => Ok(Length::UntilResumed),
        }
    }
}
