//! Logins that are refused, tested again, and changed.

use std::sync::Arc;
use std::time::Duration;

use simulator::{Fault, Service, What, When};

use super::app::{App, PASSWORD, Setting};
use super::keychains::Asking;
use crate::controller::Request;
use crate::tray::Icon;
use crate::view::{ErrorCode, StatusState};

#[tokio::test]
async fn a_wrong_password_is_one_request_and_closes_everything() {
    let app = App::set_up().await;
    let before = app.autotask_calls();
    let lookups = 1;

    let test = app.test_autotask("wrong-password").await;

    assert_eq!(test.passed, Some(false));
    assert_eq!(app.autotask_calls() - before, lookups + 1);
    app.status_becomes(StatusState::LoginRefused).await;
    assert!(!app.view().await.unlocked);
    assert_eq!(
        app.options().await.unwrap_err().code,
        ErrorCode::LoginRefused
    );
    assert_eq!(
        app.sync_now().await.unwrap_err().code,
        ErrorCode::LoginRefused
    );
    let menu = app.desk.look(|desk| desk.menu.clone().unwrap());
    assert_eq!(menu.icon, Icon::NeedsAttention);
    assert!(menu.tooltip.contains("Login refused"), "{}", menu.tooltip);

    let before = app.autotask_calls();
    app.time_passes(Duration::from_secs(3600)).await;
    app.view().await;
    assert_eq!(app.autotask_calls(), before, "background work has stopped");

    assert_eq!(app.test_autotask(PASSWORD).await.passed, Some(true));
    app.status_becomes(StatusState::UpToDate).await;
    assert!(app.view().await.unlocked);
}

#[tokio::test]
async fn a_login_that_is_refused_during_a_search_stops_everything() {
    let app = App::set_up().await;
    app.simulator.faults().add(Fault {
        service: Service::Autotask,
        on: None,
        when: When::Always,
        what: What::LoginRevoked,
    });
    let before = app.autotask_calls();

    let search = app
        .handle
        .ask(|reply| Request::SearchAccounts("a".to_owned(), reply))
        .await;

    assert_eq!(search.unwrap_err().code, ErrorCode::LoginRefused);
    app.status_becomes(StatusState::LoginRefused).await;
    app.time_passes(Duration::from_secs(3600)).await;
    assert_eq!(
        app.sync_now().await.unwrap_err().code,
        ErrorCode::LoginRefused
    );
    assert_eq!(app.autotask_calls() - before, 1);
}

#[tokio::test]
async fn a_refused_login_still_holds_after_a_restart() {
    let app = App::set_up().await;
    app.test_autotask("wrong-password").await;
    let app = app.restart().await;
    assert_eq!(app.view().await.status.state, StatusState::LoginRefused);
    assert_eq!(
        app.sync_now().await.unwrap_err().code,
        ErrorCode::LoginRefused
    );
}

#[tokio::test]
async fn a_refused_token_says_nothing_of_the_password() {
    let app = App::set_up().await;
    app.simulator.cloud_direct().set_token("another-token");
    app.sync_now().await.unwrap();
    app.status_becomes(StatusState::LoginRefused).await;

    let search = app
        .handle
        .ask(|reply| Request::SearchAccounts("a".to_owned(), reply))
        .await;

    assert_eq!(search.unwrap_err().code, ErrorCode::LoginRefused);
    let credentials = app.handle.ask(Request::CredentialsView).await.unwrap();
    assert!(credentials.autotask.tested_at.is_some());
    assert_eq!(credentials.cloud_direct.tested_at, None);
    app.simulator.cloud_direct().set_token("demo-token");
    assert_eq!(app.test_cloud_direct().await.passed, Some(true));
    app.status_becomes(StatusState::UpToDate).await;
}

#[tokio::test]
async fn nobody_uses_the_former_password_while_the_keychain_asks() {
    let keychain = Arc::new(Asking::after(2));
    let app = App::start_with(Setting {
        vault: keychain.clone(),
        ..Setting::default()
    })
    .await;
    app.test_both().await;
    app.save_options().await;
    app.settled().await;
    app.simulator.autotask().set_password("new-password");

    let search = async {
        keychain.has_asked(3).await;
        let search = app
            .handle
            .ask(|reply| Request::SearchAccounts("a".to_owned(), reply));
        tokio::pin!(search);
        let early = tokio::time::timeout(Duration::from_millis(200), &mut search).await;
        assert!(early.is_err(), "{early:?}");
        keychain.answer();
        search.await
    };
    let (test, found) = tokio::join!(app.test_autotask("new-password"), search);

    assert_eq!(test.passed, Some(true));
    assert!(!found.unwrap().is_empty());
    assert!(app.view().await.unlocked);
}
