//! Dates and times as exports write them.
//!
//! RFC 3339 and others with an offset (or `UTC`, `GMT`, `Z`) are taken as they are. Without an offset
//! they are in the partner's time zone, as one of
//!
//! - `2026-11-23 14:05:06`, `2026/11/23 14:05`, `20261123140506`, a `T` in place of the blank
//! - `23.11.2026 14:05`
//! - `11/23/2026 2:05 PM`, `23/11/2026 14:05`, `23-11-2026 14:05`
//! - `23-Nov-2026 14:05:06`, `23 November 2026 14:05`, `Nov 23, 2026 2:05:06 PM`
//! - ten or thirteen digits: seconds or milliseconds since 1970
//!
//! Where both numbers of a date with slashes or hyphens could be the month, the partner's
//! [`DateOrder`] decides; without one the date is reported, because a guess would be wrong for a
//! third of all days.
//!
//! A local time that the clocks skip in spring is taken as if they had not been put forward yet
//! (02:30 becomes 03:30); one that comes twice in autumn is the first of the two. A time that was
//! wrong by an hour would still be the same for every reading of the file, and so would the job's id.

use jiff::{
    Timestamp, civil,
    fmt::rfc2822,
    tz::{Offset, TimeZone},
};

use super::DateOrder;

/// What a date without a time of day is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DayAlone {
    /// Its first moment.
    Begins,
    /// Not enough.
    Refused,
}

/// The moment, or what is wrong with the text, to follow the text in a sentence.
pub(super) fn parse(
    text: &str,
    zone: &TimeZone,
    order: DateOrder,
    day_alone: DayAlone,
) -> Result<Timestamp, &'static str> {
    let text = text.trim();
    let moment = match text.parse::<Timestamp>() {
        Ok(moment) => moment,
        Err(_) => digits(text, zone)
            .or_else(|| {
                rfc2822::parse(text)
                    .ok()
                    .map(|moment| Ok(moment.timestamp()))
            })
            .unwrap_or_else(|| words(text, zone, order, day_alone))?,
    };
    let years = 1990..2200;
    if years.contains(&moment.to_zoned_datetime(TimeZone::UTC).year()) {
        Ok(moment)
    } else {
        Err("is not between the years 1990 and 2199")
    }
}

const NOT_UNDERSTOOD: &str = "is not a date and time that is understood; write it as 2026-11-23T14:05:06Z, \
                              or as 2026-11-23 14:05:06 in your time zone";

fn digits(text: &str, zone: &TimeZone) -> Option<Result<Timestamp, &'static str>> {
    let text = match text.split_once(['T', 't', ' ']) {
        Some((date, time)) if date.len() == 8 && time.len() == 6 => &format!("{date}{time}"),
        Some(_) | None => text,
    };
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i64 = text.parse().ok()?;
    match text.len() {
        10 => Timestamp::from_second(number).ok().map(Ok),
        13 => Timestamp::from_millisecond(number).ok().map(Ok),
        14 => {
            let date = date(&text[..4], &text[4..6], &text[6..8])?;
            let time = time(
                &format!("{}:{}:{}", &text[8..10], &text[10..12], &text[12..]),
                None,
            )?;
            Some(local(date.to_datetime(time), zone))
        }
        _ => None,
    }
}

/// The forms made of a date, a time, half of the day and an offset.
fn words(
    text: &str,
    zone: &TimeZone,
    order: DateOrder,
    day_alone: DayAlone,
) -> Result<Timestamp, &'static str> {
    let text = between_digits(text, 'T').replace(", ", " ");
    let mut date_words = Vec::new();
    let mut clock = None;
    let mut half = None;
    let mut offset = None;
    for word in text.split_whitespace() {
        let (word, word_half) = split_half(word);
        half = half.or(word_half);
        if word.is_empty() {
            continue;
        }
        if word.contains(':') && clock.is_none() && !word.starts_with(['+', '-']) {
            let (time, rest) = match word.find(['+', '-', 'Z', 'z']) {
                Some(at) => word.split_at(at),
                None => (word, ""),
            };
            clock = Some(time.to_owned());
            if !rest.is_empty() {
                offset = Some(parse_offset(rest).ok_or(NOT_UNDERSTOOD)?);
            }
        } else if let Some(found) = parse_offset(word).filter(|_| clock.is_some()) {
            offset = Some(found);
        } else {
            date_words.push(word.to_owned());
        }
    }
    let date = parse_date(&date_words, order)?;
    let time = match (clock, day_alone) {
        (Some(clock), _) => time(&clock, half).ok_or(NOT_UNDERSTOOD)?,
        (None, DayAlone::Begins) if half.is_none() => civil::Time::midnight(),
        (None, DayAlone::Begins) => return Err(NOT_UNDERSTOOD),
        (None, DayAlone::Refused) => return Err("has no time of day"),
    };
    let moment = date.to_datetime(time);
    match offset {
        Some(offset) => offset.to_timestamp(moment).map_err(|_| NOT_UNDERSTOOD),
        None => local(moment, zone),
    }
}

fn local(moment: civil::DateTime, zone: &TimeZone) -> Result<Timestamp, &'static str> {
    zone.to_ambiguous_timestamp(moment)
        .compatible()
        .map_err(|_| NOT_UNDERSTOOD)
}

/// A letter between two digits becomes a blank.
fn between_digits(text: &str, letter: char) -> String {
    let chars: Vec<char> = text.chars().collect();
    let digit = |at: usize| chars.get(at).is_some_and(char::is_ascii_digit);
    (0..chars.len())
        .map(|at| match chars[at] {
            c if c.eq_ignore_ascii_case(&letter) && at > 0 && digit(at - 1) && digit(at + 1) => ' ',
            c => c,
        })
        .collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Half {
    Am,
    Pm,
}

/// Takes `AM`, `pm` or `p.m.` off the end of a word.
fn split_half(word: &str) -> (&str, Option<Half>) {
    let lower = word.to_ascii_lowercase();
    for (ending, half) in [
        ("a.m.", Half::Am),
        ("p.m.", Half::Pm),
        ("am", Half::Am),
        ("pm", Half::Pm),
    ] {
        if let Some(rest) = lower.strip_suffix(ending)
            && (rest.is_empty() || rest.ends_with(|c: char| c.is_ascii_digit()))
        {
            return (&word[..rest.len()], Some(half));
        }
    }
    (word, None)
}

fn parse_offset(word: &str) -> Option<Offset> {
    if ["utc", "gmt", "z"].contains(&word.to_ascii_lowercase().as_str()) {
        return Some(Offset::UTC);
    }
    let (sign, rest) = match word.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match (rest.split_once(':'), rest.len()) {
        (Some(both), _) => both,
        (None, 4) => rest.split_at_checked(2)?,
        (None, 2) => (rest, "0"),
        (None, _) => return None,
    };
    let (hours, minutes): (i32, i32) = (number(hours)?, number(minutes)?);
    if hours > 14 || minutes > 59 {
        return None;
    }
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

/// Only digits: `parse` would also take a sign.
fn number<N: std::str::FromStr>(text: &str) -> Option<N> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

fn time(text: &str, half: Option<Half>) -> Option<civil::Time> {
    let mut parts = text.split(':');
    let hour: i8 = number(parts.next()?)?;
    let minute: i8 = number(parts.next()?)?;
    let (second, fraction) = match parts.next() {
        None => (0, 0),
        Some(part) => {
            let (whole, fraction) = part.split_once(['.', ',']).unwrap_or((part, "0"));
            if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            let nanoseconds = format!("{fraction:0<9}");
            (number::<i8>(whole)?, number::<i32>(&nanoseconds[..9])?)
        }
    };
    if parts.next().is_some() {
        return None;
    }
    let hour = match half {
        None => hour,
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(Half::Am) => hour % 12,
        Some(Half::Pm) => hour % 12 + 12,
    };
    // A leap second is the second before it.
    civil::Time::new(hour, minute, second.min(59), fraction)
        .ok()
        .filter(|_| second <= 60)
}

fn parse_date(words: &[String], order: DateOrder) -> Result<civil::Date, &'static str> {
    let parts: Vec<&str> = match words {
        [one] => one.split(['-', '/', '.']).collect(),
        [_, _, _] => words
            .iter()
            .map(|word| word.trim_end_matches(['.', ',']))
            .collect(),
        _ => return Err(NOT_UNDERSTOOD),
    };
    let &[first, second, third] = parts.as_slice() else {
        return Err(NOT_UNDERSTOOD);
    };
    let found = if first.len() == 4 {
        date(first, second, third)
    } else if third.len() != 4 {
        None
    } else if second.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        date(third, second, first)
    } else if first.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        date(third, first, second)
    } else if words.len() == 3 {
        None
    } else if words[0].contains('.') {
        date(third, second, first)
    } else {
        let could_be_month =
            |part| number::<u8>(part).is_some_and(|number| (1..=12).contains(&number));
        match (could_be_month(first), could_be_month(second), order) {
            (true, true, DateOrder::Unknown) if first != second => {
                return Err(
                    "could be two dates, because day and month cannot be told apart; set the order \
                            of dates, or write it as 2026-11-23",
                );
            }
            (true, false, _) | (true, true, DateOrder::MonthFirst) => date(third, first, second),
            (false, _, _) | (true, true, DateOrder::DayFirst | DateOrder::Unknown) => {
                date(third, second, first)
            }
        }
    };
    found.ok_or(NOT_UNDERSTOOD)
}

fn date(year: &str, month: &str, day: &str) -> Option<civil::Date> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let month = match number::<i8>(month) {
        Some(month) => month,
        None => {
            let name = month.to_ascii_lowercase();
            let short = |month: &str| (3..=4).contains(&name.len()) && month.starts_with(&name);
            let at = MONTHS
                .iter()
                .position(|month| *month == name || short(month))?;
            i8::try_from(at + 1).ok()?
        }
    };
    let long_enough = year.len() == 4 && (1..=2).contains(&day.len());
    civil::Date::new(number(year)?, month, number(day)?)
        .ok()
        .filter(|_| long_enough)
}

#[cfg(test)]
mod tests;
