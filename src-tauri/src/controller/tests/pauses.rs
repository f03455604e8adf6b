//! Pausing, resuming, and what *Sync now* says.

use std::time::Duration;

use simulator::{Service, What};
use sync::clock::Clock as _;
use sync::pause::Length;

use super::app::App;
use crate::controller::{Input, Request};
use crate::tray::{Action, Icon};
use crate::view::{ErrorCode, StatusState};

fn creates(app: &App) -> usize {
    let journal = app.simulator.journal();
    journal
        .iter()
        .filter(|call| call.service == Service::Autotask && call.operation == "create")
        .count()
}

#[tokio::test]
async fn after_a_pause_no_ticket_is_sent_any_more_though_the_pass_was_in_the_middle_of_it() {
    let app = App::set_up().await;
    app.fault(
        Service::Autotask,
        Some("Tickets/create"),
        What::Delay(Duration::from_millis(300)),
    );
    let company = app.simulator.autotask().companies()[0].id;
    app.map("org-0001", company).await.unwrap();
    while creates(&app) < 2 {
        tokio::task::yield_now().await;
    }

    app.handle
        .send(Input::Tray(Action::Pause(Length::UntilTomorrow)));

    // At once in the tray, whatever is still under way.
    app.status_becomes(StatusState::Paused).await;
    let under_way = creates(&app);
    // The end waits for what is under way.
    let app = app.restart().await;
    assert_eq!(creates(&app), under_way);
    let activity = app.activity().await;
    assert_eq!(
        activity.sent, under_way as u64,
        "their answers were waited for"
    );
    assert!(activity.waiting > 0, "there was more to send");

    app.simulator.faults().clear();
    app.time_passes(Duration::from_secs(25 * 3600)).await;
    app.status_becomes(StatusState::Working).await;
    app.status_becomes(StatusState::UpToDate).await;
    assert!(creates(&app) > under_way, "it goes on by itself");
}

#[tokio::test]
async fn a_pause_holds_before_options_are_saved_too() {
    let app = App::start().await;
    app.pause(Length::UntilResumed).await;

    app.test_both().await;

    let tested = app.simulator.journal().len();
    app.time_passes(Duration::from_secs(3600)).await;
    app.view().await;
    assert_eq!(app.simulator.journal().len(), tested);
    assert_eq!(app.view().await.status.last_sync, None);
}

#[tokio::test]
async fn a_pause_stops_the_running_pass_and_holds_after_a_restart() {
    let app = App::set_up().await;
    app.fault(
        Service::CloudDirect,
        None,
        What::Delay(Duration::from_secs(60)),
    );
    app.sync_now().await.unwrap();

    app.handle
        .send(Input::Tray(Action::Pause(Length::UntilResumed)));

    app.desk
        .until(|desk| {
            desk.menu
                .as_ref()
                .is_some_and(|menu| menu.icon == Icon::Paused)
        })
        .await;
    app.simulator.faults().clear();
    let app = app.restart().await;
    assert_eq!(app.view().await.status.state, StatusState::Paused);
    assert_eq!(app.sync_now().await.unwrap_err().code, ErrorCode::Busy);
}

#[tokio::test]
async fn a_pause_for_a_time_ends_by_itself() {
    let app = App::set_up().await;
    app.pause(Length::Minutes(30)).await;
    let paused = app.view().await.status;
    assert_eq!(paused.state, StatusState::Paused);
    assert!(paused.paused_until.is_some());
    let before = app.simulator.journal().len();

    app.time_passes(Duration::from_secs(29 * 60)).await;
    assert_eq!(app.simulator.journal().len(), before);
    app.time_passes(Duration::from_secs(2 * 60)).await;

    app.status_becomes(StatusState::Working).await;
    app.settled().await;
}

#[tokio::test]
async fn resuming_syncs_at_once() {
    let app = App::set_up().await;
    app.pause(Length::UntilResumed).await;
    let before = app.simulator.journal().len();

    app.handle.ask(Request::Resume).await.unwrap();

    app.status_becomes(StatusState::Working).await;
    app.settled().await;
    assert!(app.simulator.journal().len() > before);
}

#[tokio::test]
async fn until_tomorrow_is_over_when_the_computer_wakes_on_the_day_after() {
    let app = App::set_up().await;
    app.pause(Length::UntilTomorrow).await;
    let until = app.view().await.status.paused_until.unwrap();
    let until: jiff::Timestamp = until.parse().unwrap();
    let app = app.restart().await;
    assert_eq!(app.view().await.status.state, StatusState::Paused);

    app.clock.set(until);
    app.view().await;

    app.status_becomes(StatusState::Working).await;
    app.settled().await;
}

#[tokio::test]
async fn a_pause_made_by_a_clock_years_ahead_is_over_after_its_length_by_the_right_one() {
    let app = App::set_up().await;
    let right = app.clock.now();
    app.clock
        .advance(jiff::SignedDuration::from_hours(10 * 365 * 24));
    app.pause(Length::HOUR).await;

    app.clock.set(right);
    app.view().await;
    app.time_passes(Duration::from_secs(59 * 60)).await;
    assert_eq!(app.view().await.status.state, StatusState::Paused);
    app.time_passes(Duration::from_secs(61)).await;

    app.status_becomes(StatusState::Working).await;
}

#[tokio::test]
async fn a_pause_that_is_over_does_not_come_back_with_a_clock_that_is_set_back() {
    let app = App::set_up().await;
    app.pause(Length::HOUR).await;
    app.time_passes(Duration::from_secs(3601)).await;
    app.status_becomes(StatusState::Working).await;
    app.settled().await;

    app.clock.advance(jiff::SignedDuration::from_hours(-3));

    assert_ne!(app.view().await.status.state, StatusState::Paused);
}

#[tokio::test]
async fn sync_now_says_why_it_cannot() {
    let app = App::start().await;
    let refused = |error: crate::view::CommandError| (error.code, error.message);
    let (code, message) = refused(app.sync_now().await.unwrap_err());
    assert_eq!(code, ErrorCode::NotTested);
    assert!(message.contains("Test both logins"), "{message}");

    app.test_both().await;
    let (_, message) = refused(app.sync_now().await.unwrap_err());
    assert!(message.contains("press Save"), "{message}");

    app.save_options().await;
    app.settled().await;
    app.pause(Length::HOUR).await;
    let (code, message) = refused(app.sync_now().await.unwrap_err());
    assert_eq!(code, ErrorCode::Busy);
    assert!(
        message.starts_with("Paused until ") && message.contains("Resume first"),
        "{message}"
    );
}

#[tokio::test]
async fn sync_now_does_not_wait_for_the_next_pass() {
    let app = App::set_up().await;
    let before = app.simulator.journal().len();
    app.handle.send(Input::Tray(Action::SyncNow));
    app.status_becomes(StatusState::Working).await;
    app.settled().await;
    assert!(app.simulator.journal().len() > before);
}
