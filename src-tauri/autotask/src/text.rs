//! Texts as Autotask can take them.
//!
//! XML 1.0 has no way to write most control characters, not even escaped, so they are replaced by
//! U+FFFD, over REST too: a ticket looks the same over both transports. Line ends become `\n`, as
//! an XML parser makes them. A text that is too long is cut between characters and marked.

use std::borrow::Cow;

/// Ends a text that was cut.
pub const CUT_MARK: &str = " […]";

/// The text with every character that XML 1.0 forbids replaced by U+FFFD and line ends as `\n`.
///
/// ```
/// assert_eq!(autotask::text::clean("disk\u{0}1\r\nfull"), "disk\u{fffd}1\nfull");
/// ```
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| is_allowed(c) && c != '\r') {
        return Cow::Borrowed(text);
    }
    let mut cleaned = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\r' => {
                if characters.peek() != Some(&'\n') {
                    cleaned.push('\n');
                }
            }
            c if is_allowed(c) => cleaned.push(c),
            _ => cleaned.push(char::REPLACEMENT_CHARACTER),
        }
    }
    Cow::Owned(cleaned)
}

/// `true` for what XML 1.0 calls *Char*.
pub(crate) fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// The length as Autotask counts it: UTF-16 units, so that an emoji counts two.
pub fn length(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// The text, or as much of its beginning as fits into `max` with [`CUT_MARK`] at the end.
///
/// ```
/// assert_eq!(autotask::text::cut("Backup of server failed", 14), "Backup of […]");
/// ```
pub fn cut(text: &str, max: usize) -> Cow<'_, str> {
    if length(text) <= max {
        return Cow::Borrowed(text);
    }
    let mark = if length(CUT_MARK) <= max {
        CUT_MARK
    } else {
        ""
    };
    let room = max - length(mark);
    let mut used = 0;
    let mut end = 0;
    for (at, c) in text.char_indices() {
        used += c.len_utf16();
        if used > room {
            break;
        }
        end = at + c.len_utf8();
    }
    Cow::Owned(format!("{}{mark}", text[..end].trim_end()))
}

/// A cleaned text on one line.
pub(crate) fn single_line(text: &str) -> String {
    clean(text)
        .split(['\n', '\t'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_xml_forbids_is_replaced_and_nothing_else_is_touched() {
        for (given, cleaned) in [
            ("plain ünïcödé 🙂 <&>", "plain ünïcödé 🙂 <&>"),
            ("a\tb\nc", "a\tb\nc"),
            ("a\r\nb\rc\r\r\n", "a\nb\nc\n\n"),
            (
                "\u{0}\u{8}\u{b}\u{1f}\u{fffe}\u{ffff}",
                "\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}",
            ),
        ] {
            assert_eq!(clean(given), cleaned);
        }
    }

    #[test]
    fn a_long_text_is_cut_between_characters_and_marked() {
        assert_eq!(cut("12345678", 8), "12345678");
        assert_eq!(cut("123456789", 8), "1234 […]");
        assert_eq!(cut("🙂🙂🙂🙂🙂", 9), "🙂🙂 […]");
        assert_eq!(cut("123456789", 3), "123");
    }

    proptest! {
        #[test]
        fn a_cleaned_text_holds_only_what_xml_allows(text in any::<String>()) {
            let cleaned = clean(&text);
            prop_assert!(cleaned.chars().all(|c| is_allowed(c) && c != '\r'));
            prop_assert_eq!(clean(&cleaned), cleaned.as_ref());
        }

        #[test]
        fn a_cut_text_fits_and_begins_like_the_whole(text in any::<String>(), max in 0_usize..60) {
            let short = cut(&text, max);
            prop_assert!(length(&short) <= max);
            let kept = short.strip_suffix(CUT_MARK).unwrap_or(&short);
            prop_assert!(text.starts_with(kept));
        }

        #[test]
        fn a_title_is_one_line(text in any::<String>()) {
            prop_assert!(!single_line(&text).contains(['\n', '\r', '\t']));
        }
    }
}
