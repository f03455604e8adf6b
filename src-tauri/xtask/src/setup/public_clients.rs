//! The public clients that the simulator is tried with: one for SOAP, one for REST.
//!
//! They go to `target/public-clients`, from the pinned lists in `tests/public_clients`. Each list is
//! copied beside what is installed from it; what is there is current when the copy equals the list.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::Installing;
use crate::process::{find_program, npm, output_of, run};
use crate::project::Project;

/// Installs both where they are missing or old. Node.js has been looked at before.
pub fn prepare(project: &Project, installing: Installing) -> Result<()> {
    prepare_rest(project, installing)?;
    prepare_soap(project, installing)
}

fn prepare_rest(project: &Project, installing: Installing) -> Result<()> {
    let (from, to) = (project.public_client_lists(), project.public_clients());
    // npm writes this file last.
    let is_installed = to.join("node_modules/.package-lock.json").is_file();
    if is_installed && is_same(&from, &to, "package-lock.json") {
        return Ok(());
    }
    if installing == Installing::Forbidden {
        bail!(
            "the public REST client is missing or old; run `cargo xtask test` without --no-install"
        );
    }
    println!("==> The public REST client");
    for file in ["package.json", "package-lock.json", ".npmrc"] {
        copy(&from, &to, file)?;
    }
    run(npm(&to).args(["ci", "--no-audit", "--no-fund"]))
}

fn prepare_soap(project: &Project, installing: Installing) -> Result<()> {
    let from = project.public_client_lists();
    let venv = project.public_clients().join("venv");
    let python = python_of(&venv);
    let starts = output_of(Command::new(&python).arg("--version")).is_some();
    if starts && is_same(&from, &venv, "requirements.txt") {
        return Ok(());
    }
    if installing == Installing::Forbidden {
        bail!(
            "the public SOAP client is missing or old; run `cargo xtask test` without --no-install"
        );
    }
    println!("==> The public SOAP client");
    let Some(system) = system_python() else {
        // Where packages are installed it is among them; elsewhere its test says that it was skipped.
        println!("    left out: there is no Python 3 on the search path");
        return Ok(());
    };
    run(Command::new(system)
        .args(["-m", "venv", "--clear"])
        .arg(&venv))?;
    run(Command::new(&python)
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ])
        .args(["--require-hashes", "--only-binary=:all:", "--requirement"])
        .arg(from.join("requirements.txt")))?;
    copy(&from, &venv, "requirements.txt")
}

/// A Python 3 that answers: on Windows, what has its name may be no more than a link to a shop.
fn system_python() -> Option<PathBuf> {
    let found = ["python3", "python"].into_iter().filter_map(find_program);
    let mut found = found.filter(|program| {
        let version = output_of(Command::new(program).arg("--version"));
        version.is_some_and(|version| version.starts_with("Python 3"))
    });
    found.next()
}

fn python_of(venv: &Path) -> PathBuf {
    if cfg!(windows) {
        venv.join("Scripts/python.exe")
    } else {
        venv.join("bin/python")
    }
}

/// Whether both folders have the file with the same content.
fn is_same(one: &Path, other: &Path, file: &str) -> bool {
    let read = |folder: &Path| fs::read(folder.join(file)).ok();
    read(one).is_some_and(|content| read(other) == Some(content))
}

fn copy(from: &Path, to: &Path, file: &str) -> Result<()> {
    fs::create_dir_all(to)
        .and_then(|()| fs::copy(from.join(file), to.join(file)))
        .with_context(|| format!("copying {file} to {}", to.display()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_differs_or_is_missing_is_not_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::create_dir_all(&from).unwrap();
        assert!(!is_same(&from, &to, "list"), "neither is there");
        fs::write(from.join("list"), "one").unwrap();
        assert!(!is_same(&from, &to, "list"));
        copy(&from, &to, "list").unwrap();
        assert!(is_same(&from, &to, "list"));
        fs::write(from.join("list"), "two").unwrap();
        assert!(!is_same(&from, &to, "list"));
    }
}
