//! Jobs: each once, changes, and what is decided about them.

use cloud_direct::{Job, JobKind, Outcome, ReadFile};

use crate::{
    alerts::Kind,
    examples::{
        ACCOUNT, alerts, at, job, map, noon, organization, plan_new, store, take_in_and_plan,
    },
    outbox::{Change, State},
    settings::{EXAMPLE, MappingEntry, parse_file},
    store::{Feed, Outgoing, PostingFilter, Record, Store, Taken},
};

const ENDED: &str = "2026-11-22T02:15:00Z";

fn only_posting(store: &Store) -> crate::store::PostingRow {
    let postings = store.postings(PostingFilter::All, "", None, 10).unwrap();
    assert_eq!(postings.len(), 1, "{postings:?}");
    postings.into_iter().next().unwrap()
}

#[test]
fn a_job_counts_once_however_often_it_comes() {
    let (_folder, store) = store();
    let jobs = [
        job("org-1", "a", Outcome::Error, ENDED),
        job("org-2", "a", Outcome::Error, ENDED),
        job("org-1", "b", Outcome::NotFinished, ENDED),
    ];
    let taken = store.take_in(&jobs, &[], None, None, noon()).unwrap();
    assert_eq!(
        taken,
        Taken {
            received: 3,
            new: 2,
            changed: 0
        }
    );
    let again = store.take_in(&jobs, &[], None, None, noon()).unwrap();
    assert_eq!(
        again,
        Taken {
            received: 3,
            new: 0,
            changed: 0
        }
    );
    assert_eq!(plan_new(&store, &alerts()), 2);
    assert_eq!(plan_new(&store, &alerts()), 0);
}

#[test]
fn an_organization_that_only_a_job_names_is_there_to_be_mapped() {
    let (_folder, store) = store();
    store
        .take_in(
            &[job("Contoso", "a", Outcome::Error, ENDED)],
            &[],
            None,
            None,
            noon(),
        )
        .unwrap();
    let organizations = store.organizations().unwrap();
    assert_eq!(
        (organizations[0].id.as_str(), organizations[0].name.as_str()),
        ("Contoso", "Contoso")
    );
    store
        .save_organizations(&[organization("Contoso", "Contoso Ltd")], noon())
        .unwrap();
    assert_eq!(store.organizations().unwrap()[0].name, "Contoso Ltd");
}

#[test]
fn a_file_is_known_once_its_last_portion_has_been_taken_in() {
    let (folder, store) = store();
    let mut file = ReadFile {
        name: "jobs.csv".to_owned(),
        hash: [7; 32],
        complete: false,
    };
    store.take_in(&[], &[], None, Some(&file), noon()).unwrap();
    assert!(!store.known_files().read().unwrap().contains(&[7; 32]));
    file.complete = true;
    store.take_in(&[], &[], None, Some(&file), noon()).unwrap();
    assert!(store.known_files().read().unwrap().contains(&[7; 32]));
    drop(store);
    let store = Store::open(folder.path()).unwrap();
    assert!(store.known_files().read().unwrap().contains(&[7; 32]));
}

#[test]
fn a_changed_outcome_plans_a_posting_anew_that_was_never_sent() {
    let (_folder, store) = store();
    take_in_and_plan(
        &store,
        &[job("org-1", "a", Outcome::Error, ENDED)],
        &alerts(),
    );
    assert_eq!(only_posting(&store).what, "Backup error");
    take_in_and_plan(
        &store,
        &[job("org-1", "a", Outcome::Warning, ENDED)],
        &alerts(),
    );
    let posting = only_posting(&store);
    assert_eq!(
        (posting.what.as_str(), posting.state),
        ("Backup warning", State::Planned)
    );
}

#[test]
fn a_changed_outcome_leaves_a_posting_that_was_sent() {
    for leads_to in [Change::LostTrack, Change::Created] {
        let (_folder, store) = store();
        take_in_and_plan(
            &store,
            &[job("org-1", "a", Outcome::Error, ENDED)],
            &alerts(),
        );
        map(&store, "org-1", ACCOUNT);
        let posting = only_posting(&store);
        send(&store, posting.id);
        let record = Record {
            ticket_id: Some(1),
            ..Record::new(posting.id, leads_to)
        };
        store.record(&[record], noon()).unwrap();
        take_in_and_plan(
            &store,
            &[job("org-1", "a", Outcome::Success, ENDED)],
            &alerts(),
        );
        assert_eq!(only_posting(&store).what, "Backup error", "{leads_to:?}");
    }
}

#[test]
fn a_job_that_turns_out_to_be_unwanted_takes_its_posting_back() {
    let mut alerts = alerts();
    alerts.success.enabled = false;
    let (_folder, store) = store();
    take_in_and_plan(&store, &[job("org-1", "a", Outcome::Error, ENDED)], &alerts);
    let key = only_posting(&store).key;
    take_in_and_plan(
        &store,
        &[job("org-1", "a", Outcome::Success, ENDED)],
        &alerts,
    );
    assert_eq!(
        store.postings(PostingFilter::All, "", None, 10).unwrap(),
        []
    );
    assert_eq!(store.ledger_of(&key).unwrap()[0].1, "withdrawn");
}

#[test]
fn what_was_switched_off_is_not_sent_when_it_is_switched_on_later() {
    let (_folder, store) = store();
    let mut off = alerts();
    off.error.enabled = false;
    assert_eq!(
        take_in_and_plan(&store, &[job("org-1", "a", Outcome::Error, ENDED)], &off),
        0
    );
    assert_eq!(plan_new(&store, &alerts()), 0);
}

#[test]
fn switching_a_row_off_or_excluding_an_organization_takes_back_what_waits() {
    let (_folder, store) = store();
    let jobs = [
        job("org-1", "a", Outcome::Error, ENDED),
        job("org-1", "b", Outcome::Warning, ENDED),
        job("org-2", "c", Outcome::Error, ENDED),
    ];
    assert_eq!(take_in_and_plan(&store, &jobs, &alerts()), 3);
    let mut off = alerts();
    off.warning.enabled = false;
    plan_new(&store, &off);
    assert_eq!(store.counts().unwrap().waiting, 2);
    let excluded = crate::store::Mapping {
        excluded: Some("ours".to_owned()),
        ..Default::default()
    };
    assert!(store.save_mapping("org-2", &excluded, noon()).unwrap());
    plan_new(&store, &off);
    assert_eq!(
        only_posting(&store).organization_id.as_deref(),
        Some("org-1")
    );
}

#[test]
fn a_job_that_changes_while_its_organization_is_excluded_comes_back_with_it() {
    let (_folder, store) = store();
    let failed = [job("org-1", "a", Outcome::Error, ENDED)];
    take_in_and_plan(&store, &failed, &alerts());
    let mapping = |excluded: Option<&str>| crate::store::Mapping {
        excluded: excluded.map(str::to_owned),
        ..Default::default()
    };
    store
        .save_mapping("org-1", &mapping(Some("a mistake")), noon())
        .unwrap();
    plan_new(&store, &alerts());
    let warned = [job("org-1", "a", Outcome::Warning, ENDED)];
    take_in_and_plan(&store, &warned, &alerts());
    assert_eq!(store.counts().unwrap().waiting, 0);

    store.save_mapping("org-1", &mapping(None), noon()).unwrap();
    store.let_in_set_aside().unwrap();
    plan_new(&store, &alerts());

    assert_eq!(only_posting(&store).what, "Backup warning");
}

#[test]
fn setting_the_start_back_lets_older_jobs_in_and_only_those() {
    let (_folder, store) = store();
    let jobs = [
        job("org-1", "old", Outcome::Error, "2026-10-20T00:00:00Z"),
        job("org-1", "older", Outcome::Error, "2026-09-20T00:00:00Z"),
        job("org-1", "new", Outcome::Error, ENDED),
    ];
    store.save_alerts(&alerts(), noon()).unwrap();
    assert_eq!(take_in_and_plan(&store, &jobs, &alerts()), 1);
    let mut earlier = alerts();
    earlier.jobs_since = Some(at("2026-10-01T00:00:00Z"));
    store.save_alerts(&earlier, noon()).unwrap();
    assert_eq!(plan_new(&store, &earlier), 1);
    assert_eq!(store.counts().unwrap().waiting, 2);
}

#[test]
fn the_first_saving_of_alerts_is_the_start_and_a_later_one_keeps_it() {
    let (_folder, store) = store();
    let unset = crate::settings::Alerts {
        jobs_since: None,
        ..alerts()
    };
    store.save_alerts(&unset, noon()).unwrap();
    store
        .save_alerts(&unset, at("2026-12-01T00:00:00Z"))
        .unwrap();
    assert_eq!(
        store.settings().unwrap().alerts.unwrap().jobs_since,
        Some(noon())
    );
}

#[test]
fn restores_make_no_tickets() {
    let (_folder, store) = store();
    let mut restore = job("org-1", "a", Outcome::Error, ENDED);
    restore.kind = JobKind::Restore;
    assert_eq!(take_in_and_plan(&store, &[restore], &alerts()), 0);
}

#[test]
fn a_mapping_from_a_file_waits_for_its_organization_by_id_or_by_name() {
    let (_folder, store) = store();
    let entry = |organization: &str, account| MappingEntry {
        organization: organization.to_owned(),
        account: Some(account),
        ..MappingEntry::default()
    };
    let entries = [
        entry("org-1", 11),
        entry("contoso LTD", 22),
        entry("twice", 33),
    ];
    assert_eq!(store.apply_mappings(&entries, noon()).unwrap(), 0);
    assert_eq!(store.mappings_to_come().unwrap(), 3);
    let organizations = [
        organization("org-1", "Adatum"),
        organization("org-2", "Contoso Ltd"),
        organization("org-3", "Twice"),
        organization("org-4", "twice"),
    ];
    store.save_organizations(&organizations, noon()).unwrap();
    let accounts: Vec<Option<i64>> = store
        .mapping_rows(None)
        .unwrap()
        .into_iter()
        .map(|row| row.mapping.account.map(|account| account.id))
        .collect();
    assert_eq!(accounts, [Some(11), Some(22), None, None]);
    assert_eq!(store.mappings_to_come().unwrap(), 1);
    assert!(store.notices(1).unwrap()[0].text.contains("\"twice\""));
}

fn mapping(organization: &str, account: i64) -> MappingEntry {
    MappingEntry {
        organization: organization.to_owned(),
        account: Some(account),
        ..MappingEntry::default()
    }
}

fn accounts(store: &Store) -> Vec<Option<i64>> {
    let rows = store.mapping_rows(None).unwrap();
    rows.into_iter()
        .map(|row| row.mapping.account.map(|account| account.id))
        .collect()
}

#[test]
fn a_settings_file_that_maps_one_organization_twice_changes_nothing_at_all() {
    let (_folder, store) = store();
    store
        .save_organizations(&[organization("org-1", "Adatum")], noon())
        .unwrap();
    let before = store.settings().unwrap();
    let mut file = parse_file(EXAMPLE).unwrap();
    file.mapping = vec![mapping("org-1", 11), mapping(" adatum ", 22)];

    let refused = store.configure(&file, noon()).unwrap().unwrap_err();

    assert_eq!(refused.field.as_deref(), Some("mapping.1.organization"));
    assert!(refused.message.contains("\"org-1\""), "{refused}");
    assert_eq!(store.settings().unwrap(), before);
    assert_eq!(accounts(&store), [None]);
    assert_eq!(store.mappings_to_come().unwrap(), 0);

    file.mapping = vec![mapping("adatum", 22), mapping("elsewhere", 33)];
    assert_eq!(store.configure(&file, noon()).unwrap(), Ok(1));
    assert_eq!(accounts(&store), [Some(22)]);
    assert_eq!(store.settings().unwrap().autotask, file.settings.autotask);
}

#[test]
fn of_two_mappings_that_turn_out_to_be_one_organization_the_id_counts_and_it_is_told() {
    let (_folder, store) = store();
    let waiting = [mapping("org-1", 11), mapping("zeta", 22)];
    assert_eq!(store.apply_mappings(&waiting, noon()).unwrap(), 0);

    store
        .save_organizations(&[organization("org-1", "Zeta")], noon())
        .unwrap();

    assert_eq!(accounts(&store), [Some(11)]);
    assert_eq!(store.mappings_to_come().unwrap(), 0);
    let told = &store.notices(1).unwrap()[0].text;
    assert!(told.contains("mapped differently"), "{told}");
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

fn exclude(store: &Store, organization: &str, why: Option<&str>) {
    let mapping = crate::store::Mapping {
        excluded: why.map(str::to_owned),
        ..Default::default()
    };
    assert!(store.save_mapping(organization, &mapping, noon()).unwrap());
}

#[test]
fn an_exclusion_that_is_taken_back_brings_back_what_it_took_and_nothing_that_came_meanwhile() {
    let (_folder, store) = store();
    let before = [job("org-1", "a", Outcome::Error, ENDED)];
    assert_eq!(take_in_and_plan(&store, &before, &alerts()), 1);
    exclude(&store, "org-1", Some("a mistake"));
    let meanwhile = [job("org-1", "b", Outcome::Error, ENDED)];
    assert_eq!(take_in_and_plan(&store, &meanwhile, &alerts()), 0);
    assert_eq!(store.counts().unwrap().waiting, 0);

    exclude(&store, "org-1", None);
    assert_eq!(plan_new(&store, &alerts()), 1);
    assert_eq!(
        only_posting(&store).key,
        crate::plan::event_key("org-1", "a")
    );
}

#[test]
fn a_job_that_changes_while_its_posting_is_unclear_is_planned_anew_once_that_is_clear() {
    for arrived in [false, true] {
        let (_folder, store) = store();
        let failed = job("org-1", "a", Outcome::Error, ENDED);
        take_in_and_plan(&store, &[failed], &alerts());
        crate::examples::map(&store, "org-1", ACCOUNT);
        let id = only_posting(&store).id;
        send(&store, id);
        store
            .record(&[Record::new(id, Change::LostTrack)], noon())
            .unwrap();
        let warned = job("org-1", "a", Outcome::Warning, ENDED);
        take_in_and_plan(&store, &[warned], &alerts());
        assert_eq!(only_posting(&store).alert, Kind::Error);

        if arrived {
            store
                .record(&[Record::found(id, 9, None, None)], noon())
                .unwrap();
            plan_new(&store, &alerts());
            assert_eq!(only_posting(&store).alert, Kind::Error);
            continue;
        }
        let not_found = Record::new(id, Change::NotFound).not_before(noon());
        store.record(&[not_found], noon()).unwrap();
        assert_eq!(
            store.due(Feed::Tickets, &Kind::ALL, 10, noon()).unwrap(),
            []
        );
        assert_eq!(
            store.due_count(Feed::Tickets, &Kind::ALL, noon()).unwrap(),
            0
        );
        plan_new(&store, &alerts());
        let due = store.due(Feed::Tickets, &Kind::ALL, 10, noon()).unwrap();
        assert_eq!(due[0].alert, Kind::Warning);
        assert!(due[0].title.contains("warning"), "{}", due[0].title);
    }
}

#[test]
fn export_files_are_read_again_when_they_would_be_understood_otherwise() {
    let (_folder, store) = store();
    store.read_files_with("one way").unwrap();
    let file = ReadFile {
        name: "jobs.csv".to_owned(),
        hash: [7; 32],
        complete: true,
    };
    store.take_in(&[], &[], None, Some(&file), noon()).unwrap();
    store.read_files_with("one way").unwrap();
    assert!(store.known_files().read().unwrap().contains(&[7; 32]));
    store.read_files_with("another way").unwrap();
    assert!(!store.known_files().read().unwrap().contains(&[7; 32]));
}

#[test]
fn figures_that_come_later_are_kept_and_change_nothing_else() {
    let (_folder, store) = store();
    let first = job("org-1", "a", Outcome::Error, "2026-11-22T02:15:00Z");
    take_in_and_plan(&store, std::slice::from_ref(&first), &alerts());
    let later = Job {
        bytes_processed: Some(4_711),
        ..first
    };
    let taken = store.take_in(&[later], &[], None, None, noon()).unwrap();
    assert_eq!((taken.new, taken.changed), (0, 0));
    let day = "2026-11-22T00:00:00Z".parse().unwrap()..noon();
    let jobs = store.jobs_ended(day, None).unwrap();
    assert_eq!(jobs["org-1"][0].bytes_processed, Some(4_711));
    assert_eq!(store.new_jobs(10).unwrap(), []);
}
