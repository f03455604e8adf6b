use secrecy::SecretString;
use simulator::{Fault, Service, Simulator, What, When};
use sync::{
    clock::{Clock as _, ManualClock},
    connect,
    login::{self, StepState},
    pass::PassError,
    settings::Api,
    status,
    store::Store,
    test_ticket::{self, TestTicketError},
};

use crate::world::{
    BOTH, World, autotask_settings, calls, config, portal_settings, secrets, start,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_one_login_and_closes_everything() {
    for api in BOTH {
        let world = World::mapped(api, config(2, 10)).await;
        world
            .simulator
            .autotask()
            .set_password("changed in Autotask");
        world.simulator.autotask().clear_journal();

        let answer = world.pass().await;
        let Err(PassError::LoginRefused { service, message }) = answer else {
            panic!("{answer:?}")
        };
        assert_eq!(service, login::Service::Autotask);
        assert!(message.contains("password"), "{message}");
        assert_eq!(world.autotask_calls(), 1);
        assert!(!login::unlocked(&world.store).unwrap());
        let status = status::read(&world.store, world.clock.now()).unwrap();
        assert_eq!(status.state, status::State::LoginRefused);

        // Nothing more is sent: no pass, no test ticket, also after a restart.
        let world = world.restarted().await;
        assert!(matches!(
            world.pass().await,
            Err(PassError::LoginRefused { .. })
        ));
        let ticket = test_ticket::send(
            &world.store,
            &world.connection.autotask,
            29_683_501,
            &world.clock,
        );
        assert!(matches!(
            ticket.await,
            Err(TestTicketError::LoginRefused { .. })
        ));
        assert_eq!(world.autotask_calls(), 1);

        // A test that passes opens it again, and nothing is lost.
        let settings = autotask_settings(&world.simulator, api);
        let outcome = login::test_autotask(
            &world.store,
            &settings,
            &SecretString::from("changed in Autotask".to_owned()),
            &world.clock,
            &|_| {},
        )
        .await;
        assert!(outcome.passed, "{outcome:#?}");
        world
            .simulator
            .autotask()
            .set_password(&world.simulator.logins().password);
        world.pass().await.unwrap();
        world.assert_each_job_has_its_ticket();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_is_revoked_while_sending_stops_everything_and_loses_nothing() {
    for api in BOTH {
        let mut world = World::mapped(api, config(5, 60)).await;
        world.fault("Tickets/create", When::Once, What::LoginRevoked);
        let answer = world.pass().await;
        assert!(
            matches!(answer, Err(PassError::LoginRefused { .. })),
            "{answer:?}"
        );
        assert_eq!(world.store.counts().unwrap().unclear, 0);
        assert!(matches!(
            world.pass().await,
            Err(PassError::LoginRefused { .. })
        ));

        let settings = autotask_settings(&world.simulator, api);
        let secrets = secrets(&world.simulator);
        let password = &secrets.autotask_password;
        let outcome =
            login::test_autotask(&world.store, &settings, password, &world.clock, &|_| {}).await;
        assert!(outcome.passed, "{outcome:#?}");
        // A client whose login was refused stays silent; a test leads to a new one.
        world.connection = connect::connect(&world.store, &secrets).await.unwrap();
        world.pass().await.unwrap();
        world.assert_each_job_has_its_ticket();
    }
}

/// Whatever it was asked for: a client that was refused says nothing more.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_any_call_is_told_by_the_pass_that_met_it() {
    for api in BOTH {
        for nth in 1..=5 {
            let world = World::mapped(api, config(2, 4)).await;
            world.fault("Tickets/query", When::EveryNth(nth), What::UserLocked);
            let _ended = world.pass().await;
            let met = world.simulator.journal();
            let met = met.iter().any(|call| call.fault.is_some());
            let told = login::refused(&world.store).unwrap().is_some();
            assert_eq!(told, met, "{api:?} {nth}");
            assert!(met || nth > 3, "{api:?} {nth}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_with_a_wrong_password_sends_one_login_and_says_what_to_do() {
    for api in BOTH {
        let simulator = Simulator::start(config(2, 10)).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let clock = ManualClock::new(start());
        let settings = autotask_settings(&simulator, api);
        let wrong = SecretString::from("wrong".to_owned());
        let outcome = login::test_autotask(&store, &settings, &wrong, &clock, &|_| {}).await;
        assert!(outcome.stop && !outcome.passed);
        let states: Vec<StepState> = outcome.steps.iter().map(|step| step.state).collect();
        use StepState::{Failed, Passed, Skipped};
        assert_eq!(states[..2], [Passed, Failed]);
        assert!(
            states[2..].iter().all(|state| *state == Skipped),
            "{states:?}"
        );
        // The zone look-up carries no login.
        assert_eq!(calls(&simulator, Service::Autotask), 2);
        assert_eq!(store.settings().unwrap().autotask.username, "", "not saved");
        assert!(!login::unlocked(&store).unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passed_test_shows_its_steps_and_keeps_what_it_found() {
    for api in BOTH {
        let world = World::new(api, config(3, 10)).await;
        assert!(login::unlocked(&world.store).unwrap());
        assert!(world.store.zone().unwrap().is_some());
        let rights = world.store.rights().unwrap().unwrap();
        assert!(rights.create_tickets && rights.create_adjustments);
        assert!(
            world
                .store
                .picklists()
                .unwrap()
                .queues
                .iter()
                .any(|queue| queue.active)
        );
        assert_eq!(world.store.organizations().unwrap().len(), 3);
        let alerts = world.store.settings().unwrap().alerts.unwrap();
        assert!(alerts.has_labels(), "not asked yet");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_right_is_named_a_needed_one_fails_and_another_warns() {
    let simulator = Simulator::start(config(2, 10)).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let clock = ManualClock::new(start());
    let settings = autotask_settings(&simulator, Api::Rest);
    let password = secrets(&simulator).autotask_password;
    let test = async || login::test_autotask(&store, &settings, &password, &clock, &|_| {}).await;

    simulator
        .autotask()
        .set_rights("ContractServiceAdjustments", false, false, false);
    let outcome = test().await;
    assert!(outcome.passed, "{outcome:#?}");
    let warned = outcome
        .steps
        .iter()
        .find(|step| step.state == StepState::Warning)
        .unwrap();
    assert_eq!(warned.title, "Rights: create adjustments");

    simulator
        .autotask()
        .set_rights("Tickets", true, false, false);
    let outcome = test().await;
    assert!(!outcome.passed && !outcome.stop, "{outcome:#?}");
    let failed = outcome
        .steps
        .iter()
        .find(|step| step.state == StepState::Failed)
        .unwrap();
    assert_eq!(failed.title, "Rights: create tickets");
    assert!(failed.remedy.as_ref().unwrap().contains("security level"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_token_is_one_request_and_stops_everything() {
    let world = World::mapped(Api::Rest, config(2, 10)).await;
    world.simulator.cloud_direct().set_token("changed");
    let before = calls(&world.simulator, Service::CloudDirect);
    let autotask_before = world.autotask_calls();
    let answer = world.pass().await;
    let Err(PassError::LoginRefused { service, .. }) = answer else {
        panic!("{answer:?}")
    };
    assert_eq!(service, login::Service::CloudDirect);
    assert!(matches!(
        world.pass().await,
        Err(PassError::LoginRefused { .. })
    ));
    assert_eq!(calls(&world.simulator, Service::CloudDirect), before + 1);
    assert_eq!(world.autotask_calls(), autotask_before);
    assert!(!login::unlocked(&world.store).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_that_cannot_be_read_does_not_keep_the_outbox_from_being_sent() {
    let world = World::new(Api::Rest, config(3, 30)).await;
    world.pass().await.unwrap();
    world.map_all();
    world.simulator.faults().add(Fault {
        service: Service::CloudDirect,
        on: None,
        when: When::Always,
        what: What::HtmlPage,
    });
    let report = world.pass().await.unwrap();
    assert_eq!(report.problems.len(), 1, "{report:?}");
    assert_eq!(report.problems[0].service, login::Service::CloudDirect);
    world.assert_each_job_has_its_ticket();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sources_time_zone_is_proposed_until_options_are_saved() {
    let simulator = Simulator::start(config(2, 0)).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let clock = ManualClock::new(start());
    let general = sync::settings::General {
        time_zone: "UTC".to_owned(),
        ..Default::default()
    };
    store.save_general(&general).unwrap();
    let token = secrets(&simulator).cloud_direct_token;
    let source = portal_settings(&simulator);
    let test = async || {
        login::test_cloud_direct(&store, &source, &general, token.as_ref(), &clock, &|_| {}).await
    };
    assert!(test().await.passed);
    let proposed = store.settings().unwrap().general.time_zone;
    assert_ne!(proposed, "UTC");

    store.save_general(&general).unwrap();
    store
        .save_alerts(&crate::world::alerts(&simulator), clock.now())
        .unwrap();
    assert!(test().await.passed);
    assert_eq!(store.settings().unwrap().general.time_zone, "UTC");
}
