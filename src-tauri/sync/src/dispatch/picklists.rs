//! What stands in Autotask and tickets refer to: the partner's priorities, queues and statuses, and
//! the accounts that organizations are mapped to. Any of them can be renamed, made inactive or
//! deleted there.
//!
//! All are read again once an hour, if anything waits to be sent. What holds postings up is read again
//! in every pass, so that they go on with the next one once the cause is gone: an alert row that cannot
//! be used, an account that was inactive when last seen.

use autotask::{Client, Company, EntityKind, Error, Field, Filter, Query};
use jiff::{SignedDuration, Timestamp};

use crate::{
    alerts,
    store::{Named, PickValue, Picklists, Store, StoreError},
};

/// A queue that was made inactive blocks its row after this time at the latest, or when Autotask
/// refuses a ticket for it; a new name is shown.
const FRESH: SignedDuration = SignedDuration::from_hours(1);

/// One call.
pub(crate) async fn read(client: &Client) -> Result<Picklists, Error> {
    let fields = client.fields(EntityKind::Ticket).await?;
    let values = |name: &str| -> Vec<PickValue> {
        let Some(field) = Field::named(&fields, name) else {
            return Vec::new();
        };
        let mut values: Vec<_> = field.picklist.iter().collect();
        values.sort_by_key(|value| value.sort_order);
        values
            .into_iter()
            .filter_map(|value| {
                Some(PickValue {
                    id: value.value.parse().ok()?,
                    label: value.label.clone(),
                    active: value.active,
                })
            })
            .collect()
    };
    Ok(Picklists {
        priorities: values("priority"),
        queues: values("queueID"),
        statuses: values("status"),
    })
}

/// Keeps them, and turns labels in the alert rows into ids.
pub(crate) fn keep(store: &Store, lists: &Picklists, now: Timestamp) -> Result<(), StoreError> {
    store.set_picklists(lists, now)?;
    store.resolve_alerts(lists, now)
}

pub(crate) enum RefreshError {
    Autotask(Error),
    Store(StoreError),
}

impl From<Error> for RefreshError {
    fn from(error: Error) -> Self {
        RefreshError::Autotask(error)
    }
}

impl From<StoreError> for RefreshError {
    fn from(error: StoreError) -> Self {
        RefreshError::Store(error)
    }
}

/// Reads again what is due; see the module.
pub(crate) async fn refresh_if_due(
    store: &Store,
    client: &Client,
    now: Timestamp,
) -> Result<(), RefreshError> {
    let age = store
        .picklists_read_at()?
        .map(|read_at| now.duration_since(read_at));
    let fresh = age.is_some_and(|age| age >= SignedDuration::ZERO && age < FRESH);
    let labels = store
        .settings()?
        .alerts
        .is_some_and(|alerts| alerts.has_labels());
    if !fresh || labels || !alerts::blocked(store)?.is_empty() {
        refresh(store, client, now).await?;
    }
    let accounts = if fresh {
        store.accounts_that_hold_up()?
    } else {
        store.mapped_accounts()?
    };
    check_accounts(store, client, &accounts).await
}

pub(crate) async fn refresh(
    store: &Store,
    client: &Client,
    now: Timestamp,
) -> Result<(), RefreshError> {
    let lists = read(client).await?;
    // An answer without any value is not taken for a tenant whose queues have all gone.
    if !lists.queues.is_empty() || !lists.priorities.is_empty() {
        keep(store, &lists, now)?;
    }
    Ok(())
}

/// How accounts are called now, and whether they are active. One that is not told of is left as it is:
/// it may be deleted, or hidden from this user. That comes up when a ticket for it is refused.
async fn check_accounts(store: &Store, client: &Client, ids: &[i64]) -> Result<(), RefreshError> {
    for ids in ids.chunks(autotask::VALUES_MAX - 1) {
        let query = Query::new()
            .filter(Filter::one_of("id", ids.iter().copied()))
            .fields(&[]);
        let accounts: Vec<Named> = client
            .query_all::<Company>(query)
            .await?
            .into_iter()
            .map(|company| Named {
                id: company.id,
                name: company.name,
                active: company.active,
            })
            .collect();
        store.note_accounts(&accounts)?;
    }
    Ok(())
}
