//! Renewing contracts.

use simulator::{Choices, RenewalToldBy};

use crate::bench::Bench;
use crate::contracts::{Line, adjust, line, units};

#[tokio::test]
async fn a_renewal_begins_the_day_after_with_the_services_and_their_last_units() {
    let bench = Bench::start().await;
    let Line { contract, line } = line(&bench);
    let change = serde_json::json!({ "contractServiceID": line.id, "effectiveDate": "2026-11-23", "unitChange": 5 });
    assert_eq!(adjust(&bench, change).await.0, 200);
    let last = units(&bench, &line).last().unwrap().units;
    let door = bench.simulator.autotask();
    let id = door.renew_contract(contract.id, None).unwrap();
    let contracts = door.contracts();
    let find = |id: i64| contracts.iter().find(|one| one.id == id).unwrap();
    let (old, new) = (find(contract.id), find(id));
    assert_eq!(new.name, format!("Renewal of {}", contract.name));
    assert_eq!(
        (new.contract_type, new.status, new.company_id),
        (7, 1, contract.company_id)
    );
    assert_eq!(new.start, contract.end.map(|end| end.tomorrow().unwrap()));
    let years = |start: Option<jiff::civil::Date>, end: Option<jiff::civil::Date>| {
        end.unwrap().tomorrow().unwrap().year() - start.unwrap().year()
    };
    assert_eq!(
        years(new.start, new.end),
        years(contract.start, contract.end)
    );
    assert_eq!(
        (old.renewed_contract_id, new.renewed_contract_id),
        (Some(id), None)
    );

    let mut lines = door.contract_services();
    lines.retain(|one| one.contract_id == id);
    let carried = lines
        .iter()
        .find(|one| one.service_id == line.service_id)
        .unwrap();
    let rows = units(&bench, carried);
    assert_eq!(
        (rows[0].start, rows.last().unwrap().end),
        (new.start, new.end)
    );
    assert!(
        rows.iter()
            .all(|row| row.units == last && row.posted.is_none())
    );
    assert!((carried.adjusted_price - line.adjusted_price).abs() < f64::EPSILON);
}

#[tokio::test]
async fn a_contract_is_renewed_once_and_only_of_the_recurring_type() {
    let bench = Bench::start().await;
    let Line { contract, .. } = line(&bench);
    let door = bench.simulator.autotask();
    assert!(door.renew_contract(4, None).is_err());
    let other = door
        .contracts()
        .into_iter()
        .find(|one| one.contract_type == 1)
        .unwrap();
    assert!(door.renew_contract(other.id, None).is_err());
    assert!(
        door.renew_contract(contract.id, contract.end).is_err(),
        "it would end before it starts"
    );
    let id = door
        .renew_contract(contract.id, Some("2035-01-31".parse().unwrap()))
        .unwrap();
    assert!(door.renew_contract(contract.id, None).is_err());
    let new = door
        .contracts()
        .into_iter()
        .find(|one| one.id == id)
        .unwrap();
    assert_eq!(new.end, Some("2035-01-31".parse().unwrap()));
}

#[tokio::test]
async fn the_new_contract_can_tell_of_the_renewal_instead_of_the_old_one() {
    let bench = Bench::start().await;
    let Line { contract, .. } = line(&bench);
    let door = bench.simulator.autotask();
    door.set_choices(Choices {
        renewal_told_by: RenewalToldBy::NewContract,
        ..door.choices()
    });
    let id = door.renew_contract(contract.id, None).unwrap();
    let (_, new) = bench.get(&format!("Contracts/{id}")).await;
    let (_, old) = bench.get(&format!("Contracts/{}", contract.id)).await;
    assert_eq!(new["item"]["renewedContractID"], contract.id);
    assert_eq!(old["item"]["renewedContractID"], serde_json::Value::Null);
}
