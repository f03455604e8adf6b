//! Starting and stopping the simulator.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::any;
use jiff::Timestamp;
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use url::Url;

use crate::clock::Clock;
use crate::door::{AutotaskDoor, CloudDirectDoor};
use crate::faults::Faults;
use crate::journal::Call;
use crate::shared::Shared;
use crate::wire::{CuttableListener, Wire};
use crate::{autotask, cloud_direct, control, world};

/// What world to make, and where to serve it.
#[derive(Clone)]
pub struct Config {
    pub seed: u64,
    /// Customers; each has a matching company in Autotask, some under a slightly other name.
    pub organizations: usize,
    /// Contracts of each customer at least. With 1, each has a running one, and some have others
    /// besides: expired, inactive, or of a type that has no services.
    pub contracts_per_customer: usize,
    /// Jobs that have finished before the start, spread over `history`.
    pub finished_jobs: usize,
    pub history: Duration,
    /// Jobs that keep finishing, on the simulator's clock; 0 for none.
    pub jobs_per_hour: f64,
    /// Simulator seconds per real second; 0 stops the clock.
    pub speed: f64,
    /// Where the clock starts; the real time if not given. With it the world is the same each time.
    pub start: Option<Timestamp>,
    /// 0 for any free port.
    pub autotask_port: u16,
    /// 0 for any free port.
    pub cloud_direct_port: u16,
    pub username: String,
    pub password: String,
    pub tracking_identifier: String,
    pub token: String,
    /// The quota of 10,000 calls an hour with its delays, and three threads per endpoint.
    pub limits: bool,
    /// Whether the journal keeps the bodies of requests and answers: up to 64 MiB, the oldest are
    /// forgotten first.
    pub keep_bodies: bool,
}

impl Default for Config {
    /// A small partner for a demo.
    fn default() -> Config {
        Config {
            seed: 1,
            organizations: 12,
            contracts_per_customer: 1,
            finished_jobs: 240,
            history: Duration::from_hours(30 * 24),
            jobs_per_hour: 60.0,
            speed: 1.0,
            start: None,
            autotask_port: 0,
            cloud_direct_port: 0,
            username: "api@demo-partner.example".to_owned(),
            password: "demo-password".to_owned(),
            tracking_identifier: "DEMOTRACKINGIDENTIFIER00001".to_owned(),
            token: "demo-token".to_owned(),
            limits: true,
            keep_bodies: false,
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("seed", &self.seed)
            .field("organizations", &self.organizations)
            .field("contracts_per_customer", &self.contracts_per_customer)
            .field("finished_jobs", &self.finished_jobs)
            .field("history", &self.history)
            .field("jobs_per_hour", &self.jobs_per_hour)
            .field("speed", &self.speed)
            .field("start", &self.start)
            .field("autotask_port", &self.autotask_port)
            .field("cloud_direct_port", &self.cloud_direct_port)
            .field("username", &self.username)
            .field("limits", &self.limits)
            .field("keep_bodies", &self.keep_bodies)
            .finish_non_exhaustive()
    }
}

/// Where the services listen, always on 127.0.0.1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Addresses {
    /// Zone look-up and the one zone, REST and SOAP.
    pub autotask: Url,
    /// The portal.
    pub cloud_direct: Url,
    /// The control interface; ends in `/control/`.
    pub control: Url,
}

/// What to log in with. Not shown by `Debug`.
#[derive(Clone, Serialize)]
pub struct Logins {
    pub username: String,
    pub password: String,
    pub tracking_identifier: String,
    pub token: String,
}

impl fmt::Debug for Logins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Logins")
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

/// Why the simulator did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Another program may be using it: choose another port, or 0 for any.
    #[error(
        "The simulator cannot listen on 127.0.0.1:{port}: {source}. Choose another port, or 0 for any free one."
    )]
    Port { port: u16, source: std::io::Error },
    #[error("The simulator's address {text} is not one: {source}.")]
    Address {
        text: String,
        source: url::ParseError,
    },
}

/// A running simulator. Dropping it stops it.
#[derive(Debug)]
pub struct Simulator {
    shared: Arc<Shared>,
    tasks: Vec<JoinHandle<()>>,
}

impl Simulator {
    /// Makes the world and serves it.
    ///
    /// # Errors
    /// If a port is taken.
    pub async fn start(config: Config) -> Result<Simulator, StartError> {
        let autotask = listen(config.autotask_port).await?;
        let cloud_direct = listen(config.cloud_direct_port).await?;
        let control = listen(0).await?;
        let addresses = Addresses {
            autotask: address(&autotask, "")?,
            cloud_direct: address(&cloud_direct, "")?,
            control: address(&control, "control/")?,
        };
        let logins = Logins {
            username: config.username.clone(),
            password: config.password.clone(),
            tracking_identifier: config.tracking_identifier.clone(),
            token: config.token.clone(),
        };
        let clock = Clock::start(config.start, config.speed);
        let world = world::make(&config, clock.now());
        let shared = Arc::new(Shared::new(clock, logins, addresses, &config, world));

        let autotask_router = Router::new()
            .fallback(any(autotask::server::serve))
            .with_state(Arc::clone(&shared));
        let portal_router = Router::new()
            .fallback(any(cloud_direct::server::serve))
            .with_state(Arc::clone(&shared));
        let tasks = vec![
            serve(autotask, autotask_router, &shared),
            serve(cloud_direct, portal_router, &shared),
            serve(control, control::router(Arc::clone(&shared)), &shared),
        ];
        Ok(Simulator { shared, tasks })
    }

    pub fn addresses(&self) -> &Addresses {
        &self.shared.addresses
    }

    pub fn logins(&self) -> &Logins {
        &self.shared.logins
    }

    /// The tenant from the inside: what stands in it, and what its administrator can change.
    pub fn autotask(&self) -> AutotaskDoor {
        AutotaskDoor(Arc::clone(&self.shared))
    }

    /// The portal from the inside.
    pub fn cloud_direct(&self) -> CloudDirectDoor {
        CloudDirectDoor(Arc::clone(&self.shared))
    }

    pub fn faults(&self) -> Faults {
        Faults(Arc::clone(&self.shared))
    }

    /// Every call so far, in order of arrival.
    pub fn journal(&self) -> Vec<Call> {
        self.shared.journal.calls()
    }

    /// Whether the journal keeps the bodies of calls from now on.
    pub fn keep_bodies(&self, keep: bool) {
        self.shared.journal.keep_bodies(keep);
    }

    pub fn now(&self) -> Timestamp {
        self.shared.now()
    }

    /// Moves the clock forward. What was to take effect meanwhile has done so.
    pub fn advance(&self, by: Duration) {
        self.shared.clock.advance(by);
        autotask::server::carry_out_late(&self.shared);
    }

    /// Moves the clock forward over a long time in which only so many jobs finish, however many the
    /// stream makes in an hour.
    pub fn skip(&self, by: Duration, jobs: u32) {
        let now = self.shared.now();
        let until = now.checked_add(by).unwrap_or(now);
        self.shared.portal().skip(now, until, jobs);
        self.shared.clock.advance(by);
    }

    /// Stops serving and waits until it has.
    pub async fn stop(mut self) {
        self.shared.stop.cancel();
        for task in std::mem::take(&mut self.tasks) {
            let aborter = task.abort_handle();
            if tokio::time::timeout(Duration::from_millis(500), task)
                .await
                .is_err()
            {
                aborter.abort();
            }
        }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.shared.stop.cancel();
    }
}

async fn listen(port: u16) -> Result<TcpListener, StartError> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpListener::bind(address)
        .await
        .map_err(|source| StartError::Port { port, source })
}

fn address(listener: &TcpListener, path: &str) -> Result<Url, StartError> {
    let local = listener
        .local_addr()
        .map_err(|source| StartError::Port { port: 0, source })?;
    let text = format!("http://{local}/{path}");
    Url::parse(&text).map_err(|source| StartError::Address { text, source })
}

fn serve(listener: TcpListener, router: Router, shared: &Arc<Shared>) -> JoinHandle<()> {
    let stop = shared.stop.clone();
    tokio::spawn(async move {
        let service = router.into_make_service_with_connect_info::<Wire>();
        let served = axum::serve(CuttableListener(listener), service)
            .with_graceful_shutdown(async move { stop.cancelled().await });
        if let Err(error) = served.await {
            tracing::debug!(%error, "a simulated service stopped");
        }
    })
}
