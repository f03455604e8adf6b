//! How long the ledger is kept, and with it the measurements of billing.
//!
//! Rows go from the front only, up to the first that is young enough, so that what is kept is one
//! piece; the anchor moves along in the same transaction. Without it triggers let no row go.
//!
//! **A clock that is wrong** must not empty the ledger: what is removed is gone for good. So the age of
//! a row is not counted from now, but from the earliest of the last seven looks, which are a day apart
//! at least. A clock that stands years ahead removes nothing unless it has stood there for a week, and
//! one wrong look does no harm, however often there is one. The price is that rows stay a week longer
//! than is set, and that none are removed in the first week of a file.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension as _, Transaction, params};

use super::{end, hash::Hash, no_ends};
use crate::store::{Store, StoreError, billing::forget_before, facts, micros};

/// When it was last looked at, the latest look last.
const LOOKED_AT: &str = "ledger_looked_at";
/// How many looks have to agree.
const LOOKS: usize = 7;
const A_DAY: SignedDuration = SignedDuration::from_hours(24);

impl Store {
    /// Removes lines and measurements that are older than `general.keep_ledger_days`, see the module;
    /// looks once a day at most. Gives back how many lines.
    pub fn shorten_ledger(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut looks: Vec<Timestamp> = self.fact(LOOKED_AT)?.unwrap_or_default();
        // A moment to come was written by a clock that has been set back since.
        let lately = |last: &Timestamp| *last <= now && now.duration_since(*last) < A_DAY;
        if looks.last().is_some_and(lately) {
            return Ok(0);
        }
        looks.push(now);
        looks.drain(..looks.len().saturating_sub(LOOKS));
        let days = i64::from(self.settings()?.general.keep_ledger_days);
        let age = SignedDuration::from_hours(24 * days);
        let since = counted_from(&looks).and_then(|at| at.checked_sub(age).ok());
        let removed = self.write(|transaction| {
            facts::put(transaction, LOOKED_AT, &looks)?;
            let Some(since) = since else { return Ok(0) };
            forget_before(transaction, since)?;
            remove_before(transaction, since)
        })?;
        if removed > 0 {
            tracing::info!(removed, "the ledger was shortened");
        }
        Ok(removed)
    }
}

/// `None`: there have not been enough looks.
fn counted_from(looks: &[Timestamp]) -> Option<Timestamp> {
    looks.iter().min().copied().filter(|_| looks.len() == LOOKS)
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
