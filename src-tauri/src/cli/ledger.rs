//! `ledger`: whether what was done is still as it was written, and all of it as a file. Both only
//! look, and work while the app runs.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde::Serialize;
use sync::activity::ExportError;
use sync::ledger::{self, Exported, Head, LedgerCheck};

use super::{Run, counted, print};
use crate::outcome::{Exit, Failure};

#[derive(Debug, Subcommand)]
pub enum Ledger {
    /// Find out whether a line was changed, removed or put in
    Verify,
    /// Write all lines as CSV; with --json to stdout as JSON, one a line
    Export {
        /// The file, or - for stdout
        #[arg(value_name = "FILE.csv")]
        file: PathBuf,
    },
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Verified {
    Fits {
        fits: bool,
        rows: u64,
        removed: u64,
        head: Head,
    },
    Broken {
        fits: bool,
        row: i64,
        at: Option<jiff::Timestamp>,
        fault: &'static str,
        message: String,
    },
}

pub fn run(run: &Run, what: &Ledger) -> Result<Exit, Failure> {
    run.log_to_terminal();
    match what {
        Ledger::Verify => verify(run),
        Ledger::Export { file } if file == Path::new("-") => export_to_stdout(run),
        Ledger::Export { file } => export(run, file),
    }
}

fn verify(run: &Run) -> Result<Exit, Failure> {
    let store = run.open_reading()?;
    let check = ledger::verify(&store).map_err(Failure::attention)?;
    let (exit, text, verified) = match check {
        LedgerCheck::Fits {
            rows,
            removed,
            head: (row, hash),
        } => {
            let head = Head::new(row, hash);
            let text = fitting(rows, removed, &head);
            let verified = Verified::Fits {
                fits: true,
                rows,
                removed,
                head,
            };
            (Exit::Done, text, verified)
        }
        LedgerCheck::Broken(misfit) => {
            let message = misfit.to_string();
            let verified = Verified::Broken {
                fits: false,
                row: misfit.row,
                at: misfit.at,
                fault: misfit.fault.name(),
                message: message.clone(),
            };
            (Exit::Attention, message, verified)
        }
    };
    if run.json {
        print::json(&verified);
    } else {
        print::line(&text);
    }
    Ok(exit)
}

fn fitting(rows: u64, removed: u64, head: &Head) -> String {
    let all = if rows == 1 { "it fits" } else { "all fit" };
    let older = match removed {
        0 => String::new(),
        _ => format!(" {removed} before were removed because of their age."),
    };
    format!(
        "{}, and {all}.{older} The last is row {}, {}.",
        counted(rows, "line", "lines"),
        head.row,
        head.hash
    )
}

fn export(run: &Run, file: &Path) -> Result<Exit, Failure> {
    let store = run.open_reading()?;
    let not_written = |error: &io::Error| {
        Failure::attention(format!("{} cannot be written: {error}.", file.display()))
    };
    let target = File::create(file).map_err(|error| not_written(&error))?;
    let exported =
        ledger::export_csv(&store, BufWriter::new(target)).map_err(|error| match error {
            ExportError::Store(error) => Failure::attention(error),
            ExportError::Write(error) => not_written(&error),
        })?;
    if run.json {
        print::json(&exported);
    } else {
        print::line(&told(&exported));
    }
    Ok(Exit::Done)
}

fn export_to_stdout(run: &Run) -> Result<Exit, Failure> {
    let store = run.open_reading()?;
    let mut out = BufWriter::new(io::stdout().lock());
    let exported = if run.json {
        ledger::export_json(&store, &mut out)
    } else {
        ledger::export_csv(&store, &mut out)
    };
    print::note(out.flush());
    match exported {
        Ok(exported) => print::message(&told(&exported)),
        Err(ExportError::Store(error)) => return Err(Failure::attention(error)),
        Err(ExportError::Write(error)) => print::note(Err(error)),
    }
    Ok(Exit::Done)
}

fn told(exported: &Exported) -> String {
    let lines = counted(exported.rows, "line", "lines");
    match &exported.head {
        Some(head) => format!("{lines}. The last is row {}, {}.", head.row, head.hash),
        None => format!("{lines}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_removed_is_only_told_where_something_was() {
        let head = Head {
            row: 12,
            hash: "ab".to_owned(),
        };
        assert_eq!(
            fitting(9, 3, &head),
            "9 lines, and all fit. 3 before were removed because of their age. The last is row 12, ab."
        );
        assert_eq!(
            fitting(1, 0, &head),
            "1 line, and it fits. The last is row 12, ab."
        );
    }
}
