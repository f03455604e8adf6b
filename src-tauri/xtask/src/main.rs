//! The project's chores: `cargo xtask demo`, `test`, `screenshots`, `icons`, `deny`, `fuzz`,
//! `kills`, `model`, `billing-model`, `bench`.
//!
//! Each command first sets up what it needs and nothing else (`setup`), says every command line it
//! runs, and stops at the first that fails. The exit code is that of the command that failed.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this program talks to the person at the terminal"
)]

mod bench;
mod demo;
mod deny;
mod fuzz;
mod histories;
mod icons;
mod kills;
mod process;
mod project;
mod screenshots;
mod setup;
mod test;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::histories::Sort;
use crate::process::CommandFailed;
use crate::project::Project;
use crate::setup::Installing;

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about)]
struct Arguments {
    /// Install nothing: say what is missing and stop
    #[arg(long, global = true)]
    no_install: bool,
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Debug, Subcommand)]
enum Chore {
    /// Open the app on the built-in simulator; without a display, do its job in the terminal
    Demo {
        /// Use the terminal even where there is a display
        #[arg(long)]
        terminal: bool,
    },
    /// Check and test everything
    Test {
        /// Leave out the tests in a real window
        #[arg(long)]
        quick: bool,
    },
    /// Take pictures of every screen, light and dark
    Screenshots {
        /// The folder the pictures go to
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
    /// Render the icons from their SVG files
    Icons,
    /// Check the licences and sources of all dependencies, and known vulnerabilities
    Deny,
    /// Fuzz what reads bytes from outside: Autotask's answers, and exports
    Fuzz {
        /// One target; without it all, one after the other
        target: Option<fuzz::Target>,
        /// Inputs that each target is run on
        #[arg(long, value_name = "NUMBER", default_value_t = 100_000)]
        runs: u64,
        /// Add what was found, as far as it reaches new code, to the corpus in the repository
        #[arg(long)]
        keep: bool,
    },
    /// Kill the program at random moments under load, and see that no ticket is lost or there twice
    Kills {
        /// So many times over REST, and as many over SOAP
        #[arg(long, value_name = "NUMBER", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..))]
        kills: u32,
        /// The moments of an earlier run, which printed it
        #[arg(long)]
        seed: Option<u64>,
    },
    /// Hold random histories of a partner against a reference model of Autotask: 10,000 unless told otherwise
    Model(histories::Asked),
    /// The same of billable usage: 5,000 unless told otherwise
    BillingModel(histories::Asked),
    /// Run all benchmarks and show their figures as one table
    Bench,
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            let code = error
                .downcast_ref::<CommandFailed>()
                .map_or(1, CommandFailed::exit_code);
            ExitCode::from(code)
        }
    }
}

fn run(arguments: Arguments) -> Result<()> {
    let project = Project::here()?;
    let installing = if arguments.no_install {
        Installing::Forbidden
    } else {
        Installing::Allowed
    };
    match arguments.chore {
        Chore::Demo { terminal } => demo::show(&project, installing, terminal),
        Chore::Test { quick } => test::run_everything(&project, installing, quick),
        Chore::Screenshots { folder } => screenshots::run_tour(&project, installing, &folder),
        Chore::Icons => icons::render(&project, installing),
        Chore::Deny => deny::check(&project, installing),
        Chore::Fuzz { target, runs, keep } => {
            fuzz::run_targets(&project, installing, target, runs, keep)
        }
        Chore::Kills { kills, seed } => kills::run_both(&project, installing, kills, seed),
        Chore::Model(asked) => histories::run_histories(&project, installing, Sort::Tickets, asked),
        Chore::BillingModel(asked) => {
            histories::run_histories(&project, installing, Sort::Billing, asked)
        }
        Chore::Bench => bench::run_all(&project, installing),
    }
}
