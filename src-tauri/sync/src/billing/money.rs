//! Amounts of money as Autotask gives them: in the contract's currency, which it does not name.

use std::fmt;

use serde::{Serialize, Serializer};

/// Ten-thousandths, so that a sum of prices is exact. Written as a decimal number in a text: "12.50",
/// "-0.0475".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Money(i64);

impl Money {
    /// To the nearest ten-thousandth; `None` for what is no amount.
    pub fn from_number(number: f64) -> Option<Self> {
        let scaled = (number * 10_000.0).round();
        // Within 2^53 every whole number is exact.
        (scaled.abs() <= 9_007_199_254_740_992.0).then_some(Self(scaled as i64))
    }

    pub(crate) fn from_ten_thousandths(amount: i64) -> Self {
        Self(amount)
    }

    pub(crate) fn ten_thousandths(self) -> i64 {
        self.0
    }

    /// So many of them.
    #[must_use]
    pub fn times(self, count: i64) -> Self {
        Self(self.0.saturating_mul(count))
    }

    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, rest) = (
            self.0.unsigned_abs() / 10_000,
            self.0.unsigned_abs() % 10_000,
        );
        if rest.is_multiple_of(100) {
            write!(f, "{sign}{whole}.{:02}", rest / 100)
        } else {
            write!(f, "{sign}{whole}.{rest:04}")
        }
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact_and_have_two_places_or_four() {
        let money = |number| Money::from_number(number).unwrap();
        assert_eq!(money(0.05).times(3).to_string(), "0.15");
        assert_eq!(money(0.0475).times(-1).to_string(), "-0.0475");
        assert_eq!(money(-12.5).to_string(), "-12.50");
        assert_eq!(
            money(0.1).plus(money(0.2)).times(1_000_000).to_string(),
            "300000.00"
        );
        assert_eq!(Money::from_number(f64::NAN), None);
        assert_eq!(Money::from_number(1e300), None);
    }
}
