//! Autotask's times.
//!
//! REST writes and reads UTC. SOAP writes no designator, and its times are US Eastern by default
//! ([`SoapTime`]). Days (a contract's start) are never converted: the time part is cut off.
//!
//! In the hour that comes twice in autumn an Eastern text names two moments. Reading takes the
//! first; writing cannot tell them apart, so a time in the second such hour is stored an hour early.

use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};

use crate::credentials::SoapTime;

/// How a transport writes moments.
#[derive(Debug, Clone)]
pub(crate) enum Clock {
    /// `2026-11-23T18:00:00Z`
    Utc,
    /// `2026-11-23T13:00:00`, in that zone.
    Bare(TimeZone),
}

impl Clock {
    pub(crate) fn soap(time: SoapTime) -> Self {
        Self::Bare(match time {
            SoapTime::Utc => TimeZone::UTC,
            SoapTime::Eastern => eastern(),
        })
    }

    pub(crate) fn write(&self, moment: Timestamp) -> String {
        match self {
            Self::Utc => moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            Self::Bare(zone) => zone
                .to_datetime(moment)
                .strftime("%Y-%m-%dT%H:%M:%S")
                .to_string(),
        }
    }

    /// A moment as Autotask writes it. A designator in the text wins over the transport's rule.
    pub(crate) fn read(&self, text: &str) -> Option<Timestamp> {
        let text = text.trim();
        if let Ok(moment) = text.parse::<Timestamp>() {
            return Some(moment);
        }
        let local: civil::DateTime = text.parse().ok()?;
        let zone = match self {
            Self::Utc => &TimeZone::UTC,
            Self::Bare(zone) => zone,
        };
        zone.to_ambiguous_timestamp(local).compatible().ok()
    }
}

/// The day of a text that may have a time part; it is not converted.
pub(crate) fn read_date(text: &str) -> Option<civil::Date> {
    text.trim().get(..10)?.parse().ok()
}

pub(crate) fn write_date(date: civil::Date) -> String {
    date.strftime("%Y-%m-%d").to_string()
}

/// A day where a time has to be.
pub(crate) fn midnight(date: civil::Date) -> String {
    date.strftime("%Y-%m-%dT00:00:00").to_string()
}

/// The rule as text serves where a computer has no time zone database.
fn eastern() -> TimeZone {
    TimeZone::get("America/New_York")
        .or_else(|_| TimeZone::posix("EST5EDT,M3.2.0,M11.1.0"))
        .unwrap_or(TimeZone::fixed(jiff::tz::offset(-5)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn moment(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn each_transport_writes_its_own_time() {
        for (given, rest, eastern) in [
            (
                "2026-11-23T18:00:00Z",
                "2026-11-23T18:00:00Z",
                "2026-11-23T13:00:00",
            ),
            (
                "2026-07-01T18:00:00.9Z",
                "2026-07-01T18:00:00Z",
                "2026-07-01T14:00:00",
            ),
            (
                "2026-01-01T03:30:00Z",
                "2026-01-01T03:30:00Z",
                "2025-12-31T22:30:00",
            ),
        ] {
            assert_eq!(Clock::Utc.write(moment(given)), rest);
            assert_eq!(Clock::soap(SoapTime::Eastern).write(moment(given)), eastern);
            assert_eq!(
                format!("{}Z", Clock::soap(SoapTime::Utc).write(moment(given))),
                rest
            );
        }
    }

    #[test]
    fn every_form_of_a_time_is_read() {
        let eastern = Clock::soap(SoapTime::Eastern);
        for (clock, text, expected) in [
            (
                &eastern,
                "2018-07-24T19:14:36.24",
                "2018-07-24T23:14:36.24Z",
            ),
            (&eastern, "2018-11-17T22:22:28", "2018-11-18T03:22:28Z"),
            (&eastern, "2018-11-17T22:22:28Z", "2018-11-17T22:22:28Z"),
            // The hour that is skipped, and the first of the two that come twice.
            (&eastern, "2026-03-08T02:30:00", "2026-03-08T07:30:00Z"),
            (&eastern, "2026-11-01T01:30:00", "2026-11-01T05:30:00Z"),
            (&Clock::Utc, "2026-12-28T00:00:00Z", "2026-12-28T00:00:00Z"),
            (
                &Clock::Utc,
                "2026-12-28T00:00:00.000Z",
                "2026-12-28T00:00:00Z",
            ),
            (&Clock::Utc, "2026-12-28T00:00:00", "2026-12-28T00:00:00Z"),
            (
                &Clock::Utc,
                "2026-12-28T01:00:00+01:00",
                "2026-12-28T00:00:00Z",
            ),
        ] {
            assert_eq!(clock.read(text), Some(moment(expected)), "{text}");
        }
        assert_eq!(Clock::Utc.read("soon"), None);
        assert_eq!(
            read_date("2026-12-28T23:59:59Z"),
            Some(civil::date(2026, 12, 28))
        );
        assert_eq!(read_date("2026-13-28"), None);
        assert_eq!(read_date("ä"), None);
    }

    #[test]
    fn the_rule_as_text_is_that_of_the_database() {
        let rule = TimeZone::posix("EST5EDT,M3.2.0,M11.1.0").unwrap();
        let database = eastern();
        for hour in 0..24 * 366 {
            let at = moment("2026-01-01T00:00:00Z") + jiff::SignedDuration::from_hours(hour);
            assert_eq!(rule.to_datetime(at), database.to_datetime(at), "{at}");
        }
    }

    proptest! {
        #[test]
        fn a_second_is_read_back_as_it_was_written(seconds in 0_i64..4_000_000_000) {
            let at = Timestamp::from_second(seconds).unwrap();
            prop_assert_eq!(Clock::Utc.read(&Clock::Utc.write(at)), Some(at));
            let eastern = Clock::soap(SoapTime::Eastern);
            let back = eastern.read(&eastern.write(at)).unwrap();
            // But for the second of the two hours of autumn, which is read as the first.
            prop_assert!(back == at || back == at - jiff::SignedDuration::from_hours(1));
            prop_assert_eq!(eastern.write(back), eastern.write(at));
        }
    }
}
