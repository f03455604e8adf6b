//! The one file that everything is kept in: `autotask-integration.db` in the data folder. Nothing
//! outside this module knows SQL.
//!
//! - Each method is one short transaction. `synchronous=FULL` and a write-ahead log: what a method
//!   has returned from survives a power cut, and what it has not is as if it had never begun.
//! - One connection writes; a second one reads, so that a screen does not wait for a sync.
//! - A file lock keeps two processes from working on one folder. [`Store::open_reading`] takes no
//!   lock and can change nothing.
//! - Migrations go forward only, each in one transaction with its number. A newer file is refused,
//!   a damaged one is kept aside and told, never silently replaced.
//! - What was done is a chain of rows, so that a change to it shows: see `ledger`.
//! - The folder is made `0700`, the file `0600`. No secret is ever in it.

mod activity;
mod billing;
mod days;
mod error;
mod facts;
mod jobs;
mod ledger;
mod mappings;
mod names;
mod notices;
mod open;
mod organizations;
mod outbox;
mod settings;
#[cfg(test)]
mod tests;

use std::{
    collections::HashSet,
    fs::File,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

use jiff::Timestamp;
use rusqlite::{Connection, Transaction, TransactionBehavior};

pub use self::{
    activity::{Counts, Filter as PostingFilter, PostingRow},
    billing::LineRow,
    error::{OpenError, StoreError},
    facts::{LoginState, PickValue, Picklists, Rights, ZoneFound},
    jobs::{JobRow, Taken},
    ledger::{Fault, LedgerCheck, LedgerRow, Misfit},
    mappings::{Mapping, MappingRow},
    names::{NameKind, Named},
    notices::Notice,
    outbox::{Claimed, Outgoing},
};
pub(crate) use self::{
    billing::{LineRecord, NewLine, Standing, ToPlan},
    facts::Cursor,
    organizations::Silent,
    outbox::{Feed, Made, OnTicket, Record, TestPosting},
};

/// The file's name in the data folder.
pub const FILE_NAME: &str = "autotask-integration.db";

/// Hashes of the export files that have been read.
pub type KnownFiles = Arc<RwLock<HashSet<[u8; 32]>>>;

/// See the module.
pub struct Store {
    // Before the writer, because fields are dropped in this order: only a connection that may write
    // can bring the log back into the database when it is the last to close.
    reader: Mutex<Connection>,
    writer: Mutex<Connection>,
    folder: PathBuf,
    known_files: KnownFiles,
    /// Held during a pass, and during a test ticket.
    pub(crate) passing: tokio::sync::Mutex<()>,
    pub(crate) testing: tokio::sync::Mutex<()>,
    /// One for all that this app calls in Autotask, whoever calls.
    pub(crate) governor: autotask::Governor,
    /// Released by the operating system when the process ends, however it ends.
    _lock: Option<File>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// How fast calls to Autotask go out.
    pub fn governor(&self) -> &autotask::Governor {
        &self.governor
    }

    /// `false`: it was opened to look at it.
    pub(crate) fn can_write(&self) -> bool {
        self._lock.is_some()
    }

    /// The data folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Hashes of the export files that have been read; kept up to date.
    pub fn known_files(&self) -> KnownFiles {
        Arc::clone(&self.known_files)
    }

    fn write<T>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut connection = held(&self.writer);
        let written = || {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let answer = change(&transaction)?;
            transaction.commit()?;
            Ok(answer)
        };
        self.heed(written())
    }

    fn read<T>(
        &self,
        question: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.heed(question(&held(&self.reader)))
    }

    /// What shows to be damaged in use is checked by the next start.
    fn heed<T>(&self, answer: Result<T, StoreError>) -> Result<T, StoreError> {
        if matches!(answer, Err(StoreError::Damaged)) && self._lock.is_some() {
            open::suspect(&self.folder);
        }
        answer
    }
}

/// A panic in between has rolled its transaction back, so the connection is still good.
fn held(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

fn micros(moment: Timestamp) -> i64 {
    moment.as_microsecond()
}

fn moment(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(if micros < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

fn moment_of(micros: Option<i64>) -> Option<Timestamp> {
    micros.map(moment)
}

/// An enum as the word that serde makes of it.
fn word<T: serde::Serialize>(value: T) -> Result<String, StoreError> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        Ok(other) => Err(StoreError::unreadable("a word", other)),
        Err(error) => Err(StoreError::unreadable("a word", error)),
    }
}

fn from_word<T: serde::de::DeserializeOwned>(what: &str, word: String) -> Result<T, StoreError> {
    serde_json::from_value(serde_json::Value::String(word))
        .map_err(|error| StoreError::unreadable(what, error))
}

fn to_json<T: serde::Serialize>(what: &str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::unreadable(what, error))
}

fn from_json<T: serde::de::DeserializeOwned>(what: &str, json: &str) -> Result<T, StoreError> {
    serde_json::from_str(json).map_err(|error| StoreError::unreadable(what, error))
}
