//! Running other programs: said before, checked after, stopped when no longer wanted.

use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, anyhow};

/// A command that ran and failed.
#[derive(Debug)]
pub struct CommandFailed {
    line: String,
    code: Option<i32>,
}

impl CommandFailed {
    /// The command's own exit code, as far as a process can have it.
    pub fn exit_code(&self) -> u8 {
        self.code
            .and_then(|code| u8::try_from(code).ok())
            .filter(|code| *code != 0)
            .unwrap_or(1)
    }
}

impl fmt::Display for CommandFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => write!(f, "`{}` failed with exit code {code}", self.line),
            None => write!(f, "`{}` was ended by a signal", self.line),
        }
    }
}

impl std::error::Error for CommandFailed {}

/// Says the command, runs it with the terminal's input and output, and fails when it fails.
pub fn run(command: &mut Command) -> Result<()> {
    let line = shown(command);
    println!("    $ {line}");
    let status = command
        .status()
        .map_err(|error| not_started(&line, &error))?;
    if status.success() {
        return Ok(());
    }
    Err(CommandFailed {
        line,
        code: status.code(),
    }
    .into())
}

/// Like `run`, for a command that talks much: what it prints is shown only when it fails.
pub fn run_quietly(command: &mut Command) -> Result<()> {
    let line = shown(command);
    println!("    $ {line}");
    let output = command
        .output()
        .map_err(|error| not_started(&line, &error))?;
    if output.status.success() {
        return Ok(());
    }
    println!("{}", String::from_utf8_lossy(&output.stdout));
    eprintln!("{}", String::from_utf8_lossy(&output.stderr));
    Err(CommandFailed {
        line,
        code: output.status.code(),
    }
    .into())
}

/// What the command prints, or nothing when it is missing or fails.
pub fn output_of(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Starts a command that goes on in the background until the value is dropped.
pub fn start(command: &mut Command) -> Result<Running> {
    let line = shown(command);
    let child = command
        .spawn()
        .map_err(|error| not_started(&line, &error))?;
    Ok(Running { child, line })
}

/// A program in the background. Dropping it ends it.
#[derive(Debug)]
pub struct Running {
    child: Child,
    line: String,
}

impl Running {
    /// What the program prints; to be taken once.
    pub fn take_output(&mut self) -> Result<std::process::ChildStdout> {
        self.child
            .stdout
            .take()
            .with_context(|| format!("the output of `{}` is not at hand", self.line))
    }

    /// The error for a program that ended although it should not have.
    pub fn ended_early(&mut self) -> anyhow::Error {
        match self.child.wait() {
            Ok(status) => CommandFailed {
                line: self.line.clone(),
                code: status.code(),
            }
            .into(),
            Err(error) => anyhow!("`{}` is out of reach: {error}", self.line),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only when it has ended by itself, which is what is wanted.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The cargo that runs this program, so that both use one toolchain.
pub fn cargo(root: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    command
}

/// npm in the folder of the page.
pub fn npm(page: &Path) -> Command {
    let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.current_dir(page);
    command
}

/// Where on the search path the program is.
pub fn find_program(name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(&file))
        .find(|path| path.is_file())
}

/// The command as one would type it: the program's short name, and its arguments.
pub fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_stem().unwrap_or(program.as_os_str());
    std::iter::once(name)
        .chain(command.get_args())
        .map(quoted)
        .collect::<Vec<_>>()
        .join(" ")
}

fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let plain = |c: char| c.is_alphanumeric() || "-_=./:@+,~%\\".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.into_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

fn not_started(line: &str, error: &io::Error) -> anyhow::Error {
    anyhow!("`{line}` could not be started: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_one_would_type_it() {
        let mut command = Command::new("/usr/bin/cargo");
        command.args(["nextest", "run", "-E", "binary(window)", "it's", ""]);
        assert_eq!(
            shown(&command),
            r"cargo nextest run -E 'binary(window)' 'it'\''s' ''"
        );
    }

    #[test]
    fn the_exit_code_of_a_failed_command_is_passed_on() {
        let failed = |code| CommandFailed {
            line: String::new(),
            code,
        };
        assert_eq!(failed(Some(3)).exit_code(), 3);
        assert_eq!(failed(Some(-1)).exit_code(), 1);
        assert_eq!(failed(Some(0)).exit_code(), 1);
        assert_eq!(failed(None).exit_code(), 1);
    }
}
