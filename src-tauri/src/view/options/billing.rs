//! Billing's options, from the screen and to it.

use sync::settings;

use super::settings::time;
use super::{Approval, Billing, BillingUnit, Effective, Expired, Rounding};
use crate::view::CommandError;

impl Billing {
    /// What the page does not show stays as it is saved.
    pub(in crate::view) fn settings(
        &self,
        saved: &settings::Billing,
    ) -> Result<settings::Billing, CommandError> {
        Ok(settings::Billing {
            enabled: self.enabled,
            invoice_day: self.invoice_day,
            time: time("billing.time", &self.time)?,
            unit: match self.unit {
                BillingUnit::Gb => settings::BillingUnit::Gb,
                BillingUnit::Gib => settings::BillingUnit::Gib,
            },
            metric: saved.metric.clone(),
            included: self.included,
            rounding: match self.rounding {
                Rounding::Nearest => settings::Rounding::Nearest,
                Rounding::Up => settings::Rounding::Up,
                Rounding::Down => settings::Rounding::Down,
            },
            block: self.block,
            minimum: self.minimum,
            bill_trials: self.bill_trials,
            expired: match self.expired {
                Expired::Leave => settings::Expired::Leave,
                Expired::Measured => settings::Expired::Measured,
                Expired::Zero => settings::Expired::Zero,
            },
            max_age_days: self.max_age_days,
            effective: match self.effective {
                Effective::Begins => settings::Effective::Begins,
                Effective::Closes => settings::Effective::Closes,
            },
            approval: match self.approval {
                Approval::PostByItself => settings::Approval::PostByItself,
                Approval::HoldAlways => settings::Approval::HoldAlways,
                Approval::WhenChangedByMoreThan => settings::Approval::WhenChangedByMoreThan,
            },
            approval_threshold: self.approval_threshold,
        })
    }
}

impl From<&settings::Billing> for Billing {
    fn from(billing: &settings::Billing) -> Self {
        Self {
            enabled: billing.enabled,
            invoice_day: billing.invoice_day,
            time: billing.time.strftime("%H:%M").to_string(),
            unit: billing.unit.into(),
            included: billing.included,
            rounding: match billing.rounding {
                settings::Rounding::Nearest => Rounding::Nearest,
                settings::Rounding::Up => Rounding::Up,
                settings::Rounding::Down => Rounding::Down,
            },
            block: billing.block,
            minimum: billing.minimum,
            bill_trials: billing.bill_trials,
            expired: match billing.expired {
                settings::Expired::Leave => Expired::Leave,
                settings::Expired::Measured => Expired::Measured,
                settings::Expired::Zero => Expired::Zero,
            },
            max_age_days: billing.max_age_days,
            effective: billing.effective.into(),
            approval: billing.approval.into(),
            approval_threshold: billing.approval_threshold,
        }
    }
}

impl From<settings::BillingUnit> for BillingUnit {
    fn from(unit: settings::BillingUnit) -> Self {
        match unit {
            settings::BillingUnit::Gb => BillingUnit::Gb,
            settings::BillingUnit::Gib => BillingUnit::Gib,
        }
    }
}

impl From<settings::Effective> for Effective {
    fn from(effective: settings::Effective) -> Self {
        match effective {
            settings::Effective::Begins => Effective::Begins,
            settings::Effective::Closes => Effective::Closes,
        }
    }
}

impl From<settings::Approval> for Approval {
    fn from(approval: settings::Approval) -> Self {
        match approval {
            settings::Approval::PostByItself => Approval::PostByItself,
            settings::Approval::HoldAlways => Approval::HoldAlways,
            settings::Approval::WhenChangedByMoreThan => Approval::WhenChangedByMoreThan,
        }
    }
}
