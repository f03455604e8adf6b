//! The token appears nowhere, whatever the portal does with it.

use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::http::header::AUTHORIZATION;
use cloud_direct::{Portal, PortalOptions, Source as _};
use jiff::civil::date;
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::{
    portions,
    stub::{Asked, Stub, answer, json_answer, page, problem},
};

const CANARY: &str = "canary-3f9a17c2";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Log;

    fn make_writer(&self) -> Log {
        self.clone()
    }
}

/// Every way in which a portal can give the token back.
fn echoes(asked: &Asked, way: u16) -> axum::http::Response<axum::body::Body> {
    let token = &asked.headers[AUTHORIZATION.as_str()];
    let token = token.strip_prefix("Bearer ").unwrap();
    match way {
        0 => problem(401, &format!("{token} is not valid, {token}")),
        1 => problem(403, token),
        2 => problem(500, token),
        3 => problem(400, token),
        4 => answer(
            302,
            &[("location", &format!("http://{token}.example.com/{token}"))],
            "",
        ),
        5 => json_answer(
            200,
            &json!({"name": [token], "items": [token], "next_page_token": token}),
        ),
        6 => json_answer(
            200,
            &json!({"items": [{"id": token, "organization_id": token, "system": "s", "status": "finished", "finished_at": token, "bytes": token, "measured_at": token}], "next_page_token": null}),
        ),
        7 => answer(
            200,
            &[("content-type", "application/json")],
            token.to_owned(),
        ),
        8 => answer(200, &[("content-type", "text/html")], format!("<p>{token}")),
        9 => answer(429, &[("retry-after", token)], token.to_owned()),
        10 => json_answer(404, &json!({"title": token})),
        _ => page(&json!([]), Some(token)),
    }
}

#[tokio::test]
async fn the_token_is_in_no_error_no_log_line_and_no_debug_output() {
    let log = Log::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(log.clone())
        .init();
    let mut said = String::new();
    let options = PortalOptions {
        timeout: Duration::from_secs(5),
        ..PortalOptions::default()
    };
    for way in 0..12 {
        let stub = Stub::new(move |asked| echoes(asked, way)).await;
        let portal = Portal::new(&stub.address, CANARY.into(), options.clone()).unwrap();
        let errors = [
            portal.test().await.err(),
            portal.organizations().await.err(),
            portions(&portal, None).await.err(),
            portal.usage(date(2026, 11, 23)).await.err(),
        ];
        assert!(errors.iter().any(Option::is_some), "{way}");
        said.push_str(&format!("{portal:?} {portal:#?}"));
        for error in errors.into_iter().flatten() {
            said.push_str(&format!("{error} {error:?} {error:#?}\n"));
        }
    }
    let unusable = format!("{CANARY}\n");
    let error = Portal::new("https://example.com", unusable.into(), options.clone()).unwrap_err();
    said.push_str(&format!("{error} {error:?}"));
    let error = Portal::new(CANARY, CANARY.into(), options).unwrap_err();
    said.push_str(&format!("{error} {error:?}"));
    assert!(!said.contains(CANARY), "{said}");

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("portal answered"), "the log was heard");
    let lines: Vec<_> = log.lines().filter(|line| line.contains(CANARY)).collect();
    assert_eq!(lines, [""; 0]);
}
