//! The program is asked to end (SIGTERM, as by a system that shuts down) in the middle of a call that
//! takes much longer than anybody waits: it is gone within five seconds, says how far it came, and the
//! next run makes nothing twice.
//!
//! A busy computer may take longer than the five seconds. What the tests tell apart is an end in time
//! from one that waited for the answer.

#![cfg(unix)]

#[cfg(test)]
mod harness;

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use simulator::{Service, What, When};

    use crate::harness::services::{Api, BOTH, Services, Source};
    use crate::harness::{App, Ran, Running, tickets, wait_until};

    const ALL: &[&str] = &["success", "warning", "error"];
    const ONCE: &[&str] = &["sync", "--once", "--settle", "1"];
    const KEEP_GOING: &[&str] = &["sync", "--settle", "1"];
    const JOBS: usize = 60;
    /// Much longer than anybody waits.
    const ANSWER_AFTER: Duration = Duration::from_secs(40);
    /// Far from the answer, and from the five seconds.
    const IN_TIME: Duration = Duration::from_secs(20);

    fn set_up(api: Api) -> (Services, App) {
        let services = Services::with_jobs(3, JOBS);
        let app = App::new();
        let settings = services.settings(api, Source::Portal, ALL);
        app.configure(&settings).ended_with(0);
        app.run(&["test"]).ended_with(0);
        services.simulator.autotask().clear_journal();
        (services, app)
    }

    fn calls(services: &Services, service: Service, operation: &str) -> usize {
        let calls = services.calls(service).into_iter();
        calls.filter(|call| call.operation == operation).count()
    }

    /// Stops a run while `operation` of a service is being answered, and gives back what it said.
    fn stopped_during(
        services: &Services,
        app: &App,
        arguments: &[&str],
        (service, on, operation): (Service, &str, &str),
    ) -> String {
        let slow = What::Delay(ANSWER_AFTER);
        services.fault(service, Some(on), When::Always, slow);
        let mut sync = Running::start(app.command(arguments));
        wait_until(on, || calls(services, service, operation) > 0);
        let stopped = sync.stop();
        let code = if arguments.contains(&"--once") { 1 } else { 0 };
        assert_eq!(stopped.code, Some(code), "{on} {stopped:?}");
        assert!(stopped.took < IN_TIME, "{on} {stopped:?}");
        assert!(stopped.err.contains("Stopped. "), "{on} {stopped:?}");
        services.simulator.faults().clear();
        stopped.err
    }

    #[track_caller]
    fn assert_goes_on(services: &Services, app: &App) -> Ran {
        let ran = app.run(&[ONCE, &["--json"]].concat()).ended_with(0);
        assert_eq!(ran.count("waiting"), 0, "{ran}");
        assert_eq!(tickets::assert_one_each(services, ALL), JOBS);
        ran
    }

    #[test]
    fn a_run_that_waits_for_an_answer_to_a_question_ends_at_once_and_nothing_is_lost() {
        let questions = [
            (Service::CloudDirect, "jobs", "jobs"),
            (Service::Autotask, "Tickets/query", "query"),
        ];
        for api in BOTH {
            for question in questions {
                let (services, app) = set_up(api);
                let said = stopped_during(&services, &app, ONCE, question);
                assert!(said.contains("0 tickets done"), "{said}");
                assert_eq!(services.made(), 0);
                let ran = assert_goes_on(&services, &app);
                assert_eq!(ran.count("sent"), JOBS as u64, "{ran}");
            }
        }
    }

    #[test]
    fn a_run_whose_ticket_is_not_answered_ends_in_time_and_the_next_one_finds_the_ticket() {
        for api in BOTH {
            for arguments in [ONCE, KEEP_GOING] {
                let (services, app) = set_up(api);
                let create = (Service::Autotask, "Tickets/create", "create");
                let said = stopped_during(&services, &app, arguments, create);
                let made = services.made();
                assert!(made > 0);
                let unclear = app.run(&["status", "--json"]).count("unclear");
                assert!(unclear >= made as u64, "{unclear} {made}");
                assert!(
                    said.contains(&format!("{unclear} of them unclear")),
                    "{said}"
                );
                let ran = assert_goes_on(&services, &app);
                assert_eq!(ran.count("found"), made as u64, "{api:?} {ran}");
            }
        }
    }

    /// The lock is waited for where no request to end is heard, and for each of the answers that are to
    /// be recorded.
    #[test]
    fn a_run_that_waits_for_a_locked_database_ends_in_time() {
        for (service, on, operation) in [
            (Service::CloudDirect, "jobs", "jobs"),
            (Service::Autotask, "Tickets/create", "create"),
        ] {
            let (services, app) = set_up(Api::Rest);
            let late = What::Delay(Duration::from_millis(500));
            services.fault(service, Some(on), When::Always, late);
            let mut sync = Running::start(app.command(KEEP_GOING));
            wait_until(on, || calls(&services, service, operation) > 0);
            let asked = Instant::now();
            let file = app.data().join(sync::store::FILE_NAME);
            let other = rusqlite::Connection::open(file).unwrap();
            other.execute_batch("BEGIN IMMEDIATE").unwrap();
            wait_until("the answer has come", || {
                asked.elapsed() > Duration::from_millis(600)
            });
            let stopped = sync.stop();
            assert_eq!(stopped.code, Some(0), "{stopped:?}");
            assert!(stopped.took < IN_TIME, "{on} {stopped:?}");
            drop(other);
            services.simulator.faults().clear();
            assert_goes_on(&services, &app);
        }
    }

    #[test]
    fn a_run_that_rests_between_two_passes_ends_at_once() {
        let (services, app) = set_up(Api::Rest);
        let mut sync = Running::start(app.command(&[KEEP_GOING, &["--json"]].concat()));
        assert_eq!(sync.first_line()["sent"], JOBS);
        let stopped = sync.stop();
        assert_eq!(stopped.code, Some(0), "{stopped:?}");
        assert!(stopped.took < IN_TIME, "{stopped:?}");
        assert_goes_on(&services, &app);
    }

    #[test]
    fn a_test_ticket_that_is_not_answered_is_cleared_up_by_the_next_sync() {
        let (services, app) = set_up(Api::Rest);
        app.run(ONCE).ended_with(0);
        let account = services.accounts()[0].1.to_string();
        services.simulator.autotask().clear_journal();
        let slow = What::Delay(ANSWER_AFTER);
        let on = Some("Tickets/create");
        services.fault(Service::Autotask, on, When::Always, slow);
        let mut test = Running::start(app.command(&["test-ticket", "--account", &account]));
        wait_until("the ticket", || {
            calls(&services, Service::Autotask, "create") > 0
        });
        let stopped = test.stop();
        assert_eq!(stopped.code, Some(1), "{stopped:?}");
        assert!(stopped.took < IN_TIME, "{stopped:?}");
        services.simulator.faults().clear();
        assert_eq!(services.made(), JOBS + 1);
        let ran = app.run(&[ONCE, &["--json"]].concat()).ended_with(0);
        assert_eq!((ran.count("found"), ran.count("waiting")), (1, 0), "{ran}");
        assert_eq!(services.made(), JOBS + 1);
    }
}
