//! The folder adapter.
mod columns;

use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

use async_trait::async_trait;
use futures::stream::{self, BoxStream, StreamExt as _};
use jiff::{Timestamp, civil, tz::TimeZone};

pub use self::columns::{Column, HeaderMap};
use crate::{Error, Organization, OutcomeRules, Partner, Portion, Source, Usage};

/// Says whether a file with this SHA-256 was read before.
pub type Known = Arc<dyn Fn(&[u8; 32]) -> bool + Send + Sync>;
/// Says what time it is.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What a [`Folder`] can be told.
#[derive(Clone)]
pub struct FolderOptions {
    /// The zone of times without an offset.
    pub time_zone: TimeZone,
    /// The partner's own header names.
    pub headers: HeaderMap,
    /// What the status words mean.
    pub rules: OutcomeRules,
    /// Which files were read already. Asked from a blocking thread.
    pub known: Known,
    /// A file is read when its size and time have not changed for this long. 10 seconds.
    pub settle: Duration,
    /// What `04/03/2026` is.
    pub date_order: DateOrder,
    /// The time, to tell how long ago a file was written.
    pub now: Now,
}

impl FolderOptions {
    /// The defaults: no header names of the partner's own, the usual status words, nothing known,
    /// 10 seconds to settle.
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

/// How a date with slashes is read when both numbers could be a month.
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

/// A folder of exports.
#[derive(Debug)]
pub struct Folder;

impl Folder {
    /// Nothing is read yet.
    pub fn new(_path: PathBuf, _options: FolderOptions) -> Folder {
        Folder
    }
}

#[async_trait]
impl Source for Folder {
    async fn test(&self) -> Result<Partner, Error> {
        Err(Error::TokenUnusable)
    }
    async fn organizations(&self) -> Result<Vec<Organization>, Error> {
        Ok(Vec::new())
    }
    fn jobs(&self, _after: Option<Timestamp>) -> BoxStream<'_, Result<Portion, Error>> {
        stream::empty().boxed()
    }
    async fn usage(&self, _day: civil::Date) -> Result<Vec<Usage>, Error> {
        Ok(Vec::new())
    }
}
