//! Wall-clock times in the partner's time zone.
//!
//! A time that a change to summer time leaves out is taken as far after the gap as it lies in it;
//! one that comes twice is taken the first time. So every day has each time exactly once.

use std::ops::Range;

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

/// From the first moment of a day in `zone` to that of the next one: 23 to 25 hours. Each moment is
/// in one day, also where the clocks are set back over midnight; a day that the calendar of `zone`
/// leaves out is empty.
pub fn whole_day(date: civil::Date, zone: &TimeZone) -> Range<Timestamp> {
    let midnight = |date| at(date, civil::Time::midnight(), zone);
    midnight(date)..midnight(date.saturating_add(1.day()))
}

/// The first moment after `now` at which the clocks of `zone` show a later day. That is midnight, or
/// the end of the gap where a day begins without one; and where the clocks are set back over
/// midnight, the midnight that is still to come.
pub fn next_day(now: Timestamp, zone: &TimeZone) -> Timestamp {
    let mut date = day(now, zone);
    while date < civil::Date::MAX {
        date = date.saturating_add(1.day());
        let midnight = zone.to_ambiguous_timestamp(date.to_datetime(civil::Time::midnight()));
        let begins = [midnight.compatible(), midnight.later()];
        if let Some(begins) = begins.into_iter().flatten().find(|begins| *begins > now) {
            return begins;
        }
    }
    Timestamp::MAX
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_due_at_the_end_of_the_day_so_many_days_after_the_jobs_day_there() {
        let table = [
            // Zone, end of the job, days, due.
            (
                "Europe/Berlin",
                "2026-11-22T02:15:00Z",
                0,
                "2026-11-22T22:59:00Z",
            ),
            (
                "Europe/Berlin",
                "2026-11-22T02:15:00Z",
                1,
                "2026-11-23T22:59:00Z",
            ),
            // 23:30 UTC is the next day there.
            (
                "Europe/Berlin",
                "2026-11-22T23:30:00Z",
                0,
                "2026-11-23T22:59:00Z",
            ),
            // 02:15 UTC is the evening before there.
            (
                "America/New_York",
                "2026-11-22T02:15:00Z",
                0,
                "2026-11-22T04:59:00Z",
            ),
            // Over the end of summer time (2026-11-01): the due day has another offset.
            (
                "America/New_York",
                "2026-10-31T12:00:00Z",
                2,
                "2026-11-03T04:59:00Z",
            ),
            // Over its begin (2027-03-28).
            (
                "Europe/Berlin",
                "2027-03-27T12:00:00Z",
                1,
                "2027-03-28T21:59:00Z",
            ),
            // A leap day, and a year's end.
            ("UTC", "2028-02-28T12:00:00Z", 1, "2028-02-29T23:59:00Z"),
            (
                "Asia/Kathmandu",
                "2026-12-31T20:00:00Z",
                365,
                "2028-01-01T18:14:00Z",
            ),
        ];
        for (zone, ended, days, expected) in table {
            let zone = TimeZone::get(zone).unwrap();
            let due = due(ended.parse().unwrap(), days, &zone);
            assert_eq!(due.to_string(), expected, "{zone:?} {ended} {days}");
        }
    }

    #[test]
    fn a_time_in_a_gap_is_as_far_after_it_and_one_that_comes_twice_is_the_first() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let half_past_two = civil::time(2, 30, 0, 0);
        // 2027-03-14 02:30 does not exist: 03:30 EDT.
        let gap = at(civil::date(2027, 3, 14), half_past_two, &zone);
        assert_eq!(gap.to_string(), "2027-03-14T07:30:00Z");
        // 2027-11-07 01:30 comes twice: the EDT one.
        let fold = at(civil::date(2027, 11, 7), civil::time(1, 30, 0, 0), &zone);
        assert_eq!(fold.to_string(), "2027-11-07T05:30:00Z");
    }

    #[test]
    fn a_time_of_day_is_two_numbers_and_a_colon() {
        assert_eq!(parse("06:05").map(format).as_deref(), Some("06:05"));
        assert_eq!(parse(" 6:5 ").map(format).as_deref(), Some("06:05"));
        for bad in [
            "", "6", "24:00", "12:60", "06:05:00", "+6:00", "aa:bb", "006:00",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_day_is_23_to_25_hours_and_the_next_one_begins_where_it_ends() {
        let zones = [
            "UTC",
            "America/Sao_Paulo",
            "Australia/Lord_Howe",
            "Asia/Beirut",
            "Africa/Cairo",
        ];
        for name in zones {
            let zone = TimeZone::get(name).unwrap();
            let mut date = civil::date(2015, 1, 1);
            let mut lengths = std::collections::BTreeSet::new();
            while date < civil::date(2031, 1, 1) {
                let whole = whole_day(date, &zone);
                date = date.tomorrow().unwrap();
                assert_eq!(whole.end, whole_day(date, &zone).start, "{name} {date}");
                lengths.insert(whole.end.duration_since(whole.start).as_mins());
            }
            let expected: &[i64] = match name {
                "UTC" => &[1_440],
                "Australia/Lord_Howe" => &[1_410, 1_440, 1_470],
                _ => &[1_380, 1_440, 1_500],
            };
            assert!(lengths.into_iter().eq(expected.iter().copied()), "{name}");
        }
        // Samoa went over the date line.
        let samoa = TimeZone::get("Pacific/Apia").unwrap();
        let left_out = whole_day(civil::date(2011, 12, 30), &samoa);
        assert_eq!(left_out.start, left_out.end);
    }

    #[test]
    fn tomorrow_begins_at_midnight_there_or_at_the_first_moment_that_the_day_has() {
        let table = [
            // Zone, now, when the next day begins.
            ("UTC", "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z"),
            ("UTC", "2026-11-23T23:59:59Z", "2026-11-24T00:00:00Z"),
            // 23:30 UTC is half past twelve at night there.
            (
                "Europe/Berlin",
                "2026-11-22T23:30:00Z",
                "2026-11-23T23:00:00Z",
            ),
            (
                "America/New_York",
                "2026-11-22T02:15:00Z",
                "2026-11-22T05:00:00Z",
            ),
            (
                "Asia/Kathmandu",
                "2026-12-31T18:14:59Z",
                "2026-12-31T18:15:00Z",
            ),
            // Days of 23 and of 25 hours.
            (
                "Europe/Berlin",
                "2027-03-27T23:00:00Z",
                "2027-03-28T22:00:00Z",
            ),
            (
                "America/New_York",
                "2026-11-01T04:00:00Z",
                "2026-11-02T05:00:00Z",
            ),
            // A leap day, and the day before.
            ("UTC", "2028-02-28T12:00:00Z", "2028-02-29T00:00:00Z"),
            ("UTC", "2028-02-29T12:00:00Z", "2028-03-01T00:00:00Z"),
            // Summer time begins at midnight: the day begins at 01:00.
            (
                "Asia/Beirut",
                "2026-03-28T20:00:00Z",
                "2026-03-28T22:00:00Z",
            ),
            (
                "America/Sao_Paulo",
                "2018-11-04T02:59:59Z",
                "2018-11-04T03:00:00Z",
            ),
            // It ends at midnight: the last hour of the day comes twice.
            (
                "America/Sao_Paulo",
                "2019-02-17T01:30:00Z",
                "2019-02-17T03:00:00Z",
            ),
            (
                "America/Sao_Paulo",
                "2019-02-17T02:30:00Z",
                "2019-02-17T03:00:00Z",
            ),
            // It ended a minute after midnight, which came twice: before the first, and between the two.
            (
                "America/St_Johns",
                "2010-11-07T02:00:00Z",
                "2010-11-07T02:30:00Z",
            ),
            (
                "America/St_Johns",
                "2010-11-07T02:45:00Z",
                "2010-11-07T03:30:00Z",
            ),
            // Samoa went over the date line: after the 29th comes the 31st.
            (
                "Pacific/Apia",
                "2011-12-30T08:00:00Z",
                "2011-12-30T10:00:00Z",
            ),
        ];
        for (zone, now, expected) in table {
            let next = next_day(now.parse().unwrap(), &TimeZone::get(zone).unwrap());
            assert_eq!(next.to_string(), expected, "{zone} {now}");
        }
    }

    proptest::proptest! {
        #[test]
        fn tomorrow_is_the_first_moment_to_come_that_has_a_later_date(
            seconds in 0_i64..4_000_000_000, zone in 0_usize..6
        ) {
            let zone = [
                "UTC", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Beirut", "America/St_Johns",
                "Pacific/Apia",
            ][zone];
            let zone = TimeZone::get(zone).unwrap();
            let now = Timestamp::from_second(seconds).unwrap();
            let next = next_day(now, &zone);
            proptest::prop_assert!(next > now);
            proptest::prop_assert!(next.duration_since(now) <= jiff::SignedDuration::from_hours(25));
            proptest::prop_assert!(day(next, &zone) > day(now, &zone));
            let before = next - jiff::SignedDuration::from_nanos(1);
            proptest::prop_assert!(before < now || day(before, &zone) <= day(now, &zone));
        }

        #[test]
        fn what_is_due_is_never_before_its_day_has_ended(
            seconds in 0_i64..4_000_000_000, days in 0_u16..=365, zone in 0_usize..4
        ) {
            let zone = ["UTC", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Beirut"][zone];
            let zone = TimeZone::get(zone).unwrap();
            let ended = Timestamp::from_second(seconds).unwrap();
            let due = due(ended, days, &zone);
            proptest::prop_assert!(due > ended - jiff::SignedDuration::from_secs(60));
            let due_day = day(due, &zone);
            let job_day = day(ended, &zone);
            proptest::prop_assert_eq!(job_day.saturating_add(i32::from(days).days()), due_day);
        }
    }
}
