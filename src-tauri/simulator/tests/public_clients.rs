//! The simulator, used by published Autotask clients of others: one over SOAP, one over REST.
//!
//! The programs that drive them are in `tests/public_clients`. `cargo xtask test` installs the
//! clients below `target/public-clients`; `PUBLIC_CLIENTS_PYTHON` (a Python that has `atws`) and
//! `PUBLIC_CLIENTS_NODE_MODULES` name other places. Where a client is not installed its test says
//! so and passes; where everything must be tested, that is a failure.

#![cfg(test)]

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value as Json, json};
use simulator::{Call, Config, Simulator, SoapRelease};

const TICKETS: usize = 620;
const DUE: &str = "2026-11-25T17:00:00Z";

async fn simulator() -> Simulator {
    let config = Config {
        start: Some("2026-11-23T15:00:00Z".parse().unwrap()),
        jobs_per_hour: 0.0,
        speed: 0.0,
        ..Config::default()
    };
    Simulator::start(config).await.unwrap()
}

/// A file or folder named by an environment variable, or else found below the build folder. None,
/// with a word about it, if it is not there.
fn installed(variable: &str, below_target: &[&str]) -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let mut place = target.join("public-clients");
    place.extend(below_target);
    let place = std::env::var_os(variable).map_or(place, PathBuf::from);
    if place.exists() {
        return Some(place);
    }
    let missing = format!(
        "there is no {} (cargo xtask test installs it)",
        place.display()
    );
    assert!(std::env::var_os("CI").is_none(), "{missing}");
    println!("skipped: {missing}");
    None
}

/// Runs a program against the simulator and gives what it found.
fn run(
    simulator: &Simulator,
    program: &Path,
    script: &str,
    environment: &[(&str, OsString)],
) -> Json {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/public_clients");
    // The SOAP client keeps descriptions by their address, which another run may have had too.
    let scratch = tempfile::tempdir().unwrap();
    let logins = simulator.logins();
    let mut command = Command::new(program);
    command
        .arg(scripts.join(script))
        .env("AUTOTASK_ADDRESS", simulator.addresses().autotask.as_str())
        .env("AUTOTASK_USERNAME", &logins.username)
        .env("AUTOTASK_PASSWORD", &logins.password)
        .env("AUTOTASK_TRACKING_IDENTIFIER", &logins.tracking_identifier)
        .env("NO_PROXY", "127.0.0.1")
        .env("PYTHONIOENCODING", "utf-8")
        .env("TMPDIR", scratch.path())
        .env("TEMP", scratch.path())
        .envs(environment.iter().cloned());
    let output = tokio::task::block_in_place(|| command.output()).unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}: {said}");
    let found = String::from_utf8(output.stdout).unwrap();
    let found = serde_json::from_str(&found);
    found.unwrap_or_else(|error| panic!("{script}: {error}: {said}"))
}

fn ids(found: &Json, name: &str) -> Vec<i64> {
    let ids = found[name].as_array().unwrap();
    ids.iter().map(|id| id.as_i64().unwrap()).collect()
}

/// What must hold of the tickets, whichever way they came.
fn check_tickets(simulator: &Simulator, found: &Json) {
    let created = ids(found, "ids_created");
    assert_eq!(created.len(), TICKETS);
    let mut in_order = created.clone();
    in_order.sort_unstable();
    assert_eq!(ids(found, "ids_found"), in_order);

    let tickets = simulator.autotask().tickets();
    assert_eq!(tickets.len(), TICKETS, "refused ones are not stored");
    let company = found["company"].as_i64().unwrap();
    for (number, id) in created.iter().enumerate() {
        let ticket = tickets.iter().find(|ticket| ticket.id == *id).unwrap();
        let key = format!("public-{number}");
        assert_eq!(ticket.external_id.as_ref(), Some(&key));
        assert_eq!(ticket.company_id, company);
        assert_eq!(ticket.due, Some(DUE.parse().unwrap()));
    }
    assert_eq!(found["changed"], json!("Changed"));
}

fn calls<'a>(journal: &'a [Call], operation: &str, entity: &str) -> Vec<&'a Call> {
    let fitting = journal
        .iter()
        .filter(|call| call.operation == operation && call.entity == Some(entity));
    fitting.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_published_soap_client_works_with_both_releases() {
    let python = if cfg!(windows) {
        ["venv", "Scripts", "python.exe"]
    } else {
        ["venv", "bin", "python"]
    };
    let Some(python) = installed("PUBLIC_CLIENTS_PYTHON", &python) else {
        return;
    };
    for (release, version) in [
        (SoapRelease::Published2019, "1.6"),
        (SoapRelease::V1_6_8, "1.6.8"),
    ] {
        let simulator = simulator().await;
        let mut choices = simulator.autotask().choices();
        choices.soap_release = release;
        simulator.autotask().set_choices(choices);
        let found = run(&simulator, &python, "soap.py", &[]);
        check_tickets(&simulator, &found);

        assert_eq!(
            found["awkward"],
            json!("A & B <c> \"q\" 'a' ]]> ünïcödé 漢字 🙂")
        );
        assert_eq!(found["due"], json!("2026-11-25T17:00:00+00:00"));
        assert_eq!(found["version"], json!(version));
        assert_eq!(found["entities"].as_array().unwrap().len(), 13);
        assert_eq!(
            found["required"],
            json!(["AccountID", "Priority", "Status", "Title", "id"])
        );
        let queues = simulator.autotask().queues();
        assert_eq!(found["queues"].as_array().unwrap().len(), queues.len());
        let refusals = found["refusals"].to_string();
        assert!(
            refusals.contains("Missing Required Field: AccountID."),
            "{refusals}"
        );
        let usage = found["usage"].as_str().unwrap();
        assert!(
            usage.starts_with("ThresholdOfExternalRequest: 10000;"),
            "{usage}"
        );
        assert_ne!(found["wrong_password"], json!(""));

        let journal = simulator.journal();
        assert_eq!(journal.iter().filter(|call| call.status == 401).count(), 1);
        let rows = |calls: Vec<&Call>| calls.iter().map(|call| call.rows).collect::<Vec<_>>();
        assert_eq!(
            rows(calls(&journal, "create", "Tickets")),
            [200, 200, 200, 20, 0],
            "batches, then the refused one"
        );
        assert_eq!(rows(calls(&journal, "query", "Tickets")), [500, 120]);
        assert!(
            journal.iter().all(|call| call.operation != "unknown"),
            "{journal:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_published_rest_client_works() {
    let Some(modules) = installed("PUBLIC_CLIENTS_NODE_MODULES", &["node_modules"]) else {
        return;
    };
    let simulator = simulator().await;
    let modules = [("NODE_PATH", modules.into_os_string())];
    let found = run(&simulator, Path::new("node"), "rest.cjs", &modules);
    check_tickets(&simulator, &found);

    assert_eq!(
        found["awkward"],
        json!("A & B <c> \"q\" 'a' \\ ]]> ünïcödé 漢字 🙂")
    );
    assert_eq!(found["due"].as_str().unwrap()[..19], DUE[..19]);
    assert_eq!(found["pages"], json!([500, 120]));
    assert_eq!(found["counted"], json!(TICKETS));
    assert_eq!(found["missing"], json!(true));
    assert_eq!(
        found["required"],
        json!(["id", "companyID", "priority", "status", "title"])
    );
    assert_eq!(found["usage"]["externalRequestThreshold"], json!(10_000));
    assert_eq!(found["wrong_password"], json!(401));
    let refusals = found["refusals"].to_string();
    assert!(
        refusals.contains("Missing Required Field: companyID."),
        "{refusals}"
    );
    let notes = simulator.autotask().ticket_notes();
    assert_eq!(found["note"], json!(notes[0].id));

    let journal = simulator.journal();
    let created = calls(&journal, "create", "Tickets");
    assert_eq!(created.len(), TICKETS + 1, "and the refused one");
    assert!(
        journal.iter().all(|call| call.operation != "unknown"),
        "{journal:?}"
    );
}
