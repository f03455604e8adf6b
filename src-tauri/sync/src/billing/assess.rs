//! From an organization's mapping, its figure, the settings and what stands in Autotask to a change of
//! units, or to why there is none. Pure.
//!
//! The checks come in an order, and the first that fails is told. What is known beside it is kept, so that
//! a blocked line shows as much as there is.

use autotask::ContractServiceUnit;
use cloud_direct::OrganizationState;
use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};

use super::{
    Blocked, Figure, Money, Period, Place, Sum, Terms,
    figure::{self, NoFigure},
    period::{self, NoPeriod, Term},
    quantity::{self, NotBilled, Rule},
    standing::{Contracts, NoStretch, Stretch, ToRead, Units},
};
use crate::{
    settings::{Approval, Billing, Expired},
    store::{LineRow, MappingRow, Standing},
};

/// What a line is made from.
pub(crate) struct Case<'a> {
    pub row: &'a MappingRow,
    pub invoice_date: Date,
    /// Of the invoice date.
    pub moment: Timestamp,
    pub now: Timestamp,
    pub billing: &'a Billing,
    pub zone: &'a TimeZone,
    pub figures: &'a [Figure],
    /// Another organization that is mapped to the same service.
    pub shared_with: Option<&'a str>,
    /// The oldest invoice date of which its line can still be posted.
    pub open: Option<Date>,
    /// The line that is kept of it.
    pub line: Option<&'a LineRow>,
}

/// What is known of a line.
#[derive(Debug, Clone, Default)]
pub(crate) struct Assessed {
    pub place: Option<Place>,
    pub figure: Option<Figure>,
    pub sum: Option<Sum>,
    pub period: Option<Period>,
    pub effective: Option<Date>,
    /// Autotask has refused a day before that.
    refused_before: bool,
    pub units_now: Option<i64>,
    pub wanted: Option<i64>,
    pub unit_price: Option<Money>,
    /// Other units that somebody has set from a later day on, and that would be changed or move along.
    pub later: Option<(Date, i64)>,
    pub blocked: Option<Blocked>,
}

impl Assessed {
    fn block(&mut self, why: Blocked) {
        self.blocked.get_or_insert(why);
    }

    /// All that is needed to send it.
    pub fn terms(&self) -> Option<Terms> {
        if self.blocked.is_some() {
            return None;
        }
        Some(Terms {
            place: self.place.clone()?,
            effective: self.effective?,
            period: self.period?,
            before: self.units_now?,
            wanted: self.wanted?,
            unit_price: self.unit_price,
            figure: self.figure.clone(),
            sum: self.sum.clone(),
        })
    }

    /// The contract service and the days whose units are to be read: the rest of the billing period.
    pub fn to_read(&self) -> Option<ToRead> {
        let (service, end) = (self.place.as_ref()?.service, self.period?.end);
        Some(ToRead::within(service, self.effective?, end))
    }

    /// The same, with the later days that a change would move along.
    pub fn to_look_ahead(&self) -> Option<ToRead> {
        Some(ToRead::from(self.place.as_ref()?.service, self.effective?))
    }
}

/// First step: from what is known here.
pub(crate) fn from_here(case: &Case<'_>) -> Assessed {
    let mut assessed = Assessed::default();
    let mapping = &case.row.mapping;
    match (&mapping.account, &mapping.contract, &mapping.service) {
        (Some(account), Some(contract), Some(service)) => {
            assessed.place = Some(Place {
                account: account.id,
                account_name: account.name.clone(),
                contract: contract.id,
                contract_name: contract.name.clone(),
                service: service.id,
                service_name: service.name.clone(),
            });
        }
        (None, _, _) => assessed.block(Blocked::NotMapped),
        (Some(_), _, _) => assessed.block(Blocked::NoService),
    }
    if let Some(other) = case.shared_with {
        assessed.block(Blocked::SharedService {
            other: other.to_owned(),
        });
    }
    let figure = figure::of(
        case.figures,
        case.moment,
        case.now,
        case.billing.max_age_days,
        case.zone,
    );
    let sum = match (case.row.organization.state, case.billing.expired) {
        (OrganizationState::Trial, _) if !case.billing.bill_trials => {
            Some(quantity::none(NotBilled::Trial))
        }
        (OrganizationState::Expired, Expired::Zero) => Some(quantity::none(NotBilled::Expired)),
        (OrganizationState::Expired, Expired::Leave) => {
            assessed.block(Blocked::ExpiredLeft);
            None
        }
        (OrganizationState::Expired, Expired::Measured)
        | (
            OrganizationState::Active
            | OrganizationState::Trial
            | OrganizationState::Blocked
            | OrganizationState::Unknown,
            _,
        ) => match &figure {
            Ok(figure) => Some(quantity::sum(figure.bytes, &Rule::from(case.billing))),
            Err(why) => {
                assessed.block(no_figure(why, case));
                None
            }
        },
    };
    assessed.figure = figure.ok();
    if let Some(sum) = sum {
        match i32::try_from(sum.units) {
            Ok(units) => assessed.wanted = Some(i64::from(units)),
            Err(_) => assessed.block(Blocked::TooLarge { units: sum.units }),
        }
        assessed.sum = Some(sum);
    }
    // Later units would be in the way of the older ones.
    if let Some(open) = case.open
        && open < case.invoice_date
    {
        assessed.block(Blocked::OlderOpen { invoice_date: open });
    }
    assessed
}

fn no_figure(why: &NoFigure, case: &Case<'_>) -> Blocked {
    match why {
        NoFigure::NeverMeasured => Blocked::NoMeasurement {
            metric: case.billing.metric.clone(),
        },
        NoFigure::TooOld { measured_at, days } => Blocked::MeasurementTooOld {
            day: crate::time_of_day::day(*measured_at, case.zone),
            days: *days,
            most: case.billing.max_age_days,
        },
    }
}

/// A correction: the units before the line first had an effect, from the same day. `None`: it had none.
pub(crate) fn of_correction(corrected: &LineRow, from_day: Option<Date>) -> Option<Assessed> {
    let (terms, (from, former)) = (corrected.terms.as_ref()?, corrected.former?);
    let mut assessed = Assessed {
        place: Some(terms.place.clone()),
        wanted: Some(former),
        unit_price: terms.unit_price,
        ..Assessed::default()
    };
    assessed.starts(terms.period, from, from_day);
    Some(assessed)
}

impl Assessed {
    /// From that day; or from a later one, where those before were refused.
    fn starts(&mut self, period: Period, day: Date, from_day: Option<Date>) {
        self.period = Some(period);
        self.refused_before = from_day.is_some();
        let day = from_day.map_or(day, |from| day.max(from));
        if day > period.end {
            self.block(Blocked::NoNextDay { end: period.end });
        }
        self.effective = Some(day);
    }

    /// Second step: with the contract and the line on it. `today` is only for the words.
    pub fn with_contract(&mut self, case: &Case<'_>, contracts: &Contracts) {
        let Some(mut place) = self.place.clone() else {
            return;
        };
        contracts.name(&mut place);
        self.place = Some(place.clone());
        let Some(contract) = contracts.contracts.get(&place.contract) else {
            return self.block(Blocked::ContractGone {
                contract: place.contract,
            });
        };
        self.contract_is_good(contract, &place);
        self.line_is_there(&place, contracts);
        let months = contract.period.as_ref().and_then(autotask::Period::months);
        let Some(months) = months else {
            return self.block(Blocked::PeriodUnknown);
        };
        let term = Term {
            start: contract.start,
            end: contract.end,
            months,
        };
        match period::of(case.invoice_date, case.billing.effective, term) {
            Ok(period) => {
                self.stays(case.line, period);
                let from_day = case.line.and_then(|line| line.from_day);
                self.starts(period, period.start, from_day);
            }
            Err(NoPeriod::NotBegun) => self.block(Blocked::ContractNotBegun {
                start: contract.start,
            }),
            Err(NoPeriod::Ended) => self.block(Blocked::ContractEnded {
                end: contract.end,
                renewed: contract.renewed_contract_id,
            }),
        }
    }

    /// What it has changed already is not left behind for another service or another time.
    fn stays(&mut self, line: Option<&LineRow>, period: Period) {
        let Some(line) = line.filter(|line| line.former.is_some()) else {
            return;
        };
        let (Some(terms), Some(place)) = (&line.terms, &self.place) else {
            return;
        };
        if terms.place.service != place.service || terms.period != period {
            let (contract, effective) = (terms.place.contract, terms.effective);
            self.block(Blocked::PostedElsewhere {
                contract,
                effective,
            });
        }
    }

    /// The same for a correction, whose day is known.
    pub fn correction_with_contract(&mut self, contracts: &Contracts) {
        let (Some(place), Some(effective)) = (self.place.clone(), self.effective) else {
            return;
        };
        let Some(contract) = contracts.contracts.get(&place.contract) else {
            return self.block(Blocked::ContractGone {
                contract: place.contract,
            });
        };
        self.contract_is_good(contract, &place);
        self.line_is_there(&place, contracts);
        if effective < contract.start {
            self.block(Blocked::ContractNotBegun {
                start: contract.start,
            });
        }
        if effective > contract.end {
            self.block(Blocked::ContractEnded {
                end: contract.end,
                renewed: contract.renewed_contract_id,
            });
        }
    }

    fn contract_is_good(&mut self, contract: &autotask::Contract, place: &Place) {
        if contract.company_id != place.account {
            self.block(Blocked::ContractOfAnother {
                account: contract.company_id,
            });
        }
        if contract.contract_type != autotask::Contract::RECURRING_SERVICE {
            self.block(Blocked::WrongType);
        }
        if contract.status != autotask::Contract::ACTIVE {
            self.block(Blocked::ContractInactive);
        }
    }

    fn line_is_there(&mut self, place: &Place, contracts: &Contracts) {
        match contracts.lines.get(&place.service) {
            Some(line) if line.contract_id == place.contract => {
                self.unit_price = self
                    .unit_price
                    .or(line.unit_price.and_then(Money::from_number));
            }
            Some(_) | None => self.block(Blocked::ServiceGone {
                service: place.service,
            }),
        }
    }

    /// Third step: with our own lines of the same service.
    pub fn with_own_lines(&mut self, standing: &[Standing], own: Option<i64>) {
        let Some(period) = self.period else {
            return;
        };
        let others = || standing.iter().filter(|line| Some(line.line) != own);
        if others().any(|line| line.state.is_under_way()) {
            self.block(Blocked::UnderWay);
        }
        if let Some(later) = others().find(|line| line.effective > period.end) {
            self.block(Blocked::LaterPosted {
                invoice_date: later.invoice_date,
                effective: later.effective,
                changed_units: later.changed_units,
            });
        }
        if let Some(same) = others().find(|line| line.effective >= period.start) {
            self.block(Blocked::PeriodSet {
                invoice_date: same.invoice_date,
                effective: same.effective,
                changed_units: same.changed_units,
            });
        }
    }

    /// Last step: with the units as they stand. The change is from the first day of the billing period that has
    /// other units than wanted; where there is none, nothing is to be changed. `ahead`: the units of later days,
    /// read a little earlier, perhaps.
    pub fn with_units(&mut self, units: &Units, ahead: &Units) {
        let (Some(ToRead { line, day, .. }), Some(period)) = (self.to_read(), self.period) else {
            return;
        };
        let rows = match units.stretch(line, day, period.end) {
            Ok(rows) => rows,
            Err(NoStretch::Missing) => return self.block(Blocked::UnitsMissing { day }),
            Err(NoStretch::Several { day, rows }) => {
                return self.block(Blocked::UnitsUnclear { day, rows });
            }
        };
        // Until it is known what is wanted, the first units are shown.
        let wanted = self.wanted.unwrap_or(rows.first.units);
        let (effective, row) = self.first_to_change(&rows, day, wanted);
        if effective > period.end {
            self.block(Blocked::NoNextDay { end: period.end });
        }
        self.effective = Some(effective);
        self.units_now = Some(row.units);
        self.later = if effective > day && !self.refused_before {
            Some((effective, row.units))
        } else {
            let later = ahead.others_after(line, effective, row.units);
            later.map(|row| (row.start, row.units))
        };
        // What is billed for a whole period is the price that counts, whatever the service costs.
        if row.start == period.start
            && row.end == period.end
            && row.units > 0
            && let Some(price) = row.price
        {
            self.unit_price = Money::from_number(price / row.units as f64);
        }
        let outside = rows
            .rows()
            .find(|row| row.start < period.start || row.end > period.end);
        if let Some(row) = outside {
            self.block(Blocked::OtherPeriod {
                start: row.start,
                end: row.end,
                expected: period.start,
            });
        }
        if let Some(posted) = units.posted_from(line, day) {
            self.block(Blocked::PeriodPosted {
                start: posted.start,
                end: posted.end,
            });
        }
    }

    /// The day to change the units from, and what stands on it. Where Autotask refuses a day a second time, one
    /// on which units begin has been used, by us or somebody else.
    fn first_to_change<'a>(
        &self,
        rows: &Stretch<'a>,
        from: Date,
        wanted: i64,
    ) -> (Date, &'a ContractServiceUnit) {
        let mut from = from;
        loop {
            let mut left = rows.rows().filter(|row| row.end >= from);
            let Some(row) = left.clone().find(|row| row.units != wanted) else {
                let row = left.next().or(rows.rows().last());
                return (from, row.unwrap_or(rows.first));
            };
            let day = row.start.max(from);
            if !self.refused_before || row.start != day {
                return (day, row);
            }
            from = day.saturating_add(1.day());
        }
    }
}

impl Contracts {
    /// Names as Autotask has them now.
    fn name(&self, place: &mut Place) {
        if let Some(contract) = self.contracts.get(&place.contract) {
            place.contract_name.clone_from(&contract.name);
        }
        if let Some(line) = self.lines.get(&place.service)
            && let Some(service) = self.catalog.get(&line.service_id)
        {
            place.service_name.clone_from(&service.name);
        }
    }
}

/// Why a change waits for a person, by the settings. `approved`: the units that a person has approved.
/// `later`: other units that stand from a later day on.
pub(crate) fn hold(
    billing: &Billing,
    terms: &Terms,
    approved: Option<i64>,
    later: Option<(Date, i64)>,
) -> Option<String> {
    if terms.change() == 0 {
        return None;
    }
    if let Some(approved) = approved {
        return (approved != terms.wanted).then(|| {
            format!(
                "{approved} units were approved, and by now they would be {}.",
                terms.wanted
            )
        });
    }
    if let Some((day, units)) = later {
        return Some(format!(
            "{units} units stand in Autotask from {day} on, which somebody has set; the change would move \
             them to {}.",
            units.saturating_add(terms.change())
        ));
    }
    match billing.approval {
        Approval::PostByItself => None,
        Approval::HoldAlways => {
            Some("Options hold each change until a person has approved it.".to_owned())
        }
        Approval::WhenChangedByMoreThan => {
            let (change, before) = (terms.change().unsigned_abs(), terms.before.unsigned_abs());
            let percent = billing.approval_threshold;
            // No units before: any is more than so many percent.
            let more = u128::from(change) * 100 > u128::from(before) * u128::from(percent);
            more.then(|| {
                format!(
                    "The change is more than {percent} % ({} to {}).",
                    terms.before, terms.wanted
                )
            })
        }
    }
}
