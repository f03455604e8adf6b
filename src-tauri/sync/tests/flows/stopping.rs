//! A pass that is stopped in the middle of slow calls.

use std::time::Duration;

use simulator::{Service, What, When};
use sync::{
    pass::{Limits, PassError},
    settings::Api,
};
use tokio_util::sync::CancellationToken;

use crate::world::{BOTH, World, config};

fn creates(world: &World) -> usize {
    let journal = world.simulator.journal();
    let creates = journal
        .iter()
        .filter(|call| call.service == Service::Autotask && call.operation == "create");
    creates.count()
}

#[tokio::test(flavor = "multi_thread")]
async fn once_it_is_stopped_no_ticket_is_sent_any_more_and_what_was_under_way_is_recorded() {
    for api in BOTH {
        let world = World::mapped(api, config(5, 500)).await;
        world.fault(
            "Tickets/create",
            When::Always,
            What::Delay(Duration::from_millis(300)),
        );
        let stop = CancellationToken::new();
        // As many as may be under way at the same time.
        let under_way = match api {
            Api::Rest => 2,
            Api::Soap => 1,
        };

        let stopping = async {
            while creates(&world) < under_way {
                tokio::task::yield_now().await;
            }
            stop.cancel();
        };
        let (ended, ()) = tokio::join!(world.pass_until(&stop, Limits::default()), stopping);

        assert!(matches!(ended, Err(PassError::Cancelled)), "{ended:?}");
        assert_eq!(creates(&world), under_way, "{api:?}");
        let tickets = world.simulator.autotask().tickets();
        let ours = tickets.iter().filter(|one| one.external_id.is_some());
        let counts = world.store.counts().unwrap();
        assert_eq!((counts.done, counts.unclear), (ours.count() as u64, 0));
        // What was called off is as it was before: nothing failed, and it need not wait.
        world.simulator.faults().clear();
        let report = world.pass().await.unwrap();
        assert_eq!(report.waiting, 0, "{report:?}");
        world.assert_each_job_has_its_ticket();
    }
}
