//! What a person asks for: to post (which approves), to read back, to settle.

use std::collections::HashSet;

use autotask::Client;
use jiff::civil::Date;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::{
    Change, Line, PreviewError, Record, Report, State, Terms, due,
    post::Which,
    preview::{self, Records},
    run,
};
use crate::{
    clock::Clock,
    login::{self, Service},
    pass::{Limits, PassError},
    store::{LineRecord, LineRow, NewLine, Store, StoreError},
};

/// What is to be posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    pub invoice_date: Date,
    /// `None`: all that can be posted, but for what needs review.
    pub lines: Option<Vec<Chosen>>,
    /// Of those that need review because Autotask takes no second change of that day: from the next day.
    pub next_day: bool,
}

/// One line, and what the person saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    pub organization_id: String,
    /// The units to be. Any other are not posted, but wait for approval again. `None`: as they are now.
    pub units: Option<i64>,
}

/// What became of it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Done {
    pub invoice_date: Date,
    pub report: Report,
    /// The lines that were asked for, by the organizations' names.
    pub lines: Vec<DoneLine>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DoneLine {
    pub organization_id: String,
    pub organization: String,
    /// `None`: it cannot be posted.
    pub record: Option<Record>,
    /// What it was sent with, or was found.
    pub terms: Option<Terms>,
    /// Why it cannot be posted.
    pub blocked: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    #[error("{message}")]
    LoginRefused { service: Service, message: String },
    #[error("A sync is running. Try again when it is done.")]
    Busy,
    #[error("Stopped. What was sent is read back with the next sync.")]
    Cancelled,
    #[error("There is no organization {0}, or it is excluded.")]
    UnknownOrganization(String),
    #[error("There is no such line of billing (any more). Press \"Read again\" on Billing.")]
    UnknownLine,
    #[error("{0}")]
    NotPossible(String),
    #[error("Say why it is settled.")]
    NoReason,
    #[error(transparent)]
    Autotask(#[from] autotask::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<PassError> for OrderError {
    fn from(error: PassError) -> Self {
        match error {
            PassError::LoginRefused { service, message } => Self::LoginRefused { service, message },
            PassError::Busy => Self::Busy,
            PassError::Cancelled => Self::Cancelled,
            PassError::Store(error) => Self::Store(error),
        }
    }
}

impl From<crate::dispatch::Halt> for OrderError {
    fn from(halt: crate::dispatch::Halt) -> Self {
        PassError::from(halt).into()
    }
}

impl From<PreviewError> for OrderError {
    fn from(error: PreviewError) -> Self {
        match error {
            PreviewError::Autotask(error) => Self::Autotask(error),
            PreviewError::Store(error) => Self::Store(error),
        }
    }
}

/// What everybody who posts needs.
#[derive(Clone, Copy)]
pub struct Means<'a> {
    pub store: &'a Store,
    pub client: &'a Client,
    pub clock: &'a dyn Clock,
    pub limits: &'a Limits,
    /// Takes effect between calls; a change that is being sent is waited for.
    pub cancel: &'a CancellationToken,
    /// Done, and left.
    pub on_progress: &'a (dyn Fn(u64, u64) + Sync),
}

impl std::fmt::Debug for Means<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Means").finish_non_exhaustive()
    }
}

impl Means<'_> {
    /// Nothing else posts meanwhile.
    pub(super) fn alone(&self) -> Result<tokio::sync::MutexGuard<'_, ()>, OrderError> {
        let alone = self
            .store
            .passing
            .try_lock()
            .map_err(|_| OrderError::Busy)?;
        if let Some((service, message)) = login::refused(self.store)? {
            return Err(OrderError::LoginRefused { service, message });
        }
        self.store
            .lose_track_of_lines(self.limits.settle.after_silence, self.clock.now())?;
        Ok(alone)
    }

    /// Posts these lines now.
    pub(super) async fn post_lines(&self, ids: HashSet<i64>) -> Result<Report, OrderError> {
        let tally = run::post_asked(
            self.store,
            self.client,
            self.clock,
            self.limits,
            ids,
            self.cancel,
            self.on_progress,
        )
        .await?;
        Ok(Report::of(self.store, tally, self.clock.now())?)
    }
}

/// *Post now*: approves the lines, posts them and reads them back. A line that needs review, or was settled, is
/// tried again only where it is named.
pub async fn post(means: &Means<'_>, order: &Order) -> Result<Done, OrderError> {
    let _alone = means.alone()?;
    let (store, now) = (means.store, means.clock.now());
    // What has come and has no lines yet would find its units under those of a later date.
    due::plan_due(store, means.limits.spread.by_itself, now)?;
    let preview = preview::to_post(store, means.client, order, now).await?;
    let mut chosen: Vec<(&Line, Option<i64>)> = Vec::new();
    match &order.lines {
        None => chosen.extend(preview.lines.iter().map(|line| (line, None))),
        Some(lines) => {
            for one in lines {
                let line = preview
                    .lines
                    .iter()
                    .find(|line| line.organization_id == one.organization_id)
                    .ok_or_else(|| OrderError::UnknownOrganization(one.organization_id.clone()))?;
                chosen.push((line, one.units));
            }
        }
    }
    let mut ids = HashSet::new();
    let mut shown = Vec::new();
    let (mut approvals, mut retried) = (Vec::new(), Vec::new());
    for (line, units) in chosen {
        let named = order.lines.is_some();
        let Some(id) = line_to_post(means, order, line, named)? else {
            if named || line.record.is_some() || line.blocked.is_some() {
                shown.push(line);
            }
            continue;
        };
        ids.insert(id);
        shown.push(line);
        let state = line.record.as_ref().map(|record| record.state);
        if matches!(state, Some(State::NeedsReview | State::Settled)) {
            let mut record = LineRecord::new(id, Change::Retried).not_before(now);
            if order.next_day {
                record.from_day = line.record.as_ref().and_then(|record| record.next_day);
            }
            record.approved = units;
            retried.push(record);
        } else if let Some(units) = units.or(line.units_to_be)
            && line.blocked.is_none()
        {
            approvals.push((id, units));
        }
    }
    store.record_lines(&retried, now)?;
    store.approve_lines(&approvals, now)?;
    let report = means.post_lines(ids).await?;
    let records = Records::of(store.billing_lines(order.invoice_date)?);
    let mut lines = Vec::with_capacity(shown.len());
    for line in shown {
        let row = records.of_organization(&line.organization_id);
        lines.push(DoneLine::of(line, row, &records));
    }
    Ok(Done {
        invoice_date: order.invoice_date,
        report,
        lines,
    })
}

/// The line of the store, made where there is none. `None`: there is nothing to post.
fn line_to_post(
    means: &Means<'_>,
    order: &Order,
    line: &Line,
    named: bool,
) -> Result<Option<i64>, StoreError> {
    let Some(record) = &line.record else {
        if line.blocked.is_some() {
            return Ok(None);
        }
        return add(means, order, line);
    };
    Ok(match record.state {
        // Nobody approves what they cannot see the change of; and what was sent is not taken for what was not.
        State::Held | State::NeedsReview | State::Settled if line.blocked.is_some() => None,
        State::Held | State::Planned => Some(record.id),
        State::NeedsReview | State::Settled if named => Some(record.id),
        State::Corrected | State::Withdrawn if line.blocked.is_none() && named => {
            return add(means, order, line);
        }
        State::NeedsReview
        | State::Sending
        | State::Posted
        | State::Unclear
        | State::Verified
        | State::Settled
        | State::Corrected
        | State::Withdrawn => None,
    })
}

fn add(means: &Means<'_>, order: &Order, line: &Line) -> Result<Option<i64>, StoreError> {
    let new = NewLine {
        organization_id: line.organization_id.clone(),
        invoice_date: order.invoice_date,
        corrects: None,
    };
    means.store.add_line(&new, means.clock.now())
}

impl DoneLine {
    fn of(line: &Line, row: Option<&LineRow>, records: &Records) -> Self {
        let planned_for_later = row.filter(|row| row.state == State::Planned);
        Self {
            organization_id: line.organization_id.clone(),
            organization: line.organization.clone(),
            record: row.map(|row| Record::of(row, records.correction_of(row.id))),
            terms: row.and_then(|row| row.terms.clone()),
            blocked: planned_for_later
                .and_then(|row| row.error.as_ref())
                .map(|(_, text)| text.clone())
                .or_else(|| {
                    let left = row.is_none_or(|row| {
                        matches!(row.state, State::Held | State::NeedsReview | State::Settled)
                    });
                    let blocked = line.blocked.as_ref().filter(|_| left);
                    blocked.map(ToString::to_string)
                }),
        }
    }
}

/// Reads back what was sent and is not decided, and what needs review; sends nothing.
pub async fn verify(means: &Means<'_>) -> Result<Report, OrderError> {
    let _alone = means.alone()?;
    let tally = run::post(
        means.store,
        means.client,
        means.clock,
        means.limits,
        &Which::ReadOnly,
        means.cancel,
        means.on_progress,
    )
    .await?;
    Ok(Report::of(means.store, tally, means.clock.now())?)
}

/// A person leaves the units as they are: of what needs review, or of what is not posted yet and is not to be.
pub fn settle(
    store: &Store,
    id: i64,
    reason: &str,
    now: jiff::Timestamp,
) -> Result<(), OrderError> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(OrderError::NoReason);
    }
    let line = store.line(id)?.ok_or(OrderError::UnknownLine)?;
    let made = store.record_lines(
        &[line.record(Change::Settled).because("settled", reason)],
        now,
    )?;
    if made.is_empty() {
        return Err(OrderError::NotPossible(format!(
            "The line is {}: only what needs review or is still to be posted is settled.",
            line.state.label()
        )));
    }
    Ok(())
}
