//! The tables of billing: what a file of format 3 becomes, and what cannot be there twice.

use jiff::civil::date;
use rusqlite::Connection;

use crate::{
    billing::{Change, Figure, Period, Place, State, Terms},
    examples::{noon, organization},
    schedule,
    store::{FILE_NAME, LedgerCheck, NewLine, Store, ToPlan},
};

fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    store
        .save_organizations(&[organization("org-1", "Contoso")], noon())
        .unwrap();
    (folder, store)
}

fn plan(store: &Store) -> u64 {
    let line = ToPlan {
        organization_id: "org-1".to_owned(),
        state: State::Planned,
        not_before: noon(),
        left: None,
    };
    let done = schedule::Record::default();
    store
        .plan_lines(date(2026, 11, 30), &[line], noon(), &done, noon())
        .unwrap()
}

fn new(corrects: Option<i64>) -> NewLine {
    NewLine {
        organization_id: "org-1".to_owned(),
        invoice_date: date(2026, 11, 30),
        corrects,
    }
}

fn terms(before: i64, wanted: i64) -> Terms {
    let start = date(2026, 12, 1);
    Terms {
        place: Place {
            account: 29_683_501,
            account_name: "Contoso".to_owned(),
            contract: 29_683_510,
            contract_name: "Cloud Backup".to_owned(),
            service: 29_683_602,
            service_name: "Storage".to_owned(),
        },
        effective: start,
        period: Period {
            start,
            end: date(2026, 12, 31),
        },
        before,
        wanted,
        unit_price: None,
        figure: Some(Figure {
            bytes: 120,
            measured_at: noon(),
            by_hand: None,
        }),
        sum: None,
    }
}

#[test]
fn a_file_of_format_3_gets_the_tables_and_a_name_of_its_own_and_keeps_what_it_has() {
    let (folder, store) = store();
    drop(store);
    // Later formats only add.
    let connection = Connection::open(folder.path().join(FILE_NAME)).unwrap();
    connection
        .execute_batch(
            "DROP TABLE billing_line; DROP TABLE measurement; DROP TABLE usage_day;
             ALTER TABLE organization DROP COLUMN unread_from;
             ALTER TABLE organization DROP COLUMN asked_at;
             DELETE FROM fact WHERE name = 'installation'; PRAGMA user_version = 3;",
        )
        .unwrap();
    drop(connection);
    let migrated = Store::open(folder.path()).unwrap();
    assert_eq!(migrated.organizations().unwrap().len(), 1);
    assert_eq!(plan(&migrated), 1);
    let installation = migrated.installation().unwrap();
    assert_eq!(installation.len(), 32);
    let (_other, other) = self::store();
    assert_ne!(other.installation().unwrap(), installation);
    drop(migrated);
    let again = Store::open(folder.path()).unwrap();
    assert_eq!(again.installation().unwrap(), installation);
}

#[test]
fn what_was_posted_with_format_5_can_still_be_corrected_and_keeps_the_day_that_was_chosen() {
    let (folder, store) = store();
    plan(&store);
    let line = |store: &Store| store.billing_lines(date(2026, 11, 30)).unwrap().remove(0);
    for change in [Change::Claimed, Change::Accepted] {
        let record = line(&store).record(change).with(terms(100, 120));
        store.record_lines(&[record], noon()).unwrap();
    }
    let former = line(&store).former;
    assert_eq!(former, Some((date(2026, 12, 1), 100)));
    drop(store);
    let connection = Connection::open(folder.path().join(FILE_NAME)).unwrap();
    connection
        .execute_batch(
            "ALTER TABLE billing_line DROP COLUMN blocked;
             ALTER TABLE billing_line DROP COLUMN former_units;
             ALTER TABLE billing_line DROP COLUMN former_from;
             ALTER TABLE billing_line DROP COLUMN from_day;
             ALTER TABLE billing_line ADD COLUMN next_day TEXT;
             UPDATE billing_line SET next_day = 'chosen'; PRAGMA user_version = 5;",
        )
        .unwrap();
    drop(connection);
    let migrated = Store::open(folder.path()).unwrap();
    let line = line(&migrated);
    assert_eq!(
        (line.former, line.from_day),
        (former, Some(date(2026, 12, 2)))
    );
}

#[test]
fn an_organization_has_one_line_of_an_invoice_date_and_a_line_one_correction() {
    let (_folder, store) = store();
    assert_eq!((plan(&store), plan(&store)), (1, 0));
    assert_eq!(store.add_line(&new(None), noon()).unwrap(), None);
    let line = store.billing_lines(date(2026, 11, 30)).unwrap().remove(0);
    let record = |change| line.record(change).with(terms(100, 120));
    let done = |change| store.record_lines(&[record(change)], noon()).unwrap().len();
    assert_eq!(done(Change::Accepted), 0, "it was not sent");
    assert_eq!(done(Change::Claimed), 1);
    assert_eq!(done(Change::Claimed), 0, "it is being sent");
    assert_eq!(done(Change::Accepted), 1);
    assert_eq!(done(Change::AsWanted), 1);

    let entry = store
        .add_line(&new(Some(line.id)), noon())
        .unwrap()
        .unwrap();
    assert_eq!(store.add_line(&new(Some(line.id)), noon()).unwrap(), None);
    let entry = store.line(entry).unwrap().unwrap();
    let agrees = entry.record(Change::Agrees).with(terms(100, 100));
    store.record_lines(&[agrees], noon()).unwrap();
    let line = store.line(line.id).unwrap().unwrap();
    assert_eq!(line.state, State::Corrected);
    assert!(store.add_line(&new(None), noon()).unwrap().is_some());

    let ledger = store.ledger_after(0, 100).unwrap();
    let told: Vec<(&str, &str)> = ledger
        .iter()
        .map(|row| (row.key.as_str(), row.what.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("invoice-2026-11-30-org-1", "units changed"),
            ("invoice-2026-11-30-org-1", "units verified"),
            ("correction-2026-11-30-org-1", "units agree"),
            ("invoice-2026-11-30-org-1", "corrected"),
        ]
    );
    assert_eq!(
        ledger[0].detail.as_deref(),
        Some("100 to 120 (+20) from 2026-12-01, contract 29683510, service line 29683602")
    );
    assert!(matches!(
        store.verify_ledger().unwrap(),
        LedgerCheck::Fits { .. }
    ));
}
