//! Which measurement counts on an invoice date. Pure.
//!
//! - What was measured up to the moment of the invoice date (its day at the time that is set) counts; of that
//!   the last. So every computer takes the same one, however late it looks.
//! - A figure that a person entered counts before all others of the same day, in the partner's zone.
//! - It is not older than *max_age_days*, counted from day to day; for an invoice date to come, from today.
//! - None, or one that is too old, is never zero.

use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::time_of_day::day;

/// A measurement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Figure {
    pub bytes: u64,
    pub measured_at: Timestamp,
    /// Entered by a person, and why.
    pub by_hand: Option<String>,
}

/// Why there is no figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoFigure {
    NeverMeasured,
    TooOld { measured_at: Timestamp, days: i64 },
}

/// From the measurements of one organization, in any order. `moment`: that of the invoice date.
pub fn of(
    measurements: &[Figure],
    moment: Timestamp,
    now: Timestamp,
    max_age_days: u8,
    zone: &TimeZone,
) -> Result<Figure, NoFigure> {
    let last = measurements
        .iter()
        .filter(|figure| figure.measured_at <= moment)
        .max_by_key(|figure| {
            (
                day(figure.measured_at, zone),
                figure.by_hand.is_some(),
                figure.measured_at,
            )
        })
        .ok_or(NoFigure::NeverMeasured)?;
    let counts_on = day(moment.min(now), zone);
    let days = i64::from((counts_on - day(last.measured_at, zone)).get_days());
    if days > i64::from(max_age_days) {
        return Err(NoFigure::TooOld {
            measured_at: last.measured_at,
            days,
        });
    }
    Ok(last.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn figure(bytes: u64, measured_at: &str, reason: Option<&str>) -> Figure {
        Figure {
            bytes,
            measured_at: at(measured_at),
            by_hand: reason.map(str::to_owned),
        }
    }

    #[test]
    fn the_last_measurement_up_to_the_moment_counts_and_one_by_hand_before_all_of_its_day() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let moment = at("2026-11-30T05:00:00Z");
        let later = at("2026-12-24T05:00:00Z");
        let counts = |figures: &[Figure], now, age| {
            of(figures, moment, now, age, &zone).map(|figure| figure.bytes)
        };
        let plain = |bytes, measured_at| figure(bytes, measured_at, None);
        let table = [
            (vec![], Err(NoFigure::NeverMeasured)),
            (
                vec![plain(7, "2026-11-30T05:00:00.000001Z")],
                Err(NoFigure::NeverMeasured),
            ),
            (vec![plain(7, "2026-11-30T05:00:00Z")], Ok(7)),
            (vec![plain(0, "2026-11-30T05:00:00Z")], Ok(0)),
            (
                vec![
                    plain(3, "2026-11-29T22:00:00Z"),
                    plain(2, "2026-11-29T05:00:00Z"),
                    plain(9, "2026-11-30T08:00:00Z"),
                ],
                Ok(3),
            ),
            // 23:30 UTC is the next day there.
            (
                vec![
                    figure(5, "2026-11-29T08:00:00Z", Some("portal was down")),
                    plain(6, "2026-11-29T22:00:00Z"),
                ],
                Ok(5),
            ),
            (
                vec![
                    figure(5, "2026-11-29T08:00:00Z", Some("portal was down")),
                    plain(6, "2026-11-29T23:30:00Z"),
                ],
                Ok(6),
            ),
            (vec![plain(8, "2026-11-27T00:00:00Z")], Ok(8)),
            (vec![plain(8, "2026-11-26T23:00:00Z")], Ok(8)),
            (
                vec![plain(8, "2026-11-26T22:59:00Z")],
                Err(NoFigure::TooOld {
                    measured_at: at("2026-11-26T22:59:00Z"),
                    days: 4,
                }),
            ),
        ];
        for (figures, expected) in table {
            assert_eq!(counts(&figures, later, 3), expected, "{figures:?}");
        }
        let same_day = [plain(8, "2026-11-29T22:59:00Z")];
        assert!(counts(&same_day, later, 0).is_err());
        // Of an invoice date to come, today's is not too old.
        let early = at("2026-11-20T12:00:00Z");
        assert_eq!(counts(&[plain(8, "2026-11-18T12:00:00Z")], early, 3), Ok(8));
        assert!(counts(&[plain(8, "2026-11-16T12:00:00Z")], early, 3).is_err());
    }
}
