//! From which day the units of an invoice date hold. Pure.
//!
//! A contract's billing periods step from its first day, each so many months long; a month that is too
//! short takes its last day, and the last period ends with the contract. The period that an invoice date
//! *begins* is the one under way on the day after it; the one that it *closes* is the one before that, which
//! is the last to be over when the invoice date is. With periods from the first of each month:
//!
//! | invoice date | closes | begins |
//! |---|---|---|
//! | 30 November | from 1 November | from 1 December |
//! | 1 December | from 1 November | from 1 December |
//! | 15 December | from 1 November | from 1 December |

use jiff::{ToSpan as _, civil::Date};
use serde::{Deserialize, Serialize};

use crate::settings::Effective;

/// A billing period, both days included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    pub start: Date,
    pub end: Date,
}

/// The days of a contract, and the length of its billing periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    pub start: Date,
    pub end: Date,
    /// At least 1.
    pub months: i32,
}

/// Why a contract has no such period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoPeriod {
    NotBegun,
    Ended,
}

/// See the module.
pub fn of(invoice_date: Date, which: Effective, term: Term) -> Result<Period, NoPeriod> {
    let under_way = term.number_on(invoice_date.saturating_add(1.day()));
    let number = match which {
        Effective::Begins => under_way,
        Effective::Closes => under_way - 1,
    };
    if number < 0 {
        return Err(NoPeriod::NotBegun);
    }
    let start = term.starts(number);
    if start > term.end {
        return Err(NoPeriod::Ended);
    }
    let end = term.starts(number + 1).saturating_sub(1.day());
    Ok(Period {
        start,
        end: end.min(term.end),
    })
}

impl Term {
    /// Counted from the contract's first day each time: a month from 31 January is not a step of 28
    /// days.
    fn starts(self, number: i32) -> Date {
        let months = i64::from(number).saturating_mul(i64::from(self.months.max(1)));
        // Ten thousand years are more than the calendar has.
        let months = months.clamp(-120_000, 120_000);
        self.start.saturating_add(months.months())
    }

    /// The period that a day is in, counted from 0; a negative number before the first. The end of the
    /// contract is not looked at.
    fn number_on(self, day: Date) -> i32 {
        let months = |date: Date| i32::from(date.year()) * 12 + i32::from(date.month());
        let mut number = (months(day) - months(self.start)).div_euclid(self.months.max(1));
        while self.starts(number) > day {
            number -= 1;
        }
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn term(start: &str, end: &str, months: i32) -> Term {
        Term {
            start: date(start),
            end: date(end),
            months,
        }
    }

    fn told(invoice_date: &str, which: Effective, term: Term) -> String {
        match of(date(invoice_date), which, term) {
            Ok(period) => format!("{}..{}", period.start, period.end),
            Err(NoPeriod::NotBegun) => "not begun".to_owned(),
            Err(NoPeriod::Ended) => "ended".to_owned(),
        }
    }

    #[test]
    fn an_invoice_date_closes_one_period_and_begins_the_next() {
        let monthly = term("2026-01-01", "2027-12-31", 1);
        let from_15th = term("2026-01-15", "2028-01-14", 1);
        let from_31st = term("2026-01-31", "2028-01-30", 1);
        let quarterly = term("2026-01-01", "2027-12-31", 3);
        let yearly = term("2024-02-29", "2030-02-27", 12);
        let short = term("2026-11-10", "2026-11-20", 1);
        let table = [
            // Invoice date, contract, closes, begins
            (
                "2026-11-30",
                monthly,
                "2026-11-01..2026-11-30",
                "2026-12-01..2026-12-31",
            ),
            (
                "2026-12-01",
                monthly,
                "2026-11-01..2026-11-30",
                "2026-12-01..2026-12-31",
            ),
            (
                "2026-12-15",
                monthly,
                "2026-11-01..2026-11-30",
                "2026-12-01..2026-12-31",
            ),
            (
                "2026-12-31",
                monthly,
                "2026-12-01..2026-12-31",
                "2027-01-01..2027-01-31",
            ),
            (
                "2026-11-30",
                from_15th,
                "2026-10-15..2026-11-14",
                "2026-11-15..2026-12-14",
            ),
            (
                "2026-11-14",
                from_15th,
                "2026-10-15..2026-11-14",
                "2026-11-15..2026-12-14",
            ),
            (
                "2026-11-13",
                from_15th,
                "2026-09-15..2026-10-14",
                "2026-10-15..2026-11-14",
            ),
            (
                "2027-02-27",
                from_31st,
                "2027-01-31..2027-02-27",
                "2027-02-28..2027-03-30",
            ),
            (
                "2027-02-28",
                from_31st,
                "2027-01-31..2027-02-27",
                "2027-02-28..2027-03-30",
            ),
            (
                "2027-03-30",
                from_31st,
                "2027-02-28..2027-03-30",
                "2027-03-31..2027-04-29",
            ),
            (
                "2026-11-30",
                quarterly,
                "2026-07-01..2026-09-30",
                "2026-10-01..2026-12-31",
            ),
            (
                "2026-12-31",
                quarterly,
                "2026-10-01..2026-12-31",
                "2027-01-01..2027-03-31",
            ),
            (
                "2026-03-01",
                yearly,
                "2025-02-28..2026-02-27",
                "2026-02-28..2027-02-27",
            ),
            (
                "2028-02-28",
                yearly,
                "2027-02-28..2028-02-28",
                "2028-02-29..2029-02-27",
            ),
            // Before the contract begins, and around its end.
            ("2025-12-30", monthly, "not begun", "not begun"),
            ("2025-12-31", monthly, "not begun", "2026-01-01..2026-01-31"),
            ("2026-01-30", monthly, "not begun", "2026-01-01..2026-01-31"),
            (
                "2026-01-31",
                monthly,
                "2026-01-01..2026-01-31",
                "2026-02-01..2026-02-28",
            ),
            (
                "2027-12-30",
                monthly,
                "2027-11-01..2027-11-30",
                "2027-12-01..2027-12-31",
            ),
            ("2027-12-31", monthly, "2027-12-01..2027-12-31", "ended"),
            ("2028-01-30", monthly, "2027-12-01..2027-12-31", "ended"),
            ("2028-01-31", monthly, "ended", "ended"),
            ("2026-11-15", short, "not begun", "2026-11-10..2026-11-20"),
            ("2026-11-30", short, "not begun", "2026-11-10..2026-11-20"),
            ("2026-12-09", short, "2026-11-10..2026-11-20", "ended"),
        ];
        for (invoice_date, term, closes, begins) in table {
            let called = format!("{invoice_date} {term:?}");
            assert_eq!(
                told(invoice_date, Effective::Closes, term),
                closes,
                "{called}"
            );
            assert_eq!(
                told(invoice_date, Effective::Begins, term),
                begins,
                "{called}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn the_two_periods_touch_and_lie_around_the_invoice_date(
            day in 0_i32..20_000, start in 0_i32..20_000, months in proptest::sample::select(vec![1, 3, 6, 12])
        ) {
            let epoch = jiff::civil::date(2000, 1, 1);
            let invoice_date = epoch.saturating_add(day.days());
            let start = epoch.saturating_add(start.days());
            let term = Term { start, end: Date::MAX, months };
            let closes = of(invoice_date, Effective::Closes, term);
            let begins = of(invoice_date, Effective::Begins, term);
            if let Ok(begins) = begins {
                let tomorrow = invoice_date.saturating_add(1.day());
                proptest::prop_assert!(begins.start <= tomorrow && tomorrow <= begins.end);
                if let Ok(closes) = closes {
                    proptest::prop_assert!(closes.end <= invoice_date);
                    proptest::prop_assert_eq!(closes.end.saturating_add(1.day()), begins.start);
                }
            } else {
                proptest::prop_assert!(invoice_date.saturating_add(1.day()) < start);
            }
        }
    }
}
