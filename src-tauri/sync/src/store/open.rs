//! Opening, locking, migrating, and what happens to a file that is damaged.

use std::{
    collections::HashSet,
    fs::{self, File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, RwLock},
    time::Duration,
};

use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};
use url::Url;

use super::{FILE_NAME, OpenError, Store, StoreError, ledger, notices};

const LOCK_NAME: &str = "autotask-integration.lock";

/// Is there when damage has shown in use.
const SUSPECT_NAME: &str = "autotask-integration.suspect";

type Migration = fn(&Transaction<'_>) -> Result<(), StoreError>;

/// In order; a file's format is how many of them it has. Never edit one that has been released.
const MIGRATIONS: &[Migration] = &[
    |transaction| Ok(transaction.execute_batch(include_str!("schema/1.sql"))?),
    ledger::chain_rows_of_format_1,
    |transaction| Ok(transaction.execute_batch(include_str!("schema/3.sql"))?),
    |transaction| Ok(transaction.execute_batch(include_str!("schema/4.sql"))?),
    |transaction| Ok(transaction.execute_batch(include_str!("schema/5.sql"))?),
    |transaction| Ok(transaction.execute_batch(include_str!("schema/6.sql"))?),
];

/// The newest.
pub(super) const FORMAT: i64 = MIGRATIONS.len() as i64;

/// Files up to this size are checked page by page when they are opened; larger ones only once damage
/// has shown in use, because the check would keep a person waiting.
const CHECKED_BYTES: u64 = 256 * 1024 * 1024;

/// How long another program's lock is waited for. Nothing that belongs here takes one; a program that
/// is asked to end meanwhile is to be gone within five seconds, and waits once for each of the answers
/// that are to be recorded.
const BUSY_TIMEOUT: Duration = Duration::from_secs(1);

impl Store {
    /// Opens the database in `folder` to work on it; makes both where they do not exist.
    pub fn open(folder: &Path) -> Result<Store, OpenError> {
        make_folder(folder)?;
        let lock = lock(folder)?;
        let path = folder.join(FILE_NAME);
        if !path.exists() {
            // New, kept aside, or taken away by somebody.
            note_whether_made(&lock, false);
        }
        let opened = not_emptied(folder, &path).and_then(|()| {
            make_file(&path)?;
            let connection = open_sound(folder, &path)?;
            let writer = migrate(&path, connection, MIGRATIONS)?;
            let reader = reading(&path)?;
            notices::tell_of_damaged(&writer, &damaged_files(folder))?;
            let known = known_files(&writer)?;
            Ok((writer, reader, known))
        });
        match opened {
            Ok((writer, reader, known)) => {
                note_whether_made(&lock, true);
                Ok(Store::new(folder, writer, reader, known, Some(lock)))
            }
            Err(Trouble::Open(error)) => Err(error),
            Err(Trouble::Store(StoreError::Damaged)) => Err(OpenError::Damaged {
                kept_aside: keep_aside(&path)?,
            }),
            Err(Trouble::Store(error)) => Err(OpenError::store(path, error)),
        }
    }

    /// Opens the database to look at it, also while the app is running. Nothing can be changed.
    pub fn open_reading(folder: &Path) -> Result<Store, OpenError> {
        let path = folder.join(FILE_NAME);
        readable(folder, &path)?;
        if folder.join(SUSPECT_NAME).exists() {
            return Err(OpenError::DamagedThere(path));
        }
        let opened = not_emptied(folder, &path)
            .and_then(|()| looking(&path))
            .and_then(|reader| {
                let found = version(&reader)?;
                let known = FORMAT;
                if found == 0 {
                    return Err(Trouble::Open(nothing_in(folder)));
                }
                if found > known {
                    return Err(Trouble::Open(OpenError::Newer { found, known }));
                }
                if found < known {
                    return Err(Trouble::Open(OpenError::Older { found }));
                }
                Ok((looking(&path)?, reader))
            });
        match opened {
            Ok((writer, reader)) => Ok(Store::new(folder, writer, reader, HashSet::new(), None)),
            Err(Trouble::Open(error)) => Err(error),
            Err(Trouble::Store(StoreError::Damaged)) => Err(OpenError::DamagedThere(path)),
            Err(Trouble::Store(error)) => Err(OpenError::store(path, error)),
        }
    }

    fn new(
        folder: &Path,
        writer: Connection,
        reader: Connection,
        known: HashSet<[u8; 32]>,
        lock: Option<File>,
    ) -> Store {
        Store {
            writer: Mutex::new(writer),
            reader: Mutex::new(reader),
            folder: folder.to_owned(),
            known_files: Arc::new(RwLock::new(known)),
            passing: tokio::sync::Mutex::new(()),
            testing: tokio::sync::Mutex::new(()),
            governor: autotask::Governor::default(),
            _lock: lock,
        }
    }
}

enum Trouble {
    Open(OpenError),
    Store(StoreError),
}

impl From<OpenError> for Trouble {
    fn from(error: OpenError) -> Self {
        Trouble::Open(error)
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Trouble::Store(error)
    }
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Trouble::Store(error.into())
    }
}

/// SQLite does not say why a file cannot be opened; this does.
fn readable(folder: &Path, path: &Path) -> Result<(), OpenError> {
    let Err(error) = File::open(path) else {
        return Ok(());
    };
    use io::ErrorKind::{NotADirectory, NotFound, PermissionDenied};
    if error.kind() == PermissionDenied {
        return Err(OpenError::Forbidden(path.to_owned()));
    }
    if ![NotFound, NotADirectory].contains(&error.kind()) {
        return Err(OpenError::io(path, &error));
    }
    no_file_in_the_way(folder)?;
    Err(nothing_in(folder))
}

/// Nothing yet, or nothing any more.
fn nothing_in(folder: &Path) -> OpenError {
    let newest = damaged_files(folder).into_iter().max_by_key(|(_, at)| *at);
    match newest {
        Some((name, _)) => OpenError::Damaged {
            kept_aside: folder.join(name),
        },
        None => OpenError::NotThere(folder.to_owned()),
    }
}

fn no_file_in_the_way(folder: &Path) -> Result<(), OpenError> {
    match folder.ancestors().find(|part| part.is_file()) {
        Some(file) => Err(OpenError::NotAFolder(file.to_owned())),
        None => Ok(()),
    }
}

fn make_folder(folder: &Path) -> Result<(), OpenError> {
    no_file_in_the_way(folder)?;
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(folder)
        .map_err(|error| OpenError::io(folder, &error))
}

fn lock(folder: &Path) -> Result<File, OpenError> {
    let path = folder.join(LOCK_NAME);
    let file = private_file(&path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::Locked(folder.to_owned())),
        Err(TryLockError::Error(error)) => Err(OpenError::io(path, &error)),
    }
}

/// Makes the file before SQLite does, so that it never exists with wider permissions, and finds out
/// whether it can be written to.
fn make_file(path: &Path) -> Result<(), OpenError> {
    private_file(path).map(drop)
}

fn private_file(path: &Path) -> Result<File, OpenError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .map_err(|error| OpenError::io(path, &error))
}

/// An empty file is a new one, unless it was one with something in it: then SQLite would begin anew without a
/// word.
fn not_emptied(folder: &Path, path: &Path) -> Result<(), Trouble> {
    let has_bytes = |path: &Path| fs::metadata(path).map(|metadata| metadata.len() > 0);
    let was_made = has_bytes(&folder.join(LOCK_NAME)).unwrap_or(false);
    let is_empty = !has_bytes(path).unwrap_or(true);
    if was_made && is_empty {
        return Err(StoreError::Damaged.into());
    }
    Ok(())
}

/// A byte in the lock's file. Without it, only that an empty file was not always empty would go unseen.
fn note_whether_made(lock: &File, made: bool) {
    if let Err(error) = lock.set_len(made.into()) {
        tracing::warn!(%error, "whether there is a database could not be noted");
    }
}

/// Leaves word for the next start, which finds out how bad it is. If that cannot be left, the damage
/// shows in use again.
pub(super) fn suspect(folder: &Path) {
    if let Err(error) = private_file(&folder.join(SUSPECT_NAME)) {
        tracing::warn!(%error, "that the database is damaged could not be noted");
    }
}

fn open_sound(folder: &Path, path: &Path) -> Result<Connection, Trouble> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    let size = fs::metadata(path).map_or(0, |metadata| metadata.len());
    let suspected = folder.join(SUSPECT_NAME);
    let check = if suspected.exists() {
        tracing::warn!("the whole database is checked, because damage has shown in it");
        "PRAGMA integrity_check(1)"
    } else if size <= CHECKED_BYTES {
        "PRAGMA quick_check(1)"
    } else {
        return Ok(connection);
    };
    let found: String = connection.query_row(check, [], |row| row.get(0))?;
    if found != "ok" {
        return Err(StoreError::Damaged.into());
    }
    forget(&suspected)?;
    Ok(connection)
}

fn forget(suspected: &Path) -> Result<(), OpenError> {
    match fs::remove_file(suspected) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(OpenError::io(suspected, &error))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

fn reading(path: &Path) -> Result<Connection, Trouble> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    Ok(connection)
}

/// SQLite wants to write an index beside the file before it reads it. Where it may not, and nobody is
/// at work on the file, the file is all there is.
fn looking(path: &Path) -> Result<Connection, Trouble> {
    let reader = reading(path)?;
    match version(&reader) {
        Ok(_) => Ok(reader),
        Err(error)
            if error.sqlite_error_code() == Some(ErrorCode::CannotOpen)
                && !beside(path, "-wal").exists() =>
        {
            let Some(mut address) = std::path::absolute(path)
                .ok()
                .and_then(|path| Url::from_file_path(path).ok())
            else {
                return Err(error.into());
            };
            address.set_query(Some("immutable=1"));
            Ok(Connection::open_with_flags(
                address.as_str(),
                OpenFlags::SQLITE_OPEN_READ_ONLY
                    | OpenFlags::SQLITE_OPEN_NO_MUTEX
                    | OpenFlags::SQLITE_OPEN_URI,
            )?)
        }
        Err(error) => Err(error.into()),
    }
}

fn version(connection: &Connection) -> Result<i64, rusqlite::Error> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

fn migrate(
    path: &Path,
    mut connection: Connection,
    all: &[Migration],
) -> Result<Connection, Trouble> {
    let known = all.len() as i64;
    let found = version(&connection)?;
    if found > known || found < 0 {
        return Err(Trouble::Open(OpenError::Newer { found, known }));
    }
    for (number, migration) in (1_i64..).zip(all) {
        if number <= found {
            continue;
        }
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        migration(&transaction)?;
        transaction.pragma_update(None, "user_version", number)?;
        transaction.commit()?;
        tracing::info!(file = %path.display(), format = number, "database brought up to date");
    }
    Ok(connection)
}

fn known_files(connection: &Connection) -> Result<HashSet<[u8; 32]>, StoreError> {
    let mut statement = connection.prepare("SELECT hash FROM read_file")?;
    let hashes = statement.query_map([], |row| row.get::<_, [u8; 32]>(0))?;
    Ok(hashes.collect::<Result<_, _>>()?)
}

/// Moves the file and its log out of the way, under a name that is not taken.
fn keep_aside(path: &Path) -> Result<PathBuf, OpenError> {
    let kept = (1_u32..)
        .map(|number| path.with_file_name(format!("autotask-integration.damaged-{number}.db")))
        .find(|candidate| !candidate.exists())
        .unwrap_or_else(|| beside(path, ".damaged"));
    // The logs first: with its own log in place, another file of this name could not be opened.
    for suffix in ["-wal", "-shm"] {
        let from = beside(path, suffix);
        if from.exists() {
            fs::rename(&from, beside(&kept, suffix))
                .map_err(|error| OpenError::io(&from, &error))?;
        }
    }
    fs::rename(path, &kept).map_err(|error| OpenError::io(path, &error))?;
    forget(&path.with_file_name(SUSPECT_NAME))?;
    Ok(kept)
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Their names, and when they were last written to.
fn damaged_files(folder: &Path) -> Vec<(String, Timestamp)> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut files = Vec::new();
    for entry in entries.flatten() {
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        if !name.starts_with("autotask-integration.damaged-") || !name.ends_with(".db") {
            continue;
        }
        let changed = entry
            .metadata()
            .and_then(|metadata| metadata.modified())
            .ok();
        let at = changed.and_then(|changed| Timestamp::try_from(changed).ok());
        files.push((name, at.unwrap_or_default()));
    }
    files
}
