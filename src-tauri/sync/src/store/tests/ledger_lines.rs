//! What has its line in the ledger.

use cloud_direct::Outcome;

use super::ledger::{day, posting, refuse, rows};
use crate::{
    examples::{ACCOUNT, alerts, at, job, noon, organization, plan_new, store, take_in_and_plan},
    outbox::Change,
    settings::{Alerts, MappingEntry},
    store::{LedgerCheck, Mapping, Outgoing, Record, Store, TestPosting},
};

/// What stands in the ledger, but for the keys.
fn lines(store: &Store) -> Vec<(String, Option<String>)> {
    assert!(matches!(
        store.verify_ledger().unwrap(),
        LedgerCheck::Fits { .. }
    ));
    let rows = rows(store).into_iter();
    rows.map(|row| (row.what, row.detail)).collect()
}

fn words(store: &Store) -> Vec<String> {
    lines(store).into_iter().map(|(what, _)| what).collect()
}

fn send(store: &Store, id: i64) {
    let outgoing = Outgoing {
        id,
        account: ACCOUNT,
        account_name: "Contoso Ltd".to_owned(),
        priority: Some(1),
        queue: Some(5),
        due: Some(noon()),
    };
    assert_eq!(store.mark_sending(&[outgoing], noon()).unwrap(), [id]);
}

#[test]
fn each_change_of_what_stands_in_autotask_has_its_line() {
    let (_folder, store) = store();
    let id = posting(&store);
    send(&store, id);
    let change = |record| store.record(&[record], day(1)).unwrap();
    change(Record::new(id, Change::NotTaken));
    send(&store, id);
    change(Record::new(id, Change::LostTrack).because("timeout", "No answer."));
    change(Record::new(id, Change::NotFound));
    refuse(&store, id, "No.", day(2));
    store.retry(id, day(3)).unwrap();
    send(&store, id);
    change(Record::created(id, 9137));
    store.set_numbers(&[(9137, String::new())], day(4)).unwrap();
    assert_eq!(
        words(&store),
        [
            "unclear",
            "not found",
            "refused",
            "retried",
            "created",
            "gone"
        ]
    );
    let gone = rows(&store).remove(5);
    assert_eq!((gone.account, gone.ticket_id), (Some(ACCOUNT), Some(9137)));
}

#[test]
fn a_ticket_that_has_its_number_is_not_gone() {
    let (_folder, store) = store();
    let id = posting(&store);
    send(&store, id);
    store.record(&[Record::created(id, 9137)], noon()).unwrap();
    store
        .set_numbers(&[(9137, "T20261123.0001".to_owned())], noon())
        .unwrap();
    store.set_numbers(&[(9137, String::new())], noon()).unwrap();
    assert_eq!(words(&store), ["created"]);
}

#[test]
fn a_test_ticket_has_its_lines_however_it_ends() {
    for (change, word) in [
        (Change::Created, "created"),
        (Change::Refused, "refused"),
        (Change::LostTrack, "unclear"),
    ] {
        let (_folder, store) = store();
        let test = TestPosting {
            key: "ucd-test-1".to_owned(),
            title: "Test".to_owned(),
            description: "Test".to_owned(),
            account: ACCOUNT,
            account_name: "Contoso Ltd".to_owned(),
            priority: 1,
            queue: 5,
            due: noon(),
        };
        let id = store.put_test(&test, noon()).unwrap();
        let record = Record {
            ticket_id: (change == Change::Created).then_some(5),
            ..Record::new(id, change)
        };
        store.record(&[record], noon()).unwrap();
        let line = rows(&store).remove(0);
        assert_eq!(
            (line.what.as_str(), line.key.as_str(), line.account),
            (word, "ucd-test-1", Some(ACCOUNT))
        );
    }
}

#[test]
fn what_is_taken_back_says_why() {
    let off = Alerts {
        error: crate::settings::AlertRow::default(),
        ..alerts()
    };
    let later = Alerts {
        jobs_since: Some(noon()),
        ..alerts()
    };
    for (alerts, excluded, why) in [
        (&off, None, "The alert row is switched off."),
        (
            &later,
            None,
            "The job finished before the moment from which on jobs make tickets.",
        ),
        (&later, Some("ours"), "The organization is excluded."),
    ] {
        let (_folder, store) = store();
        posting(&store);
        exclude(&store, excluded);
        plan_new(&store, alerts);
        let line = lines(&store).pop();
        assert_eq!(line, Some(("withdrawn".to_owned(), Some(why.to_owned()))));
    }
}

fn exclude(store: &Store, why: Option<&str>) {
    let mapping = Mapping {
        excluded: why.map(str::to_owned),
        ..Mapping::default()
    };
    assert!(store.save_mapping("org-1", &mapping, noon()).unwrap());
}

#[test]
fn an_exclusion_has_its_line_when_it_begins_changes_and_ends_and_not_in_between() {
    let (_folder, store) = store();
    store
        .save_organizations(&[organization("org-1", "Adatum")], noon())
        .unwrap();
    for why in [None, Some("ours"), Some("ours"), Some("gone"), None, None] {
        exclude(&store, why);
    }
    let excluded = |why: &str| ("excluded".to_owned(), Some(why.to_owned()));
    assert_eq!(
        lines(&store),
        [
            excluded("ours"),
            excluded("gone"),
            ("included".to_owned(), None)
        ]
    );
    assert!(rows(&store).iter().all(|row| row.key == "org-1"));
}

#[test]
fn an_exclusion_from_a_settings_file_has_its_line_once_its_organization_is_there() {
    let (_folder, store) = store();
    let entry = MappingEntry {
        organization: "Adatum".to_owned(),
        excluded: Some("ours".to_owned()),
        ..MappingEntry::default()
    };
    store.apply_mappings(&[entry], noon()).unwrap();
    assert_eq!(words(&store), [""; 0]);
    store
        .save_organizations(&[organization("org-1", "Adatum")], noon())
        .unwrap();
    assert_eq!(words(&store), ["excluded"]);
}

#[test]
fn rules_have_their_lines_when_they_change() {
    let (_folder, store) = store();
    store.save_alerts(&alerts(), noon()).unwrap();
    store.save_alerts(&alerts(), noon()).unwrap();
    let mut changed = alerts();
    changed.success.enabled = false;
    changed.jobs_since = Some(at("2026-11-20T00:00:00Z"));
    store.save_alerts(&changed, noon()).unwrap();
    let told: Vec<String> = rows(&store)
        .into_iter()
        .map(|row| {
            format!(
                "{} {} {}",
                row.what,
                row.key,
                row.detail.unwrap_or_default()
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "switched on alerts.success ",
            "switched on alerts.warning ",
            "switched on alerts.error ",
            "jobs since alerts.jobs_since 2026-11-01T00:00:00Z",
            "switched off alerts.success ",
            "jobs since alerts.jobs_since 2026-11-20T00:00:00Z",
        ]
    );
}

#[test]
fn a_job_that_a_rule_keeps_from_becoming_a_posting_has_no_line() {
    let (_folder, store) = store();
    let mut off = alerts();
    off.success.enabled = false;
    let jobs = [job("org-1", "a", Outcome::Success, "2026-11-22T02:15:00Z")];
    take_in_and_plan(&store, &jobs, &off);
    assert_eq!(words(&store), [""; 0]);
}
