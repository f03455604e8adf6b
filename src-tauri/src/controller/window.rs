//! The window's life: made when it is opened, destroyed when it is closed.
//!
//! Its going takes a moment, in which no new one of its name can be made; being opened again in
//! that moment is remembered.

use super::Controller;
use crate::data_folder::TOLD_ABOUT_TRAY;
use crate::desktop::{Desktop, PageEvent};
use crate::view::ScreenName;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Window {
    #[default]
    Closed,
    Open,
    Closing {
        reopen: Option<Reopen>,
    },
}

/// The window is wanted again, on the screen that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reopen(Option<ScreenName>);

const ASK_TO_QUIT: &str = "This desktop shows no tray icons, so the app is there only as this \
     window. Without it no tickets are sent until it is started again.";

impl<D: Desktop> Controller<D> {
    /// As it is, or on a screen that somebody asked for.
    pub(super) fn open_window(&mut self, on: Option<ScreenName>) {
        self.window = match self.window {
            Window::Open => {
                self.desktop.raise_window();
                if let Some(screen) = on {
                    self.desktop.emit(PageEvent::ShowScreen(screen));
                }
                Window::Open
            }
            Window::Closing { reopen } => {
                let before = reopen.and_then(|Reopen(before)| before);
                Window::Closing {
                    reopen: Some(Reopen(on.or(before))),
                }
            }
            Window::Closed => match self.desktop.create_window(on) {
                Ok(()) => Window::Open,
                Err(error) => {
                    tracing::error!(%error, "the window could not be opened");
                    self.say(format!("The window could not be opened: {error}."));
                    Window::Closed
                }
            },
        };
    }

    pub(super) fn close_window(&mut self) {
        if self.tray != Some(true) {
            self.desktop.ask_to_quit(ASK_TO_QUIT);
            return;
        }
        if self.window == Window::Open {
            self.desktop.destroy_window();
            self.window = Window::Closing { reopen: None };
            self.tell_about_tray();
        }
    }

    pub(super) fn window_destroyed(&mut self) {
        let reopen = match self.window {
            Window::Closing { reopen } => reopen,
            Window::Closed | Window::Open => None,
        };
        self.window = Window::Closed;
        // Without a tray nobody could open it again.
        if reopen.is_some() || self.tray == Some(false) {
            self.open_window(reopen.and_then(|Reopen(on)| on));
        }
    }

    /// Once, ever: a mark in the data folder remembers it.
    fn tell_about_tray(&mut self) {
        let mark = self.context.store.folder().join(TOLD_ABOUT_TRAY);
        if mark.exists() {
            return;
        }
        self.say("The app goes on in the tray. Its icon there opens the window again, and quits.");
        if let Err(error) = std::fs::write(&mark, "") {
            tracing::warn!(%error, "it cannot be remembered that the tray was explained");
        }
    }
}
