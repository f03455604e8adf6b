//! `sync`: one pass, or one after the other until stopped.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sync::billing::Spread;
use sync::connect::{self, ConnectError, Connection, Secrets};
use sync::pass::{self, Limits, PassError, Problem, Progress, Report, Settle};
use sync::settings::SourceKind;
use sync::status::{self, State};
use sync::store::{Counts, Store, StoreError};
use tokio_util::sync::CancellationToken;

use super::{Run, billing_waits, counted, may_send, print};
use crate::outcome::{Exit, Failure};
use crate::schedule::NextPass;
use crate::secrets::Name;
use crate::signal;

/// How long a pass that was told to stop may take to finish what it is sending: the program is to
/// be gone within five seconds.
const STOP_WITHIN: Duration = Duration::from_secs(4);

/// The longest nap between two looks at the clock: a sleeping computer must not sleep through.
const NAP: Duration = Duration::from_secs(60);

/// What keeps the store from being used is mostly over within seconds: another program's look at it, a
/// full disk that somebody makes room on.
const STORE_AGAIN: Duration = Duration::from_secs(10);

pub async fn once(run: &Run, settle: Option<Duration>) -> Result<Exit, Failure> {
    let store = open(run)?;
    if let Some(pause) = store.paused(run.clock.now()).map_err(Failure::attention)? {
        return Err(Failure::attention(format!(
            "{}: nothing was synced. End the pause with autotask-integration resume.",
            super::pause::words(run, pause)
        )));
    }
    let connection = connect(run, &store).await?;
    let limits = Limits {
        wait_for_unclear: true,
        ..limits(settle)
    };
    let stop = signal::stop_token();
    let ended = stoppable(run, &store, &connection, &limits, &stop).await;
    match ended.map_err(failed)? {
        Ended::Whole(report) => {
            tell(run, &report);
            exit(run, &store, &report)
        }
        Ended::Stopped(said) => Err(Failure::attention(said)),
    }
}

pub async fn keep_going(run: &Run, settle: Option<Duration>) -> Result<Exit, Failure> {
    let store = open(run)?;
    let connection = connect(run, &store).await?;
    let mut going = Going {
        run,
        store: &store,
        connection: &connection,
        limits: limits(settle),
        stop: signal::stop_token(),
        next: None,
        told_of_pause: false,
        told_of_trouble: String::new(),
    };
    loop {
        let left = match going.step().await {
            Ok(Step::Wait(left)) => left,
            Ok(Step::Stopped(said)) => {
                print::message(&said);
                return Ok(Exit::Done);
            }
            Err(PassError::Store(error)) if error.passes() => going.outlast(&error),
            Err(error) => return Err(failed(error)),
        };
        tokio::select! {
            () = tokio::time::sleep(left.min(NAP)) => (),
            () = going.stop.cancelled() => return Ok(Exit::Done),
        }
    }
}

/// One pass after the other.
struct Going<'a> {
    run: &'a Run,
    store: &'a Store,
    connection: &'a Connection,
    limits: Limits,
    stop: CancellationToken,
    /// `None`: at once.
    next: Option<NextPass>,
    told_of_pause: bool,
    told_of_trouble: String,
}

enum Step {
    /// Nothing is due for so long.
    Wait(Duration),
    /// By the person; says how far it came.
    Stopped(String),
}

impl Going<'_> {
    /// Does what is due.
    async fn step(&mut self) -> Result<Step, PassError> {
        let now = self.run.clock.now();
        if self.store.end_pause(now)? {
            self.next = None;
        }
        if let Some(pause) = self.store.paused(now)? {
            if !self.told_of_pause {
                let words = super::pause::words(self.run, pause);
                print::message(&format!("{words}."));
                self.told_of_pause = true;
            }
            let until = pause.until.map(|until| now.duration_until(until));
            let left = until.map_or(NAP, |until| Duration::try_from(until).unwrap_or_default());
            return Ok(Step::Wait(left));
        }
        if self.next.is_none_or(|next| next.is_due(now)) {
            let (run, stop) = (self.run, &self.stop);
            let interval = interval(self.store)?;
            let limits = Limits {
                gives_way: Duration::try_from(interval).ok(),
                ..self.limits
            };
            match stoppable(run, self.store, self.connection, &limits, stop).await? {
                Ended::Whole(report) => {
                    tell(run, &report);
                    self.told_of_trouble.clear();
                    let now = run.clock.now();
                    self.next = Some(NextPass::after(now, interval, Some(&report)));
                }
                Ended::Stopped(said) => return Ok(Step::Stopped(said)),
            }
        }
        let now = self.run.clock.now();
        let left = self.next.map_or(Duration::ZERO, |next| next.left(now));
        Ok(Step::Wait(left))
    }

    /// The store cannot be used now: says so once, and tries again soon. What was under way is looked
    /// up then.
    fn outlast(&mut self, error: &StoreError) -> Duration {
        let told = error.to_string();
        if self.told_of_trouble != told {
            tracing::warn!(%error, "a pass was cut short");
            print::message(&format!("Problem: {told}"));
            self.told_of_trouble = told;
        }
        self.next = None;
        STORE_AGAIN
    }
}

pub(super) fn limits(settle: Option<Duration>) -> Limits {
    let usual = Limits::default();
    Limits {
        settle: settle.map_or(usual.settle, Settle::both),
        spread: settle.map_or(usual.spread, |_| Spread::NONE),
        ..usual
    }
}

fn interval(store: &Store) -> Result<SignedDuration, StoreError> {
    let minutes = store.settings()?.general.check_every_minutes;
    Ok(SignedDuration::from_mins(i64::from(minutes.max(1))))
}

/// The store, if everything is set up and may be sent.
fn open(run: &Run) -> Result<Store, Failure> {
    let store = run.open_store()?;
    run.log_to_file();
    let settings = run.configured(&store)?;
    if settings.alerts.is_none() {
        return Err(Failure::usage(
            "Nothing says which jobs become tickets: the settings file has no [alerts], and Options \
             were never saved in the app.",
        ));
    }
    may_send(&store)?;
    Ok(store)
}

async fn connect(run: &Run, store: &Store) -> Result<Connection, Failure> {
    let vault = run.vault();
    let source = store
        .settings()
        .map_err(Failure::attention)?
        .cloud_direct
        .source;
    let secrets = Secrets {
        autotask_password: run.secret(&vault, Name::AutotaskPassword).await?,
        cloud_direct_token: match source {
            SourceKind::Portal => Some(run.secret(&vault, Name::CloudDirectToken).await?),
            SourceKind::Folder => None,
        },
    };
    connect::connect(store, &secrets)
        .await
        .map_err(cannot_connect)
}

pub(super) fn cannot_connect(error: ConnectError) -> Failure {
    match error {
        ConnectError::Settings(_) | ConnectError::TokenMissing => Failure::usage(error),
        ConnectError::Autotask(ref cause) if cause.class() == autotask::Class::Stop => {
            Failure::login_refused(error)
        }
        ConnectError::Autotask(_) | ConnectError::Source(_) | ConnectError::Store(_) => {
            Failure::attention(error)
        }
    }
}

enum Ended {
    Whole(Report),
    /// By the person; says how far it came.
    Stopped(String),
}

/// A pass that ends early, and properly, when the person stops it.
async fn stoppable(
    run: &Run,
    store: &Store,
    connection: &Connection,
    limits: &Limits,
    stop: &CancellationToken,
) -> Result<Ended, PassError> {
    let before = store.counts()?;
    let pass = pass::run(store, connection, &*run.clock, limits, stop, &show);
    tokio::pin!(pass);
    let ended = tokio::select! {
        ended = &mut pass => ended,
        () = stop.cancelled() => tokio::time::timeout(STOP_WITHIN, pass)
            .await
            .unwrap_or(Err(PassError::Cancelled)),
    };
    print::progress("");
    match ended {
        Ok(report) => Ok(Ended::Whole(report)),
        Err(PassError::Cancelled) => {
            let now = store.counts()?;
            Ok(Ended::Stopped(how_far(&before, &now)))
        }
        Err(error) => Err(error),
    }
}

fn failed(error: PassError) -> Failure {
    match error {
        PassError::LoginRefused { .. } => Failure::login_refused(error),
        PassError::Busy | PassError::Store(_) | PassError::Cancelled => Failure::attention(error),
    }
}

fn how_far(before: &Counts, now: &Counts) -> String {
    format!(
        "Stopped. {} done in this sync; {} wait, {} of them unclear, and {} need attention. The next \
         sync goes on with what waits.",
        counted(now.done.saturating_sub(before.done), "ticket", "tickets"),
        now.waiting,
        now.unclear,
        now.needs_attention
    )
}

fn show(progress: Progress) {
    print::progress(&progress.to_string());
}

fn tell(run: &Run, report: &Report) {
    tracing::info!(result = summary(report), "synced");
    if run.json {
        print::json(&Synced::from(report));
        return;
    }
    for notice in &report.notices {
        print::message(&format!("Note: {}", run.redactor.redact(notice)));
    }
    for problem in &report.problems {
        print::message(&format!(
            "Problem: {}",
            run.redactor.redact(&problem.message)
        ));
    }
    if let Some(until) = report.paused_until {
        print::message(&format!("Autotask asked for a pause until {until}."));
    }
    print::line(&summary(report));
}

/// A pass as JSON, in the spelling of the other results.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Synced<'a> {
    jobs_received: u64,
    jobs_new: u64,
    planned: u64,
    sent: u64,
    found: u64,
    notes: u64,
    waiting: u64,
    needs_attention: u64,
    unclear: u64,
    left_out: u64,
    /// `null`: Autotask had asked for a pause before its turn came.
    billing: Option<Billed>,
    notices: &'a [String],
    problems: &'a [Problem],
    paused_until: Option<Timestamp>,
}

/// Billable usage in a pass.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Billed {
    measured_days: u64,
    planned: u64,
    posted: u64,
    verified: u64,
    /// As things stand now, like what follows.
    held: u64,
    waiting: u64,
    needs_review: u64,
}

impl<'a> From<&'a Report> for Synced<'a> {
    fn from(report: &'a Report) -> Self {
        Self {
            jobs_received: report.jobs_received,
            jobs_new: report.jobs_new,
            planned: report.planned,
            sent: report.sent,
            found: report.found,
            notes: report.notes,
            waiting: report.waiting,
            needs_attention: report.needs_attention,
            unclear: report.unclear,
            left_out: report.left_out,
            billing: (report.paused_until == report.billing.paused_until).then_some(Billed {
                measured_days: report.billing.measured_days,
                planned: report.billing.planned,
                posted: report.billing.posted,
                verified: report.billing.verified,
                held: report.billing.held,
                waiting: report.billing.waiting,
                needs_review: report.billing.needs_review,
            }),
            notices: &report.notices,
            problems: &report.problems,
            paused_until: report.paused_until,
        }
    }
}

fn summary(report: &Report) -> String {
    let mut text = format!(
        "{} received, {} new. {} sent",
        counted(report.jobs_received, "job", "jobs"),
        report.jobs_new,
        counted(report.sent, "ticket", "tickets")
    );
    if report.found > 0 {
        text.push_str(&format!(", {} found there already", report.found));
    }
    if report.notes > 0 {
        let notes = counted(report.notes, "note", "notes");
        text.push_str(&format!(", {notes} added to tickets"));
    }
    text.push_str(&format!(
        ". {} wait, {} need attention, {} unclear.",
        report.waiting, report.needs_attention, report.unclear
    ));
    if let Some(billing) = billing_waits(report.billing.held, report.billing.needs_review) {
        text.push_str(&format!(" {billing}."));
    }
    text
}

fn exit(run: &Run, store: &Store, report: &Report) -> Result<Exit, Failure> {
    let status = status::read(store, run.clock.now()).map_err(Failure::attention)?;
    Ok(match status.state {
        State::LoginRefused => Exit::LoginRefused,
        State::NeedsAttention => Exit::Attention,
        State::NotSetUp | State::UpToDate | State::Paused(_) if undone(report) => Exit::Attention,
        State::NotSetUp | State::UpToDate | State::Paused(_) => Exit::Done,
    })
}

fn undone(report: &Report) -> bool {
    report.unclear > 0
        || report.left_out > 0
        || !report.problems.is_empty()
        || report.paused_until.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_was_left_out_needs_attention_and_a_notice_alone_does_not() {
        let mut report = Report {
            notices: vec!["jobs.csv is still being written.".to_owned()],
            ..Report::default()
        };
        assert!(!undone(&report));
        report.left_out = 1;
        assert!(undone(&report));
    }

    #[test]
    fn a_stopped_pass_says_how_far_it_came() {
        let before = Counts {
            done: 40,
            ..Counts::default()
        };
        let now = Counts {
            waiting: 9,
            unclear: 3,
            needs_attention: 2,
            done: 41,
        };
        assert_eq!(
            how_far(&before, &now),
            "Stopped. 1 ticket done in this sync; 9 wait, 3 of them unclear, and 2 need attention. \
             The next sync goes on with what waits."
        );
    }

    #[test]
    fn a_pass_is_told_in_one_line() {
        let report = Report {
            jobs_received: 12,
            jobs_new: 10,
            sent: 8,
            found: 1,
            waiting: 1,
            ..Report::default()
        };
        assert_eq!(
            summary(&report),
            "12 jobs received, 10 new. 8 tickets sent, 1 found there already. 1 wait, 0 need \
             attention, 0 unclear."
        );
        let one = Report {
            jobs_received: 1,
            sent: 1,
            ..Report::default()
        };
        assert!(summary(&one).starts_with("1 job received, 0 new. 1 ticket sent. "));
    }

    #[test]
    fn a_pass_tells_what_billing_leaves_to_a_person() {
        let mut report = Report::default();
        report.billing.held = 2;
        assert!(summary(&report).ends_with(" 0 unclear. Billing: 2 lines wait for approval."));
    }

    #[test]
    fn billing_that_did_not_have_its_turn_has_no_figures() {
        let until = Some("2026-12-01T06:00:00Z".parse().unwrap());
        let before = Report {
            paused_until: until,
            ..Report::default()
        };
        assert!(Synced::from(&before).billing.is_none());
        let mut during = before.clone();
        during.billing.paused_until = until;
        assert!(Synced::from(&during).billing.is_some());
        assert!(Synced::from(&Report::default()).billing.is_some());
    }
}
