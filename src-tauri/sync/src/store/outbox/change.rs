//! What happens to postings. [`Store::record`] makes every change but the marking before a send,
//! together with its line in the ledger.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Transaction, params};

use super::turn::OnTicket;
use crate::{
    alerts::Kind,
    backoff,
    outbox::{Change, State, next},
    plan::Said,
    store::{
        Store, StoreError, from_word,
        ledger::{self, Line, What},
        micros, moment, settings,
    },
};

/// A ticket that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Made {
    pub ticket_id: i64,
    pub key: String,
    pub occurred_at: Timestamp,
}

/// What a posting is sent with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    pub id: i64,
    pub account: i64,
    pub account_name: String,
    /// Of a ticket.
    pub priority: Option<i64>,
    pub queue: Option<i64>,
    pub due: Option<Timestamp>,
}

/// A test ticket to be kept before it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TestPosting {
    pub key: String,
    pub title: String,
    pub description: String,
    pub account: i64,
    pub account_name: String,
    pub priority: i64,
    pub queue: i64,
    pub due: Timestamp,
}

/// A change of one posting, with what is known through it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    pub id: i64,
    pub change: Change,
    pub ticket_id: Option<i64>,
    pub ticket_number: Option<String>,
    pub account: Option<i64>,
    pub note_id: Option<i64>,
    /// The ticket that was found says less than is known of the job by now.
    pub said: Option<Said>,
    /// Code and sentence. `None` clears what was there.
    pub error: Option<(String, String)>,
    pub next_attempt_at: Option<Timestamp>,
}

impl Record {
    pub fn new(id: i64, change: Change) -> Self {
        Self {
            id,
            change,
            ticket_id: None,
            ticket_number: None,
            account: None,
            note_id: None,
            said: None,
            error: None,
            next_attempt_at: None,
        }
    }

    pub fn created(id: i64, ticket_id: i64) -> Self {
        Self {
            ticket_id: Some(ticket_id),
            ..Self::new(id, Change::Created)
        }
    }

    pub fn found(id: i64, ticket_id: i64, number: Option<String>, account: Option<i64>) -> Self {
        Self {
            ticket_id: Some(ticket_id),
            ticket_number: number,
            account,
            ..Self::new(id, Change::Found)
        }
    }

    /// A note that was made, or was found; it is on this ticket.
    pub fn noted(id: i64, change: Change, note_id: i64, on: &OnTicket) -> Self {
        Self {
            ticket_id: Some(on.id),
            ticket_number: on.number.clone(),
            note_id: Some(note_id),
            ..Self::new(id, change)
        }
    }

    #[must_use]
    pub fn saying(mut self, said: Option<Said>) -> Self {
        self.said = said;
        self
    }

    #[must_use]
    pub fn because(mut self, code: &str, text: &str) -> Self {
        self.error = Some((code.to_owned(), text.to_owned()));
        self
    }

    #[must_use]
    pub fn not_before(mut self, at: Timestamp) -> Self {
        self.next_attempt_at = Some(at);
        self
    }
}

impl Store {
    /// Marks postings as sending, before their request leaves. Leaves out those that are no longer
    /// planned, whose organization has another account by now, or whose alert row has been switched off;
    /// gives back the ids that are marked.
    pub(crate) fn mark_sending(
        &self,
        outgoing: &[Outgoing],
        now: Timestamp,
    ) -> Result<Vec<i64>, StoreError> {
        self.write(|transaction| {
            let alerts = settings::alerts(transaction)?;
            let mut marked = Vec::new();
            for posting in outgoing {
                let planned: Option<(String, String)> = transaction
                    .prepare_cached(
                        "SELECT p.state, p.alert FROM posting p
                             JOIN mapping m ON m.organization_id = p.organization_id
                         WHERE p.id = ?1 AND m.account = ?2 AND m.account_active
                             AND m.excluded IS NULL",
                    )?
                    .query_row(params![posting.id, posting.account], |row| {
                        Ok((row.get(0)?, row.get(1)?))
                    })
                    .optional()?;
                let Some((state, alert)) = planned else {
                    continue;
                };
                let alert: Kind = from_word("a posting's alert", alert)?;
                if alerts
                    .as_ref()
                    .is_some_and(|alerts| !alerts.row(alert).enabled)
                {
                    continue;
                }
                let state: State = from_word("a posting's state", state)?;
                let Some(next) = next(state, Change::Claimed) else {
                    continue;
                };
                transaction
                    .prepare_cached(
                        "UPDATE posting SET state = ?2, changed_at = ?3,
                             attempts = attempts + 1, account = ?4, account_name = ?5,
                             priority = ?6, queue = ?7, due = ?8
                         WHERE id = ?1",
                    )?
                    .execute(params![
                        posting.id,
                        next.name(),
                        micros(now),
                        posting.account,
                        posting.account_name,
                        posting.priority,
                        posting.queue,
                        posting.due.map(micros)
                    ])?;
                marked.push(posting.id);
            }
            Ok(marked)
        })
    }

    /// What is planned for this account waits until then, and says why.
    pub(crate) fn hold_up(
        &self,
        account: i64,
        error: &autotask::Error,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction
                .prepare_cached(
                    "UPDATE posting INDEXED BY posting_open
                     SET next_attempt_at = max(next_attempt_at, ?2), error_code = ?3, error = ?4
                     WHERE state = 'planned' AND state <> 'done' AND organization_id IN
                         (SELECT organization_id FROM mapping WHERE account = ?1)",
                )?
                .execute(params![
                    account,
                    micros(until),
                    error.code(),
                    error.to_string()
                ])?;
            Ok(())
        })
    }

    /// Makes the changes, all or nothing, each with its line in the ledger.
    pub(crate) fn record(&self, records: &[Record], now: Timestamp) -> Result<(), StoreError> {
        if records.is_empty() {
            return Ok(());
        }
        self.write(|transaction| {
            records
                .iter()
                .try_for_each(|record| apply(transaction, record, now))
        })
    }

    /// Postings in `sending` at the start of a pass: whether their requests left is not known. They
    /// rest from now on: a killed program's request left before this moment. Test tickets only
    /// where none can be on its way right now.
    pub(crate) fn lose_track_of_sending(
        &self,
        rest: Duration,
        tests_too: bool,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let rested = backoff::later(now, rest);
        self.write(|transaction| {
            let ids: Vec<i64> = transaction
                .prepare_cached(
                    "SELECT id FROM posting
                     WHERE state = 'sending' AND (kind <> 'test' OR ?1)",
                )?
                .query_map([tests_too], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            for id in &ids {
                let record = Record::new(*id, Change::LostTrack).not_before(rested).because(
                    "interrupted",
                    "The program ended while this was being sent. It is looked up in Autotask before \
                     anything else.",
                );
                apply(transaction, &record, now)?;
            }
            Ok(ids.len() as u64)
        })
    }

    /// Keeps a test ticket and marks it as sending, in one go: it is sent at once or not at all.
    pub(crate) fn put_test(&self, test: &TestPosting, now: Timestamp) -> Result<i64, StoreError> {
        self.write(|transaction| {
            transaction
                .prepare_cached(
                    "INSERT INTO posting (key, kind, alert, rank, what, title, description,
                         occurred_at, created_at, changed_at, state, attempts, next_attempt_at,
                         account, account_name, priority, queue, due)
                     VALUES (?1, 'test', 'error', 0, 'Test ticket', ?2, ?3, ?4, ?4, ?4, 'sending', 1,
                         ?4, ?5, ?6, ?7, ?8, ?9)",
                )?
                .execute(params![
                    test.key,
                    test.title,
                    test.description,
                    micros(now),
                    test.account,
                    test.account_name,
                    test.priority,
                    test.queue,
                    micros(test.due)
                ])?;
            Ok(transaction.last_insert_rowid())
        })
    }

    /// Whether a posting is a test ticket, by id.
    pub(crate) fn is_test(&self, id: i64) -> Result<bool, StoreError> {
        self.read(|connection| {
            let kind: Option<String> = connection
                .prepare_cached("SELECT kind FROM posting WHERE id = ?1")?
                .query_row([id], |row| row.get(0))
                .optional()?;
            Ok(kind.as_deref() == Some("test"))
        })
    }

    /// A person wants it tried again, now. `false`: there is nothing to try again.
    pub(crate) fn retry(&self, id: i64, now: Timestamp) -> Result<bool, StoreError> {
        self.write(|transaction| {
            let found: Option<(String, String)> = transaction
                .prepare_cached("SELECT state, kind FROM posting WHERE id = ?1")?
                .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            let Some((state, kind)) = found else {
                return Ok(false);
            };
            let state: State = from_word("a posting's state", state)?;
            if kind == "test" {
                return Ok(false);
            }
            if next(state, Change::Retried).is_some() {
                let record = Record::new(id, Change::Retried).not_before(now);
                apply(transaction, &record, now)?;
                return Ok(true);
            }
            // What only waits for its time need not wait any longer.
            let hurried = transaction
                .prepare_cached(
                    "UPDATE posting SET next_attempt_at = ?2 WHERE id = ?1 AND state = 'planned'",
                )?
                .execute(params![id, micros(now)])?;
            Ok(hurried > 0)
        })
    }

    /// Tickets whose number has not been read yet.
    pub(crate) fn numberless(&self, limit: usize) -> Result<Vec<Made>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT ticket_id, key, occurred_at FROM posting INDEXED BY posting_numberless
                 WHERE state = 'done' AND ticket_number IS NULL AND kind <> 'note'
                 ORDER BY ticket_id LIMIT ?1",
            )?;
            let rows = statement.query_map([limit as i64], |row| {
                Ok(Made {
                    ticket_id: row.get(0)?,
                    key: row.get(1)?,
                    occurred_at: moment(row.get(2)?),
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Keeps ticket numbers, by ticket id, for the notes on them as well. An empty one: there is no such
    /// ticket any more.
    pub(crate) fn set_numbers(
        &self,
        numbers: &[(i64, String)],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            for (ticket_id, number) in numbers {
                if number.is_empty() {
                    note_gone(transaction, *ticket_id, now)?;
                }
                transaction
                    .prepare_cached(
                        "UPDATE posting INDEXED BY posting_numberless SET ticket_number = ?2
                         WHERE ticket_id = ?1 AND state = 'done' AND ticket_number IS NULL",
                    )?
                    .execute(params![ticket_id, number])?;
            }
            Ok(())
        })
    }
}

fn note_gone(
    transaction: &Transaction<'_>,
    ticket_id: i64,
    now: Timestamp,
) -> Result<(), StoreError> {
    let postings: Vec<(i64, String)> = transaction
        .prepare_cached(
            "SELECT id, key FROM posting INDEXED BY posting_numberless
             WHERE ticket_id = ?1 AND state = 'done' AND ticket_number IS NULL",
        )?
        .query_map([ticket_id], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    postings
        .iter()
        .try_for_each(|(id, key)| note(transaction, *id, What::Gone, key, None, now))
}

pub(super) fn apply(
    transaction: &Transaction<'_>,
    record: &Record,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (state, key): (String, String) = transaction
        .prepare_cached("SELECT state, key FROM posting WHERE id = ?1")?
        .query_row([record.id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let from: State = from_word("a posting's state", state)?;
    let to = next(from, record.change).ok_or(StoreError::Illegal {
        id: record.id,
        from: from.name(),
        change: record.change.name(),
    })?;
    let (code, text) = match &record.error {
        Some((code, text)) => (Some(code.as_str()), Some(text.as_str())),
        None => (None, None),
    };
    let start_over = record.change == Change::Retried;
    let lost = record.change == Change::LostTrack;
    transaction
        .prepare_cached(
            "UPDATE posting SET state = ?2, changed_at = ?3, error_code = ?4, error = ?5,
                 next_attempt_at = coalesce(?6, next_attempt_at),
                 ticket_id = coalesce(?7, ticket_id), ticket_number = coalesce(?8, ticket_number),
                 account = coalesce(?9, account), attempts = CASE WHEN ?10 THEN 0 ELSE attempts END,
                 lost = CASE WHEN ?10 THEN 0 ELSE lost + ?11 END, note_id = coalesce(?12, note_id)
             WHERE id = ?1",
        )?
        .execute(params![
            record.id,
            to.name(),
            micros(now),
            code,
            text,
            record.next_attempt_at.map(micros),
            record.ticket_id,
            record.ticket_number,
            record.account,
            start_over,
            lost,
            record.note_id
        ])?;
    if let Some(said) = &record.said {
        take_over(transaction, record.id, said)?;
    }
    let what = match record.change {
        Change::Created => What::Created,
        Change::Found => What::Found,
        Change::Refused => What::Refused,
        Change::LostTrack => What::Unclear,
        Change::NotFound => What::NotFound,
        Change::GivenUp => What::GivenUp,
        Change::Retried => What::Retried,
        // Nothing has changed in Autotask by them, and nothing was decided.
        Change::Claimed | Change::NotTaken | Change::Replanned => return Ok(()),
    };
    note(transaction, record.id, what, &key, text, now)
}

/// The posting is from now on what its ticket says, and its job is planned again: what is known of it
/// beyond that becomes a note.
fn take_over(transaction: &Transaction<'_>, id: i64, said: &Said) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "UPDATE posting SET alert = ?2, rank = ?3, what = ?4, title = ?5 WHERE id = ?1",
        )?
        .execute(params![
            id,
            said.alert.name(),
            said.alert.rank(),
            said.what,
            said.title
        ])?;
    transaction
        .prepare_cached(
            "UPDATE job SET planned = 'new' WHERE row = (SELECT job FROM posting WHERE id = ?1)",
        )?
        .execute([id])?;
    Ok(())
}

/// Adds a posting's line to the ledger, with its account and ticket as they stand now.
pub(super) fn note(
    transaction: &Transaction<'_>,
    id: i64,
    what: What,
    key: &str,
    detail: Option<&str>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (account, ticket_id) = transaction
        .prepare_cached("SELECT account, ticket_id FROM posting WHERE id = ?1")?
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let line = Line {
        at: now,
        what,
        key,
        account,
        ticket_id,
        detail,
    };
    ledger::add(transaction, &line)
}
