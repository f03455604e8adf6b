//! The desktop shell and the command line of Autotask Integration.
//!
//! ```text
//! page ──► commands ─┐                     ┌─► desktop (window, tray, notifications, dialogs)
//! tray, window ──────┼─► controller ───────┤
//! timer, running work┘   (one task)        └─► work (tasks): sync, keychain
//! ```
//! One task, the [`controller`], owns all state and is driven by one enum of inputs; what it does
//! to the desktop goes through one trait. What is posted, and when, is decided in the crate
//! `sync`; nothing here knows SQL, XML or HTTP. The command line ([`cli`]) uses the same crate
//! without a window.

pub mod cli;
pub mod commands;
pub mod controller;
pub mod data_folder;
pub mod demo;
pub mod desktop;
mod error;
pub mod gui;
pub mod logging;
pub mod notification;
pub mod outcome;
mod schedule;
pub mod secrets;
mod signal;
pub mod status;
pub mod tray;
pub mod view;

/// The app's name where a person reads it: the window's title, notifications.
pub const fn name(demo: bool) -> &'static str {
    if demo {
        "Autotask Integration (demo)"
    } else {
        "Autotask Integration"
    }
}
