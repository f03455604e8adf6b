//! The place where the app keeps its data fails it: a full disk, a read-only folder, a database that
//! is locked or damaged. Through the real program: what it says, with what it ends, and that it goes on
//! with nothing lost and nothing sent twice when the cause is gone.

#![cfg(target_os = "linux")]

#[cfg(test)]
mod harness;

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};
    use std::time::Duration;

    use rusqlite::Connection;
    use simulator::{Service, What, When};
    use sync::store::FILE_NAME;

    use crate::harness::disk::Disk;
    use crate::harness::services::{Api, BOTH, Services, Source};
    use crate::harness::{App, Ran, Running, tickets, wait_until};

    const ALL: &[&str] = &["success", "warning", "error"];
    const SYNC: &[&str] = &["sync", "--once", "--settle", "1", "--json"];
    const JOBS: usize = 60;

    fn configure(services: &Services, app: &App, api: Api) {
        let settings = services.settings(api, Source::Portal, ALL);
        app.configure(&settings).ended_with(0);
        app.run(&["test"]).ended_with(0);
        services.simulator.autotask().clear_journal();
    }

    fn on_a_disk(services: &Services, api: Api, megabytes: u32) -> (App, Disk) {
        let mut app = App::new();
        let disk = Disk::of_megabytes(megabytes, &mut app);
        configure(services, &app, api);
        (app, disk)
    }

    /// What is said on stderr, which is for a person.
    #[track_caller]
    fn assert_says(ran: &Ran, parts: &[&str]) {
        for part in parts {
            assert!(ran.err.contains(part), "{part:?} is not in {ran}");
        }
        assert_plain(&ran.err);
    }

    #[track_caller]
    fn assert_plain(said: &str) {
        for jargon in ["panicked", "SQLITE", "tracing", "Err(", "os error", "I/O"] {
            assert!(!said.contains(jargon), "{jargon} in {said}");
        }
    }

    #[track_caller]
    fn assert_goes_on(services: &Services, app: &App, jobs: usize) {
        let ran = app.run(SYNC).ended_with(0);
        assert_eq!(ran.count("waiting"), 0, "{ran}");
        assert_eq!(tickets::assert_one_each(services, ALL), jobs);
        let ledger = app.run(&["ledger", "verify", "--json"]).ended_with(0);
        assert_eq!(ledger.json()["fits"], true, "{ledger}");
    }

    /// Of the calls so far, those that made tickets.
    fn creates(services: &Services) -> usize {
        let calls = services.calls(Service::Autotask).into_iter();
        calls.filter(|call| call.operation == "create").count()
    }

    /// Starts a sync whose first create is answered late, and waits until its tickets are there.
    fn sync_in_the_middle_of_a_create(
        services: &Services,
        app: &App,
        arguments: &[&str],
    ) -> Running {
        let on = Some("Tickets/create");
        let late = What::Delay(Duration::from_millis(1_500));
        services.fault(Service::Autotask, on, When::Once, late);
        let sync = Running::start(app.command(arguments));
        wait_until("a ticket", || creates(services) > 0);
        sync
    }

    #[test]
    fn a_disk_that_is_full_is_told_by_each_command_and_nothing_is_lost() {
        let services = Services::with_jobs(3, JOBS);
        let (app, disk) = on_a_disk(&services, Api::Rest, 8);
        app.run(SYNC).ended_with(0);
        services
            .simulator
            .cloud_direct()
            .finish_job(simulator::NewJob::default());
        disk.fill_up_to(0);
        let settings = services.settings(Api::Soap, Source::Portal, ALL);
        for ran in [
            app.run(&["sync", "--once"]),
            app.run(&["test"]),
            app.configure(&settings),
        ] {
            let ran = ran.ended_with(1);
            assert_says(&ran, &["full", "Make room"]);
        }
        assert_eq!(services.made(), JOBS);
        disk.make_room();
        assert_goes_on(&services, &app, JOBS + 1);
    }

    #[test]
    fn a_disk_that_becomes_full_while_jobs_come_in_costs_no_job() {
        const MANY: usize = 1_500;
        let services = Services::with_jobs(20, MANY);
        let (app, disk) = on_a_disk(&services, Api::Soap, 16);
        disk.fill_up_to(400 << 10);
        let ran = app.run(&["sync", "--once"]).ended_with(1);
        assert_says(&ran, &["full", "Make room"]);
        assert_eq!(services.made(), 0);
        disk.make_room();
        assert_goes_on(&services, &app, MANY);
    }

    #[test]
    fn a_disk_that_becomes_full_while_a_ticket_is_sent_does_not_make_a_second_one() {
        for api in BOTH {
            let services = Services::with_jobs(3, JOBS);
            let (app, disk) = on_a_disk(&services, api, 8);
            let mut sync = sync_in_the_middle_of_a_create(&services, &app, &["sync", "--once"]);
            disk.fill_up_to(0);
            let ran = sync.ran().ended_with(1);
            assert_says(&ran, &["full", "Make room"]);
            let made = services.made();
            assert!(made > 0);
            disk.make_room();
            assert_goes_on(&services, &app, JOBS);
        }
    }

    #[test]
    fn a_sync_that_keeps_going_outlasts_a_full_disk() {
        let services = Services::with_jobs(3, JOBS);
        let (app, disk) = on_a_disk(&services, Api::Rest, 8);
        let keep_going = &["sync", "--settle", "1", "--json"];
        let mut sync = sync_in_the_middle_of_a_create(&services, &app, keep_going);
        disk.fill_up_to(0);
        let said = sync.says("full");
        assert!(said.contains("Make room"), "{said}");
        assert_plain(&said);
        disk.make_room();
        wait_until("all tickets", || services.made() == JOBS);
        assert_eq!(sync.stop().code, Some(0));
        assert_goes_on(&services, &app, JOBS);
    }

    #[test]
    fn a_folder_that_cannot_be_written_to_is_told_and_can_be_looked_at() {
        let services = Services::with_jobs(3, JOBS);
        let mut app = App::new();
        configure(&services, &app, Api::Rest);
        app.run(SYNC).ended_with(0);
        services
            .simulator
            .cloud_direct()
            .finish_job(simulator::NewJob::default());
        let disk = Disk::read_only(&mut app);
        let settings = services.settings(Api::Soap, Source::Portal, ALL);
        for ran in [
            app.run(&["sync", "--once"]),
            app.run(&["sync"]),
            app.run(&["test"]),
            app.configure(&settings),
        ] {
            let ran = ran.ended_with(1);
            assert_says(&ran, &["cannot be written to", "--data-dir"]);
        }
        let status = app.run(&["status", "--json"]).ended_with(0);
        assert_eq!(status.count("done"), JOBS as u64);
        app.run(&["activity"]).ended_with(0);
        app.run(&["ledger", "verify"]).ended_with(0);
        assert_eq!(services.made(), JOBS);
        drop(disk);
        app.set_inside(Vec::new());
        assert_goes_on(&services, &app, JOBS + 1);
    }

    /// Another program that keeps everybody else from writing, as long as it is there.
    fn locked(app: &App) -> Connection {
        let other = Connection::open(app.data().join(FILE_NAME)).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        other
    }

    #[test]
    fn a_database_that_another_program_keeps_locked_is_told_and_nothing_is_lost() {
        let services = Services::with_jobs(3, JOBS);
        let app = App::new();
        configure(&services, &app, Api::Rest);
        let other = locked(&app);
        for command in [&["sync", "--once"][..], &["test"]] {
            let ran = app.run(command).ended_with(1);
            let said = format!("{}{}", ran.out, ran.err);
            assert!(said.contains("in use by another program"), "{ran}");
        }
        app.run(&["status"]).ended_with(0);
        assert_eq!(services.made(), 0);
        drop(other);
        assert_goes_on(&services, &app, JOBS);
    }

    #[test]
    fn a_database_that_is_locked_while_a_ticket_is_sent_does_not_make_a_second_one() {
        for api in BOTH {
            let services = Services::with_jobs(3, JOBS);
            let app = App::new();
            configure(&services, &app, api);
            let keep_going = &["sync", "--settle", "1", "--json"];
            let mut sync = sync_in_the_middle_of_a_create(&services, &app, keep_going);
            let other = locked(&app);
            assert_plain(&sync.says("in use by another program"));
            drop(other);
            wait_until("all tickets", || services.made() == JOBS);
            assert_eq!(sync.stop().code, Some(0));
            assert_goes_on(&services, &app, JOBS);
        }
    }

    /// So many pages of 4,096 bytes from this one on (the first is 1) are no longer what they were.
    fn damage(file: &Path, page: usize, pages: usize) {
        let mut bytes = fs::read(file).unwrap();
        let begin = (page - 1) * 4096;
        let end = bytes.len().min(begin + pages * 4096);
        bytes[begin..end].fill(0x5a);
        fs::write(file, bytes).unwrap();
    }

    /// Where the rows of a table begin.
    fn root_page(file: &Path, table: &str) -> usize {
        let database = Connection::open(file).unwrap();
        let page: i64 = database
            .query_row(
                "SELECT rootpage FROM sqlite_schema WHERE name = ?1",
                [table],
                |row| row.get(0),
            )
            .unwrap();
        usize::try_from(page).unwrap()
    }

    fn kept_aside(app: &App, ran: &Ran) -> PathBuf {
        let kept = app.files().into_iter().find(|file| {
            ran.err.contains(file.to_str().unwrap()) && file.file_name().unwrap() != FILE_NAME
        });
        kept.unwrap_or_else(|| panic!("it names no file: {ran}"))
    }

    /// After a database was kept aside: a new start is empty, and told; with the settings entered
    /// again, all tickets are found in Autotask.
    #[track_caller]
    fn assert_begins_anew(services: &Services, app: &App, found: usize) {
        let ran = app.run(&["sync", "--once"]).ended_with(2);
        assert_says(&ran, &["configure FILE.toml"]);
        configure(services, app, Api::Rest);
        let anew = app.run(SYNC).ended_with(0);
        assert_eq!(anew.count("found"), found as u64, "{anew}");
        assert_eq!(
            tickets::assert_one_each(services, ALL) as u64,
            anew.count("found") + anew.count("sent")
        );
        let activity = app.run(&["activity"]).ended_with(0);
        assert_says(&activity, &["damaged"]);
    }

    #[test]
    fn a_database_with_a_damaged_page_or_cut_short_is_kept_aside_and_nothing_is_sent_twice() {
        const MANY: usize = 800;
        let damages: [fn(&Path); 3] = [
            |file| {
                damage(
                    file,
                    fs::metadata(file).unwrap().len() as usize / 4096 / 2,
                    1,
                )
            },
            |file| damage(file, root_page(file, "posting"), 1),
            |file| {
                let half = fs::metadata(file).unwrap().len() / 2;
                fs::File::options()
                    .write(true)
                    .open(file)
                    .unwrap()
                    .set_len(half)
                    .unwrap();
            },
        ];
        for damages_it in damages {
            let services = Services::with_jobs(20, MANY);
            let app = App::new();
            configure(&services, &app, Api::Soap);
            app.run(SYNC).ended_with(0);
            let file = app.data().join(FILE_NAME);
            damages_it(&file);
            let damaged = fs::read(&file).unwrap();
            let ran = app.run(&["sync", "--once"]).ended_with(1);
            assert_says(&ran, &["damaged", "not sent twice"]);
            assert!(fs::read(kept_aside(&app, &ran)).unwrap() == damaged);
            assert_begins_anew(&services, &app, MANY);
        }
    }

    #[test]
    fn damage_that_only_shows_in_use_is_kept_aside_by_the_next_start() {
        let services = Services::with_jobs(3, JOBS);
        let app = App::new();
        configure(&services, &app, Api::Rest);
        app.run(SYNC).ended_with(0);
        let file = app.data().join(FILE_NAME);
        // Larger than what is checked page by page at each start.
        let database = Connection::open(&file).unwrap();
        let larger = "CREATE TABLE filler (bytes); INSERT INTO filler VALUES (zeroblob(300000000));
            PRAGMA wal_checkpoint(TRUNCATE);";
        database.execute_batch(larger).unwrap();
        drop(database);
        let page = root_page(&file, "posting");
        let damaged = fs::File::options().write(true).open(&file).unwrap();
        let begin = (page - 1) * 4096;
        std::os::unix::fs::FileExt::write_all_at(&damaged, &[0x5a; 4096], begin as u64).unwrap();
        drop(damaged);
        let job = simulator::NewJob::default();
        services.simulator.cloud_direct().finish_job(job).unwrap();

        let ran = app.run(&["sync", "--once"]).ended_with(1);
        assert_says(&ran, &["damaged", "Start the app again"]);
        let status = app.run(&["status"]).ended_with(1);
        assert_says(&status, &["damaged"]);
        let ran = app.run(&["sync", "--once"]).ended_with(1);
        assert_says(&ran, &["damaged", "kept as", "not sent twice"]);
        fs::remove_file(kept_aside(&app, &ran)).unwrap();
        assert_eq!(services.made(), JOBS);
        app.run(&["sync", "--once"]).ended_with(2);
        configure(&services, &app, Api::Rest);
        let anew = app.run(SYNC).ended_with(0);
        assert_eq!((anew.count("sent"), anew.count("found")), (1, JOBS as u64));
    }

    #[test]
    fn a_database_that_is_damaged_while_it_works_ends_the_sync_and_nothing_is_sent_twice() {
        for api in BOTH {
            let services = Services::with_jobs(3, JOBS);
            let app = App::new();
            configure(&services, &app, api);
            let mut sync =
                sync_in_the_middle_of_a_create(&services, &app, &["sync", "--settle", "1"]);
            let file = app.data().join(FILE_NAME);
            // With its log, in which the last changes are.
            for name in [FILE_NAME.to_owned(), format!("{FILE_NAME}-wal")] {
                let mut bytes = fs::read(app.data().join(&name)).unwrap();
                let keep = if name == FILE_NAME { 100 } else { 32 };
                bytes[keep..].fill(0x5a);
                fs::write(app.data().join(&name), bytes).unwrap();
            }
            assert_plain(&sync.says("damaged"));
            assert_eq!(sync.end().code(), Some(1));
            let made = services.made();
            let ran = app.run(&["sync", "--once"]).ended_with(1);
            assert_says(&ran, &["damaged", "not sent twice"]);
            assert!(!file.exists());
            assert_begins_anew(&services, &app, made);
        }
    }

    #[test]
    fn an_old_log_beside_the_database_does_not_make_a_second_ticket() {
        let services = Services::with_jobs(3, JOBS);
        let app = App::new();
        configure(&services, &app, Api::Rest);
        // Killed, it leaves its log behind, as it was in the middle of the work.
        let mut sync = sync_in_the_middle_of_a_create(&services, &app, SYNC);
        wait_until("some more", || services.made() > 20);
        sync.kill();
        let log = app.data().join(format!("{FILE_NAME}-wal"));
        let old = fs::read(&log).unwrap();
        assert!(old.len() > 4096);
        wait_until("nothing waits", || app.run(SYNC).count("waiting") == 0);
        assert!(!log.exists());
        fs::write(&log, old).unwrap();

        let ran = app.run(&["sync", "--once", "--settle", "1"]);
        if ran.code == 1 && ran.err.contains("damaged") {
            assert_begins_anew(&services, &app, JOBS);
        }
        wait_until("nothing waits", || app.run(SYNC).count("waiting") == 0);
        assert_eq!(tickets::assert_one_each(&services, ALL), JOBS);
    }
}
