use cloud_direct::{JobKind, Outcome};
use jiff::{SignedDuration, tz::TimeZone};

use super::*;
use crate::examples::{alerts, at, job};

const ENDED: &str = "2026-11-22T02:15:00Z";

#[test]
fn a_job_becomes_a_ticket_or_says_why_not() {
    use Outcome::{Error, NotFinished, Success, Warning};
    let ticket = Ok;
    let table = [
        // Kind, outcome, ended, excluded, what comes of it.
        (JobKind::Backup, Error, ENDED, false, ticket(Kind::Error)),
        (
            JobKind::Backup,
            Warning,
            ENDED,
            false,
            ticket(Kind::Warning),
        ),
        (
            JobKind::Backup,
            Success,
            ENDED,
            false,
            Err(Skip::OutcomeOff),
        ),
        (
            JobKind::Replication,
            Error,
            ENDED,
            false,
            ticket(Kind::Error),
        ),
        (JobKind::Restore, Error, ENDED, false, Err(Skip::OtherKind)),
        (JobKind::Other, Error, ENDED, false, Err(Skip::OtherKind)),
        (
            JobKind::Backup,
            Error,
            "2026-11-01T00:00:00Z",
            false,
            ticket(Kind::Error),
        ),
        (
            JobKind::Backup,
            Error,
            "2026-10-31T23:59:59.999999Z",
            false,
            Err(Skip::BeforeStart),
        ),
        (JobKind::Backup, Error, ENDED, true, Err(Skip::Excluded)),
        (
            JobKind::Backup,
            NotFinished,
            ENDED,
            false,
            Err(Skip::NotFinished),
        ),
    ];
    let mut alerts = alerts();
    alerts.success.enabled = false;
    for (kind, outcome, ended, excluded, expected) in table {
        let job = cloud_direct::Job {
            kind,
            ..job("org-1", "a", outcome, ended)
        };
        let got = match plan(&job, &alerts, excluded) {
            Decision::Post(posting) => Ok(posting.alert),
            Decision::Skip(skip) => Err(skip),
        };
        assert_eq!(got, expected, "{kind:?} {outcome:?} {ended} {excluded}");
    }
}

/// These never change: a changed key would send again whatever has been sent. Each is the SHA-256
/// of length and text of "job", the organization's id and the job's id.
#[test]
fn keys_are_the_same_for_ever() {
    assert_eq!(
        event_key("org-0001", "job-000001"),
        "ucd-job-fff8d6fccd6e7fc8a5463e6a9dfa638a65c4feac"
    );
    assert_eq!(
        event_key("Müller & Söhne", "42"),
        "ucd-job-129bb2d80a38aa747285a8fa4c55401391101892"
    );
    assert_eq!(
        event_key("", ""),
        "ucd-job-277d05bf067869c13345bfe8f1159ef9fdec95d6"
    );
    // "digest", the organization's id and the day.
    assert_eq!(
        digest_key("org-0001", jiff::civil::date(2026, 11, 22)),
        "ucd-day-b8340013f761058211ab953714da449d7b15da26"
    );
}

#[test]
fn title_and_text_say_what_a_service_desk_wants_to_know() {
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let job = job("org-1", "job-7", Outcome::Error, ENDED);
    assert_eq!(title(&job), "Backup error: SRV-01 (Nightly)");
    insta::assert_snapshot!(description(&job, "Contoso Ltd", &zone), @r"
    Organization: Contoso Ltd
    System: SRV-01
    Task: Nightly
    Status: failed (Backup error)
    Started: 2026-11-22 02:11:00 CET (Europe/Berlin)
    Finished: 2026-11-22 03:15:00 CET (Europe/Berlin)
    Duration: 1 h 4 min
    Processed: 12.4 GB
    Transferred: 1.1 GB
    Warnings: 0
    Errors: 1
    Job: job-7

    Message:
    VSS error 0x8004230f
    ");
}

#[test]
fn what_a_job_does_not_say_is_left_out() {
    let job = cloud_direct::Job {
        task: None,
        started_at: None,
        bytes_processed: None,
        bytes_transferred: None,
        message: None,
        ..job("org-1", "job-7", Outcome::Success, ENDED)
    };
    assert_eq!(title(&job), "Backup success: SRV-01");
    insta::assert_snapshot!(description(&job, "Contoso Ltd", &TimeZone::UTC), @r"
    Organization: Contoso Ltd
    System: SRV-01
    Status: finished (Backup success)
    Finished: 2026-11-22 02:15:00 UTC (UTC)
    Warnings: 0
    Errors: 0
    Job: job-7
    ");
}

#[test]
fn a_text_that_is_too_long_is_cut_with_a_mark_and_control_characters_are_replaced() {
    let job = cloud_direct::Job {
        system: format!("SRV\u{1}{}", "x".repeat(400)),
        message: Some("😀\u{0}".repeat(8_000)),
        ..job("org-1", "job-7", Outcome::Error, ENDED)
    };
    let title = title(&job);
    assert_eq!(autotask::text::length(&title), autotask::TITLE_MAX);
    assert!(title.starts_with("Backup error: SRV\u{fffd}x") && title.ends_with(" […]"));
    let text = description(&job, "Contoso Ltd", &TimeZone::UTC);
    assert!(autotask::text::length(&text) <= autotask::DESCRIPTION_MAX);
    assert!(text.ends_with(" […]") && text.contains("😀\u{fffd}"));
}

#[test]
fn a_name_with_line_breaks_stays_on_one_line() {
    let job = cloud_direct::Job {
        system: "SRV\r\n01\tB".to_owned(),
        task: Some("\n".to_owned()),
        ..job("org-1", "job-7", Outcome::Error, ENDED)
    };
    assert_eq!(title(&job), "Backup error: SRV 01 B");
    assert!(
        description(&job, "Contoso\nLtd", &TimeZone::UTC).contains("Organization: Contoso Ltd\n")
    );
}

#[test]
fn sizes_and_times_are_readable() {
    let sizes = [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1.0 KB"),
        (999_949, "999.9 KB"),
        (999_950, "1.0 MB"),
        (12_400_000_000, "12.4 GB"),
        (u64::MAX, "18.4 EB"),
    ];
    for (count, text) in sizes {
        assert_eq!(bytes(count), text);
    }
    let times = [
        (-5, "0 s"),
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3_600, "1 h"),
        (3_661, "1 h 1 min"),
        (93_600, "1 d 2 h"),
        (86_460, "1 d"),
    ];
    for (seconds, text) in times {
        assert_eq!(duration(SignedDuration::from_secs(seconds)), text);
    }
    let zone = TimeZone::get("America/New_York").unwrap();
    assert_eq!(
        local(at(ENDED), &zone),
        "2026-11-21 21:15:00 EST (America/New_York)"
    );
}
