//! What was done, line by line, as a chain: whoever changes, removes or puts in a row breaks it, and
//! [`verify`] says where.
//!
//! **What has its line.** Every change of what stands in Autotask by our doing or as we found it, and
//! every decision not to send: see [`What`]. A job that a rule keeps from becoming a posting in the
//! first place has none of its own (with successes switched off that would be most jobs): the rule
//! has, when it is set or taken back, and the job keeps the reason as its mark.
//!
//! **The chain.** A row carries in `previous` the `hash` of the row before it, and in `hash` the
//! SHA-256 (32 bytes) of the following bytes, one after the other:
//! 1. `previous`, 32 bytes; for the first row ever 32 zeros;
//! 2. the columns `id`, `at`, `what`, `key`, `account`, `ticket_id`, `detail`, in this order, each as
//!    - the byte `00` where it is `NULL`;
//!    - the byte `01` and 8 bytes where it is an integer: two's complement, most significant first
//!      (`at` counts microseconds since 1970 in UTC);
//!    - the byte `02`, its length in bytes as such 8 bytes, and the bytes in UTF-8 where it is a text.
//!
//! This encoding is a part of the file's format: the rows of existing files have been hashed with
//! it, so it never changes.
//!
//! **The ends.** `ledger_end` keeps the *head* (id and hash of the last row, and how many rows there
//! have been), so that a cut at the end shows, and the *anchor*: the same of the last row that was
//! removed because of its age. The first row that is kept follows the anchor.
//!
//! **Order.** A line is added in the transaction of what it tells of. Triggers refuse a row that does
//! not follow the head, any change of a row, and the removal of one after the anchor; they move the
//! head themselves. Rows are removed from the front only ([`keep`]).
//!
//! **What it cannot show.** There is no secret in it: whoever can write the file can drop the
//! triggers and write a whole new chain. That shows only against a head that was kept elsewhere.

mod hash;
mod keep;
mod rows;
mod verify;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params, types::ValueRef};

use self::hash::{Columns, Hash, hash_of};
use super::{StoreError, micros};

pub use self::{
    rows::LedgerRow,
    verify::{Fault, LedgerCheck, Misfit},
};

/// What a line tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// Autotask said that it had made the ticket.
    Created,
    /// A look-up found the ticket.
    Found,
    /// A made ticket is no longer there.
    Gone,
    /// Autotask refused it.
    Refused,
    /// Sent, and no certain answer.
    Unclear,
    /// A look-up did not find what was unclear.
    NotFound,
    /// Not sent any more by itself.
    GivenUp,
    /// A person wants it sent after all.
    Retried,
    /// Planned, never sent, and taken back.
    Withdrawn,
    /// Days without a digest, or invoice dates without a line (which of both is the key), because they were too
    /// long ago.
    LeftOut,
    /// Nothing is sent for an organization (its id is the key), and why.
    Excluded,
    /// It is again.
    Included,
    /// Tickets of an alert row are made (its setting is the key).
    SwitchedOn,
    /// They are not.
    SwitchedOff,
    /// Jobs that finished before this moment make no tickets.
    JobsSince,
    /// A figure that a person entered (the organization's id is the key), and why.
    Measured,
    /// How usage becomes units from now on.
    BillingSet,
    /// Units that a person approved.
    Approved,
    /// A change of units that waits for a person.
    Held,
    /// The units were as wanted before anything was sent.
    UnitsAgree,
    /// Autotask said that it had changed the units.
    UnitsChanged,
    /// The units were read back, and are as wanted.
    UnitsVerified,
    /// The units were read, and are something else.
    UnitsDiffer,
    /// A person leaves the units as they are.
    Settled,
    /// The former units stand again.
    Corrected,
}

impl What {
    /// As it stands in the file.
    pub fn name(self) -> &'static str {
        match self {
            What::Created => "created",
            What::Found => "found",
            What::Gone => "gone",
            What::Refused => "refused",
            What::Unclear => "unclear",
            What::NotFound => "not found",
            What::GivenUp => "given up",
            What::Retried => "retried",
            What::Withdrawn => "withdrawn",
            What::LeftOut => "left out",
            What::Excluded => "excluded",
            What::Included => "included",
            What::SwitchedOn => "switched on",
            What::SwitchedOff => "switched off",
            What::JobsSince => "jobs since",
            What::Measured => "measured by hand",
            What::BillingSet => "billing set",
            What::Approved => "approved",
            What::Held => "held",
            What::UnitsAgree => "units agree",
            What::UnitsChanged => "units changed",
            What::UnitsVerified => "units verified",
            What::UnitsDiffer => "units differ",
            What::Settled => "settled",
            What::Corrected => "corrected",
        }
    }
}

/// A line to be added.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    pub at: Timestamp,
    pub what: What,
    /// The posting's key, or the name of what was decided on.
    pub key: &'a str,
    pub account: Option<i64>,
    pub ticket_id: Option<i64>,
    pub detail: Option<&'a str>,
}

/// Adds a line after the last one.
pub(super) fn add(transaction: &Transaction<'_>, line: &Line<'_>) -> Result<(), StoreError> {
    let head = end(transaction, "head")?.ok_or_else(no_ends)?;
    let integer = |id: Option<i64>| id.map_or(ValueRef::Null, ValueRef::Integer);
    append(
        transaction,
        &head.hash,
        &[
            ValueRef::Integer(head.row.saturating_add(1)),
            ValueRef::Integer(micros(line.at)),
            text(line.what.name()),
            text(line.key),
            integer(line.account),
            integer(line.ticket_id),
            line.detail.map_or(ValueRef::Null, text),
        ],
    )?;
    Ok(())
}

fn text(text: &str) -> ValueRef<'_> {
    ValueRef::Text(text.as_bytes())
}

/// Writes the rows of a file of format 1 into the chain of format 2, ids and all.
pub(super) fn chain_rows_of_format_1(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    transaction.execute_batch(include_str!("../schema/2.sql"))?;
    {
        let mut statement = transaction.prepare(
            "SELECT id, at, what, key, account, ticket_id, detail FROM ledger_before ORDER BY id",
        )?;
        let mut rows = statement.query([])?;
        let mut previous = Hash::default();
        while let Some(row) = rows.next()? {
            previous = append(transaction, &previous, &columns(row)?)?;
        }
    }
    transaction.execute_batch("DROP TABLE ledger_before")?;
    Ok(())
}

/// Gives back the new row's hash.
fn append(
    transaction: &Transaction<'_>,
    previous: &Hash,
    columns: &Columns<'_>,
) -> Result<Hash, StoreError> {
    let hash = hash_of(previous, columns);
    let [id, at, what, key, account, ticket_id, detail] =
        columns.map(rusqlite::types::ToSqlOutput::Borrowed);
    transaction
        .prepare_cached(
            "INSERT INTO ledger (id, at, what, key, account, ticket_id, detail, previous, hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            id, at, what, key, account, ticket_id, detail, previous, hash
        ])?;
    Ok(hash)
}

/// The columns that are hashed, of a row that begins with them.
fn columns<'a>(row: &'a Row<'_>) -> Result<Columns<'a>, rusqlite::Error> {
    Ok([
        row.get_ref(0)?,
        row.get_ref(1)?,
        row.get_ref(2)?,
        row.get_ref(3)?,
        row.get_ref(4)?,
        row.get_ref(5)?,
        row.get_ref(6)?,
    ])
}

/// One end of what is kept.
#[derive(Debug, Clone, Copy)]
struct End {
    row: i64,
    count: i64,
    hash: Hash,
}

/// `None`: it is not there, or no hash.
fn end(connection: &Connection, name: &str) -> Result<Option<End>, rusqlite::Error> {
    connection
        .prepare_cached("SELECT row, count, hash FROM ledger_end WHERE name = ?1")?
        .query_row([name], |row| {
            Ok(End {
                row: row.get(0)?,
                count: row.get(1)?,
                hash: row.get(2)?,
            })
        })
        .optional()
}

fn no_ends() -> StoreError {
    StoreError::unreadable(
        "the ledger",
        "where it begins and ends is not there any more",
    )
}
