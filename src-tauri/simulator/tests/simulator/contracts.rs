//! Contracts, service lines, units and adjustments.

use reqwest::Method;
use serde_json::{Value as Json, json};
use simulator::{Contract, ContractService, ContractServiceUnit};

use crate::bench::{Bench, texts};

pub struct Line {
    pub contract: Contract,
    pub line: ContractService,
}

/// The first running recurring-service contract's first line.
pub fn line(bench: &Bench) -> Line {
    let door = bench.simulator.autotask();
    let contract = door
        .contracts()
        .into_iter()
        .find(|one| one.contract_type == 7 && one.status == 1)
        .unwrap();
    let line = door
        .contract_services()
        .into_iter()
        .find(|line| line.contract_id == contract.id)
        .unwrap();
    Line { contract, line }
}

pub fn units(bench: &Bench, line: &ContractService) -> Vec<ContractServiceUnit> {
    let mut units = bench.simulator.autotask().contract_service_units();
    units.retain(|row| row.contract_service_id == line.id);
    units.sort_by_key(|row| row.start);
    units
}

pub async fn adjust(bench: &Bench, adjustment: Json) -> (u16, Json) {
    let (status, body) = bench.post("ContractServiceAdjustments", adjustment).await;
    (status.as_u16(), body)
}

#[tokio::test]
async fn units_have_one_row_per_month_over_the_whole_contract() {
    let bench = Bench::start().await;
    let Line { contract, line } = line(&bench);
    let rows = units(&bench, &line);
    assert_eq!(rows.len(), 36);
    assert_eq!(
        (rows[0].start, rows[35].end),
        (contract.start, contract.end)
    );
    for pair in rows.windows(2) {
        assert_eq!(
            pair[0].end.unwrap().tomorrow().unwrap(),
            pair[1].start.unwrap()
        );
    }
}

#[tokio::test]
async fn an_adjustment_inside_a_period_splits_it_and_changes_all_later_ones() {
    let bench = Bench::start().await;
    let Line { line, .. } = line(&bench);
    let before = units(&bench, &line);
    let adjustment = json!({ "contractServiceID": line.id, "effectiveDate": "2026-11-23T00:00:00Z", "unitChange": 7 });
    assert_eq!(
        adjust(&bench, adjustment).await,
        (200, json!({ "itemId": null }))
    );
    let after = units(&bench, &line);
    assert_eq!(after.len(), before.len() + 1);
    let day = "2026-11-23".parse().unwrap();
    let new = after.iter().position(|row| row.start == Some(day)).unwrap();
    assert_eq!(after[new - 1].end, Some("2026-11-22".parse().unwrap()));
    for (at, row) in after.iter().enumerate() {
        assert_eq!(row.units, before[0].units + if at >= new { 7 } else { 0 });
    }
    assert!((after[new].price - after[new].units as f64 * line.adjusted_price).abs() < 1e-6);
}

#[tokio::test]
async fn an_adjustment_at_the_start_of_a_period_makes_no_new_row() {
    let bench = Bench::start().await;
    let Line { line, .. } = line(&bench);
    let before = units(&bench, &line);
    let adjustment = json!({ "contractServiceID": line.id, "effectiveDate": "2026-12-01", "unitChange": -3, "adjustedUnitPrice": 0.2 });
    assert_eq!(adjust(&bench, adjustment).await.0, 200);
    let after = units(&bench, &line);
    assert_eq!(after.len(), before.len());
    let last = after.last().unwrap();
    assert_eq!(last.units, before[0].units - 3);
    assert!((last.price - 0.2 * last.units as f64).abs() < 1e-6);
}

#[tokio::test]
async fn adjustments_are_refused_in_the_vendors_words() {
    let bench = Bench::start().await;
    let Line { contract, line } = line(&bench);
    let door = bench.simulator.autotask();
    let other = door
        .contracts()
        .into_iter()
        .find(|one| one.contract_type == 1)
        .unwrap();
    let once =
        json!({ "contractServiceID": line.id, "effectiveDate": "2026-11-23", "unitChange": 1 });
    assert_eq!(adjust(&bench, once.clone()).await.0, 200);
    let rows = units(&bench, &line);
    let cases = [
        (
            json!({ "contractServiceID": line.id, "effectiveDate": "2026-11-24" }),
            "ContractServiceAdjustment must have a value for at least one of the following: unitChange, \
             adjustedUnitPrice, or adjustedUnitCost.",
        ),
        (
            json!({ "contractServiceID": line.id, "effectiveDate": "2019-01-01", "unitChange": 1 }),
            "ContractServiceAdjustment effectiveDate must be between the start date and end date of the Contract \
             referenced by contractID.",
        ),
        (
            json!({ "contractServiceID": line.id, "unitChange": 1 }),
            "Missing Required Field: effectiveDate. ; on record number [1].",
        ),
        (
            once,
            "Data violation: Attempt to insert duplicate data into contract_service_period.",
        ),
        (
            json!({ "contractServiceID": line.id, "effectiveDate": "2026-11-25", "unitChange": -1_000_000 }),
            "ContractServiceAdjustment would bring the units of the service below zero.",
        ),
        (
            json!({ "contractID": other.id, "serviceID": line.service_id, "effectiveDate": "2026-11-25", "unitChange": 1 }),
            "ContractServiceAdjustment is only allowed for a Contract of type Recurring Service.",
        ),
        (
            json!({ "contractID": contract.id, "effectiveDate": "2026-11-25", "unitChange": 1 }),
            "ContractServiceAdjustment must have a contractServiceID, or both a contractID and a serviceID.",
        ),
    ];
    for (adjustment, text) in cases {
        assert_eq!(
            bench
                .refused("ContractServiceAdjustments", adjustment)
                .await,
            [text]
        );
    }
    assert_eq!(
        units(&bench, &line),
        rows,
        "a refused adjustment changes nothing"
    );
}

#[tokio::test]
async fn a_service_that_is_not_on_the_contract_is_added_in_silence() {
    let bench = Bench::start().await;
    let Line { contract, .. } = line(&bench);
    let service = bench.simulator.autotask().services()[3].id;
    let path = format!("Contracts/{}/ServiceAdjustments", contract.id);
    let (status, body) = bench
        .post(
            &path,
            json!({ "serviceID": service, "effectiveDate": "2026-11-23", "unitChange": 4 }),
        )
        .await;
    assert_eq!(status, 200, "{body}");
    let lines = bench.simulator.autotask().contract_services();
    let added = lines
        .iter()
        .find(|one| one.contract_id == contract.id && one.service_id == service)
        .unwrap();
    assert_eq!(units(&bench, added).last().unwrap().units, 4);
    let (_, children) = bench
        .get(&format!("Contracts/{}/Services", contract.id))
        .await;
    assert!(
        children["items"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["id"] == json!(added.id))
    );
}

#[tokio::test]
async fn a_batch_of_adjustments_takes_effect_whole_or_not_at_all() {
    let bench = Bench::start().await;
    let Line { line, .. } = line(&bench);
    let before = units(&bench, &line);
    let adjustment = |date: &str| {
        format!(
            "<Entity xsi:type=\"ContractServiceAdjustment\"><ContractServiceID>{}</ContractServiceID><EffectiveDate>\
             {date}T00:00:00</EffectiveDate><UnitChange>5</UnitChange></Entity>",
            line.id
        )
    };
    let entities = format!(
        "<Entities>{}{}</Entities>",
        adjustment("2026-11-23"),
        adjustment("2019-11-23")
    );
    let (_, text) = bench.soap("create", &entities).await;
    assert_eq!(texts(&text, "ReturnCode"), ["-1"]);
    assert_eq!(units(&bench, &line), before);
    let (_, text) = bench
        .soap(
            "create",
            &format!("<Entities>{}</Entities>", adjustment("2026-11-23")),
        )
        .await;
    assert_eq!(texts(&text, "ReturnCode"), ["1"], "{text}");
    assert_eq!(units(&bench, &line).len(), before.len() + 1);
}

#[tokio::test]
async fn contracts_and_services_keep_their_rules() {
    let bench = Bench::start().await;
    let contract = json!({
        "companyID": bench.company(), "contractName": "New", "contractType": 7, "status": 1, "contractPeriodType": 2,
        "startDate": "2026-12-01", "endDate": "2027-11-30T23:00:00Z", "timeReportingRequiresStartAndStopTimes": 0,
    });
    let (_, created) = bench.post("Contracts", contract.clone()).await;
    let id = created["itemId"].as_i64().unwrap();
    let (_, stored) = bench.get(&format!("Contracts/{id}")).await;
    assert_eq!(
        stored["item"]["endDate"], "2027-11-30T00:00:00Z",
        "a date keeps its day"
    );
    assert_eq!(stored["item"]["contractPeriodType"], 2);
    let mut backwards = contract.clone();
    backwards["endDate"] = json!("2026-11-01");
    assert_eq!(
        bench.refused("Contracts", backwards).await,
        ["Contract endDate must be after startDate."]
    );
    // The type is given once.
    bench
        .rest(
            Method::PATCH,
            "Contracts",
            Some(json!({ "id": id, "contractType": 1 })),
        )
        .await;
    assert_eq!(
        bench.get(&format!("Contracts/{id}")).await.1["item"]["contractType"],
        7
    );

    let service = bench.simulator.autotask().services()[0].id;
    let (status, line) = bench
        .post(
            &format!("Contracts/{id}/Services"),
            json!({ "serviceID": service }),
        )
        .await;
    assert_eq!(status, 200, "{line}");
    let filter = json!([{ "op": "eq", "field": "contractServiceID", "value": line["itemId"] }]);
    let rows = bench.query("ContractServiceUnits", filter).await;
    assert_eq!((rows.len(), &rows[0]["units"]), (12, &json!(0)));
    let other = bench
        .simulator
        .autotask()
        .contracts()
        .into_iter()
        .find(|one| one.contract_type == 1)
        .unwrap();
    let refused = bench
        .refused(
            &format!("Contracts/{}/Services", other.id),
            json!({ "serviceID": service }),
        )
        .await;
    assert_eq!(
        refused,
        ["ContractService is only allowed for a Contract of type Recurring Service."]
    );
}

#[tokio::test]
async fn a_second_line_of_one_service_is_added_only_when_it_is_allowed() {
    let bench = Bench::start().await;
    let Line { contract, line } = line(&bench);
    let lines = || {
        let mut lines = bench.simulator.autotask().contract_services();
        lines.retain(|one| one.contract_id == contract.id && one.service_id == line.service_id);
        lines
    };
    let adjustment = json!({
        "contractID": contract.id, "serviceID": line.service_id, "effectiveDate": "2026-11-23", "unitChange": 2,
    });
    assert_eq!(adjust(&bench, adjustment).await.0, 200);
    assert_eq!(lines().len(), 1, "the known line is adjusted");
    let adjustment = json!({
        "contractID": contract.id, "serviceID": line.service_id, "effectiveDate": "2026-11-24", "unitChange": 3,
        "allowRepeatService": true,
    });
    assert_eq!(adjust(&bench, adjustment).await.0, 200);
    let lines = lines();
    assert_eq!(lines.len(), 2);
    assert_eq!(units(&bench, &lines[1]).last().unwrap().units, 3);

    let again = json!({ "serviceID": line.service_id });
    let path = format!("Contracts/{}/Services", contract.id);
    assert_eq!(
        bench.refused(&path, again.clone()).await,
        ["The Service already exists on the Contract."]
    );
    let door = bench.simulator.autotask();
    door.set_choices(simulator::Choices {
        same_service_twice_refused: false,
        ..door.choices()
    });
    assert_eq!(bench.post(&path, again).await.0, 200);
}

#[tokio::test]
async fn units_may_come_to_zero_and_below_it_only_by_choice() {
    let bench = Bench::start().await;
    let Line { line, .. } = line(&bench);
    let had = units(&bench, &line)[0].units;
    let change = |date: &str, by: i64| json!({ "contractServiceID": line.id, "effectiveDate": date, "unitChange": by });
    assert_eq!(adjust(&bench, change("2026-11-23", -had)).await.0, 200);
    assert_eq!(units(&bench, &line).last().unwrap().units, 0);
    assert_eq!(adjust(&bench, change("2026-11-24", -1)).await.0, 500);
    let door = bench.simulator.autotask();
    door.set_choices(simulator::Choices {
        negative_units_refused: false,
        ..door.choices()
    });
    assert_eq!(adjust(&bench, change("2026-11-24", -1)).await.0, 200);
    assert_eq!(units(&bench, &line).last().unwrap().units, -1);
}

#[tokio::test]
async fn whether_one_day_can_be_adjusted_twice_is_a_choice() {
    let bench = Bench::start().await;
    let Line { line, .. } = line(&bench);
    let had = units(&bench, &line)[0].units;
    let once =
        json!({ "contractServiceID": line.id, "effectiveDate": "2026-11-23", "unitChange": 1 });
    assert_eq!(adjust(&bench, once.clone()).await.0, 200);
    assert_eq!(adjust(&bench, once.clone()).await.0, 500);
    let door = bench.simulator.autotask();
    door.set_choices(simulator::Choices {
        same_day_adjustment_refused: false,
        ..door.choices()
    });
    assert_eq!(adjust(&bench, once).await.0, 200);
    assert_eq!(units(&bench, &line).last().unwrap().units, had + 2);
}

#[tokio::test]
async fn a_service_that_is_not_active_is_refused_only_by_choice() {
    let bench = Bench::start().await;
    let Line { contract, line } = line(&bench);
    let door = bench.simulator.autotask();
    let services = door.services();
    let (first, second) = (services[2].id, services[3].id);
    for id in [line.service_id, first, second] {
        assert!(door.set_service_active(id, false));
    }
    let add = |service: i64| json!({ "contractID": contract.id, "serviceID": service, "effectiveDate": "2026-11-23", "unitChange": 1 });
    assert_eq!(adjust(&bench, add(first)).await.0, 200);
    door.set_choices(simulator::Choices {
        inactive_service_refused: true,
        ..door.choices()
    });
    assert_eq!(adjust(&bench, add(second)).await.0, 500);
    assert_eq!(
        adjust(&bench, add(line.service_id)).await.0,
        200,
        "a line that is there can always be adjusted"
    );
}

#[tokio::test]
async fn an_inactive_contract_still_takes_adjustments_unless_chosen_otherwise() {
    let bench = Bench::start().await;
    let Line { contract, line } = line(&bench);
    let door = bench.simulator.autotask();
    door.set_contract_status(contract.id, 0);
    let change = |date: &str| json!({ "contractServiceID": line.id, "effectiveDate": date, "unitChange": 1 });
    assert_eq!(adjust(&bench, change("2026-11-23")).await.0, 200);
    door.set_choices(simulator::Choices {
        inactive_contract_refused: true,
        ..door.choices()
    });
    assert_eq!(adjust(&bench, change("2026-11-24")).await.0, 500);
}

#[tokio::test]
async fn a_recurring_contract_takes_no_estimates_and_a_service_only_a_code_for_services() {
    let bench = Bench::start().await;
    let contract = |kind: i64| {
        json!({
            "companyID": bench.company(), "contractName": "New", "contractType": kind, "status": 1, "estimatedHours": 5,
            "startDate": "2026-12-01", "endDate": "2027-11-30", "timeReportingRequiresStartAndStopTimes": 0,
        })
    };
    assert_eq!(
        bench.refused("Contracts", contract(7)).await,
        [
            "estimatedHours is not allowed for a Contract of type Recurring Service. ; on record number [1]."
        ]
    );
    assert_eq!(bench.post("Contracts", contract(1)).await.0, 200);
    let door = bench.simulator.autotask();
    door.set_choices(simulator::Choices {
        estimates_refused: false,
        ..door.choices()
    });
    assert_eq!(bench.post("Contracts", contract(7)).await.0, 200);

    let codes = bench.query("BillingCodes", json!([])).await;
    for code in codes {
        let service =
            json!({ "name": "New", "unitPrice": 1, "periodType": 2, "billingCodeID": code["id"] });
        let (status, body) = bench.post("Services", service).await;
        assert_eq!(status == 200, code["useType"] == 5, "{code}: {body}");
    }
}

#[tokio::test]
async fn nulls_in_a_new_row_are_refused_only_by_choice() {
    let bench = Bench::start().await;
    let mut ticket = bench.ticket();
    ticket["contractID"] = Json::Null;
    assert_eq!(bench.post("Tickets", ticket.clone()).await.0, 200);
    let door = bench.simulator.autotask();
    door.set_choices(simulator::Choices {
        nulls_refused: true,
        ..door.choices()
    });
    assert_eq!(bench.post("Tickets", ticket).await.0, 500);
    assert_eq!(bench.post("Tickets", bench.ticket()).await.0, 200);
}
