//! A SOAP request: which operation it calls, as whom, with what.

use axum::body::Bytes;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::dialect::Dialect;
use super::queryxml::{self, Query};
use super::xml::{self, Element};
use crate::autotask::schema::Entity;
use crate::autotask::server::Asked;
use crate::gate::Caller;

pub(crate) const NAMESPACE: &str = "http://autotask.net/ATWS/v1_6/";

#[derive(Debug)]
pub(crate) enum Operation {
    /// The error is a text for `ATWSError`.
    Query(Result<Query, String>),
    Create(Batch),
    Update(Batch),
    Delete(Batch),
    FieldInfo(String),
    UdfInfo(String),
    EntityInfo,
    Threshold,
    ZoneInfo(String),
    WsdlVersion,
    /// The service's description; nobody has to log in for it.
    Wsdl,
    /// A fault's text: the request cannot be understood.
    Malformed(String),
    NotFound,
}

/// The entities of a write.
#[derive(Debug)]
pub(crate) struct Batch {
    /// None if they are none, of several types, or of one that is not known.
    pub entity: Option<Entity>,
    pub rows: Vec<Element>,
}

#[derive(Debug)]
pub(crate) struct Call {
    pub operation: Operation,
    caller: Caller,
}

impl Call {
    pub(crate) fn read(parts: &Parts, body: &Bytes, dialect: &Dialect) -> Call {
        let mut caller = basic_login(&parts.headers);
        if parts.method != Method::POST {
            let operation = if asks_for_wsdl(parts) {
                Operation::Wsdl
            } else {
                Operation::NotFound
            };
            return Call { operation, caller };
        }
        let envelope = std::str::from_utf8(body)
            .map_err(|error| error.to_string())
            .and_then(xml::parse);
        let envelope = match envelope {
            Ok(envelope) => envelope,
            Err(error) => {
                let text = format!("Server was unable to process request. ---> {error}");
                return Call {
                    operation: Operation::Malformed(text),
                    caller,
                };
            }
        };
        let integrations = envelope
            .child("Header")
            .and_then(|header| header.child("AutotaskIntegrations"));
        let code = integrations.and_then(|integrations| integrations.child("IntegrationCode"));
        caller.tracking_identifier = code
            .map(|code| code.text.trim().to_owned())
            .unwrap_or_default();
        let called = envelope
            .child("Body")
            .and_then(|body| body.children.first());
        let operation = match called {
            Some(called) if envelope.name == "Envelope" => operation(called, parts, dialect),
            Some(_) | None => Operation::Malformed(
                "Server was unable to read request. There is no body.".to_owned(),
            ),
        };
        Call { operation, caller }
    }

    pub(crate) fn asked(&self) -> Asked {
        let (operation, entity, free) = match &self.operation {
            Operation::Query(query) => (
                "query",
                query.as_ref().ok().map(|query| query.entity),
                false,
            ),
            Operation::Create(batch) => ("create", batch.entity, false),
            Operation::Update(batch) => ("update", batch.entity, false),
            Operation::Delete(batch) => ("delete", batch.entity, false),
            Operation::FieldInfo(name) | Operation::UdfInfo(name) => {
                ("fields", Entity::by_soap_name(name), false)
            }
            Operation::EntityInfo => ("entityInformation", None, false),
            Operation::Threshold => ("threshold", None, false),
            Operation::ZoneInfo(_) => ("zone", None, true),
            Operation::WsdlVersion => ("version", None, false),
            Operation::Wsdl => ("wsdl", None, true),
            Operation::Malformed(_) | Operation::NotFound => ("unknown", None, true),
        };
        Asked {
            transport: "soap",
            operation,
            entity,
            free,
            caller: self.caller.clone(),
        }
    }
}

/// `atws.wsdl`, or `atws.asmx?wsdl`, in any case.
fn asks_for_wsdl(parts: &Parts) -> bool {
    let path = parts.uri.path().trim_end_matches('/');
    let query = parts.uri.query().unwrap_or_default();
    let question = query.split(['&', '=']).next().unwrap_or_default();
    let is_read = parts.method == Method::GET || parts.method == Method::HEAD;
    is_read
        && (path.to_ascii_lowercase().ends_with("atws.wsdl")
            || question.eq_ignore_ascii_case("wsdl"))
}

fn operation(called: &Element, parts: &Parts, dialect: &Dialect) -> Operation {
    let action = parts
        .headers
        .get("soapaction")
        .map(|value| String::from_utf8_lossy(value.as_bytes()));
    if let Some(action) = action {
        // Some clients quote it, the vendor's own example does not.
        let action = action.trim().trim_matches('"');
        if !action.is_empty() && action.strip_prefix(NAMESPACE) != Some(called.name.as_str()) {
            let text =
                format!("Server did not recognize the value of HTTP Header SOAPAction: {action}.");
            return Operation::Malformed(text);
        }
    }
    let text_of = |name: &str| {
        called
            .child(name)
            .map(|child| child.text.clone())
            .unwrap_or_default()
    };
    match called.name.as_str() {
        "query" => Operation::Query(queryxml::parse(&text_of("sXML"), dialect)),
        "create" => Operation::Create(batch(called)),
        "update" => Operation::Update(batch(called)),
        "delete" => Operation::Delete(batch(called)),
        "GetFieldInfo" => Operation::FieldInfo(text_of("psObjectType").trim().to_owned()),
        "getUDFInfo" => Operation::UdfInfo(text_of("psTable").trim().to_owned()),
        "GetEntityInfo" => Operation::EntityInfo,
        "getThresholdAndUsageInfo" => Operation::Threshold,
        "getZoneInfo" => Operation::ZoneInfo(text_of("UserName")),
        "GetWsdlVersion" => Operation::WsdlVersion,
        other => Operation::Malformed(format!(
            "Server did not recognize the value of HTTP Header SOAPAction: {NAMESPACE}{other}."
        )),
    }
}

fn batch(called: &Element) -> Batch {
    let rows: Vec<Element> = called
        .child("Entities")
        .map(|entities| entities.children.clone())
        .unwrap_or_default();
    let kind = |row: &Element| {
        let name = row.attribute("type").unwrap_or_default();
        Entity::by_soap_name(name.rsplit_once(':').map_or(name, |(_, local)| local))
    };
    let first = rows.first().and_then(kind);
    let entity = first.filter(|first| rows.iter().all(|row| kind(row) == Some(*first)));
    Batch { entity, rows }
}

fn basic_login(headers: &HeaderMap) -> Caller {
    let value = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let encoded = value
        .split_once(' ')
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"));
    let decoded = encoded.and_then(|(_, encoded)| BASE64_STANDARD.decode(encoded.trim()).ok());
    let text = decoded
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default();
    let (username, password) = text.split_once(':').unwrap_or_default();
    Caller {
        username: username.to_owned(),
        password: password.to_owned(),
        tracking_identifier: String::new(),
    }
}
