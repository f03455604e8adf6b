//! What a person orders, and what became of it.

use sync::billing::{self, Corrected, Done, DoneLine, Order, Record, Report, State};

use super::{BillingOrder, BillingResult, NotDone, day};
use crate::status::clamped;
use crate::view::CommandError;

impl TryFrom<BillingOrder> for Order {
    type Error = CommandError;

    fn try_from(order: BillingOrder) -> Result<Self, CommandError> {
        let chosen = order.lines.into_iter().map(|line| billing::Chosen {
            organization_id: line.organization_id,
            units: line.units,
        });
        Ok(Self {
            invoice_date: day("invoiceDate", &order.invoice_date)?,
            lines: Some(chosen.collect()),
            next_day: order.next_day,
        })
    }
}

impl From<Report> for BillingResult {
    fn from(report: Report) -> Self {
        let paused = report
            .paused_until
            .map(|until| format!("Autotask asked for a pause until {until}."));
        let problems = report.problems.into_iter().map(|problem| problem.message);
        Self {
            posted: clamped(report.posted),
            verified: clamped(report.verified),
            not_done: Vec::new(),
            problems: problems.chain(paused).collect(),
        }
    }
}

impl From<Done> for BillingResult {
    fn from(done: Done) -> Self {
        Self {
            not_done: done.lines.into_iter().filter_map(not_done).collect(),
            ..Self::from(done.report)
        }
    }
}

fn not_done(line: DoneLine) -> Option<NotDone> {
    let text = match (line.record, line.blocked) {
        (_, Some(blocked)) => format!("not posted: {blocked}"),
        (Some(record), None) => not_done_text(&record)?,
        (None, None) => return None,
    };
    Some(NotDone {
        organization: line.organization,
        text,
    })
}

fn not_done_text(record: &Record) -> Option<String> {
    match record.state {
        State::Verified | State::Settled | State::Corrected => None,
        State::Held
        | State::Planned
        | State::Sending
        | State::Posted
        | State::Unclear
        | State::NeedsReview
        | State::Withdrawn => Some(match &record.message {
            Some(message) => format!("{}: {message}", record.state_text),
            None => record.state_text.clone(),
        }),
    }
}

impl From<Corrected> for BillingResult {
    fn from(corrected: Corrected) -> Self {
        let text = match &corrected.record {
            Some(record) => not_done_text(record),
            None => Some("The correcting entry was not made.".to_owned()),
        };
        Self {
            not_done: text
                .map(|text| NotDone {
                    organization: corrected.plan.organization,
                    text,
                })
                .into_iter()
                .collect(),
            ..Self::from(corrected.report)
        }
    }
}
