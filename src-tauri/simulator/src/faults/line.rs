//! A fault as a line of text, for the command line. [`FaultSyntax`] says how it is written.

use std::str::FromStr;
use std::time::Duration;

use super::{Fault, Service, What, When};
use crate::autotask::schema::Entity;
use crate::door::PicklistField;

const WHERE_AUTOTASK: [&str; 11] = [
    "zone",
    "version",
    "threshold",
    "entityInformation",
    "fields",
    "query",
    "count",
    "get",
    "create",
    "update",
    "delete",
];

const WHERE_PORTAL: [&str; 4] = ["partner", "organizations", "jobs", "usage"];

/// Why a line is not a fault. The texts are for whoever typed it.
///
/// A line has three words, or two: where, what and how often.
///
/// * *Where*: an entity (`Tickets`, or SOAP's `Ticket`), an operation (`create`), both
///   (`Tickets/create`), or `*` for every call; with `portal:` before it, calls to the portal.
/// * *What*: `delay=500ms`, `drop_late=240s`, `status=503`, `vanish=priority:1`, or one of [`What`]'s other names
///   as JSON has them.
/// * *How often*: `always` if nothing is said, `once`, `every=10` for every tenth call, `p=0.1`
///   for one in ten by chance.
///
/// Case does not matter, and neither does `-` for `_`.
///
/// ```
/// use simulator::{Fault, What, When};
///
/// let fault: Fault = "Tickets/create drop_after every=10".parse()?;
/// assert_eq!((fault.what, fault.when), (What::DropAfter, When::EveryNth(10)));
/// assert!("portal:jobs status=503 p=0.1".parse::<Fault>().is_ok());
/// assert!("Tickets explode".parse::<Fault>().is_err());
/// # Ok::<(), simulator::FaultSyntax>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FaultSyntax {
    #[error(
        "a fault says where, what and how often, like \"Tickets/create drop_after every=10\"; \"{0}\" does not say what"
    )]
    Incomplete(String),
    #[error(
        "\"{word}\" is no place: write an entity like Tickets, an operation ({operations}), both like Tickets/create, \
         or * for every call"
    )]
    Where {
        word: String,
        operations: &'static str,
    },
    #[error(
        "\"{0}\" is nothing that can go wrong: write delay=500ms, drop_before, drop_after, drop_late=240s, truncate, \
         html_page, status=503, login_revoked, user_locked, quota_used_up, thread_limit or vanish=priority:1"
    )]
    What(String),
    #[error("\"{word}\" does not say it right: it is {wanted}")]
    Value { word: String, wanted: &'static str },
    #[error("vanish is for Autotask: the portal has no picklists")]
    PortalWithoutPicklists,
    #[error("\"{0}\" is not how often: write once, always, every=10 or p=0.1")]
    When(String),
    #[error("\"{0}\" is one word too many: a fault has three, without spaces in them")]
    TooLong(String),
}

impl FromStr for Fault {
    type Err = FaultSyntax;

    fn from_str(line: &str) -> Result<Fault, FaultSyntax> {
        let mut words = line.split_whitespace();
        let (Some(place), Some(what)) = (words.next(), words.next()) else {
            return Err(FaultSyntax::Incomplete(line.trim().to_owned()));
        };
        let (service, on) = read_place(place)?;
        let what = read_what(what)?;
        if let (Service::CloudDirect, What::PicklistValueVanishes { .. }) = (service, what) {
            return Err(FaultSyntax::PortalWithoutPicklists);
        }
        let when = words.next().map_or(Ok(When::Always), read_when)?;
        if let Some(word) = words.next() {
            return Err(FaultSyntax::TooLong(word.to_owned()));
        }
        Ok(Fault {
            service,
            on,
            when,
            what,
        })
    }
}

fn read_place(word: &str) -> Result<(Service, Option<String>), FaultSyntax> {
    let (service, on) = match word.split_once(':') {
        Some((prefix, on)) if prefix.eq_ignore_ascii_case("portal") => (Service::CloudDirect, on),
        Some((prefix, on)) if prefix.eq_ignore_ascii_case("autotask") => (Service::Autotask, on),
        Some(_) | None => (Service::Autotask, word),
    };
    if matches!(on, "" | "*") {
        return Ok((service, None));
    }
    let is_operation = |name: &str| {
        let known: &[&str] = match service {
            Service::Autotask => &WHERE_AUTOTASK,
            Service::CloudDirect => &WHERE_PORTAL,
        };
        known.iter().any(|known| known.eq_ignore_ascii_case(name))
    };
    let is_entity = |name: &str| service == Service::Autotask && Entity::by_name(name).is_some();
    let known = match on.split_once('/') {
        Some((entity, operation)) => is_entity(entity) && is_operation(operation),
        None => is_entity(on) || is_operation(on),
    };
    if known {
        return Ok((service, Some(on.to_owned())));
    }
    Err(FaultSyntax::Where {
        word: word.to_owned(),
        operations: match service {
            Service::Autotask => {
                "zone, version, threshold, entityInformation, fields, query, count, get, create, update, delete"
            }
            Service::CloudDirect => "of the portal: partner, organizations, jobs, usage",
        },
    })
}

fn read_what(word: &str) -> Result<What, FaultSyntax> {
    let (name, value) = word.split_once('=').unwrap_or((word, ""));
    let name = name.to_ascii_lowercase().replace('-', "_");
    let wrong = |wanted| FaultSyntax::Value {
        word: word.to_owned(),
        wanted,
    };
    Ok(match (name.as_str(), value) {
        ("drop_before", "") => What::DropBefore,
        ("drop_after", "") => What::DropAfter,
        ("truncate", "") => What::Truncate,
        ("html_page", "") => What::HtmlPage,
        ("login_revoked", "") => What::LoginRevoked,
        ("user_locked", "") => What::UserLocked,
        ("quota_used_up", "") => What::QuotaUsedUp,
        ("thread_limit", "") => What::ThreadLimit,
        ("delay", value) => {
            let delay = read_duration(value);
            What::Delay(delay.ok_or_else(|| wrong("delay=500ms or delay=2s, ten minutes at most"))?)
        }
        ("drop_late", value) => {
            let late = read_duration(value);
            What::DropLate(
                late.ok_or_else(|| {
                    wrong("drop_late=240s or drop_late=500ms, ten minutes at most")
                })?,
            )
        }
        ("status", value) => {
            let status = value
                .parse()
                .ok()
                .filter(|status| (200..=599).contains(status));
            What::Status(status.ok_or_else(|| wrong("status= with a number from 200 to 599"))?)
        }
        ("vanish", value) => {
            let pair = value.split_once(':');
            let pair = pair.and_then(|(field, id)| {
                let field = PicklistField::by_word(&field.replace('-', "_"))?;
                Some((field, id.parse().ok()?))
            });
            let (field, value) = pair.ok_or_else(|| {
                wrong(
                    "vanish=FIELD:ID, the field being queue, priority, status, ticket_category, ticket_type, source, \
                     note_type, publish or contract_category",
                )
            })?;
            What::PicklistValueVanishes { field, value }
        }
        _ => return Err(FaultSyntax::What(word.to_owned())),
    })
}

fn read_duration(text: &str) -> Option<Duration> {
    let text = text.to_ascii_lowercase();
    let delay = match text.strip_suffix("ms") {
        Some(number) => Duration::from_millis(number.parse().ok()?),
        None => Duration::from_secs(text.strip_suffix('s')?.parse().ok()?),
    };
    (delay <= Duration::from_mins(10)).then_some(delay)
}

fn read_when(word: &str) -> Result<When, FaultSyntax> {
    let (name, value) = word.split_once('=').unwrap_or((word, ""));
    let wrong = |wanted| FaultSyntax::Value {
        word: word.to_owned(),
        wanted,
    };
    match (name.to_ascii_lowercase().as_str(), value) {
        ("once", "") => Ok(When::Once),
        ("always", "") => Ok(When::Always),
        ("every", value) => {
            let n = value.parse().ok().filter(|n| *n > 0);
            n.map(When::EveryNth)
                .ok_or_else(|| wrong("every= with a whole number from 1"))
        }
        ("p", value) => {
            let p = value.parse().ok().filter(|p| (0.0..=1.0).contains(p));
            p.map(When::Probability)
                .ok_or_else(|| wrong("p= with a number from 0 to 1"))
        }
        _ => Err(FaultSyntax::When(word.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(service: Service, on: Option<&str>, when: When, what: What) -> Fault {
        Fault {
            service,
            on: on.map(str::to_owned),
            when,
            what,
        }
    }

    #[test]
    fn a_line_says_where_what_and_how_often() {
        use Service::{Autotask, CloudDirect};
        let status = What::Status;
        let vanish = |field, value| What::PicklistValueVanishes { field, value };
        let delay = |milliseconds| What::Delay(Duration::from_millis(milliseconds));
        let cases = [
            (
                "Tickets/create drop_after every=10",
                fault(
                    Autotask,
                    Some("Tickets/create"),
                    When::EveryNth(10),
                    What::DropAfter,
                ),
            ),
            (
                "  ticket   drop-before\tonce ",
                fault(Autotask, Some("ticket"), When::Once, What::DropBefore),
            ),
            (
                "create drop-late=240s",
                fault(
                    Autotask,
                    Some("create"),
                    When::Always,
                    What::DropLate(Duration::from_secs(240)),
                ),
            ),
            (
                "* truncate",
                fault(Autotask, None, When::Always, What::Truncate),
            ),
            (
                "autotask:Companies/QUERY HTML_PAGE always",
                fault(
                    Autotask,
                    Some("Companies/QUERY"),
                    When::Always,
                    What::HtmlPage,
                ),
            ),
            (
                "portal:jobs status=503 p=0.1",
                fault(
                    CloudDirect,
                    Some("jobs"),
                    When::Probability(0.1),
                    status(503),
                ),
            ),
            (
                "portal:* delay=2s",
                fault(CloudDirect, None, When::Always, delay(2_000)),
            ),
            (
                "zone delay=15ms P=1",
                fault(Autotask, Some("zone"), When::Probability(1.0), delay(15)),
            ),
            (
                "threshold login_revoked",
                fault(
                    Autotask,
                    Some("threshold"),
                    When::Always,
                    What::LoginRevoked,
                ),
            ),
            (
                "update user-locked",
                fault(Autotask, Some("update"), When::Always, What::UserLocked),
            ),
            (
                "get quota_used_up",
                fault(Autotask, Some("get"), When::Always, What::QuotaUsedUp),
            ),
            (
                "count thread_limit",
                fault(Autotask, Some("count"), When::Always, What::ThreadLimit),
            ),
            (
                "Tickets/create vanish=priority:1 once",
                fault(
                    Autotask,
                    Some("Tickets/create"),
                    When::Once,
                    vanish(PicklistField::Priority, 1),
                ),
            ),
            (
                "* vanish=Note-Type:3",
                fault(
                    Autotask,
                    None,
                    When::Always,
                    vanish(PicklistField::NoteType, 3),
                ),
            ),
        ];
        for (line, expected) in cases {
            assert_eq!(line.parse::<Fault>(), Ok(expected), "{line}");
        }
    }

    #[test]
    fn a_line_that_is_wrong_is_answered_with_what_would_be_right() {
        let cases = [
            ("", "does not say what"),
            ("Tickets", "\"Tickets\" does not say what"),
            (
                "Tickts drop_after",
                "\"Tickts\" is no place: write an entity like Tickets",
            ),
            ("Tickets/make drop_after", "\"Tickets/make\" is no place"),
            (
                "create/Tickets drop_after",
                "\"create/Tickets\" is no place",
            ),
            ("drop_after every=10", "\"drop_after\" is no place"),
            (
                "portal:Tickets status=503",
                "of the portal: partner, organizations, jobs, usage",
            ),
            ("partner status=503", "\"partner\" is no place"),
            (
                "Tickets explode",
                "\"explode\" is nothing that can go wrong",
            ),
            (
                "Tickets drop_after=3",
                "\"drop_after=3\" is nothing that can go wrong",
            ),
            ("Tickets status", "status= with a number from 200 to 599"),
            ("Tickets status=99", "status= with a number from 200 to 599"),
            ("Tickets delay=5", "delay=500ms or delay=2s"),
            ("Tickets delay=11000s", "ten minutes at most"),
            ("Tickets drop_late", "drop_late=240s or drop_late=500ms"),
            ("Tickets vanish=colour:1", "vanish=FIELD:ID"),
            ("Tickets vanish=queue", "vanish=FIELD:ID"),
            (
                "Tickets truncate sometimes",
                "\"sometimes\" is not how often",
            ),
            (
                "Tickets truncate every=0",
                "every= with a whole number from 1",
            ),
            ("Tickets truncate p=1.5", "p= with a number from 0 to 1"),
            ("Tickets truncate p=NaN", "p= with a number from 0 to 1"),
            (
                "Tickets truncate once more",
                "\"more\" is one word too many",
            ),
        ];
        for (line, part) in cases {
            let error = line.parse::<Fault>().unwrap_err().to_string();
            assert!(error.contains(part), "{line:?}: {error}");
        }
    }

    #[test]
    fn the_operations_that_a_message_lists_are_the_known_ones() {
        for (line, known) in [
            ("nowhere truncate", &WHERE_AUTOTASK[..]),
            ("portal:nowhere truncate", &WHERE_PORTAL),
        ] {
            let error = line.parse::<Fault>().unwrap_err().to_string();
            for operation in known {
                assert!(error.contains(operation), "{operation}: {error}");
            }
        }
    }
}
