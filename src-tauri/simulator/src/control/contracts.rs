//! What an administrator does to contracts.

use axum::body::Body;
use axum::extract::Path;
use axum::http::{Response, StatusCode};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::json;

use super::{Simulated, State, answer, done, found, problem, read};
use crate::door::AutotaskDoor;

pub(super) async fn set_contract(
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

pub(super) async fn approve_and_post(
    State(shared): Simulated,
    Path(id): Path<i64>,
    body: String,
) -> Response<Body> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Posting {
        until: Date,
    }
    read::<Posting>(&body, |posting| {
        match AutotaskDoor(shared).approve_and_post(id, posting.until) {
            Some(periods) => answer(&json!({ "periods": periods })),
            None => found(false, "contract"),
        }
    })
}

pub(super) async fn take_back_posting(
    State(shared): Simulated,
    Path(id): Path<i64>,
    body: String,
) -> Response<Body> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Posting {
        from: Date,
    }
    read::<Posting>(&body, |posting| {
        match AutotaskDoor(shared).take_back_posting(id, posting.from) {
            Some(periods) => answer(&json!({ "periods": periods })),
            None => found(false, "contract"),
        }
    })
}

pub(super) async fn renew(
    State(shared): Simulated,
    Path(id): Path<i64>,
    body: String,
) -> Response<Body> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Renewal {
        end: Option<Date>,
    }
    let body = if body.trim().is_empty() {
        "{}"
    } else {
        body.as_str()
    };
    read::<Renewal>(body, |renewal| {
        match AutotaskDoor(shared).renew_contract(id, renewal.end) {
            Ok(id) => answer(&json!({ "id": id })),
            Err(text) => problem(StatusCode::BAD_REQUEST, &text),
        }
    })
}
