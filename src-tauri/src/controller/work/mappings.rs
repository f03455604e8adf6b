//! Mappings, the search for accounts, and the test ticket.

use std::collections::HashSet;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use sync::mapping::{self, Input};
use sync::test_ticket::{self, TestTicket, TestTicketError};
use sync::{accounts, store::Named};

use super::{blocking, create, not_written};
use crate::controller::context::Context;
use crate::desktop::Chosen;
use crate::view::{
    Choice, CommandError, ErrorCode, LabelledValue, MappingInput, MappingRow, MappingsView,
    Suggestion, TestTicketView,
};

/// As many as a person looks through; more typing finds the rest.
const ACCOUNTS_SHOWN: usize = 50;

const LARGEST_IMPORT: u64 = 10 * 1024 * 1024;

pub async fn mappings(context: Arc<Context>) -> Result<MappingsView, CommandError> {
    blocking(context, |context| {
        context.require_unlocked()?;
        let rows = mapping::rows(&context.store)?;
        Ok(MappingsView {
            rows: rows.into_iter().map(MappingRow::from).collect(),
        })
    })
    .await
}

pub async fn search_accounts(context: &Context, text: &str) -> Result<Vec<Choice>, CommandError> {
    context.require_unlocked()?;
    let connection = context.connection().await?;
    let now = context.clock.now();
    let found = accounts::search(
        &context.store,
        &connection.autotask,
        text,
        ACCOUNTS_SHOWN,
        now,
    )
    .await;
    Ok(choices(context.heed(found)?))
}

pub async fn contracts_of(context: &Context, account: i64) -> Result<Vec<Choice>, CommandError> {
    context.require_unlocked()?;
    let connection = context.connection().await?;
    let now = context.clock.now();
    let found = accounts::contracts_of(&context.store, &connection.autotask, account, now).await;
    Ok(choices(context.heed(found)?))
}

pub async fn services_of(context: &Context, contract: i64) -> Result<Vec<Choice>, CommandError> {
    context.require_unlocked()?;
    let connection = context.connection().await?;
    let now = context.clock.now();
    let found = accounts::services_of(&context.store, &connection.autotask, contract, now).await;
    Ok(choices(context.heed(found)?))
}

fn choices(found: Vec<Named>) -> Vec<Choice> {
    found.into_iter().map(Choice::from).collect()
}

pub async fn save_mapping(
    context: &Context,
    input: MappingInput,
) -> Result<MappingRow, CommandError> {
    context.require_unlocked()?;
    let input = Input::from(input);
    let now = context.clock.now();
    // Unmapping and excluding need nothing from Autotask, so they work without it.
    let names = if input.account.is_some() {
        let connection = context.connection().await?;
        let names = mapping::look_up_names(&context.store, &connection.autotask, &input, now).await;
        context.heed(names)?
    } else {
        mapping::Names::default()
    };
    Ok(mapping::save(&context.store, &input, &names, now)?.into())
}

/// For organizations that are neither mapped nor excluded.
pub async fn suggest_matches(context: &Context) -> Result<Vec<Suggestion>, CommandError> {
    context.require_unlocked()?;
    let open: HashSet<String> = mapping::rows(&context.store)?
        .into_iter()
        .filter(|row| row.state == mapping::State::NotMapped)
        .map(|row| row.organization_id)
        .collect();
    let mut organizations = context.store.organizations()?;
    organizations.retain(|organization| open.contains(&organization.id));
    if organizations.is_empty() {
        return Ok(Vec::new());
    }
    let connection = context.connection().await?;
    let companies = accounts::all(&context.store, &connection.autotask, context.clock.now()).await;
    let companies = context.heed(companies)?;
    let suggestions =
        tokio::task::spawn_blocking(move || mapping::suggest(&organizations, &companies))
            .await
            .map_err(|error| CommandError::internal(error.to_string()))?;
    Ok(suggestions.into_iter().map(Suggestion::from).collect())
}

pub async fn export_mappings(
    context: Arc<Context>,
    file: Chosen,
) -> Result<Option<String>, CommandError> {
    let Some(file) = file else { return Ok(None) };
    blocking(context, move |context| {
        context.require_unlocked()?;
        let text = mapping::export_csv(&mapping::rows(&context.store)?);
        create(&file)?
            .write_all(text.as_bytes())
            .map_err(|error| not_written(&file, &error))?;
        Ok(Some(file.display().to_string()))
    })
    .await
}

pub async fn import_mappings(
    context: Arc<Context>,
    file: Chosen,
) -> Result<Option<u32>, CommandError> {
    let Some(file) = file else { return Ok(None) };
    blocking(context, move |context| {
        context.require_unlocked()?;
        let entries = mapping::import_csv(&text_of(&file)?)?;
        context
            .store
            .apply_mappings(&entries, context.clock.now())?;
        Ok(Some(u32::try_from(entries.len()).unwrap_or(u32::MAX)))
    })
    .await
}

fn text_of(file: &Path) -> Result<String, CommandError> {
    let unreadable = |reason: String| {
        CommandError::new(
            ErrorCode::InvalidInput,
            format!("{} cannot be read: {reason}.", file.display()),
        )
    };
    let size = fs::metadata(file)
        .map_err(|error| unreadable(error.to_string()))?
        .len();
    if size > LARGEST_IMPORT {
        return Err(unreadable(
            "it is larger than 10 MB, which is no list of mappings".to_owned(),
        ));
    }
    let bytes = fs::read(file).map_err(|error| unreadable(error.to_string()))?;
    String::from_utf8(bytes)
        .map_err(|_| unreadable("it is not UTF-8. Save it as \"CSV UTF-8\"".to_owned()))
}

pub async fn send_test_ticket(
    context: &Context,
    account: i64,
) -> Result<TestTicketView, CommandError> {
    context.require_unlocked()?;
    let connection = context.connection().await?;
    let sent = test_ticket::send(
        &context.store,
        &connection.autotask,
        account,
        &*context.clock,
    )
    .await;
    if matches!(sent, Err(TestTicketError::LoginRefused { .. })) {
        context.stop_everything();
    }
    Ok(sent?.into())
}

impl From<TestTicket> for TestTicketView {
    fn from(ticket: TestTicket) -> Self {
        Self {
            id: ticket.id,
            number: ticket.number,
            account: ticket.account,
            fields: ticket
                .fields
                .into_iter()
                .map(|(label, value)| LabelledValue { label, value })
                .collect(),
            warnings: ticket.warnings,
        }
    }
}

impl From<TestTicketError> for CommandError {
    fn from(error: TestTicketError) -> Self {
        let message = error.to_string();
        let code = match error {
            TestTicketError::OptionsNotSaved => ErrorCode::NotTested,
            TestTicketError::RowBlocked(_) => ErrorCode::Refused,
            TestTicketError::UnknownAccount(_) | TestTicketError::InactiveAccount(_) => {
                return CommandError::invalid("account", message);
            }
            TestTicketError::Busy => ErrorCode::Busy,
            TestTicketError::LoginRefused { .. } => ErrorCode::LoginRefused,
            TestTicketError::Unclear(_) | TestTicketError::NotReadBack { .. } => ErrorCode::Unclear,
            TestTicketError::Autotask(error) => return error.into(),
            TestTicketError::Store(error) => return error.into(),
        };
        CommandError::new(code, message)
    }
}
