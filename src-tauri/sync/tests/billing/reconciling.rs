use std::collections::BTreeMap;

use jiff::SignedDuration;
use sync::{
    billing::{self, Compared, Outcome, Reconciliation, State},
    clock::Clock as _,
    pass::{Limits, Settle},
    settings::{Api, Approval},
};

use crate::world::{BOTH, World, at, date, due, limits, line_in, pass_of};

async fn reconcile(world: &World) -> Reconciliation {
    billing::reconcile(
        &world.store,
        world.client(),
        date("2026-11-30"),
        world.clock.now(),
    )
    .await
    .unwrap()
}

async fn outcomes(world: &World) -> BTreeMap<String, Outcome> {
    let lines = reconcile(world).await.lines.into_iter();
    lines
        .map(|line| (line.organization_id, line.outcome))
        .collect()
}

fn line_of<'a>(told: &'a Reconciliation, organization_id: &str) -> &'a Compared {
    let mut lines = told.lines.iter();
    lines
        .find(|line| line.organization_id == organization_id)
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn measured_posted_and_standing_are_told_side_by_side() {
    for api in BOTH {
        let world = World::new(api, 9).await;
        world.map("org-0008", None);
        let contract = world.place("org-0009").contract;
        world.simulator.autotask().set_contract_status(contract, 0);
        world.set_time(due());
        let report = world.pass().await.unwrap();
        assert_eq!((report.verified, report.waiting), (7, 1), "{report:?}");

        world.change_by_hand("org-0002", "2026-12-01", 7).await;
        world
            .simulator
            .autotask()
            .delete_contract_service(world.place("org-0003").service);
        world.map("org-0004", Some(world.place("org-0008")));
        let corrected = line_in(&world.store, "org-0005").id;
        world
            .meaning(async |means| billing::correct(&means, corrected).await.map(|_| ()))
            .await
            .unwrap();

        let told = reconcile(&world).await;
        let by_id: BTreeMap<&str, Outcome> = told
            .lines
            .iter()
            .map(|line| (line.organization_id.as_str(), line.outcome))
            .collect();
        let expected = [
            ("org-0001", Outcome::Agrees),
            ("org-0002", Outcome::ChangedByHand),
            ("org-0003", Outcome::ContractChanged),
            ("org-0004", Outcome::ContractChanged),
            ("org-0005", Outcome::Corrected),
            ("org-0006", Outcome::Agrees),
            ("org-0007", Outcome::Agrees),
            ("org-0008", Outcome::NotMapped),
            ("org-0009", Outcome::NeverPosted),
        ];
        assert_eq!(by_id, expected.into_iter().collect());
        assert_eq!(told.totals[&Outcome::Agrees], 3);
        let changed = told
            .lines
            .iter()
            .find(|line| line.organization_id == "org-0002")
            .unwrap();
        assert_eq!(changed.difference, Some(7));
        assert_eq!(
            changed.standing,
            Some(world.units("org-0002", "2026-12-01"))
        );
        assert_eq!(
            changed.worth,
            changed.unit_price.map(|price| price.times(7))
        );
        assert!(told.calls < 10, "{}", told.calls);
        let mut csv = Vec::new();
        billing::export_csv(&told, &mut csv).unwrap();
        assert_eq!(String::from_utf8(csv).unwrap().lines().count(), 10);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn units_that_were_changed_in_the_middle_of_the_period_are_told_and_later_ones_are_not_its() {
    for api in BOTH {
        let world = World::new(api, 2).await;
        world.set_time(due());
        assert_eq!(world.pass().await.unwrap().verified, 2);
        let posted = world.units("org-0001", "2026-12-01");
        world.change_by_hand("org-0001", "2026-12-15", 3).await;
        world.change_by_hand("org-0002", "2027-01-01", 3).await;
        let told = reconcile(&world).await.lines;
        let line = |id: &str| told.iter().find(|line| line.organization_id == id).unwrap();
        let changed = line("org-0001");
        assert_eq!(changed.outcome, Outcome::ChangedByHand);
        assert_eq!(changed.standing, Some(posted + 3));
        assert!(
            changed.message.ends_with("from 2026-12-15."),
            "{}",
            changed.message
        );
        assert_eq!(line("org-0002").outcome, Outcome::Agrees);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_went_out_on_a_later_day_and_what_waits_is_told() {
    let world = World::new(Api::Rest, 3).await;
    world.set(|billing| billing.approval = Approval::HoldAlways);
    world.set_time(due());
    world.pass().await.unwrap();
    world.post("2026-11-30", Some(&["org-0001"])).await.unwrap();
    world.wait(SignedDuration::from_hours(40));
    world.post("2026-11-30", Some(&["org-0002"])).await.unwrap();
    let outcomes = outcomes(&world).await;
    assert_eq!(outcomes["org-0001"], Outcome::Agrees);
    assert_eq!(outcomes["org-0002"], Outcome::PostedLate);
    assert_eq!(outcomes["org-0003"], Outcome::NeverPosted);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_is_told_although_nothing_was_posted() {
    for api in BOTH {
        let world = World::new(api, 2).await;
        world.set(|billing| billing.approval = Approval::HoldAlways);
        world.set_time(due());
        world.pass().await.unwrap();
        let told = reconcile(&world).await;
        let line = line_of(&told, "org-0001");
        assert_eq!(line.outcome, Outcome::NeverPosted);
        let stands = world.units("org-0001", "2026-12-01");
        let measured = line.sum.as_ref().unwrap().units;
        assert_eq!((line.standing, line.posted), (Some(stands), None));
        assert_eq!(
            line.difference,
            Some(stands - i64::try_from(measured).unwrap())
        );
        assert_eq!(line.effective, Some(date("2026-12-01")));
        assert_eq!(line.period.unwrap().end, date("2026-12-31"));
        assert!(line.worth.is_some());
        assert!(told.calls < 10, "{}", told.calls);
    }
}

/// As it is with a quarterly contract: two months of three have nothing to post.
#[tokio::test(flavor = "multi_thread")]
async fn a_date_whose_billing_period_another_one_has_set_is_in_order_as_long_as_that_stands() {
    let world = World::new(Api::Rest, 2).await;
    world.set_time(at("2026-11-26T12:00:00Z"));
    world.pass().await.unwrap();
    world.post("2026-12-05", None).await.unwrap();
    world.set_time(due());
    world.pass().await.unwrap();
    assert_eq!(
        world.state("org-0001"),
        (State::Withdrawn, Some("period_set".to_owned()))
    );
    let told = reconcile(&world).await;
    let line = line_of(&told, "org-0001");
    assert_eq!(
        (line.outcome, line.outcome.is_bad()),
        (Outcome::Covered, false)
    );
    assert!(
        line.message
            .contains("from 2026-12-01 to 2026-12-31 was set for the invoice date 2026-12-05"),
        "{}",
        line.message
    );
    let stands = world.units("org-0001", "2026-12-01");
    assert_eq!(
        (line.standing, line.posted, line.difference),
        (Some(stands), None, None)
    );

    world.change_by_hand("org-0001", "2026-12-01", 3).await;
    let told = reconcile(&world).await;
    let line = line_of(&told, "org-0001");
    assert_eq!(line.outcome, Outcome::ChangedByHand);
    assert!(line.message.contains("2026-12-05"), "{}", line.message);
    assert_eq!(line_of(&told, "org-0002").outcome, Outcome::Covered);
}

/// The other computer was off. It finds the former units, and posts its line by itself.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_back_and_set_again_by_another_computer_is_told() {
    let world = World::new(Api::Rest, 2).await;
    world.choose(|choices| choices.same_day_adjustment_refused = false);
    let other = world.other_computer(Api::Rest).await;
    world.set_time(due());
    world.pass().await.unwrap();
    let posted = world.units("org-0001", "2026-12-01");
    let line = line_in(&world.store, "org-0001");
    let former = line.terms.unwrap().before;
    world
        .meaning(async |means| billing::correct(&means, line.id).await.map(|_| ()))
        .await
        .unwrap();
    let told = reconcile(&world).await;
    let taken_back = line_of(&told, "org-0001");
    assert_eq!(taken_back.outcome, Outcome::Corrected);
    assert_eq!(
        (taken_back.standing, taken_back.difference),
        (Some(former), Some(0))
    );

    pass_of(&other.store, &other.connection, &world.clock, limits())
        .await
        .unwrap();
    assert_eq!(world.units("org-0001", "2026-12-01"), posted);
    let told = reconcile(&world).await;
    let line = line_of(&told, "org-0001");
    assert_eq!(line.outcome, Outcome::ChangedByHand, "{}", line.message);
    assert_eq!(
        (line.standing, line.difference),
        (Some(posted), Some(posted - former))
    );
    assert!(
        line.message
            .contains(&format!("{posted} stand in Autotask from 2026-12-01")),
        "{}",
        line.message
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_settled_is_in_order_until_somebody_changes_it_again() {
    let world = World::new(Api::Rest, 1).await;
    world.set_time(due());
    world.pass().await.unwrap();
    let wanted = world.units("org-0001", "2026-12-01");
    // Somebody changes the units between sending and reading.
    world.set_time(at("2026-12-31T05:00:00Z"));
    world.fault(
        "ContractServiceAdjustments/create",
        simulator::When::Once,
        simulator::What::DropAfter,
    );
    world
        .pass_with(Limits {
            settle: Settle::both(std::time::Duration::from_secs(60)),
            ..limits()
        })
        .await
        .unwrap();
    world.change_by_hand("org-0001", "2027-01-01", 11).await;
    world.wait(SignedDuration::from_mins(2));
    assert_eq!(world.pass().await.unwrap().needs_review, 1);
    let december = world.store.billing_lines(date("2026-12-31")).unwrap();
    let line = december.last().unwrap();
    billing::settle(&world.store, line.id, "agreed", world.clock.now()).unwrap();
    let outcome = async || {
        let now = world.clock.now();
        let told = billing::reconcile(&world.store, world.client(), date("2026-12-31"), now).await;
        let told = told.unwrap();
        let line = line_of(&told, "org-0001");
        (line.outcome, line.difference)
    };
    assert_eq!(outcome().await, (Outcome::Settled, Some(0)));
    world.change_by_hand("org-0001", "2027-01-01", 4).await;
    assert_eq!(outcome().await, (Outcome::ChangedByHand, Some(4)));
    // To what was wanted in the first place.
    world.change_by_hand("org-0001", "2027-01-01", -15).await;
    assert_eq!(outcome().await, (Outcome::Settled, Some(0)));
    assert_eq!(world.units("org-0001", "2026-12-01"), wanted);
}

/// What a row costs that is there for a part of the period only is Autotask's to say.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_settled_and_then_set_for_another_date_is_in_order() {
    let world = World::new(Api::Rest, 1).await;
    world.choose(|choices| choices.same_day_adjustment_refused = true);
    world.change_by_hand("org-0001", "2026-12-01", 5).await;
    world.set_time(due());
    assert_eq!(world.pass().await.unwrap().needs_review, 1);
    let id = line_in(&world.store, "org-0001").id;
    billing::settle(&world.store, id, "agreed", world.clock.now()).unwrap();
    world.choose(|choices| choices.same_day_adjustment_refused = false);
    let done = world.post("2026-12-05", None).await.unwrap();
    assert_eq!(done.report.verified, 1);
    let told = reconcile(&world).await;
    let line = line_of(&told, "org-0001");
    assert_eq!((line.outcome, line.difference), (Outcome::Settled, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_units_and_is_to_be_tried_again_is_not_told_as_never_posted() {
    let world = World::new(Api::Rest, 1).await;
    world.needs_review("org-0001", 11).await;
    world.fault(
        "ContractServiceAdjustments/create",
        simulator::When::Always,
        simulator::What::QuotaUsedUp,
    );
    world.post("2026-11-30", Some(&["org-0001"])).await.unwrap();
    assert_eq!(world.state("org-0001").0, State::Planned);
    world.simulator.faults().clear();
    let told = reconcile(&world).await;
    let line = line_of(&told, "org-0001");
    assert_eq!(line.outcome, Outcome::Undecided);
    assert!(line.posted.is_some() && line.before.is_some() && line.can_correct);
    let service = line.place.as_ref().unwrap().service;

    // Whatever is mapped now.
    world.map("org-0001", None);
    let told = reconcile(&world).await;
    let place = line_of(&told, "org-0001").place.clone();
    assert_eq!(place.unwrap().service, service);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_back_and_set_for_another_organization_is_in_order() {
    let world = World::new(Api::Rest, 2).await;
    world.choose(|choices| choices.same_day_adjustment_refused = false);
    let place = world.place("org-0002");
    world.map("org-0002", None);
    world.map("org-0001", Some(place));
    world.set_time(due());
    world.pass().await.unwrap();
    let id = line_in(&world.store, "org-0001").id;
    world
        .meaning(async |means| billing::correct(&means, id).await)
        .await
        .unwrap();
    world.map("org-0001", None);
    world.map("org-0002", Some(place));
    world.post("2026-11-30", Some(&["org-0002"])).await.unwrap();
    let told = reconcile(&world).await;
    let line = line_of(&told, "org-0001");
    assert_eq!((line.outcome, line.difference), (Outcome::Corrected, None));
    assert_eq!(line_of(&told, "org-0002").outcome, Outcome::Agrees);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_amount_is_told_for_a_period_in_which_the_units_change() {
    let world = World::new(Api::Rest, 1).await;
    world.set_time(due());
    world.pass().await.unwrap();
    let told = reconcile(&world).await;
    assert!(line_of(&told, "org-0001").amount.is_some());
    world.change_by_hand("org-0001", "2026-12-15", 3).await;
    let told = reconcile(&world).await;
    let line = line_of(&told, "org-0001");
    assert_eq!(
        (line.difference, line.amount, line.worth),
        (Some(3), None, None)
    );
    let page = billing::statement(line, &told);
    assert!(!page.contains("Amount for the billing period"), "{page}");
    assert!(
        page.contains("The units change within the billing period."),
        "{page}"
    );
}
