//! Just enough XML: a writer that cannot write what XML 1.0 forbids, and a reader that makes a
//! tree of what came.
//!
//! The reader knows no document types, so no entity of the other side's making is ever expanded
//! and nothing outside is fetched; depth is bounded. Names are compared without prefixes, since
//! servers choose their own.

use quick_xml::Reader;
use quick_xml::escape::escape;
use quick_xml::events::{BytesStart, Event};

use crate::text;

/// Deeper than anything that Autotask sends.
const DEPTH_MAX: usize = 32;

/// XML being written.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    written: String,
}

impl Writer {
    /// With an XML declaration.
    pub(crate) fn document() -> Self {
        Self {
            written: "<?xml version=\"1.0\" encoding=\"utf-8\"?>".to_owned(),
        }
    }

    /// An element with whatever `inside` writes.
    pub(crate) fn element(
        &mut self,
        name: &str,
        attributes: &[(&str, &str)],
        inside: impl FnOnce(&mut Self),
    ) {
        self.written.push('<');
        self.written.push_str(name);
        for (attribute, value) in attributes {
            self.written.push(' ');
            self.written.push_str(attribute);
            self.written.push_str("=\"");
            self.written.push_str(&escape(text::clean(value).as_ref()));
            self.written.push('"');
        }
        self.written.push('>');
        inside(self);
        self.written.push_str("</");
        self.written.push_str(name);
        self.written.push('>');
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.written.push_str(&escape(text::clean(text).as_ref()));
    }

    pub(crate) fn finish(self) -> String {
        self.written
    }
}

/// An element that was read.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Node {
    /// Without its prefix.
    pub name: String,
    /// `xsi:type` without its prefix.
    pub xsi_type: Option<String>,
    pub nil: bool,
    /// QueryXML's attributes, for tests that read what was written.
    #[cfg(test)]
    pub op: Option<String>,
    #[cfg(test)]
    pub operator: Option<String>,
    /// All text directly inside, spaces kept.
    pub text: String,
    pub children: Vec<Node>,
}

impl Node {
    /// The first child of that name, in any case.
    pub(crate) fn child(&self, name: &str) -> Option<&Node> {
        self.children
            .iter()
            .find(|child| child.name.eq_ignore_ascii_case(name))
    }

    pub(crate) fn children_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Node> {
        self.children
            .iter()
            .filter(move |child| child.name.eq_ignore_ascii_case(name))
    }

    /// The text of a child that is there, not nil and not empty.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name)
            .filter(|child| !child.nil)
            .map(|child| child.text.trim())
            .filter(|text| !text.is_empty())
    }
}

/// The root element of a document. `Err` says what is wrong with it.
pub(crate) fn read(body: &[u8]) -> Result<Node, String> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let text = std::str::from_utf8(body).map_err(|error| format!("it is not UTF-8: {error}"))?;
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    // The document itself is the lowest node.
    let mut open = vec![Node::default()];
    loop {
        let event = reader
            .read_event()
            .map_err(|error| format!("it is not well-formed: {error}"))?;
        match event {
            Event::Start(start) => {
                if open.len() > DEPTH_MAX {
                    return Err("it is nested too deeply".to_owned());
                }
                open.push(node(&start)?);
            }
            Event::Empty(start) => {
                let node = node(&start)?;
                if let Some(parent) = open.last_mut() {
                    parent.children.push(node);
                }
            }
            Event::End(_) => {
                if let Some(node) = open.pop()
                    && let Some(parent) = open.last_mut()
                {
                    parent.children.push(node);
                }
            }
            Event::Text(text) => push(&mut open, &text.xml10_content()),
            Event::CData(text) => push(&mut open, &text.xml10_content()),
            Event::GeneralRef(reference) => {
                let character = reference
                    .resolve_char_ref()
                    .map_err(|error| format!("it is not well-formed: {error}"))?;
                match character {
                    Some(character) => push(&mut open, character.encode_utf8(&mut [0; 4])),
                    None => push(&mut open, predefined(&reference.xml10_content())?),
                }
            }
            Event::DocType(_) => return Err("it declares a document type".to_owned()),
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    let mut document = match (open.pop(), open.is_empty()) {
        (Some(document), true) => document,
        _ => return Err("it ends in the middle".to_owned()),
    };
    match (document.children.pop(), document.children.is_empty()) {
        (Some(root), true) => Ok(root),
        (None, _) => Err("it holds no XML".to_owned()),
        (Some(_), false) => Err("it holds more than one document".to_owned()),
    }
}

fn push(open: &mut [Node], text: &str) {
    if let Some(node) = open.last_mut() {
        node.text.push_str(text);
    }
}

fn predefined(name: &str) -> Result<&'static str, String> {
    quick_xml::escape::resolve_predefined_entity(name)
        .ok_or_else(|| format!("it uses an unknown entity: {name}"))
}

fn node(start: &BytesStart<'_>) -> Result<Node, String> {
    let mut node = Node {
        name: start.local_name().as_ref().to_owned(),
        ..Node::default()
    };
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| format!("it is not well-formed: {error}"))?;
        match attribute.key.local_name().as_ref() {
            "type" => {
                let value = attribute.value.trim();
                node.xsi_type = Some(value.rsplit(':').next().unwrap_or(value).to_owned());
            }
            #[cfg(test)]
            "op" => node.op = Some(attribute.value.to_string()),
            #[cfg(test)]
            "operator" => node.operator = Some(attribute.value.to_string()),
            "nil" => node.nil = matches!(attribute.value.trim(), "true" | "1"),
            _ => {}
        }
    }
    Ok(node)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_not_one_whole_document_is_refused() {
        for (body, part) in [
            (&b""[..], "holds no XML"),
            (b"not xml", "holds no XML"),
            (b"<a><b></a>", "not well-formed"),
            (b"<a><b>", "ends in the middle"),
            (b"<a/><b/>", "more than one"),
            (
                b"<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
                "document type",
            ),
            (b"<a>&x;</a>", "unknown entity"),
            (b"<a>\xff</a>", "not UTF-8"),
        ] {
            let error = read(body).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
        let deep = "<a>".repeat(100) + &"</a>".repeat(100);
        assert!(read(deep.as_bytes()).unwrap_err().contains("deeply"));
    }

    #[test]
    fn types_nils_references_and_cdata_are_read() {
        let root = read(
            b"<?xml version='1.0'?><s:a xmlns:s='x'><!-- c --><B xsi:type='xsd:int'> 1&#50;&amp;<![CDATA[<]]></B><C xsi:nil='true'/></s:a>",
        )
        .unwrap();
        assert_eq!(root.name, "a");
        let b = root.child("b").unwrap();
        assert_eq!(b.xsi_type.as_deref(), Some("int"));
        assert_eq!(b.text, " 12&<");
        assert!(root.child("c").unwrap().nil);
        assert_eq!(root.text_of("c"), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back_and_nothing_else(
            outer in any::<String>(), inner in any::<String>(), attribute in any::<String>(),
        ) {
            let mut nested = Writer::default();
            nested.element("in", &[("type", &attribute)], |xml| xml.text(&inner));
            let nested = nested.finish();
            let mut xml = Writer::document();
            xml.element("a", &[], |xml| {
                xml.element("b", &[], |xml| xml.text(&outer));
                xml.element("c", &[], |xml| xml.text(&nested));
            });
            let root = read(xml.finish().as_bytes()).unwrap();
            prop_assert_eq!(&root.child("b").unwrap().text, &text::clean(&outer).into_owned());
            let nested = read(root.child("c").unwrap().text.as_bytes()).unwrap();
            prop_assert_eq!(&nested.text, &text::clean(&inner).into_owned());
        }

        #[test]
        fn no_bytes_make_the_reader_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&body);
        }
    }
}
