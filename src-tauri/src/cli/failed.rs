//! What `--json` prints when there is no result: one object, so that a program that reads stdout
//! always has something to read. The exit code, and the sentence on stderr, are as without it.

use std::ffi::OsString;

use serde::Serialize;

use super::print;
use crate::outcome::{Exit, Failure};

#[derive(Debug, Serialize)]
struct Failed<'a> {
    error: Why<'a>,
}

#[derive(Debug, Serialize)]
struct Why<'a> {
    code: &'static str,
    message: &'a str,
}

pub fn tell(failure: &Failure) {
    print::json(&as_json(failure));
}

fn as_json(failure: &Failure) -> Failed<'_> {
    Failed {
        error: Why {
            code: failure.exit.name(),
            message: &failure.message,
        },
    }
}

/// Of arguments that could not be understood, and so were not read in order.
pub fn is_json_asked_for(arguments: &[OsString]) -> bool {
    arguments
        .iter()
        .skip(1)
        .take_while(|argument| *argument != "--")
        .any(|argument| argument == "--json")
}

/// The sentence of what clap would print, without the usage below it.
pub fn misused(error: &clap::Error) -> Failure {
    let text = error.render().to_string();
    let sentence: Vec<&str> = text
        .lines()
        .map(str::trim)
        .take_while(|line| !line.is_empty())
        .collect();
    let sentence = sentence.join(" ");
    Failure {
        exit: Exit::Usage,
        message: sentence
            .strip_prefix("error: ")
            .unwrap_or(&sentence)
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::Cli;

    fn json(failure: &Failure) -> String {
        serde_json::to_string(&as_json(failure)).unwrap()
    }

    #[test]
    fn a_failure_is_one_object_with_the_exit_codes_name() {
        let refused = Failure::login_refused("Autotask refused the login.");
        assert_eq!(
            json(&refused),
            r#"{"error":{"code":"login_refused","message":"Autotask refused the login."}}"#
        );
        for (failure, code) in [
            (Failure::attention("x"), "attention"),
            (Failure::usage("x"), "usage"),
        ] {
            assert_eq!(
                json(&failure),
                format!(r#"{{"error":{{"code":"{code}","message":"x"}}}}"#)
            );
        }
    }

    #[test]
    fn wrong_usage_is_told_in_one_line() {
        for (arguments, expected) in [
            (
                ["app", "test-ticket", "--json"].as_slice(),
                "the following required arguments were not provided: --account <ID>",
            ),
            (
                ["app", "--json", "status", "--fast"].as_slice(),
                "unexpected argument '--fast' found",
            ),
        ] {
            let error = Cli::try_parse_from(arguments).unwrap_err();
            assert_eq!(misused(&error), Failure::usage(expected));
        }
    }

    #[test]
    fn json_is_asked_for_by_its_flag_alone() {
        let asked = |arguments: &[&str]| {
            let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
            is_json_asked_for(&arguments)
        };
        assert!(asked(&["app", "status", "--json"]));
        assert!(!asked(&["app", "status"]));
        assert!(!asked(&["--json"]), "the program's own name");
        assert!(
            !asked(&["app", "configure", "--", "--json"]),
            "a file's name"
        );
    }
}
