//! The length of a billing period: a letter in SOAP, a number in REST, so many months.

use jiff::civil::Date;

/// SOAP's period letters and REST's period numbers. 2 and 5 are known; 3 and 4 are the likely
/// ones between them.
const PERIODS: [(&str, i64); 4] = [("m", 2), ("q", 3), ("s", 4), ("y", 5)];

pub(crate) fn period_number(letter: &str) -> Option<i64> {
    PERIODS
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(letter))
        .map(|(_, number)| *number)
}

pub(crate) fn period_letter(number: i64) -> Option<&'static str> {
    PERIODS
        .iter()
        .find(|(_, known)| *known == number)
        .map(|(letter, _)| *letter)
}

/// Months in a billing period, by its letter.
pub(crate) fn months_of_period(letter: &str) -> i32 {
    match letter.to_ascii_lowercase().as_str() {
        "q" => 3,
        "s" => 6,
        "y" => 12,
        _ => 1,
    }
}

/// The day that is so many months after `start`, the last day of a short month if need be.
///
/// By hand and not with a span: a million periods are made at the start of a full-size world.
pub(crate) fn add_months(start: Date, months: i32) -> Date {
    let month = i32::from(start.year()) * 12 + i32::from(start.month()) - 1 + months;
    let year = i16::try_from(month.div_euclid(12));
    let first = year.ok().and_then(|year| {
        let month = i8::try_from(month.rem_euclid(12) + 1).ok()?;
        Date::new(year, month, 1).ok()
    });
    first
        .and_then(|first| {
            let day = start.day().min(first.days_in_month());
            Date::new(first.year(), first.month(), day).ok()
        })
        .unwrap_or(Date::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_added_as_the_calendar_has_them() {
        let cases = [
            ("2026-01-31", 1, "2026-02-28"),
            ("2027-12-31", 2, "2028-02-29"),
            ("2026-11-01", 2, "2027-01-01"),
            ("2024-02-29", 12, "2025-02-28"),
            ("2026-05-15", 0, "2026-05-15"),
        ];
        for (start, months, expected) in cases {
            let (start, expected): (Date, Date) =
                (start.parse().unwrap(), expected.parse().unwrap());
            assert_eq!(add_months(start, months), expected, "{start} + {months}");
        }
        assert_eq!(add_months(Date::MAX, 1), Date::MAX);
    }
}
