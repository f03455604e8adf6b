//! Billing, whatever happens: random histories of a partner, and what must hold of the units in the end.
//!
//! A history is made from a seed ([`history`]) and taken step by step ([`steps`]): measurements, figures by
//! hand, mappings, settings, invoice dates, approvals, corrections, faults of the network (the lost answer
//! after the write above all), kills in the middle of a run, a second computer, people who change units,
//! contracts and posted periods in Autotask, end and renew contracts, and take services off them. In the end the faults stop and time goes on. Then ([`check`]):
//! - each line is decided: no request is in doubt any more;
//! - the units that stand, on all days of a billing period, are those of the line or the correction that was read
//!   back last, or a line of that period is a person's to decide, or somebody else changed them afterwards;
//! - what a line says it posted is what the settings made of its figure;
//! - no service was put on a contract, no other service was touched, and Autotask never had to refuse a change
//!   outside a contract or in a posted period;
//! - a correcting entry has restored the units from before the line was first sent, exactly.
//!
//! A failure prints the seed, the steps, and fewer steps that still fail. `cargo xtask billing-model --seed N`
//! runs that history alone; without `--seed` it runs 5,000.

#[cfg(test)]
mod check;
#[cfg(test)]
mod history;
#[cfg(test)]
mod partner;
#[cfg(test)]
mod people;
#[cfg(test)]
mod seen;
#[cfg(test)]
mod steps;
#[cfg(test)]
#[path = "../billing/world.rs"]
#[expect(dead_code, reason = "the tests of single behaviours need more of it")]
mod world;

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use futures::{StreamExt as _, stream};

    use crate::history::{History, Step};
    use crate::partner::run;
    use crate::seen::Seen;

    /// The fewest steps that were found to fail as well, one left out after the other.
    async fn shortened(history: History) -> History {
        let mut shortest = history;
        let mut at = shortest.steps.len();
        while at > 0 {
            at -= 1;
            let mut fewer = shortest.clone();
            fewer.steps.remove(at);
            if run(&fewer).await.is_err() {
                shortest = fewer;
            }
        }
        shortest
    }

    fn listed(steps: &[Step]) -> String {
        let lines: Vec<String> = steps.iter().map(|step| format!("    {step:?}")).collect();
        lines.join("\n")
    }

    fn number(name: &str) -> Option<u64> {
        let text = std::env::var(name).ok()?;
        Some(text.parse().unwrap_or_else(|_| panic!("{name} is {text}")))
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn histories_of_billing_end_with_the_units_that_are_told() {
        end_with_the_units_that_are_told(0..200).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    #[ignore = "for `cargo xtask billing-model`, which says how many"]
    async fn as_many_histories_as_are_asked_for() {
        let from = number("BILLING_MODEL_FROM").unwrap_or(0);
        let count = number("BILLING_MODEL_HISTORIES").unwrap_or(5_000);
        let seeds = match number("BILLING_MODEL_SEED") {
            Some(seed) => seed..seed + 1,
            None => from..from + count,
        };
        end_with_the_units_that_are_told(seeds).await;
    }

    async fn end_with_the_units_that_are_told(seeds: std::ops::Range<u64>) {
        let count = seeds.end - seeds.start;
        let seen = Arc::new(Mutex::new(Seen::default()));
        let at_once = std::thread::available_parallelism().map_or(2, |cores| cores.get() * 2);
        let mut results = stream::iter(seeds)
            .map(|seed| {
                tokio::spawn(async move {
                    let history = History::new(seed);
                    (run(&history).await, history)
                })
            })
            .buffer_unordered(at_once);
        while let Some(result) = results.next().await {
            let (ended, history) = result.unwrap();
            match ended {
                Ok(one) => *seen.lock().unwrap() += one,
                Err(why) => {
                    let seed = history.seed;
                    let steps = listed(&history.steps);
                    let short = shortened(history).await;
                    let again = run(&short).await.map(|_| ());
                    panic!(
                        "seed {seed}: {why}\n{steps}\n=== shortened: {again:?}\n{:?}\n{}",
                        short.start,
                        listed(&short.steps)
                    );
                }
            }
        }
        let seen = seen.lock().unwrap();
        println!("{count} histories: {seen:#?}");
        if count >= 100 {
            assert!(seen.has_seen_everything(), "{seen:#?}");
        }
    }
}
