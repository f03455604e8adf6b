//! The real controller with a recorder for a desktop and the simulator for both services.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::TimeZone;
use secrecy::SecretString;
use simulator::{Config, Fault, Service, Simulator, What, When};
use sync::billing::Spread;
use sync::clock::ManualClock;
use sync::pause::Length;
use sync::store::Store;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use super::recorder::{Did, Recorder};
use crate::controller::{Controller, Handle, Input, Parts, Request};
use crate::logging::Redactor;
use crate::secrets::{Memory, Vault};
use crate::view::{
    ActivityFilter, ActivityPage, ActivityQuery, ApiChoice, AppView, AutotaskInput,
    CloudDirectInput, CommandError, MappingInput, MappingRow, Options, OptionsView, SourceChoice,
    StatusState, TestView,
};

pub const PASSWORD: &str = "demo-password";

pub struct App {
    pub handle: Handle,
    pub desk: Recorder,
    pub clock: Arc<ManualClock>,
    pub simulator: Simulator,
    pub folder: TempDir,
    vault: Arc<dyn Vault>,
    running: JoinHandle<()>,
}

pub struct Setting {
    pub hidden: bool,
    pub no_tray: bool,
    pub vault: Arc<dyn Vault>,
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            hidden: true,
            no_tray: false,
            vault: Arc::new(Memory::default()),
        }
    }
}

/// Of one and the same day, here: no Daily Digest and no invoice date comes meanwhile.
fn noon() -> Timestamp {
    let noon = date(2026, 11, 18).at(12, 0, 0, 0);
    TimeZone::system().to_timestamp(noon).unwrap()
}

impl App {
    pub async fn start() -> Self {
        Self::start_with(Setting::default()).await
    }

    pub async fn start_with(setting: Setting) -> Self {
        let simulator = Simulator::start(Config {
            organizations: 3,
            finished_jobs: 40,
            jobs_per_hour: 0.0,
            limits: false,
            start: Some(noon()),
            ..Config::default()
        })
        .await
        .unwrap();
        Self::start_in(tempfile::tempdir().unwrap(), simulator, setting)
    }

    /// Starts the app again on what was left, secrets included.
    pub async fn restart(self) -> Self {
        self.handle.send(Input::Quit);
        self.running.await.unwrap();
        let setting = Setting {
            vault: self.vault,
            ..Setting::default()
        };
        Self::start_in(self.folder, self.simulator, setting)
    }

    fn start_in(folder: TempDir, simulator: Simulator, setting: Setting) -> Self {
        let desk = Recorder::new();
        desk.look(|desk| desk.no_tray = setting.no_tray);
        let clock = Arc::new(ManualClock::new(noon()));
        let (handle, inputs) = Handle::new();
        let parts = Parts {
            store: Arc::new(Store::open(folder.path()).unwrap()),
            vault: Arc::clone(&setting.vault),
            clock: clock.clone(),
            redactor: Redactor::default(),
            demo: None,
            spread: Spread::NONE,
            hidden: setting.hidden,
        };
        let controller = Controller::new(desk.clone(), parts, handle.clone(), inputs);
        Self {
            handle,
            desk,
            clock,
            simulator,
            folder,
            vault: setting.vault,
            running: tokio::spawn(controller.run()),
        }
    }

    pub async fn view(&self) -> AppView {
        self.handle.ask(Request::AppView).await.unwrap()
    }

    pub fn autotask_calls(&self) -> usize {
        self.simulator
            .journal()
            .iter()
            .filter(|call| call.service == Service::Autotask)
            .count()
    }

    pub async fn test_autotask(&self, password: &str) -> TestView {
        let input = AutotaskInput {
            username: self.simulator.logins().username.clone(),
            password: Some(SecretString::from(password.to_owned())),
            tracking_identifier: self.simulator.logins().tracking_identifier.clone(),
            api: ApiChoice::Rest,
            zone: "auto".to_owned(),
            zone_lookup: self.simulator.addresses().autotask.to_string(),
            soap_times: crate::view::SoapTimes::Eastern,
        };
        self.handle
            .ask(|reply| Request::TestAutotask(input, reply))
            .await
            .unwrap()
    }

    pub async fn test_cloud_direct(&self) -> TestView {
        let input = CloudDirectInput {
            source: SourceChoice::Portal,
            address: self.simulator.addresses().cloud_direct.to_string(),
            token: Some(SecretString::from("demo-token")),
            folder: String::new(),
        };
        self.handle
            .ask(|reply| Request::TestCloudDirect(input, reply))
            .await
            .unwrap()
    }

    pub async fn test_both(&self) {
        assert_eq!(self.test_autotask(PASSWORD).await.passed, Some(true));
        assert_eq!(self.test_cloud_direct().await.passed, Some(true));
    }

    pub async fn options(&self) -> Result<OptionsView, CommandError> {
        self.handle.ask(Request::OptionsView).await
    }

    /// Every outcome on, from the beginning of time.
    pub async fn save_options(&self) -> OptionsView {
        let view = self.options().await.unwrap();
        let mut options = view.options;
        let alerts = &mut options.alerts;
        for row in [
            &mut alerts.success,
            &mut alerts.warning,
            &mut alerts.error,
            &mut alerts.digest,
        ] {
            row.enabled = true;
            row.priority = Some(view.priorities[0].id);
            row.queue = Some(view.queues[0].id);
        }
        alerts.jobs_since = Some("2020-01-01T00:00:00Z".to_owned());
        self.try_save_options(options).await.unwrap()
    }

    pub async fn try_save_options(&self, options: Options) -> Result<OptionsView, CommandError> {
        self.handle
            .ask(|reply| Request::SaveOptions(Box::new(options), reply))
            .await
    }

    pub async fn map(&self, organization: &str, account: i64) -> Result<MappingRow, CommandError> {
        let input = MappingInput {
            organization_id: organization.to_owned(),
            account: Some(account),
            contract: None,
            service: None,
            excluded: None,
        };
        self.handle
            .ask(|reply| Request::SaveMapping(input, reply))
            .await
    }

    /// Tested, options saved, and the pass that follows has ended.
    pub async fn set_up() -> Self {
        let app = Self::start().await;
        app.test_both().await;
        app.save_options().await;
        app.settled().await;
        app
    }

    /// A pass has come to its end, and none is running.
    pub async fn settled(&self) {
        self.desk
            .until(|desk| {
                desk.view.as_ref().is_some_and(|view| {
                    view.status.last_sync.is_some() && view.status.state != StatusState::Working
                })
            })
            .await;
    }

    /// One that what was done before has started, if it did.
    pub async fn until_the_pass_ends(&self) {
        // The controller starts what is due after it has answered.
        self.view().await;
        while self.view().await.status.state == StatusState::Working {
            self.desk
                .until(|desk| {
                    desk.view
                        .as_ref()
                        .is_some_and(|view| view.status.state != StatusState::Working)
                })
                .await;
        }
    }

    pub async fn status_becomes(&self, state: StatusState) {
        self.desk
            .until(|desk| {
                desk.view
                    .as_ref()
                    .is_some_and(|view| view.status.state == state)
            })
            .await;
    }

    pub async fn activity(&self) -> ActivityPage {
        let query = ActivityQuery {
            filter: ActivityFilter::All,
            search: String::new(),
            before: None,
            limit: 500,
        };
        self.handle
            .ask(|reply| Request::ActivityView(query, reply))
            .await
            .unwrap()
    }

    pub async fn sync_now(&self) -> Result<(), CommandError> {
        self.handle.ask(Request::SyncNow).await
    }

    /// So many have begun so far.
    pub fn passes(&self) -> usize {
        let calls = self.simulator.journal().into_iter();
        calls.filter(|call| call.operation == "jobs").count()
    }

    /// Something that goes wrong with each call, until the faults are cleared.
    pub fn fault(&self, service: Service, on: Option<&str>, what: What) {
        self.simulator.faults().add(Fault {
            service,
            on: on.map(str::to_owned),
            when: When::Always,
            what,
        });
    }

    pub async fn pause(&self, length: Length) {
        self.handle
            .ask(|reply| Request::Pause(length, reply))
            .await
            .unwrap();
    }

    /// Lets time pass; the controller looks at the clock with the next input.
    pub async fn time_passes(&self, by: Duration) {
        self.clock.advance(by.try_into().unwrap());
        self.view().await;
    }

    pub async fn ends(self) -> Recorder {
        self.running.await.unwrap();
        assert_eq!(self.desk.did(&Did::Quit), 1);
        self.desk
    }
}
