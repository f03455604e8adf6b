//! A caller of the SOAP side that writes its envelopes by hand, so that nothing of the client's
//! way of writing them is in what the simulator answers to.

use reqwest::Client as Http;
use simulator::Simulator;

/// Somebody with a login, right or wrong, who writes envelopes by hand.
pub struct Caller<'a> {
    pub simulator: &'a Simulator,
    pub http: Http,
    pub password: String,
    pub identifier: String,
}

impl Caller<'_> {
    pub async fn create(&self, entities: &str) -> String {
        self.write("create", entities, "1").await
    }

    pub async fn refuse(&self, operation: &str, entities: &str) {
        let answer = self.write(operation, entities, "-1").await;
        assert!(answer.contains("<ATWSError>"), "{answer}");
    }

    pub async fn write(&self, operation: &str, entities: &str, code: &str) -> String {
        let answer = self.call(operation, &element("Entities", entities)).await;
        let said = text(&answer, "Message");
        assert_eq!(text(&answer, "ReturnCode"), code, "{operation}: {said}");
        answer
    }

    /// All rows, as far as they fit into one answer.
    pub async fn query(&self, entity: &str) -> String {
        let query = format!(
            "<queryxml><entity>{entity}</entity><query><field>id<expression op=\"GreaterThan\">-1</expression>\
             </field></query></queryxml>"
        );
        self.call("query", &element("sXML", &escaped(&query))).await
    }

    pub async fn call(&self, operation: &str, body: &str) -> String {
        self.send(operation, self.envelope(operation, body)).await
    }

    pub fn envelope(&self, operation: &str, body: &str) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope \
             xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\" \
             xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" \
             xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><soap:Header><AutotaskIntegrations \
             xmlns=\"http://autotask.net/ATWS/v1_6/\"><IntegrationCode>{}</IntegrationCode></AutotaskIntegrations>\
             </soap:Header><soap:Body><{operation} xmlns=\"http://autotask.net/ATWS/v1_6/\">{body}</{operation}>\
             </soap:Body></soap:Envelope>",
            self.identifier
        )
    }

    pub async fn send(&self, action: &str, message: String) -> String {
        let url = format!(
            "{}ATServices/1.6/atws.asmx",
            self.simulator.addresses().autotask
        );
        let request = self
            .http
            .post(url)
            .basic_auth(&self.simulator.logins().username, Some(&self.password))
            .header("Content-Type", "text/xml; charset=utf-8")
            .header(
                "SOAPAction",
                format!("\"http://autotask.net/ATWS/v1_6/{action}\""),
            );
        let response = request.body(message).send().await.unwrap();
        response.text().await.unwrap()
    }
}

pub fn element(name: &str, content: &str) -> String {
    format!("<{name}>{content}</{name}>")
}

/// The text of the first element of that name; empty if there is none.
pub fn text(xml: &str, name: &str) -> String {
    let found = xml.split(&format!("<{name}>")).nth(1);
    let text = found.and_then(|rest| rest.split("</").next());
    text.unwrap_or_default().to_owned()
}

pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
