//! `billing`: what is billed, from the measurement to what stands in Autotask.
//!
//! `preview`, `reconcile` and `correct` without `--confirm` only look, and work while the app runs; all of
//! them read in Autotask. What posts has the data to itself.

mod act;
mod compare;
mod look;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::civil::Date;
use sync::billing::{self, Means, OrderError, PreviewError};
use sync::connect;
use sync::store::Store;
use tokio_util::sync::CancellationToken;

use super::{Run, may_send, print};
use crate::outcome::{Exit, Failure};
use crate::secrets::Name;
use crate::signal;

#[derive(Debug, Subcommand)]
pub enum Billing {
    /// Show what would be posted for an invoice date, and what would not; sends nothing
    Preview {
        /// The invoice date: the oldest one of which something waits, else the next, unless given
        #[arg(long, value_name = "DATE")]
        date: Option<Date>,
        /// Only that organization, with its sum
        #[arg(long, value_name = "ID")]
        organization: Option<String>,
    },
    /// Post now, which approves, and read back
    Post(Post),
    /// Read back what was sent and is not decided, and what needs review; sends nothing
    Verify,
    /// Put the units of a line back to what they were; without --confirm, show what that would do
    Correct {
        #[command(flatten)]
        line: Line,
        /// Do it
        #[arg(long)]
        confirm: bool,
        #[command(flatten)]
        patience: Patience,
    },
    /// Leave the units of a line that needs review, or is not to be posted, as they are
    Settle {
        #[command(flatten)]
        line: Line,
        /// Of its correcting entry, not of the line itself
        #[arg(long)]
        correction: bool,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Compare measured, posted and standing in Autotask now
    Reconcile {
        /// The invoice date: the last one, unless given
        #[arg(long, value_name = "DATE")]
        date: Option<Date>,
        /// Write the lines as CSV
        #[arg(long, value_name = "FILE", conflicts_with = "html")]
        csv: Option<PathBuf>,
        /// Write a printable statement for each customer into a folder
        #[arg(long, value_name = "DIR")]
        html: Option<PathBuf>,
    },
    /// Enter a figure by hand
    Measure {
        #[arg(long, value_name = "ID")]
        organization: String,
        #[arg(long, value_name = "N")]
        bytes: u64,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// For this invoice date; otherwise as of now
        #[arg(long, value_name = "DATE")]
        date: Option<Date>,
    },
    /// Map an organization to the contract that took the place of its own
    Follow {
        #[arg(long, value_name = "ID")]
        organization: String,
    },
}

#[derive(Debug, Args)]
pub struct Post {
    /// Only that organization; may be given several times. Without it all that can be posted, but for
    /// what needs review
    #[arg(long, value_name = "ID")]
    organization: Vec<String>,
    /// The invoice date: the oldest one of which something waits, unless given
    #[arg(long, value_name = "DATE")]
    date: Option<Date>,
    /// From the next day of the billing period, where Autotask takes no second change of the first
    #[arg(long, requires = "organization")]
    next_day: bool,
    #[command(flatten)]
    patience: Patience,
}

/// A line of an invoice date.
#[derive(Debug, Args)]
pub struct Line {
    #[arg(long, value_name = "ID")]
    organization: String,
    /// The invoice date: the last one, unless given
    #[arg(long, value_name = "DATE")]
    date: Option<Date>,
}

#[derive(Debug, Args)]
pub struct Patience {
    /// As that of `sync`; with it, it does not wait for a time of its own before it posts either
    #[arg(long, value_name = "SECONDS", hide = true, value_parser = clap::value_parser!(u64).range(1..=3600))]
    settle: Option<u64>,
}

pub async fn run(run: &Run, what: Billing) -> Result<Exit, Failure> {
    match what {
        Billing::Preview { date, organization } => {
            look::preview(run, date, organization.as_deref()).await
        }
        Billing::Post(post) => act::post(run, &post).await,
        Billing::Verify => act::verify(run).await,
        Billing::Correct {
            line,
            confirm: false,
            ..
        } => look::correction(run, &line).await,
        Billing::Correct { line, patience, .. } => act::correct(run, &line, &patience).await,
        Billing::Settle {
            line,
            correction,
            reason,
        } => act::settle(run, &line, correction, &reason),
        Billing::Reconcile { date, csv, html } => {
            compare::reconcile(run, date, csv.as_deref(), html.as_deref()).await
        }
        Billing::Measure {
            organization,
            bytes,
            reason,
            date,
        } => act::measure(run, &organization, bytes, &reason, date),
        Billing::Follow { organization } => act::follow(run, &organization).await,
    }
}

/// For commands that only look.
async fn looking(run: &Run) -> Result<(Store, autotask::Client), Failure> {
    run.log_to_terminal();
    let store = run.open_reading()?;
    let client = client(run, &store).await?;
    Ok((store, client))
}

/// For those that change something.
async fn working(run: &Run) -> Result<(Store, autotask::Client), Failure> {
    let store = run.open_store()?;
    run.log_to_file();
    let client = client(run, &store).await?;
    Ok((store, client))
}

/// For what changes units.
fn may_change(run: &Run, store: &Store) -> Result<(), Failure> {
    match store.paused(run.clock.now()).map_err(Failure::attention)? {
        None => Ok(()),
        Some(pause) => Err(Failure::attention(format!(
            "{}: nothing is sent. End the pause with autotask-integration resume.",
            crate::cli::pause::words(run, pause)
        ))),
    }
}

async fn client(run: &Run, store: &Store) -> Result<autotask::Client, Failure> {
    run.configured(store)?;
    may_send(store)?;
    let password = run.secret(&run.vault(), Name::AutotaskPassword).await?;
    connect::connect_autotask(store, &password)
        .await
        .map_err(super::sync::cannot_connect)
}

/// The work with all that it needs; a person who stops it does so between two calls.
async fn with_means<T>(
    run: &Run,
    store: &Store,
    client: &autotask::Client,
    patience: Option<u64>,
    work: impl AsyncFnOnce(Means<'_>) -> Result<T, OrderError>,
) -> Result<T, Failure> {
    let limits = super::sync::limits(patience.map(std::time::Duration::from_secs));
    let cancel: CancellationToken = signal::stop_token();
    let means = Means {
        store,
        client,
        clock: &*run.clock,
        limits: &limits,
        cancel: &cancel,
        on_progress: &|done, left| print::progress(&format!("Posting: {done} done, {left} left")),
    };
    let done = work(means).await;
    print::progress("");
    done.map_err(refused)
}

fn refused(error: OrderError) -> Failure {
    match error {
        OrderError::LoginRefused { .. } => Failure::login_refused(error),
        OrderError::UnknownOrganization(_) | OrderError::UnknownLine | OrderError::NoReason => {
            Failure::usage(error)
        }
        OrderError::Autotask(ref cause) => not_read(cause),
        OrderError::Busy
        | OrderError::Cancelled
        | OrderError::NotPossible(_)
        | OrderError::Store(_) => Failure::attention(error),
    }
}

fn no_preview(error: PreviewError) -> Failure {
    match error {
        PreviewError::Autotask(error) => not_read(&error),
        PreviewError::Store(_) => Failure::attention(error),
    }
}

fn not_read(error: &autotask::Error) -> Failure {
    match error.class() {
        autotask::Class::Stop => Failure::login_refused(error),
        autotask::Class::Throttled { .. }
        | autotask::Class::Transient
        | autotask::Class::Unclear
        | autotask::Class::Rejected
        | autotask::Class::Misuse => Failure::attention(error),
    }
}

/// The line of an organization for an invoice date.
fn line_of(run: &Run, store: &Store, line: &Line) -> Result<i64, Failure> {
    let now = run.clock.now();
    let date = match line.date {
        Some(date) => date,
        None => billing::last_date(store, now).map_err(Failure::attention)?,
    };
    let lines = store.billing_lines(date).map_err(Failure::attention)?;
    lines
        .iter()
        .rfind(|one| one.organization_id == line.organization && one.corrects.is_none())
        .map(|one| one.id)
        .ok_or_else(|| {
            Failure::usage(format!(
                "Nothing was billed for the organization {} with the invoice date {date}. Give another \
                 with --date.",
                line.organization
            ))
        })
}
