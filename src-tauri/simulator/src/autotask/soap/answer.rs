//! SOAP answers: `ATWSResponse`, the metadata answers, and faults.

use std::fmt::Write;

use super::call::NAMESPACE;
use super::dialect::Dialect;
use super::time;
use super::xml::{write_element, write_escaped};
use crate::answer::{Answer, XML};
use crate::autotask::schema::{Entity, FieldSpec};
use crate::autotask::value::{Row, Value};

/// The outcome of query, create, update, delete and the threshold call.
#[derive(Debug, Default)]
pub(super) struct Response {
    pub operation: &'static str,
    /// `Entity` elements, written.
    pub results: String,
    /// In lower case; empty for the threshold call.
    pub result_type: String,
    /// Texts; any makes it a failure.
    pub errors: Vec<String>,
    /// `EntityReturnInfo` elements, written.
    pub infos: String,
    pub rows: usize,
}

impl Response {
    pub(super) fn failed(
        operation: &'static str,
        entity: Option<Entity>,
        errors: Vec<String>,
    ) -> Response {
        let result_type = entity
            .map(|entity| entity.spec().soap.to_lowercase())
            .unwrap_or_default();
        Response {
            operation,
            result_type,
            errors,
            ..Response::default()
        }
    }

    pub(super) fn answer(self) -> Answer {
        let operation = self.operation;
        let mut body = String::with_capacity(self.results.len() + self.infos.len() + 800);
        let _ = write!(
            body,
            "<{operation}Response xmlns=\"{NAMESPACE}\"><{operation}Result>"
        );
        body.push_str(if self.errors.is_empty() {
            "<ReturnCode>1</ReturnCode>"
        } else {
            "<ReturnCode>-1</ReturnCode>"
        });
        wrap(&mut body, "EntityResults", &self.results);
        write_element(&mut body, "EntityResultType", &self.result_type);
        let mut errors = String::new();
        for text in &self.errors {
            errors.push_str("<ATWSError>");
            write_element(&mut errors, "Message", text);
            errors.push_str("</ATWSError>");
        }
        wrap(&mut body, "Errors", &errors);
        wrap(&mut body, "EntityReturnInfoResults", &self.infos);
        let _ = write!(body, "</{operation}Result></{operation}Response>");
        enveloped(200, &body).with_rows(self.rows)
    }
}

/// An element whose content is written already.
pub(super) fn wrap(out: &mut String, name: &str, content: &str) {
    let _ = if content.is_empty() {
        write!(out, "<{name} />")
    } else {
        write!(out, "<{name}>{content}</{name}>")
    };
}

pub(super) fn enveloped(status: u16, body: &str) -> Answer {
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope \
         xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\">\
         <soap:Body>{body}</soap:Body></soap:Envelope>"
    );
    Answer::new(status, XML, text)
}

pub(super) fn fault(status: u16, text: &str) -> Answer {
    let mut body = String::from("<soap:Fault><faultcode>soap:Client</faultcode>");
    write_element(&mut body, "faultstring", text);
    body.push_str("<detail /></soap:Fault>");
    enveloped(status, &body)
}

/// A row: the id untyped, fields in the order of the service's description, empty numbers, dates
/// and flags left out, empty texts as empty elements.
pub(super) fn write_entity(out: &mut String, entity: Entity, row: &Row, dialect: &Dialect) {
    let _ = write!(out, "<Entity xsi:type=\"{}\">", entity.spec().soap);
    for (at, field) in dialect.fields(entity) {
        let Some(value) = row.get(at) else { continue };
        if at == 0 {
            let _ = write!(
                out,
                "<id>{}</id><UserDefinedFields />",
                value.int().unwrap_or(0)
            );
        } else {
            write_field(out, field, value, dialect);
        }
    }
    out.push_str("</Entity>");
}

fn write_field(out: &mut String, field: &FieldSpec, value: &Value, dialect: &Dialect) {
    if value.is_null() {
        if field.kind.is_text() {
            out.push('<');
            out.push_str(field.soap);
            out.push_str(" xsi:type=\"xsd:string\" />");
        }
        return;
    }
    out.push('<');
    out.push_str(field.soap);
    out.push_str(" xsi:type=\"");
    out.push_str(field.kind.xsd());
    out.push_str("\">");
    let _ = match value {
        Value::Null => Ok(()),
        Value::Int(number) => write!(out, "{number}"),
        Value::Real(number) => write!(out, "{number}"),
        Value::Bool(flag) => write!(out, "{flag}"),
        Value::Text(text) => {
            write_escaped(out, text);
            Ok(())
        }
        Value::Time(moment) => out.write_str(&time::write(*moment, &dialect.zone)),
        Value::Date(day) => out.write_str(&time::write_day(*day)),
    };
    out.push_str("</");
    out.push_str(field.soap);
    out.push('>');
}

/// What is said about one entity beside itself. A real create answer says `None` as the action.
pub(super) fn write_info(out: &mut String, id: i64, message: Option<&str>) {
    let _ = write!(
        out,
        "<EntityReturnInfo><EntityId>{id}</EntityId><DatabaseAction>None</DatabaseAction><DuplicateStatus>\
         <Found>false</Found><Ignored>false</Ignored></DuplicateStatus>"
    );
    if let Some(message) = message {
        write_element(out, "Message", message);
    }
    out.push_str("</EntityReturnInfo>");
}
