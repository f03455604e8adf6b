//! Quantities with units, exactly: no floating point, because the figure is billed.
//!
//! A number may have thousands separators and a decimal sign, as spreadsheets write them in English
//! or in most of Europe. Where one separator could be either (`1,234`), the file's delimiter tells: a
//! file with semicolons comes from a computer that writes decimal commas. What stays unclear is
//! reported, because a guess may be wrong by a factor of a thousand.

/// How numbers in a file are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Notation {
    /// `1.234` is a little more than one; `1,234` is unclear. Files with commas or tabs.
    Point,
    /// `1,234` is a little more than one; `1.234` is unclear. Files with semicolons.
    Comma,
    /// Numbers of JSON: a point is a decimal point.
    Json,
}

/// The bytes of a quantity in a unit, to the nearest byte; or what is wrong, to follow the text.
pub(super) fn bytes(quantity: &str, unit: &str, notation: Notation) -> Result<u64, &'static str> {
    let factor =
        factor(unit).ok_or("has a unit other than B, KB, MB, GB, TB, KiB, MiB, GiB and TiB")?;
    decimal(quantity, notation)?
        .times(factor)
        .ok_or("is too large")
}

/// A size that names its unit itself, or is in bytes.
pub(super) fn size(text: &str, notation: Notation) -> Result<u64, &'static str> {
    let text = text.trim();
    let letters = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = &text[letters.len()..];
    if unit.is_empty() {
        let number = decimal(text, notation)?;
        return match number.scale {
            0 => number.times(1).ok_or("is too large"),
            _ => Err("is not a whole number of bytes"),
        };
    }
    bytes(letters, unit, notation)
}

fn factor(unit: &str) -> Option<u128> {
    let power: (u128, u32) = match unit.trim().to_ascii_lowercase().as_str() {
        "b" | "byte" | "bytes" => (1, 0),
        "kb" => (1000, 1),
        "mb" => (1000, 2),
        "gb" => (1000, 3),
        "tb" => (1000, 4),
        "kib" => (1024, 1),
        "mib" => (1024, 2),
        "gib" => (1024, 3),
        "tib" => (1024, 4),
        _ => return None,
    };
    Some(power.0.pow(power.1))
}

/// `digits` divided by ten to the power of `scale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Decimal {
    digits: u128,
    scale: u32,
}

impl Decimal {
    fn times(self, factor: u128) -> Option<u64> {
        let one = 10u128.pow(self.scale);
        let product = self.digits.checked_mul(factor)?.checked_add(one / 2)?;
        u64::try_from(product / one).ok()
    }
}

const NOT_A_NUMBER: &str = "is not a number; write it as 1234.5";
const UNCLEAR: &str = "could be a thousand times more or less, because its sign may separate thousands or \
                       decimals; write it without thousands separators, and with one or two decimals";

fn decimal(text: &str, notation: Notation) -> Result<Decimal, &'static str> {
    // Blanks and apostrophes can only separate thousands.
    let text: String = text
        .trim()
        .chars()
        .filter(|c| !matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\'' | '’'))
        .collect();
    if text.starts_with('-') {
        return Err("is negative");
    }
    let text = text.strip_prefix('+').unwrap_or(&text);
    let sign = decimal_sign(text, notation)?;
    let (whole, fraction) = match sign {
        Some(sign) => text.rsplit_once(sign).ok_or(NOT_A_NUMBER)?,
        None => (text, ""),
    };
    let whole = without_thousands(whole).ok_or(NOT_A_NUMBER)?;
    let fraction = fraction.trim_end_matches('0');
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NOT_A_NUMBER);
    }
    if digits.trim_start_matches('0').len() > 24 || fraction.len() > 24 {
        return Err("has too many digits");
    }
    Ok(Decimal {
        digits: digits.parse().map_err(|_| NOT_A_NUMBER)?,
        scale: u32::try_from(fraction.len()).map_err(|_| NOT_A_NUMBER)?,
    })
}

/// Which sign, if any, begins the decimals.
fn decimal_sign(text: &str, notation: Notation) -> Result<Option<char>, &'static str> {
    let count = |sign| text.matches(sign).count();
    let (point, comma) = (count('.'), count(','));
    match (point, comma) {
        (0, 0) => Ok(None),
        (1, 0) | (0, 1) => {
            let sign = if point == 1 { '.' } else { ',' };
            let (before, after) = text.split_once(sign).ok_or(NOT_A_NUMBER)?;
            let looks_like_thousands =
                after.len() == 3 && (1..=3).contains(&before.len()) && !before.starts_with('0');
            match notation {
                Notation::Json if sign == '.' => Ok(Some('.')),
                Notation::Point if sign == '.' => Ok(Some('.')),
                Notation::Comma if sign == ',' => Ok(Some(',')),
                Notation::Json | Notation::Point | Notation::Comma if looks_like_thousands => {
                    Err(UNCLEAR)
                }
                Notation::Json | Notation::Point | Notation::Comma => Ok(Some(sign)),
            }
        }
        // The one that comes once and last begins the decimals.
        (1, _) if text.rfind('.') > text.rfind(',') => Ok(Some('.')),
        (_, 1) if text.rfind(',') > text.rfind('.') => Ok(Some(',')),
        (0, _) | (_, 0) => Ok(None),
        _ => Err(NOT_A_NUMBER),
    }
}

/// `1.234.567` and `1,234` without their separators; `None` if those do not stand where they should.
fn without_thousands(whole: &str) -> Option<String> {
    let separator = match whole.find(['.', ',']) {
        None => return Some(whole.to_owned()),
        Some(at) => &whole[at..=at],
    };
    let mut groups = whole.split(separator);
    let first = groups.next()?;
    let well_formed = (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3);
    well_formed.then(|| whole.replace(separator, ""))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn units_are_decimal_or_binary_as_they_say() {
        let table = [
            ("B", 2),
            ("bytes", 2),
            ("KB", 1_500),
            ("mb", 1_500_000),
            ("GB", 1_500_000_000),
            (" Tb ", 1_500_000_000_000),
            ("KiB", 1_536),
            ("mib", 1_572_864),
            ("GiB", 1_610_612_736),
            ("TIB", 1_649_267_441_664),
        ];
        for (unit, expected) in table {
            assert_eq!(bytes("1.5", unit, Notation::Point), Ok(expected), "{unit}");
        }
        for unit in ["", "PB", "GBit", "G"] {
            assert!(bytes("1.5", unit, Notation::Point).is_err(), "{unit}");
        }
    }

    #[test]
    fn numbers_are_read_as_spreadsheets_write_them() {
        use Notation::{Comma, Json, Point};
        let table = [
            ("1234", Point, 1_234_000),
            ("1234.5", Point, 1_234_500),
            ("1,234.5", Point, 1_234_500),
            ("1,234,567", Point, 1_234_567_000),
            ("1.234.567", Comma, 1_234_567_000),
            ("1.234,5", Comma, 1_234_500),
            ("1.234,5", Point, 1_234_500),
            ("1 234,5", Comma, 1_234_500),
            ("1\u{a0}234,5", Comma, 1_234_500),
            ("1'234.5", Point, 1_234_500),
            ("12,5", Point, 12_500),
            ("1.234", Point, 1_234),
            ("1.234", Json, 1_234),
            ("1,234", Comma, 1_234),
            ("0,125", Point, 125),
            ("0.125", Comma, 125),
            ("1234,567", Point, 1_234_567),
            (".5", Point, 500),
            ("5.", Point, 5_000),
            ("+7", Point, 7_000),
            ("0", Point, 0),
            ("12.300000000000000711", Point, 12_300),
            ("0.0004", Point, 0),
            ("0.0005", Point, 1),
        ];
        for (text, notation, expected) in table {
            assert_eq!(
                bytes(text, "KB", notation),
                Ok(expected),
                "{text} {notation:?}"
            );
        }
    }

    #[test]
    fn a_number_that_could_be_a_thousand_times_more_is_not_guessed() {
        assert_eq!(bytes("1,234", "GB", Notation::Point), Err(UNCLEAR));
        assert_eq!(bytes("1.234", "GB", Notation::Comma), Err(UNCLEAR));
        assert_eq!(bytes("123,456", "GB", Notation::Json), Err(UNCLEAR));
    }

    #[test]
    fn what_is_not_a_quantity_is_refused() {
        for text in [
            "",
            " ",
            "-1",
            "abc",
            "1e9",
            "1.2.3",
            "1,2,3",
            "12,34,567",
            "1.234.5",
            "1,234.567,8",
            "1..2",
            ".",
            ",",
            "NaN",
            "inf",
            "0x10",
            "１２",
            "1234567890123456789012345",
            "99999999999999999999",
        ] {
            assert!(bytes(text, "GB", Notation::Point).is_err(), "{text}");
        }
    }

    #[test]
    fn a_size_is_in_bytes_or_names_its_unit() {
        assert_eq!(size("1234", Notation::Point), Ok(1234));
        assert_eq!(size("1,234,567", Notation::Point), Ok(1_234_567));
        assert_eq!(size("12.5 GB", Notation::Point), Ok(12_500_000_000));
        assert_eq!(size("12,5GiB", Notation::Comma), Ok(13_421_772_800));
        assert_eq!(size("18446744073709551615", Notation::Point), Ok(u64::MAX));
        assert!(size("18446744073709551616", Notation::Point).is_err());
        assert!(size("12.5", Notation::Point).is_err());
        assert!(size("12 apples", Notation::Point).is_err());
        assert!(size("GB", Notation::Point).is_err());
    }

    proptest! {
        #[test]
        fn whole_bytes_come_back(value in any::<u64>()) {
            prop_assert_eq!(size(&value.to_string(), Notation::Comma), Ok(value));
        }

        #[test]
        fn three_decimals_of_a_gigabyte_are_exact(whole in 0u64..10_000_000, part in 0u64..1000) {
            let expected = whole * 1_000_000_000 + part * 1_000_000;
            prop_assert_eq!(bytes(&format!("{whole}.{part:03}"), "GB", Notation::Point), Ok(expected));
            prop_assert_eq!(bytes(&format!("{whole},{part:03}"), "GB", Notation::Comma), Ok(expected));
        }

        #[test]
        fn any_text_is_read_or_refused(text in any::<String>(), unit in any::<String>()) {
            for notation in [Notation::Point, Notation::Comma, Notation::Json] {
                let _ = bytes(&text, &unit, notation);
                let _ = size(&text, notation);
                let _ = bytes(&text, "GB", notation);
            }
        }

        #[test]
        fn near_misses_are_read_or_refused(text in "[0-9.,' -]{0,30}") {
            let _ = size(&text, Notation::Point);
        }
    }
}
