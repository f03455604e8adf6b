//! A reconciliation as a table for a spreadsheet.

use std::io;

use super::Reconciliation;
use crate::activity::harmless;

/// All lines as CSV. A text that a spreadsheet would take for a formula gets an apostrophe in front.
pub fn export_csv(of: &Reconciliation, writer: impl io::Write) -> Result<(), csv::Error> {
    let mut csv = csv::Writer::from_writer(writer);
    csv.write_record([
        "invoice_date",
        "organization_id",
        "organization",
        "outcome",
        "account",
        "contract",
        "service",
        "measured_bytes",
        "measured_at",
        "entered_by_hand",
        "effective",
        "units_before",
        "units_posted",
        "units_standing",
        "difference",
        "unit_price",
        "difference_worth",
        "posted_at",
        "message",
    ])?;
    fn text<T: ToString>(value: Option<T>) -> String {
        value.map(|value| value.to_string()).unwrap_or_default()
    }
    for line in &of.lines {
        let place = line.place.as_ref();
        let figure = line.figure.as_ref();
        csv.write_record([
            of.invoice_date.to_string(),
            harmless(line.organization_id.clone()),
            harmless(line.organization.clone()),
            line.outcome.label().to_owned(),
            text(place.map(|place| place.account)),
            text(place.map(|place| place.contract)),
            text(place.map(|place| place.service)),
            text(figure.map(|figure| figure.bytes)),
            text(figure.map(|figure| figure.measured_at)),
            harmless(text(figure.and_then(|figure| figure.by_hand.clone()))),
            text(line.effective),
            text(line.before),
            text(line.posted),
            text(line.standing),
            text(line.difference),
            text(line.unit_price),
            text(line.worth),
            text(line.posted_at),
            harmless(line.message.clone()),
        ])?;
    }
    csv.flush()?;
    Ok(())
}
