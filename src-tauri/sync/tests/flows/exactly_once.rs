use std::time::Duration;

use simulator::{What, When};
use sync::{
    activity,
    clock::Clock as _,
    login,
    outbox::State,
    pass::{self, Limits, PassError, Progress, Settle},
    settings::Api,
    store::PostingFilter,
    test_ticket,
};
use tokio_util::sync::CancellationToken;

use crate::world::{BOTH, World, autotask_settings, config, secrets};

#[tokio::test(flavor = "multi_thread")]
async fn lost_replies_and_cuts_neither_lose_nor_double_a_ticket() {
    let faults = [
        What::DropAfter,
        What::DropBefore,
        What::Truncate,
        What::HtmlPage,
        What::Status(500),
        What::Status(503),
        What::ThreadLimit,
        What::QuotaUsedUp,
    ];
    for api in BOTH {
        for what in faults {
            let world = World::mapped(api, config(5, 60)).await;
            let every = if api == Api::Soap {
                When::Once
            } else {
                When::EveryNth(7)
            };
            world.fault("Tickets/create", every, what);
            world.pass_until_done().await;
            world.assert_each_job_has_its_ticket();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_faulty_network_on_every_call_neither_loses_nor_doubles_a_ticket() {
    for api in BOTH {
        for what in [What::DropAfter, What::DropBefore, What::Truncate] {
            let world = World::mapped(api, config(5, 60)).await;
            world.simulator.faults().add(simulator::Fault {
                service: simulator::Service::Autotask,
                on: None,
                // Not every n-th: a pass makes the same calls each time, and would fail at the same one.
                when: When::Probability(0.3),
                what,
            });
            world.pass_until_done().await;
            world.assert_each_job_has_its_ticket();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unclear_posting_rests_and_is_looked_up_before_anything_else() {
    for api in BOTH {
        let world = World::mapped(api, config(1, 1)).await;
        world.fault("Tickets/create", When::Once, What::DropAfter);
        let settle = Duration::from_secs(20);
        let report = world.pass_with(settle).await.unwrap();
        if report.planned == 0 {
            panic!("the world's one job makes no ticket: choose another seed");
        }
        assert_eq!((report.sent, report.unclear), (0, 1), "{report:?}");
        let rested_at = world.clock.now() + jiff::SignedDuration::from_secs(20);
        assert_eq!(report.next_look, Some(rested_at));

        world.simulator.autotask().clear_journal();
        let too_early = world.pass_with(settle).await.unwrap();
        assert_eq!((too_early.unclear, world.autotask_calls()), (1, 0));

        world.clock.advance(jiff::SignedDuration::from_secs(20));
        let rested = world.pass_with(settle).await.unwrap();
        assert_eq!((rested.found, rested.sent, rested.unclear), (1, 0, 0));
        assert_eq!(rested.next_look, None);
        world.assert_each_job_has_its_ticket();
    }
}

/// A pass whose future is dropped in the middle of sending, as when the program is killed.
#[tokio::test(flavor = "multi_thread")]
async fn a_pass_that_is_cut_off_anywhere_is_taken_up_again_without_loss_or_doubles() {
    for api in BOTH {
        for cut_at in 1..=8_u64 {
            let mut world = World::mapped(api, config(5, 80)).await;
            world.fault(
                "Tickets",
                When::Always,
                What::Delay(Duration::from_millis(5)),
            );
            let limits = Limits {
                settle: Settle::both(Duration::ZERO),
                wait_for_unclear: false,
                ..Limits::default()
            };
            let cancel = CancellationToken::new();
            let calls = || world.simulator.autotask().calls();
            let sent = || world.connection.autotask.calls();
            let (calls_before, sent_before) = (calls(), sent());
            {
                let run = pass::run(
                    &world.store,
                    &world.connection,
                    &world.clock,
                    &limits,
                    &cancel,
                    &|_| {},
                );
                // Ends by itself or is dropped, whichever comes first.
                let _ = tokio::time::timeout(Duration::from_millis(cut_at * 13), run).await;
            }
            // What was under way takes effect.
            while calls() - calls_before < sent() - sent_before {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            world = world.restarted().await;
            world.simulator.faults().clear();
            world.pass_until_done().await;
            world.assert_each_job_has_its_ticket();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_pass_records_what_it_has_begun_and_the_next_one_goes_on() {
    for api in BOTH {
        let world = World::mapped(api, config(5, 300)).await;
        let cancel = CancellationToken::new();
        let limits = Limits {
            settle: Settle::both(Duration::ZERO),
            wait_for_unclear: false,
            ..Limits::default()
        };
        let on_progress = |progress| {
            if matches!(progress, Progress::Sending { .. }) {
                cancel.cancel();
            }
        };
        let answer = pass::run(
            &world.store,
            &world.connection,
            &world.clock,
            &limits,
            &cancel,
            &on_progress,
        )
        .await;
        assert!(matches!(answer, Err(PassError::Cancelled)), "{answer:?}");
        let counts = world.store.counts().unwrap();
        assert_eq!(counts.unclear, 0);
        assert_eq!(counts.done as usize, ours(&world));
        world.pass_until_done().await;
        world.assert_each_job_has_its_ticket();
    }
}

fn ours(world: &World) -> usize {
    let tickets = world.simulator.autotask().tickets();
    tickets
        .iter()
        .filter(|ticket| ticket.external_id.is_some())
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_computer_does_not_send_what_the_first_has_sent() {
    let world = World::mapped(Api::Rest, config(5, 80)).await;
    let second = {
        let folder = tempfile::tempdir().unwrap();
        let store = sync::store::Store::open(folder.path()).unwrap();
        store
            .save_settings(&world.store.settings().unwrap(), world.clock.now())
            .unwrap();
        let secrets = crate::world::secrets(&world.simulator);
        let connection = sync::connect::connect(&store, &secrets).await.unwrap();
        (folder, connection, store)
    };
    let first = world.pass().await.unwrap();
    let (_folder, connection, store) = second;
    let cancel = CancellationToken::new();
    let run = async || {
        let limits = Limits::default();
        pass::run(&store, &connection, &world.clock, &limits, &cancel, &|_| {})
            .await
            .unwrap()
    };
    let waiting = run().await;
    assert_eq!((waiting.sent, waiting.waiting), (0, first.sent));
    for (organization_id, account) in world.accounts() {
        let input = sync::mapping::Input {
            organization_id,
            account: Some(account),
            ..sync::mapping::Input::default()
        };
        let names = sync::mapping::Names::default();
        sync::mapping::save(&store, &input, &names, world.clock.now()).unwrap();
    }
    let report = run().await;
    assert_eq!((report.sent, report.found), (0, first.sent));
    world.assert_each_job_has_its_ticket();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_passes_at_once_are_one() {
    let world = World::mapped(Api::Rest, config(5, 80)).await;
    let (first, second) = tokio::join!(world.pass(), world.pass());
    let answers = [first, second];
    let busy = answers
        .iter()
        .filter(|a| matches!(a, Err(PassError::Busy)))
        .count();
    assert_eq!(busy, 1, "{answers:?}");
    world.assert_each_job_has_its_ticket();
}

/// Moves on by three minutes whenever it is asked: every look-up is too old by the time of sending.
struct Rushing(sync::clock::ManualClock);

impl sync::clock::Clock for Rushing {
    fn now(&self) -> jiff::Timestamp {
        self.0.advance(jiff::SignedDuration::from_mins(3));
        self.0.now()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_on_an_old_look_up_and_a_pass_in_vain_ends() {
    let world = World::mapped(Api::Rest, config(3, 30)).await;
    let clock = Rushing(sync::clock::ManualClock::new(world.clock.now()));
    let limits = Limits {
        settle: Settle::both(Duration::ZERO),
        wait_for_unclear: true,
        ..Limits::default()
    };
    let cancel = CancellationToken::new();
    let report = pass::run(
        &world.store,
        &world.connection,
        &clock,
        &limits,
        &cancel,
        &|_| {},
    )
    .await
    .unwrap();
    assert_eq!((report.sent, report.waiting), (0, report.planned));
    assert_eq!(ours(&world), 0);
    world.clock.set(clock.now());
    world.pass_until_done().await;
    world.assert_each_job_has_its_ticket();
}

#[tokio::test(flavor = "multi_thread")]
async fn after_silence_a_posting_rests_for_as_long_as_autotask_may_be_at_work() {
    let rests = [
        (What::DropAfter, 5 * 60),
        (What::Truncate, 5 * 60),
        (What::Status(504), 5 * 60),
        (What::Status(500), 20),
    ];
    for api in BOTH {
        for (what, seconds) in rests {
            let world = World::mapped(api, config(1, 1)).await;
            world.fault("Tickets/create", When::Once, what);
            // The wait is longer than a command may take, and the report says so.
            let wait_for_unclear = seconds > 30;
            let limits = Limits {
                wait_for_unclear,
                ..Limits::default()
            };
            let report = world.pass_within(limits).await.unwrap();
            let rested = world.clock.now() + jiff::SignedDuration::from_secs(seconds);
            assert_eq!(
                (report.unclear, report.next_look),
                (1, Some(rested)),
                "{what:?}"
            );
            let told = report
                .notices
                .iter()
                .filter(|text| text.contains("1 of the tickets"));
            assert_eq!(told.count(), usize::from(wait_for_unclear), "{report:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_program_leaves_postings_that_rest_for_as_long_as_autotask_may_be_at_work() {
    // As many as go out at first.
    let mut world = World::mapped(Api::Soap, config(3, 20)).await;
    world.fault(
        "Tickets/create",
        When::Always,
        What::Delay(Duration::from_secs(60)),
    );
    {
        let cancel = CancellationToken::new();
        let limits = Limits::default();
        let store = &world.store;
        let run = pass::run(
            store,
            &world.connection,
            &world.clock,
            &limits,
            &cancel,
            &|_| {},
        );
        tokio::pin!(run);
        let is_sending = async {
            while !world
                .simulator
                .journal()
                .iter()
                .any(|call| call.operation == "create")
            {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            answer = &mut run => panic!("{answer:?}"),
            () = is_sending => {}
        }
    }
    world = world.restarted().await;
    world.simulator.faults().clear();
    // Nothing is sent now, and nothing is told to be.
    world.simulator.autotask().set_user_locked(true);
    let client = &world.connection.autotask;
    let account = *world.accounts().values().next().unwrap();
    let refused = test_ticket::send(&world.store, client, account, &world.clock).await;
    assert!(refused.is_err());
    let refused = world.pass_within(Limits::default()).await;
    assert!(
        matches!(refused, Err(PassError::LoginRefused { .. })),
        "{refused:?}"
    );
    let (waiting, now) = (PostingFilter::Waiting, world.clock.now());
    let page = activity::query(&world.store, waiting, "", None, 500, now).unwrap();
    let sending = page.rows.iter().any(|row| row.state == State::Sending);
    assert!(!sending && world.store.counts().unwrap().unclear > 0);
    world.simulator.autotask().set_user_locked(false);
    let secrets = secrets(&world.simulator);
    let settings = autotask_settings(&world.simulator, Api::Soap);
    let password = &secrets.autotask_password;
    let tested =
        login::test_autotask(&world.store, &settings, password, &world.clock, &|_| {}).await;
    assert!(tested.passed, "{tested:#?}");
    world = world.restarted().await;
    let report = world.pass_within(Limits::default()).await.unwrap();
    let rested = world.clock.now() + jiff::SignedDuration::from_mins(5);
    assert_eq!(
        (report.sent, report.next_look),
        (0, Some(rested)),
        "{report:?}"
    );
    world.clock.set(rested);
    world.pass_within(Limits::default()).await.unwrap();
    world.assert_each_job_has_its_ticket();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_in_which_autotask_fails_blames_no_posting() {
    for api in BOTH {
        let world = World::mapped(api, config(5, 60)).await;
        world.fault("Tickets/create", When::Always, What::Status(500));
        for _ in 0..12 {
            let report = world.pass_within(Limits::default()).await.unwrap();
            assert_eq!((report.needs_attention, report.sent), (0, 0), "{report:?}");
            world.clock.advance(jiff::SignedDuration::from_mins(5));
        }
        world.simulator.faults().clear();
        world.pass_until_done().await;
        world.assert_each_job_has_its_ticket();
    }
}
