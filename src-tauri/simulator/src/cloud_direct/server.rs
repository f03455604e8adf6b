//! The portal over HTTP. Errors are problem documents (RFC 9457).

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{Method, Response, header};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use crate::answer::{Answer, Delivery, Exchange, PROBLEM};
use crate::faults::{Service, Target, What};
use crate::journal::Call;
use crate::shared::Shared;
use crate::wire::Wire;

use super::portal::{Job, JobKey, Portal};

/// A portal request has no body worth reading.
const LARGEST_BODY: usize = 64 * 1024;

pub(crate) async fn serve(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    request: Request,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    if to_bytes(body, LARGEST_BODY).await.is_err() {
        return Exchange::at_once(problem(413, "The request's body is too long."))
            .send(&shared, &wire)
            .await;
    }
    exchange(&shared, &parts).send(&shared, &wire).await
}

fn exchange(shared: &Shared, parts: &Parts) -> Exchange {
    let now = shared.now();
    let path = parts.uri.path().trim_matches('/').to_owned();
    let operation = match path.as_str() {
        "v1/partner" => "partner",
        "v1/organizations" => "organizations",
        "v1/jobs" => "jobs",
        "v1/usage" => "usage",
        _ => "unknown",
    };
    let fault = shared.faults.pick(&Target {
        service: Service::CloudDirect,
        operation,
        entity: None,
    });
    let retry_after = shared.portal().retry_after;

    let mut delay = Duration::ZERO;
    let mut delivery = Delivery::Whole;
    let mut instead = None;
    match fault {
        None | Some(What::PicklistValueVanishes { .. }) => {}
        Some(What::Delay(by)) => delay = by,
        Some(What::DropBefore | What::DropAfter | What::DropLate(_)) => delivery = Delivery::Never,
        Some(What::Truncate) => delivery = Delivery::Half,
        Some(What::HtmlPage) => instead = Some(Answer::proxy_page()),
        Some(What::Status(status)) => instead = Some(problem(status, "A fault was asked for.")),
        Some(What::LoginRevoked | What::UserLocked) => instead = Some(token_refused()),
        Some(What::QuotaUsedUp | What::ThreadLimit) => {
            instead = Some(problem(429, "Too many requests."))
        }
    }
    let mut answer = instead.unwrap_or_else(|| call(shared, parts, operation, now));
    if matches!(answer.status, 429 | 503) {
        answer.retry_after = Some(retry_after);
    }
    let call = Call {
        at: now,
        service: Service::CloudDirect,
        transport: "portal",
        method: parts.method.to_string(),
        operation,
        entity: None,
        rows: answer.rows,
        status: answer.status,
        fault: fault.map(|what| format!("{what:?}")),
        request: None,
        answer: None,
    };
    shared.journal.record(call, b"", &answer.body);
    Exchange {
        answer,
        delay,
        delivery,
        slot: None,
    }
}

fn call(shared: &Shared, parts: &Parts, operation: &str, now: Timestamp) -> Answer {
    let portal = shared.portal();
    if !token_fits(parts, &portal.token) {
        return token_refused();
    }
    if operation == "unknown" {
        return problem(404, "There is no such resource.");
    }
    if parts.method != Method::GET {
        return problem(405, "Only GET is allowed here.");
    }
    let query = Query::of(parts);
    let result = match operation {
        "partner" => Ok(to_json(&portal.partner).with_rows(1)),
        "organizations" => organizations(&portal, &query),
        "jobs" => jobs(&portal, &query, now),
        _ => usage(&portal, &query, now),
    };
    result.unwrap_or_else(|detail| problem(400, &detail))
}

/// A page of anything.
#[derive(Debug, Serialize)]
struct Page<T> {
    items: Vec<T>,
    next_page_token: Option<String>,
}

fn organizations(portal: &Portal, query: &Query) -> Result<Answer, String> {
    let after = query.page_token()?.unwrap_or_default();
    let rest = portal.organizations.values().filter(|one| one.id > after);
    Ok(page(
        rest.map(|one| (one.id.clone(), one)),
        portal.page_size,
    ))
}

fn jobs(portal: &Portal, query: &Query, now: Timestamp) -> Result<Answer, String> {
    let after = match query.get("finished_after") {
        Some(text) => Some(
            text.parse::<Timestamp>()
                .map_err(|_| format!("finished_after is not an RFC 3339 time: {text}"))?,
        ),
        None => None,
    };
    let organization = query.get("organization_id");
    if let Some(id) = organization {
        if !portal.organizations.contains_key(id) {
            return Ok(problem(404, &format!("There is no organization {id}.")));
        }
        if portal.forbidden.contains(id) {
            return Ok(problem(
                403,
                &format!("The token may not read organization {id}."),
            ));
        }
    }
    let cursor = query.page_token()?.map(|text| job_key(&text)).transpose()?;
    let jobs = portal
        .jobs_after(after, cursor.as_ref(), now)
        .filter(|(_, job)| {
            organization.is_none_or(|id| id == job.organization_id)
                && !portal.forbidden.contains(&job.organization_id)
        });
    let jobs =
        jobs.map(|((finished_at, id), job): (JobKey, Job)| (format!("{finished_at} {id}"), job));
    Ok(page(jobs, portal.page_size))
}

fn usage(portal: &Portal, query: &Query, now: Timestamp) -> Result<Answer, String> {
    let text = query
        .get("date")
        .ok_or("The parameter date is missing; it has the form YYYY-MM-DD.")?;
    let day: Date = text
        .parse()
        .map_err(|_| format!("date is not of the form YYYY-MM-DD: {text}"))?;
    let after = query.page_token()?.unwrap_or_default();
    let rows = portal.usage(day, now).into_iter();
    let rows = rows.filter(|row| {
        row.organization_id > after && !portal.forbidden.contains(&row.organization_id)
    });
    Ok(page(
        rows.map(|row| (row.organization_id.clone(), row)),
        portal.page_size,
    ))
}

/// The first rows, and a token that goes on behind the last of them.
fn page<T: Serialize>(mut rows: impl Iterator<Item = (String, T)>, size: usize) -> Answer {
    let mut items = Vec::new();
    let mut last = None;
    for (key, row) in rows.by_ref().take(size) {
        items.push(row);
        last = Some(key);
    }
    let next_page_token = match rows.next() {
        Some(_) => last.map(|key| BASE64_URL_SAFE_NO_PAD.encode(key)),
        None => None,
    };
    let count = items.len();
    to_json(&Page {
        items,
        next_page_token,
    })
    .with_rows(count)
}

fn job_key(text: &str) -> Result<JobKey, String> {
    let parts = text
        .split_once(' ')
        .and_then(|(time, id)| Some((time.parse().ok()?, id.to_owned())));
    parts.ok_or_else(|| "page_token is not one that this portal gave out.".to_owned())
}

struct Query(Vec<(String, String)>);

impl Query {
    fn of(parts: &Parts) -> Query {
        let text = parts.uri.query().unwrap_or_default();
        Query(
            url::form_urlencoded::parse(text.as_bytes())
                .into_owned()
                .collect(),
        )
    }

    fn get(&self, name: &str) -> Option<&str> {
        let found = self
            .0
            .iter()
            .find(|(key, value)| key == name && !value.is_empty());
        found.map(|(_, value)| value.as_str())
    }

    fn page_token(&self) -> Result<Option<String>, String> {
        let Some(token) = self.get("page_token") else {
            return Ok(None);
        };
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok();
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        text.map(Some)
            .ok_or_else(|| "page_token is not one that this portal gave out.".to_owned())
    }
}

fn token_fits(parts: &Parts, token: &str) -> bool {
    let value = parts
        .headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let given = value.and_then(|value| {
        let (scheme, rest) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(rest.trim())
    });
    given == Some(token)
}

fn token_refused() -> Answer {
    problem(401, "The token is missing or not valid.")
}

fn problem(status: u16, detail: &str) -> Answer {
    let title = axum::http::StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason());
    let body = serde_json::json!({
        "type": "about:blank",
        "title": title.unwrap_or("Error"),
        "status": status,
        "detail": detail,
    });
    Answer::new(status, PROBLEM, body.to_string())
}

fn to_json<T: Serialize>(value: &T) -> Answer {
    match serde_json::to_string(value) {
        Ok(body) => Answer::json(body),
        Err(error) => problem(500, &format!("The answer could not be written: {error}.")),
    }
}
