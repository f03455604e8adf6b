//! `cargo xtask deny`: the dependencies' licences, sources, bans, and known vulnerabilities.
//!
//! The rules are in `deny.toml`. The list of vulnerabilities comes from the network; where it cannot
//! be had, that is said, and the rest counts.

use anyhow::Result;

use crate::process::run;
use crate::project::Project;
use crate::setup::{self, Installing, Needs, Tool};

pub fn check(project: &Project, installing: Installing) -> Result<()> {
    setup::prepare(
        project,
        installing,
        Needs {
            tools: &[Tool::Deny],
            ..Needs::default()
        },
    )?;
    println!("==> Licences, bans and sources");
    run(Tool::Deny
        .command(project)
        .args(["check", "bans", "licenses", "sources"]))?;

    println!("==> Known vulnerabilities");
    if let Err(error) = run(Tool::Deny.command(project).args(["fetch", "db"])) {
        println!("    left out, for their list could not be fetched: {error:#}");
        return Ok(());
    }
    run(Tool::Deny
        .command(project)
        .args(["check", "--disable-fetch", "advisories"]))
}
