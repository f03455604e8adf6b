//! REST v1.0: JSON over HTTP.
//!
//! Success is 200; what the vendor refuses is 500 with `{"errors": ["…"]}`; a refused password
//! is 401 without a body (the vendor's is not established).

mod json;
mod lenient;
mod metadata;
mod query;
pub(crate) mod route;

use axum::http::Method;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value as Json;

use self::query::{Paging, Query};
use self::route::{Action, Call, parent_field};
use super::query::{Filter, Moment, Op, Test};
use super::refusal::{
    CREATE_NOT_ALLOWED, INTEGRATION_CODE, NO_ZONE, NULL_IN_BODY, QUERY_NOT_ALLOWED,
    UPDATE_NOT_ALLOWED, USER_LOCKED, quota_text, thread_refusal,
};
use super::rules::{self, utc_day};
use super::schema::{Entity, Names};
use super::tenant::{Draft, Refused, Tenant};
use super::value::{Row, Value};
use crate::answer::{Answer, HTML, JSON};
use crate::gate::{CALLS_PER_HOUR, Denial, MINUTES};
use crate::shared::Shared;

pub(crate) fn perform(shared: &Shared, call: &Call, now: Timestamp) -> Answer {
    match &call.action {
        Action::Zone { user } => zone(shared, user),
        Action::VersionInformation => Answer::json("{\"apiVersions\":[\"V1.0\"]}".to_owned()),
        Action::Version => Answer::json(
            "{\"majorVersion\":2026,\"minorVersion\":3,\"build\":1,\"customerType\":\"Demo\"}"
                .to_owned(),
        ),
        Action::Threshold => Answer::json(format!(
            "{{\"externalRequestThreshold\":{CALLS_PER_HOUR},\"requestThresholdTimeframe\":{MINUTES},\
             \"currentTimeframeRequestCount\":{}}}",
            shared.gate.used(now)
        )),
        Action::Information(entity) => metadata::information(&shared.tenant(), *entity),
        Action::Fields(entity) => metadata::fields(&shared.tenant(), *entity),
        Action::UserDefinedFields(_) => Answer::json("{\"fields\":[]}".to_owned()),
        Action::Query(entity) => {
            let text = if call.method == Method::POST {
                Some(call.body.as_str())
            } else {
                call.parameter("search")
            };
            page(shared, call, *entity, text.unwrap_or_default(), None, now)
        }
        Action::NextPage(entity) => {
            let body = Some(call.body.as_str()).filter(|body| !body.trim().is_empty());
            let text = body
                .or_else(|| call.parameter("search"))
                .unwrap_or_default();
            match call.parameter("paging").and_then(Paging::parse) {
                Some(paging) => page(shared, call, *entity, text, Some(paging), now),
                None => refused("Value cannot be null.\r\nParameter name: paging"),
            }
        }
        Action::Count(entity) => {
            let text = if call.method == Method::POST {
                Some(call.body.as_str())
            } else {
                call.parameter("search")
            };
            count(shared, *entity, text.unwrap_or_default(), now)
        }
        Action::Get(entity, id) => item(&shared.tenant(), *entity, *id, None),
        Action::Child(entity, parent, id) => item(&shared.tenant(), *entity, *id, Some(*parent)),
        Action::Children(entity, parent) => children(&shared.tenant(), *entity, *parent, now),
        Action::Create(entity) => create(shared, *entity, &call.body, None, now),
        Action::CreateChild(entity, parent) => {
            create(shared, *entity, &call.body, Some(*parent), now)
        }
        Action::Update { entity, replace } => {
            update(shared, *entity, &call.body, None, *replace, now)
        }
        Action::UpdateChild {
            entity,
            parent,
            replace,
        } => update(shared, *entity, &call.body, Some(*parent), *replace, now),
        Action::WrongMethod => Answer::new(
            405,
            JSON,
            format!(
                "{{\"Message\":\"The requested resource does not support http method '{}'.\"}}",
                call.method
            ),
        ),
        Action::NotFound => Answer::html(404),
    }
}

/// A row from an object with REST names.
pub(crate) fn draft_of(entity: Entity, object: &serde_json::Map<String, Json>) -> Draft {
    json::draft(entity, object)
}

/// Writes a row with REST names.
pub(crate) fn write_row(out: &mut String, entity: Entity, row: &Row) {
    json::write_row(out, entity, row, None);
}

pub(crate) fn denied(shared: &Shared, operation: &str, denial: Denial) -> Answer {
    let choices = shared.tenant().choices;
    match denial {
        Denial::Password => Answer::new(401, HTML, String::new()),
        // A user name leads to its zone and tenant; an unknown one leads nowhere.
        Denial::UnknownUser => refused(NO_ZONE),
        Denial::Locked if choices.locked_status == 401 => Answer::new(401, HTML, String::new()),
        Denial::Locked => errors(choices.locked_status, &[USER_LOCKED.to_owned()]),
        Denial::IntegrationCode => refused(INTEGRATION_CODE),
        Denial::Threads => {
            let (status, text) = thread_refusal(choices, operation);
            errors(status, &[text])
        }
        Denial::Quota => errors(choices.quota_status, &[quota_text()]),
    }
}

fn zone(shared: &Shared, user: &str) -> Answer {
    if !shared.gate.knows_domain_of(user) {
        return refused(NO_ZONE);
    }
    let base = &shared.addresses.autotask;
    let body = serde_json::json!({
        "zoneName": "Simulator",
        "url": format!("{base}ATServicesRest/"),
        "webUrl": base.as_str(),
        "ci": 1,
    });
    Answer::json(body.to_string())
}

fn page(
    shared: &Shared,
    call: &Call,
    entity: Entity,
    text: &str,
    paging: Option<Paging>,
    now: Timestamp,
) -> Answer {
    let tenant = shared.tenant();
    if !tenant.may_query(entity) {
        return refused(QUERY_NOT_ALLOWED);
    }
    let query = match query::parse(entity, text) {
        Ok(query) => query,
        Err(text) => return refused(&text),
    };
    let paging = paging.unwrap_or_else(|| Paging::first(query.page));
    let moment = moment(now);
    let mut rows = tenant.select(entity, &query.filter, paging.after, &moment);
    let mut body = String::from("{\"items\":[");
    let mut count = 0;
    let mut last_id = paging.after;
    for row in rows.by_ref().take(paging.size) {
        if count > 0 {
            body.push(',');
        }
        json::write_row(&mut body, entity, &row, query.only.as_deref());
        count += 1;
        last_id = row.first().and_then(Value::int).unwrap_or(last_id);
    }
    // Without the id among the fields there is nothing to page by.
    let can_page = query.only.as_ref().is_none_or(|only| only.contains(&0));
    let next = (can_page && rows.next().is_some()).then(|| paging.next(last_id));
    let search = (call.method == Method::GET).then_some(text);
    let address = |route: &str, paging: Option<Paging>| match paging {
        None => "null".to_owned(),
        Some(paging) => {
            let mut quoted = String::new();
            json::write_text(
                &mut quoted,
                &page_address(shared, entity, route, &paging, search),
            );
            quoted
        }
    };
    body.push_str(&format!(
        "],\"pageDetails\":{{\"count\":{count},\"requestCount\":{},\"prevPageUrl\":{},\"nextPageUrl\":{}}}}}",
        paging.size,
        address("previous", paging.back()),
        address("next", next),
    ));
    Answer::json(body).with_rows(count)
}

fn page_address(
    shared: &Shared,
    entity: Entity,
    route: &str,
    paging: &Paging,
    search: Option<&str>,
) -> String {
    let mut address = shared.addresses.autotask.clone();
    address.set_path(&format!(
        "/ATServicesRest/V1.0/{}/query/{route}",
        entity.spec().rest
    ));
    address
        .query_pairs_mut()
        .append_pair("paging", &paging.to_json());
    if let Some(search) = search {
        address.query_pairs_mut().append_pair("search", search);
    }
    address.into()
}

fn count(shared: &Shared, entity: Entity, text: &str, now: Timestamp) -> Answer {
    let tenant = shared.tenant();
    if !tenant.may_query(entity) {
        return refused(QUERY_NOT_ALLOWED);
    }
    match query::parse(entity, text) {
        Ok(Query { filter, .. }) => {
            let moment = moment(now);
            let count = tenant.select(entity, &filter, -1, &moment).count();
            Answer::json(format!("{{\"queryCount\":{count}}}"))
        }
        Err(text) => refused(&text),
    }
}

fn item(tenant: &Tenant, entity: Entity, id: i64, parent: Option<i64>) -> Answer {
    if !tenant.may_query(entity) {
        return refused(QUERY_NOT_ALLOWED);
    }
    let row = tenant.store.get(entity, id).filter(|row| {
        tenant.sees(entity, row) && parent.is_none_or(|parent| is_child(entity, row, parent))
    });
    match row {
        Some(row) => {
            let mut body = String::from("{\"item\":");
            json::write_row(&mut body, entity, &row, None);
            body.push('}');
            Answer::json(body).with_rows(1)
        }
        None => Answer::json("{\"item\":null}".to_owned()),
    }
}

fn is_child(entity: Entity, row: &Row, parent: i64) -> bool {
    Tenant::value(entity, row, parent_field(entity)).int() == Some(parent)
}

fn children(tenant: &Tenant, entity: Entity, parent: i64, now: Timestamp) -> Answer {
    if !tenant.may_query(entity) {
        return refused(QUERY_NOT_ALLOWED);
    }
    let Some(field) = entity.spec().position(parent_field(entity), Names::Soap) else {
        return Answer::html(404);
    };
    let filter = Filter::Test(Test {
        field,
        op: Op::Equal,
        values: vec![Value::Int(parent)],
    });
    let moment = moment(now);
    let mut body = String::from("{\"items\":[");
    let mut count = 0;
    for row in tenant
        .select(entity, &filter, -1, &moment)
        .take(query::PAGE)
    {
        if count > 0 {
            body.push(',');
        }
        json::write_row(&mut body, entity, &row, None);
        count += 1;
    }
    body.push_str(&format!(
        "],\"pageDetails\":{{\"count\":{count},\"requestCount\":{},\"prevPageUrl\":null,\"nextPageUrl\":null}}}}",
        query::PAGE
    ));
    Answer::json(body).with_rows(count)
}

fn create(
    shared: &Shared,
    entity: Entity,
    body: &str,
    parent: Option<i64>,
    now: Timestamp,
) -> Answer {
    let mut tenant = shared.tenant();
    if !tenant.may_create(entity) {
        return refused(CREATE_NOT_ALLOWED);
    }
    let draft = match draft(entity, body, parent) {
        Ok(draft) => draft,
        Err(answer) => return answer,
    };
    if tenant.choices.nulls_refused && draft.fields.iter().any(|(_, value)| value.is_null()) {
        return refused(NULL_IN_BODY);
    }
    match tenant.create(entity, vec![draft], now) {
        // Adjustments have no id that anybody is told.
        Ok(_) if entity == Entity::ContractServiceAdjustment => {
            Answer::json("{\"itemId\":null}".to_owned()).with_rows(1)
        }
        Ok(ids) => {
            rules::after_answer(&mut tenant, entity, &ids);
            let id = ids.first().copied().unwrap_or(0);
            Answer::json(format!("{{\"itemId\":{id}}}")).with_rows(1)
        }
        Err(refusals) => refusals_answer(entity, &refusals),
    }
}

fn update(
    shared: &Shared,
    entity: Entity,
    body: &str,
    parent: Option<i64>,
    replace: bool,
    now: Timestamp,
) -> Answer {
    let mut tenant = shared.tenant();
    if !tenant.may_update(entity) {
        return refused(UPDATE_NOT_ALLOWED);
    }
    let draft = match draft(entity, body, parent) {
        Ok(draft) => draft,
        Err(answer) => return answer,
    };
    match tenant.update(entity, vec![draft], replace, now) {
        Ok(ids) => Answer::json(format!(
            "{{\"itemId\":{}}}",
            ids.first().copied().unwrap_or(0)
        ))
        .with_rows(1),
        Err(refusals) => refusals_answer(entity, &refusals),
    }
}

/// The row in a request's body; the parent named in the address counts, not the one in the body.
fn draft(entity: Entity, body: &str, parent: Option<i64>) -> Result<Draft, Answer> {
    let parsed = lenient::parse(body).map_err(|text| refused(&text))?;
    let Json::Object(object) = parsed else {
        return Err(refused(
            "Value cannot be null.\r\nParameter name: createModel",
        ));
    };
    let mut draft = json::draft(entity, &object);
    if let Some(parent) = parent
        && let Some(at) = entity.spec().position(parent_field(entity), Names::Soap)
    {
        draft.fields.retain(|(field, _)| *field != at);
        draft.fields.push((at, Value::Int(parent)));
    }
    Ok(draft)
}

fn refusals_answer(entity: Entity, refusals: &[Refused]) -> Answer {
    let texts: Vec<String> = refusals
        .iter()
        .map(|(record, refusal)| refusal.text(entity.spec(), Names::Rest, *record))
        .collect();
    errors(500, &texts)
}

fn refused(text: &str) -> Answer {
    errors(500, &[text.to_owned()])
}

fn errors(status: u16, texts: &[String]) -> Answer {
    Answer::new(
        status,
        JSON,
        serde_json::json!({ "errors": texts }).to_string(),
    )
}

fn moment(now: Timestamp) -> Moment {
    Moment {
        today: utc_day(now),
        zone: TimeZone::UTC,
    }
}
