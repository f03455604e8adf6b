//! The whole state as one JSON document: for tests, and for whoever wants to see what arrived.
//!
//! ```text
//! { "now", "speed", "addresses", "faults": […],
//!   "autotask": { "settings", "limits", "user", "rights", "picklists",
//!                 "rows": { "Tickets": [ { "id", … } ], "ContractServiceAdjustments": […], … } },
//!   "cloud_direct": { "partner", "page_size", "retry_after", "forbidden", "organizations", "usage", "jobs" } }
//! ```
//!
//! Rows have REST's names and values; the API user's rights do not matter here. Passwords and
//! tokens are not in it. At full size it is some 500 MB, so it is written while it is sent, a
//! thousand rows at a time. Each such page is of one moment; between two of them the services go
//! on.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderValue, Response, header};
use futures::stream;
use jiff::tz::TimeZone;
use serde_json::{Map, Value as Json, json};

use super::{Shown, Simulated, State, fault_list};
use crate::answer::JSON;
use crate::autotask::query::{Filter, Moment};
use crate::autotask::rest;
use crate::autotask::rules::utc_day;
use crate::autotask::schema::{Entity, Names};
use crate::autotask::tenant::Tenant;
use crate::autotask::value::Value;
use crate::cloud_direct::portal::JobKey;
use crate::shared::Shared;

/// Rows or jobs that are written at a time.
const PAGE: usize = 1000;

pub(super) async fn everything(State(shared): Simulated) -> Response<Body> {
    let parts = stream::unfold(Some(Part::Head), move |part| {
        let shared = Arc::clone(&shared);
        async move {
            let (text, next) = write(&shared, part?);
            Some((Ok::<String, std::convert::Infallible>(text), next))
        }
    });
    let mut response = Response::new(Body::from_stream(parts));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON));
    response
}

/// What is written next.
enum Part {
    Head,
    /// An entity by its place among all of them, from behind this id on.
    Rows {
        entity: usize,
        after: Option<i64>,
    },
    Portal,
    /// From behind this job on.
    Jobs {
        after: Option<JobKey>,
    },
}

/// The text of a part, and the part that follows.
fn write(shared: &Shared, part: Part) -> (String, Option<Part>) {
    match part {
        Part::Head => {
            let next = Part::Rows {
                entity: 0,
                after: None,
            };
            (head(shared), Some(next))
        }
        Part::Rows { entity, after } => rows(shared, entity, after),
        Part::Portal => (portal(shared), Some(Part::Jobs { after: None })),
        Part::Jobs { after } => jobs(shared, after),
    }
}

/// All up to the rows, which stay open.
fn head(shared: &Shared) -> String {
    let tenant = shared.tenant();
    let limits = json!({
        "on": shared.gate.limits(),
        "used": shared.gate.used(shared.now()),
        "seen": shared.gate.seen(),
    });
    let user = json!({
        "username": shared.logins.username,
        "locked": shared.gate.locked(),
        "companies": tenant.rights.companies,
    });
    let mut text = String::from("{");
    push_members(
        &mut text,
        [
            ("now", json!(shared.now())),
            ("speed", json!(shared.clock.speed())),
            ("addresses", json!(shared.addresses)),
            ("faults", json!(fault_list(shared))),
        ],
    );
    text.push_str("\"autotask\":{");
    push_members(
        &mut text,
        [
            ("settings", json!(tenant.choices)),
            ("limits", limits),
            ("user", user),
            ("rights", rights(&tenant)),
            ("picklists", picklists(&tenant)),
        ],
    );
    text.push_str("\"rows\":{");
    text
}

/// Members of an object that goes on.
fn push_members<const COUNT: usize>(text: &mut String, members: [(&str, Json); COUNT]) {
    for (name, value) in members {
        text.push_str(&format!("\"{name}\":{value},"));
    }
}

fn rights(tenant: &Tenant) -> Json {
    let rights = Entity::ALL.map(|entity| {
        let access = tenant.rights.of(entity);
        let rights = json!({
            "query": access.query,
            "create": access.create,
            "update": access.update,
            "hidden": access.hidden,
        });
        (entity.spec().rest.to_owned(), rights)
    });
    Json::Object(rights.into_iter().collect())
}

/// By entity and field, in REST's names.
fn picklists(tenant: &Tenant) -> Json {
    let of_entity = |entity: Entity| -> Map<String, Json> {
        let fields = entity.spec().fields.iter().enumerate();
        let lists = fields
            .filter(|(_, field)| field.picklist)
            .map(|(at, field)| {
                let name = field.name(Names::Rest).to_owned();
                (name, json!(tenant.picklists.values(entity, at)))
            });
        lists.collect()
    };
    let all = Entity::ALL.map(|entity| (entity.spec().rest.to_owned(), of_entity(entity)));
    let known = all.into_iter().filter(|(_, lists)| !lists.is_empty());
    Json::Object(known.map(|(name, lists)| (name, lists.into())).collect())
}

fn rows(shared: &Shared, place: usize, after: Option<i64>) -> (String, Option<Part>) {
    let Some(entity) = Entity::ALL.get(place).copied() else {
        return ("}},".to_owned(), Some(Part::Portal));
    };
    let mut text = String::new();
    if after.is_none() {
        let comma = if place > 0 { "," } else { "" };
        text.push_str(&format!("{comma}\"{}\":[", entity.spec().rest));
    }
    let moment = Moment {
        today: utc_day(shared.now()),
        zone: TimeZone::UTC,
    };
    let tenant = shared.tenant();
    let mut last = None;
    let mut count = 0;
    let page = tenant
        .store
        .select(entity, &Filter::All, after.unwrap_or(-1), &moment);
    for row in page.take(PAGE) {
        if after.is_some() || count > 0 {
            text.push(',');
        }
        rest::write_row(&mut text, entity, &row);
        last = row.first().and_then(Value::int);
        count += 1;
    }
    if count == PAGE {
        let next = Part::Rows {
            entity: place,
            after: last,
        };
        return (text, Some(next));
    }
    text.push(']');
    let next = Part::Rows {
        entity: place + 1,
        after: None,
    };
    (text, Some(next))
}

/// All up to the jobs, which stay open.
fn portal(shared: &Shared) -> String {
    let now = shared.now();
    let portal = shared.portal();
    let organizations: Vec<_> = portal.organizations.values().collect();
    let mut text = String::from("\"cloud_direct\":{");
    push_members(
        &mut text,
        [
            ("partner", json!(portal.partner)),
            ("page_size", json!(portal.page_size)),
            ("retry_after", json!(portal.retry_after)),
            ("forbidden", json!(portal.forbidden)),
            ("organizations", json!(organizations)),
            ("usage", json!(portal.usage(utc_day(now), now))),
        ],
    );
    text.push_str("\"jobs\":[");
    text
}

fn jobs(shared: &Shared, after: Option<JobKey>) -> (String, Option<Part>) {
    let portal = shared.portal();
    let mut text = String::new();
    let mut last = None;
    let mut count = 0;
    let page = portal.jobs_after(None, after.as_ref(), shared.now());
    for (key, job) in page.take(PAGE) {
        if after.is_some() || count > 0 {
            text.push(',');
        }
        text.push_str(&json!(Shown::of(job)).to_string());
        last = Some(key);
        count += 1;
    }
    if count == PAGE {
        return (text, Some(Part::Jobs { after: last }));
    }
    text.push_str("]}}");
    (text, None)
}
