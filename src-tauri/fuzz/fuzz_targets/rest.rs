//! Any bytes as a REST answer of Autotask.
#![no_main]

use autotask::internals;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let mut read = Ok(internals::Read::default());
    let used = allocation_counter::measure(|| read = internals::read_rest(input));
    assert!(
        used.bytes_max <= internals::memory_bound(input.len()),
        "{used:?}"
    );
    if let Err(broken) = read {
        panic!("{broken}");
    }
});
