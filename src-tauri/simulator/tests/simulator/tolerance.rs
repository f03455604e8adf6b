//! What the real service puts up with, because clients that work with it do it.

use reqwest::StatusCode;
use serde_json::{Value as Json, json};

use crate::bench::{Bench, texts};

const NAMESPACE: &str = "http://autotask.net/ATWS/v1_6/";

/// A SOAP request to be sent in ways that are all the same to the service.
struct Request {
    path: &'static str,
    headers: Vec<(&'static str, String)>,
    message: String,
}

impl Bench {
    async fn send(&self, request: Request) -> String {
        let url = format!("{}{}", self.simulator.addresses().autotask, request.path);
        let logins = self.simulator.logins();
        let mut builder = self
            .http
            .post(url)
            .basic_auth(&logins.username, Some(&logins.password));
        for (name, value) in request.headers {
            builder = builder.header(name, value);
        }
        let response = builder.body(request.message).send().await.unwrap();
        response.text().await.unwrap()
    }

    /// A query for the tenant's own company, in an envelope with that header.
    fn message(&self, header: &str) -> String {
        let header = header.replace("CODE", &self.simulator.logins().tracking_identifier);
        format!(
            "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\" \
             xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><soap:Header>{header}</soap:Header><soap:Body>\
             <query xmlns=\"{NAMESPACE}\"><sXML>&lt;queryxml&gt;&lt;entity&gt;Account&lt;/entity&gt;&lt;query&gt;\
             &lt;field&gt;id&lt;expression op=\"equals\"&gt;0&lt;/expression&gt;&lt;/field&gt;&lt;/query&gt;\
             &lt;/queryxml&gt;</sXML></query></soap:Body></soap:Envelope>"
        )
    }

    fn usual(&self) -> Request {
        Request {
            path: "ATServices/1.6/atws.asmx",
            headers: vec![("SOAPAction", format!("\"{NAMESPACE}query\""))],
            message: self.message(&header("<IntegrationCode>CODE</IntegrationCode>")),
        }
    }

    async fn finds_the_company(&self, request: Request) -> bool {
        let answer = self.send(request).await;
        texts(&answer, "EntityId") == ["0"]
    }

    /// Rows of a query whose body is sent as it is.
    async fn rows_of(&self, body: &str) -> (StatusCode, Json) {
        let request = self.request(
            reqwest::Method::POST,
            "ATServicesRest/V1.0/TicketCategories/query",
        );
        let response = request.body(body.to_owned()).send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }
}

fn header(content: &str) -> String {
    format!("<AutotaskIntegrations xmlns=\"{NAMESPACE}\">{content}</AutotaskIntegrations>")
}

#[tokio::test]
async fn a_soap_action_is_quoted_or_not_or_left_out() {
    let bench = Bench::start().await;
    for headers in [
        vec![("SOAPAction", format!("{NAMESPACE}query"))],
        vec![("soapaction", format!("\"{NAMESPACE}query\""))],
        vec![("SOAPAction", "\"\"".to_owned())],
        vec![("SOAPAction", String::new())],
        Vec::new(),
    ] {
        let shown = format!("{headers:?}");
        let request = Request {
            headers,
            ..bench.usual()
        };
        assert!(bench.finds_the_company(request).await, "{shown}");
    }
}

#[tokio::test]
async fn soap_addresses_do_not_care_for_case_nor_for_slashes_too_many() {
    let bench = Bench::start().await;
    for path in [
        "atservices/1.6/atws.asmx",
        "ATSERVICES/1.6/ATWS.ASMX",
        "ATServices//1.6///atws.asmx",
        "ATServices/1.6/atws.asmx/",
    ] {
        let request = Request {
            path,
            ..bench.usual()
        };
        assert!(bench.finds_the_company(request).await, "{path}");
    }
}

#[tokio::test]
async fn headers_may_have_empty_nil_and_unknown_elements_and_prefixes() {
    let bench = Bench::start().await;
    for content in [
        header("<PartnerID /><IntegrationCode>CODE</IntegrationCode><ImpersonateAsResourceID />"),
        header(
            "<PartnerID xsi:nil=\"true\" /><IntegrationCode>CODE</IntegrationCode>\
             <ImpersonateAsResourceID xsi:nil=\"true\" />",
        ),
        header("<IntegrationCode> CODE\n</IntegrationCode><PartnerID></PartnerID>"),
        format!(
            "<at:AutotaskIntegrations xmlns:at=\"{NAMESPACE}\" extra=\"1\"><at:IntegrationCode>CODE</at:IntegrationCode>\
             </at:AutotaskIntegrations>"
        ),
        format!(
            "<Security xmlns=\"urn:other\" />{}",
            header("<IntegrationCode>CODE</IntegrationCode>")
        ),
    ] {
        let request = Request {
            message: bench.message(&content),
            ..bench.usual()
        };
        assert!(bench.finds_the_company(request).await, "{content}");
    }
}

#[tokio::test]
async fn a_soap_body_that_names_a_compression_it_does_not_have_is_read_as_it_is() {
    let bench = Bench::start().await;
    let mut request = bench.usual();
    request
        .headers
        .push(("Content-Encoding", "gzip".to_owned()));
    assert!(bench.finds_the_company(request).await);
}

#[tokio::test]
async fn entities_come_with_any_prefix_in_any_order_with_an_id_or_without() {
    let bench = Bench::start().await;
    let (company, queue) = (bench.company(), bench.queue());
    let fields = [
        format!("<AccountID>{company}</AccountID>"),
        "<DueDateTime>2026-11-25T12:00:00</DueDateTime>".to_owned(),
        "<Priority>1</Priority>".to_owned(),
        format!("<QueueID>{queue}</QueueID>"),
        "<Status>1</Status>".to_owned(),
        "<Title>t</Title>".to_owned(),
    ];
    let in_order = fields.concat();
    let backwards: String = fields.iter().rev().map(String::as_str).collect();
    let prefixed = in_order
        .replace("</", "</n:")
        .replace('<', "<n:")
        .replace("<n:/n:", "</n:");
    let typed = in_order.replace(
        "<Title>",
        "<Title xsi:type=\"d:string\" xmlns:d=\"http://www.w3.org/2001/XMLSchema\">",
    );
    for entity in [
        format!("<Entity xsi:type=\"Ticket\">{in_order}</Entity>"),
        format!("<Entity xsi:type=\"Ticket\"><id>0</id>{backwards}</Entity>"),
        format!("<Entity xsi:type=\"ticket\">{backwards}<id xsi:nil=\"true\"/></Entity>"),
        format!(
            "<Entity xsi:type=\"Ticket\"><Fields/><id>0</id><UserDefinedFields/>{typed}</Entity>"
        ),
        format!(
            "<n:Entity xmlns:n=\"{NAMESPACE}\" xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" \
             i:type=\"n:Ticket\">{prefixed}</n:Entity>"
        ),
    ] {
        let (_, answer) = bench
            .soap("create", &format!("<Entities>{entity}</Entities>"))
            .await;
        assert_eq!(texts(&answer, "ReturnCode"), ["1"], "{entity}: {answer}");
    }
    let tickets = bench.simulator.autotask().tickets();
    assert_eq!(tickets.len(), 5);
    assert!(tickets.iter().all(|ticket| ticket.title == "t"));
}

#[tokio::test]
async fn queryxml_comes_in_the_ways_of_the_vendors_own_examples() {
    let bench = Bench::start().await;
    let query = |start: &str, operator: &str, op: &str| {
        format!(
            "{start}<entity>TicketCategory</entity><query><condition><field>Name<expression \
             op=\"{op}\">standard</expression></field></condition><condition operator=\"{operator}\"><field>id\
             <expression op=\"{op}\"> 2 </expression></field></condition></query></queryxml>"
        )
    };
    for xml in [
        query("<queryxml>", "OR", "Equals"),
        query("<queryxml version=\"1.0\">", "or", "equals"),
        query("<?xml version=\"1.0\"?>\n<queryxml>", "Or", "EQUALS"),
    ] {
        let escaped = xml.replace('&', "&amp;").replace('<', "&lt;");
        for content in [format!("<![CDATA[{xml}]]>"), escaped] {
            let (_, answer) = bench
                .soap("query", &format!("<sXML>{content}</sXML>"))
                .await;
            assert_eq!(
                texts(&answer, "EntityId"),
                ["2", "3"],
                "{content}: {answer}"
            );
        }
    }
}

#[tokio::test]
async fn rest_reads_json_as_loosely_as_the_vendor_writes_it() {
    let bench = Bench::start().await;
    for body in [
        r#"{"filter":[{"op":"eq","field":"id","value":3}]}"#,
        r#"{"Filter":[{"Op":"EQ","Field":"Id","Value":"3",},],}"#,
        r#"{filter:[{'op':'eq',field:"ID",value:3}],"MaxRecords":500,"IncludeFields":["Id"]}"#,
        "\u{feff}{\"FILTER\":[{\"op\":\"eq\",\"field\":\"name\",\"value\":\"STANDARD\"}]}",
        r#"{"filter":[{"op":"eq","field":"isGlobalDefault","value":"True"}]}"#,
    ] {
        let (status, rows) = bench.rows_of(body).await;
        assert_eq!(status, 200, "{body}: {rows}");
        let rows = rows["items"].as_array().unwrap();
        assert_eq!(rows.len(), 1, "{body}");
        assert_eq!(rows[0]["id"], json!(3), "{body}");
    }
}

#[tokio::test]
async fn rest_reads_letters_in_two_halves_also_where_the_json_is_loose() {
    let bench = Bench::start().await;
    for (written, title) in [
        (r"\ud83d\ude42", "🙂"),
        (r"\uD83D\uDE42", "🙂"),
        (r"\uDBFF\uDFFD", "\u{10fffd}"),
    ] {
        let mut body = bench.ticket_with(json!({ "title": "TITLE" })).to_string();
        body = body.replace("TITLE", written).replace('}', ",}");
        let request = bench.request(reqwest::Method::POST, "ATServicesRest/V1.0/Tickets");
        let response = request.body(body.clone()).send().await.unwrap();
        assert_eq!(response.status(), 200, "{body}");
        let tickets = bench.simulator.autotask().tickets();
        assert_eq!(tickets.last().unwrap().title, title);
    }
}

#[tokio::test]
async fn a_rest_body_that_names_a_compression_it_does_not_have_is_read_as_it_is() {
    let bench = Bench::start().await;
    let request = bench
        .request(reqwest::Method::POST, "ATServicesRest/V1.0/Tickets")
        .header("Content-Encoding", "gzip")
        .json(&bench.ticket());
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(bench.simulator.autotask().tickets().len(), 1);
}

#[tokio::test]
async fn rest_addresses_may_end_in_a_slash_and_have_too_many() {
    let bench = Bench::start().await;
    for path in ["Companies/0/", "/companies//0", "COMPANIES/0///"] {
        let (status, body) = bench.get(path).await;
        assert_eq!(
            (status, &body["item"]["id"]),
            (StatusCode::OK, &json!(0)),
            "{path}"
        );
    }
    for path in ["Tickets/", "tickets//", "Tickets/query/"] {
        let body = if path.contains("query") {
            json!({ "filter": [{ "op": "gt", "field": "id", "value": 0 }] })
        } else {
            bench.ticket()
        };
        let (status, answer) = bench.post(path, body).await;
        assert_eq!(status, 200, "{path}: {answer}");
    }
    assert_eq!(bench.simulator.autotask().tickets().len(), 2);
}

#[tokio::test]
async fn rest_headers_are_named_in_any_case() {
    let bench = Bench::start().await;
    let logins = bench.simulator.logins();
    let url = format!(
        "{}ATServicesRest/V1.0/Companies/0",
        bench.simulator.addresses().autotask
    );
    let request = bench
        .http
        .get(url)
        .header("USERNAME", &logins.username)
        .header("secret", &logins.password)
        .header("ApiIntegrationcode", &logins.tracking_identifier);
    assert_eq!(request.send().await.unwrap().status(), 200);
}
