//! Activity, the forecast, and where a ticket is to be seen.

use std::io::BufWriter;
use std::sync::Arc;

use sync::activity::{self, ExportError};
use url::Url;

use super::{blocking, create, not_written};
use crate::controller::context::Context;
use crate::desktop::Chosen;
use crate::view::{ActivityPage, ActivityQuery, Alerts, CommandError, ErrorCode, ForecastView};

const FORECAST_DAYS: u32 = 30;

pub async fn forecast(context: Arc<Context>, alerts: Alerts) -> Result<ForecastView, CommandError> {
    let alerts = alerts.settings()?;
    blocking(context, move |context| {
        context.require_unlocked()?;
        let now = context.clock.now();
        let forecast = sync::forecast::forecast(&context.store, &alerts, now, FORECAST_DAYS)?;
        Ok(forecast.into())
    })
    .await
}

pub async fn activity(
    context: Arc<Context>,
    query: ActivityQuery,
) -> Result<ActivityPage, CommandError> {
    blocking(context, move |context| {
        let page = activity::query(
            &context.store,
            query.filter.into(),
            &query.search,
            query.before,
            query.limit,
            context.clock.now(),
        )?;
        Ok(page.into())
    })
    .await
}

pub fn retry_posting(context: &Context, id: i64) -> Result<(), CommandError> {
    if activity::retry(&context.store, id, context.clock.now())? {
        Ok(())
    } else {
        Err(CommandError::new(
            ErrorCode::NotFound,
            "This posting cannot be tried again now: it is being sent, or is done already.",
        ))
    }
}

pub fn posting_details(context: &Context, id: i64) -> Result<String, CommandError> {
    let details = activity::details(&context.store, id, context.clock.now())?
        .ok_or_else(|| CommandError::new(ErrorCode::NotFound, "There is no such posting."))?;
    // Autotask's words are in it, and could quote anything.
    Ok(context.redactor.redact(&details))
}

pub async fn export_activity(
    context: Arc<Context>,
    file: Chosen,
) -> Result<Option<String>, CommandError> {
    let Some(file) = file else { return Ok(None) };
    blocking(context, move |context| {
        let writer = BufWriter::new(create(&file)?);
        activity::export_csv(&context.store, writer, context.clock.now()).map_err(|error| {
            match error {
                ExportError::Store(error) => error.into(),
                ExportError::Write(error) => not_written(&file, &error),
            }
        })?;
        Ok(Some(file.display().to_string()))
    })
    .await
}

pub async fn ticket_address(context: &Context, id: i64) -> Result<Url, CommandError> {
    if let Some(demo) = &context.demo {
        return demo.ticket_address(id).ok_or_else(|| {
            CommandError::internal("The simulator has no address for this ticket.")
        });
    }
    let connection = context.connection().await?;
    connection.autotask.ticket_link(id).ok_or_else(|| {
        CommandError::new(
            ErrorCode::NotFound,
            "Autotask did not say where its website is for this zone. Search for the number there.",
        )
    })
}
