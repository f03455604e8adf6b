//! What a person should see although the rest went on.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use serde::{Deserialize, Serialize};

use super::{Store, StoreError, facts, ledger, micros, moment};
use crate::schedule::Span;

/// Older ones are dropped beyond this many.
const KEPT: i64 = 5_000;

/// What comes again within this time has not been put right in between.
const STILL_THE_SAME: SignedDuration = SignedDuration::from_hours(24);

const FOR_A_PERSON: &str = "notice_for_a_person";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    pub at: Timestamp,
    pub text: String,
}

impl Store {
    /// Newest first.
    pub fn notices(&self, limit: u32) -> Result<Vec<Notice>, StoreError> {
        self.read(|connection| {
            let mut statement = connection
                .prepare_cached("SELECT at, text FROM notice ORDER BY at DESC, id DESC LIMIT ?1")?;
            let rows = statement.query_map([limit], |row| {
                Ok(Notice {
                    at: moment(row.get(0)?),
                    text: row.get(1)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    pub fn add_notice(&self, text: &str, now: Timestamp) -> Result<(), StoreError> {
        self.write(|transaction| add(transaction, text, now))
    }

    /// One that a person has to act on. What goes on is not told again.
    pub(crate) fn add_notice_for_a_person(
        &self,
        text: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            let before: Option<i64> = transaction
                .prepare_cached("SELECT at FROM notice WHERE text = ?1")?
                .query_row([text], |row| row.get(0))
                .optional()?;
            add(transaction, text, now)?;
            let still = before.is_some_and(|at| now.duration_since(moment(at)) < STILL_THE_SAME);
            if still {
                return Ok(());
            }
            let notice = Notice {
                at: now,
                text: text.to_owned(),
            };
            facts::put(transaction, FOR_A_PERSON, &notice)
        })
    }

    /// The last one that a person has to act on.
    pub(crate) fn notice_for_a_person(&self) -> Result<Option<Notice>, StoreError> {
        self.fact(FOR_A_PERSON)
    }
}

/// The same text again moves up instead of coming twice.
pub(super) fn add(connection: &Connection, text: &str, now: Timestamp) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO notice (at, text) VALUES (?1, ?2)
             ON CONFLICT (text) DO UPDATE SET at = excluded.at",
        )?
        .execute(params![micros(now), text])?;
    connection
        .prepare_cached(
            "DELETE FROM notice WHERE id <=
                 (SELECT id FROM notice ORDER BY id DESC LIMIT 1 OFFSET ?1)",
        )?
        .execute([KEPT])?;
    Ok(())
}

/// What is not made of a schedule's periods, because they are too long ago: told, and in the ledger.
pub(super) fn leave_out(
    transaction: &Transaction<'_>,
    key: &str,
    periods: Span,
    notice: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    add(transaction, notice, now)?;
    let detail = format!("{} to {}", periods.first, periods.last);
    let line = ledger::Line {
        at: now,
        what: ledger::What::LeftOut,
        key,
        account: None,
        ticket_id: None,
        detail: Some(&detail),
    };
    ledger::add(transaction, &line)
}

/// After a damaged file was put aside, the empty one that takes its place says so.
pub(super) fn tell_of_damaged(
    connection: &Connection,
    files: &[(String, Timestamp)],
) -> Result<(), StoreError> {
    for (file, at) in files {
        let text = format!(
            "An earlier database was damaged and has been kept as {file}. Settings and mappings in \
             it were not taken over."
        );
        connection
            .prepare_cached(
                "INSERT INTO notice (at, text) VALUES (?1, ?2) ON CONFLICT (text) DO NOTHING",
            )?
            .execute(params![micros(*at), text])?;
    }
    Ok(())
}
