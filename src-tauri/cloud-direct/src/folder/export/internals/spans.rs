//! The records of a file against its lines.

use super::Piece;

/// Where a record begins and what became of it.
#[derive(Debug)]
pub(super) struct Span {
    pub(super) line: u64,
    pub(super) shape: Shape,
    pub(super) text: String,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Record {
        ended: bool,
    },
    /// One line, left out for its quotation mark.
    OpenQuote,
    TooLong,
    /// The rest of the file.
    Unfinished,
}

impl Span {
    pub(super) fn of(piece: &Piece<'_>) -> Span {
        let (line, shape, text) = match piece {
            Piece::Record { line, text, ended } => (line, Shape::Record { ended: *ended }, *text),
            Piece::OpenQuote { line } => (line, Shape::OpenQuote, ""),
            Piece::TooLong { line } => (line, Shape::TooLong, ""),
            Piece::Unfinished { line } => (line, Shape::Unfinished, ""),
        };
        Span {
            line: *line,
            shape,
            text: text.to_owned(),
        }
    }

    /// Whether there must be a row or a bad line for it, whatever the delimiter is.
    pub(super) fn is_full(&self) -> bool {
        let is_blank = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '"');
        !matches!(self.shape, Shape::Record { .. }) || !self.text.chars().all(is_blank)
    }
}

/// That the records lie end to end over all lines of the text; a record has
/// `longest` bytes at most.
pub(super) fn check_spans(text: &str, spans: &[Span], longest: usize) -> Result<(), String> {
    let mut lines: Vec<&str> = text.split('\n').collect();
    let ends_with_a_line = lines.last().is_some_and(|last| last.is_empty());
    if ends_with_a_line {
        lines.pop();
    }
    let mut next = 0;
    for (at, span) in spans.iter().enumerate() {
        let begin = usize::try_from(span.line).unwrap_or(usize::MAX) - 1;
        let end = match spans.get(at + 1) {
            Some(after) => usize::try_from(after.line).unwrap_or(usize::MAX) - 1,
            None => lines.len(),
        };
        if begin != next || end <= begin || end > lines.len() {
            return Err(format!("lines are lost or doubled at {span:?}"));
        }
        next = end;
        let joined = lines[begin..end].join("\n");
        let record = joined.strip_suffix('\r').unwrap_or(&joined);
        let is_as_promised = match span.shape {
            Shape::Record { ended } => {
                record == span.text
                    && joined.len() <= longest
                    && ended == (end < lines.len() || ends_with_a_line)
                    && (end == begin + 1 || record.contains('"'))
            }
            Shape::OpenQuote => end == begin + 1 && record.contains('"'),
            Shape::TooLong => joined.len() > longest,
            Shape::Unfinished => end == lines.len() && record.contains('"'),
        };
        if !is_as_promised {
            return Err(format!("{span:?} is not what its lines hold"));
        }
    }
    if next == lines.len() {
        Ok(())
    } else {
        Err(format!("{} lines are lost at the end", lines.len() - next))
    }
}
