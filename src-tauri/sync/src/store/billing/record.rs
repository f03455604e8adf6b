//! What happens to lines: each change with its line in the ledger, in one transaction.

use std::time::Duration;

use jiff::{Timestamp, civil::Date};
use rusqlite::{OptionalExtension as _, Transaction, params};

use super::{LineRow, lines::with_id};
use crate::{
    backoff,
    billing::{Change, State, Terms, line::next},
    store::{
        Store, StoreError,
        ledger::{self, Line, What},
        micros, to_json,
    },
};

/// A change of one line, with what is known through it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LineRecord {
    pub id: i64,
    pub change: Change,
    /// Replaces those that are kept.
    pub terms: Option<Terms>,
    /// Code and sentence. `None` clears what was there.
    pub error: Option<(String, String)>,
    pub next_attempt_at: Option<Timestamp>,
    /// The units that were read; inside, `None`: there was no such row.
    pub read: Option<Option<i64>>,
    /// The units that a person approves.
    pub approved: Option<i64>,
    pub from_day: Option<Date>,
}

impl LineRecord {
    pub fn new(id: i64, change: Change) -> Self {
        Self {
            id,
            change,
            terms: None,
            error: None,
            next_attempt_at: None,
            read: None,
            approved: None,
            from_day: None,
        }
    }

    #[must_use]
    pub fn because(mut self, code: &str, text: &str) -> Self {
        self.error = Some((code.to_owned(), text.to_owned()));
        self
    }

    #[must_use]
    pub fn with(mut self, terms: Terms) -> Self {
        self.terms = Some(terms);
        self
    }

    #[must_use]
    pub fn not_before(mut self, at: Timestamp) -> Self {
        self.next_attempt_at = Some(at);
        self
    }

    #[must_use]
    pub fn read(mut self, units: Option<i64>) -> Self {
        self.read = Some(units);
        self
    }
}

/// A line that a person makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewLine {
    pub organization_id: String,
    pub invoice_date: Date,
    pub corrects: Option<i64>,
}

impl Store {
    /// Makes a planned line. `None`: there is one already.
    pub(crate) fn add_line(
        &self,
        line: &NewLine,
        now: Timestamp,
    ) -> Result<Option<i64>, StoreError> {
        self.write(|transaction| {
            let made = transaction
                .prepare_cached(
                    "INSERT INTO billing_line (organization_id, invoice_date, corrects, state,
                         created_at, changed_at, next_attempt_at)
                     VALUES (?1, ?2, ?3, 'planned', ?4, ?4, ?4)
                     ON CONFLICT DO NOTHING RETURNING id",
                )?
                .query_row(
                    params![
                        line.organization_id,
                        line.invoice_date.to_string(),
                        line.corrects,
                        micros(now)
                    ],
                    |row| row.get(0),
                )
                .optional()?;
            Ok(made)
        })
    }

    /// Makes changes, each only where it is legal in the state in which the line is by now. Gives back
    /// the ids of those that were made.
    pub(crate) fn record_lines(
        &self,
        records: &[LineRecord],
        now: Timestamp,
    ) -> Result<Vec<i64>, StoreError> {
        if records.is_empty() {
            return Ok(Vec::new());
        }
        self.write(|transaction| {
            let mut made = Vec::new();
            for record in records {
                if apply(transaction, record, now)? {
                    made.push(record.id);
                }
            }
            Ok(made)
        })
    }

    /// A person approves these units of lines that are held or planned: they are posted as such, or not at
    /// all.
    pub(crate) fn approve_lines(
        &self,
        approvals: &[(i64, i64)],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            for (id, units) in approvals {
                let Some(line) = with_id(transaction, *id)? else {
                    continue;
                };
                let mut record = LineRecord::new(*id, Change::Approved).not_before(now);
                record.approved = Some(*units);
                if line.state != State::Planned {
                    apply(transaction, &record, now)?;
                    continue;
                }
                transaction
                    .prepare_cached("UPDATE billing_line SET approved = ?2 WHERE id = ?1")?
                    .execute([id, units])?;
                note(transaction, &line, &record, now)?;
            }
            Ok(())
        })
    }

    /// When a line is next looked at by itself, of those that are not over.
    pub(crate) fn next_line(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let next: Option<i64> = self.read(|connection| {
            Ok(connection
                .prepare_cached(
                    "SELECT min(next_attempt_at) FROM billing_line
                     WHERE state IN ('planned', 'posted', 'unclear') AND next_attempt_at > ?1",
                )?
                .query_row([micros(now)], |row| row.get(0))?)
        })?;
        Ok(next.map(crate::store::moment))
    }

    /// Keeps why lines cannot be posted now, and when to look again. No change of what they are. One that
    /// only waits for an older one is not called blocked: it is posted after it.
    pub(crate) fn note_blocked(
        &self,
        blocked: &[(i64, String, String, Timestamp)],
    ) -> Result<(), StoreError> {
        if blocked.is_empty() {
            return Ok(());
        }
        self.write(|transaction| {
            for (id, code, text, at) in blocked {
                transaction
                    .prepare_cached(
                        "UPDATE billing_line
                         SET blocked = ?2 <> 'older_open', error_code = ?2, error = ?3, next_attempt_at = ?4
                         WHERE id = ?1 AND state IN ('planned', 'held')",
                    )?
                    .execute(params![id, code, text, micros(*at)])?;
            }
            Ok(())
        })
    }

    /// Keeps that a reading decided nothing, and when to read again. What was blocked is so no more.
    pub(crate) fn note_looks(&self, ids: &[i64], at: Timestamp) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        self.write(|transaction| {
            for id in ids {
                transaction
                    .prepare_cached(
                        "UPDATE billing_line SET looks = looks + 1, next_attempt_at = ?2,
                             error_code = CASE WHEN blocked THEN NULL ELSE error_code END,
                             error = CASE WHEN blocked THEN NULL ELSE error END, blocked = 0
                         WHERE id = ?1",
                    )?
                    .execute(params![id, micros(at)])?;
            }
            Ok(())
        })
    }

    /// Nobody is sending now: what stands as being sent is unclear, and rests first.
    pub(crate) fn lose_track_of_lines(
        &self,
        rest: Duration,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let lost: Vec<LineRecord> = self
            .lines_in(&[State::Sending])?
            .iter()
            .map(|line| {
                line.record(Change::LostTrack)
                    .because(
                        "interrupted",
                        "The program ended while the change was being sent.",
                    )
                    .not_before(backoff::later(now, rest))
            })
            .collect();
        Ok(self.record_lines(&lost, now)?.len() as u64)
    }
}

/// The lines of an invoice date that were verified before it came are to be read once more.
pub(super) fn revisit(
    transaction: &Transaction<'_>,
    invoice_date: Date,
    not_before: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    let ahead = transaction
        .prepare_cached(
            "SELECT id FROM billing_line
             WHERE invoice_date = ?1 AND state = 'verified' AND corrects IS NULL",
        )?
        .query_map([invoice_date.to_string()], |row| row.get(0))?
        .collect::<Result<Vec<i64>, _>>()?;
    for id in ahead {
        let record = LineRecord::new(id, Change::Revisited).not_before(not_before);
        apply(transaction, &record, now)?;
    }
    Ok(())
}

/// A line of which nothing is to be posted.
pub(super) fn settle(
    transaction: &Transaction<'_>,
    id: i64,
    code: &str,
    text: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let record = LineRecord::new(id, Change::Settled).because(code, text);
    apply(transaction, &record, now)?;
    Ok(())
}

/// What a person has approved was for where the organization was mapped then: it waits for approval again.
pub(in crate::store) fn take_back_approvals(
    transaction: &Transaction<'_>,
    organization_id: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let approved = transaction
        .prepare_cached(
            "SELECT id FROM billing_line
             WHERE organization_id = ?1 AND state = 'planned' AND approved IS NOT NULL
                 AND corrects IS NULL",
        )?
        .query_map([organization_id], |row| row.get(0))?
        .collect::<Result<Vec<i64>, _>>()?;
    for id in approved {
        let record = LineRecord::new(id, Change::Held).because(
            "held",
            "It was approved, and the organization has been mapped to another account, contract or service \
             since.",
        );
        apply(transaction, &record, now)?;
    }
    // What is on its way, or was refused, may be tried again.
    transaction
        .prepare_cached(
            "UPDATE billing_line SET approved = NULL
             WHERE organization_id = ?1 AND approved IS NOT NULL AND corrects IS NULL
                 AND state IN ('sending', 'posted', 'unclear', 'needs_review')",
        )?
        .execute([organization_id])?;
    Ok(())
}

/// `false`: it is not legal any more.
fn apply(
    transaction: &Transaction<'_>,
    record: &LineRecord,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Some(line) = with_id(transaction, record.id)? else {
        return Ok(false);
    };
    let Some(to) = next(line.state, record.change) else {
        return Ok(false);
    };
    let terms = record.terms.as_ref();
    let json = terms.map(|terms| to_json("a line's terms", terms));
    let (code, text) = record.error.clone().unzip();
    let read = record.read.map(|units| (units, micros(now)));
    let former = line.former.or_else(|| first_effect(&line, record.change));
    transaction
        .prepare_cached(
            "UPDATE billing_line SET state = ?2, changed_at = ?3, error_code = ?4, error = ?5, blocked = 0,
                 next_attempt_at = coalesce(?6, next_attempt_at),
                 attempts = attempts + ?7, looks = 0,
                 service = coalesce(?8, service), effective = coalesce(?9, effective),
                 terms = coalesce(?10, terms),
                 posted_at = CASE WHEN ?11 THEN ?3 ELSE posted_at END,
                 read_units = CASE WHEN ?12 THEN ?13 ELSE read_units END,
                 read_at = CASE WHEN ?12 THEN ?3 ELSE read_at END,
                 approved = coalesce(?14, approved), from_day = coalesce(?15, from_day),
                 former_from = ?16, former_units = ?17
             WHERE id = ?1",
        )?
        .execute(params![
            record.id,
            to.name(),
            micros(now),
            code,
            text,
            record.next_attempt_at.map(micros),
            i64::from(record.change == Change::Claimed),
            terms.map(|terms| terms.place.service),
            terms.map(|terms| terms.effective.to_string()),
            json.transpose()?,
            record.change == Change::Accepted,
            read.is_some(),
            record.read.flatten(),
            record.approved,
            record.from_day.map(|day| day.to_string()),
            former.map(|(from, _)| from.to_string()),
            former.map(|(_, units)| units),
        ])?;
    note(transaction, &line, record, now)?;
    if record.change == Change::AsWanted || record.change == Change::Agrees {
        corrected(transaction, &line, now)?;
    }
    Ok(true)
}

/// What stood before, where the request that was sent last had an effect, or may have had one.
fn first_effect(line: &LineRow, change: Change) -> Option<(Date, i64)> {
    let had = match (line.state, change) {
        (State::Sending, Change::Accepted) => true,
        (State::Unclear, Change::AsWanted | Change::Otherwise) => true,
        (
            State::Held
            | State::Planned
            | State::Sending
            | State::Posted
            | State::Unclear
            | State::Verified
            | State::NeedsReview
            | State::Settled
            | State::Corrected
            | State::Withdrawn,
            _,
        ) => false,
    };
    let terms = line.terms.as_ref().filter(|_| had)?;
    Some((terms.effective, terms.before))
}

/// A correction that is verified makes the line that it takes back a corrected one.
fn corrected(
    transaction: &Transaction<'_>,
    correction: &LineRow,
    now: Timestamp,
) -> Result<(), StoreError> {
    match correction.corrects {
        Some(id) => {
            apply(transaction, &LineRecord::new(id, Change::Corrected), now)?;
            Ok(())
        }
        None => Ok(()),
    }
}

/// The ledger's line.
fn note(
    transaction: &Transaction<'_>,
    line: &LineRow,
    record: &LineRecord,
    now: Timestamp,
) -> Result<(), StoreError> {
    let what = match record.change {
        // Nothing has happened yet.
        Change::Claimed => return Ok(()),
        // It is planned again; why is in its own column.
        Change::NotTaken => return Ok(()),
        // What is read then is told.
        Change::Revisited => return Ok(()),
        Change::Approved => What::Approved,
        Change::Held => What::Held,
        Change::Agrees => What::UnitsAgree,
        Change::Accepted => What::UnitsChanged,
        Change::LostTrack => What::Unclear,
        Change::Refused => What::Refused,
        Change::AsWanted => What::UnitsVerified,
        Change::AsBefore => What::NotFound,
        Change::Otherwise => What::UnitsDiffer,
        Change::Retried => What::Retried,
        Change::Settled => What::Settled,
        Change::Corrected => What::Corrected,
        Change::Withdrawn => What::Withdrawn,
    };
    let terms = record.terms.as_ref().or(line.terms.as_ref());
    let mut detail: Vec<String> = Vec::new();
    detail.extend(terms.map(words));
    match record.read {
        Some(Some(units)) => detail.push(format!("read: {units}")),
        Some(None) => detail.push("read: no units".to_owned()),
        None => {}
    }
    if let Some(approved) = record.approved {
        detail.push(format!("approved: {approved} units"));
    }
    detail.extend(record.error.as_ref().map(|(_, text)| text.clone()));
    let detail = detail.join("; ");
    let account = terms.map(|terms| terms.place.account);
    let line = Line {
        at: now,
        what,
        key: &line.key(),
        account,
        ticket_id: None,
        detail: Some(detail.as_str()).filter(|detail| !detail.is_empty()),
    };
    ledger::add(transaction, &line)
}

fn words(terms: &Terms) -> String {
    format!(
        "{} to {} ({:+}) from {}, contract {}, service line {}",
        terms.before,
        terms.wanted,
        terms.change(),
        terms.effective,
        terms.place.contract,
        terms.place.service
    )
}
