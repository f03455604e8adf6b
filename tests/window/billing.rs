//! Billable usage in the real window: from Options to a corrected line, and an invoice date that comes in
//! the demo.

use autotask::{
    Api, Client, Credentials, Line, NewContractServiceAdjustment, Options as ClientOptions,
    find_zone,
};
use fantoccini::Locator;
use fantoccini::elements::Element;
use jiff::civil::Date;
use simulator::{Choices, Config, ContractService, Simulator};

use crate::window::{Desktop, Page};
use crate::{log_in, map, test_both_logins, tray_on};

async fn part(of: &Element, id: &str) -> Element {
    let selector = format!("[data-testid='{id}']");
    of.find(Locator::Css(&selector)).await.unwrap()
}

/// Of what scrolls inside a row WebDriver says that it is not shown, and has no text.
async fn content(of: &Element) -> String {
    of.prop("textContent").await.unwrap().unwrap_or_default()
}

/// Chooses the first contract of the mapped account and the first service on it.
async fn map_to_a_service(page: &Page, organization: &str) {
    map(page, organization).await;
    for (list, state) in [
        ("mapping-contract", "tickets_only"),
        ("mapping-service", "mapped"),
    ] {
        page.until(&format!("{list} can be chosen from"), async || {
            let row = page.find(&format!("mapping-row-{organization}")).await;
            let list = row
                .find(Locator::Css(&format!(
                    "[data-testid='{list}'][data-loaded='true']"
                )))
                .await
                .ok()?;
            // "- None -" comes first.
            list.select_by_index(1).await.ok()
        })
        .await;
        page.find_with(
            &format!("mapping-row-{organization}"),
            &format!(" [data-testid='mapping-state'][data-state='{state}']"),
        )
        .await;
    }
}

async fn enable_billing(page: &Page) {
    page.click("nav-options").await;
    page.click("billing-enabled").await;
    page.text_that("billing-example", |text| text.contains("begins"))
        .await;
    page.click("options-save").await;
    page.find("options-saved").await;
}

/// The buttons are disabled while the page reads the lines, which it does by itself, too.
async fn turn_to_the_date_that_has_come(page: &Page) {
    page.until("the invoice date that has come is shown", async || {
        let previous = page.all("[data-testid='billing-date-previous']").await;
        let previous = previous.first()?;
        // Before the text: once a click has counted, this is so only with its answer.
        let enabled = previous.is_enabled().await.ok()?;
        let when = page.all("[data-testid='billing-when']").await;
        if when.first()?.text().await.ok()?.starts_with("Came on") {
            return Some(());
        }
        if enabled {
            previous.click().await.ok()?;
        }
        None
    })
    .await;
}

/// Opens the line once it is in that state, and gives its units as they are shown: "380 → 424".
async fn open_line(page: &Page, organization: &str, state: &str) -> String {
    let row = format!("billing-row-{organization}");
    let line = page
        .find_with(&row, &format!("[data-state='{state}']"))
        .await;
    let units = content(&part(&line, "billing-units").await).await;
    page.until("the line opens", async || {
        if page.all("[data-testid='billing-details']").await.is_empty() {
            let line = page.find(&row).await;
            part(&line, "billing-open").await.click().await.ok()?;
        }
        (!page.all("[data-testid='billing-details']").await.is_empty()).then_some(())
    })
    .await;
    units
}

fn numbers(units: &str) -> (i64, i64) {
    let number = |text: &str| text.trim().replace(',', "").parse().unwrap();
    let (now, to_be) = units.split_once('→').unwrap();
    (number(now), number(to_be))
}

/// Confirms, and waits until the line was read back.
async fn post_the_open_line(page: &Page, organization: &str) {
    page.click("billing-post-line").await;
    page.text_that("post-summary", |text| text.contains("1 line"))
        .await;
    page.click("post-confirm").await;
    page.text_that("billing-result", |text| text.contains("1 line verified"))
        .await;
    page.find_with(
        &format!("billing-row-{organization}"),
        "[data-state='verified']",
    )
    .await;
}

/// The service line that an organization is mapped to, as Autotask has it.
fn service_of(simulator: &Simulator, contract: &str) -> ContractService {
    let contract: i64 = contract.parse().unwrap();
    let mut lines = simulator.autotask().contract_services().into_iter();
    lines.find(|line| line.contract_id == contract).unwrap()
}

fn units_on(simulator: &Simulator, service: i64, day: Date) -> i64 {
    let rows = simulator.autotask().contract_service_units();
    let mut rows = rows
        .into_iter()
        .filter(|row| row.contract_service_id == service)
        .filter(|row| row.start <= Some(day) && Some(day) <= row.end);
    rows.next().unwrap().units
}

/// As a person does in Autotask, whom nobody holds to one change a day.
async fn change_by_hand(simulator: &Simulator, line: &ContractService, day: Date, change: i64) {
    let logins = simulator.logins();
    let zone = find_zone(
        &simulator.addresses().autotask,
        &logins.username,
        Api::Rest,
        &ClientOptions::default(),
    )
    .await
    .unwrap();
    let credentials = Credentials {
        username: logins.username.clone(),
        password: logins.password.clone().into(),
        tracking_identifier: logins.tracking_identifier.clone(),
    };
    let client = Client::new(&zone, Api::Rest, credentials, ClientOptions::default()).unwrap();
    let usual = simulator.autotask().choices();
    simulator.autotask().set_choices(Choices {
        same_day_adjustment_refused: false,
        ..usual
    });
    client
        .adjust(&[NewContractServiceAdjustment {
            contract_id: line.contract_id,
            line: Line::ContractService(line.id),
            effective: day,
            unit_change: Some(change),
            adjusted_unit_price: None,
            adjusted_unit_cost: None,
        }])
        .await
        .unwrap();
    simulator.autotask().set_choices(usual);
}

#[tokio::test(flavor = "multi_thread")]
async fn usage_is_previewed_posted_verified_changed_by_hand_found_and_corrected() {
    let config = Config {
        jobs_per_hour: 0.0,
        ..Config::default()
    };
    let simulator = Simulator::start(config).await.unwrap();
    let mut desktop = Desktop::new();
    let _tray = tray_on(&desktop).await;
    let data = desktop.home().join("data").display().to_string();
    let page = desktop.open(&["--data-dir", &data]).await;
    log_in(&page, &simulator).await;
    enable_billing(&page).await;
    page.click("nav-mappings").await;
    map_to_a_service(&page, "org-0001").await;
    let row = page.find("mapping-row-org-0001").await;
    let contract = part(&row, "mapping-contract").await;
    let contract = contract.prop("value").await.unwrap().unwrap();
    let line = service_of(&simulator, &contract);

    // The preview of the next invoice date, and then of the one that has come.
    page.click("nav-billing").await;
    page.text_that("billing-when", |text| text.starts_with("Comes on"))
        .await;
    turn_to_the_date_that_has_come(&page).await;
    page.find_with("billing-row-org-0002", "[data-state='blocked']")
        .await;
    let (before, wanted) = numbers(&open_line(&page, "org-0001", "held").await);
    assert_ne!(before, wanted);
    let sum = page.text("billing-sum").await;
    assert!(sum.contains("bytes are"), "{sum}");
    let calls_before = simulator.journal().len();

    post_the_open_line(&page, "org-0001").await;

    let adjusted = simulator.journal().split_off(calls_before);
    let adjusted = adjusted
        .iter()
        .filter(|call| call.entity == Some("ContractServiceAdjustments"))
        .count();
    assert_eq!(adjusted, 1);
    let date = page.find("billing-date").await;
    let invoice_date: Date = date.prop("value").await.unwrap().unwrap().parse().unwrap();
    let effective = invoice_date.tomorrow().unwrap();
    assert_eq!(units_on(&simulator, line.id, effective), wanted);

    // Somebody changes the units in Autotask.
    change_by_hand(&simulator, &line, effective, 7).await;
    page.click("billing-tab-reconciliation").await;
    let row = page
        .find_with("compared-row-org-0001", "[data-outcome='changed_by_hand']")
        .await;
    let told = content(&row).await;
    assert!(told.contains("+7"), "{told}");
    part(&row, "compared-open").await.click().await.unwrap();

    // What a correction would do is shown first; Autotask takes no second change of that day.
    page.click("compared-correct").await;
    page.text_that("correct-message", |text| {
        text.contains(&format!("back to {before}")) && text.contains("may refuse")
    })
    .await;
    page.click("correct-confirm").await;
    page.text_that("billing-result", |text| text.contains("1 line verified"))
        .await;
    page.find_with("compared-row-org-0001", "[data-outcome='corrected']")
        .await;
    let next_day = effective.tomorrow().unwrap();
    assert_eq!(units_on(&simulator, line.id, next_day), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_the_demo_a_daily_digest_and_an_invoice_date_can_be_made_to_come() {
    let mut desktop = Desktop::new();
    let _tray = tray_on(&desktop).await;
    let data = desktop.home().join("data").display().to_string();
    let page = desktop.open(&["--demo", "--data-dir", &data]).await;
    test_both_logins(&page).await;
    enable_billing(&page).await;
    page.click("nav-mappings").await;
    map_to_a_service(&page, "org-0001").await;

    page.click("demo-to-digest").await;
    page.click("nav-activity").await;
    page.fill("activity-search", "Daily Digest").await;
    page.until("a Daily Digest was sent", async || {
        let done = page
            .all("[data-testid='activity-row'][data-state='done']")
            .await;
        let text = content(done.first()?).await;
        text.contains("Daily Digest").then_some(())
    })
    .await;

    page.click("demo-to-invoice").await;
    page.click("nav-billing").await;
    page.text_that("billing-when", |text| text.starts_with("Came on"))
        .await;
    // One line, or two where the digest's day was the last of a month.
    page.until("there is something to approve", async || {
        let billing = page.all("[data-testid='nav-billing']").await;
        let text = content(billing.first()?).await;
        text.contains("to approve").then_some(())
    })
    .await;
    open_line(&page, "org-0001", "held").await;
    post_the_open_line(&page, "org-0001").await;
    // The date stays, though another one is meant now that nothing of it waits.
    page.find("billing-current").await;
}
