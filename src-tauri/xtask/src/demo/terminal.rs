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
        about.autotask, about.cloud_direct
    );

    let folder = Folder::make(
        project
            .scratch()
            .join(format!("demo-{}", std::process::id())),
    )?;
    let settings = folder.path.join("settings.toml");
    let state = simulator.ask("state")?;
    fs::write(&settings, settings_file(about, &pairs(&state)?))
        .context("writing the settings file")?;

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

    let tickets = simulator.ask("tickets")?;
    let tickets = tickets.as_array().context("the tickets are not a list")?;
    if tickets.is_empty() {
        bail!("the sync ended well, but there is no ticket in the simulated Autotask");
    }
    println!(
        "\n==> {} tickets, as they now stand in the simulated Autotask\n",
        tickets.len()
    );
    println!("{}", table(tickets, &columns(&state)));
    println!("With a display, `cargo xtask demo` opens the app itself.");
    Ok(())
}

/// Each organization with the company of the same place: so the simulator makes them.
fn pairs(state: &Value) -> Result<Vec<(String, i64)>> {
    let list = |name: &str| {
        state[name]
            .as_array()
            .with_context(|| format!("the simulator's state has no list of {name}"))
    };
    let pairs: Vec<(String, i64)> = list("organizations")?
        .iter()
        .zip(list("companies")?)
        .filter_map(|(organization, company)| {
            Some((
                organization["id"].as_str()?.to_owned(),
                company["id"].as_i64()?,
            ))
        })
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
zone_lookup = "{autotask}"

[cloud_direct]
source = "portal"
address = "{cloud_direct}"

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
        autotask = about.autotask,
        cloud_direct = about.cloud_direct,
    );
    for (organization, account) in pairs {
        text += &format!("\n[[mapping]]\norganization = \"{organization}\"\naccount = {account}\n");
    }
    text
}

fn columns(state: &Value) -> Vec<Column<'_>> {
    let named = |list: &'static str, id: &'static str, name: &'static str, field: &'static str| {
        move |ticket: &Value| {
            state[list]
                .as_array()
                .and_then(|rows| rows.iter().find(|row| row[id] == ticket[field]))
                .and_then(|row| row[name].as_str())
                .unwrap_or_default()
                .to_owned()
        }
    };
    let text = |field: &'static str| {
        move |ticket: &Value| ticket[field].as_str().unwrap_or_default().to_owned()
    };
    vec![
        Column {
            heading: "Ticket",
            text: Box::new(text("ticket_number")),
        },
        Column {
            heading: "Account",
            text: Box::new(named("companies", "id", "name", "company_id")),
        },
        Column {
            heading: "Priority",
            text: Box::new(named("priorities", "id", "label", "priority")),
        },
        Column {
            heading: "Due (UTC)",
            text: Box::new(move |ticket| {
                text("due")(ticket)
                    .chars()
                    .take(16)
                    .collect::<String>()
                    .replace('T', " ")
            }),
        },
        Column {
            heading: "Title",
            text: Box::new(text("title")),
        },
    ]
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
        let state = json!({
            "organizations": [{"id": "org-0001"}, {"id": "org-0002"}],
            "companies": [{"id": 29683501}, {"id": 29683502}, {"id": 29683503}],
        });
        assert_eq!(
            pairs(&state).unwrap(),
            [
                ("org-0001".to_owned(), 29683501),
                ("org-0002".to_owned(), 29683502)
            ]
        );
        assert!(pairs(&json!({})).is_err());
        assert!(pairs(&json!({"organizations": [], "companies": []})).is_err());
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
