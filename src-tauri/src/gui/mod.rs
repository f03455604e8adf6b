//! The real desktop: Tauri's window, tray, notifications and dialogs.
//!
//! Nothing is decided here. What the controller says is done, and what the person does becomes an
//! [`Input`].

mod run;
mod tray_icon;
mod window;

use tauri::{AppHandle, Emitter, Manager, Wry};
use tauri_plugin_autostart::ManagerExt;
use tauri_plugin_dialog::{DialogExt, FileDialogBuilder, FilePath, MessageDialogButtons};
use tauri_plugin_notification::NotificationExt;
use tauri_plugin_opener::OpenerExt;
use tokio::sync::oneshot;
use url::Url;

use crate::controller::{Handle, Input};
use crate::desktop::{AskedFile, Chosen, Desktop, DesktopError, NoTrayHost, PageEvent};
use crate::notification::Notification;
use crate::tray;
use crate::view::ScreenName;

pub use run::{Start, display_there, run};
use tray_icon::TrayIcon;

/// Beside a notification's words: where a click on it leads.
const SCREEN: &str = "screen";

pub struct Gui {
    app: AppHandle,
    controller: Handle,
    title: &'static str,
    tray: Option<TrayIcon>,
    /// A tray that cannot be had is told once in the log, and tried again quietly.
    told_no_tray: bool,
}

impl std::fmt::Debug for Gui {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gui").finish_non_exhaustive()
    }
}

impl Gui {
    fn new(app: AppHandle, controller: Handle, title: &'static str) -> Self {
        tell_of_clicks(&app, &controller);
        Self {
            app,
            controller,
            title,
            tray: None,
            told_no_tray: false,
        }
    }

    fn file_dialog(&self) -> FileDialogBuilder<Wry> {
        let dialog = self.app.dialog().file();
        match self.app.get_webview_window(window::LABEL) {
            Some(window) => dialog.set_parent(&window),
            None => dialog,
        }
    }

    fn csv_dialog(&self) -> FileDialogBuilder<Wry> {
        self.file_dialog().add_filter("CSV", &["csv"])
    }
}

impl Desktop for Gui {
    fn show_tray(&mut self, menu: &tray::Menu) -> Result<(), NoTrayHost> {
        if let Some(tray) = &mut self.tray {
            tray.draw(menu);
            return Ok(());
        }
        match TrayIcon::make(&self.app, &self.controller, menu) {
            Ok(tray) => {
                self.tray = Some(tray);
                Ok(())
            }
            Err(error) => {
                if !self.told_no_tray {
                    tracing::warn!(%error, "this desktop shows no tray icon; the window stays");
                    self.told_no_tray = true;
                }
                Err(NoTrayHost)
            }
        }
    }

    fn create_window(&mut self, on: Option<ScreenName>) -> Result<(), DesktopError> {
        window::create(&self.app, &self.controller, self.title, on).map_err(refused)
    }

    fn raise_window(&mut self) {
        window::raise(&self.app);
    }

    fn destroy_window(&mut self) {
        window::destroy(&self.app);
    }

    fn minimise_window(&mut self) {
        window::minimise(&self.app);
    }

    fn notify(&mut self, notification: &Notification) {
        let builder = self.app.notification().builder();
        let shown = builder
            .title(&notification.title)
            .body(&notification.text)
            .extra(SCREEN, notification.opens)
            .show();
        if let Err(error) = shown {
            tracing::info!(%error, "a notification could not be shown");
        }
    }

    fn emit(&mut self, event: PageEvent) {
        let emitted = match &event {
            PageEvent::AppChanged(view) => self.app.emit("app-changed", view),
            PageEvent::TestProgress(test) => self.app.emit("test-progress", test),
            PageEvent::MappingsChanged => self.app.emit("mappings-changed", ()),
            PageEvent::ActivityChanged => self.app.emit("activity-changed", ()),
            PageEvent::BillingChanged => self.app.emit("billing-changed", ()),
            PageEvent::ShowScreen(screen) => self.app.emit("show-screen", screen),
        };
        if let Err(error) = emitted {
            tracing::warn!(%error, "an event did not reach the page");
        }
    }

    fn ask_to_quit(&mut self, text: &str) {
        let controller = self.controller.clone();
        let mut question = self.app.dialog().message(text).title(self.title).buttons(
            MessageDialogButtons::OkCancelCustom("Quit".to_owned(), "Keep running".to_owned()),
        );
        // Otherwise it could come up behind the window.
        if let Some(window) = self.app.get_webview_window(window::LABEL) {
            question = question.parent(&window);
        }
        question.show(move |quit| controller.send(Input::QuitAnswered(quit)));
    }

    fn ask_for_folder(&mut self, title: &'static str, reply: oneshot::Sender<Chosen>) {
        self.file_dialog()
            .set_title(title)
            .pick_folder(move |chosen| {
                let _ = reply.send(chosen.and_then(path));
            });
    }

    fn ask_for_file(&mut self, asked: AskedFile, reply: oneshot::Sender<Chosen>) {
        let answer = move |chosen: Option<FilePath>| {
            let _ = reply.send(chosen.and_then(path));
        };
        match asked {
            AskedFile::SaveCsv { proposed_name } => {
                self.csv_dialog()
                    .set_file_name(proposed_name)
                    .save_file(answer);
            }
            AskedFile::SaveHtml { proposed_name } => {
                self.file_dialog()
                    .add_filter("HTML", &["html"])
                    .set_file_name(proposed_name)
                    .save_file(answer);
            }
            AskedFile::OpenCsv => self.csv_dialog().pick_file(answer),
        }
    }

    fn open_address(&mut self, address: &Url) -> Result<(), DesktopError> {
        self.app
            .opener()
            .open_url(address.as_str(), None::<&str>)
            .map_err(refused)
    }

    fn starts_at_login(&mut self) -> Result<bool, DesktopError> {
        self.app.autolaunch().is_enabled().map_err(refused)
    }

    fn set_start_at_login(&mut self, on: bool) -> Result<(), DesktopError> {
        let autostart = self.app.autolaunch();
        if on {
            autostart.enable().map_err(refused)
        } else {
            autostart.disable().map_err(refused)
        }
    }

    fn quit(&mut self) {
        self.app.exit(0);
    }
}

/// Where the desktop says so: Linux does while a notification is shown or listed, Windows while it is
/// on the screen.
fn tell_of_clicks(app: &AppHandle, controller: &Handle) {
    let controller = controller.clone();
    let listening = app.notification().on_action(move |action| {
        let shown = action.notification();
        let screen = shown.and_then(|shown| shown.extra().get(SCREEN));
        let screen = screen.and_then(|name| serde_json::from_value(name.clone()).ok());
        controller.send(Input::NotificationClicked(screen.flatten()));
    });
    if let Err(error) = listening {
        tracing::info!(%error, "clicks on notifications are not told");
    }
}

fn refused(error: impl std::fmt::Display) -> DesktopError {
    DesktopError(error.to_string())
}

fn path(chosen: FilePath) -> Chosen {
    chosen.into_path().ok()
}
