//! Autotask's limits: calls at the same time, and calls in an hour.

use std::time::Duration;

use simulator::{Config, Fault, NewJob, Service, Simulator, What, When};
use sync::{clock::Clock as _, pass::Limits, settings::Api};

use crate::world::{BOTH, World, config, portal_settings};

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_goes_out_two_calls_at_a_time_and_never_meets_a_limit() {
    for api in BOTH {
        let config = Config {
            limits: true,
            ..config(20, 260)
        };
        let world = World::mapped(api, config).await;
        // Now and then an answer takes so long that the next call is made meanwhile, however slowly
        // the program marks a ticket as being sent.
        for (on, when, delay) in [
            (Some("Tickets/create"), When::EveryNth(50), 500),
            (None, When::Always, 10),
        ] {
            world.simulator.faults().add(Fault {
                service: Service::Autotask,
                on: on.map(str::to_owned),
                when,
                what: What::Delay(Duration::from_millis(delay)),
            });
        }
        let report = world.pass().await.unwrap();
        assert!(report.sent > 200 && report.waiting == 0, "{report:?}");
        world.assert_each_job_has_its_ticket();
        let seen = world.simulator.autotask().limits_seen();
        assert_eq!((seen.thread_refusals, seen.quota_refusals), (0, 0));
        let at_a_time = seen.at_a_time["Tickets"];
        // SOAP sends one batch after the other; REST needs both places, and takes no third.
        assert_eq!(at_a_time, if api == Api::Rest { 2 } else { 1 });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn close_to_the_share_of_the_quota_successes_wait_and_errors_go() {
    for api in BOTH {
        let config = Config {
            limits: false,
            ..config(3, 0)
        };
        let simulator = Simulator::start(config).await.unwrap();
        // Others have used 73 %: successes stop at 72, the rest later.
        simulator.autotask().set_quota_used(7_300);
        let portal = portal_settings(&simulator);
        let world = World::with_source(simulator, api, portal).await;
        world.map_all();
        let (errors, warnings, successes) = (2, 1, 3);
        for (status, count) in [
            ("failed", errors),
            ("canceled", warnings),
            ("finished", successes),
        ] {
            for _ in 0..count {
                let job = NewJob {
                    status: Some(status.to_owned()),
                    ..NewJob::default()
                };
                world.simulator.cloud_direct().finish_job(job).unwrap();
            }
        }

        let report = world.pass().await.unwrap();
        assert!(report.problems.is_empty(), "{report:?}");
        if api == Api::Soap {
            // All of them are one call, and the errors' call it is.
            assert_eq!((report.waiting, report.paused_until), (0, None));
            world.assert_each_job_has_its_ticket();
            continue;
        }
        assert_eq!(
            (report.sent, report.waiting),
            (errors + warnings, successes)
        );
        assert!(report.paused_until.is_some());
        // Nothing is asked of Autotask for those that wait.
        world.simulator.autotask().clear_journal();
        let report = world.pass().await.unwrap();
        assert_eq!((report.sent, world.autotask_calls()), (0, 0));

        // With a larger share they go, too.
        let mut general = world.store.settings().unwrap().general;
        general.quota_share = 100;
        world.store.save_general(&general).unwrap();
        // Their wait is over by then.
        world.clock.advance(jiff::SignedDuration::from_mins(10));
        let report = world.pass().await.unwrap();
        assert_eq!(
            (report.waiting, report.paused_until),
            (0, None),
            "{report:?}"
        );
        world.assert_each_job_has_its_ticket();
    }
}

/// However long the queue is: the next pass has its turn, and asks for jobs again.
#[tokio::test(flavor = "multi_thread")]
async fn an_error_that_ends_while_a_backlog_is_sent_overtakes_it() {
    for api in BOTH {
        let world = World::mapped(api, config(20, 1_200)).await;
        let turn = Limits {
            gives_way: Some(Duration::ZERO),
            ..Limits::default()
        };
        let first = world.pass_within(turn).await.unwrap();
        assert!(first.gave_way && first.sent > 0 && first.waiting > 0);

        let job = NewJob {
            status: Some("failed".to_owned()),
            ..NewJob::default()
        };
        let error = world.simulator.cloud_direct().finish_job(job).unwrap();
        let mut last = world.pass_within(turn).await.unwrap();
        let after = last.waiting;
        assert!(after > 0, "{last:?}");
        let key = sync::plan::event_key(&error.organization_id, &error.id);
        let tickets = world.simulator.autotask().tickets();
        let is_there = |ticket: &simulator::Ticket| ticket.external_id.as_deref() == Some(&key);
        assert!(tickets.iter().any(is_there), "{last:?}");

        while last.gave_way {
            last = world.pass_within(turn).await.unwrap();
        }
        assert_eq!(last.waiting, 0);
        world.assert_each_job_has_its_ticket();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_autotask_takes_no_calls_nothing_counts_as_synced() {
    let world = World::mapped(Api::Rest, config(3, 30)).await;
    let before = world.store.last_pass().unwrap();
    world.fault("Tickets", When::Always, What::QuotaUsedUp);
    let report = world.pass().await.unwrap();
    assert!(!report.synced && report.waiting > 0, "{report:?}");
    assert_eq!(world.store.last_pass().unwrap(), before);
    world.simulator.faults().clear();
    world.clock.advance(jiff::SignedDuration::from_hours(1));
    assert!(world.pass().await.unwrap().synced);
    assert_eq!(world.store.last_pass().unwrap(), Some(world.clock.now()));
}
