//! What was measured, and which days the source was asked for.

use std::collections::{BTreeMap, HashMap};

use cloud_direct::Usage;
use jiff::{SignedDuration, Timestamp, civil::Date};
use rusqlite::{Transaction, params};

use super::date;
use crate::{
    billing::Figure,
    store::{
        Store, StoreError,
        ledger::{self, Line, What},
        micros, moment, organizations,
    },
};

/// The measurements of so long before the last one are looked at: those of its day.
const LAST_DAY: SignedDuration = SignedDuration::from_hours(26);

impl Store {
    /// The days that the source was asked for since then, and when last.
    pub(crate) fn usage_days(&self, since: Date) -> Result<BTreeMap<Date, Timestamp>, StoreError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT day, asked_at FROM usage_day WHERE day >= ?1")?;
            let mut rows = statement.query([since.to_string()])?;
            let mut days = BTreeMap::new();
            while let Some(row) = rows.next()? {
                days.insert(date(&row.get::<_, String>(0)?)?, moment(row.get(1)?));
            }
            Ok(days)
        })
    }

    /// Keeps what the source answered for a day. A measurement that it has corrected since is taken over.
    pub(crate) fn save_usage(
        &self,
        day: Date,
        usage: &[Usage],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            for one in usage {
                organizations::ensure(transaction, &one.organization_id, now)?;
                put(
                    transaction,
                    &one.organization_id,
                    &one.metric,
                    one.bytes,
                    one.measured_at,
                    None,
                    now,
                )?;
            }
            transaction
                .prepare_cached(
                    "INSERT INTO usage_day (day, asked_at) VALUES (?1, ?2)
                     ON CONFLICT (day) DO UPDATE SET asked_at = excluded.asked_at",
                )?
                .execute(params![day.to_string(), micros(now)])?;
            Ok(())
        })
    }

    /// A figure by hand, and its line in the ledger. `false`: there is no such organization.
    pub(crate) fn enter_measurement(
        &self,
        organization_id: &str,
        metric: &str,
        figure: &Figure,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.write(|transaction| {
            let known: bool = transaction
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM organization WHERE id = ?1)")?
                .query_row([organization_id], |row| row.get(0))?;
            if !known {
                return Ok(false);
            }
            let reason = figure.by_hand.as_deref();
            put(
                transaction,
                organization_id,
                metric,
                figure.bytes,
                figure.measured_at,
                reason,
                now,
            )?;
            let detail = format!(
                "{} bytes as of {}: {}",
                figure.bytes,
                figure.measured_at,
                reason.unwrap_or_default()
            );
            let line = Line {
                at: now,
                what: What::Measured,
                key: organization_id,
                account: None,
                ticket_id: None,
                detail: Some(&detail),
            };
            ledger::add(transaction, &line)?;
            Ok(true)
        })
    }

    /// Of each organization, or of the one: the measurements of the last day before `until` on which
    /// there are any.
    pub(crate) fn last_measurements(
        &self,
        metric: &str,
        until: Timestamp,
        only: Option<&str>,
    ) -> Result<HashMap<String, Vec<Figure>>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT m.organization_id, m.bytes, m.measured_at, m.reason
                 FROM organization o JOIN measurement m
                     ON m.organization_id = o.id AND m.metric = ?1 AND m.measured_at <= ?2
                         AND m.measured_at > (SELECT max(l.measured_at) - ?3 FROM measurement l
                             WHERE l.organization_id = o.id AND l.metric = ?1
                                 AND l.measured_at <= ?2)
                 WHERE ?4 IS NULL OR o.id = ?4",
            )?;
            let mut rows = statement.query(params![
                metric,
                micros(until),
                i64::try_from(LAST_DAY.as_micros()).unwrap_or(i64::MAX),
                only
            ])?;
            let mut figures: HashMap<String, Vec<Figure>> = HashMap::new();
            while let Some(row) = rows.next()? {
                let figure = Figure {
                    bytes: row.get(1)?,
                    measured_at: moment(row.get(2)?),
                    by_hand: row.get(3)?,
                };
                figures.entry(row.get(0)?).or_default().push(figure);
            }
            Ok(figures)
        })
    }
}

/// Drops what was measured before then. What a line was made from is kept with the line.
pub(in crate::store) fn forget_before(
    transaction: &Transaction<'_>,
    before: Timestamp,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached("DELETE FROM measurement WHERE measured_at < ?1")?
        .execute([micros(before)])?;
    transaction
        .prepare_cached("DELETE FROM usage_day WHERE asked_at < ?1")?
        .execute([micros(before)])?;
    Ok(())
}

fn put(
    transaction: &Transaction<'_>,
    organization_id: &str,
    metric: &str,
    bytes: u64,
    measured_at: Timestamp,
    reason: Option<&str>,
    now: Timestamp,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "INSERT INTO measurement (organization_id, metric, measured_at, by_hand, bytes, reason,
                 received_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (organization_id, metric, measured_at, by_hand)
                 DO UPDATE SET bytes = excluded.bytes, reason = excluded.reason,
                     received_at = excluded.received_at
                 WHERE bytes <> excluded.bytes OR reason IS NOT excluded.reason",
        )?
        .execute(params![
            organization_id,
            metric,
            micros(measured_at),
            reason.is_some(),
            // SQLite counts up to nine exabytes.
            i64::try_from(bytes).unwrap_or(i64::MAX),
            reason,
            micros(now)
        ])?;
    Ok(())
}
