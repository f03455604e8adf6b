//! The Credentials screen.

use tauri::State;

use super::Answer;
use crate::controller::{Handle, Request};
use crate::view::{AutotaskInput, CloudDirectInput, CredentialsView, TestView};

#[tauri::command]
pub async fn credentials_view(controller: State<'_, Handle>) -> Answer<CredentialsView> {
    controller.ask(Request::CredentialsView).await
}

#[tauri::command]
pub async fn test_autotask(
    controller: State<'_, Handle>,
    input: AutotaskInput,
) -> Answer<TestView> {
    controller
        .ask(|reply| Request::TestAutotask(input, reply))
        .await
}

#[tauri::command]
pub async fn test_cloud_direct(
    controller: State<'_, Handle>,
    input: CloudDirectInput,
) -> Answer<TestView> {
    controller
        .ask(|reply| Request::TestCloudDirect(input, reply))
        .await
}

#[tauri::command]
pub async fn choose_folder(controller: State<'_, Handle>) -> Answer<Option<String>> {
    controller.ask(Request::ChooseFolder).await
}
