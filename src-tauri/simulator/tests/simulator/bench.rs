//! A running simulator with clients for its services.

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value as Json, json};
use simulator::{Config, Simulator};

pub const START: &str = "2026-11-23T15:00:00Z";

/// A small world whose clock stands still.
pub fn config() -> Config {
    Config {
        finished_jobs: 40,
        jobs_per_hour: 0.0,
        speed: 0.0,
        start: Some(START.parse().unwrap()),
        ..Config::default()
    }
}

pub struct Bench {
    pub simulator: Simulator,
    pub http: Client,
}

/// Status and body.
pub type Got = (StatusCode, Json);

impl Bench {
    pub async fn start() -> Bench {
        Bench::with(config()).await
    }

    pub async fn with(config: Config) -> Bench {
        let simulator = Simulator::start(config).await.unwrap();
        Bench {
            simulator,
            http: Client::builder().no_proxy().build().unwrap(),
        }
    }

    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let logins = self.simulator.logins();
        self.http
            .request(
                method,
                format!("{}{path}", self.simulator.addresses().autotask),
            )
            .header("UserName", &logins.username)
            .header("Secret", &logins.password)
            .header("ApiIntegrationCode", &logins.tracking_identifier)
    }

    pub async fn rest(&self, method: Method, path: &str, body: Option<Json>) -> Got {
        let mut request = self.request(method, &format!("ATServicesRest/V1.0/{path}"));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        (
            status,
            serde_json::from_str(&text).unwrap_or(Json::String(text)),
        )
    }

    pub async fn get(&self, path: &str) -> Got {
        self.rest(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: Json) -> Got {
        self.rest(Method::POST, path, Some(body)).await
    }

    /// The rows of a query that must succeed.
    pub async fn query(&self, collection: &str, filter: Json) -> Vec<Json> {
        let (status, body) = self
            .post(&format!("{collection}/query"), json!({ "filter": filter }))
            .await;
        assert_eq!(status, 200, "{body}");
        body["items"].as_array().unwrap().clone()
    }

    /// The vendor's texts of a refusal with status 500.
    pub async fn refused(&self, path: &str, body: Json) -> Vec<String> {
        let (status, body) = self.post(path, body).await;
        assert_eq!(status, 500, "{body}");
        let texts = body["errors"].as_array().unwrap();
        texts
            .iter()
            .map(|text| text.as_str().unwrap().to_owned())
            .collect()
    }

    pub async fn soap(&self, operation: &str, body: &str) -> (StatusCode, String) {
        let logins = self.simulator.logins();
        let envelope = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope \
             xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\" \
             xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><soap:Header><AutotaskIntegrations \
             xmlns=\"http://autotask.net/ATWS/v1_6/\"><PartnerID /><IntegrationCode>{}</IntegrationCode>\
             </AutotaskIntegrations></soap:Header><soap:Body><{operation} \
             xmlns=\"http://autotask.net/ATWS/v1_6/\">{body}</{operation}></soap:Body></soap:Envelope>",
            logins.tracking_identifier
        );
        let response = self
            .http
            .post(format!(
                "{}ATServices/1.6/atws.asmx",
                self.simulator.addresses().autotask
            ))
            .basic_auth(&logins.username, Some(&logins.password))
            .header("Content-Type", "text/xml; charset=utf-8")
            .header(
                "SOAPAction",
                format!("\"http://autotask.net/ATWS/v1_6/{operation}\""),
            )
            .body(envelope)
            .send()
            .await
            .unwrap();
        (response.status(), response.text().await.unwrap())
    }

    /// QueryXML's `<query>` on an entity.
    pub async fn soap_query(&self, entity: &str, query: &str) -> String {
        let xml = format!("<queryxml><entity>{entity}</entity><query>{query}</query></queryxml>");
        let (status, text) = self
            .soap("query", &format!("<sXML><![CDATA[{xml}]]></sXML>"))
            .await;
        assert_eq!(status, 200, "{text}");
        text
    }

    pub async fn portal(&self, path: &str) -> reqwest::Response {
        let url = format!("{}{path}", self.simulator.addresses().cloud_direct);
        self.http
            .get(url)
            .bearer_auth(&self.simulator.logins().token)
            .send()
            .await
            .unwrap()
    }

    pub async fn portal_json(&self, path: &str) -> Json {
        let response = self.portal(path).await;
        assert_eq!(response.status(), 200);
        response.json().await.unwrap()
    }

    /// The first customer's company.
    pub fn company(&self) -> i64 {
        self.simulator.autotask().companies()[1].id
    }

    pub fn queue(&self) -> i64 {
        self.simulator.autotask().queues()[0].id.parse().unwrap()
    }

    /// All that a ticket needs.
    pub fn ticket(&self) -> Json {
        json!({
            "companyID": self.company(),
            "title": "Backup failed",
            "status": 1,
            "priority": 1,
            "queueID": self.queue(),
            "dueDateTime": "2026-11-25T17:00:00Z",
        })
    }

    /// The ticket with some fields changed; null takes one out.
    pub fn ticket_with(&self, changes: Json) -> Json {
        let mut ticket = self.ticket();
        for (name, value) in changes.as_object().unwrap() {
            if value.is_null() {
                ticket.as_object_mut().unwrap().remove(name);
            } else {
                ticket[name] = value.clone();
            }
        }
        ticket
    }
}

/// The texts of all elements of that name.
pub fn texts(xml: &str, name: &str) -> Vec<String> {
    let open = format!("<{name}>");
    let parts = xml.split(&open).skip(1);
    parts
        .map(|part| part.split("</").next().unwrap().to_owned())
        .collect()
}
