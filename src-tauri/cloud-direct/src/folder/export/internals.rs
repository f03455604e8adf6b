//! One export, read in every way that a disk or a network drive can give it, and what must hold of it.
//!
//! For the fuzzer and the test that replays its corpus; no part of the public interface. What is
//! checked:
//!
//! - No line is lost: the records lie end to end over the whole text, and each that holds anything but
//!   delimiters, quotation marks and blanks becomes a row or a bad line with its number.
//! - The rows do not depend on how many bytes one read gives.
//! - While a file is young its last record may be missing, and nothing else.
//! - Every row is as the public types promise: lengths, no control characters, an end where one is due.

mod promises;
mod spans;

use jiff::tz::TimeZone;

use self::{
    promises::{check_event, check_young, same},
    spans::{Span, check_spans},
};
use super::*;
use crate::{
    OutcomeRules,
    folder::{DateOrder, decode, records::LONGEST},
};

/// A file and how it is to be read, made from a fuzzer's bytes.
///
/// The first byte chooses by its bits: 1 usage instead of jobs (CSV only), 2 and 4 the order of dates
/// (neither or both: unknown), 8 header names of the partner's own, 16 a zone with summer time, 32 a
/// young file beside the old one, 64 reading by steps beside reading as a whole. The second byte says
/// how many bytes one read gives (its lower six bits), and whether records may be no longer than 300
/// bytes (128), so that a small file can have one that is too long. The others are the file.
#[derive(Debug)]
pub struct Case {
    kind: Kind,
    headers: HeaderMap,
    reading: Reading,
    step: usize,
    is_young_too: bool,
    is_read_by_steps_too: bool,
    file: Vec<u8>,
}

/// What was found in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Jobs and measurements.
    pub rows: usize,
    /// Lines that were called bad.
    pub bad: usize,
    /// Records without anything in them.
    pub blank: usize,
}

/// What [`Case::stream`] may have allocated at one time, in bytes, however large the file is: the
/// longest record, what is read ahead, and the values that the record can become.
pub const MEMORY_MAX: u64 = 8 << 20;

impl Case {
    /// A CSV file of jobs or usage.
    pub fn csv(input: &[u8]) -> Case {
        let kind = match input.first() {
            Some(choice) if choice & 1 == 1 => Kind::UsageCsv,
            Some(_) | None => Kind::JobsCsv,
        };
        Case::new(input, kind)
    }

    /// A JSON-lines file of jobs.
    pub fn jsonl(input: &[u8]) -> Case {
        Case::new(input, Kind::JobsJsonl)
    }

    fn new(input: &[u8], kind: Kind) -> Case {
        let (choice, sizes, file) = match input {
            [choice, sizes, file @ ..] => (*choice, *sizes, file),
            [] | [_] => (0, 0, &[][..]),
        };
        let zone = if choice & 16 == 0 {
            TimeZone::UTC
        } else {
            TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap_or(TimeZone::UTC)
        };
        let own = [
            ("Maschine", Column::System),
            ("Fertig um", Column::FinishedAt),
            ("Menge", Column::Quantity),
        ];
        let own = if choice & 8 == 0 { &own[..0] } else { &own[..] };
        let own: BTreeMap<_, _> = own
            .iter()
            .map(|(name, column)| ((*name).to_owned(), *column))
            .collect();
        Case {
            kind,
            headers: own.into(),
            reading: Reading {
                time_zone: zone,
                date_order: match choice >> 1 & 3 {
                    1 => DateOrder::DayFirst,
                    2 => DateOrder::MonthFirst,
                    _ => DateOrder::Unknown,
                },
                rules: OutcomeRules::default(),
                longest_record: if sizes & 128 == 0 { LONGEST } else { 300 },
            },
            step: usize::from(sizes & 63) + 1,
            is_young_too: choice & 32 != 0,
            is_read_by_steps_too: choice & 64 != 0,
            file: file.to_vec(),
        }
    }

    /// Reads the file once and keeps nothing: how many rows and bad lines there were.
    pub fn stream(&self) -> io::Result<usize> {
        let survey = decode::survey(self.file.as_slice())?;
        let mut count = 0;
        self.read(self.file.as_slice(), &survey, false, &mut |_| count += 1)?;
        Ok(count)
    }

    /// Reads the file in every way. `Err` says what does not hold.
    pub fn check(&self) -> Result<Found, String> {
        let whole = || self.file.as_slice();
        let survey = decode::survey(whole()).map_err(|error| error.to_string())?;
        let told = self.told(whole(), &survey, false)?;
        if self.is_read_by_steps_too {
            let by_steps = decode::survey(self.by_steps()).map_err(|error| error.to_string())?;
            same("the survey by steps", &by_steps, &survey)?;
            let by_steps = self.told(self.by_steps(), &survey, false)?;
            same("the reading by steps", &by_steps, &told)?;
        }
        if self.is_young_too {
            check_young(&self.told(whole(), &survey, true)?, &told)?;
        }
        told.events.iter().try_for_each(check_event)?;
        match told.ending {
            Ending::Whole => self.check_account(&survey, &told.events),
            Ending::Unusable(_) if told.events.is_empty() => Ok(Found::default()),
            Ending::Unusable(_) | Ending::HalfWritten | Ending::Stopped => Err(format!(
                "an old file ended as {:?} after {} events",
                told.ending,
                told.events.len()
            )),
        }
    }

    fn by_steps(&self) -> impl Read {
        Steps {
            rest: &self.file,
            step: self.step,
        }
    }

    fn read(
        &self,
        file: impl Read,
        survey: &Survey,
        young: bool,
        found: &mut dyn FnMut(Event),
    ) -> io::Result<Ending> {
        let mut go_on = |event| {
            found(event);
            ControlFlow::Continue(())
        };
        let (kind, headers, reading) = (self.kind, &self.headers, &self.reading);
        read(file, kind, survey, headers, reading, young, &mut go_on)
    }

    fn told(&self, file: impl Read, survey: &Survey, young: bool) -> Result<Told, String> {
        let mut events = Vec::new();
        let ending = self
            .read(file, survey, young, &mut |event| events.push(event))
            .map_err(|error| error.to_string())?;
        Ok(Told { events, ending })
    }

    /// Holds the events of a whole file against its records, and those against its lines.
    fn check_account(&self, survey: &Survey, events: &[Event]) -> Result<Found, String> {
        let spans = self.spans(survey).map_err(|error| error.to_string())?;
        let text = self.text(survey).map_err(|error| error.to_string())?;
        check_spans(&text, &spans, self.reading.longest_record)?;
        let mut found = Found::default();
        let mut bad_lines = Vec::new();
        for event in events {
            match event {
                Event::Job(_) | Event::Usage(_) => found.rows += 1,
                Event::Bad { line, .. } => bad_lines.push(*line),
            }
        }
        found.bad = bad_lines.len();
        if !bad_lines.is_sorted_by(|a, b| a < b) {
            return Err(format!("bad lines are out of order: {bad_lines:?}"));
        }
        let (full, blank): (Vec<&Span>, Vec<&Span>) = spans.iter().partition(|span| span.is_full());
        found.blank = blank.len();
        let begins_in = |spans: &[&Span], line: u64| spans.iter().any(|span| span.line == line);
        if let Some(line) = bad_lines
            .iter()
            .find(|line| !begins_in(&full, **line) && !begins_in(&blank, **line))
        {
            return Err(format!("no record begins in the bad line {line}"));
        }
        // `"" "` holds nothing, and its quotation mark may still be an open one.
        let bad_blanks = bad_lines
            .iter()
            .filter(|line| begins_in(&blank, **line))
            .count();
        let headers = match (self.kind, full.first()) {
            (Kind::JobsJsonl, _) | (_, None) => 0,
            (Kind::UsageCsv | Kind::JobsCsv, Some(first)) => {
                1 + usize::from(told_delimiter(&first.text).is_some() && full.len() > 1)
            }
        };
        let expected = full.len() - headers + bad_blanks;
        if events.len() == expected {
            Ok(found)
        } else {
            Err(format!(
                "{} records with something in them became {} rows or bad lines",
                expected,
                events.len()
            ))
        }
    }

    fn text(&self, survey: &Survey) -> io::Result<String> {
        let mut decoded = Decoded::new(self.file.as_slice(), survey.encoding);
        let mut text = String::new();
        while !decoded.ended() {
            decoded.fill(&mut text)?;
        }
        Ok(text)
    }

    /// All records of the file, its first line among them.
    fn spans(&self, survey: &Survey) -> io::Result<Vec<Span>> {
        let records = || {
            Records::new(
                Decoded::new(self.file.as_slice(), survey.encoding),
                self.reading.longest_record,
            )
        };
        let mut from_the_start = records();
        if self.kind != Kind::JobsJsonl
            && let Header::Usable(table) = Table::csv(&mut records(), self.kind, &self.headers)?
            && let Layout::Csv { delimiter, columns } = table.layout
        {
            from_the_start.quoted(delimiter);
            from_the_start.width(columns.len());
        }
        let mut spans = Vec::new();
        while let Some(piece) = from_the_start.next()? {
            spans.push(Span::of(&piece));
        }
        Ok(spans)
    }
}

/// All that one reading told.
#[derive(Debug, PartialEq)]
struct Told {
    events: Vec<Event>,
    ending: Ending,
}

/// Gives at most so many bytes in one read.
struct Steps<'a> {
    rest: &'a [u8],
    step: usize,
}

impl Read for Steps<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.rest.len().min(buffer.len()).min(self.step);
        let (now, rest) = self.rest.split_at(length);
        buffer[..length].copy_from_slice(now);
        self.rest = rest;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(kind: Kind, text: &str) -> (String, Vec<Span>) {
        let case = Case::new(format!("``{text}").as_bytes(), kind);
        let survey = decode::survey(case.file.as_slice()).unwrap();
        (case.text(&survey).unwrap(), case.spans(&survey).unwrap())
    }

    const CSV: &str = "organization,system,status,finished_at\n\na,\"s\n1\",failed,now\r\n,,,\nb,\"s,failed,now\nc,s,failed,now";

    #[test]
    fn a_record_that_is_lost_doubled_or_changed_is_noticed() {
        let (text, all) = spans(Kind::JobsCsv, CSV);
        assert_eq!(all.len(), 6);
        assert_eq!(check_spans(&text, &all, LONGEST), Ok(()));
        for at in 0..all.len() {
            let (_, mut lost) = spans(Kind::JobsCsv, CSV);
            lost.remove(at);
            assert!(check_spans(&text, &lost, LONGEST).is_err(), "{at}");
            let (_, mut moved) = spans(Kind::JobsCsv, CSV);
            moved[at].line += 1;
            assert!(check_spans(&text, &moved, LONGEST).is_err(), "{at}");
        }
        let (_, mut changed) = spans(Kind::JobsCsv, CSV);
        changed[5].text.push(' ');
        assert!(check_spans(&text, &changed, LONGEST).is_err());
    }

    #[test]
    fn a_row_that_is_dropped_or_called_bad_in_silence_is_noticed() {
        let case = Case::csv(format!("``{CSV}").as_bytes());
        let survey = decode::survey(case.file.as_slice()).unwrap();
        let mut told = case.told(case.file.as_slice(), &survey, false).unwrap();
        let found = case.check().unwrap();
        assert_eq!((found.rows, found.bad, found.blank), (0, 3, 2));
        told.events.pop();
        assert!(case.check_account(&survey, &told.events).is_err());
    }
}
