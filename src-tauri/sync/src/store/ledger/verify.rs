//! Whether the ledger is as it was written, row by row from the anchor to the head, in one state of
//! the file. The first place that does not fit ends it: behind it nothing can be said.

use std::fmt;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, types::ValueRef};

use super::{
    End, columns, end,
    hash::{Columns, hash_of},
};
use crate::store::{Store, StoreError, moment};

/// A row that was moved is looked for in so many places before and behind; farther away it counts as
/// changed.
const REACH: i64 = 100_000;

/// What came of a verification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LedgerCheck {
    Fits {
        /// Rows that are kept; all of them fit.
        rows: u64,
        /// Rows that were removed before them because of their age.
        removed: u64,
        /// The last row's id and hash. Kept elsewhere, it shows a chain that was written anew.
        head: (i64, [u8; 32]),
    },
    Broken(Misfit),
}

/// The first place that does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Misfit {
    pub row: i64,
    /// What the row says, if it is there.
    pub at: Option<Timestamp>,
    pub fault: Fault,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The row is not what was hashed.
    Changed,
    /// The row is as it was, but the one before it is not there, or is another.
    Missing,
    /// The row does not belong where it is: it was put in, or put after the end.
    PutIn,
    /// The row belongs elsewhere.
    OutOfOrder,
    /// The row was the last, and is not there.
    CutOff,
    /// What is kept of where the ledger begins and ends contradicts the rows.
    Ends,
}

impl Fault {
    /// Stable, for programs.
    pub fn name(self) -> &'static str {
        match self {
            Fault::Changed => "changed",
            Fault::Missing => "missing",
            Fault::PutIn => "put_in",
            Fault::OutOfOrder => "out_of_order",
            Fault::CutOff => "cut_off",
            Fault::Ends => "ends",
        }
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Row {}", self.row)?;
        if let Some(at) = self.at {
            write!(f, " ({at})")?;
        }
        f.write_str(match self.fault {
            Fault::Changed => " was changed: it does not have the hash that was written with it.",
            Fault::Missing => {
                " does not follow the row before it: one is missing there, or was replaced."
            }
            Fault::PutIn => " was put in: the rows around it do not know of it.",
            Fault::OutOfOrder => " stands in another place than it was written to.",
            Fault::CutOff => " should be the last, and is not there: the end was cut off.",
            Fault::Ends => {
                " is where the rows and what is kept of the ledger's beginning and end contradict \
                 each other."
            }
        })
    }
}

impl Store {
    /// See the module. It reads the whole ledger, and keeps none of it in memory.
    pub fn verify_ledger(&self) -> Result<LedgerCheck, StoreError> {
        self.read(|connection| {
            // One state of the file, also while the app goes on.
            let snapshot = connection.unchecked_transaction()?;
            Ok(verify(&snapshot)?)
        })
    }
}

fn verify(connection: &Connection) -> Result<LedgerCheck, rusqlite::Error> {
    let broken = |row, at, fault| Ok(LedgerCheck::Broken(Misfit { row, at, fault }));
    let (Some(anchor), Some(head)) = (end(connection, "anchor")?, end(connection, "head")?) else {
        return broken(0, None, Fault::Ends);
    };
    let mut last = End { count: 0, ..anchor };
    let mut statement = connection.prepare(
        "SELECT id, at, what, key, account, ticket_id, detail, previous, hash
         FROM ledger ORDER BY id",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let id = row.get(0)?;
        if id <= anchor.row || id > head.row {
            return broken(id, moment_at(row)?, Fault::PutIn);
        }
        let (previous, hash) = (row.get_ref(7)?, row.get_ref(8)?);
        let own = hash_of(bytes(previous), &columns(row)?);
        if bytes(hash) != own {
            return misplaced(connection, row, &anchor, &head).map(LedgerCheck::Broken);
        }
        if bytes(previous) != last.hash {
            return detached(connection, row, &anchor).map(LedgerCheck::Broken);
        }
        last = End {
            row: id,
            count: last.count + 1,
            hash: own,
        };
    }
    if last.row < head.row {
        return broken(head.row, None, Fault::CutOff);
    }
    if last.hash != head.hash || anchor.count.checked_add(last.count) != Some(head.count) {
        return broken(head.row, None, Fault::Ends);
    }
    Ok(LedgerCheck::Fits {
        rows: last.count.unsigned_abs(),
        removed: anchor.count.unsigned_abs(),
        head: (head.row, head.hash),
    })
}

/// The row does not have its own hash: changed, unless it has it in another place.
fn misplaced(
    connection: &Connection,
    row: &Row<'_>,
    anchor: &End,
    head: &End,
) -> Result<Misfit, rusqlite::Error> {
    let id: i64 = row.get(0)?;
    let (previous, hash) = (bytes(row.get_ref(7)?), bytes(row.get_ref(8)?));
    let mut elsewhere: Columns<'_> = columns(row)?;
    let first = id.saturating_sub(REACH).max(anchor.row + 1);
    for number in first..=id.saturating_add(REACH).min(head.row) {
        elsewhere[0] = ValueRef::Integer(number);
        if hash_of(previous, &elsewhere) != hash {
            continue;
        }
        // The rows before this one fit. So what stands where it belongs has pushed it down.
        if number < id && is_there(connection, number)? {
            return there(connection, number, Fault::PutIn);
        }
        let fault = if carrier(connection, previous)?.is_some() {
            Fault::OutOfOrder
        } else {
            Fault::Missing
        };
        return there(connection, id, fault);
    }
    there(connection, id, Fault::Changed)
}

/// The row has its own hash, but follows another than the one before it.
fn detached(
    connection: &Connection,
    row: &Row<'_>,
    anchor: &End,
) -> Result<Misfit, rusqlite::Error> {
    let id: i64 = row.get(0)?;
    let previous = bytes(row.get_ref(7)?);
    let follows = if previous == anchor.hash {
        Some(anchor.row)
    } else {
        carrier(connection, previous)?
    };
    match follows {
        Some(follows) if follows < id => {
            let first_between: i64 = connection.query_row(
                "SELECT min(id) FROM ledger WHERE id > ?1",
                [follows],
                |row| row.get(0),
            )?;
            there(connection, first_between, Fault::PutIn)
        }
        Some(_) => there(connection, id, Fault::OutOfOrder),
        None => there(connection, id, Fault::Missing),
    }
}

fn is_there(connection: &Connection, row: i64) -> Result<bool, rusqlite::Error> {
    connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM ledger WHERE id = ?1)",
        [row],
        |row| row.get(0),
    )
}

/// The row with this hash.
fn carrier(connection: &Connection, hash: &[u8]) -> Result<Option<i64>, rusqlite::Error> {
    connection
        .query_row("SELECT id FROM ledger WHERE hash = ?1", [hash], |row| {
            row.get(0)
        })
        .optional()
}

fn there(connection: &Connection, row: i64, fault: Fault) -> Result<Misfit, rusqlite::Error> {
    let at = connection
        .query_row("SELECT id, at FROM ledger WHERE id = ?1", [row], moment_at)
        .optional()?
        .flatten();
    Ok(Misfit { row, at, fault })
}

/// The time in the second column, if it is one.
fn moment_at(row: &Row<'_>) -> Result<Option<Timestamp>, rusqlite::Error> {
    Ok(row.get_ref(1)?.as_i64().ok().map(moment))
}

fn bytes(value: ValueRef<'_>) -> &[u8] {
    value.as_bytes().unwrap_or_default()
}
