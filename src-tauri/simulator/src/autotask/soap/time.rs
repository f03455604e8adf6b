//! Times on the wire: wall-clock times without a designator, Eastern unless set to UTC.
//!
//! The zone's rules are written out, so that no time-zone database is needed.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

static EASTERN: LazyLock<TimeZone> =
    LazyLock::new(|| TimeZone::posix("EST5EDT,M3.2.0,M11.1.0").unwrap_or(TimeZone::UTC));

pub(crate) fn zone(utc: bool) -> TimeZone {
    if utc { TimeZone::UTC } else { EASTERN.clone() }
}

/// Why a text is not a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotATime {
    Unreadable,
    /// The clocks skip it in spring.
    DoesNotExist,
}

/// A wall-clock time in the zone, or one with its own offset. A time that comes twice in autumn
/// means the first.
pub(crate) fn read(text: &str, zone: &TimeZone) -> Result<Timestamp, NotATime> {
    let text = text.trim();
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time);
    }
    let local: DateTime = text.parse().map_err(|_| NotATime::Unreadable)?;
    let possible = zone.to_ambiguous_timestamp(local);
    let time = possible.earlier().map_err(|_| NotATime::Unreadable)?;
    if zone.to_datetime(time) == local {
        Ok(time)
    } else {
        Err(NotATime::DoesNotExist)
    }
}

/// The date as written; a time beside it is cut off, not converted.
pub(crate) fn read_day(text: &str) -> Option<Date> {
    text.trim().split(['T', ' ']).next()?.parse().ok()
}

/// Up to three decimals, without trailing zeros.
pub(crate) fn write(time: Timestamp, zone: &TimeZone) -> String {
    let local = zone.to_datetime(time);
    let seconds = format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
        local.year(),
        local.month(),
        local.day(),
        local.hour(),
        local.minute(),
        local.second()
    );
    let milliseconds = format!("{:03}", local.subsec_nanosecond() / 1_000_000);
    match milliseconds.trim_end_matches('0') {
        "" => seconds,
        decimals => format!("{seconds}.{decimals}"),
    }
}

pub(crate) fn write_day(day: Date) -> String {
    format!(
        "{:04}-{:02}-{:02}T00:00:00",
        day.year(),
        day.month(),
        day.day()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_eastern_and_honour_daylight_saving() {
        let eastern = zone(false);
        let cases = [
            ("2026-01-15T12:00:00Z", "2026-01-15T07:00:00"),
            ("2026-07-15T12:00:00.250Z", "2026-07-15T08:00:00.25"),
            ("2026-11-01T05:30:00Z", "2026-11-01T01:30:00"),
        ];
        for (utc, local) in cases {
            let time: Timestamp = utc.parse().unwrap();
            assert_eq!(write(time, &eastern), local);
            assert_eq!(read(local, &eastern), Ok(time));
        }
        assert_eq!(
            write("2026-01-15T12:00:00Z".parse().unwrap(), &zone(true)),
            "2026-01-15T12:00:00"
        );
    }

    #[test]
    fn a_time_that_the_clocks_skip_does_not_exist() {
        assert_eq!(
            read("2026-03-08T02:30:00", &zone(false)),
            Err(NotATime::DoesNotExist)
        );
        assert_eq!(read("soon", &zone(false)), Err(NotATime::Unreadable));
    }
}
