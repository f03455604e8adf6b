use std::collections::BTreeMap;

use jiff::SignedDuration;
use sync::{
    billing::{self, Outcome, Reconciliation},
    clock::Clock as _,
    settings::{Api, Approval},
};

use crate::world::{BOTH, World, date, due, line_in};

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
