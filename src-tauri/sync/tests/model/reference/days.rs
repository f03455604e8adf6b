//! Of which days there are digests.

use std::collections::BTreeSet;

use jiff::{Timestamp, ToSpan as _, civil::Date, civil::Time, tz::TimeZone};
use sync::time_of_day;

/// More are not made up for.
const MADE_UP_FOR: i32 = 14;

#[derive(Debug, Clone, Default)]
pub struct Days {
    /// The newest day whose turn had come when it was last looked, by the clock of that time; none while
    /// digests are off.
    newest: Option<Date>,
    /// The newest of them ever.
    furthest: Option<Date>,
    done: BTreeSet<Date>,
}

/// The digest of a day goes out on the day after, at the time that is set.
pub fn turn_of(day: Date, time: Time, zone: &TimeZone) -> Timestamp {
    time_of_day::at(day.saturating_add(1.day()), time, zone)
}

impl Days {
    pub fn switched_off(&mut self) {
        self.newest = None;
    }

    /// The days whose turn has come and that were not done, oldest first. Switching on makes no backlog.
    pub fn due(&self, now: Timestamp, time: Time, zone: &TimeZone) -> Vec<Date> {
        let Some(before) = self.newest else {
            return Vec::new();
        };
        let newest = newest(now, time, zone);
        let oldest = newest.saturating_sub((MADE_UP_FOR - 1).days());
        let mut first = before.saturating_add(1.day());
        // After a leap over more than can be made up for, what had passed at any earlier look is over:
        // the clock had stood far back. A look from a day to come says nothing.
        if first < oldest
            && let Some(furthest) = self.furthest.filter(|furthest| *furthest <= newest)
        {
            first = first.max(furthest.saturating_add(1.day()));
        }
        first
            .max(oldest)
            .series(1.day())
            .take_while(|day| *day <= newest)
            .filter(|day| !self.done.contains(day))
            .filter(|day| !time_of_day::whole_day(*day, zone).is_empty())
            .collect()
    }

    /// They have been made, as far as they were due.
    pub fn are_done(&mut self, due: &[Date], now: Timestamp, time: Time, zone: &TimeZone) {
        self.done.extend(due);
        let newest = newest(now, time, zone);
        self.newest = Some(newest);
        let made = due.last().copied();
        self.furthest = self.furthest.max(Some(newest)).max(made);
    }
}

fn newest(now: Timestamp, time: Time, zone: &TimeZone) -> Date {
    let mut day = time_of_day::day(now, zone);
    while turn_of(day, time, zone) > now {
        day = day.saturating_sub(1.day());
    }
    day
}
