//! What the ledger says of a line, and of its correcting entry.

use jiff::Timestamp;

use crate::store::{Store, StoreError};

/// A line of the ledger about a line of billing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryLine {
    pub at: Timestamp,
    /// "approved", "units changed", "units verified", …
    pub what: String,
    pub detail: Option<String>,
    /// It is about the correcting entry.
    pub of_correction: bool,
}

/// Oldest first; nothing for a line that there is not.
pub fn history(store: &Store, id: i64) -> Result<Vec<HistoryLine>, StoreError> {
    let Some(line) = store.line(id)? else {
        return Ok(Vec::new());
    };
    let mut lines = Vec::new();
    for (key, of_correction) in [(line.key(), false), (line.correction_key(), true)] {
        for (at, what, detail) in store.ledger_of(&key)? {
            lines.push(HistoryLine {
                at,
                what,
                detail,
                of_correction,
            });
        }
    }
    lines.sort_by_key(|line| line.at);
    Ok(lines)
}
