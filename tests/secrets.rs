//! The password and the token of a whole run, good and bad, are looked for wherever a run leaves
//! anything: files of the home and data folders, logs, output, errors, rows and their details.

#[cfg(test)]
mod harness;

#[cfg(test)]
mod tests {
    use std::fs;

    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use simulator::{Config, Service, What, When};
    use sync::activity;
    use sync::store::Store;

    use crate::harness::services::{BOTH, Services, Source};
    use crate::harness::{App, tickets};

    const PASSWORD: &str = "canary-password-3f9b<&>\"'\\ä";
    const TOKEN: &str = "canary-token-81c2";
    const WRONG: &str = "canary-mistyped-77d0<&>";
    /// What would show in any spelling of them: as it is, and in XML, JSON or an address.
    const CANARIES: [&str; 3] = [
        "canary-password-3f9b",
        "canary-token-81c2",
        "canary-mistyped-77d0",
    ];
    const ALL: &[&str] = &["success", "warning", "error"];

    /// Keeps what was said, and looks for secrets in it.
    struct Ears {
        needles: Vec<String>,
        heard: usize,
    }

    impl Ears {
        fn new(username: &str) -> Ears {
            let mut needles: Vec<String> = CANARIES.map(str::to_owned).into();
            // As a SOAP login carries them.
            for password in [PASSWORD, WRONG] {
                needles.push(STANDARD.encode(format!("{username}:{password}")));
            }
            Ears { needles, heard: 0 }
        }

        fn find(&self, bytes: &[u8]) -> Option<&str> {
            let is_in = |needle: &str| {
                let mut parts = bytes.windows(needle.len());
                parts.any(|part| part == needle.as_bytes())
            };
            let mut needles = self.needles.iter().map(String::as_str);
            needles.find(|needle| is_in(needle))
        }

        #[track_caller]
        fn listen(&mut self, what: &str, bytes: &[u8]) {
            self.heard += bytes.len();
            assert_eq!(self.find(bytes), None, "in {what}");
        }

        /// Runs a command, and hears all that it says.
        #[track_caller]
        fn run(&mut self, app: &App, arguments: &[&str], code: i32) {
            let ran = app.run(arguments).ended_with(code);
            let what = format!("what {arguments:?} says");
            self.listen(&what, ran.out.as_bytes());
            self.listen(&what, ran.err.as_bytes());
        }

        #[track_caller]
        fn search_files(&mut self, app: &App) {
            let files = app.files();
            let named = |part: &str| files.iter().any(|file| file.ends_with(part));
            assert!(named("settings.toml") && files.len() > 3, "{files:?}");
            for file in files {
                let bytes = fs::read(&file).unwrap();
                self.listen(&file.display().to_string(), &bytes);
            }
        }
    }

    #[test]
    fn the_search_would_find_them() {
        let ears = Ears::new("u@x.example");
        assert_eq!(ears.find(b"canary-password"), None);
        for said in [
            "x canary-password-3f9b&lt;&amp; x".to_owned(),
            format!("Bearer {TOKEN}"),
            STANDARD.encode(format!("u@x.example:{PASSWORD}")),
        ] {
            assert!(ears.find(said.as_bytes()).is_some(), "{said}");
        }
    }

    #[test]
    fn a_secret_is_found_in_no_file_log_line_output_or_error_whatever_happens() {
        for api in BOTH {
            let config = Config {
                password: PASSWORD.to_owned(),
                token: TOKEN.to_owned(),
                ..Config::default()
            };
            let services = Services::start(5, 60, config);
            let mut ears = Ears::new(&services.simulator.logins().username);
            let mut app = App::with_secrets(WRONG, TOKEN);
            let settings = services.settings(api, Source::Portal, ALL);

            // Written into the settings file by mistake, it is refused and not repeated.
            for (line, place) in [
                (format!("password = '{WRONG}'"), "[autotask]"),
                (format!("token = '{WRONG}'"), "[cloud_direct]"),
                (format!("days_due = '{WRONG}'"), "[alerts.error]"),
            ] {
                let text = settings.replace(place, &format!("{place}\n{line}"));
                let ran = app.configure(&text).ended_with(2);
                ears.listen("a refused settings file", ran.err.as_bytes());
                ears.listen("a refused settings file", ran.out.as_bytes());
            }
            app.configure(&settings).ended_with(0);

            ears.run(&app, &["test", "--verbose"], 3);
            ears.run(&app, &["sync", "--once", "--verbose"], 3);
            ears.run(&app, &["status", "--json"], 3);
            app.set_password(PASSWORD);
            ears.run(&app, &["test", "--json", "--verbose"], 0);

            // Everything that can come back in place of an answer.
            let sync = ["sync", "--once", "--settle", "1", "--json", "--verbose"];
            for (service, what) in [
                (Service::CloudDirect, What::HtmlPage),
                (Service::CloudDirect, What::Status(500)),
                (Service::CloudDirect, What::DropBefore),
                (Service::Autotask, What::HtmlPage),
                (Service::Autotask, What::Status(500)),
                (Service::Autotask, What::Status(404)),
                (Service::Autotask, What::Truncate),
                (Service::Autotask, What::DropAfter),
            ] {
                services.fault(service, None, When::Always, what);
                ears.run(&app, &sync, 1);
                ears.run(&app, &["test"], 1);
                services.simulator.faults().clear();
                ears.run(&app, &["test"], 0);
            }
            services.fault(
                Service::Autotask,
                Some("Tickets/create"),
                When::Once,
                What::LoginRevoked,
            );
            ears.run(&app, &sync, 3);
            ears.run(&app, &["test", "--verbose"], 0);
            ears.run(&app, &sync, 0);
            assert_eq!(tickets::assert_one_each(&services, ALL), 60);

            let account = services.accounts()[0].1.to_string();
            let ticket = ["test-ticket", "--account", &account, "--verbose"];
            ears.run(&app, &ticket, 0);
            services.simulator.cloud_direct().set_token("another one");
            ears.run(&app, &sync, 3);
            ears.run(&app, &["status"], 3);
            ears.run(&app, &["activity", "--limit", "500"], 0);
            ears.run(&app, &["activity", "--limit", "500", "--json"], 0);

            let store = Store::open_reading(&app.data()).unwrap();
            for id in 1..=61 {
                let details = activity::details(&store, id, services.simulator.now());
                ears.listen("details", details.unwrap().unwrap().as_bytes());
            }
            let mut table = Vec::new();
            activity::export_csv(&store, &mut table, services.simulator.now()).unwrap();
            ears.listen("the export of Activity", &table);
            drop(store);

            fs::remove_file(app.home().join("settings.toml")).unwrap();
            app.configure(&settings).ended_with(0);
            let logs: Vec<_> = app
                .files()
                .into_iter()
                .filter(|file| file.parent().unwrap().ends_with("logs"))
                .collect();
            let logged: u64 = logs
                .iter()
                .map(|log| fs::metadata(log).unwrap().len())
                .sum();
            assert!(logged > 1_000, "there is a log to search: {logged} bytes");
            ears.search_files(&app);
            println!(
                "{api:?}: {} bytes searched, {logged} of them log",
                ears.heard
            );
        }
    }
}
