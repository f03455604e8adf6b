//! The two secrets: the Autotask password and the Cloud Direct token.
//!
//! They live in the operating system's keychain and nowhere else. [`Vault`] is the seam; behind it
//! are the [`Keychain`] (one thread of its own with a time limit), [`Memory`] (the demo, tests),
//! [`Session`] (the keychain, with memory for this run where there is none: the app works, and
//! says that the secrets are gone when it quits) and [`Environment`] (the command line).

mod environment;
mod keychain;
mod memory;
mod session;

use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;

pub use environment::Environment;
pub use keychain::Keychain;
pub use memory::Memory;
pub use session::Session;

/// The service name under which the keychain lists the secrets.
pub const SERVICE: &str = "Autotask Integration";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Name {
    AutotaskPassword,
    CloudDirectToken,
}

impl Name {
    pub const ALL: [Name; 2] = [Name::AutotaskPassword, Name::CloudDirectToken];

    /// As the keychain and the environment know it.
    fn key(self) -> &'static str {
        match self {
            Name::AutotaskPassword => "autotask-password",
            Name::CloudDirectToken => "cloud-direct-token",
        }
    }

    pub fn variable(self) -> &'static str {
        match self {
            Name::AutotaskPassword => "AUTOTASK_PASSWORD",
            Name::CloudDirectToken => "CLOUD_DIRECT_TOKEN",
        }
    }

    /// As a sentence has it.
    pub fn words(self) -> &'static str {
        match self {
            Name::AutotaskPassword => "Autotask password",
            Name::CloudDirectToken => "Cloud Direct token",
        }
    }
}

/// How long the keychain may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// A screen waits for it to be drawn.
    Screen,
    /// Nobody is looking: a keychain that asks for its password counts as locked.
    Background,
    /// The person pressed Save, and may have to unlock the keychain first.
    Person,
}

impl Patience {
    fn limit(self) -> Duration {
        match self {
            Patience::Screen => Duration::from_secs(3),
            Patience::Background => Duration::from_secs(10),
            Patience::Person => Duration::from_secs(120),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error(
        "This computer has no keychain that the app can use. Install or start one (on Linux: GNOME \
         Keyring or KWallet in a desktop session), then start the app again."
    )]
    Unavailable,
    #[error("The keychain is locked. Unlock it, then try again.")]
    Locked,
    #[error("The {} has not been saved yet.", .0.words())]
    NotFound(Name),
    #[error("The keychain did not answer in time. Unlock it, then try again.")]
    TimedOut,
}

/// Where a saved secret is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    ForGood,
    /// In memory only, and why.
    UntilQuit(Error),
}

/// Keeps secrets.
#[async_trait]
pub trait Vault: Send + Sync {
    async fn read(&self, name: Name, patience: Patience) -> Result<SecretString, Error>;
    async fn write(
        &self,
        name: Name,
        secret: SecretString,
        patience: Patience,
    ) -> Result<Kept, Error>;
    /// Whether secrets outlive the app: asks for one and looks at how that goes.
    async fn check(&self, patience: Patience) -> Result<(), Error> {
        match self.read(Name::AutotaskPassword, patience).await {
            Ok(_) | Err(Error::NotFound(_)) => Ok(()),
            Err(error @ (Error::Unavailable | Error::Locked | Error::TimedOut)) => Err(error),
        }
    }
}
