//! Autotask over HTTP: from a request to an answer, whichever transport it came in by.
//!
//! Order of things: what is being called, is there a fault for it, may the caller call, the work
//! itself (at once, while nothing is awaited), the journal. Only then is anything delayed.

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::Response;
use axum::http::request::Parts;
use jiff::{SignedDuration, Timestamp};

use super::schema::{Entity, EntitySpec};
use super::{rest, soap};
use crate::answer::{Answer, Delivery, Exchange};
use crate::faults::{Service, Target, What};
use crate::gate::{Caller, Denial};
use crate::journal::Call;
use crate::shared::Shared;
use crate::wire::Wire;

/// 200 tickets with every text at its full length fit.
const LARGEST_BODY: usize = 64 * 1024 * 1024;

/// What is being called, in terms that both transports share.
pub(crate) struct Asked {
    pub transport: &'static str,
    pub operation: &'static str,
    pub entity: Option<Entity>,
    /// Free calls need no login and are not counted.
    pub free: bool,
    pub caller: Caller,
}

impl Asked {
    /// What the thread limit is kept for.
    fn endpoint(&self) -> &'static str {
        self.entity
            .map_or(self.operation, |entity| entity.spec().rest)
    }
}

pub(crate) async fn serve(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    request: Request,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    match to_bytes(body, LARGEST_BODY).await {
        Ok(body) => {
            carry_out_late(&shared);
            let exchange = exchange(&shared, (&parts, &body), Arrival::Now);
            exchange.send(&shared, &wire).await
        }
        Err(_) => {
            Exchange::at_once(Answer::html(413))
                .send(&shared, &wire)
                .await
        }
    }
}

/// When a call was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Arrival {
    Now,
    /// It takes effect now, and was received at another time.
    Earlier,
}

/// What was postponed and whose time has come takes effect.
pub(crate) fn carry_out_late(shared: &Shared) {
    for (_, parts, body) in shared.take_late() {
        exchange(shared, (&parts, &body), Arrival::Earlier);
    }
}

fn exchange(shared: &Shared, (parts, body): (&Parts, &Bytes), arrival: Arrival) -> Exchange {
    let now = shared.now();
    // Case does not matter in a path, and doubled slashes do not either.
    let path = parts.uri.path();
    let segments: Vec<&str> = path
        .split('/')
        .filter(|segment| !segment.is_empty())
        .collect();
    let is = |at: usize, word: &str| {
        segments
            .get(at)
            .is_some_and(|segment| segment.eq_ignore_ascii_case(word))
    };
    if is(0, "atservicesrest") {
        let call = rest::route::Call::read(parts, segments.get(1..).unwrap_or_default(), body);
        let asked = call.asked(parts);
        carry_out(
            shared,
            (parts, body, arrival),
            &asked,
            now,
            |now| rest::perform(shared, &call, now),
            |denial| rest::denied(shared, asked.operation, denial),
        )
    } else if is(0, "atservices") && is(1, "1.6") && (is(2, "atws.asmx") || is(2, "atws.wsdl")) {
        let dialect = soap::Dialect::of(&shared.tenant().choices);
        let call = soap::call::Call::read(parts, body, &dialect);
        let asked = call.asked();
        carry_out(
            shared,
            (parts, body, arrival),
            &asked,
            now,
            |now| soap::perform(shared, &call, now),
            |denial| soap::denied(shared, &call, denial),
        )
    } else {
        let asked = Asked {
            transport: "none",
            operation: "unknown",
            entity: None,
            free: true,
            caller: Caller::default(),
        };
        carry_out(
            shared,
            (parts, body, arrival),
            &asked,
            now,
            |_| Answer::html(404),
            |_| Answer::html(404),
        )
    }
}

fn carry_out(
    shared: &Shared,
    (parts, body, arrival): (&Parts, &Bytes, Arrival),
    asked: &Asked,
    now: Timestamp,
    perform: impl FnOnce(Timestamp) -> Answer,
    denied: impl FnOnce(Denial) -> Answer,
) -> Exchange {
    let names = asked
        .entity
        .map(Entity::spec)
        .map(|spec: &EntitySpec| (spec.rest, spec.soap));
    let target = Target {
        service: Service::Autotask,
        operation: asked.operation,
        entity: names,
    };
    let fault = match arrival {
        Arrival::Now => shared.faults.pick(&target),
        Arrival::Earlier => None,
    };
    let choices = shared.tenant().choices;
    let denied = |denial: Denial| {
        let mut answer = denied(denial);
        if matches!(denial, Denial::Threads | Denial::Quota) {
            answer.retry_after = choices.limit_retry_after.map(u64::from);
        }
        answer
    };

    if let Some(What::DropLate(by)) = fault {
        let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
        let until = now.saturating_add(by).unwrap_or(Timestamp::MAX);
        shared.postpone(until, parts, body);
    }
    if let Some(What::PicklistValueVanishes { field, value }) = fault {
        let (entity, name) = field.place();
        let mut tenant = shared.tenant();
        tenant
            .picklists
            .change(entity, name, &value.to_string(), |value| {
                value.active = false
            });
    }
    let mut exchange = match fault {
        Some(What::DropBefore | What::DropLate(_)) => Exchange {
            delivery: Delivery::Never,
            ..Exchange::at_once(Answer::html(500))
        },
        Some(What::HtmlPage) => Exchange::at_once(Answer::proxy_page()),
        Some(What::Status(status)) => Exchange::at_once(Answer::html(status)),
        Some(What::LoginRevoked) => Exchange::at_once(denied(Denial::Password)),
        Some(What::UserLocked) => Exchange::at_once(denied(Denial::Locked)),
        Some(What::QuotaUsedUp) => Exchange::at_once(denied(Denial::Quota)),
        Some(What::ThreadLimit) => Exchange::at_once(denied(Denial::Threads)),
        None
        | Some(
            What::Delay(_) | What::DropAfter | What::Truncate | What::PicklistValueVanishes { .. },
        ) => {
            let lock_after = choices.lock_after;
            if asked.free {
                Exchange::at_once(perform(now))
            } else {
                match shared
                    .gate
                    .admit(&asked.caller, asked.endpoint(), now, lock_after)
                {
                    Ok(admission) => Exchange {
                        delay: admission.delay,
                        slot: Some(admission.slot),
                        ..Exchange::at_once(perform(now))
                    },
                    Err(denial) => Exchange::at_once(denied(denial)),
                }
            }
        }
    };
    match fault {
        Some(What::Delay(by)) => exchange.delay += by,
        Some(What::DropAfter) => exchange.delivery = Delivery::Never,
        Some(What::Truncate) => exchange.delivery = Delivery::Half,
        None
        | Some(
            What::DropBefore
            | What::DropLate(_)
            | What::HtmlPage
            | What::Status(_)
            | What::LoginRevoked
            | What::UserLocked
            | What::QuotaUsedUp
            | What::ThreadLimit
            | What::PicklistValueVanishes { .. },
        ) => {}
    }
    if arrival == Arrival::Earlier {
        return exchange;
    }
    let call = Call {
        at: now,
        service: Service::Autotask,
        transport: asked.transport,
        method: parts.method.to_string(),
        operation: asked.operation,
        entity: asked.entity.map(|entity| entity.spec().rest),
        rows: exchange.answer.rows,
        status: exchange.answer.status,
        fault: fault.map(|what| format!("{what:?}")),
        request: None,
        answer: None,
    };
    shared.journal.record(call, body, &exchange.answer.body);
    exchange
}
