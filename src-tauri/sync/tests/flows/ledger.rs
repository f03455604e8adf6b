//! The ledger against what stands in Autotask.

use jiff::SignedDuration;
use serde_json::Value;
use simulator::{What, When};
use sync::{
    ledger::{self, LedgerCheck},
    settings::Api,
    store::Store,
    test_ticket,
};

use crate::world::{BOTH, World, config};

/// All lines, of a ledger that fits.
fn lines(store: &Store) -> Vec<Value> {
    let check = ledger::verify(store).unwrap();
    assert!(matches!(check, LedgerCheck::Fits { .. }), "{check:?}");
    let mut bytes = Vec::new();
    ledger::export_json(store, &mut bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_ticket_in_autotask_has_its_line_also_when_answers_are_lost() {
    for api in BOTH {
        let world = World::mapped(api, config(5, 60)).await;
        world.fault("Tickets/create", When::Once, What::DropAfter);
        let report = world.pass().await.unwrap();
        assert!(report.found > 0, "an answer was lost: {report:?}");
        assert_eq!(report.waiting, 0, "{report:?}");
        world.assert_each_job_has_its_ticket();
        let account = *world.accounts().values().next().unwrap();
        let client = &world.connection.autotask;
        test_ticket::send(&world.store, client, account, &world.clock)
            .await
            .unwrap();

        let mut tickets: Vec<(i64, i64, String)> = world
            .simulator
            .autotask()
            .tickets()
            .into_iter()
            .filter_map(|ticket| Some((ticket.id, ticket.company_id, ticket.external_id?)))
            .filter(|(_, _, key)| key.starts_with("ucd-"))
            .collect();
        let mut told: Vec<(i64, i64, String)> = lines(&world.store)
            .into_iter()
            .filter(|line| line["what"] == "created" || line["what"] == "found")
            .map(|line| {
                let number = |name: &str| line[name].as_i64().unwrap();
                let key = line["key"].as_str().unwrap().to_owned();
                (number("ticket_id"), number("account"), key)
            })
            .collect();
        tickets.sort();
        told.sort();
        assert_eq!(told, tickets);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pass_removes_lines_that_are_old_enough_and_leaves_a_ledger_that_fits() {
    let world = World::mapped(Api::Rest, config(2, 10)).await;
    let mut general = world.store.settings().unwrap().general;
    general.keep_ledger_days = 90;
    world.store.save_general(&general).unwrap();
    world.pass().await.unwrap();
    let all = lines(&world.store);
    assert!(all.iter().any(|line| line["what"] == "created"), "{all:?}");

    world.clock.advance(SignedDuration::from_hours(24 * 89));
    world.pass().await.unwrap();
    assert_eq!(lines(&world.store), all);

    // A clock that stands there for one look only would remove nothing.
    for _ in 0..8 {
        world.clock.advance(SignedDuration::from_hours(24));
        world.pass().await.unwrap();
    }
    assert_eq!(lines(&world.store), [Value::Null; 0]);
}
