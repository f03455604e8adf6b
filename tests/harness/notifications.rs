//! A desktop's notifications, as far as the app can tell: the server on the session bus that shows
//! them, and tells of clicks.

#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "each test binary uses a part of it"
)]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use zbus::blocking::{Connection, connection};
use zbus::zvariant::OwnedValue;

const PATH: &str = "/org/freedesktop/Notifications";
const NAME: &str = "org.freedesktop.Notifications";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub id: u32,
    pub title: String,
    pub text: String,
}

struct Server {
    shown: Arc<Mutex<Vec<Shown>>>,
}

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Server {
    #[expect(clippy::too_many_arguments, reason = "the specification's")]
    fn notify(
        &self,
        _app: String,
        _replaces: u32,
        _icon: String,
        summary: String,
        body: String,
        _actions: Vec<String>,
        _hints: HashMap<String, OwnedValue>,
        _expires: i32,
    ) -> u32 {
        let mut shown = self.shown.lock().unwrap();
        let id = 1 + shown.len() as u32;
        shown.push(Shown {
            id,
            title: summary,
            text: body,
        });
        id
    }

    fn close_notification(&self, _id: u32) {}

    fn get_capabilities(&self) -> Vec<String> {
        vec!["body".to_owned(), "actions".to_owned()]
    }

    fn get_server_information(&self) -> (String, String, String, String) {
        let words = ["test", "test", "1", "1.2"].map(str::to_owned);
        words.into()
    }
}

pub struct Notifications {
    connection: Connection,
    shown: Arc<Mutex<Vec<Shown>>>,
}

impl Notifications {
    /// Shows them on the bus at this address.
    pub fn new(bus_address: &str) -> Notifications {
        let shown = Arc::default();
        let server = Server {
            shown: Arc::clone(&shown),
        };
        let connection = connection::Builder::address(bus_address)
            .unwrap()
            .serve_at(PATH, server)
            .unwrap()
            .name(NAME)
            .unwrap()
            .build()
            .unwrap();
        Notifications { connection, shown }
    }

    /// Those that were shown so far, the first first.
    pub fn shown(&self) -> Vec<Shown> {
        self.shown.lock().unwrap().clone()
    }

    /// A click on the notification itself.
    pub fn click(&self, notification: &Shown) {
        let click = (notification.id, "default");
        self.connection
            .emit_signal(None::<&str>, PATH, NAME, "ActionInvoked", &click)
            .unwrap();
    }
}
