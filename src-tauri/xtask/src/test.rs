//! `cargo xtask test`: everything that must hold before a change is done.
//!
//! One part after the other, the quick ones first, and the end at the first that fails. Rust is built
//! once for all test parts: same profile, same packages, same features.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::process::{cargo, npm, run};
use crate::project::Project;
use crate::setup::{self, Group, Installing, Needs, Page, Tool, files_below};

pub fn run_everything(project: &Project, installing: Installing, quick: bool) -> Result<()> {
    let with_window = !quick && cfg!(target_os = "linux");
    let system: &[Group] = if with_window {
        &[Group::Build, Group::Protocols, Group::Window]
    } else {
        &[Group::Build, Group::Protocols]
    };
    let mut parts = Parts::default();
    parts.pass("set-up", || {
        setup::prepare(
            project,
            installing,
            Needs {
                system,
                components: &["rustfmt", "clippy"],
                page: Page::Built,
                public_clients: true,
                tools: &[Tool::Nextest],
            },
        )
    })?;
    check(project, &mut parts)?;
    test(project, &mut parts)?;
    if with_window {
        parts.pass("tests in a real window", || {
            if !has_window_tests(project) {
                bail!("they are not there: tests/window.rs");
            }
            let mut nextest = Tool::Nextest.command(project);
            nextest
                .args(["run", "--workspace", "--profile", "window"])
                .args(["-E", "binary(window)"]);
            run(&mut nextest)
        })?;
    }
    parts.sum_up();
    if !with_window {
        let why = if quick { "--quick" } else { "they need Linux" };
        println!("The tests in a real window were left out ({why}).");
    }
    Ok(())
}

/// What is found without running the app.
fn check(project: &Project, parts: &mut Parts) -> Result<()> {
    let root = project.root();
    let page = project.page();
    parts.pass("formatting", || {
        run(cargo(root).args(["fmt", "--all", "--check"]))
    })?;
    parts.pass(
        "the page's types",
        || run(npm(&page).args(["run", "check"])),
    )?;
    parts.pass("the page's tests", || run(npm(&page).arg("test")))?;
    parts.pass("clippy", || {
        run(cargo(root)
            .args(["clippy", "--workspace", "--all-targets"])
            .args(["--", "-D", "warnings"]))
    })
}

fn test(project: &Project, parts: &mut Parts) -> Result<()> {
    let bindings = project.bindings();
    let before = files_below(&bindings, &[]).unwrap_or_default();
    parts.pass("unit and integration tests", || {
        let mut nextest = Tool::Nextest.command(project);
        nextest.args(["run", "--workspace"]);
        // The filter is refused where no test program has that name.
        if has_window_tests(project) {
            nextest.args(["-E", "not binary(window)"]);
        }
        run(&mut nextest)
    })?;
    parts.pass("generated files", || {
        let after = files_below(&bindings, &[])?;
        let changed: Vec<&str> = after
            .iter()
            .filter(|(name, content)| before.get(*name) != Some(content))
            .map(|(name, _)| name.as_str())
            .collect();
        if changed.is_empty() {
            return Ok(());
        }
        bail!(
            "the page's types in {} were behind the Rust types; the tests have written them anew, commit them: {}",
            bindings.display(),
            changed.join(", ")
        )
    })?;
    parts.pass("examples in the documentation", || {
        run(cargo(project.root()).args(["test", "--doc", "--workspace"]))
    })?;
    parts.pass("the client's documentation", || {
        run(cargo(project.root())
            .args(["doc", "--package", "autotask", "--no-deps"])
            .env("RUSTDOCFLAGS", "-D warnings"))
    })
}

fn has_window_tests(project: &Project) -> bool {
    ["window.rs", "window/main.rs"]
        .iter()
        .any(|file| project.root().join("tests").join(file).is_file())
}

/// The parts that have passed, and how long each took.
#[derive(Debug, Default)]
struct Parts {
    passed: Vec<(&'static str, Duration)>,
}

impl Parts {
    fn pass(&mut self, name: &'static str, part: impl FnOnce() -> Result<()>) -> Result<()> {
        println!("\n==> {name}");
        let start = Instant::now();
        let result = part();
        let took = start.elapsed();
        result.map_err(|error| error.context(format!("{name} failed after {}", shown(took))))?;
        println!("    passed in {}", shown(took));
        self.passed.push((name, took));
        Ok(())
    }

    fn sum_up(&self) {
        let width = self
            .passed
            .iter()
            .map(|(name, _)| name.len())
            .max()
            .unwrap_or_default();
        println!();
        for (name, took) in &self.passed {
            println!("    {name:width$}  {:>12}", shown(*took));
        }
        let total = self.passed.iter().map(|(_, took)| *took).sum();
        println!(
            "\nAll {} parts passed in {}.",
            self.passed.len(),
            shown(total)
        );
    }
}

fn shown(took: Duration) -> String {
    let seconds = took.as_secs_f64();
    if seconds < 59.95 {
        return format!("{seconds:.1} s");
    }
    let whole = took.as_secs();
    format!("{} min {:02} s", whole / 60, whole % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_in_seconds_then_in_minutes() {
        assert_eq!(shown(Duration::from_millis(340)), "0.3 s");
        assert_eq!(shown(Duration::from_millis(59_949)), "59.9 s");
        assert_eq!(shown(Duration::from_millis(60_000)), "1 min 00 s");
        assert_eq!(shown(Duration::from_secs(754)), "12 min 34 s");
    }

    #[test]
    fn a_part_that_fails_is_named_with_its_cause_and_does_not_count() {
        let mut parts = Parts::default();
        parts.pass("first", || Ok(())).unwrap();
        let error = parts.pass("second", || bail!("no good")).unwrap_err();
        let text = format!("{error:#}");
        assert!(text.starts_with("second failed after"), "{text}");
        assert!(text.ends_with(": no good"), "{text}");
        assert_eq!(parts.passed.len(), 1);
    }
}
