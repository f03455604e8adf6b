//! `cargo xtask model` and `billing-model`: random histories against a reference model, as in the tests,
//! but as many as wanted, or the one of a seed.
//!
//! What a history is and what must come of it is said where they are: `src-tauri/sync/tests/model` and
//! `billing_model`. Here they are only started, optimised, with every check that a test has.

use anyhow::Result;

use crate::process::{cargo, run};
use crate::project::Project;
use crate::setup::{self, Group, Installing, Needs};

/// The two sorts.
#[derive(Debug, Clone, Copy)]
pub enum Sort {
    Tickets,
    Billing,
}

/// How many, or which.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Asked {
    /// So many histories
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    histories: Option<u64>,
    /// Only the history of this seed, which a failure prints
    #[arg(long, conflicts_with = "histories")]
    seed: Option<u64>,
}

impl Sort {
    fn usual(self) -> u64 {
        match self {
            Sort::Tickets => 10_000,
            Sort::Billing => 5_000,
        }
    }

    /// The test program, and how the variables begin that it reads.
    fn program(self) -> (&'static str, &'static str) {
        match self {
            Sort::Tickets => ("model", "MODEL"),
            Sort::Billing => ("billing_model", "BILLING_MODEL"),
        }
    }
}

pub fn run_histories(
    project: &Project,
    installing: Installing,
    sort: Sort,
    asked: Asked,
) -> Result<()> {
    setup::prepare(
        project,
        installing,
        Needs {
            system: &[Group::Build],
            ..Needs::default()
        },
    )?;
    let (program, name) = sort.program();
    // Not nextest, which ends what takes minutes.
    let mut command = cargo(project.root());
    command
        .args(["test", "--profile", "model", "--package", "sync"])
        .args(["--test", program, "as_many_histories_as_are_asked_for"])
        .args(["--", "--ignored", "--nocapture"]);
    match asked.seed {
        Some(seed) => command.env(format!("{name}_SEED"), seed.to_string()),
        None => {
            let histories = asked.histories.unwrap_or(sort.usual());
            command.env(format!("{name}_HISTORIES"), histories.to_string())
        }
    };
    run(&mut command)
}
