//! What was done of a schedule, to be kept.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Rhythm;

/// What was done, and how far the clock had come. The default is a schedule that was never on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Record {
    /// The newest period whose moment had passed at the last look; `None` while it is off.
    passed: Option<Date>,
    /// The newest that had passed at any look, by a clock that may have been wrong.
    furthest: Option<Date>,
    /// In order, apart from each other.
    done: Vec<Span>,
}

/// Periods in a row, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    pub first: Date,
    pub last: Date,
}

impl Record {
    pub(super) fn passed(&self) -> Option<Date> {
        self.passed
    }

    pub(super) fn furthest(&self) -> Option<Date> {
        self.furthest
    }

    /// Whether a day was done, or the month that begins on it.
    pub fn is_done(&self, period: Date) -> bool {
        self.done
            .iter()
            .any(|span| (span.first..=span.last).contains(&period))
    }

    /// The same, after a period that was due was done. What was due behind it still is.
    #[must_use]
    pub fn with(&self, period: Date, rhythm: Rhythm) -> Self {
        let mut record = self.seen(period);
        if !record.is_done(period) {
            record.done.push(Span {
                first: period,
                last: period,
            });
            record.done.sort_unstable_by_key(|span| span.first);
            record.done = joined(&record.done, rhythm);
        }
        record
    }

    /// The same, after it was told that nothing is made of these periods.
    #[must_use]
    pub fn without(&self, left_out: Span) -> Self {
        self.seen(left_out.last)
    }

    pub(super) fn seen(&self, newest: Date) -> Self {
        Self {
            passed: Some(newest),
            furthest: self.furthest.max(Some(newest)),
            done: self.done.clone(),
        }
    }

    pub(super) fn switched_off(&self) -> Self {
        Self {
            passed: None,
            ..self.clone()
        }
    }
}

/// Spans that touch become one, so that years of days without a gap are one.
fn joined(spans: &[Span], rhythm: Rhythm) -> Vec<Span> {
    let mut joined: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match joined.last_mut() {
            Some(before) if rhythm.step(before.last, 1) >= span.first => {
                before.last = before.last.max(span.last);
            }
            Some(_) | None => joined.push(*span),
        }
    }
    joined
}
