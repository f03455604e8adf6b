//! The description of the SOAP side (WSDL 1.1), for clients that are driven by one.
//!
//! It is written anew for each request, from the tables that the answers are written from too, and
//! for the release that is spoken at that moment. It describes what the simulator has: the
//! operations that it answers and the entities of its tenant. Fields have no types in it; answers
//! bring them along.

use std::fmt::Write;

use super::call::NAMESPACE;
use super::dialect::Dialect;
use super::operations::{
    DATABASE_ACTION, ENTITY, HEADER, LISTS, OPERATIONS, Occurs, OperationSpec, Part, types,
};
use super::xml::write_escaped;
use crate::autotask::schema::Entity;

/// Where the parts of the description come from in XML.
const START: &str = "<wsdl:definitions xmlns:wsdl=\"http://schemas.xmlsoap.org/wsdl/\" \
                     xmlns:soap=\"http://schemas.xmlsoap.org/wsdl/soap/\" \
                     xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\"";

/// The description of a service that is called at `address`.
pub(super) fn write(dialect: &Dialect, address: &str) -> String {
    let mut out = String::with_capacity(64 * 1024);
    out.push_str("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
    let _ = writeln!(
        out,
        "{START} xmlns:tns=\"{NAMESPACE}\" targetNamespace=\"{NAMESPACE}\">"
    );
    let _ = writeln!(
        out,
        "<wsdl:types><xsd:schema elementFormDefault=\"qualified\" targetNamespace=\"{NAMESPACE}\">"
    );
    write_types(&mut out, dialect);
    for operation in OPERATIONS {
        write_elements(&mut out, operation);
    }
    out.push_str("</xsd:schema></wsdl:types>\n");
    OPERATIONS
        .iter()
        .for_each(|one| write_messages(&mut out, one));
    out.push_str("<wsdl:portType name=\"ATWSSoap\">\n");
    OPERATIONS.iter().for_each(|one| write_port(&mut out, one));
    out.push_str("</wsdl:portType>\n<wsdl:binding name=\"ATWSSoap\" type=\"tns:ATWSSoap\">\n");
    out.push_str("<soap:binding transport=\"http://schemas.xmlsoap.org/soap/http\" />\n");
    OPERATIONS
        .iter()
        .for_each(|one| write_binding(&mut out, one));
    out.push_str("</wsdl:binding>\n<wsdl:service name=\"ATWS\">\n");
    out.push_str("<wsdl:port name=\"ATWSSoap\" binding=\"tns:ATWSSoap\"><soap:address location=\"");
    write_escaped(&mut out, address);
    out.push_str("\" /></wsdl:port>\n</wsdl:service>\n</wsdl:definitions>\n");
    out
}

fn write_types(out: &mut String, dialect: &Dialect) {
    let (header, parts) = HEADER;
    let _ = writeln!(
        out,
        "<xsd:element name=\"{header}\" type=\"tns:{header}\" />"
    );
    let _ = write!(out, "<xsd:complexType name=\"{header}\">");
    write_sequence(out, parts);
    out.push_str("<xsd:anyAttribute /></xsd:complexType>\n");

    let (action, values) = DATABASE_ACTION;
    let _ = write!(out, "<xsd:simpleType name=\"{action}\">");
    out.push_str("<xsd:restriction base=\"xsd:string\">");
    for value in values {
        let _ = write!(out, "<xsd:enumeration value=\"{value}\" />");
    }
    out.push_str("</xsd:restriction></xsd:simpleType>\n");

    for (name, parts) in types(dialect) {
        let _ = write!(out, "<xsd:complexType name=\"{name}\">");
        write_sequence(out, &parts);
        out.push_str("</xsd:complexType>\n");
    }
    for name in LISTS {
        let _ = writeln!(
            out,
            "<xsd:complexType name=\"ArrayOf{name}\"><xsd:sequence><xsd:element name=\"{name}\" \
             type=\"tns:{name}\" minOccurs=\"0\" maxOccurs=\"unbounded\" nillable=\"true\" />\
             </xsd:sequence></xsd:complexType>"
        );
    }
    out.push_str("<xsd:complexType name=\"Entity\" abstract=\"true\">");
    write_sequence(out, ENTITY);
    out.push_str("</xsd:complexType>\n");
    for entity in Entity::ALL {
        write_entity(out, dialect, entity);
    }
}

/// An entity's own fields; its id is in the type that it extends.
fn write_entity(out: &mut String, dialect: &Dialect, entity: Entity) {
    let _ = write!(
        out,
        "<xsd:complexType name=\"{}\"><xsd:complexContent><xsd:extension base=\"tns:Entity\">\
         <xsd:sequence>",
        entity.spec().soap
    );
    for (_, field) in dialect.fields(entity).skip(1) {
        let _ = write!(
            out,
            "<xsd:element name=\"{}\" minOccurs=\"0\" />",
            field.soap
        );
    }
    out.push_str("</xsd:sequence></xsd:extension></xsd:complexContent></xsd:complexType>\n");
}

fn write_sequence(out: &mut String, parts: &[Part]) {
    out.push_str("<xsd:sequence>");
    for part in parts {
        let occurs = match part.occurs {
            Occurs::Once => "",
            Occurs::AtMostOnce => " minOccurs=\"0\"",
        };
        let Part { name, of, .. } = part;
        let _ = write!(out, "<xsd:element name=\"{name}\" type=\"{of}\"{occurs} />");
    }
    out.push_str("</xsd:sequence>");
}

/// The elements of a body: the call, and its answer with one result.
fn write_elements(out: &mut String, operation: &OperationSpec) {
    let OperationSpec { element, gives, .. } = operation;
    let _ = write!(out, "<xsd:element name=\"{element}\"><xsd:complexType>");
    write_sequence(out, operation.takes);
    out.push_str("</xsd:complexType></xsd:element>\n");
    let _ = writeln!(
        out,
        "<xsd:element name=\"{element}Response\"><xsd:complexType><xsd:sequence><xsd:element \
         name=\"{element}Result\" type=\"{gives}\" minOccurs=\"0\" /></xsd:sequence>\
         </xsd:complexType></xsd:element>"
    );
}

fn write_messages(out: &mut String, operation: &OperationSpec) {
    let element = operation.element;
    for (message, part, of) in [
        ("SoapIn", "parameters", element),
        ("SoapOut", "parameters", &format!("{element}Response")),
        (HEADER.0, HEADER.0, HEADER.0),
    ] {
        if message == HEADER.0 && !operation.needs_header {
            continue;
        }
        let _ = writeln!(
            out,
            "<wsdl:message name=\"{element}{message}\"><wsdl:part name=\"{part}\" \
             element=\"tns:{of}\" /></wsdl:message>"
        );
    }
}

/// Where an operation's name is not that of its element, its messages bear the element's.
fn message_name(operation: &OperationSpec) -> String {
    if operation.name == operation.element {
        String::new()
    } else {
        format!(" name=\"{}\"", operation.element)
    }
}

fn write_port(out: &mut String, operation: &OperationSpec) {
    let (OperationSpec { name, element, .. }, message) = (operation, message_name(operation));
    let _ = writeln!(
        out,
        "<wsdl:operation name=\"{name}\"><wsdl:input{message} message=\"tns:{element}SoapIn\" />\
         <wsdl:output{message} message=\"tns:{element}SoapOut\" /></wsdl:operation>"
    );
}

fn write_binding(out: &mut String, operation: &OperationSpec) {
    let (OperationSpec { name, element, .. }, message) = (operation, message_name(operation));
    let _ = write!(
        out,
        "<wsdl:operation name=\"{name}\"><soap:operation soapAction=\"{NAMESPACE}{element}\" \
         style=\"document\" /><wsdl:input{message}><soap:body use=\"literal\" />"
    );
    if operation.needs_header {
        let header = HEADER.0;
        let _ = write!(
            out,
            "<soap:header message=\"tns:{element}{header}\" part=\"{header}\" use=\"literal\" />"
        );
    }
    let _ = writeln!(
        out,
        "</wsdl:input><wsdl:output{message}><soap:body use=\"literal\" /></wsdl:output>\
         </wsdl:operation>"
    );
}
