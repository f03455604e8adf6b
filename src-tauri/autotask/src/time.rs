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

/// The rule as text serves where a computer has no time zone database.
fn eastern() -> TimeZone {
    TimeZone::get("America/New_York")
        .or_else(|_| TimeZone::posix("EST5EDT,M3.2.0,M11.1.0"))
        .unwrap_or(TimeZone::fixed(jiff::tz::offset(-5)))
}
