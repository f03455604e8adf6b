//! What tickets refer to is renamed, made inactive or deleted in Autotask, and is there again: nothing
//! is blamed for it, what has to wait says why, and goes on by itself.

use jiff::SignedDuration;
use simulator::{NewJob, PicklistField};
use sync::{
    activity::{self, Filter},
    alerts::Kind,
    clock::Clock as _,
    mapping,
    pass::Report,
    settings::{Alerts, Api, Pick},
    status, test_ticket,
};

use crate::world::{BOTH, World, config};

/// A world in which the choices of Options are ids, and have just been read.
async fn chosen(api: Api, jobs: usize) -> World {
    let world = World::mapped(api, config(5, jobs)).await;
    let alerts = rows(&world).resolved(&world.store.picklists().unwrap());
    world.store.save_alerts(&alerts, world.clock.now()).unwrap();
    world
}

fn rows(world: &World) -> Alerts {
    world.store.settings().unwrap().alerts.unwrap()
}

fn id(pick: &Option<Pick>) -> i64 {
    pick.as_ref().and_then(Pick::id).unwrap()
}

/// What the postings wait for, each reason once.
fn reasons(world: &World) -> Vec<String> {
    let now = world.clock.now();
    let page = activity::query(&world.store, Filter::Waiting, "", None, 500, now).unwrap();
    let mut reasons: Vec<_> = page.rows.into_iter().map(|row| row.state_text).collect();
    reasons.sort();
    reasons.dedup();
    reasons
}

#[track_caller]
fn waits_for(world: &World, report: &Report, words: &str) {
    assert_eq!((report.needs_attention, &report.problems[..]), (0, &[][..]));
    assert!(report.waiting > 0, "{report:?}");
    let reasons = reasons(world);
    assert!(
        matches!(&reasons[..], [reason] if reason.contains(words)),
        "{reasons:?}"
    );
}

/// In the next pass, not an hour later.
async fn goes_on_by_itself(world: &World) {
    let report = world.pass().await.unwrap();
    assert_eq!(
        (report.waiting, report.needs_attention),
        (0, 0),
        "{report:?}"
    );
    let status = status::read(&world.store, world.clock.now()).unwrap();
    assert_eq!(status.blocked, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_priority_that_is_there_again_sends_what_waited_for_it_with_the_next_pass() {
    for api in BOTH {
        let world = chosen(api, 200).await;
        let low = id(&rows(&world).success.priority);
        world.simulator.autotask().set_priority_active(low, false);
        let report = world.pass().await.unwrap();
        waits_for(
            &world,
            &report,
            "The priority \"Low\" of Success is no longer active",
        );
        assert!(report.sent > 0, "the other rows go on: {report:?}");
        // Still gone: looked at again, and no more.
        let before = world.autotask_calls();
        let report = world.pass().await.unwrap();
        waits_for(&world, &report, "\"Low\"");
        assert!(world.autotask_calls() - before <= 3);

        world.simulator.autotask().set_priority_active(low, true);
        goes_on_by_itself(&world).await;
        world.assert_each_job_has_its_ticket();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_status_new_everything_waits_and_nothing_is_blamed() {
    for api in BOTH {
        // Few enough that nobody would take it for everybody's fault, and many.
        for jobs in [3, 200] {
            let world = chosen(api, jobs).await;
            let autotask = world.simulator.autotask();
            let set_active =
                |active| autotask.set_picklist_value_active(PicklistField::Status, 1, active);
            set_active(false);
            let report = world.pass().await.unwrap();
            waits_for(&world, &report, "The ticket status \"New\"");
            assert_eq!((report.sent, report.waiting), (0, report.planned));
            let status = status::read(&world.store, world.clock.now()).unwrap();
            assert_eq!(status.state, status::State::NeedsAttention);
            assert!(status.blocked[0].reason.contains("Make it active there"));

            set_active(true);
            goes_on_by_itself(&world).await;
            world.assert_each_job_has_its_ticket();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_ticket_looks_again_before_it_says_that_its_row_is_blocked() {
    for api in BOTH {
        let world = chosen(api, 0).await;
        let autotask = world.simulator.autotask();
        let high = id(&rows(&world).error.priority);
        autotask.set_priority_active(high, false);
        world.clock.advance(SignedDuration::from_mins(61));
        let client = &world.connection.autotask;
        let account = autotask.companies()[1].id;
        let refused = test_ticket::send(&world.store, client, account, &world.clock).await;
        assert!(
            matches!(refused, Err(test_ticket::TestTicketError::RowBlocked(_))),
            "{refused:?}"
        );
        autotask.set_priority_active(high, true);
        let sent = test_ticket::send(&world.store, client, account, &world.clock).await;
        assert_eq!(sent.unwrap().warnings, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_is_renamed_keeps_its_tickets_and_shows_its_new_name() {
    for api in BOTH {
        let world = chosen(api, 20).await;
        let queue = id(&rows(&world).error.queue);
        let renamed = world.simulator.autotask().rename_picklist_value(
            PicklistField::Queue,
            queue,
            "Backups",
        );
        assert!(renamed);
        goes_on_by_itself(&world).await;

        world.clock.advance(SignedDuration::from_mins(61));
        finish_a_job(&world, None);
        goes_on_by_itself(&world).await;
        let lists = world.store.picklists().unwrap();
        let value = lists.queues.iter().find(|value| value.id == queue).unwrap();
        assert_eq!((value.label.as_str(), value.active), ("Backups", true));
        world.assert_each_job_has_its_ticket();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_is_deleted_makes_its_row_wait_until_another_is_chosen() {
    for api in BOTH {
        let world = chosen(api, 200).await;
        let mut alerts = rows(&world);
        let autotask = world.simulator.autotask();
        autotask.delete_picklist_value(PicklistField::Queue, id(&alerts.success.queue));
        let report = world.pass().await.unwrap();
        waits_for(&world, &report, "The queue \"Level I Support\" of Success");
        let status = status::read(&world.store, world.clock.now()).unwrap();
        let blocked: Vec<Kind> = status.blocked.iter().map(|blocked| blocked.row).collect();
        assert_eq!(blocked, [Kind::Success]);

        let other = autotask.queues()[3].id.parse().unwrap();
        alerts.success.queue = Some(Pick::Id(other));
        world.store.save_alerts(&alerts, world.clock.now()).unwrap();
        goes_on_by_itself(&world).await;
        world.assert_each_job_has_its_ticket();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_renamed_keeps_its_tickets_and_shows_its_new_name() {
    for api in BOTH {
        let world = chosen(api, 40).await;
        let (organization, account) = world.accounts().into_iter().next().unwrap();
        world.pass().await.unwrap();
        world
            .simulator
            .autotask()
            .rename_company(account, "Renamed Ltd");

        // After a while: not with each pass, that would be a call for nothing.
        world.clock.advance(SignedDuration::from_mins(61));
        finish_a_job(&world, Some(&organization));
        goes_on_by_itself(&world).await;

        let rows = mapping::rows(&world.store).unwrap();
        let row = rows.iter().find(|row| row.organization_id == organization);
        let shown = row.unwrap().account.clone().unwrap();
        assert_eq!((shown.name.as_str(), shown.active), ("Renamed Ltd", true));
        let found = |text| {
            let now = world.clock.now();
            activity::query(&world.store, Filter::All, text, None, 500, now).unwrap()
        };
        let of_account: Vec<_> = found(&row.unwrap().organization)
            .rows
            .into_iter()
            .map(|row| row.account)
            .collect();
        assert!(of_account.len() > 1, "earlier tickets, and the new one");
        assert!(
            of_account
                .iter()
                .all(|account| account.as_deref() == Some("Renamed Ltd")),
            "{of_account:?}"
        );
        assert_eq!(found("renamed ltd").rows.len(), of_account.len());
        world.assert_each_job_has_its_ticket();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_made_inactive_holds_its_postings_until_it_is_active_again() {
    for api in BOTH {
        let world = chosen(api, 0).await;
        let (organization, account) = world.accounts().into_iter().next().unwrap();
        world
            .simulator
            .autotask()
            .set_company_active(account, false);
        // Autotask takes tickets for it all the same, so nobody is told before the next look.
        world.clock.advance(SignedDuration::from_mins(61));
        finish_a_job(&world, Some(&organization));
        let report = world.pass().await.unwrap();
        waits_for(&world, &report, "the account is inactive in Autotask");
        let rows = mapping::rows(&world.store).unwrap();
        let row = rows.iter().find(|row| row.organization_id == organization);
        assert_eq!(row.unwrap().state, mapping::State::AccountInactive);
        assert_eq!(row.unwrap().waiting, 1);

        world.simulator.autotask().set_company_active(account, true);
        goes_on_by_itself(&world).await;
        world.assert_each_job_has_its_ticket();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_deleted_holds_its_postings_until_another_is_chosen() {
    for api in BOTH {
        let world = chosen(api, 60).await;
        let accounts = world.accounts();
        let (organization, account) = accounts.iter().next().unwrap();
        let (_, other) = accounts.iter().nth(1).unwrap();
        let jobs = world.simulator.cloud_direct().jobs();
        assert!(jobs.iter().any(|job| job.organization_id == *organization));
        world.simulator.autotask().delete_company(*account);
        let report = world.pass().await.unwrap();
        waits_for(&world, &report, "no longer there");
        assert!(report.sent > 0, "the others go on: {report:?}");
        let waiting = report.waiting;
        world.pass().await.unwrap();

        let input = mapping::Input {
            organization_id: organization.clone(),
            account: Some(*other),
            ..mapping::Input::default()
        };
        let names = mapping::Names::default();
        mapping::save(&world.store, &input, &names, world.clock.now()).unwrap();
        let tickets = |account| {
            let tickets = world.simulator.autotask().tickets();
            let ours = tickets.iter().filter(|one| one.external_id.is_some());
            ours.filter(|one| one.company_id == account).count() as u64
        };
        let before = tickets(*other);
        goes_on_by_itself(&world).await;
        assert_eq!(tickets(*other), before + waiting);
        assert_eq!(tickets(*account), 0);
    }
}

fn finish_a_job(world: &World, organization: Option<&str>) {
    let job = NewJob {
        organization_id: organization.map(str::to_owned),
        status: Some("failed".to_owned()),
        ..NewJob::default()
    };
    world.simulator.cloud_direct().finish_job(job).unwrap();
}
