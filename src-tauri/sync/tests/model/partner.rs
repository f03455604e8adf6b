//! A partner: Autotask and the portal as they really are, the computers, and what is known of the tickets.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use jiff::{SignedDuration, civil, tz::TimeZone};
use simulator::{Config, PicklistValue, Simulator};
use sync::{
    alerts::Kind,
    settings::{AlertRow, Alerts, General, MappingEntry, Pick, Settings},
    store::Store,
};

use crate::{
    computer::{Computer, Origin},
    history::{History, RowShape, Shape, ZONES},
    random::Random,
    reference::{Book, Customer, Key, Options, Row, Ticket},
    world,
};

/// What a check says when something is wrong.
pub type Checked = Result<(), String>;

/// Fails the history with a sentence.
macro_rules! ensure {
    ($holds:expr, $($told:tt)+) => {
        if !$holds {
            return Err(format!($($told)+));
        }
    };
}
pub(crate) use ensure;

pub struct Partner {
    pub simulator: Simulator,
    pub shape: Shape,
    pub computers: Vec<Computer>,
    pub origin: Origin,
    /// As they are on the screen, saved or not.
    pub options: Options,
    pub by_label: BTreeSet<&'static str>,
    pub saved: bool,
    pub zone: TimeZone,
    pub organizations: Vec<String>,
    pub customers: BTreeMap<String, Customer>,
    pub accounts: Vec<i64>,
    pub priorities: Vec<PicklistValue>,
    pub queues: Vec<PicklistValue>,
    /// As they are shown.
    pub jobs: Vec<simulator::Job>,
    pub exports: usize,
    /// Minutes since the portal has begun to keep something back.
    pub kept_back_for: i64,
    /// The tickets that are there, with the computer that made them.
    pub made: BTreeMap<Key, Made>,
    pub test_tickets: BTreeSet<Key>,
    /// The newest ticket that has been looked at.
    pub looked_at: i64,
    pub notes_looked_at: usize,
    /// What the tickets say, by key.
    pub titles: BTreeMap<Key, String>,
    pub calls: Calls,
    /// What may still arrive of what was sent before.
    pub on_its_way: Vec<OnItsWay>,
    pub seen: Seen,
    mixes: Option<Arc<Mutex<Random>>>,
}

/// What a history came to, so that one can tell whether histories come to much.
#[derive(Debug, Default, Clone, Copy)]
pub struct Seen {
    pub passes: u64,
    pub killed: u64,
    /// Killed with a request under way that took effect after it.
    pub arrived_later: u64,
    pub cancelled: u64,
    pub refused: u64,
    pub events: u64,
    pub digests: u64,
    pub notes: u64,
    pub tests: u64,
    pub found: u64,
    pub unclear: u64,
    pub need_attention: u64,
    pub taken_back: u64,
    pub rounds: u64,
}

impl std::ops::AddAssign for Seen {
    fn add_assign(&mut self, other: Self) {
        self.passes += other.passes;
        self.killed += other.killed;
        self.arrived_later += other.arrived_later;
        self.cancelled += other.cancelled;
        self.refused += other.refused;
        self.events += other.events;
        self.digests += other.digests;
        self.notes += other.notes;
        self.tests += other.tests;
        self.found += other.found;
        self.unclear += other.unclear;
        self.need_attention += other.need_attention;
        self.taken_back += other.taken_back;
        self.rounds += other.rounds;
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Made {
    pub ticket: i64,
    /// None: by one that was lost since.
    pub by: Option<usize>,
}

/// What a pass was allowed to send, as long as something of it may be on its way.
pub struct OnItsWay {
    pub computer: usize,
    pub allowed: BTreeMap<Key, Ticket>,
    /// Autotask may be at work on it until then. None: it is still being sent, by a program that was killed.
    pub until: Option<jiff::Timestamp>,
}

/// Calls to Autotask: how many have been sent since all had arrived that were sent before.
#[derive(Default)]
pub struct Calls {
    arrived: u64,
    sent: u64,
}

impl Calls {
    pub fn sent(&mut self, count: u64) {
        self.sent += count;
    }

    pub fn all_arrived(&mut self, arrived: u64) -> bool {
        let all = arrived >= self.arrived + self.sent;
        if all {
            self.begin_anew(arrived);
        }
        all
    }

    pub fn begin_anew(&mut self, arrived: u64) {
        *self = Self { arrived, sent: 0 };
    }
}

impl Partner {
    pub async fn new(history: &History) -> Self {
        let shape = history.shape.clone();
        let config = Config {
            seed: history.seed,
            organizations: shape.organizations,
            finished_jobs: 0,
            history: Duration::from_hours(1),
            jobs_per_hour: 0.0,
            speed: 0.0,
            start: Some(shape.start.parse().unwrap()),
            limits: false,
            ..Config::default()
        };
        let simulator = Simulator::start(config).await.unwrap();
        simulator.cloud_direct().set_page_size(shape.page);
        let tenant = simulator.autotask();
        let companies = tenant.companies().into_iter();
        let accounts: Vec<i64> = companies
            .filter(|company| company.id != 0 && company.active)
            .map(|company| company.id)
            .collect();
        let active = |values: Vec<PicklistValue>| -> Vec<PicklistValue> {
            values.into_iter().filter(|value| value.active).collect()
        };
        let (priorities, queues) = (active(tenant.priorities()), active(tenant.queues()));
        let listed = simulator.cloud_direct().organizations().into_iter();
        let organizations: Vec<String> = listed.map(|one| one.id).collect();
        let customers = organizations.iter().zip(&shape.mapped);
        let customers = customers.filter_map(|(organization, account)| {
            let account = account.map(|index| accounts[index % accounts.len()])?;
            let customer = Customer {
                account: Some(account),
                excluded: false,
            };
            Some((organization.clone(), customer))
        });
        let row = |kind: usize| {
            let RowShape {
                on,
                priority,
                queue,
                days_due,
            } = shape.rows[kind];
            Row {
                on,
                priority: Some(id(&priorities[priority % priorities.len()])),
                queue: Some(id(&queues[queue % queues.len()])),
                days_due,
            }
        };
        let origin = if shape.folder {
            Origin::Folder(Arc::new(crate::computer::folder()))
        } else {
            Origin::portal(&simulator)
        };
        let mixes = shape
            .mixed
            .then(|| Arc::new(Mutex::new(Random::new(history.seed + 1))));
        let mut partner = Self {
            options: Options {
                success: row(0),
                warning: row(1),
                error: row(2),
                digest: row(3),
                digest_time: civil::time(shape.digest_hour, 0, 0, 0),
                digest_without_jobs: true,
            },
            customers: customers.collect(),
            zone: TimeZone::get(ZONES[shape.zone]).unwrap(),
            saved: shape.saved,
            by_label: BTreeSet::new(),
            computers: Vec::new(),
            jobs: Vec::new(),
            exports: 0,
            kept_back_for: 0,
            made: BTreeMap::new(),
            test_tickets: BTreeSet::new(),
            looked_at: tenant.tickets().last().map_or(0, |ticket| ticket.id),
            notes_looked_at: tenant.ticket_notes().len(),
            titles: BTreeMap::new(),
            calls: Calls::default(),
            on_its_way: Vec::new(),
            seen: Seen::default(),
            simulator,
            shape,
            origin,
            organizations,
            accounts,
            priorities,
            queues,
            mixes,
        };
        partner.keys_are_hidden(partner.shape.hidden);
        let since = partner.shape.since.map(SignedDuration::from_hours);
        let since = since.map(|ago| partner.simulator.now() - ago);
        for _ in 0..partner.shape.computers {
            let computer = partner.install(SignedDuration::ZERO, since).await;
            partner.computers.push(computer);
        }
        partner
    }

    /// A new installation with the settings as they are now.
    pub async fn install(
        &self,
        offset: SignedDuration,
        since: Option<jiff::Timestamp>,
    ) -> Computer {
        let now = self.simulator.now() + offset;
        let mut book = Book::new(self.zone.clone());
        if self.saved {
            book.save_options(&self.options, since, now);
        }
        for (organization, customer) in &self.customers {
            book.set_customer(organization, *customer);
        }
        let settings = self.settings();
        let prepare = |store: &Store| {
            store.save_settings(&settings, now).unwrap();
            if self.saved {
                store.save_alerts(&self.alerts(since), now).unwrap();
            }
            let customers = self.customers.iter();
            let entries: Vec<MappingEntry> = customers
                .map(|(organization, customer)| entry(organization, *customer))
                .collect();
            store.apply_mappings(&entries, now).unwrap();
        };
        let source = (self.origin.clone(), self.mixes.clone());
        let mut computer = Computer::new(&self.simulator, source, (book, offset), prepare).await;
        computer.hurried = self.shape.hurried;
        computer
    }

    fn settings(&self) -> Settings {
        let address = self.simulator.addresses().autotask.to_string();
        let mut autotask = world::autotask_settings(&self.simulator, self.shape.api);
        autotask.zone = sync::settings::ZoneChoice::Address(address);
        let cloud_direct = match &self.origin {
            Origin::Portal(_) => world::portal_settings(&self.simulator),
            Origin::Folder(exports) => world::folder_settings(exports.path()),
        };
        Settings {
            autotask,
            cloud_direct,
            general: General {
                time_zone: self.zone.iana_name().unwrap().to_owned(),
                ..General::default()
            },
            ..Settings::default()
        }
    }

    pub fn alerts(&self, since: Option<jiff::Timestamp>) -> Alerts {
        let row = |kind: Kind| {
            let row = self.options.row(kind);
            let by_label = self.by_label.contains(kind.name());
            let pick = |chosen: Option<i64>, values: &[PicklistValue]| {
                let chosen = chosen?;
                let value = values.iter().find(|value| id(value) == chosen);
                Some(match value.filter(|_| by_label) {
                    Some(value) => Pick::Label(value.label.clone()),
                    None => Pick::Id(chosen),
                })
            };
            AlertRow {
                enabled: row.on,
                priority: pick(row.priority, &self.priorities),
                queue: pick(row.queue, &self.queues),
                days_due: row.days_due,
            }
        };
        let [success, warning, error, digest] = Kind::ALL.map(row);
        Alerts {
            success,
            warning,
            error,
            digest,
            digest_time: self.options.digest_time,
            digest_without_jobs: self.options.digest_without_jobs,
            jobs_since: since,
        }
    }

    /// Options as they are on the screen are saved, on each computer.
    pub fn save_options(&mut self, since: Option<jiff::Timestamp>) {
        self.saved = true;
        let alerts = self.alerts(since);
        for computer in &mut self.computers {
            let now = computer.now();
            computer.store().save_alerts(&alerts, now).unwrap();
            computer.book.save_options(&self.options, since, now);
        }
    }
}

pub fn entry(organization: &str, customer: Customer) -> MappingEntry {
    MappingEntry {
        organization: organization.to_owned(),
        account: customer.account,
        excluded: customer.excluded.then(|| "ours".to_owned()),
        ..MappingEntry::default()
    }
}

pub fn id(value: &PicklistValue) -> i64 {
    value.id.parse().unwrap()
}
