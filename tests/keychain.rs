//! The real keychain of a Linux desktop, in a session of its own: unlocked, locked, absent.
//!
//! Each test starts this program again inside `dbus-run-session`, so that nothing touches the
//! keychain of whoever runs the tests. Without those programs there is nothing to test against,
//! which is said.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot go on should stop"
)]

use std::path::Path;
use std::process::{Command, Output};

use autotask_integration::secrets::{Error, Kept, Keychain, Name, Patience, Vault};
use secrecy::{ExposeSecret, SecretString};

const UNLOCK: &str = "printf word | gnome-keyring-daemon --unlock --components=secrets >/dev/null";

/// Runs `inner` in a session whose keychain was prepared by `script`.
fn in_session(home: &Path, script: &str, inner: &str) -> Option<Output> {
    for program in ["dbus-run-session", "gnome-keyring-daemon"] {
        let there = Command::new("sh")
            .args(["-c", &format!("command -v {program}")])
            .output()
            .is_ok_and(|output| output.status.success());
        if !there {
            println!("skipped: {program} is not installed");
            return None;
        }
    }
    let this = std::env::current_exe().unwrap();
    let output = Command::new("dbus-run-session")
        .args(["--", "sh", "-c"])
        .arg(format!(
            "{script}\nexec '{}' --exact {inner} --ignored --nocapture",
            this.display()
        ))
        .env("HOME", home)
        .env("XDG_DATA_HOME", home.join("data"))
        .env("XDG_RUNTIME_DIR", home)
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .output()
        .unwrap();
    Some(output)
}

fn passed(output: Option<Output>) {
    if let Some(output) = output {
        let out = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && out.contains("1 passed"),
            "{out}{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn a_secret_is_kept_and_two_data_folders_are_kept_apart() {
    let home = tempfile::tempdir().unwrap();
    passed(in_session(home.path(), UNLOCK, "inner_keeps"));
}

#[test]
fn a_keychain_that_is_locked_says_so_at_once() {
    let home = tempfile::tempdir().unwrap();
    passed(in_session(home.path(), UNLOCK, "inner_keeps"));
    let locked = "gnome-keyring-daemon --start --components=secrets >/dev/null";
    passed(in_session(home.path(), locked, "inner_is_locked"));
}

#[test]
fn a_locked_keychain_is_noticed_before_anything_was_ever_saved() {
    let home = tempfile::tempdir().unwrap();
    passed(in_session(home.path(), UNLOCK, "inner_makes_the_keychain"));
    let locked = "gnome-keyring-daemon --start --components=secrets >/dev/null";
    passed(in_session(home.path(), locked, "inner_is_locked"));
}

#[test]
fn without_a_session_bus_there_is_no_keychain() {
    let this = std::env::current_exe().unwrap();
    let output = Command::new(this)
        .args(["--exact", "inner_is_unavailable", "--ignored"])
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
        .env("XDG_RUNTIME_DIR", "/nowhere")
        .env_remove("DISPLAY")
        .output()
        .unwrap();
    passed(Some(output));
}

#[tokio::test]
#[ignore = "needs a session of its own, which another test makes"]
async fn inner_keeps() {
    let here = Keychain::open("here");
    let there = Keychain::open("there");
    let name = Name::AutotaskPassword;
    let secret = SecretString::from("grüße & <geheim>");

    let kept = here.write(name, secret, Patience::Person).await;

    assert_eq!(kept, Ok(Kept::ForGood));
    let read = Keychain::open("here")
        .read(name, Patience::Background)
        .await;
    assert_eq!(read.unwrap().expose_secret(), "grüße & <geheim>");
    let other = there.read(name, Patience::Background).await;
    assert_eq!(other.unwrap_err(), Error::NotFound(name));
    assert_eq!(here.check(Patience::Background).await, Ok(()));
}

#[tokio::test]
#[ignore = "needs a session of its own, which another test makes"]
async fn inner_makes_the_keychain() {
    let checked = Keychain::open("here").check(Patience::Background).await;
    assert_eq!(checked, Ok(()));
}

#[tokio::test]
#[ignore = "needs a session of its own, which another test makes"]
async fn inner_is_locked() {
    let keychain = Keychain::open("here");
    let read = keychain
        .read(Name::AutotaskPassword, Patience::Background)
        .await;
    assert_eq!(read.unwrap_err(), Error::Locked);
    assert_eq!(
        keychain.check(Patience::Background).await,
        Err(Error::Locked)
    );
}

#[tokio::test]
#[ignore = "needs an environment of its own, which another test makes"]
async fn inner_is_unavailable() {
    let read = Keychain::open("here")
        .read(Name::AutotaskPassword, Patience::Background)
        .await;
    assert_eq!(read.unwrap_err(), Error::Unavailable);
}
