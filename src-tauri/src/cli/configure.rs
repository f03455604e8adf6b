//! `configure`: settings and mappings from a file, all or nothing.

use std::path::Path;

use serde::Serialize;
use sync::settings::{self, Settings};
use sync::store::Picklists;

use super::{Run, print};
use crate::outcome::{Exit, Failure};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Done {
    /// Tables of the file that differ from what was set.
    changed: Vec<&'static str>,
    /// Of the file's mappings.
    mappings_applied: u64,
    /// Of the file's mappings: their organizations have not been seen in Cloud Direct yet.
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
    let settings_file = settings::parse_file(&text).map_err(|error| named(&error))?;

    let store = run.open_store()?;
    run.log_to_file();
    let now = run.clock.now();
    let before = store.settings().map_err(Failure::attention)?;
    // Other Autotask settings forget them.
    let picklists = store.picklists().map_err(Failure::attention)?;
    let applied = store
        .configure(&settings_file, now)
        .map_err(Failure::attention)?
        .map_err(|error| named(&error))?;
    let after = store.settings().map_err(Failure::attention)?;
    let mappings = settings_file.mapping.len() as u64;
    let done = Done {
        changed: changed(&before, &after, &picklists),
        mappings_applied: applied,
        mappings_to_come: mappings - applied,
        test_needed: !sync::login::unlocked(&store).map_err(Failure::attention)?,
    };
    tracing::info!(changed = ?done.changed, mappings, "configured");
    tell(run, &done);
    if settings_file.settings.general.start_at_login {
        print::message(
            "start_at_login is switched on in the app itself (Options, General), where the \
             operating system is asked.",
        );
    }
    Ok(Exit::Done)
}

/// A label and the id of the same picklist value are no difference.
fn changed(before: &Settings, after: &Settings, picklists: &Picklists) -> Vec<&'static str> {
    let alerts = |settings: &Settings| {
        let alerts = settings.alerts.as_ref();
        alerts.map(|alerts| alerts.resolved(picklists))
    };
    let differing = [
        ("autotask", before.autotask != after.autotask),
        ("cloud_direct", before.cloud_direct != after.cloud_direct),
        ("alerts", alerts(before) != alerts(after)),
        ("billing", before.billing != after.billing),
        ("general", before.general != after.general),
    ];
    differing
        .into_iter()
        .filter_map(|(name, differs)| differs.then_some(name))
        .collect()
}

fn tell(run: &Run, done: &Done) {
    if run.json {
        print::json(done);
        return;
    }
    if done.changed.is_empty() {
        print::line("The settings were already like this.");
    } else {
        print::line(&format!("Changed: {}.", done.changed.join(", ")));
    }
    let (applied, to_come) = (done.mappings_applied, done.mappings_to_come);
    if applied + to_come > 0 {
        print::line(&format!(
            "Mappings: {} read, {applied} in effect; {to_come} wait until their organization is seen \
             in Cloud Direct.",
            applied + to_come
        ));
    }
    if done.test_needed {
        print::message("Next: autotask-integration test");
    }
}

#[cfg(test)]
mod tests {
    use sync::settings::{Alerts, Pick};
    use sync::store::PickValue;

    use super::*;

    #[test]
    fn a_label_that_became_its_id_is_no_change() {
        let with = |queue| {
            let mut alerts = Alerts::proposal();
            alerts.error.queue = Some(queue);
            Settings {
                alerts: Some(alerts),
                ..Settings::default()
            }
        };
        let picklists = Picklists {
            queues: vec![PickValue {
                id: 7,
                label: "Monitoring".to_owned(),
                active: true,
            }],
            ..Picklists::default()
        };
        let label = |label: &str| with(Pick::Label(label.to_owned()));
        let id = with(Pick::Id(7));
        let nothing: [&str; 0] = [];
        assert_eq!(changed(&id, &label("Monitoring"), &picklists), nothing);
        assert_eq!(changed(&id, &label("Other"), &picklists), ["alerts"]);
    }
}
