//! Keychains with faults.

use async_trait::async_trait;
use secrecy::SecretString;
use tokio::sync::{Semaphore, watch};

use crate::secrets::{Error, Kept, Memory, Name, Patience, Vault};

/// Is not there.
pub struct NoKeychain;

#[async_trait]
impl Vault for NoKeychain {
    async fn read(&self, _: Name, _: Patience) -> Result<SecretString, Error> {
        Err(Error::Unavailable)
    }

    async fn write(&self, _: Name, _: SecretString, _: Patience) -> Result<Kept, Error> {
        Err(Error::Unavailable)
    }
}

/// Asks the person before it writes.
pub struct Asking {
    saved: Memory,
    asked: watch::Sender<usize>,
    answers: Semaphore,
}

impl Asking {
    /// The first so many questions are answered already.
    pub fn after(answered: usize) -> Self {
        Self {
            saved: Memory::default(),
            asked: watch::Sender::new(0),
            answers: Semaphore::new(answered),
        }
    }

    pub async fn has_asked(&self, times: usize) {
        let mut asked = self.asked.subscribe();
        asked.wait_for(|count| *count == times).await.unwrap();
    }

    pub fn answer(&self) {
        self.answers.add_permits(1);
    }
}

#[async_trait]
impl Vault for Asking {
    async fn read(&self, name: Name, patience: Patience) -> Result<SecretString, Error> {
        self.saved.read(name, patience).await
    }

    async fn write(
        &self,
        name: Name,
        secret: SecretString,
        patience: Patience,
    ) -> Result<Kept, Error> {
        self.asked.send_modify(|count| *count += 1);
        self.answers.acquire().await.unwrap().forget();
        self.saved.write(name, secret, patience).await
    }
}
