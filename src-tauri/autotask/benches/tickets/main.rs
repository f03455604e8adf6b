//! Reading a full page of tickets and writing a batch of them, over both transports.
//!
//! Each bench also counts allocations, over one run. `cargo xtask bench` runs all and shows one table:
//! it names a folder in `CRITERION_HOME`, and there the counts go beside criterion's own figures.
#![expect(clippy::expect_used, reason = "a benchmark that cannot run ends")]

mod bodies;

use std::hint::black_box;
use std::path::Path;
use std::{env, fs};

use autotask::internals;
use bodies::{new_tickets, page_over_rest, page_over_soap};
use criterion::measurement::WallTime;
use criterion::{
    BatchSize, BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main,
};

const PAGE: usize = 500;
const BATCH: usize = 200;

fn read(criterion: &mut Criterion) {
    let name = format!("read {PAGE} tickets");
    let mut group = criterion.benchmark_group(&name);
    let (soap, rest) = (page_over_soap(PAGE), page_over_rest(PAGE));
    let tickets = internals::tickets_from_soap(soap.clone().into()).expect("a page");
    assert_eq!(tickets.len(), PAGE);
    assert_eq!(
        tickets,
        internals::tickets_from_rest(rest.clone().into()).expect("a page"),
        "both transports tell the same"
    );
    bench(&mut group, (&name, "SOAP"), soap.len(), &soap, |body| {
        internals::tickets_from_soap(body.into()).is_ok()
    });
    bench(&mut group, (&name, "REST"), rest.len(), &rest, |body| {
        internals::tickets_from_rest(body.into()).is_ok()
    });
    group.finish();
}

fn write(criterion: &mut Criterion) {
    let name = format!("write {BATCH} tickets");
    let mut group = criterion.benchmark_group(&name);
    let tickets = new_tickets(BATCH);
    let soap = internals::tickets_to_soap(&tickets)
        .expect("they can be sent")
        .len();
    let rest = internals::tickets_to_rest(&tickets)
        .expect("they can be sent")
        .iter()
        .map(String::len)
        .sum();
    bench(&mut group, (&name, "SOAP"), soap, &tickets, |tickets| {
        internals::tickets_to_soap(&tickets).is_ok()
    });
    bench(&mut group, (&name, "REST"), rest, &tickets, |tickets| {
        internals::tickets_to_rest(&tickets).is_ok()
    });
    group.finish();
}

/// One bench: `run` takes what is made anew for each run, outside the measurement.
fn bench<I: Clone, O>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: (&str, &str),
    bytes: usize,
    input: &I,
    run: impl Fn(I) -> O,
) {
    let fresh = input.clone();
    let allocated = allocation_counter::measure(|| {
        black_box(run(fresh));
    });
    if let Some(home) = env::var_os("CRITERION_HOME") {
        let folder = Path::new(&home).join(name.0).join(name.1);
        let counts = serde_json::json!({
            "count": allocated.count_total,
            "bytes": allocated.bytes_total,
            "peak": allocated.bytes_max,
        });
        fs::create_dir_all(&folder).expect("a folder for the counts");
        fs::write(folder.join("allocations.json"), counts.to_string()).expect("the counts");
    }
    group.throughput(Throughput::Bytes(bytes as u64));
    group.bench_function(name.1, |bencher| {
        bencher.iter_batched(|| input.clone(), &run, BatchSize::LargeInput);
    });
}

criterion_group! {
    name = tickets;
    config = Criterion::default().sample_size(30);
    targets = read, write
}
criterion_main!(tickets);
