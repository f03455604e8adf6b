//! When the next pass comes: decided from the time, the interval and what the last pass says.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sync::pass::Report;

/// However seldom jobs are asked for: what a pass could not do is tried again after this long.
const AGAIN: SignedDuration = SignedDuration::from_mins(5);

/// A pass to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NextPass {
    /// By the clock at that time, which may be set back later.
    decided_at: Timestamp,
    at: Timestamp,
}

impl NextPass {
    /// A Daily Digest goes out at its time, and an invoice date is seen to at its, however seldom jobs are
    /// asked for.
    ///
    /// `report` is that of a pass that came to its end. Unclear postings are looked up as soon as
    /// they may be. One that could have been looked up already was not, because something was in
    /// the way: it waits for the usual time. A digest or an invoice date whose time came during the pass
    /// is due at once.
    pub fn after(now: Timestamp, interval: SignedDuration, report: Option<&Report>) -> Self {
        let at = match report {
            None => later(now, interval.min(AGAIN)),
            Some(report) => {
                let left = !report.problems.is_empty() || report.paused_until.is_some();
                let usual = if left { interval.min(AGAIN) } else { interval };
                let billing = &report.billing;
                let looks = [report.next_look, billing.next_look];
                let looks = looks.into_iter().flatten().filter(|look| *look > now);
                let dates = [report.next_digest, billing.next_invoice];
                let at_once = report.gave_way.then_some(now);
                let soonest = looks
                    .chain(dates.into_iter().flatten())
                    .chain(at_once)
                    .fold(later(now, usual), Timestamp::min);
                report
                    .paused_until
                    .map_or(soonest, |until| soonest.max(until))
            }
        };
        Self {
            decided_at: now,
            at,
        }
    }

    /// Also under a clock that was set back, by which the time could be days ahead.
    pub fn is_due(self, now: Timestamp) -> bool {
        now >= self.at || now < self.decided_at
    }

    pub fn left(self, now: Timestamp) -> Duration {
        if self.is_due(now) {
            return Duration::ZERO;
        }
        Duration::try_from(now.duration_until(self.at)).unwrap_or_default()
    }
}

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.saturating_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: SignedDuration = SignedDuration::from_mins(5);

    fn at(time: &str) -> Timestamp {
        format!("2026-11-23T{time}Z").parse().unwrap()
    }

    #[test]
    fn a_pass_comes_after_the_interval_unless_the_last_one_says_otherwise() {
        let now = at("12:00:00");
        let cases = [
            (None, None, "12:05:00"),
            (Some("12:00:20"), None, "12:00:20"),
            (Some("12:30:00"), None, "12:05:00"),
            // Looked up as soon as possible, and still there: Autotask does not answer.
            (Some("12:00:00"), None, "12:05:00"),
            (Some("11:59:00"), None, "12:05:00"),
            (None, Some("13:00:00"), "13:00:00"),
            (None, Some("12:01:00"), "12:05:00"),
            (Some("12:00:20"), Some("12:01:00"), "12:01:00"),
        ];
        for (look, pause, expected) in cases {
            let report = Report {
                next_look: look.map(at),
                paused_until: pause.map(at),
                ..Report::default()
            };
            let next = NextPass::after(now, INTERVAL, Some(&report));
            assert_eq!(next.at, at(expected), "{look:?} {pause:?}");
        }
    }

    #[test]
    fn a_daily_digest_is_not_late() {
        let now = at("12:00:00");
        for (digest, expected) in [
            ("12:02:00", "12:02:00"),
            ("13:00:00", "12:05:00"),
            // Its time came while the pass was running.
            ("11:59:50", "11:59:50"),
        ] {
            let report = Report {
                next_digest: Some(at(digest)),
                ..Report::default()
            };
            let next = NextPass::after(now, INTERVAL, Some(&report));
            assert_eq!(next.at, at(expected), "{digest}");
        }
    }

    #[test]
    fn what_gave_way_goes_on_at_once() {
        let report = Report {
            gave_way: true,
            ..Report::default()
        };
        let now = at("12:00:00");
        let next = NextPass::after(now, INTERVAL, Some(&report));
        assert!(next.is_due(now));
    }

    #[test]
    fn what_could_not_be_done_is_tried_again_soon_however_seldom_jobs_are_asked_for() {
        let now = at("12:00:00");
        let seldom = SignedDuration::from_hours(24);
        let trouble = Report {
            problems: vec![sync::pass::Problem {
                service: sync::login::Service::CloudDirect,
                code: "not_reachable".to_owned(),
                message: "It cannot be reached.".to_owned(),
            }],
            ..Report::default()
        };
        let paused = |until| Report {
            paused_until: Some(at(until)),
            ..Report::default()
        };
        for (report, expected) in [
            (None, "12:05:00"),
            (Some(trouble), "12:05:00"),
            (Some(paused("12:01:00")), "12:05:00"),
            (Some(paused("13:00:00")), "13:00:00"),
        ] {
            let next = NextPass::after(now, seldom, report.as_ref());
            assert_eq!(next.at, at(expected), "{report:?}");
        }
    }

    #[test]
    fn what_billing_waits_for_is_not_late() {
        let now = at("12:00:00");
        for (invoice, look, expected) in [
            (Some("12:02:00"), None, "12:02:00"),
            (Some("13:00:00"), Some("12:01:00"), "12:01:00"),
            // It came while the pass was running.
            (Some("11:59:50"), None, "11:59:50"),
            (None, Some("11:59:00"), "12:05:00"),
        ] {
            let billing = sync::billing::Report {
                next_invoice: invoice.map(at),
                next_look: look.map(at),
                ..sync::billing::Report::default()
            };
            let report = Report {
                billing: Box::new(billing),
                ..Report::default()
            };
            let next = NextPass::after(now, INTERVAL, Some(&report));
            assert_eq!(next.at, at(expected), "{invoice:?} {look:?}");
        }
    }

    #[test]
    fn a_pass_that_failed_is_followed_by_one_after_the_interval() {
        let next = NextPass::after(at("12:00:00"), INTERVAL, None);
        assert!(!next.is_due(at("12:04:59")));
        assert_eq!(next.left(at("12:04:00")), Duration::from_secs(60));
        assert!(next.is_due(at("12:05:00")));
    }

    #[test]
    fn a_clock_that_is_set_back_makes_the_pass_due() {
        let next = NextPass::after(at("12:00:00"), INTERVAL, None);
        assert!(next.is_due(at("11:59:59")));
        assert_eq!(next.left(at("03:00:00")), Duration::ZERO);
    }
}
