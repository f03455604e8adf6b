//! What running work shares: the store, the secrets, the clock, and the connection to both
//! services, which is made once and kept until something it is made from changes.

use std::sync::{Arc, Mutex as Lock, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, civil::Date};
use secrecy::SecretString;
use sync::billing::{Reconciliation, Spread};
use sync::clock::Clock;
use sync::connect::{self, Connection, Secrets};
use sync::login::Service;
use sync::pass::Limits;
use sync::settings::SourceKind;
use sync::store::{Store, StoreError};
use tokio::sync::{Mutex, MutexGuard, watch};

use super::Parts;
use super::input::{Handle, Report};
use super::refusal::MayRefuse;
use crate::demo::{self, Demo};
use crate::logging::Redactor;
use crate::secrets::{self, Name, Patience, Vault};
use crate::view::{CommandError, ErrorCode};

pub struct Context {
    pub store: Arc<Store>,
    pub vault: Arc<dyn Vault>,
    pub clock: Arc<dyn Clock>,
    pub redactor: Redactor,
    pub demo: Option<Demo>,
    spread: Spread,
    handle: Handle,
    /// Held while a login is tested: one test of each at a time.
    testing_autotask: Mutex<()>,
    testing_cloud_direct: Mutex<()>,
    /// How many logins are being tested.
    tests: watch::Sender<u32>,
    connection: Mutex<Option<Arc<Connection>>>,
    /// Held by a pass, and by what posts usage: one of them at a time.
    pub sending: Mutex<()>,
    /// The reconciliation that was asked for last.
    compared: Lock<Option<Arc<Reconciliation>>>,
}

/// While it is there, a login is being tested.
pub struct Testing<'a> {
    _one_at_a_time: MutexGuard<'a, ()>,
    tests: &'a watch::Sender<u32>,
}

impl Drop for Testing<'_> {
    fn drop(&mut self) {
        self.tests.send_modify(|tests| *tests -= 1);
    }
}

impl Context {
    pub fn new(parts: Parts, handle: Handle) -> Self {
        Self {
            store: parts.store,
            vault: parts.vault,
            clock: parts.clock,
            redactor: parts.redactor,
            demo: parts.demo,
            spread: parts.spread,
            handle,
            testing_autotask: Mutex::new(()),
            testing_cloud_direct: Mutex::new(()),
            tests: watch::Sender::new(0),
            connection: Mutex::new(None),
            sending: Mutex::new(()),
            compared: Lock::new(None),
        }
    }

    /// How often jobs are asked for.
    pub fn check_every(&self) -> SignedDuration {
        if self.demo.is_some() {
            return SignedDuration::try_from(demo::CHECK_EVERY).unwrap_or(SignedDuration::MAX);
        }
        let settings = self.store.settings().unwrap_or_default();
        settings.general.check_every()
    }

    /// How patient what sends is.
    pub fn limits(&self) -> Limits {
        Limits {
            spread: self.spread,
            gives_way: Duration::try_from(self.check_every()).ok(),
            ..Limits::default()
        }
    }

    pub fn keep_compared(&self, compared: Arc<Reconciliation>) {
        let mut kept = self.compared.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = Some(compared);
    }

    /// If it is the one that was asked for last.
    pub fn compared(&self, date: Date) -> Option<Arc<Reconciliation>> {
        let kept = self.compared.lock().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref()
            .filter(|compared| compared.invoice_date == date)
            .map(Arc::clone)
    }

    pub fn unlocked(&self) -> Result<bool, StoreError> {
        sync::login::unlocked(&self.store)
    }

    /// Options and Mappings are closed until both logins have been tested, to the commands as on
    /// the screen.
    pub fn require_unlocked(&self) -> Result<(), CommandError> {
        if self.unlocked()? {
            return Ok(());
        }
        let (code, message) = if sync::login::refused(&self.store)?.is_some() {
            (
                ErrorCode::LoginRefused,
                "A login was refused. Test it again on Credentials.",
            )
        } else {
            (
                ErrorCode::NotTested,
                "Test the logins of Autotask and Cloud Direct on Credentials first.",
            )
        };
        Err(CommandError::new(code, message))
    }

    /// What a service answered to a request. A login that it refused stops everything, wherever it
    /// was met, and after a restart too.
    pub fn heed<T, E>(&self, answer: Result<T, E>) -> Result<T, CommandError>
    where
        E: MayRefuse + Into<CommandError>,
    {
        answer.map_err(|error| {
            if let Some(service) = error.refused_by() {
                let now = self.clock.now();
                let kept = self.store.login_refused(service, &error.to_string(), now);
                if let Err(error) = kept {
                    tracing::error!(%error, "a refused login could not be remembered");
                }
                self.stop_everything();
            }
            error.into()
        })
    }

    /// A login stands as refused in the store from now on.
    pub fn stop_everything(&self) {
        self.handle.report(Report::LoginRefused);
    }

    /// Until what it returns is dropped, nobody gets a connection.
    pub fn start_test(&self, service: Service) -> Result<Testing<'_>, CommandError> {
        let running = match service {
            Service::Autotask => &self.testing_autotask,
            Service::CloudDirect => &self.testing_cloud_direct,
        };
        let one_at_a_time = running.try_lock().map_err(|_| {
            CommandError::new(ErrorCode::Busy, "This login is being tested already.")
        })?;
        self.tests.send_modify(|tests| *tests += 1);
        Ok(Testing {
            _one_at_a_time: one_at_a_time,
            tests: &self.tests,
        })
    }

    /// A secret for background work; from now on it is blanked in the log.
    pub async fn secret(
        &self,
        name: Name,
        patience: Patience,
    ) -> Result<SecretString, secrets::Error> {
        let secret = self.vault.read(name, patience).await?;
        self.redactor.learn(&secret);
        Ok(secret)
    }

    /// Not while a login is tested: the test keeps what passed, then the secret, and in between
    /// the former secret would be refused.
    pub async fn connection(&self) -> Result<Arc<Connection>, CommandError> {
        // The sender lives as long as this, so there is an end to wait for.
        let _ = self.tests.subscribe().wait_for(|tests| *tests == 0).await;
        let mut kept = self.connection.lock().await;
        if let Some(connection) = &*kept {
            return Ok(Arc::clone(connection));
        }
        let settings = self.store.settings()?;
        self.redactor
            .learn_text(&settings.autotask.tracking_identifier);
        let token = match settings.cloud_direct.source {
            SourceKind::Portal => Some(
                self.secret(Name::CloudDirectToken, Patience::Background)
                    .await?,
            ),
            SourceKind::Folder => None,
        };
        let secrets = Secrets {
            autotask_password: self
                .secret(Name::AutotaskPassword, Patience::Background)
                .await?,
            cloud_direct_token: token,
        };
        let connected = connect::connect(&self.store, &secrets).await;
        let connection = Arc::new(self.heed(connected)?);
        *kept = Some(Arc::clone(&connection));
        Ok(connection)
    }

    /// Settings or secrets have changed, or a login was refused. What is running goes on with the
    /// connection that it has.
    pub async fn disconnect(&self) {
        *self.connection.lock().await = None;
    }
}
