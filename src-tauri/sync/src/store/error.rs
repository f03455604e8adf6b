//! What can be wrong with the file, each as a sentence that says what to do.

use std::{io, path::PathBuf};

use rusqlite::ErrorCode;

/// Why the database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(
        "Another Autotask Integration is working on {}. Use that one, or close it first.",
        .0.display()
    )]
    Locked(PathBuf),
    #[error(
        "The database is of a newer version of this program (format {found}; this one knows \
         {known}). Install the newer version again; nothing has been changed."
    )]
    Newer { found: i64, known: i64 },
    #[error(
        "The database is of an older version (format {found}). Start the app or `sync --once` once, \
         which brings it up to date."
    )]
    Older { found: i64 },
    #[error(
        "The database is damaged. It has been kept as {}. Copy it back from a backup if there is \
         one; otherwise the next start begins with an empty one: enter the settings again. Tickets \
         that were sent are found again in Autotask, not sent twice.",
        .kept_aside.display()
    )]
    Damaged { kept_aside: PathBuf },
    /// Found while looking, which changes nothing.
    #[error(
        "The database {} is damaged. `autotask-integration sync --once` or the app keeps it aside and \
         says where; the start after that begins with an empty one.",
        .0.display()
    )]
    DamagedThere(PathBuf),
    #[error(
        "There is no database in {} yet. Set up the app first, or read in a settings file: \
         autotask-integration configure FILE.toml",
        .0.display()
    )]
    NotThere(PathBuf),
    #[error("{} is a file, not a folder. Choose another folder with --data-dir.", .0.display())]
    NotAFolder(PathBuf),
    #[error(
        "{} may not be read by this user. Check who owns it and its permissions, or choose another \
         folder with --data-dir.",
        .0.display()
    )]
    Forbidden(PathBuf),
    #[error(
        "{} cannot be written to. Check who owns it and its permissions, or choose another folder \
         with --data-dir.",
        .0.display()
    )]
    ReadOnly(PathBuf),
    #[error("The disk with {} is full. Make room and start again.", .0.display())]
    Full(PathBuf),
    #[error("{} cannot be opened: {reason}.", .path.display())]
    Io { path: PathBuf, reason: String },
}

impl OpenError {
    pub(super) fn io(path: impl Into<PathBuf>, error: &io::Error) -> Self {
        let path = path.into();
        use io::ErrorKind::{PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
        let kind = error.kind();
        if [PermissionDenied, ReadOnlyFilesystem].contains(&kind) {
            OpenError::ReadOnly(path)
        } else if [StorageFull, QuotaExceeded].contains(&kind) {
            OpenError::Full(path)
        } else {
            OpenError::Io {
                path,
                reason: error.to_string(),
            }
        }
    }

    pub(super) fn store(path: impl Into<PathBuf>, error: StoreError) -> Self {
        let path = path.into();
        match error {
            StoreError::Full => OpenError::Full(path),
            StoreError::ReadOnly => OpenError::ReadOnly(path),
            StoreError::Busy
            | StoreError::Damaged
            | StoreError::Unreadable { .. }
            | StoreError::Illegal { .. }
            | StoreError::Sqlite(_) => OpenError::Io {
                path,
                reason: error.to_string().trim_end_matches('.').to_owned(),
            },
        }
    }
}

/// Why something could not be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error(
        "The disk is full. Make room; nothing is lost, and the next sync goes on with what waits."
    )]
    Full,
    #[error("The database cannot be written to. Check its permissions.")]
    ReadOnly,
    #[error(
        "The database is in use by another program, perhaps a backup or a viewer. End that one; \
         nothing is lost, and the next sync goes on with what waits."
    )]
    Busy,
    #[error(
        "The database is damaged. Start the app again, or `autotask-integration sync --once`: it keeps \
         the damaged file aside and says where."
    )]
    Damaged,
    #[error("What is saved as {what} cannot be read: {reason}. Save it again.")]
    Unreadable { what: String, reason: String },
    #[error(
        "Posting {id} cannot change from {from} by {change}. This is an error in this program."
    )]
    Illegal {
        id: i64,
        from: &'static str,
        change: &'static str,
    },
    #[error("The database answered: {0}.")]
    Sqlite(rusqlite::Error),
}

impl StoreError {
    /// Whether it can be over by itself, or by what a person does elsewhere: worth trying again.
    pub fn passes(&self) -> bool {
        match self {
            StoreError::Full | StoreError::ReadOnly | StoreError::Busy | StoreError::Sqlite(_) => {
                true
            }
            StoreError::Damaged | StoreError::Unreadable { .. } | StoreError::Illegal { .. } => {
                false
            }
        }
    }

    pub(super) fn unreadable(what: &str, reason: impl ToString) -> Self {
        StoreError::Unreadable {
            what: what.to_owned(),
            reason: reason.to_string(),
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        // The index of the log, which SQLite makes at its opening, finds no room.
        let full = Some(rusqlite::ffi::SQLITE_IOERR_SHMSIZE);
        if error.sqlite_error().map(|error| error.extended_code) == full {
            return StoreError::Full;
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => StoreError::Full,
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => StoreError::ReadOnly,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Damaged,
            Some(_) | None => StoreError::Sqlite(error),
        }
    }
}
