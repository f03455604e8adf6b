//! What the commands print: results on stdout, everything else on stderr.
//!
//! A reader that has gone away (`| head`) is no error. Any other trouble with stdout interrupts no
//! work; [`arrived`] tells of it at the end.

use std::io::{self, IsTerminal, Write};
use std::sync::OnceLock;

use serde::Serialize;

use crate::outcome::{Exit, Failure};

/// The first trouble with stdout, which is one for the whole process.
static LOST: OnceLock<String> = OnceLock::new();

/// A line of the result.
pub fn line(text: &str) {
    let mut out = io::stdout().lock();
    note(writeln!(out, "{text}").and_then(|()| out.flush()));
}

/// Keeps in mind that a part of the result was lost.
pub fn note(written: io::Result<()>) {
    if let Err(error) = written
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        LOST.get_or_init(|| error.to_string());
    }
}

/// How a run ends that would have ended with `exit`: what nobody could read is not done.
pub fn arrived(exit: Exit) -> Result<Exit, Failure> {
    match LOST.get() {
        None => Ok(exit),
        Some(error) => Err(Failure {
            exit: if exit == Exit::Done {
                Exit::Attention
            } else {
                exit
            },
            message: format!("The result could not be written: {error}."),
        }),
    }
}

/// A line for the person, beside the result.
pub fn message(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// One JSON value on one line.
pub fn json(value: &impl Serialize) {
    match serde_json::to_string(value) {
        Ok(text) => line(&text),
        Err(error) => tracing::error!(%error, "a result cannot be written as JSON"),
    }
}

/// A line that is overwritten by the next one; only where somebody can see it.
pub fn progress(text: &str) {
    let mut err = io::stderr().lock();
    if err.is_terminal() {
        let _ = write!(err, "\r\u{1b}[K{text}");
        let _ = err.flush();
    }
}

/// Columns as wide as their widest cell; the last one as it is.
pub fn table<const N: usize>(head: [&str; N], rows: &[[String; N]]) {
    let mut widths = head.map(|cell| cell.chars().count());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    line(&aligned(&head, &widths));
    for row in rows {
        line(&aligned(&row.each_ref().map(String::as_str), &widths));
    }
}

fn aligned(cells: &[&str], widths: &[usize]) -> String {
    let mut text = String::new();
    for (cell, width) in cells.iter().zip(widths) {
        let pad = width.saturating_sub(cell.chars().count()) + 2;
        text.push_str(cell);
        text.extend(std::iter::repeat_n(' ', pad));
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_whatever_the_letters() {
        let widths = [6, 4];
        assert_eq!(aligned(&["Müller", "abcd"], &widths), "Müller  abcd");
        assert_eq!(aligned(&["A", "b"], &widths), "A       b");
    }
}
