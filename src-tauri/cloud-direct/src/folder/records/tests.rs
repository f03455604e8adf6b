use encoding_rs::UTF_8;
use proptest::prelude::*;

use super::*;

fn records(text: &[u8]) -> Records<&[u8]> {
    Records::new(Decoded::new(text, UTF_8), LONGEST)
}

fn pieces(text: &str, delimiter: Option<u8>, width: usize) -> Vec<String> {
    pieces_of(records(text.as_bytes()), delimiter, width)
}

fn pieces_of<R: Read>(mut records: Records<R>, delimiter: Option<u8>, width: usize) -> Vec<String> {
    if let Some(delimiter) = delimiter {
        records.quoted(delimiter);
    }
    records.width(width);
    let mut found = Vec::new();
    while let Some(piece) = records.next().unwrap() {
        found.push(match piece {
            Piece::Record { line, text, ended } => {
                format!("{line}{} {text}", if ended { "" } else { "?" })
            }
            Piece::OpenQuote { line } => format!("{line} open"),
            Piece::TooLong { line } => format!("{line} long"),
            Piece::Unfinished { line } => format!("{line} unfinished"),
        });
    }
    found
}

#[test]
fn lines_are_counted_through_quoted_breaks() {
    assert_eq!(
        pieces("a,b\r\n\"x\r\ny\",1\n\nc,\"d\"\"e\"\nf,g", Some(b','), 2),
        ["1 a,b", "2 \"x\r\ny\",1", "4 ", "5 c,\"d\"\"e\"", "6? f,g"]
    );
}

#[test]
fn a_quotation_mark_within_a_field_is_an_ordinary_character() {
    assert_eq!(
        pieces("a,5\" disk\nb,c\n", Some(b','), 2),
        ["1 a,5\" disk", "2 b,c"]
    );
    assert_eq!(fields("a,5\" disk", b',').unwrap(), ["a", "5\" disk"]);
}

#[test]
fn a_stray_quotation_mark_costs_one_line() {
    assert_eq!(
        pieces("a,b\nc,\"d\ne,f\ng,h\n", Some(b','), 2),
        ["1 a,b", "2 open", "3 e,f", "4 g,h"]
    );
}

#[test]
fn a_file_that_ends_within_a_quoted_field_is_unfinished() {
    assert_eq!(
        pieces("a,b\nc,\"d\ne", Some(b','), 2),
        ["1 a,b", "2 unfinished"]
    );
    assert_eq!(
        pieces("a,b\nc,\"d", Some(b','), 2),
        ["1 a,b", "2 unfinished"]
    );
}

#[test]
fn a_quotation_mark_that_is_never_closed_does_not_swallow_a_big_file() {
    let mut text = "a,b\nc,\"d\n".to_owned();
    let lines = 2 * LONGEST / 4;
    text.push_str(&"e,f\n".repeat(lines));
    let found = pieces(&text, Some(b','), 2);
    assert_eq!(found[..3], ["1 a,b", "2 open", "3 e,f"]);
    assert_eq!(found.len(), lines + 2);
    assert_eq!(found.last().unwrap(), &format!("{} e,f", lines + 2));
}

#[test]
fn many_open_quotation_marks_cost_no_more_than_their_lines() {
    let line = format!("\"{},x\n", "o".repeat(60));
    let text = line.repeat(30_001);
    let found = pieces(&text, Some(b','), 2);
    // An odd number of marks: pairs of lines close one another until the end.
    assert!(!found.is_empty());
    assert!(found.len() <= 30_001);
}

/// Gives a few bytes at a time, as a slow network drive may.
struct Drip<'a>(&'a [u8]);

impl Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.0.len().min(3).min(buffer.len());
        buffer[..length].copy_from_slice(&self.0[..length]);
        self.0 = &self.0[length..];
        Ok(length)
    }
}

#[test]
fn what_is_too_long_does_not_depend_on_how_much_one_read_gives() {
    let quoted = "\"one\ntwo\nthree, which is long\",b\nc,d\n";
    let unquoted = "\"one\ntwo\",öööööööööööö\nc,d\n";
    let table: [(&str, &[&str]); 2] = [
        (quoted, &["1 open", "2 two", "3 long", "4 c,d"]),
        (unquoted, &["1 long", "3 c,d"]),
    ];
    for (text, expected) in table {
        let bytes = text.as_bytes();
        let at_once = Records::new(Decoded::new(bytes, UTF_8), 16);
        assert_eq!(pieces_of(at_once, Some(b','), 2), expected, "{text}");
        let dripping = Records::new(Decoded::new(Drip(bytes), UTF_8), 16);
        assert_eq!(pieces_of(dripping, Some(b','), 2), expected, "{text}");
    }
}

#[test]
fn blank_lines_before_the_first_line_are_passed_however_many_there_are() {
    let text = format!("{} a;b\nc;d\n", " \r\n".repeat(20));
    let mut records = Records::new(Decoded::new(Drip(text.as_bytes()), UTF_8), 16);
    assert_eq!(records.peek().unwrap(), "a;b");
    assert_eq!(pieces_of(records, Some(b';'), 2), ["21  a;b", "22 c;d"]);
}

#[test]
fn a_line_that_is_too_long_is_left_out_and_the_next_one_read() {
    let text = format!("a,b\n{}\nc,d\n", "x".repeat(3 * LONGEST));
    for delimiter in [None, Some(b',')] {
        assert_eq!(pieces(&text, delimiter, 2), ["1 a,b", "2 long", "3 c,d"]);
    }
}

#[test]
fn a_quoted_field_without_end_or_line_break_is_too_long() {
    let text = format!("a,b\n\"{}\nc,d\n", "x".repeat(2 * LONGEST));
    assert_eq!(pieces(&text, Some(b','), 2), ["1 a,b", "2 long", "3 c,d"]);
}

#[test]
fn the_first_line_that_is_not_blank_can_be_looked_at() {
    let mut records = records(b"\r\n  \nOrganization;System\r\nx;y\n");
    assert_eq!(records.peek().unwrap(), "Organization;System");
    assert_eq!(
        records.next().unwrap(),
        Some(Piece::Record {
            line: 3,
            text: "Organization;System",
            ended: true
        })
    );
}

#[test]
fn an_open_quotation_mark_in_one_record_is_an_error() {
    assert_eq!(fields("a,\"b", b','), Err(OpenQuote));
    assert_eq!(fields("\"", b','), Err(OpenQuote));
    assert_eq!(fields("", b',').unwrap(), [""]);
    assert_eq!(fields("\"\",\"a\"b,", b',').unwrap(), ["", "ab", ""]);
}

proptest! {
    #[test]
    fn what_a_csv_writer_wrote_comes_back(
        rows in prop::collection::vec(
            prop::collection::vec("[a-z\",;\t\r\n ü😀]{0,12}", 3),
            1..20,
        ),
        delimiter in prop::sample::select(vec![b',', b';', b'\t']),
    ) {
        let mut writer = csv::WriterBuilder::new()
            .delimiter(delimiter)
            .quote_style(csv::QuoteStyle::Always)
            .from_writer(Vec::new());
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let written = writer.into_inner().unwrap();
        let mut records = records(&written);
        records.quoted(delimiter);
        records.width(3);
        let mut found: Vec<Vec<String>> = Vec::new();
        while let Some(piece) = records.next().unwrap() {
            let Piece::Record { text, ended: true, .. } = piece else {
                panic!("{piece:?}");
            };
            found.push(fields(text, delimiter).unwrap().into_iter().map(Cow::into_owned).collect());
        }
        prop_assert_eq!(found, rows);
    }

    #[test]
    fn any_text_comes_to_an_end(text in "[ab\",\n\r]{0,200}", width in 0usize..4) {
        pieces(&text, Some(b','), width);
        pieces(&text, None, width);
    }
}
