//! What ended in a span of time, by organization: what a digest is made from.

use std::{collections::HashMap, ops::Range};

use cloud_direct::Job;
use jiff::Timestamp;
use rusqlite::params;

use super::{
    Store, StoreError, facts,
    jobs::{JOB_COLUMNS, job_at},
    micros, moment, notices, outbox,
};
use crate::{
    digest::Digest,
    schedule::{self, Span},
};

impl Store {
    /// Keeps the postings of a day's digests and that the day is done, all or nothing. Says how many
    /// postings there are now that there were not before.
    pub(crate) fn plan_digests(
        &self,
        digests: &[(String, Digest)],
        done: &schedule::Record,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.write(|transaction| {
            let mut planned = 0;
            for (organization_id, digest) in digests {
                if outbox::put_digest(transaction, digest, organization_id, now)? {
                    planned += 1;
                }
            }
            facts::put_digests_done(transaction, done)?;
            Ok(planned)
        })
    }

    /// Keeps that there are no digests of these days, and tells it, all or nothing.
    pub(crate) fn leave_out_digests(
        &self,
        days: Span,
        notice: &str,
        done: &schedule::Record,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            notices::leave_out(transaction, "digests", days, notice, now)?;
            facts::put_digests_done(transaction, done)
        })
    }

    /// Takes back digests that were never sent and are no longer wanted.
    pub(crate) fn withdraw_digests(&self, off: bool, now: Timestamp) -> Result<u64, StoreError> {
        self.write(|transaction| outbox::withdraw_digests(transaction, off, now))
    }

    /// The backups and replications that ended in `span`, in that order; of all organizations, or
    /// of the one.
    pub(crate) fn jobs_ended(
        &self,
        span: Range<Timestamp>,
        only: Option<&str>,
    ) -> Result<HashMap<String, Vec<Job>>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {JOB_COLUMNS} FROM job j INDEXED BY job_finished
                 WHERE j.finished_at >= ?1 AND j.finished_at < ?2
                     AND j.kind IN ('backup', 'replication')
                     AND (?3 IS NULL OR j.organization_id = ?3)
                 ORDER BY j.finished_at, j.row"
            ))?;
            let mut rows = statement.query(params![micros(span.start), micros(span.end), only])?;
            let mut jobs: HashMap<String, Vec<Job>> = HashMap::new();
            while let Some(row) = rows.next()? {
                let job = job_at(row)?;
                jobs.entry(job.organization_id.clone())
                    .or_default()
                    .push(job);
            }
            Ok(jobs)
        })
    }

    /// The systems of which a backup or a replication ended in `span`, and when the last one did.
    pub(crate) fn systems_ended(
        &self,
        span: Range<Timestamp>,
        only: Option<&str>,
    ) -> Result<HashMap<String, Vec<(String, Timestamp)>>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT organization_id, system, max(finished_at) FROM job INDEXED BY job_finished
                 WHERE finished_at >= ?1 AND finished_at < ?2 AND kind IN ('backup', 'replication')
                     AND (?3 IS NULL OR organization_id = ?3)
                 GROUP BY organization_id, system",
            )?;
            let mut rows = statement.query(params![micros(span.start), micros(span.end), only])?;
            let mut systems: HashMap<String, Vec<(String, Timestamp)>> = HashMap::new();
            while let Some(row) = rows.next()? {
                let of = systems.entry(row.get(0)?).or_default();
                of.push((row.get(1)?, moment(row.get(2)?)));
            }
            Ok(systems)
        })
    }
}
