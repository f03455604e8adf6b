//! Where a ticket carries its key.
//!
//! In `ExternalID`, if the tenant keeps it. Some tenants' ticket categories hide the field, and what is
//! sent in it is gone; workflow rules of others write something else into it. That comes out with the test
//! ticket, or with the first tickets whose numbers are read. Unless it is known to be kept, the key stands
//! in the last line of the description as well, and is looked for there, too: a key that is looked for in
//! two places is never missed. Once it is known not to be kept, that stays so until a test ticket shows
//! that it is kept. What is older than this knowledge is looked for in both places all the same, if there
//! is a ticket whose key stands in its description alone, or may be: it may have been sent while the field
//! was hidden, and its answer lost, or by an installation before this one.

use std::collections::HashSet;

use autotask::{Client, DESCRIPTION_MAX, Filter, Query, Ticket, text};
use cloud_direct::Job;
use jiff::{SignedDuration, Timestamp};

use super::verdict::{Verdict, verdict};
use crate::{
    login::Service,
    plan::{self, REFERENCE},
    store::{Store, StoreError},
};

/// What a person is told.
pub(crate) const NOT_KEPT: &str = "Autotask did not keep the ExternalID of a ticket as it was sent: its \
    ticket category hides the field, or a workflow rule changes it. From now on the app writes its key \
    into the last line of the description as well, and finds tickets by that. Leave the line there.";

/// So many tickets go out at first, until their numbers show whether the field is kept: a text is searched
/// for one by one on the other side, and a line that is not needed shall not stand in many tickets.
pub(crate) const FIRST_TICKETS: usize = 20;

/// So many tickets are looked at for a key that stands in the description alone; if there are more, there
/// may be one.
const LOOKED_AT: usize = 100;

/// Autotask's clock may differ by so much from that of the source, which says when a job ended.
const JOBS_DIFFER: SignedDuration = SignedDuration::from_hours(24);
/// What is said to have begun longer before its end is not looked for all that time.
const LONGEST_JOB: SignedDuration = SignedDuration::from_hours(31 * 24);
/// And by so much from a computer's own, which says when the turn of a digest or a test ticket has come.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The description with the key in its last line, at most as long as Autotask takes it.
pub(crate) fn marked(description: &str, key: &str) -> String {
    let line = format!("\n\n{REFERENCE}{key}");
    let room = DESCRIPTION_MAX - text::length(&line);
    format!("{}{line}", text::cut(description, room))
}

/// Which of these keys a ticket carries, in either place: what is in the other may be another's.
pub(crate) fn key_among<'a>(ticket: &Ticket, keys: &HashSet<&'a str>) -> Option<&'a str> {
    let places = [ticket.external_id.as_deref(), key_in_description(ticket)];
    let mut places = places.into_iter().flatten();
    places.find_map(|place| keys.get(place).copied())
}

fn key_in_description(ticket: &Ticket) -> Option<&str> {
    ticket.description.as_deref().and_then(last_line)
}

/// The key in the last line of a text.
pub(crate) fn last_line(text: &str) -> Option<&str> {
    let last = text.trim_end().lines().next_back()?;
    last.trim()
        .strip_prefix(REFERENCE.trim_end())
        .map(str::trim)
        .filter(|key| !key.is_empty())
}

/// Asks for the tickets with these keys in `ExternalID`.
pub(crate) fn by_external_id<'a>(keys: impl IntoIterator<Item = &'a str>) -> Query {
    Query::new()
        .filter(Filter::one_of("externalID", keys))
        .fields(&["externalID"])
}

/// A ticket has shown that `ExternalID` is kept. Finds out whether others have their key in the description
/// alone; if it cannot, they may.
pub(crate) async fn is_kept(
    store: &Store,
    client: &Client,
    now: Timestamp,
) -> Result<(), StoreError> {
    let others = match store.external_id_kept()? {
        Some(true) => return Ok(()),
        Some(false) => true,
        None if store.counts()?.unclear > 0 => true,
        None => {
            let alerts = store.settings()?.alerts;
            let first = alerts.and_then(|alerts| alerts.jobs_since).unwrap_or(now);
            let query = Query::new()
                .filter(Filter::gte("createDate", earliest(first, now)))
                .filter(Filter::contains(
                    "description",
                    format!("{REFERENCE}{}", plan::KEYS_BEGIN),
                ))
                .fields(&["externalID", "description"])
                .limit(LOOKED_AT);
            let in_both =
                |ticket: &Ticket| ticket.external_id.as_deref() == key_in_description(ticket);
            let found = client.query_all::<Ticket>(query).await;
            // From now on the client says nothing more, whoever asks.
            if let Err(error) = &found
                && matches!(verdict(error), Verdict::Stop)
            {
                store.login_refused(Service::Autotask, &error.to_string(), now)?;
            }
            found.map_or(true, |tickets| {
                tickets.len() == LOOKED_AT || !tickets.iter().all(in_both)
            })
        }
    };
    store.external_id_is_kept(others.then_some(now))
}

/// A ticket is no older than that, whatever clock said when its reason occurred. `known`: since when, or now.
pub(crate) fn earliest(occurred_at: Timestamp, known: Timestamp) -> Timestamp {
    before(occurred_at.min(known), CLOCKS_DIFFER)
}

/// A job's ticket is no older than that. It may be dated in the future; and its end may have been reported as
/// an earlier one when the ticket was made, but not as one before it began.
pub(crate) fn earliest_of_job(job: &Job, ended: Timestamp, known: Timestamp) -> Timestamp {
    let began = job.started_at.unwrap_or(ended);
    let began = began.max(before(ended, LONGEST_JOB));
    before(began.min(ended).min(known), JOBS_DIFFER)
}

fn before(at: Timestamp, margin: SignedDuration) -> Timestamp {
    at.checked_sub(margin).unwrap_or(at)
}

/// When it is certainly later than that by the clocks of all computers.
pub(crate) fn by_any_clock(at: Timestamp) -> Timestamp {
    at.saturating_add(CLOCKS_DIFFER).unwrap_or(Timestamp::MAX)
}

/// Asks for the tickets with these keys in the description, none of them older than `since`: texts are
/// searched through one by one on the other side.
pub(crate) fn by_description<'a>(
    keys: impl IntoIterator<Item = &'a str>,
    since: Timestamp,
) -> Query {
    let keys = keys
        .into_iter()
        .map(|key| Filter::contains("description", format!("{REFERENCE}{key}")))
        .collect();
    Query::new()
        .filter(Filter::gte("createDate", since))
        .filter(Filter::or(keys))
        .fields(&["externalID", "description"])
}

#[cfg(test)]
mod tests {
    use cloud_direct::Outcome;

    use super::*;
    use crate::examples::{self, at};

    fn ticket(external_id: Option<&str>, description: &str) -> Ticket {
        Ticket {
            id: 1,
            number: "T20261123.0001".to_owned(),
            company_id: 1,
            title: "Backup failed".to_owned(),
            description: Some(description.to_owned()),
            status: 1,
            priority: 1,
            queue_id: None,
            due: None,
            external_id: external_id.map(str::to_owned),
            created: None,
            completed: None,
            last_activity: None,
            assigned_resource_id: None,
            creator_resource_id: None,
        }
    }

    #[test]
    fn a_jobs_ticket_is_looked_for_from_the_jobs_beginning_and_not_from_long_before_its_end() {
        let table = [
            (None, "2026-11-22T12:00:00Z", "2026-11-21T12:00:00Z"),
            (
                Some("2026-11-22T11:00:00Z"),
                "2026-11-22T12:00:00Z",
                "2026-11-21T11:00:00Z",
            ),
            // It ran for days, or its end is reported later than it was.
            (
                Some("2026-11-19T12:00:00Z"),
                "2026-11-22T12:00:00Z",
                "2026-11-18T12:00:00Z",
            ),
            (
                Some("1970-01-01T00:00:00Z"),
                "2026-11-22T12:00:00Z",
                "2026-10-21T12:00:00Z",
            ),
            // Dates of the future.
            (None, "2027-11-22T12:00:00Z", "2026-11-22T12:00:00Z"),
            (
                Some("2026-11-25T12:00:00Z"),
                "2026-11-22T12:00:00Z",
                "2026-11-21T12:00:00Z",
            ),
        ];
        for (began, ended, expected) in table {
            let job = Job {
                started_at: began.map(at),
                ..examples::job("org-0001", "a", Outcome::Error, ended)
            };
            let since = earliest_of_job(&job, at(ended), at("2026-11-23T12:00:00Z"));
            assert_eq!(since, at(expected), "{began:?} {ended}");
        }
    }

    #[test]
    fn a_key_is_found_where_it_was_put() {
        let marked = marked("The disk is full.", "event-1");
        assert_eq!(marked, "The disk is full.\n\nReference: event-1");
        let keys = HashSet::from(["event-1", "event-2"]);
        for (external_id, description, key) in [
            (Some("event-2"), marked.as_str(), Some("event-2")),
            (Some("written by a rule"), &marked, Some("event-1")),
            (Some("written by a rule"), "Text.", None),
            (None, &marked, Some("event-1")),
            (None, "Text.\n\nReference: event-1\r\n  \n", Some("event-1")),
            (None, "Reference: event-1\n\nSomebody wrote below.", None),
            (None, "Text.\nReference:", None),
            (None, "", None),
        ] {
            assert_eq!(
                key_among(&ticket(external_id, description), &keys),
                key,
                "{description:?}"
            );
        }
    }

    proptest::proptest! {
        /// However long the text: the key is there, whole.
        #[test]
        fn a_marked_text_fits_and_keeps_its_key(text in "\\PC{0,50}", times in 0_usize..400) {
            let marked = marked(&text.repeat(times), "event-0123456789abcdef");
            proptest::prop_assert!(text::length(&marked) <= DESCRIPTION_MAX);
            let ticket = ticket(None, &marked);
            let key = key_in_description(&ticket);
            proptest::prop_assert_eq!(key, Some("event-0123456789abcdef"));
        }
    }
}
