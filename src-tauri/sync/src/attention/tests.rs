use super::*;
use crate::{
    alerts::Kind,
    examples::{ACCOUNT, alerts, job, map, noon, picklists, store, take_in_and_plan},
    outbox::Change,
    store::{Feed, Outgoing, Record},
};

fn at(time: &str) -> Timestamp {
    let time = if time.len() > 5 {
        format!("{time}:00Z")
    } else {
        format!("2026-11-23T{time}:00Z")
    };
    time.parse().unwrap()
}

/// A look: the time, what there is, and what is told of it.
type Look = (&'static str, There, &'static [&'static str]);

/// Goes through the looks of one story, each on what was told before and kept.
#[track_caller]
fn story(looks: Vec<Look>) {
    let mut kept = serde_json::to_string(&Told::default()).unwrap();
    for (number, (time, there, expected)) in looks.into_iter().enumerate() {
        let told: Told = serde_json::from_str(&kept).unwrap();
        let (tell, told) = look(&told, &there, at(time));
        let words: Vec<String> = tell.iter().map(words).collect();
        assert_eq!(words, expected, "look {number} at {time}: {there:?}");
        kept = serde_json::to_string(&told).unwrap();
    }
}

fn words(tell: &Tell) -> String {
    match tell {
        Tell::LoginRefused(service, message) => format!("{}: {message}", service.label()),
        Tell::Postings(count) => format!("{count} postings"),
        Tell::Billing(count) => format!("{count} lines"),
        Tell::Blocked(reasons) => reasons.join(" + "),
        Tell::Notice(text) => text.clone(),
        Tell::NothingSynced(since) => match since {
            Some(since) => format!("nothing since {since}"),
            None => "nothing at all".to_owned(),
        },
    }
}

fn nothing() -> There {
    There::default()
}

fn refused(services: &[Service]) -> There {
    There {
        refused: services
            .iter()
            .map(|service| (*service, "no".to_owned()))
            .collect(),
        ..There::default()
    }
}

fn postings(count: u64, newest: &str) -> There {
    There {
        postings: Pile {
            count,
            newest: Some(at(newest)),
        },
        ..There::default()
    }
}

fn rows(waiting: &[&str], idle: &[&str]) -> There {
    let rows = |reasons: &[&str]| -> Vec<Blocked> {
        let blocked = |reason: &&str| Blocked {
            row: Kind::Error,
            reason: (*reason).to_owned(),
        };
        reasons.iter().map(blocked).collect()
    };
    There {
        blocked: rows(waiting),
        unusable: rows(&[waiting, idle].concat()),
        ..There::default()
    }
}

fn syncing(last: Option<&str>, failures: u32) -> There {
    There {
        syncing: Some(Syncing {
            last: last.map(at),
            set_up_at: Some(at("2026-11-20T08:00")),
            failures,
        }),
        ..There::default()
    }
}

#[test]
fn a_notice_for_a_person_is_told_once_and_the_next_one_again() {
    let there = |made: &str| There {
        notice: Some(Notice {
            at: at(made),
            text: format!("Two tickets, {made}"),
        }),
        ..There::default()
    };
    story(vec![
        ("08:00", nothing(), &[]),
        ("08:02", there("08:01"), &["Two tickets, 08:01"]),
        ("09:30", there("08:01"), &[]),
        ("09:40", there("09:35"), &["Two tickets, 09:35"]),
        // By a clock that has been set back.
        ("07:40", there("07:35"), &["Two tickets, 07:35"]),
    ]);
}

#[test]
fn lines_of_billing_are_told_beside_postings_and_together() {
    let lines = |count, newest| There {
        billing: postings(count, newest).postings,
        ..There::default()
    };
    let both = There {
        billing: postings(4, "08:01").postings,
        ..postings(2, "08:05")
    };
    story(vec![
        ("08:00", nothing(), &[]),
        ("08:02", lines(4, "08:01"), &["4 lines"]),
        ("08:10", both, &["2 postings"]),
        ("10:00", lines(4, "08:01"), &[]),
        ("10:05", lines(1, "10:04"), &["1 lines"]),
    ]);
}

#[test]
fn a_refused_login_is_told_once_until_it_is_accepted_again() {
    use Service::{Autotask, CloudDirect};
    story(vec![
        ("08:00", refused(&[Autotask]), &["Autotask: no"]),
        ("08:01", refused(&[Autotask]), &[]),
        // Days later, and after a restart.
        ("2026-11-29T08:00", refused(&[Autotask]), &[]),
        (
            "2026-11-29T08:01",
            refused(&[Autotask, CloudDirect]),
            &["Cloud Direct: no"],
        ),
        ("2026-11-29T08:02", nothing(), &[]),
        ("2026-11-29T08:03", refused(&[Autotask]), &["Autotask: no"]),
    ]);
}

#[test]
fn postings_are_told_together_when_there_are_new_ones_and_once_an_hour_at_most() {
    story(vec![
        ("08:00", nothing(), &[]),
        ("08:05", postings(3, "08:04"), &["3 postings"]),
        ("08:10", postings(3, "08:04"), &[]),
        // New ones within the hour are told when it is over.
        ("08:15", postings(5, "08:14"), &[]),
        ("09:04", postings(5, "08:14"), &[]),
        ("09:05", postings(5, "08:14"), &["5 postings"]),
        ("12:00", postings(5, "08:14"), &[]),
        // Some are settled, which is nothing to tell.
        ("12:05", postings(2, "08:12"), &[]),
        // As many as were settled came up: new ones all the same.
        ("12:10", postings(3, "12:09"), &["3 postings"]),
        // One settled and another come up between two looks.
        ("13:15", postings(3, "13:14"), &["3 postings"]),
        ("15:00", There::default(), &[]),
        ("15:05", postings(1, "15:04"), &["1 postings"]),
        ("15:10", There::default(), &[]),
        ("15:15", postings(1, "15:14"), &[]),
        ("16:05", postings(1, "15:14"), &["1 postings"]),
        // The clock is set back for good: neither silence nor repetition.
        ("2026-10-01T08:00", postings(1, "15:14"), &[]),
        ("2026-10-01T08:05", postings(2, "15:14"), &["2 postings"]),
        ("2026-10-01T08:10", postings(2, "15:14"), &[]),
    ]);
}

#[test]
fn what_holds_postings_up_is_told_once_for_each_reason_until_the_row_can_be_used_again() {
    story(vec![
        ("08:00", rows(&[], &["queue gone"]), &[]),
        ("08:05", rows(&["queue gone"], &[]), &["queue gone"]),
        ("08:10", rows(&["queue gone"], &[]), &[]),
        // Nothing waits for a while, and then something again.
        ("08:15", rows(&[], &["queue gone"]), &[]),
        ("08:20", rows(&["queue gone"], &[]), &[]),
        ("08:25", rows(&["a", "b", "queue gone"], &[]), &["a + b"]),
        ("08:30", rows(&[], &[]), &[]),
        ("08:35", rows(&["queue gone"], &[]), &["queue gone"]),
        // Four rows with one reason are one thing to tell.
        (
            "08:40",
            rows(&["status", "status", "status"], &[]),
            &["status"],
        ),
    ]);
}

#[test]
fn a_day_without_a_sync_is_told_once_until_it_works_again() {
    let last = Some("2026-11-22T07:00");
    story(vec![
        // One that failed is not enough: the network may not have been up yet.
        ("08:00", syncing(last, 0), &[]),
        ("08:01", syncing(last, 1), &[]),
        (
            "08:06",
            syncing(last, 2),
            &["nothing since 2026-11-22T07:00:00Z"],
        ),
        ("08:11", syncing(last, 3), &[]),
        ("2026-11-25T08:00", syncing(last, 90), &[]),
        // After a restart.
        ("2026-11-25T08:01", syncing(last, 0), &[]),
        ("2026-11-25T08:10", syncing(last, 2), &[]),
        // It works, and then no more.
        (
            "2026-11-25T08:15",
            syncing(Some("2026-11-25T08:15"), 0),
            &[],
        ),
        (
            "2026-11-26T08:14",
            syncing(Some("2026-11-25T08:15"), 99),
            &[],
        ),
        (
            "2026-11-26T08:15",
            syncing(Some("2026-11-25T08:15"), 99),
            &["nothing since 2026-11-25T08:15:00Z"],
        ),
    ]);
}

#[test]
fn a_day_without_a_sync_counts_only_while_one_could_have_been() {
    let last = Some("2026-11-20T07:00");
    story(vec![
        // Paused, not set up, or the login refused.
        ("08:00", nothing(), &[]),
        ("08:05", syncing(last, 1), &[]),
        (
            "08:10",
            syncing(last, 2),
            &["nothing since 2026-11-20T07:00:00Z"],
        ),
        // A pause does not make it forget that it was told.
        ("08:15", nothing(), &[]),
        ("08:20", syncing(last, 4), &[]),
    ]);
    // Set up on 2026-11-20, and not one sync since.
    story(vec![
        ("2026-11-21T07:59", syncing(None, 9), &[]),
        ("2026-11-21T08:00", syncing(None, 9), &["nothing at all"]),
    ]);
    // The last sync was by a clock that was years ahead.
    let ahead = Some("2036-01-01T00:00");
    story(vec![
        ("08:00", syncing(ahead, 1), &[]),
        ("08:05", syncing(ahead, 2), &["nothing at all"]),
        ("2019-01-01T00:00", syncing(ahead, 3), &[]),
    ]);
}

#[test]
fn what_there_is_now_is_what_the_store_holds() {
    let (_folder, store) = store();
    let there = There::read(&store, 3, noon()).unwrap();
    assert_eq!(there, There::default(), "nothing is set up");

    for service in [Service::Autotask, Service::CloudDirect] {
        store.login_passed(service, noon()).unwrap();
    }
    store.save_alerts(&alerts(), noon()).unwrap();
    let failed = job(
        "org-1",
        "a",
        cloud_direct::Outcome::Error,
        "2026-11-22T02:15:00Z",
    );
    take_in_and_plan(&store, &[failed], &alerts());
    map(&store, "org-1", ACCOUNT);
    let there = There::read(&store, 3, noon()).unwrap();
    let kinds = |blocked: &[Blocked]| -> Vec<Kind> { blocked.iter().map(|one| one.row).collect() };
    assert_eq!(kinds(&there.blocked), [Kind::Error], "no list was read");
    assert!(kinds(&there.unusable).len() > 1);
    let syncing = Syncing {
        last: None,
        set_up_at: Some(noon()),
        failures: 3,
    };
    assert_eq!(there.syncing, Some(syncing));

    store.set_picklists(&picklists(), noon()).unwrap();
    let due = store.due(Feed::Tickets, &Kind::ALL, 1, noon()).unwrap();
    let outgoing = Outgoing {
        id: due[0].id,
        account: ACCOUNT,
        account_name: "Contoso Ltd".to_owned(),
        priority: Some(1),
        queue: Some(5),
        due: Some(noon()),
    };
    store.mark_sending(&[outgoing], noon()).unwrap();
    let refused = Record::new(due[0].id, Change::Refused).because("validation", "No.");
    store.record(&[refused], at("13:00")).unwrap();
    store
        .login_refused(Service::CloudDirect, "no", noon())
        .unwrap();
    let there = There::read(&store, 0, noon()).unwrap();
    let expected = There {
        refused: vec![(Service::CloudDirect, "no".to_owned())],
        postings: Pile {
            count: 1,
            newest: Some(at("13:00")),
        },
        ..There::default()
    };
    assert_eq!(there, expected);
    assert_eq!(
        look(&Told::default().saw_refusals(&there), &there, noon()).0,
        [Tell::Postings(1)]
    );
}
