//! `cargo xtask kills`: the program under SIGKILL, as in the tests, but as often as wanted.
//!
//! `tests/harness/kills.rs` does it and says what it does; here it is only started, on the program as
//! the tests build it.

use anyhow::{Result, bail};

use crate::process::{cargo, run};
use crate::project::Project;
use crate::setup::{self, Group, Installing, Needs, Page};

pub fn run_both(
    project: &Project,
    installing: Installing,
    kills: u32,
    seed: Option<u64>,
) -> Result<()> {
    if !cfg!(unix) {
        bail!("SIGKILL needs Linux or macOS");
    }
    setup::prepare(
        project,
        installing,
        Needs {
            system: &[Group::Build],
            page: Page::Built,
            ..Needs::default()
        },
    )?;
    // Not nextest, which ends what takes minutes.
    let mut command = cargo(project.root());
    command
        .args([
            "test",
            "--workspace",
            "--test",
            "killed",
            "as_often_as_asked",
        ])
        .args(["--", "--ignored", "--nocapture", "--test-threads=1"])
        .env("KILLS", kills.to_string());
    if let Some(seed) = seed {
        command.env("KILL_SEED", seed.to_string());
    }
    run(&mut command)
}
