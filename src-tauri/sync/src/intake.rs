//! From the source into the store: each job once, together with how far the source has been read.
//!
//! Each question goes back behind the newest end that was seen, by the overlap, because jobs can
//! become visible late; which jobs are new, their ids tell. How far it has been read moves on with
//! each portion, as long as the portions come oldest first; if they do not, or are read organization
//! by organization, only when all have been read, so that an interruption leaves nothing out. Once a
//! day the question goes back a week: an appliance that was offline reports late. It never moves past
//! the present: one job with a date in the future must not hide all that follow.
//!
//! A portal leaves out what the token may not read, without a word. So an organization of which nothing
//! came in the first reading, or nothing has come for days, is asked by itself once a day, from its last
//! job on: then a portal says that it is forbidden, a person is told, and once it is allowed nothing of
//! it is missing.

use std::collections::HashSet;

use cloud_direct::{Class, Notice, Portion, Source};
use futures::StreamExt as _;
use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use crate::{
    clock::Clock,
    settings::{CloudDirect, Settings, SourceKind},
    store::{Cursor, Silent, Store, StoreError},
};

/// How far back the first question goes.
const FIRST: SignedDuration = SignedDuration::from_hours(30 * 24);
/// The daily look back, and how often it is due.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(7 * 24);
const LOOK_BACK_EVERY: SignedDuration = SignedDuration::from_hours(24);
/// Whoever has been silent for this long is asked by itself. Shorter than the look back, so that there is
/// no day between the two.
const SILENT: SignedDuration = SignedDuration::from_hours(5 * 24);
const ASKED_BY_ITSELF_EVERY: SignedDuration = SignedDuration::from_hours(24);
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
    /// An export is still being written, and is read later.
    pub waits: bool,
    /// Why it ended early.
    pub problem: Option<cloud_direct::Error>,
}

impl Intake {
    fn take(
        &mut self,
        store: &Store,
        portion: &Portion,
        cursor: Option<&Cursor>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (kept, told): (Vec<&Notice>, Vec<&Notice>) = portion
            .notices
            .iter()
            .partition(|notice| !matches!(notice, Notice::Waiting { .. }));
        let notes: Vec<String> = kept.iter().map(ToString::to_string).collect();
        let taken = store.take_in(&portion.jobs, &notes, cursor, portion.file.as_ref(), now)?;
        self.received += taken.received;
        self.new += taken.new;
        self.left_out += portion.notices.iter().map(left_out).sum::<u64>();
        self.notices.extend(notes);
        self.waits |= !told.is_empty();
        self.notices.extend(told.iter().map(ToString::to_string));
        Ok(())
    }
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
            Err(error) if matches!(error.class(), Class::Misuse | Class::Broken) => {
                let notice = format!("The organizations could not be read. {error}");
                store.add_notice(&notice, clock.now())?;
                intake.notices.push(notice);
            }
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
        let cursor = reading.advance(&portion, clock.now());
        intake.take(store, &portion, cursor.as_ref(), clock.now())?;
        on_received(intake.received);
    }
    let (cursor, silent) = reading.finish(clock.now());
    store.reading_done(&cursor, silent.as_ref())?;
    ask_by_themselves(store, source, clock, intake, on_received).await
}

/// Asks each of those that may have been kept back, unless that was done within the day.
async fn ask_by_themselves(
    store: &Store,
    source: &dyn Source,
    clock: &dyn Clock,
    intake: &mut Intake,
    on_received: &(dyn Fn(u64) + Sync),
) -> Result<(), Trouble> {
    let now = clock.now();
    for one in store.unread(back(now, ASKED_BY_ITSELF_EVERY), now)? {
        let mut allowed = true;
        let mut portions = source.jobs_of(&one.id, Some(one.from));
        while let Some(portion) = portions.next().await {
            let portion = match portion {
                // Such as that there is none of this name any more. The others can still be asked.
                Err(error) if matches!(error.class(), Class::Misuse | Class::Broken) => {
                    tracing::warn!(code = error.code(), "an organization cannot be read");
                    allowed = false;
                    break;
                }
                portion => portion?,
            };
            allowed &= !portion.notices.iter().any(forbids);
            intake.take(store, &portion, None, clock.now())?;
            on_received(intake.received);
        }
        store.asked_by_itself(&one.id, allowed, clock.now())?;
    }
    Ok(())
}

fn forbids(notice: &Notice) -> bool {
    matches!(notice, Notice::OrganizationForbidden { .. })
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
    kind: Question,
    looks_back_by: SignedDuration,
    /// Of whom a job came.
    heard: HashSet<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    /// From the beginning.
    First,
    /// Behind the newest end.
    Next,
    /// The daily one.
    LookBack,
}

fn back(from: Timestamp, by: SignedDuration) -> Timestamp {
    from.saturating_sub(by).unwrap_or(Timestamp::MIN)
}

impl Reading {
    fn begin(settings: &Settings, cursor: Option<Cursor>, now: Timestamp) -> Self {
        let source = name(&settings.cloud_direct);
        let since = settings
            .alerts
            .as_ref()
            .and_then(|alerts| alerts.jobs_since);
        let first = since.map_or(back(now, FIRST), |since| since.min(back(now, FIRST)));
        let overlap = SignedDuration::from_mins(i64::from(settings.cloud_direct.overlap_minutes));
        let looks_back_by = overlap.max(LOOK_BACK);
        // Another source is read from its beginning, and so is this one for an earlier
        // `jobs_since`.
        let cursor = cursor.filter(|cursor| {
            cursor.source == source && since.is_none_or(|since| cursor.asked_from <= since)
        });
        let kind = cursor.as_ref().map_or(Question::First, |cursor| {
            let age = cursor.looked_back_at.map(|at| now.duration_since(at));
            match age {
                Some(age) if age >= SignedDuration::ZERO && age < LOOK_BACK_EVERY => Question::Next,
                _ => Question::LookBack,
            }
        });
        let cursor = cursor.unwrap_or(Cursor {
            source,
            newest: first,
            asked_from: first,
            looked_back_at: Some(now),
        });
        let after = match kind {
            Question::First => first,
            Question::Next => back(cursor.newest, overlap),
            Question::LookBack => back(cursor.newest, looks_back_by),
        };
        Self {
            after,
            newest: cursor.newest,
            last: after,
            cursor,
            in_order: true,
            kind,
            looks_back_by,
            heard: HashSet::new(),
        }
    }

    /// The cursor to keep together with this portion.
    fn advance(&mut self, portion: &Portion, now: Timestamp) -> Option<Cursor> {
        for job in &portion.jobs {
            if !self.heard.contains(&job.organization_id) {
                self.heard.insert(job.organization_id.clone());
            }
        }
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

    /// All has been read: up to where, and of whom nothing came.
    fn finish(mut self, now: Timestamp) -> (Cursor, Option<Silent>) {
        self.cursor.newest = self.cursor.newest.max(self.newest);
        let from = self.cursor.asked_from;
        let silent = match self.kind {
            Question::First => Some(Silent::AllBut {
                heard: self.heard,
                from,
            }),
            Question::Next => None,
            Question::LookBack => {
                self.cursor.looked_back_at = Some(now);
                Some(Silent::Since {
                    last: back(now, SILENT),
                    late: self.looks_back_by,
                    from,
                })
            }
        };
        (self.cursor, silent)
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
