//! What the tests of the whole app share: the real program with a data folder of its own, the two
//! services in this process, and the tickets that ought to come of their jobs.

#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "each test binary uses a part of it"
)]

#[cfg(target_os = "linux")]
pub mod disk;
#[cfg(unix)]
pub mod kills;
pub mod services;
pub mod tickets;

use std::ffi::OsString;
use std::fmt;
use std::io::{BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// The logins that the simulator accepts unless it is told others.
pub const PASSWORD: &str = "demo-password";
pub const TOKEN: &str = "demo-token";

/// The program as it was built for this, or another one that `PROGRAM` names; with nothing of the
/// desktop that the test was started from.
pub fn program() -> Command {
    program_in(&[])
}

fn program_in(inside: &[OsString]) -> Command {
    let built = || env!("CARGO_BIN_EXE_autotask-integration").into();
    let program = std::env::var_os("PROGRAM").unwrap_or_else(built);
    let mut words = inside.iter().chain([&program]);
    let mut command = Command::new(words.next().unwrap());
    command.args(words);
    for variable in [
        "DISPLAY",
        "WAYLAND_DISPLAY",
        "DBUS_SESSION_BUS_ADDRESS",
        "XDG_RUNTIME_DIR",
        "XDG_DATA_HOME",
        "RUST_LOG",
    ] {
        command.env_remove(variable);
    }
    command.stdin(Stdio::null());
    command
}

/// The program as one person has it: with a home and a data folder of its own, and the logins in
/// the environment, as a scheduled task would have them.
pub struct App {
    home: TempDir,
    password: String,
    token: String,
    /// What it is started with, where that is not this computer as it is.
    inside: Vec<OsString>,
}

impl App {
    pub fn new() -> App {
        App::with_secrets(PASSWORD, TOKEN)
    }

    pub fn with_secrets(password: &str, token: &str) -> App {
        App {
            home: tempfile::tempdir().unwrap(),
            password: password.to_owned(),
            token: token.to_owned(),
            inside: Vec::new(),
        }
    }

    /// The same person, who gives another password from now on.
    pub fn set_password(&mut self, password: &str) {
        password.clone_into(&mut self.password);
    }

    /// From now on it is started by this command, which takes program and arguments last.
    pub fn set_inside(&mut self, command: Vec<OsString>) {
        self.inside = command;
    }

    /// The home folder, in which the data folder is.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    pub fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program_in(&self.inside);
        command
            .arg("--data-dir")
            .arg(self.data())
            .args(arguments)
            .current_dir(self.home.path())
            .env("HOME", self.home.path())
            .env("AUTOTASK_PASSWORD", &self.password)
            .env("CLOUD_DIRECT_TOKEN", &self.token);
        command
    }

    /// Runs a command to its end. It blocks: simulators run on threads of their own.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().unwrap())
    }

    /// Writes a settings file and reads it in.
    pub fn configure(&self, settings: &str) -> Ran {
        let file = self.home.path().join("settings.toml");
        std::fs::write(&file, settings).unwrap();
        self.run(&["configure", file.to_str().unwrap()])
    }

    /// Every file in the home folder, the data folder included.
    pub fn files(&self) -> Vec<PathBuf> {
        fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let entry = entry.unwrap();
                if entry.file_type().unwrap().is_dir() {
                    walk(&entry.path(), found);
                } else {
                    found.push(entry.path());
                }
            }
        }
        let mut found = Vec::new();
        walk(self.home.path(), &mut found);
        found
    }
}

/// What a command left behind.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    pub fn of(output: Output) -> Ran {
        Ran {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The answer to `--json`.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("not JSON: {error}\n{self}"))
    }

    /// A count in the answer to `--json`.
    #[track_caller]
    pub fn count(&self, name: &str) -> u64 {
        let json = self.json();
        json[name]
            .as_u64()
            .unwrap_or_else(|| panic!("no {name} in {json}"))
    }

    /// The same, if it ended with this exit code.
    #[track_caller]
    pub fn ended_with(self, code: i32) -> Ran {
        assert_eq!(self.code, code, "{self}");
        self
    }
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "exit code {}\n--- stdout\n{}\n--- stderr\n{}",
            self.code, self.out, self.err
        )
    }
}

/// A program that goes on by itself; ended when it is dropped.
pub struct Running(Child);

impl Running {
    pub fn start(mut command: Command) -> Running {
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Running(command.spawn().unwrap())
    }

    /// One without a reader for what it says.
    pub fn silent(mut command: Command) -> Running {
        let command = command.stdout(Stdio::null()).stderr(Stdio::null());
        Running(command.spawn().unwrap())
    }

    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// Its first line of output, as JSON.
    pub fn first_line(&mut self) -> Value {
        let mut line = String::new();
        let mut out = BufReader::new(self.0.stdout.as_mut().unwrap());
        out.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    pub fn has_ended(&mut self) -> bool {
        self.0.try_wait().unwrap().is_some()
    }

    /// Asks it to end, as a system that shuts down does, and gives it as long as that does.
    #[cfg(unix)]
    pub fn stop(&mut self) -> Stopped {
        let begun = Instant::now();
        let asked = Command::new("kill").arg(self.id().to_string()).status();
        assert!(asked.unwrap().success());
        let code = self.end().code();
        let took = begun.elapsed();
        let mut err = String::new();
        let stderr = self.0.stderr.as_mut().unwrap();
        stderr.read_to_string(&mut err).unwrap();
        Stopped { code, took, err }
    }

    /// Waits until it has said a line that contains this, on stderr, and gives back all up to it.
    #[track_caller]
    pub fn says(&mut self, part: &str) -> String {
        let mut err = BufReader::new(self.0.stderr.as_mut().unwrap());
        let mut line = String::new();
        let mut said = String::new();
        while err.read_line(&mut line).unwrap() > 0 {
            said.push_str(&line);
            if line.contains(part) {
                return said;
            }
            line.clear();
        }
        panic!("{part:?} was never said: {said}");
    }

    /// Ends it as the operating system does when nothing else helps (SIGKILL), and tells how it
    /// ended: it may have been faster.
    pub fn kill(&mut self) -> ExitStatus {
        self.0.kill().unwrap();
        self.0.wait().unwrap()
    }

    /// Waits for its end, and tells what it left behind.
    pub fn ran(&mut self) -> Ran {
        let (mut out, mut err) = (String::new(), String::new());
        let stdout = self.0.stdout.as_mut().unwrap();
        stdout.read_to_string(&mut out).unwrap();
        let stderr = self.0.stderr.as_mut().unwrap();
        stderr.read_to_string(&mut err).unwrap();
        let code = self.end().code().unwrap();
        Ran { code, out, err }
    }

    /// Waits for its end.
    pub fn end(&mut self) -> ExitStatus {
        self.0.wait().unwrap()
    }
}

/// How a program ended that was asked to.
#[derive(Debug)]
pub struct Stopped {
    pub code: Option<i32>,
    pub took: Duration,
    pub err: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits for a condition. Only a test that fails waits long.
#[track_caller]
pub fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "waited in vain: {what}"
        );
        std::thread::sleep(Duration::from_millis(2));
    }
}
