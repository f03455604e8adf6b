//! The command line: the same work without a window, for scripts and scheduled tasks.
//!
//! Results go to stdout (with `--json` as one JSON value, or one a line where they keep coming),
//! everything else to stderr; with `--json`, why there is no result is on stdout too. Exit codes are [`Exit`]'s. No window library is touched, so the
//! commands run without a display.

mod billing;
mod configure;
mod digest;
mod failed;
mod ledger;
mod login_test;
mod pause;
pub mod print;
mod report;
mod simulate;
mod sync;
mod test_ticket;

use std::env;
use std::ffi::OsString;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ::sync::clock::{Clock, SetClock, SystemClock};
use ::sync::login;
use ::sync::settings::Settings;
use ::sync::store::{OpenError, Store};
use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};

use crate::gui;
use crate::logging::{self, Redactor};
use crate::outcome::{Exit, Failure};
use crate::secrets::{self, Environment, Keychain, Name, Patience, Vault};
use crate::{data_folder, signal};

/// Carries backup jobs and billable usage from Arcserve UDP Cloud Direct into Autotask.
///
/// Without a command it opens the app. Secrets of the commands come from the environment
/// (AUTOTASK_PASSWORD, CLOUD_DIRECT_TOKEN) or else from the keychain.
#[derive(Debug, Parser)]
#[command(
    name = "autotask-integration",
    version,
    after_help = "Exit codes: 0 done, 1 something needs attention (also a file or a line of an export \
                  that `sync --once` could not read, or a pause that kept it from syncing), 2 wrong \
                  usage or settings, 3 login refused."
)]
struct Cli {
    /// Start in the tray, without the window
    #[arg(long, conflicts_with = "show")]
    hidden: bool,
    /// Open the window (as without --hidden)
    #[arg(long, hide = true)]
    show: bool,
    /// Try the app on an embedded simulator; nothing leaves this computer
    #[arg(long)]
    demo: bool,
    /// Keep the data in DIR
    #[arg(long, value_name = "DIR", global = true)]
    data_dir: Option<PathBuf>,
    /// Print results as JSON, and why there is none as {"error": {"code", "message"}}
    #[arg(long, global = true)]
    json: bool,
    /// Log more, and also to stderr
    #[arg(long, global = true)]
    verbose: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Read settings and mappings from a TOML file
    ///
    /// The file stands for all settings: a table or a setting that is left out gets its default, so a file
    /// without `[billing]` switches billing off. Only `[alerts]`, its `jobs_since` and mappings stay as they
    /// are when they are left out.
    Configure(Configure),
    /// Test both logins, and show each step
    Test,
    /// Read jobs and usage, send tickets and digests, and post what billing lets go by itself; until
    /// stopped
    Sync {
        /// Once, then end
        #[arg(long)]
        once: bool,
        /// A rehearsal: act as if it were this moment, such as 2026-12-01T06:00:00Z. With --once, in a
        /// data folder of its own, named with --data-dir. It sends to the Autotask that is set there,
        /// which had better be a simulator
        #[arg(long, value_name = "TIME", requires = "once")]
        now: Option<Timestamp>,
        /// How many seconds a posting without a clear answer rests before it is looked up; less
        /// than the default only where a write certainly takes effect at once, as in the simulator
        #[arg(long, value_name = "SECONDS", hide = true, value_parser = clap::value_parser!(u64).range(1..=3600))]
        settle: Option<u64>,
    },
    /// Send nothing for a while, or until `resume`
    Pause(pause::Options),
    /// End a pause
    Resume,
    /// Show how things stand
    Status,
    /// List what went out or waits
    Activity(Activity),
    /// What was done: verify it, export it
    #[command(subcommand)]
    Ledger(ledger::Ledger),
    /// Show the Daily Digests of a day as they would be sent
    Digest(digest::Options),
    /// Billable usage: preview, post, read back, correct, compare
    #[command(subcommand)]
    Billing(billing::Billing),
    /// Send one real ticket with the Error row's settings
    TestTicket {
        /// The Autotask account's id
        #[arg(long, value_name = "ID", allow_negative_numbers = true, value_parser = clap::value_parser!(i64).range(0..))]
        account: i64,
    },
    /// Run the simulator of both services until stopped
    Simulate(simulate::Options),
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Configure {
    /// The settings file
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Print a commented settings file
    #[arg(long)]
    example: bool,
}

#[derive(Debug, Args)]
struct Activity {
    /// Only those
    #[arg(long, value_enum, default_value_t = Filter::All)]
    filter: Filter,
    /// Only those with TEXT in customer, title, ticket number or error
    #[arg(long, value_name = "TEXT", default_value = "")]
    search: String,
    /// At most N
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=500))]
    limit: u16,
    /// Only older ones than the row with this id
    #[arg(long, value_name = "ID")]
    before: Option<i64>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Filter {
    All,
    Sent,
    Waiting,
    NeedsAttention,
}

/// The whole program but for its end, which is `main`'s.
pub fn main() -> Result<Exit, Failure> {
    let arguments: Vec<OsString> = env::args_os().collect();
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and the version are results; anything else is wrong usage.
            if error.use_stderr() {
                let _ = error.print();
                if failed::is_json_asked_for(&arguments) {
                    failed::tell(&failed::misused(&error));
                }
                return Ok(Exit::Usage);
            }
            print::note(error.print());
            return print::arrived(Exit::Done);
        }
    };
    let json = cli.json;
    let redactor = Redactor::default();
    start(cli, &redactor)
        .and_then(print::arrived)
        .map_err(|failure| Failure {
            message: redactor.redact(&failure.message),
            ..failure
        })
        .inspect_err(|failure| {
            if json {
                failed::tell(failure);
            }
        })
}

fn start(cli: Cli, redactor: &Redactor) -> Result<Exit, Failure> {
    let rehearsed = match &cli.command {
        Some(Command::Sync { now, .. }) => *now,
        Some(_) | None => None,
    };
    let run = Run {
        folder: data_folder::locate(cli.data_dir.as_deref(), cli.demo)?,
        json: cli.json,
        verbose: cli.verbose,
        redactor: redactor.clone(),
        clock: match rehearsed {
            Some(now) => {
                data_folder::is_for_rehearsals(cli.data_dir.as_deref())?;
                Arc::new(SetClock::to(now))
            }
            None => Arc::new(SystemClock),
        },
    };
    let Some(command) = cli.command else {
        gui::display_there()?;
        if cli.demo {
            // Before the log makes a file in it.
            data_folder::is_demos(&run.folder)?;
        }
        run.log_to_file();
        gui::run(gui::Start {
            folder: run.folder,
            data_dir: cli.data_dir,
            demo: cli.demo,
            hidden: cli.hidden,
            redactor: redactor.clone(),
        })?;
        return Ok(Exit::Done);
    };
    if cli.demo || cli.hidden || cli.show {
        return Err(Failure::usage(
            "--demo and --hidden are for the app, and go without a command. The command simulate \
             runs the demo's simulator by itself.",
        ));
    }
    match command {
        Command::Configure(Configure { file, .. }) => match file {
            Some(file) => configure::run(&run, &file),
            None => configure::example(&run),
        },
        Command::Test => wait(login_test::run(&run)),
        Command::Sync { once, settle, .. } => {
            let settle = settle.map(Duration::from_secs);
            if once {
                wait(sync::once(&run, settle))
            } else {
                wait(sync::keep_going(&run, settle))
            }
        }
        Command::Pause(options) => pause::pause(&run, &options),
        Command::Resume => pause::resume(&run),
        Command::Status => report::status(&run),
        Command::Activity(query) => report::activity(&run, &query),
        Command::Ledger(what) => ledger::run(&run, &what),
        Command::Digest(options) => digest::run(&run, &options),
        Command::Billing(what) => wait(billing::run(&run, what)),
        Command::TestTicket { account } => wait(test_ticket::run(&run, account)),
        Command::Simulate(options) => wait(simulate::run(&run, options)),
    }
}

/// What every command needs.
struct Run {
    folder: PathBuf,
    json: bool,
    verbose: bool,
    redactor: Redactor,
    clock: Arc<dyn Clock>,
}

impl Run {
    /// For commands that work on the data.
    fn log_to_file(&self) {
        logging::start(
            Some(&self.folder),
            self.verbose,
            &self.redactor,
            Arc::clone(&self.clock),
        );
    }

    /// For commands that only look, or have nothing to do with it.
    fn log_to_terminal(&self) {
        logging::start(None, self.verbose, &self.redactor, Arc::clone(&self.clock));
    }

    fn open_store(&self) -> Result<Store, Failure> {
        Store::open(&self.folder).map_err(cannot_open)
    }

    fn open_reading(&self) -> Result<Store, Failure> {
        Store::open_reading(&self.folder).map_err(cannot_open)
    }

    /// Settings that were made; otherwise says how to make them.
    fn configured(&self, store: &Store) -> Result<Settings, Failure> {
        let settings = store.settings().map_err(Failure::attention)?;
        if settings.autotask.username.is_empty() {
            return Err(Failure::usage(
                "Nothing has been set up in this data folder. Read in a settings file first: \
                 autotask-integration configure FILE.toml (configure --example prints one).",
            ));
        }
        self.redactor
            .learn_text(&settings.autotask.tracking_identifier);
        Ok(settings)
    }

    fn vault(&self) -> Environment<Keychain> {
        Environment::new(Keychain::open(&data_folder::tag(&self.folder)))
    }

    async fn secret(&self, vault: &dyn Vault, name: Name) -> Result<SecretString, Failure> {
        let secret = vault
            .read(name, Patience::Background)
            .await
            .map_err(|error| missing(name, &error))?;
        self.redactor.learn(&secret);
        writable(name, &secret)?;
        Ok(secret)
    }
}

fn cannot_open(error: OpenError) -> Failure {
    match error {
        OpenError::NotThere(_) | OpenError::NotAFolder(_) => Failure::usage(error),
        OpenError::Locked(_)
        | OpenError::Newer { .. }
        | OpenError::Older { .. }
        | OpenError::Damaged { .. }
        | OpenError::DamagedThere(_)
        | OpenError::Forbidden(_)
        | OpenError::ReadOnly(_)
        | OpenError::Full(_)
        | OpenError::Io { .. } => Failure::attention(error),
    }
}

/// Both logins are tested and stand: until then nothing is asked of a service, not even for its
/// zone.
fn may_send(store: &Store) -> Result<(), Failure> {
    if let Some((service, message)) = login::refused(store).map_err(Failure::attention)? {
        return Err(Failure::login_refused(format!(
            "{} refused the login, and nothing is sent until it has been tested: \
             autotask-integration test. ({message})",
            service.label()
        )));
    }
    if !login::unlocked(store).map_err(Failure::attention)? {
        return Err(Failure::usage(
            "The logins have not been tested since they were set. Test them first: \
             autotask-integration test",
        ));
    }
    Ok(())
}

/// Neither service takes such a secret; mostly a line break came along when it was copied.
fn writable(name: Name, secret: &SecretString) -> Result<(), Failure> {
    if !secret.expose_secret().chars().any(char::is_control) {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "The {} has a line break or another control character in it. Set {} again without it, or save \
         it again in the app.",
        name.words(),
        name.variable()
    )))
}

fn missing(name: Name, error: &secrets::Error) -> Failure {
    Failure::usage(format!(
        "The {} is missing. Set {} in the environment, or save it in the app. ({error})",
        name.words(),
        name.variable()
    ))
}

/// Runs one command's work to its end.
fn wait(work: impl Future<Output = Result<Exit, Failure>>) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::attention(format!("The program cannot start: {error}.")))?;
    let done = runtime.block_on(work);
    runtime.shutdown_timeout(Duration::from_secs(1));
    done
}

/// The work, or `None` when the person stopped it; what it was doing is simply dropped.
async fn unless_stopped<T>(work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        done = work => Some(done),
        () = signal::asked_to_stop() => None,
    }
}

/// "1 ticket", "2 tickets".
fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Lines of billing that wait for a person; `None`: there are none.
fn billing_waits(to_approve: u64, needs_review: u64) -> Option<String> {
    let wait = counted(to_approve, "line waits", "lines wait");
    let need = counted(needs_review, "line needs", "lines need");
    match (to_approve, needs_review) {
        (0, 0) => None,
        (_, 0) => Some(format!("Billing: {wait} for approval")),
        (0, _) => Some(format!("Billing: {need} review")),
        (_, _) => Some(format!("Billing: {wait} for approval, {need} review")),
    }
}

fn stopped() -> Failure {
    Failure::attention("Stopped.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_sent_before_the_logins_have_been_tested() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let refused = may_send(&store).unwrap_err();
        assert_eq!(refused.exit, Exit::Usage);
        assert!(refused.message.contains("autotask-integration test"));
    }

    #[test]
    fn lines_of_billing_are_told_only_where_there_are_some() {
        assert_eq!(billing_waits(0, 0), None);
        assert_eq!(
            billing_waits(1, 0).unwrap(),
            "Billing: 1 line waits for approval"
        );
        assert_eq!(billing_waits(0, 2).unwrap(), "Billing: 2 lines need review");
        assert_eq!(
            billing_waits(2, 1).unwrap(),
            "Billing: 2 lines wait for approval, 1 line needs review"
        );
    }

    #[test]
    fn a_secret_that_no_service_takes_is_wrong_usage_and_not_repeated() {
        let checked = |text: &str| writable(Name::AutotaskPassword, &text.to_owned().into());
        assert_eq!(checked("p\u{e4}ss \u{1f511}"), Ok(()));
        for bad in ["canary\n", "can\u{0}ary", "canary\r\n"] {
            let refused = checked(bad).unwrap_err();
            assert_eq!(refused.exit, Exit::Usage);
            assert!(refused.message.contains("AUTOTASK_PASSWORD"));
            assert!(!refused.message.contains("ary"));
        }
    }
}
