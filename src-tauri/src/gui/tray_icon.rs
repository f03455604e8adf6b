//! Draws [`tray::Menu`] with Tauri's tray icon.
//!
//! The items are made once and keep their places; only what differs from what is drawn is
//! touched. A click is the number of an entry, looked up in the menu that is drawn.

use std::sync::{Arc, Mutex, PoisonError};

use tauri::image::Image;
use tauri::menu::{Menu, MenuItem, PredefinedMenuItem, Submenu};
use tauri::tray::{MouseButton, MouseButtonState, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Wry};

use crate::controller::{Handle, Input};
use crate::tray::{self, Action, Entry, Icon, Item};

pub struct TrayIcon {
    icon: tauri::tray::TrayIcon,
    /// One for each item of the menu.
    items: Vec<Drawn>,
    drawn: Arc<Mutex<tray::Menu>>,
}

/// An item as the desktop has it.
enum Drawn {
    Separator,
    Item(MenuItem<Wry>),
    Submenu(Submenu<Wry>, Vec<MenuItem<Wry>>),
}

impl TrayIcon {
    /// On Linux this fails when no program shows tray icons.
    pub fn make(app: &AppHandle, controller: &Handle, menu: &tray::Menu) -> tauri::Result<Self> {
        let (items, native) = items(app, menu)?;
        let drawn = Arc::new(Mutex::new(menu.clone()));
        let icon = {
            let drawn = Arc::clone(&drawn);
            let clicked = controller.clone();
            let opened = controller.clone();
            TrayIconBuilder::new()
                .icon(image(menu.icon))
                .tooltip(&menu.tooltip)
                .menu(&native)
                .show_menu_on_left_click(cfg!(target_os = "macos"))
                .on_menu_event(move |_, event| {
                    let menu = drawn.lock().unwrap_or_else(PoisonError::into_inner);
                    let number = event.id().as_ref().parse().ok();
                    if let Some(action) = number.and_then(|number| menu.action_of(number)) {
                        clicked.send(Input::Tray(action));
                    }
                })
                .on_tray_icon_event(move |_, event| {
                    if let TrayIconEvent::Click {
                        button: MouseButton::Left,
                        button_state: MouseButtonState::Up,
                        ..
                    } = event
                        && !cfg!(target_os = "macos")
                    {
                        opened.send(Input::Tray(Action::Open));
                    }
                })
                .build(app)?
        };
        Ok(Self { icon, items, drawn })
    }

    pub fn draw(&mut self, menu: &tray::Menu) {
        let before = {
            let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
            if *drawn == *menu {
                return;
            }
            std::mem::replace(&mut *drawn, menu.clone())
        };
        if let Err(error) = self.draw_changes(&before, menu) {
            tracing::warn!(%error, "the tray could not be drawn");
        }
    }

    fn draw_changes(&self, before: &tray::Menu, menu: &tray::Menu) -> tauri::Result<()> {
        if before.icon != menu.icon {
            self.icon.set_icon(Some(image(menu.icon)))?;
        }
        if before.tooltip != menu.tooltip {
            self.icon.set_tooltip(Some(&menu.tooltip))?;
        }
        for ((drawn, old), new) in self.items.iter().zip(&before.items).zip(&menu.items) {
            if old != new {
                drawn.change_to(new)?;
            }
        }
        Ok(())
    }
}

impl Drawn {
    fn change_to(&self, item: &Item) -> tauri::Result<()> {
        match (self, item) {
            (Drawn::Item(drawn), Item::Text(text)) => drawn.set_text(literal(text)),
            (Drawn::Item(drawn), Item::Entry(entry)) => change(drawn, entry),
            (
                Drawn::Submenu(drawn, below),
                Item::Submenu {
                    label,
                    enabled,
                    entries,
                },
            ) => {
                drawn.set_text(label)?;
                drawn.set_enabled(*enabled)?;
                let mut pairs = below.iter().zip(entries);
                pairs.try_for_each(|(drawn, entry)| change(drawn, entry))
            }
            // The places of the items never change.
            (Drawn::Separator | Drawn::Item(_) | Drawn::Submenu(..), _) => Ok(()),
        }
    }
}

fn change(drawn: &MenuItem<Wry>, entry: &Entry) -> tauri::Result<()> {
    drawn.set_text(entry.label)?;
    drawn.set_enabled(entry.enabled)
}

fn items(app: &AppHandle, menu: &tray::Menu) -> tauri::Result<(Vec<Drawn>, Menu<Wry>)> {
    let native = Menu::new(app)?;
    let mut numbers = 0_usize..;
    let mut entry = |entry: &Entry| {
        let id = numbers.next().unwrap_or_default().to_string();
        MenuItem::with_id(app, id, entry.label, entry.enabled, None::<&str>)
    };
    let mut items = Vec::new();
    for item in &menu.items {
        items.push(match item {
            Item::Separator => {
                native.append(&PredefinedMenuItem::separator(app)?)?;
                Drawn::Separator
            }
            Item::Text(text) => {
                let line = MenuItem::with_id(app, "status", literal(text), false, None::<&str>)?;
                native.append(&line)?;
                Drawn::Item(line)
            }
            Item::Entry(item) => {
                let item = entry(item)?;
                native.append(&item)?;
                Drawn::Item(item)
            }
            Item::Submenu {
                label,
                enabled,
                entries,
            } => {
                let submenu = Submenu::with_id(app, "pause", label, *enabled)?;
                let below: Vec<MenuItem<Wry>> =
                    entries.iter().map(&mut entry).collect::<Result<_, _>>()?;
                for item in &below {
                    submenu.append(item)?;
                }
                native.append(&submenu)?;
                Drawn::Submenu(submenu, below)
            }
        });
    }
    Ok((items, native))
}

/// A single `&` would underline the letter after it.
fn literal(text: &str) -> String {
    text.replace('&', "&&")
}

fn image(icon: Icon) -> Image<'static> {
    match icon {
        Icon::NotSetUp => tauri::include_image!("./icons/tray/not-set-up.png"),
        Icon::UpToDate => tauri::include_image!("./icons/tray/up-to-date.png"),
        Icon::Working => tauri::include_image!("./icons/tray/working.png"),
        Icon::Paused => tauri::include_image!("./icons/tray/paused.png"),
        Icon::NeedsAttention => tauri::include_image!("./icons/tray/needs-attention.png"),
    }
}
