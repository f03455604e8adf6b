//! Queries, creates, notes and adjusts over either interface, against the project's simulator: no
//! login is needed, and nothing leaves this computer.
//!
//! ```text
//! cargo run -p autotask --example against_the_simulator -- soap
//! ```

#![expect(clippy::print_stdout, reason = "a program for the terminal")]

use std::error::Error;

use autotask::{
    Api, Client, Company, Contract, ContractService, ContractServiceUnit, Credentials, Draft,
    EntityKind, Field, Filter, Governor, Limits, Line, NewContractServiceAdjustment, NewTicket,
    NewTicketNote, Options, Query, Service, Ticket, find_zone, status,
};
use jiff::civil::Date;
use simulator::{Config, Simulator};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let api = match std::env::args().nth(1).as_deref() {
        None | Some("rest") => Api::Rest,
        Some("soap") => Api::Soap,
        Some(other) => return Err(format!("\"{other}\" is neither rest nor soap").into()),
    };
    // The same world each time.
    let start: jiff::Timestamp = "2026-11-23T12:00:00Z".parse()?;
    let simulator = Simulator::start(Config {
        start: Some(start),
        ..Config::default()
    })
    .await?;
    let client = sign_in(&simulator, api).await?;

    let contract = recurring_contract(&client).await?;
    let company: Company = client
        .get(contract.company_id)
        .await?
        .ok_or("the contract's company is not there")?;
    println!("{} has the contract {}", company.name, contract.name);

    tickets(&client, &company, start).await?;
    let today = jiff::tz::TimeZone::UTC.to_datetime(start).date();
    adjustment(&client, &contract, today).await?;
    println!("{} calls over {api:?}", client.calls());
    Ok(())
}

async fn sign_in(simulator: &Simulator, api: Api) -> Result<Client, autotask::Error> {
    let logins = simulator.logins();
    let options = Options {
        governor: Governor::new(Limits {
            share: 60,
            ..Limits::default()
        }),
        ..Options::default()
    };
    let lookup = &simulator.addresses().autotask;
    let zone = find_zone(lookup, &logins.username, api, &options).await?;
    let credentials = Credentials {
        username: logins.username.clone(),
        password: logins.password.clone().into(),
        tracking_identifier: logins.tracking_identifier.clone(),
    };
    let client = Client::new(&zone, api, credentials, options)?;
    let quota = client.log_in().await?;
    println!(
        "signed in: {} of {} calls of this hour are used",
        quota.used, quota.limit
    );
    Ok(client)
}

async fn recurring_contract(client: &Client) -> Result<Contract, Box<dyn Error>> {
    let active = Query::new()
        .filter(Filter::eq("contractType", Contract::RECURRING_SERVICE))
        .filter(Filter::eq("status", Contract::ACTIVE));
    let contracts: Vec<Contract> = client.query_all(active.limit(1)).await?;
    Ok(contracts
        .into_iter()
        .next()
        .ok_or("there is no active recurring-service contract")?)
}

/// Makes two tickets, one of them with a queue that does not exist, and closes the other with a
/// note.
async fn tickets(
    client: &Client,
    company: &Company,
    now: jiff::Timestamp,
) -> Result<(), Box<dyn Error>> {
    let fields = client.fields(EntityKind::Ticket).await?;
    let good = NewTicket {
        company_id: company.id,
        title: "Backup of FILESERVER failed".to_owned(),
        description: "The network path was not found.".to_owned(),
        status: status::NEW,
        priority: first_value(&fields, "priority")?,
        queue_id: first_value(&fields, "queueID")?,
        due: now + jiff::SignedDuration::from_hours(48),
        external_id: Some("event-1".to_owned()),
    };
    let bad = NewTicket {
        queue_id: 1,
        external_id: Some("event-2".to_owned()),
        ..good.clone()
    };
    let rows = [bad, good];
    let mut made = Vec::new();
    let mut batch = client.create_each(&rows);
    while let Some(outcome) = batch.next().await {
        match outcome.result {
            Ok(ids) => {
                println!("rows {:?} are the tickets {ids:?}", outcome.rows);
                made.extend(ids);
            }
            Err(error) => println!("rows {:?} are {:?}: {error}", outcome.rows, error.class()),
        }
    }

    let note_fields = client.fields(EntityKind::TicketNote).await?;
    for ticket_id in made {
        let note = client
            .create(&NewTicketNote {
                ticket_id,
                title: "The next backup succeeded".to_owned(),
                description: "Nothing was done.".to_owned(),
                note_type: first_value(&note_fields, "noteType")?,
                publish: first_value(&note_fields, "publish")?,
            })
            .await?;
        let done = Draft::new(EntityKind::Ticket).set("status", status::COMPLETE);
        client.update(ticket_id, &done).await?;
        let ticket: Ticket = client
            .get(ticket_id)
            .await?
            .ok_or("the ticket is not there")?;
        println!("{} has the note {note} and is complete", ticket.number);
    }
    Ok(())
}

/// Adds two units to the contract's first service line from tomorrow on.
async fn adjustment(
    client: &Client,
    contract: &Contract,
    today: Date,
) -> Result<(), Box<dyn Error>> {
    let lines: Vec<ContractService> = client
        .query_all(Query::new().filter(Filter::eq("contractID", contract.id)))
        .await?;
    let line = lines.first().ok_or("the contract has no service line")?;
    let service: Service = client
        .get(line.service_id)
        .await?
        .ok_or("the line's service is not there")?;
    let tomorrow = today.tomorrow()?;

    let before = units_on(client, line.id, tomorrow).await?;
    client
        .adjust(&[NewContractServiceAdjustment {
            contract_id: contract.id,
            line: Line::ContractService(line.id),
            effective: tomorrow,
            unit_change: Some(2),
            adjusted_unit_price: None,
            adjusted_unit_cost: None,
        }])
        .await?;
    // An adjustment has no id: what came of it is read.
    let after = units_on(client, line.id, tomorrow).await?;
    println!(
        "units of {} on {tomorrow}: {before:?}, then {after:?}",
        service.name
    );
    Ok(())
}

async fn units_on(client: &Client, line: i64, day: Date) -> Result<Option<i64>, autotask::Error> {
    let units: Vec<ContractServiceUnit> = client
        .query_all(
            Query::new()
                .filter(Filter::eq("contractServiceID", line))
                .filter(Filter::lte("startDate", day))
                .filter(Filter::gte("endDate", day)),
        )
        .await?;
    Ok(units.first().map(|period| period.units))
}

/// The first active value of a picklist.
fn first_value(fields: &[Field], name: &str) -> Result<i64, Box<dyn Error>> {
    let value = Field::named(fields, name)
        .and_then(|field| field.picklist.iter().find(|value| value.active))
        .ok_or_else(|| format!("the field {name} has no values"))?;
    Ok(value.value.parse()?)
}
