//! The two services in the test's own process, and the settings file that leads the app to them.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use simulator::{
    Call, Config, Fault, Job, JobKind, NewJob, Outcome, Service, Simulator, What, When,
};

pub const BOTH: [Api; 2] = [Api::Rest, Api::Soap];

/// The partner's time zone: not the simulator's, not the computer's.
pub const ZONE: &str = "Europe/Berlin";

/// Which of Autotask's interfaces the app uses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Api {
    Rest,
    Soap,
}

/// Where the jobs come from.
#[derive(Clone, Copy)]
pub enum Source<'a> {
    Portal,
    Folder(&'a Path),
}

/// Running services. Their threads are their own, so that a test may block.
pub struct Services {
    pub simulator: Simulator,
    runtime: tokio::runtime::Runtime,
}

/// A row of Alert Mapping as the settings file has it, for each outcome that makes tickets.
pub struct Row {
    pub name: &'static str,
    pub outcome: Outcome,
    pub priority: &'static str,
    pub queue: &'static str,
    pub days_due: u16,
}

/// Each with values of its own, so that a mix-up shows.
pub const ROWS: [Row; 3] = [
    Row {
        name: "success",
        outcome: Outcome::Success,
        priority: "Low",
        queue: "Backup & Recovery",
        days_due: 7,
    },
    Row {
        name: "warning",
        outcome: Outcome::Warning,
        priority: "Medium",
        queue: "Monitoring Alert",
        days_due: 3,
    },
    Row {
        name: "error",
        outcome: Outcome::Error,
        priority: "High",
        queue: "Level I Support",
        days_due: 0,
    },
];

impl Services {
    /// So many customers, and so many finished jobs of which tickets are made: backups and
    /// replications. Restores and other jobs come on top.
    pub fn with_jobs(customers: usize, jobs: usize) -> Services {
        Services::start(customers, jobs, Config::default())
    }

    pub fn start(customers: usize, jobs: usize, config: Config) -> Services {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let config = Config {
            seed: 11,
            organizations: customers,
            finished_jobs: jobs,
            history: Duration::from_hours(20 * 24),
            jobs_per_hour: 0.0,
            speed: 0.0,
            ..config
        };
        let simulator = runtime.block_on(Simulator::start(config)).unwrap();
        let services = Services { simulator, runtime };
        services.fill_up(jobs);
        services
    }

    /// What was a restore or another job in the seeded world is made up for.
    fn fill_up(&self, jobs: usize) {
        let portal = self.simulator.cloud_direct();
        let organizations = portal.organizations();
        let missing = jobs - self.jobs().iter().filter(|job| makes_ticket(job)).count();
        let words = ["finished", "failed", "canceled", "success"];
        for number in 0..missing {
            let minutes = i64::try_from(number * 97 % (20 * 24 * 60) + 5).unwrap();
            let at = number * 7 % organizations.len();
            let job = NewJob {
                organization_id: Some(organizations[at].id.clone()),
                system: Some(format!("SRV-{number:03}")),
                status: Some(words[number % words.len()].to_owned()),
                message: (number % 2 == 0).then(|| format!("Made job {number}.\nTwo lines.")),
                finished_at: Some(self.simulator.now() - SignedDuration::from_mins(minutes)),
                ..NewJob::default()
            };
            portal.finish_job(job).unwrap();
        }
    }

    /// Where both listen, to be started there again.
    pub fn ports(&self) -> (u16, u16) {
        let addresses = self.simulator.addresses();
        let port = |address: &url::Url| address.port().unwrap();
        (port(&addresses.autotask), port(&addresses.cloud_direct))
    }

    /// Stops serving, and waits until it has.
    pub fn stop(self) {
        self.runtime.block_on(self.simulator.stop());
    }

    /// All finished jobs.
    pub fn jobs(&self) -> Vec<Job> {
        let jobs = self.simulator.cloud_direct().jobs().into_iter();
        jobs.filter(|job| job.finished_at.is_some()).collect()
    }

    /// So many tickets the app has made.
    pub fn made(&self) -> usize {
        self.simulator.autotask().tickets().len()
    }

    pub fn calls(&self, service: Service) -> Vec<Call> {
        let calls = self.simulator.journal().into_iter();
        calls.filter(|call| call.service == service).collect()
    }

    pub fn fault(&self, service: Service, on: Option<&str>, when: When, what: What) {
        self.simulator.faults().add(Fault {
            service,
            on: on.map(str::to_owned),
            when,
            what,
        });
    }

    /// Which account each organization is mapped to: none to the one that has its name.
    pub fn accounts(&self) -> Vec<(String, i64)> {
        let mut companies = self.simulator.autotask().companies();
        companies.retain(|company| company.id != 0 && company.active);
        let organizations = self.simulator.cloud_direct().organizations().into_iter();
        organizations
            .enumerate()
            .map(|(at, organization)| (organization.id, companies[(at + 3) % companies.len()].id))
            .collect()
    }

    /// The moment from which jobs make tickets: before all of them.
    pub fn since(&self) -> Timestamp {
        self.simulator.now() - SignedDuration::from_hours(25 * 24)
    }

    /// A settings file with everything in it; `on` are the rows that are switched on.
    pub fn settings(&self, api: Api, source: Source<'_>, on: &[&str]) -> String {
        let mut text = self.connections(api, source);
        let since = self.since();
        write!(text, "\n[alerts]\njobs_since = \"{since}\"\n").unwrap();
        for row in &ROWS {
            let Row {
                name,
                priority,
                queue,
                days_due,
                ..
            } = row;
            let enabled = on.contains(name);
            write!(
                text,
                "\n[alerts.{name}]\nenabled = {enabled}\npriority = \"{priority}\"\n\
                 queue = \"{queue}\"\ndays_due = {days_due}\n"
            )
            .unwrap();
        }
        write!(
            text,
            "\n[alerts.digest]\nenabled = false\n\n[general]\ntime_zone = \"{ZONE}\"\n"
        )
        .unwrap();
        for (organization, account) in self.accounts() {
            write!(
                text,
                "\n[[mapping]]\norganization = \"{organization}\"\naccount = {account}\n"
            )
            .unwrap();
        }
        text
    }

    /// The same with the Daily Digest, which goes out at this time of day.
    pub fn settings_with_digests(
        &self,
        api: Api,
        source: Source<'_>,
        on: &[&str],
        time: &str,
    ) -> String {
        self.settings(api, source, on)
            .replace(
                "[alerts]\n",
                &format!("[alerts]\ndigest_time = \"{time}\"\n"),
            )
            .replace(
                "[alerts.digest]\nenabled = false\n",
                "[alerts.digest]\nenabled = true\npriority = \"Low\"\n\
                 queue = \"Monitoring Alert\"\n",
            )
    }

    /// The same with billing, which `billing` says more about: each organization is mapped to the first
    /// service of a customer's contract *Cloud Backup*.
    pub fn settings_with_billing(&self, api: Api, source: Source<'_>, billing: &str) -> String {
        let whole = self.settings(api, source, &["error"]);
        let (rest, _) = whole.split_once("\n[[mapping]]").unwrap();
        let mut text = format!("{rest}\n[billing]\nenabled = true\n{billing}\n");
        let tenant = self.simulator.autotask();
        let contracts = tenant.contracts().into_iter();
        let contract_of: HashMap<i64, i64> = contracts
            .filter(|one| one.name == "Cloud Backup")
            .map(|one| (one.company_id, one.id))
            .collect();
        let services = tenant.contract_services().into_iter().rev();
        let service_of: HashMap<i64, i64> = services.map(|one| (one.contract_id, one.id)).collect();
        let organizations = self.simulator.cloud_direct().organizations();
        for (organization, company) in organizations.iter().zip(&tenant.companies()[1..]) {
            let organization = &organization.id;
            let account = company.id;
            let contract = contract_of[&account];
            let service = service_of[&contract];
            write!(
                text,
                "\n[[mapping]]\norganization = \"{organization}\"\naccount = {account}\n\
                 contract = {contract}\nservice = {service}\n"
            )
            .unwrap();
        }
        text
    }

    /// The part of the settings file that says where the two services are.
    pub fn connections(&self, api: Api, source: Source<'_>) -> String {
        let addresses = self.simulator.addresses();
        let logins = self.simulator.logins();
        let api = match api {
            Api::Rest => "rest",
            Api::Soap => "soap",
        };
        let mut text = format!(
            "[autotask]\nusername = \"{}\"\ntracking_identifier = \"{}\"\napi = \"{api}\"\n\
             zone = \"auto\"\nzone_lookup = \"{}\"\n\n[cloud_direct]\n",
            logins.username, logins.tracking_identifier, addresses.autotask
        );
        match source {
            Source::Portal => {
                let address = &addresses.cloud_direct;
                writeln!(text, "source = \"portal\"\naddress = \"{address}\"").unwrap();
            }
            Source::Folder(folder) => {
                let folder = folder.display();
                writeln!(text, "source = \"folder\"\nfolder = '{folder}'").unwrap();
            }
        }
        text
    }
}

/// Whether tickets are made of jobs of this kind.
pub fn makes_ticket(job: &Job) -> bool {
    match job.kind {
        JobKind::Backup | JobKind::Replication => job.finished_at.is_some(),
        JobKind::Restore | JobKind::Other => false,
    }
}
