//! Keys: what makes a posting the same posting on every computer and after every reinstall.
//!
//! They stay as they are for ever: a changed key would send again whatever has been sent.

use jiff::{Timestamp, civil::Date};
use sha2::{Digest as _, Sha256};

use crate::alerts::Kind;

/// What all keys begin with.
pub(crate) const KEYS_BEGIN: &str = "ucd-";

/// Begins the line of a text that has the key.
pub(crate) const REFERENCE: &str = "Reference: ";

/// What such a line takes of a text at most, in characters, with an empty line before it. `ExternalID` takes 50.
pub(crate) const REFERENCE_LENGTH: usize = REFERENCE.len() + 50 + 2;

/// The key of the ticket for a finished job: 48 characters, of the 50 that Autotask keeps.
pub fn event_key(organization_id: &str, job_id: &str) -> String {
    format!("ucd-job-{}", digest(&["job", organization_id, job_id]))
}

/// The key of an organization's digest of a day.
pub fn digest_key(organization_id: &str, day: Date) -> String {
    format!(
        "ucd-day-{}",
        digest(&["digest", organization_id, &day.to_string()])
    )
}

/// The key of the note that says on the ticket of an event that its job has ended so after all: 49
/// characters. Autotask's notes have no `ExternalID`; it stands in the note's last line.
pub fn note_key(event_key: &str, alert: Kind) -> String {
    format!("ucd-note-{}", digest(&["note", event_key, alert.name()]))
}

/// The key of a test ticket: one for each time it is asked for.
pub fn test_key(account: i64, at: Timestamp) -> String {
    let (account, at) = (account.to_string(), at.as_nanosecond().to_string());
    format!("ucd-test-{}", digest(&["test", &account, &at]))
}

/// 40 hexadecimal digits. Each part goes in with its length, so that no two lists of parts can
/// run into the same text.
fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize()
        .iter()
        .take(20)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_key_fits_into_autotask_and_keeps_organization_and_job_apart() {
        let keys = [
            event_key("org-0001", "job-1"),
            event_key("org-0001j", "ob-1"),
            event_key("", "org-0001job-1"),
            digest_key("org-0001", date(2026, 11, 22)),
            digest_key("org-0001", date(2026, 11, 23)),
            digest_key("org-0002", date(2026, 11, 22)),
            note_key(&event_key("org-0001", "job-1"), Kind::Error),
            note_key(&event_key("org-0001", "job-1"), Kind::Warning),
            note_key(&event_key("org-0001", "job-2"), Kind::Error),
            test_key(1, Timestamp::UNIX_EPOCH),
            test_key(2, Timestamp::UNIX_EPOCH),
        ];
        for (index, key) in keys.iter().enumerate() {
            assert!(key.len() <= autotask::EXTERNAL_ID_MAX, "{key}");
            assert!(!keys[..index].contains(key), "{key} twice");
        }
    }
}
