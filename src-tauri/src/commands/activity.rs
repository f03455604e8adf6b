//! The Activity screen.

use tauri::State;

use super::Answer;
use crate::controller::{Handle, Request};
use crate::view::{ActivityPage, ActivityQuery, CommandError};

const MOST_ROWS: u16 = 500;

#[tauri::command]
pub async fn activity_view(
    controller: State<'_, Handle>,
    query: ActivityQuery,
) -> Answer<ActivityPage> {
    if !(1..=MOST_ROWS).contains(&query.limit) {
        return Err(CommandError::invalid(
            "limit",
            "A page of the activity has 1 to 500 rows.",
        ));
    }
    controller
        .ask(|reply| Request::ActivityView(query, reply))
        .await
}

#[tauri::command]
pub async fn retry_posting(controller: State<'_, Handle>, id: i64) -> Answer<()> {
    controller
        .ask(|reply| Request::RetryPosting(id, reply))
        .await
}

#[tauri::command]
pub async fn posting_details(controller: State<'_, Handle>, id: i64) -> Answer<String> {
    controller
        .ask(|reply| Request::PostingDetails(id, reply))
        .await
}

#[tauri::command]
pub async fn export_activity(controller: State<'_, Handle>) -> Answer<Option<String>> {
    controller.ask(Request::ExportActivity).await
}

#[tauri::command]
pub async fn open_ticket(controller: State<'_, Handle>, ticket_id: i64) -> Answer<()> {
    controller
        .ask(|reply| Request::OpenTicket(ticket_id, reply))
        .await
}
