//! A file of format 1 as it was, and what becomes of it.

use rusqlite::Connection;

use crate::store::{FILE_NAME, LedgerCheck, PostingFilter, Store, held};

/// Frozen: what a program that knew format 1 had written.
const BEFORE: &str = "
    INSERT INTO setting VALUES ('general', '{\"time_zone\":\"Europe/Berlin\",\"check_every_minutes\":7}');
    INSERT INTO organization VALUES ('org-1', 'Contoso', 'active', 1795435200000000);
    INSERT INTO job VALUES (1, 'org-1', 'a', 'SRV-01', 'Nightly', 'backup', 'failed', 'error', NULL,
        1795400000000000, NULL, NULL, 0, 1, 'VSS error', 1795435200000000, 'posted');
    INSERT INTO posting (key, kind, alert, rank, organization_id, job, what, title, occurred_at,
            created_at, changed_at, state, attempts, next_attempt_at, account, ticket_id)
        VALUES ('ucd-1', 'event', 'error', 1, 'org-1', 1, 'Backup error', 'Backup error: SRV-01',
            1795400000000000, 1795435200000000, 1795438800000000, 'done', 2, 1795435200000001,
            29683501, 9137);
    INSERT INTO posting (key, kind, alert, rank, organization_id, what, title, description,
            occurred_at, created_at, changed_at, state, next_attempt_at)
        VALUES ('ucd-2', 'event', 'digest', 3, 'org-1', 'Daily Digest', 'Daily Digest', 'No jobs',
            1795400000000000, 1795435200000000, 1795438800000000, 'planned', 1795435200000001);
    INSERT INTO ledger VALUES
        (1, 1795435200000000, 'refused', 'ucd-1', 29683501, NULL, 'The queue “Backup” is inactive.'),
        (2, 1795435200000001, 'retried', 'ucd-1', 29683501, NULL, NULL),
        (4, 1795438800000000, 'created', 'ucd-1', 29683501, 9137, NULL);
    PRAGMA user_version = 1;";

/// Computed by another program from the statement in the ledger's module.
const HASHES: [&str; 3] = [
    "e44957e9c5fa3a2c6dc0b2ae80a146b17ad78730da0afc5227721cbed69f5dbb",
    "c3677e5b53825d039f069d3e6bf59ba817a9b6f17174b15dde03c5ae2cf32163",
    "b20165bf15a6048322c5f921db2228659d03179c755dd08a772bc135d3035490",
];

fn file_of_format_1() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let connection = Connection::open(folder.path().join(FILE_NAME)).unwrap();
    connection
        .execute_batch(include_str!("../schema/1.sql"))
        .unwrap();
    connection.execute_batch(BEFORE).unwrap();
    folder
}

fn hex(hash: [u8; 32]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_ledger_of_format_1_becomes_a_chain_and_nothing_else_changes() {
    let folder = file_of_format_1();
    let store = Store::open(folder.path()).unwrap();
    let rows = store.ledger_after(0, 10).unwrap();
    let hashes: Vec<String> = rows.iter().map(|row| hex(row.hash)).collect();
    assert_eq!(hashes, HASHES);
    assert_eq!(
        rows[0].detail.as_deref(),
        Some("The queue “Backup” is inactive.")
    );
    assert_eq!((rows[2].id, rows[2].ticket_id), (4, Some(9137)));
    assert_eq!(
        store.verify_ledger().unwrap(),
        LedgerCheck::Fits {
            rows: 3,
            removed: 0,
            head: (4, rows[2].hash),
        }
    );
    assert_eq!(store.settings().unwrap().general.check_every_minutes, 7);
    let postings = store.postings(PostingFilter::All, "", None, 10).unwrap();
    assert_eq!(postings.len(), 2);
    assert_eq!(
        (postings[1].ticket_id, postings[1].attempts),
        (Some(9137), 2)
    );
    let kinds: Vec<String> = held(&store.writer)
        .prepare("SELECT kind FROM posting ORDER BY id")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(kinds, ["event", "digest"]);
    let left: i64 = held(&store.writer)
        .query_row(
            "SELECT count(*) FROM sqlite_schema
             WHERE name LIKE '%before%' OR sql LIKE '%ledger_before%' OR sql LIKE '%posting_new%'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(left, 0);
}

#[test]
fn a_migration_that_does_not_come_to_its_end_leaves_the_file_as_it_was() {
    let folder = file_of_format_1();
    let connection = Connection::open(folder.path().join(FILE_NAME)).unwrap();
    connection
        .execute_batch("CREATE TABLE ledger_end (in_the_way INTEGER)")
        .unwrap();
    drop(connection);
    Store::open(folder.path()).unwrap_err();

    let connection = Connection::open(folder.path().join(FILE_NAME)).unwrap();
    let (format, rows): (i64, i64) = connection
        .query_row(
            "SELECT user_version, (SELECT count(*) FROM ledger) FROM pragma_user_version",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    assert_eq!((format, rows), (1, 3));
    connection.execute_batch("DROP TABLE ledger_end").unwrap();
    drop(connection);
    let store = Store::open(folder.path()).unwrap();
    assert!(matches!(
        store.verify_ledger().unwrap(),
        LedgerCheck::Fits { rows: 3, .. }
    ));
}
