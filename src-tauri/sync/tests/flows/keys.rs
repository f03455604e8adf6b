//! What a ticket's key is good for: tenants whose ticket category hides `ExternalID`, and two computers
//! that send at the same moment.

use std::{collections::BTreeMap, time::Duration};

use simulator::{Ticket, What, When};
use sync::{
    clock::Clock as _,
    connect::Connection,
    pass::{self, Limits, Report},
    settings::Api,
    store::Store,
    test_ticket,
};
use tokio_util::sync::CancellationToken;

use crate::world::{BOTH, World, config};

async fn world(api: Api) -> World {
    let world = World::mapped(api, config(4, 60)).await;
    hide_external_id(&world);
    world
}

fn hide_external_id(world: &World) {
    set_external_id_hidden(world, true);
}

fn set_external_id_hidden(world: &World, hidden: bool) {
    let mut choices = world.simulator.autotask().choices();
    choices.external_id_hidden = hidden;
    world.simulator.autotask().set_choices(choices);
}

async fn send_test_ticket(world: &World) -> test_ticket::TestTicket {
    let account = *world.accounts().values().next().unwrap();
    let client = &world.connection.autotask;
    test_ticket::send(&world.store, client, account, &world.clock)
        .await
        .unwrap()
}

/// The key in a ticket's last line.
fn reference(ticket: &Ticket) -> Option<&str> {
    let last = ticket.description.lines().next_back()?;
    last.strip_prefix("Reference: ")
}

/// The tickets of jobs and digests by the key in their last line.
fn by_reference(world: &World) -> BTreeMap<String, Vec<Ticket>> {
    let mut tickets: BTreeMap<String, Vec<Ticket>> = BTreeMap::new();
    for ticket in world.simulator.autotask().tickets() {
        assert!(matches!(
            ticket.external_id.as_deref(),
            None | Some("Helpdesk")
        ));
        let key = reference(&ticket).unwrap_or_default().to_owned();
        if !key.starts_with("ucd-test-") {
            tickets.entry(key).or_default().push(ticket);
        }
    }
    tickets
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_ticket_finds_out_and_lost_answers_still_make_no_second_ticket() {
    for (api, overwritten) in [
        (Api::Rest, false),
        (Api::Soap, false),
        (Api::Rest, true),
        (Api::Soap, true),
    ] {
        let world = World::mapped(api, config(4, 60)).await;
        let mut choices = world.simulator.autotask().choices();
        choices.external_id_hidden = !overwritten;
        choices.external_id_overwritten = overwritten;
        world.simulator.autotask().set_choices(choices);
        let sent = send_test_ticket(&world).await;
        assert!(
            sent.warnings.iter().any(|one| one.contains("ExternalID")),
            "{sent:?}"
        );
        let when = if api == Api::Soap {
            When::Once
        } else {
            When::EveryNth(5)
        };
        world.fault("Tickets/create", when, What::DropAfter);
        world.pass_until_done().await;
        let settings = world.store.settings().unwrap();
        let expected = world.expected(&settings);
        let made = by_reference(&world);
        assert_eq!(
            made.keys().collect::<Vec<_>>(),
            expected.keys().collect::<Vec<_>>(),
            "{api:?}"
        );
        for (key, tickets) in made {
            assert_eq!(tickets.len(), 1, "{api:?} {key}");
        }

        // Another installation finds them all.
        let (_folder, store, connection) = world.other_computer(api).await;
        let (cancel, limits) = (CancellationToken::new(), Limits::default());
        let second = pass::run(&store, &connection, &world.clock, &limits, &cancel, &|_| {});
        let second = second.await.unwrap();
        let all = (0, expected.len() as u64);
        assert_eq!((second.sent, second.found), all, "{api:?} {overwritten}");
    }
}

/// It is looked up when the day of its ticket is over, and before its own has come.
#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_is_dated_days_ahead_is_found_by_the_key_in_the_description() {
    for api in BOTH {
        let world = world(api).await;
        send_test_ticket(&world).await;
        world.pass_until_done().await;
        let before = by_reference(&world).len();
        let portal = world.simulator.cloud_direct();
        let failed = simulator::NewJob {
            status: Some("failed".to_owned()),
            ..simulator::NewJob::default()
        };
        let mut job = portal.finish_job(failed).unwrap();
        let ahead = jiff::SignedDuration::from_hours(51);
        job.started_at = job.started_at.map(|began| began + ahead);
        job.finished_at = job.finished_at.map(|ended| ended + ahead);
        assert!(portal.put_job(job));
        world.fault("Tickets/create", When::Once, What::DropAfter);
        let limits = Limits::default();
        world.pass_within(limits).await.unwrap();
        let day = jiff::SignedDuration::from_hours(25);
        world.clock.advance(day);
        world.simulator.advance(day.unsigned_abs());
        let report = world.pass_within(Limits::default()).await.unwrap();
        assert_eq!((report.sent, report.found), (0, 1), "{api:?} {report:?}");
        assert_eq!(by_reference(&world).len(), before + 1);
    }
}

/// The other computer reads it with another end, a day after the ticket was made.
#[tokio::test(flavor = "multi_thread")]
async fn a_job_whose_end_was_put_later_is_found_by_the_key_in_the_description() {
    for api in BOTH {
        let world = world(api).await;
        send_test_ticket(&world).await;
        world.pass_until_done().await;
        let made = by_reference(&world);
        let portal = world.simulator.cloud_direct();
        let later = jiff::SignedDuration::from_hours(30);
        world.clock.advance(later);
        world.simulator.advance(later.unsigned_abs());
        for mut job in portal.jobs() {
            job.finished_at = job.finished_at.map(|ended| ended + later);
            assert!(portal.put_job(job));
        }
        let (_folder, store, connection) = world.other_computer(api).await;
        let (cancel, limits) = (CancellationToken::new(), Limits::default());
        let second = pass::run(&store, &connection, &world.clock, &limits, &cancel, &|_| {});
        let second = second.await.unwrap();
        assert_eq!(
            (second.sent, second.found),
            (0, made.len() as u64),
            "{api:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_test_ticket_carries_its_key_so_that_a_lost_one_can_be_found() {
    for api in BOTH {
        let world = world(api).await;
        send_test_ticket(&world).await;
        world.clock.advance(jiff::SignedDuration::from_mins(1));
        send_test_ticket(&world).await;
        let tickets = world.simulator.autotask().tickets();
        let keys: Vec<&str> = tickets.iter().filter_map(reference).collect();
        assert_eq!(keys.len(), 2);
        assert!(
            keys.iter().all(|key| key.starts_with("ucd-test-")),
            "{keys:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_tickets_numbers_tell_it_too_and_a_kept_field_ends_it() {
    for api in BOTH {
        let world = world(api).await;
        let report = world.pass().await.unwrap();
        assert!(
            report.notices.iter().any(|one| one.contains("ExternalID")),
            "{report:?}"
        );
        let before = by_reference(&world).len();
        let job = simulator::NewJob {
            status: Some("failed".to_owned()),
            ..simulator::NewJob::default()
        };
        world
            .simulator
            .cloud_direct()
            .finish_job(job.clone())
            .unwrap();
        let report = world.pass().await.unwrap();
        assert_eq!((report.sent, by_reference(&world).len()), (1, before + 1));
        assert!(report.notices.is_empty(), "said once: {report:?}");

        // The administrator has put it right, and a test ticket shows it.
        set_external_id_hidden(&world, false);
        assert_eq!(
            send_test_ticket(&world).await.warnings,
            Vec::<String>::new()
        );
        world.simulator.cloud_direct().finish_job(job).unwrap();
        assert_eq!(world.pass().await.unwrap().sent, 1);
        let newest = world.simulator.autotask().tickets().pop().unwrap();
        assert!(newest.external_id.is_some());
        assert!(!newest.description.contains("Reference:"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_of_the_time_before_a_test_ticket_showed_the_field_makes_no_second_ticket() {
    for api in BOTH {
        let world = World::mapped(api, config(1, 0)).await;
        hide_external_id(&world);
        send_test_ticket(&world).await;
        let job = simulator::NewJob {
            status: Some("failed".to_owned()),
            ..simulator::NewJob::default()
        };
        world.simulator.cloud_direct().finish_job(job).unwrap();
        world.fault("Tickets/create", When::Always, What::DropAfter);
        let report = world.pass_within(Limits::default()).await.unwrap();
        assert_eq!(report.unclear, 1, "{report:?}");
        world.simulator.faults().clear();

        world.clock.advance(jiff::SignedDuration::from_mins(1));
        set_external_id_hidden(&world, false);
        send_test_ticket(&world).await;
        world.clock.advance(jiff::SignedDuration::from_mins(6));
        let report = world.pass_within(Limits::default()).await.unwrap();
        assert_eq!((report.sent, report.found), (0, 1), "{report:?}");
    }
}

/// One that is set up after the field is shown again learns from its first ticket that it is kept.
#[tokio::test(flavor = "multi_thread")]
async fn an_installation_finds_what_another_has_sent_before_the_field_was_shown() {
    for api in BOTH {
        let world = world(api).await;
        world.pass_until_done().await;
        let made = world.simulator.autotask().tickets().len();
        set_external_id_hidden(&world, false);
        let (_folder, store, connection) = world.other_computer(api).await;
        let cancel = CancellationToken::new();
        let job = simulator::NewJob {
            status: Some("failed".to_owned()),
            ..simulator::NewJob::default()
        };
        world.simulator.cloud_direct().finish_job(job).unwrap();
        for _ in 0..2 {
            let limits = Limits::default();
            let pass = pass::run(&store, &connection, &world.clock, &limits, &cancel, &|_| {});
            pass.await.unwrap();
        }
        assert_eq!(store.counts().unwrap().waiting, 0);
        assert_eq!(world.simulator.autotask().tickets().len(), made + 1);
    }
}

/// Before its first ticket an installation does not know where its keys are kept.
#[tokio::test(flavor = "multi_thread")]
async fn an_installation_finds_what_another_has_sent_where_the_field_is_hidden_or_was() {
    for api in BOTH {
        for hidden in [true, false] {
            let world = world(api).await;
            send_test_ticket(&world).await;
            let first = world.pass().await.unwrap();
            let mut choices = world.simulator.autotask().choices();
            choices.external_id_hidden = hidden;
            world.simulator.autotask().set_choices(choices);
            let (_folder, store, connection) = world.other_computer(api).await;
            let cancel = CancellationToken::new();
            let limits = Limits::default();
            let clock = &world.clock;
            let second = pass::run(&store, &connection, clock, &limits, &cancel, &|_| {});
            let second = second.await.unwrap();
            assert_eq!(
                (second.sent, second.found),
                (0, first.sent),
                "{api:?} {hidden}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_tickets_of_all_can_be_found_too() {
    for api in BOTH {
        let world = world(api).await;
        let when = if api == Api::Soap {
            When::Once
        } else {
            When::EveryNth(3)
        };
        world.fault("Tickets/create", when, What::DropAfter);
        world.pass_until_done().await;
        let expected = world.expected(&world.store.settings().unwrap());
        let made = by_reference(&world);
        assert!(made.keys().eq(expected.keys()), "{api:?}");
        assert!(made.values().all(|tickets| tickets.len() == 1), "{api:?}");
    }
}

/// What stands in a description is looked for among the tickets of some time; this computer's clock, or
/// that of the system that was backed up, is days ahead of Autotask's.
#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_days_ahead_does_not_hide_a_ticket_whose_answer_was_lost() {
    for api in BOTH {
        let world = World::mapped(api, config(1, 0)).await;
        hide_external_id(&world);
        send_test_ticket(&world).await;
        let mut alerts = world.store.settings().unwrap().alerts.unwrap();
        alerts.digest = alerts.error.clone();
        world.store.save_alerts(&alerts, world.clock.now()).unwrap();
        let three_days = jiff::SignedDuration::from_hours(3 * 24);
        let job = simulator::NewJob {
            status: Some("failed".to_owned()),
            finished_at: Some(world.simulator.now() + three_days),
            ..simulator::NewJob::default()
        };
        world.simulator.cloud_direct().finish_job(job).unwrap();
        a_lost_ticket_is_found(&world).await;
        world.clock.advance(three_days);
        world.pass().await.unwrap();
        world.clock.advance(jiff::SignedDuration::from_hours(24));
        a_lost_ticket_is_found(&world).await;
        let made = by_reference(&world);
        assert_eq!(made.len(), 1 + 4, "a job's, and four days' digests");
        assert!(made.values().all(|tickets| tickets.len() == 1), "{api:?}");
    }
}

/// One ticket goes out, and its answer does not come.
async fn a_lost_ticket_is_found(world: &World) {
    world.fault("Tickets/create", When::Always, What::DropAfter);
    let report = world.pass_within(Limits::default()).await.unwrap();
    assert_eq!((report.planned, report.unclear), (1, 1), "{report:?}");
    world.simulator.faults().clear();
    world.clock.advance(jiff::SignedDuration::from_mins(6));
    let report = world.pass_within(Limits::default()).await.unwrap();
    assert_eq!((report.sent, report.found), (0, 1), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_two_computers_sent_at_the_same_moment_is_told() {
    for api in BOTH {
        let world = World::mapped(api, config(3, 8)).await;
        let (_folder, store, connection) = world.other_computer(api).await;
        race(&world, &store, &connection).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_told_as_well_where_the_key_stands_in_the_description() {
    for api in BOTH {
        let world = world(api).await;
        let (_folder, store, connection) = world.other_computer(api).await;
        // Both know by a test ticket that the field is hidden.
        let account = *world.accounts().values().next().unwrap();
        send_test_ticket(&world).await;
        world.clock.advance(jiff::SignedDuration::from_mins(1));
        test_ticket::send(&store, &connection.autotask, account, &world.clock)
            .await
            .unwrap();
        race(&world, &store, &connection).await;
    }
}

/// Both computers look before either has sent.
async fn race(world: &World, store: &Store, connection: &Connection) {
    let delay = What::Delay(Duration::from_millis(400));
    world.fault("Tickets/query", When::Always, delay);
    let limits = Limits::default();
    let cancel = CancellationToken::new();
    let others_pass = async || {
        pass::run(store, connection, &world.clock, &limits, &cancel, &|_| {})
            .await
            .unwrap()
    };
    let (first, second) = tokio::join!(world.pass(), others_pass());
    let first = first.unwrap();
    assert_eq!((first.sent, first.found), (second.sent, second.found));
    let told = |report: &Report| {
        let mut notices = report.notices.iter();
        notices.any(|one| one.contains("two tickets "))
    };
    assert!(told(&first) || told(&second), "{first:?} {second:?}");
    world.simulator.faults().clear();
    for again in [world.pass().await.unwrap(), others_pass().await] {
        assert_eq!((again.sent, again.notices.len()), (0, 0), "{again:?}");
    }
}
