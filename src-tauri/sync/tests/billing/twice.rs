//! Two computers with the same settings, and a second change of the same day.

use jiff::SignedDuration;
use sync::{
    billing::{self, Chosen, Order, Report, State},
    clock::Clock as _,
    settings::{Api, Approval},
};

use crate::world::{BOTH, GB, Other, World, at, date, due, limits, pass_of, state_in};

#[tokio::test(flavor = "multi_thread")]
async fn a_second_computer_finds_the_units_as_wanted() {
    for api in BOTH {
        let world = World::new(api, 3).await;
        let other = world.other_computer(api).await;
        world.set_time(due());
        world.pass().await.unwrap();
        let sent = world.adjustments();
        let report = pass_of(&other.store, &other.connection, &world.clock, limits())
            .await
            .unwrap();
        assert_eq!(
            (report.posted, report.verified, report.needs_review),
            (0, 3, 0)
        );
        assert_eq!(world.adjustments(), sent);
    }
}

/// Each has the line to approve; a person does so on one of them.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_approved_and_posted_on_one_computer_is_not_held_on_the_other_for_long() {
    for api in BOTH {
        let world = World::new(api, 3).await;
        let other = world.other_computer(api).await;
        for store in [&world.store, &other.store] {
            let mut settings = store.settings().unwrap();
            settings.billing.approval = Approval::HoldAlways;
            store.save_settings(&settings, world.clock.now()).unwrap();
        }
        world.set_time(due());
        let pass = || pass_of(&other.store, &other.connection, &world.clock, limits());
        assert_eq!(world.pass().await.unwrap().held, 3);
        assert_eq!(pass().await.unwrap().held, 3);
        world.post("2026-11-30", Some(&["org-0002"])).await.unwrap();
        assert_eq!(pass().await.unwrap().held, 3, "once an hour");
        world.wait(SignedDuration::from_hours(1));
        let report = pass().await.unwrap();
        assert_eq!((report.held, report.verified, report.posted), (2, 1, 0));
        assert_eq!(state_in(&other.store, "org-0002").0, State::Verified);
        assert_eq!(world.adjustments(), 1);
    }
}

/// It was off while the other posted an invoice date ahead, two periods later.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_computer_that_comes_late_does_not_move_what_the_other_has_posted_for_later() {
    for api in BOTH {
        let world = World::new(api, 1).await;
        let other = world.other_computer(api).await;
        let day = Some(date("2027-01-31"));
        let now = at("2027-01-02T12:00:00Z");
        world.set_time(now);
        // Nothing is to be posted for the dates between.
        world.set(|billing| billing.approval = Approval::HoldAlways);
        world.pass().await.unwrap();
        for date in world.store.invoice_dates(10).unwrap() {
            for line in world.store.billing_lines(date).unwrap() {
                billing::settle(&world.store, line.id, "by hand", now).unwrap();
            }
        }
        for store in [&world.store, &other.store] {
            billing::enter(store, "org-0001", 2_903 * GB, "told by phone", day, now).unwrap();
        }
        world.post("2027-01-31", None).await.unwrap();
        let posted = world.units("org-0001", "2027-02-01");
        pass_of(&other.store, &other.connection, &world.clock, limits())
            .await
            .unwrap();
        assert_eq!(world.units("org-0001", "2027-02-01"), posted);
        assert_eq!(state_in(&other.store, "org-0001").0, State::Held);
    }
}

/// What it posted ahead was as wanted. What the other has done since is found on the date.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_posted_ahead_and_moved_by_the_other_needs_review_when_its_date_has_come() {
    for api in BOTH {
        let world = World::new(api, 2).await;
        world.choose(|choices| choices.same_day_adjustment_refused = false);
        let other = world.other_computer(api).await;
        world.post("2026-11-30", None).await.unwrap();
        let now = world.clock.now();
        let day = Some(date("2026-11-30"));
        for (id, gigabytes) in [("org-0001", 7), ("org-0002", 9)] {
            billing::enter(&other.store, id, gigabytes * GB, "counted", day, now).unwrap();
        }
        world.set_time(due());
        pass_of(&other.store, &other.connection, &world.clock, limits())
            .await
            .unwrap();
        assert_eq!(state_in(&world.store, "org-0001").0, State::Verified);
        let report = world.pass().await.unwrap();
        assert_eq!((report.needs_review, report.posted), (2, 0));
        assert_eq!(
            state_in(&world.store, "org-0002"),
            (State::NeedsReview, Some("units_differ".to_owned()))
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_posted_ahead_and_stands_is_verified_once_more_when_its_date_has_come() {
    for api in BOTH {
        let world = World::new(api, 1).await;
        world.post("2026-11-30", None).await.unwrap();
        let sent = world.adjustments();
        world.set_time(due());
        assert_eq!(world.pass().await.unwrap().verified, 1);
        assert_eq!(world.state("org-0001").0, State::Verified);
        assert_eq!(world.adjustments(), sent);
        assert_eq!(world.pass().await.unwrap().verified, 0);
    }
}

/// Both read, both send: what comes of it is found, and never told as good.
#[tokio::test(flavor = "multi_thread")]
async fn two_computers_that_send_in_the_same_moment_end_in_review_and_never_in_silence() {
    for (api, refused) in [
        (Api::Rest, false),
        (Api::Soap, false),
        (Api::Rest, true),
        (Api::Soap, true),
    ] {
        let (world, other, reports) = both_read_and_then_send(api, refused).await;
        for number in 1..=4 {
            let id = format!("org-000{number}");
            let states = [state_in(&world.store, &id).0, state_in(&other.store, &id).0];
            let wanted = world.line(&id, "2026-11-30").await.units_to_be.unwrap();
            let stands = world.units(&id, "2026-12-01");
            if stands == wanted {
                assert!(states.contains(&State::Verified), "{states:?}");
            } else {
                assert!(
                    states.contains(&State::NeedsReview),
                    "{id} {stands} {wanted} {states:?}"
                );
            }
            if refused {
                assert_eq!(stands, wanted);
                assert_eq!(states, [State::Verified, State::Verified]);
            }
        }
        if !refused {
            let review: u64 = reports.iter().map(|report| report.needs_review).sum();
            assert!(review > 0, "{reports:?}");
        }
    }
}

/// Four lines that are due on two computers. On a busy one the second may read what the first has sent
/// already: then anew.
async fn both_read_and_then_send(api: Api, refused: bool) -> (World, Other, [Report; 2]) {
    let of_one = match api {
        Api::Rest => 4,
        Api::Soap => 1,
    };
    for _ in 0..50 {
        let world = World::new(api, 4).await;
        world.choose(|choices| choices.same_day_adjustment_refused = refused);
        let other = world.other_computer(api).await;
        world.set_time(due());
        // Whoever has read waits, so that both have.
        world.fault(
            "ContractServiceUnits/query",
            simulator::When::Always,
            simulator::What::Delay(std::time::Duration::from_millis(150)),
        );
        let (one, two) = tokio::join!(
            world.pass(),
            pass_of(&other.store, &other.connection, &world.clock, limits())
        );
        if world.adjustments() > of_one {
            return (world, other, [one.unwrap(), two.unwrap()]);
        }
    }
    panic!("one was always faster than the other");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_change_of_the_same_day_needs_review_and_goes_from_the_next_day_when_a_person_says_so()
 {
    for api in BOTH {
        let world = World::new(api, 2).await;
        world.set_time(due());
        // Somebody changes the units from the same day on, through Autotask's interface.
        let place = world.place("org-0001");
        world
            .client()
            .adjust(&[autotask::NewContractServiceAdjustment {
                contract_id: place.contract,
                line: autotask::Line::ContractService(place.service),
                effective: date("2026-12-01"),
                unit_change: Some(5),
                adjusted_unit_price: None,
                adjusted_unit_cost: None,
            }])
            .await
            .unwrap();
        let first_day = world.units("org-0001", "2026-12-01");
        let report = world.pass().await.unwrap();
        assert_eq!((report.verified, report.needs_review), (1, 1), "{report:?}");
        let line = world.line("org-0001", "2026-11-30").await;
        let record = line.record.clone().unwrap();
        assert_eq!(
            (record.state, record.code.as_deref()),
            (State::NeedsReview, Some("duplicate"))
        );
        assert_eq!(record.next_day, Some(date("2026-12-02")));
        assert_eq!(line.units_now, Some(first_day));

        let done = world
            .order(&Order {
                invoice_date: date("2026-11-30"),
                lines: Some(vec![Chosen {
                    organization_id: "org-0001".to_owned(),
                    units: line.units_to_be,
                }]),
                next_day: true,
            })
            .await
            .unwrap();
        assert_eq!(done.report.needs_review, 0, "{done:#?}");
        let wanted = line.units_to_be.unwrap();
        assert_eq!(world.units("org-0001", "2026-12-01"), first_day);
        assert_eq!(world.units("org-0001", "2026-12-02"), wanted);
        assert_eq!(world.units("org-0001", "2027-03-01"), wanted);
        let terms = done.lines[0].terms.clone().unwrap();
        assert_eq!(terms.effective, date("2026-12-02"));
        // The next invoice date goes on as always.
        world.set_time(at("2026-12-31T05:00:00Z"));
        let report = world.pass().await.unwrap();
        assert_eq!((report.needs_review, report.waiting), (0, 0), "{report:?}");
    }
}
