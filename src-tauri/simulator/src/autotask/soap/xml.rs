//! A small tree of elements, read without entities or external references.
//!
//! Names are local names: clients prefix them in different ways.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

/// Nesting at most; deeper input is refused.
const DEEPEST: usize = 64;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub children: Vec<Element>,
    /// All text directly inside it, in one piece.
    pub text: String,
}

impl Element {
    pub(crate) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// An attribute by local name, in any case.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self
            .attributes
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn is_nil(&self) -> bool {
        self.attribute("nil")
            .is_some_and(|nil| nil == "true" || nil == "1")
    }
}

/// The root element. The error says what is wrong, for a fault's text.
pub(crate) fn parse(text: &str) -> Result<Element, String> {
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(start) => {
                if open.len() >= DEEPEST {
                    return Err(format!("Elements are nested more than {DEEPEST} deep."));
                }
                if root.is_some() {
                    return Err("There are multiple root elements.".to_owned());
                }
                open.push(element(&start)?);
            }
            Event::Empty(start) => close(element(&start)?, &mut open, &mut root)?,
            Event::End(_) => {
                if let Some(element) = open.pop() {
                    close(element, &mut open, &mut root)?;
                }
            }
            Event::Text(text) => push(&text.xml10_content(), &mut open)?,
            Event::CData(text) => push(&text.xml10_content(), &mut open)?,
            Event::GeneralRef(reference) => {
                let resolved = match reference
                    .resolve_char_ref()
                    .map_err(|error| error.to_string())?
                {
                    Some(letter) => letter.to_string(),
                    None => predefined(&reference)
                        .ok_or("Reference to an undeclared entity.")?
                        .to_owned(),
                };
                push(&resolved, &mut open)?;
            }
            Event::DocType(_) => {
                return Err(
                    "For security reasons DTD is prohibited in this XML document.".to_owned(),
                );
            }
            Event::Eof => break,
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
        }
    }
    match (root, open.is_empty()) {
        (Some(root), true) => Ok(root),
        (Some(_) | None, _) => Err("Unexpected end of file.".to_owned()),
    }
}

fn element(start: &BytesStart<'_>) -> Result<Element, String> {
    let mut element = Element {
        name: start.local_name().into_inner().to_owned(),
        ..Element::default()
    };
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let value = attribute
            .normalized_value(XmlVersion::Explicit1_0)
            .map_err(|error| error.to_string())?;
        element.attributes.push((
            attribute.key.local_name().into_inner().to_owned(),
            value.into_owned(),
        ));
    }
    Ok(element)
}

fn close(element: Element, open: &mut [Element], root: &mut Option<Element>) -> Result<(), String> {
    match (open.last_mut(), &root) {
        (Some(parent), _) => parent.children.push(element),
        (None, None) => *root = Some(element),
        (None, Some(_)) => return Err("There are multiple root elements.".to_owned()),
    }
    Ok(())
}

fn push(text: &str, open: &mut [Element]) -> Result<(), String> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err("Data at the root level is invalid.".to_owned()),
    }
    Ok(())
}

fn predefined(name: &str) -> Option<&'static str> {
    Some(match name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        _ => return None,
    })
}

/// Text as element content. Characters that XML 1.0 forbids go out as references, as the
/// vendor's platform writes them.
pub(crate) fn write_escaped(out: &mut String, text: &str) {
    // 0xEF is what U+FFFE and U+FFFF begin with, among others.
    if text
        .bytes()
        .all(|byte| byte >= 0x20 && !matches!(byte, b'&' | b'<' | b'>' | 0xEF))
    {
        out.push_str(text);
        return;
    }
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\n' | '\t' => out.push(letter),
            forbidden @ ('\0'..' ' | '\u{fffe}' | '\u{ffff}') => {
                out.push_str(&format!("&#x{:X};", u32::from(forbidden)));
            }
            other => out.push(other),
        }
    }
}

/// `<name>text</name>`.
pub(crate) fn write_element(out: &mut String, name: &str, text: &str) {
    if text.is_empty() {
        out.push('<');
        out.push_str(name);
        out.push_str(" />");
        return;
    }
    out.push('<');
    out.push_str(name);
    out.push('>');
    write_escaped(out, text);
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_references_and_cdata_are_read() {
        let root = parse("<a:x xmlns:a=\"u\" b:t=\"n:T&amp;\"><a:y>1 &lt; 2 &#65;<![CDATA[<z/>]]></a:y><e/></a:x>").unwrap();
        assert_eq!(root.name, "x");
        assert_eq!(root.attribute("T"), Some("n:T&"));
        assert_eq!(root.child("y").unwrap().text, "1 < 2 A<z/>");
        assert_eq!(root.children.len(), 2);
    }

    #[test]
    fn what_xml_forbids_goes_out_as_a_reference_and_line_ends_survive() {
        let mut out = String::new();
        write_escaped(
            &mut out,
            "a\u{1} b\u{fffe}\u{ffff} c\u{fffd}\r\n<&>\u{ef}🙂",
        );
        assert_eq!(
            out,
            "a&#x1; b&#xFFFE;&#xFFFF; c\u{fffd}&#xD;\n&lt;&amp;&gt;\u{ef}🙂"
        );
    }

    #[test]
    fn declarations_of_entities_and_torn_documents_are_refused() {
        assert!(
            parse("<!DOCTYPE x [<!ENTITY a \"b\">]><x>&a;</x>")
                .unwrap_err()
                .contains("DTD")
        );
        assert!(parse("<x>&a;</x>").is_err());
        assert!(parse("<x><y></x>").is_err());
        assert!(parse("<x>").is_err());
        assert!(parse("").is_err());
    }
}
