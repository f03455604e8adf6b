//! What a line was sent with, as it is kept: what was measured and summed then, for whom, from which day.

use jiff::{ToSpan as _, civil::Date};
use serde::{Deserialize, Serialize};

use super::{Figure, Money, Period, Sum, standing::ToRead};

/// Where an organization is billed. Names are empty where they have not been read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    pub account: i64,
    pub account_name: String,
    pub contract: i64,
    pub contract_name: String,
    /// The contract service (a line on the contract).
    pub service: i64,
    pub service_name: String,
}

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Terms {
    pub place: Place,
    /// The first day on which the units hold.
    pub effective: Date,
    /// The billing period that it is in.
    pub period: Period,
    /// The units of the effective date right before it was sent.
    pub before: i64,
    pub wanted: i64,
    pub unit_price: Option<Money>,
    /// `None` for a correction, and where nothing measured counts.
    pub figure: Option<Figure>,
    pub sum: Option<Sum>,
}

impl Terms {
    /// The adjustment.
    pub fn change(&self) -> i64 {
        self.wanted.saturating_sub(self.before)
    }

    /// The day after the effective date, if the billing period has one.
    pub(crate) fn next_day(&self) -> Option<Date> {
        let next = self.effective.saturating_add(1.day());
        (next <= self.period.end).then_some(next)
    }

    /// The units that it is about: those of the billing period from the effective date on.
    pub(crate) fn to_read(&self) -> ToRead {
        ToRead::within(self.place.service, self.effective, self.period.end)
    }
}
