//! Both sides of SOAP against the description: what the client sends and what the simulator
//! answers, held by an independent validator against the vendor's WSDL where it lies beside the
//! checkout, and against the one that the simulator serves. A new call of the client belongs into
//! `client::use_everything`; the journal is checked as a whole.

#![cfg(test)]

mod caller;
mod calls;
mod client;
mod schema;

use std::path::PathBuf;

use schema::{Messages, Schema, operations_of};
use simulator::{Config, Simulator, SoapRelease};

async fn speaking(release: SoapRelease) -> Simulator {
    let config = Config {
        start: Some("2026-11-23T15:00:00Z".parse().unwrap()),
        jobs_per_hour: 0.0,
        speed: 0.0,
        limits: false,
        keep_bodies: true,
        ..Config::default()
    };
    let simulator = Simulator::start(config).await.unwrap();
    let mut choices = simulator.autotask().choices();
    choices.soap_release = release;
    simulator.autotask().set_choices(choices);
    simulator
}

async fn own_wsdl(simulator: &Simulator) -> String {
    let url = format!("{}ATServices/1.6/atws.wsdl", simulator.addresses().autotask);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let response = http.get(url).send().await.unwrap();
    response.text().await.unwrap()
}

/// None, with a word about it, where the vendor's material is not at hand; where everything must
/// be tested, that is a failure.
fn vendors_wsdl() -> Option<String> {
    let path =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/autotask/atws-1.6.wsdl");
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        assert!(
            std::env::var_os("CI").is_none(),
            "{} is missing",
            path.display()
        );
        println!("skipped: {} is not there", path.display());
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_one_that_the_vendors_wsdl_allows() {
    let Some(schema) = vendors_wsdl().and_then(|wsdl| Schema::of(&wsdl)) else {
        return;
    };
    let simulator = speaking(SoapRelease::Published2019).await;
    calls::make(&simulator).await;
    schema.check(&simulator.journal(), Messages::Answers);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_one_that_the_served_wsdl_allows() {
    for release in [SoapRelease::Published2019, SoapRelease::V1_6_8] {
        let simulator = speaking(release).await;
        let wsdl = own_wsdl(&simulator).await;
        let Some(schema) = Schema::of(&wsdl) else {
            return;
        };
        calls::make(&simulator).await;
        let asked = schema.check(&simulator.journal(), Messages::Answers);
        let operations = operations_of(&wsdl);
        assert_eq!(operations.len(), 10, "{operations:?}");
        for operation in operations {
            assert!(asked.contains(&operation), "{operation} was not called");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_sends_what_the_vendors_wsdl_allows() {
    let Some(schema) = vendors_wsdl().and_then(|wsdl| Schema::of(&wsdl)) else {
        return;
    };
    let simulator = speaking(SoapRelease::Published2019).await;
    client::use_everything(&simulator).await;
    schema.check(&simulator.journal(), Messages::RequestsAndAnswers);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_and_the_newer_release_agree() {
    let simulator = speaking(SoapRelease::V1_6_8).await;
    let Some(schema) = Schema::of(&own_wsdl(&simulator).await) else {
        return;
    };
    client::use_everything(&simulator).await;
    schema.check(&simulator.journal(), Messages::RequestsAndAnswers);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_queryxml_does_not_have_is_complained_about() {
    let simulator = speaking(SoapRelease::V1_6_8).await;
    let Some(schema) = Schema::of(&own_wsdl(&simulator).await) else {
        return;
    };
    let query = |inside: &str| {
        format!("<queryxml><entity>Ticket</entity><query>{inside}</query></queryxml>")
    };
    let field = "<field>id<expression op=\"Equals\">1</expression></field>";
    let good = query(&format!(
        "{field}<condition operator=\"OR\">{field}<condition>{field}</condition></condition>"
    ));
    let complaints = schema.complaints_about_queries(&[("good".into(), &good)]);
    assert_eq!(complaints, Vec::<String>::new());
    for bad in [
        query(""),
        query("<field>id</field>"),
        query("<condition operator=\"NOT\"><field>id</field></condition>"),
        query(&field.replace("Equals", "Is")),
        query(&field.replace(" op=\"Equals\"", "")),
        good.replace("<entity>Ticket</entity>", ""),
        good.replace("queryxml", "query"),
    ] {
        let complaints = schema.complaints_about_queries(&[("bad".into(), &bad)]);
        assert!(!complaints.is_empty(), "{bad}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_wsdl_does_not_have_is_complained_about() {
    let simulator = speaking(SoapRelease::Published2019).await;
    let Some(schema) = Schema::of(&own_wsdl(&simulator).await) else {
        return;
    };
    let message = |body: &str| {
        format!(
            "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\" \
             xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" \
             xmlns=\"http://autotask.net/ATWS/v1_6/\"><e:Body>{body}</e:Body></e:Envelope>"
        )
    };
    let ticket = |fields: &str| {
        message(&format!(
            "<create><Entities><Entity xsi:type=\"Ticket\">{fields}</Entity></Entities></create>"
        ))
    };
    let good = ticket("<id>0</id><AccountID>1</AccountID><Title>t</Title>");
    assert_eq!(
        schema.complaints(&[("good".into(), &good)]),
        Vec::<String>::new()
    );
    for bad in [
        ticket("<id>0</id><Title>t</Title><AccountID>1</AccountID>"),
        ticket("<id>0</id><RmaType>1</RmaType>"),
        ticket("<Title>t</Title>"),
        ticket("<id>0</id><AccountID xsi:type=\"xsd:int\">one</AccountID>"),
        good.replace("Ticket", "Holiday"),
        message("<create><Entities><Entity><id>0</id></Entity></Entities></create>"),
        message("<GetAttachment><attachmentId>1</attachmentId></GetAttachment>"),
        message("<query><sXML/></query><query/>"),
        "no xml".to_owned(),
    ] {
        let complaints = schema.complaints(&[("good".into(), &good), ("bad".into(), &bad)]);
        assert!(!complaints.is_empty(), "{bad}");
    }
}
