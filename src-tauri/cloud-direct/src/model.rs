//! The domain types. Texts arrive here clean: trimmed, of bounded length, without control characters
//! (a job's message keeps its line breaks).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The metric of a measurement that does not name one.
pub const DEFAULT_METRIC: &str = "cloud_storage";

/// A customer of the partner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// At most 64 characters.
    pub id: String,
    /// At most 255 characters.
    pub name: String,
    /// Whether it pays, tries out, or neither.
    pub state: OrganizationState,
}

/// What the source says about an organization's subscription.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrganizationState {
    /// Pays.
    Active,
    /// Tries it out.
    Trial,
    /// Its trial or subscription is over.
    Expired,
    /// Shut out by the vendor or the partner.
    Blocked,
    /// The source does not say, or says something this version does not know.
    #[default]
    Unknown,
}

/// One run of a backup, a restore or a replication.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Stays the same however often the job is read.
    pub id: String,
    /// The [`Organization::id`] it belongs to.
    pub organization_id: String,
    /// The protected machine.
    pub system: String,
    /// The policy or task.
    pub task: Option<String>,
    /// What ran.
    pub kind: JobKind,
    /// The source's own word.
    pub status: String,
    /// What the partner's [`OutcomeRules`](crate::OutcomeRules) make of `status` and the counts.
    pub outcome: Outcome,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it ended. `None` only for [`Outcome::NotFinished`].
    pub finished_at: Option<Timestamp>,
    /// Bytes read from the system.
    pub bytes_processed: Option<u64>,
    /// Bytes sent over the line.
    pub bytes_transferred: Option<u64>,
    /// Warnings that the job reported.
    pub warning_count: u32,
    /// Errors that the job reported.
    pub error_count: u32,
    /// At most 8,192 bytes, cut with a mark; lines kept.
    pub message: Option<String>,
}

/// What ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// The default where an export does not say.
    #[default]
    Backup,
    /// Data brought back.
    Restore,
    /// Data copied on to another place.
    Replication,
    /// Anything else.
    Other,
}

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// All well.
    Success,
    /// It ended, and somebody should look.
    Warning,
    /// It failed.
    Error,
    /// It still runs or waits: ignored until that changes.
    NotFinished,
}

/// What was measured for an organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// The [`Organization::id`] it belongs to.
    pub organization_id: String,
    /// [`DEFAULT_METRIC`] unless the source says otherwise.
    pub metric: String,
    /// The quantity in bytes.
    pub bytes: u64,
    /// When it was measured.
    pub measured_at: Timestamp,
}

/// Who the token belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partner {
    /// The partner's name; for a folder its name and what lies in it.
    pub name: String,
    /// The day of the month of the vendor's invoice, 1 to 31, where the source knows it.
    pub invoice_day: Option<u8>,
    /// The partner's IANA time zone, where the source knows it.
    pub time_zone: Option<String>,
}
