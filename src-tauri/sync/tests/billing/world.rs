//! A partner who bills: logins tested, organizations mapped to the storage service of their contracts.

use std::{collections::BTreeMap, time::Duration};

use autotask::Client;
use jiff::{SignedDuration, Timestamp, civil::Date};
use secrecy::SecretString;
use simulator::{Config, Fault, Service, Simulator, What, When};
use sync::{
    billing::{self, Chosen, Done, Line, Means, Order, OrderError, Preview, Report, Spread, State},
    clock::{Clock as _, ManualClock},
    connect::{self, Connection, Secrets},
    login, mapping,
    pass::{self, Limits, PassError, Settle},
    settings::{
        Api, Approval, Autotask, Billing, CloudDirect, General, MappingEntry, SourceKind,
        ZoneChoice,
    },
    store::{LineRow, Store},
};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

pub const BOTH: [Api; 2] = [Api::Rest, Api::Soap];
pub const GB: u64 = 1_000_000_000;

/// A week before the invoice date.
pub fn start() -> Timestamp {
    at("2026-11-23T12:00:00Z")
}

/// The invoice date, 06:00 in Berlin.
pub fn due() -> Timestamp {
    at("2026-11-30T05:00:00Z")
}

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn date(text: &str) -> Date {
    text.parse().unwrap()
}

pub fn config(organizations: usize) -> Config {
    Config {
        seed: 7,
        organizations,
        finished_jobs: 0,
        jobs_per_hour: 0.0,
        speed: 0.0,
        start: Some(start()),
        ..Config::default()
    }
}

/// Where an organization is billed in the simulator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub company: i64,
    pub contract: i64,
    pub service: i64,
}

pub struct World {
    pub simulator: Simulator,
    pub folder: TempDir,
    pub store: Store,
    pub clock: ManualClock,
    pub connection: Connection,
}

pub fn settings() -> Billing {
    Billing {
        enabled: true,
        approval: Approval::PostByItself,
        ..Billing::default()
    }
}

pub fn secrets(simulator: &Simulator) -> Secrets {
    let logins = simulator.logins();
    Secrets {
        autotask_password: SecretString::from(logins.password.clone()),
        cloud_direct_token: Some(SecretString::from(logins.token.clone())),
    }
}

async fn set_up(
    simulator: &Simulator,
    store: &Store,
    clock: &ManualClock,
    api: Api,
    source: &CloudDirect,
) -> Connection {
    let secrets = secrets(simulator);
    let logins = simulator.logins();
    let autotask = Autotask {
        username: logins.username.clone(),
        tracking_identifier: logins.tracking_identifier.clone(),
        api,
        zone: ZoneChoice::Auto,
        zone_lookup: simulator.addresses().autotask.to_string(),
        ..Autotask::default()
    };
    let password = &secrets.autotask_password;
    let outcome = login::test_autotask(store, &autotask, password, clock, &|_| {}).await;
    assert!(outcome.passed, "{outcome:#?}");
    let general = General {
        time_zone: "Europe/Berlin".to_owned(),
        ..General::default()
    };
    store.save_general(&general).unwrap();
    let token = secrets.cloud_direct_token.as_ref();
    let outcome = login::test_cloud_direct(store, source, &general, token, clock, &|_| {}).await;
    assert!(outcome.passed, "{outcome:#?}");
    let mut settings = store.settings().unwrap();
    settings.general = general;
    settings.billing = self::settings();
    store.save_settings(&settings, clock.now()).unwrap();
    connect::connect(store, &secrets).await.unwrap()
}

impl World {
    /// All organizations mapped, and a first pass: nothing is due.
    pub async fn new(api: Api, organizations: usize) -> World {
        World::of(api, config(organizations)).await
    }

    pub async fn of(api: Api, config: Config) -> World {
        let simulator = Simulator::start(config).await.unwrap();
        let source = CloudDirect {
            address: simulator.addresses().cloud_direct.to_string(),
            ..CloudDirect::default()
        };
        World::with_source(simulator, api, &source).await
    }

    pub async fn with_source(simulator: Simulator, api: Api, source: &CloudDirect) -> World {
        let folder = tempfile::tempdir().unwrap();
        let clock = ManualClock::new(start());
        let store = Store::open(folder.path()).unwrap();
        let connection = set_up(&simulator, &store, &clock, api, source).await;
        let world = World {
            simulator,
            folder,
            store,
            clock,
            connection,
        };
        let report = world.pass().await.unwrap();
        assert_eq!((report.planned, &report.problems), (0, &vec![]));
        world.map_all(&world.store);
        world
    }

    /// Another computer with the same settings and mappings, and a database of its own.
    pub async fn other_computer(&self, api: Api) -> Other {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let source = CloudDirect {
            address: self.simulator.addresses().cloud_direct.to_string(),
            ..CloudDirect::default()
        };
        let connection = set_up(&self.simulator, &store, &self.clock, api, &source).await;
        let other = Other {
            _folder: folder,
            store,
            connection,
        };
        pass_of(&other.store, &other.connection, &self.clock, limits())
            .await
            .unwrap();
        self.map_all(&other.store);
        other
    }

    fn map_all(&self, store: &Store) {
        let places = self.places();
        let mapped: Vec<MappingEntry> = store
            .organizations()
            .unwrap()
            .into_iter()
            .map(|organization| {
                let place = places[&organization.id];
                MappingEntry {
                    organization: organization.id,
                    account: Some(place.company),
                    contract: Some(place.contract),
                    service: Some(place.service),
                    excluded: None,
                }
            })
            .collect();
        let applied = mapping::apply(store, &mapped, self.clock.now()).unwrap();
        assert_eq!(applied, mapped.len() as u64);
    }

    pub fn map(&self, organization_id: &str, place: Option<Place>) {
        map(&self.store, &self.clock, organization_id, place);
    }

    /// The storage service on the running contract of the customer with that number.
    pub fn place(&self, organization_id: &str) -> Place {
        self.places()[organization_id]
    }

    fn places(&self) -> BTreeMap<String, Place> {
        let door = self.simulator.autotask();
        let running: BTreeMap<i64, i64> = door
            .contracts()
            .into_iter()
            .filter(|contract| contract.name == "Cloud Backup")
            .map(|contract| (contract.company_id, contract.id))
            .collect();
        let mut services: BTreeMap<i64, i64> = BTreeMap::new();
        for line in door.contract_services() {
            services.entry(line.contract_id).or_insert(line.id);
        }
        let companies = door.companies();
        let place = |number: usize| {
            let company = companies[number].id;
            let contract = running[&company];
            Place {
                company,
                contract,
                service: services.get(&contract).copied().unwrap_or(1),
            }
        };
        self.simulator
            .cloud_direct()
            .organizations()
            .into_iter()
            .zip(1..)
            .map(|(organization, number)| (organization.id, place(number)))
            .collect()
    }

    /// The program's and the simulator's clock.
    pub fn set_time(&self, now: Timestamp) {
        let by = now.duration_since(self.simulator.now());
        self.simulator
            .advance(Duration::try_from(by).unwrap_or_default());
        self.clock.set(now);
    }

    pub fn wait(&self, by: SignedDuration) {
        self.set_time(self.clock.now() + by);
    }

    pub fn measure(&self, organization_id: &str, day: &str, gigabytes: u64) {
        let door = self.simulator.cloud_direct();
        assert!(door.set_usage(organization_id, date(day), gigabytes * GB));
    }

    /// The units that stand in Autotask on a day.
    pub fn units(&self, organization_id: &str, day: &str) -> i64 {
        let rows = self.rows(organization_id, day);
        assert_eq!(rows.len(), 1, "{rows:?}");
        rows[0]
    }

    fn rows(&self, organization_id: &str, day: &str) -> Vec<i64> {
        let (service, day) = (self.place(organization_id).service, date(day));
        let units = self.simulator.autotask().contract_service_units();
        units
            .into_iter()
            .filter(|row| row.contract_service_id == service)
            .filter(|row| row.start <= Some(day) && Some(day) <= row.end)
            .map(|row| row.units)
            .collect()
    }

    /// Changes units as a person does in Autotask.
    pub async fn change_by_hand(&self, organization_id: &str, day: &str, change: i64) {
        let place = self.place(organization_id);
        let choices = self.simulator.autotask().choices();
        self.simulator.autotask().set_choices(simulator::Choices {
            same_day_adjustment_refused: false,
            ..choices
        });
        self.client()
            .adjust(&[autotask::NewContractServiceAdjustment {
                contract_id: place.contract,
                line: autotask::Line::ContractService(place.service),
                effective: date(day),
                unit_change: Some(change),
                adjusted_unit_price: None,
                adjusted_unit_cost: None,
            }])
            .await
            .unwrap();
        self.simulator.autotask().set_choices(choices);
    }

    /// The invoice date comes, and somebody changes the units before a lost answer is looked into.
    pub async fn needs_review(&self, organization_id: &str, change: i64) {
        self.fault(
            "ContractServiceAdjustments/create",
            When::Once,
            What::DropAfter,
        );
        self.set_time(due());
        let patient = Limits {
            settle: Settle::both(Duration::from_secs(60)),
            ..limits()
        };
        self.pass_with(patient).await.unwrap();
        self.change_by_hand(organization_id, "2026-12-01", change)
            .await;
        self.wait(SignedDuration::from_mins(2));
        let report = self.pass().await.unwrap();
        assert_eq!(report.needs_review, 1);
    }

    pub fn choose(&self, change: impl FnOnce(&mut simulator::Choices)) {
        let mut choices = self.simulator.autotask().choices();
        change(&mut choices);
        self.simulator.autotask().set_choices(choices);
    }

    pub fn set(&self, change: impl FnOnce(&mut Billing)) {
        let mut settings = self.store.settings().unwrap();
        change(&mut settings.billing);
        self.store
            .save_settings(&settings, self.clock.now())
            .unwrap();
    }

    pub fn fault(&self, on: &str, when: When, what: What) {
        self.simulator.faults().add(Fault {
            service: Service::Autotask,
            on: Some(on.to_owned()),
            when,
            what,
        });
    }

    pub fn client(&self) -> &Client {
        &self.connection.autotask
    }

    /// A pass in which nothing has to rest and nobody waits.
    pub async fn pass(&self) -> Result<Report, PassError> {
        self.pass_with(limits()).await
    }

    pub async fn pass_with(&self, limits: Limits) -> Result<Report, PassError> {
        pass_of(&self.store, &self.connection, &self.clock, limits).await
    }

    pub async fn preview(&self, day: &str) -> Preview {
        let now = self.clock.now();
        billing::preview(&self.store, self.client(), Some(date(day)), now)
            .await
            .unwrap()
    }

    pub async fn line(&self, organization_id: &str, day: &str) -> Line {
        let preview = self.preview(day).await;
        let mut lines = preview.lines.into_iter();
        lines
            .find(|line| line.organization_id == organization_id)
            .unwrap()
    }

    /// Why a line of the invoice date cannot be posted.
    pub async fn blocked(&self, organization_id: &str) -> Option<&'static str> {
        let line = self.line(organization_id, "2026-11-30").await;
        line.blocked.map(|blocked| blocked.code())
    }

    pub async fn post(
        &self,
        day: &str,
        organizations: Option<&[&str]>,
    ) -> Result<Done, OrderError> {
        self.order(&Order {
            invoice_date: date(day),
            lines: organizations.map(|ids| {
                ids.iter()
                    .map(|id| Chosen {
                        organization_id: (*id).to_owned(),
                        units: None,
                    })
                    .collect()
            }),
            next_day: false,
        })
        .await
    }

    pub async fn order(&self, order: &Order) -> Result<Done, OrderError> {
        self.meaning(async |means| billing::post(&means, order).await)
            .await
    }

    /// What a person asks for.
    pub async fn meaning<T>(&self, what: impl AsyncFnOnce(Means<'_>) -> T) -> T {
        self.meaning_within(limits(), what).await
    }

    pub async fn meaning_within<T>(
        &self,
        limits: Limits,
        what: impl AsyncFnOnce(Means<'_>) -> T,
    ) -> T {
        let cancel = CancellationToken::new();
        let means = Means {
            store: &self.store,
            client: self.client(),
            clock: &self.clock,
            limits: &limits,
            cancel: &cancel,
            on_progress: &|_, _| {},
        };
        what(means).await
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

    /// The state of an organization's line of the invoice date, and the code of its error.
    pub fn state(&self, organization_id: &str) -> (State, Option<String>) {
        state_in(&self.store, organization_id)
    }

    /// What the ledger says of the organization's line of the invoice date.
    pub fn told(&self, organization_id: &str) -> Vec<String> {
        let key = format!("invoice-2026-11-30-{organization_id}");
        let rows = self.store.ledger_after(0, 10_000).unwrap();
        rows.into_iter()
            .filter(|row| row.key == key)
            .map(|row| row.what)
            .collect()
    }

    pub fn adjustments(&self) -> usize {
        let calls = self.simulator.journal();
        calls
            .iter()
            .filter(|call| call.entity == Some("ContractServiceAdjustments"))
            .filter(|call| call.operation == "create")
            .count()
    }

    pub fn calls(&self) -> u64 {
        self.simulator.autotask().calls()
    }
}

pub fn line_in(store: &Store, organization_id: &str) -> LineRow {
    let lines = store.billing_lines(date("2026-11-30")).unwrap();
    lines
        .into_iter()
        .rfind(|line| line.organization_id == organization_id && line.corrects.is_none())
        .unwrap()
}

pub fn state_in(store: &Store, organization_id: &str) -> (State, Option<String>) {
    let line = line_in(store, organization_id);
    (line.state, line.error.map(|(code, _)| code))
}

pub struct Other {
    _folder: TempDir,
    pub store: Store,
    pub connection: Connection,
}

pub fn map(store: &Store, clock: &ManualClock, organization_id: &str, place: Option<Place>) {
    let input = mapping::Input {
        organization_id: organization_id.to_owned(),
        account: place.map(|place| place.company),
        contract: place.map(|place| place.contract),
        service: place.map(|place| place.service),
        excluded: None,
    };
    mapping::save(store, &input, &mapping::Names::default(), clock.now()).unwrap();
}

pub fn limits() -> Limits {
    Limits {
        settle: Settle::both(Duration::ZERO),
        spread: Spread::NONE,
        gives_way: None,
        wait_for_unclear: false,
    }
}

pub async fn pass_of(
    store: &Store,
    connection: &Connection,
    clock: &ManualClock,
    limits: Limits,
) -> Result<Report, PassError> {
    let cancel = CancellationToken::new();
    let report = pass::run(store, connection, clock, &limits, &cancel, &|_| {}).await?;
    Ok(*report.billing)
}

pub fn folder_source(folder: &std::path::Path) -> CloudDirect {
    CloudDirect {
        source: SourceKind::Folder,
        folder: Some(folder.to_owned()),
        ..CloudDirect::default()
    }
}
