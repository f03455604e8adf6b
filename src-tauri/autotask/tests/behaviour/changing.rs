//! Notes, changes, contracts and their adjustments.

use autotask::{
    Api, Class, Company, Contract, ContractService, ContractServiceUnit, Draft, EntityKind, Filter,
    Line, NewContractServiceAdjustment, NewTicketNote, Period, Query, Service, Ticket, TicketNote,
};

use super::{client, simulator, ticket};

over_both! {
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

    async fn of_many_adjustments_only_the_refused_one_is_missing(api: Api) {
        let simulator = simulator().await;
        let client = client(&simulator, api).await;
        let lines: Vec<ContractService> = client.query_all(Query::new()).await.unwrap();
        let contracts: Vec<Contract> = client.query_all(Query::new().filter(Filter::eq("contractName", "Cloud Backup"))).await.unwrap();
        let adjustments: Vec<NewContractServiceAdjustment> = contracts
            .iter()
            .filter_map(|contract| Some((contract, lines.iter().find(|line| line.contract_id == contract.id)?)))
            .take(4)
            .map(|(contract, line)| NewContractServiceAdjustment {
                contract_id: contract.id,
                line: Line::ContractService(line.id),
                effective: jiff::civil::date(2026, 12, 1),
                unit_change: Some(3),
                adjusted_unit_price: None,
                adjusted_unit_cost: None,
            })
            .collect();
        assert_eq!(adjustments.len(), 4);
        client.adjust(&adjustments[2..3]).await.unwrap();
        let mut batch = client.adjust_each(&adjustments);
        let (mut taken, mut refused) = (Vec::new(), Vec::new());
        while let Some(outcome) = batch.next().await {
            match outcome.result {
                Ok(ids) => {
                    assert_eq!(ids, [0_i64; 0]);
                    taken.extend(outcome.rows);
                }
                Err(error) => {
                    assert_eq!((error.code(), error.class()), ("duplicate", Class::Rejected), "{error}");
                    refused.extend(outcome.rows);
                }
            }
        }
        taken.sort_unstable();
        assert_eq!((taken, refused), (vec![0, 1, 3], vec![2]));
    }
}
