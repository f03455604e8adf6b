//! The real controller, driven as the page, the tray and the window drive it.

mod app;
mod background;
mod billing;
mod desktop;
mod keychains;
mod pauses;
mod recorder;
mod refused;
mod telling;
