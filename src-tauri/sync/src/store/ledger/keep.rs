//! How long the ledger is kept.
//!
//! Rows go from the front only, up to the first that is young enough, so that what is kept is one
//! piece; the anchor moves along in the same transaction. Without it triggers let no row go.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension as _, Transaction, params};

use super::{end, hash::Hash, no_ends};
use crate::store::{Store, StoreError, facts, micros};

const SHORTENED_AT: &str = "ledger_shortened_at";
const A_DAY: SignedDuration = SignedDuration::from_hours(24);

impl Store {
    /// Removes lines that are older than `general.keep_ledger_days`, once a day at most. Gives back
    /// how many.
    pub fn shorten_ledger(&self, now: Timestamp) -> Result<u64, StoreError> {
        let last: Option<Timestamp> = self.fact(SHORTENED_AT)?;
        // A moment to come was written by a clock that has been set back since.
        if last.is_some_and(|last| last <= now && now.duration_since(last) < A_DAY) {
            return Ok(0);
        }
        let days = i64::from(self.settings()?.general.keep_ledger_days);
        let since = now
            .checked_sub(SignedDuration::from_hours(24 * days))
            .unwrap_or(Timestamp::MIN);
        let removed = self.write(|transaction| {
            facts::put(transaction, SHORTENED_AT, &now)?;
            remove_before(transaction, since)
        })?;
        if removed > 0 {
            tracing::info!(removed, "the ledger was shortened");
        }
        Ok(removed)
    }
}

fn remove_before(transaction: &Transaction<'_>, since: Timestamp) -> Result<u64, StoreError> {
    let first_kept: Option<i64> = transaction
        .prepare_cached("SELECT id FROM ledger WHERE at >= ?1 ORDER BY id LIMIT 1")?
        .query_row([micros(since)], |row| row.get(0))
        .optional()?;
    let last: Option<(i64, Hash)> = transaction
        .prepare_cached("SELECT id, hash FROM ledger WHERE id < ?1 ORDER BY id DESC LIMIT 1")?
        .query_row([first_kept.unwrap_or(i64::MAX)], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let Some((row, hash)) = last else {
        return Ok(0);
    };
    let count: i64 = transaction
        .prepare_cached("SELECT count(*) FROM ledger WHERE id <= ?1")?
        .query_row([row], |row| row.get(0))?;
    let anchor = end(transaction, "anchor")?.ok_or_else(no_ends)?;
    transaction
        .prepare_cached(
            "UPDATE ledger_end SET row = ?1, count = ?2, hash = ?3 WHERE name = 'anchor'",
        )?
        .execute(params![row, anchor.count.saturating_add(count), hash])?;
    let removed = transaction
        .prepare_cached("DELETE FROM ledger WHERE id <= ?1")?
        .execute([row])?;
    Ok(removed as u64)
}
