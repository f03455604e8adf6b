//! Everything that the client can send over SOAP.

use autotask::{
    Api, Client, Company, Contract, ContractService, ContractServiceUnit, Credentials, Draft,
    Entity, EntityKind, Filter, Line, NewContractServiceAdjustment, NewTicket, NewTicketNote,
    Options, Period, Query, Service, Ticket, TicketNote, find_zone,
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
    write_notes(&client).await;
    write_the_rest(simulator, &client).await;
    adjust(simulator, &client).await;
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
        Filter::none_of("queueID", [1, 2, 3]),
        Filter::like("title", "Backup%<_>"),
        Filter::not_like("title", "%]]>%"),
        Filter::is_this_day("createDate"),
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

    // A change goes back with everything that the ticket held.
    let change = Draft::new(EntityKind::Ticket)
        .set("status", autotask::status::COMPLETE)
        .set("resolution", "Freed <space> & ran it again.\r\n\u{7}")
        .set("estimatedHours", 0.25)
        .set("dueDateTime", moment)
        .set("externalID", "another & <key>")
        .clear("description");
    client.update(all[0].id, &change).await.unwrap();
    client.update(1, &change).await.unwrap_err();
    let bad = Draft::new(EntityKind::Ticket).set("queueID", 1);
    client.update(all[0].id, &bad).await.unwrap_err();
}

async fn write_notes(client: &Client) {
    let ticket: Vec<Ticket> = client.query_all(Query::new().limit(1)).await.unwrap();
    let note = |number: usize| NewTicketNote {
        ticket_id: ticket[0].id,
        title: format!("Note {number} <&>"),
        description: "]]> \u{b} 🙂\nsecond line".to_owned(),
        note_type: 1,
        publish: 1,
    };
    let notes: Vec<NewTicketNote> = (0..3).map(note).collect();
    let ids = client.create_all(&notes).await.unwrap();
    let change = Draft::new(EntityKind::TicketNote).set("publish", 2);
    client.update(ids[1], &change).await.unwrap();
    read::<TicketNote>(client, Filter::eq("ticketID", ticket[0].id)).await;
}

async fn write_the_rest(simulator: &Simulator, client: &Client) {
    let owner = 29_682_885;
    let company = Draft::new(EntityKind::Company)
        .set("companyName", "Söhne & <Töchter> GmbH")
        .set("phone", "+49 30 1234")
        .set("companyType", 1)
        .set("ownerResourceID", owner)
        .set("isActive", true)
        .set("webAddress", "https://example.com/?a=1&b=2");
    let company = client.create(&company).await.unwrap();
    let contract = Draft::new(EntityKind::Contract)
        .set("companyID", company)
        .set("contractName", "Cloud Backup")
        .set("contractType", Contract::RECURRING_SERVICE)
        .set("contractPeriodType", Period::Yearly)
        .set("status", Contract::ACTIVE)
        .set("startDate", date(2026, 12, 1))
        .set("endDate", date(2029, 11, 30))
        .set("timeReportingRequiresStartAndStopTimes", 0)
        .set("isDefaultContract", false)
        .set("setupFee", 1.5);
    let contract = client.create(&contract).await.unwrap();
    let service = Draft::new(EntityKind::Service)
        .set("name", "Backup storage")
        .set("unitPrice", 0.25)
        .set("periodType", Period::Monthly)
        .set("billingCodeID", 29_682_802);
    let service = client.create(&service).await.unwrap();
    let line = Draft::new(EntityKind::ContractService)
        .set("contractID", contract)
        .set("serviceID", service)
        .set("internalDescription", "a < b");
    let line = client.create(&line).await.unwrap();
    for (id, change) in [
        (company, Draft::new(EntityKind::Company).clear("webAddress")),
        (
            contract,
            Draft::new(EntityKind::Contract).set("endDate", date(2028, 11, 30)),
        ),
        (
            service,
            Draft::new(EntityKind::Service).set("isActive", false),
        ),
        (
            line,
            Draft::new(EntityKind::ContractService).set("unitCost", 0.05),
        ),
    ] {
        client.update(id, &change).await.unwrap();
    }
    let existing = simulator.autotask().contracts()[0].id;
    let renamed = Draft::new(EntityKind::Contract).set("contractName", "Renamed & <kept>");
    client.update(existing, &renamed).await.unwrap();
}

async fn adjust(simulator: &Simulator, client: &Client) {
    let lines = simulator.autotask().contract_services();
    let adjustment = |day, unit_change, price| NewContractServiceAdjustment {
        contract_id: lines[0].contract_id,
        line: Line::ContractService(lines[0].id),
        effective: date(2026, 12, day),
        unit_change,
        adjusted_unit_price: price,
        adjusted_unit_cost: price,
    };
    client
        .adjust(&[
            adjustment(10, Some(7), None),
            adjustment(20, Some(-7), Some(0.5)),
        ])
        .await
        .unwrap();
    let by_service = NewContractServiceAdjustment {
        line: Line::Service(lines[0].service_id),
        ..adjustment(25, Some(1), None)
    };
    client.adjust(&[by_service]).await.unwrap();
    client
        .adjust(&[adjustment(15, None, None)])
        .await
        .unwrap_err();
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
