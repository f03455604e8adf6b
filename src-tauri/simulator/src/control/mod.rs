//! The control interface: what the doors do in-process, as JSON over HTTP, for a simulator that
//! runs in another program.
//!
//! | call | what it does |
//! |---|---|
//! | `GET state` | clock, counts, limits, settings, faults |
//! | `GET everything` | the whole state, every row of every entity included: see `everything` |
//! | `GET journal`, `DELETE journal` | the calls so far; forget them |
//! | `GET faults`, `POST faults`, `DELETE faults`, `DELETE faults/{id}` | faults on demand |
//! | `GET jobs`, `POST jobs` | jobs shown now, with their outcome; finish one now |
//! | `POST jobs/{id}` | `{"status", "warning_count"?, "error_count"?, "message"?}`: how it ended after all |
//! | `GET organizations`, `POST organizations/{id}` | `{"state"?, "forbidden"?}` |
//! | `GET usage?date=`, `POST usage` | `{"organization_id", "date", "bytes"}` |
//! | `GET tickets`, `GET tickets/{id}` | all of them; one |
//! | `POST tickets/{id}` | fields by REST name, as a person would change them |
//! | `GET ticket-notes`, `companies`, `contracts`, `services`, `contract-services`, `contract-service-units`, `queues`, `priorities`, `statuses` | what stands there |
//! | `POST queues/{id}`, `priorities/{id}`, `services/{id}` | `{"active"}` |
//! | `POST companies/{id}` | `{"active"?, "name"?}` |
//! | `DELETE companies/{id}`, `contract-services/{id}` | with all that belongs to it |
//! | `GET picklists/{field}`, `POST picklists/{field}/{id}`, `DELETE picklists/{field}/{id}` | `{"active"?, "label"?}`; the fields are [`PicklistField`](crate::PicklistField)'s words |
//! | `POST contracts/{id}` | `{"status"?, "start"?, "end"?}` |
//! | `POST contracts/{id}/approve-and-post`, `contracts/{id}/take-back-posting` | `{"until"}`, `{"from"}`: days; says how many periods |
//! | `POST contracts/{id}/renew` | `{"end"?}`; says the new contract's id |
//! | `POST rights` | `{"entity", "query"?, "create"?, "update"?, "hidden"?}`; left out means allowed and seen |
//! | `POST user` | `{"locked"?, "password"?, "token"?, "companies"?}`; companies: the ids that are seen, null for all |
//! | `POST limits` | `{"on"?, "used"?}` |
//! | `DELETE limits/seen` | forget how close callers came to the limits; `GET state` tells it |
//! | `POST settings` | any of [`Choices`](crate::Choices); `page_size`, `retry_after` of the portal; `keep_bodies` of the journal |
//! | `POST clock` | `{"speed"?, "advance_seconds"?}` |

mod changes;
mod contracts;
mod everything;
mod lists;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::routing::{delete, get, post};
use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::answer::JSON;
use crate::cloud_direct::portal::{ChangedJob, NewJob};
use crate::door::{AutotaskDoor, CloudDirectDoor};
use crate::faults::{Fault, FaultId};
use crate::shared::Shared;

type Simulated = State<Arc<Shared>>;

pub(crate) fn router(shared: Arc<Shared>) -> Router {
    let control = Router::new()
        .route("/state", get(state))
        .route("/everything", get(everything::everything))
        .route("/journal", get(journal).delete(forget_journal))
        .route("/faults", get(faults).post(add_fault).delete(clear_faults))
        .route("/faults/{id}", delete(remove_fault))
        .route("/jobs", get(jobs).post(finish_job))
        .route("/jobs/{id}", post(change_job))
        .route("/organizations", get(organizations))
        .route("/organizations/{id}", post(changes::set_organization))
        .route("/usage", get(usage).post(changes::set_usage))
        .route("/tickets", get(|State(shared): Simulated| async move { answer(&AutotaskDoor(shared).tickets()) }))
        .route("/tickets/{id}", get(ticket).post(changes::edit_ticket))
        .route("/ticket-notes", get(|State(shared): Simulated| async move { answer(&AutotaskDoor(shared).ticket_notes()) }))
        .route("/companies", get(|State(shared): Simulated| async move { answer(&AutotaskDoor(shared).companies()) }))
        .route("/companies/{id}", post(lists::set_company).delete(lists::delete_company))
        .route("/contracts", get(|State(shared): Simulated| async move { answer(&AutotaskDoor(shared).contracts()) }))
        .route("/contracts/{id}", post(contracts::set_contract))
        .route("/contracts/{id}/approve-and-post", post(contracts::approve_and_post))
        .route("/contracts/{id}/take-back-posting", post(contracts::take_back_posting))
        .route("/contracts/{id}/renew", post(contracts::renew))
        .route("/services", get(|State(shared): Simulated| async move { answer(&AutotaskDoor(shared).services()) }))
        .route("/services/{id}", post(lists::set_service))
        .route("/contract-services/{id}", delete(lists::delete_contract_service))
        .route(
            "/contract-services",
            get(|State(shared): Simulated| async move { answer(&AutotaskDoor(shared).contract_services()) }),
        )
        .route(
            "/contract-service-units",
            get(|State(shared): Simulated| async move { answer(&AutotaskDoor(shared).contract_service_units()) }),
        )
        .route("/queues", get(|State(shared): Simulated| async move { answer(&AutotaskDoor(shared).queues()) }))
        .route("/queues/{id}", post(lists::set_queue))
        .route("/priorities", get(|State(shared): Simulated| async move { answer(&AutotaskDoor(shared).priorities()) }))
        .route("/priorities/{id}", post(lists::set_priority))
        .route("/statuses", get(|State(shared): Simulated| async move { answer(&AutotaskDoor(shared).statuses()) }))
        .route("/picklists/{field}", get(lists::picklist))
        .route("/picklists/{field}/{id}", post(lists::set_picklist_value).delete(lists::delete_picklist_value))
        .route("/rights", post(changes::set_rights))
        .route("/user", post(changes::set_user))
        .route("/limits", post(changes::set_limits))
        .route("/limits/seen", delete(changes::forget_limits_seen))
        .route("/settings", post(changes::set_settings))
        .route("/clock", post(changes::set_clock));
    Router::new().nest("/control", control).with_state(shared)
}

async fn state(State(shared): Simulated) -> Response<Body> {
    let (autotask, cloud_direct) = (
        AutotaskDoor(Arc::clone(&shared)),
        CloudDirectDoor(Arc::clone(&shared)),
    );
    let rows = {
        let tenant = shared.tenant();
        let counts = crate::autotask::schema::Entity::ALL
            .map(|entity| (entity.spec().rest, json!(tenant.store.len(entity))));
        counts
            .into_iter()
            .map(|(name, count)| (name.to_owned(), count))
            .collect::<serde_json::Map<String, Json>>()
    };
    let (organizations, jobs) = {
        let portal = shared.portal();
        (portal.organizations.len(), portal.count_jobs(shared.now()))
    };
    answer(&json!({
        "now": shared.now(),
        "speed": shared.clock.speed(),
        "addresses": shared.addresses,
        "username": shared.logins.username,
        "autotask": {
            "calls": autotask.calls(),
            "quota_used": autotask.quota_used(),
            "limits": shared.gate.limits(),
            "limits_seen": autotask.limits_seen(),
            "user_locked": shared.gate.locked(),
            "settings": autotask.choices(),
            "rows": rows,
        },
        "cloud_direct": { "calls": cloud_direct.calls(), "organizations": organizations, "jobs": jobs },
        "faults": fault_list(&shared),
    }))
}

async fn journal(State(shared): Simulated) -> Response<Body> {
    answer(&shared.journal.calls())
}

async fn forget_journal(State(shared): Simulated) -> Response<Body> {
    shared.journal.clear();
    done()
}

fn fault_list(shared: &Shared) -> Vec<Json> {
    shared
        .faults
        .list()
        .into_iter()
        .map(|(id, fault)| json!({ "id": id, "fault": fault }))
        .collect()
}

async fn faults(State(shared): Simulated) -> Response<Body> {
    answer(&fault_list(&shared))
}

async fn add_fault(State(shared): Simulated, body: String) -> Response<Body> {
    read::<Fault>(&body, |fault| {
        answer(&json!({ "id": shared.faults.add(fault) }))
    })
}

async fn clear_faults(State(shared): Simulated) -> Response<Body> {
    shared.faults.clear();
    done()
}

async fn remove_fault(State(shared): Simulated, Path(id): Path<u64>) -> Response<Body> {
    found(shared.faults.remove(FaultId(id)), "fault")
}

/// A job with its outcome, which the portal does not send.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    job: crate::Job,
    outcome: crate::Outcome,
}

impl Shown {
    fn of(job: crate::Job) -> Shown {
        Shown {
            outcome: job.outcome,
            job,
        }
    }
}

async fn jobs(State(shared): Simulated) -> Response<Body> {
    let jobs = CloudDirectDoor(shared).jobs().into_iter();
    answer(&jobs.map(Shown::of).collect::<Vec<_>>())
}

async fn change_job(
    State(shared): Simulated,
    Path(id): Path<String>,
    body: String,
) -> Response<Body> {
    read::<ChangedJob>(&body, |changed| {
        found(
            CloudDirectDoor(shared).change_job(&id, changed).is_some(),
            "finished job",
        )
    })
}

async fn finish_job(State(shared): Simulated, body: String) -> Response<Body> {
    read_if_given::<NewJob>(&body, |job| match CloudDirectDoor(shared).finish_job(job) {
        Some(job) => answer(&job),
        None => found(false, "organization"),
    })
}

async fn organizations(State(shared): Simulated) -> Response<Body> {
    answer(&CloudDirectDoor(shared).organizations())
}

#[derive(Deserialize)]
struct OnDay {
    date: Date,
}

async fn usage(State(shared): Simulated, Query(on): Query<OnDay>) -> Response<Body> {
    answer(&CloudDirectDoor(shared).usage(on.date))
}

async fn ticket(State(shared): Simulated, Path(id): Path<i64>) -> Response<Body> {
    let tickets = AutotaskDoor(shared).tickets();
    match tickets.iter().find(|ticket| ticket.id == id) {
        Some(ticket) => answer(ticket),
        None => found(false, "ticket"),
    }
}

/// As [`read`], for a request whose every field may be left out: no body asks for the defaults.
fn read_if_given<T: DeserializeOwned>(
    body: &str,
    then: impl FnOnce(T) -> Response<Body>,
) -> Response<Body> {
    let nothing = body.trim().is_empty();
    read(if nothing { "{}" } else { body }, then)
}

fn read<T: DeserializeOwned>(body: &str, then: impl FnOnce(T) -> Response<Body>) -> Response<Body> {
    match serde_json::from_str(body) {
        Ok(value) => then(value),
        Err(error) => problem(
            StatusCode::BAD_REQUEST,
            &format!("The body is not what is wanted here: {error}."),
        ),
    }
}

fn answer<T: Serialize>(value: &T) -> Response<Body> {
    match serde_json::to_string(value) {
        Ok(text) => json_response(StatusCode::OK, text),
        Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

fn done() -> Response<Body> {
    json_response(StatusCode::OK, "{}".to_owned())
}

fn found(found: bool, what: &str) -> Response<Body> {
    if found {
        done()
    } else {
        problem(StatusCode::NOT_FOUND, &format!("There is no such {what}."))
    }
}

fn problem(status: StatusCode, text: &str) -> Response<Body> {
    json_response(status, json!({ "error": text }).to_string())
}

fn json_response(status: StatusCode, text: String) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON));
    response
}
