//! `status` and `activity`: they only look, and work while the app runs.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use serde::Serialize;
use sync::activity::{self, Page};
use sync::alerts::Blocked;
use sync::status::{self, State};

use super::{Activity, Filter, Run, billing_waits, print};
use crate::outcome::{Exit, Failure};
use crate::status::{Doing, clock_time, view};
use crate::view::{ActivityFilter, ActivityPage, StatusView};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Standing {
    #[serde(flatten)]
    status: StatusView,
    done: u64,
    /// Of the waiting ones: nobody knows yet whether Autotask has them.
    unclear: u64,
    /// Alert rows that hold postings up, and why.
    blocked: Vec<Blocked>,
}

pub fn status(run: &Run) -> Result<Exit, Failure> {
    run.log_to_terminal();
    let store = run.open_reading()?;
    let now = run.clock.now();
    let stored = status::read(&store, now).map_err(Failure::attention)?;
    let unclear = store.counts().map_err(Failure::attention)?.unclear;
    let status = view(&stored, &Doing::default(), now, &TimeZone::system());
    if run.json {
        print::json(&Standing {
            status,
            done: stored.done,
            unclear,
            blocked: stored.blocked,
        });
    } else {
        print::line(&status.text);
        print::line(&format!(
            "{} sent, {} wait, {unclear} of them unclear, {} need attention",
            stored.done, stored.waiting, stored.needs_attention
        ));
        if let Some(billing) = billing_waits(stored.to_approve, stored.needs_review) {
            print::line(&billing);
        }
        let reasons: BTreeSet<&str> = stored
            .blocked
            .iter()
            .map(|blocked| blocked.reason.as_str())
            .collect();
        for reason in reasons {
            print::line(reason);
        }
    }
    Ok(match stored.state {
        State::NotSetUp => Exit::Usage,
        State::UpToDate | State::Paused(_) => Exit::Done,
        State::NeedsAttention => Exit::Attention,
        State::LoginRefused => Exit::LoginRefused,
    })
}

pub fn activity(run: &Run, query: &Activity) -> Result<Exit, Failure> {
    run.log_to_terminal();
    let store = run.open_reading()?;
    let now = run.clock.now();
    let filter = match query.filter {
        Filter::All => ActivityFilter::All,
        Filter::Sent => ActivityFilter::Sent,
        Filter::Waiting => ActivityFilter::Waiting,
        Filter::NeedsAttention => ActivityFilter::NeedsAttention,
    };
    let page = activity::query(
        &store,
        filter.into(),
        &query.search,
        query.before,
        query.limit,
        now,
    )
    .map_err(Failure::attention)?;
    if run.json {
        print::json(&ActivityPage::from(page));
        return Ok(Exit::Done);
    }
    let zone = TimeZone::system();
    let rows: Vec<[String; 5]> = page
        .rows
        .iter()
        .map(|row| {
            [
                clock_time(row.time, now, &zone),
                row.organization.clone(),
                row.ticket_number.clone().unwrap_or_default(),
                row.title.clone(),
                match &row.error {
                    Some(error) => format!("{}: {error}", row.state_text),
                    None => row.state_text.clone(),
                },
            ]
        })
        .collect();
    print::table(["TIME", "CUSTOMER", "TICKET", "TITLE", "STATE"], &rows);
    tell_the_rest(&page);
    Ok(Exit::Done)
}

fn tell_the_rest(page: &Page) {
    for notice in &page.notices {
        print::message(&format!("Note: {}", notice.text));
    }
    if let (true, Some(last)) = (page.more, page.rows.last()) {
        print::message(&format!("There are more: --before {}", last.id));
    }
}
