//! The demo without a window: what the app does, one command after the other.
//!
//! A simulator runs beside; the app is configured for it, tests its logins and syncs once, all with a
//! data folder of its own that is gone afterwards. The tickets are then read from the simulated
//! Autotask, not from the app, which could only say what it believes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::simulator::{About, Simulator};
use super::tickets::{Column, table};
use crate::process::run;
use crate::project::Project;

/// A world that is small enough to be read, and stands still.
const WORLD: &[&str] = &[
    "--organizations",
    "8",
    "--jobs",
    "160",
    "--jobs-per-hour",
    "0",
];

pub fn show(project: &Project) -> Result<()> {
    println!("==> A simulated Autotask and Cloud Direct on this computer");
    let simulator = Simulator::start(&project.app(), WORLD)?;
    let about = simulator.about();
    println!(
        "    Autotask      {}\n    Cloud Direct  {}",
        about.zone_lookup, about.portal
    );

    let name = format!("demo-{}", std::process::id());
    let folder = Folder::make(project.scratch().join(name))?;
    let settings = folder.path.join("settings.toml");
    let companies = simulator.list("companies")?;
    let mappings = pairs(&simulator.list("organizations")?, &companies)?;
    fs::write(&settings, settings_file(about, &mappings)).context("writing the settings file")?;

    let data = folder.path.join("data");
    let app = |arguments: &[&str]| {
        let mut command = Command::new(project.app());
        command
            .arg("--data-dir")
            .arg(&data)
            .args(arguments)
            .env("AUTOTASK_PASSWORD", &about.password)
            .env("CLOUD_DIRECT_TOKEN", &about.token);
        run(&mut command)
    };
    println!("\n==> The app reads its settings");
    app(&["configure", &settings.to_string_lossy()])?;
    println!("\n==> It tests both logins");
    app(&["test"])?;
    println!(
        "\n==> It reads the finished backup jobs and makes tickets of those that did not go well"
    );
    app(&["sync", "--once"])?;
    println!("\n==> And once more: each job counts once");
    app(&["sync", "--once"])?;

    let tickets = simulator.list("tickets")?;
    if tickets.is_empty() {
        bail!("the sync ended well, but there is no ticket in the simulated Autotask");
    }
    let priorities = simulator.list("priorities")?;
    println!(
        "\n==> {} tickets, as they now stand in the simulated Autotask\n\n{}",
        tickets.len(),
        table(&tickets, &columns(&companies, &priorities))
    );
    println!("With a display, `cargo xtask demo` opens the app itself.");
    Ok(())
}

/// Each organization with the company of the same place: so the simulator makes them, after the
/// partner's own company, which Autotask counts as 0.
fn pairs(organizations: &[Value], companies: &[Value]) -> Result<Vec<(String, i64)>> {
    let customers = companies
        .iter()
        .filter_map(|company| company["id"].as_i64())
        .filter(|id| *id != 0);
    let pairs: Vec<(String, i64)> = organizations
        .iter()
        .filter_map(|organization| organization["id"].as_str())
        .map(str::to_owned)
        .zip(customers)
        .collect();
    if pairs.is_empty() {
        bail!("the simulator has no organizations to map");
    }
    Ok(pairs)
}

/// What `configure` takes: the simulator's addresses, warnings and errors as tickets, everyone mapped.
fn settings_file(about: &About, pairs: &[(String, i64)]) -> String {
    let mut text = format!(
        r#"[autotask]
username = "{username}"
tracking_identifier = "{tracking_identifier}"
zone = "auto"
zone_lookup = "{zone_lookup}"

[cloud_direct]
source = "portal"
address = "{portal}"

[alerts]
jobs_since = "2000-01-01T00:00:00Z"

[alerts.warning]
enabled = true
priority = "Medium"
queue = "Monitoring Alert"
days_due = 3

[alerts.error]
enabled = true
priority = "High"
queue = "Monitoring Alert"
days_due = 1
"#,
        username = about.username,
        tracking_identifier = about.tracking_identifier,
        zone_lookup = about.zone_lookup,
        portal = about.portal,
    );
    for (organization, account) in pairs {
        text += &format!("\n[[mapping]]\norganization = \"{organization}\"\naccount = {account}\n");
    }
    text
}

fn columns<'a>(companies: &'a [Value], priorities: &'a [Value]) -> Vec<Column<'a>> {
    vec![
        Column {
            heading: "Ticket",
            text: Box::new(|ticket| words(&ticket["ticket_number"])),
        },
        Column {
            heading: "Account",
            text: Box::new(|ticket| name_of(&ticket["company_id"], companies, "name")),
        },
        Column {
            heading: "Priority",
            text: Box::new(|ticket| name_of(&ticket["priority"], priorities, "label")),
        },
        Column {
            heading: "Due (UTC)",
            text: Box::new(|ticket| minutes(&words(&ticket["due"]))),
        },
        Column {
            heading: "Title",
            text: Box::new(|ticket| words(&ticket["title"])),
        },
    ]
}

/// The name of the row with this id; picklists have their ids as texts.
fn name_of(id: &Value, rows: &[Value], name: &str) -> String {
    rows.iter()
        .find(|row| words(&row["id"]) == words(id))
        .map(|row| words(&row[name]))
        .unwrap_or_default()
}

fn words(value: &Value) -> String {
    if value.is_null() {
        return String::new();
    }
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// `2026-11-23T23:59:00Z` as one reads it.
fn minutes(moment: &str) -> String {
    moment.replace('T', " ").chars().take(16).collect()
}

/// A folder that is gone when the value is dropped.
#[derive(Debug)]
struct Folder {
    path: PathBuf,
}

impl Folder {
    fn make(path: PathBuf) -> Result<Self> {
        fs::create_dir_all(&path).with_context(|| format!("making {}", path.display()))?;
        Ok(Self { path })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = remove(&self.path) {
            println!(
                "The demo's folder {} is still there: {error}",
                self.path.display()
            );
        }
    }
}

fn remove(folder: &Path) -> std::io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_organization_goes_to_the_company_of_the_same_place() {
        let organizations = [json!({"id": "org-0001"}), json!({"id": "org-0002"})];
        let companies = [0, 29683501, 29683502, 29683503].map(|id| json!({"id": id}));
        assert_eq!(
            pairs(&organizations, &companies).unwrap(),
            [
                ("org-0001".to_owned(), 29683501),
                ("org-0002".to_owned(), 29683502)
            ]
        );
        assert!(pairs(&[], &companies).is_err());
        assert!(pairs(&organizations, &[]).is_err());
    }

    #[test]
    fn the_tickets_are_shown_with_names_in_place_of_ids() {
        let tickets = [json!({
            "ticket_number": "T20261123.0001", "company_id": 29683501, "priority": 1,
            "due": "2026-11-24T23:59:00Z", "title": "Backup error: SRV01", "queue_id": null,
        })];
        let companies = [json!({"id": 29683501, "name": "Alpha Ltd"})];
        let priorities = [json!({"id": "1", "label": "High"})];
        assert_eq!(
            table(&tickets, &columns(&companies, &priorities)),
            "    Ticket          Account    Priority  Due (UTC)         Title\n    \
             T20261123.0001  Alpha Ltd  High      2026-11-24 23:59  Backup error: SRV01\n"
        );
    }

    #[test]
    fn the_folder_is_gone_with_its_value() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("demo");
        let folder = Folder::make(path.clone()).unwrap();
        fs::write(path.join("settings.toml"), "").unwrap();
        drop(folder);
        assert!(!path.exists());
    }
}
