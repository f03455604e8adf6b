//! Everything that the client can send over SOAP.

use autotask::{
    Api, Client, Company, Contract, ContractService, ContractServiceUnit, Credentials, Entity,
    EntityKind, Filter, NewTicket, Options, Query, Service, Ticket, find_zone,
};
use jiff::civil::date;
use simulator::Simulator;

/// Drives the client through all its calls, with and without success.
pub async fn use_everything(simulator: &Simulator) {
    let client = client(simulator, simulator.logins().password.as_str()).await;
    look_up_zones(simulator).await;
    log_in(simulator, &client).await;
    read_metadata(&client).await;
    create_tickets(simulator, &client).await;
    query_tickets(&client).await;
    query_the_rest(&client).await;
}

async fn client(simulator: &Simulator, password: &str) -> Client {
    let logins = simulator.logins();
    let options = Options::default();
    let lookup = &simulator.addresses().autotask;
    let zone = find_zone(lookup, &logins.username, Api::Soap, &options)
        .await
        .unwrap();
    let credentials = Credentials {
        username: logins.username.clone(),
        password: password.to_owned().into(),
        tracking_identifier: logins.tracking_identifier.clone(),
    };
    Client::new(&zone, Api::Soap, credentials, options).unwrap()
}

async fn look_up_zones(simulator: &Simulator) {
    let lookup = &simulator.addresses().autotask;
    for user in [
        "nobody@unknown.example",
        "O'Brien & <Söhne>@unknown.example",
    ] {
        find_zone(lookup, user, Api::Soap, &Options::default())
            .await
            .unwrap_err();
    }
}

async fn log_in(simulator: &Simulator, good: &Client) {
    let bad = client(simulator, "wrong & <wrong>").await;
    bad.log_in().await.unwrap_err();
    good.log_in().await.unwrap();
    good.threshold().await.unwrap();
}

async fn read_metadata(client: &Client) {
    for kind in EntityKind::ALL {
        client.rights(kind).await.unwrap();
        client.fields(kind).await.unwrap();
    }
}

fn ticket(simulator: &Simulator, number: usize) -> NewTicket {
    let door = simulator.autotask();
    let awkward = "& <b> \"q\" 'a' ]]> &amp; tab\tline\nreturn\r\nnel\u{85} nbsp\u{a0} ünïcödé 漢字 🙂 \u{fffd}";
    NewTicket {
        company_id: door.companies()[1].id,
        title: format!("Backup {number} failed: {awkward}"),
        description: format!("{awkward} bell\u{7} escape\u{1b} no\u{fffe}letter\u{ffff} "),
        status: autotask::status::NEW,
        priority: 1,
        queue_id: door.queues()[0].id.parse().unwrap(),
        due: "2026-11-25T17:30:00.25Z".parse().unwrap(),
        external_id: number
            .is_multiple_of(2)
            .then(|| format!("key-{number} <&>\"'")),
    }
}

async fn create_tickets(simulator: &Simulator, client: &Client) {
    let tickets: Vec<NewTicket> = (0..1100).map(|number| ticket(simulator, number)).collect();
    for batch in tickets.chunks(client.create_limit()) {
        client.create_all(batch).await.unwrap();
    }
    let long = NewTicket {
        title: "x".repeat(autotask::TITLE_MAX),
        description: "&".repeat(autotask::DESCRIPTION_MAX),
        ..ticket(simulator, 0)
    };
    client.create(&long).await.unwrap();
    let bad = NewTicket {
        priority: 99,
        ..ticket(simulator, 0)
    };
    client
        .create_all(&[ticket(simulator, 0), bad])
        .await
        .unwrap_err();
}

async fn query_tickets(client: &Client) {
    // Three pages.
    let all: Vec<Ticket> = client.query_all(Query::new()).await.unwrap();
    assert_eq!(all.len(), 1101);
    let moment = all[0].due.unwrap();
    for filter in [
        Filter::eq("priority", 1),
        Filter::ne("priority", 1),
        Filter::gt("id", all[3].id),
        Filter::gte("id", all[3].id),
        Filter::lt("dueDateTime", moment),
        Filter::lte("dueDateTime", moment),
        Filter::begins_with("title", "Backup & <b> \"q\" 'a' ]]> 漢字 🙂"),
        Filter::ends_with("title", "&amp;"),
        Filter::contains("title", "<![CDATA[ \u{7} ]]>"),
        Filter::is_null("completedDate"),
        Filter::is_not_null("completedDate"),
        Filter::one_of(
            "externalID",
            (0..500).map(|number| format!("key-{number} <&>\"'")),
        ),
        Filter::one_of("id", Vec::<i64>::new()),
        Filter::and(vec![Filter::eq("priority", 1), Filter::eq("status", 1)]),
        Filter::or(vec![
            Filter::and(vec![Filter::eq("priority", 2), Filter::eq("status", 1)]),
            Filter::or(vec![Filter::eq("priority", 3), Filter::is_null("title")]),
        ]),
    ] {
        let query = Query::new().filter(filter.clone()).limit(20);
        let found: Result<Vec<Ticket>, _> = client.query_all(query).await;
        assert!(found.is_ok(), "{filter:?}: {found:?}");
    }
    let query = Query::new().filter(Filter::eq("status", 1));
    assert_eq!(client.count::<Ticket>(query).await.unwrap(), 1101);
    assert!(client.get::<Ticket>(all[0].id).await.unwrap().is_some());
    assert!(client.get::<Ticket>(1).await.unwrap().is_none());
}

async fn query_the_rest(client: &Client) {
    read::<Company>(client, Filter::eq("isActive", true)).await;
    read::<Contract>(client, Filter::gte("endDate", date(2026, 11, 23))).await;
    read::<ContractService>(client, Filter::is_not_null("contractID")).await;
    read::<ContractServiceUnit>(client, Filter::lte("startDate", date(2026, 11, 23))).await;
    read::<Service>(client, Filter::gt("unitPrice", 0.5)).await;
}

async fn read<E: Entity>(client: &Client, filter: Filter) {
    let rows: Vec<E> = client.query_all(Query::new().filter(filter)).await.unwrap();
    assert!(!rows.is_empty(), "{:?}", E::KIND);
}
