//! Starts the app with its window and tray, and stays until it is quit.

use std::path::PathBuf;
use std::sync::Arc;

use sync::billing::Spread;
use sync::clock::{SetClock, SystemClock};
use sync::store::Store;
use tauri::{App, RunEvent};
use tauri_plugin_dialog::{DialogExt, MessageDialogKind};

use super::Gui;
use crate::controller::{Controller, Handle, Input, Parts};
use crate::demo::{self, Demo};
use crate::logging::Redactor;
use crate::outcome::Failure;
use crate::secrets::{Keychain, Session, Vault};
use crate::{commands, data_folder};

/// How the app was started.
#[derive(Debug, Clone)]
pub struct Start {
    pub folder: PathBuf,
    /// As it was given, so that the start at login repeats it.
    pub data_dir: Option<PathBuf>,
    pub demo: bool,
    pub hidden: bool,
    pub redactor: Redactor,
}

/// After [`display_there`]. Returns only when the app could not be started; otherwise the process ends when it is quit.
pub fn run(start: Start) -> Result<(), Failure> {
    let (handle, inputs) = Handle::new();
    let app = build(&start, &handle)?;
    // The second start of the app has ended inside `build`; from here on we are the only one.
    match open(&start) {
        Ok(parts) => {
            let gui = Gui::new(
                app.handle().clone(),
                handle.clone(),
                crate::name(start.demo),
            );
            let controller = Controller::new(gui, parts, handle.clone(), inputs);
            tauri::async_runtime::spawn(controller.run());
            tauri::async_runtime::spawn(quit_on_signal(handle));
        }
        Err(failure) => show_and_quit(&app, &failure, crate::name(start.demo)),
    }
    app.run(|_, event| {
        // Without a code it is the last window that has gone: the app goes on in the tray.
        if let RunEvent::ExitRequested {
            code: None, api, ..
        } = event
        {
            api.prevent_exit();
        }
    });
    Ok(())
}

fn build(start: &Start, handle: &Handle) -> Result<App, Failure> {
    let second = handle.clone();
    let single_instance = tauri_plugin_single_instance::Builder::new()
        .callback(move |_, _, _| second.send(Input::SecondInstance))
        .dbus_id(format!(
            "io.github.autotask_integration.f{}",
            data_folder::tag(&start.folder)
        ))
        .build();
    let mut login_arguments = vec!["--hidden".to_owned()];
    if let Some(folder) = &start.data_dir {
        login_arguments.push(format!("--data-dir={}", folder.display()));
    }
    tauri::Builder::default()
        // First, so that a second start ends before anything else has begun.
        .plugin(single_instance)
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_notification::init())
        .plugin(
            tauri_plugin_opener::Builder::new()
                .open_js_links_on_click(false)
                .build(),
        )
        .plugin(
            tauri_plugin_autostart::Builder::new()
                .args(login_arguments)
                .build(),
        )
        .manage(handle.clone())
        .invoke_handler(commands::handler())
        .build(tauri::generate_context!())
        .map_err(|error| {
            Failure::attention(format!(
                "The app could not be started: {error}. On Windows, install the WebView2 runtime; \
                 the commands (see --help) work without a window."
            ))
        })
}

fn open(start: &Start) -> Result<Parts, Failure> {
    if start.demo {
        let clock = Arc::new(SetClock::default());
        let demo = Demo::start(&start.folder, Arc::clone(&clock));
        let demo = tauri::async_runtime::block_on(demo)?;
        let store = Arc::clone(&demo.store);
        let vault: Arc<dyn Vault> = Arc::new(demo::vault(&demo));
        return Ok(Parts {
            store,
            vault,
            clock,
            redactor: start.redactor.clone(),
            demo: Some(demo),
            // Nobody else bills in it, and somebody is looking.
            spread: Spread::NONE,
            hidden: start.hidden,
        });
    }
    let store = Store::open(&start.folder).map_err(Failure::attention)?;
    let keychain = Keychain::open(&data_folder::tag(&start.folder));
    Ok(Parts {
        store: Arc::new(store),
        vault: Arc::new(Session::new(keychain)),
        clock: Arc::new(SystemClock),
        redactor: start.redactor.clone(),
        demo: None,
        spread: Spread::default(),
        hidden: start.hidden,
    })
}

/// The person may have started it from an icon and sees no terminal.
fn show_and_quit(app: &App, failure: &Failure, title: &str) {
    tracing::error!(reason = %failure, "the app cannot start");
    let code = i32::from(failure.exit.code());
    let handle = app.handle().clone();
    let stopped = app.handle().clone();
    tauri::async_runtime::spawn(async move {
        crate::signal::asked_to_stop().await;
        stopped.exit(code);
    });
    crate::cli::print::message(&failure.message);
    app.dialog()
        .message(&failure.message)
        .title(title)
        .kind(MessageDialogKind::Error)
        .show(move |_| handle.exit(code));
}

async fn quit_on_signal(controller: Handle) {
    crate::signal::asked_to_stop().await;
    controller.send(Input::Quit);
}

/// The window library ends the process where there is no display, or none that answers; this says it
/// properly, and before anything has been made.
pub fn display_there() -> Result<(), Failure> {
    #[cfg(target_os = "linux")]
    gtk::init().map_err(|_| {
        Failure::usage(
            "There is no display to open a window on. Use the commands instead: configure, test, \
             sync (see --help).",
        )
    })?;
    Ok(())
}
