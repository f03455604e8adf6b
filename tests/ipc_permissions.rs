//! What the page may call, with the app's real configuration and the real permission table.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use autotask_integration::commands;
use autotask_integration::controller::Handle;
use serde_json::Value;
use tauri::test::{INVOKE_KEY, MockRuntime, get_ipc_response, mock_builder};
use tauri::webview::InvokeRequest;
use tauri::{WebviewWindow, WebviewWindowBuilder};

#[tauri::command]
fn not_listed() -> &'static str {
    "answered"
}

/// Nobody listens behind the handle, so a command that is let through answers that.
fn window(
    handler: impl Fn(tauri::ipc::Invoke<MockRuntime>) -> bool + Send + Sync + 'static,
) -> WebviewWindow<MockRuntime> {
    let (controller, _) = Handle::new();
    let app = mock_builder()
        .manage(controller)
        .invoke_handler(handler)
        .build(tauri::generate_context!(test = true))
        .unwrap();
    WebviewWindowBuilder::new(&app, "main", tauri::WebviewUrl::default())
        .build()
        .unwrap()
}

fn call(window: &WebviewWindow<MockRuntime>, command: &str) -> Result<Value, Value> {
    let url = if cfg!(windows) {
        "http://tauri.localhost"
    } else {
        "tauri://localhost"
    };
    get_ipc_response(
        window,
        InvokeRequest {
            cmd: command.to_owned(),
            callback: tauri::ipc::CallbackFn(0),
            error: tauri::ipc::CallbackFn(1),
            url: url.parse().unwrap(),
            body: tauri::ipc::InvokeBody::default(),
            headers: Default::default(),
            invoke_key: INVOKE_KEY.to_owned(),
        },
    )
    .map(|body| body.deserialize().unwrap())
}

#[test]
fn a_listed_command_reaches_the_controller() {
    let window = window(commands::handler());
    let answer = call(&window, "app_view").unwrap_err();
    assert_eq!(answer["code"], "internal", "{answer}");
}

#[test]
fn a_command_that_is_not_listed_is_refused() {
    let window = window(tauri::generate_handler![not_listed]);
    let answer = call(&window, "not_listed").unwrap_err();
    assert!(answer.as_str().unwrap().contains("not allowed"), "{answer}");
}

#[test]
fn what_tauri_itself_offers_is_refused_but_for_listening() {
    let window = window(commands::handler());
    for command in [
        "plugin:app|version",
        "plugin:window|close",
        "plugin:event|emit",
        "plugin:opener|open_url",
        "plugin:dialog|open",
        "plugin:webview|create_webview_window",
    ] {
        let answer = call(&window, command).unwrap_err();
        let answer = answer.as_str().unwrap();
        assert!(
            answer.contains("not allowed") || answer.contains("not found"),
            "{command}: {answer}"
        );
    }
}

#[test]
fn handler_permissions_and_capability_are_in_step() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let handled: BTreeSet<String> = commands::NAMES
        .iter()
        .map(|name| (*name).to_owned())
        .collect();

    let permissions = fs::read_to_string(root.join("src-tauri/permissions/app.toml")).unwrap();
    let values = |key: &str| -> BTreeSet<String> {
        permissions
            .lines()
            .filter_map(|line| line.strip_prefix(key))
            .map(|value| value.trim_matches(['[', ']', '"', ' ', '=']).to_owned())
            .collect()
    };
    assert_eq!(values("commands.allow"), handled);
    let identifiers = values("identifier");
    let expected: BTreeSet<String> = handled
        .iter()
        .map(|name| format!("allow-{}", name.replace('_', "-")))
        .collect();
    assert_eq!(identifiers, expected);

    let config = fs::read_to_string(root.join("tauri.conf.json")).unwrap();
    let config: Value = serde_json::from_str(&config).unwrap();
    let capabilities = config["app"]["security"]["capabilities"]
        .as_array()
        .unwrap();
    assert_eq!(capabilities.len(), 1);
    assert_eq!(capabilities[0]["windows"], serde_json::json!(["main"]));
    let granted: BTreeSet<String> = capabilities[0]["permissions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|permission| permission.as_str().unwrap().to_owned())
        .filter(|permission| !permission.starts_with("core:event:allow-"))
        .collect();
    assert_eq!(granted, identifiers);
}

#[test]
fn the_security_policy_is_strict() {
    let config = include_str!("../tauri.conf.json");
    let config: Value = serde_json::from_str(config).unwrap();
    let policy = config["app"]["security"]["csp"].as_str().unwrap();
    assert!(policy.contains("default-src 'self'"), "{policy}");
    for loose in ["unsafe", "*", "https:", "blob:"] {
        assert!(!policy.contains(loose), "{policy}");
    }
    assert!(config["app"].get("withGlobalTauri").is_none());
}
