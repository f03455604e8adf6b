//! The command line through the real program: exit codes, what goes where, and what a refused
//! `configure` leaves alone. No window, no display, no keychain.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use sync::store::Store;
use tempfile::TempDir;

const PASSWORD: &str = "demo-password";
const TOKEN: &str = "demo-token";

struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn file(&self, text: &str) -> PathBuf {
        let file = self.folder.path().join("settings.toml");
        fs::write(&file, text).unwrap();
        file
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program();
        command
            .arg("--data-dir")
            .arg(self.data())
            .args(arguments)
            .env("HOME", self.folder.path())
            .env("AUTOTASK_PASSWORD", PASSWORD)
            .env("CLOUD_DIRECT_TOKEN", TOKEN);
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().unwrap())
    }

    fn configure(&self, text: &str) -> Ran {
        let file = self.file(text);
        self.run(&["configure", file.to_str().unwrap()])
    }
}

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_autotask-integration"));
    for variable in [
        "DISPLAY",
        "WAYLAND_DISPLAY",
        "DBUS_SESSION_BUS_ADDRESS",
        "XDG_RUNTIME_DIR",
        "XDG_DATA_HOME",
    ] {
        command.env_remove(variable);
    }
    command
}

#[derive(Debug)]
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// A program that goes on until it is stopped; ended when it is dropped.
struct Running(Child);

impl Running {
    fn start(mut command: Command) -> Self {
        Self(command.stdout(Stdio::piped()).spawn().unwrap())
    }

    fn first_line(&mut self) -> Value {
        let mut line = String::new();
        BufReader::new(self.0.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The command `simulate`.
struct Simulated {
    _process: Running,
    at: Value,
}

impl Simulated {
    fn start() -> Self {
        let mut command = program();
        command
            .args(["simulate", "--json", "--organizations", "3", "--jobs", "30"])
            .args(["--jobs-per-hour", "0"]);
        let mut process = Running::start(command);
        Self {
            at: process.first_line(),
            _process: process,
        }
    }

    fn settings(&self) -> String {
        let at = |name: &str| self.at[name].as_str().unwrap();
        format!(
            "[autotask]\nusername = \"{}\"\ntracking_identifier = \"{}\"\nzone_lookup = \"{}\"\n\
             [cloud_direct]\naddress = \"{}\"\n\
             [alerts]\njobs_since = \"2020-01-01T00:00:00Z\"\n\
             [alerts.success]\nenabled = true\npriority = \"Low\"\n\
             queue = \"Monitoring Alert\"\ndays_due = 1\n",
            at("username"),
            at("trackingIdentifier"),
            at("zoneLookup"),
            at("portal"),
        )
    }
}

#[test]
fn help_is_a_result_and_a_wrong_word_is_wrong_usage() {
    let place = Place::new();
    let help = place.run(&["--help"]);
    assert_eq!((help.code, help.err.as_str()), (0, ""));
    assert!(help.out.contains("Exit codes"), "{help:?}");

    for wrong in [
        &["bogus"][..],
        &["configure"],
        &["test-ticket"],
        &["activity", "--limit", "0"],
        &["--demo", "status"],
        &["simulate", "--speed", "-1"],
    ] {
        let ran = place.run(wrong);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{wrong:?}: {ran:?}");
        assert!(!ran.err.is_empty(), "{wrong:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn without_a_display_the_app_says_so_instead_of_breaking_down() {
    let ran = Place::new().run(&[]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("There is no display"), "{ran:?}");
}

#[test]
fn the_example_can_be_read_back() {
    let place = Place::new();
    let example = place.run(&["configure", "--example"]);
    assert_eq!(example.code, 0);
    let ran = place.configure(&example.out);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("Changed: "), "{ran:?}");
    let again = place.configure(&example.out);
    assert!(again.out.contains("already like this"), "{again:?}");
}

#[test]
fn before_it_is_set_up_each_command_says_what_to_do() {
    let place = Place::new();
    for command in [&["status"][..], &["activity"]] {
        let ran = place.run(command);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(!place.data().exists(), "looking makes nothing");
    }
    for command in [
        &["test"][..],
        &["sync", "--once"],
        &["test-ticket", "--account", "1"],
    ] {
        let ran = place.run(command);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{ran:?}");
        assert!(ran.err.contains("configure FILE.toml"), "{ran:?}");
    }
}

#[test]
fn a_refused_settings_file_changes_nothing() {
    let place = Place::new();
    let good = place.run(&["configure", "--example"]).out;
    assert_eq!(place.configure(&good).code, 0);
    let before = everything(&place.data());

    let cases = [
        ("not TOML", "[autotask".to_owned(), "Line 1"),
        (
            "an unknown setting",
            good.replace("minimum = 0", "maximum = 0"),
            "maximum",
        ),
        (
            "days due too large",
            good.replace("days_due = 1", "days_due = 366"),
            "days_due",
        ),
        (
            "no such time zone",
            good.replace("America/New_York", "Atlantis"),
            "time_zone",
        ),
        (
            "an organization twice",
            format!("{good}\n[[mapping]]\norganization = \"ORG-0001\"\naccount = 1\n"),
            "twice",
        ),
        (
            "a secret in the file",
            good.replace("[autotask]", "[autotask]\npassword = \"hunter2hunter2\""),
            "Secrets",
        ),
    ];
    for (what, text, named) in cases {
        let ran = place.configure(&text);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{what}: {ran:?}");
        assert!(ran.err.contains(named), "{what}: {ran:?}");
        assert!(ran.err.contains("Nothing was changed"), "{what}: {ran:?}");
        assert!(!ran.err.contains("hunter2"), "{ran:?}");
        assert_eq!(everything(&place.data()), before, "{what}");
    }
    let missing = place.run(&["configure", "nowhere.toml"]);
    assert_eq!(missing.code, 2, "{missing:?}");
}

/// Settings and mappings as the store has them.
fn everything(data: &Path) -> (sync::settings::Settings, u64) {
    let store = Store::open_reading(data).unwrap();
    (store.settings().unwrap(), store.mappings_to_come().unwrap())
}

#[test]
fn while_the_app_works_on_the_data_only_looking_is_possible() {
    let place = Place::new();
    let example = place.run(&["configure", "--example"]).out;
    place.configure(&example);
    let app = Store::open(&place.data()).unwrap();

    for command in [
        &["configure", "settings.toml"][..],
        &["test"],
        &["sync", "--once"],
    ] {
        let ran = Ran::of(
            place
                .command(command)
                .current_dir(place.folder.path())
                .output()
                .unwrap(),
        );
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{ran:?}");
        assert!(ran.err.contains("Another"), "{ran:?}");
    }
    let status = place.run(&["status"]);
    assert_eq!(status.code, 2, "not set up: {status:?}");
    assert!(status.out.contains("Not set up"), "{status:?}");
    drop(app);
}

#[test]
fn from_configure_to_tickets_with_nothing_but_json() {
    let simulated = Simulated::start();
    let place = Place::new();
    let text = format!(
        "{}[[mapping]]\norganization = \"org-0001\"\naccount = 29683501\n",
        simulated.settings()
    );
    assert_eq!(place.configure(&text).code, 0);
    let early = place.run(&["sync", "--once"]);
    assert_eq!(early.code, 2, "not tested: {early:?}");

    let test = place.run(&["test", "--json"]);
    assert_eq!(test.code, 0, "{test:?}");
    assert_eq!(test.json()["autotask"]["passed"], true);
    assert_eq!(test.json()["cloudDirect"]["passed"], true);

    let sync = place.run(&["sync", "--once", "--json"]);
    assert_eq!(sync.code, 0, "{sync:?}");
    let sent = sync.json()["sent"].as_u64().unwrap();
    assert!(sent > 0, "{sync:?}");
    let again = place.run(&["sync", "--once", "--json"]);
    assert_eq!(again.json()["sent"], 0);

    let status = place.run(&["status", "--json"]);
    assert_eq!(status.code, 0);
    assert_eq!(status.json()["state"], "up_to_date");
    assert_eq!(status.json()["done"], sent);

    let activity = place.run(&["activity", "--json", "--filter", "sent"]);
    assert_eq!(
        activity.json()["rows"].as_array().unwrap().len() as u64,
        sent
    );

    // The test ticket takes the Error row, which this file does not set.
    let blocked = place.run(&["test-ticket", "--account", "29683501"]);
    assert_eq!(blocked.code, 2, "{blocked:?}");
    assert!(blocked.err.contains("Error"), "{blocked:?}");
}

#[test]
fn a_wrong_password_ends_with_three_and_is_found_nowhere() {
    let simulated = Simulated::start();
    let place = Place::new();
    assert_eq!(place.configure(&simulated.settings()).code, 0);
    let wrong = "canary-4711-<wrong>";

    let ran = Ran::of(
        place
            .command(&["test", "--verbose"])
            .env("AUTOTASK_PASSWORD", wrong)
            .output()
            .unwrap(),
    );

    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.out.contains("FAILED"), "{ran:?}");
    assert_eq!(place.run(&["status"]).code, 3);
    assert_eq!(place.run(&["sync", "--once"]).code, 3);
    for text in [&ran.out, &ran.err] {
        assert!(!text.contains("canary-4711"), "{text}");
        assert!(!text.contains(TOKEN), "{text}");
    }
    for file in files(&place.data()) {
        let bytes = fs::read(&file).unwrap();
        for secret in ["canary-4711", PASSWORD, TOKEN] {
            let found = bytes
                .windows(secret.len())
                .any(|part| part == secret.as_bytes());
            assert!(!found, "{secret} is in {}", file.display());
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

#[cfg(unix)]
#[test]
fn sync_without_once_goes_on_until_it_is_asked_to_stop() {
    let simulated = Simulated::start();
    let place = Place::new();
    assert_eq!(place.configure(&simulated.settings()).code, 0);
    assert_eq!(place.run(&["test"]).code, 0);
    let mut sync = Running::start(place.command(&["sync", "--json"]));
    assert_eq!(sync.first_line()["jobsNew"], 30);

    let asked = Command::new("kill")
        .args(["-INT", &sync.0.id().to_string()])
        .status()
        .unwrap();

    assert!(asked.success());
    assert_eq!(sync.0.wait().unwrap().code(), Some(0));
}
