//! The options as the screen shows them.

mod billing;
mod settings;

use serde::{Deserialize, Serialize};

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
    /// Also for a customer without any job on that day.
    pub digest_without_jobs: bool,
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
    /// Units that are not billed.
    pub included: u32,
    pub rounding: Rounding,
    /// Billed in steps of so many units, 1 to 1,000,000.
    pub block: u32,
    /// Units billed at least, for a customer with any usage.
    pub minimum: u32,
    pub bill_trials: bool,
    pub expired: Expired,
    /// Days between a measurement and the invoice date that it counts for, at most; 0 to 31.
    pub max_age_days: u8,
    pub effective: Effective,
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

/// What becomes of an organization whose subscription is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Expired {
    /// Its units stay as they are.
    Leave,
    /// As long as it is measured, it is billed.
    Measured,
    /// Its units are set to none.
    Zero,
}

/// From the first day of which billing period the units hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Effective {
    /// The one that the invoice date begins.
    Begins,
    /// The one that it closes.
    Closes,
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
    /// Percent of the tenant's hourly calls at which the app stops: 10 to 100
    pub quota_share: u8,
    /// 90 to 3650
    pub keep_ledger_days: u16,
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
