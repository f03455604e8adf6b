use std::time::Instant;

use jiff::SignedDuration;
use simulator::{What, When};
use sync::{
    billing::{self, Spread, State},
    clock::Clock as _,
    mapping,
    pass::Limits,
    settings::{Api, Approval, Effective},
};

use crate::world::{BOTH, World, at, config, date, due, limits, line_in};

/// The units to be of each line that can be posted, by the preview.
async fn wanted(world: &World) -> Vec<(String, i64)> {
    let preview = world.preview("2026-11-30").await;
    let mut wanted: Vec<(String, i64)> = preview
        .lines
        .into_iter()
        .filter(|line| line.blocked.is_none())
        .map(|line| (line.organization_id, line.units_to_be.unwrap()))
        .collect();
    wanted.sort();
    wanted
}

#[tokio::test(flavor = "multi_thread")]
async fn on_the_invoice_date_units_become_what_was_measured_once_and_are_read_back() {
    for api in BOTH {
        let world = World::new(api, 6).await;
        world.set_time(due() - SignedDuration::from_secs(1));
        let early = world.pass().await.unwrap();
        assert_eq!((early.planned, early.posted), (0, 0));
        assert_eq!(early.next_invoice, Some(due()));

        world.set_time(due());
        let november: Vec<i64> = ["org-0001", "org-0002"]
            .map(|id| world.units(id, "2026-11-30"))
            .to_vec();
        let report = world.pass().await.unwrap();
        assert_eq!(report.planned, 6);
        assert_eq!(
            (report.waiting, report.held, report.needs_review),
            (0, 0, 0),
            "{report:?}"
        );
        assert_eq!(report.verified, 6);
        let wanted = wanted(&world).await;
        assert_eq!(wanted.len(), 6);
        for (id, units) in &wanted {
            for day in ["2026-12-01", "2026-12-31", "2027-06-15"] {
                assert_eq!(world.units(id, day), *units, "{id} {day}");
            }
            assert_eq!(world.state(id), (State::Verified, None));
        }
        assert_eq!(
            ["org-0001", "org-0002"]
                .map(|id| world.units(id, "2026-11-30"))
                .to_vec(),
            november,
            "what was before stays"
        );
        let sent = world.adjustments();
        let again = world.pass().await.unwrap();
        assert_eq!(
            (again.planned, again.posted, world.adjustments()),
            (0, 0, sent)
        );
        let told = world.told("org-0001");
        assert_eq!(told, ["units changed", "units verified"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_period_that_closes_is_changed_where_options_say_so() {
    let world = World::new(Api::Rest, 1).await;
    world.set(|billing| billing.effective = Effective::Closes);
    world.set_time(due());
    let october = world.units("org-0001", "2026-10-31");
    world.pass().await.unwrap();
    let (_, wanted) = wanted(&world).await.remove(0);
    assert_eq!(world.units("org-0001", "2026-10-31"), october);
    assert_eq!(world.units("org-0001", "2026-11-01"), wanted);
    assert_eq!(world.units("org-0001", "2026-12-01"), wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn units_that_are_as_wanted_are_verified_and_nothing_is_sent() {
    let world = World::new(Api::Rest, 1).await;
    world.set_time(due() - SignedDuration::from_hours(1));
    world.pass().await.unwrap();
    let (id, units) = wanted(&world).await.remove(0);
    let change = units - world.units(&id, "2026-12-01");
    world.change_by_hand(&id, "2026-12-01", change).await;
    let sent = world.adjustments();
    world.set_time(due());
    let report = world.pass().await.unwrap();
    assert_eq!((report.posted, report.verified), (0, 1));
    assert_eq!(world.adjustments(), sent);
    assert_eq!(world.told(&id), ["units agree"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn missed_invoice_dates_are_made_up_for_oldest_first_each_with_its_own_figure() {
    for api in BOTH {
        let world = World::new(api, 2).await;
        world.set_time(at("2027-02-10T12:00:00Z"));
        let report = world.pass().await.unwrap();
        assert_eq!((report.planned, report.needs_review), (6, 0), "{report:?}");
        let dates = world.store.invoice_dates(10).unwrap();
        assert_eq!(
            dates,
            [date("2027-01-31"), date("2026-12-31"), date("2026-11-30")]
        );
        for (day, effective) in [
            ("2026-11-30", "2026-12-01"),
            ("2026-12-31", "2027-01-01"),
            ("2027-01-31", "2027-02-01"),
        ] {
            for line in world.preview(day).await.lines {
                let record = line.record.unwrap();
                assert_eq!(record.state, State::Verified, "{record:?}");
                let moment = line.figure.as_ref().unwrap().measured_at;
                assert!(moment <= world.preview(day).await.at);
                assert_eq!(
                    world.units(&line.organization_id, effective),
                    line.units_to_be.unwrap(),
                    "{day}"
                );
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_blocked_holds_up_nothing_and_goes_out_when_it_can() {
    let world = World::new(Api::Rest, 3).await;
    let contract = world.place("org-0002").contract;
    world.simulator.autotask().set_contract_status(contract, 0);
    world.set_time(due());
    let report = world.pass().await.unwrap();
    assert_eq!((report.verified, report.waiting), (2, 1));
    assert_eq!(
        world.state("org-0002"),
        (State::Planned, Some("contract_inactive".to_owned()))
    );
    world.simulator.autotask().set_contract_status(contract, 1);
    world.pass().await.unwrap();
    assert_eq!(
        world.state("org-0002").0,
        State::Planned,
        "looked at once an hour"
    );
    world.wait(SignedDuration::from_hours(1));
    let report = world.pass().await.unwrap();
    assert_eq!((report.posted, report.waiting), (1, 0));
    assert_eq!(world.state("org-0002"), (State::Verified, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_waits_for_the_source_to_be_asked_but_not_for_ever() {
    let world = World::new(Api::Rest, 1).await;
    world.set_time(due() - SignedDuration::from_hours(2));
    world.pass().await.unwrap();
    world.simulator.faults().add(simulator::Fault {
        service: simulator::Service::CloudDirect,
        on: None,
        when: When::Always,
        what: What::Status(503),
    });
    world.set_time(due());
    let report = world.pass().await.unwrap();
    assert_eq!((report.planned, report.posted, report.waiting), (1, 0, 1));
    world.set_time(due() + SignedDuration::from_hours(24));
    assert_eq!(
        world.pass().await.unwrap().verified,
        1,
        "with the last figure that there is"
    );
}

/// The later units would be in the way of the older ones for good.
#[tokio::test(flavor = "multi_thread")]
async fn an_older_date_goes_first_or_is_left_by_a_person() {
    let world = World::new(Api::Rest, 2).await;
    world.set(|billing| billing.approval = Approval::HoldAlways);
    world.set_time(at("2027-01-01T12:00:00Z"));
    assert_eq!(world.pass().await.unwrap().held, 4);
    let current = || billing::current_date(&world.store, world.clock.now()).unwrap();
    assert_eq!(current(), date("2026-11-30"));
    let done = world.post("2026-12-31", None).await.unwrap();
    assert_eq!(world.adjustments(), 0);
    let blocked = done.lines[0].blocked.clone().unwrap();
    assert!(
        blocked.starts_with(
            "The change of the invoice date 2026-11-30 is still open, and goes first."
        ),
        "{blocked}"
    );
    assert_eq!(world.pass().await.unwrap().held, 4, "they still wait");

    world.post("2026-11-30", Some(&["org-0001"])).await.unwrap();
    let id = line_in(&world.store, "org-0002").id;
    billing::settle(&world.store, id, "billed by hand", world.clock.now()).unwrap();
    assert_eq!(current(), date("2026-12-31"));
    let done = world.post("2026-12-31", None).await.unwrap();
    assert_eq!((done.report.verified, done.report.held), (2, 0));

    let done = world.post("2026-11-30", Some(&["org-0002"])).await.unwrap();
    let blocked = done.lines[0].blocked.clone().unwrap();
    assert!(
        blocked.contains("were set from 2027-01-01 on already, for the invoice date 2026-12-31"),
        "{blocked}"
    );
    assert_eq!(world.state("org-0002").0, State::Settled);
}

/// No pass has made its lines yet.
#[tokio::test(flavor = "multi_thread")]
async fn a_date_that_has_just_come_is_not_passed_over_by_posting_the_next_ahead() {
    let world = World::new(Api::Rest, 1).await;
    world.set_time(due());
    let current = billing::current_date(&world.store, world.clock.now()).unwrap();
    assert_eq!(current, date("2026-11-30"));
    let done = world.post("2026-12-31", None).await.unwrap();
    assert_eq!((done.report.posted, done.report.waiting), (0, 1));
    assert_eq!(world.pass().await.unwrap().verified, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_change_does_not_go_by_itself_over_an_older_one_that_waits_for_approval() {
    let world = World::new(Api::Rest, 1).await;
    world.set(|billing| billing.approval = Approval::HoldAlways);
    world.set_time(due());
    assert_eq!(world.pass().await.unwrap().held, 1);
    world.set(|billing| {
        billing.approval = Approval::WhenChangedByMoreThan;
        billing.approval_threshold = u16::MAX;
    });
    world.set_time(at("2027-01-01T12:00:00Z"));
    let report = world.pass().await.unwrap();
    assert_eq!((report.held, report.waiting, report.posted), (1, 1, 0));
    world.post("2026-11-30", None).await.unwrap();
    let report = world.pass().await.unwrap();
    assert_eq!((report.held, report.waiting, report.verified), (0, 0, 1));
}

/// Both are blocked by the same, and looked at at different moments.
#[tokio::test(flavor = "multi_thread")]
async fn when_the_cause_is_gone_the_older_of_two_blocked_lines_goes_first() {
    let world = World::new(Api::Rest, 1).await;
    let contract = world.place("org-0001").contract;
    world.simulator.autotask().set_contract_status(contract, 0);
    world.set_time(at("2026-12-31T04:30:00Z"));
    assert_eq!(world.pass().await.unwrap().waiting, 1);
    world.set_time(at("2026-12-31T05:00:00Z"));
    assert_eq!(world.pass().await.unwrap().waiting, 2);
    world.set_time(at("2026-12-31T05:31:00Z"));
    assert_eq!(world.pass().await.unwrap().waiting, 2);
    world.simulator.autotask().set_contract_status(contract, 1);
    world.set_time(at("2026-12-31T06:15:00Z"));
    let report = world.pass().await.unwrap();
    assert_eq!((report.waiting, report.verified), (0, 2), "{report:?}");
}

/// A yearly contract has one period for many invoice dates.
#[tokio::test(flavor = "multi_thread")]
async fn a_long_billing_period_is_set_once() {
    let world = World::new(Api::Rest, 1).await;
    // The simulator's contracts are monthly; two invoice dates in one month share a period as well.
    world.set_time(at("2026-11-26T12:00:00Z"));
    world.pass().await.unwrap();
    let first = world.post("2026-11-25", None).await.unwrap();
    assert_eq!(first.report.verified, 1, "{first:?}");
    let line = world.line("org-0001", "2026-11-26").await;
    assert_eq!(line.blocked.map(|b| b.code()), Some("period_set"));
    let second = world.post("2026-11-26", Some(&["org-0001"])).await.unwrap();
    assert_eq!(second.report.posted, 0);
    assert!(second.lines[0].blocked.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_never_left_are_taken_back_when_nobody_wants_them() {
    let world = World::new(Api::Rest, 3).await;
    world.set(|billing| billing.approval = Approval::HoldAlways);
    world.set_time(due());
    assert_eq!(world.pass().await.unwrap().held, 3);
    let excluded = mapping::Input {
        organization_id: "org-0001".to_owned(),
        excluded: Some("ours".to_owned()),
        ..mapping::Input::default()
    };
    mapping::save(
        &world.store,
        &excluded,
        &mapping::Names::default(),
        world.clock.now(),
    )
    .unwrap();
    assert_eq!(world.pass().await.unwrap().held, 2);
    assert_eq!(
        world.state("org-0001"),
        (State::Withdrawn, Some("excluded".to_owned()))
    );
    world.set(|billing| billing.enabled = false);
    assert_eq!(world.pass().await.unwrap().held, 0);
    world.set(|billing| billing.enabled = true);
    let report = world.pass().await.unwrap();
    assert_eq!((report.planned, report.held), (0, 0), "the month is done");
    assert_eq!(world.adjustments(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_computer_waits_for_its_own_time_before_it_posts_by_itself() {
    let world = World::new(Api::Rest, 1).await;
    world.set_time(due());
    let patient = Limits {
        spread: Spread::default(),
        ..limits()
    };
    let report = world.pass_with(patient).await.unwrap();
    let next = report.next_look.unwrap();
    assert_eq!((report.planned, report.posted), (1, 0));
    assert!(
        next > due() && next <= due() + SignedDuration::from_mins(10),
        "{next}"
    );
    world.set_time(next);
    assert_eq!(world.pass_with(patient).await.unwrap().verified, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_autotask_refuses_needs_review_and_the_others_go_on() {
    for api in BOTH {
        let world = World::new(api, 4).await;
        world.set_time(due());
        // Less than nothing from March on.
        let now = world.units("org-0002", "2027-03-01");
        world.change_by_hand("org-0002", "2027-03-01", -now).await;
        let day = Some(date("2026-11-30"));
        billing::enter(&world.store, "org-0002", 0, "test", day, world.clock.now()).unwrap();
        let report = world.pass().await.unwrap();
        assert_eq!((report.verified, report.held), (3, 1), "{report:?}");
        let done = world.post("2026-11-30", Some(&["org-0002"])).await.unwrap();
        assert_eq!(done.report.needs_review, 1, "{:?}", done.report);
        assert_eq!(
            world.state("org-0002"),
            (State::NeedsReview, Some("validation".to_owned()))
        );
        assert_eq!(world.told("org-0002").last().unwrap(), "refused");
        assert_eq!(world.units("org-0002", "2026-12-01"), now);
    }
}

/// Posting and reading back 2,000 lines: one change each, and the reading in few calls.
#[tokio::test(flavor = "multi_thread")]
async fn two_thousand_lines_are_posted_and_verified_in_few_calls() {
    for (api, most) in [(Api::Rest, 2_150), (Api::Soap, 150)] {
        for by_a_person in [false, true] {
            let world = World::of(api, config(2_000)).await;
            world.simulator.autotask().set_limits(false);
            let (began, calls) = (Instant::now(), world.calls());
            let report = if by_a_person {
                world.post("2026-11-30", None).await.unwrap().report
            } else {
                world.set_time(due());
                world.pass().await.unwrap()
            };
            let (took, calls) = (began.elapsed(), world.calls() - calls);
            println!("{api:?}, by a person: {by_a_person}: {calls} calls, {took:?}, {report:?}");
            assert!(report.verified > 1_800, "{report:?}");
            assert_eq!(report.needs_review, 0);
            // Two contracts of the simulated tenant have ended.
            let left = 2_000 - report.verified;
            assert!(calls + left <= most, "{calls}");
        }
    }
}
