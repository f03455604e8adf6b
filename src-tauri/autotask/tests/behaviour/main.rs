//! One suite of behaviour, run over both transports against the simulator.

#![cfg(test)]

use autotask::{Api, Client, Credentials, Governor, Limits, NewTicket, Options, find_zone};
use simulator::{Config, Simulator};

macro_rules! over_both {
    ($($(#[$attribute:meta])* async fn $name:ident($api:ident: Api) $body:block)*) => {
        mod rest {
            use super::*;
            $($(#[$attribute])* #[tokio::test(flavor = "multi_thread")]
            async fn $name() { super::$name(Api::Rest).await; })*
        }
        mod soap {
            use super::*;
            $($(#[$attribute])* #[tokio::test(flavor = "multi_thread")]
            async fn $name() { super::$name(Api::Soap).await; })*
        }
        $(async fn $name($api: Api) $body)*
    };
}

mod changing;
mod creating;
mod logins;
mod reading;

async fn simulator() -> Simulator {
    let config = Config {
        start: Some("2026-11-23T12:00:00Z".parse().unwrap()),
        jobs_per_hour: 0.0,
        limits: false,
        ..Config::default()
    };
    Simulator::start(config).await.unwrap()
}

async fn client_as(simulator: &Simulator, api: Api, password: &str, identifier: &str) -> Client {
    let options = Options {
        // Without readings of the quota between the calls.
        governor: Governor::new(Limits {
            look_every: 0,
            ..Limits::default()
        }),
        ..Options::default()
    };
    let username = &simulator.logins().username;
    let zone = find_zone(&simulator.addresses().autotask, username, api, &options)
        .await
        .unwrap();
    let credentials = Credentials {
        username: username.clone(),
        password: password.to_owned().into(),
        tracking_identifier: identifier.to_owned(),
    };
    Client::new(&zone, api, credentials, options).unwrap()
}

async fn client(simulator: &Simulator, api: Api) -> Client {
    let logins = simulator.logins();
    client_as(
        simulator,
        api,
        &logins.password,
        &logins.tracking_identifier,
    )
    .await
}

fn ticket(simulator: &Simulator, number: usize) -> NewTicket {
    let door = simulator.autotask();
    NewTicket {
        company_id: door.companies().last().unwrap().id,
        title: format!("Backup {number} of <SRV&1> failed 🙂"),
        description: "Line one\n  line \"two\" with ünïcödé\u{1}".to_owned(),
        status: autotask::status::NEW,
        priority: 1,
        queue_id: door.queues()[0].id.parse().unwrap(),
        due: "2026-11-25T17:30:00Z".parse().unwrap(),
        external_id: Some(format!("event-{number:04}")),
    }
}

async fn create_all(client: &Client, tickets: &[NewTicket]) -> Vec<i64> {
    let mut ids = Vec::new();
    for batch in tickets.chunks(client.create_limit()) {
        ids.extend(client.create_all(batch).await.unwrap());
    }
    ids
}
