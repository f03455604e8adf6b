//! Texts from outside, made fit to be shown and stored.

use crate::{JobKind, OrganizationState};

/// The longest message of a job, in bytes.
pub(crate) const LONGEST_MESSAGE: usize = 8 * 1024;
/// The longest name, in characters.
pub(crate) const LONGEST_NAME: usize = 255;

const MARK: char = '…';

/// On one line, trimmed, without control characters, at most so many characters.
pub(crate) fn line(value: &str, longest: usize) -> String {
    let mut line = String::new();
    let mut blank = false;
    let mut length = 0;
    for c in value.chars() {
        if c.is_whitespace() || c.is_control() {
            blank = !line.is_empty();
            continue;
        }
        if length + usize::from(blank) + 1 > longest {
            line.pop();
            line.push(MARK);
            return line;
        }
        if blank {
            line.push(' ');
            length += 1;
            blank = false;
        }
        line.push(c);
        length += 1;
    }
    line
}

/// A name of a customer, a system, a task.
pub(crate) fn name(value: &str) -> String {
    line(value, LONGEST_NAME)
}

/// The same, where an empty one is none.
pub(crate) fn optional_name(value: &str) -> Option<String> {
    Some(name(value)).filter(|name| !name.is_empty())
}

/// A job's message: its lines are kept, other control characters are not.
pub(crate) fn message(value: &str) -> Option<String> {
    let mut message = String::new();
    let mut chars = value.trim().chars().peekable();
    while let Some(c) = chars.next() {
        let c = match c {
            '\r' if chars.peek() == Some(&'\n') => continue,
            '\r' => '\n',
            '\n' | '\t' => c,
            c if c.is_control() => continue,
            c => c,
        };
        if message.len() + c.len_utf8() > LONGEST_MESSAGE {
            while message.len() + MARK.len_utf8() > LONGEST_MESSAGE {
                message.pop();
            }
            message.push(MARK);
            break;
        }
        message.push(c);
    }
    Some(message).filter(|message| !message.is_empty())
}

/// An organization's state; a word that is not known is just that.
pub(crate) fn state(word: &str) -> OrganizationState {
    match word.trim().to_lowercase().as_str() {
        "active" => OrganizationState::Active,
        "trial" => OrganizationState::Trial,
        "expired" => OrganizationState::Expired,
        "blocked" => OrganizationState::Blocked,
        _ => OrganizationState::Unknown,
    }
}

/// What ran. An empty word is a backup, which nearly all are.
pub(crate) fn kind(word: &str) -> JobKind {
    match word.trim().to_lowercase().as_str() {
        "" | "backup" => JobKind::Backup,
        "restore" | "recovery" => JobKind::Restore,
        "replication" => JobKind::Replication,
        _ => JobKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_is_one_trimmed_line() {
        assert_eq!(name("  Müller\r\n &  Söhne\t"), "Müller & Söhne");
        assert_eq!(name("a\u{0}b\u{7f}c"), "a b c");
        assert_eq!(optional_name(" \u{1} "), None);
    }

    #[test]
    fn a_long_name_is_cut_with_a_mark() {
        let cut = name(&"ä".repeat(300));
        assert_eq!(cut.chars().count(), LONGEST_NAME);
        assert!(cut.ends_with('…'));
        assert_eq!(name(&"ä".repeat(255)), "ä".repeat(255));
    }

    #[test]
    fn a_message_keeps_its_lines() {
        assert_eq!(
            message(" a\r\nb\rc\u{7}\td\n").as_deref(),
            Some("a\nb\nc\td")
        );
        assert_eq!(message("\r\n \u{0}"), None);
    }

    proptest! {
        #[test]
        fn a_message_never_exceeds_its_length(value in ".*", times in 1usize..4000) {
            let message = message(&value.repeat(times.min(20_000 / value.len().max(1)))).unwrap_or_default();
            prop_assert!(message.len() <= LONGEST_MESSAGE);
        }

        #[test]
        fn a_line_has_no_control_character_and_its_length(value in any::<String>(), longest in 1usize..50) {
            let line = line(&value, longest);
            prop_assert!(line.chars().count() <= longest);
            prop_assert!(!line.chars().any(char::is_control));
            prop_assert_eq!(super::line(&line, longest), line);
        }
    }
}
