//! The Options screen.

use tauri::State;

use super::Answer;
use crate::controller::{Handle, Request};
use crate::view::{Alerts, ForecastView, Options, OptionsView};

#[tauri::command]
pub async fn options_view(controller: State<'_, Handle>) -> Answer<OptionsView> {
    controller.ask(Request::OptionsView).await
}

#[tauri::command]
pub async fn save_options(controller: State<'_, Handle>, options: Options) -> Answer<OptionsView> {
    controller
        .ask(|reply| Request::SaveOptions(Box::new(options), reply))
        .await
}

#[tauri::command]
pub async fn forecast(controller: State<'_, Handle>, alerts: Alerts) -> Answer<ForecastView> {
    controller
        .ask(|reply| Request::Forecast(Box::new(alerts), reply))
        .await
}
