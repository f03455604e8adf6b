//! What is due at its time: the Daily Digest once for each day, the invoice once for each month. Pure:
//! from the time, what was done and the settings to what is due, under which date, and when to look
//! again. Whoever does it keeps the [`Record`] in the same transaction.
//!
//! **Dates.** The digest of a day goes out on the day after, at the time that is set: a whole day has
//! to be over. An invoice date is the day of the month that is set, or the month's last where it is
//! shorter. Both are filed under their own date, however late they are made.
//!
//! **Once.** A period (a day, a month) that was done is never due again, whatever the clock or the
//! settings do. Which were done is kept as a few spans, so nothing has to be forgotten.
//!
//! **Nothing is left out.** Each period whose moment has passed since the last look is due, oldest
//! first: after a sleep, a week without power, a pass that failed. There is a bound ([`Rhythm::bound`]):
//! nobody wants a month of digests on the first morning after a holiday. What lies before it is told.
//!
//! **Switching on** makes no backlog: due is what has its moment after it. Off and on again likewise.
//!
//! **A changed setting** (time, day, zone) counts at once, for what was not done: what has its moment
//! in the past by the new setting is due now, what has it in the future waits for it. So a day has one
//! digest, and a month one invoice date, also when they are moved on the day itself. A day is
//! always the day in the zone as it is set now: after a change of zone the hours between the old
//! midnight and the new one are in two digests or, westwards, in none.
//!
//! **Clocks.** A time in a gap is taken as far after the gap, one that comes twice the first time (see
//! [`crate::time_of_day`]). A clock that is set back makes nothing due again. One that was set years
//! ahead makes the last few periods there due; when it is right again, the days go on from where it
//! then stands, and so they do after a later absence. One that stood years back for a moment (an empty
//! battery) makes no backlog: what had passed before is known.

mod record;
#[cfg(test)]
mod tests;

use jiff::{Timestamp, ToSpan as _, civil::Date, civil::Time, tz::TimeZone};

pub use self::record::{Record, Span};
use crate::time_of_day;

/// What comes again and again, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    pub rhythm: Rhythm,
    pub time: Time,
    /// The partner's.
    pub zone: TimeZone,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rhythm {
    /// Each day, on the day after.
    Daily,
    /// Each month, on this day: 1 to 31, or 0 for the last; a short month takes its last day.
    Monthly { day: u8 },
}

/// A period whose moment has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The day, or the first of the month: what makes it once.
    pub period: Date,
    /// What it is filed under: the day, or the invoice date.
    pub date: Date,
    /// Its moment by the settings.
    pub at: Timestamp,
}

/// What a look at the clock came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlook {
    /// Oldest first.
    pub due: Vec<Due>,
    /// What is not made because it is too long ago, for a person to be told.
    pub left_out: Option<Span>,
    /// What to keep when all of `due` is done, in the same transaction. Whoever does one after the
    /// other keeps [`Record::with`] of each.
    pub record: Record,
    /// Look again then, and whenever the computer has slept or its clock was set. `None`: it is off.
    pub look_again: Option<Timestamp>,
}

/// See the module. `None` is a schedule that is switched off.
pub fn look(now: Timestamp, record: &Record, schedule: Option<&Schedule>) -> Outlook {
    let Some(schedule) = schedule else {
        return Outlook {
            due: Vec::new(),
            left_out: None,
            record: record.switched_off(),
            look_again: None,
        };
    };
    let newest = schedule.newest_passed(now);
    let (passed, left_out) = match record.passed() {
        Some(before) => schedule.passed_since(before, record.furthest(), newest),
        None => (Vec::new(), None),
    };
    let due: Vec<Due> = passed
        .into_iter()
        .filter(|period| !record.is_done(*period) && schedule.is_there(*period))
        .map(|period| schedule.due(period))
        .collect();
    let done = due.iter().fold(record.clone(), |record, due| {
        record.with(due.period, schedule.rhythm)
    });
    Outlook {
        due,
        left_out,
        record: done.seen(newest),
        look_again: Some(schedule.moment(schedule.rhythm.step(newest, 1))),
    }
}

impl Schedule {
    fn due(&self, period: Date) -> Due {
        Due {
            period,
            date: self.rhythm.date(period),
            at: self.moment(period),
        }
    }

    /// The newest period whose moment has come, and the one after it.
    pub fn around(&self, now: Timestamp) -> (Due, Due) {
        let newest = self.newest_passed(now);
        (self.due(newest), self.due(self.rhythm.step(newest, 1)))
    }

    /// When a period's turn comes.
    pub fn moment(&self, period: Date) -> Timestamp {
        let on = match self.rhythm {
            Rhythm::Daily => period.saturating_add(1.day()),
            Rhythm::Monthly { .. } => self.rhythm.date(period),
        };
        time_of_day::at(on, self.time, &self.zone)
    }

    /// Where a country moves over the date line, a day is left out of the calendar.
    fn is_there(&self, period: Date) -> bool {
        match self.rhythm {
            Rhythm::Daily => {
                let day = time_of_day::whole_day(period, &self.zone);
                day.start < day.end
            }
            Rhythm::Monthly { .. } => true,
        }
    }

    /// The newest period whose moment is not in the future.
    fn newest_passed(&self, now: Timestamp) -> Date {
        let today = time_of_day::day(now, &self.zone);
        let mut period = match self.rhythm {
            Rhythm::Daily => today,
            Rhythm::Monthly { .. } => today.first_of_month(),
        };
        // The day after is not over, and this month's date may be to come: two steps at most.
        while self.moment(period) > now && period > Date::MIN {
            period = self.rhythm.step(period, -1);
        }
        period
    }

    /// The periods after `before` up to `newest`, as far back as the bound, and what lies before that.
    ///
    /// `furthest` is the newest that had passed at any look. After a step that is longer than the
    /// bound, what lies up to there was decided before the clock was set back. It says nothing where it
    /// lies ahead: the clock stood there once, and was wrong.
    fn passed_since(
        &self,
        before: Date,
        furthest: Option<Date>,
        newest: Date,
    ) -> (Vec<Date>, Option<Span>) {
        let step = |period, count| self.rhythm.step(period, count);
        let oldest = step(newest, 1 - self.rhythm.bound());
        let mut first = step(before, 1);
        if first < oldest
            && let Some(furthest) = furthest.filter(|furthest| *furthest <= newest)
        {
            first = first.max(step(furthest, 1));
        }
        let left_out = (first < oldest).then(|| Span {
            first,
            last: step(oldest, -1),
        });
        let mut periods = Vec::new();
        let mut period = first.max(oldest);
        while period <= newest {
            periods.push(period);
            let next = step(period, 1);
            if next <= period {
                break;
            }
            period = next;
        }
        (periods, left_out)
    }
}

impl Rhythm {
    /// How many periods are made up for at most.
    pub fn bound(self) -> i32 {
        match self {
            // Two weeks of holidays.
            Rhythm::Daily => 14,
            // A year of invoices.
            Rhythm::Monthly { .. } => 12,
        }
    }

    fn date(self, period: Date) -> Date {
        match self {
            Rhythm::Daily => period,
            Rhythm::Monthly { day } => {
                let last = period.last_of_month();
                match i8::try_from(day) {
                    Ok(day) if (1..last.day()).contains(&day) => {
                        period.first_of_month().saturating_add((day - 1).days())
                    }
                    Ok(_) | Err(_) => last,
                }
            }
        }
    }

    fn step(self, period: Date, count: i32) -> Date {
        match self {
            Rhythm::Daily => period.saturating_add(count.days()),
            Rhythm::Monthly { .. } => period.saturating_add(count.months()),
        }
    }
}
