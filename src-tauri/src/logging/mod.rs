//! The log: one file a day in the data folder's `logs`, readable by its owner only, 14 kept.
//!
//! Lines say what was done and how it went, never what was carried: no bodies, no headers. As a
//! second line of defence every line passes [`Redactor`], which knows this run's secrets and
//! blanks them wherever they appear. `--verbose` lowers the level to debug and copies the log to
//! stderr. A log that cannot be written never stops the app.

mod daily_file;
mod redact;

use std::path::Path;
use std::sync::Arc;

use sync::clock::Clock;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

use daily_file::DailyFile;
use redact::Redacting;
pub use redact::Redactor;

/// Starts the log of this process. `folder` is the data folder; `None` keeps no file (commands
/// that only read must not make one).
pub fn start(folder: Option<&Path>, verbose: bool, redactor: &Redactor, clock: Arc<dyn Clock>) {
    let level = if verbose {
        LevelFilter::DEBUG
    } else {
        LevelFilter::INFO
    };
    let file = folder.and_then(
        |folder| match DailyFile::open(&folder.join("logs"), clock) {
            Ok(file) => Some(
                fmt::layer()
                    .with_ansi(false)
                    .with_writer(Redacting::new(file, redactor.clone()))
                    .with_filter(targets(level)),
            ),
            Err(error) => {
                crate::cli::print::message(&format!(
                    "The log cannot be written to {}: {error}. The app runs without it.",
                    folder.join("logs").display()
                ));
                None
            }
        },
    );
    let terminal = verbose.then(|| {
        fmt::layer()
            .with_writer(Redacting::new(std::io::stderr(), redactor.clone()))
            .with_filter(targets(level))
    });
    // Fails only when a log was started before, which then goes on.
    let _ = tracing_subscriber::registry()
        .with(file)
        .with(terminal)
        .try_init();
}

/// Our own crates at `level`, everything else only when it warns: the libraries below log
/// addresses and headers at their finer levels.
fn targets(level: LevelFilter) -> Targets {
    Targets::new()
        .with_default(LevelFilter::WARN)
        .with_target("autotask_integration", level)
        .with_target("autotask", level)
        .with_target("cloud_direct", level)
        .with_target("sync", level)
        .with_target("simulator", level)
}
