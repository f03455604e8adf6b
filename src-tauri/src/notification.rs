//! What the desktop shows beside the window, in words. Pure.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use sync::attention::Tell;

use crate::status::{clock_time, needs_attention};
use crate::view::ScreenName;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    pub title: String,
    pub text: String,
    /// Where a click on it leads; `None`: to the window as it is.
    pub opens: Option<ScreenName>,
}

/// Reasons that are told in full.
const REASONS: usize = 2;

impl Notification {
    /// Under the app's own name.
    pub fn of_the_app(demo: bool, text: impl Into<String>) -> Self {
        Self {
            title: crate::name(demo).to_owned(),
            text: text.into(),
            opens: None,
        }
    }

    /// `failure` is why the last sync failed. `zone` is the computer's.
    pub fn of(
        tell: &Tell,
        demo: bool,
        failure: Option<&str>,
        now: Timestamp,
        zone: &TimeZone,
    ) -> Self {
        match tell {
            Tell::LoginRefused(_, said) => Self {
                title: "Login refused".to_owned(),
                text: format!(
                    "{said} Nothing is sent until the login has been tested again on Credentials."
                )
                .trim_start()
                .to_owned(),
                opens: Some(ScreenName::Credentials),
            },
            Tell::Postings(count) => Self {
                opens: Some(ScreenName::Activity),
                ..Self::of_the_app(
                    demo,
                    format!("{}. Activity says why.", needs_attention(*count)),
                )
            },
            Tell::Billing(count) => Self {
                opens: Some(ScreenName::Billing),
                ..Self::of_the_app(demo, billing(*count))
            },
            Tell::Blocked(reasons) => Self {
                title: "Tickets wait".to_owned(),
                text: blocked(reasons),
                opens: Some(ScreenName::Options),
            },
            Tell::Notice(text) => Self {
                opens: Some(ScreenName::Activity),
                ..Self::of_the_app(demo, text.as_str())
            },
            Tell::NothingSynced(since) => Self {
                title: "Nothing synced for a day".to_owned(),
                text: nothing_synced(*since, failure, now, zone),
                opens: Some(ScreenName::Activity),
            },
        }
    }
}

fn billing(count: u64) -> String {
    let lines = match count {
        1 => "1 line of billing waits".to_owned(),
        count => format!("{count} lines of billing wait"),
    };
    format!("{lines} for a decision. Billing says which.")
}

fn blocked(reasons: &[String]) -> String {
    let told = reasons.len().min(REASONS);
    let mut text = reasons.iter().take(told).cloned().collect::<Vec<_>>();
    match reasons.len() - told {
        0 => {}
        1 => text.push("1 more row waits.".to_owned()),
        more => text.push(format!("{more} more rows wait.")),
    }
    text.join(" ")
}

fn nothing_synced(
    since: Option<Timestamp>,
    failure: Option<&str>,
    now: Timestamp,
    zone: &TimeZone,
) -> String {
    let last = match since {
        Some(since) => format!("The last sync was at {}.", clock_time(since, now, zone)),
        None => "There has been none since it was set up.".to_owned(),
    };
    match failure {
        Some(failure) => format!("{last} {failure}."),
        None => last,
    }
}

#[cfg(test)]
mod tests {
    use sync::login::Service;

    use super::*;

    #[test]
    fn each_thing_to_tell_says_what_to_do_and_leads_to_its_screen() {
        let now = "2026-11-23T13:00:00Z".parse().unwrap();
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let reason = |row| format!("The queue of {row} has gone. Choose another in Options.");
        let table = [
            (
                Tell::LoginRefused(Service::Autotask, "Autotask refused the login.".to_owned()),
                "Login refused",
                "Autotask refused the login. Nothing is sent until the login has been tested again on \
                 Credentials.",
                ScreenName::Credentials,
            ),
            (
                Tell::Postings(1),
                "Autotask Integration",
                "1 posting needs attention. Activity says why.",
                ScreenName::Activity,
            ),
            (
                Tell::Postings(12),
                "Autotask Integration",
                "12 postings need attention. Activity says why.",
                ScreenName::Activity,
            ),
            (
                Tell::Billing(1),
                "Autotask Integration",
                "1 line of billing waits for a decision. Billing says which.",
                ScreenName::Billing,
            ),
            (
                Tell::Billing(3),
                "Autotask Integration",
                "3 lines of billing wait for a decision. Billing says which.",
                ScreenName::Billing,
            ),
            (
                Tell::Blocked(vec![reason("Error")]),
                "Tickets wait",
                "The queue of Error has gone. Choose another in Options.",
                ScreenName::Options,
            ),
            (
                Tell::Blocked(vec![reason("Error"), reason("Warning"), reason("Success")]),
                "Tickets wait",
                "The queue of Error has gone. Choose another in Options. The queue of Warning has gone. \
                 Choose another in Options. 1 more row waits.",
                ScreenName::Options,
            ),
            (
                Tell::NothingSynced(Some("2026-11-22T13:02:00Z".parse().unwrap())),
                "Nothing synced for a day",
                "The last sync was at 2026-11-22 14:02. Cloud Direct cannot be reached.",
                ScreenName::Activity,
            ),
            (
                Tell::Notice(
                    "Autotask has two tickets for the same job or day: T1 and T2.".to_owned(),
                ),
                "Autotask Integration",
                "Autotask has two tickets for the same job or day: T1 and T2.",
                ScreenName::Activity,
            ),
            (
                Tell::NothingSynced(None),
                "Nothing synced for a day",
                "There has been none since it was set up. Cloud Direct cannot be reached.",
                ScreenName::Activity,
            ),
        ];
        let failure = Some("Cloud Direct cannot be reached");
        for (tell, title, text, opens) in table {
            let expected = Notification {
                title: title.to_owned(),
                text: text.to_owned(),
                opens: Some(opens),
            };
            assert_eq!(
                Notification::of(&tell, false, failure, now, &zone),
                expected
            );
        }
    }
}
