//! The app in its real window, driven through WebDriver and the tray as a person would drive it.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]

mod billing;
#[path = "../harness/notifications.rs"]
mod notifications;
#[path = "../harness/tray_host.rs"]
mod tray_host;
#[path = "../harness/window.rs"]
mod window;

use std::process::Stdio;
use std::time::Duration;

use fantoccini::Locator;
use notifications::Notifications;
use simulator::{Config, Fault, NewJob, PicklistField, Service, Simulator, What, When};
use sync::clock::{Clock as _, SystemClock};
use tray_host::TrayHost;
use window::{Desktop, Page, until};

async fn tray_on(desktop: &Desktop) -> TrayHost {
    let address = desktop.bus_address.clone();
    tokio::task::spawn_blocking(move || TrayHost::new(&address))
        .await
        .unwrap()
}

/// The tray's first line, once it fulfils the condition.
async fn tray_says(tray: &TrayHost, condition: impl Fn(&str) -> bool) -> String {
    until("the tray's first line is as wanted", async || {
        let menu = tokio::task::block_in_place(|| tray.menu())?;
        menu.into_iter().next().filter(|line| condition(line))
    })
    .await
}

async fn test_both_logins(page: &Page) {
    page.click("nav-credentials").await;
    page.click("autotask-test").await;
    page.find_with("autotask-steps", "[data-passed='true']")
        .await;
    page.click("cloud-test").await;
    page.find_with("cloud-steps", "[data-passed='true']").await;
}

/// Maps the organization to the account that has a name like it; gives what was typed for it.
async fn map(page: &Page, organization: &str) -> String {
    let row = page.find(&format!("mapping-row-{organization}")).await;
    let name = row.find(Locator::Css(".mapping-name")).await.unwrap();
    let name = name.attr("title").await.unwrap().unwrap();
    let name = name.split_whitespace().next().unwrap().to_owned();
    let field = row
        .find(Locator::Css("[data-testid='mapping-account']"))
        .await
        .unwrap();
    page.choose_account(&field, &name).await;
    page.until("the row says that it is mapped", async || {
        let row = page.find(&format!("mapping-row-{organization}")).await;
        let state = row
            .find(Locator::Css("[data-testid='mapping-state']"))
            .await
            .ok()?;
        (state.attr("data-state").await.ok()?? == "tickets_only").then_some(())
    })
    .await;
    name
}

/// Of the tickets that are in sight in Activity.
async fn ticket_numbers(page: &Page) -> Option<Vec<String>> {
    let mut numbers = Vec::new();
    for ticket in page.all("[data-testid='activity-ticket']").await {
        numbers.push(ticket.text().await.ok()?);
    }
    Some(numbers)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_user_goes_from_the_logins_to_tickets_in_the_demo() {
    let mut desktop = Desktop::new();
    let tray = tray_on(&desktop).await;
    let data = desktop.home().join("data").display().to_string();
    let page = desktop.open(&["--demo", "--data-dir", &data]).await;

    page.find("demo-banner").await;
    page.click("nav-options").await;
    page.find("closed").await;
    test_both_logins(&page).await;

    // Options: successes too, so that the first job of a mapped customer makes a ticket.
    page.click("nav-options").await;
    page.click("alert-success-enabled").await;
    page.click("options-save").await;
    page.find("options-saved").await;

    page.click("nav-mappings").await;
    let account = map(&page, "org-0001").await;
    map(&page, "org-0002").await;

    let field = page.find("test-ticket-account").await;
    page.choose_account(&field, account.split_whitespace().next().unwrap())
        .await;
    page.click("test-ticket-send").await;
    let number = page
        .text_that("test-ticket-number", |text| text.starts_with('T'))
        .await;
    let fields = page.text("test-ticket-fields").await;
    assert!(
        fields.contains("Monitoring Alert") && fields.contains("High"),
        "{fields}"
    );

    desktop.close_window();
    desktop.until_windows(0).await;
    tray_says(&tray, |line| {
        line.starts_with("Up to date") || line.contains("Sending")
    })
    .await;

    tokio::task::block_in_place(|| tray.choose("Open"));
    desktop.until_windows(1).await;
    page.turn_to_the_open_window().await;
    page.click("nav-activity").await;
    page.click("activity-filter-sent").await;
    let numbers = page
        .until("a ticket of a job was sent", async || {
            let numbers = ticket_numbers(&page).await?;
            numbers.iter().any(|one| *one != number).then_some(numbers)
        })
        .await;
    let mut different = numbers.clone();
    different.sort_unstable();
    different.dedup();
    assert_eq!(
        different.len(),
        numbers.len(),
        "each ticket once: {numbers:?}"
    );
    // The list has only as many rows as are in sight, and newer tickets come all the time.
    page.fill("activity-search", &number).await;
    page.until("the test ticket stands there, once", async || {
        (ticket_numbers(&page).await? == [number.as_str()]).then_some(())
    })
    .await;

    tokio::task::block_in_place(|| tray.choose("Quit"));
    until("the app has quit", async || {
        tokio::task::block_in_place(|| tray.menu())
            .is_none()
            .then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_brings_the_first_ones_window_up() {
    let mut desktop = Desktop::new();
    let tray = tray_on(&desktop).await;
    let data = desktop.home().join("data").display().to_string();
    let arguments = ["--demo", "--data-dir", data.as_str()];
    let hidden = [&arguments[..], &["--hidden"]].concat();
    let mut first = desktop.app(&hidden);
    desktop.keep(&mut first);
    tray_says(&tray, |line| line == "Not set up yet").await;
    assert_eq!(desktop.windows(), 0, "it was started hidden");

    let second = desktop.app(&arguments).status().unwrap();

    assert!(second.success());
    desktop.until_windows(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_one_request_closes_the_screens_and_shows_in_the_tray() {
    const WRONG: &str = "wrong-canary-7c1f";
    let simulator = Simulator::start(Config::default()).await.unwrap();
    let mut desktop = Desktop::new();
    let tray = tray_on(&desktop).await;
    let data = desktop.home().join("data").display().to_string();
    let page = desktop.open(&["--data-dir", &data]).await;
    let logins = simulator.logins();

    page.fill("autotask-username", &logins.username).await;
    page.fill("autotask-password", WRONG).await;
    page.fill("autotask-tracking", &logins.tracking_identifier)
        .await;
    page.click("autotask-advanced").await;
    page.fill("autotask-lookup", simulator.addresses().autotask.as_str())
        .await;
    page.click("autotask-test").await;

    page.find_with("autotask-steps", "[data-passed='false']")
        .await;
    let steps = page.text("autotask-steps").await;
    assert!(steps.contains("password"), "{steps}");
    let with_login = simulator
        .journal()
        .iter()
        .filter(|call| call.status == 401)
        .count();
    assert_eq!(
        (with_login, simulator.journal().len()),
        (1, 2),
        "the zone look-up, and one refused login"
    );
    assert!(!page.client.source().await.unwrap().contains(WRONG));
    tray_says(&tray, |line| line.starts_with("Login refused")).await;
    for screen in ["nav-options", "nav-mappings"] {
        page.click(screen).await;
        page.find("closed").await;
    }

    // The right one opens them.
    page.click("nav-credentials").await;
    page.fill("autotask-password", &logins.password).await;
    page.click("autotask-test").await;
    page.find_with("autotask-steps", "[data-passed='true']")
        .await;
    page.fill("cloud-address", simulator.addresses().cloud_direct.as_str())
        .await;
    page.fill("cloud-token", &logins.token).await;
    page.click("cloud-test").await;
    page.find_with("cloud-steps", "[data-passed='true']").await;
    page.click("nav-mappings").await;
    page.find("mapping-row-org-0001").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_tray_host_the_window_opens_though_hidden_was_asked_and_says_why() {
    let mut desktop = Desktop::new();
    let data = desktop.home().join("data").display().to_string();

    let page = desktop
        .open(&["--demo", "--hidden", "--data-dir", &data])
        .await;

    page.text_that("limitation", |text| text.contains("no tray icons"))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_session_bus_the_app_starts_and_says_what_it_cannot_do() {
    let mut desktop = Desktop::without_a_session_bus();
    let data = desktop.home().join("data").display().to_string();

    let page = desktop.open(&["--data-dir", &data]).await;

    page.find("autotask-username").await;
    let said = page
        .until("both limits are said", async || {
            let mut said = String::new();
            for limitation in page.all("[data-testid='limitation']").await {
                said += &limitation.text().await.ok()?;
            }
            (said.contains("keychain") && said.contains("tray")).then_some(said)
        })
        .await;
    assert!(
        said.contains("until the app quits") || said.contains("quit"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_locked_keychain_the_app_starts_and_says_so() {
    let mut desktop = Desktop::new();
    let tray = tray_on(&desktop).await;
    // The first makes the keychain, the second takes its place and knows no password.
    let locked = "printf word | gnome-keyring-daemon --unlock --components=secrets && \
                  gnome-keyring-daemon --replace --daemonize --components=secrets";
    let status = desktop
        .command("sh")
        .args(["-c", locked])
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    let data = desktop.home().join("data").display().to_string();

    let page = desktop.open(&["--data-dir", &data]).await;

    page.text_that("limitation", |text| {
        text.contains("keychain") && text.contains("locked")
    })
    .await;
    page.find("autotask-username").await;
    tray_says(&tray, |line| line == "Not set up yet").await;
}

/// Types both logins of the simulator and tests them.
async fn log_in(page: &Page, simulator: &Simulator) {
    let logins = simulator.logins();
    page.fill("autotask-username", &logins.username).await;
    page.fill("autotask-password", &logins.password).await;
    page.fill("autotask-tracking", &logins.tracking_identifier)
        .await;
    page.click("autotask-advanced").await;
    page.fill("autotask-lookup", simulator.addresses().autotask.as_str())
        .await;
    page.fill("cloud-address", simulator.addresses().cloud_direct.as_str())
        .await;
    page.fill("cloud-token", &logins.token).await;
    test_both_logins(page).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_needs_a_person_is_told_once_and_a_click_on_it_opens_its_screen() {
    let config = Config {
        jobs_per_hour: 0.0,
        // Otherwise it is the last whole second, and the job may end before the options are saved.
        start: Some(SystemClock.now()),
        ..Config::default()
    };
    let simulator = Simulator::start(config).await.unwrap();
    let mut desktop = Desktop::new();
    let tray = tray_on(&desktop).await;
    let address = desktop.bus_address.clone();
    let notifications = tokio::task::spawn_blocking(move || Notifications::new(&address))
        .await
        .unwrap();
    let data = desktop.home().join("data").display().to_string();
    let page = desktop.open(&["--data-dir", &data]).await;
    log_in(&page, &simulator).await;
    page.click("nav-options").await;
    page.click("options-save").await;
    page.find("options-saved").await;
    page.click("nav-mappings").await;
    map(&page, "org-0001").await;
    tray_says(&tray, |line| line.starts_with("Up to date")).await;
    desktop.close_window();
    desktop.until_windows(0).await;

    // While a sync waits for its answer, the queues of all rows go, and a job fails.
    let asked = || {
        let calls = simulator.journal().into_iter();
        calls.filter(|call| call.operation == "jobs").count()
    };
    let before = asked();
    simulator.faults().add(Fault {
        service: Service::CloudDirect,
        on: Some("jobs".to_owned()),
        when: When::Always,
        what: What::Delay(Duration::from_secs(2)),
    });
    tokio::task::block_in_place(|| tray.choose("Sync now"));
    until("Cloud Direct is asked", async || {
        (asked() > before).then_some(())
    })
    .await;
    simulator.faults().clear();
    let autotask = simulator.autotask();
    for queue in autotask.queues() {
        autotask.delete_picklist_value(PicklistField::Queue, queue.id.parse().unwrap());
    }
    let job = NewJob {
        organization_id: Some("org-0001".to_owned()),
        status: Some("failed".to_owned()),
        ..NewJob::default()
    };
    simulator.cloud_direct().finish_job(job).unwrap();
    tokio::task::block_in_place(|| tray.choose("Sync now"));
    let waits = until("it is told that tickets wait", async || {
        let shown = notifications.shown();
        shown.into_iter().find(|one| one.title == "Tickets wait")
    })
    .await;
    assert!(
        waits.text.contains("Choose another in Options"),
        "{waits:?}"
    );
    let line = tray_says(&tray, |line| line.contains("no longer active")).await;
    assert!(line.starts_with("The queue"), "{line}");

    tokio::task::block_in_place(|| notifications.click(&waits));
    desktop.until_windows(1).await;
    page.turn_to_the_open_window().await;
    page.find_with("nav-options", "[aria-current='page']").await;

    // Again, and with the window on another screen.
    page.click("nav-activity").await;
    page.click("sync-now").await;
    tray_says(&tray, |line| line.contains("no longer active")).await;
    tokio::task::block_in_place(|| notifications.click(&waits));
    page.find_with("nav-options", "[aria-current='page']").await;
    let told = notifications.shown();
    let told = told.iter().filter(|one| one.title == "Tickets wait");
    assert_eq!(told.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_is_chosen_in_the_tray_or_in_the_window_and_shows_in_both() {
    let mut desktop = Desktop::new();
    let tray = tray_on(&desktop).await;
    let data = desktop.home().join("data").display().to_string();
    let page = desktop.open(&["--demo", "--data-dir", &data]).await;
    test_both_logins(&page).await;
    page.click("nav-options").await;
    page.click("options-save").await;
    page.find("options-saved").await;

    // Until it has heard of the options, its entries are those of an app that is not set up.
    tray_says(&tray, |line| !line.starts_with("Not set up")).await;
    tokio::task::block_in_place(|| tray.choose("Until tomorrow"));
    let paused = tray_says(&tray, |line| line.starts_with("Paused until ")).await;
    assert_ne!(paused, "Paused until resumed");
    page.text_that("status-text", |text| text == paused).await;
    page.click("resume").await;
    tray_says(&tray, |line| !line.starts_with("Paused")).await;

    page.click("pause").await;
    let items = page.all("[role='menuitem']").await;
    items.last().unwrap().click().await.unwrap();
    tray_says(&tray, |line| line == "Paused until resumed").await;
    tokio::task::block_in_place(|| tray.choose("Resume"));
    page.text_that("status-text", |text| !text.starts_with("Paused"))
        .await;
}
