//! One organization's line of an invoice date, and what stands in Autotask now. Pure, but for looking up the line
//! of another date.
//!
//! - What was posted is compared by the ids that it was posted with, whatever is mapped now: with the units to
//!   be, or those that were put back, or those at which a person left it.
//! - Where nothing was posted, what stands where the organization is mapped now is compared with what was
//!   measured. Another invoice date may have set the same billing period: then its line is what counts.

use autotask::ContractServiceUnit;
use jiff::{civil::Date, tz::TimeZone};

use super::{
    Compared, Money, Outcome, Period, Place, State, Terms,
    assess::{Assessed, from_here},
    book::Book,
    due,
    preview::Records,
    standing::{Contracts, ToRead, Units},
};
use crate::{
    store::{LineRow, MappingRow, Store, StoreError},
    time_of_day,
};

/// One organization, and what is to be compared.
pub(super) struct Row<'a> {
    row: &'a MappingRow,
    line: Option<&'a LineRow>,
    /// Of a line by which something stands, or may.
    terms: Option<&'a Terms>,
    /// What took the line back.
    correction: Option<&'a Terms>,
    /// Where nothing stands by a line: what would be posted.
    assessed: Assessed,
    /// Where nothing stands by a line: that of another invoice date which set the same billing period.
    set_by: Option<LineRow>,
    /// The invoice date of another line of ours in the same billing period.
    set_anew: Option<Date>,
}

impl<'a> Row<'a> {
    pub fn begin(
        book: &Book,
        row: &'a MappingRow,
        records: &'a Records,
        invoice_date: Date,
    ) -> Self {
        let line = records.of_organization(&row.organization.id);
        let terms = line
            .filter(|line| stands(line.state) || line.former.is_some())
            .and_then(|line| line.terms.as_ref());
        Self {
            row,
            line,
            terms,
            correction: line
                .filter(|line| line.state == State::Corrected)
                .and_then(|line| records.correction_of(line.id)?.terms.as_ref()),
            assessed: match terms {
                Some(_) => Assessed::default(),
                None => from_here(&book.case(row, invoice_date, None)),
            },
            set_by: None,
            set_anew: None,
        }
    }

    pub fn is_shown(&self) -> bool {
        self.row.mapping.excluded.is_none() || self.line.is_some()
    }

    pub fn place(&self) -> Option<&Place> {
        match self.terms {
            Some(terms) => Some(&terms.place),
            None => self.assessed.place.as_ref(),
        }
    }

    pub fn with_contract(
        &mut self,
        store: &Store,
        book: &Book,
        contracts: &Contracts,
        records: &Records,
        invoice_date: Date,
    ) -> Result<(), StoreError> {
        if self.terms.is_none() {
            let case = book.case(self.row, invoice_date, None);
            self.assessed.with_contract(&case, contracts);
        }
        let period = self.period();
        let Some((place, period)) = self.place().zip(period) else {
            return Ok(());
        };
        let own = self.line.map(|line| line.id);
        let other = book.standing(place.service).iter().find(|other| {
            Some(other.line) != own
                && (period.start..=period.end).contains(&other.effective)
                && !records.is_of(&self.row.organization.id, other.line)
        });
        let Some(other) = other else { return Ok(()) };
        self.set_anew = Some(other.invoice_date);
        if self.terms.is_none() {
            self.set_by = store
                .line(other.line)?
                .filter(|line| line.corrects.is_none() && line.invoice_date != invoice_date);
        }
        Ok(())
    }

    fn period(&self) -> Option<Period> {
        self.terms
            .map(|terms| terms.period)
            .or(self.assessed.period)
    }

    /// The whole billing period: whether its units change within it has to be known.
    pub fn to_read(&self) -> Vec<ToRead> {
        let own = self.place().zip(self.period());
        let other = self
            .set_by
            .as_ref()
            .and_then(|line| line.terms.as_ref())
            .map(|terms| (&terms.place, terms.period));
        own.into_iter()
            .chain(other)
            .map(|(place, period)| ToRead::within(place.service, period.start, period.end))
            .collect()
    }

    pub fn compared(mut self, found: &Found<'_>) -> Compared {
        self.assessed.with_units(found.units, found.units);
        let (outcome, message) = self.outcome(found);
        let (standing, should) = self.standing_and_should(found, outcome);
        let difference = standing
            .zip(should)
            .map(|(standing, should)| standing - should);
        let Self {
            row,
            line,
            terms,
            assessed,
            ..
        } = self;
        let period = terms.map(|terms| terms.period).or(assessed.period);
        let place = terms.map(|terms| terms.place.clone()).or(assessed.place);
        let unit_price = terms
            .and_then(|terms| terms.unit_price)
            .or(assessed.unit_price);
        // What a row costs that is not there for the whole period is Autotask's to say.
        let price_of_all = unit_price.filter(|_| {
            let service = place.as_ref().map(|place| place.service);
            service.zip(period).is_some_and(|(service, period)| {
                found.units.are_even(service, period.start..=period.end)
            })
        });
        // Refused, or never sent.
        let without_effect = line.is_some_and(|line| {
            matches!(line.state, State::Settled | State::NeedsReview) && line.former.is_none()
        });
        Compared {
            organization_id: row.organization.id.clone(),
            organization: row.organization.name.clone(),
            place,
            outcome,
            message,
            figure: terms.map_or(assessed.figure, |terms| terms.figure.clone()),
            sum: terms.map_or(assessed.sum, |terms| terms.sum.clone()),
            effective: terms.map(|terms| terms.effective).or(assessed.effective),
            period,
            before: line.zip(terms).map(|(line, terms)| before(line, terms)),
            posted: terms.filter(|_| !without_effect).map(|terms| terms.wanted),
            posted_at: line.and_then(|line| line.posted_at),
            standing,
            difference,
            unit_price,
            amount: Money::worth(price_of_all, standing),
            worth: Money::worth(price_of_all, difference),
            line: line.map(|line| line.id),
            state: line.map(|line| line.state),
            can_correct: line.is_some_and(LineRow::can_be_corrected),
        }
    }

    /// The units in Autotask, and those that should be there.
    fn standing_and_should(
        &self,
        found: &Found<'_>,
        outcome: Outcome,
    ) -> (Option<i64>, Option<i64>) {
        let Some((terms, line)) = self.terms.zip(self.line) else {
            let should = self.assessed.wanted.filter(|_| self.set_by.is_none());
            return (self.assessed.units_now, should);
        };
        let on = |day| found.units.on(terms.place.service, day).count();
        match line.state {
            State::Settled => {
                let standing = on(terms.effective);
                let left = left_at(line, terms, standing);
                (standing, left.filter(|_| self.set_anew.is_none()))
            }
            State::Corrected => {
                let back = self.correction.unwrap_or(terms);
                let former = former(line, terms, self.correction);
                let other = found
                    .others_than(back, former)
                    .filter(|_| outcome == Outcome::ChangedByHand);
                let standing = other.map_or_else(|| on(back.effective), |row| Some(row.units));
                let should = Some(former).filter(|_| self.set_anew.is_none());
                (standing, should)
            }
            State::Held
            | State::Planned
            | State::Sending
            | State::Posted
            | State::Unclear
            | State::Verified
            | State::NeedsReview
            | State::Withdrawn => {
                let standing = match found.others_than(terms, terms.wanted) {
                    Some(row) => Some(row.units),
                    None => on(terms.effective),
                };
                (standing, Some(terms.wanted))
            }
        }
    }

    fn outcome(&self, found: &Found<'_>) -> (Outcome, String) {
        let Some(other) = &self.set_by else {
            return self.outcome_of(self.line, found);
        };
        let (outcome, message) = self.outcome_of(Some(other), found);
        if outcome.is_bad() {
            let by = format!(
                "Its billing period was set for the invoice date {}.",
                other.invoice_date
            );
            return (outcome, format!("{by} {message}"));
        }
        let days = other.terms.as_ref().map_or_else(String::new, |terms| {
            format!(" from {} to {}", terms.period.start, terms.period.end)
        });
        (
            Outcome::Covered,
            format!(
                "The billing period{days} was set for the invoice date {}: there was nothing to post.",
                other.invoice_date
            ),
        )
    }

    fn outcome_of(&self, line: Option<&LineRow>, found: &Found<'_>) -> (Outcome, String) {
        let Some(line) = line else {
            return if due::is_billed(self.row) {
                (
                    Outcome::NeverPosted,
                    "Nothing was posted: the organization was not mapped when the date came, or billing \
                     was switched off."
                        .to_owned(),
                )
            } else {
                (
                    Outcome::NotMapped,
                    "The organization is not mapped to a service.".to_owned(),
                )
            };
        };
        let why = || line.error.as_ref().map(|(_, text)| format!(" {text}"));
        let with_why = |text: &str| format!("{text}{}", why().unwrap_or_default());
        // Of the own line.
        let anew = self.set_anew.filter(|_| self.set_by.is_none());
        let anew =
            anew.map(|date| format!(" The billing period was set for the invoice date {date}."));
        match (line.state, &line.terms) {
            (State::Held | State::Planned, Some(_)) if line.former.is_some() => (
                Outcome::Undecided,
                with_why("It changed units, and is to be tried again."),
            ),
            (State::Held, _) => (Outcome::NeverPosted, with_why("It waits for approval.")),
            (State::Planned, _) => (Outcome::NeverPosted, with_why("It is still to be posted.")),
            (State::Withdrawn, _) => (Outcome::NeverPosted, with_why("It was taken back.")),
            (State::Sending | State::Posted | State::Unclear, _) => (
                Outcome::Undecided,
                "It was sent, and has not been read back yet.".to_owned(),
            ),
            (State::NeedsReview, _) => (
                Outcome::NeedsReview,
                with_why("A person has to decide.").trim().to_owned(),
            ),
            (State::Settled, Some(_)) if anew.is_some() => (
                Outcome::Settled,
                with_why("Left as it was:") + &anew.unwrap_or_default(),
            ),
            (State::Settled, Some(terms)) => {
                settled(line, terms, with_why("Left as it was:"), found)
            }
            (State::Settled, None) => (Outcome::Settled, with_why("Left as it was:")),
            (State::Corrected, Some(terms)) => self.corrected(line, terms, found),
            (State::Corrected, None) => (Outcome::Corrected, "It was taken back.".to_owned()),
            (State::Verified, Some(terms)) => posted(self.row, line, terms, found),
            (State::Verified, None) => (Outcome::NeverPosted, "Nothing is known of it.".to_owned()),
        }
    }

    /// A line that was taken back, and what stands now.
    fn corrected(&self, line: &LineRow, terms: &Terms, found: &Found<'_>) -> (Outcome, String) {
        if let Some(date) = self.set_anew {
            return (
                Outcome::Corrected,
                format!(
                    "It was taken back, and the billing period was set for the invoice date {date}."
                ),
            );
        }
        let back = self.correction.unwrap_or(terms);
        let former = former(line, terms, self.correction);
        match found.others_than(back, former) {
            Some(row) => (
                Outcome::ChangedByHand,
                format!(
                    "It was taken back to {former} units, and {} stand in Autotask from {}.",
                    row.units,
                    row.start.max(back.effective)
                ),
            ),
            None => (
                Outcome::Corrected,
                format!("It was taken back to {former} units."),
            ),
        }
    }
}

/// Units were posted by it, or found as wanted, or may have been.
fn stands(state: State) -> bool {
    match state {
        State::Sending
        | State::Posted
        | State::Unclear
        | State::Verified
        | State::NeedsReview
        | State::Settled
        | State::Corrected => true,
        State::Held | State::Planned | State::Withdrawn => false,
    }
}

/// The units before a line first had an effect, or as it was found.
fn before(line: &LineRow, terms: &Terms) -> i64 {
    line.former.map_or(terms.before, |(_, units)| units)
}

/// The units to which a line was taken back.
fn former(line: &LineRow, terms: &Terms, correction: Option<&Terms>) -> i64 {
    correction.map_or_else(|| before(line, terms), |correction| correction.wanted)
}

/// The units at which a person left a line: those that were read last. Whoever has set them to what was
/// wanted has done no harm. `None`: there was no such row.
fn left_at(line: &LineRow, terms: &Terms, standing: Option<i64>) -> Option<i64> {
    if standing == Some(terms.wanted) {
        return standing;
    }
    match line.read {
        Some((units, _)) => units,
        // Refused: it had no effect.
        None => Some(before(line, terms)),
    }
}

/// A line that a person has left, and what stands now.
fn settled(line: &LineRow, terms: &Terms, why: String, found: &Found<'_>) -> (Outcome, String) {
    let standing = found.units.on(terms.place.service, terms.effective).count();
    match standing.zip(left_at(line, terms, standing)) {
        Some((standing, left)) if standing != left => (
            Outcome::ChangedByHand,
            format!(
                "It was left at {left} units, and {standing} stand in Autotask from {}. {why}",
                terms.effective
            ),
        ),
        Some(_) | None => (Outcome::Settled, why),
    }
}

/// What was read.
pub(super) struct Found<'a> {
    pub contracts: &'a Contracts,
    pub units: &'a Units,
    pub zone: &'a TimeZone,
}

impl Found<'_> {
    /// The first units of the billing period, from the line's day on, that are not these.
    fn others_than(&self, terms: &Terms, units: i64) -> Option<&ContractServiceUnit> {
        let days = terms.effective..=terms.period.end;
        self.units.others_within(terms.place.service, days, units)
    }
}

/// A line that was verified then, and what stands now.
fn posted(row: &MappingRow, line: &LineRow, terms: &Terms, found: &Found<'_>) -> (Outcome, String) {
    let changed = |text: String| (Outcome::ContractChanged, text);
    let place = &terms.place;
    let Some(contract) = found.contracts.contracts.get(&place.contract) else {
        return changed(format!(
            "The contract {} is not there any more.",
            place.contract
        ));
    };
    let on_it = found
        .contracts
        .lines
        .get(&place.service)
        .is_some_and(|service| service.contract_id == place.contract);
    if !on_it {
        return changed(format!(
            "The service (line {}) is not on the contract any more.",
            place.service
        ));
    }
    if terms.effective < contract.start || terms.effective > contract.end {
        return changed(format!(
            "The contract runs from {} to {} now.",
            contract.start, contract.end
        ));
    }
    let on = found.units.on(place.service, terms.effective);
    if on.count().is_none() {
        return changed(format!(
            "Autotask has no single row of units for {} any more.",
            terms.effective
        ));
    }
    if let Some(row) = found.others_than(terms, terms.wanted) {
        return (
            Outcome::ChangedByHand,
            format!(
                "{} units were posted, and {} stand in Autotask from {}.",
                terms.wanted,
                row.units,
                row.start.max(terms.effective)
            ),
        );
    }
    let mapped = row.mapping.service.as_ref().map(|service| service.id);
    if mapped != Some(place.service) {
        return changed(
            "What was posted stands, but the organization is mapped to another service now."
                .to_owned(),
        );
    }
    match line.posted_at.map(|at| time_of_day::day(at, found.zone)) {
        Some(day) if day > line.invoice_date => (
            Outcome::PostedLate,
            format!("It was posted on {day}, and stands."),
        ),
        Some(_) => (Outcome::Agrees, "What was posted stands.".to_owned()),
        None => (
            Outcome::Agrees,
            "The units were as measured already, and stand.".to_owned(),
        ),
    }
}
