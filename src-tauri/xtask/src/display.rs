//! A display without a screen, and a session bus of its own, for windows that no one looks at.
//!
//! Nothing of the person's own desktop is touched: not the display, not the bus, not the keychain
//! behind the bus.

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::process::{Running, start};

/// A running Xvfb. Dropping it ends it.
#[derive(Debug)]
pub struct Display {
    _server: Running,
    name: String,
}

impl Display {
    /// Starts Xvfb on the first number that is free, and waits until it takes clients.
    pub fn start() -> Result<Self> {
        let mut server = start(
            Command::new("Xvfb")
                .args([
                    "-displayfd",
                    "1",
                    "-screen",
                    "0",
                    "1600x1200x24",
                    "-nolisten",
                    "tcp",
                    "-noreset",
                ])
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::null()),
        )?;
        // It writes its number when it is ready, and closes the pipe when it gives up.
        let mut number = String::new();
        BufReader::new(server.take_output()?)
            .read_line(&mut number)
            .context("reading the number of the display")?;
        let number = number.trim();
        if number.is_empty() {
            return Err(server.ended_early());
        }
        Ok(Self {
            name: format!(":{number}"),
            _server: server,
        })
    }

    /// The same command on this display, under a session bus that ends with it.
    pub fn run_here(&self, command: &Command) -> Command {
        let mut wrapped = Command::new("dbus-run-session");
        wrapped
            .arg("--")
            .arg(command.get_program())
            .args(command.get_args());
        if let Some(folder) = command.get_current_dir() {
            wrapped.current_dir(folder);
        }
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => wrapped.env(name, value),
                None => wrapped.env_remove(name),
            };
        }
        for (name, value) in self.environment() {
            wrapped.env(name, value);
        }
        wrapped.env_remove("WAYLAND_DISPLAY");
        wrapped
    }

    fn environment(&self) -> [(&'static str, OsString); 3] {
        [
            ("DISPLAY", OsString::from(&self.name)),
            ("GDK_BACKEND", "x11".into()),
            // There is no accessibility bus; GTK would wait for it and complain.
            ("NO_AT_BRIDGE", "1".into()),
        ]
    }
}
