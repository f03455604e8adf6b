//! What changes something: posting, reading back, correcting, settling, and figures by hand.

use jiff::civil::Date;
use serde::Serialize;
use sync::billing::{
    self, Chosen, Done, DoneLine, EnterError, Figure, FollowError, Order, Report, State,
};

use super::{Patience, Post, client, line_of, print, refused, with_means, working};
use crate::cli::pause::not_while_paused;
use crate::cli::{Run, counted};
use crate::outcome::{Exit, Failure};

pub async fn post(run: &Run, post: &Post) -> Result<Exit, Failure> {
    let (store, client) = working(run).await?;
    not_while_paused(run, &store, "nothing is sent")?;
    let now = run.clock.now();
    let invoice_date = match post.date {
        Some(date) => date,
        None => {
            let current = billing::current_date(&store, now).map_err(Failure::attention)?;
            let settings = store.settings().map_err(Failure::attention)?;
            if billing::moment(&settings, current) > now {
                return Err(Failure::usage(format!(
                    "Nothing waits to be posted. The next invoice date is {current}; --date {current} posts \
                     it ahead of its time."
                )));
            }
            current
        }
    };
    let order = Order {
        invoice_date,
        lines: (!post.organization.is_empty()).then(|| {
            let chosen = |id: &String| Chosen {
                organization_id: id.clone(),
                units: None,
            };
            post.organization.iter().map(chosen).collect()
        }),
        next_day: post.next_day,
    };
    let done = with_means(run, &store, &client, post.patience.settle, async |means| {
        billing::post(&means, &order).await
    })
    .await?;
    tracing::info!(date = %done.invoice_date, posted = done.report.posted, verified = done.report.verified, "billed");
    let good = done.report.problems.is_empty()
        && done.report.paused_until.is_none()
        && done.lines.iter().all(is_good);
    if run.json {
        print::json(&done);
    } else {
        tell(&done);
    }
    Ok(if good { Exit::Done } else { Exit::Attention })
}

fn is_good(line: &DoneLine) -> bool {
    line.record.as_ref().is_some_and(|record| {
        matches!(
            record.state,
            State::Verified | State::Settled | State::Corrected
        )
    })
}

fn tell(done: &Done) {
    for line in &done.lines {
        let state = match (&line.record, &line.blocked) {
            (_, Some(blocked)) => format!("not posted: {blocked}"),
            (Some(record), None) => match &record.message {
                Some(message) => format!("{}: {message}", record.state_text),
                None => record.state_text.clone(),
            },
            (None, None) => "nothing to post".to_owned(),
        };
        let units = line.terms.as_ref().map(|terms| {
            format!(
                " {} to {} units from {},",
                terms.before, terms.wanted, terms.effective
            )
        });
        print::line(&format!(
            "{}:{} {state}",
            line.organization,
            units.unwrap_or_default()
        ));
    }
    tell_report(&done.report);
}

fn tell_report(report: &Report) {
    print::line(&format!(
        "{} posted, {} verified. {} wait for approval, {} wait, {} need review.",
        counted(report.posted, "change", "changes"),
        counted(report.verified, "line", "lines"),
        report.held,
        report.waiting,
        report.needs_review
    ));
    for problem in &report.problems {
        print::message(&format!("Problem: {}", problem.message));
    }
    if let Some(until) = report.paused_until {
        print::message(&format!("Autotask asked for a pause until {until}."));
    }
}

pub async fn verify(run: &Run) -> Result<Exit, Failure> {
    let (store, client) = working(run).await?;
    let report = with_means(run, &store, &client, None, async |means| {
        billing::verify(&means).await
    })
    .await?;
    if run.json {
        print::json(&report);
    } else {
        tell_report(&report);
    }
    let good = report.needs_review == 0 && report.problems.is_empty();
    Ok(if good { Exit::Done } else { Exit::Attention })
}

pub async fn correct(run: &Run, line: &super::Line, patience: &Patience) -> Result<Exit, Failure> {
    let store = run.open_store()?;
    run.log_to_file();
    not_while_paused(run, &store, "nothing is sent")?;
    let id = line_of(run, &store, line)?;
    let client = client(run, &store).await?;
    let corrected = with_means(run, &store, &client, patience.settle, async |means| {
        billing::correct(&means, id).await
    })
    .await?;
    let record = corrected.record.as_ref();
    let verified = record.is_some_and(|record| record.state == State::Verified);
    if run.json {
        print::json(&corrected);
    } else {
        super::look::tell_plan(&corrected.plan);
        let state = record.map_or("not sent", |record| record.state_text.as_str());
        let message = record.and_then(|record| record.message.as_deref());
        print::line(&format!(
            "The correcting entry is {state}{}{}",
            corrected
                .effective
                .map(|day| format!(", from {day}"))
                .unwrap_or_default(),
            message.map_or(".".to_owned(), |message| format!(": {message}"))
        ));
    }
    Ok(if verified {
        Exit::Done
    } else {
        Exit::Attention
    })
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Settled<'a> {
    organization_id: &'a str,
    line: i64,
    settled: bool,
}

pub fn settle(
    run: &Run,
    line: &super::Line,
    correction: bool,
    reason: &str,
) -> Result<Exit, Failure> {
    let store = run.open_store()?;
    run.log_to_file();
    let mut id = line_of(run, &store, line)?;
    if correction {
        id = billing::correction_of(&store, id)
            .map_err(Failure::attention)?
            .ok_or_else(|| Failure::usage("The line has no correcting entry."))?;
    }
    billing::settle(&store, id, reason, run.clock.now()).map_err(refused)?;
    if run.json {
        print::json(&Settled {
            organization_id: &line.organization,
            line: id,
            settled: true,
        });
    } else {
        print::line("Settled: the units stay as they are.");
    }
    Ok(Exit::Done)
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Entered<'a> {
    organization_id: &'a str,
    #[serde(flatten)]
    figure: Figure,
}

pub fn measure(
    run: &Run,
    organization: &str,
    bytes: u64,
    reason: &str,
    date: Option<Date>,
) -> Result<Exit, Failure> {
    let store = run.open_store()?;
    run.log_to_file();
    let figure = billing::enter(&store, organization, bytes, reason, date, run.clock.now())
        .map_err(|error| match error {
            EnterError::Store(_) => Failure::attention(error),
            EnterError::UnknownOrganization(_)
            | EnterError::NoReason
            | EnterError::ReasonTooLong
            | EnterError::TooFarAhead(_) => Failure::usage(error),
        })?;
    if run.json {
        print::json(&Entered {
            organization_id: organization,
            figure,
        });
    } else {
        print::line(&format!(
            "Entered by hand for {organization}: {bytes} bytes as of {}.",
            figure.measured_at
        ));
    }
    Ok(Exit::Done)
}

pub async fn follow(run: &Run, organization: &str) -> Result<Exit, Failure> {
    let (store, client) = working(run).await?;
    let renewed = billing::follow(&store, &client, organization, run.clock.now())
        .await
        .map_err(|error| match error {
            FollowError::Autotask(ref cause) => super::not_read(cause),
            FollowError::NotBilled(_) => Failure::usage(error),
            FollowError::NotRenewed | FollowError::NotPossible { .. } | FollowError::Store(_) => {
                Failure::attention(error)
            }
        })?;
    if run.json {
        print::json(&renewed);
    } else {
        print::line(&format!(
            "{organization} is mapped to \"{}\" ({}), which runs from {} to {}.",
            renewed.contract_name, renewed.contract, renewed.start, renewed.end
        ));
    }
    Ok(Exit::Done)
}
