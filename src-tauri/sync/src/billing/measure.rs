//! Usage, taken from the source each day and kept.
//!
//! The source gives the last measurement on or before a day's end. The days of the last week are asked for,
//! each until it is over everywhere and was asked for after that; today again every six hours, and once an
//! invoice date has come. The days of an invoice date that is not done are asked for however long ago it is:
//! so the figure of a date exists although the computer was off.

use std::collections::BTreeMap;

use cloud_direct::Source;
use jiff::{
    SignedDuration, Timestamp, ToSpan as _,
    civil::{self, Date},
    tz::TimeZone,
};

use super::{Figure, due};
use crate::{
    clock::Clock,
    store::{Store, StoreError},
    time_of_day,
};

const EACH: SignedDuration = SignedDuration::from_hours(6);
/// Days before today that are asked for anyway.
const BACK: i64 = 6;

/// What came in.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    /// Days that were asked for.
    pub days: u64,
    pub notices: Vec<String>,
    /// Why it ended early.
    pub problem: Option<cloud_direct::Error>,
}

/// Asks for what is missing. An error of the source ends it and is given back beside what came in before.
pub(crate) async fn take(
    store: &Store,
    source: &dyn Source,
    clock: &dyn Clock,
) -> Result<Taken, StoreError> {
    let mut taken = Taken::default();
    let settings = store.settings()?;
    let now = clock.now();
    let open: Vec<(Date, Timestamp)> = super::open_dates(store)?
        .into_iter()
        .map(|date| (date, due::moment(&settings, date)))
        .chain(std::iter::once({
            let (last, _) = due::around(&settings, now);
            (last.date, last.at)
        }))
        .collect();
    let asked = store.usage_days(Date::MIN)?;
    for day in days_to_ask(now, &asked, &open) {
        match source.measured(day).await {
            Ok(measured) => {
                store.save_usage(day, &measured.usage, clock.now())?;
                taken.days += 1;
                for notice in measured.notices {
                    let notice = notice.to_string();
                    if !taken.notices.contains(&notice) {
                        taken.notices.push(notice);
                    }
                }
            }
            Err(error) => {
                taken.problem = Some(error);
                break;
            }
        }
    }
    Ok(taken)
}

/// Whether the source was asked after the invoice date had come.
pub(crate) fn was_asked_since(
    asked: &BTreeMap<Date, Timestamp>,
    moment: Timestamp,
    zone: &TimeZone,
) -> bool {
    let day = time_of_day::day(moment, zone);
    asked
        .range(day.saturating_sub(1.day())..)
        .any(|(_, asked_at)| *asked_at >= moment)
}

/// Oldest first. `open`: invoice dates that are not done, and their moments.
fn days_to_ask(
    now: Timestamp,
    asked: &BTreeMap<Date, Timestamp>,
    open: &[(Date, Timestamp)],
) -> Vec<Date> {
    let today = time_of_day::day(now, &TimeZone::UTC);
    let mut days: Vec<Date> = (0..=BACK)
        .map(|back| today.saturating_sub(back.days()))
        .collect();
    for (date, moment) in open {
        if *moment <= now {
            days.extend([date.saturating_sub(1.day()), *date]);
        }
    }
    days.sort_unstable();
    days.dedup();
    days.retain(|day| match asked.get(day) {
        None => *day <= today,
        // A clock that stood ahead.
        Some(asked_at) if *asked_at > now => true,
        Some(asked_at) => {
            let came = open
                .iter()
                .any(|(_, moment)| asked_at < moment && *moment <= now);
            *asked_at < over(*day) && (came || now.duration_since(*asked_at) >= EACH)
        }
    });
    days
}

/// When a day is over in every zone.
fn over(day: Date) -> Timestamp {
    let noon = civil::time(12, 0, 0, 0);
    time_of_day::at(day.saturating_add(1.day()), noon, &TimeZone::UTC)
}

#[derive(Debug, thiserror::Error)]
pub enum EnterError {
    #[error("There is no organization {0}. Its id is in the export of Mappings.")]
    UnknownOrganization(String),
    #[error("Say why the figure is entered by hand.")]
    NoReason,
    #[error("The reason is too long: at most 500 characters.")]
    ReasonTooLong,
    #[error("A figure for {0} is too far ahead: at most a year.")]
    TooFarAhead(Date),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A figure by hand: as of now, or of an invoice date. It counts before what the source measured on the
/// same day, and is marked wherever it is shown.
pub fn enter(
    store: &Store,
    organization_id: &str,
    bytes: u64,
    reason: &str,
    invoice_date: Option<Date>,
    now: Timestamp,
) -> Result<Figure, EnterError> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(EnterError::NoReason);
    }
    if reason.chars().count() > 500 {
        return Err(EnterError::ReasonTooLong);
    }
    let settings = store.settings()?;
    let measured_at = match invoice_date {
        None => now,
        Some(date) => due::moment(&settings, date),
    };
    if let Some(date) = invoice_date
        && measured_at.duration_since(now) > SignedDuration::from_hours(366 * 24)
    {
        return Err(EnterError::TooFarAhead(date));
    }
    let figure = Figure {
        bytes,
        measured_at,
        by_hand: Some(reason.to_owned()),
    };
    if !store.enter_measurement(organization_id, &settings.billing.metric, &figure, now)? {
        return Err(EnterError::UnknownOrganization(organization_id.to_owned()));
    }
    Ok(figure)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn each_day_is_asked_for_until_it_is_over_and_again_when_an_invoice_date_has_come() {
        let now = at("2026-11-30T05:30:00Z");
        let ask = |asked: &[(Date, &str)], open: &[(Date, &str)]| -> Vec<i8> {
            let asked = asked
                .iter()
                .map(|(day, asked_at)| (*day, at(asked_at)))
                .collect();
            let open: Vec<_> = open
                .iter()
                .map(|(day, moment)| (*day, at(moment)))
                .collect();
            days_to_ask(now, &asked, &open)
                .iter()
                .map(|day| day.day())
                .collect()
        };
        assert_eq!(ask(&[], &[]), [24, 25, 26, 27, 28, 29, 30]);
        let days = |today: &'static str, yesterday: &'static str| {
            let mut asked: Vec<(Date, &str)> = (24..=28)
                .map(|day| (date(2026, 11, day), "2026-11-29T20:00:00Z"))
                .collect();
            asked.push((date(2026, 11, 29), yesterday));
            asked.push((date(2026, 11, 30), today));
            asked
        };
        // Yesterday is not over everywhere before noon.
        assert_eq!(
            ask(&days("2026-11-30T00:00:00Z", "2026-11-30T00:00:00Z"), &[]),
            [0_i8; 0]
        );
        assert_eq!(
            ask(&days("2026-11-29T23:00:00Z", "2026-11-29T23:00:00Z"), &[]),
            [29, 30]
        );
        assert_eq!(
            ask(&days("2026-11-29T23:00:00Z", "2026-11-30T12:00:00Z"), &[]),
            [29, 30],
            "a clock that stood ahead"
        );
        // An invoice date has come since.
        let come = [(date(2026, 11, 30), "2026-11-30T05:00:00Z")];
        assert_eq!(
            ask(&days("2026-11-30T04:59:00Z", "2026-11-30T04:59:00Z"), &come),
            [29, 30]
        );
        assert_eq!(
            ask(&days("2026-11-30T05:00:00Z", "2026-11-30T05:00:00Z"), &come),
            [0_i8; 0]
        );
        // One that is long ago, and one to come.
        let open = [
            (date(2026, 9, 30), "2026-09-30T04:00:00Z"),
            (date(2026, 12, 31), "2026-12-31T05:00:00Z"),
        ];
        assert_eq!(
            ask(&days("2026-11-30T05:00:00Z", "2026-11-30T05:00:00Z"), &open),
            [29, 30]
        );
    }
}
