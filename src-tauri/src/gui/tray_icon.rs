//! Draws [`tray::Menu`] with Tauri's tray icon.
//!
//! The items are made once and keep their places; only what differs from what is drawn is
//! touched. A click is the position of an item, looked up in the menu that is drawn.

use std::sync::{Arc, Mutex, PoisonError};

use tauri::image::Image;
use tauri::menu::{IsMenuItem, Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::{MouseButton, MouseButtonState, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Wry};

use crate::controller::{Handle, Input};
use crate::tray::{self, Action, Icon, Item};

pub struct TrayIcon {
    icon: tauri::tray::TrayIcon,
    /// One for each item of the menu; `None` for separators.
    entries: Vec<Option<MenuItem<Wry>>>,
    drawn: Arc<Mutex<tray::Menu>>,
}

impl TrayIcon {
    /// On Linux this fails when no program shows tray icons.
    pub fn make(app: &AppHandle, controller: &Handle, menu: &tray::Menu) -> tauri::Result<Self> {
        let (entries, native) = items(app, menu)?;
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
                    let position = event.id().as_ref().parse().ok();
                    if let Some(action) = position.and_then(|position| menu.action_at(position)) {
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
        Ok(Self {
            icon,
            entries,
            drawn,
        })
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
        for ((entry, old), new) in self.entries.iter().zip(&before.items).zip(&menu.items) {
            if let Some(entry) = entry
                && old != new
            {
                entry.set_text(text(new))?;
                entry.set_enabled(enabled(new))?;
            }
        }
        Ok(())
    }
}

type Entries = Vec<Option<MenuItem<Wry>>>;

fn items(app: &AppHandle, menu: &tray::Menu) -> tauri::Result<(Entries, Menu<Wry>)> {
    let native = Menu::new(app)?;
    let mut entries = Vec::new();
    for (position, item) in menu.items.iter().enumerate() {
        match item {
            Item::Separator => {
                native.append(&PredefinedMenuItem::separator(app)?)?;
                entries.push(None);
            }
            Item::Text(_) | Item::Entry { .. } => {
                let id = position.to_string();
                let entry = MenuItem::with_id(app, id, text(item), enabled(item), None::<&str>)?;
                native.append(&entry as &dyn IsMenuItem<Wry>)?;
                entries.push(Some(entry));
            }
        }
    }
    Ok((entries, native))
}

/// A single `&` would underline the letter after it.
fn text(item: &Item) -> String {
    match item {
        Item::Text(text) => text.replace('&', "&&"),
        Item::Entry { label, .. } => (*label).to_owned(),
        Item::Separator => String::new(),
    }
}

fn enabled(item: &Item) -> bool {
    match item {
        Item::Entry { enabled, .. } => *enabled,
        Item::Text(_) | Item::Separator => false,
    }
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
