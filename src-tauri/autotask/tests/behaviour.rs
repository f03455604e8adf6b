//! One suite of behaviour, run over both transports against the simulator.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use autotask::{
    Api, Class, Client, Company, Contract, ContractService, ContractServiceUnit, Credentials,
    EntityKind, Error, Field, Filter, NewTicket, Options, Query, Service, Ticket, find_zone,
};
use simulator::{Config, Fault, Service as Side, Simulator, What, When};

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
    let options = Options::default();
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
        ids.extend(client.create_tickets(batch).await.unwrap());
    }
    ids
}

over_both! {
    async fn a_good_login_tells_the_quota(api: Api) {
        let simulator = simulator().await;
        let client = client(&simulator, api).await;
        let threshold = client.log_in().await.unwrap();
        assert_eq!((threshold.limit, threshold.timeframe_minutes), (10_000, 60));
        assert_eq!(client.calls(), 1);
    }

    async fn a_wrong_password_is_one_request(api: Api) {
        let simulator = simulator().await;
        let identifier = simulator.logins().tracking_identifier.clone();
        let client = client_as(&simulator, api, "wrong", &identifier).await;
        let before = simulator.journal().len();
        let error = client.log_in().await.unwrap_err();
        assert_eq!((error.code(), error.class()), ("login_refused", Class::Stop));
        assert_eq!(simulator.journal().len(), before + 1);
    }

    async fn a_wrong_tracking_identifier_is_told_from_a_wrong_password(api: Api) {
        let simulator = simulator().await;
        let password = simulator.logins().password.clone();
        let client = client_as(&simulator, api, &password, "WRONG").await;
        let error = client.log_in().await.unwrap_err();
        assert_eq!((error.code(), error.class()), ("tracking_identifier_invalid", Class::Stop));
    }

    async fn an_unknown_username_has_no_zone(api: Api) {
        let simulator = simulator().await;
        let lookup = &simulator.addresses().autotask;
        let error = find_zone(lookup, "nobody@unknown.example", api, &Options::default())
            .await
            .unwrap_err();
        assert!(matches!(error, Error::ZoneNotFound { .. }), "{error:?}");
    }

    async fn rights_and_picklists_are_told(api: Api) {
        let simulator = simulator().await;
        let client = client(&simulator, api).await;
        let tickets = client.rights(EntityKind::Ticket).await.unwrap();
        assert!(tickets.can_create && tickets.can_query && !tickets.can_delete);
        let units = client.rights(EntityKind::ContractServiceUnit).await.unwrap();
        assert!(!units.can_create && units.can_query);

        let fields = client.fields(EntityKind::Ticket).await.unwrap();
        let queue = Field::named(&fields, "queueID").unwrap();
        let queues = simulator.autotask().queues();
        assert!(queue.is_picklist);
        assert_eq!(queue.picklist.len(), queues.len());
        for (value, queue) in queue.picklist.iter().zip(queues) {
            assert_eq!(value.value, queue.id.to_string());
            assert_eq!((value.label.as_str(), value.active), (queue.label.as_str(), queue.active));
        }
        assert_eq!(Field::named(&fields, "title").unwrap().length, Some(255));
        assert!(Field::named(&fields, "companyID").unwrap().required);
    }

    async fn companies_contracts_and_services_are_read(api: Api) {
        let simulator = simulator().await;
        let client = client(&simulator, api).await;
        let door = simulator.autotask();
        let companies: Vec<Company> = client.query_all(Query::new()).await.unwrap();
        assert_eq!(companies.len(), door.companies().len());
        let contracts: Vec<Contract> = client
            .query_all(Query::new().filter(Filter::eq("contractType", Contract::RECURRING_SERVICE)))
            .await
            .unwrap();
        assert!(!contracts.is_empty());
        assert!(contracts.iter().all(|contract| contract.start < contract.end));
        let services: Vec<Service> = client.query_all(Query::new()).await.unwrap();
        assert_eq!(services.len(), door.services().len());
        let lines: Vec<ContractService> = client
            .query_all(Query::new().filter(Filter::eq("contractID", contracts[0].id)))
            .await
            .unwrap();
        let units: Vec<ContractServiceUnit> = client
            .query_all(
                Query::new()
                    .filter(Filter::one_of("contractID", [contracts[0].id]))
                    .filter(Filter::lte("startDate", jiff::civil::date(2026, 11, 23)))
                    .filter(Filter::gte("endDate", jiff::civil::date(2026, 11, 23))),
            )
            .await
            .unwrap();
        for line in &lines {
            let now = units.iter().filter(|unit| unit.contract_service_id == Some(line.id));
            assert_eq!(now.count(), 1, "one period of {line:?} is now");
        }
    }

    async fn a_ticket_is_stored_as_it_was_sent(api: Api) {
        let simulator = simulator().await;
        let client = client(&simulator, api).await;
        let sent = ticket(&simulator, 1);
        let ids = client.create_tickets(std::slice::from_ref(&sent)).await.unwrap();
        let stored = simulator.autotask().tickets().into_iter().find(|ticket| ticket.id == ids[0]).unwrap();
        assert_eq!(stored.title, sent.title);
        assert_eq!(stored.description, "Line one\n  line \"two\" with ünïcödé\u{fffd}");
        assert_eq!(stored.due, Some(sent.due));
        assert_eq!(stored.external_id, sent.external_id);

        let read: Ticket = client.get(ids[0]).await.unwrap().unwrap();
        assert_eq!(read.title, sent.title);
        assert_eq!(read.description.as_deref(), Some("Line one\n  line \"two\" with ünïcödé\u{fffd}"));
        assert_eq!((read.company_id, read.status, read.priority), (sent.company_id, sent.status, sent.priority));
        assert_eq!((read.queue_id, read.due), (Some(sent.queue_id), Some(sent.due)));
        assert_eq!(read.external_id, sent.external_id);
        assert!(read.number.starts_with('T'));
        assert_eq!(client.get::<Ticket>(1).await.unwrap(), None);
    }

    async fn many_tickets_are_found_again_by_their_external_ids(api: Api) {
        let simulator = simulator().await;
        let client = client(&simulator, api).await;
        let tickets: Vec<_> = (0..7).map(|number| ticket(&simulator, number)).collect();
        let ids = create_all(&client, &tickets).await;
        let calls = client.calls();
        let keys = (0..500).map(|number| format!("event-{number:04}"));
        let query = Query::new().filter(Filter::one_of("externalID", keys)).fields(&["externalID"]);
        let found: Vec<Ticket> = client.query_all(query).await.unwrap();
        assert_eq!(found.iter().map(|ticket| ticket.id).collect::<Vec<_>>(), ids);
        assert_eq!(found[3].external_id.as_deref(), Some("event-0003"));
        assert_eq!(client.calls(), calls + 1);
    }

    async fn all_pages_are_read_in_the_order_of_their_ids(api: Api) {
        let simulator = simulator().await;
        let maker = client(&simulator, Api::Soap).await;
        let tickets: Vec<_> = (0..1100).map(|number| ticket(&simulator, number)).collect();
        let ids = create_all(&maker, &tickets).await;

        let client = client(&simulator, api).await;
        let query = || Query::new().filter(Filter::begins_with("externalID", "event-"));
        let read: Vec<Ticket> = client.query_all(query()).await.unwrap();
        assert_eq!(read.iter().map(|ticket| ticket.id).collect::<Vec<_>>(), ids);
        assert_eq!(client.calls(), 3);
        assert_eq!(client.count::<Ticket>(query()).await.unwrap(), 1100);
        let few: Vec<Ticket> = client.query_all(query().limit(501)).await.unwrap();
        assert_eq!(few.len(), 501);
        assert_eq!(client.count::<Ticket>(query().limit(20)).await.unwrap(), 20);
    }

    async fn conditions_mean_the_same(api: Api) {
        let simulator = simulator().await;
        let client = client(&simulator, api).await;
        let tickets: Vec<_> = (0..6)
            .map(|number| NewTicket {
                priority: [1, 2][number % 2],
                title: format!("{} {number}", ["Disk", "Network", "Quota"][number / 2]),
                ..ticket(&simulator, number)
            })
            .collect();
        let ids = create_all(&client, &tickets).await;
        let ours = || Filter::begins_with("externalID", "event-");
        for (filter, expected) in [
            (Filter::eq("priority", 1), vec![0, 2, 4]),
            (Filter::ne("priority", 1), vec![1, 3, 5]),
            (Filter::contains("title", "work"), vec![2, 3]),
            (Filter::ends_with("title", " 5"), vec![5]),
            (Filter::one_of("externalID", ["event-0001", "event-0004"]), vec![1, 4]),
            (Filter::or(vec![Filter::begins_with("title", "Disk"), Filter::eq("externalID", "event-0005")]), vec![0, 1, 5]),
            (Filter::and(vec![Filter::begins_with("title", "Disk"), Filter::eq("priority", 2)]), vec![1]),
            (
                Filter::or(vec![
                    Filter::and(vec![Filter::begins_with("title", "Disk"), Filter::eq("priority", 2)]),
                    Filter::and(vec![Filter::begins_with("title", "Quota"), Filter::eq("priority", 1)]),
                ]),
                vec![1, 4],
            ),
            (Filter::gt("id", ids[3]), vec![4, 5]),
            (Filter::is_null("completedDate"), vec![0, 1, 2, 3, 4, 5]),
            (Filter::is_not_null("completedDate"), vec![]),
            (Filter::lte("dueDateTime", tickets[0].due), vec![0, 1, 2, 3, 4, 5]),
            (Filter::lt("dueDateTime", tickets[0].due), vec![]),
            (Filter::one_of("id", Vec::<i64>::new()), vec![]),
        ] {
            let query = Query::new().filter(ours()).filter(filter.clone());
            let found: Vec<Ticket> = client.query_all(query).await.unwrap();
            let found: Vec<_> = found.iter().map(|ticket| ids.iter().position(|id| *id == ticket.id).unwrap()).collect();
            assert_eq!(found, expected, "{filter:?}");
        }
    }

    async fn a_value_that_is_not_in_the_list_refuses_the_ticket(api: Api) {
        let simulator = simulator().await;
        let client = client(&simulator, api).await;
        let before = simulator.autotask().tickets().len();
        let bad = NewTicket { queue_id: 12_345, ..ticket(&simulator, 1) };
        let error = client.create_tickets(&[bad]).await.unwrap_err();
        assert_eq!((error.code(), error.class()), ("picklist_value", Class::Rejected), "{error}");
        assert_eq!(error.validation()[0].record, Some(0));
        let bad = NewTicket { company_id: 12_345, ..ticket(&simulator, 1) };
        let error = client.create_tickets(&[bad]).await.unwrap_err();
        assert_eq!((error.code(), error.class()), ("reference", Class::Rejected), "{error}");
        assert_eq!(simulator.autotask().tickets().len(), before);
    }

    async fn every_fault_of_a_create_says_whether_it_may_have_taken_effect(api: Api) {
        let simulator = simulator().await;
        let client = client(&simulator, api).await;
        for (number, (what, code, unclear, stored)) in [
            (What::DropBefore, "cut_off", true, false),
            (What::DropAfter, "cut_off", true, true),
            (What::Truncate, "cut_off", true, true),
            (What::HtmlPage, "not_autotask", true, false),
            (What::Status(502), "server_error", true, false),
            (What::Status(404), "not_autotask", false, false),
            (What::LoginRevoked, "login_refused", false, false),
            (What::UserLocked, "user_locked", false, false),
            (What::QuotaUsedUp, "quota_used_up", false, false),
            (What::ThreadLimit, "thread_limit", false, false),
        ]
        .into_iter()
        .enumerate()
        {
            simulator.faults().clear();
            simulator.faults().add(Fault {
                service: Side::Autotask,
                on: Some("Tickets/create".to_owned()),
                when: When::Once,
                what,
            });
            let ticket = ticket(&simulator, number);
            let calls = client.calls();
            let error = client.create_tickets(std::slice::from_ref(&ticket)).await.unwrap_err();
            assert_eq!(error.code(), code, "{what:?}: {error}");
            assert_eq!(error.class() == Class::Unclear, unclear, "{what:?}: {error}");
            assert_eq!(client.calls(), calls + 1, "{what:?}");
            let key = ticket.external_id.unwrap();
            let query = Query::new().filter(Filter::eq("externalID", key));
            let found: Vec<Ticket> = client.query_all(query).await.unwrap();
            assert_eq!(!found.is_empty(), stored, "{what:?}");
        }
    }

    async fn what_can_be_seen_to_be_wrong_is_not_sent(api: Api) {
        let simulator = simulator().await;
        let client = client(&simulator, api).await;
        let long_key = NewTicket { external_id: Some("k".repeat(51)), ..ticket(&simulator, 1) };
        let too_many = vec![ticket(&simulator, 1); client.create_limit() + 1];
        for tickets in [vec![long_key], too_many] {
            let error = client.create_tickets(&tickets).await.unwrap_err();
            assert_eq!((error.code(), error.class()), ("query", Class::Misuse));
        }
        let query = Query::new().filter(Filter::eq("colour", 1));
        assert_eq!(client.query_all::<Ticket>(query).await.unwrap_err().code(), "query");
        assert_eq!(client.create_tickets(&[]).await.unwrap(), Vec::<i64>::new());
        assert_eq!(client.calls(), 0);
    }

    async fn a_ticket_has_a_link(api: Api) {
        let simulator = simulator().await;
        let client = client(&simulator, api).await;
        let link = client.ticket_link(7872).unwrap();
        assert!(link.path().ends_with("/Mvc/ServiceDesk/TicketDetail.mvc"));
        assert_eq!(link.query(), Some("workspace=False&ticketId=7872"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_ticket_refuses_its_batch_and_is_named() {
    let simulator = simulator().await;
    let client = client(&simulator, Api::Soap).await;
    let before = simulator.autotask().tickets().len();
    let mut tickets: Vec<_> = (0..5).map(|number| ticket(&simulator, number)).collect();
    tickets[3].priority = 99;
    let error = client.create_tickets(&tickets).await.unwrap_err();
    assert_eq!(
        (error.code(), error.class()),
        ("picklist_value", Class::Rejected),
        "{error}"
    );
    assert_eq!(error.validation()[0].record, Some(3));
    assert_eq!(simulator.autotask().tickets().len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_tickets_are_one_call_with_the_ids_in_order() {
    let simulator = simulator().await;
    let client = client(&simulator, Api::Soap).await;
    let tickets: Vec<_> = (0..200).map(|number| ticket(&simulator, number)).collect();
    let ids = client.create_tickets(&tickets).await.unwrap();
    assert_eq!(client.calls(), 1);
    let stored = simulator.autotask().tickets();
    for (id, sent) in ids.iter().zip(&tickets) {
        let stored = stored.iter().find(|ticket| ticket.id == *id).unwrap();
        assert_eq!(stored.external_id, sent.external_id);
    }
}
