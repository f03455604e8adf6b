//! What fits into a ticket, and how the rest is counted.

use cloud_direct::{Job, Outcome};
use proptest::prelude::*;

use super::{contoso, in_berlin, known};
use crate::{
    digest::OrganizationDay,
    examples::{at, job},
};

fn many(outcome: Outcome, count: usize, message: &str) -> Vec<Job> {
    (0..count)
        .map(|n| Job {
            message: Some(message.to_owned()),
            ..job(
                "o",
                &format!("{outcome:?} {n:04}"),
                outcome,
                "2026-11-22T12:00:00Z",
            )
        })
        .collect()
}

#[test]
fn what_does_not_fit_is_counted_and_failed_jobs_have_the_room() {
    let message = "A message that is about as long as messages of backups are. ".repeat(3);
    let table = [
        // Failed, with warnings, silent, which parts are cut.
        (3, 3, 3, [false, false, false]),
        (20, 40, 0, [false, true, false]),
        (70, 1, 1, [true, false, false]),
        (500, 500, 500, [true, true, true]),
        (0, 500, 2, [false, true, false]),
        (0, 0, 800, [false, false, true]),
    ];
    for (failed, warned, silent, cut) in table {
        let mut jobs = many(Outcome::Error, failed, &message);
        jobs.extend(many(Outcome::Warning, warned, &message));
        let known = (0..silent)
            .map(|n| known(&format!("SILENT-{n:03}"), "2026-11-20T12:00:00Z"))
            .collect();
        let digest = in_berlin(&contoso(jobs, known));
        let text = &digest.text;
        let is_cut = ["more failed", "more jobs with", "more systems without"]
            .map(|words| text.contains(words));
        assert_eq!(is_cut, cut, "{failed} {warned} {silent}\n{text}");
        assert_eq!(told(text, "FAILED"), failed, "{text}");
        assert_eq!(told(text, "WITH WARNINGS"), warned, "{text}");
        assert_eq!(told(&with_key(text), "FAILED"), failed, "{text}");
        assert_eq!(told(&with_key(text), "WITH WARNINGS"), warned, "{text}");
    }
}

/// As it goes out where Autotask does not keep `ExternalID`: nothing of it is cut for that.
fn with_key(text: &str) -> String {
    let day = "2026-11-22".parse().unwrap();
    let key = crate::plan::digest_key("org-1", day);
    let marked = crate::dispatch::key_place::marked(text, &key);
    assert!(autotask::text::length(&marked) <= autotask::DESCRIPTION_MAX);
    assert!(marked.starts_with(text), "{marked}");
    marked
}

/// How many jobs a part names or counts.
fn told(text: &str, heading: &str) -> usize {
    let Some((_, part)) = text.split_once(&format!("\n{heading}: ")) else {
        return 0;
    };
    let part: Vec<&str> = part.lines().take_while(|line| !line.is_empty()).collect();
    let is_time = |line: &str| {
        let bytes = line.as_bytes();
        bytes.len() >= 5 && bytes[0].is_ascii_digit() && bytes[2] == b':'
    };
    let named = part.iter().skip(1).filter(|line| is_time(line)).count();
    let counted = part
        .last()
        .and_then(|line| line.strip_prefix("… and "))
        .map_or(0, |rest| rest.split(' ').next().unwrap().parse().unwrap());
    named + counted
}

fn any_job() -> impl Strategy<Value = Job> {
    let outcome = prop_oneof![
        Just(Outcome::Success),
        Just(Outcome::Warning),
        Just(Outcome::Error),
    ];
    let text = || {
        prop_oneof![
            3 => "[A-Z]{2,8}-[0-9]{2}",
            1 => any::<String>(),
            1 => "[a-z ]{200,900}",
            1 => "\u{1f4a5}{50,400}",
        ]
    };
    (
        outcome,
        text(),
        text(),
        proptest::option::of(text()),
        0_i64..86_400,
    )
        .prop_map(|(outcome, system, task, message, second)| {
            let ended = at("2026-11-21T23:00:00Z") + jiff::SignedDuration::from_secs(second);
            Job {
                system,
                task: Some(task),
                message,
                ..job("o", &second.to_string(), outcome, &ended.to_string())
            }
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_digest_fits_into_a_ticket_and_loses_no_failed_job(
        jobs in proptest::collection::vec(any_job(), 0..40),
        copies in 1_usize..10,
        name in any::<String>(),
    ) {
        let jobs = vec![jobs; copies].concat();
        let count = |outcome| jobs.iter().filter(|job| job.outcome == outcome).count();
        let (failed, warned) = (count(Outcome::Error), count(Outcome::Warning));
        let of = OrganizationDay { organization: name, ..contoso(jobs, Vec::new()) };
        let digest = in_berlin(&of);
        let text = &digest.text;
        with_key(text);
        prop_assert!(autotask::text::length(&digest.title) <= autotask::TITLE_MAX);
        let cleaned = autotask::text::clean(text);
        prop_assert_eq!(cleaned.as_ref(), text);
        prop_assert_eq!(told(text, "FAILED"), failed, "{}", text);
        prop_assert_eq!(told(text, "WITH WARNINGS"), warned, "{}", text);
        for line in text.lines() {
            prop_assert!(line.chars().count() <= 100, "{}", line);
        }
    }
}
