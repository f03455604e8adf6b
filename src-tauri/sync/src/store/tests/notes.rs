//! Notes on tickets whose jobs ended worse than was known when they were made.

use cloud_direct::Outcome;

use crate::{
    alerts::Kind,
    examples::{ACCOUNT, alerts, at, job, map, noon, plan_new, store, take_in_and_plan},
    outbox::{Change, State},
    plan,
    store::{Feed, OnTicket, Outgoing, PostingFilter, PostingRow, Record, Store},
};

const ENDED: &str = "2026-11-22T02:15:00Z";
const TICKET: i64 = 9137;

fn ends(store: &Store, outcome: Outcome) {
    take_in_and_plan(store, &[job("org-1", "a", outcome, ENDED)], &alerts());
}

/// The postings in the order in which they were planned.
fn postings(store: &Store) -> Vec<PostingRow> {
    let mut postings = store.postings(PostingFilter::All, "", None, 10).unwrap();
    postings.reverse();
    postings
}

fn whats(store: &Store) -> Vec<String> {
    postings(store).into_iter().map(|one| one.what).collect()
}

fn begin(store: &Store, id: i64) {
    let outgoing = Outgoing {
        id,
        account: ACCOUNT,
        account_name: "Contoso Ltd".to_owned(),
        priority: None,
        queue: None,
        due: None,
    };
    assert_eq!(store.mark_sending(&[outgoing], noon()).unwrap(), [id]);
}

fn send_ticket(store: &Store) {
    let id = postings(store)[0].id;
    begin(store, id);
    let made = Record::created(id, TICKET);
    store.record(&[made], noon()).unwrap();
}

/// With the ticket of a job that ended so.
fn sent(outcome: Outcome) -> (tempfile::TempDir, Store) {
    let (folder, store) = store();
    ends(&store, outcome);
    map(&store, "org-1", ACCOUNT);
    send_ticket(&store);
    (folder, store)
}

fn due_notes(store: &Store) -> Vec<crate::store::Claimed> {
    store.due(Feed::Notes, &Kind::ALL, 10, noon()).unwrap()
}

#[test]
fn what_ends_worse_than_its_ticket_says_gets_a_note_and_nothing_else_does() {
    use Outcome::{Error, Success, Warning};
    let table: [(Outcome, &[Outcome], &[&str]); 8] = [
        (Warning, &[Error], &["Note: Backup error"]),
        (Success, &[Error], &["Note: Backup error"]),
        (Success, &[Warning], &["Note: Backup warning"]),
        (Warning, &[Success], &[]),
        (Error, &[Warning, Success, Error], &[]),
        (Warning, &[Error, Error], &["Note: Backup error"]),
        // Never sent, and no longer true.
        (Warning, &[Error, Warning], &[]),
        (Success, &[Warning, Error], &["Note: Backup error"]),
    ];
    for (first, then, notes) in table {
        let (_folder, store) = sent(first);
        for outcome in then {
            ends(&store, *outcome);
        }
        assert_eq!(whats(&store)[1..], *notes, "{first:?} {then:?}");
        assert_eq!(
            store.due(Feed::Tickets, &Kind::ALL, 10, noon()).unwrap(),
            []
        );
        assert_eq!(due_notes(&store).len(), notes.len());
    }
}

#[test]
fn a_note_is_sent_to_its_ticket_and_takes_over_the_tickets_number() {
    let (_folder, store) = sent(Outcome::Warning);
    ends(&store, Outcome::Error);
    let due = due_notes(&store);
    let on = OnTicket {
        id: TICKET,
        number: None,
    };
    assert_eq!(due[0].on, Some(on.clone()));
    assert_eq!(
        due[0].key,
        plan::note_key(&plan::event_key("org-1", "a"), Kind::Error)
    );
    begin(&store, due[0].id);
    let made = Record::noted(due[0].id, Change::Created, 51, &on);
    store.record(&[made], noon()).unwrap();
    // The ticket's number is asked for once, and is the note's as well.
    assert_eq!(store.numberless(10).unwrap().len(), 1);
    let number = "T20261123.0001".to_owned();
    store
        .set_numbers(&[(TICKET, number.clone())], noon())
        .unwrap();
    let note = store.posting(due[0].id).unwrap().unwrap();
    assert_eq!(note.state, State::Done);
    assert_eq!(
        (note.ticket_id, note.ticket_number),
        (Some(TICKET), Some(number))
    );
    assert_eq!(store.ledger_of(&note.key).unwrap()[0].1, "created");
    // What is said stays said.
    ends(&store, Outcome::Warning);
    ends(&store, Outcome::Error);
    assert_eq!(whats(&store).len(), 2);
}

#[test]
fn a_note_that_may_be_on_its_way_is_left_until_that_is_clear() {
    let (_folder, store) = sent(Outcome::Success);
    ends(&store, Outcome::Warning);
    let id = due_notes(&store)[0].id;
    begin(&store, id);
    store
        .record(&[Record::new(id, Change::LostTrack)], noon())
        .unwrap();
    ends(&store, Outcome::Error);
    assert_eq!(whats(&store).len(), 2, "the job waits");
    let on = OnTicket {
        id: TICKET,
        number: None,
    };
    store
        .record(&[Record::noted(id, Change::Found, 51, &on)], noon())
        .unwrap();
    plan_new(&store, &alerts());
    assert_eq!(
        whats(&store)[1..],
        ["Note: Backup warning", "Note: Backup error"]
    );
}

#[test]
fn a_note_is_taken_back_with_its_row_and_comes_back_with_its_organization() {
    let (_folder, store) = sent(Outcome::Warning);
    ends(&store, Outcome::Error);
    let exclude = |why: Option<&str>| {
        let before = store.mapping_rows(Some("org-1")).unwrap().remove(0).mapping;
        let mapping = crate::store::Mapping {
            excluded: why.map(str::to_owned),
            ..before
        };
        assert!(store.save_mapping("org-1", &mapping, noon()).unwrap());
        plan_new(&store, &alerts());
    };
    exclude(Some("a mistake"));
    assert_eq!(whats(&store), ["Backup warning"]);
    exclude(None);
    assert_eq!(whats(&store), ["Backup warning", "Note: Backup error"]);

    let mut off = alerts();
    off.error.enabled = false;
    plan_new(&store, &off);
    assert_eq!(whats(&store), ["Backup warning"]);
    plan_new(&store, &alerts());
    assert_eq!(
        whats(&store),
        ["Backup warning"],
        "not when it is switched on later"
    );
}

#[test]
fn a_ticket_of_another_computer_that_says_less_gets_the_note() {
    let (_folder, store) = store();
    ends(&store, Outcome::Error);
    map(&store, "org-1", ACCOUNT);
    let posting = &postings(&store)[0];
    let warned = job("org-1", "a", Outcome::Warning, ENDED);
    let failed = job("org-1", "a", Outcome::Error, ENDED);
    assert_eq!(plan::said_less(&failed, &plan::title(&failed)), None);
    assert_eq!(plan::said_less(&warned, &plan::title(&failed)), None);
    let said = plan::said_less(&failed, &plan::title(&warned));
    let found = Record::found(posting.id, TICKET, None, Some(ACCOUNT)).saying(said);
    store.record(&[found], noon()).unwrap();
    plan_new(&store, &alerts());
    assert_eq!(whats(&store), ["Backup warning", "Note: Backup error"]);
    assert_eq!(postings(&store)[1].occurred_at, at(ENDED));
}
