//! The tickets as a table for the terminal.

use serde_json::Value;

/// Wider columns are cut, with a mark.
const WIDEST: usize = 58;

/// A column: its heading, and what it shows of a ticket.
pub struct Column<'a> {
    pub heading: &'static str,
    pub text: Box<dyn Fn(&Value) -> String + 'a>,
}

/// The rows under their headings, each column as wide as its widest text.
pub fn table(rows: &[Value], columns: &[Column<'_>]) -> String {
    let mut lines = vec![
        columns
            .iter()
            .map(|column| column.heading.to_owned())
            .collect::<Vec<_>>(),
    ];
    lines.extend(rows.iter().map(|row| {
        columns
            .iter()
            .map(|column| cut(&(column.text)(row)))
            .collect()
    }));
    let widths: Vec<usize> = (0..columns.len())
        .map(|index| {
            lines
                .iter()
                .map(|cells| cells[index].chars().count())
                .max()
                .unwrap_or_default()
        })
        .collect();
    lines
        .iter()
        .map(|cells| {
            let padded: Vec<String> = cells
                .iter()
                .zip(&widths)
                .map(|(cell, width)| format!("{cell:width$}"))
                .collect();
            format!("    {}\n", padded.join("  ").trim_end())
        })
        .collect()
}

fn cut(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() <= WIDEST {
        return line.to_owned();
    }
    line.chars().take(WIDEST - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn column(heading: &'static str, field: &'static str) -> Column<'static> {
        Column {
            heading,
            text: Box::new(move |row| row[field].as_str().unwrap_or_default().to_owned()),
        }
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_text() {
        let rows = [
            json!({"number": "T20261123.0001", "title": "Müller"}),
            json!({"number": "T2", "title": "B"}),
        ];
        let columns = [column("Ticket", "number"), column("Title", "title")];
        assert_eq!(
            table(&rows, &columns),
            "    Ticket          Title\n    T20261123.0001  Müller\n    T2              B\n"
        );
    }

    #[test]
    fn a_long_text_is_cut_with_a_mark_and_only_its_first_line_is_shown() {
        let long = cut(&"ä".repeat(100));
        assert_eq!(long.chars().count(), WIDEST);
        assert!(long.ends_with('…'));
        assert_eq!(cut("one\ntwo"), "one");
        assert_eq!(cut(""), "");
    }
}
