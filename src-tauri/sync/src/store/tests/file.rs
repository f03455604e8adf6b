//! Opening, migrating, and everything that can be wrong with the file.

use std::fs;

use rusqlite::Connection;

use crate::{
    examples::{at, noon, store},
    store::{FILE_NAME, OpenError, Store, StoreError, held, open::FORMAT},
};

#[test]
fn an_empty_folder_gets_a_database_that_opens_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deeper").join("still");
    let store = Store::open(&path).unwrap();
    store.add_notice("kept", noon()).unwrap();
    drop(store);
    let store = Store::open(&path).unwrap();
    assert_eq!(store.notices(10).unwrap()[0].text, "kept");
    let version: i64 = held(&store.writer)
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .unwrap();
    assert_eq!(version, FORMAT);
}

#[test]
fn a_closed_database_is_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    store.add_notice("kept", noon()).unwrap();
    drop(store);
    for suffix in ["-wal", "-shm"] {
        let log = folder.path().join(format!("{FILE_NAME}{suffix}"));
        assert!(!log.exists(), "{}", log.display());
    }
    let copied = tempfile::tempdir().unwrap();
    fs::copy(folder.path().join(FILE_NAME), copied.path().join(FILE_NAME)).unwrap();
    let store = Store::open_reading(copied.path()).unwrap();
    assert_eq!(store.notices(10).unwrap()[0].text, "kept");
}

#[test]
fn a_file_in_place_of_the_folder_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("f1");
    fs::write(&file, "").unwrap();
    for asked in [file.clone(), file.join("below")] {
        for error in [
            Store::open(&asked).unwrap_err(),
            Store::open_reading(&asked).unwrap_err(),
        ] {
            let OpenError::NotAFolder(named) = &error else {
                panic!("{error}");
            };
            assert_eq!(*named, file);
        }
    }
}

#[test]
fn looking_at_what_is_not_there_empty_or_damaged_says_which() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE_NAME);
    let look = || Store::open_reading(folder.path()).unwrap_err();
    assert!(matches!(look(), OpenError::NotThere(_)));
    fs::write(&path, "").unwrap();
    assert!(matches!(look(), OpenError::NotThere(_)));

    fs::write(&path, [7; 8192]).unwrap();
    let damaged = look();
    assert!(matches!(damaged, OpenError::DamagedThere(_)), "{damaged}");
    assert!(!damaged.to_string().contains(".."), "{damaged}");
    assert!(path.exists(), "looking changes nothing");

    let OpenError::Damaged { kept_aside } = Store::open(folder.path()).unwrap_err() else {
        panic!("it is damaged");
    };
    let OpenError::Damaged { kept_aside: named } = look() else {
        panic!("it was kept aside");
    };
    assert_eq!(named, kept_aside);
    fs::write(&path, "").unwrap();
    assert!(matches!(look(), OpenError::Damaged { .. }));
}

#[cfg(unix)]
#[test]
fn folder_and_files_are_for_the_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("data");
    let store = Store::open(&folder).unwrap();
    store.add_notice("something in the log", noon()).unwrap();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[test]
fn a_second_program_is_kept_out_until_the_first_has_ended() {
    let (folder, store) = store();
    let error = Store::open(folder.path()).unwrap_err();
    assert!(matches!(error, OpenError::Locked(_)), "{error}");
    drop(store);
    Store::open(folder.path()).unwrap();
}

#[test]
fn reading_is_possible_beside_a_working_program_and_changes_nothing() {
    let (folder, store) = store();
    store.add_notice("seen", noon()).unwrap();
    let reading = Store::open_reading(folder.path()).unwrap();
    assert_eq!(reading.notices(10).unwrap().len(), 1);
    let error = reading.add_notice("not kept", noon()).unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly), "{error}");
    assert_eq!(store.notices(10).unwrap().len(), 1);
}

#[test]
fn reading_where_there_is_nothing_says_so_and_makes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let error = Store::open_reading(folder.path()).unwrap_err();
    assert!(matches!(error, OpenError::NotThere(_)), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_file_of_a_newer_program_is_refused_and_left_as_it_is() {
    let (folder, opened) = store();
    drop(opened);
    let path = folder.path().join(FILE_NAME);
    Connection::open(&path)
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    let before = fs::read(&path).unwrap();
    for error in [
        Store::open(folder.path()).unwrap_err(),
        Store::open_reading(folder.path()).unwrap_err(),
    ] {
        assert!(
            matches!(
                error,
                OpenError::Newer {
                    found: 99,
                    known: FORMAT
                }
            ),
            "{error}"
        );
    }
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_damaged_file_is_kept_aside_and_told_and_the_next_start_begins_anew() {
    for damage in [
        |bytes: &mut Vec<u8>| bytes[..100].fill(b'x'),
        |bytes: &mut Vec<u8>| bytes[4096..].fill(0x5a),
        |bytes: &mut Vec<u8>| bytes.truncate(5000),
    ] {
        let (folder, opened) = store();
        opened.add_notice("before the damage", noon()).unwrap();
        drop(opened);
        let path = folder.path().join(FILE_NAME);
        let mut bytes = fs::read(&path).unwrap();
        damage(&mut bytes);
        fs::write(&path, &bytes).unwrap();

        let error = Store::open(folder.path()).unwrap_err();
        let OpenError::Damaged { kept_aside } = &error else {
            panic!("{error}")
        };
        assert_eq!(fs::read(kept_aside).unwrap(), bytes);
        assert!(
            error
                .to_string()
                .contains(&kept_aside.display().to_string()),
            "{error}"
        );
        assert!(!path.exists());

        let anew = Store::open(folder.path()).unwrap();
        let notices = anew.notices(10).unwrap();
        assert_eq!(notices.len(), 1);
        assert!(
            notices[0]
                .text
                .contains("autotask-integration.damaged-1.db")
        );
    }
}

#[test]
fn a_database_that_was_cut_to_nothing_is_damaged_and_not_new() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE_NAME);
    // A start that ended too early leaves one that was never more.
    fs::write(&path, "").unwrap();
    drop(Store::open(folder.path()).unwrap());
    fs::File::create(&path).unwrap();
    let looking = Store::open_reading(folder.path()).unwrap_err();
    assert!(matches!(looking, OpenError::DamagedThere(_)), "{looking}");
    let OpenError::Damaged { kept_aside } = Store::open(folder.path()).unwrap_err() else {
        panic!("it was taken for a new one");
    };
    assert_eq!(fs::metadata(&kept_aside).unwrap().len(), 0);
    let store = Store::open(folder.path()).unwrap();
    assert_eq!(store.notices(10).unwrap().len(), 1, "told");
}

#[test]
fn a_second_damaged_file_does_not_overwrite_the_first() {
    let folder = tempfile::tempdir().unwrap();
    for number in 1..=2 {
        fs::write(
            folder.path().join(FILE_NAME),
            format!("damaged, number {number}"),
        )
        .unwrap();
        let error = Store::open(folder.path()).unwrap_err();
        assert!(matches!(error, OpenError::Damaged { .. }), "{error}");
    }
    for number in 1..=2 {
        let kept = folder
            .path()
            .join(format!("autotask-integration.damaged-{number}.db"));
        assert_eq!(
            fs::read_to_string(kept).unwrap(),
            format!("damaged, number {number}")
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_made_is_told_as_such() {
    let error = Store::open(std::path::Path::new("/sys/autotask-integration")).unwrap_err();
    assert!(matches!(error, OpenError::ReadOnly(_)), "{error}");
    assert!(error.to_string().contains("--data-dir"), "{error}");
}

#[test]
fn a_full_disk_is_an_error_that_says_so_and_loses_nothing() {
    let (_folder, store) = store();
    store.add_notice("from before", noon()).unwrap();
    let pages: i64 = held(&store.writer)
        .query_row("PRAGMA page_count", [], |row| row.get(0))
        .unwrap();
    held(&store.writer)
        .pragma_update(None, "max_page_count", pages)
        .unwrap();
    let long = "x".repeat(100_000);
    let error = store.add_notice(&long, noon()).unwrap_err();
    assert!(matches!(error, StoreError::Full), "{error}");
    assert_eq!(store.notices(10).unwrap().len(), 1);
    held(&store.writer)
        .pragma_update(None, "max_page_count", 1_000_000)
        .unwrap();
    store.add_notice(&long, noon()).unwrap();
}

#[test]
fn settings_that_do_not_parse_are_an_error_and_not_the_defaults() {
    let (_folder, store) = store();
    let broken = "INSERT INTO setting VALUES ('general', '{\"time_zone\": 5}')";
    held(&store.writer).execute(broken, []).unwrap();
    let error = store.settings().unwrap_err();
    assert!(matches!(error, StoreError::Unreadable { .. }), "{error}");
    assert!(error.to_string().contains("general"), "{error}");
}

#[test]
fn a_notice_that_comes_again_moves_up_instead_of_coming_twice() {
    let (_folder, store) = store();
    store.add_notice("a", at("2026-11-23T10:00:00Z")).unwrap();
    store.add_notice("b", at("2026-11-23T11:00:00Z")).unwrap();
    store.add_notice("a", at("2026-11-23T12:00:00Z")).unwrap();
    let texts: Vec<String> = store
        .notices(10)
        .unwrap()
        .into_iter()
        .map(|notice| notice.text)
        .collect();
    assert_eq!(texts, ["a", "b"]);
}
