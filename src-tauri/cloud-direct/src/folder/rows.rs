//! One row of an export, and the job or measurement it becomes.

use std::borrow::Cow;

use jiff::{Timestamp, tz::TimeZone};
use sha2::{Digest as _, Sha256};

use super::{
    DateOrder,
    columns::Column,
    moment::{self, DayAlone},
    size::{self, Notation},
};
use crate::{
    DEFAULT_METRIC, Job, OrganizationState, Outcome, OutcomeRules, Usage,
    text::{self, LONGEST_NAME},
};

const LONGEST_ORGANIZATION_ID: usize = 64;
const LONGEST_JOB_ID: usize = 255;

/// How the partner's files are to be read.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    pub(super) time_zone: TimeZone,
    pub(super) date_order: DateOrder,
    pub(super) rules: OutcomeRules,
    /// In bytes of UTF-8.
    pub(super) longest_record: usize,
}

/// The values of one record that have a column. Empty ones are left out.
#[derive(Debug, Default)]
pub(super) struct Row<'a> {
    values: Vec<(Column, Cow<'a, str>)>,
    /// Texts may hold U+FFFD where the file is damaged.
    pub(super) damaged: bool,
}

/// A job, whose organization it is, and whether its status word is known.
#[derive(Debug, PartialEq)]
pub(super) struct JobRow {
    pub(super) job: Job,
    pub(super) organization_name: String,
    pub(super) status_is_known: bool,
}

#[derive(Debug, PartialEq)]
pub(super) struct UsageRow {
    pub(super) usage: Usage,
    pub(super) organization_name: String,
    pub(super) state: Option<OrganizationState>,
}

impl<'a> Row<'a> {
    pub(super) fn set(&mut self, column: Column, value: Cow<'a, str>) {
        if !value.trim().is_empty() {
            self.values.push((column, value));
        }
    }

    pub(super) fn job(&self, reading: &Reading, notation: Notation) -> Result<JobRow, String> {
        let (organization_id, organization_name) = self.organization()?;
        let system = self.required(Column::System)?;
        let status = self.required(Column::Status)?;
        let task = self.name(Column::Task)?;
        let warning_count = self.count(Column::WarningCount)?;
        let error_count = self.count(Column::ErrorCount)?;
        let (outcome, status_is_known) = reading.rules.outcome(&status, warning_count, error_count);
        let started_at = self.moment(Column::StartedAt, reading, DayAlone::Refused)?;
        let finished_at = self.moment(Column::FinishedAt, reading, DayAlone::Refused)?;
        if finished_at.is_none() && outcome != Outcome::NotFinished {
            return Err(lacking(Column::FinishedAt));
        }
        let id = match self.name(Column::JobId)? {
            Some(id) => fitting_id(id, LONGEST_JOB_ID),
            None => derived_id(
                &organization_id,
                &system,
                task.as_deref(),
                started_at,
                finished_at,
            ),
        };
        Ok(JobRow {
            job: Job {
                id,
                organization_id,
                system: text::name(&system),
                task: task.as_deref().map(text::name),
                kind: text::kind(self.get(Column::Kind).unwrap_or_default()),
                status: text::name(&status),
                outcome,
                started_at,
                finished_at,
                bytes_processed: self.size(Column::BytesProcessed, notation)?,
                bytes_transferred: self.size(Column::BytesTransferred, notation)?,
                warning_count,
                error_count,
                message: self.get(Column::Message).and_then(text::message),
            },
            organization_name,
            status_is_known,
        })
    }

    pub(super) fn usage(&self, reading: &Reading, notation: Notation) -> Result<UsageRow, String> {
        let (organization_id, organization_name) = self.organization()?;
        let measured_at = self
            .moment(Column::MeasuredAt, reading, DayAlone::Begins)?
            .ok_or_else(|| lacking(Column::MeasuredAt))?;
        let quantity = self.required(Column::Quantity)?;
        let unit = self.required(Column::Unit)?;
        let bytes = size::bytes(&quantity, &unit, notation)
            .map_err(|reason| wrong(Column::Quantity, &format!("{quantity} {unit}"), reason))?;
        let metric = self.name(Column::Metric)?;
        Ok(UsageRow {
            usage: Usage {
                organization_id,
                metric: metric
                    .map_or_else(|| DEFAULT_METRIC.to_owned(), |metric| text::name(&metric)),
                bytes,
                measured_at,
            },
            organization_name,
            state: self.get(Column::State).map(text::state),
        })
    }

    fn get(&self, column: Column) -> Option<&str> {
        let found = self.values.iter().find(|(of, _)| *of == column);
        found.map(|(_, value)| value.trim())
    }

    /// A text that tells things apart: on one line, whole, and not damaged.
    fn name(&self, column: Column) -> Result<Option<String>, String> {
        let Some(value) = self.get(column) else {
            return Ok(None);
        };
        if self.damaged && value.contains('\u{fffd}') {
            let reason = "holds bytes that are not text in this file's encoding; save it as UTF-8";
            return Err(wrong(column, value, reason));
        }
        Ok(Some(text::line(value, usize::MAX)).filter(|value| !value.is_empty()))
    }

    fn required(&self, column: Column) -> Result<String, String> {
        self.name(column)?.ok_or_else(|| lacking(column))
    }

    /// Id and name. Where there is no id of its own, the text in the column is the id.
    fn organization(&self) -> Result<(String, String), String> {
        let text = self.required(Column::Organization)?;
        let name = self.name(Column::OrganizationName)?;
        let name = text::name(name.as_deref().unwrap_or(&text));
        Ok((fitting_id(text, LONGEST_ORGANIZATION_ID), name))
    }

    fn count(&self, column: Column) -> Result<u32, String> {
        let Some(value) = self.get(column) else {
            return Ok(0);
        };
        value
            .parse()
            .map_err(|_| wrong(column, value, "is not a whole number"))
    }

    fn size(&self, column: Column, notation: Notation) -> Result<Option<u64>, String> {
        self.get(column)
            .map(|value| size::size(value, notation).map_err(|reason| wrong(column, value, reason)))
            .transpose()
    }

    fn moment(
        &self,
        column: Column,
        reading: &Reading,
        day_alone: DayAlone,
    ) -> Result<Option<Timestamp>, String> {
        self.get(column)
            .map(|value| {
                moment::parse(value, &reading.time_zone, reading.date_order, day_alone)
                    .map_err(|reason| wrong(column, value, reason))
            })
            .transpose()
    }
}

fn lacking(column: Column) -> String {
    format!("{} is empty", column.name())
}

fn wrong(column: Column, value: &str, reason: &str) -> String {
    format!("{} \"{}\" {reason}", column.name(), text::line(value, 40))
}

/// Too long an id is cut, and told from others that begin alike by its hash.
fn fitting_id(id: String, longest: usize) -> String {
    if id.chars().count() <= longest {
        return id;
    }
    let hash = hex(&Sha256::digest(id.as_bytes())[..8]);
    let begin: String = id.chars().take(longest - 1 - hash.len()).collect();
    format!("{begin}-{hash}")
}

/// The id of a job that has none: the same for every reading of the same row, in whatever form the
/// row's times are written.
fn derived_id(
    organization_id: &str,
    system: &str,
    task: Option<&str>,
    started_at: Option<Timestamp>,
    finished_at: Option<Timestamp>,
) -> String {
    let moment = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    let mut hasher = Sha256::new();
    for part in [
        organization_id,
        system,
        task.unwrap_or_default(),
        &moment(started_at),
        &moment(finished_at),
    ] {
        // With its length, so that no two rows run into the same text.
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    format!("row-{}", hex(&hasher.finalize()[..16]))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

const _: () = assert!(LONGEST_ORGANIZATION_ID < LONGEST_NAME);

#[cfg(test)]
mod tests {
    use super::*;

    fn reading() -> Reading {
        Reading {
            time_zone: TimeZone::get("Europe/Berlin").unwrap(),
            date_order: DateOrder::Unknown,
            rules: OutcomeRules::default(),
            longest_record: 256 << 10,
        }
    }

    fn row<'a>(values: &[(Column, &'a str)]) -> Row<'a> {
        let mut row = Row::default();
        for (column, value) in values {
            row.set(*column, Cow::Borrowed(value));
        }
        row
    }

    const JOB: [(Column, &str); 4] = [
        (Column::Organization, "Müller GmbH"),
        (Column::System, "srv-1"),
        (Column::Status, "Finished"),
        (Column::FinishedAt, "2026-11-23 14:00"),
    ];

    fn job(more: &[(Column, &'static str)]) -> Result<Job, String> {
        let kept = JOB
            .iter()
            .filter(|(column, _)| more.iter().all(|(other, _)| other != column));
        let values: Vec<_> = kept.chain(more).copied().collect();
        row(&values)
            .job(&reading(), Notation::Point)
            .map(|row| row.job)
    }

    #[test]
    fn four_values_are_enough_for_a_job() {
        let job = job(&[]).unwrap();
        assert_eq!(job.organization_id, "Müller GmbH");
        assert_eq!(job.outcome, Outcome::Success);
        assert_eq!(
            job.finished_at,
            Some("2026-11-23T13:00:00Z".parse().unwrap())
        );
        assert!(job.id.starts_with("row-"), "{}", job.id);
    }

    #[test]
    fn a_derived_id_tells_rows_apart_and_does_not_depend_on_how_times_are_written() {
        let id = |more| job(more).unwrap().id;
        assert_eq!(id(&[]), id(&[(Column::FinishedAt, "2026-11-23T13:00:00Z")]));
        assert_eq!(
            id(&[]),
            id(&[(Column::Status, "failed"), (Column::Message, "x")])
        );
        let mut ids = vec![
            id(&[]),
            id(&[(Column::FinishedAt, "2026-11-23 14:01")]),
            id(&[(Column::StartedAt, "2026-11-23 13:00")]),
            id(&[(Column::Task, "daily")]),
            id(&[(Column::System, "srv-2")]),
            id(&[(Column::Organization, "Müller")]),
        ];
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 6);
    }

    #[test]
    fn what_is_wrong_is_named_with_column_and_value() {
        let table: [(&[(Column, &'static str)], &str); 7] = [
            (&[(Column::System, " ")], "system is empty"),
            (&[(Column::Organization, "")], "organization is empty"),
            (&[(Column::FinishedAt, "")], "finished_at is empty"),
            (
                &[(Column::FinishedAt, "noon")],
                "finished_at \"noon\" is not a date",
            ),
            (
                &[(Column::StartedAt, "2026-11-23")],
                "started_at \"2026-11-23\" has no time of day",
            ),
            (
                &[(Column::ErrorCount, "-1")],
                "error_count \"-1\" is not a whole number",
            ),
            (
                &[(Column::BytesProcessed, "much")],
                "bytes_processed \"much\" has a unit",
            ),
        ];
        for (more, expected) in table {
            let reason = job(more).unwrap_err();
            assert!(reason.starts_with(expected), "{reason}");
        }
    }

    #[test]
    fn a_job_that_still_runs_needs_no_end() {
        let job = job(&[(Column::Status, "active"), (Column::FinishedAt, "")]).unwrap();
        assert_eq!((job.outcome, job.finished_at), (Outcome::NotFinished, None));
    }

    #[test]
    fn a_damaged_name_is_refused_and_a_damaged_message_is_not() {
        let mut values = JOB.to_vec();
        values.push((Column::Message, "br\u{fffd}ken"));
        let mut row = row(&values);
        row.damaged = true;
        let found = row.job(&reading(), Notation::Point).unwrap();
        assert_eq!(found.job.message.as_deref(), Some("br\u{fffd}ken"));
        row.values[1].1 = Cow::Borrowed("srv\u{fffd}");
        assert!(
            row.job(&reading(), Notation::Point)
                .unwrap_err()
                .starts_with("system")
        );
        row.damaged = false;
        assert!(row.job(&reading(), Notation::Point).is_ok());
    }

    #[test]
    fn long_ids_stay_apart() {
        let long = |end: &str| fitting_id(format!("{}{end}", "ä".repeat(80)), 64);
        assert_eq!(long("1").chars().count(), 64);
        assert_ne!(long("1"), long("2"));
        assert_eq!(fitting_id("ä".repeat(64), 64), "ä".repeat(64));
    }

    #[test]
    fn usage_takes_a_day_and_a_quantity() {
        let row = row(&[
            (Column::Organization, "org-1"),
            (Column::OrganizationName, "Müller GmbH"),
            (Column::MeasuredAt, "23.11.2026"),
            (Column::Quantity, "12.5"),
            (Column::Unit, "GB"),
            (Column::State, "Trial"),
        ]);
        let found = row.usage(&reading(), Notation::Point).unwrap();
        assert_eq!(found.usage.bytes, 12_500_000_000);
        assert_eq!(found.usage.metric, DEFAULT_METRIC);
        assert_eq!(
            found.usage.measured_at,
            "2026-11-22T23:00:00Z".parse().unwrap()
        );
        assert_eq!(found.organization_name, "Müller GmbH");
        assert_eq!(found.state, Some(OrganizationState::Trial));
    }
}
