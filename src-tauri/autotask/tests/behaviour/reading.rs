//! Queries, pages, counts.

use autotask::{
    Api, Company, Contract, ContractService, ContractServiceUnit, Filter, NewTicket, Query,
    Service, Ticket,
};
use futures::StreamExt as _;

use super::{client, create_all, simulator, ticket};

over_both! {
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
