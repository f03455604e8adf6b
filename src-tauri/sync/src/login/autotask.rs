//! The login test of Autotask: zone, login, rights, picklists. Steps that a person can act on.

use autotask::{Class, Client, EntityKind};
use secrecy::SecretString;

use super::{OnStep, Outcome, Service, Steps};
use crate::{
    clock::Clock,
    connect::{self, zone_for},
    dispatch::picklists,
    settings,
    store::{Rights, Store, StoreError, ZoneFound},
};

const ZONE: usize = 0;
const LOG_IN: usize = 1;
const TICKETS: usize = 2;
const ACCOUNTS: usize = 3;
const NOTES: usize = 4;
const CONTRACTS: usize = 5;
const ADJUSTMENTS: usize = 6;
const PICKLISTS: usize = 7;

const TITLES: [&str; 8] = [
    "Find the zone",
    "Log in",
    "Rights: create tickets",
    "Rights: read accounts",
    "Rights: read and add ticket notes",
    "Rights: read contracts, services and units",
    "Rights: create adjustments",
    "Read priorities and queues",
];

/// Tests, and saves the settings, the zone, the rights and the picklists if all that is needed is
/// there. `on_step` is told of every step as it goes.
pub async fn test_autotask(
    store: &Store,
    settings: &settings::Autotask,
    password: &SecretString,
    clock: &dyn Clock,
    on_step: OnStep<'_>,
) -> Outcome {
    let mut steps = Steps::new(&TITLES, on_step);
    steps.run(ZONE);
    if let Err(error) = settings.validate() {
        return steps.fail(ZONE, error.message, None, false);
    }
    let zone = match zone_for(settings).await {
        Ok(zone) => zone,
        Err(error) => return failed(steps, ZONE, store, &error, clock),
    };
    steps.pass(ZONE, zone.address.to_string());

    steps.run(LOG_IN);
    let client = match connect::client(store, &zone, settings, password) {
        Ok(client) => client,
        Err(error) => return failed(steps, LOG_IN, store, &error, clock),
    };
    match client.log_in().await {
        Ok(threshold) => steps.pass(
            LOG_IN,
            format!(
                "{}. {} of {} calls of this hour used.",
                settings.username, threshold.used, threshold.limit
            ),
        ),
        Err(error) => return failed(steps, LOG_IN, store, &error, clock),
    }

    let rights = match rights(&client, &mut steps).await {
        Ok(rights) => rights,
        Err((at, error)) => return failed(steps, at, store, &error, clock),
    };
    if !rights.create_tickets {
        return steps.fail(
            TICKETS,
            "The user may not create tickets.",
            Some(
                "Give the API user the security level \"API User (system)\", or one that may add \
                 tickets, in Autotask under Admin, Resources/Users (HR), Resources/Users."
                    .to_owned(),
            ),
            false,
        );
    }

    steps.run(PICKLISTS);
    let lists = match picklists::read(&client).await {
        Ok(lists) => lists,
        Err(error) => return failed(steps, PICKLISTS, store, &error, clock),
    };
    let active = |values: &[crate::store::PickValue]| values.iter().filter(|v| v.active).count();
    let found = format!(
        "{} priorities, {} queues.",
        active(&lists.priorities),
        active(&lists.queues)
    );
    if active(&lists.priorities) == 0 || active(&lists.queues) == 0 {
        return steps.fail(
            PICKLISTS,
            found,
            Some("Tickets need a priority and a queue: make them in Autotask.".to_owned()),
            false,
        );
    }
    steps.pass(PICKLISTS, found);

    let zone = ZoneFound {
        address: zone.address.to_string(),
        web: zone.web.map(|web| web.to_string()),
        name: zone.name,
    };
    match save(store, settings, &zone, &rights, &lists, clock) {
        Ok(()) => steps.finish(),
        Err(error) => steps.fail(PICKLISTS, error.to_string(), None, false),
    }
}

/// What the user may do. Only tickets are needed to begin with; the rest is said, and is a warning.
async fn rights(
    client: &Client,
    steps: &mut Steps<'_>,
) -> Result<Rights, (usize, autotask::Error)> {
    steps.run(TICKETS);
    let tickets = client
        .rights(EntityKind::Ticket)
        .await
        .map_err(|error| (TICKETS, error))?;
    let create_tickets = tickets.can_create && tickets.can_query;
    if !create_tickets {
        return Ok(Rights::default());
    }
    steps.pass(TICKETS, "May create and read tickets.");

    steps.run(ACCOUNTS);
    let read_accounts = may_read(client, ACCOUNTS, &[EntityKind::Company]).await?;
    if read_accounts {
        steps.pass(ACCOUNTS, "May read accounts.");
    } else {
        steps.warn(
            ACCOUNTS,
            "The user may not read accounts, so none can be chosen on Mappings.",
            "Give the API user's security level the right to view accounts (companies).",
        );
    }

    steps.run(NOTES);
    let notes = client
        .rights(EntityKind::TicketNote)
        .await
        .map_err(|error| (NOTES, error))?;
    if notes.can_create && notes.can_query {
        steps.pass(NOTES, "May read and add ticket notes.");
    } else {
        steps.warn(
            NOTES,
            "The user may not read and add ticket notes: a ticket whose job ends worse after all does not say so.",
            "Give the API user's security level the right to ticket notes.",
        );
    }

    steps.run(CONTRACTS);
    let entities = [
        EntityKind::Contract,
        EntityKind::ContractService,
        EntityKind::ContractServiceUnit,
        EntityKind::Service,
    ];
    let read_contracts = may_read(client, CONTRACTS, &entities).await?;
    if read_contracts {
        steps.pass(CONTRACTS, "May read contracts, services and units.");
    } else {
        steps.warn(
            CONTRACTS,
            "The user may not read contracts, services or units: tickets work, billing does not.",
            "Give the API user's security level the right to view contracts and services.",
        );
    }

    steps.run(ADJUSTMENTS);
    let adjustments = client
        .rights(EntityKind::ContractServiceAdjustment)
        .await
        .map_err(|error| (ADJUSTMENTS, error))?;
    if adjustments.can_create {
        steps.pass(ADJUSTMENTS, "May create adjustments.");
    } else {
        steps.warn(
            ADJUSTMENTS,
            "The user may not create adjustments: tickets work, billing does not.",
            "Give the API user's security level the right to add contract services.",
        );
    }
    Ok(Rights {
        create_tickets,
        read_accounts,
        read_contracts,
        create_adjustments: adjustments.can_create,
    })
}

async fn may_read(
    client: &Client,
    step: usize,
    entities: &[EntityKind],
) -> Result<bool, (usize, autotask::Error)> {
    for entity in entities {
        if !client
            .rights(*entity)
            .await
            .map_err(|error| (step, error))?
            .can_query
        {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The error is the sentence; a refused login is remembered.
fn failed(
    steps: Steps<'_>,
    at: usize,
    store: &Store,
    error: &autotask::Error,
    clock: &dyn Clock,
) -> Outcome {
    let stop = error.class() == Class::Stop;
    tracing::warn!(
        code = error.code(),
        step = TITLES[at],
        "the test of the Autotask login failed"
    );
    if stop
        && let Err(trouble) =
            store.login_refused(Service::Autotask, &error.to_string(), clock.now())
    {
        return steps.fail(at, error.to_string(), Some(trouble.to_string()), stop);
    }
    steps.fail(at, error.to_string(), remedy(error.code()), stop)
}

/// What the error's own sentence does not say.
fn remedy(code: &str) -> Option<String> {
    let text = match code {
        "login_refused" => {
            "Only one request was sent, so that the user is not locked. Correct the password and test \
             again. An ordinary Autotask user cannot log in here: it has to be an API user."
        }
        "user_locked" => {
            "Unlock the API user in Autotask under Admin, Resources/Users (HR), Resources/Users."
        }
        "not_autotask" | "tls" => {
            "If this network has a proxy or a firewall, let the computer reach *.autotask.net."
        }
        "no_permission" => {
            "Give the API user the security level \"API User (system)\", or one with this right."
        }
        _ => return None,
    };
    Some(text.to_owned())
}

fn save(
    store: &Store,
    settings: &settings::Autotask,
    zone: &ZoneFound,
    rights: &Rights,
    lists: &crate::store::Picklists,
    clock: &dyn Clock,
) -> Result<(), StoreError> {
    store.save_autotask(settings)?;
    store.set_zone(zone)?;
    store.set_rights(rights)?;
    picklists::keep(store, lists, clock.now())?;
    store.login_passed(Service::Autotask, clock.now())
}
