use simulator::{What, When};
use sync::{
    billing::{self, Chosen, Corrected, Order, State},
    clock::Clock as _,
    settings::Api,
};

use crate::world::{BOTH, GB, World, at, date, due, limits, line_in, pass_of};

async fn correct(world: &World, id: i64) -> Result<Corrected, String> {
    world
        .meaning(async |means| {
            billing::correct(&means, id)
                .await
                .map_err(|error| error.to_string())
        })
        .await
}

/// All units of the customer's service, period by period.
fn all_units(world: &World, organization_id: &str) -> Vec<(String, i64)> {
    let service = world.place(organization_id).service;
    let mut rows: Vec<(String, i64)> = world
        .simulator
        .autotask()
        .contract_service_units()
        .into_iter()
        .filter(|row| row.contract_service_id == service)
        .map(|row| {
            (
                format!("{}..{}", row.start.unwrap(), row.end.unwrap()),
                row.units,
            )
        })
        .collect();
    rows.sort();
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correcting_entry_says_what_it_will_do_and_restores_the_former_units_exactly() {
    for api in BOTH {
        let world = World::new(api, 2).await;
        world.choose(|choices| choices.same_day_adjustment_refused = false);
        world.set_time(due());
        let before = all_units(&world, "org-0001");
        world.pass().await.unwrap();
        assert_ne!(all_units(&world, "org-0001"), before);
        let line = line_in(&world.store, "org-0001");
        let sent = world.adjustments();
        let plan =
            billing::plan_correction(&world.store, world.client(), line.id, world.clock.now())
                .await
                .unwrap();
        assert_eq!(
            (plan.units_to_be, world.adjustments()),
            (line.terms.unwrap().before, sent)
        );
        assert_eq!(plan.or_from, Some(date("2026-12-02")));
        assert!(
            plan.message.starts_with("Changes the units from "),
            "{}",
            plan.message
        );

        let done = correct(&world, line.id).await.unwrap();
        assert_eq!(done.record.unwrap().state, State::Verified);
        assert_eq!(done.effective, Some(date("2026-12-01")));
        assert_eq!(all_units(&world, "org-0001"), before);
        assert_eq!(world.state("org-0001").0, State::Corrected);
        assert_eq!(world.told("org-0001").last().unwrap(), "corrected");
        assert!(
            correct(&world, line.id)
                .await
                .unwrap_err()
                .contains("The line is corrected")
        );

        // It can be posted anew.
        let done = world.post("2026-11-30", Some(&["org-0001"])).await.unwrap();
        assert_eq!(done.report.needs_review, 0, "{done:#?}");
        assert_eq!(world.state("org-0001").0, State::Verified);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_autotask_refuses_the_day_it_is_from_the_next_and_all_later_periods_are_restored() {
    for api in BOTH {
        let world = World::new(api, 1).await;
        world.set_time(due());
        let before = all_units(&world, "org-0001");
        world.pass().await.unwrap();
        let posted = world.units("org-0001", "2026-12-01");
        let line = line_in(&world.store, "org-0001");
        let done = correct(&world, line.id).await.unwrap();
        assert_eq!(done.effective, Some(date("2026-12-02")), "{done:#?}");
        assert_eq!(world.state("org-0001").0, State::Corrected);
        assert_eq!(world.units("org-0001", "2026-12-01"), posted);
        for (period, units) in before {
            let (start, end) = period.split_once("..").unwrap();
            if start != "2026-12-01" {
                assert_eq!(world.units("org-0001", start), units);
            }
            assert_eq!(world.units("org-0001", end), units);
        }
    }
}

async fn from_the_next_day(world: &World) -> State {
    let order = Order {
        invoice_date: date("2026-11-30"),
        lines: Some(vec![Chosen {
            organization_id: "org-0001".to_owned(),
            units: None,
        }]),
        next_day: true,
    };
    world.order(&order).await.unwrap();
    world.state("org-0001").0
}

/// The correction has used the second day, and the first still has what was posted first.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_corrected_from_the_next_day_is_posted_anew_from_the_first_free_one() {
    for api in BOTH {
        for better in [false, true] {
            let world = World::new(api, 1).await;
            world.set_time(due());
            world.pass().await.unwrap();
            let first = world.units("org-0001", "2026-12-01");
            let line = line_in(&world.store, "org-0001");
            let before = line.former.unwrap().1;
            correct(&world, line.id).await.unwrap();
            let mut wanted = first;
            if better {
                wanted = first + 7;
                let bytes = u64::try_from(wanted).unwrap() * GB;
                let (day, now) = (Some(date("2026-11-30")), world.clock.now());
                billing::enter(&world.store, "org-0001", bytes, "counted", day, now).unwrap();
            }
            let shown = world.line("org-0001", "2026-11-30").await;
            assert_ne!(shown.change, Some(0));

            world.post("2026-11-30", Some(&["org-0001"])).await.unwrap();
            assert_eq!(
                world.state("org-0001"),
                (State::NeedsReview, Some("duplicate".to_owned()))
            );
            assert_eq!(from_the_next_day(&world).await, State::Verified);
            for (day, units) in [
                ("2026-12-01", first),
                ("2026-12-02", before),
                ("2026-12-03", wanted),
                ("2026-12-31", wanted),
                ("2027-03-01", wanted),
            ] {
                assert_eq!(world.units("org-0001", day), units, "{day}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_posted_from_the_next_day_is_corrected_from_the_one_after_it() {
    for api in BOTH {
        let world = World::new(api, 1).await;
        world.set_time(due());
        world.change_by_hand("org-0001", "2026-12-01", 5).await;
        let before = world.units("org-0001", "2026-12-01");
        assert_eq!(world.pass().await.unwrap().needs_review, 1);
        assert_eq!(from_the_next_day(&world).await, State::Verified);
        let posted = world.units("org-0001", "2026-12-02");
        let line = line_in(&world.store, "org-0001");
        let done = correct(&world, line.id).await.unwrap();
        assert_eq!(done.effective, Some(date("2026-12-03")), "{done:#?}");
        assert_eq!(world.state("org-0001").0, State::Corrected);
        assert_eq!(world.units("org-0001", "2026-12-02"), posted);
        assert_eq!(world.units("org-0001", "2026-12-03"), before);
        assert_eq!(world.units("org-0001", "2027-03-01"), before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_under_a_later_change_or_in_a_posted_period_is_not_corrected() {
    let world = World::new(Api::Rest, 2).await;
    world.set_time(at("2027-01-02T12:00:00Z"));
    world.pass().await.unwrap();
    let line = line_in(&world.store, "org-0001");
    let error = correct(&world, line.id).await.unwrap_err();
    assert!(error.contains("for the invoice date 2026-12-31"), "{error}");
    let december = world.store.billing_lines(date("2026-12-31")).unwrap();
    let later = december
        .iter()
        .find(|line| line.organization_id == "org-0001")
        .unwrap();
    let contract = world.place("org-0001").contract;
    world
        .simulator
        .autotask()
        .approve_and_post(contract, date("2027-01-01"))
        .unwrap();
    let plan = billing::plan_correction(&world.store, world.client(), later.id, world.clock.now())
        .await
        .unwrap();
    assert_eq!(plan.blocked.as_ref().unwrap().code(), "period_posted");
    assert!(
        plan.message
            .starts_with("It cannot be corrected. The billing period from 2027-01-01"),
        "{}",
        plan.message
    );
    assert!(correct(&world, later.id).await.is_err());

    world
        .simulator
        .autotask()
        .take_back_posting(contract, date("2026-12-01"))
        .unwrap();
    correct(&world, later.id).await.unwrap();
    correct(&world, line.id).await.unwrap();
    assert_eq!(world.state("org-0001").0, State::Corrected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_line_that_was_refused_is_in_no_ones_way() {
    let world = World::new(Api::Rest, 1).await;
    world.set_time(due());
    world.pass().await.unwrap();
    let line = line_in(&world.store, "org-0001");
    world.change_by_hand("org-0001", "2027-01-01", 5).await;
    world.choose(|choices| choices.same_day_adjustment_refused = true);
    world.set_time(at("2026-12-31T12:00:00Z"));
    world.pass().await.unwrap();
    let later = world.store.billing_lines(date("2026-12-31")).unwrap();
    assert_eq!(
        (later[0].state, later[0].former),
        (State::NeedsReview, None)
    );
    let plan = billing::plan_correction(&world.store, world.client(), line.id, world.clock.now())
        .await
        .unwrap();
    assert_eq!(plan.blocked, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_line_that_changed_nothing_is_not_said_to_be_corrected_first() {
    let world = World::new(Api::Rest, 1).await;
    for day in ["2026-11-29", "2026-11-30", "2026-12-30", "2026-12-31"] {
        world.measure("org-0001", day, 500);
    }
    for now in [due(), at("2026-12-31T12:00:00Z")] {
        world.set_time(now);
        assert_eq!(world.pass().await.unwrap().verified, 1);
    }
    let line = line_in(&world.store, "org-0001");
    let later = world.store.billing_lines(date("2026-12-31")).unwrap();
    let plan = billing::plan_correction(&world.store, world.client(), line.id, world.clock.now())
        .await
        .unwrap();
    assert!(
        plan.message.contains("cannot be corrected: change"),
        "{}",
        plan.message
    );
    assert!(correct(&world, later[0].id).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_puts_back_what_a_race_left() {
    let world = World::new(Api::Rest, 1).await;
    world.choose(|choices| choices.same_day_adjustment_refused = false);
    let before = world.units("org-0001", "2026-12-01");
    world.needs_review("org-0001", 11).await;
    correct(&world, line_in(&world.store, "org-0001").id)
        .await
        .unwrap();
    assert_eq!(world.units("org-0001", "2026-12-01"), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_that_was_left_as_it_stood_can_be_made_after_all() {
    for api in BOTH {
        let world = World::new(api, 1).await;
        world.choose(|choices| choices.same_day_adjustment_refused = false);
        world.set_time(due());
        let before = all_units(&world, "org-0001");
        world.pass().await.unwrap();
        let line = line_in(&world.store, "org-0001").id;
        let refused = What::Status(404);
        world.fault("ContractServiceAdjustments/create", When::Once, refused);
        let entry = correct(&world, line).await.unwrap().record.unwrap();
        assert_ne!(entry.state, State::Verified);
        billing::settle(&world.store, entry.id, "later", world.clock.now()).unwrap();
        let entry = correct(&world, line).await.unwrap().record.unwrap();
        assert_eq!(entry.state, State::Verified);
        assert_eq!(all_units(&world, "org-0001"), before);
    }
}

/// Another computer may have posted for later since.
#[tokio::test(flavor = "multi_thread")]
async fn a_correction_that_did_not_go_at_once_does_not_move_what_was_set_for_later_since() {
    for api in BOTH {
        let world = World::new(api, 1).await;
        world.set_time(due());
        world.pass().await.unwrap();
        let line = line_in(&world.store, "org-0001");
        let busy = What::ThreadLimit;
        world.fault("ContractServiceAdjustments/create", When::Always, busy);
        let entry = correct(&world, line.id).await.unwrap().record.unwrap();
        assert_eq!(entry.state, State::Planned);
        world.simulator.faults().clear();
        world.change_by_hand("org-0001", "2027-01-01", 4).await;
        let (later, sent) = (world.units("org-0001", "2027-01-01"), world.adjustments());
        world.wait(jiff::SignedDuration::from_hours(2));
        world.pass().await.unwrap();
        assert_eq!(world.adjustments(), sent);
        let record = world.line("org-0001", "2026-11-30").await.record.unwrap();
        let entry = record.correction.unwrap();
        assert_eq!(
            (entry.state, entry.code.as_deref()),
            (State::Planned, Some("later_units"))
        );

        let entry = correct(&world, line.id).await.unwrap().record.unwrap();
        assert_eq!(entry.state, State::Verified);
        let back = line.former.unwrap().1 - line.terms.unwrap().wanted;
        assert_eq!(world.units("org-0001", "2027-01-01"), later + back);
    }
}

/// Not what stood before it was tried again.
#[tokio::test(flavor = "multi_thread")]
async fn a_correction_puts_back_what_stood_before_the_line_first_had_an_effect() {
    for api in BOTH {
        let world = World::new(api, 1).await;
        world.choose(|choices| choices.same_day_adjustment_refused = false);
        let before = all_units(&world, "org-0001");
        world.needs_review("org-0001", 11).await;
        let done = world.post("2026-11-30", Some(&["org-0001"])).await.unwrap();
        assert_eq!(done.report.verified, 1);
        correct(&world, line_in(&world.store, "org-0001").id)
            .await
            .unwrap();
        assert_eq!(all_units(&world, "org-0001"), before);
    }
}

/// Two computers: this one found the units as wanted.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_posted_by_the_line_is_not_corrected() {
    let world = World::new(Api::Rest, 1).await;
    let other = world.other_computer(Api::Rest).await;
    world.set_time(due());
    pass_of(&other.store, &other.connection, &world.clock, limits())
        .await
        .unwrap();
    assert_eq!(world.pass().await.unwrap().verified, 1);
    let line = line_in(&world.store, "org-0001");
    assert!(!line.can_be_corrected());
    let error = correct(&world, line.id).await.unwrap_err();
    assert!(error.contains("only what was posted by it"), "{error}");
}

/// Else what was changed on the first service would stay.
#[tokio::test(flavor = "multi_thread")]
async fn what_had_an_effect_is_not_tried_again_on_another_service() {
    let world = World::new(Api::Rest, 2).await;
    world.choose(|choices| choices.same_day_adjustment_refused = false);
    let before = all_units(&world, "org-0001");
    world.needs_review("org-0001", 11).await;
    let elsewhere = world.place("org-0002");
    world.map("org-0002", None);
    world.map("org-0001", Some(elsewhere));
    let done = world.post("2026-11-30", Some(&["org-0001"])).await.unwrap();
    let blocked = done.lines[0].blocked.clone().unwrap();
    assert!(
        blocked.ends_with("Correct that first, or leave it as it stands."),
        "{blocked}"
    );
    correct(&world, line_in(&world.store, "org-0001").id)
        .await
        .unwrap();
    assert_eq!(all_units(&world, "org-0001"), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_can_leave_things_as_they_are_with_a_reason() {
    let world = World::new(Api::Rest, 1).await;
    world.set_time(due());
    world.pass().await.unwrap();
    let line = line_in(&world.store, "org-0001");
    let settle = |reason: &str| {
        billing::settle(&world.store, line.id, reason, world.clock.now())
            .map_err(|error| error.to_string())
    };
    assert!(settle(" ").unwrap_err().contains("why"));
    assert!(
        settle("agreed")
            .unwrap_err()
            .contains("The line is verified")
    );
}
