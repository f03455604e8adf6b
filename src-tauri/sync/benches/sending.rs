//! How close sending comes to what Autotask's limits allow.
//!
//! Over REST each ticket is a call, two calls at a time are allowed, and how long one takes is
//! Autotask's business: with 200 ms a call nobody can make more than ten tickets a second. The figure
//! is the share of that which a pass reaches, look-ups, numbers and the database included. It counts,
//! too, what must not happen: a call refused for being one too many.
//!
//! `cargo bench -p sync --bench sending` takes some four minutes; `-- 200` sends so many tickets
//! instead of 2,000.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement that cannot go on should stop, and it tells its figures"
)]

#[expect(dead_code, reason = "the flows' tests use the rest of it")]
#[path = "../tests/flows/world.rs"]
mod world;

use std::time::{Duration, Instant};

use simulator::{Config, Fault, Service, What, When};
use sync::settings::Api;
use world::{World, config};

const LATENCY: Duration = Duration::from_millis(200);
const AT_ONCE: f64 = 2.0;

#[tokio::main]
async fn main() {
    let tickets: usize = std::env::args()
        .filter_map(|argument| argument.parse().ok())
        .next()
        .unwrap_or(2_000);
    // About one job in ten is a restore or of another kind and makes no ticket.
    let config = Config {
        limits: true,
        ..config(200, tickets + tickets / 6 + 20)
    };
    // Without mappings they are queued and wait.
    let world = World::new(Api::Rest, config).await;
    world.pass().await.unwrap();
    world.map_all();
    world.simulator.faults().add(Fault {
        service: Service::Autotask,
        on: None,
        when: When::Always,
        what: What::Delay(LATENCY),
    });
    let before = world.simulator.autotask().quota_used();
    let began = Instant::now();
    let report = world.pass().await.unwrap();
    let took = began.elapsed();

    assert_eq!(report.waiting, 0, "{report:?}");
    let ideal = LATENCY.mul_f64(report.sent as f64 / AT_ONCE);
    let journal = world.simulator.journal();
    let refused = journal.iter().filter(|call| call.status == 429).count();
    let used = world.simulator.autotask().quota_used();
    println!(
        "{} tickets at {} ms a call: {:.1} s, {:.1} s at the least: {:.1} % of the throughput of two threads\n\
         {} calls, {refused} refused with 429, {used} of 10,000 used at the end",
        report.sent,
        LATENCY.as_millis(),
        took.as_secs_f64(),
        ideal.as_secs_f64(),
        100.0 * ideal.as_secs_f64() / took.as_secs_f64(),
        used - before,
    );
}
