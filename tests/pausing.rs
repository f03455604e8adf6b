//! `pause` and `resume` on the command line.

#[cfg(test)]
mod harness;

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, tz::TimeZone};
    use sync::store::Store;

    use crate::harness::App;
    use crate::harness::services::{Api, Services, Source, ZONE};

    const ONCE: &[&str] = &["sync", "--once", "--json"];

    fn set_up(services: &Services) -> App {
        let app = App::new();
        let settings = services.settings(Api::Rest, Source::Portal, &["error"]);
        app.configure(&settings).ended_with(0);
        app.run(&["test"]).ended_with(0);
        services.simulator.autotask().clear_journal();
        app
    }

    #[test]
    fn nothing_is_asked_or_sent_while_it_is_paused_and_what_waited_goes_out_after_that() {
        let services = Services::with_jobs(3, 20);
        let app = set_up(&services);

        let paused = app.run(&["pause", "--until-tomorrow", "--json"]);
        let until = paused.ended_with(0).json()["pausedUntil"].clone();
        let until: Timestamp = until.as_str().unwrap().parse().unwrap();
        let there = until.to_zoned_datetime(TimeZone::get(ZONE).unwrap());
        assert_eq!(there.strftime("%H:%M:%S").to_string(), "00:00:00");
        let status = app.run(&["status", "--json"]).ended_with(0);
        assert_eq!(status.json()["state"], "paused");

        let refused = app.run(ONCE).ended_with(1);
        assert!(refused.err.contains("Paused until "), "{refused}");
        assert!(refused.err.contains("resume"), "{refused}");
        assert_eq!(services.simulator.journal().len(), 0);

        let resumed = app.run(&["resume"]).ended_with(0);
        assert!(resumed.out.starts_with("Resumed."), "{resumed}");
        assert!(app.run(ONCE).ended_with(0).count("sent") > 0);
        let again = app.run(&["resume"]).ended_with(0);
        assert!(again.out.contains("not paused"), "{again}");
    }

    #[test]
    fn a_pause_is_for_so_many_minutes_or_until_it_is_ended() {
        let services = Services::with_jobs(1, 1);
        let app = set_up(&services);
        let ran = app.run(&["pause", "--for", "90"]).ended_with(0);
        assert!(ran.out.starts_with("Paused until "), "{ran}");
        let ran = app.run(&["pause", "--json"]).ended_with(0);
        assert_eq!(ran.json()["pausedUntil"], serde_json::Value::Null);
        assert_eq!(ran.json()["paused"], true);
        for wrong in [
            &["pause", "--for", "0"][..],
            &["pause", "--for", "44641"],
            &["pause", "--for", "an hour"],
            &["pause", "--for", "5", "--until-tomorrow"],
        ] {
            let ran = app.run(wrong).ended_with(2);
            assert!(!ran.err.is_empty(), "{ran}");
        }
    }

    #[test]
    fn while_something_else_runs_it_says_where_to_pause_it() {
        let services = Services::with_jobs(1, 1);
        let app = set_up(&services);
        let _running = Store::open(&app.data()).unwrap();
        for command in ["pause", "resume"] {
            let refused = app.run(&[command]).ended_with(1);
            assert!(refused.err.contains("in its tray"), "{refused}");
        }
    }
}
