//! How a full-size world starts and answers: figures for whoever changes the store.
//!
//! `cargo run -p simulator --example full_size`, with `--release` for the other profile. 10,000
//! customers with 30,000 contracts and 200,000 finished jobs, and 20,000 tickets sent to them.
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

use std::error::Error;
use std::time::{Duration, Instant};

use reqwest::{Client, RequestBuilder};
use serde_json::{Value as Json, json};
use simulator::{Config, Simulator};

/// Each page is asked for so many times; the middle one is shown.
const TIMES: usize = 15;

type Failure = Box<dyn Error>;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Failure> {
    let begun = Instant::now();
    let simulator = Simulator::start(Config {
        organizations: 10_000,
        contracts_per_customer: 3,
        finished_jobs: 200_000,
        jobs_per_hour: 0.0,
        speed: 0.0,
        start: Some("2026-11-23T15:00:00Z".parse()?),
        limits: false,
        ..Config::default()
    })
    .await?;
    println!(
        "started in {:.2} s{}, {}",
        begun.elapsed().as_secs_f64(),
        work(),
        memory()
    );
    let door = simulator.autotask();
    let companies: Vec<i64> = door.companies().iter().map(|one| one.id).collect();
    let contracts: Vec<i64> = door.contracts().iter().map(|one| one.id).collect();
    println!(
        "{} companies, {} contracts",
        companies.len(),
        contracts.len()
    );

    let caller = Caller {
        http: Client::builder().no_proxy().build()?,
        simulator: &simulator,
    };
    caller.make_tickets(&companies).await?;
    println!("with 20,000 tickets: {}", memory());

    let middle = |ids: &[i64]| ids.get(ids.len() / 2).copied().unwrap_or(0);
    let slice = |ids: &[i64], count: usize| -> Vec<i64> {
        ids.iter()
            .skip(ids.len() / 2)
            .take(count)
            .copied()
            .collect()
    };
    let keys: Vec<String> = (10_000..10_500)
        .map(|number| format!("key-{number}"))
        .collect();
    let after = |id: i64| json!([{ "op": "gt", "field": "id", "value": id }]);
    let among =
        |field: &str, values: Json| json!([{ "op": "in", "field": field, "value": values }]);
    for (what, collection, filter) in [
        ("companies, id > n", "Companies", after(middle(&companies))),
        ("contracts, id > n", "Contracts", after(middle(&contracts))),
        (
            "contracts of 160 companies",
            "Contracts",
            among("companyID", json!(slice(&companies, 160))),
        ),
        (
            "contract services, id > n",
            "ContractServices",
            after(29_700_000),
        ),
        ("units, id > n", "ContractServiceUnits", after(600_000)),
        (
            "units of 13 contracts",
            "ContractServiceUnits",
            among("contractID", json!(slice(&contracts, 13))),
        ),
        (
            "units of today, id > n",
            "ContractServiceUnits",
            json!([
                { "op": "gt", "field": "id", "value": 600_000 },
                { "op": "lte", "field": "startDate", "value": "2026-11-23" },
                { "op": "gte", "field": "endDate", "value": "2026-11-23" },
            ]),
        ),
        ("tickets, id > n", "Tickets", after(20_000)),
        (
            "tickets by 500 external ids",
            "Tickets",
            among("externalID", json!(keys)),
        ),
    ] {
        let body = json!({ "filter": filter });
        let request = || caller.rest(&format!("{collection}/query")).json(&body);
        caller
            .show(&format!("REST, {what}"), "\"id\":", request)
            .await?;
    }
    for (what, entity, query) in [
        ("accounts, id > n", "Account", above(middle(&companies))),
        ("contracts, id > n", "Contract", above(middle(&contracts))),
        ("units, id > n", "ContractServiceUnit", above(600_000)),
        ("tickets, id > n", "Ticket", above(20_000)),
        (
            "tickets by 500 external ids",
            "Ticket",
            any_of("ExternalID", &keys),
        ),
    ] {
        let request = || caller.soap("query", &query_xml(entity, &query));
        caller
            .show(&format!("SOAP, {what}"), "<Entity xsi:type=", request)
            .await?;
    }
    let portal = || {
        let url = format!(
            "{}v1/jobs?finished_after=2026-11-08T00:00:00Z",
            simulator.addresses().cloud_direct
        );
        caller.http.get(url).bearer_auth(&simulator.logins().token)
    };
    caller
        .show("portal, jobs of two weeks", "\"started_at\"", portal)
        .await?;
    let begun = Instant::now();
    let mut everything = caller
        .http
        .get(simulator.addresses().control.join("everything")?)
        .send()
        .await?;
    let mut bytes = 0;
    while let Some(chunk) = everything.chunk().await? {
        bytes += chunk.len();
    }
    println!(
        "everything: {} MB of JSON in {:.1} s",
        bytes / 1_000_000,
        begun.elapsed().as_secs_f64()
    );
    println!("at the end: {}", memory());
    Ok(())
}

struct Caller<'a> {
    http: Client,
    simulator: &'a Simulator,
}

impl Caller<'_> {
    fn rest(&self, path: &str) -> RequestBuilder {
        let logins = self.simulator.logins();
        let base = &self.simulator.addresses().autotask;
        self.http
            .post(format!("{base}ATServicesRest/V1.0/{path}"))
            .header("UserName", &logins.username)
            .header("Secret", &logins.password)
            .header("ApiIntegrationCode", &logins.tracking_identifier)
    }

    fn soap(&self, operation: &str, body: &str) -> RequestBuilder {
        let logins = self.simulator.logins();
        let envelope = format!(
            "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\" \
             xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><soap:Header><AutotaskIntegrations \
             xmlns=\"http://autotask.net/ATWS/v1_6/\"><IntegrationCode>{}</IntegrationCode></AutotaskIntegrations>\
             </soap:Header><soap:Body><{operation} xmlns=\"http://autotask.net/ATWS/v1_6/\">{body}</{operation}>\
             </soap:Body></soap:Envelope>",
            logins.tracking_identifier
        );
        let base = &self.simulator.addresses().autotask;
        self.http
            .post(format!("{base}ATServices/1.6/atws.asmx"))
            .basic_auth(&logins.username, Some(&logins.password))
            .header("Content-Type", "text/xml; charset=utf-8")
            .body(envelope)
    }

    async fn make_tickets(&self, companies: &[i64]) -> Result<(), Failure> {
        let queue = self.simulator.autotask().queues();
        let queue = queue.first().map_or("", |queue| queue.id.as_str());
        let numbers: Vec<usize> = (0..20_000).collect();
        for batch in numbers.chunks(200) {
            let entities: String = batch
                .iter()
                .map(|number| {
                    let company = companies.get(number % companies.len()).copied().unwrap_or(0);
                    format!(
                        "<Entity xsi:type=\"Ticket\"><AccountID>{company}</AccountID><DueDateTime>2026-11-25T12:00:00\
                         </DueDateTime><ExternalID>key-{number}</ExternalID><Title>Backup failed {number}</Title>\
                         <Status>1</Status><Priority>1</Priority><QueueID>{queue}</QueueID></Entity>"
                    )
                })
                .collect();
            let request = self.soap("create", &format!("<Entities>{entities}</Entities>"));
            let text = request.send().await?.text().await?;
            if !text.contains("<ReturnCode>1</ReturnCode>") {
                return Err(format!("no tickets: {text}").into());
            }
        }
        Ok(())
    }

    async fn show(
        &self,
        what: &str,
        row: &str,
        request: impl Fn() -> RequestBuilder,
    ) -> Result<(), Failure> {
        let mut took: Vec<Duration> = Vec::new();
        let mut rows = 0;
        for _ in 0..TIMES {
            let begun = Instant::now();
            let text = request().send().await?.error_for_status()?.text().await?;
            took.push(begun.elapsed());
            rows = text.matches(row).count();
        }
        took.sort();
        let milliseconds = |at: usize| took.get(at).map_or(0.0, |took| took.as_secs_f64() * 1000.0);
        println!(
            "{what}: {rows} rows in {:.1} ms (slowest {:.1} ms)",
            milliseconds(TIMES / 2),
            milliseconds(TIMES - 1)
        );
        Ok(())
    }
}

fn above(id: i64) -> String {
    format!("<field>id<expression op=\"GreaterThan\">{id}</expression></field>")
}

fn any_of(field: &str, values: &[String]) -> String {
    let test = |value: &String| {
        format!(
            "<condition operator=\"OR\"><field>{field}<expression op=\"Equals\">{value}</expression></field></condition>"
        )
    };
    values.iter().map(test).collect()
}

fn query_xml(entity: &str, query: &str) -> String {
    format!(
        "<sXML><![CDATA[<queryxml><entity>{entity}</entity><query>{query}</query></queryxml>]]></sXML>"
    )
}

/// The processor time so far, which other programs do not disturb; only Linux tells it.
fn work() -> String {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let mut hundredths = after_name.split_whitespace().skip(11).take(2);
    let sum = hundredths.try_fold(0.0, |sum, part| Some(sum + part.parse::<f64>().ok()?));
    sum.filter(|sum| *sum > 0.0)
        .map_or_else(String::new, |sum| {
            format!(" ({:.2} s of work)", sum / 100.0)
        })
}

/// What the system says that the process holds in memory; only Linux does.
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = |name: &str| {
        let mut lines = status.lines();
        let kilobytes = lines.find_map(|line| line.strip_prefix(name)?.trim().strip_suffix(" kB"));
        kilobytes.and_then(|number| number.parse::<u64>().ok())
    };
    match (line("VmRSS:"), line("VmHWM:")) {
        (Some(now), Some(most)) => {
            format!("{} MB in memory, at most {} MB", now / 1024, most / 1024)
        }
        _ => "memory unknown here".to_owned(),
    }
}
