//! What becomes of a line whose answer did not come, or whose program was ended.

use std::time::Duration;

use jiff::SignedDuration;
use simulator::{What, When};
use sync::{
    billing::{self, State},
    clock::Clock as _,
    pass::{Limits, Settle},
};
use tokio_util::sync::CancellationToken;

use crate::world::{BOTH, World, at, due, limits, line_in};

async fn assert_as_wanted(world: &World) {
    for line in world.preview("2026-11-30").await.lines {
        assert_eq!(line.record.unwrap().state, State::Verified);
        assert_eq!(line.units_now, line.units_to_be);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_decided_by_the_units_alone() {
    for api in BOTH {
        for what in [
            What::DropAfter,
            What::DropBefore,
            What::Truncate,
            What::HtmlPage,
            What::Status(502),
            What::Status(500),
            What::ThreadLimit,
        ] {
            let world = World::new(api, 4).await;
            world.fault("ContractServiceAdjustments/create", When::Once, what);
            world.set_time(due());
            let before: Vec<i64> = (1..=4)
                .map(|n| world.units(&format!("org-000{n}"), "2026-11-30"))
                .collect();
            world.pass().await.unwrap();
            for _ in 0..3 {
                world.wait(SignedDuration::from_mins(10));
                world.pass().await.unwrap();
            }
            assert_as_wanted(&world).await;
            let after: Vec<i64> = (1..=4)
                .map(|n| world.units(&format!("org-000{n}"), "2026-11-30"))
                .collect();
            assert_eq!(before, after, "{what:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unclear_line_rests_before_its_units_decide() {
    let world = World::new(sync::settings::Api::Rest, 1).await;
    world.fault(
        "ContractServiceAdjustments/create",
        When::Once,
        What::DropAfter,
    );
    world.set_time(due());
    let patient = Limits {
        settle: Settle::default(),
        ..limits()
    };
    let report = world.pass_with(patient).await.unwrap();
    assert_eq!(world.state("org-0001").0, State::Unclear);
    assert_eq!(report.next_look, Some(due() + SignedDuration::from_mins(5)));
    let again = world.pass_with(patient).await.unwrap();
    assert_eq!((again.verified, again.waiting), (0, 1));
    world.wait(SignedDuration::from_mins(5));
    assert_eq!(world.pass_with(patient).await.unwrap().verified, 1);
    assert_eq!(world.told("org-0001"), ["unclear", "units verified"]);
    assert_eq!(world.adjustments(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_a_person_posted_ahead_goes_on_by_itself_when_its_request_was_lost() {
    for api in BOTH {
        let world = World::new(api, 1).await;
        world.fault(
            "ContractServiceAdjustments/create",
            When::Once,
            What::DropBefore,
        );
        let done = world.post("2026-11-30", None).await.unwrap();
        assert_eq!(done.report.verified, 0);
        world.wait(SignedDuration::from_mins(1));
        assert_eq!(world.pass().await.unwrap().verified, 1);
        assert_as_wanted(&world).await;
    }
}

/// Nobody tells Autotask that its caller has gone: it may take effect for as long as a call may take.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_takes_effect_late_is_there_once() {
    for api in BOTH {
        let world = World::new(api, 3).await;
        let late = What::DropLate(Duration::from_secs(240));
        world.fault("ContractServiceAdjustments/create", When::Once, late);
        world.set_time(due());
        let patient = Limits {
            settle: Settle::default(),
            ..limits()
        };
        for _ in 0..8 {
            world.pass_with(patient).await.unwrap();
            world.wait(SignedDuration::from_mins(1));
        }
        assert_as_wanted(&world).await;
        assert_eq!(
            world.adjustments(),
            if api == sync::settings::Api::Rest {
                3
            } else {
                1
            }
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn units_that_are_neither_before_nor_wanted_need_review_with_what_was_read() {
    for api in BOTH {
        let world = World::new(api, 1).await;
        world.needs_review("org-0001", 3).await;
        let record = world.line("org-0001", "2026-11-30").await.record.unwrap();
        assert_eq!(record.state, State::NeedsReview);
        assert_eq!(
            record.read_units,
            Some(world.units("org-0001", "2026-12-01"))
        );
        assert_eq!(record.code.as_deref(), Some("units_differ"));
        // It stays there until a person has looked, and is not sent again by itself.
        let sent = world.adjustments();
        world.wait(SignedDuration::from_hours(24));
        world.pass().await.unwrap();
        assert_eq!(
            (world.state("org-0001").0, world.adjustments()),
            (State::NeedsReview, sent)
        );
        // The person puts it right in Autotask, and lets it be read again.
        world.change_by_hand("org-0001", "2026-12-01", -3).await;
        let report = world
            .meaning(async |means| sync::billing::verify(&means).await)
            .await
            .unwrap();
        assert_eq!((report.verified, report.needs_review), (1, 0));
        assert_eq!(world.state("org-0001"), (State::Verified, None));
    }
}

/// What stands of it under a later change stays told, and a person can still leave it.
#[tokio::test(flavor = "multi_thread")]
async fn what_needs_review_and_cannot_be_tried_again_stays_in_review_with_the_reason() {
    for api in BOTH {
        let world = World::new(api, 1).await;
        world.needs_review("org-0001", 3).await;
        world.set_time(at("2027-01-01T12:00:00Z"));
        assert_eq!(world.pass().await.unwrap().verified, 1);
        let sent = world.adjustments();
        let done = world.post("2026-11-30", Some(&["org-0001"])).await.unwrap();
        let blocked = done.lines[0].blocked.clone().unwrap();
        assert!(
            blocked.contains("for the invoice date 2026-12-31"),
            "{blocked}"
        );
        assert_eq!(world.adjustments(), sent);
        assert_eq!(
            world.state("org-0001"),
            (State::NeedsReview, Some("units_differ".to_owned()))
        );
        let id = line_in(&world.store, "org-0001").id;
        billing::settle(&world.store, id, "agreed", world.clock.now()).unwrap();
        assert_eq!(world.state("org-0001").0, State::Settled);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_has_an_effect_ends_with_a_person() {
    let world = World::new(sync::settings::Api::Soap, 2).await;
    world.fault(
        "ContractServiceAdjustments/create",
        When::Always,
        What::DropBefore,
    );
    world.set_time(due());
    for _ in 0..12 {
        world.pass().await.unwrap();
        world.wait(SignedDuration::from_hours(1));
    }
    assert_eq!(
        world.state("org-0001"),
        (State::NeedsReview, Some("sent_in_vain".to_owned()))
    );
    assert!(world.adjustments() <= 12);
    world.simulator.faults().clear();
    world
        .post("2026-11-30", Some(&["org-0001", "org-0002"]))
        .await
        .unwrap();
    assert_as_wanted(&world).await;
}

/// The program is ended after each number of calls; the next start goes on, and nothing is there twice.
#[tokio::test(flavor = "multi_thread")]
async fn killed_anywhere_it_resumes_with_nothing_lost_and_nothing_doubled() {
    for api in BOTH {
        for cut_at in (0..60).step_by(if api == sync::settings::Api::Rest {
            3
        } else {
            1
        }) {
            let world = World::new(api, 5).await;
            world.set_time(due());
            world.fault(
                "ContractServiceAdjustments",
                When::Always,
                What::Delay(Duration::from_millis(4)),
            );
            let calls = world.calls();
            let sent = world.client().calls();
            let cancel = CancellationToken::new();
            let limits = limits();
            let ended = {
                let pass = sync::pass::run(
                    &world.store,
                    &world.connection,
                    &world.clock,
                    &limits,
                    &cancel,
                    &|_| {},
                );
                let killed = async {
                    while world.calls() - calls < cut_at {
                        tokio::time::sleep(Duration::from_millis(1)).await;
                    }
                };
                tokio::select! {
                    biased;
                    ended = pass => Some(ended),
                    () = killed => None,
                }
            };
            world.simulator.faults().clear();
            let whole = ended.is_some();
            // What was under way takes effect.
            while world.calls() - calls < world.client().calls() - sent {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            let world = world.restarted().await;
            for _ in 0..3 {
                world.pass().await.unwrap();
            }
            assert_as_wanted(&world).await;
            if whole {
                break;
            }
        }
    }
}
