//! What only looks: the preview, and what a correcting entry would do.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use sync::billing::{self, Correction, Figure, Line, Preview, Record, State};
use sync::plan;
use sync::store::Store;

use super::{client, looking, no_preview, print, refused};
use crate::cli::Run;
use crate::outcome::{Exit, Failure};

pub async fn preview(
    run: &Run,
    date: Option<Date>,
    organization: Option<&str>,
) -> Result<Exit, Failure> {
    let (store, client) = looking(run).await?;
    let now = run.clock.now();
    let mut preview = billing::preview(&store, &client, date, now)
        .await
        .map_err(no_preview)?;
    if let Some(id) = organization {
        preview.lines.retain(|line| line.organization_id == id);
        preview.watch.retain(|watch| watch.organization_id == id);
        if preview.lines.is_empty() {
            return Err(Failure::usage(format!(
                "There is no organization {id}, or it is excluded. Its id is in the export of Mappings."
            )));
        }
    }
    if run.json {
        print::json(&preview);
        return Ok(Exit::Done);
    }
    let zone = zone(&store)?;
    tell(&preview, &zone);
    if organization.is_some() {
        for line in &preview.lines {
            tell_sum(line, &zone);
        }
    }
    for watch in &preview.watch {
        print::message(&format!("Note: {}: {}", watch.organization, watch.message));
    }
    if !preview.enabled {
        print::message("Billing is switched off: nothing is posted by itself.");
    }
    Ok(Exit::Done)
}

fn zone(store: &Store) -> Result<TimeZone, Failure> {
    Ok(store.settings().map_err(Failure::attention)?.general.zone())
}

fn tell(preview: &Preview, zone: &TimeZone) {
    print::line(&format!(
        "Invoice date {}, {} at {}",
        preview.invoice_date,
        if preview.due { "which came" } else { "comes" },
        plan::local(preview.at, zone)
    ));
    let rows: Vec<[String; 8]> = preview.lines.iter().map(row).collect();
    print::table(
        [
            "CUSTOMER", "MEASURED", "NOW", "TO BE", "CHANGE", "FROM", "WORTH", "STATE",
        ],
        &rows,
    );
    let totals = &preview.totals;
    print::line(&format!(
        "{} to post ({:+} units, {}), {} as they should be, {} blocked, {} need review",
        totals.to_post,
        totals.change,
        totals.worth,
        totals.nothing_to_do,
        totals.blocked,
        totals.needs_review
    ));
}

fn row(line: &Line) -> [String; 8] {
    fn text<T: ToString>(value: Option<T>) -> String {
        value.map(|value| value.to_string()).unwrap_or_default()
    }
    [
        line.organization.clone(),
        line.figure.as_ref().map(measured).unwrap_or_default(),
        text(line.units_now),
        text(line.units_to_be),
        line.change
            .map(|change| format!("{change:+}"))
            .unwrap_or_default(),
        text(line.effective),
        text(line.worth),
        state(line),
    ]
}

fn measured(figure: &Figure) -> String {
    let mark = if figure.by_hand.is_some() {
        " by hand"
    } else {
        ""
    };
    format!("{} bytes{mark}", figure.bytes)
}

fn state(line: &Line) -> String {
    let waits = |why: &String| format!("{}: {why}", State::Held.label());
    let hold = line.hold.as_ref().map(waits);
    let done = line.record.as_ref().map(|record| match &hold {
        Some(hold) if matches!(record.state, State::Held | State::Planned) => hold.clone(),
        Some(_) | None => said(record),
    });
    let blocked = line.blocked.as_ref().map(|why| format!("blocked: {why}"));
    match (done, blocked, hold) {
        (Some(done), Some(blocked), _)
            if line.record.as_ref().is_some_and(|r| !r.state.is_over()) =>
        {
            format!("{done}; {blocked}")
        }
        (Some(done), _, _) => done,
        (None, Some(blocked), _) => blocked,
        (None, None, Some(hold)) => hold,
        (None, None, None) if line.change == Some(0) => "as it should be".to_owned(),
        (None, None, None) => "to be posted".to_owned(),
    }
}

fn said(record: &Record) -> String {
    match &record.message {
        Some(message) => format!("{}: {message}", record.state_text),
        None => record.state_text.clone(),
    }
}

fn tell_sum(line: &Line, zone: &TimeZone) {
    if let Some(figure) = &line.figure {
        print::line(&format!(
            "\nMeasured {}",
            plan::local(figure.measured_at, zone)
        ));
        if let Some(reason) = &figure.by_hand {
            print::line(&format!("Entered by hand: {reason}"));
        }
    }
    for step in line.sum.iter().flat_map(|sum| &sum.steps) {
        print::line(&format!("  {}: {}", step.text, step.value));
    }
}

/// What a correcting entry would do.
pub async fn correction(run: &Run, line: &super::Line) -> Result<Exit, Failure> {
    run.log_to_terminal();
    let store = run.open_reading()?;
    let id = super::line_of(run, &store, line)?;
    let client = client(run, &store).await?;
    let plan = billing::plan_correction(&store, &client, id, run.clock.now())
        .await
        .map_err(refused)?;
    if run.json {
        print::json(&plan);
    } else {
        tell_plan(&plan);
        if plan.blocked.is_none() {
            print::message("Nothing was sent. --confirm does it.");
        }
    }
    Ok(if plan.blocked.is_some() {
        Exit::Attention
    } else {
        Exit::Done
    })
}

pub fn tell_plan(plan: &Correction) {
    print::line(&format!(
        "{}, invoice date {}: {}",
        plan.organization, plan.invoice_date, plan.message
    ));
}
