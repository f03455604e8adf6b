//! The operating system's keychain, on one thread of its own.
//!
//! A locked keychain on Linux blocks its caller until the person has answered, and blocking a
//! runtime's thread would hang the app when it quits. So one plain thread owns the keychain, and
//! whoever asks waits a limited time. Only a person who has pressed a button is asked to unlock it;
//! for everyone else a locked keychain is an answer. A question that was given up is skipped, not asked late:
//! nobody wants to be asked for a password for something that has already failed.

use std::sync::mpsc;
use std::thread;

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::oneshot;

use super::{Error, Kept, Name, Patience, SERVICE, Vault};

/// What the thread drives: the real keychain, or a test's.
trait Ring: Send + 'static {
    /// Whether it could be used now, without asking the person for anything.
    fn check(&mut self) -> Result<(), Error>;
    fn read(&mut self, name: Name) -> Result<SecretString, Error>;
    fn write(&mut self, name: Name, secret: &SecretString) -> Result<(), Error>;
}

enum Question {
    Check(Answer<()>),
    Read(Name, Patience, Answer<SecretString>),
    Write(Name, SecretString, Answer<()>),
}

type Answer<T> = oneshot::Sender<Result<T, Error>>;

pub struct Keychain {
    questions: mpsc::Sender<Question>,
}

impl std::fmt::Debug for Keychain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keychain").finish_non_exhaustive()
    }
}

impl Keychain {
    /// The keychain of this user; `tag` keeps two data folders apart.
    pub fn open(tag: &str) -> Self {
        Self::start(System {
            tag: tag.to_owned(),
        })
    }

    fn start(mut ring: impl Ring) -> Self {
        let (questions, asked) = mpsc::channel();
        let started = thread::Builder::new()
            .name("keychain".to_owned())
            .spawn(move || {
                for question in asked {
                    answer(&mut ring, question);
                }
            });
        if let Err(error) = started {
            // Questions then find no one listening, which reads as `Unavailable`.
            tracing::error!(%error, "the keychain's thread cannot be started");
        }
        Self { questions }
    }

    async fn ask<T>(
        &self,
        patience: Patience,
        question: impl FnOnce(oneshot::Sender<Result<T, Error>>) -> Question,
    ) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        self.questions
            .send(question(reply))
            .map_err(|_| Error::Unavailable)?;
        match tokio::time::timeout(patience.limit(), answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(Error::Unavailable),
            Err(_) => Err(Error::TimedOut),
        }
    }
}

fn answer(ring: &mut impl Ring, question: Question) {
    match question {
        Question::Check(reply) => reply_with(reply, || ring.check()),
        Question::Read(name, patience, reply) => reply_with(reply, || {
            match patience {
                Patience::Person => (),
                Patience::Background | Patience::Screen => ring.check()?,
            }
            ring.read(name)
        }),
        Question::Write(name, secret, reply) => reply_with(reply, || ring.write(name, &secret)),
    }
}

fn reply_with<T>(reply: Answer<T>, ask: impl FnOnce() -> Result<T, Error>) {
    if !reply.is_closed() {
        let _ = reply.send(ask());
    }
}

#[async_trait]
impl Vault for Keychain {
    async fn read(&self, name: Name, patience: Patience) -> Result<SecretString, Error> {
        self.ask(patience, |reply| Question::Read(name, patience, reply))
            .await
    }

    async fn write(
        &self,
        name: Name,
        secret: SecretString,
        patience: Patience,
    ) -> Result<Kept, Error> {
        self.ask(patience, |reply| Question::Write(name, secret, reply))
            .await?;
        Ok(Kept::ForGood)
    }

    async fn check(&self, patience: Patience) -> Result<(), Error> {
        self.ask(patience, Question::Check).await
    }
}

/// The real one.
struct System {
    tag: String,
}

impl System {
    fn there(&self) -> Result<(), Error> {
        keyring::Entry::store_status().as_ref().map_err(|error| {
            tracing::warn!(%error, "there is no keychain");
            Error::Unavailable
        })?;
        Ok(())
    }

    fn entry(&self, name: Name) -> Result<keyring::Entry, Error> {
        self.there()?;
        // The name alone keeps entries apart on Windows, so the tag is part of it.
        keyring::Entry::new(SERVICE, &format!("{}-{}", name.key(), self.tag))
            .map_err(|error| from_keyring(name, &error))
    }
}

impl Ring for System {
    fn check(&mut self) -> Result<(), Error> {
        self.there()?;
        if is_locked() {
            return Err(Error::Locked);
        }
        Ok(())
    }

    fn read(&mut self, name: Name) -> Result<SecretString, Error> {
        self.entry(name)?
            .get_password()
            .map(SecretString::from)
            .map_err(|error| from_keyring(name, &error))
    }

    fn write(&mut self, name: Name, secret: &SecretString) -> Result<(), Error> {
        self.entry(name)?
            .set_password(secret.expose_secret())
            .map_err(|error| from_keyring(name, &error))
    }
}

/// Reading a secret would ask the person to unlock the keychain, so its state is asked for. Where
/// that cannot be told, reading finds out.
#[cfg(target_os = "linux")]
fn is_locked() -> bool {
    use secret_service::EncryptionType;
    use secret_service::blocking::SecretService;

    let asked = SecretService::connect(EncryptionType::Plain).and_then(|service| {
        let keychain = service.get_default_collection()?;
        keychain.is_locked()
    });
    asked.unwrap_or(false)
}

/// Elsewhere the keychain is open while its person is logged in.
#[cfg(not(target_os = "linux"))]
fn is_locked() -> bool {
    false
}

/// The library's error may quote what is stored, so only its kind is logged.
fn from_keyring(name: Name, error: &keyring::Error) -> Error {
    if matches!(error, keyring::Error::NoEntry) {
        return Error::NotFound(name);
    }
    let (kind, error) = if matches!(error, keyring::Error::NoStorageAccess(_)) {
        ("no access", Error::Locked)
    } else if matches!(error, keyring::Error::PlatformFailure(_)) {
        ("platform failure", Error::Unavailable)
    } else {
        ("other", Error::Unavailable)
    };
    tracing::warn!(kind, secret = name.key(), "the keychain failed");
    error
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// Waits for a permission before each answer, as a locked keychain waits for its person.
    struct Asking {
        permission: mpsc::Receiver<()>,
        written: Arc<Mutex<Vec<String>>>,
    }

    impl Ring for Asking {
        fn check(&mut self) -> Result<(), Error> {
            Ok(())
        }

        fn read(&mut self, name: Name) -> Result<SecretString, Error> {
            self.permission.recv().map_err(|_| Error::Unavailable)?;
            Err(Error::NotFound(name))
        }

        fn write(&mut self, _: Name, secret: &SecretString) -> Result<(), Error> {
            self.permission.recv().map_err(|_| Error::Unavailable)?;
            self.written
                .lock()
                .unwrap()
                .push(secret.expose_secret().to_owned());
            Ok(())
        }
    }

    fn asking() -> (Keychain, mpsc::Sender<()>, Arc<Mutex<Vec<String>>>) {
        let (permit, permission) = mpsc::channel();
        let written = Arc::new(Mutex::new(Vec::new()));
        let keychain = Keychain::start(Asking {
            permission,
            written: written.clone(),
        });
        (keychain, permit, written)
    }

    #[tokio::test(start_paused = true)]
    async fn a_keychain_that_waits_for_its_person_is_given_up_after_the_limit() {
        let (keychain, _permit, _) = asking();
        let start = tokio::time::Instant::now();

        let read = keychain
            .read(Name::AutotaskPassword, Patience::Background)
            .await;
        assert_eq!(read.unwrap_err(), Error::TimedOut);
        assert_eq!(start.elapsed(), Patience::Background.limit());

        let write = keychain
            .write(
                Name::AutotaskPassword,
                SecretString::from("late"),
                Patience::Person,
            )
            .await;
        assert_eq!(write, Err(Error::TimedOut));
    }

    #[tokio::test]
    async fn a_question_that_was_given_up_is_not_asked_late() {
        let (keychain, permit, written) = asking();
        let (reply, answer) = oneshot::channel();
        keychain
            .questions
            .send(Question::Write(
                Name::AutotaskPassword,
                SecretString::from("given up"),
                reply,
            ))
            .unwrap();
        let (blocking, blocked) = oneshot::channel();
        drop(answer);
        keychain
            .questions
            .send(Question::Read(
                Name::AutotaskPassword,
                Patience::Person,
                blocking,
            ))
            .unwrap();
        // One permission for the write, if it had already begun, and one for the read.
        permit.send(()).unwrap();
        permit.send(()).unwrap();
        blocked.await.unwrap().unwrap_err();

        let kept = keychain.write(
            Name::CloudDirectToken,
            SecretString::from("asked"),
            Patience::Person,
        );
        permit.send(()).unwrap();
        assert_eq!(kept.await, Ok(Kept::ForGood));
        assert_eq!(written.lock().unwrap().last().unwrap(), "asked");
    }

    /// Unlocks itself when it is read, as a real one does after asking its person.
    struct LockedRing;

    impl Ring for LockedRing {
        fn check(&mut self) -> Result<(), Error> {
            Err(Error::Locked)
        }

        fn read(&mut self, _: Name) -> Result<SecretString, Error> {
            Ok(SecretString::from("unlocked"))
        }

        fn write(&mut self, _: Name, _: &SecretString) -> Result<(), Error> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn only_a_person_who_waits_for_it_is_asked_to_unlock_the_keychain() {
        let keychain = Keychain::start(LockedRing);
        let name = Name::AutotaskPassword;
        for patience in [Patience::Background, Patience::Screen] {
            let read = keychain.read(name, patience).await;
            assert_eq!(read.unwrap_err(), Error::Locked);
        }
        assert!(keychain.read(name, Patience::Person).await.is_ok());
    }

    #[tokio::test]
    async fn a_keychain_whose_thread_has_gone_is_unavailable() {
        let (questions, _) = mpsc::channel();
        let keychain = Keychain { questions };
        assert_eq!(
            keychain
                .read(Name::AutotaskPassword, Patience::Background)
                .await
                .unwrap_err(),
            Error::Unavailable
        );
    }
}
