//! What the partner has set. The same structures are the TOML settings file ([`parse_file`]) and
//! the JSON in the database, so a setting has one name everywhere. Unknown names are refused,
//! never dropped. There is no secret among them: passwords and tokens live in the keychain.

mod file;
#[cfg(test)]
mod tests;
mod validate;

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp, civil};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use self::file::{EXAMPLE, MappingEntry, SettingsFile, parse_file};
use crate::time_of_day::hh_mm;

/// Where Autotask is asked for a username's zone.
pub const ZONE_LOOKUP: &str = "https://webservices.autotask.net/";

/// A setting that cannot be used. `Display` says where, what, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsError {
    /// The line in the settings file, counted from 1.
    pub line: Option<usize>,
    /// The setting's name with its tables: `alerts.error.days_due`.
    pub field: Option<String>,
    pub message: String,
}

impl std::fmt::Display for SettingsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.line, &self.field) {
            (Some(line), Some(field)) => write!(f, "Line {line}, {field}: {}", self.message),
            (Some(line), None) => write!(f, "Line {line}: {}", self.message),
            (None, Some(field)) => write!(f, "{field}: {}", self.message),
            (None, None) => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for SettingsError {}

/// Everything that is set, but for the mappings.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    pub autotask: Autotask,
    pub cloud_direct: CloudDirect,
    /// `None` until Options have been saved once: nothing is sent before.
    pub alerts: Option<Alerts>,
    pub billing: Billing,
    pub general: General,
}

/// How to reach Autotask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Autotask {
    /// The API user's whole name, `user@domain`.
    pub username: String,
    /// Autotask's integration code, 27 characters. Not a secret, but not logged either.
    pub tracking_identifier: String,
    pub api: Api,
    pub zone: ZoneChoice,
    /// The host that is asked for the zone.
    pub zone_lookup: String,
    /// In which zone SOAP's times are.
    pub soap_times: SoapTimes,
}

impl Default for Autotask {
    fn default() -> Self {
        Self {
            username: String::new(),
            tracking_identifier: String::new(),
            api: Api::default(),
            zone: ZoneChoice::default(),
            zone_lookup: ZONE_LOOKUP.to_owned(),
            soap_times: SoapTimes::default(),
        }
    }
}

/// Which of Autotask's interfaces is used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Api {
    #[default]
    Rest,
    Soap,
}

impl From<Api> for autotask::Api {
    fn from(api: Api) -> Self {
        match api {
            Api::Rest => autotask::Api::Rest,
            Api::Soap => autotask::Api::Soap,
        }
    }
}

/// In which zone SOAP's times are, which carry none. The vendor's help contradicts itself; REST's
/// times are always UTC.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SoapTimes {
    /// As every published SOAP client takes them.
    #[default]
    Eastern,
    Utc,
}

impl From<SoapTimes> for autotask::SoapTime {
    fn from(times: SoapTimes) -> Self {
        match times {
            SoapTimes::Eastern => autotask::SoapTime::Eastern,
            SoapTimes::Utc => autotask::SoapTime::Utc,
        }
    }
}

/// The zone: found from the username, or an address. Written as `"auto"` or the address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ZoneChoice {
    #[default]
    Auto,
    Address(String),
}

impl ZoneChoice {
    pub fn as_str(&self) -> &str {
        match self {
            ZoneChoice::Auto => "auto",
            ZoneChoice::Address(address) => address,
        }
    }
}

impl From<&str> for ZoneChoice {
    fn from(text: &str) -> Self {
        let text = text.trim();
        if text.is_empty() || text.eq_ignore_ascii_case("auto") {
            ZoneChoice::Auto
        } else {
            ZoneChoice::Address(text.to_owned())
        }
    }
}

impl Serialize for ZoneChoice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ZoneChoice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(ZoneChoice::from(
            String::deserialize(deserializer)?.as_str(),
        ))
    }
}

/// Where finished jobs come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CloudDirect {
    pub source: SourceKind,
    /// The portal's base address.
    pub address: String,
    /// The folder of exports.
    pub folder: Option<PathBuf>,
    /// What the source's status words mean, where it differs from the usual.
    pub outcomes: cloud_direct::OutcomeRules,
    /// The partner's own column names in exports.
    pub headers: cloud_direct::HeaderMap,
    /// What `04/03/2026` is in an export.
    pub date_order: cloud_direct::DateOrder,
    /// Jobs can become visible late: each question goes back so many minutes.
    pub overlap_minutes: u16,
}

impl Default for CloudDirect {
    fn default() -> Self {
        Self {
            source: SourceKind::default(),
            address: String::new(),
            folder: None,
            outcomes: cloud_direct::OutcomeRules::default(),
            headers: cloud_direct::HeaderMap::default(),
            date_order: cloud_direct::DateOrder::default(),
            overlap_minutes: 60,
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    #[default]
    Portal,
    Folder,
}

/// Which events become tickets, and how. *Alert Mapping* on the screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alerts {
    #[serde(default)]
    pub success: AlertRow,
    #[serde(default)]
    pub warning: AlertRow,
    #[serde(default)]
    pub error: AlertRow,
    #[serde(default)]
    pub digest: AlertRow,
    /// Time of day of the Daily Digest in [`General::time_zone`].
    #[serde(default = "six_o_clock", with = "hh_mm")]
    pub digest_time: civil::Time,
    /// A day on which a customer had no job at all has a digest, too, which says so.
    #[serde(default = "yes")]
    pub digest_without_jobs: bool,
    /// Jobs that finished before this moment make no tickets. Set to the moment in which the alerts
    /// are saved for the first time, unless it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jobs_since: Option<Timestamp>,
}

fn six_o_clock() -> civil::Time {
    civil::time(6, 0, 0, 0)
}

fn yes() -> bool {
    true
}

impl Alerts {
    /// What the first visit to Options proposes: errors, warnings and the digest, but no successes.
    pub fn proposal() -> Self {
        let row = |enabled, days_due| AlertRow {
            enabled,
            days_due,
            ..AlertRow::default()
        };
        Self {
            success: row(false, Some(3)),
            warning: row(true, Some(3)),
            error: row(true, Some(1)),
            digest: row(true, None),
            digest_time: six_o_clock(),
            digest_without_jobs: true,
            jobs_since: None,
        }
    }
}

/// One row of the alert mapping.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AlertRow {
    pub enabled: bool,
    pub priority: Option<Pick>,
    pub queue: Option<Pick>,
    /// Days after the day on which the job ended, 0 to 365; due at 23:59 of that day in the
    /// partner's time zone.
    pub days_due: Option<u16>,
}

/// A value of one of the partner's picklists. A settings file may name it by its label; it is kept
/// as the id once the picklists have been read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "the value's number, or its label in quotes")]
pub enum Pick {
    Id(i64),
    Label(String),
}

impl Pick {
    pub fn id(&self) -> Option<i64> {
        match self {
            Pick::Id(id) => Some(*id),
            Pick::Label(_) => None,
        }
    }
}

/// How usage becomes units on invoices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Billing {
    pub enabled: bool,
    /// 1 to 31, or 0 for the last day of the month; a short month takes its last day.
    pub invoice_day: u8,
    #[serde(with = "hh_mm")]
    pub time: civil::Time,
    pub unit: BillingUnit,
    /// Which measurement counts, where the source has several of an organization.
    pub metric: String,
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
    /// Percent, for [`Approval::WhenChangedByMoreThan`].
    pub approval_threshold: u16,
}

impl Default for Billing {
    fn default() -> Self {
        Self {
            enabled: false,
            invoice_day: 0,
            time: six_o_clock(),
            unit: BillingUnit::default(),
            metric: cloud_direct::DEFAULT_METRIC.to_owned(),
            included: 0,
            rounding: Rounding::default(),
            block: 1,
            minimum: 0,
            bill_trials: false,
            expired: Expired::default(),
            max_age_days: 3,
            effective: Effective::default(),
            approval: Approval::default(),
            approval_threshold: 20,
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BillingUnit {
    /// 10^9 bytes
    #[default]
    Gb,
    /// 2^30 bytes
    Gib,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    Nearest,
    #[default]
    Up,
    Down,
}

/// What becomes of an organization whose subscription is over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expired {
    /// Its units stay as they are, and that is told.
    #[default]
    Leave,
    /// As long as it is measured, it is billed.
    Measured,
    /// Its units are set to none.
    Zero,
}

/// From the first day of which billing period of a contract the units hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effective {
    /// The one that is under way on the day after the invoice date.
    #[default]
    Begins,
    /// The one before that: the last that is over at the end of the invoice date.
    Closes,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Approval {
    PostByItself,
    #[default]
    HoldAlways,
    WhenChangedByMoreThan,
}

/// Everything else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct General {
    /// The partner's IANA time zone, for due dates, the digest's day and invoice dates.
    pub time_zone: String,
    /// 1 to 1440
    pub check_every_minutes: u16,
    pub start_at_login: bool,
    pub notifications: bool,
    /// Percent of the calls that Autotask allows the tenant in an hour, 10 to 100. At so many, of
    /// all its integrations together, the app stops.
    pub quota_share: u8,
    /// Days after which lines of the ledger are removed, 90 to 3650.
    pub keep_ledger_days: u16,
}

impl Default for General {
    fn default() -> Self {
        Self {
            time_zone: jiff::tz::TimeZone::system()
                .iana_name()
                .unwrap_or("UTC")
                .to_owned(),
            check_every_minutes: 5,
            start_at_login: false,
            notifications: true,
            quota_share: 80,
            keep_ledger_days: 730,
        }
    }
}

impl General {
    /// How often jobs are asked for; never without a pause.
    pub fn check_every(&self) -> SignedDuration {
        SignedDuration::from_mins(i64::from(self.check_every_minutes.max(1)))
    }

    /// The zone that is named, or UTC where it is not known to this computer (saving refuses such a
    /// name, so that this is the case only when its zone database has changed).
    pub fn zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::get(&self.time_zone).unwrap_or(jiff::tz::TimeZone::UTC)
    }
}
