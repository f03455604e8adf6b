//! The control interface: what the doors do in-process, as JSON over HTTP, for a simulator that
//! runs in another program.
//!
//! | call | what it does |
//! |---|---|
//! | `GET state` | clock, counts, limits, settings, faults |
//! | `GET journal`, `DELETE journal` | the calls so far; forget them |
//! | `GET faults`, `POST faults`, `DELETE faults`, `DELETE faults/{id}` | faults on demand |
//! | `GET jobs`, `POST jobs` | jobs shown now, with their outcome; finish one now |
//! | `GET organizations`, `POST organizations/{id}` | `{"state"?, "forbidden"?}` |
//! | `GET usage?date=`, `POST usage` | `{"organization_id", "date", "bytes"}` |
//! | `GET tickets`, `POST tickets/{id}` | fields by REST name, as a person would change them |
//! | `GET ticket-notes`, `companies`, `contracts`, `services`, `contract-services`, `contract-service-units`, `queues`, `priorities`, `statuses` | what stands there |
//! | `POST queues/{id}`, `priorities/{id}`, `companies/{id}` | `{"active"}` |
//! | `POST contracts/{id}` | `{"status"?, "start"?, "end"?}` |
//! | `POST rights` | `{"entity", "query"?, "create"?, "update"?}`; left out means allowed |
//! | `POST user` | `{"locked"?, "password"?, "token"?}` |
//! | `POST limits` | `{"on"?, "used"?}` |
//! | `POST settings` | any of [`Choices`](crate::Choices), and `page_size`, `retry_after` of the portal |
//! | `POST clock` | `{"speed"?, "advance_seconds"?}` |

use std::sync::Arc;
use std::time::Duration;

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
use crate::cloud_direct::portal::{NewJob, OrganizationState};
use crate::door::{AutotaskDoor, CloudDirectDoor};
use crate::faults::{Fault, FaultId};
use crate::shared::Shared;

type Simulated = State<Arc<Shared>>;

pub(crate) fn router(shared: Arc<Shared>) -> Router {
    let control = Router::new()
        .route("/state", get(state))
        .route("/journal", get(journal).delete(forget_journal))
        .route("/faults", get(faults).post(add_fault).delete(clear_faults))
        .route("/faults/{id}", delete(remove_fault))
        .route("/jobs", get(jobs).post(finish_job))
        .route("/organizations", get(organizations))
        .route("/organizations/{id}", post(set_organization))
        .route("/usage", get(usage).post(set_usage))
        .route("/tickets", get(|State(shared): Simulated| async move { answer(&AutotaskDoor(shared).tickets()) }))
        .route("/tickets/{id}", post(edit_ticket))
        .route("/ticket-notes", get(|State(shared): Simulated| async move { answer(&AutotaskDoor(shared).ticket_notes()) }))
        .route("/companies", get(|State(shared): Simulated| async move { answer(&AutotaskDoor(shared).companies()) }))
        .route("/companies/{id}", post(set_company))
        .route("/contracts", get(|State(shared): Simulated| async move { answer(&AutotaskDoor(shared).contracts()) }))
        .route("/contracts/{id}", post(set_contract))
        .route("/services", get(|State(shared): Simulated| async move { answer(&AutotaskDoor(shared).services()) }))
        .route(
            "/contract-services",
            get(|State(shared): Simulated| async move { answer(&AutotaskDoor(shared).contract_services()) }),
        )
        .route(
            "/contract-service-units",
            get(|State(shared): Simulated| async move { answer(&AutotaskDoor(shared).contract_service_units()) }),
        )
        .route("/queues", get(|State(shared): Simulated| async move { answer(&AutotaskDoor(shared).queues()) }))
        .route("/queues/{id}", post(set_queue))
        .route("/priorities", get(|State(shared): Simulated| async move { answer(&AutotaskDoor(shared).priorities()) }))
        .route("/priorities/{id}", post(set_priority))
        .route("/statuses", get(|State(shared): Simulated| async move { answer(&AutotaskDoor(shared).statuses()) }))
        .route("/rights", post(set_rights))
        .route("/user", post(set_user))
        .route("/limits", post(set_limits))
        .route("/settings", post(set_settings))
        .route("/clock", post(set_clock));
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
    let organizations = cloud_direct.organizations().len();
    let jobs = cloud_direct.jobs().len();
    answer(&json!({
        "now": shared.now(),
        "speed": shared.clock.speed(),
        "addresses": shared.addresses,
        "username": shared.logins.username,
        "autotask": {
            "calls": autotask.calls(),
            "quota_used": autotask.quota_used(),
            "limits": shared.gate.limits(),
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

async fn jobs(State(shared): Simulated) -> Response<Body> {
    #[derive(Serialize)]
    struct Shown {
        #[serde(flatten)]
        job: crate::Job,
        outcome: crate::Outcome,
    }
    let jobs = CloudDirectDoor(shared).jobs().into_iter();
    answer(
        &jobs
            .map(|job| Shown {
                outcome: job.outcome,
                job,
            })
            .collect::<Vec<_>>(),
    )
}

async fn finish_job(State(shared): Simulated, body: String) -> Response<Body> {
    let body = if body.trim().is_empty() {
        "{}"
    } else {
        body.as_str()
    };
    read::<NewJob>(body, |job| match CloudDirectDoor(shared).finish_job(job) {
        Some(job) => answer(&job),
        None => found(false, "organization"),
    })
}

async fn organizations(State(shared): Simulated) -> Response<Body> {
    answer(&CloudDirectDoor(shared).organizations())
}

async fn set_organization(
    State(shared): Simulated,
    Path(id): Path<String>,
    body: String,
) -> Response<Body> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Change {
        state: Option<OrganizationState>,
        forbidden: Option<bool>,
    }
    read::<Change>(&body, |change| {
        let door = CloudDirectDoor(shared);
        let known = door.organizations().iter().any(|one| one.id == id);
        if let (true, Some(state)) = (known, change.state) {
            door.set_state(&id, state);
        }
        if let (true, Some(forbidden)) = (known, change.forbidden) {
            door.set_forbidden(&id, forbidden);
        }
        found(known, "organization")
    })
}

#[derive(Deserialize)]
struct OnDay {
    date: Date,
}

async fn usage(State(shared): Simulated, Query(on): Query<OnDay>) -> Response<Body> {
    answer(&CloudDirectDoor(shared).usage(on.date))
}

async fn set_usage(State(shared): Simulated, body: String) -> Response<Body> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Measurement {
        organization_id: String,
        date: Date,
        bytes: u64,
    }
    read::<Measurement>(&body, |one| {
        found(
            CloudDirectDoor(shared).set_usage(&one.organization_id, one.date, one.bytes),
            "organization",
        )
    })
}

async fn edit_ticket(
    State(shared): Simulated,
    Path(id): Path<i64>,
    body: String,
) -> Response<Body> {
    read::<serde_json::Map<String, Json>>(&body, |fields| {
        match AutotaskDoor(shared).edit_ticket(id, &fields) {
            Ok(()) => done(),
            Err(text) => problem(StatusCode::BAD_REQUEST, &text),
        }
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Active {
    active: bool,
}

async fn set_company(
    State(shared): Simulated,
    Path(id): Path<i64>,
    body: String,
) -> Response<Body> {
    read::<Active>(&body, |change| {
        found(
            AutotaskDoor(shared).set_company_active(id, change.active),
            "company",
        )
    })
}

async fn set_queue(State(shared): Simulated, Path(id): Path<i64>, body: String) -> Response<Body> {
    read::<Active>(&body, |change| {
        found(
            AutotaskDoor(shared).set_queue_active(id, change.active),
            "queue",
        )
    })
}

async fn set_priority(
    State(shared): Simulated,
    Path(id): Path<i64>,
    body: String,
) -> Response<Body> {
    read::<Active>(&body, |change| {
        found(
            AutotaskDoor(shared).set_priority_active(id, change.active),
            "priority",
        )
    })
}

async fn set_contract(
    State(shared): Simulated,
    Path(id): Path<i64>,
    body: String,
) -> Response<Body> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Change {
        status: Option<i64>,
        start: Option<Date>,
        end: Option<Date>,
    }
    read::<Change>(&body, |change| {
        let door = AutotaskDoor(shared);
        let contract = door
            .contracts()
            .into_iter()
            .find(|contract| contract.id == id);
        let Some(contract) = contract else {
            return found(false, "contract");
        };
        if let Some(status) = change.status {
            door.set_contract_status(id, status);
        }
        if let (Some(start), Some(end)) =
            (change.start.or(contract.start), change.end.or(contract.end))
        {
            door.set_contract_dates(id, start, end);
        }
        done()
    })
}

async fn set_rights(State(shared): Simulated, body: String) -> Response<Body> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Rights {
        entity: String,
        query: Option<bool>,
        create: Option<bool>,
        update: Option<bool>,
    }
    read::<Rights>(&body, |rights| {
        let allowed = |right: Option<bool>| right.unwrap_or(true);
        let door = AutotaskDoor(shared);
        let known = door.set_rights(
            &rights.entity,
            allowed(rights.query),
            allowed(rights.create),
            allowed(rights.update),
        );
        found(known, "entity")
    })
}

async fn set_user(State(shared): Simulated, body: String) -> Response<Body> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct User {
        locked: Option<bool>,
        password: Option<String>,
        token: Option<String>,
    }
    read::<User>(&body, |user| {
        if let Some(locked) = user.locked {
            shared.gate.set_locked(locked);
        }
        if let Some(password) = user.password {
            shared.gate.set_password(&password);
        }
        if let Some(token) = user.token {
            CloudDirectDoor(shared).set_token(&token);
        }
        done()
    })
}

async fn set_limits(State(shared): Simulated, body: String) -> Response<Body> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Limits {
        on: Option<bool>,
        used: Option<u64>,
    }
    read::<Limits>(&body, |limits| {
        if let Some(on) = limits.on {
            shared.gate.set_limits(on);
        }
        if let Some(used) = limits.used {
            shared.gate.set_used(used, shared.now());
        }
        done()
    })
}

async fn set_settings(State(shared): Simulated, body: String) -> Response<Body> {
    read::<serde_json::Map<String, Json>>(&body, |mut changes| {
        let door = AutotaskDoor(Arc::clone(&shared));
        let portal = CloudDirectDoor(shared);
        if let Some(size) = changes.remove("page_size").and_then(|size| size.as_u64()) {
            portal.set_page_size(usize::try_from(size).unwrap_or(500));
        }
        if let Some(seconds) = changes
            .remove("retry_after")
            .and_then(|seconds| seconds.as_u64())
        {
            portal.set_retry_after(seconds);
        }
        let Ok(Json::Object(mut all)) = serde_json::to_value(door.choices()) else {
            return done();
        };
        all.append(&mut changes);
        match serde_json::from_value(Json::Object(all)) {
            Ok(choices) => {
                door.set_choices(choices);
                answer(&choices)
            }
            Err(error) => problem(StatusCode::BAD_REQUEST, &error.to_string()),
        }
    })
}

async fn set_clock(State(shared): Simulated, body: String) -> Response<Body> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Change {
        speed: Option<f64>,
        advance_seconds: Option<u64>,
    }
    read::<Change>(&body, |change| {
        if let Some(speed) = change.speed {
            shared.clock.set_speed(speed);
        }
        if let Some(seconds) = change.advance_seconds {
            shared.clock.advance(Duration::from_secs(seconds));
        }
        answer(&json!({ "now": shared.now(), "speed": shared.clock.speed() }))
    })
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
