//! The description that the SOAP side serves of itself.

use std::collections::BTreeMap;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;
use simulator::SoapRelease;

use crate::bench::{Bench, texts};
use crate::vendor_material::material;

impl Bench {
    async fn wsdl(&self, path: &str) -> String {
        let url = format!("{}{path}", self.simulator.addresses().autotask);
        let response = self.http.get(url).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(
            response.headers()["content-type"],
            "text/xml; charset=utf-8"
        );
        response.text().await.unwrap()
    }

    async fn speaking(release: SoapRelease) -> Bench {
        let bench = Bench::start().await;
        let mut choices = bench.simulator.autotask().choices();
        choices.soap_release = release;
        bench.simulator.autotask().set_choices(choices);
        bench
    }
}

#[tokio::test]
async fn the_description_is_there_for_everybody_under_both_names_in_any_case() {
    let bench = Bench::start().await;
    let described = bench.wsdl("ATServices/1.6/atws.wsdl").await;
    let address = format!(
        "<soap:address location=\"{}ATServices/1.6/atws.asmx\" />",
        bench.simulator.addresses().autotask
    );
    assert!(described.contains(&address), "{described}");
    for path in [
        "atservices/1.6/ATWS.WSDL",
        "ATServices/1.6/atws.asmx?wsdl",
        "ATSERVICES//1.6/atws.asmx/?WSDL=",
    ] {
        assert_eq!(bench.wsdl(path).await, described, "{path}");
    }
    let no_question = format!(
        "{}ATServices/1.6/atws.asmx",
        bench.simulator.addresses().autotask
    );
    let response = bench.http.get(no_question).send().await.unwrap();
    assert_eq!(response.status(), 404);
    assert_eq!(
        bench.simulator.autotask().quota_used(),
        0,
        "reading it is free"
    );
}

#[tokio::test]
async fn a_release_has_the_same_fields_in_its_description_its_metadata_and_its_answers() {
    for (release, version, has_it) in [
        (SoapRelease::Published2019, "1.6", false),
        (SoapRelease::V1_6_8, "1.6.8", true),
    ] {
        let bench = Bench::speaking(release).await;
        let (_, told) = bench.soap("GetWsdlVersion", "").await;
        assert_eq!(texts(&told, "GetWsdlVersionResult"), [version]);
        let description = bench.wsdl("ATServices/1.6/atws.wsdl").await;
        let (_, fields) = bench
            .soap("GetFieldInfo", "<psObjectType>Account</psObjectType>")
            .await;
        let (_, entities) = bench.soap("GetEntityInfo", "").await;
        let answer = bench
            .soap_query(
                "TicketCategory",
                "<field>id<expression op=\"equals\">3</expression></field>",
            )
            .await;
        for (text, name) in [
            (&description, "name=\"ApiVendorID\""),
            (&description, "IsSupportedWebhookField"),
            (&description, "UserAccessForCreate"),
            (&fields, "<Name>ApiVendorID</Name>"),
            (&fields, "<IsSupportedWebhookField>"),
            (&entities, "<UserAccessForCreate>"),
            (&entities, "<SupportsWebhookCallouts>"),
            (&answer, "<ApiOnly "),
        ] {
            assert_eq!(text.contains(name), has_it, "{release:?}: {name} in {text}");
        }
    }
}

#[tokio::test]
async fn a_field_that_the_release_lacks_can_neither_be_asked_for_nor_set() {
    let bench = Bench::speaking(SoapRelease::Published2019).await;
    let answer = bench
        .soap_query(
            "Ticket",
            "<field>LastTrackedModificationDateTime<expression op=\"IsNotNull\" /></field>",
        )
        .await;
    assert_eq!(
        texts(&answer, "Message"),
        ["Unable to find LastTrackedModificationDateTime in the Ticket Entity."]
    );
    let category = "<Entity xsi:type=\"TicketCategory\"><id>3</id><Name>Standard</Name><Active>true</Active>\
                    <DisplayColorRGB>12</DisplayColorRGB><ApiOnly>true</ApiOnly></Entity>";
    let entities = format!("<Entities>{category}</Entities>");
    let (_, answer) = bench.soap("update", &entities).await;
    assert_eq!(texts(&answer, "ReturnCode"), ["1"], "{answer}");
    let mut choices = bench.simulator.autotask().choices();
    choices.soap_release = SoapRelease::V1_6_8;
    bench.simulator.autotask().set_choices(choices);
    let now = bench
        .soap_query(
            "TicketCategory",
            "<field>ApiOnly<expression op=\"equals\">true</expression></field>",
        )
        .await;
    assert!(!now.contains("<id>3</id>"), "{now}");
}

#[tokio::test]
async fn what_is_described_is_described_as_the_vendor_does() {
    let Some(vendors) = material("atws-1.6.wsdl") else {
        return;
    };
    let vendors = parts_of(&vendors);
    let bench = Bench::speaking(SoapRelease::Published2019).await;
    let ours = parts_of(&bench.wsdl("ATServices/1.6/atws.wsdl").await);
    for (name, content) in &ours {
        assert_eq!(vendors.get(name), Some(content), "{name}");
    }
    for name in [
        "complexType Ticket",
        "complexType ResourceRole",
        "complexType ATWSResponse",
        "element createResponse",
        "element AutotaskIntegrations",
        "message queryAutotaskIntegrations",
        "portType getEntityInfo",
        "binding getZoneInfo",
        "binding query",
    ] {
        assert!(ours.contains_key(name), "{name}");
    }
}

/// Everything that has a name in a description, with what stands in it, in words that do not
/// depend on prefixes, on defaults and on the order in which the parts come.
fn parts_of(wsdl: &str) -> BTreeMap<String, Vec<String>> {
    let mut reader = Reader::from_str(wsdl);
    let mut parts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    // The names of the open elements, and the part that each belongs to.
    let mut open: Vec<(String, String)> = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => {
                let entered = enter(&start, &open, &mut parts);
                open.push(entered);
            }
            Event::Empty(start) => {
                enter(&start, &open, &mut parts);
            }
            Event::End(_) => {
                open.pop();
            }
            Event::Eof => break,
            Event::Text(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_)
            | Event::GeneralRef(_) => {}
        }
    }
    parts
}

fn enter(
    start: &BytesStart<'_>,
    open: &[(String, String)],
    parts: &mut BTreeMap<String, Vec<String>>,
) -> (String, String) {
    let tag = start.local_name().into_inner().to_owned();
    let attribute = |name: &str| {
        let found = start
            .attributes()
            .map(Result::unwrap)
            .find(|attribute| attribute.key.local_name().into_inner() == name);
        found.map(|found| {
            let value = found.normalized_value(XmlVersion::Explicit1_0);
            value.unwrap().into_owned()
        })
    };
    let local = |name: &str| {
        let value = attribute(name).unwrap_or_default();
        value.rsplit(':').next().unwrap_or_default().to_owned()
    };
    let name = attribute("name").unwrap_or_default();
    let (outer, part) = open.last().cloned().unwrap_or_default();
    let opened = match (tag.as_str(), outer.as_str()) {
        ("element" | "complexType" | "simpleType", "schema") => format!("{tag} {name}"),
        ("message" | "service", "definitions") => format!("{tag} {name}"),
        ("operation", "portType" | "binding") if attribute("soapAction").is_none() => {
            format!("{outer} {name}")
        }
        _ => part,
    };
    if !opened.is_empty() {
        let content = parts.entry(opened.clone()).or_default();
        match tag.as_str() {
            "element" => content.push(format!(
                "{name}: {} {}..{} nillable {}",
                local("type"),
                attribute("minOccurs").unwrap_or("1".into()),
                attribute("maxOccurs").unwrap_or("1".into()),
                attribute("nillable").unwrap_or("false".into()),
            )),
            "extension" | "restriction" => content.push(format!("on {}", local("base"))),
            "enumeration" => content.push(attribute("value").unwrap()),
            "anyAttribute" => content.push(tag.clone()),
            "part" => content.push(format!("{name}: {}", local("element"))),
            "input" | "output" => content.push(format!("{tag} {name} {}", local("message"))),
            "operation" if attribute("soapAction").is_some() => {
                content.push(format!(
                    "{} {}",
                    attribute("soapAction").unwrap(),
                    attribute("style").unwrap()
                ));
            }
            "body" => content.push(attribute("use").unwrap()),
            "header" => content.push(format!("{} {}", local("message"), local("part"))),
            "port" => content.push(format!("{name} {}", local("binding"))),
            _ => {}
        }
    }
    (tag, opened)
}
