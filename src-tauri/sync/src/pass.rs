//! One run: ask the source, take in, plan, send. Nothing else calls intake, plan or dispatch.
//!
//! A source that cannot be read does not keep the outbox from being sent, and an Autotask that
//! cannot be reached does not keep jobs from being taken in: such trouble is in the report. A
//! refused login, of either side, ends the pass, and no later one sends anything until the login has
//! been tested again.

use std::fmt;
use std::time::Duration;

use autotask::{Estimate, Priority};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::{
    backoff,
    billing::{self, Spread},
    clock::Clock,
    connect::Connection,
    digest::{self, Read},
    dispatch::{
        self, Dispatch, Halt, Tally,
        picklists::{self, RefreshError},
        verdict::{self, Verdict, verdict},
    },
    intake::{self, IntakeHalt},
    login::{self, Service},
    plan,
    store::{JobRow, Store, StoreError},
};

/// How patient a pass is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    pub settle: Settle,
    /// How two computers keep out of each other's way when they bill.
    pub spread: Spread,
    /// Sending ends after so long, between two portions, and goes on with the next pass: jobs are asked
    /// for meanwhile, and what is urgent does not wait for a backlog. `None`: it goes on to its end.
    pub gives_way: Option<Duration>,
    /// Wait for unclear postings to have rested, if it takes no longer than half a minute, and clear
    /// them up in the same pass.
    pub wait_for_unclear: bool,
}

/// How long an unclear posting rests before it is looked up: longer than Autotask may still be at
/// work on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settle {
    /// After an answer that says nothing certain: Autotask has come to its end with it.
    pub after_answer: Duration,
    /// After none (no answer in time, a connection that was cut, a gateway that gave up, a program
    /// that ended): nobody tells Autotask, which goes on for as long as it allows itself, and 200
    /// tickets in one transaction take their time.
    pub after_silence: Duration,
}

impl Settle {
    /// The same in both cases.
    pub fn both(rest: Duration) -> Self {
        Self {
            after_answer: rest,
            after_silence: rest,
        }
    }

    pub(crate) fn after(self, error: &autotask::Error) -> Duration {
        if verdict::was_silence(error) {
            self.after_silence
        } else {
            self.after_answer
        }
    }
}

impl Default for Settle {
    fn default() -> Self {
        Self {
            after_answer: Duration::from_secs(20),
            after_silence: Duration::from_secs(5 * 60),
        }
    }
}

/// What a pass is doing. Shown as words for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    ReadingJobs {
        received: u64,
    },
    Planning,
    Sending {
        done: u64,
        left: u64,
        /// What the rest will take.
        takes: Estimate,
    },
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReadingJobs { received: 0 } => f.write_str("Asking Cloud Direct for jobs"),
            Self::ReadingJobs { received } => write!(f, "Reading jobs: {received} received"),
            Self::Planning => f.write_str("Planning tickets"),
            Self::Sending { done, left, takes } => {
                write!(f, "Sending tickets: {done} done, {left} left ({takes})")
            }
        }
    }
}

/// How a pass went.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    pub jobs_received: u64,
    pub jobs_new: u64,
    /// Postings that there were not before.
    pub planned: u64,
    pub sent: u64,
    /// Were in Autotask already.
    pub found: u64,
    /// Notes on tickets whose jobs ended worse than was known.
    pub notes: u64,
    /// As things stand now: planned, sending and unclear.
    pub waiting: u64,
    pub needs_attention: u64,
    /// Sending gave way to the next pass, which is to come at once.
    pub gave_way: bool,
    /// Of the waiting ones: they rest before they are looked up.
    pub unclear: u64,
    /// When the first of the unclear ones may be looked up; a pass before that has nothing to do for
    /// them.
    pub next_look: Option<Timestamp>,
    /// When this computer is to see to the next Daily Digest: at its time, or up to two minutes later.
    pub next_digest: Option<Timestamp>,
    /// Billable usage.
    pub billing: Box<billing::Report>,
    /// Files and lines of exports that could not be read; `notices` name them.
    pub left_out: u64,
    /// What a person should see although the rest counted.
    pub notices: Vec<String>,
    /// Autotask asked for a pause.
    pub paused_until: Option<Timestamp>,
    /// What kept the pass from doing everything.
    pub problems: Vec<Problem>,
    /// It came through: jobs were read, and what was due went out, or a part of it.
    pub synced: bool,
}

/// Trouble with one side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    pub service: Service,
    /// Stable, for programs.
    pub code: String,
    /// What happened, and what to do.
    pub message: String,
}

#[derive(Debug, thiserror::Error)]
pub enum PassError {
    #[error("{message}")]
    LoginRefused { service: Service, message: String },
    #[error("A sync is running already.")]
    Busy,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("The sync was stopped. What was not sent goes out with the next one.")]
    Cancelled,
}

/// Jobs that are planned in one transaction.
const PLANNED_AT_ONCE: usize = 1_000;
/// How often a pass waits for unclear postings.
const ROUNDS: u32 = 3;
/// And how long at most: nobody sits in front of a command for minutes without knowing why.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// See the module. `cancel` takes effect between calls; a create that has begun is waited for.
pub async fn run(
    store: &Store,
    connection: &Connection,
    clock: &dyn Clock,
    limits: &Limits,
    cancel: &CancellationToken,
    on_progress: &(dyn Fn(Progress) + Sync),
) -> Result<Report, PassError> {
    let _one_at_a_time = store.passing.try_lock().map_err(|_| PassError::Busy)?;
    // Also where nothing is sent: nobody shall see as being sent what is not.
    {
        let no_test_ticket = store.testing.try_lock();
        store.lose_track_of_sending(
            limits.settle.after_silence,
            no_test_ticket.is_ok(),
            clock.now(),
        )?;
    }
    store.lose_track_of_lines(limits.settle.after_silence, clock.now())?;
    if let Some((service, message)) = login::refused(store)? {
        return Err(PassError::LoginRefused { service, message });
    }
    let mut report = Report::default();
    store
        .governor()
        .set_share(store.settings()?.general.quota_share);
    store.shorten_ledger(clock.now())?;

    on_progress(Progress::ReadingJobs { received: 0 });
    let export_waits;
    let received = |received| on_progress(Progress::ReadingJobs { received });
    match intake::run(store, connection.source.as_ref(), clock, cancel, &received).await {
        Ok(intake) => {
            report.jobs_received = intake.received;
            report.jobs_new = intake.new;
            report.left_out = intake.left_out;
            export_waits = intake.waits;
            report.notices.extend(intake.notices);
            report.problems.extend(intake.problem.map(|error| Problem {
                service: Service::CloudDirect,
                code: error.code().to_owned(),
                message: error.to_string(),
            }));
        }
        Err(IntakeHalt::Cancelled) => return Err(PassError::Cancelled),
        Err(IntakeHalt::Store(error)) => return Err(error.into()),
        Err(IntakeHalt::Stop(error)) => {
            return Err(PassError::LoginRefused {
                service: Service::CloudDirect,
                message: error.to_string(),
            });
        }
    }

    on_progress(Progress::Planning);
    report.planned = plan_all(store, clock)?;
    let read = match (report.problems.is_empty(), export_waits) {
        (false, _) => Read::Broken,
        (true, true) => Read::AllButWhatIsBeingWritten,
        (true, false) => Read::All,
    };
    let digests = digest::plan_due(store, read, clock.now())?;
    report.planned += digests.planned;
    report.notices.extend(digests.notice);
    report.next_digest = digests.next;
    if store.settings()?.alerts.is_some() {
        send_all(
            store,
            connection,
            clock,
            limits,
            cancel,
            on_progress,
            &mut report,
        )
        .await?;
    }

    if report.paused_until.is_none() {
        let source_answers = report
            .problems
            .iter()
            .all(|problem| problem.service != Service::CloudDirect);
        let billed =
            billing::in_pass(store, connection, clock, limits, source_answers, cancel).await?;
        report.notices.extend(billed.notices.iter().cloned());
        report.problems.extend(billed.problems.iter().cloned());
        report.paused_until = billed.paused_until;
        report.billing = Box::new(billed);
    }

    let counts = store.counts()?;
    report.waiting = counts.waiting;
    report.unclear = counts.unclear;
    report.next_look = store.next_unclear()?;
    if let Some(rested) = report.next_look.filter(|_| limits.wait_for_unclear) {
        let zone = store.settings()?.general.zone();
        report.notices.push(format!(
            "It is not clear yet whether Autotask has {} of the tickets: no certain answer came. They \
             rest until {}, and the next sync after that looks them up before anything is sent again.",
            report.unclear,
            plan::local(rested, &zone)
        ));
    }
    report.needs_attention = counts.needs_attention;
    let came_to_a_stop =
        report.paused_until.is_some() && report.waiting > 0 && report.sent + report.found == 0;
    report.synced = report.problems.is_empty() && !came_to_a_stop;
    if report.synced {
        store.set_last_pass(clock.now())?;
    }
    Ok(report)
}

/// Decides about every job that is new, and takes back what is no longer wanted. Jobs wait until
/// Options have been saved once.
fn plan_all(store: &Store, clock: &dyn Clock) -> Result<u64, StoreError> {
    let mut planned = 0;
    store.let_in_set_aside()?;
    let alerts = loop {
        // Anew for each batch: a person may save Options meanwhile.
        let Some(alerts) = store.settings()?.alerts else {
            return Ok(planned);
        };
        let jobs = store.new_jobs(PLANNED_AT_ONCE)?;
        if jobs.is_empty() {
            break alerts;
        }
        let decisions: Vec<(JobRow, plan::Decision)> = jobs
            .into_iter()
            .map(|job| {
                let decision = plan::plan(&job.job, &alerts, job.excluded);
                (job, decision)
            })
            .collect();
        planned += store.plan_jobs(&decisions, clock.now())?;
    };
    store.withdraw_unwanted(&alerts, clock.now())?;
    Ok(planned)
}

async fn send_all(
    store: &Store,
    connection: &Connection,
    clock: &dyn Clock,
    limits: &Limits,
    cancel: &CancellationToken,
    on_progress: &(dyn Fn(Progress) + Sync),
    report: &mut Report,
) -> Result<(), PassError> {
    if let Some(until) = dispatch::paused_until(store, clock.now())? {
        report.paused_until = Some(until);
        return Ok(());
    }
    let client = &connection
        .autotask
        .with_priority(Priority::Urgent)
        .until(cancel.clone());
    let dispatch = Dispatch {
        store,
        client,
        clock,
        settle: limits.settle,
        gives_way_at: gives_way_at(limits, report.next_digest, clock.now()),
        cancel,
        on_progress: &|done, left, takes| on_progress(Progress::Sending { done, left, takes }),
    };
    let mut tally = Tally::default();
    if store.has_open_postings()? {
        let refreshed = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(PassError::Cancelled),
            refreshed = picklists::refresh_if_due(store, client, clock.now()) => refreshed,
        };
        match refreshed {
            Ok(()) => {}
            Err(RefreshError::Store(error)) => return Err(error.into()),
            Err(RefreshError::Autotask(error)) if verdict(&error) == Verdict::Stop => {
                store.login_refused(Service::Autotask, &error.to_string(), clock.now())?;
                return Err(PassError::LoginRefused {
                    service: Service::Autotask,
                    message: error.to_string(),
                });
            }
            Err(RefreshError::Autotask(error)) => match verdict(&error) {
                Verdict::Throttled { retry_after } => {
                    report.paused_until = Some(dispatch.throttled(retry_after)?);
                    return Ok(());
                }
                Verdict::Transient | Verdict::Unclear | Verdict::Stop => {
                    report.problems.push(problem(&error));
                    return Ok(());
                }
                // What is known from before will do; if not, the tickets are refused in plain words.
                Verdict::Refused | Verdict::Blocked => {
                    let notice = format!(
                        "Priorities, queues or accounts could not be read again from Autotask. {error}"
                    );
                    store.add_notice(&notice, clock.now())?;
                    report.notices.push(notice);
                }
            },
        }
    }
    for round in 0.. {
        match dispatch.run(&mut tally).await {
            Ok(()) => {}
            Err(Halt::Cancelled) => return Err(PassError::Cancelled),
            Err(Halt::Store(error)) => return Err(error.into()),
            Err(Halt::Stop(error)) => {
                return Err(PassError::LoginRefused {
                    service: Service::Autotask,
                    message: error.to_string(),
                });
            }
        }
        let over = tally.paused_until.is_some()
            || tally.problem.is_some()
            || tally.gave_way
            || round >= ROUNDS;
        if over || !limits.wait_for_unclear {
            break;
        }
        let Some(wait) = wait_for_unclear(store, clock)? else {
            break;
        };
        tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(PassError::Cancelled),
            () = tokio::time::sleep(wait) => {}
        }
    }
    report.sent = tally.sent;
    report.found = tally.found;
    report.notes = tally.notes;
    report.notices.extend(tally.notices);
    report.paused_until = tally.paused_until;
    report.gave_way = tally.gave_way;
    report.problems.extend(tally.problem.as_ref().map(problem));
    Ok(())
}

/// A Daily Digest is not made to wait either.
fn gives_way_at(
    limits: &Limits,
    next_digest: Option<Timestamp>,
    now: Timestamp,
) -> Option<Timestamp> {
    let turn_ends = backoff::later(now, limits.gives_way?);
    Some(next_digest.map_or(turn_ends, |digest| digest.min(turn_ends)))
}

/// How long until all unclear postings have rested that are worth waiting for: their answers were lost
/// one after the other.
fn wait_for_unclear(store: &Store, clock: &dyn Clock) -> Result<Option<Duration>, StoreError> {
    let now = clock.now();
    let Some(rested) = store.last_unclear(backoff::later(now, LONGEST_WAIT))? else {
        return Ok(None);
    };
    let wait = rested.duration_since(now).max(SignedDuration::ZERO);
    let wait = Duration::try_from(wait).unwrap_or_default();
    // A moment more, because the clock and the timer are not the same.
    Ok(Some(wait + Duration::from_millis(20)))
}

fn problem(error: &autotask::Error) -> Problem {
    Problem {
        service: Service::Autotask,
        code: error.code().to_owned(),
        message: error.to_string(),
    }
}
