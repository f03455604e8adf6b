//! A tenant of the size of the largest partners.

use serde_json::json;
use simulator::Config;

use crate::bench::{Bench, config};

#[tokio::test]
async fn a_tenant_of_30_000_contracts_and_a_million_rows_of_units_can_be_made_and_paged() {
    let bench = Bench::with(Config {
        organizations: 10_000,
        contracts_per_customer: 3,
        finished_jobs: 200_000,
        ..config()
    })
    .await;
    let state = bench.ask("state").await;
    let rows = |name: &str| state["autotask"]["rows"][name].as_u64().unwrap();
    assert_eq!(rows("Companies"), 10_004);
    assert!(rows("Contracts") >= 30_000);
    assert!(rows("ContractServiceUnits") > 1_000_000);
    assert!(state["cloud_direct"]["jobs"].as_u64().unwrap() >= 200_000);
    let filter = json!([{ "op": "gt", "field": "id", "value": 600_000 }]);
    let page = bench.query("ContractServiceUnits", filter).await;
    assert_eq!((page.len(), &page[499]["id"]), (500, &json!(600_500)));
}

#[tokio::test]
async fn more_contracts_per_customer_are_running_ones_with_services() {
    let bench = Bench::with(Config {
        contracts_per_customer: 4,
        ..config()
    })
    .await;
    let door = bench.simulator.autotask();
    let contracts = door.contracts();
    let lines = door.contract_services();
    let customers = &door.companies()[1..13];
    for company in customers {
        let of_company = contracts.iter().filter(|one| one.company_id == company.id);
        assert_eq!(of_company.clone().count(), 4, "{}", company.name);
        for contract in of_company.filter(|one| one.name.starts_with("Managed")) {
            let line = lines.iter().find(|one| one.contract_id == contract.id);
            assert!(line.is_some() && contract.contract_type == 7 && contract.status == 1);
        }
    }
}
