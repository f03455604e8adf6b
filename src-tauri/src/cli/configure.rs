//! `configure`: settings and mappings from a file, all or nothing.

use std::collections::HashSet;
use std::path::Path;

use serde::Serialize;
use sync::settings::{self, MappingEntry, Settings, SettingsFile};

use super::{Run, print};
use crate::outcome::{Exit, Failure};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Done {
    /// Tables of the file that differ from what was set.
    changed: Vec<&'static str>,
    mappings_applied: u64,
    /// Their organizations have not been seen in Cloud Direct yet.
    mappings_to_come: u64,
    /// The logins are to be tested (again) before anything is sent.
    test_needed: bool,
}

pub fn example(run: &Run) -> Result<Exit, Failure> {
    if run.json {
        print::json(&serde_json::json!({ "example": settings::EXAMPLE }));
    } else {
        print::line(settings::EXAMPLE.trim_end());
    }
    Ok(Exit::Done)
}

pub fn run(run: &Run, file: &Path) -> Result<Exit, Failure> {
    let named = |problem: &dyn std::fmt::Display| {
        Failure::usage(format!(
            "{}: {problem} Nothing was changed.",
            file.display()
        ))
    };
    let text = std::fs::read_to_string(file)
        .map_err(|error| named(&format!("The file cannot be read ({error}).")))?;
    let SettingsFile { settings, mapping } =
        settings::parse_file(&text).map_err(|error| named(&error))?;
    each_once(&mapping).map_err(|problem| named(&problem))?;

    let store = run.open_store()?;
    run.log_to_file();
    let now = run.clock.now();
    let before = store.settings().map_err(Failure::attention)?;
    store
        .save_settings(&settings, now)
        .map_err(Failure::attention)?;
    let applied = store
        .apply_mappings(&mapping, now)
        .map_err(Failure::attention)?;
    let after = store.settings().map_err(Failure::attention)?;
    let done = Done {
        changed: changed(&before, &after),
        mappings_applied: applied,
        mappings_to_come: store.mappings_to_come().map_err(Failure::attention)?,
        test_needed: !sync::login::unlocked(&store).map_err(Failure::attention)?,
    };
    tracing::info!(changed = ?done.changed, mappings = mapping.len(), "configured");
    tell(run, &done, &mapping);
    if settings.general.start_at_login {
        print::message(
            "start_at_login is switched on in the app itself (Options, General), where the \
             operating system is asked.",
        );
    }
    Ok(Exit::Done)
}

fn each_once(mapping: &[MappingEntry]) -> Result<(), String> {
    let mut seen = HashSet::new();
    for entry in mapping {
        if !seen.insert(entry.organization.trim().to_lowercase()) {
            return Err(format!(
                "The organization \"{}\" is mapped twice. Leave one.",
                entry.organization
            ));
        }
    }
    Ok(())
}

fn changed(before: &Settings, after: &Settings) -> Vec<&'static str> {
    let differing = [
        ("autotask", before.autotask != after.autotask),
        ("cloud_direct", before.cloud_direct != after.cloud_direct),
        ("alerts", before.alerts != after.alerts),
        ("billing", before.billing != after.billing),
        ("general", before.general != after.general),
    ];
    differing
        .into_iter()
        .filter_map(|(name, differs)| differs.then_some(name))
        .collect()
}

fn tell(run: &Run, done: &Done, mapping: &[MappingEntry]) {
    if run.json {
        print::json(done);
        return;
    }
    if done.changed.is_empty() {
        print::line("The settings were already like this.");
    } else {
        print::line(&format!("Changed: {}.", done.changed.join(", ")));
    }
    if !mapping.is_empty() {
        print::line(&format!(
            "Mappings: {} read, {} in effect; {} wait until their organization is seen in Cloud \
             Direct.",
            mapping.len(),
            done.mappings_applied,
            done.mappings_to_come
        ));
    }
    if done.test_needed {
        print::message("Next: autotask-integration test");
    }
}
