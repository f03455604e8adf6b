//! SOAP messages held against a WSDL by xmllint, which has nothing in common with either side.

use std::fs;
use std::process::Command;

use quick_xml::events::Event;
use quick_xml::reader::Reader;
use simulator::Call;
use tempfile::TempDir;

/// Complaints shown at most.
const SHOWN: usize = 8;

/// Which messages of a call have to be valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Messages {
    Answers,
    RequestsAndAnswers,
}

/// What a WSDL allows in an envelope.
pub struct Schema {
    folder: TempDir,
}

impl Schema {
    /// None, with a word about it, where there is no xmllint; where everything must be tested,
    /// that is a failure.
    pub fn of(wsdl: &str) -> Option<Schema> {
        if Command::new("xmllint").arg("--version").output().is_err() {
            assert!(std::env::var_os("CI").is_none(), "xmllint is missing");
            println!("skipped: there is no xmllint");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("envelope.xsd", include_str!("envelope.xsd"));
        write("queryxml.xsd", include_str!("queryxml.xsd"));
        write("service.xsd", &types_of(wsdl));
        Some(Schema { folder })
    }

    /// What is wrong with the messages, each given with a name: one line per complaint.
    pub fn complaints(&self, messages: &[(String, &str)]) -> Vec<String> {
        self.complaints_by("envelope.xsd", messages)
    }

    /// What is wrong with the QueryXML of queries.
    pub fn complaints_about_queries(&self, queries: &[(String, &str)]) -> Vec<String> {
        self.complaints_by("queryxml.xsd", queries)
    }

    fn complaints_by(&self, schema: &str, messages: &[(String, &str)]) -> Vec<String> {
        for (name, text) in messages {
            fs::write(self.folder.path().join(name), without_forbidden(text)).unwrap();
        }
        let output = Command::new("xmllint")
            .args(["--noout", "--nonet", "--huge", "--schema", schema])
            .args(messages.iter().map(|(name, _)| name))
            .current_dir(self.folder.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let validated = |name: &str| said.lines().any(|line| line == format!("{name} validates"));
        // A schema that cannot be read, or a message that was not looked at, is a complaint too.
        if messages.iter().all(|(name, _)| validated(name)) {
            assert!(output.status.success(), "{said}");
            return Vec::new();
        }
        let complaints = said.lines().filter(|line| !line.ends_with(" validates"));
        complaints.map(str::to_owned).collect()
    }

    /// Panics unless all SOAP calls of a journal that kept bodies are valid, and each answer is one
    /// to its request. Gives the elements of the bodies that were asked, in order.
    pub fn check(&self, journal: &[Call], which: Messages) -> Vec<String> {
        let mut messages = Vec::new();
        let mut queries = Vec::new();
        let mut asked = Vec::new();
        for (number, call) in journal.iter().enumerate() {
            if call.transport != "soap" || call.operation == "wsdl" {
                continue;
            }
            let kept = "the journal keeps bodies";
            let request = call.request.as_deref().expect(kept);
            let answer = call.answer.as_deref().expect(kept);
            let name = |kind: &str| format!("{number:04}-{}-{kind}.xml", call.operation);
            if which == Messages::RequestsAndAnswers {
                messages.push((name("request"), request));
                if call.operation == "query" {
                    queries.push((name("queryxml"), text_inside(request, "sXML")));
                }
            }
            if !answer.starts_with("<?xml") {
                let is_allowed = call.status == 401 || call.fault.is_some();
                assert!(is_allowed, "not SOAP: {} {answer}", call.status);
                continue;
            }
            messages.push((name("answer"), answer));
            let gives = body_element(answer);
            let takes = body_element(request);
            match (&takes, gives.as_deref()) {
                (_, Some("Fault")) => assert!(call.status >= 400, "{call:?}"),
                (Some(takes), Some(gives)) => {
                    assert_eq!(gives, format!("{takes}Response"));
                    assert_eq!(call.status, 200, "{call:?}");
                }
                (takes, gives) => panic!("{takes:?} was answered with {gives:?}"),
            }
            asked.extend(takes);
        }
        assert!(!messages.is_empty(), "nothing was called");
        let mut complaints = self.complaints(&messages);
        if !queries.is_empty() {
            let queries: Vec<(String, &str)> = queries
                .iter()
                .map(|(name, query)| (name.clone(), query.as_str()))
                .collect();
            complaints.extend(self.complaints_about_queries(&queries));
        }
        assert!(
            complaints.is_empty(),
            "{} complaints about {} messages, among them\n{}",
            complaints.len(),
            messages.len(),
            complaints[..complaints.len().min(SHOWN)].join("\n")
        );
        asked
    }
}

/// The operations of a WSDL, by the elements of their requests.
pub fn operations_of(wsdl: &str) -> Vec<String> {
    let actions = wsdl.split(" soapAction=\"").skip(1);
    let action = |rest: &str| rest.split('"').next().unwrap().to_owned();
    let element = |action: String| action.rsplit('/').next().unwrap().to_owned();
    actions.map(|rest| element(action(rest))).collect()
}

/// The schema inside a WSDL as a document of its own: with the prefixes that it had from outside.
fn types_of(wsdl: &str) -> String {
    let start = wsdl.find(":schema ").unwrap();
    let start = wsdl[..start].rfind('<').unwrap();
    let end = wsdl.find(":schema>").unwrap() + ":schema>".len();
    let schema = &wsdl[start..end];
    let root = &wsdl[wsdl.find("definitions").unwrap()..start];
    let root = &root[..root.find('>').unwrap()];
    let prefixes: String = root
        .split_whitespace()
        .filter(|word| word.starts_with("xmlns:"))
        .map(|word| format!(" {word}"))
        .collect();
    schema.replacen(":schema", &format!(":schema{prefixes}"), 1)
}

/// The name of what a message carries; none if it is not one.
fn body_element(message: &str) -> Option<String> {
    let mut reader = Reader::from_str(message);
    let mut is_inside = false;
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) | Event::Empty(start) => {
                let name = start.local_name().into_inner().to_owned();
                if is_inside {
                    return Some(name);
                }
                is_inside = name == "Body";
            }
            Event::Eof => return None,
            Event::End(_)
            | Event::Text(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_)
            | Event::GeneralRef(_) => {}
        }
    }
}

/// The text inside an element, read as XML has it.
fn text_inside(message: &str, element: &str) -> String {
    let mut reader = Reader::from_str(message);
    let mut text = String::new();
    let mut is_inside = false;
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => is_inside |= start.local_name().into_inner() == element,
            Event::End(end) if end.local_name().into_inner() == element => return text,
            Event::Text(part) if is_inside => text.push_str(&part.xml10_content()),
            Event::CData(part) if is_inside => text.push_str(&part.xml10_content()),
            Event::GeneralRef(reference) if is_inside => {
                let letter = match (reference.resolve_char_ref().unwrap(), &*reference) {
                    (Some(letter), _) => letter,
                    (None, "lt") => '<',
                    (None, "gt") => '>',
                    (None, "amp") => '&',
                    (None, "quot") => '"',
                    (None, "apos") => '\'',
                    (None, other) => panic!("{other} is not declared"),
                };
                text.push(letter);
            }
            Event::Eof => panic!("there is no {element} in {message}"),
            Event::Empty(_)
            | Event::End(_)
            | Event::Text(_)
            | Event::CData(_)
            | Event::GeneralRef(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_) => {}
        }
    }
}

/// The vendor's platform writes characters that XML 1.0 forbids as references, so the simulator
/// does too. No schema can speak of them: for xmllint they become the replacement character.
fn without_forbidden(message: &str) -> String {
    let mut parts = message.split("&#x");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (digits, rest) = part.split_once(';').unwrap();
        let code = u32::from_str_radix(digits, 16).unwrap();
        let is_forbidden = match code {
            0x9 | 0xA | 0xD => false,
            _ => code < 0x20 || matches!(code, 0xFFFE | 0xFFFF),
        };
        let shown = if is_forbidden { "FFFD" } else { digits };
        out.push_str(&format!("&#x{shown};{rest}"));
    }
    out
}
