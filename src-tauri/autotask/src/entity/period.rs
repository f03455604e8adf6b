//! How often a service is billed.

use std::fmt;

/// A billing period. SOAP has a letter, REST a number for it.
///
/// The letters, and REST's 2 and 5, are known; 3 and 4 stand between them in the vendor's own order.
/// A value that is none of these is kept as it came.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Period {
    /// Every month.
    Monthly,
    /// Every three months.
    Quarterly,
    /// Every six months.
    SemiAnnual,
    /// Every twelve months.
    Yearly,
    /// As Autotask wrote it: a tenant's own, or one that is not billed by months.
    Other(String),
}

const KNOWN: [(Period, &str, i64); 4] = [
    (Period::Monthly, "m", 2),
    (Period::Quarterly, "q", 3),
    (Period::SemiAnnual, "s", 4),
    (Period::Yearly, "y", 5),
];

impl Period {
    /// From SOAP's letter or REST's number.
    pub(crate) fn read(text: &str) -> Period {
        let text = text.trim();
        KNOWN
            .into_iter()
            .find(|(_, letter, number)| {
                letter.eq_ignore_ascii_case(text) || text.parse() == Ok(*number)
            })
            .map_or_else(|| Period::Other(text.to_owned()), |(period, ..)| period)
    }

    /// Months from one period to the next; `None` where it is not known.
    ///
    /// ```
    /// use autotask::Period;
    ///
    /// assert_eq!(Period::Quarterly.months(), Some(3));
    /// assert_eq!(Period::Other("7".into()).months(), None);
    /// assert_eq!(Period::SemiAnnual.to_string(), "semi-annually");
    /// ```
    pub fn months(&self) -> Option<i32> {
        match self {
            Self::Monthly => Some(1),
            Self::Quarterly => Some(3),
            Self::SemiAnnual => Some(6),
            Self::Yearly => Some(12),
            Self::Other(_) => None,
        }
    }

    pub(crate) fn letter(&self) -> &str {
        match self {
            Self::Monthly => "m",
            Self::Quarterly => "q",
            Self::SemiAnnual => "s",
            Self::Yearly => "y",
            Self::Other(text) => text,
        }
    }

    /// REST's number; `None` for one that is not a number.
    pub(crate) fn number(&self) -> Option<i64> {
        match self {
            Self::Other(text) => text.parse().ok(),
            Self::Monthly | Self::Quarterly | Self::SemiAnnual | Self::Yearly => KNOWN
                .iter()
                .find(|(period, ..)| period == self)
                .map(|(_, _, number)| *number),
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Monthly => "monthly",
            Self::Quarterly => "quarterly",
            Self::SemiAnnual => "semi-annually",
            Self::Yearly => "yearly",
            Self::Other(text) => text,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_words_for_a_period_are_read_and_written() {
        for (period, letter, number) in KNOWN {
            assert_eq!(Period::read(letter), period);
            assert_eq!(Period::read(&number.to_string()), period);
            assert_eq!(period.letter(), letter);
            assert_eq!(period.number(), Some(number));
        }
        assert_eq!(Period::read(" M "), Period::Monthly);
        assert_eq!(Period::read("7").number(), Some(7));
        assert_eq!(Period::read("w"), Period::Other("w".to_owned()));
        assert_eq!(Period::read("w").number(), None);
    }
}
