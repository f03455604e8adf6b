//! From what `sync` says of an invoice date to what the screen shows.

use jiff::civil::Date;
use sync::billing::{
    self, Blocked, Correction, Figure, HistoryLine, Line, Period, Place, Preview, Record, State,
    Step, Sum, Watch,
};
use sync::settings::Settings;

use super::{
    BillingFigure, BillingGroup, BillingLine, BillingPeriod, BillingPlace, BillingRecord,
    BillingRemedy, BillingState, BillingTotals, BillingView, ContractWatch, CorrectionView,
    HistoryRow, RenewedContract, SumStep,
};
use crate::status::clamped;
use crate::view::mappings::state_word;
use crate::view::{Approval, BillingUnit, CommandError, Effective};

/// A day as the page writes it.
pub fn day(field: &str, text: &str) -> Result<Date, CommandError> {
    text.trim()
        .parse()
        .map_err(|_| CommandError::invalid(field, "Write the day as 2026-11-30."))
}

impl BillingView {
    pub fn of(
        preview: Preview,
        current: Date,
        settings: &Settings,
        read_at: jiff::Timestamp,
    ) -> Self {
        let (previous, next) = neighbours(settings, preview.at);
        let totals = preview.totals;
        let lines: Vec<BillingLine> = preview.lines.into_iter().map(BillingLine::from).collect();
        let count = |wanted: &dyn Fn(&BillingLine) -> bool| {
            clamped(lines.iter().filter(|line| wanted(line)).count() as u64)
        };
        Self {
            invoice_date: preview.invoice_date.to_string(),
            at: preview.at.to_string(),
            due: preview.due,
            previous: previous.to_string(),
            next: next.to_string(),
            current: current.to_string(),
            open_before: (current < preview.invoice_date
                && billing::moment(settings, current) <= read_at)
                .then(|| current.to_string()),
            enabled: preview.enabled,
            unit: BillingUnit::from(preview.unit),
            effective: Effective::from(preview.effective),
            approval: Approval::from(settings.billing.approval),
            approval_threshold: settings.billing.approval_threshold,
            time_zone: settings.general.time_zone.clone(),
            read_at: read_at.to_string(),
            totals: BillingTotals {
                to_post: count(&|line| line.group == BillingGroup::ToPost),
                held: count(&|line| line.state == BillingState::Held),
                needs_review: count(&|line| line.group == BillingGroup::NeedsReview),
                blocked: count(&|line| line.group == BillingGroup::Blocked),
                done: count(&|line| line.group == BillingGroup::Done),
                change: totals.change,
                worth: totals.worth.to_string(),
            },
            lines,
            watch: preview.watch.into_iter().map(ContractWatch::from).collect(),
        }
    }
}

/// The invoice dates before and after the one that comes at this moment.
pub(super) fn neighbours(settings: &Settings, at: jiff::Timestamp) -> (Date, Date) {
    let before = at
        .checked_sub(jiff::SignedDuration::from_secs(1))
        .unwrap_or(at);
    let (previous, _) = billing::around(settings, before);
    let (_, next) = billing::around(settings, at);
    (previous.date, next.date)
}

impl From<Line> for BillingLine {
    fn from(line: Line) -> Self {
        let state = state_of(&line);
        let (state_text, why) = words(&line, state);
        let can_retry = state == BillingState::NeedsReview && line.blocked.is_none();
        // What can be posted is posted.
        let goes = line.blocked.is_none();
        let record = line.record.clone().map(|record| BillingRecord {
            can_settle: record.state.can_be_settled() && !(goes && record.state == State::Planned),
            ..BillingRecord::from(record)
        });
        Self {
            group: group_of(&line, state),
            can_post: can_post(&line),
            remedy: line.blocked.as_ref().and_then(remedy),
            record,
            can_retry,
            organization_id: line.organization_id,
            organization: line.organization,
            organization_state: state_word(line.organization_state).to_owned(),
            place: line.place.map(BillingPlace::from),
            figure: line.figure.map(BillingFigure::from),
            steps: steps(line.sum),
            effective: line.effective.map(|day| day.to_string()),
            period: line.period.map(BillingPeriod::from),
            units_now: line.units_now,
            units_to_be: line.units_to_be,
            change: line.change,
            unit_price: line.unit_price.map(|price| price.to_string()),
            worth: line.worth.map(|worth| worth.to_string()),
            state,
            state_text,
            why,
        }
    }
}

fn state_of(line: &Line) -> BillingState {
    let recorded = line.record.as_ref().map(|record| record.state);
    match recorded {
        Some(State::Held | State::Planned) | None if line.blocked.is_some() => {
            BillingState::Blocked
        }
        Some(State::Held) => BillingState::Held,
        Some(State::Planned) | None if line.hold.is_some() => BillingState::Held,
        None if line.change == Some(0) => BillingState::AsItShouldBe,
        Some(State::Planned) | None => BillingState::ToPost,
        Some(state) => BillingState::from(state),
    }
}

impl From<State> for BillingState {
    fn from(state: State) -> Self {
        match state {
            State::Held => BillingState::Held,
            State::Planned => BillingState::ToPost,
            State::Sending => BillingState::Sending,
            State::Posted => BillingState::Posted,
            State::Unclear => BillingState::Unclear,
            State::Verified => BillingState::Verified,
            State::NeedsReview => BillingState::NeedsReview,
            State::Settled => BillingState::Settled,
            State::Corrected => BillingState::Corrected,
            State::Withdrawn => BillingState::Withdrawn,
        }
    }
}

fn correction_of(line: &Line) -> Option<&Record> {
    line.record.as_ref()?.correction.as_deref()
}

fn group_of(line: &Line, state: BillingState) -> BillingGroup {
    if correction_of(line).is_some_and(|correction| correction.state == State::NeedsReview) {
        return BillingGroup::NeedsReview;
    }
    match state {
        BillingState::NeedsReview => BillingGroup::NeedsReview,
        // Another invoice date has set the period: there is nothing to do.
        _ if matches!(line.blocked, Some(Blocked::PeriodSet { .. })) => BillingGroup::Done,
        BillingState::Blocked => BillingGroup::Blocked,
        BillingState::AsItShouldBe
        | BillingState::Verified
        | BillingState::Settled
        | BillingState::Corrected => BillingGroup::Done,
        BillingState::ToPost
        | BillingState::Held
        | BillingState::Sending
        | BillingState::Posted
        | BillingState::Unclear => BillingGroup::ToPost,
        BillingState::Withdrawn if line.blocked.is_some() => BillingGroup::Blocked,
        BillingState::Withdrawn if line.change == Some(0) => BillingGroup::Done,
        BillingState::Withdrawn => BillingGroup::ToPost,
    }
}

/// The state, and why it is so.
fn words(line: &Line, state: BillingState) -> (String, Option<String>) {
    let said = line
        .record
        .as_ref()
        .and_then(|record| record.message.clone());
    let blocked = line.blocked.as_ref().map(ToString::to_string);
    let text = match state {
        BillingState::ToPost => "to be posted",
        BillingState::Held => State::Held.label(),
        BillingState::Blocked => "blocked",
        BillingState::AsItShouldBe => "as it should be",
        BillingState::Sending => State::Sending.label(),
        BillingState::Posted => State::Posted.label(),
        BillingState::Unclear => State::Unclear.label(),
        BillingState::Verified => State::Verified.label(),
        BillingState::NeedsReview => State::NeedsReview.label(),
        BillingState::Settled => State::Settled.label(),
        BillingState::Corrected => State::Corrected.label(),
        BillingState::Withdrawn => State::Withdrawn.label(),
    };
    let why = match state {
        BillingState::Blocked => blocked,
        BillingState::Held => line.hold.clone().or(said),
        BillingState::Verified => correction_text(line).or_else(|| changed_since(line)),
        BillingState::NeedsReview => {
            let said = correction_text(line).or(said).unwrap_or_default();
            let again = blocked.map(|why| format!(" It cannot be posted again now. {why}"));
            Some(
                format!("{said}{}", again.unwrap_or_default())
                    .trim()
                    .to_owned(),
            )
            .filter(|text| !text.is_empty())
        }
        BillingState::Settled => correction_text(line).or(said),
        BillingState::Corrected => Some("The former units were put back.".to_owned()),
        BillingState::Withdrawn => said.or(blocked),
        BillingState::ToPost
        | BillingState::AsItShouldBe
        | BillingState::Sending
        | BillingState::Posted
        | BillingState::Unclear => said,
    };
    (text.to_owned(), why)
}

/// A correcting entry that is not done.
fn correction_text(line: &Line) -> Option<String> {
    let correction = correction_of(line)?;
    let said = correction.message.as_deref();
    Some(match said {
        Some(said) => format!("Its correcting entry is {}: {said}", correction.state_text),
        None => format!("Its correcting entry is {}.", correction.state_text),
    })
}

/// What was verified then may be otherwise by now.
fn changed_since(line: &Line) -> Option<String> {
    match line.units_now.zip(line.units_to_be) {
        Some((now, posted)) if now != posted => Some(format!(
            "Changed since: {now} units stand in Autotask now. See Reconciliation."
        )),
        Some(_) => None,
        None => Some("The units cannot be read any more. See Reconciliation.".to_owned()),
    }
}

fn can_post(line: &Line) -> bool {
    if line.blocked.is_some() {
        return false;
    }
    let changes = line.change.is_some_and(|change| change != 0);
    match line.record.as_ref().map(|record| record.state) {
        None => changes,
        Some(State::Settled | State::Corrected | State::Withdrawn) => changes,
        Some(State::Held | State::Planned) => true,
        Some(
            State::Sending | State::Posted | State::Unclear | State::Verified | State::NeedsReview,
        ) => false,
    }
}

fn remedy(blocked: &Blocked) -> Option<BillingRemedy> {
    match blocked {
        Blocked::NotMapped
        | Blocked::NoService
        | Blocked::SharedService { .. }
        | Blocked::ContractGone { .. }
        | Blocked::ContractOfAnother { .. }
        | Blocked::WrongType
        | Blocked::ContractInactive
        | Blocked::ServiceGone { .. }
        | Blocked::ContractEnded { renewed: None, .. } => Some(BillingRemedy::Mappings),
        Blocked::ContractEnded {
            renewed: Some(_), ..
        } => Some(BillingRemedy::Follow),
        Blocked::ExpiredLeft => Some(BillingRemedy::Options),
        Blocked::NoMeasurement { .. }
        | Blocked::MeasurementTooOld { .. }
        | Blocked::TooLarge { .. } => Some(BillingRemedy::Figure),
        Blocked::PeriodUnknown
        | Blocked::ContractNotBegun { .. }
        | Blocked::UnitsMissing { .. }
        | Blocked::UnitsUnclear { .. }
        | Blocked::OtherPeriod { .. }
        | Blocked::PeriodPosted { .. }
        | Blocked::LaterPosted { .. }
        | Blocked::PeriodSet { .. }
        | Blocked::OlderOpen { .. }
        | Blocked::PostedElsewhere { .. }
        | Blocked::LaterUnits { .. }
        | Blocked::UnderWay
        | Blocked::NoNextDay { .. } => None,
    }
}

impl From<Record> for BillingRecord {
    fn from(record: Record) -> Self {
        let correction = record
            .correction
            .map(|correction| Box::new(Self::from(*correction)));
        Self {
            id: record.id,
            state: BillingState::from(record.state),
            state_text: record.state_text,
            posted_at: record.posted_at.map(|at| at.to_string()),
            before: record.before,
            approved: record.approved,
            read_units: record.read_units,
            read_at: record.read_at.map(|at| at.to_string()),
            message: record.message,
            next_day_offered: record.next_day.is_some(),
            can_settle: record.state.can_be_settled(),
            can_correct: record.can_correct,
            correction,
        }
    }
}

impl From<Place> for BillingPlace {
    fn from(place: Place) -> Self {
        Self {
            account: place.account,
            account_name: place.account_name,
            contract: place.contract,
            contract_name: place.contract_name,
            service: place.service,
            service_name: place.service_name,
        }
    }
}

impl From<Figure> for BillingFigure {
    fn from(figure: Figure) -> Self {
        Self {
            bytes: figure.bytes,
            measured_at: figure.measured_at.to_string(),
            by_hand: figure.by_hand,
        }
    }
}

impl From<Step> for SumStep {
    fn from(step: Step) -> Self {
        Self {
            text: step.text,
            value: step.value,
        }
    }
}

pub(super) fn steps(sum: Option<Sum>) -> Vec<SumStep> {
    sum.map(|sum| sum.steps.into_iter().map(SumStep::from).collect())
        .unwrap_or_default()
}

impl From<Period> for BillingPeriod {
    fn from(period: Period) -> Self {
        Self {
            start: period.start.to_string(),
            end: period.end.to_string(),
        }
    }
}

impl From<Watch> for ContractWatch {
    fn from(watch: Watch) -> Self {
        // Where it cannot be followed, the message says why.
        let follow = watch.renewed.filter(|renewed| renewed.obstacle.is_none());
        Self {
            organization_id: watch.organization_id,
            organization: watch.organization,
            contract_name: watch.contract_name,
            message: watch.message,
            follow: follow.map(|renewed| RenewedContract {
                contract: renewed.contract,
                contract_name: renewed.contract_name,
                start: renewed.start.to_string(),
                end: renewed.end.to_string(),
            }),
        }
    }
}

impl From<Correction> for CorrectionView {
    fn from(plan: Correction) -> Self {
        Self {
            line: plan.line,
            organization: plan.organization,
            invoice_date: plan.invoice_date.to_string(),
            place: BillingPlace::from(plan.place),
            effective: plan.effective.to_string(),
            units_now: plan.units_now,
            units_to_be: plan.units_to_be,
            change: plan.change,
            worth: plan.worth.map(|worth| worth.to_string()),
            or_from: plan.or_from.map(|day| day.to_string()),
            blocked: plan.blocked.is_some(),
            message: plan.message,
        }
    }
}

impl From<HistoryLine> for HistoryRow {
    fn from(line: HistoryLine) -> Self {
        Self {
            at: line.at.to_string(),
            what: line.what,
            detail: line.detail,
            of_correction: line.of_correction,
        }
    }
}
