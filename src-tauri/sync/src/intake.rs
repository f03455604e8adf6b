//! From the source into the store: each job once, together with how far the source has been read.
//!
//! Each question goes back behind the newest end that was seen, by the overlap, because jobs can
//! become visible late; which jobs are new, their ids tell. How far it has been read moves on with
//! each portion, as long as the portions come oldest first; if they do not, or are read organization
//! by organization, only when all have been read, so that an interruption leaves nothing out. Once a
//! day the question goes back a week: an appliance that was offline reports late, and an organization
//! that was forbidden for some days has been passed by. It never moves past the present: one job with a
//! date in the future must not hide all that follow.

use cloud_direct::{Class, Notice, Portion, Source};
use futures::StreamExt as _;
use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use crate::{
    clock::Clock,
    settings::{CloudDirect, Settings, SourceKind},
    store::{Cursor, Store, StoreError},
};

/// How far back the first question goes.
const FIRST: SignedDuration = SignedDuration::from_hours(30 * 24);
/// The daily look back, and how often it is due.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(7 * 24);
const LOOK_BACK_EVERY: SignedDuration = SignedDuration::from_hours(24);
/// Names and states of organizations are read again when they are older.
const ORGANIZATIONS_FRESH: SignedDuration = SignedDuration::from_hours(1);

/// What came in.
#[derive(Debug, Default)]
pub(crate) struct Intake {
    pub received: u64,
    pub new: u64,
    /// Files and lines of exports that could not be read.
    pub left_out: u64,
    pub notices: Vec<String>,
    /// Why it ended early.
    pub problem: Option<cloud_direct::Error>,
}

#[derive(Debug)]
pub(crate) enum IntakeHalt {
    /// The token was refused; that is kept already.
    Stop(cloud_direct::Error),
    Store(StoreError),
    Cancelled,
}

impl From<StoreError> for IntakeHalt {
    fn from(error: StoreError) -> Self {
        IntakeHalt::Store(error)
    }
}

/// Reads what is new. An error of the source ends it and is given back beside what came in before.
pub(crate) async fn run(
    store: &Store,
    source: &dyn Source,
    clock: &dyn Clock,
    cancel: &CancellationToken,
    on_received: &(dyn Fn(u64) + Sync),
) -> Result<Intake, IntakeHalt> {
    let mut intake = Intake::default();
    let read = tokio::select! {
        biased;
        () = cancel.cancelled() => return Err(IntakeHalt::Cancelled),
        read = read_all(store, source, clock, &mut intake, on_received) => read,
    };
    match read {
        Ok(()) => {}
        Err(Trouble::Store(error)) => return Err(error.into()),
        Err(Trouble::Source(error)) => {
            tracing::warn!(code = error.code(), "the source cannot be read");
            if error.class() == Class::Stop {
                let service = crate::login::Service::CloudDirect;
                store.login_refused(service, &error.to_string(), clock.now())?;
                return Err(IntakeHalt::Stop(error));
            }
            intake.problem = Some(error);
        }
    }
    Ok(intake)
}

enum Trouble {
    Source(cloud_direct::Error),
    Store(StoreError),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Trouble::Store(error)
    }
}

impl From<cloud_direct::Error> for Trouble {
    fn from(error: cloud_direct::Error) -> Self {
        Trouble::Source(error)
    }
}

async fn read_all(
    store: &Store,
    source: &dyn Source,
    clock: &dyn Clock,
    intake: &mut Intake,
    on_received: &(dyn Fn(u64) + Sync),
) -> Result<(), Trouble> {
    let settings = store.settings()?;
    let read_at = store.organizations_read_at()?;
    let age = read_at.map(|read_at| clock.now().duration_since(read_at));
    if !age.is_some_and(|age| age >= SignedDuration::ZERO && age < ORGANIZATIONS_FRESH) {
        match source.organizations().await {
            Ok(organizations) => store.save_organizations(&organizations, clock.now())?,
            // Names and states: jobs can be read without, and name their organizations by id.
            Err(error) if matches!(error.class(), Class::Misuse | Class::Broken) => intake
                .notices
                .push(format!("The organizations could not be read. {error}")),
            Err(error) => return Err(error.into()),
        }
    }

    if settings.cloud_direct.source == SourceKind::Folder {
        store.read_files_with(&how_files_are_read(&settings))?;
    }
    let mut reading = Reading::begin(&settings, store.cursor()?, clock.now());
    let mut portions = source.jobs(Some(reading.after));
    while let Some(portion) = portions.next().await {
        let portion = portion?;
        let now = clock.now();
        let (kept, told): (Vec<&Notice>, Vec<&Notice>) = portion
            .notices
            .iter()
            .partition(|notice| !matches!(notice, Notice::Waiting { .. }));
        let notes: Vec<String> = kept.iter().map(ToString::to_string).collect();
        let cursor = reading.advance(&portion, now);
        let taken = store.take_in(
            &portion.jobs,
            &notes,
            cursor.as_ref(),
            portion.file.as_ref(),
            now,
        )?;
        intake.received += taken.received;
        intake.new += taken.new;
        intake.left_out += portion.notices.iter().map(left_out).sum::<u64>();
        intake.notices.extend(notes);
        intake.notices.extend(told.iter().map(ToString::to_string));
        on_received(intake.received);
    }
    store.take_in(
        &[],
        &[],
        Some(&reading.finish(clock.now())),
        None,
        clock.now(),
    )?;
    Ok(())
}

/// What was left out for good; the others come by themselves, or came.
fn left_out(notice: &Notice) -> u64 {
    match notice {
        Notice::BadLine { .. } | Notice::UnreadableFile { .. } => 1,
        Notice::MoreBadLines { count, .. } => *count,
        Notice::Waiting { .. }
        | Notice::UnknownStatus { .. }
        | Notice::OrganizationForbidden { .. } => 0,
    }
}

/// How far a source has been read, while it is being read.
struct Reading {
    after: Timestamp,
    /// What may be kept now.
    cursor: Cursor,
    /// The newest end seen in this reading.
    newest: Timestamp,
    /// Up to here the portions came oldest first.
    last: Timestamp,
    in_order: bool,
    /// This is the daily look back.
    looks_back: bool,
}

impl Reading {
    fn begin(settings: &Settings, cursor: Option<Cursor>, now: Timestamp) -> Self {
        let source = name(&settings.cloud_direct);
        let minus = |from: Timestamp, by| from.saturating_sub(by).unwrap_or(Timestamp::MIN);
        let since = settings
            .alerts
            .as_ref()
            .and_then(|alerts| alerts.jobs_since);
        let first = since.map_or(minus(now, FIRST), |since| since.min(minus(now, FIRST)));
        let overlap = SignedDuration::from_mins(i64::from(settings.cloud_direct.overlap_minutes));
        // Another source is read from its beginning, and so is this one for an earlier
        // `jobs_since`.
        let cursor = cursor.filter(|cursor| {
            cursor.source == source && since.is_none_or(|since| cursor.asked_from <= since)
        });
        let looks_back = cursor.as_ref().is_some_and(|cursor| {
            let age = cursor.looked_back_at.map(|at| now.duration_since(at));
            !age.is_some_and(|age| age >= SignedDuration::ZERO && age < LOOK_BACK_EVERY)
        });
        let back = if looks_back {
            overlap.max(LOOK_BACK)
        } else {
            overlap
        };
        let (after, cursor) = match cursor {
            Some(cursor) => (minus(cursor.newest, back), cursor),
            None => (
                first,
                Cursor {
                    source,
                    newest: first,
                    asked_from: first,
                    looked_back_at: Some(now),
                },
            ),
        };
        Self {
            after,
            newest: cursor.newest,
            last: after,
            cursor,
            in_order: true,
            looks_back,
        }
    }

    /// The cursor to keep together with this portion.
    fn advance(&mut self, portion: &Portion, now: Timestamp) -> Option<Cursor> {
        let ends = portion.jobs.iter().filter_map(|job| job.finished_at);
        let (oldest, newest) = (ends.clone().min()?, ends.max()?.min(now));
        self.in_order &= portion.file.is_none() && !portion.by_organization && oldest >= self.last;
        self.last = self.last.max(newest);
        self.newest = self.newest.max(newest);
        if !self.in_order {
            return None;
        }
        self.cursor.newest = self.cursor.newest.max(newest);
        Some(self.cursor.clone())
    }

    /// All has been read.
    fn finish(mut self, now: Timestamp) -> Cursor {
        if self.looks_back {
            self.cursor.looked_back_at = Some(now);
        }
        self.cursor.newest = self.cursor.newest.max(self.newest);
        self.cursor
    }
}

/// What decides whether a line of an export can be understood. Not the time zone: it decides only
/// which moment a local time means, and with it the id of a job that has none of its own. Read
/// again under another zone, such a job would be another job, and make a second ticket.
fn how_files_are_read(settings: &Settings) -> String {
    let source = &settings.cloud_direct;
    format!(
        "{:?} {:?} {:?} {:?}",
        source.folder, source.headers, source.outcomes, source.date_order,
    )
}

/// Which source a cursor belongs to.
fn name(settings: &CloudDirect) -> String {
    match settings.source {
        SourceKind::Portal => format!("portal {}", settings.address.trim().trim_end_matches('/')),
        SourceKind::Folder => {
            let folder = settings
                .folder
                .as_deref()
                .unwrap_or(std::path::Path::new(""));
            format!("folder {}", folder.display())
        }
    }
}

#[cfg(test)]
mod tests;
