//! Logins that are refused, through the real program: one request, a plain message, and silence
//! until a test has passed.

#[cfg(test)]
mod harness;

#[cfg(test)]
mod tests {
    use simulator::{Call, Service, What, When};

    use crate::harness::services::{Api, BOTH, Services, Source};
    use crate::harness::{App, PASSWORD, Running, tickets, wait_until};

    const ALL: &[&str] = &["success", "warning", "error"];
    const WRONG: &str = "not-the-password";

    /// Calls to Autotask that carry the login: all but the zone look-up.
    fn with_login(services: &Services) -> Vec<Call> {
        let mut calls = services.calls(Service::Autotask);
        calls.retain(|call| call.operation != "zone");
        calls
    }

    #[test]
    fn a_wrong_password_is_one_request_a_plain_message_and_silence_until_a_test_has_passed() {
        for api in BOTH {
            let services = Services::with_jobs(5, 60);
            let mut app = App::with_secrets(WRONG, crate::harness::TOKEN);
            let settings = services.settings(api, Source::Portal, ALL);
            app.configure(&settings).ended_with(0);

            let test = app.run(&["test"]).ended_with(3);
            let calls = with_login(&services);
            assert_eq!(calls.len(), 1, "{api:?} {calls:#?}");
            let failed = test.out.lines().find(|line| line.contains("FAILED"));
            let failed = failed.unwrap_or_else(|| panic!("{test}"));
            assert!(failed.contains("Log in"), "{test}");
            assert!(test.out.contains("password"), "{test}");
            for jargon in ["401", "http", "Error {", "SOAP"] {
                let words = test
                    .out
                    .replace(services.simulator.addresses().autotask.as_str(), "");
                let words = words.replace(services.simulator.addresses().cloud_direct.as_str(), "");
                assert!(!words.contains(jargon), "{jargon} {test}");
            }

            // Neither once nor going on: both end by themselves, and Autotask hears of none.
            services.simulator.autotask().clear_journal();
            for command in [&["sync", "--once"][..], &["sync"]] {
                let sync = app.run(command).ended_with(3);
                assert!(sync.err.contains("autotask-integration test"), "{sync}");
            }
            app.run(&["test-ticket", "--account", "29683501"])
                .ended_with(3);
            assert_eq!(services.calls(Service::Autotask).len(), 0);
            let status = app.run(&["status"]).ended_with(3);
            assert!(status.out.to_lowercase().contains("login"), "{status}");

            app.set_password(PASSWORD);
            // The right password alone is not enough: it has to be tested.
            app.run(&["sync", "--once"]).ended_with(3);
            assert_eq!(services.calls(Service::Autotask).len(), 0);
            app.run(&["test"]).ended_with(0);
            app.run(&["sync", "--once"]).ended_with(0);
            assert_eq!(tickets::assert_one_each(&services, ALL), 60);
        }
    }

    #[test]
    fn a_password_that_is_changed_in_autotask_stops_the_running_sync_by_itself() {
        for api in BOTH {
            let services = Services::with_jobs(20, 900);
            let mut app = App::new();
            let settings = services.settings(api, Source::Portal, ALL);
            app.configure(&settings).ended_with(0);
            app.run(&["test"]).ended_with(0);
            let delay = What::Delay(std::time::Duration::from_millis(20));
            services.fault(Service::Autotask, Some("Tickets"), When::Always, delay);
            services.simulator.autotask().clear_journal();

            let mut sync = Running::start(app.command(&["sync"]));
            wait_until("the first tickets", || services.made() > 50);
            services.simulator.autotask().set_password("another one");
            assert_eq!(sync.end().code(), Some(3), "{api:?}");

            let refused = with_login(&services);
            let refused = refused.iter().filter(|call| call.status == 401).count();
            println!("{api:?}: {refused} refused calls");
            // Two calls to an entity are under way at a time.
            assert!((1..=2).contains(&refused), "{api:?}: {refused}");
            services.simulator.autotask().clear_journal();
            services.simulator.faults().clear();
            app.run(&["sync", "--once"]).ended_with(3);
            assert_eq!(services.calls(Service::Autotask).len(), 0);

            app.set_password("another one");
            app.run(&["test"]).ended_with(0);
            app.run(&["sync", "--once", "--settle", "1"]).ended_with(0);
            assert_eq!(tickets::assert_one_each(&services, ALL), 900);
        }
    }

    #[test]
    fn a_wrong_token_is_one_request_to_the_portal_and_nothing_is_sent() {
        let services = Services::with_jobs(5, 60);
        let app = App::with_secrets(PASSWORD, "not-the-token");
        let settings = services.settings(Api::Rest, Source::Portal, ALL);
        app.configure(&settings).ended_with(0);

        let test = app.run(&["test"]).ended_with(3);
        assert_eq!(services.calls(Service::CloudDirect).len(), 1);
        assert!(test.out.contains("token"), "{test}");
        services.simulator.autotask().clear_journal();
        app.run(&["sync", "--once"]).ended_with(3);
        assert!(services.simulator.journal().is_empty());
    }
}
