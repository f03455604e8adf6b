//! Billing in a pass: measure, make the lines of invoice dates that have come, post what may go by itself,
//! read back. Each step is good without the others, and all of it without tickets.

use std::collections::HashSet;
use std::time::Duration;

use autotask::{Client, Priority};
use cloud_direct::Class;
use jiff::Timestamp;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::{
    State, due, measure,
    post::{Poster, Tally, Which},
};
use crate::{
    backoff,
    clock::Clock,
    connect::Connection,
    dispatch::Halt,
    login::Service,
    pass::{Limits, PassError, Problem},
    store::{Store, StoreError},
};

/// How long a computer waits before it posts, for a time of its own, so that two with the same settings
/// seldom do at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spread {
    /// When an invoice date has come.
    pub by_itself: Duration,
    /// When a person has asked for it.
    pub asked: Duration,
}

impl Default for Spread {
    fn default() -> Self {
        Self {
            by_itself: Duration::from_secs(10 * 60),
            asked: Duration::from_secs(3),
        }
    }
}

impl Spread {
    /// Nobody waits.
    pub const NONE: Spread = Spread {
        by_itself: Duration::ZERO,
        asked: Duration::ZERO,
    };
}

/// How it went.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Days whose usage was asked for.
    pub measured_days: u64,
    /// Lines of invoice dates that have come.
    pub planned: u64,
    /// Changes that Autotask took.
    pub posted: u64,
    /// Lines whose units were read as wanted, those that were so already among them.
    pub verified: u64,
    /// As things stand now: wait for approval, and can have it.
    pub held: u64,
    /// As things stand now: to be posted, blocked ones too, posted and not read back, or unclear.
    pub waiting: u64,
    /// As things stand now.
    pub needs_review: u64,
    /// When a line is next looked at by itself.
    pub next_look: Option<Timestamp>,
    /// When the next invoice date comes.
    pub next_invoice: Option<Timestamp>,
    /// Autotask asked for a pause.
    pub paused_until: Option<Timestamp>,
    /// What a person should see although the rest counted.
    pub notices: Vec<String>,
    /// What kept it from doing everything.
    pub problems: Vec<Problem>,
}

impl Report {
    /// How things stand, after a run.
    pub(super) fn of(store: &Store, tally: Tally, now: Timestamp) -> Result<Self, StoreError> {
        let held = store.count_to_approve()?;
        let waiting = [
            State::Held,
            State::Planned,
            State::Sending,
            State::Posted,
            State::Unclear,
        ];
        Ok(Self {
            posted: tally.posted,
            verified: tally.verified,
            held,
            waiting: store.count_lines(&waiting)?.saturating_sub(held),
            needs_review: store.count_lines(&[State::NeedsReview])?,
            next_look: store.next_line(now)?,
            paused_until: tally.paused_until,
            problems: tally
                .problem
                .iter()
                .map(|error| Problem {
                    service: Service::Autotask,
                    code: error.code().to_owned(),
                    message: error.to_string(),
                })
                .collect(),
            ..Self::default()
        })
    }
}

impl From<Halt> for PassError {
    fn from(halt: Halt) -> Self {
        match halt {
            Halt::Cancelled => PassError::Cancelled,
            Halt::Store(error) => PassError::Store(error),
            Halt::Stop(error) => PassError::LoginRefused {
                service: Service::Autotask,
                message: error.to_string(),
            },
        }
    }
}

/// See the module. `source_answers`: it was read just now.
pub(crate) async fn in_pass(
    store: &Store,
    connection: &Connection,
    clock: &dyn Clock,
    limits: &Limits,
    source_answers: bool,
    cancel: &CancellationToken,
) -> Result<Report, PassError> {
    let due = due::plan_due(store, limits.spread.by_itself, clock.now())?;
    let enabled = store.settings()?.billing.enabled;
    let mut notices: Vec<String> = due.notice.into_iter().collect();
    let mut problems = Vec::new();
    let mut measured_days = 0;
    if enabled && source_answers {
        let taking = measure::take(store, connection.source.as_ref(), clock);
        let taken = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(PassError::Cancelled),
            taken = taking => taken?,
        };
        for notice in &taken.notices {
            store.add_notice(notice, clock.now())?;
        }
        notices.extend(taken.notices);
        measured_days = taken.days;
        if let Some(error) = taken.problem {
            if error.class() == Class::Stop {
                store.login_refused(Service::CloudDirect, &error.to_string(), clock.now())?;
                return Err(PassError::LoginRefused {
                    service: Service::CloudDirect,
                    message: error.to_string(),
                });
            }
            problems.push(Problem {
                service: Service::CloudDirect,
                code: error.code().to_owned(),
                message: error.to_string(),
            });
        }
    }
    let client = &connection.autotask.with_priority(Priority::High);
    let tally = post(
        store,
        client,
        clock,
        limits,
        &Which::Due,
        cancel,
        &|_, _| {},
    )
    .await?;
    let mut report = Report::of(store, tally, clock.now())?;
    report.measured_days = measured_days;
    report.planned = due.planned;
    report.next_invoice = due.next;
    report.notices = notices;
    report.problems.extend(problems);
    Ok(report)
}

/// One run of posting or reading back.
pub(super) async fn post(
    store: &Store,
    client: &Client,
    clock: &dyn Clock,
    limits: &Limits,
    which: &Which,
    cancel: &CancellationToken,
    on_progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<Tally, Halt> {
    let poster = Poster {
        store,
        client,
        clock,
        settle: limits.settle,
        cancel,
        on_progress,
    };
    let mut tally = Tally::default();
    poster.run(which, &mut tally).await?;
    Ok(tally)
}

/// The same, of what a person asks for: at a moment that differs from computer to computer.
pub(super) async fn post_asked(
    store: &Store,
    client: &Client,
    clock: &dyn Clock,
    limits: &Limits,
    ids: HashSet<i64>,
    cancel: &CancellationToken,
    on_progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<Tally, Halt> {
    let wait = backoff::own_wait(&store.installation()?, "asked", limits.spread.asked);
    tokio::select! {
        biased;
        () = cancel.cancelled() => return Err(Halt::Cancelled),
        () = tokio::time::sleep(wait) => {}
    }
    let which = Which::Asked(ids);
    post(store, client, clock, limits, &which, cancel, on_progress).await
}
