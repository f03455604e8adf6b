use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use simulator::{Fault, Service, Ticket, What, When};
use sync::{
    activity::{self, Filter},
    clock::Clock as _,
    mapping,
    settings::{AlertRow, Api, Pick},
};

use crate::world::{BOTH, World, config};

/// Digests at 06:00, and a first look at the clock: 13:00 on 23 November in Berlin.
async fn with_digests(api: Api) -> World {
    let world = World::new(api, config(5, 100)).await;
    let organizations: Vec<String> = world.accounts().into_keys().collect();
    for organization in &organizations[..4] {
        world.map(organization);
    }
    set_digest(&world, true, Some("High"));
    let report = world.pass().await.unwrap();
    assert_eq!(report.problems, []);
    assert_eq!(digests(&world), BTreeMap::new(), "no backlog");
    world
}

fn set_digest(world: &World, enabled: bool, priority: Option<&str>) {
    let queues = world.simulator.autotask().queues();
    let mut alerts = world.store.settings().unwrap().alerts.unwrap();
    alerts.digest = AlertRow {
        enabled,
        priority: priority.map(|label| Pick::Label(label.to_owned())),
        queue: Some(Pick::Label(queues[1].label.clone())),
        days_due: None,
    };
    world.store.save_alerts(&alerts, world.clock.now()).unwrap();
}

/// The digests in Autotask by their key, each there once.
#[track_caller]
fn digests(world: &World) -> BTreeMap<String, Ticket> {
    let mut digests = BTreeMap::new();
    for ticket in world.simulator.autotask().tickets() {
        let key = ticket.external_id.clone().unwrap_or_default();
        if key.starts_with("ucd-day-") {
            let twice = digests.insert(key, ticket);
            assert!(twice.is_none(), "{twice:#?}");
        }
    }
    digests
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_mapped_customer_gets_one_digest_of_a_day_over_both_transports() {
    for api in BOTH {
        let world = with_digests(api).await;
        world.clock.set(at("2026-11-24T04:59:59Z"));
        let early = world.pass().await.unwrap();
        assert_eq!((early.planned, digests(&world).len()), (0, 0));
        let next = early.next_digest.unwrap();
        let by_then = at("2026-11-24T05:00:00Z")..=at("2026-11-24T05:02:00Z");
        assert!(by_then.contains(&next), "{next}");

        world.clock.set(at("2026-11-24T05:00:00Z"));
        let report = world.pass().await.unwrap();
        assert_eq!((report.planned, report.sent), (4, 4), "{report:?}");
        let sent = digests(&world);
        assert_eq!(sent.len(), 4);
        let queue = world.simulator.autotask().queues()[1].id.clone();
        for ticket in sent.values() {
            assert!(ticket.title.starts_with("Daily Digest 2026-11-23: "));
            assert!(ticket.description.contains("Monday, 23 November 2026"));
            assert_eq!(ticket.queue_id, Some(queue.parse().unwrap()));
            assert_eq!(ticket.due, Some(at("2026-11-24T22:59:00Z")));
        }
        let again = world.pass().await.unwrap();
        assert_eq!((again.planned, again.sent), (0, 0));
        assert_eq!(digests(&world).len(), 4);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn missed_days_are_made_up_for_under_their_own_dates() {
    let world = with_digests(Api::Soap).await;
    world.clock.set(at("2026-11-26T09:00:00Z"));
    let report = world.pass().await.unwrap();
    assert_eq!(report.sent, 12, "{report:?}");
    let sent = digests(&world);
    let mut tickets: Vec<&Ticket> = sent.values().collect();
    tickets.sort_by_key(|ticket| ticket.id);
    let dates: Vec<&str> = tickets.iter().map(|ticket| &ticket.title[13..23]).collect();
    assert!(dates.is_sorted(), "oldest first: {dates:?}");
    for date in ["2026-11-23", "2026-11-24", "2026-11-25"] {
        assert_eq!(dates.iter().filter(|found| **found == date).count(), 4);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn days_that_are_too_long_ago_are_told_and_stand_in_the_ledger_once() {
    let world = with_digests(Api::Soap).await;
    world.clock.set(at("2026-12-14T09:00:00Z"));
    let report = world.pass().await.unwrap();
    assert_eq!(report.sent, 14 * 4, "{report:?}");
    world.pass().await.unwrap();

    let notices = world.store.notices(10).unwrap();
    let told = |text: &str| text.contains("no Daily Digests of 2026-11-23 to 2026-11-29");
    let told = notices.iter().filter(|notice| told(&notice.text)).count();
    assert_eq!(told, 1, "{notices:#?}");
    let mut ledger = Vec::new();
    sync::ledger::export_json(&world.store, &mut ledger).unwrap();
    let ledger = String::from_utf8(ledger).unwrap();
    let lines: Vec<&str> = ledger
        .lines()
        .filter(|line| line.contains("\"left out\""))
        .collect();
    let [line] = lines[..] else {
        panic!("{lines:?}");
    };
    assert!(line.contains("2026-11-23 to 2026-11-29"), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_without_jobs_has_a_digest_that_says_so_or_none() {
    let world = with_digests(Api::Rest).await;
    let busy = world.accounts().into_keys().nth(3).unwrap();
    world.clock.set(at("2026-11-25T09:00:00Z"));
    world.simulator.advance(std::time::Duration::from_hours(30));
    world
        .simulator
        .cloud_direct()
        .finish_job(simulator::NewJob {
            organization_id: Some(busy.clone()),
            ..simulator::NewJob::default()
        });
    world.pass().await.unwrap();
    let sent = digests(&world);
    let quiet = |ticket: &&Ticket| ticket.title.starts_with("Daily Digest 2026-11-24: no jobs");
    assert_eq!(sent.len(), 8);
    assert_eq!(sent.values().filter(quiet).count(), 3, "{sent:#?}");

    let mut alerts = world.store.settings().unwrap().alerts.unwrap();
    alerts.digest_without_jobs = false;
    world.store.save_alerts(&alerts, world.clock.now()).unwrap();
    let previews = sync::digest::preview(&world.store, jiff::civil::date(2026, 11, 24), None);
    let told: Vec<String> = previews
        .unwrap()
        .into_iter()
        .filter(|preview| !preview.left_out)
        .map(|preview| preview.organization_id)
        .collect();
    assert_eq!(told, [busy]);
    world.clock.set(at("2026-11-27T09:00:00Z"));
    assert_eq!(world.pass().await.unwrap().planned, 0);
    assert_eq!(digests(&world).len(), 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_token_may_not_read_is_not_told_as_a_day_without_jobs() {
    let world = with_digests(Api::Rest).await;
    let (hidden, account) = world.accounts().into_iter().next().unwrap();
    let portal = world.simulator.cloud_direct();
    portal.set_forbidden(&hidden, true);
    world.clock.set(at("2026-11-30T09:00:00Z"));
    world.pass().await.unwrap();
    let title = |day: &str| {
        let start = format!("Daily Digest {day}: ");
        let of_it = |ticket: &&Ticket| ticket.company_id == account;
        let sent = digests(&world);
        let ticket = sent
            .values()
            .filter(of_it)
            .find(|ticket| ticket.title.starts_with(&start));
        ticket.unwrap().title.clone()
    };
    let kept_back = title("2026-11-29");
    assert!(kept_back.contains(": no jobs read ("), "{kept_back}");

    portal.set_forbidden(&hidden, false);
    world.clock.set(at("2026-12-01T09:30:00Z"));
    world.pass().await.unwrap();
    let read = title("2026-11-30");
    assert!(read.contains(": no jobs ("), "{read}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_is_not_told_before_its_jobs_have_been_asked_for() {
    let world = with_digests(Api::Rest).await;
    world.clock.set(at("2026-11-24T09:00:00Z"));
    world.simulator.faults().add(Fault {
        service: Service::CloudDirect,
        on: None,
        when: When::Always,
        what: What::HtmlPage,
    });
    let report = world.pass().await.unwrap();
    assert!(!report.problems.is_empty(), "{report:?}");
    assert_eq!(digests(&world).len(), 0);
    world.simulator.faults().clear();
    world.clock.advance(SignedDuration::from_mins(5));
    assert_eq!(world.pass().await.unwrap().sent, 4);
    assert_eq!(digests(&world).len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_whose_answer_is_lost_is_there_once_also_after_a_restart() {
    for api in BOTH {
        let world = with_digests(api).await;
        world.clock.set(at("2026-11-24T05:00:00Z"));
        world.fault("Tickets/create", When::Once, What::DropAfter);
        let limits = sync::pass::Limits::default();
        world.pass_within(limits).await.unwrap();
        let world = world.restarted().await;
        world.clock.advance(SignedDuration::from_hours(1));
        let report = world.pass().await.unwrap();
        assert_eq!((report.unclear, report.needs_attention), (0, 0));
        assert_eq!(digests(&world).len(), 4);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_its_row_is_taken_back_when_digests_are_switched_off() {
    let world = with_digests(Api::Rest).await;
    // Of the organization that is not mapped.
    let others = world.store.counts().unwrap().waiting;
    set_digest(&world, true, None);
    world.clock.set(at("2026-11-24T05:00:00Z"));
    assert_eq!(world.pass().await.unwrap().waiting, others + 4);
    let page = activity::query(
        &world.store,
        Filter::Waiting,
        "",
        None,
        10,
        world.clock.now(),
    );
    let row = &page.unwrap().rows[0];
    assert_eq!(row.what, "Daily Digest");
    assert_eq!(
        row.state_text,
        "Waits: No priority is chosen for Daily Digest. Choose one in Options."
    );
    let excluded = mapping::Input {
        organization_id: world.accounts().into_keys().next().unwrap(),
        excluded: Some("ours".to_owned()),
        ..mapping::Input::default()
    };
    let names = mapping::Names::default();
    mapping::save(&world.store, &excluded, &names, world.clock.now()).unwrap();
    assert_eq!(world.pass().await.unwrap().waiting, others + 3);
    set_digest(&world, false, None);
    assert_eq!(world.pass().await.unwrap().waiting, others);
    set_digest(&world, true, Some("Low"));
    assert_eq!(world.pass().await.unwrap().waiting, others);
    assert_eq!(digests(&world).len(), 0, "the day is over");
}

/// In a folder of exports: the last jobs of the day may be in the file that is being written.
#[tokio::test(flavor = "multi_thread")]
async fn a_digest_waits_for_an_export_that_is_being_written_but_not_for_good() {
    let simulator = simulator::Simulator::start(config(2, 0)).await.unwrap();
    let exports = tempfile::tempdir().unwrap();
    let source = crate::world::folder_settings(exports.path());
    let world = World::with_source(simulator, Api::Rest, source).await;
    let head = "id,organization,system,status,finished\n";
    let ended = "finished,2026-11-20T01:00:00Z";
    let rows = format!("{head}job-1,org-0001,SRV-1,{ended}\njob-2,org-0002,SRV-1,{ended}\n");
    crate::folder::drop_in(exports.path(), "jobs-1.csv", rows.as_bytes());
    std::fs::write(exports.path().join("jobs-2.csv"), head).unwrap();
    world.pass().await.unwrap();
    world.map_all();
    set_digest(&world, true, Some("High"));
    world.pass().await.unwrap();

    world.clock.set(at("2026-11-24T05:10:00Z"));
    let report = world.pass().await.unwrap();
    assert_eq!(digests(&world).len(), 0, "{report:?}");
    assert_eq!(report.next_digest, Some(at("2026-11-24T05:11:00Z")));
    world.clock.set(at("2026-11-24T06:00:00Z"));
    let report = world.pass().await.unwrap();
    assert_eq!(digests(&world).len(), 2, "{report:?}");
}
