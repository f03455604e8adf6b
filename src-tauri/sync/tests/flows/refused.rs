//! Refusals that the simulator does not make: a small Autotask that refuses what it is told to.

use std::sync::{Arc, Mutex};

use axum::{Json, Router, http::StatusCode, response::IntoResponse as _, routing::any};
use serde_json::{Value, json};
use simulator::NewJob;
use sync::{
    activity::{self, Filter},
    clock::Clock as _,
    connect,
    outbox::State,
    settings::{Api, ZoneChoice},
};

use crate::world::{BOTH, World, config, secrets};

/// Takes tickets but for those of a system, for a reason of its own.
#[derive(Clone, Default)]
struct Picky {
    refuses: Arc<Mutex<Option<String>>>,
    /// Refuses everything once it has so many tickets.
    takes: Arc<Mutex<Option<usize>>>,
    /// Fails at tickets with this in their title, in words that say nothing.
    fails: Arc<Mutex<Option<String>>>,
    /// The user has no right to tickets for this account.
    forbids: Arc<Mutex<Option<i64>>>,
    tickets: Arc<Mutex<Vec<Value>>>,
}

impl Picky {
    fn answer(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        let page = |items: Vec<Value>| {
            let count = items.len();
            let details = json!({"count": count, "requestCount": 500, "prevPageUrl": null,
                "nextPageUrl": null});
            (
                StatusCode::OK,
                json!({"items": items, "pageDetails": details}),
            )
        };
        let path = path.to_lowercase();
        let mut tickets = self.tickets.lock().unwrap();
        if path.ends_with("/tickets/query") {
            let filter = body["filter"].to_string();
            let wanted = |ticket: &&Value| {
                filter.contains(ticket["externalID"].as_str().unwrap())
                    || filter.contains(&ticket["id"].to_string())
            };
            return page(tickets.iter().filter(wanted).cloned().collect());
        }
        if path.ends_with("/tickets") {
            let refused = self.refuses.lock().unwrap();
            let title = body["title"].as_str().unwrap();
            let full = self
                .takes
                .lock()
                .unwrap()
                .is_some_and(|most| tickets.len() >= most);
            if full
                || refused
                    .as_ref()
                    .is_some_and(|system| title.contains(system.as_str()))
            {
                let text = "Data violation: This ticket is not wanted. ; on record number [1].";
                return (StatusCode::INTERNAL_SERVER_ERROR, json!({"errors": [text]}));
            }
            let fails = self.fails.lock().unwrap();
            if fails
                .as_ref()
                .is_some_and(|system| title.contains(system.as_str()))
            {
                let text = "Object reference not set to an instance of an object.";
                return (StatusCode::INTERNAL_SERVER_ERROR, json!({"errors": [text]}));
            }
            if *self.forbids.lock().unwrap() == body["companyID"].as_i64() {
                let text = "The logged in Resource does not have the adequate permissions to create this entity type.";
                return (StatusCode::INTERNAL_SERVER_ERROR, json!({"errors": [text]}));
            }
            let id = 9_000 + tickets.len();
            let mut ticket = body.clone();
            ticket["id"] = json!(id);
            ticket["ticketNumber"] = json!(format!("T20261123.{id}"));
            tickets.push(ticket);
            return (StatusCode::OK, json!({"itemId": id}));
        }
        if path.ends_with("/companies/query") {
            return page(Vec::new());
        }
        if path.contains("/companies/") {
            let company = json!({"id": 1, "companyName": "Contoso", "isActive": true});
            return (StatusCode::OK, json!({"item": company}));
        }
        (StatusCode::NOT_FOUND, json!({"Message": path}))
    }

    async fn serve(&self) -> std::net::SocketAddr {
        let picky = self.clone();
        let answer = move |uri: axum::http::Uri, body: String| {
            let body = serde_json::from_str(&body).unwrap_or_default();
            let (status, json) = picky.answer(uri.path(), &body);
            async move { (status, Json(json)).into_response() }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(
            async move { axum::serve(listener, Router::new().fallback(any(answer))).await },
        );
        address
    }
}

/// A world whose Autotask this is.
async fn with_picky(picky: &Picky, jobs: usize) -> World {
    let mut world = World::mapped(Api::Rest, config(3, jobs)).await;
    let address = picky.serve().await;
    let mut settings = world.store.settings().unwrap().autotask;
    settings.zone = ZoneChoice::Address(format!("http://{address}/ATServicesRest/"));
    // The labels are ids by now, and the picklists fresh.
    let alerts = world.store.settings().unwrap().alerts.unwrap();
    let resolved = alerts.resolved(&world.store.picklists().unwrap());
    world
        .store
        .save_alerts(&resolved, world.clock.now())
        .unwrap();
    world.store.save_autotask(&settings).unwrap();
    world.connection = connect::connect(&world.store, &secrets(&world.simulator))
        .await
        .unwrap();
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn postings_at_which_autotask_fails_each_time_keep_nobody_back_and_need_attention_in_the_end()
{
    let picky = Picky::default();
    let world = with_picky(&picky, 300).await;
    // Those that go first.
    *picky.fails.lock().unwrap() = Some("Backup error".to_owned());

    let mut report = world.pass().await.unwrap();
    let planned = report.planned;
    let titles = || -> Vec<String> {
        let rows = activity::query(
            &world.store,
            Filter::All,
            "",
            None,
            1_000,
            world.clock.now(),
        );
        rows.unwrap()
            .rows
            .into_iter()
            .map(|row| row.title)
            .collect()
    };
    let mut poisoned = titles();
    poisoned.retain(|title| title.starts_with("Backup error"));
    let poisoned = poisoned.len() as u64;
    assert!(poisoned > 3, "{poisoned}");
    for _ in 0..8 {
        world.clock.advance(jiff::SignedDuration::from_mins(5));
        report = world.pass().await.unwrap();
    }
    // Nobody waits behind them any more, and nothing is blamed yet.
    assert_eq!(
        (report.waiting, report.needs_attention),
        (poisoned, 0),
        "{report:?}"
    );

    for _ in 0..90 {
        if report.waiting == 0 {
            break;
        }
        world.clock.advance(jiff::SignedDuration::from_hours(25));
        report = world.pass().await.unwrap();
    }
    assert_eq!(
        (report.waiting, report.needs_attention),
        (0, poisoned),
        "{report:?}"
    );
    let page = activity::query(
        &world.store,
        Filter::NeedsAttention,
        "",
        None,
        1,
        world.clock.now(),
    )
    .unwrap();
    let error = page.rows[0].error.clone().unwrap();
    assert!(
        error.contains("Object reference") && error.contains("then retry"),
        "{error}"
    );

    *picky.fails.lock().unwrap() = None;
    let page = activity::query(
        &world.store,
        Filter::NeedsAttention,
        "",
        None,
        500,
        world.clock.now(),
    )
    .unwrap();
    for row in page.rows {
        assert!(activity::retry(&world.store, row.id, world.clock.now()).unwrap());
    }
    let last = world.pass().await.unwrap();
    assert_eq!((last.sent, last.needs_attention), (poisoned, 0));
    assert_eq!(picky.tickets.lock().unwrap().len() as u64, planned);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_posting_needs_attention_in_autotasks_words_and_the_others_go_on() {
    let picky = Picky::default();
    let world = with_picky(&picky, 60).await;
    let systems = world.simulator.cloud_direct().jobs();
    *picky.refuses.lock().unwrap() = Some(systems[0].system.clone());

    let report = world.pass().await.unwrap();
    assert_eq!(report.problems, [], "{report:?}");
    assert!(report.needs_attention > 0, "{report:?}");
    assert_eq!(
        (report.waiting, report.sent + report.needs_attention),
        (0, report.planned)
    );
    let page = activity::query(
        &world.store,
        Filter::NeedsAttention,
        "",
        None,
        500,
        world.clock.now(),
    )
    .unwrap();
    assert_eq!(page.rows.len() as u64, report.needs_attention);
    for row in &page.rows {
        assert_eq!(row.state, State::NeedsAttention);
        assert!(row.can_retry);
        let error = row.error.as_ref().unwrap();
        assert!(error.contains("This ticket is not wanted"), "{error}");
    }
    // Not tried again by itself, but by a person once it is put right.
    let again = world.pass().await.unwrap();
    assert_eq!(
        (again.sent, again.needs_attention),
        (0, report.needs_attention)
    );
    *picky.refuses.lock().unwrap() = None;
    for row in page.rows {
        assert!(activity::retry(&world.store, row.id, world.clock.now()).unwrap());
    }
    let last = world.pass().await.unwrap();
    assert_eq!(
        (last.sent, last.needs_attention),
        (report.needs_attention, 0)
    );
    assert_eq!(picky.tickets.lock().unwrap().len() as u64, report.planned);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_does_not_exist_holds_up_only_its_own_postings_and_few_calls() {
    for api in BOTH {
        let world = World::mapped(api, config(8, 300)).await;
        let organization = world.accounts().into_keys().nth(3).unwrap();
        let gone = sync::mapping::Input {
            organization_id: organization.clone(),
            account: Some(99_999_999),
            ..sync::mapping::Input::default()
        };
        let names = sync::mapping::Names::default();
        sync::mapping::save(&world.store, &gone, &names, world.clock.now()).unwrap();
        world.simulator.autotask().clear_journal();
        let report = world.pass().await.unwrap();
        let used = world.autotask_calls();
        assert_eq!(report.needs_attention, 0, "{report:?}");
        assert!(report.waiting > 0 && report.sent > 0, "{report:?}");
        if api == Api::Soap {
            assert!(used <= 14, "{used} calls");
        }
        let rows = sync::mapping::rows(&world.store).unwrap();
        let row = rows
            .iter()
            .find(|row| row.organization_id == organization)
            .unwrap();
        assert_eq!(row.state, sync::mapping::State::AccountInactive);
        assert_eq!(row.waiting, report.waiting);

        world.map(&organization);
        world.pass().await.unwrap();
        world.assert_each_job_has_its_ticket();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_that_was_taken_away_ends_the_pass_and_blames_no_posting() {
    for api in BOTH {
        let world = World::mapped(api, config(5, 100)).await;
        world
            .simulator
            .autotask()
            .set_rights("Tickets", true, false, false);
        world.simulator.autotask().clear_journal();
        let report = world.pass().await.unwrap();
        assert_eq!(report.problems[0].code, "no_permission", "{report:?}");
        assert_eq!(
            (report.sent, report.needs_attention, report.waiting),
            (0, 0, report.planned)
        );
        // Over SOAP a batch is halved until one ticket is refused alone, for two accounts.
        let calls = if api == Api::Rest { 10 } else { 20 };
        assert!(
            world.autotask_calls() <= calls,
            "{}",
            world.autotask_calls()
        );
        world
            .simulator
            .autotask()
            .set_rights("Tickets", true, true, true);
        world.clock.advance(jiff::SignedDuration::from_mins(15));
        world.pass().await.unwrap();
        world.assert_each_job_has_its_ticket();
    }
}

/// As for a user who may not see the companies of one line of business.
#[tokio::test(flavor = "multi_thread")]
async fn a_right_that_is_missing_for_one_account_holds_up_no_other() {
    let picky = Picky::default();
    let world = with_picky(&picky, 300).await;
    let accounts = world.accounts();
    let (forbidden, other) = (accounts.values().next().unwrap(), accounts.keys().last());
    *picky.forbids.lock().unwrap() = Some(*forbidden);
    let mut report = world.pass().await.unwrap();
    let mut planned = report.planned;
    let wait = async || {
        world.clock.advance(jiff::SignedDuration::from_mins(20));
        let job = NewJob {
            organization_id: other.cloned(),
            status: Some("failed".to_owned()),
            ..NewJob::default()
        };
        world.simulator.cloud_direct().finish_job(job).unwrap();
        world.pass().await.unwrap()
    };
    for _ in 0..3 {
        report = wait().await;
        planned += 1;
    }
    let made = || picky.tickets.lock().unwrap().len() as u64;
    assert_eq!(
        (report.waiting + made(), report.needs_attention),
        (planned, 0)
    );
    assert!(report.waiting > 10 && made() > 10, "{report:?}");
    assert!(report.synced, "{report:?}");
    let page = activity::query(
        &world.store,
        Filter::Waiting,
        "",
        None,
        500,
        world.clock.now(),
    );
    let page = page.unwrap();
    assert_eq!(page.rows.len() as u64, report.waiting);
    let says = |row: &activity::Row| {
        row.error
            .as_ref()
            .is_some_and(|error| error.contains("permission"))
    };
    assert!(page.rows.iter().all(says), "{:#?}", page.rows[0]);
    let told = page
        .notices
        .iter()
        .filter(|one| one.text.contains("none for "));
    assert_eq!(told.count(), 1, "{:#?}", page.notices);

    *picky.forbids.lock().unwrap() = None;
    assert_eq!(wait().await.waiting, 0);
    assert_eq!(made(), planned + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_everything_ends_the_pass_and_blames_no_posting() {
    let picky = Picky::default();
    let world = with_picky(&picky, 60).await;
    *picky.refuses.lock().unwrap() = Some(String::new());
    for _ in 0..3 {
        let report = world.pass().await.unwrap();
        assert_eq!(report.problems[0].code, "validation", "{report:?}");
        assert_eq!((report.sent, report.needs_attention), (0, 0), "{report:?}");
        world.clock.advance(jiff::SignedDuration::from_mins(5));
    }
    *picky.refuses.lock().unwrap() = None;
    world.clock.advance(jiff::SignedDuration::from_mins(15));
    let report = world.pass().await.unwrap();
    assert_eq!(
        (report.waiting, report.needs_attention),
        (0, 0),
        "{report:?}"
    );
}

/// As when an administrator makes a field required in the middle of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_everything_that_begins_later_blames_no_posting_either() {
    let picky = Picky::default();
    let world = with_picky(&picky, 300).await;
    *picky.takes.lock().unwrap() = Some(40);
    let report = world.pass().await.unwrap();
    assert_eq!((report.sent, report.needs_attention), (40, 0), "{report:?}");
    assert_eq!(report.problems[0].code, "validation", "{report:?}");
    *picky.takes.lock().unwrap() = None;
    world.clock.advance(jiff::SignedDuration::from_mins(15));
    let last = world.pass().await.unwrap();
    assert_eq!((last.waiting, last.needs_attention), (0, 0), "{last:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handful_that_is_always_refused_does_not_keep_back_the_rest() {
    let picky = Picky::default();
    let world = with_picky(&picky, 400).await;
    // The errors go first in every pass, so these are at its head each time.
    *picky.refuses.lock().unwrap() = Some("error".to_owned());
    let mut passes = 0;
    loop {
        let report = world.pass().await.unwrap();
        if report.waiting == 0 {
            assert!(report.needs_attention > 5, "{report:?}");
            break;
        }
        passes += 1;
        assert!(passes < 60, "the rest never leaves: {report:?}");
        world.clock.advance(jiff::SignedDuration::from_mins(20));
    }
    assert!(!picky.tickets.lock().unwrap().is_empty());
}
