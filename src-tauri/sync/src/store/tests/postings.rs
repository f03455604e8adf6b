//! The outbox's rows.

use std::time::Duration;

use cloud_direct::Outcome;

use crate::{
    alerts::Kind,
    examples::{ACCOUNT, alerts, at, job, map, noon, store, take_in_and_plan},
    outbox::{Change, State},
    store::{Feed, Outgoing, PostingFilter, Record, Store, StoreError, TestPosting},
};

const ENDED: &str = "2026-11-22T02:15:00Z";

fn outgoing(id: i64, account: i64) -> Outgoing {
    Outgoing {
        id,
        account,
        account_name: "Contoso Ltd".to_owned(),
        priority: Some(1),
        queue: Some(5),
        due: Some(noon()),
    }
}

fn one_mapped(store: &Store) -> i64 {
    take_in_and_plan(
        store,
        &[job("org-1", "a", Outcome::Error, ENDED)],
        &alerts(),
    );
    map(store, "org-1", ACCOUNT);
    store.due(Feed::Tickets, &Kind::ALL, 10, noon()).unwrap()[0].id
}

#[test]
fn errors_go_before_warnings_before_successes_and_the_oldest_first() {
    let (_folder, store) = store();
    let jobs = [
        job("org-1", "success", Outcome::Success, "2026-11-20T00:00:00Z"),
        job(
            "org-1",
            "late error",
            Outcome::Error,
            "2026-11-22T00:00:00Z",
        ),
        job("org-1", "warning", Outcome::Warning, "2026-11-20T00:00:00Z"),
        job(
            "org-1",
            "early error",
            Outcome::Error,
            "2026-11-21T00:00:00Z",
        ),
    ];
    take_in_and_plan(&store, &jobs, &alerts());
    map(&store, "org-1", ACCOUNT);
    let order: Vec<String> = store
        .due(Feed::Tickets, &Kind::ALL, 10, noon())
        .unwrap()
        .into_iter()
        .map(|posting| posting.job.unwrap().id)
        .collect();
    assert_eq!(order, ["early error", "late error", "warning", "success"]);
    assert_eq!(
        store
            .due(Feed::Tickets, &[Kind::Warning], 10, noon())
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        store
            .due_count(Feed::Tickets, &[Kind::Warning, Kind::Error], noon())
            .unwrap(),
        3
    );
}

#[test]
fn what_is_not_mapped_waits_and_goes_when_it_is() {
    let (_folder, store) = store();
    take_in_and_plan(
        &store,
        &[job("org-1", "a", Outcome::Error, ENDED)],
        &alerts(),
    );
    assert_eq!(
        store.due(Feed::Tickets, &Kind::ALL, 10, noon()).unwrap(),
        []
    );
    map(&store, "org-1", ACCOUNT);
    let due = store.due(Feed::Tickets, &Kind::ALL, 10, noon()).unwrap();
    assert_eq!(due[0].account, Some((ACCOUNT, "Contoso Ltd".to_owned())));
}

#[test]
fn a_posting_is_not_marked_for_an_account_that_is_no_longer_its_organizations() {
    let (_folder, store) = store();
    let id = one_mapped(&store);
    assert_eq!(
        store.mark_sending(&[outgoing(id, 4711)], noon()).unwrap(),
        [0_i64; 0]
    );
    assert_eq!(
        store
            .mark_sending(&[outgoing(id, ACCOUNT)], noon())
            .unwrap(),
        [id]
    );
    assert_eq!(
        store
            .mark_sending(&[outgoing(id, ACCOUNT)], noon())
            .unwrap(),
        [0_i64; 0]
    );
}

#[test]
fn a_posting_is_not_marked_once_its_row_has_been_switched_off() {
    let (_folder, store) = store();
    let id = one_mapped(&store);
    let alert = store.due(Feed::Tickets, &Kind::ALL, 1, noon()).unwrap()[0].alert;
    let mark = || {
        store
            .mark_sending(&[outgoing(id, ACCOUNT)], noon())
            .unwrap()
    };
    let mut rows = alerts();
    let row = match alert {
        Kind::Success => &mut rows.success,
        Kind::Warning => &mut rows.warning,
        Kind::Error => &mut rows.error,
        Kind::Digest => &mut rows.digest,
    };
    row.enabled = false;
    store.save_alerts(&rows, noon()).unwrap();
    assert_eq!(mark(), [0_i64; 0]);
    store.save_alerts(&alerts(), noon()).unwrap();
    assert_eq!(mark(), [id]);
}

#[test]
fn what_was_being_sent_when_the_program_ended_rests_and_is_then_only_looked_up() {
    let (folder, store) = store();
    let id = one_mapped(&store);
    store
        .mark_sending(&[outgoing(id, ACCOUNT)], noon())
        .unwrap();
    drop(store);
    let store = Store::open(folder.path()).unwrap();
    assert_eq!(
        store.due(Feed::Tickets, &Kind::ALL, 10, noon()).unwrap(),
        []
    );
    let settle = Duration::from_secs(20);
    assert_eq!(
        store.lose_track_of_sending(settle, true, noon()).unwrap(),
        1
    );
    assert_eq!(
        store.due(Feed::Tickets, &Kind::ALL, 10, noon()).unwrap(),
        []
    );
    let rested = at("2026-11-23T12:00:20Z");
    assert_eq!(store.next_unclear().unwrap(), Some(rested));
    assert_eq!(
        store.due(Feed::Tickets, &Kind::ALL, 10, rested).unwrap()[0].state,
        State::Unclear
    );
    let error = store
        .record(&[Record::new(id, Change::Claimed)], noon())
        .unwrap_err();
    assert!(matches!(error, StoreError::Illegal { .. }), "{error}");
}

#[test]
fn a_test_ticket_under_way_is_left_alone_by_a_pass_and_never_sent_by_one() {
    let (_folder, store) = store();
    let test = TestPosting {
        key: "ucd-test-1".to_owned(),
        title: "Test".to_owned(),
        description: "Test".to_owned(),
        account: ACCOUNT,
        account_name: "Contoso Ltd".to_owned(),
        priority: 1,
        queue: 5,
        due: noon(),
    };
    let id = store.put_test(&test, noon()).unwrap();
    assert_eq!(
        store
            .lose_track_of_sending(Duration::ZERO, false, noon())
            .unwrap(),
        0
    );
    assert_eq!(
        store
            .lose_track_of_sending(Duration::ZERO, true, noon())
            .unwrap(),
        1
    );
    let due = store.due(Feed::Tickets, &Kind::ALL, 10, noon()).unwrap();
    assert_eq!((due[0].id, due[0].account.as_ref()), (id, None));
}

#[test]
fn a_clock_that_was_set_back_does_not_keep_postings_waiting() {
    let (_folder, store) = store();
    let id = one_mapped(&store);
    store
        .mark_sending(&[outgoing(id, ACCOUNT)], noon())
        .unwrap();
    let in_an_hour = at("2026-11-23T13:00:00Z");
    let record = Record::new(id, Change::NotTaken).not_before(in_an_hour);
    store.record(&[record], noon()).unwrap();
    assert_eq!(
        store.due(Feed::Tickets, &Kind::ALL, 10, noon()).unwrap(),
        []
    );
    assert_eq!(
        store
            .due(Feed::Tickets, &Kind::ALL, 10, in_an_hour)
            .unwrap()
            .len(),
        1
    );
    let a_year_before = at("2025-11-23T12:00:00Z");
    assert_eq!(
        store
            .due(Feed::Tickets, &Kind::ALL, 10, a_year_before)
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn records_are_made_all_or_none() {
    let (_folder, store) = store();
    let jobs = [
        job("org-1", "a", Outcome::Error, ENDED),
        job("org-1", "b", Outcome::Error, ENDED),
    ];
    take_in_and_plan(&store, &jobs, &alerts());
    map(&store, "org-1", ACCOUNT);
    let due = store.due(Feed::Tickets, &Kind::ALL, 10, noon()).unwrap();
    store
        .mark_sending(&[outgoing(due[0].id, ACCOUNT)], noon())
        .unwrap();
    let records = [Record::created(due[0].id, 1), Record::created(due[1].id, 2)];
    assert!(store.record(&records, noon()).is_err());
    assert_eq!(store.counts().unwrap().done, 0);
    assert_eq!(store.ledger_of(&due[0].key).unwrap(), []);
}

#[test]
fn a_done_posting_has_its_ticket_and_its_lines_in_the_ledger() {
    let (_folder, store) = store();
    let id = one_mapped(&store);
    store
        .mark_sending(&[outgoing(id, ACCOUNT)], noon())
        .unwrap();
    store.record(&[Record::created(id, 9137)], noon()).unwrap();
    let key = store.posting(id).unwrap().unwrap().key;
    let made = store.numberless(10).unwrap();
    assert_eq!((made[0].ticket_id, &made[0].key), (9137, &key));
    store
        .set_numbers(&[(9137, "T20261123.0001".to_owned())], noon())
        .unwrap();
    assert_eq!(store.numberless(10).unwrap(), []);
    let posting = store.posting(id).unwrap().unwrap();
    assert_eq!(posting.ticket_number.as_deref(), Some("T20261123.0001"));
    assert_eq!(store.ledger_of(&key).unwrap()[0].1, "created");
}

#[test]
fn a_person_can_have_a_refused_posting_tried_again_and_a_waiting_one_hurried() {
    let (_folder, store) = store();
    let id = one_mapped(&store);
    assert!(!store.retry(4711, noon()).unwrap());
    store
        .mark_sending(&[outgoing(id, ACCOUNT)], noon())
        .unwrap();
    assert!(!store.retry(id, noon()).unwrap(), "being sent");
    store
        .record(
            &[Record::new(id, Change::Refused).because("validation", "No.")],
            noon(),
        )
        .unwrap();
    assert!(store.retry(id, noon()).unwrap());
    let posting = store.posting(id).unwrap().unwrap();
    assert_eq!(
        (posting.state, posting.attempts, posting.error),
        (State::Planned, 0, None)
    );

    store
        .mark_sending(&[outgoing(id, ACCOUNT)], noon())
        .unwrap();
    let later = Record::new(id, Change::NotTaken).not_before(at("2026-11-23T18:00:00Z"));
    store.record(&[later], noon()).unwrap();
    assert!(store.retry(id, noon()).unwrap());
    assert_eq!(
        store
            .due(Feed::Tickets, &Kind::ALL, 10, noon())
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn postings_are_found_by_filter_search_and_page() {
    let (_folder, store) = store();
    let mut jobs: Vec<_> = (0..25)
        .map(|n| job("org-1", &format!("job {n}"), Outcome::Warning, ENDED))
        .collect();
    jobs[3].system = "100%_odd".to_owned();
    take_in_and_plan(&store, &jobs, &alerts());
    let page = |before| store.postings(PostingFilter::All, "", before, 10).unwrap();
    let first = page(None);
    let second = page(Some(first[9].id));
    assert_eq!(
        (first.len(), second.len(), page(Some(second[9].id)).len()),
        (10, 10, 5)
    );
    assert!(first[9].id > second[0].id);
    let found = |search| {
        store
            .postings(PostingFilter::All, search, None, 50)
            .unwrap()
            .len()
    };
    assert_eq!(
        (
            found("100%_o"),
            found("%"),
            found("ORG-1"),
            found("nothing")
        ),
        (1, 1, 25, 0)
    );
    let filtered = |filter| store.postings(filter, "", None, 50).unwrap().len();
    assert_eq!(filtered(PostingFilter::Waiting), 25);
    assert_eq!(
        filtered(PostingFilter::Sent) + filtered(PostingFilter::NeedsAttention),
        0
    );
}

#[test]
fn two_thousand_jobs_are_taken_in_and_planned_at_once() {
    let (_folder, store) = store();
    let jobs: Vec<_> = (0..2_000)
        .map(|n| {
            job(
                &format!("org-{}", n % 200),
                &format!("job {n}"),
                Outcome::Warning,
                ENDED,
            )
        })
        .collect();
    assert_eq!(take_in_and_plan(&store, &jobs, &alerts()), 2_000);
}
