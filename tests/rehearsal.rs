//! `sync --once --now`: as if it were another moment.

#[cfg(test)]
mod harness;

#[cfg(test)]
mod tests {
    use crate::harness::services::{Api, Services, Source};
    use crate::harness::{App, Ran, program};

    const CUSTOMERS: usize = 3;
    const DIGEST: &str = "[alerts.digest]\nenabled = true\npriority = \"High\"\n\
         queue = \"Monitoring Alert\"\n";

    fn digests(services: &Services) -> Vec<String> {
        let tickets = services.simulator.autotask().tickets();
        let titles = tickets.into_iter().map(|ticket| ticket.title);
        titles
            .filter(|title| title.starts_with("Daily Digest"))
            .collect()
    }

    #[test]
    fn each_digest_that_would_be_due_by_then_is_sent_once() {
        let services = Services::with_jobs(CUSTOMERS, 20);
        let app = App::new();
        let settings = services.settings(Api::Rest, Source::Portal, &["error"]);
        let settings = settings.replace("[alerts.digest]\nenabled = false\n", DIGEST);
        app.configure(&settings).ended_with(0);
        app.run(&["test"]).ended_with(0);
        let rehearse = |time: &str| {
            let ran = app.run(&["sync", "--once", "--now", time, "--json"]);
            ran.ended_with(0).count("sent")
        };
        rehearse("2031-03-01T12:00:00Z");
        assert_eq!(digests(&services).len(), 0, "a first look makes no backlog");
        assert_eq!(rehearse("2031-03-03T12:00:00Z"), 2 * CUSTOMERS as u64);
        let sent = digests(&services);
        for day in ["Daily Digest 2031-03-01", "Daily Digest 2031-03-02"] {
            let of_day = sent.iter().filter(|title| title.starts_with(day));
            assert_eq!(of_day.count(), CUSTOMERS, "{sent:?}");
        }
        assert_eq!(rehearse("2031-03-03T13:00:00Z"), 0);
    }

    #[test]
    fn it_is_refused_in_the_apps_own_folder_and_without_once() {
        let app = App::new();
        let usual = app.home().join(".local/share/autotask-integration");
        let now = ["--now", "2031-03-03T12:00:00Z"];
        for folder in [None, usual.to_str()] {
            let mut command = program();
            command.env("HOME", app.home());
            if let Some(folder) = folder {
                command.args(["--data-dir", folder]);
            }
            command.args(["sync", "--once"]).args(now);
            let refused = Ran::of(command.output().unwrap()).ended_with(2);
            assert!(
                refused.err.contains("a data folder of its own"),
                "{refused}"
            );
            assert!(!usual.exists());
        }
        app.run(&["sync", now[0], now[1]]).ended_with(2);
        app.run(&["sync", "--once", "--now", "tomorrow"])
            .ended_with(2);
    }
}
