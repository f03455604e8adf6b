//! Any bytes as a CSV export of jobs or usage.
#![no_main]

use cloud_direct::internals::{Case, MEMORY_MAX};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let case = Case::csv(input);
    let used = allocation_counter::measure(|| drop(case.stream()));
    assert!(used.bytes_max <= MEMORY_MAX, "{used:?}");
    if let Err(broken) = case.check() {
        panic!("{broken}");
    }
});
