//! Why a line cannot be posted: a code for programs, and a sentence that says what to do.

use jiff::civil::Date;
use serde::{Serialize, Serializer, ser::SerializeStruct as _};

/// See the module. Serialized as `{"code", "message"}`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Blocked {
    #[error(
        "The organization is not mapped. Choose its account, contract and service on Mappings."
    )]
    NotMapped,
    #[error("No service is chosen. Choose contract and service on Mappings.")]
    NoService,
    #[error(
        "\"{other}\" is mapped to the same service, and each would set its units. Give each \
         organization a service of its own."
    )]
    SharedService { other: String },
    #[error(
        "The organization's subscription has expired, and Options leave the units of such as they are. \
         Choose otherwise in Options to bill it, or exclude it on Mappings."
    )]
    ExpiredLeft,
    #[error(
        "There is no measurement of {metric} up to the invoice date. Enter the figure by hand, or look \
         whether the source names the organization."
    )]
    NoMeasurement { metric: String },
    #[error(
        "The last measurement is of {day}, {days} days old; Options allow {most}. Enter the figure by \
         hand."
    )]
    MeasurementTooOld { day: Date, days: i64, most: u8 },
    #[error("{units} units are more than Autotask takes. Look at what was measured.")]
    TooLarge { units: u64 },
    #[error(
        "The contract {contract} is not there, or the API user may not see it. Choose another on \
         Mappings."
    )]
    ContractGone { contract: i64 },
    #[error(
        "The contract belongs to the account {account}, not to the one that is mapped. Choose again on \
         Mappings."
    )]
    ContractOfAnother { account: i64 },
    #[error("The contract is not a recurring-service contract. Choose another on Mappings.")]
    WrongType,
    #[error(
        "The contract is inactive; Autotask bills it all the same until its last day. Make it active, \
         or choose another on Mappings."
    )]
    ContractInactive,
    #[error("Autotask does not say how often the contract is billed. Look at the contract.")]
    PeriodUnknown,
    #[error(
        "The contract begins on {start}, after the billing period of this invoice date. Choose the contract \
         that came before it on Mappings until this date is posted; if there was none, leave the line as it \
         stands."
    )]
    ContractNotBegun { start: Date },
    #[error("{}", ended(*end, *renewed))]
    ContractEnded { end: Date, renewed: Option<i64> },
    #[error(
        "The service (line {service}) is not on the contract any more, and is never put on it by this \
         app. Choose another on Mappings."
    )]
    ServiceGone { service: i64 },
    #[error("Autotask has no units of the service for {day}. Look at the contract's service.")]
    UnitsMissing { day: Date },
    #[error(
        "Autotask has {rows} rows of units of the service for {day}, so what is billed cannot be told. \
         Look at the contract's service."
    )]
    UnitsUnclear { day: Date, rows: usize },
    #[error(
        "Autotask bills from {start} to {end} there, and a change on {expected} would fall into the \
         middle. Look at the contract's dates."
    )]
    OtherPeriod {
        start: Date,
        end: Date,
        expected: Date,
    },
    #[error(
        "The billing period from {start} to {end} is approved and posted in Autotask, and is not \
         changed any more. Take the posting back in Autotask, or bill the difference there by hand and \
         leave the line as it stands."
    )]
    PeriodPosted { start: Date, end: Date },
    #[error("{}", later_posted(*invoice_date, *effective, *changed_units))]
    LaterPosted {
        invoice_date: Date,
        effective: Date,
        changed_units: bool,
    },
    #[error("{}", period_set(*invoice_date, *effective, *changed_units))]
    PeriodSet {
        invoice_date: Date,
        effective: Date,
        changed_units: bool,
    },
    #[error(
        "The change of the invoice date {invoice_date} is still open, and goes first. Post that one, or leave \
         it as it stands."
    )]
    OlderOpen { invoice_date: Date },
    #[error(
        "Units were changed for this invoice date on the contract {contract} from {effective} on, for another \
         service or billing period than now. Correct that first, or leave it as it stands."
    )]
    PostedElsewhere { contract: i64, effective: Date },
    #[error(
        "{units} units stand in Autotask from {day} on, which somebody has set since; the correction would move \
         them to {moved}. Correct the line again to do so, or leave the correction as it stands."
    )]
    LaterUnits { day: Date, units: i64, moved: i64 },
    #[error("Another change of the same service is under way, and is read back first.")]
    UnderWay,
    #[error(
        "The billing period ends on {end}: there is no next day in it. Change the units by hand in \
         Autotask, then read back, or leave the line as it stands."
    )]
    NoNextDay { end: Date },
}

fn later_posted(invoice_date: Date, effective: Date, changed_units: bool) -> String {
    let way_out = match changed_units {
        true => {
            "Correct that line first and post it again afterwards, or bill the difference by hand in \
             Autotask and leave this one as it stands."
        }
        // There is nothing that could be taken back.
        false => {
            "They were as wanted without a change, so that line cannot be corrected: change the units of this \
             billing period by hand in Autotask, and leave this one as it stands."
        }
    };
    format!(
        "The units were set from {effective} on already, for the invoice date {invoice_date}; a change before \
         that would move them too. {way_out}"
    )
}

fn period_set(invoice_date: Date, effective: Date, changed_units: bool) -> String {
    let other_units = match changed_units {
        true => "correct that line, then post again.",
        false => "change them by hand in Autotask.",
    };
    format!(
        "The units of the billing period from {effective} on were set for the invoice date {invoice_date}. \
         There is nothing to do: the next change comes with the next period. For other units in this one, \
         {other_units}"
    )
}

fn ended(end: Date, renewed: Option<i64>) -> String {
    match renewed {
        Some(contract) => format!(
            "The contract ended on {end}, and was renewed as contract {contract}. Follow it, or choose \
             another on Mappings."
        ),
        None => format!(
            "The contract ends on {end}, before the billing period of this invoice date. Renew it, or \
             choose another on Mappings."
        ),
    }
}

impl Blocked {
    pub fn code(&self) -> &'static str {
        match self {
            Blocked::NotMapped => "not_mapped",
            Blocked::NoService => "no_service",
            Blocked::SharedService { .. } => "shared_service",
            Blocked::ExpiredLeft => "expired_left",
            Blocked::NoMeasurement { .. } => "no_measurement",
            Blocked::MeasurementTooOld { .. } => "measurement_too_old",
            Blocked::TooLarge { .. } => "too_large",
            Blocked::ContractGone { .. } => "contract_gone",
            Blocked::ContractOfAnother { .. } => "contract_of_another",
            Blocked::WrongType => "wrong_type",
            Blocked::ContractInactive => "contract_inactive",
            Blocked::PeriodUnknown => "period_unknown",
            Blocked::ContractNotBegun { .. } => "contract_not_begun",
            Blocked::ContractEnded { .. } => "contract_ended",
            Blocked::ServiceGone { .. } => "service_gone",
            Blocked::UnitsMissing { .. } => "units_missing",
            Blocked::UnitsUnclear { .. } => "units_unclear",
            Blocked::OtherPeriod { .. } => "other_period",
            Blocked::PeriodPosted { .. } => "period_posted",
            Blocked::LaterPosted { .. } => "later_posted",
            Blocked::PeriodSet { .. } => "period_set",
            Blocked::OlderOpen { .. } => "older_open",
            Blocked::PostedElsewhere { .. } => "posted_elsewhere",
            Blocked::LaterUnits { .. } => "later_units",
            Blocked::UnderWay => "under_way",
            Blocked::NoNextDay { .. } => "no_next_day",
        }
    }

    /// Found out here, without asking Autotask.
    pub(crate) fn is_from_here(&self) -> bool {
        match self {
            Blocked::NotMapped
            | Blocked::NoService
            | Blocked::SharedService { .. }
            | Blocked::ExpiredLeft
            | Blocked::NoMeasurement { .. }
            | Blocked::MeasurementTooOld { .. }
            | Blocked::TooLarge { .. }
            | Blocked::OlderOpen { .. } => true,
            Blocked::ContractGone { .. }
            | Blocked::ContractOfAnother { .. }
            | Blocked::WrongType
            | Blocked::ContractInactive
            | Blocked::PeriodUnknown
            | Blocked::ContractNotBegun { .. }
            | Blocked::ContractEnded { .. }
            | Blocked::ServiceGone { .. }
            | Blocked::UnitsMissing { .. }
            | Blocked::UnitsUnclear { .. }
            | Blocked::OtherPeriod { .. }
            | Blocked::PeriodPosted { .. }
            | Blocked::LaterPosted { .. }
            | Blocked::PeriodSet { .. }
            | Blocked::PostedElsewhere { .. }
            | Blocked::LaterUnits { .. }
            | Blocked::UnderWay
            | Blocked::NoNextDay { .. } => false,
        }
    }
}

impl Serialize for Blocked {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Blocked", 2)?;
        fields.serialize_field("code", self.code())?;
        fields.serialize_field("message", &self.to_string())?;
        fields.end()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn what_cannot_be_posted_says_what_to_do() {
        let (day, later) = (date(2026, 12, 1), date(2026, 12, 31));
        let (invoice_date, effective) = (date(2026, 11, 30), day);
        let table = [
            (Blocked::ExpiredLeft, "Choose otherwise in Options"),
            (
                Blocked::ContractNotBegun { start: day },
                "Choose the contract that came before it",
            ),
            (
                Blocked::PeriodPosted {
                    start: day,
                    end: later,
                },
                "Take the posting back in Autotask",
            ),
            (
                Blocked::LaterPosted {
                    invoice_date,
                    effective,
                    changed_units: true,
                },
                "Correct that line first",
            ),
            (
                Blocked::LaterPosted {
                    invoice_date,
                    effective,
                    changed_units: false,
                },
                "so that line cannot be corrected",
            ),
            (
                Blocked::PeriodSet {
                    invoice_date,
                    effective,
                    changed_units: true,
                },
                "There is nothing to do",
            ),
            (
                Blocked::PeriodSet {
                    invoice_date,
                    effective,
                    changed_units: false,
                },
                "units in this one, change them by hand",
            ),
            (
                Blocked::NoNextDay { end: later },
                "Change the units by hand",
            ),
        ];
        for (why, what_to_do) in table {
            let text = why.to_string();
            assert!(text.contains(what_to_do), "{text}");
        }
    }
}
