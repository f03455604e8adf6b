//! Everything the controller does to the computer's desktop, behind one trait.
//!
//! `gui::Gui` does it with Tauri; tests put a recorder in its place and run the real controller.
//! What the desktop has to say (a click, a closed window) comes back as an
//! [`Input`](crate::controller::Input).

use std::path::PathBuf;

use tokio::sync::oneshot;
use url::Url;

use crate::notification::Notification;
use crate::tray;
use crate::view::{AppView, ScreenName, TestView};

/// What is pushed to the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageEvent {
    AppChanged(Box<AppView>),
    TestProgress(TestView),
    MappingsChanged,
    ActivityChanged,
    /// The Billing screen is to be read again.
    BillingChanged,
    /// Turns to that screen.
    ShowScreen(ScreenName),
}

/// A file that the person is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AskedFile {
    SaveCsv { proposed_name: String },
    SaveHtml { proposed_name: String },
    OpenCsv,
}

/// There is nothing on this desktop that could show a tray icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("This desktop shows no tray icons.")]
pub struct NoTrayHost;

/// The desktop refused, in its own words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DesktopError(pub String);

/// `None` when the person pressed Cancel.
pub type Chosen = Option<PathBuf>;

pub trait Desktop: Send + 'static {
    /// Draws the icon and the menu; makes them the first time.
    fn show_tray(&mut self, menu: &tray::Menu) -> Result<(), NoTrayHost>;

    /// Makes the window, on a screen that somebody asked for. The controller has none open and none on
    /// its way out.
    fn create_window(&mut self, on: Option<ScreenName>) -> Result<(), DesktopError>;
    /// Brings the open window to the front.
    fn raise_window(&mut self);
    /// Its going is reported as `Input::WindowDestroyed`, later.
    fn destroy_window(&mut self);
    fn minimise_window(&mut self);

    /// A click on it comes as `Input::NotificationClicked`, where the desktop tells of it.
    fn notify(&mut self, notification: &Notification);
    fn emit(&mut self, event: PageEvent);

    /// The answer comes as `Input::QuitAnswered`.
    fn ask_to_quit(&mut self, text: &str);
    fn ask_for_folder(&mut self, title: &'static str, reply: oneshot::Sender<Chosen>);
    fn ask_for_file(&mut self, asked: AskedFile, reply: oneshot::Sender<Chosen>);

    fn open_address(&mut self, address: &Url) -> Result<(), DesktopError>;

    /// As the operating system has it, which is the only truth.
    fn starts_at_login(&mut self) -> Result<bool, DesktopError>;
    fn set_start_at_login(&mut self, on: bool) -> Result<(), DesktopError>;

    fn quit(&mut self);
}
