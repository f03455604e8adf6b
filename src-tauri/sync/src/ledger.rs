//! The ledger for a person and for other programs: everything that was done, oldest first, and
//! whether it is still as it was written. What the chain is made of: [`crate::store`]'s ledger.
//!
//! A CSV goes into a spreadsheet, so a text that one would take for a formula gets an apostrophe in
//! front. Whoever wants to compute the hashes takes the lines as JSON: nothing is changed in them.

use std::io;

use jiff::Timestamp;
use serde::Serialize;

pub use crate::store::{Fault, LedgerCheck, Misfit};
use crate::{
    activity::{ExportError, harmless},
    store::{LedgerRow, Store, StoreError},
};

/// Lines that are read in one go.
const PORTION: usize = 1_000;

/// What was exported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exported {
    pub rows: u64,
    /// The last one.
    pub head: Option<Head>,
}

/// A row and its hash: kept elsewhere, it shows whether the ledger up to it is still the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Head {
    pub row: i64,
    pub hash: String,
}

impl Head {
    pub fn new(row: i64, hash: [u8; 32]) -> Self {
        Self {
            row,
            hash: hex(hash),
        }
    }
}

/// A line as JSON; the names are the columns' in the file.
#[derive(Debug, Serialize)]
struct Line<'a> {
    id: i64,
    /// Exact to the microsecond.
    at: Timestamp,
    what: &'a str,
    key: &'a str,
    account: Option<i64>,
    ticket_id: Option<i64>,
    detail: Option<&'a str>,
    previous: String,
    hash: String,
}

/// All lines as CSV.
pub fn export_csv(store: &Store, writer: impl io::Write) -> Result<Exported, ExportError> {
    let mut csv = csv::Writer::from_writer(writer);
    csv.write_record([
        "id",
        "at",
        "what",
        "key",
        "account",
        "ticket_id",
        "detail",
        "previous",
        "hash",
    ])
    .map_err(not_written)?;
    let exported = each(store, |row| {
        let number = |id: Option<i64>| id.map(|id| id.to_string()).unwrap_or_default();
        csv.write_record([
            &row.id.to_string(),
            &row.at.to_string(),
            &row.what,
            &harmless(row.key),
            &number(row.account),
            &number(row.ticket_id),
            &harmless(row.detail.unwrap_or_default()),
            &hex(row.previous),
            &hex(row.hash),
        ])
        .map_err(not_written)
    })?;
    csv.flush().map_err(ExportError::Write)?;
    Ok(exported)
}

/// All lines, each as one line of JSON.
pub fn export_json(store: &Store, mut writer: impl io::Write) -> Result<Exported, ExportError> {
    let exported = each(store, |row| {
        let line = Line {
            id: row.id,
            at: row.at,
            what: &row.what,
            key: &row.key,
            account: row.account,
            ticket_id: row.ticket_id,
            detail: row.detail.as_deref(),
            previous: hex(row.previous),
            hash: hex(row.hash),
        };
        serde_json::to_writer(&mut writer, &line)
            .map_err(io::Error::from)
            .and_then(|()| writer.write_all(b"\n"))
            .map_err(ExportError::Write)
    })?;
    writer.flush().map_err(ExportError::Write)?;
    Ok(exported)
}

fn each(
    store: &Store,
    mut write: impl FnMut(LedgerRow) -> Result<(), ExportError>,
) -> Result<Exported, ExportError> {
    let mut exported = Exported {
        rows: 0,
        head: None,
    };
    let mut after = i64::MIN;
    loop {
        let rows = store.ledger_after(after, PORTION)?;
        let Some(last) = rows.last() else {
            return Ok(exported);
        };
        after = last.id;
        exported.head = Some(Head::new(last.id, last.hash));
        for row in rows {
            write(row)?;
            exported.rows += 1;
        }
    }
}

/// Whether the ledger is as it was written.
pub fn verify(store: &Store) -> Result<LedgerCheck, StoreError> {
    store.verify_ledger()
}

fn not_written(error: csv::Error) -> ExportError {
    let reason = error.to_string();
    if let csv::ErrorKind::Io(error) = error.into_kind() {
        ExportError::Write(error)
    } else {
        ExportError::Write(io::Error::other(reason))
    }
}

fn hex(hash: [u8; 32]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        examples::{noon, organization, store},
        settings::MappingEntry,
    };

    /// So many lines, each with such a detail.
    fn with_lines(count: usize, detail: &str) -> (tempfile::TempDir, Store) {
        let (folder, store) = store();
        let id = |n| format!("org-{n}");
        let organizations: Vec<_> = (0..count).map(|n| organization(&id(n), &id(n))).collect();
        store.save_organizations(&organizations, noon()).unwrap();
        let exclusions: Vec<_> = (0..count)
            .map(|n| MappingEntry {
                organization: id(n),
                excluded: Some(detail.to_owned()),
                ..MappingEntry::default()
            })
            .collect();
        store.apply_mappings(&exclusions, noon()).unwrap();
        (folder, store)
    }

    #[test]
    fn a_csv_has_every_line_with_its_hashes_and_no_formula() {
        let (_folder, store) = with_lines(PORTION + 2, "=cmd|'/c calc'!A");
        let mut bytes = Vec::new();
        let exported = export_csv(&store, &mut bytes).unwrap();
        let mut csv = csv::Reader::from_reader(bytes.as_slice());
        let rows: Vec<csv::StringRecord> = csv.records().collect::<Result<_, _>>().unwrap();
        assert_eq!(rows.len(), PORTION + 2);
        assert_eq!(&rows[0][1], "2026-11-23T12:00:00Z");
        assert_eq!(&rows[0][6], "'=cmd|'/c calc'!A");
        assert!(rows.windows(2).all(|two| two[1][7] == two[0][8]));
        let head = Head {
            row: rows.len() as i64,
            hash: rows[PORTION + 1][8].to_owned(),
        };
        assert_eq!(
            (exported.rows, exported.head),
            (rows.len() as u64, Some(head))
        );
    }

    #[test]
    fn json_has_every_text_as_it_is() {
        let (_folder, store) = with_lines(2, "=\"\n");
        let mut bytes = Vec::new();
        assert_eq!(export_json(&store, &mut bytes).unwrap().rows, 2);
        let text = String::from_utf8(bytes).unwrap();
        let lines: Vec<serde_json::Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[1]["detail"], "=\"\n");
        assert_eq!(lines[1]["previous"], lines[0]["hash"]);
        assert_eq!(lines[0]["account"], serde_json::Value::Null);
    }

    #[test]
    fn an_empty_ledger_is_an_empty_export() {
        let (_folder, store) = store();
        let mut bytes = Vec::new();
        let exported = export_csv(&store, &mut bytes).unwrap();
        assert_eq!((exported.rows, exported.head), (0, None));
        assert_eq!(String::from_utf8(bytes).unwrap().lines().count(), 1);
    }
}
