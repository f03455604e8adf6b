//! The command line through the real program: exit codes, what goes where, and what a refused
//! `configure` leaves alone. No window, no display, no keychain.

#[cfg(test)]
mod harness;

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::process::Command;

    use serde_json::Value;
    use sync::store::Store;

    use crate::harness::{App, PASSWORD, Ran, Running, TOKEN, program};

    /// The command `simulate`.
    struct Simulated {
        _process: Running,
        at: Value,
    }

    impl Simulated {
        fn start() -> Self {
            let mut command = program();
            command
                .args(["simulate", "--json", "--organizations", "3", "--jobs", "30"])
                .args(["--jobs-per-hour", "0"]);
            let mut process = Running::start(command);
            Self {
                at: process.first_line(),
                _process: process,
            }
        }

        fn settings(&self) -> String {
            let at = |name: &str| self.at[name].as_str().unwrap();
            format!(
                "[autotask]\nusername = \"{}\"\ntracking_identifier = \"{}\"\nzone_lookup = \"{}\"\n\
             [cloud_direct]\naddress = \"{}\"\n\
             [alerts]\njobs_since = \"2020-01-01T00:00:00Z\"\n\
             [alerts.success]\nenabled = true\npriority = \"Low\"\n\
             queue = \"Monitoring Alert\"\ndays_due = 1\n",
                at("username"),
                at("trackingIdentifier"),
                at("zoneLookup"),
                at("portal"),
            )
        }
    }

    #[test]
    fn help_is_a_result_and_a_wrong_word_is_wrong_usage() {
        let app = App::new();
        let help = app.run(&["--help"]);
        assert_eq!((help.code, help.err.as_str()), (0, ""));
        assert!(help.out.contains("Exit codes"), "{help:?}");

        for wrong in [
            &["bogus"][..],
            &["configure"],
            &["test-ticket"],
            &["digest", "--preview"],
            &["activity", "--limit", "0"],
            &["--demo", "status"],
            &["simulate", "--speed", "-1"],
            &["sync", "--once", "--settle", "0"],
        ] {
            let ran = app.run(wrong);
            assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{wrong:?}: {ran:?}");
            assert!(!ran.err.is_empty(), "{wrong:?}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn without_a_display_the_app_says_so_instead_of_breaking_down() {
        let ran = App::new().run(&[]);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.err.contains("There is no display"), "{ran:?}");
    }

    #[test]
    fn the_example_can_be_read_back() {
        let app = App::new();
        let example = app.run(&["configure", "--example"]);
        assert_eq!(example.code, 0);
        let ran = app.configure(&example.out);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(ran.out.contains("Changed: "), "{ran:?}");
        let again = app.configure(&example.out);
        assert!(again.out.contains("already like this"), "{again:?}");
    }

    #[test]
    fn before_it_is_set_up_each_command_says_what_to_do() {
        let app = App::new();
        for command in [
            &["status"][..],
            &["activity"],
            &["digest", "--date", "2026-11-22", "--preview"],
        ] {
            let ran = app.run(command);
            assert_eq!(ran.code, 2, "{ran:?}");
            assert!(!app.data().exists(), "looking makes nothing");
        }
        for command in [
            &["test"][..],
            &["sync", "--once"],
            &["pause"],
            &["resume"],
            &["test-ticket", "--account", "1"],
        ] {
            let ran = app.run(command);
            assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{ran:?}");
            assert!(ran.err.contains("configure FILE.toml"), "{ran:?}");
        }
    }

    #[test]
    fn a_refused_settings_file_changes_nothing() {
        let app = App::new();
        let good = app.run(&["configure", "--example"]).out;
        assert_eq!(app.configure(&good).code, 0);
        let before = everything(&app.data());

        let cases = [
            ("not TOML", "[autotask".to_owned(), "Line 1"),
            (
                "an unknown setting",
                good.replace("minimum = 0", "maximum = 0"),
                "maximum",
            ),
            (
                "days due too large",
                good.replace("days_due = 1", "days_due = 366"),
                "days_due",
            ),
            (
                "no such time zone",
                good.replace("America/New_York", "Atlantis"),
                "time_zone",
            ),
            (
                "an organization twice",
                format!("{good}\n[[mapping]]\norganization = \"ORG-0001\"\naccount = 1\n"),
                "twice",
            ),
            (
                "a secret in the file",
                good.replace("[autotask]", "[autotask]\npassword = \"hunter2hunter2\""),
                "Secrets",
            ),
        ];
        for (what, text, named) in cases {
            let ran = app.configure(&text);
            assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{what}: {ran:?}");
            assert!(ran.err.contains(named), "{what}: {ran:?}");
            assert!(ran.err.contains("Nothing was changed"), "{what}: {ran:?}");
            assert!(!ran.err.contains("hunter2"), "{ran:?}");
            assert_eq!(everything(&app.data()), before, "{what}");
        }
        let missing = app.run(&["configure", "nowhere.toml"]);
        assert_eq!(missing.code, 2, "{missing:?}");
    }

    /// Settings and mappings as the store has them.
    fn everything(data: &Path) -> (sync::settings::Settings, u64) {
        let store = Store::open_reading(data).unwrap();
        (store.settings().unwrap(), store.mappings_to_come().unwrap())
    }

    #[test]
    fn while_the_app_works_on_the_data_only_looking_is_possible() {
        let app = App::new();
        let example = app.run(&["configure", "--example"]).out;
        app.configure(&example);
        let working = Store::open(&app.data()).unwrap();

        for command in [
            &["configure", "settings.toml"][..],
            &["test"],
            &["sync", "--once"],
        ] {
            let ran = app.run(command);
            assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{ran:?}");
            assert!(ran.err.contains("Another"), "{ran:?}");
        }
        let status = app.run(&["status"]);
        assert_eq!(status.code, 2, "not set up: {status:?}");
        assert!(status.out.contains("Not set up"), "{status:?}");
        drop(working);
    }

    #[test]
    fn from_configure_to_tickets_with_nothing_but_json() {
        let simulated = Simulated::start();
        let app = App::new();
        let text = format!(
            "{}[[mapping]]\norganization = \"org-0001\"\naccount = 29683501\n",
            simulated.settings()
        );
        assert_eq!(app.configure(&text).code, 0);
        let early = app.run(&["sync", "--once"]);
        assert_eq!(early.code, 2, "not tested: {early:?}");

        let test = app.run(&["test", "--json"]);
        assert_eq!(test.code, 0, "{test:?}");
        assert_eq!(test.json()["autotask"]["passed"], true);
        assert_eq!(test.json()["cloudDirect"]["passed"], true);

        let sync = app.run(&["sync", "--once", "--json"]);
        assert_eq!(sync.code, 0, "{sync:?}");
        let sent = sync.json()["sent"].as_u64().unwrap();
        assert!(sent > 0, "{sync:?}");
        let again = app.run(&["sync", "--once", "--json"]);
        assert_eq!(again.json()["sent"], 0);

        let status = app.run(&["status", "--json"]);
        assert_eq!(status.code, 0);
        assert_eq!(status.json()["state"], "up_to_date");
        assert_eq!(status.json()["done"], sent);

        let activity = app.run(&["activity", "--json", "--filter", "sent"]);
        assert_eq!(
            activity.json()["rows"].as_array().unwrap().len() as u64,
            sent
        );

        // The test ticket takes the Error row, which this file does not set.
        let blocked = app.run(&["test-ticket", "--account", "29683501"]);
        assert_eq!(blocked.code, 2, "{blocked:?}");
        assert!(blocked.err.contains("Error"), "{blocked:?}");
    }

    #[test]
    fn a_wrong_password_ends_with_three_and_is_found_nowhere() {
        let simulated = Simulated::start();
        let app = App::new();
        assert_eq!(app.configure(&simulated.settings()).code, 0);
        let wrong = "canary-4711-<wrong>";

        let ran = Ran::of(
            app.command(&["test", "--verbose"])
                .env("AUTOTASK_PASSWORD", wrong)
                .output()
                .unwrap(),
        );

        assert_eq!(ran.code, 3, "{ran:?}");
        assert!(ran.out.contains("FAILED"), "{ran:?}");
        assert_eq!(app.run(&["status"]).code, 3);
        assert_eq!(app.run(&["sync", "--once"]).code, 3);
        for text in [&ran.out, &ran.err] {
            assert!(!text.contains("canary-4711"), "{text}");
            assert!(!text.contains(TOKEN), "{text}");
        }
        for file in app.files() {
            let bytes = fs::read(&file).unwrap();
            for secret in ["canary-4711", PASSWORD, TOKEN] {
                let found = bytes
                    .windows(secret.len())
                    .any(|part| part == secret.as_bytes());
                assert!(!found, "{secret} is in {}", file.display());
            }
        }
    }

    #[cfg(unix)]
    #[test]
    fn sync_without_once_goes_on_until_it_is_asked_to_stop() {
        let simulated = Simulated::start();
        let app = App::new();
        assert_eq!(app.configure(&simulated.settings()).code, 0);
        assert_eq!(app.run(&["test"]).code, 0);
        let mut sync = Running::start(app.command(&["sync", "--json"]));
        assert_eq!(sync.first_line()["jobsNew"], 30);

        let asked = Command::new("kill")
            .args(["-INT", &sync.id().to_string()])
            .status()
            .unwrap();

        assert!(asked.success());
        assert_eq!(sync.end().code(), Some(0));
    }

    #[test]
    fn a_digest_is_shown_from_the_jobs_in_the_store_and_nothing_is_sent() {
        let app = App::new();
        let text = "[autotask]\nusername = \"a@b.example\"\ntracking_identifier = \"T\"\n\
             [cloud_direct]\naddress = \"https://portal.example\"\n\
             [general]\ntime_zone = \"Europe/Berlin\"\n\
             [[mapping]]\norganization = \"org-0001\"\naccount = 29683501\n";
        app.configure(text).ended_with(0);
        let organizations = ["org-0001", "org-0002"].map(|id| cloud_direct::Organization {
            id: id.to_owned(),
            name: format!("Customer {id}"),
            state: cloud_direct::OrganizationState::Active,
        });
        {
            let store = Store::open(&app.data()).unwrap();
            let now = "2026-11-23T12:00:00Z".parse().unwrap();
            store.save_organizations(&organizations, now).unwrap();
        }

        let shown = app.run(&["digest", "--date", "2026-11-22", "--preview"]);
        let shown = shown.ended_with(0);
        assert!(
            shown
                .out
                .starts_with("Title: Daily Digest 2026-11-22: no jobs (Customer org-0001)\n"),
            "{shown}"
        );
        assert!(
            shown
                .out
                .contains("Sunday, 22 November 2026 (Europe/Berlin)"),
            "{shown}"
        );
        assert!(!shown.out.contains("org-0002"), "{shown}");

        let one = ["--organization", "org-0002", "--json"];
        let one = app.run(&[&["digest", "--date", "2026-11-22", "--preview"], &one[..]].concat());
        let json = one.ended_with(0).json();
        assert_eq!(json["from"], "2026-11-21T23:00:00Z");
        assert_eq!(json["until"], "2026-11-22T23:00:00Z");
        assert_eq!(json["digests"][0]["account"], Value::Null);
        assert_eq!(json["digests"][0]["counts"]["error"], 0);
        assert_eq!(json["digests"].as_array().unwrap().len(), 1);

        let unknown = app.run(&[
            "digest",
            "--date",
            "2026-11-22",
            "--preview",
            "--organization",
            "x",
        ]);
        assert!(unknown.ended_with(2).err.contains("no organization x"));
        let sending = app.run(&["digest", "--date", "2026-11-22"]).ended_with(2);
        assert!(sending.err.contains("--preview"), "{sending}");
        let wrong = app
            .run(&["digest", "--date", "2026-02-30", "--preview"])
            .ended_with(2);
        assert!(wrong.err.contains("2026-02-30"), "{wrong}");
    }

    #[test]
    fn nothing_is_sent_for_a_test_ticket_before_the_logins_have_been_tested() {
        let simulated = Simulated::start();
        let app = App::new();
        app.configure(&simulated.settings()).ended_with(0);
        let ran = app.run(&["test-ticket", "--account", "29683501"]);
        let ran = ran.ended_with(2);
        assert!(ran.err.contains("autotask-integration test"), "{ran}");
        let account = app.run(&["test-ticket", "--account", "-1"]).ended_with(2);
        assert!(account.err.contains("-1 is not in"), "{account}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_display_that_does_not_answer_is_none_and_nothing_is_made() {
        let app = App::new();
        let mut command = app.command(&[]);
        let ran = Ran::of(command.env("DISPLAY", ":77").output().unwrap()).ended_with(2);
        assert!(ran.err.contains("There is no display"), "{ran}");
        assert!(!app.data().exists(), "{ran}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_result_that_cannot_be_written_is_not_done() {
        let app = App::new();
        for arguments in [&["configure", "--example"][..], &["--help"]] {
            let full = fs::OpenOptions::new().write(true).open("/dev/full");
            let mut command = app.command(arguments);
            let ran = Ran::of(command.stdout(full.unwrap()).output().unwrap()).ended_with(1);
            assert!(ran.err.contains("could not be written"), "{ran}");
        }
    }

    #[test]
    fn the_simulator_refuses_a_world_that_would_not_fit() {
        let app = App::new();
        for (option, value) in [
            ("--jobs", "9999999999"),
            ("--organizations", "0"),
            ("--contracts-per-customer", "11"),
            ("--fault", "Tickets/create explode"),
            ("--speed", "1e9"),
            ("--jobs-per-hour", "NaN"),
        ] {
            let ran = app.run(&["simulate", option, value]).ended_with(2);
            assert!(ran.err.contains(option), "{ran}");
        }
    }

    #[test]
    fn the_same_file_again_is_no_change_also_when_labels_have_become_ids() {
        let simulated = Simulated::start();
        let app = App::new();
        app.configure(&simulated.settings()).ended_with(0);
        app.run(&["test"]).ended_with(0);
        app.run(&["sync", "--once"]).ended_with(0);
        let again = app.configure(&simulated.settings()).ended_with(0);
        assert!(again.out.contains("already like this"), "{again}");
    }

    #[test]
    fn a_file_in_place_of_the_data_folder_is_wrong_usage() {
        let app = App::new();
        let file = app.home().join("f1");
        fs::write(&file, "").unwrap();
        for command in ["status", "test"] {
            let mut ran = program();
            ran.args(["--data-dir"]).arg(&file).arg(command);
            let ran = Ran::of(ran.output().unwrap()).ended_with(2);
            assert!(ran.err.contains("f1 is a file, not a folder"), "{ran}");
        }
    }

    #[test]
    fn the_ledger_is_verified_and_exported_and_a_change_in_the_file_is_found() {
        let app = App::new();
        let none = app.run(&["ledger", "verify"]);
        assert_eq!((none.code, none.out.as_str()), (2, ""), "{none}");
        let example = app.run(&["configure", "--example"]).out;
        app.configure(&example).ended_with(0);

        let verified = app
            .run(&["ledger", "verify", "--json"])
            .ended_with(0)
            .json();
        let rows = verified["rows"].as_u64().unwrap();
        let head = verified["head"]["hash"].as_str().unwrap().to_owned();
        assert_eq!(
            (&verified["fits"], rows > 1),
            (&Value::Bool(true), true),
            "{verified}"
        );
        let told = app.run(&["ledger", "verify"]).ended_with(0);
        assert!(
            told.out.contains("all fit") && told.out.contains(&head),
            "{told}"
        );

        let file = app.home().join("ledger.csv");
        let exported = app.run(&["ledger", "export", file.to_str().unwrap(), "--json"]);
        assert_eq!(exported.ended_with(0).json()["head"]["hash"], head.as_str());
        let csv = fs::read_to_string(&file).unwrap();
        assert_eq!(csv.lines().count() as u64, rows + 1);
        assert!(csv.contains("switched on,alerts.warning"), "{csv}");
        assert_eq!(app.run(&["ledger", "export", "-"]).ended_with(0).out, csv);
        let lines = app
            .run(&["ledger", "export", "-", "--json"])
            .ended_with(0)
            .out;
        let last: Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
        assert_eq!(
            (lines.lines().count() as u64, &last["hash"]),
            (rows, &Value::String(head))
        );
        let nowhere = app.run(&["ledger", "export", "no/such/folder.csv"]);
        assert!(
            nowhere
                .ended_with(1)
                .err
                .contains("folder.csv cannot be written")
        );

        let database = app.data().join("autotask-integration.db");
        let bytes = fs::read(&database).unwrap();
        fs::write(
            &database,
            replaced(bytes, b"alerts.warning", b"alerts.Warning"),
        )
        .unwrap();
        let broken = app
            .run(&["ledger", "verify", "--json"])
            .ended_with(1)
            .json();
        assert_eq!(
            (&broken["fits"], &broken["fault"]),
            (&false.into(), &"changed".into())
        );
        let told = app.run(&["ledger", "verify"]).ended_with(1);
        assert!(told.out.contains("was changed"), "{told}");
    }

    fn replaced(mut bytes: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
        assert_eq!(from.len(), to.len());
        let mut found = 0;
        for at in 0..bytes.len() - from.len() {
            if bytes[at..].starts_with(from) {
                bytes[at..at + to.len()].copy_from_slice(to);
                found += 1;
            }
        }
        assert!(found > 0);
        bytes
    }
}
