//! Amounts of money as Autotask gives them: in the contract's currency, which it does not name.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

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

    /// So many of them.
    #[must_use]
    pub fn times(self, count: i64) -> Self {
        Self(self.0.saturating_mul(count))
    }

    /// What so many are worth, where both are known.
    pub fn worth(price: Option<Self>, count: Option<i64>) -> Option<Self> {
        Some(price?.times(count?))
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

impl FromStr for Money {
    type Err = &'static str;

    /// As it is written.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "an amount of money is written 12.50 or -0.0475";
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let (whole, places) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !plain(whole) || !plain(places) || places.len() > 4 {
            return Err(wrong);
        }
        let amount: i64 = format!("{whole}{places:0<4}").parse().map_err(|_| wrong)?;
        Ok(Self(if negative { -amount } else { amount }))
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
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
        for number in [0.0, 12.5, -0.0475, -3.0, 0.0001] {
            assert_eq!(money(number).to_string().parse(), Ok(money(number)));
        }
        for wrong in ["", "-", ".5", "1,5", "1.23456", "x"] {
            assert!(wrong.parse::<Money>().is_err(), "{wrong}");
        }
    }
}
