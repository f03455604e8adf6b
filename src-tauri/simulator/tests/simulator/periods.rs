//! Billing periods: posting them, and how they follow the contract's dates.

use jiff::civil::Date;
use reqwest::Method;
use serde_json::json;
use simulator::{Choices, ContractServiceUnit, PostedPeriods};

use crate::bench::{Bench, texts};
use crate::contracts::{Line, adjust, line, units};

const POSTED_WORDS: &str = "Unable to make changes as it would result in the deletion/modification of an already \
                            approved and posted contract period.";

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn choose(bench: &Bench, change: impl FnOnce(&mut Choices)) {
    let door = bench.simulator.autotask();
    let mut choices = door.choices();
    change(&mut choices);
    door.set_choices(choices);
}

/// A line whose periods up to the running one are posted.
fn posted(bench: &Bench) -> Line {
    let found = line(bench);
    let door = bench.simulator.autotask();
    let periods = door.approve_and_post(found.contract.id, day("2026-11-23"));
    assert!(periods.unwrap() > 1);
    found
}

fn covering<'a>(rows: &'a [ContractServiceUnit], on: &str) -> &'a ContractServiceUnit {
    let mut found = rows
        .iter()
        .filter(|row| row.start <= Some(day(on)) && Some(day(on)) <= row.end);
    let row = found.next().unwrap();
    assert!(found.next().is_none(), "two rows cover {on}");
    row
}

#[tokio::test]
async fn posting_sets_the_date_of_every_period_that_has_begun_even_of_an_inactive_contract() {
    let bench = Bench::start().await;
    let Line { contract, line } = line(&bench);
    let door = bench.simulator.autotask();
    door.set_contract_status(contract.id, 0);
    assert!(
        door.approve_and_post(contract.id, day("2026-11-23"))
            .unwrap()
            > 1
    );
    assert_eq!(
        door.approve_and_post(contract.id, day("2026-11-23")),
        Some(0)
    );
    assert_eq!(door.approve_and_post(4, day("2026-11-23")), None);
    for row in units(&bench, &line) {
        let begun = row.start <= Some(day("2026-11-23"));
        assert_eq!(row.posted, begun.then(|| day("2026-11-23")), "{row:?}");
    }
    let filter = json!([
        { "op": "eq", "field": "contractServiceID", "value": line.id },
        { "op": "exist", "field": "approveAndPostDate" },
    ]);
    let rows = bench.query("ContractServiceUnits", filter).await;
    assert_eq!(rows[0]["approveAndPostDate"], "2026-11-23T00:00:00Z");
    assert!(
        door.take_back_posting(contract.id, day("2026-11-01"))
            .unwrap()
            > 0
    );
    assert_eq!(covering(&units(&bench, &line), "2026-11-05").posted, None);
    assert!(
        covering(&units(&bench, &line), "2026-10-05")
            .posted
            .is_some()
    );
}

#[tokio::test]
async fn an_adjustment_inside_a_posted_period_leaves_a_part_that_is_not_posted() {
    let bench = Bench::start().await;
    let Line { line, .. } = posted(&bench);
    let had = units(&bench, &line)[0].units;
    let change =
        json!({ "contractServiceID": line.id, "effectiveDate": "2026-11-15", "unitChange": 5 });
    assert_eq!(adjust(&bench, change).await.0, 200);
    let rows = units(&bench, &line);
    let (before, after) = (covering(&rows, "2026-11-14"), covering(&rows, "2026-11-15"));
    assert_eq!((before.units, before.posted.is_some()), (had, true));
    assert_eq!((after.units, after.posted), (had + 5, None));
}

#[tokio::test]
async fn posted_periods_can_be_kept_or_make_an_adjustment_fail() {
    let bench = Bench::start().await;
    let Line { line, .. } = posted(&bench);
    let before = units(&bench, &line);
    let change = |date: &str| json!({ "contractServiceID": line.id, "effectiveDate": date, "unitChange": 5 });
    choose(&bench, |choices| {
        choices.posted_periods = PostedPeriods::Refused
    });
    assert_eq!(
        bench
            .refused("ContractServiceAdjustments", change("2026-10-15"))
            .await,
        [POSTED_WORDS]
    );
    assert_eq!(units(&bench, &line), before);

    choose(&bench, |choices| {
        choices.posted_periods = PostedPeriods::Kept
    });
    assert_eq!(adjust(&bench, change("2026-10-15")).await.0, 200);
    let rows = units(&bench, &line);
    assert_eq!(rows.len(), before.len(), "nothing is split");
    let had = before[0].units;
    assert_eq!(covering(&rows, "2026-11-20").units, had);
    assert_eq!(covering(&rows, "2026-12-20").units, had + 5);

    choose(&bench, |choices| {
        choices.posted_periods = PostedPeriods::Refused
    });
    assert_eq!(
        adjust(&bench, change("2026-12-01")).await.0,
        200,
        "nothing posted is touched"
    );
}

#[tokio::test]
async fn without_proration_a_change_begins_with_a_period_that_is_not_billed_yet() {
    let bench = Bench::start().await;
    let Line { contract, line } = line(&bench);
    let had = units(&bench, &line)[0].units;
    choose(&bench, |choices| choices.proration = false);
    let change = |date: &str| json!({ "contractServiceID": line.id, "effectiveDate": date, "unitChange": 5 });
    assert_eq!(adjust(&bench, change("2026-11-15")).await.0, 200);
    let rows = units(&bench, &line);
    assert_eq!(covering(&rows, "2026-11-01").units, had + 5);
    assert_eq!(covering(&rows, "2026-10-31").units, had);

    let door = bench.simulator.autotask();
    door.approve_and_post(contract.id, day("2026-11-23"))
        .unwrap();
    assert_eq!(adjust(&bench, change("2026-11-20")).await.0, 200);
    let rows = units(&bench, &line);
    assert_eq!(covering(&rows, "2026-11-30").units, had + 5);
    assert_eq!(covering(&rows, "2026-12-01").units, had + 10);
}

#[tokio::test]
async fn an_earlier_end_takes_periods_away_and_a_later_one_goes_on_with_the_last_units() {
    let bench = Bench::start().await;
    let Line { contract, line } = line(&bench);
    let before = units(&bench, &line);
    let change =
        json!({ "contractServiceID": line.id, "effectiveDate": "2026-11-15", "unitChange": 5 });
    assert_eq!(adjust(&bench, change).await.0, 200);

    // The vendor's way to take an adjustment back: the end to the day before, then forward again.
    let set_end = async |end: String| {
        let patch = json!({ "id": contract.id, "endDate": end });
        bench.rest(Method::PATCH, "Contracts", Some(patch)).await.0
    };
    assert_eq!(set_end("2026-11-14".to_owned()).await, 200);
    let rows = units(&bench, &line);
    let last = rows.last().unwrap();
    assert_eq!(
        (last.end, last.units),
        (Some(day("2026-11-14")), before[0].units)
    );
    assert_eq!(set_end(contract.end.unwrap().to_string()).await, 200);
    let rows = units(&bench, &line);
    let days = |rows: &[ContractServiceUnit]| {
        rows.iter()
            .map(|row| (row.start, row.end, row.units))
            .collect::<Vec<_>>()
    };
    assert_eq!(days(&rows), days(&before));
}

#[tokio::test]
async fn a_posted_period_keeps_a_contract_from_ending_earlier() {
    let bench = Bench::start().await;
    let Line { contract, line } = posted(&bench);
    let before = units(&bench, &line);
    let patch = |end: &str| Some(json!({ "id": contract.id, "endDate": end }));
    let (status, body) = bench
        .rest(Method::PATCH, "Contracts", patch("2026-11-14"))
        .await;
    assert_eq!(
        (status.as_u16(), body),
        (500, json!({ "errors": [POSTED_WORDS] }))
    );
    assert_eq!(units(&bench, &line), before);
    assert_eq!(
        bench
            .rest(Method::PATCH, "Contracts", patch("2026-11-30"))
            .await
            .0,
        200
    );

    choose(&bench, |choices| choices.posted_dates_refused = false);
    assert_eq!(
        bench
            .rest(Method::PATCH, "Contracts", patch("2026-11-14"))
            .await
            .0,
        200
    );
    assert_eq!(
        units(&bench, &line).last().unwrap().end,
        Some(day("2026-11-14"))
    );
}

#[tokio::test]
async fn a_moved_start_lays_the_same_units_over_new_periods() {
    let bench = Bench::start().await;
    let Line { contract, line } = line(&bench);
    let had = units(&bench, &line)[0].units;
    let change =
        json!({ "contractServiceID": line.id, "effectiveDate": "2026-12-10", "unitChange": 5 });
    assert_eq!(adjust(&bench, change).await.0, 200);
    let door = bench.simulator.autotask();
    door.set_contract_dates(contract.id, day("2026-11-05"), day("2027-02-04"));
    let rows = units(&bench, &line);
    let found: Vec<(Option<Date>, Option<Date>, i64)> = rows
        .iter()
        .map(|row| (row.start, row.end, row.units))
        .collect();
    let expected = [
        ("2026-11-05", "2026-12-04", had),
        ("2026-12-05", "2026-12-09", had),
        ("2026-12-10", "2027-01-04", had + 5),
        ("2027-01-05", "2027-02-04", had + 5),
    ];
    let expected = expected.map(|(start, end, units)| (Some(day(start)), Some(day(end)), units));
    assert_eq!(found, expected);
}

#[tokio::test]
async fn soap_moves_an_end_date_too_and_a_failing_batch_moves_nothing() {
    let bench = Bench::start().await;
    let Line { contract, line } = line(&bench);
    let before = units(&bench, &line);
    let (_, item) = bench.get(&format!("Contracts/{}", contract.id)).await;
    let name = item["item"]["contractName"].as_str().unwrap();
    let entity = |id: i64, end: &str| {
        format!(
            "<Entity xsi:type=\"Contract\"><id>{id}</id><ContractName>{name}</ContractName><EndDate>{end}T00:00:00</EndDate>\
             <StartDate>{}T00:00:00</StartDate><Status>1</Status>\
             <TimeReportingRequiresStartAndStopTimes>0</TimeReportingRequiresStartAndStopTimes></Entity>",
            contract.start.unwrap()
        )
    };
    let both = format!(
        "<Entities>{}{}</Entities>",
        entity(contract.id, "2026-11-30"),
        entity(4, "2026-11-30")
    );
    let (_, text) = bench.soap("update", &both).await;
    assert_eq!(texts(&text, "ReturnCode"), ["-1"]);
    assert_eq!(units(&bench, &line), before);
    let (_, text) = bench
        .soap(
            "update",
            &format!("<Entities>{}</Entities>", entity(contract.id, "2026-11-30")),
        )
        .await;
    assert_eq!(texts(&text, "ReturnCode"), ["1"], "{text}");
    assert_eq!(
        units(&bench, &line).last().unwrap().end,
        Some(day("2026-11-30"))
    );
}
