//! From bytes to units, with the sum step by step. Pure, and whole numbers only: nothing is rounded but
//! once, at the step that says so.
//!
//! 1. The bytes are GB (10^9) or GiB (2^30).
//! 2. What is included goes off, down to nothing.
//! 3. The rest is rounded to whole blocks: to the nearest (a half goes up), up or down. A block is one unit
//!    unless set otherwise.
//! 4. A customer with any usage, be it one byte, has at least the minimum, up to whole blocks.
//!
//! So the units are always a whole number of blocks, and never fewer for more bytes.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::settings::{Billing, BillingUnit, Rounding};

/// How an amount of bytes becomes units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    pub unit: BillingUnit,
    pub included: u32,
    pub rounding: Rounding,
    /// 0 counts as 1.
    pub block: u32,
    pub minimum: u32,
}

impl From<&Billing> for Rule {
    fn from(billing: &Billing) -> Self {
        Self {
            unit: billing.unit,
            included: billing.included,
            rounding: billing.rounding,
            block: billing.block,
            minimum: billing.minimum,
        }
    }
}

/// How units came about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sum {
    /// `None` where nothing measured went into it.
    pub bytes: Option<u64>,
    /// In order; the last one's value is the units.
    pub steps: Vec<Step>,
    pub units: u64,
}

/// One line of a sum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// What is done: "523,400,000,000 bytes are".
    pub text: String,
    /// What comes out: "523.4 GB".
    pub value: String,
}

/// Why the units are none, whatever was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotBilled {
    Trial,
    Expired,
}

/// Of an organization that is not billed.
pub fn none(why: NotBilled) -> Sum {
    let text = match why {
        NotBilled::Trial => "A trial organization is not billed",
        NotBilled::Expired => "An expired organization is not billed",
    };
    Sum {
        bytes: None,
        steps: vec![step(text, "0")],
        units: 0,
    }
}

/// See the module.
pub fn sum(bytes: u64, rule: &Rule) -> Sum {
    let (unit, name) = match rule.unit {
        BillingUnit::Gb => (1_000_000_000_u128, "GB"),
        BillingUnit::Gib => (1 << 30, "GiB"),
    };
    let amount = |bytes: u128| format!("{} {name}", decimal(bytes, unit));
    let measured = u128::from(bytes);
    let mut steps = vec![step(
        &format!("{} bytes are", grouped(measured)),
        &amount(measured),
    )];

    let left = measured.saturating_sub(u128::from(rule.included) * unit);
    if rule.included > 0 {
        let text = format!("{} {name} are included", grouped(rule.included.into()));
        steps.push(step(&text, &amount(left)));
    }

    let block = u128::from(rule.block.max(1));
    let (whole, rest) = (left / (unit * block), left % (unit * block));
    let (blocks, way) = match rule.rounding {
        Rounding::Up => (whole + u128::from(rest > 0), "up"),
        Rounding::Down => (whole, "down"),
        Rounding::Nearest => (whole + u128::from(2 * rest >= unit * block), "to nearest"),
    };
    let mut units = blocks * block;
    let text = match block {
        1 => format!("rounded {way}"),
        _ => format!("rounded {way} to blocks of {}", grouped(block)),
    };
    steps.push(step(&text, &grouped(units)));

    let minimum = u128::from(rule.minimum).div_ceil(block) * block;
    if bytes > 0 && units < minimum {
        units = minimum;
        let text = format!("at least {}", grouped(rule.minimum.into()));
        steps.push(step(&text, &grouped(units)));
    }
    Sum {
        bytes: Some(bytes),
        steps,
        units: u64::try_from(units).unwrap_or(u64::MAX),
    }
}

fn step(text: &str, value: &str) -> Step {
    Step {
        text: text.to_owned(),
        value: value.to_owned(),
    }
}

/// `523400000000` as "523,400,000,000".
pub(crate) fn grouped(number: u128) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A quotient as a decimal number: exact, or cut after nine places, with a mark.
fn decimal(number: u128, by: u128) -> String {
    let whole = grouped(number / by);
    let mut rest = number % by;
    let mut places = String::new();
    while rest > 0 && places.len() < 9 {
        rest *= 10;
        places.push(char::from(b'0' + u8::try_from(rest / by).unwrap_or(9)));
        rest %= by;
    }
    match (places.is_empty(), rest > 0) {
        (true, _) => whole,
        (false, false) => format!("{whole}.{places}"),
        (false, true) => format!("{whole}.{places}\u{2026}"),
    }
}
