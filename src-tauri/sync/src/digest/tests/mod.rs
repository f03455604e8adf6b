//! What a digest counts, says and leaves out; what fits into it is in [`room`].

mod room;

use cloud_direct::{Job, JobKind, Outcome};
use jiff::{Timestamp, civil::date, tz::TimeZone};

use super::*;
use crate::{
    examples::{ACCOUNT, at, job, map, noon, organization, store},
    settings::General,
    store::{Mapping, Store},
};

const DAY: Date = date(2026, 11, 22);

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

/// 2026-11-23 06:00 in Berlin.
fn six() -> Timestamp {
    at("2026-11-23T05:00:00Z")
}

fn in_berlin(of: &OrganizationDay) -> Digest {
    digest(of, DAY, &zone("Europe/Berlin"), six(), &AlertRow::default())
}

fn on(system: &str, job: Job) -> Job {
    Job {
        system: system.to_owned(),
        ..job
    }
}

fn known(name: &str, last_job: &str) -> KnownSystem {
    KnownSystem {
        name: name.to_owned(),
        last_job: at(last_job),
    }
}

fn contoso(jobs: Vec<Job>, known: Vec<KnownSystem>) -> OrganizationDay {
    OrganizationDay {
        organization_id: "org-0001".to_owned(),
        organization: "Contoso Ltd".to_owned(),
        jobs,
        known,
        kept_back: false,
    }
}

#[test]
fn a_digest_says_what_failed_and_what_is_missing() {
    use Outcome::{Error, Success, Warning};
    let jobs = vec![
        on("SRV-01", job("org-0001", "a", Success, "2026-11-22T01:15:00Z")),
        on("SRV-SQL-02", job("org-0001", "b", Error, "2026-11-22T02:40:00Z")),
        Job {
            status: "missed".to_owned(),
            task: Some("Weekly full, with verification".to_owned()),
            error_count: 0,
            message: None,
            bytes_processed: None,
            bytes_transferred: None,
            ..on("FILES", job("org-0001", "c", Error, "2026-11-22T00:10:00Z"))
        },
        Job {
            status: "finished".to_owned(),
            warning_count: 2,
            kind: JobKind::Replication,
            message: Some(
                "The destination was slow: 3 blocks had to be sent again, and the retention of the \
                 recovery points could not be applied before the next job began.\nSee the log."
                    .to_owned(),
            ),
            ..on("SRV-01", job("org-0001", "d", Warning, "2026-11-22T12:00:00Z"))
        },
    ];
    let known = vec![
        known("SRV-01", "2026-11-21T01:15:00Z"),
        known("LAPTOP-7", "2026-11-18T16:30:00Z"),
        known("SRV-DC-01", "2026-11-20T23:05:00Z"),
    ];
    let digest = in_berlin(&contoso(jobs, known));
    assert_eq!(
        digest.title,
        "Daily Digest 2026-11-22: 2 failed, 1 with warnings, 1 successful (Contoso Ltd)"
    );
    insta::assert_snapshot!(digest.text, @r"
    Contoso Ltd
    Sunday, 22 November 2026 (Europe/Berlin)

    Jobs         4: 2 failed, 1 with warnings, 1 successful
    Systems      3 with a job, 2 without
    Processed    37.2 GB (1 job does not report it)
    Transferred  3.3 GB (1 job does not report it)

    FAILED: 2
    Ended  System      Task
    01:10  FILES       Weekly full, with verification
           missed
    03:40  SRV-SQL-02  Nightly
           failed (1 error): VSS error 0x8004230f

    WITH WARNINGS: 1
    Ended  System  Task     Kind
    13:00  SRV-01  Nightly  Replication
           finished (2 warnings): The destination was slow: 3 blocks had to be sent again, and the
           retention of the recovery points could not be applied before the next job began. See the log.

    NO JOB THAT DAY: 2
    System     Last job
    LAPTOP-7   2026-11-18 17:30
    SRV-DC-01  2026-11-21 00:05
    ");
}

#[test]
fn where_the_source_keeps_the_jobs_back_it_does_not_say_that_there_were_none() {
    let kept_back = |jobs| OrganizationDay {
        kept_back: true,
        ..contoso(jobs, vec![known("SRV-01", "2026-11-16T01:15:00Z")])
    };
    let digest = in_berlin(&kept_back(Vec::new()));
    assert_eq!(
        digest.title,
        "Daily Digest 2026-11-22: no jobs read (Contoso Ltd)"
    );
    assert_eq!(digest.counts.systems_without_job, 0);
    insta::assert_snapshot!(digest.text, @r"
    Contoso Ltd
    Sunday, 22 November 2026 (Europe/Berlin)

    Jobs         not known

    The app cannot read this organization in Cloud Direct; most likely its API token has no access to
    it. Give it access there: what ended on this day is read within a day of that. Until then nobody is
    told when a backup fails.
    ");
    // What came before it was kept back is told.
    let some = vec![job(
        "org-0001",
        "a",
        Outcome::Success,
        "2026-11-22T01:15:00Z",
    )];
    let digest = in_berlin(&kept_back(some));
    assert!(digest.title.contains("1 successful"), "{}", digest.title);
}

#[test]
fn a_day_without_a_job_says_so() {
    let digest = in_berlin(&contoso(
        Vec::new(),
        vec![known("SRV-01", "2026-11-21T01:15:00Z")],
    ));
    assert_eq!(
        digest.title,
        "Daily Digest 2026-11-22: no jobs (Contoso Ltd)"
    );
    insta::assert_snapshot!(digest.text, @r"
    Contoso Ltd
    Sunday, 22 November 2026 (Europe/Berlin)

    Jobs         none: no backup and no replication ended on this day
    Systems      0 with a job, 1 without

    NO JOB THAT DAY: 1
    System  Last job
    SRV-01  2026-11-21 02:15
    ");
}

#[test]
fn a_day_on_which_all_went_well_is_short() {
    let jobs = vec![job(
        "org-0001",
        "a",
        Outcome::Success,
        "2026-11-22T01:15:00Z",
    )];
    insta::assert_snapshot!(in_berlin(&contoso(jobs, Vec::new())).text, @r"
    Contoso Ltd
    Sunday, 22 November 2026 (Europe/Berlin)

    Jobs         1: 0 failed, 0 with warnings, 1 successful
    Systems      1 with a job, 0 without
    Processed    12.4 GB
    Transferred  1.1 GB
    ");
}

#[test]
fn a_digest_has_exactly_the_jobs_of_its_day() {
    let table = [
        // Zone, day, the first and the last moment of it.
        (
            "Europe/Berlin",
            date(2026, 11, 22),
            "2026-11-21T23:00:00Z",
            "2026-11-22T22:59:59.999999Z",
        ),
        // 23 and 25 hours.
        (
            "Europe/Berlin",
            date(2027, 3, 28),
            "2027-03-27T23:00:00Z",
            "2027-03-28T21:59:59.999999Z",
        ),
        (
            "Europe/Berlin",
            date(2026, 10, 25),
            "2026-10-24T22:00:00Z",
            "2026-10-25T22:59:59.999999Z",
        ),
        // The day begins at 01:00, and one ends with 23:00 to 24:00 twice.
        (
            "Asia/Beirut",
            date(2027, 3, 28),
            "2027-03-27T22:00:00Z",
            "2027-03-28T20:59:59.999999Z",
        ),
        (
            "Africa/Cairo",
            date(2026, 10, 29),
            "2026-10-28T21:00:00Z",
            "2026-10-29T21:59:59.999999Z",
        ),
        (
            "Asia/Kathmandu",
            date(2026, 12, 31),
            "2026-12-30T18:15:00Z",
            "2026-12-31T18:14:59.999999Z",
        ),
        (
            "UTC",
            date(2028, 2, 29),
            "2028-02-29T00:00:00Z",
            "2028-02-29T23:59:59.999999Z",
        ),
    ];
    let moment = jiff::SignedDuration::from_micros(1);
    for (name, day, first, last) in table {
        let (first, last) = (at(first), at(last));
        for (ended, inside) in [
            (first - moment, 0),
            (first, 1),
            (last, 1),
            (last + moment, 0),
        ] {
            let jobs = vec![job("o", "a", Outcome::Error, &ended.to_string())];
            let of = contoso(jobs, Vec::new());
            let digest = digest(&of, day, &zone(name), six(), &AlertRow::default());
            assert_eq!(digest.counts.error, inside, "{name} {day} {ended}");
        }
    }
}

#[test]
fn an_hour_that_comes_twice_is_told_apart() {
    let jobs = ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"]
        .map(|ended| job("org-0001", ended, Outcome::Error, ended));
    let of = contoso(jobs.to_vec(), Vec::new());
    let digest = digest(
        &of,
        date(2026, 10, 25),
        &zone("Europe/Berlin"),
        six(),
        &AlertRow::default(),
    );
    let times: Vec<&str> = digest
        .text
        .lines()
        .filter(|line| line.starts_with("02:30"))
        .collect();
    assert_eq!(
        times,
        ["02:30 CEST  SRV-01  Nightly", "02:30 CET   SRV-01  Nightly"]
    );
}

#[test]
fn what_makes_no_tickets_is_in_no_digest() {
    let mut jobs = vec![job("o", "a", Outcome::NotFinished, "2026-11-22T12:00:00Z")];
    for kind in [JobKind::Restore, JobKind::Other] {
        jobs.push(Job {
            kind,
            ..job("o", "b", Outcome::Error, "2026-11-22T12:00:00Z")
        });
    }
    assert_eq!(
        in_berlin(&contoso(jobs, Vec::new())).counts,
        Counts::default()
    );
}

#[test]
fn a_system_is_missed_for_a_month() {
    let jobs = vec![on(
        "BUSY",
        job("o", "a", Outcome::Success, "2026-11-22T12:00:00Z"),
    )];
    let of = contoso(
        jobs,
        vec![
            known("BUSY", "2026-11-21T12:00:00Z"),
            known("SILENT", "2026-10-22T23:00:00Z"),
            known("GONE", "2026-10-22T22:59:59Z"),
            known("NEW", "2026-11-23T12:00:00Z"),
        ],
    );
    let digest = in_berlin(&of);
    assert_eq!(digest.counts.systems_without_job, 1);
    assert!(
        digest.text.contains("\nSILENT  2026-10-23 01:00"),
        "{}",
        digest.text
    );
}

#[test]
fn bytes_that_no_job_reports_are_not_zero() {
    let silent = |id| Job {
        bytes_processed: None,
        bytes_transferred: None,
        ..job("o", id, Outcome::Success, "2026-11-22T12:00:00Z")
    };
    let text = |jobs| in_berlin(&contoso(jobs, Vec::new())).text;
    let none = text(vec![silent("a")]);
    assert!(none.contains("Processed    not reported\n"), "{none}");
    let loud = job("o", "b", Outcome::Success, "2026-11-22T12:00:00Z");
    let some = text(vec![silent("a"), loud]);
    assert!(
        some.contains("Processed    12.4 GB (1 job does not report it)\n"),
        "{some}"
    );
}

#[test]
fn it_is_due_at_the_end_of_the_day_on_which_it_goes_out() {
    let table = [
        (None, "2026-11-23T22:59:00Z"),
        (Some(0), "2026-11-23T22:59:00Z"),
        (Some(2), "2026-11-25T22:59:00Z"),
    ];
    for (days_due, due) in table {
        let row = AlertRow {
            days_due,
            ..AlertRow::default()
        };
        let of = contoso(Vec::new(), Vec::new());
        let digest = digest(&of, DAY, &zone("Europe/Berlin"), six(), &row);
        assert_eq!(digest.due.to_string(), due, "{days_due:?}");
    }
}

fn in_berlin_time(store: &Store) {
    let general = General {
        time_zone: "Europe/Berlin".to_owned(),
        ..General::default()
    };
    store.save_general(&general).unwrap();
}

#[test]
fn a_preview_shows_what_the_mapped_organizations_would_get() {
    let (_folder, store) = store();
    in_berlin_time(&store);
    let jobs = [
        job("org-1", "a", Outcome::Error, "2026-11-22T02:15:00Z"),
        job(
            "org-1",
            "the day after",
            Outcome::Error,
            "2026-11-22T23:15:00Z",
        ),
        on(
            "SRV-02",
            job("org-1", "before", Outcome::Success, "2026-11-21T02:15:00Z"),
        ),
        job("org-2", "b", Outcome::Success, "2026-11-22T02:15:00Z"),
        job("org-3", "c", Outcome::Success, "2026-11-22T02:15:00Z"),
    ];
    store.take_in(&jobs, &[], None, None, noon()).unwrap();
    let names = [
        ("org-1", "Contoso"),
        ("org-2", "Fabrikam"),
        ("org-3", "Ours"),
    ];
    let organizations = names.map(|(id, name)| organization(id, name));
    store.save_organizations(&organizations, noon()).unwrap();
    map(&store, "org-1", ACCOUNT);
    let excluded = Mapping {
        excluded: Some("ours".to_owned()),
        ..Mapping::default()
    };
    store.save_mapping("org-3", &excluded, noon()).unwrap();

    let previews = preview(&store, DAY, None).unwrap();
    assert_eq!(previews.len(), 1, "{previews:?}");
    let Preview {
        organization,
        account,
        digest,
        ..
    } = &previews[0];
    assert_eq!(organization, "Contoso");
    assert_eq!(account.as_ref().map(|account| account.id), Some(ACCOUNT));
    assert_eq!(
        (digest.counts.error, digest.counts.systems_without_job),
        (1, 1)
    );
    assert!(digest.text.contains("SRV-02"), "{}", digest.text);
    // The proposal: 06:00, due the same day.
    assert_eq!(digest.due.to_string(), "2026-11-23T22:59:00Z");

    let unmapped = preview(&store, DAY, Some("org-2")).unwrap();
    assert_eq!(unmapped.len(), 1);
    assert_eq!(unmapped[0].account, None);
    assert_eq!(unmapped[0].digest.counts.success, 1);
    assert_eq!(
        preview(&store, DAY, Some("org-3")).unwrap()[0].account,
        None
    );
    assert!(matches!(
        preview(&store, DAY, Some("org-4")),
        Err(PreviewError::UnknownOrganization(id)) if id == "org-4"
    ));
}
