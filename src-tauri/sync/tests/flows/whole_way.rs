use simulator::{NewJob, Service};
use sync::{
    activity::{self, Filter},
    clock::Clock as _,
    forecast,
    settings::Api,
    status, test_ticket,
};

use crate::world::{BOTH, World, calls, config};

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_customers_and_two_thousand_jobs_make_each_ticket_once_over_both_transports() {
    // Some jobs are restores, which make none: more of them, so that it is 2,000 tickets over SOAP.
    for (api, jobs) in [(Api::Rest, 2_000), (Api::Soap, 2_240)] {
        let world = World::mapped(api, config(200, jobs)).await;
        // As a partner does who sets it up; it shows where keys are kept.
        let account = *world.accounts().values().next().unwrap();
        let client = &world.connection.autotask;
        test_ticket::send(&world.store, client, account, &world.clock)
            .await
            .unwrap();
        world.simulator.autotask().clear_journal();
        let report = world.pass().await.unwrap();
        assert_eq!(report.problems, []);
        assert_eq!(report.sent, report.planned);
        assert_eq!(
            (report.waiting, report.needs_attention, report.found),
            (0, 0, 0)
        );
        world.assert_each_job_has_its_ticket();
        let used = world.autotask_calls();
        println!("{api:?}: {} tickets in {used} calls", report.sent);
        if api == Api::Soap {
            assert!(report.sent >= 2_000, "{report:?}");
            assert!(used <= 25, "{used} calls");
        }

        world.simulator.autotask().clear_journal();
        let again = world.pass().await.unwrap();
        assert_eq!(
            (again.planned, again.sent, again.found, again.jobs_new),
            (0, 0, 0, 0)
        );
        assert_eq!(world.autotask_calls(), 0, "nothing to send, nothing to ask");
        world.assert_each_job_has_its_ticket();

        let page = activity::query(&world.store, Filter::Sent, "", None, 500, world.clock.now());
        let page = page.unwrap();
        assert_eq!((page.rows.len(), page.more), (500, true));
        assert!(page.rows.iter().all(|row| row.ticket_number.is_some()));
        let status = status::read(&world.store, world.clock.now()).unwrap();
        assert_eq!(
            (status.state, status.done),
            (status::State::UpToDate, 1 + report.sent)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reinstall_finds_what_was_sent_instead_of_sending_it_again() {
    for api in BOTH {
        let world = World::mapped(api, config(10, 150)).await;
        let first = world.pass().await.unwrap();
        let World { simulator, .. } = world;
        let portal = crate::world::portal_settings(&simulator);
        let anew = World::with_source(simulator, api, portal).await;
        anew.map_all();
        let second = anew.pass().await.unwrap();
        assert_eq!((second.sent, second.found), (0, first.sent));
        anew.assert_each_job_has_its_ticket();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_outcomes_that_are_switched_on_make_tickets() {
    let world = World::mapped(Api::Rest, config(10, 150)).await;
    let mut alerts = world.store.settings().unwrap().alerts.unwrap();
    alerts.success.enabled = false;
    world.store.save_alerts(&alerts, world.clock.now()).unwrap();
    let report = world.pass().await.unwrap();
    assert!(report.sent > 0 && report.sent < 60, "{report:?}");
    world.assert_each_job_has_its_ticket();

    let forecast = forecast::forecast(&world.store, &alerts, world.clock.now(), 30).unwrap();
    assert_eq!(forecast.tickets, report.sent);
    assert_eq!(forecast.tickets, forecast.warning + forecast.error);
    assert!(forecast.success > 90, "{forecast:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_finishes_later_goes_out_with_the_next_pass() {
    let world = World::mapped(Api::Rest, config(3, 20)).await;
    world.pass().await.unwrap();
    let job = NewJob {
        status: Some("failed".to_owned()),
        ..NewJob::default()
    };
    world.simulator.cloud_direct().finish_job(job).unwrap();
    let report = world.pass().await.unwrap();
    assert_eq!((report.jobs_new, report.sent), (1, 1));
    world.assert_each_job_has_its_ticket();
    assert!(calls(&world.simulator, Service::CloudDirect) < 20);
}
