//! Usage, taken from the source each day and kept.
//!
//! The source gives the last measurement on or before a day's end. The days of the last week are asked for,
//! each until it is over everywhere and was asked for after that; today again every six hours, and once an
//! invoice date has come. The days that count for an invoice date which is not done are asked for however long
//! ago it is, and again every hour: so the figure of a date exists although the computer was off, or an export
//! came late.

use std::collections::BTreeMap;

use cloud_direct::{Class, Source};
use jiff::{
    SignedDuration, Timestamp, ToSpan as _,
    civil::{self, Date},
    tz::TimeZone,
};

use super::{Figure, due};
use crate::{
    clock::Clock,
    settings::{Settings, SourceKind},
    store::{Store, StoreError},
    time_of_day,
};

const EACH: SignedDuration = SignedDuration::from_hours(6);
/// The days of an invoice date of which lines wait.
const AWAITED_EACH: SignedDuration = SignedDuration::from_hours(1);
/// Days without an answer after which no more are asked for.
const MOST_IN_VAIN: u32 = 2;
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

/// Asks for what is missing. A day that cannot be read does not keep the others: the first such error is given
/// back beside what came in. A source that refuses the login or asks for patience, or is not there on two days,
/// is asked no more.
pub(crate) async fn take(
    store: &Store,
    source: &dyn Source,
    clock: &dyn Clock,
) -> Result<Taken, StoreError> {
    let mut taken = Taken::default();
    let settings = store.settings()?;
    let now = clock.now();
    let (last, _) = due::around(&settings, now);
    let mut dates: Vec<Awaited> = super::open_dates(store)?
        .into_iter()
        .map(|date| Awaited::of(&settings, due::moment(&settings, date), true))
        .collect();
    dates.push(Awaited::of(&settings, last.at, false));
    let asked = store.usage_days(Date::MIN)?;
    let mut in_vain = 0;
    for day in days_to_ask(now, &asked, &dates) {
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
                match error.class() {
                    Class::Misuse | Class::Broken => {}
                    Class::Transient => in_vain += 1,
                    // That is what a person has to know, whatever came before.
                    Class::Throttled { .. } | Class::Stop => {
                        taken.problem = Some(error);
                        break;
                    }
                }
                taken.problem.get_or_insert(error);
                if in_vain == MOST_IN_VAIN {
                    break;
                }
            }
        }
    }
    Ok(taken)
}

/// Whether the source has said what was measured last up to this moment of an invoice date.
pub(crate) fn has_answered(
    asked: &BTreeMap<Date, Timestamp>,
    settings: &Settings,
    moment: Timestamp,
) -> bool {
    days_up_to(settings, moment).iter().all(|day| {
        let complete = moment.min(over(*day));
        asked.get(day).is_some_and(|asked_at| *asked_at >= complete)
    })
}

/// An invoice date whose figures are wanted.
struct Awaited {
    moment: Timestamp,
    days: [Date; 2],
    /// Lines of it are not posted yet.
    waits: bool,
}

impl Awaited {
    fn of(settings: &Settings, moment: Timestamp, waits: bool) -> Self {
        Self {
            moment,
            days: days_up_to(settings, moment),
            waits,
        }
    }
}

/// The source's day of this moment, and the one before it: what is told of a day is its last measurement, which
/// may come after the moment. A portal's days are those of UTC, a folder's the partner's.
fn days_up_to(settings: &Settings, moment: Timestamp) -> [Date; 2] {
    let zone = match settings.cloud_direct.source {
        SourceKind::Portal => TimeZone::UTC,
        SourceKind::Folder => settings.general.zone(),
    };
    let day = time_of_day::day(moment, &zone);
    [day.saturating_sub(1.day()), day]
}

/// Oldest first.
fn days_to_ask(now: Timestamp, asked: &BTreeMap<Date, Timestamp>, dates: &[Awaited]) -> Vec<Date> {
    let today = time_of_day::day(now, &TimeZone::UTC);
    let come: Vec<&Awaited> = dates.iter().filter(|date| date.moment <= now).collect();
    let mut days: Vec<Date> = (0..=BACK)
        .map(|back| today.saturating_sub(back.days()))
        .chain(come.iter().flat_map(|date| date.days))
        .collect();
    days.sort_unstable();
    days.dedup();
    days.retain(|day| match asked.get(day) {
        None => true,
        // A clock that stood ahead.
        Some(asked_at) if *asked_at > now => true,
        Some(asked_at) => {
            let since = now.duration_since(*asked_at);
            let has_come = come.iter().any(|date| *asked_at < date.moment);
            let awaited = come
                .iter()
                .any(|date| date.waits && date.days.contains(day));
            (*asked_at < over(*day) && (has_come || since >= EACH))
                || (awaited && since >= AWAITED_EACH)
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
        let ask = |asked: &[(Date, &str)], open: &[(&str, bool)]| -> Vec<i8> {
            let asked = asked
                .iter()
                .map(|(day, asked_at)| (*day, at(asked_at)))
                .collect();
            let dates: Vec<_> = open
                .iter()
                .map(|(moment, waits)| Awaited::of(&Settings::default(), at(moment), *waits))
                .collect();
            days_to_ask(now, &asked, &dates)
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
        let come = [("2026-11-30T05:00:00Z", true)];
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
            ("2026-09-30T04:00:00Z", false),
            ("2026-12-31T05:00:00Z", true),
        ];
        assert_eq!(
            ask(&days("2026-11-30T05:00:00Z", "2026-11-30T05:00:00Z"), &open),
            [29, 30]
        );
        // Of one that has answered, again as long as lines wait: an export may have come since.
        for (waits, asked_at, expected) in [
            (true, "2026-11-30T04:30:00Z", vec![24, 25]),
            (true, "2026-11-30T04:31:00Z", vec![]),
            (false, "2026-11-30T04:30:00Z", vec![]),
        ] {
            let mut asked = days("2026-11-30T05:00:00Z", "2026-11-30T05:00:00Z");
            asked.retain(|(day, _)| day.day() > 25);
            asked.push((date(2026, 11, 24), asked_at));
            asked.push((date(2026, 11, 25), asked_at));
            assert_eq!(
                ask(&asked, &[("2026-11-25T05:00:00Z", waits)]),
                expected,
                "{waits} {asked_at}"
            );
        }
    }

    #[test]
    fn a_line_waits_for_the_answers_of_the_days_that_count_and_of_no_others() {
        let morning = "2026-11-30T05:00:00Z";
        let (over, not_yet) = ("2026-11-30T05:00:00Z", "2026-11-30T04:59:00Z");
        let table = [
            (SourceKind::Portal, "UTC", morning, vec![], false),
            (
                SourceKind::Portal,
                "UTC",
                morning,
                vec![(29, over), (30, not_yet)],
                false,
            ),
            (
                SourceKind::Portal,
                "UTC",
                morning,
                vec![(29, not_yet), (30, over)],
                false,
            ),
            (
                SourceKind::Portal,
                "UTC",
                morning,
                vec![(29, over), (30, over)],
                true,
            ),
            (
                SourceKind::Portal,
                "UTC",
                morning,
                vec![(28, over), (30, over)],
                false,
            ),
            // The day before is over everywhere by then.
            (
                SourceKind::Portal,
                "UTC",
                "2026-11-30T22:00:00Z",
                vec![(29, "2026-11-30T12:00:00Z"), (30, "2026-11-30T22:00:00Z")],
                true,
            ),
            // In Auckland it is the 30th, a portal's day is the 29th.
            (
                SourceKind::Portal,
                "Pacific/Auckland",
                "2026-11-29T17:00:00Z",
                vec![(28, over), (29, over)],
                true,
            ),
            (
                SourceKind::Folder,
                "Pacific/Auckland",
                "2026-11-29T17:00:00Z",
                vec![(28, over), (29, over)],
                false,
            ),
            (
                SourceKind::Folder,
                "Pacific/Auckland",
                "2026-11-29T17:00:00Z",
                vec![(29, over), (30, over)],
                true,
            ),
        ];
        for (source, zone, moment, asked, expected) in table {
            let mut settings = Settings::default();
            settings.cloud_direct.source = source;
            settings.general.time_zone = zone.to_owned();
            let answered: BTreeMap<_, _> = asked
                .iter()
                .map(|(day, when)| (date(2026, 11, *day), at(when)))
                .collect();
            assert_eq!(
                has_answered(&answered, &settings, at(moment)),
                expected,
                "{source:?} {zone} {moment} {asked:?}"
            );
        }
    }
}
