//! A folder that a scheduled report or a script drops exports into: `usage*.csv`, `jobs*.csv`,
//! `jobs*.jsonl`.
//!
//! - A file is read when it has stopped growing. One whose end is half a record waits too, for an
//!   hour at most; then the record is a bad line.
//! - Each file is read twice, as a stream: once for its hash and encoding, once for its rows. It is
//!   given as complete only if both readings saw the same bytes.
//! - Files whose hash the caller knows are skipped. The hash of a file that has not changed is kept
//!   in memory, so looking at the folder again costs no reading.
//! - One bad line or file does not hold up the others. The first 1,000 bad lines of a file are
//!   named one by one, the others counted.

mod batch;
mod columns;
mod decode;
mod export;
mod library;
mod moment;
mod names;
mod records;
mod rows;
mod scan;
mod size;

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use futures::stream::{self, BoxStream, StreamExt as _};
use jiff::{Timestamp, civil, tz::TimeZone};
use tokio::sync::mpsc;

pub use self::columns::{Column, HeaderMap};
#[cfg(feature = "internals")]
pub use self::export::internals;
use self::library::Library;
use crate::{Error, Measured, Organization, OutcomeRules, Partner, Portion, Source, Usage};

/// Says whether a file with this SHA-256 was read before.
pub type Known = Arc<dyn Fn(&[u8; 32]) -> bool + Send + Sync>;
/// Says what time it is.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What a [`Folder`] can be told.
#[derive(Clone)]
pub struct FolderOptions {
    /// The zone of times without an offset, and of the days of [`Source::usage`].
    pub time_zone: TimeZone,
    /// The partner's own header names.
    pub headers: HeaderMap,
    /// What the status words mean.
    pub rules: OutcomeRules,
    /// Which files with jobs were read already. Asked from a blocking thread.
    pub known: Known,
    /// A file is read when its size and time have not changed for this long. 10 seconds; zero reads
    /// at once.
    pub settle: Duration,
    /// What `04/03/2026` is.
    pub date_order: DateOrder,
    /// The time, to tell how long ago a file was written.
    pub now: Now,
}

impl FolderOptions {
    /// The defaults: no header names of the partner's own, the usual status words, nothing known,
    /// 10 seconds to settle, no order of dates.
    pub fn new(time_zone: TimeZone, now: Now) -> FolderOptions {
        FolderOptions {
            time_zone,
            headers: HeaderMap::default(),
            rules: OutcomeRules::default(),
            known: Arc::new(|_| false),
            settle: Duration::from_secs(10),
            date_order: DateOrder::default(),
            now,
        }
    }
}

impl fmt::Debug for FolderOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FolderOptions")
            .field("time_zone", &self.time_zone)
            .field("headers", &self.headers)
            .field("rules", &self.rules)
            .field("settle", &self.settle)
            .field("date_order", &self.date_order)
            .finish_non_exhaustive()
    }
}

/// How a date with slashes or hyphens is read when both numbers could be a month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// Such a date is reported, not guessed.
    #[default]
    Unknown,
    /// 04/03 is the fourth of March.
    DayFirst,
    /// 04/03 is the third of April.
    MonthFirst,
}

/// A folder of exports. It is only read, never written to.
///
/// ```no_run
/// # async fn example(now: cloud_direct::Now) -> Result<(), cloud_direct::Error> {
/// use cloud_direct::{Folder, FolderOptions, Source as _};
/// use futures::StreamExt as _;
/// use jiff::tz::TimeZone;
///
/// let folder = Folder::new("/srv/exports".into(), FolderOptions::new(TimeZone::UTC, now));
/// let mut portions = folder.jobs(None);
/// while let Some(portion) = portions.next().await {
///     for job in portion?.jobs {
///         // Store the job, and the portion's file with it once it is complete.
///     }
/// }
/// # Ok(())
/// # }
/// ```
pub struct Folder {
    library: Arc<Library>,
}

impl Folder {
    /// Nothing is read yet.
    pub fn new(path: PathBuf, options: FolderOptions) -> Folder {
        Folder {
            library: Arc::new(Library::new(path, options)),
        }
    }

    /// The folder's path.
    pub fn path(&self) -> &Path {
        self.library.path()
    }

    /// Files are read on a thread where waiting for a disk or a network drive holds up nobody.
    async fn reading<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Library) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let library = Arc::clone(&self.library);
        tokio::task::spawn_blocking(move || read(&library))
            .await
            .unwrap_or_else(|_| Err(self.library.interrupted()))
    }
}

impl fmt::Debug for Folder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Folder")
            .field("path", &self.path())
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Source for Folder {
    async fn test(&self) -> Result<Partner, Error> {
        self.reading(Library::contents).await
    }

    async fn organizations(&self) -> Result<Vec<Organization>, Error> {
        self.reading(Library::organizations).await
    }

    fn jobs(&self, _after: Option<Timestamp>) -> BoxStream<'_, Result<Portion, Error>> {
        let library = Arc::clone(&self.library);
        let start = async move {
            // The reader waits while one portion lies here, so at most three are in memory.
            let (sender, receiver) = mpsc::channel(1);
            tokio::task::spawn_blocking(move || {
                let deliver = |portion| sender.blocking_send(Ok(portion)).is_ok();
                if let Err(error) = library.jobs(&deliver) {
                    // Nobody listens any more: nobody to tell.
                    sender.blocking_send(Err(error)).unwrap_or_default();
                }
            });
            stream::unfold(receiver, |mut receiver| async move {
                let portion = receiver.recv().await?;
                Some((portion, receiver))
            })
        };
        stream::once(start).flatten().boxed()
    }

    async fn usage(&self, day: civil::Date) -> Result<Vec<Usage>, Error> {
        Ok(self.measured(day).await?.usage)
    }

    async fn measured(&self, day: civil::Date) -> Result<Measured, Error> {
        self.reading(move |library| library.measured(day)).await
    }
}
