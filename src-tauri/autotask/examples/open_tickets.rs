//! Lists the open tickets of a company, the oldest first.
//!
//! ```text
//! export AUTOTASK_USERNAME=api@partner.example AUTOTASK_PASSWORD=… AUTOTASK_TRACKING_IDENTIFIER=…
//! cargo run --example open_tickets "Contoso"
//! ```

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for the terminal"
)]

use std::error::Error;
use std::pin::pin;
use std::process::ExitCode;

use autotask::{
    Api, Client, Company, Credentials, EntityKind, Field, Filter, Options, Priority, Query, Ticket,
    find_zone, status,
};
use futures::TryStreamExt as _;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let name = std::env::args()
        .nth(1)
        .ok_or("which company? Give the beginning of its name")?;
    let client = sign_in().await?;

    let companies: Vec<Company> = client
        .query_all(
            Query::new()
                .filter(Filter::begins_with("companyName", name.as_str()))
                .filter(Filter::eq("isActive", true))
                .limit(2),
        )
        .await?;
    let company = match companies.as_slice() {
        [company] => company,
        [] => return Err(format!("no active company's name begins with \"{name}\"").into()),
        [..] => return Err(format!("several companies' names begin with \"{name}\"").into()),
    };
    println!("{}", company.name);

    // Queues are the tenant's own: their names come from the field's picklist.
    let fields = client.fields(EntityKind::Ticket).await?;
    let queue_name = |id: i64| {
        let queue = Field::named(&fields, "queueID")?
            .picklist
            .iter()
            .find(|queue| queue.value == id.to_string())?;
        Some(queue.label.as_str())
    };

    let open = Query::new()
        .filter(Filter::eq("companyID", company.id))
        .filter(Filter::ne("status", status::COMPLETE));
    let mut tickets = pin!(client.query::<Ticket>(open));
    let mut count = 0;
    while let Some(ticket) = tickets.try_next().await? {
        let queue = ticket.queue_id.and_then(queue_name).unwrap_or("no queue");
        println!("{}  {}  ({queue})", ticket.number, ticket.title);
        count += 1;
    }
    println!("{count} open tickets, {} calls", client.calls());
    Ok(())
}

/// A client for a person who is waiting.
async fn sign_in() -> Result<Client, Box<dyn Error>> {
    let username = setting("AUTOTASK_USERNAME")?;
    let options = Options::default();
    let lookup = autotask::ZONE_LOOKUP.parse()?;
    let zone = find_zone(&lookup, &username, Api::Rest, &options).await?;
    let credentials = Credentials {
        username,
        password: setting("AUTOTASK_PASSWORD")?.into(),
        tracking_identifier: setting("AUTOTASK_TRACKING_IDENTIFIER")?,
    };
    let client = Client::new(&zone, Api::Rest, credentials, options)?;
    // A refused login is known here, before anything else is sent: several of them lock the user.
    client.log_in().await?;
    Ok(client.with_priority(Priority::Interactive))
}

fn setting(name: &str) -> Result<String, String> {
    std::env::var(name).map_err(|_| format!("the environment variable {name} is not set"))
}
