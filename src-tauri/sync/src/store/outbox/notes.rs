//! Notes on tickets that were made before it was known how their jobs ended.
//!
//! A posting of its own for each, with the event's posting as what it is on. It says that a job ended
//! worse than its ticket and every note before say; so a job has two notes at most.

use jiff::Timestamp;
use rusqlite::{Transaction, params};

use super::planned::withdraw;
use crate::{
    outbox::{Change, State, next},
    plan::{self, Posting},
    store::{StoreError, from_word, micros},
};

/// Writes the note that the event's posting `on`, which is done, needs by what is planned for its job
/// now. `true`: it needs one, and there was none. Notes that were never sent and say something else
/// are taken back.
pub(super) fn put(
    transaction: &Transaction<'_>,
    on: i64,
    posting: &Posting,
    organization_id: &str,
    job: i64,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let key = plan::note_key(&posting.key, posting.alert);
    withdraw_others(transaction, on, &key, now)?;
    let worst_said: i64 = transaction
        .prepare_cached("SELECT min(rank) FROM posting WHERE id = ?1 OR note_on = ?1")?
        .query_row([on], |row| row.get(0))?;
    if posting.alert.rank() >= worst_said {
        return Ok(false);
    }
    let planned = transaction
        .prepare_cached(
            "INSERT INTO posting (key, kind, alert, rank, organization_id, job, note_on, what, title,
                 occurred_at, created_at, changed_at, state, next_attempt_at)
             VALUES (?1, 'note', ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, 'planned', ?10)
             ON CONFLICT (key) DO NOTHING",
        )?
        .execute(params![
            key,
            posting.alert.name(),
            posting.alert.rank(),
            organization_id,
            job,
            on,
            format!("Note: {}", posting.what),
            posting.title,
            micros(posting.occurred_at),
            micros(now)
        ])?;
    Ok(planned > 0)
}

fn withdraw_others(
    transaction: &Transaction<'_>,
    on: i64,
    key: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let others: Vec<(i64, String, String)> = transaction
        .prepare_cached("SELECT id, key, state FROM posting WHERE note_on = ?1 AND key <> ?2")?
        .query_map(params![on, key], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?
        .collect::<Result<_, _>>()?;
    for (id, key, state) in others {
        let state: State = from_word("a posting's state", state)?;
        if next(state, Change::Replanned).is_some() {
            let why = "Cloud Direct has changed again how the job ended.";
            withdraw(transaction, id, &key, why, now)?;
        }
    }
    Ok(())
}
