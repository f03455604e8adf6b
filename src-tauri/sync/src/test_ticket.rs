//! One real ticket with the Error row's settings, through the outbox, read back as Autotask stored
//! it. The row need not be switched on.
//!
//! It is sent at once or not at all: if its request may have arrived without a readable answer, it
//! is looked up by the next pass, but never sent by it, because the person will have sent another.

use autotask::{Client, Error, NewTicket, Ticket};
use serde::Serialize;

use crate::{
    accounts::{self, AccountsError},
    alerts::{self, Kind, Usable},
    backoff,
    clock::Clock,
    dispatch::{
        key_place,
        picklists::{self, RefreshError},
        verdict::{Verdict, verdict},
    },
    login::{self, Service},
    outbox::Change,
    pass::Settle,
    plan,
    store::{Picklists, Record, Store, StoreError, TestPosting},
    time_of_day,
};

/// The ticket as it now stands in Autotask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TestTicket {
    pub id: i64,
    pub number: String,
    pub account: String,
    /// Name and value, in the order to show.
    pub fields: Vec<(String, String)>,
    /// Something came back other than it was sent.
    pub warnings: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum TestTicketError {
    #[error("Save Options first: the test ticket takes the Error row's priority and queue.")]
    OptionsNotSaved,
    /// The Error row cannot be used.
    #[error("{0}")]
    RowBlocked(String),
    #[error("Autotask has no account {0} that this user may see. Choose another.")]
    UnknownAccount(i64),
    #[error("The account {0} is inactive in Autotask. Choose another.")]
    InactiveAccount(String),
    #[error("A test ticket is being sent already.")]
    Busy,
    #[error("{message}")]
    LoginRefused { message: String },
    #[error(
        "It is not clear whether the ticket arrived ({0}). It is looked up with the next sync; \
         Activity shows what came of it."
    )]
    Unclear(Error),
    #[error("The ticket was made (id {id}), but cannot be read back: {error}")]
    NotReadBack { id: i64, error: Error },
    #[error(transparent)]
    Autotask(Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<AccountsError> for TestTicketError {
    fn from(error: AccountsError) -> Self {
        match error {
            AccountsError::Autotask(error) => TestTicketError::Autotask(error),
            AccountsError::Store(error) => TestTicketError::Store(error),
        }
    }
}

impl From<RefreshError> for TestTicketError {
    fn from(error: RefreshError) -> Self {
        match error {
            RefreshError::Autotask(error) => TestTicketError::Autotask(error),
            RefreshError::Store(error) => TestTicketError::Store(error),
        }
    }
}

/// See the module.
pub async fn send(
    store: &Store,
    client: &Client,
    account: i64,
    clock: &dyn Clock,
) -> Result<TestTicket, TestTicketError> {
    let _one_at_a_time = store
        .testing
        .try_lock()
        .map_err(|_| TestTicketError::Busy)?;
    if let Some((_, message)) = login::refused(store)? {
        return Err(TestTicketError::LoginRefused { message });
    }
    match send_one(store, client, account, clock).await {
        Err(TestTicketError::Autotask(error)) if verdict(&error) == Verdict::Stop => {
            store.login_refused(Service::Autotask, &error.to_string(), clock.now())?;
            Err(TestTicketError::LoginRefused {
                message: error.to_string(),
            })
        }
        answer => answer,
    }
}

async fn send_one(
    store: &Store,
    client: &Client,
    account: i64,
    clock: &dyn Clock,
) -> Result<TestTicket, TestTicketError> {
    picklists::refresh_if_due(store, client, clock.now()).await?;
    let row = match error_row(store) {
        Err(TestTicketError::RowBlocked(_)) => {
            // The cause may be gone since the lists were read.
            picklists::refresh(store, client, clock.now()).await?;
            error_row(store)?
        }
        row => row?,
    };
    let named = accounts::account(store, client, account, clock.now())
        .await?
        .ok_or(TestTicketError::UnknownAccount(account))?;
    if !named.active {
        return Err(TestTicketError::InactiveAccount(named.name));
    }
    let (ticket, posting) = compose(store, account, named.name, row, clock)?;

    // A new key each time, so it cannot be there; but if it cannot be looked up, it is better known
    // before the ticket is made than after.
    let query = key_place::by_external_id([posting.key.as_str()]);
    let there: Vec<Ticket> = client
        .query_all(query)
        .await
        .map_err(TestTicketError::Autotask)?;
    if let Some(ticket) = there.first() {
        let reason = format!(
            "the ticket {} has the new ticket's ExternalID",
            ticket.number
        );
        return Err(TestTicketError::Autotask(Error::Query { reason }));
    }

    let posting_id = store.put_test(&posting, clock.now())?;
    let id = match client.create(&ticket).await {
        Ok(id) => id,
        Err(error) => return Err(failed(store, posting_id, error, clock)?),
    };
    store.record(&[Record::created(posting_id, id)], clock.now())?;

    let stored = client
        .get::<Ticket>(id)
        .await
        .map_err(|error| TestTicketError::NotReadBack { id, error })?
        .ok_or_else(|| TestTicketError::NotReadBack {
            id,
            error: Error::NoPermission {
                what: "reading tickets".to_owned(),
                said: None,
            },
        })?;
    store.set_numbers(&[(id, stored.number.clone())], clock.now())?;
    if stored.external_id == ticket.external_id {
        key_place::is_kept(store, client, clock.now()).await?;
    } else {
        store.external_id_is_not_kept()?;
    }
    let zone = store.settings()?.general.zone();
    Ok(TestTicket {
        id,
        number: stored.number.clone(),
        fields: fields(&stored, &posting.account_name, &store.picklists()?, &zone),
        warnings: differences(&ticket.cleaned(), &stored),
        account: posting.account_name,
    })
}

fn error_row(store: &Store) -> Result<Usable, TestTicketError> {
    let alerts = store
        .settings()?
        .alerts
        .ok_or(TestTicketError::OptionsNotSaved)?;
    alerts::usable(Kind::Error, &alerts.error, &store.picklists()?)
        .map_err(TestTicketError::RowBlocked)
}

fn compose(
    store: &Store,
    account: i64,
    account_name: String,
    row: Usable,
    clock: &dyn Clock,
) -> Result<(NewTicket, TestPosting), StoreError> {
    let now = clock.now();
    let zone = store.settings()?.general.zone();
    let posting = TestPosting {
        key: plan::test_key(account, now),
        title: "Test ticket from Autotask Integration".to_owned(),
        description: format!(
            "This ticket was sent by hand at {} to see whether tickets arrive.\n\nIt takes the \
             priority, the queue and the days due of the Error row in Options. It can be closed.",
            plan::local(now, &zone)
        ),
        account,
        account_name,
        priority: row.priority,
        queue: row.queue,
        due: time_of_day::due(now, row.days_due, &zone),
    };
    let description = if store.external_id_kept()? != Some(true) {
        key_place::marked(&posting.description, &posting.key)
    } else {
        posting.description.clone()
    };
    let ticket = NewTicket {
        company_id: account,
        title: posting.title.clone(),
        description,
        status: autotask::status::NEW,
        priority: posting.priority,
        queue_id: posting.queue,
        due: posting.due,
        external_id: Some(posting.key.clone()),
    };
    Ok((ticket, posting))
}

/// Records why it was not made, or that it is not clear.
fn failed(
    store: &Store,
    posting: i64,
    error: Error,
    clock: &dyn Clock,
) -> Result<TestTicketError, StoreError> {
    let now = clock.now();
    if verdict(&error) == Verdict::Unclear {
        let record = Record::new(posting, Change::LostTrack)
            .because(error.code(), &error.to_string())
            .not_before(backoff::later(now, Settle::default().after(&error)));
        store.record(&[record], now)?;
        return Ok(TestTicketError::Unclear(error));
    }
    let record = Record::new(posting, Change::Refused).because(error.code(), &error.to_string());
    store.record(&[record], now)?;
    Ok(TestTicketError::Autotask(error))
}

fn fields(
    ticket: &Ticket,
    account: &str,
    picklists: &Picklists,
    zone: &jiff::tz::TimeZone,
) -> Vec<(String, String)> {
    let label = |values: &[crate::store::PickValue], id: i64| {
        let value = values.iter().find(|value| value.id == id);
        value.map_or_else(|| id.to_string(), |value| value.label.clone())
    };
    let queue = ticket.queue_id.map(|queue| label(&picklists.queues, queue));
    [
        ("Number", ticket.number.clone()),
        ("Account", account.to_owned()),
        ("Title", ticket.title.clone()),
        ("Status", label(&picklists.statuses, ticket.status)),
        ("Priority", label(&picklists.priorities, ticket.priority)),
        ("Queue", queue.unwrap_or_default()),
        (
            "Due",
            ticket
                .due
                .map(|due| plan::local(due, zone))
                .unwrap_or_default(),
        ),
        (
            "External id",
            ticket.external_id.clone().unwrap_or_default(),
        ),
        (
            "Description",
            ticket.description.clone().unwrap_or_default(),
        ),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

/// What was stored other than it was sent, and what that means.
fn differences(sent: &NewTicket, stored: &Ticket) -> Vec<String> {
    let mut warnings = Vec::new();
    if stored.external_id != sent.external_id {
        warnings.push(key_place::NOT_KEPT.to_owned());
    }
    let second = |at: jiff::Timestamp| at.as_second();
    let same = [
        ("account", stored.company_id == sent.company_id),
        ("title", stored.title == sent.title),
        ("status", stored.status == sent.status),
        ("priority", stored.priority == sent.priority),
        ("queue", stored.queue_id == Some(sent.queue_id)),
        ("due date", stored.due.map(second) == Some(second(sent.due))),
        (
            "description",
            stored.description.as_deref().unwrap_or_default().trim() == sent.description.trim(),
        ),
    ];
    for (name, _) in same.iter().filter(|(_, same)| !same) {
        warnings.push(format!(
            "The {name} came back other than it was sent. A workflow rule or a ticket category in \
             Autotask may have changed it."
        ));
    }
    warnings
}
