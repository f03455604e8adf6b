//! The fuzzer's corpus once more, with the checks that the fuzzer makes.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what is not as expected here is a failed test"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use autotask::internals::{self, Read};

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

/// How many files took part, the errors they came to, and how many values were read.
fn replay(
    target: &str,
    read: fn(&[u8]) -> Result<Read, String>,
) -> (usize, BTreeSet<&'static str>, usize) {
    let inputs = inputs(target);
    let mut errors = BTreeSet::new();
    let mut values = 0;
    for (name, input) in &inputs {
        let mut told = Ok(Read::default());
        let used = allocation_counter::measure(|| told = read(input));
        let bound = internals::memory_bound(input.len());
        assert!(used.bytes_max <= bound, "{name}: {used:?}");
        let told = told.unwrap_or_else(|broken| panic!("{name}: {broken}"));
        errors.extend(told.error);
        values += told.values;
    }
    (inputs.len(), errors, values)
}

#[test]
fn every_soap_answer_of_the_corpus_is_read_as_promised() {
    let (files, errors, values) = replay("soap", internals::read_soap);
    assert!(files >= 300 && values >= 60, "{files} {values}");
    for code in ["malformed", "not_autotask", "user_locked", "server_error"] {
        assert!(errors.contains(code), "{code} is not among {errors:?}");
    }
}

#[test]
fn every_rest_answer_of_the_corpus_is_read_as_promised() {
    let (files, errors, values) = replay("rest", internals::read_rest);
    assert!(files >= 300 && values >= 60, "{files} {values}");
    for code in ["malformed", "not_autotask", "user_locked", "server_error"] {
        assert!(errors.contains(code), "{code} is not among {errors:?}");
    }
}
