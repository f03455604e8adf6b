//! How a run ends: one exit code, and at most one sentence for a person.
//!
//! Everything below `main` says what happened as a [`Failure`]; only `main` turns it into text on
//! stderr and a number for the shell. The numbers are part of the command line's promise.

use std::fmt;

/// The command line's exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Done,
    /// Something needs attention: a posting, a service that does not answer, a locked database.
    Attention,
    /// Wrong usage, or settings that are missing or wrong.
    Usage,
    LoginRefused,
}

impl Exit {
    pub fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Attention => 1,
            Exit::Usage => 2,
            Exit::LoginRefused => 3,
        }
    }

    /// For programs that read JSON.
    pub fn name(self) -> &'static str {
        match self {
            Exit::Done => "done",
            Exit::Attention => "attention",
            Exit::Usage => "usage",
            Exit::LoginRefused => "login_refused",
        }
    }
}

/// Why a run could not do what was asked: what happened, to what, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub exit: Exit,
    pub message: String,
}

impl Failure {
    pub fn attention(message: impl fmt::Display) -> Self {
        Self {
            exit: Exit::Attention,
            message: message.to_string(),
        }
    }

    pub fn usage(message: impl fmt::Display) -> Self {
        Self {
            exit: Exit::Usage,
            message: message.to_string(),
        }
    }

    pub fn login_refused(message: impl fmt::Display) -> Self {
        Self {
            exit: Exit::LoginRefused,
            message: message.to_string(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}
