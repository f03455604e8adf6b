//! Wall-clock times in the partner's time zone.
//!
//! A time that a change to summer time leaves out is taken as far after the gap as it lies in it;
//! one that comes twice is taken the first time. So every day has each time exactly once.

use jiff::{Timestamp, ToSpan as _, civil, tz::TimeZone};

/// The end of a working day: a ticket is due at 23:59 of its day.
pub const END_OF_DAY: civil::Time = civil::time(23, 59, 0, 0);

/// The moment at which the clocks of `zone` show `time` on `date`.
pub fn at(date: civil::Date, time: civil::Time, zone: &TimeZone) -> Timestamp {
    zone.to_ambiguous_timestamp(date.to_datetime(time))
        .compatible()
        .unwrap_or(Timestamp::MAX)
}

/// The day that it was in `zone` at `moment`.
pub fn day(moment: Timestamp, zone: &TimeZone) -> civil::Date {
    zone.to_datetime(moment).date()
}

/// When something is due that happened at `moment`: `days` after that day, 23:59 local.
pub fn due(moment: Timestamp, days: u16, zone: &TimeZone) -> Timestamp {
    at(
        day(moment, zone).saturating_add(i32::from(days).days()),
        END_OF_DAY,
        zone,
    )
}

/// Reads `HH:MM`.
pub fn parse(text: &str) -> Option<civil::Time> {
    let (hour, minute) = text.trim().split_once(':')?;
    let digits = |part: &str| part.len() <= 2 && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(hour) || !digits(minute) {
        return None;
    }
    civil::Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

/// Writes `HH:MM`.
pub fn format(time: civil::Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

/// Serde: a time of day as `HH:MM`.
pub(crate) mod hh_mm {
    use jiff::civil::Time;
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    pub fn serialize<S: Serializer>(time: &Time, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&super::format(*time))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
        let text = String::deserialize(deserializer)?;
        super::parse(&text)
            .ok_or_else(|| D::Error::custom("a time of day is written HH:MM, such as \"06:00\""))
    }
}
