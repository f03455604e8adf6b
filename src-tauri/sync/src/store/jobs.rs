//! Finished jobs, each once, and what has been planned for them.

use cloud_direct::{Job, Outcome, ReadFile};
use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use super::{
    Store, StoreError, facts, facts::Cursor, from_word, mappings, micros, moment, moment_of,
    notices, organizations, outbox, word,
};
use crate::{alerts::Kind, plan, settings::Alerts};

/// A job with its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRow {
    pub row: i64,
    pub job: Job,
    /// Its organization is excluded.
    pub excluded: bool,
}

/// What a portion brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Taken {
    pub received: u64,
    pub new: u64,
    pub changed: u64,
}

/// The columns of a job, for [`job_at`].
pub(super) const JOB_COLUMNS: &str = "j.organization_id, j.id, j.system, j.task, j.kind, j.status, \
     j.outcome, j.started_at, j.finished_at, j.bytes_processed, j.bytes_transferred, \
     j.warning_count, j.error_count, j.message";

impl Store {
    /// Takes in a portion: jobs, what was noticed, and how far the source has been read, all or
    /// nothing. Jobs that have not finished are left out: they come again when they have.
    pub(crate) fn take_in(
        &self,
        jobs: &[Job],
        notes: &[String],
        cursor: Option<&Cursor>,
        file: Option<&ReadFile>,
        now: Timestamp,
    ) -> Result<Taken, StoreError> {
        let taken = self.write(|transaction| {
            let mut taken = Taken {
                received: jobs.len() as u64,
                ..Taken::default()
            };
            let mut unknown_organization = false;
            for job in jobs {
                let Some(finished_at) = job.finished_at else {
                    continue;
                };
                if job.outcome == Outcome::NotFinished {
                    continue;
                }
                unknown_organization |=
                    organizations::ensure(transaction, &job.organization_id, now)?;
                match put_job(transaction, job, finished_at, now)? {
                    Put::New => taken.new += 1,
                    Put::Changed => taken.changed += 1,
                    Put::Known => {}
                }
            }
            if unknown_organization {
                mappings::settle_to_come(transaction, now)?;
            }
            for note in notes {
                notices::add(transaction, note, now)?;
            }
            if let Some(cursor) = cursor {
                facts::put_cursor(transaction, cursor)?;
            }
            if let Some(file) = file.filter(|file| file.complete) {
                transaction
                    .prepare_cached(
                        "INSERT INTO read_file (hash, name, read_at) VALUES (?1, ?2, ?3)
                         ON CONFLICT (hash) DO NOTHING",
                    )?
                    .execute(params![file.hash, file.name, micros(now)])?;
            }
            Ok(taken)
        })?;
        if let Some(file) = file.filter(|file| file.complete) {
            self.known_files
                .write()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
                .insert(file.hash);
        }
        Ok(taken)
    }

    /// Lets in again what was set aside and may be planned now: jobs whose posting was taken back
    /// for an organization that is no longer excluded, and jobs that changed while it was not clear
    /// whether their posting had arrived.
    pub(crate) fn let_in_set_aside(&self) -> Result<u64, StoreError> {
        self.write(|transaction| {
            let withdrawn = transaction
                .prepare_cached(
                    "UPDATE job SET planned = 'new' WHERE planned = 'withdrawn' AND NOT EXISTS (
                         SELECT 1 FROM mapping m
                         WHERE m.organization_id = job.organization_id AND m.excluded IS NOT NULL)",
                )?
                .execute([])?;
            let changed = transaction
                .prepare_cached(
                    "UPDATE job SET planned = 'new' WHERE planned = 'changed' AND NOT EXISTS (
                         SELECT 1 FROM posting p
                         WHERE p.job = job.row AND p.state IN ('sending', 'unclear'))",
                )?
                .execute([])?;
            Ok((withdrawn + changed) as u64)
        })
    }

    /// Jobs for which nothing has been decided yet, oldest first.
    pub(crate) fn new_jobs(&self, limit: usize) -> Result<Vec<JobRow>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {JOB_COLUMNS}, j.row, m.excluded IS NOT NULL
                 FROM job j LEFT JOIN mapping m ON m.organization_id = j.organization_id
                 WHERE j.planned = 'new' ORDER BY j.row LIMIT ?1"
            ))?;
            let mut rows = statement.query([limit as i64])?;
            let mut jobs = Vec::new();
            while let Some(row) = rows.next()? {
                jobs.push(JobRow {
                    job: job_at(row)?,
                    row: row.get(14)?,
                    excluded: row.get(15)?,
                });
            }
            Ok(jobs)
        })
    }

    /// Keeps what was decided, with the postings, all or nothing. Says how many postings there are
    /// now that there were not before.
    pub(crate) fn plan_jobs(
        &self,
        decisions: &[(JobRow, plan::Decision)],
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.write(|transaction| {
            let mut planned = 0;
            for (job, decision) in decisions {
                let mark = match decision {
                    plan::Decision::Post(posting) => {
                        let organization = &job.job.organization_id;
                        if outbox::put_event(transaction, posting, organization, job.row, now)? {
                            planned += 1;
                        }
                        "posted".to_owned()
                    }
                    plan::Decision::Skip(skip) => {
                        let withdrawn = outbox::withdraw_of_job(transaction, job.row, *skip, now)?;
                        skipped(*skip, withdrawn)?
                    }
                };
                set_planned(transaction, job.row, &mark)?;
            }
            Ok(planned)
        })
    }

    /// Takes back postings that were never sent and are no longer wanted: their row is switched
    /// off, their organization excluded, or `jobs_since` has moved past them.
    pub(crate) fn withdraw_unwanted(
        &self,
        alerts: &Alerts,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.write(|transaction| {
            let unwanted = outbox::unwanted(transaction, alerts)?;
            for (job, skip) in &unwanted {
                let withdrawn = outbox::withdraw_of_job(transaction, *job, *skip, now)?;
                set_planned(transaction, *job, &skipped(*skip, withdrawn)?)?;
            }
            Ok(unwanted.len() as u64)
        })
    }

    /// How many jobs of the kinds that make tickets ended how, since a moment.
    pub(crate) fn outcomes_since(&self, since: Timestamp) -> Result<[u64; 3], StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT outcome, count(*) FROM job
                 WHERE finished_at >= ?1 AND kind IN ('backup', 'replication') GROUP BY outcome",
            )?;
            let mut counts = [0; 3];
            let rows = statement.query_map([micros(since)], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, u64>(1)?))
            })?;
            for row in rows {
                let (outcome, count) = row?;
                match plan::alert_of(from_word("an outcome", outcome)?) {
                    Some(Kind::Success) => counts[0] = count,
                    Some(Kind::Warning) => counts[1] = count,
                    Some(Kind::Error) => counts[2] = count,
                    Some(Kind::Digest) | None => {}
                }
            }
            Ok(counts)
        })
    }

    /// When the first job of each organization since a moment ended.
    pub(crate) fn first_jobs_since(&self, since: Timestamp) -> Result<Vec<Timestamp>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT min(finished_at) FROM job
                 WHERE finished_at >= ?1 AND kind IN ('backup', 'replication')
                 GROUP BY organization_id",
            )?;
            let rows = statement.query_map([micros(since)], |row| Ok(moment(row.get(0)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

/// Jobs that were left out for having finished too early are looked at again where they no longer
/// have.
pub(super) fn let_in_again(
    transaction: &Transaction<'_>,
    since: Timestamp,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached("UPDATE job SET planned = 'new' WHERE planned = ?1 AND finished_at >= ?2")?
        .execute(params![word(plan::Skip::BeforeStart)?, micros(since)])?;
    Ok(())
}

/// The mark of a job that makes no ticket, or no note on the one that it has.
fn skipped(skip: plan::Skip, withdrawn: outbox::Withdrawn) -> Result<String, StoreError> {
    if withdrawn.some && skip == plan::Skip::Excluded {
        Ok("withdrawn".to_owned())
    } else if withdrawn.but_one_was_sent {
        Ok("posted".to_owned())
    } else {
        word(skip)
    }
}

fn set_planned(transaction: &Transaction<'_>, row: i64, mark: &str) -> Result<(), StoreError> {
    transaction
        .prepare_cached("UPDATE job SET planned = ?2 WHERE row = ?1")?
        .execute(params![row, mark])?;
    Ok(())
}

enum Put {
    New,
    Changed,
    Known,
}

fn put_job(
    transaction: &Transaction<'_>,
    job: &Job,
    finished_at: Timestamp,
    now: Timestamp,
) -> Result<Put, StoreError> {
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let kind = word(job.kind)?;
    let outcome = word(job.outcome)?;
    let before: Option<(i64, String, bool, bool)> = transaction
        .prepare_cached(
            "SELECT row, outcome, system IS ?3 AND task IS ?4 AND kind IS ?5 AND status IS ?6
                 AND outcome IS ?7 AND finished_at IS ?8 AND warning_count IS ?9
                 AND error_count IS ?10 AND message IS ?11,
                 started_at IS ?12 AND bytes_processed IS ?13 AND bytes_transferred IS ?14
             FROM job WHERE organization_id = ?1 AND id = ?2",
        )?
        .query_row(
            params![
                job.organization_id,
                job.id,
                job.system,
                job.task,
                kind,
                job.status,
                outcome,
                micros(finished_at),
                job.warning_count,
                job.error_count,
                job.message,
                job.started_at.map(micros),
                job.bytes_processed.map(number),
                job.bytes_transferred.map(number)
            ],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )
        .optional()?;
    let put = match &before {
        None => Put::New,
        Some((_, _, true, true)) => return Ok(Put::Known),
        // Figures for the next digest: what was decided about the job stays.
        Some((_, _, true, false)) => Put::Known,
        Some((_, _, false, _)) => Put::Changed,
    };
    transaction
        .prepare_cached(
            "INSERT INTO job (organization_id, id, system, task, kind, status, outcome, started_at,
                 finished_at, bytes_processed, bytes_transferred, warning_count, error_count,
                 message, received_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
             ON CONFLICT (organization_id, id) DO UPDATE SET
                 system = excluded.system, task = excluded.task, kind = excluded.kind,
                 status = excluded.status, outcome = excluded.outcome,
                 started_at = excluded.started_at, finished_at = excluded.finished_at,
                 bytes_processed = excluded.bytes_processed,
                 bytes_transferred = excluded.bytes_transferred,
                 warning_count = excluded.warning_count, error_count = excluded.error_count,
                 message = excluded.message",
        )?
        .execute(params![
            job.organization_id,
            job.id,
            job.system,
            job.task,
            kind,
            job.status,
            outcome,
            job.started_at.map(micros),
            micros(finished_at),
            job.bytes_processed.map(number),
            job.bytes_transferred.map(number),
            job.warning_count,
            job.error_count,
            job.message,
            micros(now)
        ])?;
    if let Some((row, outcome_before, false, _)) = &before {
        plan_again(transaction, *row, *outcome_before != outcome)?;
    }
    Ok(put)
}

/// A changed job is planned again where its ticket was never sent, or where it ended otherwise than it
/// was known (a ticket that was sent may need a note); where it is not clear whether a posting has
/// arrived, once that is clear. What has been sent stays as it was sent.
fn plan_again(
    transaction: &Transaction<'_>,
    row: i64,
    outcome_changed: bool,
) -> Result<(), StoreError> {
    if outbox::under_way(transaction, row)? {
        set_planned(transaction, row, "changed")?;
    } else if outcome_changed || outbox::replannable(transaction, row)? == Some(true) {
        // What was taken back for an exclusion waits for the end of it.
        transaction
            .prepare_cached(
                "UPDATE job SET planned = 'new' WHERE row = ?1 AND planned <> 'withdrawn'",
            )?
            .execute([row])?;
    }
    Ok(())
}

/// The job in a row that begins with [`JOB_COLUMNS`].
pub(super) fn job_at(row: &Row<'_>) -> Result<Job, StoreError> {
    job_from(row, 0)
}

pub(super) fn job_from(row: &Row<'_>, at: usize) -> Result<Job, StoreError> {
    let count = |column: usize| -> Result<Option<u64>, StoreError> {
        Ok(row
            .get::<_, Option<i64>>(column)?
            .and_then(|count| u64::try_from(count).ok()))
    };
    Ok(Job {
        organization_id: row.get(at)?,
        id: row.get(at + 1)?,
        system: row.get(at + 2)?,
        task: row.get(at + 3)?,
        kind: from_word("a job's kind", row.get(at + 4)?)?,
        status: row.get(at + 5)?,
        outcome: from_word("a job's outcome", row.get(at + 6)?)?,
        started_at: moment_of(row.get(at + 7)?),
        finished_at: Some(moment(row.get(at + 8)?)),
        bytes_processed: count(at + 9)?,
        bytes_transferred: count(at + 10)?,
        warning_count: row.get(at + 11)?,
        error_count: row.get(at + 12)?,
        message: row.get(at + 13)?,
    })
}
