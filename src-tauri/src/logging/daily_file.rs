//! One file a day (UTC), appended to, `0600`; the oldest go when there are more than 14.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use sync::clock::Clock;

use crate::data_folder;

const PREFIX: &str = "autotask-integration.";
const SUFFIX: &str = ".log";
const KEPT: usize = 14;

pub struct DailyFile {
    folder: PathBuf,
    clock: Arc<dyn Clock>,
    day: Date,
    file: File,
}

impl DailyFile {
    pub fn open(folder: &Path, clock: Arc<dyn Clock>) -> io::Result<Self> {
        data_folder::make_private(folder)?;
        let day = today(&*clock);
        let file = open_day(folder, day)?;
        prune(folder);
        Ok(Self {
            folder: folder.to_owned(),
            clock,
            day,
            file,
        })
    }
}

impl Write for DailyFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let day = today(&*self.clock);
        if day != self.day {
            self.file = open_day(&self.folder, day)?;
            self.day = day;
            prune(&self.folder);
        }
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn today(clock: &dyn Clock) -> Date {
    clock.now().to_zoned_datetime(TimeZone::UTC).date()
}

fn open_day(folder: &Path, day: Date) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(folder.join(format!("{PREFIX}{day}{SUFFIX}")))
}

/// The names sort by day. What cannot be removed stays; the next day tries again.
fn prune(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    let mut names: Vec<_> = entries
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX))
        .collect();
    names.sort_unstable();
    let excess = names.len().saturating_sub(KEPT);
    for name in names.iter().take(excess) {
        let _ = fs::remove_file(folder.join(name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sync::clock::ManualClock;

    fn logs(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn each_day_has_its_own_file_and_fourteen_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let start = "2026-11-01T12:00:00Z".parse().unwrap();
        let clock = Arc::new(ManualClock::new(start));
        fs::write(folder.path().join("notes.txt"), "mine").unwrap();

        let mut file = DailyFile::open(folder.path(), clock.clone()).unwrap();
        for _ in 0..20 {
            file.write_all(b"line\n").unwrap();
            clock.advance(jiff::SignedDuration::from_hours(24));
        }
        file.write_all(b"last\n").unwrap();

        let names = logs(folder.path());
        assert_eq!(names.len(), KEPT + 1, "{names:?}");
        assert_eq!(names[0], "autotask-integration.2026-11-08.log");
        assert_eq!(names[KEPT - 1], "autotask-integration.2026-11-21.log");
        assert_eq!(names[KEPT], "notes.txt");
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_the_log() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new("2026-11-01T12:00:00Z".parse().unwrap()));

        let _file = DailyFile::open(&folder.path().join("logs"), clock).unwrap();

        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let logs = folder.path().join("logs");
        assert_eq!(mode(&logs), 0o700);
        assert_eq!(
            mode(&logs.join("autotask-integration.2026-11-01.log")),
            0o600
        );
    }
}
