//! What the Billing screen asks.
//!
//! Looking is answered beside everything else. What posts, reads back or corrects runs alone: it ends a
//! pass that is running, which goes on afterwards, and no pass begins before it has come to its end. A
//! pause, a refused login and quitting stop it between two calls.

use jiff::civil::Date;
use sync::billing::Order;
use tokio_util::sync::CancellationToken;

use super::input::{Handle, Reply, Report};
use super::requests::send;
use super::{Controller, work};
use crate::desktop::{AskedFile, Desktop, PageEvent};
use crate::view::{
    BillingExample, BillingProgress, BillingResult, BillingView, CommandError, CorrectionView,
    ErrorCode, ExampleInput, HistoryRow, MeasurementInput, ReconciliationView,
};

/// One variant per command of the Billing screen.
#[derive(Debug)]
pub enum BillingRequest {
    /// `None`: the date that is meant now.
    View(Option<Date>, Reply<BillingView>),
    Run(Job, Reply<BillingResult>),
    Settle {
        line: i64,
        reason: String,
        reply: Reply<()>,
    },
    Enter(MeasurementInput, Date, Reply<()>),
    PlanCorrection(i64, Reply<CorrectionView>),
    Follow(String, Reply<()>),
    History(i64, Reply<Vec<HistoryRow>>),
    Reconcile(Option<Date>, Reply<ReconciliationView>),
    Export(Date, Reply<Option<String>>),
    Statement {
        date: Date,
        organization: String,
        reply: Reply<Option<String>>,
    },
    Statements(Date, Reply<Option<u32>>),
    Example(Box<ExampleInput>, Reply<BillingExample>),
}

/// What runs alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Job {
    Post(Order),
    ReadBack,
    Correct(i64),
}

impl Job {
    fn words(&self) -> &'static str {
        match self {
            Job::Post(_) => "Posting usage",
            Job::ReadBack => "Reading units back",
            Job::Correct(_) => "Correcting units",
        }
    }

    fn begun(&self) -> BillingProgress {
        BillingProgress {
            text: self.words().to_owned(),
            done: 0,
            left: None,
        }
    }

    fn progress(&self, done: u64, left: u64) -> BillingProgress {
        BillingProgress {
            text: format!("{}: {done} done, {left} left", self.words()),
            done,
            left: Some(left),
        }
    }
}

impl<D: Desktop> Controller<D> {
    pub(super) fn answer_about_billing(&mut self, request: BillingRequest) {
        match request {
            BillingRequest::View(date, reply) => self.work(reply, move |context, _| async move {
                work::billing_view(&context, date).await
            }),
            BillingRequest::Run(job, reply) => self.bill(job, reply),
            BillingRequest::Settle {
                line,
                reason,
                reply,
            } => self.changes_billing(reply, move |context| async move {
                work::settle(&context, line, &reason)
            }),
            BillingRequest::Enter(input, date, reply) => {
                self.changes_billing(reply, move |context| async move {
                    work::enter(&context, &input, date)
                });
            }
            BillingRequest::PlanCorrection(line, reply) => {
                self.work(reply, move |context, _| async move {
                    work::plan_correction(&context, line).await
                });
            }
            BillingRequest::Follow(organization, reply) => {
                self.work(reply, move |context, handle| async move {
                    work::follow(&context, &organization).await?;
                    handle.report(Report::Changed(super::Changed::Mappings));
                    Ok(())
                });
            }
            BillingRequest::History(line, reply) => {
                self.work(reply, move |context, _| async move {
                    work::history(&context, line)
                });
            }
            BillingRequest::Reconcile(date, reply) => {
                self.work(reply, move |context, _| async move {
                    work::reconcile(&context, date).await
                });
            }
            BillingRequest::Export(date, reply) => {
                let proposed_name = format!("reconciliation-{date}.csv");
                let answer = self.ask_for_file(AskedFile::SaveCsv { proposed_name });
                self.after_asking(answer, reply, move |context, _, file| async move {
                    work::export_reconciliation(&context, date, file).await
                });
            }
            BillingRequest::Statement {
                date,
                organization,
                reply,
            } => {
                let proposed_name = format!("statement-{date}-{}.html", letters(&organization));
                let answer = self.ask_for_file(AskedFile::SaveHtml { proposed_name });
                self.after_asking(answer, reply, move |context, _, file| async move {
                    work::save_statement(&context, date, &organization, file).await
                });
            }
            BillingRequest::Statements(date, reply) => {
                let answer = self.ask_for_folder("Folder for the statements");
                self.after_asking(answer, reply, move |context, _, folder| async move {
                    work::save_statements(&context, date, folder).await
                });
            }
            BillingRequest::Example(input, reply) => {
                self.work(reply, move |context, _| async move {
                    work::billing_example(&context, &input)
                });
            }
        }
    }

    /// A small change, after which the screen is drawn anew.
    fn changes_billing<F>(
        &self,
        reply: Reply<()>,
        change: impl FnOnce(std::sync::Arc<super::context::Context>) -> F + Send + 'static,
    ) where
        F: Future<Output = Result<(), CommandError>> + Send + 'static,
    {
        self.work(reply, move |context, handle| async move {
            change(context).await?;
            handle.report(Report::Changed(super::Changed::Billing));
            Ok(())
        });
    }

    fn bill(&mut self, job: Job, reply: Reply<BillingResult>) {
        if let Err(error) = self.may_bill() {
            send(reply, Err(error));
            return;
        }
        // It goes on after what a person has asked for.
        if let Some(pass) = &self.background.pass {
            pass.cancel();
        }
        let cancel = self.stop.child_token();
        self.background.billing = Some(cancel.clone());
        self.doing.billing = Some(job.begun());
        self.refresh();
        let context = std::sync::Arc::clone(&self.context);
        let handle = self.handle.clone();
        let progress = handle.clone();
        // In a task of its own, so that even a panic is an end.
        let run = self
            .tasks
            .spawn(async move { run(&context, job, &cancel, &progress).await });
        self.tasks.spawn(async move {
            let ended = run.await.unwrap_or_else(|error| {
                tracing::error!(%error, "billing ended unexpectedly");
                Err(CommandError::internal(
                    "Billing ended unexpectedly. The log says why. What was sent is read back with \
                     the next sync.",
                ))
            });
            handle.report(Report::BillingEnded(ended, reply));
        });
    }

    /// Whether something that runs alone may begin; says why not.
    pub(super) fn may_bill(&self) -> Result<(), CommandError> {
        if self.background.billing.is_some() {
            return Err(CommandError::new(
                ErrorCode::Busy,
                "Usage is being posted or read back already. Wait until that is done.",
            ));
        }
        self.may_send()
    }

    pub(super) fn billing_progress(&mut self, progress: BillingProgress) {
        if self.background.billing.is_some() {
            self.doing.billing = Some(progress);
            self.refresh_now_and_then();
        }
    }

    pub(super) fn billing_ended(
        &mut self,
        ended: Result<BillingResult, CommandError>,
        reply: Reply<BillingResult>,
    ) {
        self.background.billing = None;
        self.doing.billing = None;
        if let Ok(result) = &ended {
            tracing::info!(
                posted = result.posted,
                verified = result.verified,
                not_done = result.not_done.len(),
                "billing came to its end"
            );
        }
        self.refresh();
        self.desktop.emit(PageEvent::BillingChanged);
        send(reply, ended);
        self.tell();
        self.sync_soon();
    }
}

async fn run(
    context: &super::context::Context,
    job: Job,
    cancel: &CancellationToken,
    handle: &Handle,
) -> Result<BillingResult, CommandError> {
    let told = job.clone();
    let progress = move |done, left| {
        handle.report(Report::BillingProgress(told.progress(done, left)));
    };
    work::bill(context, job, cancel, &progress).await
}

/// Fit for a file's name.
fn letters(id: &str) -> String {
    id.chars()
        .map(|letter| match letter {
            letter if letter.is_ascii_alphanumeric() => letter,
            _ => '-',
        })
        .collect()
}
