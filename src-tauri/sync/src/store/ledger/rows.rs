//! The ledger's lines as they are read.

use jiff::Timestamp;
use rusqlite::Row;

use super::hash::Hash;
use crate::store::{Store, StoreError, moment};

/// A line of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerRow {
    pub id: i64,
    pub at: Timestamp,
    /// "created", "withdrawn", …
    pub what: String,
    /// The posting's key, or the name of what was decided on.
    pub key: String,
    pub account: Option<i64>,
    pub ticket_id: Option<i64>,
    pub detail: Option<String>,
    pub previous: [u8; 32],
    pub hash: [u8; 32],
}

impl Store {
    /// Lines after the one with the id `after`, oldest first, at most `limit`.
    pub fn ledger_after(&self, after: i64, limit: usize) -> Result<Vec<LedgerRow>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, at, what, key, account, ticket_id, detail, previous, hash
                 FROM ledger WHERE id > ?1 ORDER BY id LIMIT ?2",
            )?;
            let rows = statement.query_map([after, limit as i64], line_at)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// What was done for a key, oldest first: when, what, detail.
    pub(crate) fn ledger_of(
        &self,
        key: &str,
    ) -> Result<Vec<(Timestamp, String, Option<String>)>, StoreError> {
        self.read(|connection| {
            let mut statement = connection
                .prepare_cached("SELECT at, what, detail FROM ledger WHERE key = ?1 ORDER BY id")?;
            let rows = statement.query_map([key], |row| {
                Ok((moment(row.get(0)?), row.get(1)?, row.get(2)?))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

fn line_at(row: &Row<'_>) -> Result<LedgerRow, rusqlite::Error> {
    Ok(LedgerRow {
        id: row.get(0)?,
        at: moment(row.get(1)?),
        what: row.get(2)?,
        key: row.get(3)?,
        account: row.get(4)?,
        ticket_id: row.get(5)?,
        detail: row.get(6)?,
        previous: row.get::<_, Hash>(7)?,
        hash: row.get::<_, Hash>(8)?,
    })
}
