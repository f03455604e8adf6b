//! Creating tickets, one or many.

use autotask::{Api, Class, Filter, NewTicket, Query, Ticket};
use simulator::{Fault, Service as Side, What, When};

use super::{client, create_all, simulator, ticket};

over_both! {
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
