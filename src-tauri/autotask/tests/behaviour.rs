//! One suite of behaviour, run over both transports against the simulator.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use autotask::{
    Api, Class, Client, Company, Contract, ContractService, ContractServiceUnit, Credentials,
    Draft, EntityKind, Error, Field, Filter, Governor, Limits, Line, NewContractServiceAdjustment,
    NewTicket, NewTicketNote, Options, Period, Query, Service, Ticket, TicketNote, find_zone,
};
use futures::StreamExt as _;
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
        let ids = [client.create(&sent).await.unwrap()];
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
            (Filter::none_of("externalID", ["event-0001", "event-0004"]), vec![0, 2, 3, 5]),
            (Filter::none_of("priority", [2]), vec![0, 2, 4]),
            (Filter::none_of("id", Vec::<i64>::new()), vec![0, 1, 2, 3, 4, 5]),
            (
                Filter::or(vec![
                    Filter::none_of("externalID", ["event-0001", "event-0002", "event-0004"]),
                    Filter::eq("externalID", "event-0002"),
                ]),
                vec![0, 2, 3, 5],
            ),
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
        let error = client.create(&bad).await.unwrap_err();
        assert_eq!((error.code(), error.class()), ("picklist_value", Class::Rejected), "{error}");
        assert_eq!(error.validation()[0].record, Some(0));
        let bad = NewTicket { company_id: 12_345, ..ticket(&simulator, 1) };
        let error = client.create(&bad).await.unwrap_err();
        assert_eq!((error.code(), error.class()), ("reference", Class::Rejected), "{error}");
        assert_eq!(simulator.autotask().tickets().len(), before);
    }

    async fn every_fault_of_a_create_says_whether_it_may_have_taken_effect(api: Api) {
        let simulator = simulator().await;
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
            // Each time one that has not been told to wait.
            let client = self::client(&simulator, api).await;
            let calls = client.calls();
            let error = client.create(&ticket).await.unwrap_err();
            assert_eq!(error.code(), code, "{what:?}: {error}");
            assert_eq!(error.class() == Class::Unclear, unclear, "{what:?}: {error}");
            assert_eq!(client.calls(), calls + 1, "{what:?}");
            let client = self::client(&simulator, api).await;
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
            let error = client.create_all(&tickets).await.unwrap_err();
            assert_eq!((error.code(), error.class()), ("query", Class::Misuse));
        }
        let query = Query::new().filter(Filter::eq("colour", 1));
        assert_eq!(client.query_all::<Ticket>(query).await.unwrap_err().code(), "query");
        assert_eq!(client.create_all::<NewTicket>(&[]).await.unwrap(), Vec::<i64>::new());
        assert_eq!(client.calls(), 0);
    }

    async fn notes_are_made_read_and_changed(api: Api) {
        let simulator = simulator().await;
        let client = client(&simulator, api).await;
        let ticket_id = client.create(&ticket(&simulator, 1)).await.unwrap();
        let note = NewTicketNote {
            ticket_id,
            title: "The next\njob".to_owned(),
            description: "<succeeded> & \"went\" \u{1}well".to_owned(),
            note_type: 1,
            publish: 2,
        };
        let id = client.create(&note).await.unwrap();
        let query = || Query::new().filter(Filter::eq("ticketID", ticket_id));
        let notes: Vec<TicketNote> = client.query_all(query()).await.unwrap();
        assert_eq!(notes.len(), 1);
        assert_eq!((notes[0].id, notes[0].ticket_id), (id, ticket_id));
        assert_eq!(notes[0].title.as_deref(), Some("The next job"));
        assert_eq!(notes[0].description.as_deref(), Some("<succeeded> & \"went\" \u{fffd}well"));
        assert_eq!((notes[0].note_type, notes[0].publish), (Some(1), Some(2)));
        assert!(notes[0].created.is_some());

        let change = Draft::new(EntityKind::TicketNote).set("description", "Again.");
        client.update(id, &change).await.unwrap();
        let changed: TicketNote = client.get(id).await.unwrap().unwrap();
        assert_eq!(changed.description.as_deref(), Some("Again."));
        assert_eq!(changed.title, notes[0].title);

        let nowhere = NewTicketNote { ticket_id: 12_345, ..note.clone() };
        let error = client.create(&nowhere).await.unwrap_err();
        assert_eq!((error.code(), error.class()), ("reference", Class::Rejected), "{error}");
        let unknown = NewTicketNote { publish: 77, ..note };
        let error = client.create(&unknown).await.unwrap_err();
        assert_eq!(error.code(), "picklist_value", "{error}");
    }

    async fn a_change_touches_the_named_fields_only(api: Api) {
        let simulator = simulator().await;
        let client = client(&simulator, api).await;
        let sent = ticket(&simulator, 1);
        let id = client.create(&sent).await.unwrap();
        let before: Ticket = client.get(id).await.unwrap().unwrap();
        let change = Draft::new(EntityKind::Ticket)
            .set("status", autotask::status::COMPLETE)
            .set("title", "Done & <dusted>")
            .clear("description");
        client.update(id, &change).await.unwrap();
        let after: Ticket = client.get(id).await.unwrap().unwrap();
        assert!(after.completed.is_some());
        let expected = Ticket {
            status: autotask::status::COMPLETE,
            title: "Done & <dusted>".to_owned(),
            description: None,
            completed: after.completed,
            last_activity: after.last_activity,
            ..before
        };
        assert_eq!(after, expected);

        let error = client.update(12_345, &change).await.unwrap_err();
        assert_eq!((error.code(), error.class()), ("reference", Class::Rejected), "{error}");
        let bad = Draft::new(EntityKind::Ticket).set("queueID", 12_345);
        let error = client.update(id, &bad).await.unwrap_err();
        assert_eq!((error.code(), error.class()), ("picklist_value", Class::Rejected), "{error}");
        let calls = client.calls();
        let fixed = Draft::new(EntityKind::Ticket).set("createDate", sent.due);
        assert_eq!(client.update(id, &fixed).await.unwrap_err().class(), Class::Misuse);
        assert_eq!(client.calls(), calls);
    }

    async fn companies_contracts_and_service_lines_are_made_and_changed(api: Api) {
        let simulator = simulator().await;
        let client = client(&simulator, api).await;
        let owner = 29_682_885;
        let company = client
            .create(
                &Draft::new(EntityKind::Company)
                    .set("companyName", "Contoso GmbH & Söhne")
                    .set("phone", "+49 30 1234")
                    .set("companyType", 1)
                    .set("ownerResourceID", owner),
            )
            .await
            .unwrap();
        let (start, end) = (jiff::civil::date(2026, 11, 1), jiff::civil::date(2027, 10, 31));
        let contract = client
            .create(
                &Draft::new(EntityKind::Contract)
                    .set("companyID", company)
                    .set("contractName", "Cloud Backup")
                    .set("contractType", Contract::RECURRING_SERVICE)
                    .set("contractPeriodType", Period::Quarterly)
                    .set("status", Contract::ACTIVE)
                    .set("startDate", start)
                    .set("endDate", end)
                    .set("timeReportingRequiresStartAndStopTimes", 0),
            )
            .await
            .unwrap();
        let read: Contract = client.get(contract).await.unwrap().unwrap();
        assert_eq!((read.start, read.end, &read.period), (start, end, &Some(Period::Quarterly)));
        assert_eq!((read.company_id, read.status), (company, Contract::ACTIVE));
        let by_period = Query::new().filter(Filter::eq("contractPeriodType", Period::Quarterly));
        assert_eq!(client.query_all::<Contract>(by_period).await.unwrap(), [read]);

        let service = client
            .create(
                &Draft::new(EntityKind::Service)
                    .set("name", "Backup storage")
                    .set("unitPrice", 0.25)
                    .set("periodType", Period::Monthly)
                    .set("billingCodeID", 29_682_802),
            )
            .await
            .unwrap();
        let read: Service = client.get(service).await.unwrap().unwrap();
        assert_eq!((read.unit_price, read.period, read.active), (Some(0.25), Some(Period::Monthly), true));

        let line = client
            .create(
                &Draft::new(EntityKind::ContractService)
                    .set("contractID", contract)
                    .set("serviceID", service),
            )
            .await
            .unwrap();
        let change = Draft::new(EntityKind::ContractService).set("invoiceDescription", "Per GB");
        client.update(line, &change).await.unwrap();
        let read: ContractService = client.get(line).await.unwrap().unwrap();
        assert_eq!(read.invoice_description.as_deref(), Some("Per GB"));
        assert_eq!((read.contract_id, read.service_id, read.unit_price), (contract, service, Some(0.25)));

        let shorter = Draft::new(EntityKind::Contract).set("endDate", jiff::civil::date(2027, 7, 31));
        client.update(contract, &shorter).await.unwrap();
        let inactive = Draft::new(EntityKind::Company).set("isActive", false);
        client.update(company, &inactive).await.unwrap();
        let read: Company = client.get(company).await.unwrap().unwrap();
        assert!(!read.active);
        assert_eq!(read.name, "Contoso GmbH & Söhne");
    }

    async fn an_adjustment_shows_in_the_units(api: Api) {
        let simulator = simulator().await;
        let client = client(&simulator, api).await;
        let line = simulator.autotask().contract_services()[0].clone();
        let units_on = async |day: jiff::civil::Date| {
            let query = Query::new()
                .filter(Filter::eq("contractServiceID", line.id))
                .filter(Filter::lte("startDate", day))
                .filter(Filter::gte("endDate", day));
            let units: Vec<ContractServiceUnit> = client.query_all(query).await.unwrap();
            assert_eq!(units.len(), 1, "{units:?}");
            units[0].clone()
        };
        let (day, before) = (jiff::civil::date(2026, 12, 10), jiff::civil::date(2026, 12, 9));
        let now = units_on(day).await.units;
        let adjustment = NewContractServiceAdjustment {
            contract_id: line.contract_id,
            line: Line::ContractService(line.id),
            effective: day,
            unit_change: Some(7),
            adjusted_unit_price: Some(0.5),
            adjusted_unit_cost: None,
        };
        client.adjust(std::slice::from_ref(&adjustment)).await.unwrap();
        let after = units_on(day).await;
        assert_eq!((after.units, after.start), (now + 7, day));
        assert_eq!(after.approved_and_posted, None);
        assert_eq!((units_on(before).await.units, units_on(before).await.end), (now, before));

        let nothing = NewContractServiceAdjustment { unit_change: None, adjusted_unit_price: None, ..adjustment.clone() };
        let outside = NewContractServiceAdjustment { effective: jiff::civil::date(2040, 1, 1), ..adjustment.clone() };
        for bad in [nothing, outside] {
            let error = client.adjust(&[bad]).await.unwrap_err();
            assert_eq!((error.code(), error.class()), ("validation", Class::Rejected), "{error}");
        }
        let error = client.create(&adjustment).await.unwrap_err();
        assert_eq!(error.class(), Class::Misuse);
    }

    async fn bad_rows_are_found_out_and_the_others_are_in(api: Api) {
        let simulator = simulator().await;
        let client = client(&simulator, api).await;
        let mut tickets: Vec<_> = (0..230).map(|number| ticket(&simulator, number)).collect();
        for bad in [0, 77, 199, 229] {
            tickets[bad].queue_id = 12_345;
        }
        let mut batch = client.create_each(&tickets);
        let (mut made, mut refused) = (Vec::new(), Vec::new());
        while let Some(outcome) = batch.next().await {
            match outcome.result {
                Ok(ids) => made.extend(outcome.rows.into_iter().zip(ids)),
                Err(error) => {
                    assert_eq!(error.code(), "picklist_value");
                    refused.extend(outcome.rows);
                }
            }
        }
        refused.sort_unstable();
        assert_eq!(refused, [0, 77, 199, 229]);
        assert_eq!(made.len(), 226);
        let stored = simulator.autotask().tickets();
        for (row, id) in made {
            let stored = stored.iter().find(|ticket| ticket.id == id).unwrap();
            assert_eq!(stored.external_id, tickets[row].external_id);
        }
        let most = if api == Api::Soap { 20 } else { 230 };
        assert!(client.calls() <= most, "{}", client.calls());
    }

    async fn what_is_lost_is_not_sent_again_and_what_is_dropped_is_never_sent(api: Api) {
        let simulator = simulator().await;
        let client = client(&simulator, api).await;
        let before = simulator.autotask().tickets().len();
        let tickets: Vec<_> = (0..401).map(|number| ticket(&simulator, number)).collect();
        let mut batch = client.create_each(&tickets);
        simulator.faults().add(Fault {
            service: Side::Autotask,
            on: Some("Tickets/create".to_owned()),
            when: When::Once,
            what: What::DropAfter,
        });
        let lost = batch.next().await.unwrap();
        assert_eq!(lost.result.unwrap_err().class(), Class::Unclear);
        let first = lost.rows.len();
        let dropped = batch.retain(|row| row < first + 3);
        assert_eq!(dropped.len(), 401 - first - 3);
        let mut rows = Vec::new();
        while let Some(outcome) = batch.next().await {
            assert_eq!(outcome.result.unwrap().len(), outcome.rows.len());
            rows.extend(outcome.rows);
        }
        assert_eq!(rows, (first..first + 3).collect::<Vec<_>>());
        assert_eq!(simulator.autotask().tickets().len(), before + first + 3);
    }

    async fn nothing_is_skipped_or_read_twice_while_rows_come_and_go(api: Api) {
        let simulator = simulator().await;
        let maker = client(&simulator, Api::Soap).await;
        let tickets: Vec<_> = (0..1600).map(|number| ticket(&simulator, number)).collect();
        let ids = create_all(&maker, &tickets).await;

        let client = client(&simulator, api).await;
        let query = Query::new().filter(Filter::eq("status", autotask::status::NEW)).fields(&[]);
        let mut read = Box::pin(client.query::<Ticket>(query));
        let mut seen = Vec::new();
        while let Some(ticket) = read.next().await {
            seen.push(ticket.unwrap().id);
            // After the first page every other row of it is gone, and of the last page one has come.
            if seen.len() == 500 {
                for id in ids.iter().take(500).step_by(2) {
                    let done = serde_json::json!({"status": autotask::status::COMPLETE});
                    simulator.autotask().edit_ticket(*id, done.as_object().unwrap()).unwrap();
                }
                create_all(&maker, &[self::ticket(&simulator, 9000)]).await;
            }
        }
        assert!(seen.is_sorted_by(|one, other| one < other));
        let ours: Vec<_> = seen.iter().filter(|id| ids.contains(id)).copied().collect();
        assert_eq!(ours, ids);
    }

    async fn every_character_survives_that_xml_allows(api: Api) {
        let simulator = simulator().await;
        let client = client(&simulator, api).await;
        // All of Unicode, as much as fits at a time.
        let all: Vec<char> = ('\0'..=char::MAX).collect();
        let texts: Vec<String> = all
            .chunks(autotask::DESCRIPTION_MAX / 2 - 1)
            .map(|chunk| format!("|{}|", chunk.iter().collect::<String>()))
            .collect();
        assert!(texts.len() > 200);
        let tickets: Vec<_> = texts
            .iter()
            .enumerate()
            .map(|(number, text)| NewTicket { description: text.clone(), ..ticket(&simulator, number) })
            .collect();
        let ids = create_all(&client, &tickets).await;
        let query = Query::new().filter(Filter::one_of("id", ids)).fields(&["description"]);
        let read: Vec<Ticket> = client.query_all(query).await.unwrap();
        assert_eq!(read.len(), texts.len());
        for (read, text) in read.iter().zip(&texts) {
            let read = read.description.as_deref().unwrap();
            let sent = autotask::text::clean(text);
            let differs = read.chars().zip(sent.chars()).find(|(read, sent)| read != sent);
            assert_eq!(differs, None);
            assert_eq!(read.chars().count(), sent.chars().count());
        }
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
async fn patterns_and_this_day_are_soaps_alone() {
    let simulator = simulator().await;
    let soap = client(&simulator, Api::Soap).await;
    let tickets: Vec<_> = (0..3).map(|number| ticket(&simulator, number)).collect();
    let ids = create_all(&soap, &tickets).await;
    let ours = |filter| {
        Query::new()
            .filter(Filter::begins_with("externalID", "event-"))
            .filter(filter)
    };
    for (filter, expected) in [
        (Filter::like("externalID", "%-___1"), vec![ids[1]]),
        (Filter::not_like("externalID", "%1"), vec![ids[0], ids[2]]),
        (Filter::is_this_day("createDate"), ids.clone()),
        (Filter::is_this_day("dueDateTime"), vec![]),
    ] {
        let found: Vec<Ticket> = soap.query_all(ours(filter.clone())).await.unwrap();
        let found: Vec<i64> = found.iter().map(|ticket| ticket.id).collect();
        assert_eq!(found, expected, "{filter:?}");
        let rest = client(&simulator, Api::Rest).await;
        let error = rest.query_all::<Ticket>(ours(filter)).await.unwrap_err();
        assert_eq!((error.code(), rest.calls()), ("query", 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_ticket_refuses_its_batch_and_is_named() {
    let simulator = simulator().await;
    let client = client(&simulator, Api::Soap).await;
    let before = simulator.autotask().tickets().len();
    let mut tickets: Vec<_> = (0..5).map(|number| ticket(&simulator, number)).collect();
    tickets[3].priority = 99;
    let error = client.create_all(&tickets).await.unwrap_err();
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
    let ids = client.create_all(&tickets).await.unwrap();
    assert_eq!(client.calls(), 1);
    let stored = simulator.autotask().tickets();
    for (id, sent) in ids.iter().zip(&tickets) {
        let stored = stored.iter().find(|ticket| ticket.id == *id).unwrap();
        assert_eq!(stored.external_id, sent.external_id);
    }
}
