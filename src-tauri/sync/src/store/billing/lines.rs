//! Lines as they are read, and those of an invoice date that has come.

use std::collections::HashMap;

use jiff::{Timestamp, civil::Date};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{INVOICES_DONE, date, record};
use crate::{
    attention::Pile,
    billing::{State, Terms},
    schedule,
    store::{Store, StoreError, facts, from_json, from_word, micros, moment, moment_of},
};

/// A line as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineRow {
    pub id: i64,
    pub organization_id: String,
    pub invoice_date: Date,
    /// The line whose change is taken back.
    pub corrects: Option<i64>,
    pub state: State,
    pub created_at: Timestamp,
    pub changed_at: Timestamp,
    pub next_attempt_at: Timestamp,
    pub attempts: u32,
    /// Readings in a row that did not decide it.
    pub looks: u32,
    /// The units that a person approved.
    pub approved: Option<i64>,
    /// The first day that it may take effect on: Autotask has refused those before.
    pub from_day: Option<Date>,
    /// Why it is not done: code and sentence.
    pub error: Option<(String, String)>,
    /// It cannot be posted for now; the error says why.
    pub blocked: bool,
    /// As sent last, or as found.
    pub terms: Option<Terms>,
    pub posted_at: Option<Timestamp>,
    /// The units before it first had an effect, and from which day on. `None`: it had none.
    pub former: Option<(Date, i64)>,
    /// What was read last, and when; no units: there was no such row.
    pub read: Option<(Option<i64>, Timestamp)>,
}

/// A line whose units stand in Autotask, or may, by its contract service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub line: i64,
    pub effective: Date,
    pub invoice_date: Date,
    pub state: State,
    /// It changed units, or may have: otherwise they were as wanted, and there is nothing to take back.
    pub changed_units: bool,
}

/// A line of an invoice date that has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ToPlan {
    pub organization_id: String,
    pub state: State,
    pub not_before: Timestamp,
    /// Why it is settled at once: code and sentence.
    pub left: Option<(String, String)>,
}

const COLUMNS: &str = "id, organization_id, invoice_date, corrects, state, created_at, changed_at,
    next_attempt_at, attempts, looks, approved, from_day, error_code, error, terms, posted_at,
    read_units, read_at, blocked, former_from, former_units";

impl Store {
    /// Keeps the lines of an invoice date and that its month is done, all or nothing. An organization
    /// that has one already keeps it, and one that was verified ahead is read once more, not before
    /// `read_at`. Says how many there are that there were not before.
    pub(crate) fn plan_lines(
        &self,
        invoice_date: Date,
        lines: &[ToPlan],
        read_at: Timestamp,
        done: &schedule::Record,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.write(|transaction| {
            record::revisit(transaction, invoice_date, read_at, now)?;
            let mut planned = 0;
            for line in lines {
                let made: Option<i64> = transaction
                    .prepare_cached(
                        "INSERT INTO billing_line (organization_id, invoice_date, state, created_at,
                             changed_at, next_attempt_at)
                         VALUES (?1, ?2, ?3, ?4, ?4, ?5)
                         ON CONFLICT DO NOTHING RETURNING id",
                    )?
                    .query_row(
                        params![
                            line.organization_id,
                            invoice_date.to_string(),
                            line.state.name(),
                            micros(now),
                            micros(line.not_before)
                        ],
                        |row| row.get(0),
                    )
                    .optional()?;
                planned += u64::from(made.is_some());
                if let (Some(id), Some((code, text))) = (made, &line.left) {
                    record::settle(transaction, id, code, text, now)?;
                }
            }
            facts::put(transaction, INVOICES_DONE, done)?;
            Ok(planned)
        })
    }

    /// Oldest invoice date first.
    pub(crate) fn lines_in(&self, states: &[State]) -> Result<Vec<LineRow>, StoreError> {
        let states: Vec<String> = states
            .iter()
            .map(|state| format!("'{}'", state.name()))
            .collect();
        let sql = format!(
            "SELECT {COLUMNS} FROM billing_line WHERE state IN ({})
             ORDER BY invoice_date, id",
            states.join(", ")
        );
        self.read(|connection| lines(connection, &sql, params![]))
    }

    /// Those that are not over, but for corrections.
    pub(crate) fn open_lines(&self) -> Result<Vec<LineRow>, StoreError> {
        let states: Vec<State> = State::ALL
            .into_iter()
            .filter(|state| !state.is_over())
            .collect();
        let mut lines = self.lines_in(&states)?;
        lines.retain(|line| line.corrects.is_none());
        Ok(lines)
    }

    /// Of one invoice date, corrections too, in the order in which they were made.
    pub fn billing_lines(&self, invoice_date: Date) -> Result<Vec<LineRow>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM billing_line WHERE invoice_date = ?1 ORDER BY id");
        self.read(|connection| lines(connection, &sql, params![invoice_date.to_string()]))
    }

    pub(crate) fn line(&self, id: i64) -> Result<Option<LineRow>, StoreError> {
        self.read(|connection| with_id(connection, id))
    }

    /// The lines that stand in Autotask or may, by their contract service. A correction that is done is
    /// not one: nothing stands by it; nor one that waits, was refused or was settled without ever having had an
    /// effect.
    pub(crate) fn standing_lines(&self) -> Result<HashMap<i64, Vec<Standing>>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT service, id, effective, invoice_date, state,
                     former_units IS NOT NULL OR state <> 'verified'
                 FROM billing_line
                 WHERE service IS NOT NULL
                     AND state NOT IN ('corrected', 'withdrawn')
                     AND (state NOT IN ('held', 'planned', 'needs_review', 'settled')
                         OR former_units IS NOT NULL)
                     AND (corrects IS NULL OR state NOT IN ('verified', 'settled'))",
            )?;
            let mut rows = statement.query([])?;
            let mut standing: HashMap<i64, Vec<Standing>> = HashMap::new();
            while let Some(row) = rows.next()? {
                let line = Standing {
                    line: row.get(1)?,
                    effective: date(&row.get::<_, String>(2)?)?,
                    invoice_date: date(&row.get::<_, String>(3)?)?,
                    state: from_word("a line's state", row.get(4)?)?,
                    changed_units: row.get(5)?,
                };
                standing.entry(row.get(0)?).or_default().push(line);
            }
            Ok(standing)
        })
    }

    /// Of each organization: the oldest invoice date of which something can still be posted.
    pub(crate) fn oldest_to_post(&self) -> Result<HashMap<String, Date>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT organization_id, min(invoice_date) FROM billing_line
                 WHERE state IN ('held', 'planned') AND corrects IS NULL AND NOT blocked
                 GROUP BY organization_id",
            )?;
            let mut rows = statement.query([])?;
            let mut oldest = HashMap::new();
            while let Some(row) = rows.next()? {
                oldest.insert(row.get(0)?, date(&row.get::<_, String>(1)?)?);
            }
            Ok(oldest)
        })
    }

    /// The invoice dates that have lines, newest first.
    pub fn invoice_dates(&self, limit: usize) -> Result<Vec<Date>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT DISTINCT invoice_date FROM billing_line ORDER BY invoice_date DESC LIMIT ?1",
            )?;
            let mut rows = statement.query([limit as i64])?;
            let mut dates = Vec::new();
            while let Some(row) = rows.next()? {
                dates.push(date(&row.get::<_, String>(0)?)?);
            }
            Ok(dates)
        })
    }

    /// Those that can be approved or need review.
    pub(crate) fn lines_for_a_person(&self) -> Result<Pile, StoreError> {
        self.read(|connection| {
            Ok(connection
                .prepare_cached(
                    "SELECT count(*), max(changed_at) FROM billing_line
                     WHERE state = 'needs_review' OR (state = 'held' AND NOT blocked)",
                )?
                .query_row([], |row| {
                    Ok(Pile {
                        count: row.get(0)?,
                        newest: moment_of(row.get(1)?),
                    })
                })?)
        })
    }

    /// How many lines wait for approval, and can have it.
    pub fn count_to_approve(&self) -> Result<u64, StoreError> {
        self.read(|connection| {
            Ok(connection
                .prepare_cached(
                    "SELECT count(*) FROM billing_line WHERE state = 'held' AND NOT blocked",
                )?
                .query_row([], |row| row.get(0))?)
        })
    }

    /// How many lines are in one of these states.
    pub fn count_lines(&self, states: &[State]) -> Result<u64, StoreError> {
        self.read(|connection| {
            let mut count = 0_u64;
            let mut statement =
                connection.prepare_cached("SELECT count(*) FROM billing_line WHERE state = ?1")?;
            for state in states {
                count += statement.query_row([state.name()], |row| row.get::<_, u64>(0))?;
            }
            Ok(count)
        })
    }
}

pub(super) fn with_id(connection: &Connection, id: i64) -> Result<Option<LineRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM billing_line WHERE id = ?1");
    connection
        .prepare_cached(&sql)?
        .query_row([id], |row| Ok(line_at(row)))
        .optional()?
        .transpose()
}

fn lines(
    connection: &Connection,
    sql: &str,
    params: impl rusqlite::Params,
) -> Result<Vec<LineRow>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        lines.push(line_at(row)?);
    }
    Ok(lines)
}

fn line_at(row: &Row<'_>) -> Result<LineRow, StoreError> {
    let from_day: Option<String> = row.get(11)?;
    let terms: Option<String> = row.get(14)?;
    let read_at: Option<Timestamp> = moment_of(row.get(17)?);
    Ok(LineRow {
        id: row.get(0)?,
        organization_id: row.get(1)?,
        invoice_date: date(&row.get::<_, String>(2)?)?,
        corrects: row.get(3)?,
        state: from_word("a line's state", row.get(4)?)?,
        created_at: moment(row.get(5)?),
        changed_at: moment(row.get(6)?),
        next_attempt_at: moment(row.get(7)?),
        attempts: row.get(8)?,
        looks: row.get(9)?,
        approved: row.get(10)?,
        from_day: from_day.map(|day| date(&day)).transpose()?,
        error: row
            .get::<_, Option<String>>(12)?
            .zip(row.get::<_, Option<String>>(13)?),
        terms: terms
            .map(|json| from_json("a line's terms", &json))
            .transpose()?,
        posted_at: moment_of(row.get(15)?),
        former: match row.get::<_, Option<String>>(19)? {
            Some(from) => Some((date(&from)?, row.get(20)?)),
            None => None,
        },
        blocked: row.get(18)?,
        read: match read_at {
            Some(at) => Some((row.get(16)?, at)),
            None => None,
        },
    })
}

impl LineRow {
    /// Its name in the ledger.
    pub fn key(&self) -> String {
        super::key(
            &self.invoice_date.to_string(),
            &self.organization_id,
            self.corrects.is_some(),
        )
    }

    /// That of the entry which takes it back.
    pub(crate) fn correction_key(&self) -> String {
        super::key(&self.invoice_date.to_string(), &self.organization_id, true)
    }

    /// From which day on it can be posted instead, once Autotask has refused its own.
    pub(crate) fn next_day(&self) -> Option<Date> {
        let duplicate = self
            .error
            .as_ref()
            .is_some_and(|(code, _)| code == "duplicate");
        let refused = duplicate && self.state == State::NeedsReview;
        self.terms
            .as_ref()
            .filter(|_| refused)
            .and_then(Terms::next_day)
    }

    /// It changed units, which a correcting entry can put back.
    pub fn can_be_corrected(&self) -> bool {
        self.corrects.is_none() && self.former.is_some() && self.state.can_be_corrected()
    }

    pub(crate) fn record(&self, change: crate::billing::Change) -> record::LineRecord {
        record::LineRecord::new(self.id, change)
    }
}
