//! The status in words: the tray's first line, and the line at the top of the window.
//!
//! Pure: what is stored, what is being done at this moment and the time make the view.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use sync::alerts::Blocked;
use sync::pass::Progress;
use sync::status::{State, Status};

use crate::view::{BillingProgress, StatusState, StatusView};

/// What the app is doing besides what the store says.
#[derive(Debug, Clone, Default)]
pub struct Doing {
    /// Set while a pass runs; `Some(None)` before it has reported anything.
    pub pass: Option<Option<Progress>>,
    /// Set while usage is posted, read back or corrected.
    pub billing: Option<BillingProgress>,
    /// How the last pass failed, in a few words; `None` after one that went well.
    pub failure: Option<String>,
}

/// `zone` is the computer's: a person compares the time with the clock in the corner.
pub fn view(stored: &Status, doing: &Doing, now: Timestamp, zone: &TimeZone) -> StatusView {
    let (state, text) = match (&stored.state, doing.words()) {
        (State::NotSetUp, _) => (StatusState::NotSetUp, "Not set up yet".to_owned()),
        (State::LoginRefused, _) => (
            StatusState::LoginRefused,
            "Login refused: nothing is sent until Credentials have been tested again".to_owned(),
        ),
        (State::Paused(None), _) => (StatusState::Paused, "Paused until resumed".to_owned()),
        (State::Paused(Some(until)), _) => (
            StatusState::Paused,
            format!("Paused until {}", clock_time(*until, now, zone)),
        ),
        (State::UpToDate | State::NeedsAttention, Some(working)) => (StatusState::Working, working),
        (State::UpToDate, None) => match &doing.failure {
            Some(failure) => (StatusState::NeedsAttention, failure.clone()),
            None => match stored.throttled_until {
                Some(until) => (
                    StatusState::UpToDate,
                    format!(
                        "Autotask asked for a pause until {}",
                        clock_time(until, now, zone)
                    ),
                ),
                None => (StatusState::UpToDate, up_to_date(stored, now, zone)),
            },
        },
        (State::NeedsAttention, None) => (
            StatusState::NeedsAttention,
            match (&doing.failure, stored.needs_attention) {
                (Some(failure), _) => failure.clone(),
                (None, 0) if stored.needs_review > 0 => needs_review(stored.needs_review),
                (None, 0) => blocked(&stored.blocked),
                (None, count) => needs_attention(count),
            },
        ),
    };
    let paused_until = match stored.state {
        State::Paused(until) => until,
        State::NotSetUp | State::UpToDate | State::NeedsAttention | State::LoginRefused => None,
    };
    StatusView {
        state,
        text,
        last_sync: stored.last_sync.map(|at| at.to_string()),
        paused_until: paused_until.map(|until| until.to_string()),
        waiting: clamped(stored.waiting),
        needs_attention: clamped(stored.needs_attention),
        needs_review: clamped(stored.needs_review),
        to_approve: clamped(stored.to_approve),
    }
}

impl Doing {
    /// What is being done; `None`: nothing.
    fn words(&self) -> Option<String> {
        if let Some(billing) = &self.billing {
            return Some(billing.text.clone());
        }
        let pass = self.pass.as_ref()?;
        Some(
            pass.as_ref()
                .map_or_else(|| "Working".to_owned(), ToString::to_string),
        )
    }
}

fn up_to_date(stored: &Status, now: Timestamp, zone: &TimeZone) -> String {
    let last = match stored.last_sync {
        Some(at) => format!("Up to date, last sync {}", clock_time(at, now, zone)),
        None => "Ready, no sync yet".to_owned(),
    };
    match stored.waiting {
        0 => last,
        1 => format!("{last}, 1 posting waits"),
        waiting => format!("{last}, {waiting} postings wait"),
    }
}

pub fn needs_attention(count: u64) -> String {
    match count {
        1 => "1 posting needs attention".to_owned(),
        count => format!("{count} postings need attention"),
    }
}

fn needs_review(count: u64) -> String {
    match count {
        1 => "1 line of billing needs review".to_owned(),
        count => format!("{count} lines of billing need review"),
    }
}

/// Why tickets wait: what keeps all of them is told once.
fn blocked(rows: &[Blocked]) -> String {
    match rows {
        [] => "Tickets wait".to_owned(),
        [first, others @ ..] => {
            let reason = short(&first.reason);
            if others.iter().all(|other| other.reason == first.reason) {
                reason
            } else {
                format!("{reason}, and other rows wait as well")
            }
        }
    }
}

/// The time of day, with the date unless it is today's.
pub fn clock_time(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let at = at.to_zoned_datetime(zone.clone());
    if at.date() == now.to_zoned_datetime(zone.clone()).date() {
        at.strftime("%H:%M").to_string()
    } else {
        at.strftime("%Y-%m-%d %H:%M").to_string()
    }
}

/// The first sentence of a message, for a line in a menu.
pub fn short(message: &str) -> String {
    let end = message.find(". ").unwrap_or(message.len());
    message[..end].trim_end_matches('.').to_owned()
}

pub fn clamped(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use sync::alerts::Kind;

    use super::*;

    fn status(state: State) -> Status {
        Status {
            state,
            last_sync: Some(at("2026-11-23T13:02:10Z")),
            waiting: 0,
            needs_attention: 0,
            needs_review: 0,
            to_approve: 0,
            done: 7,
            blocked: Vec::new(),
            throttled_until: None,
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn text(stored: &Status, doing: &Doing) -> (StatusState, String) {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let view = view(stored, doing, at("2026-11-23T18:00:00Z"), &zone);
        (view.state, view.text)
    }

    #[test]
    fn up_to_date_says_when_in_the_computers_time() {
        let (state, text) = text(&status(State::UpToDate), &Doing::default());
        assert_eq!(state, StatusState::UpToDate);
        assert_eq!(text, "Up to date, last sync 14:02");
    }

    #[test]
    fn a_sync_of_another_day_has_its_date() {
        let mut stored = status(State::UpToDate);
        stored.last_sync = Some(at("2026-11-21T13:02:00Z"));
        assert_eq!(
            text(&stored, &Doing::default()).1,
            "Up to date, last sync 2026-11-21 14:02"
        );
    }

    #[test]
    fn what_waits_is_told_beside_the_time() {
        let mut stored = status(State::UpToDate);
        stored.waiting = 12;
        assert_eq!(
            text(&stored, &Doing::default()).1,
            "Up to date, last sync 14:02, 12 postings wait"
        );
    }

    #[test]
    fn a_running_pass_says_how_far_it_is() {
        let doing = Doing {
            pass: Some(Some(Progress::Sending {
                done: 12,
                left: 40,
                takes: autotask::Estimate {
                    calls: 44,
                    duration: std::time::Duration::from_secs(20),
                },
            })),
            failure: Some("Autotask cannot be reached".to_owned()),
            ..Doing::default()
        };
        assert_eq!(
            text(&status(State::UpToDate), &doing),
            (
                StatusState::Working,
                "Sending tickets: 12 done, 40 left (44 calls, about 20 seconds)".to_owned()
            )
        );
    }

    #[test]
    fn usage_that_is_being_posted_is_told_before_a_pass_that_waits_for_it() {
        let doing = Doing {
            pass: Some(None),
            billing: Some(BillingProgress {
                text: "Posting usage: 3 done, 9 left".to_owned(),
                done: 3,
                left: Some(9),
            }),
            failure: None,
        };
        assert_eq!(
            text(&status(State::NeedsAttention), &doing),
            (
                StatusState::Working,
                "Posting usage: 3 done, 9 left".to_owned()
            )
        );
    }

    #[test]
    fn reading_jobs_before_options_are_saved_is_still_not_set_up() {
        let doing = Doing {
            pass: Some(Some(Progress::ReadingJobs { received: 40 })),
            ..Doing::default()
        };
        assert_eq!(
            text(&status(State::NotSetUp), &doing),
            (StatusState::NotSetUp, "Not set up yet".to_owned())
        );
    }

    #[test]
    fn a_refused_login_outranks_everything() {
        let doing = Doing {
            pass: Some(None),
            failure: Some("x".to_owned()),
            ..Doing::default()
        };
        assert_eq!(
            text(&status(State::LoginRefused), &doing).0,
            StatusState::LoginRefused
        );
    }

    #[test]
    fn a_pass_that_failed_is_not_called_up_to_date() {
        let doing = Doing {
            failure: Some("Cloud Direct cannot be reached".to_owned()),
            ..Doing::default()
        };
        assert_eq!(
            text(&status(State::UpToDate), &doing),
            (
                StatusState::NeedsAttention,
                "Cloud Direct cannot be reached".to_owned()
            )
        );
    }

    #[test]
    fn rows_that_cannot_be_used_are_told_with_the_reason() {
        let row = |row, reason: &str| Blocked {
            row,
            reason: format!("{reason}. Choose another in Options."),
        };
        let mut stored = status(State::NeedsAttention);
        stored.blocked = vec![row(Kind::Error, "The queue is gone")];
        let said = |stored: &Status| text(stored, &Doing::default());
        assert_eq!(
            said(&stored),
            (StatusState::NeedsAttention, "The queue is gone".to_owned())
        );
        stored.blocked.push(row(Kind::Success, "The queue is gone"));
        assert_eq!(said(&stored).1, "The queue is gone");
        stored
            .blocked
            .push(row(Kind::Digest, "The priority is gone"));
        assert_eq!(
            said(&stored).1,
            "The queue is gone, and other rows wait as well"
        );
        stored.needs_review = 1;
        assert_eq!(said(&stored).1, "1 line of billing needs review");
        stored.needs_attention = 2;
        assert_eq!(said(&stored).1, "2 postings need attention");
    }

    #[test]
    fn a_menu_line_is_the_first_sentence_of_a_message() {
        assert_eq!(
            short("autotask.net cannot be reached (no route). Check the network."),
            "autotask.net cannot be reached (no route)"
        );
        assert_eq!(short("The disk is full."), "The disk is full");
    }

    #[test]
    fn a_pause_says_until_when() {
        assert_eq!(
            text(
                &status(State::Paused(Some(at("2026-11-23T19:30:00Z")))),
                &Doing::default()
            )
            .1,
            "Paused until 20:30"
        );
        assert_eq!(
            text(&status(State::Paused(None)), &Doing::default()).1,
            "Paused until resumed"
        );
    }
}
