//! What a line is, once its units have been read. Pure: nothing but the units decides.

use super::{
    State, Terms,
    standing::{NoStretch, Stretch},
};

/// So often a change is sent and found to have had no effect, before a person is asked.
pub(crate) const IN_VAIN_MAX: u32 = 5;
/// So many readings may find the units as before although Autotask said that it had changed them.
const LOOKS_MAX: u32 = 1;

/// What a reading comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reading {
    AsWanted,
    /// It had no effect, and may be sent again.
    AsBefore,
    /// Nothing is decided: read again.
    Again,
    /// A person has to decide. Code and sentence.
    Review(&'static str, String),
}

/// What the units of the billing period, from the effective date on, say of a line that was sent. As wanted
/// are all of them; whether it had an effect is told by the first.
pub(crate) fn reading(
    state: State,
    terms: &Terms,
    attempts: u32,
    looks: u32,
    units: &Result<Stretch<'_>, NoStretch>,
) -> Reading {
    let (before, wanted) = (terms.before, terms.wanted);
    let rows = match units {
        Ok(rows) => rows,
        Err(NoStretch::Missing) => {
            return Reading::Review(
                "units_missing",
                format!(
                    "Autotask has no units of the service for {} any more. Look at the contract, then \
                     post again, correct, or settle it.",
                    terms.effective
                ),
            );
        }
        Err(NoStretch::Several { day, rows }) => {
            return Reading::Review(
                "units_unclear",
                format!(
                    "Autotask has {rows} rows of units of the service for {day}: what is billed cannot be \
                     told. Look at the contract's service.",
                ),
            );
        }
    };
    let Some(other) = rows.other_than(wanted) else {
        return Reading::AsWanted;
    };
    if rows.first.units == wanted || rows.first.units != before {
        return Reading::Review(
            "units_differ",
            format!(
                "Autotask has {} units from {}: {before} were there before, {wanted} are wanted. Somebody \
                 else has changed them, or another computer posts with the same settings. Post again, \
                 correct, or settle it.",
                other.units,
                other.start.max(terms.effective)
            ),
        );
    }
    match state {
        State::Unclear if attempts < IN_VAIN_MAX => Reading::AsBefore,
        State::Unclear => Reading::Review(
            "sent_in_vain",
            format!(
                "Sent {attempts} times, and each time no certain answer came and the units stayed \
                 {before}. Look at the contract in Autotask, then post again."
            ),
        ),
        State::Posted if looks < LOOKS_MAX => Reading::Again,
        State::Posted
        | State::Held
        | State::Planned
        | State::Sending
        | State::Verified
        | State::NeedsReview
        | State::Settled
        | State::Corrected
        | State::Withdrawn => Reading::Review(
            "units_unchanged",
            format!(
                "Autotask said that it had changed the units, and they are {before} as before. Look at \
                 the contract in Autotask, then post again, or settle it."
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use autotask::ContractServiceUnit;
    use jiff::civil::date;

    use super::*;
    use crate::billing::{Period, Place};

    fn terms(before: i64, wanted: i64) -> Terms {
        let start = date(2026, 12, 1);
        Terms {
            place: Place {
                account: 1,
                account_name: String::new(),
                contract: 2,
                contract_name: String::new(),
                service: 3,
                service_name: String::new(),
            },
            effective: start,
            period: Period {
                start,
                end: date(2026, 12, 31),
            },
            before,
            wanted,
            unit_price: None,
            figure: None,
            sum: None,
        }
    }

    fn row(units: i64) -> ContractServiceUnit {
        ContractServiceUnit {
            id: 1,
            contract_id: 2,
            service_id: 4,
            contract_service_id: Some(3),
            start: date(2026, 12, 1),
            end: date(2026, 12, 31),
            units,
            price: None,
            cost: None,
            approved_and_posted: None,
        }
    }

    fn of(state: State, attempts: u32, looks: u32, read: Option<i64>) -> &'static str {
        let row = row(read.unwrap_or_default());
        let units = match read {
            Some(_) => Ok(Stretch {
                first: &row,
                rest: Vec::new(),
            }),
            None => Err(NoStretch::Missing),
        };
        told(reading(state, &terms(100, 120), attempts, looks, &units))
    }

    fn told(reading: Reading) -> &'static str {
        match reading {
            Reading::AsWanted => "as wanted",
            Reading::AsBefore => "as before",
            Reading::Again => "again",
            Reading::Review(code, _) => code,
        }
    }

    #[test]
    fn the_units_alone_decide() {
        use State::{Posted, Unclear};
        let table = [
            (Unclear, 1, 0, Some(120), "as wanted"),
            (Unclear, 1, 0, Some(100), "as before"),
            (Unclear, 4, 9, Some(100), "as before"),
            (Unclear, 5, 0, Some(100), "sent_in_vain"),
            (Unclear, 1, 0, Some(140), "units_differ"),
            (Unclear, 1, 0, Some(0), "units_differ"),
            (Unclear, 1, 0, None, "units_missing"),
            (Posted, 1, 0, Some(120), "as wanted"),
            (Posted, 1, 0, Some(100), "again"),
            (Posted, 1, 1, Some(100), "units_unchanged"),
            (Posted, 1, 0, Some(140), "units_differ"),
            (Posted, 9, 9, Some(120), "as wanted"),
            (Posted, 1, 0, None, "units_missing"),
        ];
        for (state, attempts, looks, read, expected) in table {
            assert_eq!(
                of(state, attempts, looks, read),
                expected,
                "{state:?} {attempts} {looks} {read:?}"
            );
        }
        let (day, rows) = (date(2026, 12, 2), 2);
        let several = Err(NoStretch::Several { day, rows });
        let several = reading(Unclear, &terms(1, 2), 1, 0, &several);
        assert!(matches!(several, Reading::Review("units_unclear", _)));
    }

    #[test]
    fn all_units_of_the_period_are_as_wanted_or_it_is_not() {
        let table = [
            (100, 120, "as before"),
            (120, 120, "as wanted"),
            (120, 100, "units_differ"),
            (120, 140, "units_differ"),
        ];
        for (first, rest, expected) in table {
            let (first, rest) = (row(first), row(rest));
            let rows = Ok(Stretch {
                first: &first,
                rest: vec![&rest],
            });
            let reading = reading(State::Unclear, &terms(100, 120), 1, 0, &rows);
            assert_eq!(told(reading), expected);
        }
    }
}
