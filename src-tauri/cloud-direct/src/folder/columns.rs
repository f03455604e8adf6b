//! Which column is which.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A column of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// The organization's id, or its name where it has no id.
    Organization,
    /// The organization's name beside its id.
    OrganizationName,
    /// The protected machine.
    System,
    /// Policy or task.
    Task,
    /// The job's id.
    JobId,
    /// Backup, restore, replication.
    Kind,
    /// The source's status word.
    Status,
    /// When the job began.
    StartedAt,
    /// When the job ended.
    FinishedAt,
    /// Bytes read.
    BytesProcessed,
    /// Bytes sent.
    BytesTransferred,
    /// Warnings counted.
    WarningCount,
    /// Errors counted.
    ErrorCount,
    /// What the job said.
    Message,
    /// When usage was measured; a date will do.
    MeasuredAt,
    /// How much, in `Unit`.
    Quantity,
    /// B, KB, MB, GB, TB, KiB, MiB, GiB or TiB.
    Unit,
    /// What was measured.
    Metric,
    /// The organization's state.
    State,
}

/// The partner's own header names. Compared without regard to case, blanks and punctuation, and
/// before the names that are known anyway. It reads and writes as a map from header to column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "BTreeMap<String, Column>", into = "BTreeMap<String, Column>")]
pub struct HeaderMap(BTreeMap<String, Column>);

impl From<BTreeMap<String, Column>> for HeaderMap {
    fn from(map: BTreeMap<String, Column>) -> HeaderMap {
        HeaderMap(map)
    }
}

impl From<HeaderMap> for BTreeMap<String, Column> {
    fn from(map: HeaderMap) -> BTreeMap<String, Column> {
        map.0
    }
}
