//! Window, tray and dialogs.

use super::app::{App, Setting};
use super::recorder::Did;
use crate::controller::{Input, Request};
use crate::desktop::PageEvent;
use crate::tray::Action;
use crate::view::{ErrorCode, ScreenName};

#[tokio::test]
async fn the_window_opens_at_the_start() {
    let app = App::start_with(Setting {
        hidden: false,
        ..Setting::default()
    })
    .await;
    app.view().await;
    assert_eq!(app.desk.did(&Did::CreateWindow(None)), 1);
}

#[tokio::test]
async fn a_hidden_start_shows_only_the_tray() {
    let app = App::start().await;
    app.view().await;
    assert_eq!(app.desk.did(&Did::CreateWindow(None)), 0);
    assert!(app.desk.look(|desk| desk.menu.is_some()));
}

#[tokio::test]
async fn without_a_tray_even_a_hidden_start_opens_the_window_and_says_why() {
    let app = App::start_with(Setting {
        no_tray: true,
        ..Setting::default()
    })
    .await;
    let view = app.view().await;
    assert_eq!(app.desk.did(&Did::CreateWindow(None)), 1);
    assert!(view.limitations[0].contains("no tray icons"), "{view:?}");
}

/// Nothing happens but the minutely look at the clock, which paused time skips to.
#[tokio::test(start_paused = true)]
async fn a_tray_that_appears_later_is_taken() {
    let app = App::start_with(Setting {
        no_tray: true,
        ..Setting::default()
    })
    .await;
    app.view().await;

    app.desk.look(|desk| desk.no_tray = false);

    app.desk
        .until(|desk| {
            desk.view
                .as_ref()
                .is_some_and(|view| view.limitations.is_empty())
        })
        .await;
    assert!(app.desk.look(|desk| desk.menu.is_some()));
}

#[tokio::test]
async fn closing_destroys_the_window_and_explains_the_tray_once_ever() {
    let app = App::start().await;
    for _ in 0..2 {
        app.handle.send(Input::Tray(Action::Open));
        app.handle.send(Input::WindowCloseRequested);
        app.handle.send(Input::WindowDestroyed);
    }
    app.view().await;
    assert_eq!(app.desk.did(&Did::DestroyWindow), 2);
    assert_eq!(app.desk.notifications().len(), 1);

    let app = app.restart().await;
    app.handle.send(Input::Tray(Action::Open));
    app.handle.send(Input::WindowCloseRequested);
    app.view().await;
    assert_eq!(app.desk.notifications().len(), 0);
}

#[tokio::test]
async fn a_window_that_is_opened_while_it_closes_comes_back() {
    let app = App::start().await;
    app.handle.send(Input::Tray(Action::Open));
    app.handle.send(Input::WindowCloseRequested);
    app.handle.send(Input::SecondInstance);
    app.view().await;
    assert_eq!(
        app.desk.did(&Did::CreateWindow(None)),
        1,
        "its name is still taken"
    );
    app.handle.send(Input::WindowDestroyed);
    app.view().await;
    assert_eq!(app.desk.did(&Did::CreateWindow(None)), 2);
}

#[tokio::test]
async fn a_click_on_a_notification_opens_the_window_on_its_screen() {
    let app = App::start().await;
    let activity = Some(ScreenName::Activity);
    app.handle.send(Input::NotificationClicked(activity));
    app.view().await;
    assert_eq!(app.desk.did(&Did::CreateWindow(activity)), 1);

    // One that is open turns to it.
    let options = Some(ScreenName::Options);
    app.handle.send(Input::NotificationClicked(options));
    app.view().await;
    assert_eq!(app.desk.did(&Did::RaiseWindow), 1);
    let turned = PageEvent::ShowScreen(ScreenName::Options);
    assert!(app.desk.look(|desk| desk.events.contains(&turned)));

    // One that is just being closed comes back on it.
    app.handle.send(Input::WindowCloseRequested);
    app.handle.send(Input::NotificationClicked(options));
    app.handle.send(Input::SecondInstance);
    app.handle.send(Input::WindowDestroyed);
    app.view().await;
    assert_eq!(app.desk.did(&Did::CreateWindow(options)), 1);
}

#[tokio::test]
async fn a_second_start_brings_the_window_to_the_front() {
    let app = App::start().await;
    app.handle.send(Input::Tray(Action::Open));
    app.handle.send(Input::SecondInstance);
    app.view().await;
    assert_eq!(app.desk.did(&Did::CreateWindow(None)), 1);
    assert_eq!(app.desk.did(&Did::RaiseWindow), 1);
}

#[tokio::test]
async fn without_a_tray_closing_asks_whether_to_quit() {
    let app = App::start_with(Setting {
        no_tray: true,
        ..Setting::default()
    })
    .await;
    app.handle.send(Input::WindowCloseRequested);
    app.handle.send(Input::QuitAnswered(false));
    app.view().await;
    assert_eq!(app.desk.did(&Did::AskToQuit), 1);
    assert_eq!(app.desk.did(&Did::MinimiseWindow), 1);
    assert_eq!(app.desk.did(&Did::DestroyWindow), 0);

    app.handle.send(Input::QuitAnswered(true));
    app.ends().await;
}

#[tokio::test]
async fn quit_in_the_tray_ends_the_app() {
    let app = App::start().await;
    app.handle.send(Input::Tray(Action::Quit));
    app.ends().await;
}

#[tokio::test]
async fn only_the_apps_own_pages_can_be_opened() {
    let app = App::start().await;
    let open = |link: &str| {
        let link = link.to_owned();
        app.handle.ask(|reply| Request::OpenLink(link, reply))
    };

    open("api_user_help").await.unwrap();
    let error = open("https://evil.example").await.unwrap_err();

    assert_eq!(error.code, ErrorCode::NotFound);
    let opened = app.desk.look(|desk| {
        desk.did
            .iter()
            .filter(|did| matches!(did, Did::Open(_)))
            .count()
    });
    assert_eq!(opened, 1);
}

#[tokio::test]
async fn a_chosen_folder_reaches_the_page_and_cancel_is_nothing() {
    let app = App::start().await;
    assert_eq!(app.handle.ask(Request::ChooseFolder).await, Ok(None));
    app.desk.look(|desk| desk.chooses = Some("/exports".into()));
    assert_eq!(
        app.handle.ask(Request::ChooseFolder).await,
        Ok(Some("/exports".to_owned()))
    );
}

#[tokio::test]
async fn start_at_login_is_told_to_the_system_and_read_from_it() {
    let app = App::set_up().await;
    let mut options = app.options().await.unwrap().options;
    options.general.start_at_login = true;

    let view = app.try_save_options(options).await.unwrap();

    assert!(view.options.general.start_at_login);
    assert_eq!(app.desk.did(&Did::StartAtLogin(true)), 1);
    app.desk.look(|desk| desk.starts_at_login = false);
    assert!(!app.options().await.unwrap().options.general.start_at_login);
}
