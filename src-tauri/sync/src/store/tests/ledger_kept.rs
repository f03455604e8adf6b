//! How long the ledger is kept, and that it can be verified from wherever it begins.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use rusqlite::types::Value;

use super::ledger::{day, history, history_at, posting, refuse, rows, tamperer};
use crate::{
    billing,
    examples::{organization, store},
    settings::General,
    store::{Fault, LedgerCheck, Store, held},
};

fn keep(store: &Store, days: u16) {
    let general = General {
        keep_ledger_days: days,
        ..General::default()
    };
    store.save_general(&general).unwrap();
}

fn ids(store: &Store) -> Vec<i64> {
    rows(store).iter().map(|row| row.id).collect()
}

/// Looks on seven days, the first of them that day. Gives back how many lines were removed.
fn look_for_a_week(store: &Store, first: Timestamp) -> u64 {
    (0..7)
        .map(|day| store.shorten_ledger(first + SignedDuration::from_hours(24 * day)))
        .sum::<Result<u64, _>>()
        .unwrap()
}

#[test]
fn lines_older_than_is_set_are_removed_and_the_rest_still_fits() {
    let (_folder, store) = store();
    history(&store, 6);
    keep(&store, 90);
    let head = rows(&store)[5].hash;
    assert_eq!(look_for_a_week(&store, day(92)), 2);
    assert_eq!(ids(&store), [3, 4, 5, 6]);
    let check = store.verify_ledger().unwrap();
    assert_eq!(
        check,
        LedgerCheck::Fits {
            rows: 4,
            removed: 2,
            head: (6, head)
        }
    );
    assert_eq!(look_for_a_week(&store, day(200)), 4);
    assert_eq!(
        store.verify_ledger().unwrap(),
        LedgerCheck::Fits {
            rows: 0,
            removed: 6,
            head: (6, head)
        }
    );
}

#[test]
fn two_years_are_kept_unless_something_else_is_set() {
    let (_folder, store) = store();
    history(&store, 2);
    assert_eq!(look_for_a_week(&store, day(730)), 0);
    assert_eq!(look_for_a_week(&store, day(737)), 2);
}

#[test]
fn it_is_looked_at_once_a_day_also_after_the_clock_was_set_back() {
    let (_folder, store) = store();
    history(&store, 6);
    keep(&store, 90);
    assert_eq!(look_for_a_week(&store, day(91)), 1);
    let hours = SignedDuration::from_hours;
    assert_eq!(store.shorten_ledger(day(98) - hours(1)).unwrap(), 0);
    assert_eq!(store.shorten_ledger(day(98)).unwrap(), 1);
    // Set back: looked at all the same, and from there on once a day again.
    assert_eq!(store.shorten_ledger(day(99) - hours(96)).unwrap(), 1);
    assert_eq!(store.shorten_ledger(day(95) + hours(23)).unwrap(), 0);
    assert_eq!(look_for_a_week(&store, day(96)), 3);
}

#[test]
fn a_clock_that_is_wrong_removes_nothing_unless_it_stays_so_for_a_week() {
    let ahead = 3650;
    let table: [(&str, &[i64], u64); 8] = [
        // The days of the looks, and how many of six lines (days 0 to 5) are removed in the end.
        ("right, and too early", &[10, 11, 12, 13, 14, 15, 16, 17], 0),
        ("a file's first looks", &[400, 401, 402, 403, 404, 405], 0),
        ("and the seventh", &[400, 401, 402, 403, 404, 405, 406], 6),
        (
            "years ahead for a moment",
            &[10, 11, 12, 13, 14, 15, 16, ahead, 17, 18],
            0,
        ),
        (
            "again and again",
            &[16, ahead, 17, ahead, 18, ahead, 19, ahead, 20, ahead],
            0,
        ),
        (
            "years ahead for six days",
            &[
                15,
                16,
                ahead,
                ahead + 1,
                ahead + 2,
                ahead + 3,
                ahead + 4,
                ahead + 5,
                22,
            ],
            0,
        ),
        (
            "the computer was off for years",
            &[
                16,
                ahead,
                ahead + 1,
                ahead + 2,
                ahead + 3,
                ahead + 4,
                ahead + 5,
                ahead + 6,
            ],
            6,
        ),
        (
            "years back for a moment: a week later",
            &[92, 93, 94, -5000, 95, 96, 97, 98, 99, 100, 101],
            5,
        ),
    ];
    for (what, looks, removed) in table {
        let (_folder, store) = store();
        history(&store, 6);
        keep(&store, 90);
        let gone: u64 = looks
            .iter()
            .map(|at| store.shorten_ledger(day(*at)).unwrap())
            .sum();
        assert_eq!(gone, removed, "{what}");
    }
}

#[test]
fn measurements_go_with_it_and_none_for_a_clock_that_is_years_ahead_for_a_moment() {
    let (_folder, store) = store();
    keep(&store, 90);
    store
        .save_organizations(&[organization("org-1", "Contoso")], day(0))
        .unwrap();
    for at in [day(0), day(4)] {
        billing::enter(&store, "org-1", 5, "counted", None, at).unwrap();
    }
    let there = |until| {
        let metric = store.settings().unwrap().billing.metric;
        let found = store.last_measurements(&metric, until, None).unwrap();
        found.contains_key("org-1")
    };
    store.shorten_ledger(day(5_000)).unwrap();
    assert!(there(day(3)));
    look_for_a_week(&store, day(92));
    assert_eq!((there(day(3)), there(day(4))), (false, true));
}

#[test]
fn an_old_line_behind_a_young_one_stays_with_it() {
    let (_folder, store) = store();
    // The clock was a year ahead for the first.
    history_at(&store, &[day(365), day(0)]);
    keep(&store, 90);
    assert_eq!(look_for_a_week(&store, day(200)), 0);
    assert_eq!(look_for_a_week(&store, day(456)), 2);
}

#[test]
fn what_follows_the_removed_lines_cannot_be_removed_by_hand() {
    let (folder, store) = store();
    history(&store, 6);
    keep(&store, 90);
    look_for_a_week(&store, day(92));
    assert!(
        held(&store.writer)
            .execute("DELETE FROM ledger WHERE id = 3", [])
            .is_err()
    );
    tamperer(&folder)
        .execute_batch("DELETE FROM ledger WHERE id = 3")
        .unwrap();
    let LedgerCheck::Broken(misfit) = store.verify_ledger().unwrap() else {
        panic!("a line is missing");
    };
    assert_eq!((misfit.row, misfit.fault), (4, Fault::Missing));
}

/// One step of a ledger's life: what Autotask says to a posting, so many days later, and whether the
/// ledger is then shortened.
fn steps() -> impl Strategy<Value = Vec<(String, i64, bool)>> {
    prop::collection::vec((".{0,12}", 0_i64..60, prop::bool::weighted(0.3)), 1..8)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn any_history_fits_and_no_byte_of_it_can_be_changed(
        steps in steps(),
        row in any::<prop::sample::Index>(),
        column in 0_usize..COLUMNS.len(),
        byte in any::<prop::sample::Index>(),
        mask in 1_u8..,
    ) {
        let (folder, store) = store();
        keep(&store, 90);
        let removed = live(&store, &steps);
        let kept = rows(&store);
        let check = store.verify_ledger().unwrap();
        let fits = matches!(check, LedgerCheck::Fits { rows, removed: gone, .. }
            if rows == kept.len() as u64 && gone == removed);
        prop_assert!(fits, "{:?}", check);
        prop_assert_eq!(kept.len() as u64 + removed, 2 * steps.len() as u64);
        if kept.is_empty() {
            return Ok(());
        }

        let id = row.get(&kept).id;
        let connection = tamperer(&folder);
        if change(&connection, id, COLUMNS[column], byte, mask) {
            let check = store.verify_ledger().unwrap();
            prop_assert!(matches!(check, LedgerCheck::Broken(_)), "{} of {}", COLUMNS[column], id);
        }
    }

    #[test]
    fn no_line_of_any_history_can_be_removed(
        steps in steps(),
        row in any::<prop::sample::Index>(),
        gap_closed in any::<bool>(),
    ) {
        let (folder, store) = store();
        keep(&store, 90);
        live(&store, &steps);
        let kept = rows(&store);
        if kept.is_empty() {
            return Ok(());
        }

        let id = row.get(&kept).id;
        let connection = tamperer(&folder);
        connection.execute("DELETE FROM ledger WHERE id = ?1", [id]).unwrap();
        if gap_closed {
            connection.execute("UPDATE ledger SET id = id - 1 WHERE id > ?1", [id]).unwrap();
        }
        let check = store.verify_ledger().unwrap();
        prop_assert!(matches!(check, LedgerCheck::Broken(_)), "{} of {}", id, kept.len());
    }
}

/// Two lines for each step. Gives back how many were removed.
fn live(store: &Store, steps: &[(String, i64, bool)]) -> u64 {
    let id = posting(store);
    let mut now = day(0);
    let mut removed = 0;
    for (words, days, shorten) in steps {
        now += SignedDuration::from_hours(24 * days);
        refuse(store, id, words, now);
        assert!(store.retry(id, now).unwrap());
        if *shorten {
            removed += look_for_a_week(store, now);
            now += SignedDuration::from_hours(24 * 7);
        }
    }
    removed
}

const COLUMNS: [&str; 9] = [
    "id",
    "at",
    "what",
    "key",
    "account",
    "ticket_id",
    "detail",
    "previous",
    "hash",
];

/// Changes one byte of a column, or makes something of nothing. `false`: the file refuses it, as
/// where two rows would have one id.
fn change(
    connection: &rusqlite::Connection,
    id: i64,
    column: &str,
    byte: prop::sample::Index,
    mask: u8,
) -> bool {
    let value: Value = connection
        .query_row(
            &format!("SELECT {column} FROM ledger WHERE id = ?1"),
            [id],
            |row| row.get(0),
        )
        .unwrap();
    let changed = |bytes: &mut [u8]| bytes[byte.index(bytes.len())] ^= mask;
    let (new, cast) = match value {
        Value::Null if column == "detail" => (Value::Blob(vec![mask]), true),
        Value::Null => (Value::Integer(i64::from(mask)), false),
        Value::Integer(number) => {
            let mut bytes = number.to_be_bytes();
            changed(&mut bytes);
            (Value::Integer(i64::from_be_bytes(bytes)), false)
        }
        Value::Real(_) => panic!("{column} is no number with a point"),
        Value::Text(text) if text.is_empty() => (Value::Blob(vec![mask]), true),
        Value::Text(text) => {
            let mut bytes = text.into_bytes();
            changed(&mut bytes);
            (Value::Blob(bytes), true)
        }
        Value::Blob(mut bytes) => {
            changed(&mut bytes);
            (Value::Blob(bytes), false)
        }
    };
    let new_value = if cast { "CAST(?2 AS TEXT)" } else { "?2" };
    connection
        .execute(
            &format!("UPDATE ledger SET {column} = {new_value} WHERE id = ?1"),
            (id, new),
        )
        .is_ok()
}
