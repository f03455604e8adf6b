use sync::{
    billing::{Money, current_date},
    clock::Clock as _,
    settings::{Api, Approval, BillingUnit, Effective},
};

use crate::world::{BOTH, World, at, config, date, due};

#[tokio::test(flavor = "multi_thread")]
async fn a_line_shows_the_figure_the_sum_the_units_and_what_the_change_is_worth() {
    for api in BOTH {
        let world = World::new(api, 3).await;
        world.measure("org-0001", "2026-11-22", 500);
        world.measure("org-0001", "2026-11-23", 500);
        world.set(|billing| {
            billing.included = 100;
            billing.block = 25;
        });
        world.set_time(at("2026-11-24T12:00:00Z"));
        world.measure("org-0001", "2026-11-24", 510);
        world.pass().await.unwrap();
        let calls = world.calls();
        let preview = world.preview("2026-11-30").await;
        assert_eq!((preview.due, preview.enabled), (false, true));
        assert_eq!(preview.at, due());
        assert_eq!(preview.calls, world.calls() - calls);
        let line = &preview
            .lines
            .iter()
            .find(|line| line.organization_id == "org-0001")
            .unwrap();
        let figure = line.figure.as_ref().unwrap();
        let now = world.units("org-0001", "2026-12-01");
        let gigabytes = figure.bytes / 1_000_000_000;
        assert!([500, 510].contains(&gigabytes), "{figure:?}");
        let steps: Vec<&str> = line
            .sum
            .as_ref()
            .unwrap()
            .steps
            .iter()
            .map(|step| step.value.as_str())
            .collect();
        let left = format!("{} GB", gigabytes - 100);
        let units = if gigabytes == 500 { 400 } else { 425 };
        assert_eq!(
            steps,
            [&format!("{gigabytes} GB"), &left, &units.to_string()]
        );
        assert_eq!((line.units_now, line.units_to_be), (Some(now), Some(units)));
        assert_eq!(line.change, Some(units - now));
        assert_eq!(line.effective, Some(date("2026-12-01")));
        assert_eq!(line.period.unwrap().end, date("2026-12-31"));
        let price = line.unit_price.unwrap();
        let service = world.simulator.autotask().services()[0].clone();
        assert_eq!(Some(price), Money::from_number(service.unit_price));
        assert_eq!(line.worth, Some(price.times(units - now)));
        let place = line.place.as_ref().unwrap();
        assert_eq!(
            (place.contract_name.as_str(), &place.service_name),
            ("Cloud Backup", &service.name)
        );
        assert_eq!(
            (&line.blocked, &line.hold, line.record.is_none()),
            (&None, &None, true)
        );
        assert_eq!(world.adjustments(), 0, "it sends nothing");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_effective_date_is_that_of_the_period_that_begins_or_that_closes() {
    let world = World::new(Api::Soap, 2).await;
    let effective = async || {
        world
            .line("org-0001", "2026-11-30")
            .await
            .effective
            .unwrap()
    };
    assert_eq!(effective().await, date("2026-12-01"));
    world.set(|billing| billing.effective = Effective::Closes);
    assert_eq!(effective().await, date("2026-11-01"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_organization_has_no_units_unless_it_is_billed() {
    let world = World::new(Api::Rest, 7).await;
    let line = world.line("org-0007", "2026-11-30").await;
    assert_eq!((line.units_to_be, line.blocked), (Some(0), None));
    world.set(|billing| billing.bill_trials = true);
    let line = world.line("org-0007", "2026-11-30").await;
    assert!(line.units_to_be > Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_wait_for_approval_says_why() {
    let world = World::new(Api::Rest, 2).await;
    for day in ["2026-11-22", "2026-11-23", "2026-11-24"] {
        world.measure("org-0001", day, 50_000);
    }
    world.wait(jiff::SignedDuration::from_hours(24));
    world.pass().await.unwrap();
    let hold = async || world.line("org-0001", "2026-11-30").await.hold;
    let line = world.line("org-0001", "2026-11-30").await;
    assert_eq!((line.hold, line.blocked), (None, None));
    world.set(|billing| billing.approval = Approval::HoldAlways);
    assert!(
        hold()
            .await
            .unwrap()
            .contains("until a person has approved")
    );
    world.set(|billing| billing.approval = Approval::WhenChangedByMoreThan);
    assert!(hold().await.unwrap().contains("more than 20 %"));
    world.set(|billing| billing.approval_threshold = u16::MAX);
    assert_eq!(hold().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persons_invoice_date_is_the_last_one_while_something_of_it_waits() {
    let world = World::new(Api::Rest, 2).await;
    let current = || current_date(&world.store, world.clock.now()).unwrap();
    assert_eq!(current(), date("2026-11-30"));
    world.set(|billing| billing.approval = Approval::HoldAlways);
    world.set_time(due());
    world.pass().await.unwrap();
    assert_eq!(current(), date("2026-11-30"));
    world.post("2026-11-30", None).await.unwrap();
    assert_eq!(current(), date("2026-12-31"));
}

/// Two years of periods for each of 2,000 customers: a preview asks only for what it shows.
#[tokio::test(flavor = "multi_thread")]
async fn a_preview_of_two_thousand_customers_takes_few_calls() {
    for api in BOTH {
        let world = World::of(api, config(2_000)).await;
        world.pass().await.unwrap();
        world.set(|billing| billing.unit = BillingUnit::Gib);
        let before = world.calls();
        let preview = world.preview("2026-11-30").await;
        let calls = world.calls() - before;
        assert_eq!(preview.lines.len(), 2_000);
        assert!(preview.totals.to_post > 1_700, "{:?}", preview.totals);
        assert!(calls <= 150, "{calls}");
    }
}
