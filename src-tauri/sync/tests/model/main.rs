//! Exactly once, whatever happens: random histories of a partner against a small reference model.
//!
//! A history is made from a seed ([`history`]) and taken step by step ([`steps`]): jobs, settings, mappings,
//! clocks, faults of the network and of both services, kills in the middle of a pass, a second computer.
//! After each step every new ticket in Autotask must be one that the model ([`reference`]) allowed to be
//! sent in that pass, look as it says, and be there for the first time; and each store must tell of the same
//! postings as its book. In the end the faults stop, people put right what is wrong, and everything that
//! is wanted has to be there.
//!
//! A failure prints the seed, the steps, and the fewest steps that still fail.
//! `cargo xtask model --seed N` runs that history alone; without `--seed` it runs 10,000.

#[cfg(test)]
mod computer;
#[cfg(test)]
mod history;
#[cfg(test)]
mod look;
#[cfg(test)]
mod partner;
#[cfg(test)]
mod random;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod run;
#[cfg(test)]
mod steps;
#[cfg(test)]
mod tap;
#[cfg(test)]
#[path = "../flows/world.rs"]
#[expect(dead_code, reason = "the flows need more of it")]
mod world;

#[cfg(test)]
mod tests {
    use std::{
        ops::Range,
        sync::Mutex,
        time::{Duration, Instant},
    };

    use crate::{
        history::History,
        partner::Seen,
        run::{Failure, run, run_all, shortened},
    };

    /// One after the other: the test runner has its own threads.
    fn come_to_what_the_model_says(seeds: Range<u64>) {
        let failed = seeds
            .map(History::new)
            .find_map(|history| run(&history).err());
        if let Some(failure) = failed {
            panic!("{}", told(failure));
        }
    }

    fn told(failure: Box<Failure>) -> String {
        let whole = failure.to_string();
        format!(
            "{whole}\n\nWith the fewest steps:\n\n{}",
            shortened(failure)
        )
    }

    #[test]
    fn histories_come_to_what_the_model_says_1() {
        come_to_what_the_model_says(0..75);
    }

    #[test]
    fn histories_come_to_what_the_model_says_2() {
        come_to_what_the_model_says(75..150);
    }

    #[test]
    fn histories_come_to_what_the_model_says_3() {
        come_to_what_the_model_says(150..225);
    }

    #[test]
    fn histories_come_to_what_the_model_says_4() {
        come_to_what_the_model_says(225..300);
    }

    fn asked_for(name: &str) -> Option<u64> {
        let text = std::env::var(name).ok()?;
        Some(text.parse().unwrap_or_else(|_| panic!("{name} is {text}")))
    }

    #[test]
    #[ignore = "for `cargo xtask model`, which says how many"]
    fn as_many_histories_as_are_asked_for() {
        if let Some(seed) = asked_for("MODEL_SEED") {
            let mut history = History::new(seed);
            if let Ok(steps) = std::env::var("MODEL_STEPS") {
                let numbers = steps
                    .split(',')
                    .map(|number| number.trim().parse().unwrap());
                history = history.only(&numbers.collect::<Vec<usize>>());
            }
            match run(&history) {
                Ok(seen) => println!("History {seed} comes to what the model says: {seen:#?}"),
                Err(failure) => panic!("{}", told(failure)),
            }
            return;
        }
        let from = asked_for("MODEL_FROM").unwrap_or(0);
        let count = asked_for("MODEL_HISTORIES").unwrap_or(10_000);
        let began = Instant::now();
        let progress = Mutex::new((0_u64, Duration::ZERO, Seen::default()));
        let on_done = |seen| {
            let mut progress = progress.lock().unwrap();
            let (done, said, all) = &mut *progress;
            *done += 1;
            *all += seen;
            if began.elapsed() >= *said + Duration::from_secs(15) {
                *said = began.elapsed();
                println!("{done} of {count} histories in {} s", said.as_secs());
            }
        };
        if let Err(failure) = run_all(from..from + count, &on_done) {
            panic!("{}", told(failure));
        }
        let took = began.elapsed().as_secs();
        let (_, _, all) = progress.into_inner().unwrap();
        println!("{count} histories in {took} s come to what the model says: {all:#?}");
    }
}
