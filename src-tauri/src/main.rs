//! The program. This is the one place that turns how a run ended into a sentence and a number.

// A console window beside the app's own would be wrong on Windows; the commands attach to the
// terminal that they were started from by its redirection.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;

use autotask_integration::cli;

fn main() -> ExitCode {
    let exit = match cli::main() {
        Ok(exit) => exit,
        Err(failure) => {
            cli::print::message(&failure.message);
            failure.exit
        }
    };
    ExitCode::from(exit.code())
}
