//! What a pass makes of the digests that are due: postings, each day in one transaction with the record
//! that it is done.
//!
//! - Only what is mapped gets a digest: an organization that is mapped later has no digests of the
//!   days before.
//! - A day is told once all its jobs have been asked for. While the source cannot be read its digest
//!   is due and waits: one that says *no jobs* because of a cut line would be a false alarm. For an export
//!   that is still being written it waits an hour: one that is never finished must not keep it for good.
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

/// How long a digest waits for an export that is being written, and how often that is looked at.
const WAITS_FOR_EXPORT: Duration = Duration::from_secs(60 * 60);
const LOOKS_FOR_EXPORT: Duration = Duration::from_secs(60);

/// How far the source was read just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Read {
    All,
    AllButWhatIsBeingWritten,
    /// Not to its end.
    Broken,
}

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

/// See the module.
pub(crate) fn plan_due(
    store: &Store,
    read: Read,
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
    let waits = outlook.due.last().is_some_and(|last| match read {
        Read::All => false,
        Read::Broken => true,
        Read::AllButWhatIsBeingWritten => now < backoff::later(last.at, WAITS_FOR_EXPORT),
    });
    if waits {
        if read == Read::AllButWhatIsBeingWritten {
            planned.next = Some(backoff::later(now, LOOKS_FOR_EXPORT));
        }
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
