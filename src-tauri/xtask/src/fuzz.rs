//! `cargo xtask fuzz`: the readers on inputs that a coverage-guided fuzzer makes up, on stable Rust.
//!
//! The fuzzer starts from `fuzz/seeds` (written by hand) and `fuzz/corpus` (found by it). What it finds
//! stays below `fuzz/target` and is taken up again by the next run; `--keep` adds to the corpus in the
//! repository what reaches code that nothing there reaches. An input on which a promise breaks ends the
//! run and lies in `fuzz/artifacts`. The tests of the crates replay seeds and corpus.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use clap::ValueEnum;

use crate::process::run;
use crate::project::Project;
use crate::setup::{self, Group, Installing, Needs, Tool};

/// Longest input in bytes; the first two choose what is read, and how.
const LONGEST: usize = 4096;

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
        let fuzz = project.fuzz();
        let found = folder(&fuzz.join("target/found").join(target.name()))?;
        let corpus = folder(&fuzz.join("corpus").join(target.name()))?;
        let seeds = fuzz.join("seeds").join(target.name());
        let mut fuzzing = cargo_fuzz(project, *target);
        fuzzing.args([&found, &corpus, &seeds]).arg("--").args([
            format!(
                "-dict={}",
                fuzz.join("dictionaries")
                    .join(target.name())
                    .with_extension("dict")
                    .display()
            ),
            format!("-max_len={LONGEST}"),
            format!("-runs={runs}"),
            "-timeout=10".to_owned(),
            "-rss_limit_mb=512".to_owned(),
            "-print_final_stats=1".to_owned(),
        ]);
        run(&mut fuzzing)?;
        if keep {
            let mut merging = cargo_fuzz(project, *target);
            merging.args([&corpus, &seeds, &found]).arg("--");
            // The fewest files that reach the same code, however often.
            merging.args(["-set_cover_merge=1", "-use_counters=0", "-max_len=2048"]);
            run(&mut merging)?;
        }
    }
    Ok(())
}

fn folder(path: &Path) -> Result<std::path::PathBuf> {
    fs::create_dir_all(path).with_context(|| format!("making {}", path.display()))?;
    Ok(path.to_owned())
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
