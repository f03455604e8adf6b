//! The folder adapter against real files.

use std::{
    collections::HashSet,
    fs,
    sync::{Arc, Mutex},
    time::Duration,
};

use cloud_direct::{
    Class, Folder, FolderOptions, Known, Notice, OrganizationState, Outcome, Portion, Source as _,
};
use futures::StreamExt as _;
use jiff::{Timestamp, civil::date, tz::TimeZone};
use tempfile::TempDir;

use crate::{at, jobs, portions};

const HEADER: &str = "organization,system,status,finished_at,message\n";

struct Exports {
    folder: TempDir,
    read: Arc<Mutex<HashSet<[u8; 32]>>>,
}

impl Exports {
    fn new(files: &[(&str, &[u8])]) -> Exports {
        let exports = Exports {
            folder: tempfile::tempdir().unwrap(),
            read: Arc::default(),
        };
        for (name, content) in files {
            exports.write(name, content);
        }
        exports
    }

    fn write(&self, name: &str, content: &[u8]) {
        fs::write(self.folder.path().join(name), content).unwrap();
    }

    fn options(&self) -> FolderOptions {
        let read = Arc::clone(&self.read);
        let known: Known = Arc::new(move |hash| read.lock().unwrap().contains(hash));
        FolderOptions {
            known,
            settle: Duration::ZERO,
            ..FolderOptions::new(
                TimeZone::get("Europe/Berlin").unwrap(),
                Arc::new(|| at("2000-01-01T00:00:00Z")),
            )
        }
    }

    fn source(&self) -> Folder {
        Folder::new(self.folder.path().to_owned(), self.options())
    }

    /// Remembers complete files, as the caller does in one transaction with the jobs.
    async fn read(&self) -> Vec<Portion> {
        let portions = portions(&self.source(), None).await.unwrap();
        let mut read = self.read.lock().unwrap();
        for file in portions.iter().filter_map(|portion| portion.file.as_ref()) {
            if file.complete {
                read.insert(file.hash);
            }
        }
        portions
    }
}

fn systems(portions: &[Portion]) -> Vec<&str> {
    let jobs = portions.iter().flat_map(|portion| &portion.jobs);
    let mut systems: Vec<_> = jobs.map(|job| job.system.as_str()).collect();
    systems.sort_unstable();
    systems
}

fn notices(portions: &[Portion]) -> Vec<String> {
    let notices = portions.iter().flat_map(|portion| &portion.notices);
    notices.map(ToString::to_string).collect()
}

fn utf16(text: &str) -> Vec<u8> {
    format!("\u{feff}{text}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect()
}

#[tokio::test]
async fn awkward_files_are_read_and_each_bad_line_is_named() {
    let exports = Exports::new(&[
        ("jobs-bom.csv", format!("\u{feff}{HEADER}Müller,bom,failed,2026-11-23 10:00,\"a\r\nb\"\n").as_bytes()),
        ("Jobs-16.CSV", &utf16("Customer;Computer;Result;End Time;Details\r\nMüller;utf16;failed;23.11.2026 10:00;x\r\n")),
        ("jobs-1252.csv", b"Kunde\tComputer\tStatus\tEnd\nM\xfcller\twindows\tfinished\t23.11.2026 10:00\n"),
        ("jobs-lines.jsonl", br#"{"organization":"M","system":"jsonl","status":"warning","finished_at":"2026-11-23T09:00:00Z"}"#),
        ("jobs-bad.csv", format!("{HEADER}M,good,failed,2026-11-23 10:00,x\nM,bad,failed,soon,x\nM,also good,exploded,2026-11-23 10:00,x\n").as_bytes()),
        ("jobs-half.csv", format!("{HEADER}M,whole,failed,2026-11-23 10:00,x\nM,half,fai").as_bytes()),
        ("jobs-other.csv", b"name,colour\na,red\n"),
        ("readme.txt", b"not an export"),
    ]);
    let portions = exports.read().await;
    assert_eq!(
        systems(&portions),
        [
            "also good",
            "bom",
            "good",
            "jsonl",
            "utf16",
            "whole",
            "windows"
        ]
    );
    let mut notices = notices(&portions);
    notices.sort();
    assert_eq!(notices.len(), 4, "{notices:#?}");
    assert!(
        notices[0].starts_with("The status \"exploded\" (1 job)"),
        "{notices:#?}"
    );
    assert!(
        notices[1].starts_with("jobs-bad.csv, line 3: finished_at \"soon\""),
        "{notices:#?}"
    );
    assert!(
        notices[2].starts_with("jobs-half.csv is still being written"),
        "{notices:#?}"
    );
    assert!(
        notices[3].starts_with("jobs-other.csv was not read: it has no column for organization"),
        "{notices:#?}"
    );
    // In Berlin it is one hour later.
    let jobs = portions.iter().flat_map(|portion| &portion.jobs);
    assert!(
        jobs.clone()
            .all(|job| job.finished_at == Some(at("2026-11-23T09:00:00Z")))
    );
    let of_one = jobs.filter(|job| job.organization_id == "Müller").count();
    assert_eq!(of_one, 3);

    // What was complete is not read again; the half-written file is, and counts once it is whole.
    exports.write(
        "jobs-half.csv",
        format!("{HEADER}M,whole,failed,2026-11-23 10:00,x\nM,half,failed,2026-11-23 10:00,x\n")
            .as_bytes(),
    );
    assert_eq!(systems(&exports.read().await), ["half", "whole"]);
    assert!(systems(&exports.read().await).is_empty());
}

#[tokio::test]
async fn a_file_that_moves_or_comes_twice_is_read_once() {
    let content = format!("{HEADER}M,s,failed,2026-11-23 10:00,x\n");
    let exports = Exports::new(&[
        ("jobs-1.csv", content.as_bytes()),
        ("jobs-2.csv", content.as_bytes()),
    ]);
    assert_eq!(systems(&exports.read().await), ["s"]);
    fs::rename(
        exports.folder.path().join("jobs-1.csv"),
        exports.folder.path().join("jobs-3.csv"),
    )
    .unwrap();
    assert!(exports.read().await.is_empty());
}

#[tokio::test]
async fn an_old_job_in_a_new_file_counts() {
    let exports = Exports::new(&[(
        "jobs.csv",
        format!("{HEADER}M,s,failed,2020-11-23 10:00,x\n").as_bytes(),
    )]);
    let (jobs, _) = jobs(&exports.source(), Some(at("2026-11-23T00:00:00Z"))).await;
    assert_eq!(jobs.len(), 1);
}

#[tokio::test]
async fn a_file_that_was_just_written_waits() {
    let exports = Exports::new(&[
        ("jobs.csv", HEADER.as_bytes()),
        ("usage.csv", b"organization"),
    ]);
    let options = FolderOptions {
        settle: Duration::from_secs(3600),
        ..exports.options()
    };
    let source = Folder::new(exports.folder.path().to_owned(), options);
    let (_, notices) = jobs(&source, None).await;
    let file = |name: &str| Notice::Waiting {
        file: name.to_owned(),
    };
    assert_eq!(notices, [file("jobs.csv")]);
    let measured = source.measured(date(2026, 11, 23)).await.unwrap();
    assert_eq!(measured.notices, [file("usage.csv")]);
    assert_eq!(
        source.test().await.unwrap().name,
        format!(
            "{} (1 job file, 1 usage file)",
            exports.folder.path().file_name().unwrap().to_string_lossy()
        )
    );
}

#[tokio::test]
async fn half_a_record_in_an_old_file_is_a_bad_line() {
    let exports = Exports::new(&[("jobs.csv", format!("{HEADER}M,half,fai").as_bytes())]);
    let written = fs::metadata(exports.folder.path().join("jobs.csv"))
        .unwrap()
        .modified()
        .unwrap();
    let later = Timestamp::try_from(written).unwrap() + Duration::from_secs(3601);
    let options = FolderOptions {
        now: Arc::new(move || later),
        ..exports.options()
    };
    let source = Folder::new(exports.folder.path().to_owned(), options);
    let portions = portions(&source, None).await.unwrap();
    assert!(portions[0].file.as_ref().unwrap().complete);
    assert!(
        notices(&portions)[0]
            .starts_with("jobs.csv, line 2: has 3 fields where the first line has 5")
    );
}

#[tokio::test]
async fn many_jobs_come_in_portions_and_only_the_last_is_complete() {
    let mut content = HEADER.to_owned();
    for number in 0..2500 {
        content.push_str(&format!("M,s{number},failed,2026-11-23 10:00,x\n"));
    }
    let exports = Exports::new(&[("jobs.csv", content.as_bytes())]);
    let portions = exports.read().await;
    assert!(portions.iter().all(|portion| portion.jobs.len() <= 1000));
    assert_eq!(
        portions
            .iter()
            .map(|portion| portion.jobs.len())
            .sum::<usize>(),
        2500
    );
    let complete: Vec<_> = portions
        .iter()
        .map(|portion| portion.file.as_ref().unwrap().complete)
        .collect();
    assert_eq!(complete, [false, false, true]);
    // Whoever stops in the middle has not read the file.
    let source = exports.source();
    exports.read.lock().unwrap().clear();
    let first = source.jobs(None).next().await.unwrap().unwrap();
    assert!(!first.file.unwrap().complete);
}

#[tokio::test]
async fn of_very_many_bad_lines_the_first_are_named_and_the_others_counted() {
    let content = format!(
        "{HEADER}{}M,s,failed,2026-11-23 10:00,x\n",
        "M,s,failed,soon,x\n".repeat(1500)
    );
    let exports = Exports::new(&[("jobs.csv", content.as_bytes())]);
    let portions = exports.read().await;
    assert_eq!(systems(&portions), ["s"]);
    let notices = notices(&portions);
    assert_eq!(notices.len(), 1001);
    assert_eq!(
        notices[1000],
        "jobs.csv: 500 more lines could not be used and were left out."
    );
}

#[cfg(unix)]
#[tokio::test]
async fn links_and_folders_are_reported_and_not_read() {
    let exports = Exports::new(&[("secret.txt", HEADER.as_bytes())]);
    let inside = |name: &str| exports.folder.path().join(name);
    std::os::unix::fs::symlink(inside("secret.txt"), inside("jobs-link.csv")).unwrap();
    std::os::unix::fs::symlink(inside("nowhere"), inside("jobs-dangling.csv")).unwrap();
    fs::create_dir(inside("jobs-folder.csv")).unwrap();
    let notices = notices(&exports.read().await);
    assert_eq!(notices.len(), 3);
    assert!(
        notices[0].starts_with("jobs-dangling.csv was not read: it is a link"),
        "{notices:?}"
    );
    assert!(
        notices[1].starts_with("jobs-folder.csv was not read: it is not a file"),
        "{notices:?}"
    );
    assert!(
        notices[2].starts_with("jobs-link.csv was not read: it is a link"),
        "{notices:?}"
    );
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_told_from_one_that_cannot_be_read() {
    let exports = Exports::new(&[("jobs.csv", b"")]);
    for (name, code) in [
        ("nowhere", "folder_missing"),
        ("jobs.csv", "folder_unreadable"),
    ] {
        let source = Folder::new(exports.folder.path().join(name), exports.options());
        for error in [
            source.test().await.unwrap_err(),
            source.organizations().await.unwrap_err(),
            source.usage(date(2026, 11, 23)).await.unwrap_err(),
            portions(&source, None).await.unwrap_err(),
        ] {
            assert_eq!((error.class(), error.code()), (Class::Transient, code));
            assert!(error.to_string().contains(name), "{error}");
        }
    }
}

#[tokio::test]
async fn usage_is_the_last_of_the_partners_day() {
    let exports = Exports::new(&[
        (
            "usage-1.csv",
            "Customer;Date;Quantity;Unit;State\n\
             Müller;2026-11-22;1,5;GB;trial\n\
             Müller;2026-11-23;2,5;GB;active\n\
             Müller;2026-11-24;3,5;GB;blocked\n\
             Early;2026-11-23T22:59:59Z;1;B;\n\
             Late;2026-11-23T23:00:00Z;1;B;\n"
                .as_bytes(),
        ),
        ("usage-2.csv", b"organization,measured_at,quantity,unit,metric\nOld,2026-01-01,1.000,KiB,seats\nOld,soon,1,B,\n"),
    ]);
    let source = exports.source();
    let measured = source.measured(date(2026, 11, 23)).await.unwrap();
    let rows: Vec<_> = measured
        .usage
        .iter()
        .map(|usage| {
            (
                usage.organization_id.as_str(),
                usage.metric.as_str(),
                usage.bytes,
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            ("Early", "cloud_storage", 1),
            ("Müller", "cloud_storage", 2_500_000_000),
            ("Old", "seats", 1024)
        ]
    );
    assert_eq!(measured.notices.len(), 1);
    assert!(
        matches!(&measured.notices[0], Notice::BadLine { file, line: 3, .. } if file == "usage-2.csv")
    );
    assert_eq!(
        source.usage(date(2026, 11, 23)).await.unwrap(),
        measured.usage
    );
    let organizations = source.organizations().await.unwrap();
    let states: Vec<_> = organizations
        .iter()
        .map(|one| (one.name.as_str(), one.state))
        .collect();
    assert_eq!(
        states,
        [
            ("Early", OrganizationState::Unknown),
            ("Late", OrganizationState::Unknown),
            ("Müller", OrganizationState::Blocked),
            ("Old", OrganizationState::Unknown)
        ]
    );
}

#[tokio::test]
async fn the_partners_own_headers_and_status_words_count() {
    let exports = Exports::new(&[(
        "jobs.csv",
        b"Mandant,Maschine,Ergebnis,Fertig\nM,s,Teilweise,23.11.2026 10:00\n",
    )]);
    let options = FolderOptions {
        headers: serde_json::from_str(
            r#"{"Mandant":"organization","maschine":"system","ergebnis":"status","fertig":"finished_at"}"#,
        )
        .unwrap(),
        rules: serde_json::from_str(r#"{"teilweise":"error"}"#).unwrap(),
        ..exports.options()
    };
    let source = Folder::new(exports.folder.path().to_owned(), options);
    let (jobs, notices) = jobs(&source, None).await;
    assert_eq!(jobs[0].outcome, Outcome::Error);
    assert!(notices.is_empty());
}

#[tokio::test]
async fn a_file_that_changed_is_read_again_although_its_hash_was_remembered() {
    let exports = Exports::new(&[(
        "jobs.csv",
        format!("{HEADER}M,a,failed,2026-11-23 10:00,x\n").as_bytes(),
    )]);
    let written = fs::metadata(exports.folder.path().join("jobs.csv"))
        .unwrap()
        .modified()
        .unwrap();
    let later = Timestamp::try_from(written).unwrap() + Duration::from_secs(3601);
    let options = FolderOptions {
        settle: Duration::from_nanos(1),
        now: Arc::new(move || later),
        ..exports.options()
    };
    let source = Folder::new(exports.folder.path().to_owned(), options);
    assert_eq!(systems(&portions(&source, None).await.unwrap()), ["a"]);
    exports.write(
        "jobs.csv",
        format!("{HEADER}M,bb,failed,2026-11-23 10:00,x\n").as_bytes(),
    );
    assert_eq!(systems(&portions(&source, None).await.unwrap()), ["bb"]);
    assert_eq!(source.organizations().await.unwrap().len(), 1);
}
