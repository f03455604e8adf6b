//! Rust's components and cargo's tools.
//!
//! Tools go to `target/tools`, so that nothing outside the project changes. A tool that the machine
//! already has is used as it is.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use super::Installing;
use crate::process::{cargo, find_program, output_of, run};
use crate::project::Project;

/// A program that cargo builds from its source, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// Runs the tests, each in a process of its own.
    Nextest,
    /// Checks the dependencies.
    Deny,
    /// Builds and runs the fuzz targets.
    Fuzz,
}

impl Tool {
    fn name(self) -> &'static str {
        match self {
            Self::Nextest => "cargo-nextest",
            Self::Deny => "cargo-deny",
            Self::Fuzz => "cargo-fuzz",
        }
    }

    fn version(self) -> &'static str {
        match self {
            Self::Nextest => "0.9.143",
            Self::Deny => "0.20.2",
            Self::Fuzz => "0.13.2",
        }
    }

    /// Features that save building what is not used here, such as a tool's own updates.
    fn features(self) -> &'static [&'static str] {
        match self {
            Self::Nextest => &["--no-default-features", "--features", "default-no-update"],
            Self::Deny | Self::Fuzz => &[],
        }
    }

    /// Installs the tool when there is none.
    pub fn prepare(self, project: &Project, installing: Installing) -> Result<()> {
        if self.path(project).is_some() {
            return Ok(());
        }
        let (name, version) = (self.name(), self.version());
        if installing == Installing::Forbidden {
            bail!("{name} is missing; run: cargo install --locked {name}@{version}");
        }
        println!("==> {name}: built once, takes some minutes");
        // Unoptimized: it builds in a third of the time, and spends its own waiting for others.
        run(cargo(project.root())
            .args(["install", "--locked", "--debug", "--root"])
            .arg(project.tools())
            .args(self.features())
            .arg(format!("{name}@{version}")))
    }

    /// The tool as a command, run in the project's root.
    pub fn command(self, project: &Project) -> Command {
        let program = self
            .path(project)
            .unwrap_or_else(|| PathBuf::from(self.name()));
        let mut command = Command::new(program);
        command.current_dir(project.root());
        // Called by its own name and not through cargo, it takes its cargo name as first argument.
        command.arg(self.name().trim_start_matches("cargo-"));
        command
    }

    fn path(self, project: &Project) -> Option<PathBuf> {
        let own = project.tools().join("bin").join(format!(
            "{}{}",
            self.name(),
            std::env::consts::EXE_SUFFIX
        ));
        if own.is_file() {
            return Some(own);
        }
        find_program(self.name())
    }
}

/// Adds components of the toolchain that a minimal installation leaves out.
pub fn prepare_components(
    project: &Project,
    installing: Installing,
    components: &[&str],
) -> Result<()> {
    let missing: Vec<&str> = components
        .iter()
        .filter(|component| {
            let subcommand = if **component == "rustfmt" {
                "fmt"
            } else {
                component
            };
            output_of(cargo(project.root()).args([subcommand, "--version"])).is_none()
        })
        .copied()
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    if installing == Installing::Forbidden || find_program("rustup").is_none() {
        bail!("parts of Rust are missing: {names}; with rustup, run: rustup component add {names}");
    }
    println!("==> Parts of Rust that are missing: {names}");
    run(Command::new("rustup")
        .args(["component", "add"])
        .args(missing))
}
