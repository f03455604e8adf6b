//! The Mappings screen.

use tauri::State;

use super::Answer;
use crate::controller::{Handle, Request};
use crate::view::{Choice, MappingInput, MappingRow, MappingsView, Suggestion, TestTicketView};

#[tauri::command]
pub async fn mappings_view(controller: State<'_, Handle>) -> Answer<MappingsView> {
    controller.ask(Request::MappingsView).await
}

#[tauri::command]
pub async fn search_accounts(controller: State<'_, Handle>, text: String) -> Answer<Vec<Choice>> {
    controller
        .ask(|reply| Request::SearchAccounts(text, reply))
        .await
}

#[tauri::command]
pub async fn contracts_of(controller: State<'_, Handle>, account: i64) -> Answer<Vec<Choice>> {
    controller
        .ask(|reply| Request::ContractsOf(account, reply))
        .await
}

#[tauri::command]
pub async fn services_of(controller: State<'_, Handle>, contract: i64) -> Answer<Vec<Choice>> {
    controller
        .ask(|reply| Request::ServicesOf(contract, reply))
        .await
}

#[tauri::command]
pub async fn save_mapping(
    controller: State<'_, Handle>,
    input: MappingInput,
) -> Answer<MappingRow> {
    controller
        .ask(|reply| Request::SaveMapping(input, reply))
        .await
}

#[tauri::command]
pub async fn suggest_matches(controller: State<'_, Handle>) -> Answer<Vec<Suggestion>> {
    controller.ask(Request::SuggestMatches).await
}

#[tauri::command]
pub async fn export_mappings(controller: State<'_, Handle>) -> Answer<Option<String>> {
    controller.ask(Request::ExportMappings).await
}

#[tauri::command]
pub async fn import_mappings(controller: State<'_, Handle>) -> Answer<Option<u32>> {
    controller.ask(Request::ImportMappings).await
}

#[tauri::command]
pub async fn send_test_ticket(
    controller: State<'_, Handle>,
    account: i64,
) -> Answer<TestTicketView> {
    controller
        .ask(|reply| Request::SendTestTicket(account, reply))
        .await
}
