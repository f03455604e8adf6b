//! The program is killed (SIGKILL: it cannot finish anything) 50 times while it carries 2,000 jobs of
//! 200 customers into Autotask, and started again each time: no ticket is lost, none is there twice.
//!
//! The moments are random, measured by an uninterrupted run. The first ten lie in its start and
//! intake; of the others every fourth lies before a ticket can have been sent, and the rest reach so
//! far into the sending that, on average, the work lasts for all of them. The seed is printed;
//! `KILL_SEED` sets it.
//!
//! A posting that was under way at the kill rests before it is looked up. That is one second here
//! (`--settle`): the simulator applies a write as soon as its request has been read.

#![cfg(unix)]

#[cfg(test)]
mod harness;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::hash::{BuildHasher as _, Hasher as _};
    use std::time::{Duration, Instant};

    use simulator::{Service, What, When};
    use sync::outbox::State;
    use sync::store::Store;

    use crate::harness::services::{Api, Services, Source};
    use crate::harness::{App, Running, tickets, wait_until};

    const CUSTOMERS: usize = 200;
    const JOBS: usize = 2_000;
    const KILLS: usize = 50;
    /// Of them during start and intake.
    const EARLY: usize = 10;
    const ALL: &[&str] = &["success", "warning", "error"];
    const SYNC: &[&str] = &["sync", "--once", "--settle", "1", "--json"];

    #[test]
    fn killed_fifty_times_over_rest_no_ticket_is_lost_and_none_is_there_twice() {
        let kills = kill_and_start_again(Api::Rest, Duration::from_millis(5));
        assert!(kills.that_left_new_tickets >= 10, "{kills:#?}");
        assert!(kills.while_under_way >= 5, "{kills:#?}");
    }

    #[test]
    fn killed_fifty_times_over_soap_no_ticket_is_lost_and_none_is_there_twice() {
        // There are only ten creates of 200 tickets each.
        let kills = kill_and_start_again(Api::Soap, Duration::from_millis(100));
        assert!(kills.that_left_new_tickets >= 3, "{kills:#?}");
        assert!(kills.while_under_way >= 1, "{kills:#?}");
    }

    /// Where the kills fell.
    #[derive(Debug, Default)]
    struct Kills {
        by_stage: BTreeMap<Stage, usize>,
        /// Autotask had more tickets after them than before.
        that_left_new_tickets: usize,
        /// Tickets had just been sent, or were about to be, and no answer was recorded any more.
        while_under_way: usize,
    }

    /// How far a run had come, by the last that the services had heard of it.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    enum Stage {
        Start,
        Intake,
        LookUp,
        Sending,
    }

    fn stage(services: &Services) -> Stage {
        let autotask = services.calls(Service::Autotask);
        if autotask.iter().any(|call| call.operation == "create") {
            Stage::Sending
        } else if !autotask.is_empty() {
            Stage::LookUp
        } else if !services.calls(Service::CloudDirect).is_empty() {
            Stage::Intake
        } else {
            Stage::Start
        }
    }

    /// When an uninterrupted run comes to each stage.
    #[derive(Debug)]
    struct Course {
        intake: Duration,
        look_up: Duration,
        sending: Duration,
        end: Duration,
    }

    fn set_up(api: Api, answer_after: Duration) -> (Services, App) {
        let services = Services::with_jobs(CUSTOMERS, JOBS);
        let app = App::new();
        let settings = services.settings(api, Source::Portal, ALL);
        app.configure(&settings).ended_with(0);
        app.run(&["test"]).ended_with(0);
        // Between what a service does and its answer lies a network.
        let far = Duration::from_millis(50);
        for (service, on, delay) in [
            (Service::CloudDirect, "jobs", far),
            (Service::Autotask, "Tickets/query", far),
            (Service::Autotask, "Tickets/create", answer_after),
        ] {
            services.fault(service, Some(on), When::Always, What::Delay(delay));
        }
        services.simulator.autotask().clear_journal();
        (services, app)
    }

    fn uninterrupted(api: Api, answer_after: Duration) -> Course {
        let (services, app) = set_up(api, answer_after);
        let begun = Instant::now();
        let mut sync = Running::silent(app.command(SYNC));
        let reached = |what, wanted| {
            wait_until(what, || stage(&services) >= wanted);
            begun.elapsed()
        };
        let course = Course {
            intake: reached("intake", Stage::Intake),
            look_up: reached("look-up", Stage::LookUp),
            sending: reached("sending", Stage::Sending),
            end: Duration::ZERO,
        };
        assert_eq!(sync.end().code(), Some(0));
        let end = begun.elapsed();
        assert_eq!(tickets::assert_one_each(&services, ALL), JOBS);
        Course { end, ..course }
    }

    fn kill_and_start_again(api: Api, answer_after: Duration) -> Kills {
        let mut random = Random::new();
        let course = uninterrupted(api, answer_after);
        println!("{api:?}, seed {}: uninterrupted {course:?}", random.seed);
        let (services, app) = set_up(api, answer_after);

        let mut kills = Kills::default();
        let mut ends = 0;
        let mut killed = 0;
        while killed < KILLS {
            let left = JOBS - services.made();
            let longest = if killed < EARLY {
                course.look_up
            } else if killed.is_multiple_of(4) {
                course.intake + (course.sending - course.look_up)
            } else {
                let each = (course.end - course.sending) / u32::try_from(JOBS).unwrap();
                let share = each * u32::try_from(left / (KILLS - killed)).unwrap();
                course.intake + (course.sending - course.look_up) + 2 * share
            };
            services.simulator.autotask().clear_journal();
            let made_before = services.made();
            let mut sync = Running::silent(app.command(SYNC));
            std::thread::sleep(random.up_to(longest));
            let stage = stage(&services);
            let status = sync.kill();
            if let Some(code) = status.code() {
                // It was faster. What rests is no failure.
                assert!(code <= 1, "{code}");
                ends += 1;
                assert!(ends < 2 * KILLS, "it is killed too late: {kills:#?}");
                continue;
            }
            killed += 1;
            *kills.by_stage.entry(stage).or_default() += 1;
            let made = services.made();
            kills.that_left_new_tickets += usize::from(made > made_before);
            if stage == Stage::Sending {
                kills.while_under_way += usize::from(under_way(&app) > 0);
            }
        }
        let left = JOBS - services.made();
        println!("{api:?}: {kills:?}, {ends} ended by themselves, {left} tickets left at the end");
        for stage in [Stage::Start, Stage::Intake, Stage::LookUp, Stage::Sending] {
            assert!(kills.by_stage.contains_key(&stage), "{kills:#?}");
        }

        // What a kill hit twice waits some seconds longer than one run does.
        wait_until("nothing waits", || {
            let last = app.run(SYNC).ended_with(0);
            assert_eq!(last.count("needsAttention"), 0, "{last}");
            last.count("waiting") + last.count("unclear") == 0
        });
        assert_eq!(tickets::assert_one_each(&services, ALL), JOBS);
        let again = app.run(SYNC).ended_with(0);
        assert_eq!((again.count("sent"), again.count("found")), (0, 0));
        assert_eq!(services.made(), JOBS);
        let status = app.run(&["status", "--json"]).ended_with(0);
        assert_eq!(status.count("done"), JOBS as u64);
        kills
    }

    /// Postings that the app had marked as being sent when it died. At the next start they become
    /// unclear.
    fn under_way(app: &App) -> usize {
        let store = Store::open_reading(&app.data()).unwrap();
        let postings = (1..).map_while(|id| store.posting(id).unwrap());
        postings
            .filter(|posting| posting.state == State::Sending)
            .count()
    }

    /// splitmix64.
    struct Random {
        seed: u64,
        state: u64,
    }

    impl Random {
        fn new() -> Random {
            let set = std::env::var("KILL_SEED").ok();
            let seed = set.map_or_else(
                || std::hash::RandomState::new().build_hasher().finish(),
                |seed| seed.parse().unwrap(),
            );
            Random { seed, state: seed }
        }

        fn up_to(&mut self, longest: Duration) -> Duration {
            self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = self.state;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^= mixed >> 31;
            longest.mul_f64((mixed >> 11) as f64 / (1_u64 << 53) as f64)
        }
    }
}
