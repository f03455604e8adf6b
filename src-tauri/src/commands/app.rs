//! The frame round all screens.

use sync::pause::Length;
use tauri::State;

use super::Answer;
use crate::controller::{Handle, Request};
use crate::view::{AppView, DemoTarget, PauseLength};

#[tauri::command]
pub async fn app_view(controller: State<'_, Handle>) -> Answer<AppView> {
    controller.ask(Request::AppView).await
}

#[tauri::command]
pub async fn open_link(controller: State<'_, Handle>, link: String) -> Answer<()> {
    controller.ask(|reply| Request::OpenLink(link, reply)).await
}

#[tauri::command]
pub async fn sync_now(controller: State<'_, Handle>) -> Answer<()> {
    controller.ask(Request::SyncNow).await
}

#[tauri::command]
pub async fn pause(controller: State<'_, Handle>, length: PauseLength) -> Answer<()> {
    let length = Length::try_from(length)?;
    controller.ask(|reply| Request::Pause(length, reply)).await
}

#[tauri::command]
pub async fn resume(controller: State<'_, Handle>) -> Answer<()> {
    controller.ask(Request::Resume).await
}

#[tauri::command]
pub async fn demo_skip(controller: State<'_, Handle>, to: DemoTarget) -> Answer<String> {
    controller.ask(|reply| Request::DemoSkip(to, reply)).await
}
