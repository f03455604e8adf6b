//! A partner with 200 customers and 2,000 finished jobs, through the real program: each job whose
//! outcome is switched on becomes one ticket with everything as it should be, and no more.

#[cfg(test)]
mod harness;

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::time::Instant;

    use simulator::{Call, Service, What, When};

    use crate::harness::services::{Api, Services, Source};
    use crate::harness::{App, tickets};

    const CUSTOMERS: usize = 200;
    const JOBS: usize = 2_000;
    const ALL: &[&str] = &["success", "warning", "error"];

    /// Everything set up and tested; nothing sent.
    fn set_up(services: &Services, api: Api, on: &[&str]) -> App {
        let app = App::new();
        let settings = services.settings(api, Source::Portal, on);
        app.configure(&settings).ended_with(0);
        app.run(&["test"]).ended_with(0);
        services.simulator.autotask().clear_journal();
        app
    }

    /// Syncs, and returns every call that reached Autotask meanwhile, whatever it was for.
    fn sync(services: &Services, app: &App, api: Api, expected: usize) -> Vec<Call> {
        let begun = Instant::now();
        let ran = app.run(&["sync", "--once", "--json"]).ended_with(0);
        let calls = services.calls(Service::Autotask);
        println!(
            "{api:?}: {} tickets in {:.1} s with {} calls to Autotask and {} to Cloud Direct",
            ran.count("sent"),
            begun.elapsed().as_secs_f64(),
            calls.len(),
            services.calls(Service::CloudDirect).len(),
        );
        let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
        for call in &calls {
            *kinds.entry(call.operation).or_default() += 1;
        }
        println!("to Autotask: {kinds:?}");
        assert_eq!(ran.count("sent"), expected as u64, "{ran}");
        for nothing in ["found", "waiting", "needsAttention", "unclear"] {
            assert_eq!(ran.count(nothing), 0, "{nothing} {ran}");
        }
        calls
    }

    #[track_caller]
    fn assert_nothing_more_is_sent(services: &Services, app: &App) {
        let before = services.simulator.autotask().tickets();
        services.simulator.autotask().clear_journal();
        let again = app.run(&["sync", "--once", "--json"]).ended_with(0);
        assert_eq!((again.count("sent"), again.count("found")), (0, 0));
        assert_eq!(services.simulator.autotask().tickets(), before);
        let calls = services.calls(Service::Autotask);
        assert_eq!(calls.len(), 0, "nothing to send, nothing to ask: {calls:?}");
    }

    /// `cargo bench --bench program` measures ten times as many.
    #[test]
    fn a_poll_with_thousands_of_jobs_is_in_the_outbox_at_once_while_autotask_asks_for_a_pause() {
        let services = Services::with_jobs(500, 5_000);
        let app = set_up(&services, Api::Rest, ALL);
        let quota = What::QuotaUsedUp;
        services.fault(Service::Autotask, None, When::Always, quota);
        let ran = app.run(&["sync", "--once", "--json"]).ended_with(1);
        assert_eq!((ran.count("planned"), ran.count("waiting")), (5_000, 5_000));
        assert_eq!(services.made(), 0);
        assert!(ran.json()["pausedUntil"].is_string(), "{ran}");
        let calls = services.calls(Service::CloudDirect);
        assert!(calls.len() < 20, "{} calls", calls.len());
    }

    #[test]
    fn two_thousand_jobs_are_two_thousand_tickets_over_rest_and_each_once() {
        let services = Services::with_jobs(CUSTOMERS, JOBS);
        let app = set_up(&services, Api::Rest, ALL);
        let calls = sync(&services, &app, Api::Rest, JOBS);
        assert_eq!(tickets::assert_one_each(&services, ALL), JOBS);
        assert!(calls.len() <= JOBS + 100, "{} calls", calls.len());
        assert_nothing_more_is_sent(&services, &app);

        let status = app.run(&["status", "--json"]).ended_with(0);
        assert_eq!(status.count("done"), JOBS as u64);
        let activity = app.run(&["activity", "--json", "--limit", "500"]);
        let activity = activity.ended_with(0);
        assert_eq!(activity.count("sent"), JOBS as u64);
        let rows = activity.json()["rows"].as_array().unwrap().clone();
        assert_eq!(rows.len(), 500);
        let numbers: BTreeSet<String> = services
            .simulator
            .autotask()
            .tickets()
            .into_iter()
            .map(|ticket| ticket.ticket_number)
            .collect();
        for row in rows {
            let number = row["ticketNumber"].as_str().unwrap();
            assert!(numbers.contains(number), "{row}");
        }
    }

    #[test]
    fn two_thousand_jobs_are_two_thousand_tickets_over_soap_with_at_most_27_calls() {
        let services = Services::with_jobs(CUSTOMERS, JOBS);
        let app = set_up(&services, Api::Soap, ALL);
        let calls = sync(&services, &app, Api::Soap, JOBS);
        assert_eq!(tickets::assert_one_each(&services, ALL), JOBS);
        // Look-ups, creates, the tickets' numbers, and whatever else there was. Two of them are for an
        // installation's first tickets: looking in their descriptions, too, and whether others have their
        // key there alone. Whoever sends a test ticket first makes them then.
        assert!(calls.len() <= 27, "{} calls: {calls:#?}", calls.len());
        let created: usize = calls
            .iter()
            .filter(|call| call.operation == "create")
            .map(|call| call.rows)
            .sum();
        assert_eq!(created, JOBS);
        assert_nothing_more_is_sent(&services, &app);
    }

    #[test]
    fn with_success_switched_off_only_warnings_and_errors_become_tickets() {
        let on = &["warning", "error"];
        for api in [Api::Rest, Api::Soap] {
            let services = Services::with_jobs(CUSTOMERS, JOBS);
            let app = set_up(&services, api, on);
            let expected = tickets::wanted(&services, on);
            assert!((100..500).contains(&expected), "{expected}");
            sync(&services, &app, api, expected);
            assert_eq!(tickets::assert_one_each(&services, on), expected);
            assert_nothing_more_is_sent(&services, &app);
        }
    }
}
