//! A pause that a person asked for: nothing is sent until it ends.
//!
//! It ends by the clock, at the moment that was told when it began, so a computer that slept through
//! that moment finds it over. *Until tomorrow* ends when the next day begins in the partner's time
//! zone. Once it is over it stays over: who sees it so first removes it (`Store::end_pause`), and a
//! clock that is set back later does not bring it back.
//!
//! No pause is longer than it was asked for. One whose begin lies ahead was made by a clock that has
//! been set back since: it begins anew then, at what the clock shows now. So a clock that stood years
//! ahead leaves an hour's pause an hour, and nothing is held up for years. A clock that is set ahead
//! past the end ends a pause early: nobody could tell that from a computer that slept.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::time_of_day;

/// How long a pause is to last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Length {
    /// 1 to [`Length::LONGEST_MINUTES`].
    Minutes(u32),
    /// Until the next day begins in the partner's time zone.
    UntilTomorrow,
    UntilResumed,
}

/// A length that no pause can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "A pause lasts from a minute to 31 days ({} minutes). What is to last longer is paused until it is resumed.",
    Length::LONGEST_MINUTES
)]
pub struct NoSuchLength;

impl Length {
    pub const HOUR: Length = Length::Minutes(60);
    /// 31 days.
    pub const LONGEST_MINUTES: u32 = 31 * 24 * 60;

    pub fn minutes(minutes: u32) -> Result<Length, NoSuchLength> {
        if (1..=Length::LONGEST_MINUTES).contains(&minutes) {
            Ok(Length::Minutes(minutes))
        } else {
            Err(NoSuchLength)
        }
    }

    fn end(self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Length::Minutes(minutes) => {
                let length = mins(minutes.min(Length::LONGEST_MINUTES));
                Some(now.saturating_add(length).unwrap_or(Timestamp::MAX))
            }
            Length::UntilTomorrow => Some(time_of_day::next_day(now, zone)),
            Length::UntilResumed => None,
        }
    }
}

/// A pause as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// `None`: until it is resumed.
    pub until: Option<Timestamp>,
    /// Missing in files of earlier versions.
    #[serde(default)]
    asked: Option<Asked>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Asked {
    at: Timestamp,
    length: Length,
}

impl Pause {
    /// One that begins now.
    pub fn begin(length: Length, now: Timestamp, zone: &TimeZone) -> Self {
        Self {
            until: length.end(now, zone),
            asked: Some(Asked { at: now, length }),
        }
    }

    /// As it stands at that moment, see the module; `None` once it is over.
    pub fn at(self, now: Timestamp, zone: &TimeZone) -> Option<Pause> {
        let Some(until) = self.until else {
            return Some(self);
        };
        let holds = match self.asked {
            Some(asked) if now < asked.at => return Some(Pause::begin(asked.length, now, zone)),
            Some(_) => now < until,
            // Nobody could ask for more.
            None => now < until && until.duration_since(now) <= mins(Length::LONGEST_MINUTES),
        };
        holds.then_some(self)
    }
}

fn mins(minutes: u32) -> SignedDuration {
    SignedDuration::from_mins(i64::from(minutes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone() -> TimeZone {
        TimeZone::get("Europe/Berlin").unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// Until when it stands at that moment, as text; "over" once it is.
    fn standing(pause: Pause, now: &str) -> String {
        match pause.at(at(now), &zone()) {
            None => "over".to_owned(),
            Some(Pause { until: None, .. }) => "until resumed".to_owned(),
            Some(Pause {
                until: Some(until), ..
            }) => until.to_string(),
        }
    }

    #[test]
    fn a_pause_ends_on_time_whatever_the_clock_did() {
        use Length::{Minutes, UntilResumed, UntilTomorrow};
        let begun = "2026-11-23T12:00:00Z";
        let table = [
            // Length, the clock later, until when it stands then.
            (Minutes(60), begun, "2026-11-23T13:00:00Z"),
            (Minutes(60), "2026-11-23T12:59:59Z", "2026-11-23T13:00:00Z"),
            (Minutes(60), "2026-11-23T13:00:00Z", "over"),
            // The computer slept.
            (Minutes(60), "2026-11-26T07:00:00Z", "over"),
            // The clock was set back: within the pause, before it by little, and by years.
            (Minutes(60), "2026-11-23T12:10:00Z", "2026-11-23T13:00:00Z"),
            (Minutes(60), "2026-11-23T11:59:58Z", "2026-11-23T12:59:58Z"),
            (Minutes(60), "2019-01-01T00:00:00Z", "2019-01-01T01:00:00Z"),
            (UntilTomorrow, begun, "2026-11-23T23:00:00Z"),
            (
                UntilTomorrow,
                "2026-11-23T22:59:59Z",
                "2026-11-23T23:00:00Z",
            ),
            (UntilTomorrow, "2026-11-23T23:00:00Z", "over"),
            (
                UntilTomorrow,
                "2026-11-23T11:00:00Z",
                "2026-11-23T23:00:00Z",
            ),
            (
                UntilTomorrow,
                "2026-11-21T11:00:00Z",
                "2026-11-21T23:00:00Z",
            ),
            (
                UntilTomorrow,
                "2019-07-01T00:00:00Z",
                "2019-07-01T22:00:00Z",
            ),
            (UntilResumed, "2036-01-01T00:00:00Z", "until resumed"),
            (UntilResumed, "2019-01-01T00:00:00Z", "until resumed"),
        ];
        for (length, now, expected) in table {
            let pause = Pause::begin(length, at(begun), &zone());
            assert_eq!(standing(pause, now), expected, "{length:?} {now}");
        }
    }

    #[test]
    fn a_pause_that_began_anew_is_not_begun_anew_for_ever() {
        let ahead = Pause::begin(Length::HOUR, at("2036-01-01T00:00:00Z"), &zone());
        let now = at("2026-11-23T12:00:00Z");
        let anew = ahead.at(now, &zone()).unwrap();
        assert_eq!(
            standing(anew, "2026-11-23T12:59:00Z"),
            "2026-11-23T13:00:00Z"
        );
        assert_eq!(standing(anew, "2026-11-23T13:00:00Z"), "over");
    }

    #[test]
    fn a_pause_of_an_earlier_version_holds_unless_its_end_is_absurdly_far_away() {
        let kept = |json: &str| -> Pause { serde_json::from_str(json).unwrap() };
        let hour = kept(r#"{"until":"2026-11-23T13:00:00Z"}"#);
        assert_eq!(
            standing(hour, "2026-11-23T12:00:00Z"),
            "2026-11-23T13:00:00Z"
        );
        assert_eq!(standing(hour, "2026-11-23T13:00:00Z"), "over");
        let years = kept(r#"{"until":"2036-01-01T00:00:00Z"}"#);
        assert_eq!(standing(years, "2026-11-23T12:00:00Z"), "over");
        let resumed = kept(r#"{"until":null}"#);
        assert_eq!(standing(resumed, "2026-11-23T12:00:00Z"), "until resumed");
    }

    #[test]
    fn a_pause_is_a_minute_to_31_days_long() {
        assert_eq!(Length::minutes(60), Ok(Length::HOUR));
        assert!(Length::minutes(Length::LONGEST_MINUTES).is_ok());
        for minutes in [0, Length::LONGEST_MINUTES + 1, u32::MAX] {
            assert_eq!(Length::minutes(minutes), Err(NoSuchLength));
        }
        assert!(NoSuchLength.to_string().contains("44640 minutes"));
    }

    proptest::proptest! {
        #[test]
        fn no_pause_is_longer_than_it_was_asked_for(
            begun in 0_i64..4_000_000_000, now in 0_i64..4_000_000_000, minutes in 1_u32..50_000
        ) {
            let second = |second| Timestamp::from_second(second).unwrap();
            let pause = Pause::begin(Length::Minutes(minutes), second(begun), &zone());
            if let Some(pause) = pause.at(second(now), &zone()) {
                let left = pause.until.unwrap().duration_since(second(now));
                proptest::prop_assert!(left <= mins(minutes.min(Length::LONGEST_MINUTES)));
            }
        }
    }
}
