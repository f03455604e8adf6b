//! The fuzzer's corpus once more, with the checks that the fuzzer makes.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what is not as expected here is a failed test"
)]

use std::{fs, path::Path};

use cloud_direct::internals::{Case, Found, MEMORY_MAX};

/// All that lies in `fuzz/seeds` and `fuzz/corpus` for a target: names and contents.
fn inputs(target: &str) -> Vec<(String, Vec<u8>)> {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
    let mut inputs = Vec::new();
    for folder in ["seeds", "corpus"] {
        for entry in fs::read_dir(fuzz.join(folder).join(target)).unwrap() {
            let path = entry.unwrap().path();
            inputs.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
    inputs
}

/// How many files took part, and what was found in them.
fn replay(target: &str, case: fn(&[u8]) -> Case) -> (usize, Found) {
    let inputs = inputs(target);
    let mut sum = Found::default();
    for (name, input) in &inputs {
        let case = case(input);
        let used = allocation_counter::measure(|| {
            case.stream().unwrap();
        });
        assert!(used.bytes_max <= MEMORY_MAX, "{name}: {used:?}");
        let found = case
            .check()
            .unwrap_or_else(|broken| panic!("{name}: {broken}"));
        sum.rows += found.rows;
        sum.bad += found.bad;
        sum.blank += found.blank;
    }
    (inputs.len(), sum)
}

#[test]
fn every_csv_file_of_the_corpus_is_read_as_promised() {
    let (files, sum) = replay("csv", Case::csv);
    assert!(files >= 250, "{files}");
    assert!(
        sum.rows >= 20 && sum.bad >= 100 && sum.blank >= 5,
        "{sum:?}"
    );
}

#[test]
fn every_json_lines_file_of_the_corpus_is_read_as_promised() {
    let (files, sum) = replay("jsonl", Case::jsonl);
    assert!(files >= 250, "{files}");
    assert!(
        sum.rows >= 20 && sum.bad >= 100 && sum.blank >= 5,
        "{sum:?}"
    );
}

#[test]
fn memory_stays_bounded_however_large_a_file_is() {
    let header = "organization,system,status,finished_at\n";
    let csv: fn(&[u8]) -> Case = Case::csv;
    let table = [
        (csv, header, "a,s,failed,2026-11-23 10:00\n"),
        (csv, header, "a,\"s,failed,2026-11-23 10:00\n"),
        (csv, header, "a,"),
        (csv, "", "column,"),
        (csv, "", "\n"),
        (Case::jsonl, "", "{\"a\":1}\n"),
        (Case::jsonl, "{\"a\":[", "1,"),
        (Case::jsonl, "", "{\"a\":"),
    ];
    for (case, begin, again) in table {
        let file = format!("@@{begin}{}", again.repeat((2 << 20) / again.len()));
        let case = case(file.as_bytes());
        let used = allocation_counter::measure(|| {
            case.stream().unwrap();
        });
        assert!(used.bytes_max <= MEMORY_MAX, "{begin}{again}: {used:?}");
    }
}
