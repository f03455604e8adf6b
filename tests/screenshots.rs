//! Pictures of every screen, light and dark, from the real window: `cargo xtask screenshots DIR`.
//!
//! Not a test of anything: it goes through the demo as `window` does and stops at each screen.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a tour that cannot go on should stop"
)]

#[path = "harness/tray_host.rs"]
mod tray_host;
#[path = "harness/window.rs"]
mod window;

use std::path::{Path, PathBuf};

use tray_host::TrayHost;
use window::{Desktop, Page};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "leaves pictures in SCREENSHOTS_DIR: cargo xtask screenshots DIR"]
async fn every_screen_in_light_and_in_dark() {
    let folder = PathBuf::from(std::env::var_os("SCREENSHOTS_DIR").unwrap());
    tour("light", "Adwaita", &folder).await;
    tour("dark", "Adwaita:dark", &folder).await;
}

async fn tour(look: &str, gtk_theme: &str, folder: &Path) {
    let mut desktop = Desktop::new();
    desktop.set("GTK_THEME", gtk_theme);
    let address = desktop.bus_address.clone();
    let _tray = tokio::task::spawn_blocking(move || TrayHost::new(&address))
        .await
        .unwrap();
    let data = desktop.home().join("data").display().to_string();
    let page = desktop.open(&["--demo", "--data-dir", &data]).await;
    page.client.set_window_size(1180, 820).await.unwrap();
    let picture = |name: &str| folder.join(format!("{name}-{look}.png"));

    page.click("autotask-test").await;
    page.find_with("autotask-steps", "[data-passed='true']")
        .await;
    page.click("cloud-test").await;
    page.find_with("cloud-steps", "[data-passed='true']").await;
    to_the_top(&page).await;
    page.screenshot(&picture("credentials")).await;
    page.click("autotask-advanced").await;
    choose(&page, "autotask-api", "soap").await;
    page.find("autotask-soap-times").await;
    page.screenshot(&picture("credentials-advanced")).await;
    choose(&page, "autotask-api", "rest").await;

    page.click("nav-options").await;
    page.text_that("forecast", |text| text.contains("would have made"))
        .await;
    to_the_top(&page).await;
    page.screenshot(&picture("options")).await;
    to(&page, "quota-share").await;
    page.screenshot(&picture("options-general")).await;
    page.click("alert-success-enabled").await;
    page.click("billing-enabled").await;
    page.text_that("billing-example", |text| text.contains("units"))
        .await;
    to(&page, "billing-max-age").await;
    page.screenshot(&picture("options-billing")).await;
    page.click("options-save").await;
    page.find("options-saved").await;

    page.click("nav-mappings").await;
    page.click("suggest").await;
    page.find("suggest-all").await;
    page.screenshot(&picture("suggestions")).await;
    page.click("suggest-sure").await;
    page.click("suggest-apply").await;
    page.until("some rows are mapped", async || {
        let mapped = page
            .all("[data-testid='mapping-state'][data-state='tickets_only']")
            .await;
        (mapped.len() > 3).then_some(())
    })
    .await;
    page.click("test-ticket-account").await;
    page.click("account-option").await;
    page.click("test-ticket-send").await;
    page.find("test-ticket-number").await;
    page.screenshot(&picture("mappings")).await;

    page.click("nav-activity").await;
    page.until("some tickets were sent", async || {
        let sent = page
            .all("[data-testid='activity-row'][data-state='done']")
            .await;
        (sent.len() > 8).then_some(())
    })
    .await;
    page.screenshot(&picture("activity")).await;
    page.click("pause").await;
    page.screenshot(&picture("pausing")).await;
    page.click("pause").await;

    billing(&page, &picture).await;

    page.client.set_window_size(900, 600).await.unwrap();
    for screen in ["credentials", "options", "mappings", "billing", "activity"] {
        page.click(&format!("nav-{screen}")).await;
        to_the_top(&page).await;
        page.screenshot(&picture(&format!("{screen}-small"))).await;
    }
}

/// An invoice date that comes: a few lines are posted, and one is shown in full.
async fn billing(page: &Page, picture: &impl Fn(&str) -> PathBuf) {
    page.click("nav-mappings").await;
    let mut mapped = Vec::new();
    for number in 1..=12 {
        let id = format!("mapping-row-org-{number:04}");
        let state = format!(
            "[data-testid='{id}'] [data-testid='mapping-state'][data-state='tickets_only']"
        );
        if mapped.len() < 5 && !page.all(&state).await.is_empty() {
            for list in ["mapping-contract", "mapping-service"] {
                choose_the_first(page, &id, list).await;
            }
            mapped.push(format!("billing-row-org-{number:04}"));
        }
    }
    page.click("demo-to-invoice").await;
    page.click("nav-billing").await;
    page.until("the lines wait for approval", async || {
        let held = page.all(".billing-grid[data-state='held']").await;
        (held.len() >= 2).then_some(())
    })
    .await;
    click_in(page, "message", "dismiss").await;
    to_the_top(page).await;
    page.screenshot(&picture("billing")).await;
    let held = page.all(".billing-grid[data-state='held']").await;
    let mut rows = Vec::new();
    for row in &held[..2] {
        rows.push(row.attr("data-testid").await.unwrap().unwrap());
    }
    for row in &rows {
        click_in(page, row, "billing-pick").await;
    }
    page.click("billing-post").await;
    page.screenshot(&picture("billing-question")).await;
    page.click("post-confirm").await;
    page.find("billing-result").await;
    page.find_with(&rows[0], "[data-state='verified']").await;
    page.screenshot(&picture("billing-posted")).await;
    click_in(page, &rows[0], "billing-open").await;
    page.find("billing-history").await;
    page.screenshot(&picture("billing-line")).await;
    page.click("billing-correct").await;
    page.find("correct-confirm").await;
    page.screenshot(&picture("billing-correct")).await;
    let close = "document.querySelector('dialog footer button').click()";
    page.client.execute(close, Vec::new()).await.unwrap();
    page.click("billing-tab-reconciliation").await;
    page.find("reconciliation-export").await;
    to_the_top(page).await;
    page.screenshot(&picture("reconciliation")).await;
    page.click("billing-tab-lines").await;
    an_older_date(page, picture).await;
}

/// Another invoice date comes while lines of the first one wait.
async fn an_older_date(page: &Page, picture: &impl Fn(&str) -> PathBuf) {
    let shown = async || {
        let dates = page.all("[data-testid='billing-date']").await;
        dates.first()?.prop("value").await.ok()?
    };
    let older = shown().await;
    page.click("demo-to-invoice").await;
    page.until("the dates can be turned", async || {
        let next = page.all("[data-testid='billing-date-next']").await;
        let next = next.into_iter().next()?;
        let enabled = next.is_enabled().await.ok()?;
        (enabled && next.click().await.is_ok()).then_some(())
    })
    .await;
    page.until("the newer date is shown", async || {
        (shown().await != older).then_some(())
    })
    .await;
    page.until("its lines wait for approval", async || {
        let held = page.all(".billing-grid[data-state='held']").await;
        (!held.is_empty()).then_some(())
    })
    .await;
    to_the_top(page).await;
    page.screenshot(&picture("billing-older")).await;
    let behind = page
        .until("a line waits for an older one", async || {
            for line in page.all(".billing-grid[data-state='blocked']").await {
                let text = line.prop("textContent").await.ok()??;
                if text.contains("still open") {
                    return line.attr("data-testid").await.ok()?;
                }
            }
            None
        })
        .await;
    click_in(page, &behind, "billing-open").await;
    page.find("billing-settle").await;
    page.screenshot(&picture("billing-blocked")).await;
    page.click("billing-settle").await;
    page.find("settle-apply").await;
    page.screenshot(&picture("billing-settle")).await;
    let close = "document.querySelector('dialog footer button').click()";
    page.client.execute(close, Vec::new()).await.unwrap();
}

/// The row may have to be scrolled to.
async fn click_in(page: &Page, row: &str, id: &str) {
    let script =
        format!("document.querySelector('[data-testid={row}] [data-testid={id}]').click()");
    page.find(row).await;
    page.client.execute(&script, Vec::new()).await.unwrap();
}

async fn choose_the_first(page: &Page, row: &str, list: &str) {
    let selector =
        format!("[data-testid='{row}'] [data-testid='{list}'][data-loaded='true']:not(:disabled)");
    // It is filled as soon as somebody is about to use it.
    let touch =
        format!("document.querySelector('[data-testid={row}] [data-testid={list}]').focus()");
    page.until(&format!("{list} of {row} can be chosen from"), async || {
        page.client.execute(&touch, Vec::new()).await.ok()?;
        let lists = page.all(&selector).await;
        lists.first()?.select_by_index(1).await.ok()
    })
    .await;
}

/// Chooses in a list as a person does.
async fn choose(page: &Page, list: &str, value: &str) {
    let list = page.find(list).await;
    list.select_by_value(value).await.unwrap();
}

/// Scrolls until that part can be seen.
async fn to(page: &Page, id: &str) {
    let script = format!(
        "document.activeElement?.blur(); document.querySelector('[data-testid={id}]').scrollIntoView({{block: 'center'}});"
    );
    page.client.execute(&script, Vec::new()).await.unwrap();
}

/// The pointer is taken off whatever it rests on, and the page is scrolled to its head.
async fn to_the_top(page: &Page) {
    page.client
        .execute(
            "document.activeElement?.blur(); for (const e of document.querySelectorAll('*')) if (e.scrollTop) e.scrollTop = 0;",
            Vec::new(),
        )
        .await
        .unwrap();
}
