//! Invoice dates that have come: a line for each organization that is mapped to a service, in one
//! transaction with the record that the month is done.
//!
//! - What is mapped later has no line of an invoice date before, unless a person posts it.
//! - An organization that has expired, and whose units are left as they are, has a line that is settled with
//!   that reason: it is not billed for the time, should it come back.
//! - A line that never left is taken back when billing is switched off, and when its organization is
//!   excluded.
//! - What was posted ahead is read once more: the other computer may have posted an earlier date since, or
//!   somebody may have changed the units.
//! - Before a computer posts by itself, it waits for a time of its own: the second of two finds the units as
//!   wanted.

use std::time::Duration;

use cloud_direct::OrganizationState;
use jiff::{Timestamp, civil::Date};

use super::{Blocked, Change, State};
use crate::{
    backoff,
    schedule::{self, Due, Rhythm, Schedule, Span},
    settings::{Approval, Billing, Expired, Settings},
    store::{LineRecord, MappingRow, Store, StoreError, ToPlan},
    time_of_day,
};

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct PlannedLines {
    /// Lines that there were not before.
    pub planned: u64,
    /// Invoice dates that are too long ago.
    pub notice: Option<String>,
    /// When the next one is.
    pub next: Option<Timestamp>,
}

/// `None`: billing is switched off.
pub(crate) fn schedule_of(settings: &Settings) -> Option<Schedule> {
    settings.billing.enabled.then(|| always(settings))
}

/// As if billing were on: for looking.
fn always(settings: &Settings) -> Schedule {
    Schedule {
        rhythm: Rhythm::Monthly {
            day: settings.billing.invoice_day,
        },
        time: settings.billing.time,
        zone: settings.general.zone(),
    }
}

/// The last invoice date and the next one.
pub fn around(settings: &Settings, now: Timestamp) -> (Due, Due) {
    always(settings).around(now)
}

/// When an invoice date comes: what is measured later does not count for it.
pub fn moment(settings: &Settings, invoice_date: Date) -> Timestamp {
    time_of_day::at(
        invoice_date,
        settings.billing.time,
        &settings.general.zone(),
    )
}

/// The oldest invoice date that has come and has no lines yet.
pub(crate) fn oldest_to_plan(store: &Store, now: Timestamp) -> Result<Option<Date>, StoreError> {
    let schedule = schedule_of(&store.settings()?);
    let outlook = schedule::look(now, &store.invoices_done()?, schedule.as_ref());
    Ok(outlook.due.iter().map(|due| due.date).min())
}

/// See the module. `spread`: how long a computer waits at most.
pub(crate) fn plan_due(
    store: &Store,
    spread: Duration,
    now: Timestamp,
) -> Result<PlannedLines, StoreError> {
    let settings = store.settings()?;
    let schedule = schedule_of(&settings);
    withdraw_unwanted(store, schedule.is_none(), now)?;
    let before = store.invoices_done()?;
    let outlook = schedule::look(now, &before, schedule.as_ref());
    let mut planned = PlannedLines {
        planned: 0,
        notice: None,
        next: outlook.look_again,
    };
    let state = match settings.billing.approval {
        Approval::HoldAlways => State::Held,
        Approval::PostByItself | Approval::WhenChangedByMoreThan => State::Planned,
    };
    let mut done = before.clone();
    if let Some(months) = outlook.left_out {
        let notice = left_out(months);
        done = done.without(months);
        store.leave_out_invoices(months, &notice, &done, now)?;
        planned.notice = Some(notice);
    }
    for due in &outlook.due {
        done = done.with(due.period, Rhythm::Monthly { day: 0 });
        let installation = store.installation()?;
        let wait = backoff::own_wait(&installation, &due.date.to_string(), spread);
        // After all who wait for a time of their own.
        let read_at = backoff::later(now, spread);
        let lines: Vec<ToPlan> = store
            .mapping_rows(None)?
            .into_iter()
            .filter(is_billed)
            .map(|row| ToPlan {
                left: is_left(&row, &settings.billing).then(|| {
                    let why = Blocked::ExpiredLeft;
                    (why.code().to_owned(), why.to_string())
                }),
                organization_id: row.organization.id,
                state,
                not_before: backoff::later(now, wait),
            })
            .collect();
        planned.planned += store.plan_lines(due.date, &lines, read_at, &done, now)?;
    }
    if outlook.record != done {
        store.save_invoices_done(&outlook.record)?;
    }
    Ok(planned)
}

/// Mapped to a service, and not excluded.
pub(crate) fn is_billed(row: &MappingRow) -> bool {
    row.mapping.account.is_some()
        && row.mapping.contract.is_some()
        && row.mapping.service.is_some()
        && row.mapping.excluded.is_none()
}

/// It has expired, and its units stay as they are.
pub(crate) fn is_left(row: &MappingRow, billing: &Billing) -> bool {
    row.organization.state == OrganizationState::Expired && billing.expired == Expired::Leave
}

fn withdraw_unwanted(store: &Store, off: bool, now: Timestamp) -> Result<(), StoreError> {
    let lines = store.lines_in(&[State::Held, State::Planned])?;
    if lines.is_empty() {
        return Ok(());
    }
    let rows = store.mapping_rows(None)?;
    let excluded = |id: &str| {
        rows.iter()
            .any(|row| row.organization.id == id && row.mapping.excluded.is_some())
    };
    let unwanted: Vec<LineRecord> = lines
        .iter()
        // A correction is what a person asked for just now, and what had an effect did leave.
        .filter(|line| line.corrects.is_none() && line.former.is_none())
        .filter(|line| off || excluded(&line.organization_id))
        .map(|line| {
            let (code, why) = if off {
                ("switched_off", "Billing was switched off.")
            } else {
                ("excluded", "The organization was excluded.")
            };
            line.record(Change::Withdrawn).because(code, why)
        })
        .collect();
    store.record_lines(&unwanted, now)?;
    Ok(())
}

fn left_out(months: Span) -> String {
    format!(
        "Nothing was posted for the invoice dates of {} to {}: they are too long ago. \
         autotask-integration billing reconcile --date DATE shows them.",
        months.first, months.last
    )
}
