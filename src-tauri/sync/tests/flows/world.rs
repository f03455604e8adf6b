//! A partner set up as a person would: logins tested, Options saved, organizations mapped.

use std::{collections::BTreeMap, path::Path, time::Duration};

use jiff::Timestamp;
use secrecy::SecretString;
use simulator::{Config, Fault, Outcome, Service, Simulator, Ticket, What, When};
use sync::{
    clock::{Clock as _, ManualClock},
    connect::{self, Connection, Secrets},
    login, mapping,
    pass::{self, Limits, PassError, Report, Settle},
    plan,
    settings::{
        AlertRow, Alerts, Api, Autotask, CloudDirect, Pick, Settings, SourceKind, ZoneChoice,
    },
    store::Store,
    time_of_day,
};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

pub const BOTH: [Api; 2] = [Api::Rest, Api::Soap];
pub const ZONE: &str = "Europe/Berlin";

/// Half an hour after the simulator's start, so that all that has finished is visible.
pub fn start() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

pub struct World {
    pub simulator: Simulator,
    pub folder: TempDir,
    pub store: Store,
    pub clock: ManualClock,
    pub connection: Connection,
}

pub fn config(organizations: usize, finished_jobs: usize) -> Config {
    Config {
        seed: 7,
        organizations,
        finished_jobs,
        history: Duration::from_secs(20 * 24 * 3600),
        jobs_per_hour: 0.0,
        speed: 0.0,
        start: Some(start()),
        ..Config::default()
    }
}

pub fn secrets(simulator: &Simulator) -> Secrets {
    let logins = simulator.logins();
    Secrets {
        autotask_password: SecretString::from(logins.password.clone()),
        cloud_direct_token: Some(SecretString::from(logins.token.clone())),
    }
}

pub fn autotask_settings(simulator: &Simulator, api: Api) -> Autotask {
    let logins = simulator.logins();
    Autotask {
        username: logins.username.clone(),
        tracking_identifier: logins.tracking_identifier.clone(),
        api,
        zone: ZoneChoice::Auto,
        zone_lookup: simulator.addresses().autotask.to_string(),
        ..Autotask::default()
    }
}

pub fn portal_settings(simulator: &Simulator) -> CloudDirect {
    CloudDirect {
        address: simulator.addresses().cloud_direct.to_string(),
        ..CloudDirect::default()
    }
}

/// All rows for jobs on, with a queue and a priority each of its own, named by their labels.
pub fn alerts(simulator: &Simulator) -> Alerts {
    let queues = simulator.autotask().queues();
    let row = |priority: &str, queue: usize, days_due| AlertRow {
        enabled: true,
        priority: Some(Pick::Label(priority.to_owned())),
        queue: Some(Pick::Label(queues[queue].label.clone())),
        days_due: Some(days_due),
    };
    Alerts {
        success: row("Low", 0, 7),
        warning: row("Medium", 1, 3),
        error: row("High", 2, 0),
        digest: AlertRow::default(),
        jobs_since: Some(start() - jiff::SignedDuration::from_hours(25 * 24)),
        ..Alerts::proposal()
    }
}

/// Logins tested, Options saved.
async fn set_up(
    simulator: &Simulator,
    store: &Store,
    clock: &ManualClock,
    api: Api,
    source: CloudDirect,
) -> Connection {
    let secrets = secrets(simulator);
    let autotask = autotask_settings(simulator, api);
    let password = &secrets.autotask_password;
    let outcome = login::test_autotask(store, &autotask, password, clock, &|_| {}).await;
    assert!(outcome.passed, "{outcome:#?}");
    let general = sync::settings::General {
        time_zone: ZONE.to_owned(),
        ..sync::settings::General::default()
    };
    store.save_general(&general).unwrap();
    let token = secrets.cloud_direct_token.as_ref();
    let outcome = login::test_cloud_direct(store, &source, &general, token, clock, &|_| {}).await;
    assert!(outcome.passed, "{outcome:#?}");
    store.save_general(&general).unwrap();
    store.save_alerts(&alerts(simulator), clock.now()).unwrap();
    connect::connect(store, &secrets).await.unwrap()
}

impl World {
    /// Everything set up but for the mappings.
    pub async fn new(api: Api, config: Config) -> World {
        let simulator = Simulator::start(config).await.unwrap();
        let portal = portal_settings(&simulator);
        World::with_source(simulator, api, portal).await
    }

    pub async fn with_source(simulator: Simulator, api: Api, source: CloudDirect) -> World {
        let folder = tempfile::tempdir().unwrap();
        let clock = ManualClock::new(start());
        let store = Store::open(folder.path()).unwrap();
        let connection = set_up(&simulator, &store, &clock, api, source).await;
        World {
            simulator,
            folder,
            store,
            clock,
            connection,
        }
    }

    /// Another computer with the same settings and mappings, and a database of its own.
    pub async fn other_computer(&self, api: Api) -> (TempDir, Store, Connection) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let portal = portal_settings(&self.simulator);
        let connection = set_up(&self.simulator, &store, &self.clock, api, portal).await;
        for (organization_id, account) in self.accounts() {
            let input = mapping::Input {
                organization_id,
                account: Some(account),
                ..mapping::Input::default()
            };
            let names = mapping::Names::default();
            mapping::save(&store, &input, &names, self.clock.now()).unwrap();
        }
        (folder, store, connection)
    }

    pub async fn mapped(api: Api, config: Config) -> World {
        let world = World::new(api, config).await;
        world.map_all();
        world
    }

    /// Which account an organization is mapped to.
    pub fn accounts(&self) -> BTreeMap<String, i64> {
        let companies: Vec<i64> = self
            .simulator
            .autotask()
            .companies()
            .into_iter()
            .filter(|company| company.id != 0 && company.active)
            .map(|company| company.id)
            .collect();
        let mut organizations = self.store.organizations().unwrap();
        organizations.sort_by(|a, b| a.id.cmp(&b.id));
        let count = companies.len();
        organizations
            .into_iter()
            .enumerate()
            .map(|(index, organization)| (organization.id, companies[index % count]))
            .collect()
    }

    pub fn map_all(&self) {
        for organization_id in self.accounts().into_keys() {
            self.map(&organization_id);
        }
    }

    pub fn map(&self, organization_id: &str) {
        let input = mapping::Input {
            organization_id: organization_id.to_owned(),
            account: self.accounts().get(organization_id).copied(),
            ..mapping::Input::default()
        };
        mapping::save(
            &self.store,
            &input,
            &mapping::Names::default(),
            self.clock.now(),
        )
        .unwrap();
    }

    /// Passes, a day apart, until nothing waits any more: a posting may rest for a day. Where each call may
    /// fail, most passes do not get beyond reading the picklists.
    pub async fn pass_until_done(&self) {
        for _ in 0..600 {
            if self.pass().await.unwrap().waiting == 0 {
                return;
            }
            self.clock.advance(jiff::SignedDuration::from_hours(25));
        }
        panic!("still waiting: {:?}", self.store.counts());
    }

    /// A pass in which unclear postings need not rest.
    pub async fn pass(&self) -> Result<Report, PassError> {
        self.pass_with(Duration::ZERO).await
    }

    pub async fn pass_with(&self, settle: Duration) -> Result<Report, PassError> {
        self.pass_within(Limits {
            settle: Settle::both(settle),
            wait_for_unclear: settle.is_zero(),
            ..Limits::default()
        })
        .await
    }

    pub async fn pass_within(&self, limits: Limits) -> Result<Report, PassError> {
        self.pass_until(&CancellationToken::new(), limits).await
    }

    pub async fn pass_until(
        &self,
        stop: &CancellationToken,
        limits: Limits,
    ) -> Result<Report, PassError> {
        pass::run(
            &self.store,
            &self.connection,
            &self.clock,
            &limits,
            stop,
            &|_| {},
        )
        .await
    }

    /// The program ends and starts again.
    pub async fn restarted(self) -> World {
        let World {
            simulator,
            folder,
            store,
            clock,
            connection,
        } = self;
        drop((store, connection));
        let store = Store::open(folder.path()).unwrap();
        let connection = connect::connect(&store, &secrets(&simulator))
            .await
            .unwrap();
        World {
            simulator,
            folder,
            store,
            clock,
            connection,
        }
    }

    pub fn fault(&self, on: &str, when: When, what: What) {
        self.simulator.faults().add(Fault {
            service: Service::Autotask,
            on: Some(on.to_owned()),
            when,
            what,
        });
    }

    pub fn autotask_calls(&self) -> usize {
        calls(&self.simulator, Service::Autotask)
    }

    /// Compares the tickets in the tenant with the jobs in the portal, one by one.
    #[track_caller]
    pub fn assert_each_job_has_its_ticket(&self) {
        let settings = self.store.settings().unwrap();
        let expected = self.expected(&settings);
        assert_tickets(&self.simulator.autotask().tickets(), &expected);
    }

    pub fn expected(&self, settings: &Settings) -> BTreeMap<String, Expected> {
        let accounts = self.accounts();
        let zone = settings.general.zone();
        let alerts = settings.alerts.as_ref().unwrap();
        let id = |pick: &Option<Pick>| pick.as_ref().and_then(Pick::id).unwrap();
        let mut expected = BTreeMap::new();
        for job in self.simulator.cloud_direct().jobs() {
            let Some(finished_at) = job.finished_at else {
                continue;
            };
            let kind = match job.kind {
                simulator::JobKind::Backup => "Backup",
                simulator::JobKind::Replication => "Replication",
                simulator::JobKind::Restore | simulator::JobKind::Other => continue,
            };
            let (row, outcome) = match job.outcome {
                Outcome::Success => (&alerts.success, "success"),
                Outcome::Warning => (&alerts.warning, "warning"),
                Outcome::Error => (&alerts.error, "error"),
                Outcome::NotFinished => continue,
            };
            if !row.enabled {
                continue;
            }
            let task = job
                .task
                .map(|task| format!(" ({task})"))
                .unwrap_or_default();
            let previous = expected.insert(
                plan::event_key(&job.organization_id, &job.id),
                Expected {
                    account: accounts[&job.organization_id],
                    priority: id(&row.priority),
                    queue: id(&row.queue),
                    due: time_of_day::due(finished_at, row.days_due.unwrap(), &zone),
                    title: format!("{kind} {outcome}: {}{task}", job.system),
                    message: job.message.unwrap_or_default(),
                },
            );
            assert!(previous.is_none(), "two jobs with the same key");
        }
        expected
    }
}

pub struct Expected {
    pub account: i64,
    pub priority: i64,
    pub queue: i64,
    pub due: Timestamp,
    pub title: String,
    pub message: String,
}

#[track_caller]
pub fn assert_tickets(tickets: &[Ticket], expected: &BTreeMap<String, Expected>) {
    let mut seen = BTreeMap::new();
    for ticket in tickets {
        let Some(key) = ticket
            .external_id
            .clone()
            .filter(|key| key.starts_with("ucd-job-"))
        else {
            continue;
        };
        let expected = expected
            .get(&key)
            .unwrap_or_else(|| panic!("nobody wanted {ticket:#?}"));
        let before = seen.insert(key, ticket.id);
        assert!(before.is_none(), "twice: {ticket:#?}");
        assert_eq!(ticket.company_id, expected.account, "{ticket:#?}");
        assert_eq!(ticket.priority, expected.priority, "{ticket:#?}");
        assert_eq!(ticket.queue_id, Some(expected.queue), "{ticket:#?}");
        assert_eq!(ticket.due, Some(expected.due), "{ticket:#?}");
        assert_eq!(ticket.title, expected.title);
        assert_eq!(ticket.status, 1);
        assert!(
            ticket.description.contains(expected.message.trim()),
            "{ticket:#?}"
        );
    }
    assert_eq!(seen.len(), expected.len(), "tickets and jobs");
}

pub fn calls(simulator: &Simulator, service: Service) -> usize {
    simulator
        .journal()
        .iter()
        .filter(|call| call.service == service)
        .count()
}

/// All that is in the files of a folder.
pub fn bytes_of(folder: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        bytes.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    bytes
}

pub fn folder_settings(folder: &Path) -> CloudDirect {
    CloudDirect {
        source: SourceKind::Folder,
        folder: Some(folder.to_owned()),
        ..CloudDirect::default()
    }
}
