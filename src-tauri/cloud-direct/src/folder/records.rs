//! A text as records: lines, or CSV records whose quoted fields may hold line breaks.
//!
//! Memory stays bounded whatever the file holds: a record that is longer than allowed is reported and
//! left out. A quotation mark that is never closed would swallow the rest of the file; it is
//! reported with the line it stands in, and reading goes on with the next line.

use std::{
    borrow::Cow,
    io::{self, Read},
    ops::Range,
};

use super::decode::Decoded;

/// The longest record of a file, in bytes of UTF-8.
pub(super) const LONGEST: usize = 256 << 10;

/// After so many quotation marks that were never closed, quoted line breaks are not looked for any
/// more, because each costs a look at as many bytes as a record may have.
const MOST_OPEN_QUOTES: u32 = 100;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// A record without its line ending.
    Record {
        line: u64,
        text: &'a str,
        /// There was a line ending; only the last record can lack it.
        ended: bool,
    },
    /// A quotation mark that is never closed. The next line is read as a record.
    OpenQuote { line: u64 },
    /// Longer than allowed.
    TooLong { line: u64 },
    /// The file ends within a quoted field.
    Unfinished { line: u64 },
}

pub(super) struct Records<R> {
    text: Decoded<R>,
    longest: usize,
    buffer: String,
    start: usize,
    line: u64,
    /// `None`: each line is a record.
    delimiter: Option<u8>,
    width: usize,
    open_quotes: u32,
}

impl<R: Read> Records<R> {
    /// `longest`: bytes in one record.
    pub(super) fn new(text: Decoded<R>, longest: usize) -> Records<R> {
        Records {
            text,
            longest,
            buffer: String::new(),
            start: 0,
            line: 1,
            delimiter: None,
            width: 0,
            open_quotes: 0,
        }
    }

    /// The next line that is not blank, without going past it. Blank lines before it are passed.
    pub(super) fn peek(&mut self) -> io::Result<&str> {
        loop {
            self.pass_blank_lines();
            let rest = &self.buffer[self.start..];
            let end = match rest.find('\n') {
                Some(end) => end,
                None if self.text.ended() || rest.len() > self.longest => rest.len(),
                None => {
                    self.refill()?;
                    continue;
                }
            };
            let line = &self.buffer[self.start..self.start + end];
            return Ok(line.trim_start_matches([' ', '\r']).trim_end());
        }
    }

    fn pass_blank_lines(&mut self) {
        let rest = &self.buffer[self.start..];
        let text = rest.trim_start_matches([' ', '\r', '\n']);
        let blank = &rest[..rest.len() - text.len()];
        if let Some(end) = blank.rfind('\n') {
            self.line += blank.bytes().filter(|byte| *byte == b'\n').count() as u64;
            self.start += end + 1;
        }
    }

    /// From now on fields may be quoted.
    pub(super) fn quoted(&mut self, delimiter: u8) {
        self.delimiter = Some(delimiter);
    }

    /// How many fields a record has.
    pub(super) fn width(&mut self, width: usize) {
        self.width = width;
    }

    pub(super) fn next(&mut self) -> io::Result<Option<Piece<'_>>> {
        let delimiter = self
            .delimiter
            .filter(|_| self.open_quotes < MOST_OPEN_QUOTES);
        loop {
            let line = self.line;
            let rest = &self.buffer.as_bytes()[self.start..];
            let length = rest.len();
            // No further than a record may go, so that it does not matter how much has been read ahead.
            let within = length.min(self.longest + 1);
            let full = length > self.longest;
            match scan(&rest[..within], delimiter) {
                Scan::Record { end, next, breaks } => {
                    let text = self.start..self.start + end;
                    self.start += next;
                    self.line += breaks;
                    return Ok(Some(self.record(line, text, true)));
                }
                Scan::Starved { .. } if !full && !self.text.ended() => self.refill()?,
                Scan::Starved { .. } if length == 0 => return Ok(None),
                Scan::Starved {
                    quoted: true,
                    first_break: Some(first_break),
                    ..
                } if full || self.goes_on_after(first_break) => {
                    self.start += first_break + 1;
                    self.line += 1;
                    self.open_quotes += 1;
                    return Ok(Some(Piece::OpenQuote { line }));
                }
                Scan::Starved { breaks, .. } if full => {
                    self.start = self.buffer.ceil_char_boundary(self.start + within);
                    self.line += breaks;
                    self.skip_line()?;
                    return Ok(Some(Piece::TooLong { line }));
                }
                Scan::Starved { quoted: true, .. } => {
                    self.start = self.buffer.len();
                    return Ok(Some(Piece::Unfinished { line }));
                }
                Scan::Starved { quoted: false, .. } => {
                    let text = self.start..self.buffer.len();
                    self.start = self.buffer.len();
                    return Ok(Some(self.record(line, text, false)));
                }
            }
        }
    }

    /// Reads to the end and gives the hash of the whole file.
    pub(super) fn hash(mut self) -> io::Result<[u8; 32]> {
        while !self.text.ended() {
            self.buffer.clear();
            self.text.fill(&mut self.buffer)?;
        }
        Ok(self.text.hash())
    }

    fn record(&self, line: u64, text: Range<usize>, ended: bool) -> Piece<'_> {
        let text = &self.buffer[text];
        Piece::Record {
            line,
            text: text.strip_suffix('\r').unwrap_or(text),
            ended,
        }
    }

    /// Whether a line after this break is a record of its own: then the quotation mark before it was
    /// a stray one, and the file does not simply end within a quoted field.
    fn goes_on_after(&self, first_break: usize) -> bool {
        let rest = &self.buffer[self.start + first_break + 1..];
        let Some(delimiter) = self.delimiter else {
            return true;
        };
        rest.lines().any(|line| {
            let fields = fields(line, delimiter).unwrap_or_default();
            let surplus = fields.iter().skip(self.width);
            self.width > 1
                && fields.len() >= self.width
                && surplus.clone().all(|field| field.is_empty())
        })
    }

    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            if let Some(end) = self.buffer[self.start..].find('\n') {
                self.start += end + 1;
                self.line += 1;
                return Ok(());
            }
            self.start = self.buffer.len();
            if self.text.ended() {
                return Ok(());
            }
            self.refill()?;
        }
    }

    fn refill(&mut self) -> io::Result<()> {
        self.buffer.drain(..self.start);
        self.start = 0;
        self.text.fill(&mut self.buffer)
    }
}

#[derive(Debug)]
enum Scan {
    Record {
        end: usize,
        next: usize,
        breaks: u64,
    },
    Starved {
        quoted: bool,
        first_break: Option<usize>,
        breaks: u64,
    },
}

/// Looks for the end of the first record.
fn scan(bytes: &[u8], delimiter: Option<u8>) -> Scan {
    let mut quoted = false;
    let mut field_begins = delimiter.is_some();
    let mut first_break = None;
    let mut breaks = 0;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' if quoted && bytes.get(at + 1) == Some(&b'"') => at += 1,
            b'"' if quoted => quoted = false,
            b'"' if field_begins => {
                quoted = true;
                field_begins = false;
            }
            b'\n' => {
                breaks += 1;
                if !quoted {
                    return Scan::Record {
                        end: at,
                        next: at + 1,
                        breaks,
                    };
                }
                first_break.get_or_insert(at);
            }
            _ if !quoted => field_begins = Some(byte) == delimiter,
            _ => {}
        }
        at += 1;
    }
    Scan::Starved {
        quoted,
        first_break,
        breaks,
    }
}

/// A field's quotation mark is not closed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct OpenQuote;

/// The fields of one record. A field is quoted if it begins with a quotation mark; two stand for one.
pub(super) fn fields(record: &str, delimiter: u8) -> Result<Vec<Cow<'_, str>>, OpenQuote> {
    let mut fields = Vec::new();
    let mut rest = record;
    loop {
        let (field, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_field(quoted, delimiter)?,
            None => {
                let (field, after) = until(rest, delimiter);
                (Cow::Borrowed(field), after)
            }
        };
        fields.push(field);
        match after {
            Some(after) => rest = after,
            None => return Ok(fields),
        }
    }
}

/// The text up to a delimiter, and what follows the delimiter.
fn until(text: &str, delimiter: u8) -> (&str, Option<&str>) {
    match text.split_once(char::from(delimiter)) {
        Some((field, after)) => (field, Some(after)),
        None => (text, None),
    }
}

fn quoted_field(text: &str, delimiter: u8) -> Result<(Cow<'_, str>, Option<&str>), OpenQuote> {
    let mut field = Cow::Borrowed("");
    let mut rest = text;
    loop {
        let (part, after) = rest.split_once('"').ok_or(OpenQuote)?;
        if field.is_empty() {
            field = Cow::Borrowed(part);
        } else {
            field.to_mut().push_str(part);
        }
        match after.strip_prefix('"') {
            Some(after) => {
                field.to_mut().push('"');
                rest = after;
            }
            None => {
                // Whatever stands between the closing mark and the delimiter belongs to the field.
                let (tail, next) = until(after, delimiter);
                if !tail.is_empty() {
                    field.to_mut().push_str(tail);
                }
                return Ok((field, next));
            }
        }
    }
}

#[cfg(test)]
mod tests;
