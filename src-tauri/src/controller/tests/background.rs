//! Set-up, passes, quitting.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use simulator::{Service, What};

use super::app::{App, PASSWORD, Setting};
use super::keychains::NoKeychain;
use super::recorder::Did;
use crate::controller::{Input, Request, STOP_WITHIN};
use crate::secrets::Session;
use crate::tray::{Action, Icon};
use crate::view::{ErrorCode, StatusState, StepState};

/// Longer than anybody waits.
const ANSWER_AFTER: Duration = Duration::from_secs(60);

/// An app that is told to quit is gone within five seconds. A busy computer may take longer; that it did
/// not wait for the answer shows all the same.
const IN_TIME: Duration = Duration::from_secs(20);
const _: () = assert!(STOP_WITHIN.as_secs() < 5);

fn slow(app: &App, by: Duration) {
    app.fault(Service::CloudDirect, None, What::Delay(by));
}

#[tokio::test]
async fn nothing_is_open_and_nothing_runs_before_the_logins_are_tested() {
    let app = App::start().await;
    let view = app.view().await;
    assert!(!view.unlocked);
    assert_eq!(view.status.state, StatusState::NotSetUp);
    assert_eq!(app.options().await.unwrap_err().code, ErrorCode::NotTested);
    assert_eq!(app.sync_now().await.unwrap_err().code, ErrorCode::NotTested);
    assert_eq!(
        app.map("org-0001", 1).await.unwrap_err().code,
        ErrorCode::NotTested
    );
    assert_eq!(app.autotask_calls(), 0);
}

#[tokio::test]
async fn from_the_first_test_to_tickets() {
    let app = App::start().await;
    app.test_both().await;
    assert!(app.view().await.unlocked);
    assert!(!app.options().await.unwrap().saved);
    app.save_options().await;
    app.settled().await;
    assert_eq!(
        app.simulator.autotask().tickets().len(),
        0,
        "nothing is mapped"
    );
    let waiting = app.activity().await.waiting;
    assert!(waiting > 0);

    let company = app.simulator.autotask().companies()[0].id;
    let row = app.map("org-0001", company).await.unwrap();
    assert_eq!(row.account.unwrap().id, company);

    // Saving the mapping alone sends what waited for it.
    app.desk
        .until(|desk| {
            desk.view.as_ref().is_some_and(|view| {
                u64::from(view.status.waiting) < waiting
                    && view.status.state == StatusState::UpToDate
            })
        })
        .await;
    let tickets = app.simulator.autotask().tickets();
    assert!(!tickets.is_empty());
    assert!(tickets.iter().all(|ticket| ticket.company_id == company));
    assert_eq!(app.activity().await.sent, tickets.len() as u64);
    assert_eq!(
        app.desk.look(|desk| desk.menu.as_ref().unwrap().icon),
        Icon::UpToDate
    );
}

#[tokio::test]
async fn a_pass_runs_when_it_is_due_by_the_clock() {
    let app = App::set_up().await;
    let before = app.simulator.journal().len();

    app.time_passes(Duration::from_secs(4 * 60)).await;
    assert_eq!(app.simulator.journal().len(), before, "every five minutes");
    app.time_passes(Duration::from_secs(61)).await;

    app.status_becomes(StatusState::Working).await;
    app.settled().await;
    assert!(app.simulator.journal().len() > before);
}

#[tokio::test]
async fn a_clock_that_is_set_back_does_not_stop_the_passes() {
    let app = App::set_up().await;
    let before = app.simulator.journal().len();

    app.clock.advance(SignedDuration::from_hours(-24));
    app.view().await;

    app.status_becomes(StatusState::Working).await;
    app.settled().await;
    assert!(app.simulator.journal().len() > before);
    app.time_passes(Duration::from_secs(5 * 60 + 1)).await;
    app.status_becomes(StatusState::Working).await;
}

#[tokio::test]
async fn an_unclear_posting_is_looked_up_early_once_and_then_as_often_as_usual() {
    let app = App::set_up().await;
    app.fault(Service::Autotask, Some("Tickets/create"), What::Status(500));
    let company = app.simulator.autotask().companies()[0].id;
    app.map("org-0001", company).await.unwrap();
    app.status_becomes(StatusState::Working).await;
    app.settled().await;
    app.fault(Service::Autotask, None, What::DropBefore);

    app.time_passes(Duration::from_secs(30)).await;
    app.status_becomes(StatusState::Working).await;
    app.settled().await;

    // It could not be looked up, and trying every half a minute would not help.
    app.time_passes(Duration::from_secs(30)).await;
    assert_ne!(app.view().await.status.state, StatusState::Working);
    app.time_passes(Duration::from_secs(5 * 60)).await;
    app.status_becomes(StatusState::Working).await;
}

#[tokio::test]
async fn jobs_are_read_before_options_are_saved_and_autotask_is_left_alone() {
    let app = App::start().await;
    app.test_autotask(PASSWORD).await;
    let calls = app.autotask_calls();
    app.test_cloud_direct().await;
    app.desk
        .until(|desk| {
            desk.view
                .as_ref()
                .is_some_and(|view| view.status.last_sync.is_some())
        })
        .await;

    let alerts = app.options().await.unwrap().options.alerts;
    let forecast = app
        .handle
        .ask(|reply| Request::Forecast(Box::new(alerts), reply))
        .await
        .unwrap();
    assert!(forecast.success + forecast.warning + forecast.error > 0);
    let status = app.view().await.status;
    assert_eq!(status.state, StatusState::NotSetUp);
    assert_eq!(status.text, "Not set up yet");
    assert_eq!((status.waiting, status.needs_attention), (0, 0));
    assert_eq!(app.activity().await.rows.len(), 0);
    assert_eq!(app.autotask_calls(), calls);
}

/// What it is asked for may have come too late for the one that is running.
#[tokio::test]
async fn asked_for_while_one_is_running_another_pass_runs_after_it_and_only_one() {
    let app = App::set_up().await;
    slow(&app, Duration::from_millis(300));
    let before = app.passes();

    app.sync_now().await.unwrap();
    app.handle.send(Input::Tray(Action::SyncNow));
    app.sync_now().await.unwrap();

    while app.passes() < before + 2 {
        app.until_the_pass_ends().await;
        tokio::task::yield_now().await;
    }
    app.until_the_pass_ends().await;
    assert_eq!(app.passes(), before + 2);
}

#[tokio::test]
async fn a_service_that_does_not_answer_is_told_and_tried_again() {
    let app = App::set_up().await;
    app.fault(Service::CloudDirect, None, What::DropBefore);
    app.sync_now().await.unwrap();
    app.status_becomes(StatusState::NeedsAttention).await;
    let text = app.view().await.status.text;
    assert!(text.contains("127.0.0.1"), "{text}");

    app.simulator.faults().clear();
    app.time_passes(Duration::from_secs(5 * 60 + 1)).await;
    app.status_becomes(StatusState::UpToDate).await;
}

#[tokio::test]
async fn without_a_keychain_the_app_works_until_it_is_quit_and_says_so() {
    let app = App::start_with(Setting {
        vault: Arc::new(Session::new(NoKeychain)),
        ..Setting::default()
    })
    .await;

    let test = app.test_autotask(PASSWORD).await;

    assert_eq!(test.passed, Some(true));
    let last = test.steps.last().unwrap();
    assert_eq!(last.state, StepState::Warning);
    assert!(
        last.detail
            .as_ref()
            .unwrap()
            .contains("until the app quits")
    );
    app.desk
        .until(|desk| {
            desk.view
                .as_ref()
                .is_some_and(|view| !view.limitations.is_empty())
        })
        .await;
    let credentials = app.handle.ask(Request::CredentialsView).await.unwrap();
    assert!(!credentials.keychain);
    assert!(credentials.autotask.password_saved, "for this session");
    assert_eq!(app.test_cloud_direct().await.passed, Some(true));
    app.save_options().await;
    app.settled().await;
}

#[tokio::test]
async fn a_missing_password_is_asked_for_at_its_field() {
    let app = App::start().await;
    let input = crate::view::AutotaskInput {
        username: "api@demo-partner.example".to_owned(),
        password: None,
        tracking_identifier: "x".repeat(27),
        api: crate::view::ApiChoice::Rest,
        zone: "auto".to_owned(),
        zone_lookup: app.simulator.addresses().autotask.to_string(),
        soap_times: crate::view::SoapTimes::Eastern,
    };
    let error = app
        .handle
        .ask(|reply| Request::TestAutotask(input, reply))
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidInput);
    assert_eq!(error.field.as_deref(), Some("password"));
}

#[tokio::test]
async fn quitting_during_a_pass_does_not_wait_for_the_network() {
    let app = App::set_up().await;
    slow(&app, ANSWER_AFTER);
    app.sync_now().await.unwrap();
    let start = Instant::now();

    app.handle.send(Input::Tray(Action::Quit));

    let desk = app.ends().await;
    assert!(start.elapsed() < IN_TIME);
    assert_eq!(desk.did(&Did::Quit), 1);
}

/// What becomes of the ticket, the tests of the program show: this one cannot end its process.
#[tokio::test]
async fn quitting_while_a_ticket_is_sent_does_not_wait_for_its_answer_for_long() {
    let app = App::set_up().await;
    let slow = What::Delay(ANSWER_AFTER);
    app.fault(Service::Autotask, Some("Tickets/create"), slow);
    let company = app.simulator.autotask().companies()[0].id;
    app.map("org-0001", company).await.unwrap();
    while app.simulator.autotask().tickets().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let start = Instant::now();

    app.handle.send(Input::Tray(Action::Quit));

    let desk = app.ends().await;
    assert!(start.elapsed() < IN_TIME);
    assert_eq!(desk.did(&Did::Quit), 1);
}

#[tokio::test]
async fn a_test_ticket_comes_back_with_its_number() {
    let app = App::set_up().await;
    let company = app.simulator.autotask().companies()[0].id;

    let ticket = app
        .handle
        .ask(|reply| Request::SendTestTicket(company, reply))
        .await
        .unwrap();

    assert!(ticket.number.starts_with('T'), "{}", ticket.number);
    assert_eq!(ticket.warnings, Vec::<String>::new());
    assert_eq!(app.simulator.autotask().tickets().len(), 1);
}

#[tokio::test]
async fn mappings_go_out_as_csv_and_come_back() {
    let app = App::set_up().await;
    let company = app.simulator.autotask().companies()[0].id;
    app.map("org-0001", company).await.unwrap();
    let file = app.folder.path().join("mappings.csv");
    app.desk.look(|desk| desk.chooses = Some(file.clone()));
    let saved = app.handle.ask(Request::ExportMappings).await.unwrap();
    assert_eq!(saved, Some(file.display().to_string()));

    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains(&company.to_string()), "{text}");
    assert_eq!(app.handle.ask(Request::ImportMappings).await, Ok(Some(1)));

    std::fs::write(&file, b"organization_id,account\norg-0001,not-a-number\n").unwrap();
    let error = app.handle.ask(Request::ImportMappings).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidInput);
    assert!(error.message.contains("Line 2"), "{}", error.message);
}
