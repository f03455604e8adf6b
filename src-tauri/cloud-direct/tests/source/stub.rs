//! A portal that answers as a test tells it, and remembers what it was asked. A request that no
//! answer is for gets 599, so that it shows in the error.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{Response, header},
};
use cloud_direct::{Portal, PortalOptions};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

pub const TOKEN: &str = "stub-token";

#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    pub path: String,
    pub query: BTreeMap<String, String>,
    pub headers: BTreeMap<String, String>,
}

pub struct Stub {
    pub address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    server: JoinHandle<()>,
}

impl Stub {
    pub async fn new(
        answer: impl Fn(&Asked) -> Response<Body> + Clone + Send + Sync + 'static,
    ) -> Stub {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let journal = Arc::clone(&asked);
        let router = Router::new().fallback(move |request: Request| {
            let asked = read(&request);
            let response = answer(&asked);
            journal.lock().unwrap().push(asked);
            std::future::ready(response)
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Stub {
            address,
            asked,
            server,
        }
    }

    /// Answers each path with one page of these items.
    pub async fn with(organizations: Value, jobs: Value, usage: Value) -> Stub {
        Stub::new(move |asked| match asked.path.as_str() {
            "/v1/partner" => json_answer(200, &json!({"name": "Stub"})),
            "/v1/organizations" => page(&organizations, None),
            "/v1/jobs" => page(&jobs, None),
            "/v1/usage" => page(&usage, None),
            _ => status(599),
        })
        .await
    }

    pub fn portal(&self) -> Portal {
        Portal::new(&self.address, TOKEN.into(), PortalOptions::default()).unwrap()
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn read(request: &Request) -> Asked {
    let query = request.uri().query().unwrap_or_default();
    let headers = request.headers().iter();
    Asked {
        method: request.method().to_string(),
        path: request.uri().path().to_owned(),
        query: url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect(),
        headers: headers
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect(),
    }
}

pub fn json_answer(status: u16, body: &Value) -> Response<Body> {
    answer(
        status,
        &[("content-type", "application/json")],
        body.to_string(),
    )
}

pub fn page(items: &Value, next: Option<&str>) -> Response<Body> {
    json_answer(200, &json!({"items": items, "next_page_token": next}))
}

pub fn problem(status: u16, detail: &str) -> Response<Body> {
    let body = json!({"type": "about:blank", "status": status, "detail": detail});
    answer(
        status,
        &[("content-type", "application/problem+json")],
        body.to_string(),
    )
}

pub fn status(status: u16) -> Response<Body> {
    answer(status, &[], "")
}

pub fn answer(status: u16, headers: &[(&str, &str)], body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(body.into()).unwrap()
}

pub fn html(status: u16) -> Response<Body> {
    let headers = [(header::CONTENT_TYPE.as_str(), "text/html; charset=utf-8")];
    answer(status, &headers, "<!DOCTYPE html><title>Proxy</title>")
}
