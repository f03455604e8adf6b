//! What running work shares: the store, the secrets, the clock, and the connection to both
//! services, which is made once and kept until something it is made from changes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use secrecy::SecretString;
use sync::clock::Clock;
use sync::connect::{self, Connection, Secrets};
use sync::settings::SourceKind;
use sync::store::{Store, StoreError};
use tokio::sync::Mutex;

use super::Parts;
use crate::demo::Demo;
use crate::logging::Redactor;
use crate::secrets::{self, Name, Patience, Vault};
use crate::view::{CommandError, ErrorCode};

pub struct Context {
    pub store: Arc<Store>,
    pub vault: Arc<dyn Vault>,
    pub clock: Arc<dyn Clock>,
    pub redactor: Redactor,
    pub demo: Option<Demo>,
    /// Held while a login is tested: one test of each at a time.
    pub testing_autotask: Mutex<()>,
    pub testing_cloud_direct: Mutex<()>,
    connection: Mutex<Option<Arc<Connection>>>,
    /// A login was refused outside a pass: nothing more is sent until it has been tested again.
    refused: AtomicBool,
}

impl Context {
    pub fn new(parts: Parts) -> Self {
        Self {
            store: parts.store,
            vault: parts.vault,
            clock: parts.clock,
            redactor: parts.redactor,
            demo: parts.demo,
            testing_autotask: Mutex::new(()),
            testing_cloud_direct: Mutex::new(()),
            connection: Mutex::new(None),
            refused: AtomicBool::new(false),
        }
    }

    pub fn unlocked(&self) -> Result<bool, StoreError> {
        Ok(!self.was_refused() && sync::login::unlocked(&self.store)?)
    }

    /// Options and Mappings are closed until both logins have been tested, to the commands as on
    /// the screen.
    pub fn require_unlocked(&self) -> Result<(), CommandError> {
        if self.unlocked()? {
            return Ok(());
        }
        let (code, message) = if self.was_refused() || sync::login::refused(&self.store)?.is_some()
        {
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

    pub fn was_refused(&self) -> bool {
        self.refused.load(Ordering::Relaxed)
    }

    pub fn set_refused(&self, refused: bool) {
        self.refused.store(refused, Ordering::Relaxed);
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

    pub async fn connection(&self) -> Result<Arc<Connection>, CommandError> {
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
        let connection = Arc::new(connect::connect(&self.store, &secrets).await?);
        *kept = Some(Arc::clone(&connection));
        Ok(connection)
    }

    /// Settings or secrets have changed, or a login was refused.
    pub async fn disconnect(&self) {
        *self.connection.lock().await = None;
    }
}
