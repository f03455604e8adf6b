//! A worked example of billing's options, as they stand on the screen.

use jiff::{Timestamp, ToSpan};
use sync::billing::period::{self, Term};
use sync::billing::quantity::{self, Rule};
use sync::settings::{self, General, Settings};

use super::{BillingExample, BillingPeriod, ExampleInput, SumStep};
use crate::view::CommandError;

/// What was measured: 523.4 GB, or 487.4 GiB.
const BYTES: u64 = 523_400_000_000;

impl ExampleInput {
    /// `saved`: what the page does not show.
    pub fn example(
        &self,
        saved: &settings::Billing,
        now: Timestamp,
    ) -> Result<BillingExample, CommandError> {
        let settings = Settings {
            billing: self.billing.settings(saved)?,
            general: General {
                time_zone: self.time_zone.clone(),
                ..General::default()
            },
            ..Settings::default()
        };
        settings.billing.validate()?;
        settings.general.validate()?;
        let (_, next) = sync::billing::around(&settings, now);
        let begun = next.date.first_of_month().saturating_sub(1.year());
        let contract = Term {
            start: begun,
            end: begun.saturating_add(3.years()).saturating_sub(1.day()),
            months: 1,
        };
        let period = period::of(next.date, settings.billing.effective, contract)
            .map_err(|_| CommandError::internal("The example's contract has no such period."))?;
        let sum = quantity::sum(BYTES, &Rule::from(&settings.billing));
        Ok(BillingExample {
            invoice_date: next.date.to_string(),
            period: BillingPeriod::from(period),
            steps: sum.steps.into_iter().map(SumStep::from).collect(),
        })
    }
}
