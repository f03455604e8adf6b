//! The demo: the app on an embedded simulator of both services, with data of its own that is made
//! fresh at each start. Nothing leaves the computer.
//!
//! Settings and secrets are filled in, so that a newcomer presses *Test and Save* and sees what
//! happens; a job finishes every second, so that two mapped customers have a ticket within a minute or so.
//! Its clock, and the simulator's with it, can be set forward to when something comes.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use simulator::{Config, Simulator};
use sync::clock::{Clock as _, SetClock};
use sync::schedule::{Rhythm, Schedule};
use sync::settings::{Autotask, CloudDirect, General, Settings};
use sync::store::Store;
use url::Url;

use crate::data_folder;
use crate::outcome::Failure;
use crate::secrets::{Memory, Name};
use crate::view::DemoTarget;

/// How often the demo asks for finished jobs: somebody is watching.
pub const CHECK_EVERY: Duration = Duration::from_secs(10);

const JOBS_PER_HOUR: f64 = 3600.0;
const FINISHED_JOBS: usize = 600;
/// Jobs that finish while the clock is set forward, however far.
const JOBS_ON_THE_WAY: u32 = 40;
/// A digest goes out up to two minutes after its time.
const AFTER_THE_DIGEST: SignedDuration = SignedDuration::from_secs(125);
const AFTER_THE_INVOICE: SignedDuration = SignedDuration::from_secs(5);

#[derive(Debug)]
pub struct Demo {
    pub simulator: Simulator,
    pub store: Arc<Store>,
    clock: Arc<SetClock>,
}

impl Demo {
    /// `clock` is the one that the app goes by.
    pub async fn start(folder: &Path, clock: Arc<SetClock>) -> Result<Self, Failure> {
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
            clock,
        })
    }

    /// Sets the clocks forward, to a moment right after what comes next by the settings.
    ///
    /// # Errors
    /// What comes is switched off.
    pub fn skip(&self, to: DemoTarget, settings: &Settings) -> Result<(), &'static str> {
        let now = self.clock.now();
        let moment = next(to, settings, now)?;
        let by = moment.duration_since(now);
        self.simulator
            .skip(by.try_into().unwrap_or_default(), JOBS_ON_THE_WAY);
        self.clock.advance(by);
        Ok(())
    }

    /// The simulator has no website; its control interface shows the ticket as it stands.
    pub fn ticket_address(&self, id: i64) -> Option<Url> {
        let control = &self.simulator.addresses().control;
        control.join(&format!("tickets/{id}")).ok()
    }
}

fn next(to: DemoTarget, settings: &Settings, now: Timestamp) -> Result<Timestamp, &'static str> {
    let (at, after) = match to {
        DemoTarget::DailyDigest => {
            let alerts = settings
                .alerts
                .as_ref()
                .filter(|alerts| alerts.digest.enabled);
            let alerts =
                alerts.ok_or("The Daily Digest is switched off. Switch it on in Options.")?;
            let schedule = Schedule {
                rhythm: Rhythm::Daily,
                time: alerts.digest_time,
                zone: settings.general.zone(),
            };
            (schedule.around(now).1.at, AFTER_THE_DIGEST)
        }
        DemoTarget::InvoiceDate => {
            if !settings.billing.enabled {
                return Err("Billing is switched off. Switch it on in Options.");
            }
            (sync::billing::around(settings, now).1.at, AFTER_THE_INVOICE)
        }
    };
    Ok(at.saturating_add(after).unwrap_or(at))
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
    use sync::settings::Alerts;

    use super::*;

    #[tokio::test]
    async fn each_demo_starts_afresh_and_filled_in() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("demo");
        let first = Demo::start(&folder, Arc::default()).await.unwrap();
        first
            .store
            .pause(Length::UntilResumed, SystemClock.now())
            .unwrap();
        drop(first);

        let second = Demo::start(&folder, Arc::default()).await.unwrap();

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
    async fn both_clocks_are_set_forward_to_right_after_what_comes_next() {
        let folder = tempfile::tempdir().unwrap();
        let demo = Demo::start(folder.path(), Arc::default()).await.unwrap();
        let mut settings = demo.store.settings().unwrap();
        for to in [DemoTarget::DailyDigest, DemoTarget::InvoiceDate] {
            assert!(demo.skip(to, &settings).is_err(), "{to:?} is switched off");
        }
        settings.alerts = Some(Alerts::proposal());
        settings.billing.enabled = true;

        let digest = Schedule {
            rhythm: Rhythm::Daily,
            time: Alerts::proposal().digest_time,
            zone: settings.general.zone(),
        };
        let comes = digest.around(demo.clock.now()).1.at;
        demo.skip(DemoTarget::DailyDigest, &settings).unwrap();
        assert!(demo.clock.now() >= comes && demo.simulator.now() >= comes);

        let jobs = demo.simulator.cloud_direct().jobs().len();
        let comes = sync::billing::around(&settings, demo.clock.now()).1.at;
        demo.skip(DemoTarget::InvoiceDate, &settings).unwrap();
        assert!(demo.clock.now() >= comes && demo.simulator.now() >= comes);
        let more = demo.simulator.cloud_direct().jobs().len() - jobs;
        assert!(more < 100, "{more} jobs in between");
    }

    #[tokio::test]
    async fn a_ticket_is_shown_by_its_own_address() {
        let folder = tempfile::tempdir().unwrap();
        let demo = Demo::start(folder.path(), Arc::default()).await.unwrap();
        let address = demo.ticket_address(7).unwrap();
        let control = demo.simulator.addresses().control.as_str();
        assert_eq!(address.as_str(), format!("{control}tickets/7"));
    }

    #[tokio::test]
    async fn a_second_demo_in_the_same_folder_leaves_the_first_alone() {
        let folder = tempfile::tempdir().unwrap();
        let first = Demo::start(folder.path(), Arc::default()).await.unwrap();

        let failure = Demo::start(folder.path(), Arc::default())
            .await
            .unwrap_err();

        assert!(failure.message.contains("Another"), "{failure}");
        assert!(first.store.settings().is_ok());
    }
}
