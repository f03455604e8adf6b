use simulator::{What, When};
use sync::{
    attention::{self, Tell, There, Told},
    billing::{self, Chosen, Order, State},
    clock::Clock as _,
    login,
    pass::{Limits, Settle},
    settings::{Api, Approval},
};

use crate::world::{BOTH, GB, World, date, due, limits};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_goes_before_it_is_approved_line_by_line_or_all() {
    for api in BOTH {
        let world = World::new(api, 4).await;
        world.set(|billing| billing.approval = Approval::HoldAlways);
        world.set_time(due());
        let report = world.pass().await.unwrap();
        assert_eq!((report.held, report.posted, world.adjustments()), (4, 0, 0));
        let done = world.post("2026-11-30", Some(&["org-0002"])).await.unwrap();
        assert_eq!((done.report.verified, done.report.held), (1, 3));
        assert_eq!(done.lines.len(), 1);
        assert_eq!(
            done.lines[0].record.as_ref().unwrap().state,
            State::Verified
        );
        assert_eq!(
            world.told("org-0002"),
            ["approved", "units changed", "units verified"]
        );
        let done = world.post("2026-11-30", None).await.unwrap();
        assert_eq!((done.report.verified, done.report.held), (3, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_approval_is_told() {
    let world = World::new(Api::Rest, 3).await;
    world.set(|billing| billing.approval = Approval::HoldAlways);
    let tell = || {
        let now = world.clock.now();
        let there = There::read(&world.store, 0, now).unwrap();
        attention::look(&Told::default(), &there, now).0
    };
    assert_eq!(tell(), []);
    world.set_time(due());
    world.pass().await.unwrap();
    assert_eq!(tell(), [Tell::Billing(3)]);
    world.post("2026-11-30", None).await.unwrap();
    assert_eq!(tell(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_change_waits_for_a_person_and_a_small_one_does_not() {
    let world = World::new(Api::Rest, 2).await;
    world.set(|billing| {
        billing.approval = Approval::WhenChangedByMoreThan;
        billing.approval_threshold = 10;
    });
    world.set_time(due());
    for (id, percent) in [("org-0001", 109), ("org-0002", 111)] {
        let now = u64::try_from(world.units(id, "2026-12-01")).unwrap();
        let bytes = now * percent * GB / 100;
        billing::enter(
            &world.store,
            id,
            bytes,
            "test",
            Some(date("2026-11-30")),
            world.clock.now(),
        )
        .unwrap();
    }
    let report = world.pass().await.unwrap();
    assert_eq!((report.verified, report.held), (1, 1), "{report:?}");
    let (state, code) = world.state("org-0002");
    assert_eq!((state, code.as_deref()), (State::Held, Some("held")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_approved_is_posted_or_nothing() {
    let world = World::new(Api::Rest, 1).await;
    world.set(|billing| billing.approval = Approval::HoldAlways);
    world.set_time(due());
    world.pass().await.unwrap();
    let seen = world.line("org-0001", "2026-11-30").await.units_to_be;
    let now = world.clock.now();
    billing::enter(
        &world.store,
        "org-0001",
        77_000 * GB,
        "a better figure",
        Some(date("2026-11-30")),
        now,
    )
    .unwrap();
    let order = |units| Order {
        invoice_date: date("2026-11-30"),
        lines: Some(vec![Chosen {
            organization_id: "org-0001".to_owned(),
            units,
        }]),
        next_day: false,
    };
    let done = world.order(&order(seen)).await.unwrap();
    assert_eq!(
        (done.report.posted, done.report.held, world.adjustments()),
        (0, 1, 0)
    );
    let record = world.line("org-0001", "2026-11-30").await.record.unwrap();
    let message = record.message.unwrap();
    assert!(
        message.ends_with("were approved, and by now they would be 77000."),
        "{message}"
    );
    let done = world.order(&order(Some(77_000))).await.unwrap();
    assert_eq!(
        (done.report.verified, world.units("org-0001", "2026-12-01")),
        (1, 77_000)
    );
}

/// It was approved, and could not be sent. Meanwhile somebody maps the organization to another service.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_approved_for_one_service_does_not_go_to_another() {
    let world = World::new(Api::Rest, 2).await;
    world.set(|billing| billing.approval = Approval::HoldAlways);
    let (own, other) = (world.place("org-0001"), world.place("org-0002"));
    world.map("org-0002", None);
    world.set_time(due());
    world.pass().await.unwrap();
    world.fault(
        "ContractServiceAdjustments/create",
        When::Always,
        What::QuotaUsedUp,
    );
    world.post("2026-11-30", Some(&["org-0001"])).await.unwrap();
    assert_eq!(world.state("org-0001").0, State::Planned);
    world.simulator.faults().clear();
    let before = world.units("org-0002", "2026-12-01");

    // The same again is no change.
    world.map("org-0001", Some(own));
    assert_eq!(world.state("org-0001").0, State::Planned);
    world.map("org-0001", Some(other));
    world.wait(jiff::SignedDuration::from_hours(3));
    let report = world.pass().await.unwrap();
    assert_eq!((report.posted, report.held), (0, 1), "{report:?}");
    assert_eq!(world.units("org-0002", "2026-12-01"), before);
    let record = world.line("org-0001", "2026-11-30").await.record.unwrap();
    let message = record.message.unwrap();
    assert!(message.contains("mapped to another"), "{message}");
    let done = world.post("2026-11-30", Some(&["org-0001"])).await.unwrap();
    assert_eq!(done.report.verified, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_ends_with_its_mapping_also_while_nobody_knows_what_became_of_it() {
    let world = World::new(Api::Rest, 2).await;
    world.set(|billing| billing.approval = Approval::HoldAlways);
    let other = world.place("org-0002");
    world.map("org-0002", None);
    world.set_time(due());
    world.pass().await.unwrap();
    world.fault(
        "ContractServiceAdjustments/create",
        When::Once,
        What::DropBefore,
    );
    let order = Order {
        invoice_date: date("2026-11-30"),
        lines: None,
        next_day: false,
    };
    let patient = Limits {
        settle: Settle::default(),
        ..limits()
    };
    world
        .meaning_within(patient, async |means| billing::post(&means, &order).await)
        .await
        .unwrap();
    assert_eq!(world.state("org-0001").0, State::Unclear);
    let before = world.units("org-0002", "2026-12-01");
    world.map("org-0001", Some(other));
    world.wait(jiff::SignedDuration::from_hours(3));
    let report = world.pass().await.unwrap();
    assert_eq!((report.posted, report.held), (0, 1), "{report:?}");
    assert_eq!(world.units("org-0002", "2026-12-01"), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_has_set_from_the_next_period_on_is_not_moved_without_a_person() {
    for api in BOTH {
        let world = World::new(api, 2).await;
        world.set_time(due());
        world.change_by_hand("org-0001", "2027-01-01", 8).await;
        let later = world.units("org-0001", "2027-01-01");
        let report = world.pass().await.unwrap();
        assert_eq!((report.verified, report.held), (1, 1), "{report:?}");
        assert_eq!(world.units("org-0001", "2027-01-01"), later);
        let line = world.line("org-0001", "2026-11-30").await;
        let hold = line.hold.unwrap();
        assert!(
            hold.starts_with(&format!("{later} units stand in Autotask from 2027-01-01")),
            "{hold}"
        );
        let done = world.post("2026-11-30", Some(&["org-0001"])).await.unwrap();
        assert_eq!(done.report.verified, 1);
        assert_eq!(
            world.units("org-0001", "2027-01-01"),
            later + line.change.unwrap()
        );
    }
}

/// The first day has what was measured; the rest of the period has not.
#[tokio::test(flavor = "multi_thread")]
async fn a_period_is_as_wanted_when_all_of_its_days_are() {
    for api in BOTH {
        let world = World::new(api, 1).await;
        world.set_time(due() - jiff::SignedDuration::from_hours(1));
        world.pass().await.unwrap();
        let change = world.line("org-0001", "2026-11-30").await.change.unwrap();
        world.change_by_hand("org-0001", "2026-12-01", change).await;
        world.change_by_hand("org-0001", "2026-12-15", -10).await;
        let (wanted, sent) = (world.units("org-0001", "2026-12-01"), world.adjustments());
        world.set_time(due());
        let report = world.pass().await.unwrap();
        assert_eq!((report.verified, report.held), (0, 1), "{report:?}");
        assert_eq!(world.adjustments(), sent);
        let line = world.line("org-0001", "2026-11-30").await;
        assert_eq!(
            (line.effective, line.change),
            (Some(date("2026-12-15")), Some(10))
        );
        world.choose(|choices| choices.same_day_adjustment_refused = false);
        let done = world.post("2026-11-30", None).await.unwrap();
        assert_eq!(done.report.verified, 1);
        for day in ["2026-12-01", "2026-12-15", "2026-12-31"] {
            assert_eq!(world.units("org-0001", day), wanted, "{day}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_blocked_is_not_approved_along_with_the_others() {
    let world = World::new(Api::Rest, 2).await;
    world.set(|billing| billing.approval = Approval::HoldAlways);
    let contract = world.place("org-0001").contract;
    world.simulator.autotask().set_contract_status(contract, 0);
    world.set_time(due());
    world.pass().await.unwrap();
    let done = world.post("2026-11-30", None).await.unwrap();
    let report = &done.report;
    assert_eq!((report.verified, report.held, report.waiting), (1, 0, 1));
    let told: Vec<bool> = done
        .lines
        .iter()
        .map(|line| line.blocked.is_some())
        .collect();
    assert_eq!(told.iter().filter(|blocked| **blocked).count(), 1);
    world.simulator.autotask().set_contract_status(contract, 1);
    world.wait(jiff::SignedDuration::from_hours(2));
    assert_eq!(
        world.pass().await.unwrap().held,
        1,
        "it waits for its approval"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_date_can_be_posted_ahead_and_one_that_is_mapped_later_afterwards() {
    let world = World::new(Api::Rest, 2).await;
    let place = world.place("org-0002");
    world.map("org-0002", None);
    let done = world.post("2026-11-30", None).await.unwrap();
    assert_eq!(done.report.verified, 1);
    world.set_time(due());
    let report = world.pass().await.unwrap();
    assert_eq!(
        (report.planned, report.posted),
        (0, 0),
        "it is done, and the other is not mapped"
    );
    world.map("org-0002", Some(place));
    assert_eq!(world.pass().await.unwrap().posted, 0, "a person decides");
    let done = world.post("2026-11-30", None).await.unwrap();
    assert_eq!(done.report.verified, 1, "{done:#?}");
    assert!(
        world
            .post("2026-11-30", Some(&["org-9"]))
            .await
            .unwrap_err()
            .to_string()
            .contains("org-9")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_login_stops_everything_and_no_line_is_spent() {
    for api in BOTH {
        let world = World::new(api, 3).await;
        world.set_time(due());
        world.simulator.autotask().set_password("another");
        let error = world.pass().await.unwrap_err();
        assert!(error.to_string().contains("login"), "{error}");
        assert_eq!(world.state("org-0001").0, State::Planned);
        let calls = world.calls();
        assert!(world.pass().await.is_err());
        assert!(world.post("2026-11-30", None).await.is_err());
        assert_eq!(
            world.calls(),
            calls,
            "nothing is sent until the login was tested"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_is_refused_while_somebody_looks_stops_everything_until_it_is_tested() {
    for api in BOTH {
        let world = World::new(api, 1).await;
        world.set_time(due());
        world.fault("ContractServiceUnits/query", When::Once, What::LoginRevoked);
        let (day, now) = (Some(date("2026-11-30")), world.clock.now());
        let looked = billing::preview(&world.store, world.client(), day, now).await;
        assert!(looked.is_err());
        let calls = world.calls();
        assert!(world.pass().await.is_err());
        assert_eq!(world.calls(), calls);

        let password = world.simulator.logins().password.clone().into();
        let settings = world.store.settings().unwrap().autotask;
        let tested =
            login::test_autotask(&world.store, &settings, &password, &world.clock, &|_| {}).await;
        assert!(tested.passed, "{tested:?}");
        // A client that was refused stays so.
        let world = world.restarted().await;
        assert_eq!(world.pass().await.unwrap().verified, 1);
    }
}
