//! What comes out of one file: its jobs in portions, its bad lines, and how it ended.

use std::{io, ops::ControlFlow};

use super::{
    export::{Ending, Event},
    scan::Export,
};
use crate::{Notice, Portion, ReadFile, notice::UnknownStatuses};

/// Jobs in one portion.
const PORTION: usize = 1000;
/// Bad lines of one file that are named.
const MOST_BAD_LINES: u64 = 1000;

/// The jobs of one file on their way out.
pub(super) struct Batch<'a> {
    export: &'a Export,
    hash: [u8; 32],
    deliver: &'a dyn Fn(Portion) -> bool,
    portion: Portion,
    unknown: UnknownStatuses,
    bad_lines: BadLines,
}

impl<'a> Batch<'a> {
    pub(super) fn new(
        export: &'a Export,
        hash: [u8; 32],
        deliver: &'a dyn Fn(Portion) -> bool,
    ) -> Batch<'a> {
        Batch {
            export,
            hash,
            deliver,
            portion: Portion::default(),
            unknown: UnknownStatuses::default(),
            bad_lines: BadLines::default(),
        }
    }

    pub(super) fn take(&mut self, event: Event) -> ControlFlow<()> {
        match event {
            Event::Job(row) => {
                if !row.status_is_known {
                    self.unknown.count(&row.job.status);
                }
                self.portion.jobs.push(row.job);
            }
            Event::Bad { line, reason } => {
                let notice = self.bad_lines.notice(self.export, line, reason);
                self.portion.notices.extend(notice);
            }
            Event::Usage(_) => {}
        }
        if self.portion.jobs.len() < PORTION || self.send(false) {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    }

    pub(super) fn end(mut self, ending: io::Result<Ending>) -> bool {
        if matches!(ending, Ok(Ending::Stopped)) {
            return false;
        }
        self.portion
            .notices
            .extend(self.bad_lines.rest(self.export));
        self.portion
            .notices
            .extend(ending_notice(self.export, &ending));
        self.send(matches!(ending, Ok(Ending::Whole)))
    }

    fn send(&mut self, complete: bool) -> bool {
        let mut portion = std::mem::take(&mut self.portion);
        portion
            .notices
            .extend(std::mem::take(&mut self.unknown).into_notices());
        portion.file = Some(ReadFile {
            name: self.export.name.clone(),
            hash: self.hash,
            complete,
        });
        (self.deliver)(portion)
    }
}

/// Names the first bad lines of a file and counts the others.
#[derive(Default)]
pub(super) struct BadLines {
    count: u64,
}

impl BadLines {
    pub(super) fn notice(&mut self, export: &Export, line: u64, reason: String) -> Option<Notice> {
        self.count += 1;
        (self.count <= MOST_BAD_LINES).then(|| Notice::BadLine {
            file: export.name.clone(),
            line,
            reason,
        })
    }

    pub(super) fn rest(&self, export: &Export) -> Option<Notice> {
        let count = self
            .count
            .checked_sub(MOST_BAD_LINES)
            .filter(|count| *count > 0)?;
        Some(Notice::MoreBadLines {
            file: export.name.clone(),
            count,
        })
    }
}

pub(super) fn ending_notice(export: &Export, ending: &io::Result<Ending>) -> Option<Notice> {
    let file = export.name.clone();
    match ending {
        Ok(Ending::Whole | Ending::Stopped) => None,
        Ok(Ending::HalfWritten) => Some(Notice::Waiting { file }),
        Ok(Ending::Unusable(reason)) => Some(Notice::UnreadableFile {
            file,
            reason: reason.clone(),
        }),
        Err(error) => trouble(export, error),
    }
}

/// A file that went away is no trouble; one that another program holds open on Windows is being
/// written.
pub(super) fn trouble(export: &Export, error: &io::Error) -> Option<Notice> {
    const SHARING_VIOLATION: i32 = 32;
    let file = export.name.clone();
    if error.kind() == io::ErrorKind::NotFound {
        None
    } else if cfg!(windows) && error.raw_os_error() == Some(SHARING_VIOLATION) {
        Some(Notice::Waiting { file })
    } else {
        Some(Notice::UnreadableFile {
            file,
            reason: error.to_string(),
        })
    }
}
