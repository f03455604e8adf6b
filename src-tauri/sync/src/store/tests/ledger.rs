//! The ledger as a chain. Whoever tampers with it here has the file, and drops the triggers first.

use cloud_direct::Outcome;
use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::{
    alerts::Kind,
    examples::{ACCOUNT, alerts, at, job, map, noon, store, take_in_and_plan},
    outbox::Change,
    store::{
        FILE_NAME, Fault, Feed, LedgerCheck, LedgerRow, Misfit, Outgoing, Record, Store, held,
    },
};

const NO_HASH: [u8; 32] = [0; 32];

/// So many days after the first.
pub(super) fn day(n: i64) -> Timestamp {
    noon() + SignedDuration::from_hours(24 * n)
}

/// A posting that is refused, retried, refused, … so many lines, one a day.
pub(super) fn history(store: &Store, lines: i64) {
    let days: Vec<Timestamp> = (0..lines).map(day).collect();
    history_at(store, &days);
}

pub(super) fn history_at(store: &Store, lines: &[Timestamp]) {
    let id = posting(store);
    for (n, at) in lines.iter().enumerate() {
        if n % 2 == 0 {
            refuse(store, id, &format!("No, {n}."), *at);
        } else {
            assert!(store.retry(id, *at).unwrap());
        }
    }
}

pub(super) fn posting(store: &Store) -> i64 {
    let failed = job("org-1", "a", Outcome::Error, "2026-11-22T02:15:00Z");
    take_in_and_plan(store, &[failed], &alerts());
    map(store, "org-1", ACCOUNT);
    store.due(Feed::Tickets, &Kind::ALL, 1, noon()).unwrap()[0].id
}

pub(super) fn refuse(store: &Store, id: i64, words: &str, now: Timestamp) {
    let outgoing = Outgoing {
        id,
        account: ACCOUNT,
        account_name: "Contoso Ltd".to_owned(),
        priority: Some(1),
        queue: Some(5),
        due: Some(now),
    };
    assert_eq!(store.mark_sending(&[outgoing], now).unwrap(), [id]);
    let refused = Record::new(id, Change::Refused).because("validation", words);
    store.record(&[refused], now).unwrap();
}

pub(super) fn tamperer(folder: &TempDir) -> Connection {
    let connection = Connection::open(folder.path().join(FILE_NAME)).unwrap();
    let triggers: Vec<String> = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert!(!triggers.is_empty());
    for trigger in triggers {
        connection
            .execute_batch(&format!("DROP TRIGGER {trigger}"))
            .unwrap();
    }
    connection
}

/// What is found after this was done to a ledger of six lines.
fn after(sql: &str) -> LedgerCheck {
    let (folder, store) = store();
    history(&store, 6);
    tamperer(&folder).execute_batch(sql).unwrap();
    store.verify_ledger().unwrap()
}

fn broken(row: i64, at: Option<Timestamp>, fault: Fault) -> LedgerCheck {
    LedgerCheck::Broken(Misfit { row, at, fault })
}

pub(super) fn rows(store: &Store) -> Vec<LedgerRow> {
    store.ledger_after(0, 100).unwrap()
}

#[test]
fn a_ledger_that_nobody_has_touched_fits_from_its_first_line_on() {
    let (_folder, store) = store();
    let empty = LedgerCheck::Fits {
        rows: 0,
        removed: 0,
        head: (0, NO_HASH),
    };
    assert_eq!(store.verify_ledger().unwrap(), empty);
    history(&store, 6);
    let rows = rows(&store);
    assert_eq!(
        store.verify_ledger().unwrap(),
        LedgerCheck::Fits {
            rows: 6,
            removed: 0,
            head: (6, rows[5].hash),
        }
    );
    assert_eq!(rows[0].previous, NO_HASH);
    assert!(rows.windows(2).all(|two| two[1].previous == two[0].hash));
    assert_eq!(
        (rows[2].what.as_str(), rows[2].detail.as_deref()),
        ("refused", Some("No, 2."))
    );
}

#[test]
fn a_changed_row_is_named_whatever_was_changed_in_it() {
    for change in [
        "at = at + 1",
        "what = 'created'",
        "key = 'another'",
        "account = account + 1",
        "account = NULL",
        "ticket_id = 7",
        "detail = 'Yes.'",
        "previous = zeroblob(32)",
        "hash = zeroblob(32)",
    ] {
        let check = after(&format!("UPDATE ledger SET {change} WHERE id = 3"));
        let time = if change.starts_with("at") {
            day(2) + SignedDuration::from_micros(1)
        } else {
            day(2)
        };
        assert_eq!(check, broken(3, Some(time), Fault::Changed), "{change}");
    }
}

#[test]
fn a_removed_row_shows_at_the_one_behind_it_also_when_the_gap_is_closed() {
    let removed = "DELETE FROM ledger WHERE id = 3;";
    assert_eq!(after(removed), broken(4, Some(day(3)), Fault::Missing));
    let first = "DELETE FROM ledger WHERE id = 1;";
    assert_eq!(after(first), broken(2, Some(day(1)), Fault::Missing));
    let closed = format!("{removed} UPDATE ledger SET id = id - 1 WHERE id > 3");
    assert_eq!(after(&closed), broken(3, Some(day(3)), Fault::Missing));
}

#[test]
fn rows_that_are_cut_off_at_the_end_are_missed_by_the_head() {
    let cut = "DELETE FROM ledger WHERE id > 4;";
    assert_eq!(after(cut), broken(6, None, Fault::CutOff));
    assert_eq!(after("DELETE FROM ledger"), broken(6, None, Fault::CutOff));
    let head = "UPDATE ledger_end SET row = 4, count = 4 WHERE name = 'head'";
    assert_eq!(
        after(&format!("{cut} {head}")),
        broken(4, None, Fault::Ends)
    );
}

/// Even with the right hashes, which anybody can compute.
#[test]
fn a_row_that_is_put_in_is_named() {
    let made_room =
        "UPDATE ledger SET id = -id WHERE id > 3; UPDATE ledger SET id = 1 - id WHERE id < 0;";
    for (before, place, made) in [(3, 4, made_room), (6, 7, "")] {
        let (folder, store) = store();
        history(&store, 6);
        let connection = tamperer(&folder);
        connection.execute_batch(made).unwrap();
        put_in(&connection, before, place);
        assert_eq!(
            store.verify_ledger().unwrap(),
            broken(place, Some(noon()), Fault::PutIn)
        );
    }
}

/// A row that fits behind the row `before`, under the number `place`.
fn put_in(connection: &Connection, before: i64, place: i64) {
    // What the ledger itself would write there, in a file of its own.
    let (folder, other) = store();
    let copied = tamperer(&folder);
    let previous: [u8; 32] = connection
        .query_row("SELECT hash FROM ledger WHERE id = ?1", [before], |row| {
            row.get(0)
        })
        .unwrap();
    copied
        .execute(
            "UPDATE ledger_end SET row = ?1, count = ?1, hash = ?2 WHERE name = 'head'",
            (place - 1, previous),
        )
        .unwrap();
    history(&other, 1);
    let row = other.ledger_after(0, 1).unwrap().remove(0);
    assert_eq!((row.id, row.previous), (place, previous));
    connection
        .execute(
            "INSERT INTO ledger VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            (
                row.id,
                row.at.as_microsecond(),
                row.what,
                row.key,
                row.account,
                row.ticket_id,
                row.detail,
                row.previous,
                row.hash,
            ),
        )
        .unwrap();
}

#[test]
fn rows_that_have_changed_places_are_named_at_the_first_of_them() {
    let swapped = "UPDATE ledger SET id = -id WHERE id IN (3, 5);
                   UPDATE ledger SET id = 8 + id WHERE id < 0;";
    assert_eq!(after(swapped), broken(3, Some(day(4)), Fault::OutOfOrder));
}

#[test]
fn a_beginning_or_an_end_that_contradicts_the_rows_is_named() {
    for (sql, row, fault) in [
        ("DELETE FROM ledger_end WHERE name = 'head'", 0, Fault::Ends),
        (
            "UPDATE ledger_end SET count = 9 WHERE name = 'head'",
            6,
            Fault::Ends,
        ),
        (
            "UPDATE ledger_end SET hash = zeroblob(32) WHERE name = 'head'",
            6,
            Fault::Ends,
        ),
        (
            "UPDATE ledger_end SET count = 9 WHERE name = 'anchor'",
            6,
            Fault::Ends,
        ),
        (
            "UPDATE ledger_end SET row = 2 WHERE name = 'anchor'",
            1,
            Fault::PutIn,
        ),
    ] {
        let LedgerCheck::Broken(misfit) = after(sql) else {
            panic!("{sql}");
        };
        assert_eq!((misfit.row, misfit.fault), (row, fault), "{sql}");
    }
}

#[test]
fn a_misfit_is_told_with_its_row_and_time() {
    let misfit = Misfit {
        row: 3,
        at: Some(at("2026-11-25T12:00:00Z")),
        fault: Fault::Changed,
    };
    assert_eq!(
        misfit.to_string(),
        "Row 3 (2026-11-25T12:00:00Z) was changed: it does not have the hash that was written with it."
    );
    let cut = Misfit {
        at: None,
        fault: Fault::CutOff,
        ..misfit
    };
    assert!(
        cut.to_string().starts_with("Row 3 should be the last"),
        "{cut}"
    );
}

/// What keeps the program itself from a mistake; it does not keep out whoever has the file.
#[test]
fn the_ledger_is_only_added_to_and_only_at_its_end() {
    let (_folder, store) = store();
    history(&store, 2);
    let connection = held(&store.writer);
    for refused in [
        "UPDATE ledger SET what = 'nothing'",
        "DELETE FROM ledger",
        "DELETE FROM ledger WHERE id = 1",
        "INSERT INTO ledger SELECT 3, at, what, key, account, ticket_id, detail, previous, hash
             FROM ledger WHERE id = 2",
        "INSERT INTO ledger SELECT 0, at, what, key, account, ticket_id, detail, hash, hash
             FROM ledger WHERE id = 2",
        "UPDATE ledger_end SET row = 0 WHERE name = 'head'",
        "UPDATE ledger_end SET name = 'head' WHERE name = 'anchor'",
        "DELETE FROM ledger_end",
    ] {
        assert!(connection.execute(refused, []).is_err(), "{refused}");
    }
    drop(connection);
    assert!(matches!(
        store.verify_ledger().unwrap(),
        LedgerCheck::Fits { rows: 2, .. }
    ));
}

#[test]
fn a_change_that_is_taken_back_takes_its_line_along() {
    let (_folder, store) = store();
    history(&store, 2);
    let id = store.due(Feed::Tickets, &Kind::ALL, 1, day(9)).unwrap()[0].id;
    let found = Record::found(id, 9, None, None);
    let impossible = Record::created(id, 10);
    assert!(store.record(&[found, impossible], day(9)).is_err());
    assert_eq!(rows(&store).len(), 2);
    assert!(matches!(
        store.verify_ledger().unwrap(),
        LedgerCheck::Fits { rows: 2, .. }
    ));
}
