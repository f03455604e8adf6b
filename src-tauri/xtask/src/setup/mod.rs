//! Set-up: what a command needs is brought in before it starts, and nothing beyond that.
//!
//! In this order: system packages, Rust's components, Node.js, the page's packages, the built page,
//! the public clients, cargo's tools. What is there already is left alone, so a second run costs a fraction of a second.

mod distribution;
mod packages;
mod page;
mod public_clients;
mod tools;

use anyhow::Result;

pub use packages::Group;
pub use page::files_below;
pub use tools::Tool;

use crate::project::Project;

/// Whether missing things may be installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Installing {
    Allowed,
    Forbidden,
}

/// What a command needs.
#[derive(Debug, Clone, Copy, Default)]
pub struct Needs<'a> {
    /// Groups of system packages.
    pub system: &'a [Group],
    /// Components of the Rust toolchain beside the compiler, such as `clippy`.
    pub components: &'a [&'a str],
    pub page: Page,
    /// The clients of others that the simulator is tried with; they need the page's Node.js.
    pub public_clients: bool,
    /// Tools that cargo installs.
    pub tools: &'a [Tool],
}

/// How far the page has to be prepared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Page {
    #[default]
    NotNeeded,
    /// Its packages, for their commands.
    Packages,
    /// Its packages, and `ui/dist`, which is built into the app.
    Built,
}

/// Brings in what is missing of `needs`, or says what is missing.
pub fn prepare(project: &Project, installing: Installing, needs: Needs<'_>) -> Result<()> {
    packages::prepare(needs.system, installing)?;
    tools::prepare_components(project, installing, needs.components)?;
    match needs.page {
        Page::NotNeeded => {}
        Page::Packages => page::prepare_packages(project, installing)?,
        Page::Built => {
            page::prepare_packages(project, installing)?;
            page::prepare_build(project)?;
        }
    }
    if needs.public_clients {
        public_clients::prepare(project, installing)?;
    }
    for tool in needs.tools {
        tool.prepare(project, installing)?;
    }
    Ok(())
}
