//! The governor against a simulator that keeps Autotask's limits.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::time::Duration;

use autotask::{
    Api, Class, Client, Company, Credentials, EntityKind, Error, Governor, Limits, NewTicket,
    Options, Priority, Query, find_zone,
};
use futures::future::join_all;
use simulator::{Config, Fault, Service, Simulator, What, When};
use tokio_util::sync::CancellationToken;

const BOTH: [Api; 2] = [Api::Rest, Api::Soap];

async fn simulator(limits: bool) -> Simulator {
    let config = Config {
        start: Some("2026-11-23T12:00:00Z".parse().unwrap()),
        jobs_per_hour: 0.0,
        limits,
        ..Config::default()
    };
    Simulator::start(config).await.unwrap()
}

async fn client(simulator: &Simulator, api: Api, governor: &Governor) -> Client {
    let logins = simulator.logins();
    let options = Options {
        governor: governor.clone(),
        ..Options::default()
    };
    let lookup = &simulator.addresses().autotask;
    let zone = find_zone(lookup, &logins.username, api, &options)
        .await
        .unwrap();
    let credentials = Credentials {
        username: logins.username.clone(),
        password: logins.password.clone().into(),
        tracking_identifier: logins.tracking_identifier.clone(),
    };
    Client::new(&zone, api, credentials, options).unwrap()
}

fn readings(simulator: &Simulator) -> usize {
    let journal = simulator.journal();
    journal
        .iter()
        .filter(|call| call.operation == "threshold")
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_clients_of_a_tenant_together_keep_two_calls_at_a_time() {
    let simulator = simulator(true).await;
    simulator.faults().add(Fault {
        service: Service::Autotask,
        on: None,
        when: When::Always,
        what: What::Delay(Duration::from_millis(5)),
    });
    let governor = Governor::default();
    let rest = client(&simulator, Api::Rest, &governor).await;
    let soap = client(&simulator, Api::Soap, &governor).await;
    let calls = (0..60).map(|number| {
        let client = if number % 2 == 0 { &rest } else { &soap }.clone();
        tokio::spawn(async move {
            match number % 3 {
                0 => client.fields(EntityKind::Company).await.map(|_| ()),
                1 => client.get::<Company>(0).await.map(|_| ()),
                _ => client.query_all::<Company>(Query::new()).await.map(|_| ()),
            }
        })
    });
    for call in join_all(calls).await {
        call.unwrap().unwrap();
    }
    let seen = simulator.autotask().limits_seen();
    assert_eq!(seen.at_a_time["Companies"], 2);
    assert_eq!((seen.thread_refusals, seen.quota_refusals), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_use_is_seen_before_the_share_is_passed() {
    for api in BOTH {
        let simulator = simulator(false).await;
        simulator.autotask().set_quota_used(7_990);
        let governor = Governor::default();
        let client = client(&simulator, api, &governor)
            .await
            .with_priority(Priority::Urgent);
        let mut made = 0;
        let error = loop {
            match client.get::<Company>(0).await {
                Ok(_) => made += 1,
                Err(error) => break error,
            }
        };
        // The reading of the count was a call, too.
        assert_eq!((made, readings(&simulator)), (9, 1));
        assert_eq!(simulator.autotask().quota_used(), 8_000);
        assert!(
            matches!(
                error,
                Error::HeldBack {
                    used: 8_000,
                    quota: 10_000,
                    share: 80,
                    ..
                }
            ),
            "{error:?}"
        );
        assert!(matches!(
            error.class(),
            Class::Throttled {
                retry_after: Some(_)
            }
        ));
        // A person's call is let through, and a reading.
        let person = client.with_priority(Priority::Interactive);
        person.get::<Company>(0).await.unwrap();
        assert_eq!(person.threshold().await.unwrap().used, 8_002);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tenants_count_is_read_now_and_then() {
    for api in BOTH {
        let simulator = simulator(false).await;
        let governor = Governor::new(Limits {
            look_every: 10,
            ..Limits::default()
        });
        let client = client(&simulator, api, &governor).await;
        client.log_in().await.unwrap();
        for _ in 0..35 {
            client.get::<Company>(0).await.unwrap();
        }
        // The login, and after each ten calls.
        assert_eq!(readings(&simulator), 4);
        assert_eq!(client.calls(), 39);
        assert_eq!(governor.used(), 39);
        assert_eq!(simulator.autotask().quota_used(), 39);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_login_ends_a_call_that_was_to_look_at_the_count_first() {
    for api in BOTH {
        let simulator = simulator(false).await;
        let client = client(&simulator, api, &Governor::default()).await;
        simulator.autotask().set_password("another");
        let error = client.get::<Company>(0).await.unwrap_err();
        assert_eq!(error.class(), Class::Stop);
        assert_eq!(client.calls(), 1, "one refused login is one request");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_waits_for_its_turn_can_be_called_off_and_one_that_has_begun_goes_on() {
    for api in BOTH {
        let simulator = simulator(false).await;
        simulator.faults().add(Fault {
            service: Service::Autotask,
            on: Some("Tickets/create".to_owned()),
            when: When::Always,
            what: What::Delay(Duration::from_millis(300)),
        });
        let stop = CancellationToken::new();
        let client = client(&simulator, api, &Governor::default()).await;
        let until = client.until(stop.clone());
        let creates = || {
            let journal = simulator.journal();
            let creates = journal.iter().filter(|call| call.operation == "create");
            creates.count()
        };
        let calls: Vec<_> = (0..5)
            .map(|number| {
                let (client, ticket) = (until.clone(), ticket(&simulator, number));
                tokio::spawn(async move { client.create(&ticket).await })
            })
            .collect();
        while creates() < 2 {
            tokio::task::yield_now().await;
        }

        stop.cancel();

        let (mut made, mut called_off) = (0, 0);
        for call in join_all(calls).await {
            match call.unwrap() {
                Ok(_) => made += 1,
                Err(Error::CalledOff) => called_off += 1,
                Err(error) => panic!("{error:?}"),
            }
        }
        assert_eq!((made, called_off, creates()), (2, 3, 2), "{api:?}");
        // The others of the tenant are not held up by it.
        client.create(&ticket(&simulator, 9)).await.unwrap();
    }
}

fn ticket(simulator: &Simulator, number: u32) -> NewTicket {
    NewTicket {
        company_id: 0,
        title: "Backup failed".to_owned(),
        description: "The disk is full.".to_owned(),
        status: autotask::status::NEW,
        priority: 1,
        queue_id: simulator.autotask().queues()[0].id.parse().unwrap(),
        due: "2026-11-24T12:00:00Z".parse().unwrap(),
        external_id: Some(format!("event-{number}")),
    }
}
