//! What the program costs a computer: time, memory and CPU time of the process, from outside. The
//! services are in this process, and so are not part of it.
//!
//! `cargo bench --bench program` takes about a minute. `-- poll`, `-- postings` and `-- billing` are its parts.
//! `-- idle 15` leaves `sync` without work for so many minutes, `-- tray 15` the app in the tray with its
//! window closed; they are asked for by name only.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement that cannot go on should stop, and it tells its figures"
)]

#[path = "../tests/harness/mod.rs"]
mod harness;
#[cfg(target_os = "linux")]
#[path = "program/process.rs"]
mod process;
#[cfg(target_os = "linux")]
#[path = "../tests/harness/tray_host.rs"]
mod tray_host;
#[cfg(target_os = "linux")]
#[path = "../tests/harness/window.rs"]
mod window;

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("The figures of another process are read as Linux tells them.");
}

#[cfg(target_os = "linux")]
fn main() {
    measured::asked_for(&std::env::args().skip(1).collect::<Vec<_>>());
}

#[cfg(target_os = "linux")]
mod measured {
    use std::time::{Duration, Instant};

    use serde_json::Value;
    use simulator::{Service, What, When};

    use crate::harness::services::{Api, BOTH, Services, Source};
    use crate::harness::{App, Running, tickets};
    use crate::harness::{PASSWORD, TOKEN};
    use crate::process::{Used, of_children, started_with};
    use crate::tray_host::TrayHost;
    use crate::window::{Desktop, until};

    const ALL: &[&str] = &["success", "warning", "error"];

    pub fn asked_for(arguments: &[String]) {
        let named = |name: &str| arguments.iter().any(|argument| argument == name);
        let minutes = arguments.iter().find_map(|argument| argument.parse().ok());
        let minutes = minutes.unwrap_or(15);
        if named("idle") {
            return idle(minutes);
        }
        if named("tray") {
            return tray(minutes);
        }
        println!("| what | result |\n|---|--:|");
        let parts = ["poll", "postings", "billing"];
        let all = !parts.iter().any(|part| named(part));
        if all || named("poll") {
            poll();
        }
        if all || named("postings") {
            BOTH.into_iter().for_each(postings);
        }
        if all || named("billing") {
            BOTH.into_iter().for_each(billing);
        }
    }

    /// Everything set up and tested, the first sync to come.
    fn set_up(customers: usize, jobs: usize, api: Api) -> (Services, App) {
        let services = Services::with_jobs(customers, jobs);
        let app = App::new();
        let settings = services.settings(api, Source::Portal, ALL);
        app.configure(&settings).ended_with(0);
        app.run(&["test"]).ended_with(0);
        services.simulator.autotask().set_limits(false);
        services.simulator.autotask().set_quota_used(0);
        services.simulator.autotask().clear_journal();
        (services, app)
    }

    /// The program after its first pass, which it has told of: it goes on running, so that it can be
    /// looked at.
    fn first_pass(app: &App) -> (Running, Value, Duration) {
        let begun = Instant::now();
        let mut sync = Running::start(app.command(&["sync", "--json"]));
        let told = sync.first_line();
        (sync, told, begun.elapsed())
    }

    fn line(what: &str, result: &str) {
        println!("| {what} | {result} |");
    }

    fn megabytes(bytes: u64) -> String {
        format!("{:.1} MB", bytes as f64 / 1e6)
    }

    /// A month of a large partner in one poll. Autotask asks for a pause, so that all of it is in
    /// the outbox at the end.
    fn poll() {
        const CUSTOMERS: usize = 2_000;
        const JOBS: usize = 50_000;
        let (services, app) = set_up(CUSTOMERS, JOBS, Api::Rest);
        let paused = What::QuotaUsedUp;
        services.fault(Service::Autotask, None, When::Always, paused);
        let (sync, told, took) = first_pass(&app);
        let used = Used::by(sync.id());
        assert_eq!(told["planned"], JOBS, "{told}");
        assert_eq!((&told["waiting"], &told["sent"]), (&JOBS.into(), &0.into()));
        let what = format!("{JOBS} tickets of {CUSTOMERS} customers planned");
        line(
            &format!("{what}, from the start of the program"),
            &format!("{:.2} s", took.as_secs_f64()),
        );
        line("its CPU time", &format!("{:.2} s", used.cpu.as_secs_f64()));
        line("its memory at most", &megabytes(used.most_memory));
        let pages = services.calls(Service::CloudDirect).len();
        line(
            "jobs received, in calls",
            &format!("{} in {pages}", told["jobsReceived"]),
        );
        drop(sync);
        let file = app.data().join(sync::store::FILE_NAME);
        line(
            "the database",
            &megabytes(std::fs::metadata(file).unwrap().len()),
        );
    }

    /// From jobs in the portal to tickets in Autotask, the start of the program taken off.
    fn postings(api: Api) {
        const JOBS: usize = 2_000;
        let (services, app) = set_up(200, JOBS, api);
        let (sync, told, took) = first_pass(&app);
        let whole = Used::by(sync.id());
        drop(sync);
        assert_eq!(told["sent"], JOBS, "{told}");
        assert_eq!(tickets::assert_one_each(&services, ALL), JOBS);
        let (sync, told, _) = first_pass(&app);
        assert_eq!((&told["sent"], &told["waiting"]), (&0.into(), &0.into()));
        let start = Used::by(sync.id());
        let each = (whole.cpu - start.cpu).mul_f64(1_000.0 / JOBS as f64);
        line(
            &format!("CPU time for 1,000 postings, {api:?}"),
            &format!("{:.2} s", each.as_secs_f64()),
        );
        line(
            &format!("{JOBS} of them, from the start of the program"),
            &format!("{:.2} s", took.as_secs_f64()),
        );
        line("its memory at most", &megabytes(whole.most_memory));
        line(
            "CPU time of a start with nothing to do",
            &format!("{:.0} ms", start.cpu.as_secs_f64() * 1e3),
        );
    }

    /// A large partner looks at what would be billed, and then bills it.
    fn billing(api: Api) {
        const CUSTOMERS: usize = 2_000;
        let services = Services::with_jobs(CUSTOMERS, 0);
        let app = App::new();
        let held = "approval = \"hold_always\"";
        let settings = services.settings_with_billing(api, Source::Portal, held);
        app.configure(&settings).ended_with(0);
        app.run(&["test"]).ended_with(0);
        services.simulator.autotask().set_limits(false);
        app.run(&["sync", "--once"]).ended_with(0);

        let run = |what: &str, arguments: &[&str]| {
            let calls = || services.calls(Service::Autotask).len();
            let (before, cpu, begun) = (calls(), of_children(), Instant::now());
            // A few contracts of the simulated tenant have ended, and it says so.
            let ran = app.run(arguments);
            assert!(ran.code <= 1, "{}", ran.err);
            let took = begun.elapsed().as_secs_f64();
            let cpu = (of_children() - cpu).as_secs_f64();
            let calls = calls() - before;
            let what = format!("{what} {CUSTOMERS} customers, {api:?}");
            line(
                &what,
                &format!("{took:.2} s, {cpu:.2} s of CPU time, {calls} calls"),
            );
            ran.json()
        };
        let preview = run("preview of", &["--json", "billing", "preview"]);
        let lines = preview["lines"].as_array().unwrap();
        let changes = |line: &&Value| line["change"].as_i64().is_some_and(|change| change != 0);
        let (shown, changes) = (lines.len(), lines.iter().filter(changes).count());
        assert_eq!(shown, CUSTOMERS);
        line(
            "lines, and those that change units",
            &format!("{shown}, {changes}"),
        );
        let date = preview["invoiceDate"].as_str().unwrap();
        let post = ["--json", "billing", "post", "--date", date, "--settle", "1"];
        let posted = run("post and read back", &post);
        let verified = posted["report"]["verified"].to_string();
        line("of these verified", &verified);
    }

    /// `sync` with nothing to do, asking for jobs every five minutes.
    fn idle(minutes: u32) {
        let (services, app) = set_up(200, 2_000, Api::Rest);
        let (sync, told, _) = first_pass(&app);
        assert_eq!(told["waiting"], 0, "{told}");
        left_alone(minutes, sync.id(), &services);
    }

    /// The same for the app in the tray, after its window was open and closed.
    fn tray(minutes: u32) {
        let (services, app) = set_up(200, 2_000, Api::Rest);
        app.run(&["sync", "--once"]).ended_with(0);
        let mut desktop = Desktop::new();
        let tray = TrayHost::new(&desktop.bus_address);
        let data = app.data().display().to_string();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let process = runtime.block_on(async {
            let page = desktop.open(&["--data-dir", &data]).await;
            page.click("nav-credentials").await;
            for (field, secret, test, steps) in [
                (
                    "autotask-password",
                    PASSWORD,
                    "autotask-test",
                    "autotask-steps",
                ),
                ("cloud-token", TOKEN, "cloud-test", "cloud-steps"),
            ] {
                page.fill(field, secret).await;
                page.click(test).await;
                page.find_with(steps, "[data-passed='true']").await;
            }
            desktop.close_window();
            desktop.until_windows(0).await;
            until("the sync after the test has ended", async || {
                let menu = tokio::task::block_in_place(|| tray.menu())?;
                menu.first()?.starts_with("Up to date").then_some(())
            })
            .await;
            until("the app is found among the processes", async || {
                started_with(&["--data-dir", &data])
            })
            .await
        });
        left_alone(minutes, process, &services);
    }

    fn left_alone(minutes: u32, process: u32, services: &Services) {
        services.simulator.autotask().clear_journal();
        let before = Used::by(process);
        // A little longer, so that the last poll is part of it.
        std::thread::sleep(Duration::from_secs(60) * minutes + Duration::from_secs(15));
        let after = Used::by(process);
        let cpu = after.cpu - before.cpu;
        let polls = services.calls(Service::CloudDirect).into_iter();
        let polls = polls.filter(|call| call.operation == "jobs").count();
        let wakeups = after.wakeups - before.wakeups;
        let hour = 60.0 / f64::from(minutes);
        println!("| what | in {minutes} minutes | in an hour |\n|---|--:|--:|");
        let row = |what: &str, number: f64, digits| {
            let more = number * hour;
            println!("| {what} | {number:.digits$} | {more:.digits$} |");
        };
        row("CPU time in ms", cpu.as_secs_f64() * 1e3, 0);
        row("wake-ups", wakeups as f64, 0);
        row("polls", polls as f64, 0);
        println!(
            "its memory: {}, at most {}",
            megabytes(after.memory),
            megabytes(after.most_memory)
        );
    }
}
