//! Postings as the Activity screen lists them.

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Row, params};

use super::{Store, StoreError, from_word, moment, moment_of};
use crate::{alerts::Kind, attention::Pile, outbox::State};

/// Which postings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Filter {
    #[default]
    All,
    Sent,
    /// Planned, sending, unclear.
    Waiting,
    NeedsAttention,
}

/// How many postings stand where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Planned, sending, unclear.
    pub waiting: u64,
    /// Of these, those that Autotask may have: sending and unclear.
    pub unclear: u64,
    /// Without test tickets: whoever sent one has seen what became of it, and sends another.
    pub needs_attention: u64,
    pub done: u64,
}

/// A posting with what is known about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostingRow {
    pub id: i64,
    pub key: String,
    pub test: bool,
    pub alert: Kind,
    pub what: String,
    pub title: String,
    pub organization_id: Option<String>,
    pub organization: String,
    pub state: State,
    pub created_at: Timestamp,
    pub changed_at: Timestamp,
    pub occurred_at: Timestamp,
    pub attempts: u32,
    pub next_attempt_at: Timestamp,
    pub error_code: Option<String>,
    pub error: Option<String>,
    /// The account it was sent to, or is mapped to now, by its name of now as far as that is known.
    pub account: Option<i64>,
    pub account_name: Option<String>,
    pub priority: Option<i64>,
    pub queue: Option<i64>,
    pub due: Option<Timestamp>,
    pub ticket_id: Option<i64>,
    pub ticket_number: Option<String>,
    pub mapped: bool,
    pub account_active: bool,
    pub excluded: bool,
}

const COLUMNS: &str = "p.id, p.key, p.kind = 'test', p.alert, p.what, p.title, p.organization_id, \
     coalesce(o.name, ''), p.state, p.created_at, p.changed_at, p.occurred_at, p.attempts, \
     p.next_attempt_at, p.error_code, p.error, \
     CASE WHEN p.state IN ('done', 'sending') OR p.kind = 'test' THEN p.account ELSE m.account END, \
     CASE WHEN p.account IS NOT m.account AND (p.state IN ('done', 'sending') OR p.kind = 'test') \
         THEN p.account_name ELSE coalesce(m.account_name, p.account_name) END, \
     p.priority, p.queue, p.due, coalesce(p.ticket_id, n.ticket_id), \
     nullif(coalesce(p.ticket_number, n.ticket_number), ''), \
     m.account IS NOT NULL, coalesce(m.account_active, 1), m.excluded IS NOT NULL";

const TABLES: &str = "posting p LEFT JOIN organization o ON o.id = p.organization_id \
     LEFT JOIN mapping m ON m.organization_id = p.organization_id \
     LEFT JOIN posting n ON n.id = p.note_on";

impl Store {
    /// Newest first, those before the posting `before`, and one more than `limit` if there is one.
    pub(crate) fn postings(
        &self,
        filter: Filter,
        search: &str,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<PostingRow>, StoreError> {
        let states = match filter {
            Filter::All => "1",
            Filter::Sent => "p.state = 'done'",
            Filter::Waiting => "p.state IN ('planned', 'sending', 'unclear')",
            Filter::NeedsAttention => "p.state = 'needs_attention'",
        };
        let matches = if search.trim().is_empty() {
            "?2 IS NOT NULL"
        } else {
            "(p.title LIKE ?2 ESCAPE '\\' OR o.name LIKE ?2 ESCAPE '\\'
              OR p.ticket_number LIKE ?2 ESCAPE '\\' OR p.error LIKE ?2 ESCAPE '\\'
              OR p.account_name LIKE ?2 ESCAPE '\\' OR m.account_name LIKE ?2 ESCAPE '\\')"
        };
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM {TABLES}
                 WHERE {states} AND p.id < ?1 AND {matches}
                 ORDER BY p.id DESC LIMIT ?3"
            ))?;
            let mut rows = statement.query(params![
                before.unwrap_or(i64::MAX),
                pattern(search),
                limit as i64
            ])?;
            let mut postings = Vec::new();
            while let Some(row) = rows.next()? {
                postings.push(posting_at(row)?);
            }
            Ok(postings)
        })
    }

    /// A posting by its id.
    pub fn posting(&self, id: i64) -> Result<Option<PostingRow>, StoreError> {
        self.read(|connection| {
            let mut statement = connection
                .prepare_cached(&format!("SELECT {COLUMNS} FROM {TABLES} WHERE p.id = ?1"))?;
            let mut rows = statement.query([id])?;
            rows.next()?.map(posting_at).transpose()
        })
    }

    /// How many postings stand where.
    pub fn counts(&self) -> Result<Counts, StoreError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT state, count(*) FROM posting GROUP BY state")?;
            let rows = statement.query_map([], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, u64>(1)?))
            })?;
            let mut counts = Counts::default();
            for row in rows {
                let (state, count) = row?;
                match from_word("a posting's state", state)? {
                    State::Planned => counts.waiting += count,
                    State::Sending | State::Unclear => {
                        counts.waiting += count;
                        counts.unclear += count;
                    }
                    State::NeedsAttention => counts.needs_attention = count,
                    State::Done => counts.done = count,
                }
            }
            let tests: u64 = connection
                .prepare_cached(
                    "SELECT count(*) FROM posting
                     WHERE state = 'needs_attention' AND kind = 'test'",
                )?
                .query_row([], |row| row.get(0))?;
            counts.needs_attention = counts.needs_attention.saturating_sub(tests);
            Ok(counts)
        })
    }

    /// Without test tickets, as in [`Store::counts`].
    pub(crate) fn needing_attention(&self) -> Result<Pile, StoreError> {
        self.read(|connection| {
            Ok(connection
                .prepare_cached(
                    "SELECT count(*), max(changed_at) FROM posting
                     WHERE state = 'needs_attention' AND kind <> 'test'",
                )?
                .query_row([], |row| {
                    Ok(Pile {
                        count: row.get(0)?,
                        newest: moment_of(row.get(1)?),
                    })
                })?)
        })
    }

    /// Which alert rows have planned postings.
    pub(crate) fn alerts_waiting(&self) -> Result<Vec<Kind>, StoreError> {
        self.read(|connection| {
            let mut kinds = Vec::new();
            for kind in Kind::ALL {
                let waiting: Option<i64> = connection
                    .prepare_cached(
                        "SELECT 1 FROM posting INDEXED BY posting_open
                         WHERE state = 'planned' AND state <> 'done' AND rank = ?1 AND alert = ?2
                         LIMIT 1",
                    )?
                    .query_row(params![kind.rank(), kind.name()], |row| row.get(0))
                    .optional()?;
                if waiting.is_some() {
                    kinds.push(kind);
                }
            }
            Ok(kinds)
        })
    }
}

/// `LIKE`'s pattern for a text that contains it as it stands.
fn pattern(search: &str) -> String {
    let mut pattern = String::from("%");
    for c in search.trim().chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

fn posting_at(row: &Row<'_>) -> Result<PostingRow, StoreError> {
    Ok(PostingRow {
        id: row.get(0)?,
        key: row.get(1)?,
        test: row.get(2)?,
        alert: from_word("a posting's alert", row.get(3)?)?,
        what: row.get(4)?,
        title: row.get(5)?,
        organization_id: row.get(6)?,
        organization: row.get(7)?,
        state: from_word("a posting's state", row.get(8)?)?,
        created_at: moment(row.get(9)?),
        changed_at: moment(row.get(10)?),
        occurred_at: moment(row.get(11)?),
        attempts: row.get(12)?,
        next_attempt_at: moment(row.get(13)?),
        error_code: row.get(14)?,
        error: row.get(15)?,
        account: row.get(16)?,
        account_name: row.get(17)?,
        priority: row.get(18)?,
        queue: row.get(19)?,
        due: moment_of(row.get(20)?),
        ticket_id: row.get(21)?,
        ticket_number: row.get(22)?,
        mapped: row.get(23)?,
        account_active: row.get(24)?,
        excluded: row.get(25)?,
    })
}
