//! `cargo xtask bench`: all benchmarks of the workspace, and their figures as one table.
//!
//! Criterion writes what it measured into a folder of this run; a benchmark that counts allocations
//! puts `allocations.json` beside it. Those of the program and of sending print their own figures.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value as Json;

use crate::process::{cargo, output_of, run};
use crate::project::Project;
use crate::setup::{self, Group, Installing, Needs, Page};

pub fn run_all(project: &Project, installing: Installing) -> Result<()> {
    setup::prepare(
        project,
        installing,
        Needs {
            system: &[Group::Build],
            page: Page::Built,
            ..Needs::default()
        },
    )?;
    let home = project.scratch().join("bench");
    if home.exists() {
        fs::remove_dir_all(&home).with_context(|| format!("clearing {}", home.display()))?;
    }
    let metadata =
        output_of(cargo(project.root()).args(["metadata", "--no-deps", "--format-version=1"]))
            .context("cargo does not tell what is in the workspace")?;
    for (package, bench) in benches(&serde_json::from_str(&metadata)?) {
        println!("\n==> {package}: {bench}");
        run(cargo(project.root())
            .args(["bench", "--package", &package, "--bench", &bench])
            .env("CRITERION_HOME", &home))?;
    }
    let mut rows = Vec::new();
    collect(&home, &mut rows)?;
    if rows.is_empty() {
        bail!("no figures in {}", home.display());
    }
    rows.sort();
    println!("\n| what | size | time | throughput | allocations |\n|---|--:|--:|--:|---|");
    for row in rows {
        println!("{row}");
    }
    Ok(())
}

/// Package and name of each benchmark, as `cargo metadata` tells them.
fn benches(metadata: &Json) -> Vec<(String, String)> {
    let list = |json: &Json, name: &str| json[name].as_array().cloned().unwrap_or_default();
    let text = |json: &Json| json["name"].as_str().unwrap_or_default().to_owned();
    list(metadata, "packages")
        .iter()
        .flat_map(|package| {
            list(package, "targets")
                .iter()
                .filter(|target| list(target, "kind").iter().any(|kind| kind == "bench"))
                .map(|target| (text(package), text(target)))
                .collect::<Vec<_>>()
        })
        .collect()
}

/// The rows of all benchmarks below a folder.
fn collect(folder: &Path, rows: &mut Vec<String>) -> Result<()> {
    if folder.join("new/estimates.json").is_file() {
        let allocations = folder.join("allocations.json");
        let allocations = allocations
            .is_file()
            .then(|| json(&allocations))
            .transpose()?;
        rows.push(row(
            &json(&folder.join("new/benchmark.json"))?,
            &json(&folder.join("new/estimates.json"))?,
            allocations.as_ref(),
        )?);
        return Ok(());
    }
    let entries = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    for entry in entries {
        let path: PathBuf = entry?.path();
        if path.is_dir() {
            collect(&path, rows)?;
        }
    }
    Ok(())
}

fn json(path: &Path) -> Result<Json> {
    let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("reading {}", path.display()))
}

fn row(benchmark: &Json, estimates: &Json, allocations: Option<&Json>) -> Result<String> {
    let name = |name: &str| benchmark[name].as_str().unwrap_or_default();
    let nanoseconds = estimates["median"]["point_estimate"]
        .as_f64()
        .context("criterion tells no median")?;
    let (size, throughput) = match benchmark["throughput"]["Bytes"].as_f64() {
        Some(bytes) => (
            megabytes(bytes),
            format!("{:.0} MB/s", bytes * 1e3 / nanoseconds),
        ),
        None => (String::new(), String::new()),
    };
    let allocations = allocations.map_or_else(String::new, |told| {
        let number = |name: &str| told[name].as_u64().unwrap_or_default();
        format!(
            "{}: {} in all, {} at one time",
            thousands(number("count")),
            megabytes(number("bytes") as f64),
            megabytes(number("peak") as f64)
        )
    });
    Ok(format!(
        "| {}, {} | {size} | {:.2} ms | {throughput} | {allocations} |",
        name("group_id"),
        name("function_id"),
        nanoseconds / 1e6
    ))
}

fn megabytes(bytes: f64) -> String {
    format!("{:.2} MB", bytes / 1e6)
}

/// `12345` → `12,345`
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_benchmark_of_the_workspace_is_found_and_nothing_else() {
        let metadata = json!({"packages": [
            {"name": "a", "targets": [{"kind": ["lib"], "name": "a"}, {"kind": ["bench"], "name": "x"}]},
            {"name": "b", "targets": [{"kind": ["bin"], "name": "b"}]},
        ]});
        assert_eq!(benches(&metadata), [("a".to_owned(), "x".to_owned())]);
    }

    #[test]
    fn a_row_tells_size_time_throughput_and_allocations() {
        let benchmark = json!({"group_id": "read 5", "function_id": "SOAP", "throughput": {"Bytes": 2_000_000}});
        let estimates = json!({"median": {"point_estimate": 4_000_000.0}});
        let allocations = json!({"count": 12_345, "bytes": 3_000_000, "peak": 1_500_000});
        assert_eq!(
            row(&benchmark, &estimates, Some(&allocations)).unwrap(),
            "| read 5, SOAP | 2.00 MB | 4.00 ms | 500 MB/s | 12,345: 3.00 MB in all, 1.50 MB at one time |"
        );
        assert_eq!(
            row(
                &json!({"group_id": "a", "function_id": "b"}),
                &estimates,
                None
            )
            .unwrap(),
            "| a, b |  | 4.00 ms |  |  |"
        );
    }

    #[test]
    fn thousands_are_grouped() {
        assert_eq!(
            [0, 999, 1000, 1_234_567].map(thousands),
            ["0", "999", "1,000", "1,234,567"]
        );
    }
}
