//! `cargo xtask fuzz`: the readers on inputs that a coverage-guided fuzzer makes up, on stable Rust.
//!
//! The fuzzer starts from `fuzz/seeds` (written by hand) and `fuzz/corpus` (found by it). What it finds
//! stays below `fuzz/target` and is taken up again by the next run; `--keep` adds to the corpus in the
//! repository what reaches code that nothing there reaches. An input on which a promise breaks ends the
//! run and lies in `fuzz/artifacts`. The tests of the crates replay seeds and corpus.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use clap::ValueEnum;

use crate::process::run;
use crate::project::Project;
use crate::setup::{self, Group, Installing, Needs, Tool};

/// Longest input in bytes; the first two choose what is read, and how.
const LONGEST: usize = 4096;
/// Longest input that is kept in the repository.
const LONGEST_KEPT: usize = 2048;

/// What is fuzzed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Target {
    /// Autotask's answers over SOAP
    Soap,
    /// Autotask's answers over REST
    Rest,
    /// CSV exports of jobs and usage
    Csv,
    /// JSON-lines exports of jobs
    Jsonl,
}

impl Target {
    fn name(self) -> &'static str {
        match self {
            Self::Soap => "soap",
            Self::Rest => "rest",
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }
}

pub fn run_targets(
    project: &Project,
    installing: Installing,
    target: Option<Target>,
    runs: u64,
    keep: bool,
) -> Result<()> {
    setup::prepare(
        project,
        installing,
        Needs {
            system: &[Group::Fuzzing],
            tools: &[Tool::Fuzz],
            ..Needs::default()
        },
    )?;
    let chosen = target
        .as_ref()
        .map_or(Target::value_variants(), std::slice::from_ref);
    for target in chosen {
        println!("\n==> {}", target.name());
        let folders = Folders::of(project, *target)?;
        fuzz(project, *target, &folders, runs)?;
        if keep {
            merge(project, *target, &folders)?;
        }
    }
    Ok(())
}

/// Where a target's inputs lie.
struct Folders {
    /// What this machine found; not in the repository.
    found: PathBuf,
    corpus: PathBuf,
    seeds: PathBuf,
}

impl Folders {
    fn of(project: &Project, target: Target) -> Result<Self> {
        let fuzz = project.fuzz();
        let folders = Self {
            found: fuzz.join("target/found").join(target.name()),
            corpus: fuzz.join("corpus").join(target.name()),
            seeds: fuzz.join("seeds").join(target.name()),
        };
        for folder in [&folders.found, &folders.corpus] {
            fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        }
        Ok(folders)
    }
}

fn fuzz(project: &Project, target: Target, folders: &Folders, runs: u64) -> Result<()> {
    let dictionary = project
        .fuzz()
        .join(format!("dictionaries/{}.dict", target.name()));
    run(cargo_fuzz(project, target)
        .args([&folders.found, &folders.corpus, &folders.seeds])
        .arg("--")
        .arg(format!("-dict={}", dictionary.display()))
        .arg(format!("-max_len={LONGEST}"))
        .arg(format!("-runs={runs}"))
        .args(["-timeout=10", "-rss_limit_mb=512", "-print_final_stats=1"]))
}

/// Adds to the corpus the fewest files that reach what it does not reach, however often they do.
fn merge(project: &Project, target: Target, folders: &Folders) -> Result<()> {
    run(cargo_fuzz(project, target)
        .args([&folders.corpus, &folders.seeds, &folders.found])
        .arg("--")
        .args(["-set_cover_merge=1", "-use_counters=0"])
        .arg(format!("-max_len={LONGEST_KEPT}")))
}

/// `cargo fuzz run` without a sanitizer, which needs an unstable compiler: the code is safe Rust, and
/// what counts here are panics, overflows, time and memory.
fn cargo_fuzz(project: &Project, target: Target) -> Command {
    let fuzz = project.fuzz();
    let mut command = Tool::Fuzz.command(project);
    command
        .args(["run", "--sanitizer", "none", "--fuzz-dir"])
        .arg(&fuzz)
        .arg("--target-dir")
        .arg(fuzz.join("target"))
        .arg(target.name());
    command
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn each_target_has_its_program_seeds_corpus_and_dictionary() {
        let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
        for target in Target::value_variants() {
            let name = target.name();
            for path in [
                format!("fuzz_targets/{name}.rs"),
                format!("dictionaries/{name}.dict"),
                format!("seeds/{name}"),
                format!("corpus/{name}"),
            ] {
                assert!(fuzz.join(&path).exists(), "{path}");
            }
        }
    }
}
