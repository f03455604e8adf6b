//! A desktop's tray, as far as the app can tell: the StatusNotifierWatcher on the session bus, and
//! the item's menu read back through `com.canonical.dbusmenu`, as a panel would.

#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "each test binary uses a part of it"
)]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use zbus::blocking::{Connection, Proxy, connection};
use zbus::zvariant::{OwnedValue, Value};

/// One entry of `GetLayout`: id, properties, children.
type Entry = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);

struct Watcher {
    items: Arc<Mutex<Vec<String>>>,
}

#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    /// `service` is the item's bus name.
    fn register_status_notifier_item(&self, service: &str) {
        self.items.lock().unwrap().push(service.to_owned());
    }

    fn register_status_notifier_host(&self, _service: &str) {}

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        self.items.lock().unwrap().clone()
    }
}

pub struct TrayHost {
    connection: Connection,
    items: Arc<Mutex<Vec<String>>>,
}

impl TrayHost {
    /// Puts a tray on the bus at this address.
    pub fn new(bus_address: &str) -> TrayHost {
        let items = Arc::default();
        let watcher = Watcher {
            items: Arc::clone(&items),
        };
        let connection = connection::Builder::address(bus_address)
            .unwrap()
            .serve_at("/StatusNotifierWatcher", watcher)
            .unwrap()
            .name("org.kde.StatusNotifierWatcher")
            .unwrap()
            .build()
            .unwrap();
        TrayHost { connection, items }
    }

    /// The labels of the app's menu, from the top; `None` while it has no icon.
    pub fn menu(&self) -> Option<Vec<String>> {
        Some(
            self.entries()?
                .into_iter()
                .filter_map(|(_, label)| (!label.is_empty()).then_some(label))
                .collect(),
        )
    }

    /// Chooses the entry with this label, as a click would; *Quit* goes before it can answer.
    pub fn choose(&self, wanted: &str) {
        let entries = self.entries().unwrap();
        let (id, _) = entries
            .iter()
            .find(|(_, label)| label == wanted)
            .unwrap_or_else(|| panic!("no {wanted} in the tray's menu: {entries:?}"));
        let menu = self.menu_of(&self.item().unwrap());
        menu.call_noreply("Event", &(id, "clicked", Value::from(0), 0_u32))
            .unwrap();
    }

    fn item(&self) -> Option<String> {
        self.items.lock().unwrap().last().cloned()
    }

    fn menu_of(&self, item: &str) -> Proxy<'static> {
        Proxy::new(
            &self.connection,
            item.to_owned(),
            "/MenuBar",
            "com.canonical.dbusmenu",
        )
        .unwrap()
    }

    /// All from the top, those of submenus behind the entry that opens them.
    fn entries(&self) -> Option<Vec<(i32, String)>> {
        let menu = self.menu_of(&self.item()?);
        let (_, (_, _, children)): (u32, Entry) = menu
            .call("GetLayout", &(0, -1, Vec::<String>::new()))
            .ok()?;
        let mut entries = Vec::new();
        add_entries(children, &mut entries)?;
        Some(entries)
    }
}

fn add_entries(children: Vec<OwnedValue>, entries: &mut Vec<(i32, String)>) -> Option<()> {
    for child in children {
        let (id, properties, below) = Entry::try_from(child).ok()?;
        let label = properties
            .get("label")
            .and_then(|label| String::try_from(label.clone()).ok());
        entries.push((id, label.unwrap_or_default()));
        add_entries(below, entries)?;
    }
    Some(())
}
