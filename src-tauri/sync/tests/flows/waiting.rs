use simulator::{What, When};
use sync::{
    activity::{self, Filter},
    clock::Clock as _,
    mapping,
    outbox::State,
    settings::{Api, Pick},
    status, test_ticket,
};

use crate::world::{BOTH, World, config};

#[tokio::test(flavor = "multi_thread")]
async fn unmapped_organizations_wait_visibly_and_go_when_they_are_mapped() {
    for api in BOTH {
        let world = World::new(api, config(4, 60)).await;
        let report = world.pass().await.unwrap();
        assert_eq!((report.sent, report.waiting), (0, report.planned));
        let page = activity::query(
            &world.store,
            Filter::Waiting,
            "",
            None,
            10,
            world.clock.now(),
        )
        .unwrap();
        assert_eq!(
            page.rows[0].state_text,
            "Waits: the organization is not mapped"
        );
        let rows = mapping::rows(&world.store).unwrap();
        let waiting: u64 = rows.iter().map(|row| row.waiting).sum();
        assert_eq!(waiting, report.planned);
        assert!(
            rows[0]
                .note
                .as_ref()
                .unwrap()
                .contains("Choose the account")
        );

        let first = world.accounts().into_keys().next().unwrap();
        world.map(&first);
        let report = world.pass().await.unwrap();
        assert!(report.sent > 0 && report.waiting > 0, "{report:?}");
        world.map_all();
        let report = world.pass().await.unwrap();
        assert_eq!(report.waiting, 0);
        world.assert_each_job_has_its_ticket();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_vanishes_blocks_its_row_with_the_reason_and_only_that_row() {
    for api in BOTH {
        let world = World::mapped(api, config(5, 200)).await;
        // The picklists are read and fresh; then the queue of Success goes.
        let queue = world.simulator.autotask().queues()[0].clone();
        world
            .store
            .save_alerts(&crate::world::alerts(&world.simulator), world.clock.now())
            .unwrap();
        let resolved = world.store.settings().unwrap().alerts.unwrap();
        let resolved = resolved.resolved(&world.store.picklists().unwrap());
        world
            .store
            .save_alerts(&resolved, world.clock.now())
            .unwrap();
        world
            .simulator
            .autotask()
            .set_queue_active(queue.id.parse().unwrap(), false);
        world.simulator.autotask().clear_journal();

        let report = world.pass().await.unwrap();
        assert_eq!(report.needs_attention, 0, "{report:?}");
        assert!(report.waiting > 100 && report.sent > 0, "{report:?}");
        let page = activity::query(
            &world.store,
            Filter::Waiting,
            "",
            None,
            1,
            world.clock.now(),
        )
        .unwrap();
        let text = &page.rows[0].state_text;
        assert!(
            text.contains(&queue.label) && text.contains("no longer active"),
            "{text}"
        );
        let status = status::read(&world.store, world.clock.now()).unwrap();
        assert_eq!(status.state, status::State::NeedsAttention);

        // Another queue is chosen: what waited goes there.
        let mut alerts = world.store.settings().unwrap().alerts.unwrap();
        let other = world.simulator.autotask().queues()[1].id.parse().unwrap();
        alerts.success.queue = Some(Pick::Id(other));
        world.store.save_alerts(&alerts, world.clock.now()).unwrap();
        let report = world.pass().await.unwrap();
        assert_eq!(report.waiting, 0, "{report:?}");
        world.assert_each_job_has_its_ticket();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_was_made_inactive_holds_up_only_its_own_postings() {
    for api in BOTH {
        let world = World::mapped(api, config(5, 200)).await;
        let (organization, account) = world.accounts().into_iter().next().unwrap();
        world
            .simulator
            .autotask()
            .set_company_active(account, false);
        let report = world.pass().await.unwrap();
        let counts = world.store.counts().unwrap();
        assert!(report.sent > 0, "{report:?}");
        if counts.waiting + counts.needs_attention == 0 {
            // Autotask takes tickets for inactive accounts, so nothing is held up.
            world.simulator.autotask().set_company_active(account, true);
            world.assert_each_job_has_its_ticket();
            continue;
        }
        let rows = mapping::rows(&world.store).unwrap();
        let row = rows
            .iter()
            .find(|row| row.organization_id == organization)
            .unwrap();
        assert_eq!(row.state, mapping::State::AccountInactive);
        assert_eq!(row.waiting, counts.waiting);

        // Active again: noticed within the hour.
        world.simulator.autotask().set_company_active(account, true);
        world.clock.advance(jiff::SignedDuration::from_mins(61));
        let report = world.pass().await.unwrap();
        assert_eq!(report.waiting, 0, "{report:?}");
        world.assert_each_job_has_its_ticket();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_for_too_many_calls_pauses_everything_until_its_time() {
    for api in BOTH {
        let world = World::mapped(api, config(5, 40)).await;
        world.fault("Tickets/create", When::Once, What::QuotaUsedUp);
        let report = world.pass().await.unwrap();
        let until = report.paused_until.expect("a pause");
        assert!(until > world.clock.now());
        world.simulator.autotask().clear_journal();
        let report = world.pass().await.unwrap();
        assert_eq!((report.sent, report.paused_until), (0, Some(until)));
        assert_eq!(world.autotask_calls(), 0);
        world.clock.set(until);
        let report = world.pass().await.unwrap();
        assert_eq!(report.waiting, 0, "{report:?}");
        world.assert_each_job_has_its_ticket();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_that_is_excluded_makes_no_tickets() {
    let world = World::mapped(Api::Rest, config(3, 60)).await;
    let excluded = world.accounts().into_keys().next().unwrap();
    let input = mapping::Input {
        organization_id: excluded.clone(),
        excluded: Some("our own systems".to_owned()),
        ..mapping::Input::default()
    };
    mapping::save(
        &world.store,
        &input,
        &mapping::Names::default(),
        world.clock.now(),
    )
    .unwrap();
    let report = world.pass().await.unwrap();
    assert!(report.sent > 0 && report.waiting == 0, "{report:?}");
    let account = world.accounts()[&excluded];
    let tickets = world.simulator.autotask().tickets();
    let ours = tickets.iter().filter(|ticket| ticket.external_id.is_some());
    assert_eq!(
        ours.filter(|ticket| ticket.company_id == account).count(),
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_ticket_is_read_back_as_autotask_stored_it() {
    for api in BOTH {
        let world = World::new(api, config(3, 0)).await;
        let mut alerts = world.store.settings().unwrap().alerts.unwrap();
        alerts.error.enabled = false;
        world.store.save_alerts(&alerts, world.clock.now()).unwrap();
        let company = world.simulator.autotask().companies()[1].clone();
        let client = &world.connection.autotask;
        let ticket = test_ticket::send(&world.store, client, company.id, &world.clock)
            .await
            .unwrap();
        assert_eq!(ticket.warnings, [""; 0]);
        assert_eq!(ticket.account, company.name);
        let stored = world.simulator.autotask().tickets().pop().unwrap();
        assert_eq!(
            (stored.id, &stored.ticket_number),
            (ticket.id, &ticket.number)
        );
        assert_eq!(stored.priority, 1);
        let fields: Vec<&str> = ticket
            .fields
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(fields[..4], ["Number", "Account", "Title", "Status"]);

        let page =
            activity::query(&world.store, Filter::All, "", None, 10, world.clock.now()).unwrap();
        assert_eq!(
            (page.rows[0].what.as_str(), page.rows[0].state),
            ("Test ticket", State::Done)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_ticket_whose_answer_was_lost_is_looked_up_and_not_sent_again() {
    for (what, done) in [(What::DropAfter, true), (What::DropBefore, false)] {
        let world = World::new(Api::Rest, config(3, 0)).await;
        world.fault("Tickets/create", When::Once, what);
        let account = world.simulator.autotask().companies()[1].id;
        let client = &world.connection.autotask;
        let answer = test_ticket::send(&world.store, client, account, &world.clock).await;
        assert!(
            matches!(answer, Err(test_ticket::TestTicketError::Unclear(_))),
            "{answer:?}"
        );
        world.clock.advance(jiff::SignedDuration::from_mins(5));
        world.pass().await.unwrap();
        let counts = world.store.counts().unwrap();
        // It is over, and asks nobody to do anything.
        assert_eq!(
            (counts.done, counts.waiting, counts.needs_attention),
            (u64::from(done), 0, 0)
        );
        let tickets = world.simulator.autotask().tickets();
        let ours = tickets
            .iter()
            .filter(|ticket| ticket.external_id.is_some())
            .count();
        assert_eq!(ours, usize::from(done));
    }
}
