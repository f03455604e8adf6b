//! Keeps the page's TypeScript in step with the views: compares what is there with what follows
//! from the types, writes what differs, and fails, so that a stale file is never overlooked.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use ts_rs::{Config, TS};

use super::*;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/src/lib/bindings")
}

/// Ids are below 2^53, so that a number holds them.
fn config() -> Config {
    Config::new().with_large_int("number")
}

/// The roots; all other types follow from them.
fn fresh() -> BTreeMap<String, String> {
    let out = tempfile::tempdir().unwrap();
    let config = config().with_out_dir(out.path());
    CommandError::export_all(&config).unwrap();
    AppView::export_all(&config).unwrap();
    PauseLength::export_all(&config).unwrap();
    ScreenName::export_all(&config).unwrap();
    CredentialsView::export_all(&config).unwrap();
    AutotaskInput::export_all(&config).unwrap();
    CloudDirectInput::export_all(&config).unwrap();
    TestView::export_all(&config).unwrap();
    OptionsView::export_all(&config).unwrap();
    ForecastView::export_all(&config).unwrap();
    MappingsView::export_all(&config).unwrap();
    MappingInput::export_all(&config).unwrap();
    Suggestion::export_all(&config).unwrap();
    TestTicketView::export_all(&config).unwrap();
    ActivityPage::export_all(&config).unwrap();
    ActivityQuery::export_all(&config).unwrap();
    BillingView::export_all(&config).unwrap();
    BillingOrder::export_all(&config).unwrap();
    BillingResult::export_all(&config).unwrap();
    MeasurementInput::export_all(&config).unwrap();
    CorrectionView::export_all(&config).unwrap();
    HistoryRow::export_all(&config).unwrap();
    ReconciliationView::export_all(&config).unwrap();
    ExampleInput::export_all(&config).unwrap();
    BillingExample::export_all(&config).unwrap();
    DemoTarget::export_all(&config).unwrap();
    files(out.path())
}

fn files(folder: &Path) -> BTreeMap<String, String> {
    let Ok(entries) = fs::read_dir(folder) else {
        return BTreeMap::new();
    };
    entries
        .map(|entry| entry.unwrap())
        .filter_map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            let text = name
                .ends_with(".ts")
                .then(|| fs::read_to_string(entry.path()).unwrap())?;
            Some((name, text.replace("\r\n", "\n")))
        })
        .collect()
}

#[test]
fn the_pages_types_are_what_the_views_say() {
    let fresh = fresh();
    let there = files(&folder());

    let mut stale = Vec::new();
    fs::create_dir_all(folder()).unwrap();
    for (name, text) in &fresh {
        if there.get(name) != Some(text) {
            fs::write(folder().join(name), text).unwrap();
            stale.push(name);
        }
    }
    for name in there.keys().filter(|name| !fresh.contains_key(*name)) {
        fs::remove_file(folder().join(name)).unwrap();
        stale.push(name);
    }

    assert!(
        stale.is_empty(),
        "these were stale and have been written again, commit them: {stale:?}"
    );
}

#[test]
fn ids_cross_as_numbers() {
    let choice = Choice::export_to_string(&config()).unwrap();
    assert!(choice.contains("id: number"), "{choice}");
}

#[test]
fn a_screen_is_called_the_same_in_an_address_as_in_an_event() {
    for screen in [
        ScreenName::Credentials,
        ScreenName::Options,
        ScreenName::Mappings,
        ScreenName::Billing,
        ScreenName::Activity,
    ] {
        assert_eq!(serde_json::to_value(screen).unwrap(), screen.word());
    }
}
