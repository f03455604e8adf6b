//! Measurements, and what became of them: the tables of `billing`.

mod lines;
mod measurements;
mod record;

use jiff::{Timestamp, civil::Date};

pub use self::lines::LineRow;
pub(crate) use self::{
    lines::{Standing, ToPlan},
    record::{LineRecord, NewLine},
};
pub(super) use self::{measurements::forget_before, record::take_back_approvals};
use super::{Store, StoreError, facts, notices};
use crate::schedule;

const INVOICES_DONE: &str = "invoices_done";
const INSTALLATION: &str = "installation";

impl Store {
    /// Of which months there are lines already.
    pub(crate) fn invoices_done(&self) -> Result<schedule::Record, StoreError> {
        Ok(self.fact(INVOICES_DONE)?.unwrap_or_default())
    }

    pub(crate) fn save_invoices_done(&self, done: &schedule::Record) -> Result<(), StoreError> {
        self.set_fact(INVOICES_DONE, done)
    }

    /// Keeps that there are no lines of these invoice dates, and tells it, all or nothing.
    pub(crate) fn leave_out_invoices(
        &self,
        months: schedule::Span,
        notice: &str,
        done: &schedule::Record,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            notices::leave_out(transaction, "invoice dates", months, notice, now)?;
            facts::put(transaction, INVOICES_DONE, done)
        })
    }

    /// Tells this computer from others with the same settings.
    pub(crate) fn installation(&self) -> Result<String, StoreError> {
        Ok(self.fact(INSTALLATION)?.unwrap_or_default())
    }
}

fn date(text: &str) -> Result<Date, StoreError> {
    text.parse()
        .map_err(|error| StoreError::unreadable("a date", error))
}

/// What a line is called in the ledger: the same on every computer.
fn key(invoice_date: &str, organization_id: &str, correction: bool) -> String {
    let what = if correction { "correction" } else { "invoice" };
    format!("{what}-{invoice_date}-{organization_id}")
}
