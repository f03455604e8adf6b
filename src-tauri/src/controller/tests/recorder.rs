//! A desktop that remembers what was done to it.

use std::sync::{Arc, Mutex};

use tokio::sync::{oneshot, watch};
use url::Url;

use crate::desktop::{AskedFile, Chosen, Desktop, DesktopError, NoTrayHost, PageEvent};
use crate::notification::Notification;
use crate::tray::Menu;
use crate::view::{AppView, ScreenName};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Did {
    CreateWindow(Option<ScreenName>),
    RaiseWindow,
    DestroyWindow,
    MinimiseWindow,
    Notify(Notification),
    AskToQuit,
    Open(String),
    StartAtLogin(bool),
    Quit,
}

#[derive(Debug, Default)]
pub struct Desk {
    pub did: Vec<Did>,
    pub menu: Option<Menu>,
    pub view: Option<AppView>,
    pub events: Vec<PageEvent>,
    pub no_tray: bool,
    pub starts_at_login: bool,
    /// What the person chooses when asked for a file or folder.
    pub chooses: Chosen,
}

#[derive(Clone)]
pub struct Recorder {
    desk: Arc<Mutex<Desk>>,
    changed: watch::Sender<u64>,
}

impl Recorder {
    pub fn new() -> Self {
        Self {
            desk: Arc::default(),
            changed: watch::Sender::new(0),
        }
    }

    pub fn look<T>(&self, at: impl FnOnce(&mut Desk) -> T) -> T {
        at(&mut self.desk.lock().unwrap())
    }

    pub fn did(&self, what: &Did) -> usize {
        self.look(|desk| desk.did.iter().filter(|did| *did == what).count())
    }

    pub fn notifications(&self) -> Vec<Notification> {
        let notification = |did: &Did| match did {
            Did::Notify(notification) => Some(notification.clone()),
            Did::CreateWindow(_)
            | Did::RaiseWindow
            | Did::DestroyWindow
            | Did::MinimiseWindow
            | Did::AskToQuit
            | Did::Open(_)
            | Did::StartAtLogin(_)
            | Did::Quit => None,
        };
        self.look(|desk| desk.did.iter().filter_map(notification).collect())
    }

    /// Waits for the condition, however long that takes; nextest ends a test that hangs.
    pub async fn until(&self, mut condition: impl FnMut(&Desk) -> bool) {
        let mut changed = self.changed.subscribe();
        while !self.look(|desk| condition(desk)) {
            changed.changed().await.unwrap();
        }
    }

    fn note(&self, note: impl FnOnce(&mut Desk)) {
        self.look(note);
        self.changed.send_modify(|count| *count += 1);
    }
}

impl Desktop for Recorder {
    fn show_tray(&mut self, menu: &Menu) -> Result<(), NoTrayHost> {
        if self.look(|desk| desk.no_tray) {
            return Err(NoTrayHost);
        }
        self.note(|desk| desk.menu = Some(menu.clone()));
        Ok(())
    }

    fn create_window(&mut self, on: Option<ScreenName>) -> Result<(), DesktopError> {
        self.note(|desk| desk.did.push(Did::CreateWindow(on)));
        Ok(())
    }

    fn raise_window(&mut self) {
        self.note(|desk| desk.did.push(Did::RaiseWindow));
    }

    fn destroy_window(&mut self) {
        self.note(|desk| desk.did.push(Did::DestroyWindow));
    }

    fn minimise_window(&mut self) {
        self.note(|desk| desk.did.push(Did::MinimiseWindow));
    }

    fn notify(&mut self, notification: &Notification) {
        self.note(|desk| desk.did.push(Did::Notify(notification.clone())));
    }

    fn emit(&mut self, event: PageEvent) {
        self.note(|desk| {
            if let PageEvent::AppChanged(view) = &event {
                desk.view = Some((**view).clone());
            }
            desk.events.push(event);
        });
    }

    fn ask_to_quit(&mut self, _: &str) {
        self.note(|desk| desk.did.push(Did::AskToQuit));
    }

    fn ask_for_folder(&mut self, _: &'static str, reply: oneshot::Sender<Chosen>) {
        let _ = reply.send(self.look(|desk| desk.chooses.clone()));
    }

    fn ask_for_file(&mut self, _: AskedFile, reply: oneshot::Sender<Chosen>) {
        let _ = reply.send(self.look(|desk| desk.chooses.clone()));
    }

    fn open_address(&mut self, address: &Url) -> Result<(), DesktopError> {
        self.note(|desk| desk.did.push(Did::Open(address.to_string())));
        Ok(())
    }

    fn starts_at_login(&mut self) -> Result<bool, DesktopError> {
        Ok(self.look(|desk| desk.starts_at_login))
    }

    fn set_start_at_login(&mut self, on: bool) -> Result<(), DesktopError> {
        self.note(|desk| {
            desk.starts_at_login = on;
            desk.did.push(Did::StartAtLogin(on));
        });
        Ok(())
    }

    fn quit(&mut self) {
        self.note(|desk| desk.did.push(Did::Quit));
    }
}
