//! What a pass makes of the digests that are due: postings, each day in one transaction with the record
//! that it is done.
//!
//! - Only what is mapped gets a digest: an organization that is mapped later has no digests of the
//!   days before.
//! - A day is told once all its jobs have been asked for. While the source cannot be read its digest
//!   is due and waits: one that says *no jobs* because of a cut line would be a false alarm.
//! - Where days without a job are to have none (`alerts.digest_without_jobs`), who had none gets none.
//! - A digest stays as it was made; a job that becomes visible later has its own ticket.

use std::time::Duration;

use jiff::Timestamp;

use super::{Digest, preview::mapped};
use crate::{
    backoff,
    schedule::{self, Rhythm, Schedule, Span},
    settings::Settings,
    store::{Store, StoreError},
};

/// Two computers with the same settings would all look and send in the same seconds of the day.
const SPREAD: Duration = Duration::from_secs(2 * 60);

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct PlannedDigests {
    /// Postings that there were not before.
    pub planned: u64,
    /// Days that were too long ago.
    pub notice: Option<String>,
    /// When this computer is to see to the next one.
    pub next: Option<Timestamp>,
}

/// `None` is a digest that is switched off, or Options that were never saved.
pub(super) fn schedule_of(settings: &Settings) -> Option<Schedule> {
    let alerts = settings.alerts.as_ref()?;
    alerts.digest.enabled.then(|| Schedule {
        rhythm: Rhythm::Daily,
        time: alerts.digest_time,
        zone: settings.general.zone(),
    })
}

/// See the module. `all_read`: the source was read to its end just now.
pub(crate) fn plan_due(
    store: &Store,
    all_read: bool,
    now: Timestamp,
) -> Result<PlannedDigests, StoreError> {
    let settings = store.settings()?;
    let schedule = schedule_of(&settings);
    store.withdraw_digests(schedule.is_none(), now)?;
    let before = store.digests_done()?;
    let outlook = schedule::look(now, &before, schedule.as_ref());
    let wait = backoff::own_wait(&store.installation()?, "digest", SPREAD);
    let mut planned = PlannedDigests {
        next: outlook.look_again.map(|at| backoff::later(at, wait)),
        ..PlannedDigests::default()
    };
    if !outlook.due.is_empty() && !all_read {
        return Ok(planned);
    }
    let mut done = before.clone();
    if let Some(days) = outlook.left_out {
        let notice = left_out(days);
        done = done.without(days);
        store.leave_out_digests(days, &notice, &done, now)?;
        planned.notice = Some(notice);
    }
    for due in &outlook.due {
        done = done.with(due.period, Rhythm::Daily);
        let digests: Vec<(String, Digest)> = mapped(store, due.date)?
            .into_iter()
            .filter(|preview| !preview.left_out)
            .map(|preview| (preview.organization_id, preview.digest))
            .collect();
        planned.planned += store.plan_digests(&digests, &done, now)?;
    }
    if outlook.record != done {
        store.plan_digests(&[], &outlook.record, now)?;
    }
    Ok(planned)
}

fn left_out(days: Span) -> String {
    format!(
        "There are no Daily Digests of {} to {}: they are too long ago. \
         autotask-integration digest --date DAY --preview shows them.",
        days.first, days.last
    )
}
