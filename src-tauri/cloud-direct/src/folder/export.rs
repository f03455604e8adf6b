//! One export file from its first line to its last.
//!
//! A bad line is told with its number and reason, and the others count. The end of a file that is
//! still young may be half a record, because whoever writes it is not done: then the file is half
//! written, and its last record is not called bad.

use std::{borrow::Cow, collections::BTreeMap, io, io::Read, ops::ControlFlow};

use serde_json::Value;

use super::{
    columns::{self, Column, HeaderMap},
    decode::{Decoded, Survey},
    records::{Piece, Records, fields},
    rows::{JobRow, Reading, Row, UsageRow},
    scan::Kind,
    size::Notation,
};
use crate::text;

#[derive(Debug, PartialEq)]
pub(super) enum Event {
    Job(Box<JobRow>),
    Usage(UsageRow),
    Bad { line: u64, reason: String },
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Read to the end.
    Whole,
    /// The last record is not complete, or the file changed while it was read.
    HalfWritten,
    /// Nothing in it can be used.
    Unusable(String),
    /// Nobody listens any more.
    Stopped,
}

/// Reads the whole file and hands over what it finds.
pub(super) fn read(
    file: impl Read,
    kind: Kind,
    survey: &Survey,
    headers: &HeaderMap,
    reading: &Reading,
    young: bool,
    found: &mut dyn FnMut(Event) -> ControlFlow<()>,
) -> io::Result<Ending> {
    if let Some(reason) = survey.hopeless {
        return Ok(Ending::Unusable(reason.to_owned()));
    }
    let mut records = Records::new(Decoded::new(file, survey.encoding), reading.longest_record);
    let mut table = match kind {
        Kind::JobsJsonl => Table::lines(headers),
        Kind::UsageCsv | Kind::JobsCsv => match Table::csv(&mut records, kind, headers)? {
            Header::Usable(table) => table,
            Header::Blank => return ended(records, survey),
            Header::Unusable { ended: false, .. } if young => return Ok(Ending::HalfWritten),
            Header::Unusable { reason, .. } => return Ok(Ending::Unusable(reason)),
        },
    };
    while let Some(piece) = records.next()? {
        let (line, row, ended) = match piece {
            Piece::Record { text, .. } if text.trim().is_empty() => continue,
            Piece::Record { line, text, ended } => (
                line,
                table.event(text, kind, reading, survey.damaged),
                ended,
            ),
            Piece::OpenQuote { line } => (line, Err(OPEN_QUOTE.to_owned()), true),
            Piece::TooLong { line } => (
                line,
                Err(format!(
                    "is longer than {} KiB",
                    reading.longest_record >> 10
                )),
                true,
            ),
            Piece::Unfinished { line } => (line, Err(OPEN_QUOTE.to_owned()), false),
        };
        let event = match row {
            Ok(None) => continue,
            Ok(Some(event)) => event,
            Err(_) if young && !ended => return Ok(Ending::HalfWritten),
            Err(reason) => Event::Bad { line, reason },
        };
        if found(event).is_break() {
            return Ok(Ending::Stopped);
        }
    }
    ended(records, survey)
}

const OPEN_QUOTE: &str = "a quotation mark is not closed";

fn ended<R: Read>(records: Records<R>, survey: &Survey) -> io::Result<Ending> {
    if records.hash()? == survey.hash {
        Ok(Ending::Whole)
    } else {
        Ok(Ending::HalfWritten)
    }
}

/// The first line of a CSV file.
enum Header {
    Usable(Table),
    /// Nothing but blank lines: no rows.
    Blank,
    Unusable {
        reason: String,
        /// It was a whole line.
        ended: bool,
    },
}

/// What the columns of a file are.
struct Table {
    notation: Notation,
    layout: Layout,
}

enum Layout {
    Csv {
        delimiter: u8,
        columns: Vec<Option<Column>>,
    },
    Lines {
        own: HeaderMap,
        /// The keys of the last line and their columns: usually the next line has the same.
        keys: Vec<String>,
        columns: Vec<Option<Column>>,
    },
}

impl Table {
    fn lines(own: &HeaderMap) -> Table {
        Table {
            notation: Notation::Json,
            layout: Layout::Lines {
                own: own.clone(),
                keys: Vec::new(),
                columns: Vec::new(),
            },
        }
    }

    fn csv<R: Read>(records: &mut Records<R>, kind: Kind, own: &HeaderMap) -> io::Result<Header> {
        let told = told_delimiter(records.peek()?);
        if told.is_some() {
            // Excel's line that names the delimiter, and blank lines before it.
            while let Some(Piece::Record { text, .. }) = records.next()? {
                if told_delimiter(text).is_some() {
                    break;
                }
            }
        }
        let first = records.peek()?.to_owned();
        let delimiter = told.unwrap_or_else(|| delimiter(&first, kind, own));
        records.quoted(delimiter);
        loop {
            let (text, ended) = match records.next()? {
                None => return Ok(Header::Blank),
                Some(Piece::Record { text, .. }) if text.trim().is_empty() => continue,
                Some(Piece::Record { text, ended, .. }) => (text, ended),
                Some(
                    piece @ (Piece::OpenQuote { .. }
                    | Piece::TooLong { .. }
                    | Piece::Unfinished { .. }),
                ) => {
                    return Ok(Header::Unusable {
                        reason:
                            "its first line is too long, or has a quotation mark that is not closed"
                                .to_owned(),
                        ended: !matches!(piece, Piece::Unfinished { .. }),
                    });
                }
            };
            return Ok(match Table::from_header(text, delimiter, kind, own) {
                Ok(table) => {
                    records.width(table.width());
                    Header::Usable(table)
                }
                Err(reason) => Header::Unusable { reason, ended },
            });
        }
    }

    fn from_header(
        text: &str,
        delimiter: u8,
        kind: Kind,
        own: &HeaderMap,
    ) -> Result<Table, String> {
        let names =
            fields(text, delimiter).map_err(|_| format!("in its first line {OPEN_QUOTE}"))?;
        let columns = columns::assign(kind, names.iter().map(AsRef::as_ref), own);
        let missing = columns::missing(kind, &columns);
        if !missing.is_empty() {
            let names: Vec<_> = names.iter().map(|name| text::line(name, 40)).collect();
            return Err(format!(
                "it has no column for {}. Its first line names: {}. Tell in the header names which of \
                 these it is, or add it to the export",
                missing.join(", "),
                text::line(&names.join(", "), 400)
            ));
        }
        Ok(Table {
            notation: if delimiter == b';' {
                Notation::Comma
            } else {
                Notation::Point
            },
            layout: Layout::Csv { delimiter, columns },
        })
    }

    fn width(&self) -> usize {
        match &self.layout {
            Layout::Csv { columns, .. } | Layout::Lines { columns, .. } => columns.len(),
        }
    }

    /// What one record says; `None` for a record of empty fields.
    fn event(
        &mut self,
        record: &str,
        kind: Kind,
        reading: &Reading,
        damaged: bool,
    ) -> Result<Option<Event>, String> {
        if record.contains('\0') {
            return Err(
                "holds NUL characters, as a file does after a crash or a full disk".to_owned(),
            );
        }
        let row = match &mut self.layout {
            Layout::Csv { delimiter, columns } => csv_row(record, *delimiter, columns)?,
            Layout::Lines { own, keys, columns } => {
                Some(json_row(record, kind, own, keys, columns)?)
            }
        };
        let Some(mut row) = row else {
            return Ok(None);
        };
        row.damaged = damaged;
        let event = match kind {
            Kind::UsageCsv => Event::Usage(row.usage(reading, self.notation)?),
            Kind::JobsCsv | Kind::JobsJsonl => {
                Event::Job(Box::new(row.job(reading, self.notation)?))
            }
        };
        Ok(Some(event))
    }
}

fn csv_row<'a>(
    record: &'a str,
    delimiter: u8,
    columns: &[Option<Column>],
) -> Result<Option<Row<'a>>, String> {
    let fields = fields(record, delimiter).map_err(|_| OPEN_QUOTE.to_owned())?;
    if fields.iter().all(|field| field.trim().is_empty()) {
        return Ok(None);
    }
    let surplus = fields.iter().skip(columns.len());
    if fields.len() < columns.len() || surplus.clone().any(|field| !field.trim().is_empty()) {
        return Err(format!(
            "has {} fields where the first line has {}",
            fields.len(),
            columns.len()
        ));
    }
    let mut row = Row::default();
    for (field, column) in fields.into_iter().zip(columns) {
        if let Some(column) = column {
            row.set(*column, field);
        }
    }
    Ok(Some(row))
}

fn json_row<'a>(
    record: &'a str,
    kind: Kind,
    own: &HeaderMap,
    keys: &mut Vec<String>,
    columns: &mut Vec<Option<Column>>,
) -> Result<Row<'a>, String> {
    let object: BTreeMap<String, Value> = serde_json::from_str(record).map_err(|error| {
        if error.is_data() {
            "is not a JSON object".to_owned()
        } else {
            format!("is not JSON (column {})", error.column())
        }
    })?;
    if !keys.iter().eq(object.keys()) {
        *columns = columns::assign(kind, object.keys().map(String::as_str), own);
        *keys = object.keys().cloned().collect();
    }
    let mut row = Row::default();
    for ((key, value), column) in object.into_iter().zip(columns) {
        let Some(column) = column else {
            continue;
        };
        match value {
            Value::Null => {}
            Value::String(text) => row.set(*column, Cow::Owned(text)),
            Value::Number(number) => row.set(*column, Cow::Owned(number.to_string())),
            Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                return Err(format!(
                    "\"{}\" is neither text nor number",
                    text::line(&key, 40)
                ));
            }
        }
    }
    Ok(row)
}

/// `sep=;`, as Excel writes it before the header.
fn told_delimiter(line: &str) -> Option<u8> {
    match line
        .trim()
        .to_ascii_lowercase()
        .strip_prefix("sep=")?
        .as_bytes()
    {
        [delimiter @ (b',' | b';' | b'\t')] => Some(*delimiter),
        // The tab was trimmed away.
        [] => Some(b'\t'),
        _ => None,
    }
}

/// The one that makes the most known columns of the header; then the most columns.
fn delimiter(header: &str, kind: Kind, own: &HeaderMap) -> u8 {
    let score = |delimiter: &u8| {
        let names = fields(header, *delimiter).unwrap_or_default();
        let columns = columns::assign(kind, names.iter().map(AsRef::as_ref), own);
        (columns.iter().flatten().count(), names.len())
    };
    // `max_by_key` takes the last of equals, and the comma is the usual one.
    [b'\t', b';', b',']
        .into_iter()
        .max_by_key(score)
        .unwrap_or(b',')
}

#[cfg(feature = "internals")]
pub mod internals;
#[cfg(test)]
mod tests;
