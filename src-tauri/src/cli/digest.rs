//! `digest --preview`: the Daily Digests of a day, from the jobs that have been received. It only
//! looks, and works while the app runs.

use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;
use sync::digest::{self, Counts, Preview, PreviewError};
use sync::{plan, time_of_day};

use super::{Run, print};
use crate::outcome::{Exit, Failure};

#[derive(Debug, Args)]
pub struct Options {
    /// The day in the partner's time zone, such as 2026-11-22
    #[arg(long, value_name = "DAY")]
    date: Date,
    /// Print them, send nothing
    #[arg(long)]
    preview: bool,
    /// Only that of the organization with this id, mapped or not
    #[arg(long, value_name = "ID")]
    organization: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Day {
    day: Date,
    time_zone: String,
    from: Timestamp,
    until: Timestamp,
    /// The day is over. Jobs can still become visible late.
    over: bool,
    digests: Vec<Shown>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    organization_id: String,
    organization: String,
    /// `null`: the organization is not mapped, or excluded, and nothing would be sent.
    account: Option<i64>,
    account_name: Option<String>,
    /// Nothing would be sent, because there was no job that day.
    left_out: bool,
    key: String,
    title: String,
    text: String,
    due: Timestamp,
    counts: Counts,
}

pub fn run(run: &Run, options: &Options) -> Result<Exit, Failure> {
    if !options.preview {
        return Err(Failure::usage(
            "Daily Digests go out by themselves, at the time that is set in Options; by hand they are not \
             sent. --preview prints what they say.",
        ));
    }
    run.log_to_terminal();
    let store = run.open_reading()?;
    let zone = store.settings().map_err(Failure::attention)?.general.zone();
    let previews = digest::preview(&store, options.date, options.organization.as_deref());
    let previews = previews.map_err(|error| match error {
        PreviewError::UnknownOrganization(_) => Failure::usage(error),
        PreviewError::Store(_) => Failure::attention(error),
    })?;
    let whole = time_of_day::whole_day(options.date, &zone);
    let over = whole.end <= run.clock.now();
    if !over {
        print::message(&format!(
            "{} is not over in {}: more jobs can come.",
            options.date,
            zone.iana_name().unwrap_or("UTC")
        ));
    }
    if previews.is_empty() {
        print::message(
            "No organization is mapped, so nobody would get a digest. --organization ID shows one \
             all the same.",
        );
    }
    if run.json {
        print::json(&Day {
            day: options.date,
            time_zone: zone.iana_name().unwrap_or("UTC").to_owned(),
            from: whole.start,
            until: whole.end,
            over,
            digests: previews.into_iter().map(Shown::from).collect(),
        });
        return Ok(Exit::Done);
    }
    for (number, preview) in previews.iter().enumerate() {
        if number > 0 {
            print::line(&format!("\n{}\n", "-".repeat(100)));
        }
        tell(preview, &zone);
    }
    Ok(Exit::Done)
}

fn tell(preview: &Preview, zone: &TimeZone) {
    let digest = &preview.digest;
    let to = match &preview.account {
        Some(_) if preview.left_out => {
            "nobody: there was no job that day, and by Options such days have no digest".to_owned()
        }
        Some(account) if account.name.is_empty() => format!("account {}", account.id),
        Some(account) => format!("{} (account {})", account.name, account.id),
        None => "nobody: the organization is not mapped, or excluded".to_owned(),
    };
    print::line(&format!("Title: {}", digest.title));
    print::line(&format!("To: {to}"));
    print::line(&format!("Due: {}\n", plan::local(digest.due, zone)));
    print::line(&digest.text);
}

impl From<Preview> for Shown {
    fn from(preview: Preview) -> Self {
        let Preview {
            organization_id,
            organization,
            account,
            left_out,
            digest,
        } = preview;
        let (account, account_name) = account.map(|account| (account.id, account.name)).unzip();
        Self {
            organization_id,
            organization,
            account,
            account_name: account_name.filter(|name| !name.is_empty()),
            left_out,
            key: digest.key,
            title: digest.title,
            text: digest.text,
            due: digest.due,
            counts: digest.counts,
        }
    }
}
