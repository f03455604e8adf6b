//! What a person should see although the rest counted.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use crate::text;

/// Something that did not stop the reading. `Display` is a sentence for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Notice {
    /// A line that could not be used. The file's other lines count.
    BadLine {
        /// The file's name.
        file: String,
        /// Counted from 1, as an editor counts.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// A file had more bad lines than are named one by one.
    MoreBadLines {
        /// The file's name.
        file: String,
        /// How many were not named.
        count: u64,
    },
    /// A file of which nothing could be used.
    UnreadableFile {
        /// The file's name.
        file: String,
        /// Why, and what to do.
        reason: String,
    },
    /// A file that is still being written. It is read when it has stopped growing.
    Waiting {
        /// The file's name.
        file: String,
    },
    /// Jobs came with a status word that the rules do not name, and count as warnings.
    UnknownStatus {
        /// The word.
        status: String,
        /// In how many jobs.
        count: u64,
    },
    /// The token may not read this organization. The others were read.
    OrganizationForbidden {
        /// The organization's id.
        organization_id: String,
    },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::BadLine { file, line, reason } => {
                write!(f, "{file}, line {line}: {reason}. The line was left out.")
            }
            Notice::MoreBadLines { file, count } => {
                write!(
                    f,
                    "{file}: {count} more lines could not be used and were left out."
                )
            }
            Notice::UnreadableFile { file, reason } => write!(f, "{file} was not read: {reason}."),
            Notice::Waiting { file } => {
                write!(
                    f,
                    "{file} is still being written and is read when it has stopped growing."
                )
            }
            Notice::UnknownStatus { status, count } => write!(
                f,
                "The status \"{status}\" ({count} job{}) is not in the list of status words and counts \
                 as a warning. Add it to the list to decide what it means.",
                if *count == 1 { "" } else { "s" }
            ),
            Notice::OrganizationForbidden { organization_id } => write!(
                f,
                "Cloud Direct does not let this token read the organization {organization_id}. The \
                 others were read. Ask for the right, or exclude the organization."
            ),
        }
    }
}

/// Counts the status words that the rules do not name, for one portion.
#[derive(Debug, Default)]
pub(crate) struct UnknownStatuses(BTreeMap<String, u64>);

impl UnknownStatuses {
    pub(crate) fn count(&mut self, status: &str) {
        *self.0.entry(text::line(status, 60)).or_default() += 1;
    }

    pub(crate) fn into_notices(self) -> Vec<Notice> {
        self.0
            .into_iter()
            .map(|(status, count)| Notice::UnknownStatus { status, count })
            .collect()
    }
}
