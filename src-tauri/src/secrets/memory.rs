//! Secrets in memory, gone with the process.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use secrecy::SecretString;

use super::{Error, Kept, Name, Patience, Vault};

#[derive(Default)]
pub struct Memory {
    secrets: Mutex<HashMap<Name, SecretString>>,
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Memory").finish_non_exhaustive()
    }
}

impl Memory {
    pub fn put(&self, name: Name, secret: SecretString) {
        self.secrets
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name, secret);
    }

    pub fn get(&self, name: Name) -> Option<SecretString> {
        self.secrets
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&name)
            .cloned()
    }

    pub fn forget(&self, name: Name) {
        self.secrets
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&name);
    }
}

#[async_trait]
impl Vault for Memory {
    async fn read(&self, name: Name, _: Patience) -> Result<SecretString, Error> {
        self.get(name).ok_or(Error::NotFound(name))
    }

    /// For good as far as the demo is concerned: its data goes with it.
    async fn write(&self, name: Name, secret: SecretString, _: Patience) -> Result<Kept, Error> {
        self.put(name, secret);
        Ok(Kept::ForGood)
    }
}
