//! The one window. It is made when it is opened and destroyed when it is closed, which gives its
//! memory back; the page is bundled, and leads nowhere else.

use tauri::webview::NewWindowResponse;
use tauri::{AppHandle, Manager, Url, WebviewUrl, WebviewWindowBuilder, WindowEvent};

use crate::controller::{Handle, Input};
use crate::view::ScreenName;

/// The name that the capability in `tauri.conf.json` is given to.
pub const LABEL: &str = "main";

/// `on` goes to the page behind its address's `#`.
pub fn create(
    app: &AppHandle,
    controller: &Handle,
    title: &str,
    on: Option<ScreenName>,
) -> tauri::Result<()> {
    let page = match on {
        Some(screen) => WebviewUrl::App(format!("#{}", screen.word()).into()),
        None => WebviewUrl::default(),
    };
    let window = WebviewWindowBuilder::new(app, LABEL, page)
        .title(title)
        .inner_size(1120.0, 780.0)
        .min_inner_size(900.0, 600.0)
        .on_navigation(stays_in_the_app)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .build()?;
    let controller = controller.clone();
    window.on_window_event(move |event| {
        if let WindowEvent::CloseRequested { api, .. } = event {
            // Whether it may go depends on the tray, which the controller knows.
            api.prevent_close();
            controller.send(Input::WindowCloseRequested);
        } else if matches!(event, WindowEvent::Destroyed) {
            controller.send(Input::WindowDestroyed);
        }
    });
    Ok(())
}

/// Linux' window managers bring a window to the front only when it was away.
pub fn raise(app: &AppHandle) {
    with_window(app, |window| {
        window.unminimize()?;
        if cfg!(target_os = "linux") {
            window.hide()?;
        }
        window.show()?;
        window.set_focus()
    });
}

pub fn destroy(app: &AppHandle) {
    with_window(app, |window| window.destroy());
}

pub fn minimise(app: &AppHandle) {
    with_window(app, |window| window.minimize());
}

fn with_window(app: &AppHandle, act: impl FnOnce(&tauri::WebviewWindow) -> tauri::Result<()>) {
    let Some(window) = app.get_webview_window(LABEL) else {
        return;
    };
    if let Err(error) = act(&window) {
        tracing::warn!(%error, "the window did not do what it was told");
    }
}

fn stays_in_the_app(address: &Url) -> bool {
    let own = address.scheme() == "tauri"
        || address.host_str() == Some("tauri.localhost")
        || address.as_str() == "about:blank";
    own || (tauri::is_dev() && address.host_str() == Some("localhost"))
}
