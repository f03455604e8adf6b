use encoding_rs::UTF_16LE;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::{
    OutcomeRules,
    folder::{DateOrder, decode, records::LONGEST},
};

fn reading() -> Reading {
    Reading {
        time_zone: TimeZone::UTC,
        longest_record: LONGEST,
        date_order: DateOrder::Unknown,
        rules: OutcomeRules::default(),
    }
}

fn run(bytes: &[u8], kind: Kind, young: bool) -> (Vec<String>, Ending) {
    let survey = decode::survey(bytes).unwrap();
    let mut events = Vec::new();
    let ending = read(
        bytes,
        kind,
        &survey,
        &HeaderMap::default(),
        &reading(),
        young,
        &mut |event| {
            events.push(match event {
                Event::Job(row) => format!(
                    "{} on {}: {:?}",
                    row.job.organization_id, row.job.system, row.job.message
                ),
                Event::Usage(row) => {
                    format!("{} has {}", row.usage.organization_id, row.usage.bytes)
                }
                Event::Bad { line, reason } => format!("{line}: {reason}"),
            });
            ControlFlow::Continue(())
        },
    )
    .unwrap();
    (events, ending)
}

fn csv(text: &str) -> Vec<String> {
    let (events, ending) = run(text.as_bytes(), Kind::JobsCsv, false);
    assert_eq!(ending, Ending::Whole);
    events
}

const ROW: &str = "a on s: Some(\"m\")";

#[test]
fn comma_semicolon_and_tab_are_told_from_the_header() {
    for text in [
        "organization,system,status,finished_at,message\na,s,failed,2026-11-23 10:00,m\n",
        "organization;system;status;finished_at;message\r\na;s;failed;2026-11-23 10:00;m\r\n",
        "organization\tsystem\tstatus\tfinished_at\tmessage\na\ts\tfailed\t2026-11-23 10:00\tm",
        "sep=;\r\nCustomer;Computer;Result;\"End, local\";End Time;Details\r\na;s;failed;x,y;2026-11-23 10:00;m\r\n",
        "\u{feff}\n\n\"organization\",\"system\",\"status\",\"finished_at\",\"message\"\n\n\"a\",\"s\",\"failed\",\"2026-11-23 10:00\",\"m\"\n,,,,\n",
    ] {
        assert_eq!(csv(text), [ROW], "{text}");
    }
}

#[test]
fn a_bad_line_is_named_and_the_others_count() {
    let text = "organization,system,status,finished_at,message\n\
        a,s,failed,2026-11-23 10:00,\"one\ntwo\"\n\
        a,s,failed,yesterday,m\n\
        a,s,failed\n\
        a,s,failed,2026-11-23 10:00,m,n\n\
        ,s,failed,2026-11-23 10:00,m\n\
        a,s,failed,2026-11-23 10:00,\u{0}\n\
        a,\"s,failed,2026-11-23 10:00,m\n\
        a,s,failed,2026-11-23 10:00,m,,\n";
    let events = csv(text);
    assert_eq!(events[0], "a on s: Some(\"one\\ntwo\")");
    let starts = [
        "4: finished_at \"yesterday\" is not a date",
        "5: has 3 fields where the first line has 5",
        "6: has 6 fields where the first line has 5",
        "7: organization is empty",
        "8: holds NUL characters",
        "9: a quotation mark is not closed",
    ];
    for (event, start) in events[1..].iter().zip(starts) {
        assert!(event.starts_with(start), "{event}");
    }
    assert_eq!(events[7..], [ROW]);
}

#[test]
fn missing_columns_are_named_together_with_those_found() {
    let (events, ending) = run(b"Customer,Computer,Colour\na,s,red\n", Kind::JobsCsv, true);
    assert!(events.is_empty());
    let Ending::Unusable(reason) = ending else {
        panic!("{ending:?}");
    };
    assert!(reason.starts_with("it has no column for status, finished_at. Its first line names: Customer, Computer, Colour."), "{reason}");
}

#[test]
fn the_end_of_a_young_file_may_be_half_a_record() {
    let whole = "organization,system,status,finished_at,message\na,s,failed,2026-11-23 10:00,m\n";
    for end in [
        "a,s,fai",
        "a,s,failed,2026-11-",
        "a,s,failed,2026-11-23 10:00,\"one\ntwo",
        "a,\"s",
    ] {
        let text = format!("{whole}{end}");
        let (events, ending) = run(text.as_bytes(), Kind::JobsCsv, true);
        assert_eq!(
            (events.as_slice(), ending),
            ([ROW.to_owned()].as_slice(), Ending::HalfWritten),
            "{end}"
        );
        let (events, ending) = run(text.as_bytes(), Kind::JobsCsv, false);
        assert_eq!((events.len(), ending), (2, Ending::Whole), "{end}");
    }
    let (_, ending) = run(b"organization,sys", Kind::JobsCsv, true);
    assert_eq!(ending, Ending::HalfWritten);
    let line = r#"{"organization":"a","system":"s","status":"failed","finished_at":"2026-11-23T10:00:00Z","message":"m"}"#;
    let (events, ending) = run(
        format!("{line}\n{}", &line[..40]).as_bytes(),
        Kind::JobsJsonl,
        true,
    );
    assert_eq!(
        (events, ending),
        (vec![ROW.to_owned()], Ending::HalfWritten)
    );
}

#[test]
fn a_file_without_rows_is_read_to_its_end() {
    for text in [
        "",
        "\n\n",
        "\u{feff}",
        "sep=;\n",
        "organization,system,status,finished_at\n",
    ] {
        assert!(csv(text).is_empty(), "{text}");
        assert_eq!(run(text.as_bytes(), Kind::JobsCsv, true).1, Ending::Whole);
    }
    assert_eq!(run(b"", Kind::JobsJsonl, true), (Vec::new(), Ending::Whole));
}

#[test]
fn json_lines_have_the_same_names_as_columns() {
    let text = concat!(
        r#"{"Customer":"a","Computer":"s","Status":"failed","End Time":"2026-11-23T10:00:00Z","message":"m","colour":["red"]}"#,
        "\n\n",
        r#"{"organization":"a","system":"s","status":"failed","finished_at":1795439106,"message":null,"bytes_processed":12}"#,
        "\n[1,2]\n{\"organization\":\n",
        r#"{"organization":{"id":1},"system":"s","status":"failed","finished_at":"2026-11-23T10:00:00Z"}"#,
        "\n",
        r#"{"system":"s","status":"failed","finished_at":"2026-11-23T10:00:00Z"}"#,
        "\n",
    );
    let (events, ending) = run(text.as_bytes(), Kind::JobsJsonl, false);
    assert_eq!(ending, Ending::Whole);
    assert_eq!(
        events,
        [
            ROW,
            "a on s: None",
            "4: is not a JSON object",
            "5: is not JSON (column 16)",
            "6: \"organization\" is neither text nor number",
            "7: organization is empty",
        ]
    );
}

#[test]
fn every_encoding_gives_the_same_rows() {
    let text =
        "Kunde;Computer;Status;End;Message\r\nMüller;srv;failed;23.11.2026 10:00;Größe €\r\n";
    let (windows, _, unmappable) = encoding_rs::WINDOWS_1252.encode(text);
    assert!(!unmappable);
    let utf16: Vec<u8> = format!("\u{feff}{text}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(decode::survey(utf16.as_slice()).unwrap().encoding, UTF_16LE);
    for bytes in [
        text.as_bytes(),
        &windows,
        &utf16,
        format!("\u{feff}{text}").as_bytes(),
    ] {
        let (events, ending) = run(bytes, Kind::JobsCsv, false);
        assert_eq!(events, ["Müller on srv: Some(\"Größe €\")"]);
        assert_eq!(ending, Ending::Whole);
    }
}

#[test]
fn the_delimiter_tells_how_numbers_are_written() {
    let (events, _) = run(
        b"customer,date,quantity,unit\na,2026-11-23,1.234,GB\n",
        Kind::UsageCsv,
        false,
    );
    assert_eq!(events, ["a has 1234000000"]);
    let (events, _) = run(
        b"customer;date;quantity;unit\na;2026-11-23;1,234;GB\n",
        Kind::UsageCsv,
        false,
    );
    assert_eq!(events, ["a has 1234000000"]);
    let (events, _) = run(
        b"customer;date;quantity;unit\na;2026-11-23;1.234;GB\n",
        Kind::UsageCsv,
        false,
    );
    assert!(
        events[0].starts_with("2: quantity \"1.234 GB\" could be a thousand times"),
        "{events:?}"
    );
}

#[test]
fn a_file_that_changed_between_the_readings_is_not_whole() {
    let before = b"organization,system,status,finished_at\n".as_slice();
    let after = b"organization,system,status,finished_at\na,s,failed,2026-11-23 10:00\n".as_slice();
    let survey = decode::survey(before).unwrap();
    let mut jobs = 0;
    let ending = read(
        after,
        Kind::JobsCsv,
        &survey,
        &HeaderMap::default(),
        &reading(),
        false,
        &mut |_| {
            jobs += 1;
            ControlFlow::Continue(())
        },
    );
    assert_eq!((jobs, ending.unwrap()), (1, Ending::HalfWritten));
}

proptest! {
    #[test]
    fn any_bytes_come_to_an_end(bytes in prop::collection::vec(any::<u8>(), 0..300), young in any::<bool>()) {
        for kind in [Kind::JobsCsv, Kind::UsageCsv, Kind::JobsJsonl] {
            run(&bytes, kind, young);
        }
        let mut table = b"organization,system,status,finished_at\n".to_vec();
        table.extend_from_slice(&bytes);
        run(&table, Kind::JobsCsv, young);
    }
}
