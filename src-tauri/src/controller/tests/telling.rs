//! What is told as a notification, and how often.

use std::time::Duration;

use simulator::{PicklistField, Service, What};

use super::app::App;
use crate::notification::Notification;
use crate::view::{ScreenName, StatusState};

const HOUR: Duration = Duration::from_secs(3600);

fn told(app: &App) -> Vec<Notification> {
    app.desk.notifications()
}

/// A pass runs, and comes to its end.
async fn a_pass(app: &App) {
    app.sync_now().await.unwrap();
    app.until_the_pass_ends().await;
}

#[tokio::test]
async fn a_login_that_is_refused_in_the_background_is_told_once_also_over_a_restart() {
    let app = App::set_up().await;
    app.simulator.cloud_direct().set_token("another-token");
    a_pass(&app).await;
    app.time_passes(HOUR).await;
    let [refused] = &told(&app)[..] else {
        panic!("{:?}", told(&app));
    };
    assert_eq!(refused.title, "Login refused");
    assert_eq!(refused.opens, Some(ScreenName::Credentials));

    let app = app.restart().await;
    app.status_becomes(StatusState::LoginRefused).await;
    app.time_passes(HOUR).await;
    assert_eq!(told(&app), []);

    // Accepted again, and refused again.
    app.simulator.cloud_direct().set_token("demo-token");
    assert_eq!(app.test_cloud_direct().await.passed, Some(true));
    app.until_the_pass_ends().await;
    app.simulator.cloud_direct().set_token("another-token");
    a_pass(&app).await;
    app.time_passes(HOUR).await;
    assert_eq!(told(&app).len(), 1);
}

#[tokio::test]
async fn whoever_tests_a_login_sees_the_refusal_there_and_is_not_told_again() {
    let app = App::set_up().await;
    assert_eq!(app.test_autotask("wrong").await.passed, Some(false));
    app.status_becomes(StatusState::LoginRefused).await;
    app.time_passes(HOUR).await;
    app.view().await;
    assert_eq!(told(&app), []);
}

#[tokio::test]
async fn an_alert_row_that_holds_postings_up_is_told_once_with_its_reason() {
    let app = App::set_up().await;
    let queue = app.simulator.autotask().queues()[0].id.parse().unwrap();
    app.simulator
        .autotask()
        .delete_picklist_value(PicklistField::Queue, queue);
    let company = app.simulator.autotask().companies()[0].id;
    app.map("org-0001", company).await.unwrap();
    app.status_becomes(StatusState::Working).await;
    app.until_the_pass_ends().await;
    let [waits] = &told(&app)[..] else {
        panic!("{:?}", told(&app));
    };
    assert_eq!(waits.title, "Tickets wait");
    assert!(waits.text.contains("Level I Support"), "{}", waits.text);
    assert_eq!(waits.opens, Some(ScreenName::Options));

    a_pass(&app).await;
    let app = app.restart().await;
    app.status_becomes(StatusState::NeedsAttention).await;
    a_pass(&app).await;
    assert_eq!(told(&app), []);
}

#[tokio::test]
async fn nothing_is_told_while_notifications_are_switched_off_nor_all_of_it_later() {
    let app = App::set_up().await;
    let switch = async |on| {
        let mut options = app.options().await.unwrap().options;
        options.general.notifications = on;
        app.try_save_options(options).await.unwrap();
    };
    switch(false).await;
    app.simulator
        .autotask()
        .set_picklist_value_active(PicklistField::Status, 1, false);
    let company = app.simulator.autotask().companies()[0].id;
    app.map("org-0001", company).await.unwrap();
    app.status_becomes(StatusState::NeedsAttention).await;
    switch(true).await;
    app.time_passes(HOUR).await;
    app.until_the_pass_ends().await;
    assert_eq!(told(&app), []);
}

#[tokio::test]
async fn a_day_without_a_sync_is_told_once_after_a_restart_too() {
    let app = App::set_up().await;
    app.fault(Service::CloudDirect, None, What::DropBefore);
    a_pass(&app).await;
    a_pass(&app).await;
    app.time_passes(23 * HOUR).await;
    app.until_the_pass_ends().await;
    assert_eq!(told(&app), []);

    let app = app.restart().await;
    app.until_the_pass_ends().await;
    app.clock.advance(jiff::SignedDuration::from_hours(48));
    app.view().await;
    app.until_the_pass_ends().await;
    let [nothing] = &told(&app)[..] else {
        panic!("{:?}", told(&app));
    };
    assert_eq!(nothing.title, "Nothing synced for a day");
    assert!(nothing.text.contains("127.0.0.1"), "{}", nothing.text);

    a_pass(&app).await;
    assert_eq!(told(&app).len(), 1);
    app.simulator.faults().clear();
    a_pass(&app).await;
    assert_eq!(app.view().await.status.state, StatusState::UpToDate);
    assert_eq!(told(&app).len(), 1);
}
