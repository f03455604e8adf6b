//! `openapi.yaml` holds what the client asks and what it can read, and what the simulator answers.

use cloud_direct::{Portal, Source as _};
use jiff::{Timestamp, civil::date};
use serde_json::{Value, json};

use crate::{
    at, jobs, portions,
    stub::{Asked, Stub, json_answer},
};

/// The document, with a check of values against its schemas. It knows the keywords that the
/// document uses and no others, so a new one cannot go unchecked.
pub struct Document(Value);

impl Document {
    pub fn new() -> Document {
        let yaml = include_str!("../../openapi.yaml");
        Document(serde_saphyr::from_str(yaml).unwrap())
    }

    fn follow<'a>(&'a self, node: &'a Value) -> &'a Value {
        match node["$ref"].as_str() {
            Some(reference) => {
                self.follow(self.0.pointer(reference.trim_start_matches('#')).unwrap())
            }
            None => node,
        }
    }

    fn operation(&self, path: &str) -> &Value {
        let operation = &self.0["paths"][path]["get"];
        assert!(operation.is_object(), "{path} is not in the document");
        operation
    }

    /// What is wrong with a request.
    pub fn request(&self, asked: &Asked) -> Vec<String> {
        let mut wrong = Vec::new();
        if asked.method != "GET" {
            wrong.push(format!("{} is not in the document", asked.method));
        }
        let none = Vec::new();
        let parameters = self.operation(&asked.path)["parameters"]
            .as_array()
            .unwrap_or(&none);
        let parameters: Vec<&Value> = parameters.iter().map(|one| self.follow(one)).collect();
        for (name, value) in &asked.query {
            match parameters.iter().find(|one| one["name"] == name.as_str()) {
                Some(parameter) => {
                    self.check(&parameter["schema"], &json!(value), name, &mut wrong)
                }
                None => wrong.push(format!("{name} is not a parameter of {}", asked.path)),
            }
        }
        for parameter in parameters {
            let name = parameter["name"].as_str().unwrap();
            if parameter["required"] == true && !asked.query.contains_key(name) {
                wrong.push(format!("{name} is missing"));
            }
        }
        if !asked
            .headers
            .get("authorization")
            .is_some_and(|value| value.starts_with("Bearer "))
        {
            wrong.push("there is no bearer token".to_owned());
        }
        wrong
    }

    /// What is wrong with an answer.
    pub fn answer(&self, path: &str, status: u16, content_type: &str, body: &Value) -> Vec<String> {
        let responses = &self.operation(path)["responses"];
        let response = responses
            .get(status.to_string())
            .unwrap_or(&responses["default"]);
        // Without parameters, such as the encoding.
        let content_type = content_type.split(';').next().unwrap_or_default();
        let media = &self.follow(response)["content"][content_type];
        if media.is_null() {
            return vec![format!(
                "{content_type} is not an answer with {status} to {path}"
            )];
        }
        let mut wrong = Vec::new();
        self.check(&media["schema"], body, "", &mut wrong);
        wrong
    }

    fn check(&self, schema: &Value, value: &Value, place: &str, wrong: &mut Vec<String>) {
        let schema = self.follow(schema).as_object().unwrap();
        let mut complain = |what: String| wrong.push(format!("{place}: {what}"));
        for (keyword, rule) in schema {
            match keyword.as_str() {
                "description" | "properties" | "items" => {}
                "type" => {
                    let allowed = types(rule);
                    if !allowed
                        .iter()
                        .any(|name| is_a(value, name.as_str().unwrap()))
                    {
                        complain(format!("{value} is not {rule}"));
                    }
                }
                "required" => {
                    for name in rule.as_array().unwrap() {
                        if value.get(name.as_str().unwrap()).is_none() {
                            complain(format!("{name} is missing"));
                        }
                    }
                }
                "minimum" => {
                    if value
                        .as_f64()
                        .is_some_and(|number| number < rule.as_f64().unwrap())
                    {
                        complain(format!("{value} is below {rule}"));
                    }
                }
                "maximum" => {
                    if value
                        .as_f64()
                        .is_some_and(|number| number > rule.as_f64().unwrap())
                    {
                        complain(format!("{value} is above {rule}"));
                    }
                }
                "minLength" | "maxLength" => {
                    let limit = usize::try_from(rule.as_u64().unwrap()).unwrap();
                    let length = value.as_str().map_or(limit, |text| text.chars().count());
                    if (keyword == "minLength" && length < limit)
                        || (keyword == "maxLength" && length > limit)
                    {
                        complain(format!("{value} breaks {keyword} {limit}"));
                    }
                }
                "maxItems" => {
                    let limit = usize::try_from(rule.as_u64().unwrap()).unwrap();
                    if value.as_array().is_some_and(|items| items.len() > limit) {
                        complain(format!("more than {limit} items"));
                    }
                }
                "format" => {
                    let fits = |text: &str| match rule.as_str().unwrap() {
                        "date-time" => text.parse::<Timestamp>().is_ok() && text.ends_with('Z'),
                        "date" => text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok(),
                        other => panic!("the format {other} is not checked"),
                    };
                    if value.as_str().is_some_and(|text| !fits(text)) {
                        complain(format!("{value} is not a {rule}"));
                    }
                }
                other => panic!("the keyword {other} is not checked"),
            }
        }
        if let (Some(properties), Some(fields)) = (schema.get("properties"), value.as_object()) {
            for (name, value) in fields {
                if let Some(schema) = properties.get(name) {
                    self.check(schema, value, &format!("{place}.{name}"), wrong);
                }
            }
        }
        if let (Some(schema), Some(items)) = (schema.get("items"), value.as_array()) {
            for (index, value) in items.iter().enumerate() {
                self.check(schema, value, &format!("{place}[{index}]"), wrong);
            }
        }
    }

    /// The smallest value that a schema allows: required fields only.
    fn smallest(&self, schema: &Value) -> Value {
        let schema = self.follow(schema);
        let types = types(&schema["type"]);
        let kind = types[0].as_str().unwrap();
        if types.len() > 1 {
            return Value::Null;
        }
        match (kind, schema["format"].as_str()) {
            ("object", _) => {
                let required = schema["required"].as_array().unwrap().iter();
                let field = |name: &Value| {
                    let name = name.as_str().unwrap();
                    (name.to_owned(), self.smallest(&schema["properties"][name]))
                };
                Value::Object(required.map(field).collect())
            }
            ("array", _) => json!([self.smallest(&schema["items"])]),
            ("integer", _) => json!(0),
            (_, Some("date-time")) => json!("2026-11-23T10:00:00Z"),
            (_, _) => json!("active"),
        }
    }

    fn schema_of_answer(&self, path: &str) -> &Value {
        &self.operation(path)["responses"]["200"]["content"]["application/json"]["schema"]
    }
}

/// One type or several.
fn types(rule: &Value) -> Vec<Value> {
    rule.as_array()
        .cloned()
        .unwrap_or_else(|| vec![rule.clone()])
}

fn is_a(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "string" => value.is_string(),
        "integer" => value.is_u64() || value.is_i64(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("the type {other} is not checked"),
    }
}

async fn ask_everything(portal: &Portal) {
    portal.test().await.unwrap();
    portal.organizations().await.unwrap();
    jobs(portal, None).await;
    jobs(portal, Some(at("2026-11-23T10:00:00.123456789Z"))).await;
    portal.usage(date(2026, 1, 2)).await.unwrap();
}

#[tokio::test]
async fn the_client_asks_only_what_the_document_allows() {
    let stub = Stub::new(|asked| {
        let scoped = asked.query.contains_key("organization_id");
        let next = (!asked.query.contains_key("page_token")).then_some("next");
        match asked.path.as_str() {
            "/v1/partner" => json_answer(200, &json!({"name": "Demo"})),
            "/v1/organizations" => json_answer(
                200,
                &json!({"items": [{"id": "org-1", "name": "A"}], "next_page_token": next}),
            ),
            "/v1/jobs" if !scoped => json_answer(403, &json!({})),
            _ => json_answer(200, &json!({"items": [], "next_page_token": next})),
        }
    })
    .await;
    ask_everything(&stub.portal()).await;
    let document = Document::new();
    let asked = stub.asked();
    assert_eq!(
        asked
            .iter()
            .filter(|asked| asked.query.contains_key("organization_id"))
            .count(),
        8
    );
    for asked in asked {
        assert_eq!(document.request(&asked), [""; 0], "{asked:?}");
    }
}

#[tokio::test]
async fn the_client_reads_the_smallest_answers_that_the_document_allows() {
    let stub = Stub::new(|asked| {
        let document = Document::new();
        json_answer(
            200,
            &document.smallest(document.schema_of_answer(&asked.path)),
        )
    })
    .await;
    let portal = stub.portal();
    ask_everything(&portal).await;
    assert_eq!(jobs(&portal, None).await.0.len(), 1);
}

#[tokio::test]
async fn the_client_requires_what_the_document_requires() {
    for path in ["/v1/partner", "/v1/organizations", "/v1/jobs", "/v1/usage"] {
        let document = Document::new();
        let whole = document.smallest(document.schema_of_answer(path));
        let mut lacking: Vec<(String, Value)> = Vec::new();
        for name in whole.as_object().unwrap().keys() {
            let mut answer = whole.clone();
            answer.as_object_mut().unwrap().remove(name);
            lacking.push((name.clone(), answer));
        }
        if let Some(item) = whole.pointer("/items/0") {
            for name in item.as_object().unwrap().keys() {
                let mut answer = whole.clone();
                answer["items"][0].as_object_mut().unwrap().remove(name);
                lacking.push((name.clone(), answer));
            }
        }
        for (name, answer) in lacking {
            assert!(
                !document
                    .answer(path, 200, "application/json", &answer)
                    .is_empty()
            );
            let stub = Stub::new(move |_| json_answer(200, &answer)).await;
            let portal = stub.portal();
            let error = match path {
                "/v1/partner" => portal.test().await.unwrap_err(),
                "/v1/organizations" => portal.organizations().await.unwrap_err(),
                "/v1/jobs" => portions(&portal, None).await.unwrap_err(),
                _ => portal.usage(date(2026, 1, 2)).await.unwrap_err(),
            };
            assert!(
                error.to_string().contains(&name),
                "{path} without {name}: {error}"
            );
        }
    }
}

#[test]
fn the_check_finds_what_is_wrong() {
    let document = Document::new();
    let job = |field: &str, value: Value| {
        let mut job = document.smallest(&json!({"$ref": "#/components/schemas/Job"}));
        job[field] = value;
        let page = json!({"items": [job], "next_page_token": null});
        document
            .answer("/v1/jobs", 200, "application/json", &page)
            .len()
    };
    assert_eq!(job("new_field", json!(1)), 0);
    assert_eq!(job("organization_id", json!("x".repeat(65))), 1);
    assert_eq!(job("id", json!("")), 1);
    assert_eq!(job("finished_at", json!("2026-11-23T10:00:00+01:00")), 1);
    assert_eq!(job("bytes_processed", json!(-1)), 1);
    assert_eq!(job("system", json!(null)), 1);
    assert_eq!(
        document
            .answer("/v1/jobs", 200, "text/html", &json!({}))
            .len(),
        1
    );
    assert_eq!(
        document
            .answer(
                "/v1/jobs",
                418,
                "application/problem+json",
                &json!({"status": 418})
            )
            .len(),
        0
    );
}
