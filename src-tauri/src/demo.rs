//! The demo: the app on an embedded simulator of both services, with data of its own that is made
//! fresh at each start. Nothing leaves the computer.
//!
//! Settings and secrets are filled in, so that a newcomer presses *Test and Save* and sees what
//! happens; a job finishes every second, so that two mapped customers have a ticket within a minute or so.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use secrecy::SecretString;
use simulator::{Config, Simulator};
use sync::clock::Clock;
use sync::settings::{Autotask, CloudDirect, General, Settings};
use sync::store::Store;
use url::Url;

use crate::data_folder;
use crate::outcome::Failure;
use crate::secrets::{Memory, Name};

/// How often the demo asks for finished jobs: somebody is watching.
pub const CHECK_EVERY: Duration = Duration::from_secs(10);

const JOBS_PER_HOUR: f64 = 3600.0;
const FINISHED_JOBS: usize = 600;

#[derive(Debug)]
pub struct Demo {
    pub simulator: Simulator,
    pub store: Arc<Store>,
}

impl Demo {
    pub async fn start(folder: &Path, clock: &dyn Clock) -> Result<Self, Failure> {
        let store = fresh_store(folder)?;
        let simulator = Simulator::start(Config {
            finished_jobs: FINISHED_JOBS,
            jobs_per_hour: JOBS_PER_HOUR,
            ..Config::default()
        })
        .await
        .map_err(Failure::attention)?;
        store
            .save_settings(&settings(&simulator), clock.now())
            .map_err(Failure::attention)?;
        Ok(Self {
            simulator,
            store: Arc::new(store),
        })
    }

    /// The simulator has no website; its control interface shows the ticket as it stands.
    pub fn ticket_address(&self, id: i64) -> Option<Url> {
        let control = &self.simulator.addresses().control;
        control.join(&format!("tickets/{id}")).ok()
    }
}

/// The simulator's secrets, as if they had been saved.
pub fn vault(demo: &Demo) -> Memory {
    let logins = demo.simulator.logins();
    let memory = Memory::default();
    memory.put(
        Name::AutotaskPassword,
        SecretString::from(logins.password.clone()),
    );
    memory.put(
        Name::CloudDirectToken,
        SecretString::from(logins.token.clone()),
    );
    memory
}

/// Opened once to see whether another demo is at work there, then emptied.
fn fresh_store(folder: &Path) -> Result<Store, Failure> {
    match Store::open(folder) {
        Ok(store) => drop(store),
        Err(error @ sync::store::OpenError::Locked(_)) => return Err(Failure::attention(error)),
        // Whatever else is wrong with the last demo's data goes with it.
        Err(error) => tracing::info!(%error, "the last demo's data is discarded"),
    }
    data_folder::clear_demo(folder)?;
    Store::open(folder).map_err(Failure::attention)
}

fn settings(simulator: &Simulator) -> Settings {
    let logins = simulator.logins();
    let addresses = simulator.addresses();
    Settings {
        autotask: Autotask {
            username: logins.username.clone(),
            tracking_identifier: logins.tracking_identifier.clone(),
            zone_lookup: addresses.autotask.to_string(),
            ..Autotask::default()
        },
        cloud_direct: CloudDirect {
            address: addresses.cloud_direct.to_string(),
            ..CloudDirect::default()
        },
        general: General {
            time_zone: TimeZone::system().iana_name().unwrap_or("UTC").to_owned(),
            ..General::default()
        },
        ..Settings::default()
    }
}

#[cfg(test)]
mod tests {
    use sync::clock::SystemClock;
    use sync::pause::Length;

    use super::*;

    #[tokio::test]
    async fn each_demo_starts_afresh_and_filled_in() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("demo");
        let first = Demo::start(&folder, &SystemClock).await.unwrap();
        first
            .store
            .pause(Length::UntilResumed, SystemClock.now())
            .unwrap();
        drop(first);

        let second = Demo::start(&folder, &SystemClock).await.unwrap();

        assert_eq!(second.store.paused(SystemClock.now()).unwrap(), None);
        let settings = second.store.settings().unwrap();
        assert_eq!(settings.autotask.username, "api@demo-partner.example");
        assert_eq!(
            settings.autotask.zone_lookup,
            second.simulator.addresses().autotask.to_string()
        );
        assert!(
            settings.alerts.is_none(),
            "Options are the newcomer's to save"
        );
    }

    #[tokio::test]
    async fn a_ticket_is_shown_by_its_own_address() {
        let folder = tempfile::tempdir().unwrap();
        let demo = Demo::start(folder.path(), &SystemClock).await.unwrap();
        let address = demo.ticket_address(7).unwrap();
        let control = demo.simulator.addresses().control.as_str();
        assert_eq!(address.as_str(), format!("{control}tickets/7"));
    }

    #[tokio::test]
    async fn a_second_demo_in_the_same_folder_leaves_the_first_alone() {
        let folder = tempfile::tempdir().unwrap();
        let first = Demo::start(folder.path(), &SystemClock).await.unwrap();

        let failure = Demo::start(folder.path(), &SystemClock).await.unwrap_err();

        assert!(failure.message.contains("Another"), "{failure}");
        assert!(first.store.settings().is_ok());
    }
}
