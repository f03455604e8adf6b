//! `pause` and `resume`: nothing is sent in between, by the app, by `sync` or by `sync --once`.
//!
//! Whatever is running has the data to itself: the app is paused in its tray or its window, and a
//! running `sync` is simply stopped.

use clap::Args;
use jiff::tz::TimeZone;
use serde::Serialize;
use sync::pause::{Length, Pause};
use sync::store::{OpenError, Store};

use super::{Run, cannot_open, print};
use crate::outcome::{Exit, Failure};
use crate::status::clock_time;

/// Until resumed, unless one of these is given
#[derive(Debug, Args)]
#[group(multiple = false)]
pub struct Options {
    /// For so many minutes
    #[arg(long = "for", value_name = "MINUTES", value_parser = minutes)]
    length: Option<Length>,
    /// Until the next day begins in the partner's time zone
    #[arg(long)]
    until_tomorrow: bool,
}

fn minutes(text: &str) -> Result<Length, String> {
    let minutes = text.parse().map_err(|_| "give whole minutes".to_owned())?;
    Length::minutes(minutes).map_err(|error| error.to_string())
}

impl Options {
    fn length(&self) -> Length {
        match self.length {
            Some(length) => length,
            None if self.until_tomorrow => Length::UntilTomorrow,
            None => Length::UntilResumed,
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Standing {
    paused: bool,
    paused_until: Option<String>,
}

pub fn pause(run: &Run, options: &Options) -> Result<Exit, Failure> {
    let store = open(run)?;
    run.configured(&store)?;
    let pause = store
        .pause(options.length(), run.clock.now())
        .map_err(Failure::attention)?;
    if run.json {
        print::json(&Standing {
            paused: true,
            paused_until: pause.until.map(|until| until.to_string()),
        });
    } else {
        print::line(&format!(
            "{}. Nothing is sent until then, but for a test ticket.",
            words(run, pause)
        ));
    }
    Ok(Exit::Done)
}

pub fn resume(run: &Run) -> Result<Exit, Failure> {
    let store = open(run)?;
    run.configured(&store)?;
    let paused = store.paused(run.clock.now()).map_err(Failure::attention)?;
    store.resume().map_err(Failure::attention)?;
    if run.json {
        print::json(&Standing {
            paused: false,
            paused_until: None,
        });
    } else if paused.is_some() {
        print::line("Resumed. What was held up goes out with the next sync.");
    } else {
        print::line("It was not paused.");
    }
    Ok(Exit::Done)
}

/// "Paused until 15:00", by the computer's clock.
pub fn words(run: &Run, pause: Pause) -> String {
    match pause.until {
        None => "Paused until resumed".to_owned(),
        Some(until) => format!(
            "Paused until {}",
            clock_time(until, run.clock.now(), &TimeZone::system())
        ),
    }
}

fn open(run: &Run) -> Result<Store, Failure> {
    Store::open(&run.folder).map_err(|error| match error {
        OpenError::Locked(_) => Failure::attention(
            "The app, or another command, is running with this data folder. Pause or resume the app in \
             its tray or its window; stop a command.",
        ),
        OpenError::NotThere(_)
        | OpenError::NotAFolder(_)
        | OpenError::Newer { .. }
        | OpenError::Older { .. }
        | OpenError::Damaged { .. }
        | OpenError::DamagedThere(_)
        | OpenError::Forbidden(_)
        | OpenError::ReadOnly(_)
        | OpenError::Full(_)
        | OpenError::Io { .. } => cannot_open(error),
    })
}
