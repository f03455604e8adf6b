//! Postings that are planned, planned anew, or taken back because nobody wants them any more. Notes have
//! [`super::notes`].

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::{
    change::{Record, apply, note},
    notes,
};
use crate::{
    alerts::Kind,
    digest::Digest,
    outbox::{Change, State, next},
    plan::{Posting, Skip},
    settings::Alerts,
    store::{StoreError, from_word, ledger::What, micros},
};

/// Writes an event's posting, or writes anew one that was never sent; where it was sent, and the job has
/// ended worse than was said, a note's. `true`: there is a posting more.
pub(in crate::store) fn put_event(
    transaction: &Transaction<'_>,
    posting: &Posting,
    organization_id: &str,
    job: i64,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let found: Option<(i64, String)> = transaction
        .prepare_cached("SELECT id, state FROM posting WHERE key = ?1")?
        .query_row([&posting.key], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let alert = posting.alert.name();
    let Some((id, state)) = found else {
        transaction
            .prepare_cached(
                "INSERT INTO posting (key, kind, alert, rank, organization_id, job, what, title,
                     occurred_at, created_at, changed_at, state, next_attempt_at)
                 VALUES (?1, 'event', ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, 'planned', ?9)",
            )?
            .execute(params![
                posting.key,
                alert,
                posting.alert.rank(),
                organization_id,
                job,
                posting.what,
                posting.title,
                micros(posting.occurred_at),
                micros(now)
            ])?;
        return Ok(true);
    };
    let state: State = from_word("a posting's state", state)?;
    if state == State::Done {
        return notes::put(transaction, id, posting, organization_id, job, now);
    }
    if next(state, Change::Replanned).is_none() {
        return Ok(false);
    }
    transaction
        .prepare_cached(
            "UPDATE posting SET alert = ?2, rank = ?3, what = ?4, title = ?5, occurred_at = ?6
             WHERE id = ?1",
        )?
        .execute(params![
            id,
            alert,
            posting.alert.rank(),
            posting.what,
            posting.title,
            micros(posting.occurred_at)
        ])?;
    apply(
        transaction,
        &Record::new(id, Change::Replanned).not_before(now),
        now,
    )?;
    Ok(false)
}

/// Writes a digest's posting with its text, unless there is one: a day's digest stays as it was
/// made. `true`: there was none.
pub(in crate::store) fn put_digest(
    transaction: &Transaction<'_>,
    digest: &Digest,
    organization_id: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let made = transaction
        .prepare_cached(
            "INSERT INTO posting (key, kind, alert, rank, organization_id, what, title, description,
                 occurred_at, created_at, changed_at, state, next_attempt_at)
             VALUES (?1, 'digest', ?2, ?3, ?4, ?9, ?5, ?6, ?7, ?8, ?8, 'planned', ?8)
             ON CONFLICT (key) DO NOTHING",
        )?
        .execute(params![
            digest.key,
            Kind::Digest.name(),
            Kind::Digest.rank(),
            organization_id,
            digest.title,
            digest.text,
            micros(digest.occurred_at),
            micros(now),
            Kind::Digest.label()
        ])?;
    Ok(made > 0)
}

/// Takes back digests that were never sent and whose organization is excluded, or all of them where
/// the row is off. They are not made again: their days are over.
pub(in crate::store) fn withdraw_digests(
    transaction: &Transaction<'_>,
    off: bool,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let unwanted: Vec<(i64, String)> = transaction
        .prepare_cached(
            "SELECT p.id, p.key FROM posting p INDEXED BY posting_open
                 LEFT JOIN mapping m ON m.organization_id = p.organization_id
             WHERE p.state IN ('planned', 'needs_attention') AND p.state <> 'done'
                 AND p.kind = 'digest' AND (?1 OR m.excluded IS NOT NULL)",
        )?
        .query_map([off], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let why = if off {
        "The Daily Digest was switched off."
    } else {
        "The organization was excluded."
    };
    for (id, key) in &unwanted {
        withdraw(transaction, *id, key, why, now)?;
    }
    Ok(unwanted.len() as u64)
}

/// The ledger keeps that it was planned, and why it was taken back.
pub(super) fn withdraw(
    transaction: &Transaction<'_>,
    id: i64,
    key: &str,
    why: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    note(transaction, id, What::Withdrawn, key, Some(why), now)?;
    transaction
        .prepare_cached("DELETE FROM posting WHERE id = ?1")?
        .execute([id])?;
    Ok(())
}

/// `Some(true)`: the job has a ticket that was never sent; `Some(false)`: one that was; `None`: it has
/// none.
pub(in crate::store) fn replannable(
    transaction: &Transaction<'_>,
    job: i64,
) -> Result<Option<bool>, StoreError> {
    let state: Option<String> = transaction
        .prepare_cached("SELECT state FROM posting WHERE job = ?1 AND kind = 'event'")?
        .query_row([job], |row| row.get(0))
        .optional()?;
    let Some(state) = state else { return Ok(None) };
    let state: State = from_word("a posting's state", state)?;
    Ok(Some(next(state, Change::Replanned).is_some()))
}

/// Takes back what was planned for a job and never sent. The ledger keeps why.
pub(in crate::store) fn withdraw_of_job(
    transaction: &Transaction<'_>,
    job: i64,
    why: Skip,
    now: Timestamp,
) -> Result<Withdrawn, StoreError> {
    let postings: Vec<(i64, String, String)> = transaction
        .prepare_cached("SELECT id, key, state FROM posting WHERE job = ?1 ORDER BY id DESC")?
        .query_map([job], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    let mut withdrawn = Withdrawn::default();
    for (id, key, state) in postings {
        let state: State = from_word("a posting's state", state)?;
        if next(state, Change::Replanned).is_some() {
            withdraw(transaction, id, &key, reason(why), now)?;
            withdrawn.some = true;
        } else {
            withdrawn.but_one_was_sent = true;
        }
    }
    Ok(withdrawn)
}

/// What taking back came to.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::store) struct Withdrawn {
    pub some: bool,
    /// The job has its ticket, or may have it.
    pub but_one_was_sent: bool,
}

fn reason(why: Skip) -> &'static str {
    match why {
        Skip::OutcomeOff => "The alert row is switched off.",
        Skip::BeforeStart => "The job finished before the moment from which on jobs make tickets.",
        Skip::OtherKind => "The job is neither a backup nor a replication.",
        Skip::Excluded => "The organization is excluded.",
        Skip::NotFinished => "The job has not finished after all.",
    }
}

/// Whether it is not clear yet if a job's posting has arrived.
pub(in crate::store) fn under_way(
    transaction: &Transaction<'_>,
    job: i64,
) -> Result<bool, StoreError> {
    Ok(transaction
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM posting
                 WHERE job = ?1 AND state IN ('sending', 'unclear'))",
        )?
        .query_row([job], |row| row.get(0))?)
}

/// Jobs with postings that were never sent and are no longer wanted, and why.
pub(in crate::store) fn unwanted(
    connection: &Connection,
    alerts: &Alerts,
) -> Result<Vec<(i64, Skip)>, StoreError> {
    let off = |kind| !alerts.row(kind).enabled;
    let since = alerts.jobs_since.map_or(i64::MIN, micros);
    let mut statement = connection.prepare_cached(
        "SELECT p.job, m.excluded IS NOT NULL, p.occurred_at < ?5
         FROM posting p INDEXED BY posting_open
             LEFT JOIN mapping m ON m.organization_id = p.organization_id
         WHERE p.state IN ('planned', 'needs_attention') AND p.state <> 'done'
             AND p.kind IN ('event', 'note') AND (m.excluded IS NOT NULL OR p.occurred_at < ?5
                 OR CASE p.alert WHEN 'success' THEN ?1 WHEN 'warning' THEN ?2
                     WHEN 'error' THEN ?3 ELSE ?4 END)",
    )?;
    let rows = statement.query_map(
        params![
            off(Kind::Success),
            off(Kind::Warning),
            off(Kind::Error),
            off(Kind::Digest),
            since
        ],
        |row| {
            let skip = match (row.get(1)?, row.get(2)?) {
                (true, _) => Skip::Excluded,
                (false, true) => Skip::BeforeStart,
                (false, false) => Skip::OutcomeOff,
            };
            Ok((row.get(0)?, skip))
        },
    )?;
    Ok(rows.collect::<Result<_, _>>()?)
}
