//! Lists that an administrator keeps: picklists, companies, services, contract services.

use axum::body::Body;
use axum::extract::Path;
use axum::http::Response;
use serde::Deserialize;

use super::{Simulated, State, answer, found, read};
use crate::door::{AutotaskDoor, PicklistField};

pub(super) async fn picklist(
    State(shared): Simulated,
    Path(field): Path<String>,
) -> Response<Body> {
    match PicklistField::by_word(&field) {
        Some(field) => answer(&AutotaskDoor(shared).picklist(field)),
        None => found(false, "picklist"),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Active {
    active: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListValue {
    active: Option<bool>,
    label: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Company {
    active: Option<bool>,
    name: Option<String>,
}

pub(super) async fn set_picklist_value(
    State(shared): Simulated,
    Path((field, id)): Path<(String, i64)>,
    body: String,
) -> Response<Body> {
    read::<ListValue>(&body, |change| {
        let door = AutotaskDoor(shared);
        let field = PicklistField::by_word(&field);
        let there = field.is_some_and(|field| {
            let active = change.active;
            active.is_none_or(|active| door.set_picklist_value_active(field, id, active))
                && change
                    .label
                    .is_none_or(|label| door.rename_picklist_value(field, id, &label))
        });
        found(there, "value")
    })
}

pub(super) async fn delete_picklist_value(
    State(shared): Simulated,
    Path((field, id)): Path<(String, i64)>,
) -> Response<Body> {
    let deleted = PicklistField::by_word(&field)
        .is_some_and(|field| AutotaskDoor(shared).delete_picklist_value(field, id));
    found(deleted, "value")
}

pub(super) async fn set_queue(
    State(shared): Simulated,
    Path(id): Path<i64>,
    body: String,
) -> Response<Body> {
    set_active(&body, "queue", |active| {
        AutotaskDoor(shared).set_queue_active(id, active)
    })
}

pub(super) async fn set_priority(
    State(shared): Simulated,
    Path(id): Path<i64>,
    body: String,
) -> Response<Body> {
    set_active(&body, "priority", |active| {
        AutotaskDoor(shared).set_priority_active(id, active)
    })
}

pub(super) async fn set_company(
    State(shared): Simulated,
    Path(id): Path<i64>,
    body: String,
) -> Response<Body> {
    read::<Company>(&body, |change| {
        let door = AutotaskDoor(shared);
        let active = change.active;
        let there = active.is_none_or(|active| door.set_company_active(id, active))
            && change
                .name
                .is_none_or(|name| door.rename_company(id, &name));
        found(there, "company")
    })
}

pub(super) async fn delete_company(
    State(shared): Simulated,
    Path(id): Path<i64>,
) -> Response<Body> {
    found(AutotaskDoor(shared).delete_company(id), "company")
}

pub(super) async fn set_service(
    State(shared): Simulated,
    Path(id): Path<i64>,
    body: String,
) -> Response<Body> {
    set_active(&body, "service", |active| {
        AutotaskDoor(shared).set_service_active(id, active)
    })
}

pub(super) async fn delete_contract_service(
    State(shared): Simulated,
    Path(id): Path<i64>,
) -> Response<Body> {
    found(
        AutotaskDoor(shared).delete_contract_service(id),
        "contract service",
    )
}

/// `set` says whether there is such a thing.
fn set_active(body: &str, what: &str, set: impl FnOnce(bool) -> bool) -> Response<Body> {
    read::<Active>(body, |change| found(set(change.active), what))
}
