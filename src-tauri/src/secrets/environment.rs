//! The command line's secrets: an environment variable first, then the keychain.

use async_trait::async_trait;
use secrecy::SecretString;

use super::{Error, Kept, Name, Patience, Vault};

#[derive(Debug)]
pub struct Environment<V> {
    then: V,
}

impl<V: Vault> Environment<V> {
    pub fn new(then: V) -> Self {
        Self { then }
    }
}

#[async_trait]
impl<V: Vault> Vault for Environment<V> {
    async fn read(&self, name: Name, patience: Patience) -> Result<SecretString, Error> {
        // An empty variable is one that a script meant to fill.
        match std::env::var(name.variable()) {
            Ok(secret) if !secret.is_empty() => Ok(SecretString::from(secret)),
            Ok(_) | Err(_) => self.then.read(name, patience).await,
        }
    }

    async fn write(
        &self,
        name: Name,
        secret: SecretString,
        patience: Patience,
    ) -> Result<Kept, Error> {
        self.then.write(name, secret, patience).await
    }
}
