use jiff::ToSpan as _;
use sync::{
    attention,
    billing::{self, State},
    clock::Clock as _,
    settings::{Api, Approval, Effective, Expired},
};

use crate::world::{BOTH, GB, World, date, due, line_in};

/// Each thing that keeps a line from being posted, as it is told in the preview.
#[tokio::test(flavor = "multi_thread")]
async fn each_reason_is_told_and_nothing_is_sent() {
    for api in BOTH {
        let world = World::new(api, 12).await;
        let door = world.simulator.autotask();
        let place = |id: &str| world.place(id);
        world.map("org-0001", None);
        let mut tickets_only = place("org-0002");
        tickets_only.service = 0;
        sync::mapping::save(
            &world.store,
            &sync::mapping::Input {
                organization_id: "org-0002".to_owned(),
                account: Some(tickets_only.company),
                ..sync::mapping::Input::default()
            },
            &sync::mapping::Names::default(),
            world.clock.now(),
        )
        .unwrap();
        // 3 and 4 share a service.
        world.map("org-0003", Some(place("org-0004")));
        let contract = |id: &str| {
            let contract = place(id).contract;
            let contracts = door.contracts();
            contracts
                .into_iter()
                .find(|one| one.id == contract)
                .unwrap()
        };
        let five = contract("org-0005");
        door.set_contract_dates(five.id, five.start.unwrap(), date("2026-11-30"));
        door.set_contract_status(place("org-0006").contract, 0);
        door.delete_contract_service(place("org-0008").service);
        door.approve_and_post(place("org-0009").contract, date("2026-12-01"))
            .unwrap();
        let mut elsewhere = place("org-0011");
        elsewhere.company = place("org-0009").company;
        world.map("org-0011", Some(elsewhere));
        let expected = [
            ("org-0001", Some("not_mapped")),
            ("org-0002", Some("no_service")),
            ("org-0003", Some("shared_service")),
            ("org-0004", Some("shared_service")),
            ("org-0005", Some("contract_ended")),
            ("org-0006", Some("contract_inactive")),
            // Trial: no units.
            ("org-0007", None),
            ("org-0008", Some("service_gone")),
            ("org-0009", Some("period_posted")),
            ("org-0010", Some("expired_left")),
            ("org-0011", Some("contract_of_another")),
            ("org-0012", Some("no_measurement")),
        ];
        let lines = world.preview("2026-11-30").await.lines;
        for (id, code) in expected {
            let line = lines
                .iter()
                .find(|line| line.organization_id == id)
                .unwrap();
            assert_eq!(
                line.blocked.as_ref().map(|b| b.code()),
                code,
                "{id} {:?}",
                line.blocked
            );
        }
        world.set_time(crate::world::due());
        let report = world.pass().await.unwrap();
        assert_eq!((report.posted, report.verified), (1, 1), "{report:?}");
        assert_eq!(world.adjustments(), 1);
        let services = door.contract_services();
        assert!(
            services
                .iter()
                .all(|line| line.id != place("org-0011").service
                    || line.contract_id == elsewhere.contract),
            "no service is put on a contract"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_that_is_not_of_the_right_type_or_time_or_is_gone_is_told() {
    let world = World::new(Api::Rest, 8).await;
    let door = world.simulator.autotask();
    let blocked = async |id: &str| world.blocked(id).await;
    // Customer 5 has a contract for time and materials.
    let company = world.place("org-0005").company;
    let other = door
        .contracts()
        .into_iter()
        .find(|one| one.company_id == company && one.contract_type == 1)
        .unwrap();
    let mut place = world.place("org-0005");
    place.contract = other.id;
    world.map("org-0005", Some(place));
    assert_eq!(blocked("org-0005").await, Some("wrong_type"));
    place.contract = 12_345;
    world.map("org-0005", Some(place));
    assert_eq!(blocked("org-0005").await, Some("contract_gone"));

    let contract = world.place("org-0001").contract;
    let end = door
        .contracts()
        .into_iter()
        .find(|one| one.id == contract)
        .unwrap()
        .end
        .unwrap();
    door.set_contract_dates(contract, date("2026-12-15"), end);
    assert_eq!(blocked("org-0001").await, Some("contract_not_begun"));
    world.set(|billing| billing.effective = Effective::Closes);
    assert_eq!(blocked("org-0001").await, Some("contract_not_begun"));
    assert_eq!(blocked("org-0002").await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_period_that_is_posted_blocks_too_because_it_would_move_along() {
    let world = World::new(Api::Rest, 2).await;
    let door = world.simulator.autotask();
    let contract = world.place("org-0001").contract;
    door.approve_and_post(contract, date("2027-02-01")).unwrap();
    door.take_back_posting(contract, date("2026-12-01"))
        .unwrap();
    assert_eq!(
        world.blocked("org-0001").await,
        None,
        "nothing is posted any more"
    );
    door.approve_and_post(contract, date("2026-11-01")).unwrap();
    assert_eq!(world.blocked("org-0001").await, None, "only what is over");
    door.approve_and_post(contract, date("2027-01-01")).unwrap();
    assert_eq!(world.blocked("org-0001").await, Some("period_posted"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_is_followed_once_the_last_invoice_date_of_the_old_contract_is_done() {
    let world = World::new(Api::Rest, 2).await;
    let door = world.simulator.autotask();
    for id in ["org-0001", "org-0002"] {
        let contract = world.place(id).contract;
        let mut contracts = door.contracts().into_iter();
        let old = contracts.find(|one| one.id == contract).unwrap();
        door.set_contract_dates(contract, old.start.unwrap(), date("2026-12-31"));
        door.renew_contract(contract, None).unwrap();
    }
    let watched = async |id: &str| {
        let mut watch = world.preview("2026-11-30").await.watch.into_iter();
        let one = watch.find(|one| one.organization_id == id).unwrap();
        (one.renewed.unwrap().obstacle, one.message)
    };
    let follow = async |id| {
        billing::follow(&world.store, world.client(), id, world.clock.now())
            .await
            .map_err(|error| error.to_string())
    };
    let still = "The invoice date 2026-11-30 is still billed on the old contract.";
    let (obstacle, message) = watched("org-0001").await;
    assert!(obstacle.is_some() && message.contains(still), "{message}");
    let error = follow("org-0001").await.unwrap_err();
    assert!(error.contains(still), "{error}");
    assert_eq!(world.blocked("org-0001").await, None);

    // Posted ahead, for one of them.
    world.post("2026-11-30", Some(&["org-0001"])).await.unwrap();
    let (obstacle, message) = watched("org-0001").await;
    assert!(obstacle.is_none(), "{message}");
    let followed = follow("org-0001").await.unwrap();
    let line = world.line("org-0001", "2026-12-31").await;
    assert_eq!(line.place.unwrap().contract, followed.contract);
    assert_eq!(
        (line.blocked, line.effective),
        (None, Some(date("2027-01-01")))
    );

    // The date has come, and the line waits.
    world.set(|billing| billing.approval = sync::settings::Approval::HoldAlways);
    world.set_time(crate::world::due());
    assert!(follow("org-0002").await.unwrap_err().contains(still));
    world.pass().await.unwrap();
    assert!(follow("org-0002").await.unwrap_err().contains(still));
    world.post("2026-11-30", None).await.unwrap();
    follow("org-0002").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_is_not_followed_while_a_later_date_is_billed_on_the_old_contract() {
    for (end, date_told) in [("2027-01-31", "2026-12-31"), ("2026-12-31", "2026-11-30")] {
        let world = World::new(Api::Rest, 1).await;
        let door = world.simulator.autotask();
        let contract = world.place("org-0001").contract;
        let mut contracts = door.contracts().into_iter();
        let old = contracts.find(|one| one.id == contract).unwrap();
        door.set_contract_dates(contract, old.start.unwrap(), date(end));
        door.renew_contract(contract, None).unwrap();
        world.post("2026-11-30", None).await.unwrap();
        if date_told == "2026-11-30" {
            // It is made anew when its date comes.
            world.choose(|choices| choices.same_day_adjustment_refused = false);
            let id = line_in(&world.store, "org-0001").id;
            let corrected = world
                .meaning(async |means| billing::correct(&means, id).await)
                .await;
            assert_eq!(corrected.unwrap().record.unwrap().state, State::Verified);
        }
        let now = world.clock.now();
        let followed = billing::follow(&world.store, world.client(), "org-0001", now).await;
        let error = followed.unwrap_err().to_string();
        let still = format!("The invoice date {date_told} is still billed on the old contract");
        assert!(error.contains(&still), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_is_followed_where_another_date_has_set_the_last_period_of_the_old_contract() {
    let world = World::new(Api::Rest, 1).await;
    let door = world.simulator.autotask();
    let contract = world.place("org-0001").contract;
    let mut contracts = door.contracts().into_iter();
    let old = contracts.find(|one| one.id == contract).unwrap();
    door.set_contract_dates(contract, old.start.unwrap(), date("2026-12-31"));
    door.renew_contract(contract, None).unwrap();
    world.post("2026-12-05", None).await.unwrap();
    let now = world.clock.now();
    billing::follow(&world.store, world.client(), "org-0001", now)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_is_watched_before_the_invoice_date_and_followed_only_when_asked() {
    for told_by in [
        simulator::RenewalToldBy::OldContract,
        simulator::RenewalToldBy::NewContract,
    ] {
        let world = World::new(Api::Rest, 4).await;
        world.choose(|choices| choices.renewal_told_by = told_by);
        let door = world.simulator.autotask();
        let ends = |id: &str, end| {
            let contract = world.place(id).contract;
            let start = door
                .contracts()
                .into_iter()
                .find(|one| one.id == contract)
                .unwrap()
                .start
                .unwrap();
            door.set_contract_dates(contract, start, end);
            contract
        };
        let soon = date("2026-11-23").saturating_add(30.days());
        let renewed = door
            .renew_contract(ends("org-0001", date("2026-11-30")), None)
            .unwrap();
        ends("org-0002", soon);
        door.set_contract_status(world.place("org-0003").contract, 0);
        door.delete_contract_service(world.place("org-0004").service);
        let preview = world.preview("2026-11-30").await;
        let watch: Vec<(&str, String)> = preview
            .watch
            .iter()
            .map(|one| {
                (
                    one.organization_id.as_str(),
                    serde_json::to_value(one.what)
                        .unwrap()
                        .as_str()
                        .unwrap()
                        .to_owned(),
                )
            })
            .collect();
        let mut expected = [
            ("org-0001", "renewed"),
            ("org-0002", "ends_soon"),
            ("org-0003", "inactive_but_bills"),
            ("org-0004", "service_removed"),
        ]
        .map(|(id, what)| (id, what.to_owned()));
        let mut watch = watch;
        watch.sort();
        expected.sort();
        assert_eq!(watch, expected);

        assert_eq!(
            world.blocked("org-0001").await,
            Some("contract_ended"),
            "not followed by itself"
        );
        let followed = billing::follow(&world.store, world.client(), "org-0001", world.clock.now())
            .await
            .unwrap();
        assert_eq!(followed.contract, renewed);
        let line = world.line("org-0001", "2026-11-30").await;
        assert_eq!(line.blocked, None);
        assert_eq!(line.place.unwrap().contract, renewed);
        let error = billing::follow(&world.store, world.client(), "org-0002", world.clock.now())
            .await
            .unwrap_err();
        assert!(error.to_string().contains("not been renewed"), "{error}");
    }
}

/// Its units stay as they are, which nobody has to approve; and it is not billed for the time when it comes back.
#[tokio::test(flavor = "multi_thread")]
async fn an_expired_organization_that_is_left_has_a_line_that_is_settled_at_once() {
    for approval in [Approval::HoldAlways, Approval::PostByItself] {
        let world = World::new(Api::Rest, 10).await;
        world.set(|billing| billing.approval = approval);
        world.set_time(due());
        let report = world.pass().await.unwrap();
        assert_eq!((report.planned, report.waiting), (10, 0), "{report:?}");
        let expired = || world.state("org-0010");
        let settled = (State::Settled, Some("expired_left".to_owned()));
        assert_eq!(expired(), settled);
        world.post("2026-11-30", None).await.unwrap();
        assert_eq!(
            billing::current_date(&world.store, world.clock.now()).unwrap(),
            date("2026-12-31")
        );
        world.set(|billing| billing.expired = Expired::Measured);
        let (day, now) = (Some(date("2026-11-30")), world.clock.now());
        billing::enter(&world.store, "org-0010", 7 * GB, "counted", day, now).unwrap();
        world.wait(jiff::SignedDuration::from_hours(2));
        assert_eq!(world.pass().await.unwrap().posted, 0);
        assert_eq!(expired(), settled);
        let done = world.post("2026-11-30", Some(&["org-0010"])).await.unwrap();
        assert_eq!(done.report.needs_review, 0, "a person can bill it");
        assert_eq!(expired().0, State::Verified);
    }
}

/// It does not wait for approval as long as it cannot have it, and a person can end it.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_blocked_is_not_to_be_approved_and_can_be_left_as_it_stands() {
    for approval in [Approval::HoldAlways, Approval::PostByItself] {
        let world = World::new(Api::Rest, 1).await;
        world.set(|billing| billing.approval = approval);
        let contract = world.place("org-0001").contract;
        world.simulator.autotask().set_contract_status(contract, 0);
        world.set_time(due());
        let report = world.pass().await.unwrap();
        assert_eq!((report.held, report.waiting), (0, 1), "{report:?}");
        let now = world.clock.now();
        let there = attention::There::read(&world.store, 0, now).unwrap();
        assert_eq!(
            attention::look(&attention::Told::default(), &there, now).0,
            []
        );
        let line = line_in(&world.store, "org-0001");
        billing::settle(&world.store, line.id, "billed by hand", now).unwrap();
        assert_eq!(
            world.state("org-0001"),
            (State::Settled, Some("settled".to_owned()))
        );
        assert_eq!(world.told("org-0001"), ["settled"]);
        world.wait(jiff::SignedDuration::from_hours(2));
        world.simulator.autotask().set_contract_status(contract, 1);
        assert_eq!(world.pass().await.unwrap().posted, 0);
    }
}
