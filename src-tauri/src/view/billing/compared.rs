//! The reconciliation as the screen shows it.

use sync::billing::{Compared, Outcome, Reconciliation};
use sync::settings::Settings;

use super::convert::{neighbours, steps};
use super::{
    BillingFigure, BillingOutcome, BillingPeriod, BillingPlace, ReconciledLine, ReconciliationView,
};
use crate::view::BillingUnit;

impl ReconciliationView {
    pub fn of(compared: &Reconciliation, settings: &Settings, now: jiff::Timestamp) -> Self {
        let (previous, next) = neighbours(settings, compared.at);
        let next = Some(next).filter(|next| sync::billing::moment(settings, *next) <= now);
        Self {
            invoice_date: compared.invoice_date.to_string(),
            at: compared.at.to_string(),
            previous: previous.to_string(),
            next: next.map(|date| date.to_string()),
            unit: BillingUnit::from(settings.billing.unit),
            time_zone: compared.time_zone.clone(),
            read_at: compared.read_at.to_string(),
            lines: compared.lines.iter().map(ReconciledLine::from).collect(),
        }
    }
}

impl From<&Compared> for ReconciledLine {
    fn from(line: &Compared) -> Self {
        Self {
            organization_id: line.organization_id.clone(),
            organization: line.organization.clone(),
            place: line.place.clone().map(BillingPlace::from),
            outcome: BillingOutcome::from(line.outcome),
            outcome_text: line.outcome.label().to_owned(),
            message: line.message.clone(),
            bad: line.outcome.is_bad(),
            figure: line.figure.clone().map(BillingFigure::from),
            measured: line.sum.as_ref().map(|sum| sum.units),
            steps: steps(line.sum.clone()),
            effective: line.effective.map(|day| day.to_string()),
            period: line.period.map(BillingPeriod::from),
            before: line.before,
            posted: line.posted,
            posted_at: line.posted_at.map(|at| at.to_string()),
            standing: line.standing,
            difference: line.difference,
            unit_price: line.unit_price.map(|price| price.to_string()),
            amount: line.amount.map(|amount| amount.to_string()),
            worth: line.worth.map(|worth| worth.to_string()),
            correctable: line.line.filter(|_| line.can_correct),
        }
    }
}

impl From<Outcome> for BillingOutcome {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Agrees => Self::Agrees,
            Outcome::PostedLate => Self::PostedLate,
            Outcome::ChangedByHand => Self::ChangedByHand,
            Outcome::ContractChanged => Self::ContractChanged,
            Outcome::NotMapped => Self::NotMapped,
            Outcome::NeverPosted => Self::NeverPosted,
            Outcome::Covered => Self::Covered,
            Outcome::Undecided => Self::Undecided,
            Outcome::NeedsReview => Self::NeedsReview,
            Outcome::Settled => Self::Settled,
            Outcome::Corrected => Self::Corrected,
        }
    }
}
