//! Bad input and faults, through the real program: a message that says what to do, an exit code for
//! scripts, and nothing lost or sent twice once the trouble is over.

#[cfg(test)]
mod harness;

#[cfg(test)]
mod tests {
    use std::fs;

    use simulator::{Config, NewJob, Organization, OrganizationState, Service, What, When};
    use tokio::net::TcpSocket;

    use crate::harness::services::{Api, BOTH, Services, Source};
    use crate::harness::{App, Ran, tickets};

    const ALL: &[&str] = &["success", "warning", "error"];
    const SYNC: &[&str] = &["sync", "--once", "--settle", "1"];

    fn set_up(services: &Services, api: Api) -> App {
        let app = App::new();
        let settings = services.settings(api, Source::Portal, ALL);
        app.configure(&settings).ended_with(0);
        app.run(&["test"]).ended_with(0);
        app
    }

    /// What is said is for a person: sentences, no types, no traces.
    #[track_caller]
    fn assert_plain(ran: &Ran) {
        let said = format!("{}{}", ran.out, ran.err);
        assert!(!said.trim().is_empty(), "{ran}");
        for jargon in [
            "panicked", "Error {", "Some(", "None", "Err(", "reqwest", "hyper", "rusqlite",
        ] {
            assert!(!said.contains(jargon), "{jargon} {ran}");
        }
    }

    #[test]
    fn whatever_comes_back_in_place_of_an_answer_is_told_and_costs_no_ticket() {
        let faults = [
            (What::HtmlPage, "page"),
            (What::Truncate, ""),
            (What::DropBefore, ""),
            (What::DropAfter, ""),
            (What::Status(403), ""),
            (What::Status(404), ""),
            (What::Status(500), ""),
            (What::Status(503), ""),
        ];
        for api in BOTH {
            for service in [Service::CloudDirect, Service::Autotask] {
                let services = Services::with_jobs(3, 40);
                let app = set_up(&services, api);
                for (what, word) in faults {
                    services.fault(service, None, When::Always, what);
                    let ran = app.run(SYNC).ended_with(1);
                    let problem = ran.err.lines().find(|line| line.contains("Problem: "));
                    let problem = problem.unwrap_or_else(|| panic!("{what:?} {ran}"));
                    assert!(problem.contains(word), "{what:?} {problem}");
                    assert_plain(&ran);
                    let test = app.run(&["test"]).ended_with(1);
                    assert!(test.out.contains("FAILED"), "{what:?} {test}");
                    assert_plain(&test);
                    services.simulator.faults().clear();
                    if service == Service::CloudDirect {
                        // The jobs come with the next sync, so that the next fault has some to lose.
                        let job = NewJob::default();
                        services.simulator.cloud_direct().finish_job(job).unwrap();
                    }
                }
                app.run(&["test"]).ended_with(0);
                app.run(SYNC).ended_with(0);
                tickets::assert_one_each(&services, ALL);
            }
        }
    }

    #[test]
    fn answers_that_are_lost_one_after_the_other_are_all_cleared_up_by_the_same_sync() {
        let services = Services::with_jobs(3, 60);
        let app = set_up(&services, Api::Rest);
        let on = Some("Tickets/create");
        services.fault(Service::Autotask, on, When::EveryNth(4), What::DropAfter);
        let ran = app.run(&[SYNC, &["--json"]].concat()).ended_with(0);
        assert_eq!((ran.count("sent"), ran.count("found")), (45, 15), "{ran}");
        assert_eq!(tickets::assert_one_each(&services, ALL), 60);
    }

    /// Nobody else gets the port, and nobody answers there.
    fn taken_and_silent(port: u16) -> TcpSocket {
        let socket = TcpSocket::new_v4().unwrap();
        // The connections of before are not quite over.
        socket.set_reuseaddr(true).unwrap();
        socket.bind(([127, 0, 0, 1], port).into()).unwrap();
        socket
    }

    #[test]
    fn without_a_network_nothing_is_lost_and_the_next_sync_makes_up_for_it() {
        for api in BOTH {
            let services = Services::with_jobs(3, 40);
            let app = set_up(&services, api);
            let (autotask, cloud_direct) = services.ports();
            services.stop();
            let kept = [autotask, cloud_direct].map(taken_and_silent);

            for command in [SYNC, &["test"]] {
                let ran = app.run(command).ended_with(1);
                assert_plain(&ran);
                let said = format!("{}{}", ran.out, ran.err);
                assert!(said.contains("reach"), "{ran}");
            }

            let config = Config {
                autotask_port: autotask,
                cloud_direct_port: cloud_direct,
                ..Config::default()
            };
            drop(kept);
            let services = Services::start(3, 40, config);
            app.run(&["test"]).ended_with(0);
            app.run(SYNC).ended_with(0);
            assert_eq!(tickets::assert_one_each(&services, ALL), 40);
        }
    }

    #[test]
    fn a_server_whose_certificate_cannot_be_checked_gets_no_login() {
        let services = Services::with_jobs(3, 5);
        let app = App::new();
        // It speaks no TLS at all, which is as good as a wrong certificate.
        let settings = services
            .settings(Api::Rest, Source::Portal, ALL)
            .replace("\"http://", "\"https://");
        app.configure(&settings).ended_with(0);
        let test = app.run(&["test"]).ended_with(1);
        assert_plain(&test);
        assert_eq!(test.out.matches("FAILED").count(), 2, "{test}");
        assert!(
            test.out.contains("TLS") || test.out.contains("secure"),
            "{test}"
        );
        assert!(services.simulator.journal().is_empty());
    }

    #[test]
    fn texts_of_any_length_and_letters_arrive_and_what_is_cut_is_marked() {
        let long = "Sicherung über alles \u{1f4be} ".repeat(60);
        let long_message = format!("\u{1f4a5} \u{e4}\n{}", "The disk is full.\n".repeat(500));
        let texts = [
            (
                "SRV\u{1}\u{7}-01\u{1b}[31m",
                "A line\r\nand\tanother\u{0} one\u{fffe}",
            ),
            (long.as_str(), "Short"),
            (
                "<SRV> & \"Söhne\" ]]> 日本 \u{1f469}\u{200d}\u{1f4bb}",
                "<![CDATA[ </Description> &amp; &#1;",
            ),
            ("SRV-02", &long_message),
        ];
        for api in BOTH {
            let services = Services::with_jobs(1, 0);
            let portal = services.simulator.cloud_direct();
            portal.put_organization(Organization {
                id: "org-0001".to_owned(),
                name: "Müller \u{2} & Söhne <\u{1f3ed}>".to_owned(),
                state: OrganizationState::Active,
            });
            for (system, message) in &texts {
                let job = NewJob {
                    organization_id: Some("org-0001".to_owned()),
                    system: Some((*system).to_owned()),
                    status: Some("failed".to_owned()),
                    message: Some((*message).to_owned()),
                    ..NewJob::default()
                };
                portal.finish_job(job).unwrap();
            }
            let app = set_up(&services, api);
            app.run(SYNC).ended_with(0);

            let tickets = services.simulator.autotask().tickets();
            assert_eq!(tickets.len(), texts.len(), "{api:?}");
            for ticket in &tickets {
                let control = |text: &str| {
                    let mut letters = text.chars();
                    letters.any(|letter| letter.is_control() && letter != '\n' && letter != '\t')
                };
                assert!(!control(&ticket.title), "{ticket:#?}");
                assert!(
                    !control(&ticket.description.replace("\r\n", "\n")),
                    "{ticket:#?}"
                );
                assert!(ticket.title.encode_utf16().count() <= 255, "{ticket:#?}");
                assert!(
                    ticket.description.encode_utf16().count() <= 8_000,
                    "{ticket:#?}"
                );
            }
            let with = |part: &str| tickets.iter().find(|one| one.title.contains(part)).unwrap();
            assert!(with("über alles").title.ends_with(" […]"));
            let text = |part: &str| tickets::text_of(with(part));
            assert!(text("über alles").ends_with("\nMessage:\nShort"));
            let quoted = with("<SRV> & \"Söhne\" ]]> 日本 \u{1f469}\u{200d}\u{1f4bb}");
            let message = "\nMessage:\n<![CDATA[ </Description> &amp; &#1;";
            let quoted = tickets::text_of(quoted);
            assert!(quoted.ends_with(message), "{quoted:#?}");
            assert!(text("SRV-02").ends_with(" […]"));
            assert!(
                with("SRV-02")
                    .description
                    .contains("\nMessage:\n\u{1f4a5} ä\nThe disk is full.\n")
            );

            let again = app.run(&["sync", "--once", "--json"]).ended_with(0);
            assert_eq!((again.count("sent"), again.count("found")), (0, 0));
        }
    }

    #[test]
    fn a_queue_that_has_gone_holds_up_its_own_tickets_and_says_so() {
        let services = Services::with_jobs(5, 60);
        let app = set_up(&services, Api::Rest);
        let autotask = services.simulator.autotask();
        let queues = autotask.queues();
        let queue = queues.iter().find(|queue| queue.label == "Level I Support");
        let queue = queue.unwrap().id.parse().unwrap();
        assert!(autotask.set_queue_active(queue, false));
        // As after some hours: what the login test has read is asked for again.
        app.run(&["test"]).ended_with(0);

        let ran = app.run(SYNC).ended_with(1);
        assert_plain(&ran);
        let without_errors = tickets::assert_one_each(&services, &["success", "warning"]);
        assert!(without_errors < 60);
        let status = app.run(&["status"]).ended_with(1);
        assert!(status.out.contains("Choose another in Options"), "{status}");
        let activity = app.run(&["activity", "--filter", "waiting"]);
        assert!(activity.out.contains("queue"), "{activity}");

        assert!(autotask.set_queue_active(queue, true));
        app.run(&["test"]).ended_with(0);
        app.run(SYNC).ended_with(0);
        assert_eq!(tickets::assert_one_each(&services, ALL), 60);
    }

    #[test]
    fn a_damaged_database_is_kept_aside_and_nothing_is_sent_twice() {
        let services = Services::with_jobs(5, 60);
        let app = set_up(&services, Api::Rest);
        app.run(SYNC).ended_with(0);
        let database = app
            .files()
            .into_iter()
            .find(|file| fs::read(file).unwrap().starts_with(b"SQLite format 3"))
            .unwrap();
        let mut bytes = fs::read(&database).unwrap();
        bytes[..4096].fill(0x5a);
        fs::write(&database, &bytes).unwrap();

        let ran = app.run(SYNC).ended_with(1);
        assert_plain(&ran);
        assert!(ran.err.contains("damaged"), "{ran}");
        let kept = app.files().into_iter().filter(|file| *file != database);
        let mut kept = kept.filter(|file| ran.err.contains(file.to_str().unwrap()));
        assert_eq!(fs::read(kept.next().unwrap()).unwrap(), bytes);

        app.run(SYNC).ended_with(2);
        let settings = services.settings(Api::Rest, Source::Portal, ALL);
        app.configure(&settings).ended_with(0);
        app.run(&["test"]).ended_with(0);
        let anew = app.run(&["sync", "--once", "--json"]).ended_with(0);
        assert_eq!((anew.count("sent"), anew.count("found")), (0, 60));
        assert_eq!(tickets::assert_one_each(&services, ALL), 60);
    }
}
