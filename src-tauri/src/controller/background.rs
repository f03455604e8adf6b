//! When a pass runs, and what follows from how it ended.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use sync::billing;
use sync::pass::{self, PassError, Progress};
use sync::pause::Length;
use sync::store::StoreError;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Controller;
use super::context::Context;
use super::input::{PassFailure, PassFailureKind, Report};
use crate::desktop::{Desktop, PageEvent};
use crate::schedule::NextPass;
use crate::view::{CommandError, ErrorCode, StatusState};

/// Progress that comes faster than this is not drawn.
const DRAW_EVERY: Duration = Duration::from_millis(250);

#[derive(Debug, Default)]
pub struct Background {
    /// Cancels the pass that runs.
    pub pass: Option<CancellationToken>,
    /// Cancels what is being posted, read back or corrected.
    pub billing: Option<CancellationToken>,
    /// Lines of billing as the last pass left them: held, waiting, to be reviewed.
    billing_lines: [u64; 3],
    /// `None`: at the next opportunity.
    pub next_pass: Option<NextPass>,
    /// Something changed while a pass was running: another one follows.
    again: bool,
    drawn_at: Option<Instant>,
    /// How many passes have failed, one after the other.
    pub failures: u32,
}

impl Background {
    /// Between two calls.
    fn stop_sending(&self) {
        for running in [&self.pass, &self.billing].into_iter().flatten() {
            running.cancel();
        }
    }

    /// Whether a pass has changed what the Billing screen shows.
    fn has_billed(&mut self, report: &billing::Report) -> bool {
        let lines = [report.held, report.waiting, report.needs_review];
        let before = std::mem::replace(&mut self.billing_lines, lines);
        before != lines
            || report.planned + report.posted + report.verified + report.measured_days > 0
    }
}

impl<D: Desktop> Controller<D> {
    /// At once, whatever the next pass was waiting for; right after what is running, because what it is
    /// asked for may have come too late for that. Or says why not.
    pub(super) fn sync_now(&mut self) -> Result<(), CommandError> {
        self.may_send()?;
        self.sync_soon();
        Ok(())
    }

    /// Whether anything goes out at all; says why not.
    pub(super) fn may_send(&self) -> Result<(), CommandError> {
        let status = self.status();
        match status.state {
            StatusState::NotSetUp if self.context.unlocked()? => Err(CommandError::new(
                ErrorCode::NotTested,
                "Nothing is sent before Options have been saved once. Look through them and press \
                 Save.",
            )),
            StatusState::NotSetUp => Err(CommandError::new(
                ErrorCode::NotTested,
                "Nothing can be sent yet. Test both logins on Credentials, then save Options once.",
            )),
            StatusState::LoginRefused => Err(CommandError::new(
                ErrorCode::LoginRefused,
                "A login was refused. Test it again on Credentials first.",
            )),
            StatusState::Paused => Err(CommandError::new(
                ErrorCode::Busy,
                format!("{}: nothing is sent. Resume first.", status.text),
            )),
            StatusState::Working | StatusState::UpToDate | StatusState::NeedsAttention => Ok(()),
        }
    }

    /// At once: a pass that is running sends nothing more.
    pub(super) fn pause(&mut self, length: Length) -> Result<(), CommandError> {
        self.context.store.pause(length, self.context.clock.now())?;
        self.background.stop_sending();
        self.refresh();
        Ok(())
    }

    pub(super) fn resume(&mut self) -> Result<(), CommandError> {
        self.context.store.resume()?;
        self.refresh();
        self.sync_soon();
        Ok(())
    }

    /// At the next opportunity, which may be at once.
    pub(super) fn sync_soon(&mut self) {
        self.background.next_pass = None;
        if self.background.pass.is_some() {
            self.background.again = true;
        }
        self.start_pass_if_due();
    }

    pub(super) fn start_pass_if_due(&mut self) {
        let now = self.context.clock.now();
        self.end_pause(now);
        let due = self
            .background
            .next_pass
            .is_none_or(|next| next.is_due(now));
        if due && self.background.pass.is_none() && !self.quitting && self.may_run() {
            self.start_pass();
        }
    }

    /// What a pause held up goes out as soon as it is over.
    fn end_pause(&mut self, now: Timestamp) {
        match self.context.store.end_pause(now) {
            Ok(false) => {}
            Ok(true) => {
                tracing::info!("the pause is over");
                self.background.next_pass = None;
                self.refresh();
            }
            Err(error) => tracing::error!(%error, "it cannot be seen whether the pause is over"),
        }
    }

    pub(super) fn may_run(&self) -> bool {
        match self.status().state {
            StatusState::UpToDate | StatusState::NeedsAttention => true,
            StatusState::NotSetUp => self.may_read_ahead().unwrap_or(false),
            StatusState::Working | StatusState::Paused | StatusState::LoginRefused => false,
        }
    }

    /// Jobs are read before Options have been saved, so that these can show a forecast; nothing is
    /// planned or sent before.
    fn may_read_ahead(&self) -> Result<bool, StoreError> {
        let paused = self.context.store.paused(self.context.clock.now())?;
        Ok(paused.is_none() && self.context.unlocked()?)
    }

    fn start_pass(&mut self) {
        if self.background.pass.is_some() {
            return;
        }
        let cancel = self.stop.child_token();
        self.background.pass = Some(cancel.clone());
        self.background.again = false;
        self.doing.pass = Some(None);
        self.refresh();
        let context = Arc::clone(&self.context);
        let handle = self.handle.clone();
        let progress = handle.clone();
        // In a task of its own, so that even a panic is an ended pass.
        let pass = self.tasks.spawn(async move {
            let report = move |step| progress.report(Report::PassProgress(step));
            run_pass(&context, &cancel, &report).await
        });
        self.tasks.spawn(async move {
            let ended = pass.await.unwrap_or_else(|error| {
                tracing::error!(%error, "a pass ended unexpectedly");
                Err(PassFailure {
                    kind: PassFailureKind::Other,
                    message: "The sync ended unexpectedly. The log says why.".to_owned(),
                })
            });
            handle.report(Report::PassEnded(ended));
        });
    }

    pub(super) fn pass_progress(&mut self, progress: Progress) {
        if self.background.pass.is_none() {
            return;
        }
        self.doing.pass = Some(Some(progress));
        if self.refresh_now_and_then() {
            self.desktop.emit(PageEvent::ActivityChanged);
        }
    }

    /// Says whether it was drawn.
    pub(super) fn refresh_now_and_then(&mut self) -> bool {
        let drawn_lately = self
            .background
            .drawn_at
            .is_some_and(|at| at.elapsed() < DRAW_EVERY);
        if !drawn_lately {
            self.background.drawn_at = Some(Instant::now());
            self.refresh();
        }
        !drawn_lately
    }

    pub(super) fn pass_ended(&mut self, ended: Result<pass::Report, PassFailure>) {
        self.background.pass = None;
        self.doing.pass = None;
        let now = self.context.clock.now();
        let next = NextPass::after(now, self.context.check_every(), ended.as_ref().ok());
        let billed = match &ended {
            Ok(report) => self.background.has_billed(&report.billing),
            Err(_) => false,
        };
        match ended {
            Ok(report) => {
                tracing::info!(
                    received = report.jobs_received,
                    new = report.jobs_new,
                    planned = report.planned,
                    sent = report.sent,
                    found = report.found,
                    waiting = report.waiting,
                    unclear = report.unclear,
                    needs_attention = report.needs_attention,
                    "a pass came to its end"
                );
                self.background.failures = if report.synced {
                    0
                } else {
                    self.background.failures.saturating_add(1)
                };
                self.doing.failure = report.problems.first().map(|problem| {
                    tracing::warn!(
                        service = problem.service.label(),
                        code = problem.code,
                        "a pass was cut short"
                    );
                    crate::status::short(&problem.message)
                });
            }
            Err(failure) => self.pass_failed(failure),
        }
        self.background.next_pass = Some(next);
        if std::mem::take(&mut self.background.again) {
            self.background.next_pass = None;
        }
        self.refresh();
        self.tell();
        self.desktop.emit(PageEvent::ActivityChanged);
        self.desktop.emit(PageEvent::MappingsChanged);
        if billed {
            self.desktop.emit(PageEvent::BillingChanged);
        }
        self.start_pass_if_due();
    }

    fn pass_failed(&mut self, failure: PassFailure) {
        match failure.kind {
            PassFailureKind::Cancelled => tracing::info!("the pass was stopped"),
            PassFailureKind::LoginRefused => {
                tracing::warn!(reason = %failure.message, "a login was refused; nothing more is sent");
                self.doing.failure = None;
            }
            PassFailureKind::Other => {
                tracing::warn!(reason = %failure.message, "a pass failed");
                self.background.failures = self.background.failures.saturating_add(1);
                self.doing.failure = Some(crate::status::short(&failure.message));
            }
        }
    }

    /// Met outside a pass: what may be running would only be refused as well.
    pub(super) fn login_refused(&mut self) {
        self.background.stop_sending();
        self.refresh();
        self.tell();
    }
}

async fn run_pass(
    context: &Context,
    cancel: &CancellationToken,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<pass::Report, PassFailure> {
    let ready = async { (context.sending.lock().await, context.connection().await) };
    let (_alone, connection) = tokio::select! {
        ready = ready => ready,
        () = cancel.cancelled() => return Err(cancelled()),
    };
    let connection = connection.map_err(|error| PassFailure {
        kind: PassFailureKind::Other,
        message: error.message,
    })?;
    let limits = context.limits();
    let ended = pass::run(
        &context.store,
        &connection,
        &*context.clock,
        &limits,
        cancel,
        progress,
    )
    .await;
    if matches!(ended, Err(PassError::LoginRefused { .. })) {
        context.disconnect().await;
    }
    ended.map_err(|error| match error {
        PassError::Cancelled => cancelled(),
        PassError::LoginRefused { message, .. } => PassFailure {
            kind: PassFailureKind::LoginRefused,
            message,
        },
        PassError::Store(_) | PassError::Busy => PassFailure {
            kind: PassFailureKind::Other,
            message: error.to_string(),
        },
    })
}

fn cancelled() -> PassFailure {
    PassFailure {
        kind: PassFailureKind::Cancelled,
        message: "The sync was stopped.".to_owned(),
    }
}
