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
    use crate::{
        history::History,
        run::{run, run_all, shortened},
    };

    #[test]
    fn histories() {
        let from: u64 = std::env::var("MODEL_FROM").map_or(0, |text| text.parse().unwrap());
        let count: u64 = std::env::var("MODEL_HISTORIES").map_or(20, |text| text.parse().unwrap());
        if let Ok(seed) = std::env::var("MODEL_SEED") {
            if let Err(failure) = run(&History::new(seed.parse().unwrap())) {
                let long = failure.to_string();
                panic!("{long}\n=====\n{}", shortened(failure));
            }
            return;
        }
        let all = std::sync::Mutex::new(crate::partner::Seen::default());
        if let Err(failure) = run_all(from..from + count, &|_, seen| *all.lock().unwrap() += seen) {
            let long = failure.to_string();
            panic!("{long}\n=====\n{}", shortened(failure));
        }
        println!("{:#?}", all.lock().unwrap());
    }
}
