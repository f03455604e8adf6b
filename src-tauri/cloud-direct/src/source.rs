//! The one trait that everything downstream knows.

use async_trait::async_trait;
use futures::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use jiff::{Timestamp, civil};

use crate::{Error, Job, Notice, Organization, Partner, Usage};

/// Where organizations, jobs and usage come from.
#[async_trait]
pub trait Source: Send + Sync {
    /// The login test. For a portal it is exactly one request; for a folder it says whether the
    /// folder can be read, and names what lies in it.
    async fn test(&self) -> Result<Partner, Error>;

    /// All organizations that the source knows now. A folder knows those that its files name, so a
    /// job may belong to an organization that is not in this list any more.
    async fn organizations(&self) -> Result<Vec<Organization>, Error>;

    /// Jobs that finished later than `after` (not at it), oldest first as far as known, in portions.
    ///
    /// Jobs can become visible late, so callers ask with an overlap and let [`Job::id`] decide what
    /// is new. A folder goes by its files instead: it gives every job of each file that
    /// [`FolderOptions::known`](crate::FolderOptions::known) does not know, also those finished
    /// before `after`, because a file with old jobs may arrive at any time and is read only once.
    ///
    /// Jobs that have not finished are left in. After an `Err` the stream ends.
    fn jobs(&self, after: Option<Timestamp>) -> BoxStream<'_, Result<Portion, Error>>;

    /// The jobs of one organization. A portal leaves out of [`Source::jobs`] what the token may not
    /// read, without a word; here it says so, and a [`Notice::OrganizationForbidden`] comes. A folder
    /// keeps nothing back, and has nothing more to give.
    fn jobs_of(
        &self,
        organization_id: &str,
        after: Option<Timestamp>,
    ) -> BoxStream<'_, Result<Portion, Error>> {
        let _ = (organization_id, after);
        stream::empty().boxed()
    }

    /// The last measurement of each organization and metric on or before the end of that day: the
    /// day in UTC for a portal, in the partner's time zone for a folder. An organization without a
    /// measurement is not in the list, which is not the same as zero.
    async fn usage(&self, day: civil::Date) -> Result<Vec<Usage>, Error>;

    /// [`Source::usage`] together with what a person should see about it (bad lines, files that
    /// wait).
    async fn measured(&self, day: civil::Date) -> Result<Measured, Error> {
        Ok(Measured {
            usage: self.usage(day).await?,
            notices: Vec::new(),
        })
    }
}

/// Some jobs, about a thousand at most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Portion {
    /// In the order in which the source gave them.
    pub jobs: Vec<Job>,
    /// What a person should see, although the rest counted.
    pub notices: Vec<Notice>,
    /// The export file that the jobs are from; `None` for a portal.
    pub file: Option<ReadFile>,
    /// One organization is read after the other: what follows may have finished earlier than all of
    /// these, whatever order they come in.
    pub by_organization: bool,
}

/// An export file that was read, or is being read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadFile {
    /// The file's name without its folder.
    pub name: String,
    /// SHA-256 of the content. The caller remembers it in the same transaction as the jobs, once
    /// `complete` is true.
    pub hash: [u8; 32],
    /// This is the last portion of the file, and the file did not change while it was read.
    pub complete: bool,
}

/// The answer of [`Source::measured`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measured {
    /// One row per organization and metric.
    pub usage: Vec<Usage>,
    /// What a person should see, although the rest counted.
    pub notices: Vec<Notice>,
}
