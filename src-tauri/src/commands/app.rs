//! The frame round all screens.

use tauri::State;

use super::Answer;
use crate::controller::{Handle, Request};
use crate::view::{AppView, CommandError};

/// A year; longer is "until resumed".
const LONGEST_PAUSE_MINUTES: u32 = 366 * 24 * 60;

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
pub async fn pause(controller: State<'_, Handle>, minutes: Option<u32>) -> Answer<()> {
    if minutes.is_some_and(|minutes| minutes == 0 || minutes > LONGEST_PAUSE_MINUTES) {
        return Err(CommandError::invalid(
            "minutes",
            "A pause lasts from a minute to a year. Leave the time out to pause until resumed.",
        ));
    }
    controller.ask(|reply| Request::Pause(minutes, reply)).await
}

#[tauri::command]
pub async fn resume(controller: State<'_, Handle>) -> Answer<()> {
    controller.ask(Request::Resume).await
}
