//! Which files lie in the folder, and which of them have stopped growing.
//!
//! Only ordinary files directly in the folder, by their names. A symbolic link is reported, not
//! followed: it could lead anywhere. A file has stopped growing when it was last written longer ago
//! than the time to settle; where its time cannot tell that (it lies in the future, or there is
//! none), when it was seen with the same size and time for that long.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use jiff::Timestamp;

use crate::{Error, Notice};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    UsageCsv,
    JobsCsv,
    JobsJsonl,
}

impl Kind {
    /// From a file's name, in any case.
    pub(super) fn of(name: &str) -> Option<Kind> {
        let name = name.to_lowercase();
        let named = |start: &str, end: &str| name.starts_with(start) && name.ends_with(end);
        if named("usage", ".csv") {
            Some(Kind::UsageCsv)
        } else if named("jobs", ".csv") {
            Some(Kind::JobsCsv)
        } else if named("jobs", ".jsonl") {
            Some(Kind::JobsJsonl)
        } else {
            None
        }
    }
}

/// What tells one state of a file from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) size: u64,
    pub(super) modified: Option<SystemTime>,
}

impl Stamp {
    pub(super) fn of(metadata: &fs::Metadata) -> Stamp {
        Stamp {
            size: metadata.len(),
            modified: metadata.modified().ok(),
        }
    }

    /// How long ago it was written; `None` if that cannot be told.
    pub(super) fn age(&self, now: Timestamp) -> Option<Duration> {
        let modified = Timestamp::try_from(self.modified?).ok()?;
        Duration::try_from(now.duration_since(modified)).ok()
    }
}

/// An export that can be read.
#[derive(Clone, Debug)]
pub(super) struct Export {
    pub(super) path: PathBuf,
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) stamp: Stamp,
}

#[derive(Debug, Default)]
pub(super) struct Listing {
    /// By the time of their last change, then by name.
    pub(super) ready: Vec<Export>,
    /// Files that wait, and those that cannot be read.
    pub(super) notices: Vec<(Kind, Notice)>,
}

/// Files as they were seen before.
#[derive(Debug, Default)]
pub(super) struct Sightings(Mutex<HashMap<PathBuf, (Stamp, Instant)>>);

pub(super) fn list(
    folder: &Path,
    settle: Duration,
    now: Timestamp,
    sightings: &Sightings,
) -> Result<Listing, Error> {
    let unreadable = |error: &io::Error| {
        let path = folder.display().to_string();
        if error.kind() == io::ErrorKind::NotFound {
            Error::FolderMissing { path }
        } else {
            let reason = error.to_string();
            Error::FolderUnreadable { path, reason }
        }
    };
    let mut sightings = sightings.0.lock().unwrap_or_else(PoisonError::into_inner);
    let mut listing = Listing::default();
    let mut seen = HashMap::new();
    for entry in fs::read_dir(folder).map_err(|error| unreadable(&error))? {
        let entry = entry.map_err(|error| unreadable(&error))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(kind) = Kind::of(&name) else {
            continue;
        };
        let path = entry.path();
        let metadata = match fs::symlink_metadata(&path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => {
                listing.refuse(kind, name, error.to_string());
                continue;
            }
        };
        if metadata.is_symlink() {
            let reason = "it is a link, which is not followed; put the file itself into the folder";
            listing.refuse(kind, name, reason.to_owned());
            continue;
        }
        if !metadata.is_file() {
            listing.refuse(kind, name, "it is not a file".to_owned());
            continue;
        }
        let stamp = Stamp::of(&metadata);
        let since = match sightings.get(&path) {
            Some((before, since)) if *before == stamp => *since,
            Some(_) | None => Instant::now(),
        };
        seen.insert(path.clone(), (stamp, since));
        let settled = settle.is_zero()
            || stamp.age(now).is_some_and(|age| age >= settle)
            || since.elapsed() >= settle;
        if settled {
            listing.ready.push(Export {
                path,
                name,
                kind,
                stamp,
            });
        } else {
            listing.notices.push((kind, Notice::Waiting { file: name }));
        }
    }
    *sightings = seen;
    listing
        .ready
        .sort_by(|a, b| (a.stamp.modified, &a.name).cmp(&(b.stamp.modified, &b.name)));
    listing
        .notices
        .sort_by_key(|(_, notice)| notice.to_string());
    Ok(listing)
}

impl Listing {
    fn refuse(&mut self, kind: Kind, file: String, reason: String) {
        self.notices
            .push((kind, Notice::UnreadableFile { file, reason }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_names() {
        let table = [
            ("usage.csv", Some(Kind::UsageCsv)),
            ("Usage-2026-11.CSV", Some(Kind::UsageCsv)),
            ("jobs.csv", Some(Kind::JobsCsv)),
            ("JOBS_2026.csv", Some(Kind::JobsCsv)),
            ("jobs.jsonl", Some(Kind::JobsJsonl)),
            ("jobs.csv.part", None),
            ("~jobs.csv", None),
            (".jobs.csv", None),
            ("usage.jsonl", None),
            ("jobs.xlsx", None),
            ("readme.txt", None),
        ];
        for (name, kind) in table {
            assert_eq!(Kind::of(name), kind, "{name}");
        }
    }

    #[test]
    fn a_file_waits_until_it_has_settled() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("jobs.csv"), "x").unwrap();
        let written = fs::metadata(folder.path().join("jobs.csv"))
            .unwrap()
            .modified()
            .unwrap();
        let written = Timestamp::try_from(written).unwrap();
        let settle = Duration::from_secs(10);
        let ready = |now, settle| {
            let listing = list(folder.path(), settle, now, &Sightings::default()).unwrap();
            assert_eq!(listing.ready.len() + listing.notices.len(), 1);
            listing.ready.len() == 1
        };
        assert!(!ready(written, settle));
        assert!(!ready(written + Duration::from_secs(9), settle));
        assert!(ready(written + Duration::from_secs(10), settle));
        // A clock that runs behind cannot tell, so it is watched.
        assert!(!ready(written - Duration::from_secs(3600), settle));
        assert!(ready(written - Duration::from_secs(3600), Duration::ZERO));
    }

    #[test]
    fn a_file_whose_time_cannot_tell_is_watched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("jobs.csv");
        fs::write(&path, "x").unwrap();
        let now = Timestamp::UNIX_EPOCH;
        let sightings = Sightings::default();
        let settle = Duration::from_nanos(1);
        let ready = || {
            list(folder.path(), settle, now, &sightings)
                .unwrap()
                .ready
                .len()
        };
        ready();
        assert_eq!(ready(), 1);
        let long = Duration::from_secs(3600);
        assert!(
            list(folder.path(), long, now, &sightings)
                .unwrap()
                .ready
                .is_empty()
        );
    }
}
