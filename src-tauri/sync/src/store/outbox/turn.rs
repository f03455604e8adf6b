//! Whose turn it is.

use cloud_direct::Job;
use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, params};

use crate::{
    alerts::Kind,
    backoff,
    outbox::State,
    store::{
        Store, StoreError, from_word,
        jobs::{self, JOB_COLUMNS},
        micros, moment,
    },
};

/// A posting whose turn it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    pub id: i64,
    pub key: String,
    pub state: State,
    pub alert: Kind,
    pub attempts: u32,
    /// How often it was sent without a certain answer.
    pub lost: u32,
    /// Code and sentence of the last failure.
    pub error: Option<(String, String)>,
    pub created_at: Timestamp,
    pub changed_at: Timestamp,
    pub title: String,
    pub occurred_at: Timestamp,
    /// The organization's name.
    pub organization: String,
    /// `None`: it may be looked up, but not be sent (no account, an excluded organization, a row
    /// that is off or blocked, a test ticket).
    pub account: Option<(i64, String)>,
    /// What an event's words are made from.
    pub job: Option<Job>,
    /// A digest's words, or a test ticket's.
    pub text: Option<String>,
    /// It is a note, on this ticket.
    pub on: Option<OnTicket>,
}

/// What a note is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnTicket {
    pub id: i64,
    /// `None`: not read yet.
    pub number: Option<String>,
}

/// What is sent together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Feed {
    Tickets,
    /// Notes on tickets.
    Notes,
}

/// What may be sent or looked up, once its time has come. `?1` to `?4` are the usable rows of the alert
/// mapping, `?5` is now, `?6` is [`backoff::too_far`], `?7` says whether notes are meant.
const OPEN: &str = "posting p INDEXED BY posting_open
         LEFT JOIN mapping m ON m.organization_id = p.organization_id
         LEFT JOIN job j ON j.row = p.job
     WHERE p.state IN ('planned', 'unclear') AND p.state <> 'done' AND (p.kind = 'note') = ?7
         AND (p.next_attempt_at <= ?5 OR p.next_attempt_at > ?6)";

/// Of these, what may be sent.
const SENDABLE: &str = "(p.kind <> 'test' AND m.account IS NOT NULL AND m.account_active
         AND m.excluded IS NULL AND j.planned IS NOT 'changed'
         AND CASE p.alert WHEN 'success' THEN ?1 WHEN 'warning' THEN ?2 WHEN 'error' THEN ?3 ELSE ?4 END)";

impl Store {
    /// Postings whose turn it is, in the order of sending: planned ones that can be sent (mapped,
    /// with one of the `usable` rows), and unclear ones that have rested.
    pub(crate) fn due(
        &self,
        feed: Feed,
        usable: &[Kind],
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<Claimed>, StoreError> {
        self.read(|connection| {
            let on = |kind| usable.contains(&kind);
            let mut statement = connection.prepare_cached(&format!(
                "WITH candidate AS (
                     SELECT p.*, m.account AS mapped, m.account_name AS mapped_name,
                         {SENDABLE} AS sendable
                     FROM {OPEN})
                 SELECT {JOB_COLUMNS}, p.id, p.key, p.state, p.alert, p.attempts, p.title,
                     p.occurred_at, coalesce(o.name, ''), p.mapped, p.mapped_name,
                     coalesce(p.sendable, 0), j.row IS NOT NULL,
                     p.lost, p.error_code, p.error, p.changed_at, p.description,
                     t.ticket_id, t.ticket_number, p.created_at
                 FROM candidate p
                     LEFT JOIN organization o ON o.id = p.organization_id
                     LEFT JOIN job j ON j.row = p.job
                     LEFT JOIN posting t ON t.id = p.note_on
                 WHERE p.state = 'unclear' OR p.sendable
                 ORDER BY p.rank, p.occurred_at, p.id LIMIT ?8"
            ))?;
            let mut rows = statement.query(params![
                on(Kind::Success),
                on(Kind::Warning),
                on(Kind::Error),
                on(Kind::Digest),
                micros(now),
                micros(backoff::too_far(now)),
                feed == Feed::Notes,
                limit as i64
            ])?;
            let mut claimed = Vec::new();
            while let Some(row) = rows.next()? {
                let account: Option<i64> = row.get(22)?;
                let name: Option<String> = row.get(23)?;
                let sendable: bool = row.get(24)?;
                let from_job: bool = row.get(25)?;
                claimed.push(Claimed {
                    id: row.get(14)?,
                    key: row.get(15)?,
                    state: from_word("a posting's state", row.get(16)?)?,
                    alert: from_word("a posting's alert", row.get(17)?)?,
                    attempts: row.get(18)?,
                    lost: row.get(26)?,
                    error: row
                        .get::<_, Option<String>>(27)?
                        .zip(row.get::<_, Option<String>>(28)?),
                    created_at: moment(row.get(33)?),
                    changed_at: moment(row.get(29)?),
                    title: row.get(19)?,
                    occurred_at: moment(row.get(20)?),
                    organization: row.get(21)?,
                    account: account
                        .filter(|_| sendable)
                        .map(|account| (account, name.unwrap_or_default())),
                    text: row.get(30)?,
                    on: match row.get(31)? {
                        Some(id) => Some(OnTicket {
                            id,
                            number: row.get(32)?,
                        }),
                        None => None,
                    },
                    job: if from_job {
                        Some(jobs::job_at(row)?)
                    } else {
                        None
                    },
                });
            }
            Ok(claimed)
        })
    }

    /// Whether anything waits to be sent or looked up.
    pub(crate) fn has_open_postings(&self) -> Result<bool, StoreError> {
        self.read(|connection| {
            Ok(connection
                .prepare_cached(
                    "SELECT EXISTS (SELECT 1 FROM posting INDEXED BY posting_open
                         WHERE state IN ('planned', 'unclear') AND state <> 'done')",
                )?
                .query_row([], |row| row.get(0))?)
        })
    }

    /// When the next unclear posting has rested.
    pub(crate) fn next_unclear(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(|connection| {
            let next: Option<i64> = connection
                .prepare_cached(
                    "SELECT min(next_attempt_at) FROM posting 
                         INDEXED BY posting_open WHERE state = 'unclear' AND state <> 'done'",
                )?
                .query_row([], |row| row.get(0))?;
            Ok(next.map(moment))
        })
    }

    /// When the last of the unclear postings has rested that have by then.
    pub(crate) fn last_unclear(&self, by: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        self.read(|connection| {
            let last: Option<i64> = connection
                .prepare_cached(
                    "SELECT max(next_attempt_at) FROM posting INDEXED BY posting_open
                     WHERE state = 'unclear' AND state <> 'done' AND next_attempt_at <= ?1",
                )?
                .query_row([micros(by)], |row| row.get(0))?;
            Ok(last.map(moment))
        })
    }

    /// When Autotask last said that it had made a ticket.
    pub(crate) fn last_created(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(|connection| {
            let at: Option<i64> = connection
                .prepare_cached(
                    "SELECT at FROM ledger WHERE what = 'created' ORDER BY id DESC LIMIT 1",
                )?
                .query_row([], |row| row.get(0))
                .optional()?;
            Ok(at.map(moment))
        })
    }

    /// How many postings could be sent now.
    pub(crate) fn due_count(
        &self,
        feed: Feed,
        usable: &[Kind],
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.read(|connection| {
            let on = |kind| usable.contains(&kind);
            Ok(connection
                .prepare_cached(&format!(
                    "SELECT count(*) FROM {OPEN} AND (p.state = 'unclear' OR {SENDABLE})"
                ))?
                .query_row(
                    params![
                        on(Kind::Success),
                        on(Kind::Warning),
                        on(Kind::Error),
                        on(Kind::Digest),
                        micros(now),
                        micros(backoff::too_far(now)),
                        feed == Feed::Notes,
                    ],
                    |row| row.get(0),
                )?)
        })
    }
}
