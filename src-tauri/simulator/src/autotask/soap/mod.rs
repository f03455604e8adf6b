//! SOAP 1.6 (document/literal, SOAP 1.1).
//!
//! What the vendor refuses comes as `ReturnCode` -1 with `ATWSError`s, status 200; what cannot be
//! understood as a fault with status 500; a refused password as 401 without SOAP. Up to 200
//! entities of one type are written in one call, all or none. The service describes itself at
//! `atws.wsdl` and at `atws.asmx?wsdl`.

mod answer;
pub(crate) mod call;
mod dialect;
mod metadata;
mod operations;
mod queryxml;
mod time;
mod wsdl;
mod xml;

use jiff::Timestamp;

use self::answer::{Response, fault, write_entity, write_info};
use self::call::{Batch, Call, Operation};
pub(crate) use self::dialect::Dialect;
use self::queryxml::Query;
use self::time::NotATime;
use self::xml::{Element, write_element};
use super::choices::SoapRelease;
use super::query::Moment;
use super::refusal::{
    CREATE_NOT_ALLOWED, DELETE_NOT_ALLOWED, INTEGRATION_CODE, QUERY_NOT_ALLOWED, Refusal,
    UPDATE_NOT_ALLOWED, USER_LOCKED, quota_text, thread_refusal,
};
use super::rules;
use super::schema::{Entity, FieldKind, Names};
use super::tenant::{Draft, Refused, Tenant};
use super::value::Value;
use crate::answer::{Answer, XML};
use crate::gate::{CALLS_PER_HOUR, Denial, MINUTES};
use crate::shared::Shared;

/// Rows in an answer at most.
const ROWS: usize = 500;
/// Entities in one call at most.
const BATCH: usize = 200;

pub(crate) fn perform(shared: &Shared, call: &Call, now: Timestamp) -> Answer {
    match &call.operation {
        Operation::Query(Ok(query)) => self::query(&shared.tenant(), query, now).answer(),
        Operation::Query(Err(text)) => Response::failed("query", None, vec![text.clone()]).answer(),
        Operation::Create(batch) => write(&mut shared.tenant(), "create", batch, now).answer(),
        Operation::Update(batch) => write(&mut shared.tenant(), "update", batch, now).answer(),
        Operation::Delete(batch) => {
            Response::failed("delete", batch.entity, vec![DELETE_NOT_ALLOWED.to_owned()]).answer()
        }
        Operation::FieldInfo(name) => match Entity::by_soap_name(name) {
            Some(entity) => {
                let tenant = shared.tenant();
                metadata::fields(&tenant, entity, &Dialect::of(&tenant.choices))
            }
            None => fault(500, &format!("Entity type [{name}] does not exist.")),
        },
        Operation::UdfInfo(_) => metadata::answer("getUDFInfo", ""),
        Operation::EntityInfo => {
            let tenant = shared.tenant();
            metadata::entities(&tenant, &Dialect::of(&tenant.choices))
        }
        Operation::Threshold => threshold(shared.gate.used(now)).answer(),
        Operation::ZoneInfo(user) => zone_info(shared, user),
        Operation::WsdlVersion => {
            let release = shared.tenant().choices.soap_release;
            metadata::answer("GetWsdlVersion", version(release))
        }
        Operation::Wsdl => {
            let dialect = Dialect::of(&shared.tenant().choices);
            Answer::new(200, XML, wsdl::write(&dialect, &address(shared)))
        }
        Operation::Malformed(text) => fault(500, text),
        Operation::NotFound => Answer::html(404),
    }
}

/// A caller that is not let through. Wherever the vendor's form is not established, a fault is.
pub(crate) fn denied(shared: &Shared, call: &Call, denial: Denial) -> Answer {
    let choices = shared.tenant().choices;
    match denial {
        Denial::Password | Denial::UnknownUser => Answer::html(401),
        Denial::Locked if choices.locked_status == 401 => Answer::html(401),
        Denial::Locked => fault(choices.locked_status, USER_LOCKED),
        Denial::IntegrationCode => {
            let asked = call.asked();
            let operation = match &call.operation {
                Operation::Query(_) => "query",
                Operation::Create(_) => "create",
                Operation::Update(_) => "update",
                Operation::Delete(_) => "delete",
                Operation::Threshold => "getThresholdAndUsageInfo",
                Operation::FieldInfo(_)
                | Operation::UdfInfo(_)
                | Operation::EntityInfo
                | Operation::ZoneInfo(_)
                | Operation::WsdlVersion
                | Operation::Wsdl
                | Operation::Malformed(_)
                | Operation::NotFound => return fault(500, INTEGRATION_CODE),
            };
            Response::failed(operation, asked.entity, vec![INTEGRATION_CODE.to_owned()]).answer()
        }
        Denial::Threads => {
            let (status, text) = thread_refusal(choices, call.asked().operation);
            fault(status, &text)
        }
        Denial::Quota => fault(choices.quota_status, &quota_text()),
    }
}

fn query(tenant: &Tenant, query: &Query, now: Timestamp) -> Response {
    let entity = query.entity;
    if !tenant.may_query(entity) {
        return Response::failed("query", Some(entity), vec![QUERY_NOT_ALLOWED.to_owned()]);
    }
    let filter = match &query.filter {
        Ok(filter) => filter,
        Err(text) => return Response::failed("query", Some(entity), vec![text.clone()]),
    };
    let dialect = Dialect::of(&tenant.choices);
    let moment = Moment {
        today: now.to_zoned_datetime(dialect.zone.clone()).date(),
        zone: dialect.zone.clone(),
    };
    let mut response = Response::failed("query", Some(entity), Vec::new());
    for row in tenant.select(entity, filter, -1, &moment).take(ROWS) {
        write_entity(&mut response.results, entity, &row, &dialect);
        write_info(
            &mut response.infos,
            row.first().and_then(Value::int).unwrap_or(0),
            None,
        );
        response.rows += 1;
    }
    response
}

/// Creates or updates a batch.
fn write(tenant: &mut Tenant, operation: &'static str, batch: &Batch, now: Timestamp) -> Response {
    let creates = operation == "create";
    let Some(entity) = batch.entity else {
        let text = "All entities of one call must be of one type that the API has.".to_owned();
        return Response::failed(operation, None, vec![text]);
    };
    let failed = |errors: Vec<String>| Response::failed(operation, Some(entity), errors);
    let allowed = if creates {
        tenant.may_create(entity)
    } else {
        tenant.may_update(entity)
    };
    if !allowed {
        return failed(vec![
            if creates {
                CREATE_NOT_ALLOWED
            } else {
                UPDATE_NOT_ALLOWED
            }
            .to_owned(),
        ]);
    }
    if batch.rows.len() > BATCH {
        return failed(vec![format!(
            "The maximum of {BATCH} entities in one call has been exceeded."
        )]);
    }
    let dialect = Dialect::of(&tenant.choices);
    let drafts: Vec<Draft> = batch
        .rows
        .iter()
        .map(|row| draft(entity, row, &dialect))
        .collect();
    let written = if creates {
        tenant.create(entity, drafts, now)
    } else {
        // What is left out is cleared.
        tenant.update(entity, drafts, true, now)
    };
    match written {
        Err(refused) => failed(error_texts(entity, creates, &refused)),
        Ok(ids) => {
            let mut response = failed(Vec::new());
            for id in ids.iter().copied() {
                match tenant.store.get(entity, id) {
                    Some(row) => write_entity(&mut response.results, entity, &row, &dialect),
                    // Adjustments leave no row behind.
                    None => {
                        let row = vec![Value::Int(id)];
                        write_entity(&mut response.results, entity, &row, &dialect);
                    }
                }
                write_info(&mut response.infos, id, None);
                response.rows += 1;
            }
            if creates {
                rules::after_answer(tenant, entity, &ids);
            }
            response
        }
    }
}

/// A text that does not name its record is followed by one that does.
fn error_texts(entity: Entity, creates: bool, refused: &[Refused]) -> Vec<String> {
    let spec = entity.spec();
    let mut texts = Vec::new();
    for (record, refusal) in refused {
        texts.push(refusal.text(spec, Names::Soap, *record));
        if !refusal.names_record(spec) {
            let doing = if creates { "creating" } else { "updating" };
            texts.push(format!(
                "Error {doing} entity for record number [{record}]."
            ));
        }
    }
    texts
}

/// A row as a client wrote it, in any order. Unknown elements are ignored, empty ones are null.
fn draft(entity: Entity, row: &Element, dialect: &Dialect) -> Draft {
    let mut draft = Draft::default();
    for child in &row.children {
        let Some((at, field)) = dialect.field(entity, &child.name) else {
            continue;
        };
        if at == 0 {
            draft.id = child.text.trim().parse().ok();
        } else if child.is_nil() || child.text.is_empty() {
            draft.fields.push((at, Value::Null));
        } else {
            match read(field.kind, at, &child.text, dialect) {
                Ok(value) => draft.fields.push((at, value)),
                Err(refusal) => draft.refusals.push(refusal),
            }
        }
    }
    draft
}

fn read(kind: FieldKind, at: usize, text: &str, dialect: &Dialect) -> Result<Value, Refusal> {
    let trimmed = text.trim();
    match kind {
        FieldKind::Integer | FieldKind::Long | FieldKind::Short => trimmed
            .parse()
            .map(Value::Int)
            .map_err(|_| Refusal::NotNumeric(at)),
        FieldKind::Double | FieldKind::Decimal | FieldKind::Float => trimmed
            .parse()
            .map(Value::Real)
            .map_err(|_| Refusal::NotNumeric(at)),
        FieldKind::Boolean => match trimmed.to_ascii_lowercase().as_str() {
            "true" | "1" => Ok(Value::Bool(true)),
            "false" | "0" => Ok(Value::Bool(false)),
            _ => Err(Refusal::NotBoolean(at)),
        },
        FieldKind::Text(_) | FieldKind::Period => Ok(Value::Text(text.to_owned())),
        FieldKind::DateTime => match time::read(trimmed, &dialect.zone) {
            Ok(moment) => Ok(Value::Time(moment)),
            Err(NotATime::DoesNotExist) => Err(Refusal::TimeDoesNotExist(at)),
            Err(NotATime::Unreadable) => Err(Refusal::NotADate(at)),
        },
        FieldKind::Date => time::read_day(trimmed)
            .map(Value::Date)
            .ok_or(Refusal::NotADate(at)),
    }
}

/// What `GetWsdlVersion` answers. The published description names no more than the API's version.
fn version(release: SoapRelease) -> &'static str {
    match release {
        SoapRelease::Published2019 => "1.6",
        SoapRelease::V1_6_8 => "1.6.8",
    }
}

fn threshold(used: u64) -> Response {
    let text = format!(
        "ThresholdOfExternalRequest: {CALLS_PER_HOUR}; TimeframeOfLimitation: {MINUTES}; numberOfExternalRequest: \
         {used};"
    );
    let mut response = Response::failed("getThresholdAndUsageInfo", None, Vec::new());
    write_info(&mut response.infos, 0, Some(&text));
    response
}

fn zone_info(shared: &Shared, user: &str) -> Answer {
    let base = &shared.addresses.autotask;
    let known = shared.gate.knows_domain_of(user);
    let mut result = String::new();
    let url = address(shared);
    write_element(&mut result, "URL", if known { &url } else { "" });
    write_element(&mut result, "ErrorCode", if known { "0" } else { "-1" });
    write_element(&mut result, "DataBaseType", "");
    write_element(&mut result, "CI", if known { "1" } else { "0" });
    write_element(
        &mut result,
        "WebUrl",
        if known { base.as_str() } else { "" },
    );
    metadata::answer("getZoneInfo", &result)
}

/// Where the SOAP side is called.
fn address(shared: &Shared) -> String {
    format!("{}ATServices/1.6/atws.asmx", shared.addresses.autotask)
}
