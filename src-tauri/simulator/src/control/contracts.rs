//! What an administrator does to contracts.

use axum::body::Body;
use axum::extract::Path;
use axum::http::{Response, StatusCode};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::json;

use super::{Simulated, State, answer, done, found, problem, read, read_if_given};
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
        periods(AutotaskDoor(shared).approve_and_post(id, posting.until))
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
        periods(AutotaskDoor(shared).take_back_posting(id, posting.from))
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
    read_if_given::<Renewal>(&body, |renewal| {
        match AutotaskDoor(shared).renew_contract(id, renewal.end) {
            Ok(id) => answer(&json!({ "id": id })),
            Err(text) => problem(StatusCode::BAD_REQUEST, &text),
        }
    })
}

/// How many periods the contract's posting touched, or that there is no such contract.
fn periods(touched: Option<usize>) -> Response<Body> {
    match touched {
        Some(periods) => answer(&json!({ "periods": periods })),
        None => found(false, "contract"),
    }
}
