//! An answer, and its way to the client: in full, late, cut short, or not at all.

use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Response, StatusCode, header};
use futures::StreamExt;
use futures::stream;

use crate::gate::Slot;
use crate::shared::Shared;
use crate::wire::Wire;

pub(crate) const JSON: &str = "application/json; charset=utf-8";
pub(crate) const PROBLEM: &str = "application/problem+json";
pub(crate) const XML: &str = "text/xml; charset=utf-8";
pub(crate) const HTML: &str = "text/html; charset=utf-8";

#[derive(Debug)]
pub(crate) struct Answer {
    pub status: u16,
    pub content_type: &'static str,
    pub body: String,
    pub retry_after: Option<u64>,
    /// Rows read or written, for the journal.
    pub rows: usize,
}

impl Answer {
    pub(crate) fn new(status: u16, content_type: &'static str, body: String) -> Answer {
        Answer {
            status,
            content_type,
            body,
            retry_after: None,
            rows: 0,
        }
    }

    pub(crate) fn json(body: String) -> Answer {
        Answer::new(200, JSON, body)
    }

    pub(crate) fn with_rows(mut self, rows: usize) -> Answer {
        self.rows = rows;
        self
    }

    /// What a web server says where no application answers.
    pub(crate) fn html(status: u16) -> Answer {
        let reason = StatusCode::from_u16(status)
            .ok()
            .and_then(|status| status.canonical_reason());
        let reason = reason.unwrap_or("Error");
        Answer::new(
            status,
            HTML,
            format!(
                "<!DOCTYPE html><html><head><title>{status} - {reason}</title></head><body><h2>{status} - {reason}\
                 </h2></body></html>"
            ),
        )
    }

    /// What a proxy puts in place of the service's answer.
    pub(crate) fn proxy_page() -> Answer {
        Answer::new(
            200,
            HTML,
            "<!DOCTYPE html><html><head><title>Network sign-in</title></head><body><h1>Sign in to the network</h1>\
             <form method=\"post\"><input name=\"user\"><input name=\"pass\" type=\"password\"></form></body></html>"
                .to_owned(),
        )
    }
}

/// How an answer travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    Whole,
    Half,
    Never,
}

/// A call that has been carried out, with its answer still to be sent.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub answer: Answer,
    pub delay: Duration,
    pub delivery: Delivery,
    /// Keeps the caller's thread counted until the answer is out.
    pub slot: Option<Slot>,
}

impl Exchange {
    pub(crate) fn at_once(answer: Answer) -> Exchange {
        Exchange {
            answer,
            delay: Duration::ZERO,
            delivery: Delivery::Whole,
            slot: None,
        }
    }

    pub(crate) async fn send(self, shared: &Shared, wire: &Wire) -> Response<Body> {
        if !self.delay.is_zero() {
            tokio::select! {
                () = tokio::time::sleep(self.delay) => {}
                () = shared.stop.cancelled() => wire.cut(),
            }
        }
        drop(self.slot);
        match self.delivery {
            Delivery::Whole => whole(self.answer),
            Delivery::Half => half(self.answer),
            Delivery::Never => {
                wire.cut();
                Response::new(Body::empty())
            }
        }
    }
}

fn whole(answer: Answer) -> Response<Body> {
    let body = Body::from(answer.body);
    headed(answer.status, answer.content_type, answer.retry_after, body)
}

/// Promises the whole length, sends half of it and breaks off.
fn half(answer: Answer) -> Response<Body> {
    let length = answer.body.len();
    let start = Bytes::from(answer.body).slice(..length / 2);
    let start = stream::once(async move { Ok::<Bytes, io::Error>(start) });
    let stop = stream::once(async {
        // Time for the first half to be written out.
        tokio::time::sleep(Duration::from_millis(5)).await;
        Err(io::Error::from(io::ErrorKind::ConnectionAborted))
    });
    let mut response = headed(
        answer.status,
        answer.content_type,
        answer.retry_after,
        Body::from_stream(start.chain(stop)),
    );
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, HeaderValue::from(length.max(1)));
    response
}

fn headed(
    status: u16,
    content_type: &'static str,
    retry_after: Option<u64>,
    body: Body,
) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Some(seconds) = retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
