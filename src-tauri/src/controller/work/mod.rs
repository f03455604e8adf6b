//! What the requests do, each a function of its own that knows neither the page nor the desktop.
//! Long reads of the store run beside the async tasks.

mod activity;
mod billing;
mod credentials;
mod mappings;

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

pub use activity::{
    activity, export_activity, forecast, posting_details, retry_posting, ticket_address,
};
pub use billing::{
    bill, billing_example, billing_view, enter, export_reconciliation, follow, history,
    plan_correction, reconcile, save_statement, save_statements, settle,
};
pub use credentials::{credentials, test_autotask, test_cloud_direct};
pub use mappings::{
    contracts_of, export_mappings, import_mappings, mappings, save_mapping, search_accounts,
    send_test_ticket, services_of, suggest_matches,
};

use super::context::Context;
use crate::view::{CommandError, ErrorCode};

async fn blocking<T: Send + 'static>(
    context: Arc<Context>,
    read: impl FnOnce(&Context) -> Result<T, CommandError> + Send + 'static,
) -> Result<T, CommandError> {
    tokio::task::spawn_blocking(move || read(&context))
        .await
        .unwrap_or_else(|error| {
            tracing::error!(%error, "a request ended unexpectedly");
            Err(CommandError::internal(
                "The request ended unexpectedly. The log says why.",
            ))
        })
}

/// A file that the person has named.
fn create(file: &Path) -> Result<File, CommandError> {
    File::create(file).map_err(|error| not_written(file, &error))
}

fn not_written(file: &Path, error: &io::Error) -> CommandError {
    CommandError::new(
        ErrorCode::Storage,
        format!(
            "{} cannot be written: {error}. Choose another place.",
            file.display()
        ),
    )
}
