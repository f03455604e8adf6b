//! Billing: the preview, what is posted, read back and corrected, and the reconciliation.

use std::io::{self, BufWriter, Write as _};
use std::sync::Arc;

use jiff::civil::Date;
use sync::billing::{
    self, EnterError, FollowError, Means, NotWritten, OrderError, PreviewError, Reconciliation,
};
use tokio_util::sync::CancellationToken;

use super::{create, not_written};
use crate::controller::billing::Job;
use crate::controller::context::Context;
use crate::desktop::Chosen;
use crate::view::{
    BillingExample, BillingResult, BillingView, CommandError, CorrectionView, ErrorCode,
    ExampleInput, HistoryRow, MeasurementInput, ReconciliationView,
};

pub async fn billing_view(
    context: &Context,
    date: Option<Date>,
) -> Result<BillingView, CommandError> {
    context.require_unlocked()?;
    let connection = context.connection().await?;
    let now = context.clock.now();
    let preview = billing::preview(&context.store, &connection.autotask, date, now).await;
    let preview = context.heed(preview)?;
    let current = billing::current_date(&context.store, now)?;
    Ok(BillingView::of(
        preview,
        current,
        &context.store.settings()?,
        now,
    ))
}

/// Alone: whoever else sends is waited for.
pub async fn bill(
    context: &Context,
    job: Job,
    cancel: &CancellationToken,
    on_progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<BillingResult, CommandError> {
    context.require_unlocked()?;
    let (_alone, connection) = tokio::select! {
        biased;
        () = cancel.cancelled() => return Err(OrderError::Cancelled.into()),
        ready = async { (context.sending.lock().await, context.connection().await) } => ready,
    };
    let connection = connection?;
    let limits = context.limits();
    let means = Means {
        store: &context.store,
        client: &connection.autotask,
        clock: &*context.clock,
        limits: &limits,
        cancel,
        on_progress,
    };
    let ended = match job {
        Job::Post(order) => billing::post(&means, &order).await.map(BillingResult::from),
        Job::ReadBack => billing::verify(&means).await.map(BillingResult::from),
        Job::Correct(line) => billing::correct(&means, line)
            .await
            .map(BillingResult::from),
    };
    context.heed(ended)
}

pub fn settle(context: &Context, line: i64, reason: &str) -> Result<(), CommandError> {
    context.require_unlocked()?;
    Ok(billing::settle(
        &context.store,
        line,
        reason,
        context.clock.now(),
    )?)
}

pub fn enter(context: &Context, input: &MeasurementInput, date: Date) -> Result<(), CommandError> {
    context.require_unlocked()?;
    billing::enter(
        &context.store,
        &input.organization_id,
        input.bytes,
        &input.reason,
        Some(date),
        context.clock.now(),
    )?;
    Ok(())
}

pub async fn plan_correction(context: &Context, line: i64) -> Result<CorrectionView, CommandError> {
    context.require_unlocked()?;
    let connection = context.connection().await?;
    let now = context.clock.now();
    let plan = billing::plan_correction(&context.store, &connection.autotask, line, now).await;
    Ok(context.heed(plan)?.into())
}

pub async fn follow(context: &Context, organization: &str) -> Result<(), CommandError> {
    context.require_unlocked()?;
    let connection = context.connection().await?;
    let now = context.clock.now();
    let followed = billing::follow(&context.store, &connection.autotask, organization, now).await;
    context.heed(followed)?;
    Ok(())
}

pub fn history(context: &Context, line: i64) -> Result<Vec<HistoryRow>, CommandError> {
    context.require_unlocked()?;
    let rows = billing::history(&context.store, line)?;
    Ok(rows.into_iter().map(HistoryRow::from).collect())
}

/// Kept, so that what is exported is what was seen.
pub async fn reconcile(
    context: &Context,
    date: Option<Date>,
) -> Result<ReconciliationView, CommandError> {
    context.require_unlocked()?;
    let now = context.clock.now();
    let date = match date {
        Some(date) => date,
        None => billing::last_date(&context.store, now)?,
    };
    let compared = compare(context, date).await?;
    Ok(ReconciliationView::of(
        &compared,
        &context.store.settings()?,
        now,
    ))
}

async fn compare(context: &Context, date: Date) -> Result<Arc<Reconciliation>, CommandError> {
    let connection = context.connection().await?;
    let now = context.clock.now();
    let compared = billing::reconcile(&context.store, &connection.autotask, date, now).await;
    let compared = Arc::new(context.heed(compared)?);
    context.keep_compared(Arc::clone(&compared));
    Ok(compared)
}

async fn as_seen(context: &Context, date: Date) -> Result<Arc<Reconciliation>, CommandError> {
    context.require_unlocked()?;
    match context.compared(date) {
        Some(compared) => Ok(compared),
        None => compare(context, date).await,
    }
}

pub async fn export_reconciliation(
    context: &Context,
    date: Date,
    file: Chosen,
) -> Result<Option<String>, CommandError> {
    let Some(file) = file else { return Ok(None) };
    let compared = as_seen(context, date).await?;
    let writer = BufWriter::new(create(&file)?);
    billing::export_csv(&compared, writer)
        .map_err(|error| not_written(&file, &io::Error::other(error)))?;
    Ok(Some(file.display().to_string()))
}

pub async fn save_statement(
    context: &Context,
    date: Date,
    organization: &str,
    file: Chosen,
) -> Result<Option<String>, CommandError> {
    let Some(file) = file else { return Ok(None) };
    let compared = as_seen(context, date).await?;
    let line = compared
        .lines
        .iter()
        .find(|line| line.organization_id == organization)
        .ok_or_else(|| {
            CommandError::new(
                ErrorCode::NotFound,
                "There is no such line (any more). Press \"Read again\".",
            )
        })?;
    create(&file)?
        .write_all(billing::statement(line, &compared).as_bytes())
        .map_err(|error| not_written(&file, &error))?;
    Ok(Some(file.display().to_string()))
}

/// Of each customer for whom something was posted. Says how many.
pub async fn save_statements(
    context: &Context,
    date: Date,
    folder: Chosen,
) -> Result<Option<u32>, CommandError> {
    let Some(folder) = folder else {
        return Ok(None);
    };
    let compared = as_seen(context, date).await?;
    let written = billing::write_statements(&compared, &folder)
        .map_err(|NotWritten { file, why }| not_written(&file, &why))?;
    Ok(Some(u32::try_from(written).unwrap_or(u32::MAX)))
}

pub fn billing_example(
    context: &Context,
    input: &ExampleInput,
) -> Result<BillingExample, CommandError> {
    context.require_unlocked()?;
    let saved = context.store.settings()?.billing;
    input.example(&saved, context.clock.now())
}

impl From<PreviewError> for CommandError {
    fn from(error: PreviewError) -> Self {
        match error {
            PreviewError::Autotask(error) => error.into(),
            PreviewError::Store(error) => error.into(),
        }
    }
}

impl From<OrderError> for CommandError {
    fn from(error: OrderError) -> Self {
        let message = error.to_string();
        let code = match error {
            OrderError::LoginRefused { .. } => ErrorCode::LoginRefused,
            OrderError::Busy => ErrorCode::Busy,
            OrderError::Cancelled => ErrorCode::Unclear,
            OrderError::UnknownOrganization(_) | OrderError::UnknownLine => ErrorCode::NotFound,
            OrderError::NotPossible(_) => ErrorCode::Refused,
            OrderError::NoReason => return CommandError::invalid("reason", message),
            OrderError::Autotask(error) => return error.into(),
            OrderError::Store(error) => return error.into(),
        };
        CommandError::new(code, message)
    }
}

impl From<EnterError> for CommandError {
    fn from(error: EnterError) -> Self {
        let message = error.to_string();
        match error {
            EnterError::UnknownOrganization(_) => CommandError::new(ErrorCode::NotFound, message),
            EnterError::NoReason | EnterError::ReasonTooLong => {
                CommandError::invalid("reason", message)
            }
            EnterError::TooFarAhead(_) => CommandError::invalid("invoiceDate", message),
            EnterError::Store(error) => error.into(),
        }
    }
}

impl From<FollowError> for CommandError {
    fn from(error: FollowError) -> Self {
        let message = error.to_string();
        match error {
            FollowError::NotBilled(_) => CommandError::new(ErrorCode::NotFound, message),
            FollowError::NotRenewed | FollowError::NotPossible { .. } => {
                CommandError::new(ErrorCode::Refused, message)
            }
            FollowError::Autotask(error) => error.into(),
            FollowError::Store(error) => error.into(),
        }
    }
}
