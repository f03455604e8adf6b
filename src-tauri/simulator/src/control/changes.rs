//! What the control interface changes.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Path;
use axum::http::{Response, StatusCode};
use jiff::civil::Date;
use serde::{Deserialize, Deserializer};
use serde_json::{Value as Json, json};

use super::{Simulated, State, answer, done, found, problem, read};
use crate::autotask::server;
use crate::cloud_direct::portal::OrganizationState;
use crate::door::{AutotaskDoor, CloudDirectDoor};

pub(super) async fn set_organization(
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

pub(super) async fn set_usage(State(shared): Simulated, body: String) -> Response<Body> {
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

pub(super) async fn edit_ticket(
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

pub(super) async fn set_rights(State(shared): Simulated, body: String) -> Response<Body> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Rights {
        entity: String,
        query: Option<bool>,
        create: Option<bool>,
        update: Option<bool>,
        hidden: Option<bool>,
    }
    read::<Rights>(&body, |rights| {
        let allowed = |right: Option<bool>| right.unwrap_or(true);
        let door = AutotaskDoor(shared);
        let known = door.set_rights(
            &rights.entity,
            allowed(rights.query),
            allowed(rights.create),
            allowed(rights.update),
        ) && door.set_hidden(&rights.entity, rights.hidden.unwrap_or(false));
        found(known, "entity")
    })
}

pub(super) async fn set_user(State(shared): Simulated, body: String) -> Response<Body> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct User {
        locked: Option<bool>,
        password: Option<String>,
        token: Option<String>,
        /// Null: all of them.
        #[serde(default, deserialize_with = "given")]
        companies: Option<Option<Vec<i64>>>,
    }
    /// Tells null from what is left out.
    fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<T>, D::Error> {
        T::deserialize(deserializer).map(Some)
    }
    read::<User>(&body, |user| {
        if let Some(companies) = user.companies {
            AutotaskDoor(Arc::clone(&shared)).limit_to_companies(companies);
        }
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

pub(super) async fn set_limits(State(shared): Simulated, body: String) -> Response<Body> {
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

pub(super) async fn forget_limits_seen(State(shared): Simulated) -> Response<Body> {
    shared.gate.forget_seen();
    done()
}

pub(super) async fn set_settings(State(shared): Simulated, body: String) -> Response<Body> {
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
        if let Some(keep) = changes
            .remove("keep_bodies")
            .and_then(|keep| keep.as_bool())
        {
            door.0.journal.keep_bodies(keep);
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

pub(super) async fn set_clock(State(shared): Simulated, body: String) -> Response<Body> {
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
            server::carry_out_late(&shared);
        }
        answer(&json!({ "now": shared.now(), "speed": shared.clock.speed() }))
    })
}
