//! The keychain where there is one; where it fails, memory until the app quits.

use async_trait::async_trait;
use secrecy::SecretString;

use super::{Error, Kept, Memory, Name, Patience, Vault};

#[derive(Debug)]
pub struct Session<V> {
    keychain: V,
    /// Holds only what the keychain would not take.
    memory: Memory,
}

impl<V: Vault> Session<V> {
    pub fn new(keychain: V) -> Self {
        Self {
            keychain,
            memory: Memory::default(),
        }
    }
}

#[async_trait]
impl<V: Vault> Vault for Session<V> {
    async fn read(&self, name: Name, patience: Patience) -> Result<SecretString, Error> {
        match self.memory.get(name) {
            Some(secret) => Ok(secret),
            None => self.keychain.read(name, patience).await,
        }
    }

    async fn write(
        &self,
        name: Name,
        secret: SecretString,
        patience: Patience,
    ) -> Result<Kept, Error> {
        match self.keychain.write(name, secret.clone(), patience).await {
            Ok(kept) => {
                self.memory.forget(name);
                Ok(kept)
            }
            Err(error) => {
                self.memory.put(name, secret);
                Ok(Kept::UntilQuit(error))
            }
        }
    }

    async fn check(&self, patience: Patience) -> Result<(), Error> {
        self.keychain.check(patience).await
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    struct Locked;

    #[async_trait]
    impl Vault for Locked {
        async fn read(&self, _: Name, _: Patience) -> Result<SecretString, Error> {
            Err(Error::Locked)
        }

        async fn write(&self, _: Name, _: SecretString, _: Patience) -> Result<Kept, Error> {
            Err(Error::Locked)
        }
    }

    #[tokio::test]
    async fn a_secret_that_a_locked_keychain_refuses_lasts_until_the_app_quits() {
        let session = Session::new(Locked);

        let kept = session
            .write(
                Name::AutotaskPassword,
                SecretString::from("kept"),
                Patience::Person,
            )
            .await;

        assert_eq!(kept, Ok(Kept::UntilQuit(Error::Locked)));
        let read = session
            .read(Name::AutotaskPassword, Patience::Background)
            .await
            .unwrap();
        assert_eq!(read.expose_secret(), "kept");
        assert_eq!(
            session.check(Patience::Background).await,
            Err(Error::Locked)
        );
    }

    #[tokio::test]
    async fn a_secret_that_the_keychain_takes_is_not_held_in_memory() {
        let session = Session::new(Memory::default());

        let kept = session
            .write(
                Name::CloudDirectToken,
                SecretString::from("kept"),
                Patience::Person,
            )
            .await;

        assert_eq!(kept, Ok(Kept::ForGood));
        assert!(session.memory.get(Name::CloudDirectToken).is_none());
    }
}
