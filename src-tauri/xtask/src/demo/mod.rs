//! `cargo xtask demo`: the app on its built-in simulator, in a window or in the terminal.

mod simulator;
mod terminal;
mod tickets;

use std::env;
use std::process::Command;

use anyhow::{Result, bail};

use crate::process::{cargo, run};
use crate::project::Project;
use crate::setup::{self, Group, Installing, Needs, Page};

pub fn show(project: &Project, installing: Installing, in_terminal: bool) -> Result<()> {
    setup::prepare(
        project,
        installing,
        Needs {
            system: &[Group::Build],
            page: Page::Built,
            ..Needs::default()
        },
    )?;
    println!("==> The app");
    run(cargo(project.root()).args(["build", "--package", "autotask-integration"]))?;
    if !project.app().is_file() {
        bail!(
            "cargo has built the app, but not to {}",
            project.app().display()
        );
    }
    if in_terminal {
        return terminal::show(project);
    }
    if !has_display() {
        println!("==> There is no display here: the same job in the terminal");
        return terminal::show(project);
    }
    println!("==> The demo: what is in it is made up, and stays on this computer");
    run(Command::new(project.app()).arg("--demo"))
}

fn has_display() -> bool {
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
}
