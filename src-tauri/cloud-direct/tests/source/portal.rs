//! The portal adapter against a stub.

use std::time::Duration;

use axum::body::{Body, Bytes};
use cloud_direct::{Class, Error, Notice, Outcome, Portal, PortalOptions, Source as _};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use jiff::civil::date;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use crate::{
    at, jobs, portions,
    stub::{Stub, TOKEN, answer, html, json_answer, page, problem, status},
};

fn job(id: &str) -> Value {
    json!({
        "id": id, "organization_id": "org-1", "system": "srv", "status": "finished",
        "finished_at": "2026-11-23T10:00:00Z",
    })
}

#[tokio::test]
async fn the_login_test_is_one_request_with_the_token() {
    let stub = Stub::new(|_| {
        json_answer(
            200,
            &json!({"name": "Demo", "invoice_day": 5, "time_zone": "Europe/Berlin", "new": 1}),
        )
    })
    .await;
    let partner = stub.portal().test().await.unwrap();
    assert_eq!(
        (
            partner.name.as_str(),
            partner.invoice_day,
            partner.time_zone.as_deref()
        ),
        ("Demo", Some(5), Some("Europe/Berlin"))
    );
    let asked = stub.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(
        (asked[0].method.as_str(), asked[0].path.as_str()),
        ("GET", "/v1/partner")
    );
    assert_eq!(asked[0].headers["authorization"], format!("Bearer {TOKEN}"));
}

#[tokio::test]
async fn a_refused_token_is_one_request_and_stops() {
    let stub = Stub::new(|_| problem(401, "Expired yesterday.")).await;
    let portal = stub.portal();
    let refused = Error::TokenRefused {
        detail: Some("Expired yesterday.".to_owned()),
    };
    assert_eq!(portal.test().await, Err(refused.clone()));
    assert_eq!(stub.asked().len(), 1);
    assert_eq!(portions(&portal, None).await, Err(refused.clone()));
    assert_eq!(stub.asked().len(), 2);
    assert_eq!(portal.organizations().await, Err(refused.clone()));
    assert_eq!(portal.usage(date(2026, 11, 23)).await, Err(refused.clone()));
    assert_eq!(stub.asked().len(), 4);
    assert_eq!(
        (refused.class(), refused.code()),
        (Class::Stop, "token_refused")
    );
}

#[tokio::test]
async fn pages_are_followed_through_an_empty_one() {
    let stub = Stub::new(
        |asked| match asked.query.get("page_token").map(String::as_str) {
            None => page(&json!([job("1")]), Some("a&b=c/ä+ ")),
            Some("a&b=c/ä+ ") => page(&json!([]), Some("third")),
            Some("third") => page(&json!([job("2")]), None),
            Some(_) => status(599),
        },
    )
    .await;
    let (jobs, _) = jobs(&stub.portal(), Some(at("2026-11-23T09:00:00Z"))).await;
    assert_eq!(
        jobs.iter().map(|job| job.id.as_str()).collect::<Vec<_>>(),
        ["1", "2"]
    );
    let asked = stub.asked();
    assert_eq!(asked.len(), 3);
    assert!(
        asked
            .iter()
            .all(|asked| asked.query["finished_after"] == "2026-11-23T09:00:00Z")
    );
}

#[tokio::test]
async fn a_page_token_that_comes_twice_ends_the_reading() {
    let stub = Stub::new(|asked| {
        let next = if asked
            .query
            .get("page_token")
            .is_some_and(|token| token == "a")
        {
            "b"
        } else {
            "a"
        };
        page(&json!([]), Some(next))
    })
    .await;
    for error in [
        portions(&stub.portal(), None).await.unwrap_err(),
        stub.portal().organizations().await.unwrap_err(),
    ] {
        assert_eq!((error.class(), error.code()), (Class::Broken, "malformed"));
    }
    assert_eq!(stub.asked().len(), 6);
}

#[tokio::test]
async fn a_missing_required_field_is_named() {
    let without = |field: &str| {
        let mut job = job("1");
        job.as_object_mut().unwrap().remove(field);
        json!({"items": [self::job("0"), job], "next_page_token": null})
    };
    let mut blank = job("1");
    blank["system"] = json!("  ");
    let table = [
        (without("id"), "items[1].id"),
        (without("organization_id"), "items[1].organization_id"),
        (without("system"), "items[1].system"),
        (without("status"), "items[1].status"),
        (without("finished_at"), "items[1].finished_at"),
        (
            json!({"items": [blank], "next_page_token": null}),
            "items[0].system",
        ),
        (json!({"items": []}), "next_page_token"),
        (json!({"next_page_token": null}), "items"),
    ];
    for (body, field) in table {
        let stub = Stub::new(move |_| json_answer(200, &body)).await;
        let error = portions(&stub.portal(), None).await.unwrap_err();
        assert_eq!(
            error,
            Error::MissingField {
                call: "/v1/jobs",
                field: field.to_owned()
            }
        );
        assert_eq!(error.class(), Class::Misuse);
        assert!(error.to_string().contains(field), "{error}");
    }
    let stub = Stub::new(|_| json_answer(200, &json!({"invoice_day": 3}))).await;
    assert!(
        stub.portal()
            .test()
            .await
            .unwrap_err()
            .to_string()
            .contains("name")
    );
}

#[tokio::test]
async fn a_field_of_the_wrong_kind_is_named() {
    let table = [
        ("finished_at", json!("23.11.2026")),
        ("finished_at", json!(5)),
        ("bytes_processed", json!(-1)),
        ("bytes_processed", json!(1.5)),
        ("warning_count", json!("many")),
        ("system", json!(null)),
        ("organization_id", json!("x".repeat(65))),
        ("id", json!("a\u{1}b")),
    ];
    for (field, value) in table {
        let mut wrong = job("1");
        wrong[field] = value;
        let stub = Stub::with(json!([]), json!([wrong]), json!([])).await;
        let error = portions(&stub.portal(), None).await.unwrap_err();
        assert_eq!(
            (error.class(), error.code()),
            (Class::Broken, "malformed"),
            "{error}"
        );
        assert!(
            error.to_string().contains(&format!("items[0].{field}")),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_job_that_still_runs_needs_no_end() {
    let mut running = job("1");
    running["status"] = json!("active");
    running["finished_at"] = json!(null);
    let stub = Stub::with(json!([]), json!([running]), json!([])).await;
    let (jobs, notices) = jobs(&stub.portal(), Some(at("2026-11-23T09:00:00Z"))).await;
    assert_eq!(
        (jobs[0].outcome, jobs[0].finished_at),
        (Outcome::NotFinished, None)
    );
    assert!(notices.is_empty());
}

#[tokio::test]
async fn an_organization_that_is_forbidden_is_named_and_the_others_are_read() {
    let stub = Stub::new(|asked| match (asked.path.as_str(), asked.query.get("organization_id")) {
        ("/v1/organizations", _) => page(
            &json!([{"id": "a", "name": "A"}, {"id": "b", "name": "B"}, {"id": "c", "name": "C"}]),
            None,
        ),
        ("/v1/jobs", None) => problem(403, "Not b."),
        ("/v1/jobs", Some(id)) if id == "b" => problem(403, "Not b."),
        ("/v1/jobs", Some(id)) => page(&json!([job(id)]), None),
        _ => status(599),
    })
    .await;
    let (jobs, notices) = jobs(&stub.portal(), None).await;
    assert_eq!(
        jobs.iter().map(|job| job.id.as_str()).collect::<Vec<_>>(),
        ["a", "c"]
    );
    let organization_id = "b".to_owned();
    assert_eq!(notices, [Notice::OrganizationForbidden { organization_id }]);
}

#[tokio::test]
async fn asked_for_one_organization_it_says_that_it_is_forbidden_or_gives_its_jobs() {
    let stub = Stub::new(|asked| match asked.query.get("organization_id") {
        Some(id) if id == "b" => problem(403, "Not b."),
        Some(id) if asked.query.contains_key("finished_after") => page(&json!([job(id)]), None),
        _ => status(599),
    })
    .await;
    let portal = stub.portal();
    let after = Some(at("2026-01-01T00:00:00Z"));
    let read = async |id| portal.jobs_of(id, after).try_collect::<Vec<_>>().await;
    let organization_id = "b".to_owned();
    let forbidden = read("b").await.unwrap();
    assert_eq!(
        forbidden[0].notices,
        [Notice::OrganizationForbidden { organization_id }]
    );
    let allowed = read("c").await.unwrap();
    assert_eq!(allowed[0].jobs[0].id, "c");
}

#[tokio::test]
async fn if_every_organization_is_forbidden_the_right_is_missing() {
    let stub = Stub::new(|asked| match asked.path.as_str() {
        "/v1/organizations" => page(&json!([{"id": "a", "name": "A"}]), None),
        _ => problem(403, "No."),
    })
    .await;
    let error = portions(&stub.portal(), None).await.unwrap_err();
    assert_eq!((error.class(), error.code()), (Class::Misuse, "forbidden"));
    let message = "The token is valid, but may not read the jobs. Ask for that right in the portal. It said: No.";
    assert_eq!(error.to_string(), message);
}

#[tokio::test]
async fn each_refusal_has_its_class_and_code() {
    let throttled = |seconds: Option<u64>| Class::Throttled {
        retry_after: seconds.map(Duration::from_secs),
    };
    let date = [
        ("date", "Mon, 23 Nov 2026 10:00:00 GMT"),
        ("retry-after", "Mon, 23 Nov 2026 10:02:00 GMT"),
    ];
    type Answer = fn() -> axum::http::Response<Body>;
    let table: [(Answer, Class, &str); 15] = [
        (
            || answer(429, &[("retry-after", "7")], ""),
            throttled(Some(7)),
            "throttled",
        ),
        (|| status(429), throttled(None), "throttled"),
        (
            || answer(503, &[("retry-after", "7")], ""),
            throttled(Some(7)),
            "throttled",
        ),
        (|| status(503), Class::Transient, "server_error"),
        (|| problem(500, "x"), Class::Transient, "server_error"),
        (|| html(502), Class::Transient, "server_error"),
        (|| problem(403, "x"), Class::Misuse, "forbidden"),
        (|| status(404), Class::Broken, "not_cloud_direct"),
        (|| status(408), Class::Transient, "timed_out"),
        (|| problem(400, "x"), Class::Misuse, "refused"),
        (|| html(407), Class::Misuse, "refused"),
        (|| html(200), Class::Broken, "not_cloud_direct"),
        (
            || answer(200, &[], " <html>"),
            Class::Broken,
            "not_cloud_direct",
        ),
        (|| answer(200, &[], "ok"), Class::Broken, "malformed"),
        (|| status(204), Class::Broken, "malformed"),
    ];
    for (answer, class, code) in table {
        let stub = Stub::new(move |_| answer()).await;
        let error = stub.portal().test().await.unwrap_err();
        assert_eq!((error.class(), error.code()), (class, code), "{error}");
        assert_eq!(stub.asked().len(), 1, "{error}");
    }
    let stub = Stub::new(move |_| answer(429, &date, "")).await;
    let error = stub.portal().test().await.unwrap_err();
    assert_eq!(error.class(), throttled(Some(120)));
    assert_eq!(
        error.to_string(),
        "Cloud Direct asks to wait 120 s. It is tried again by itself."
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let other = Stub::new(|_| json_answer(200, &json!({"name": "Thief"}))).await;
    let target = format!("{}/v1/partner?secret=1", other.address);
    let stub = Stub::new(move |_| answer(307, &[("location", &target)], "")).await;
    let error = stub.portal().test().await.unwrap_err();
    assert_eq!(error.code(), "not_cloud_direct");
    assert!(error.to_string().contains(&other.address), "{error}");
    assert!(!error.to_string().contains("secret"), "{error}");
    assert!(other.asked().is_empty());
}

#[tokio::test]
async fn a_truncated_answer_is_cut_off() {
    let stub = Stub::new(|_| {
        answer(
            200,
            &[("content-type", "application/json")],
            r#"{"name": "De"#,
        )
    })
    .await;
    let error = stub.portal().test().await.unwrap_err();
    assert_eq!((error.class(), error.code()), (Class::Transient, "cut_off"));
}

/// Takes one connection, reads the request, writes this and hangs up.
async fn hangs_up_after(bytes: &'static [u8]) -> Portal {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        let _ = connection.read(&mut [0; 4096]).await.unwrap();
        connection.write_all(bytes).await.unwrap();
        connection.shutdown().await.unwrap();
    });
    Portal::new(&address, TOKEN.into(), PortalOptions::default()).unwrap()
}

#[tokio::test]
async fn a_connection_cut_before_or_within_the_answer_is_cut_off() {
    for bytes in [
        b"".as_slice(),
        b"HTTP/1.1 200 OK\r\ncontent-le",
        b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"name\":",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{\"nam\r\n",
    ] {
        let error = hangs_up_after(bytes).await.test().await.unwrap_err();
        assert_eq!(
            (error.class(), error.code()),
            (Class::Transient, "cut_off"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_portal_that_does_not_answer_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let options = PortalOptions {
        timeout: Duration::from_millis(50),
        ..PortalOptions::default()
    };
    let portal = Portal::new(&address, TOKEN.into(), options).unwrap();
    let error = portal.test().await.unwrap_err();
    assert_eq!(
        (error.class(), error.code()),
        (Class::Transient, "timed_out")
    );
}

#[tokio::test]
async fn an_address_where_nothing_listens_cannot_be_reached() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let portal = Portal::new(&address, TOKEN.into(), PortalOptions::default()).unwrap();
    let error = portal.test().await.unwrap_err();
    assert_eq!(
        (error.class(), error.code()),
        (Class::Transient, "not_reachable"),
        "{error}"
    );
}

#[tokio::test]
async fn what_does_not_speak_tls_is_a_tls_fault() {
    let stub = Stub::new(|_| status(200)).await;
    let address = stub.address.replace("http://", "https://");
    let portal = Portal::new(&address, TOKEN.into(), PortalOptions::default()).unwrap();
    let error = portal.test().await.unwrap_err();
    assert_eq!(
        (error.class(), error.code()),
        (Class::Transient, "tls"),
        "{error}"
    );
    assert!(stub.asked().is_empty());
}

#[tokio::test]
async fn an_answer_without_end_is_given_up() {
    let stub = Stub::new(|_| {
        let blanks = Bytes::from(vec![b' '; 1 << 20]);
        let endless = stream::repeat(blanks).map(Ok::<_, std::io::Error>);
        answer(
            200,
            &[("content-type", "application/json")],
            Body::from_stream(endless),
        )
    })
    .await;
    let error = stub.portal().test().await.unwrap_err();
    assert_eq!(
        (error.class(), error.code()),
        (Class::Broken, "malformed"),
        "{error}"
    );
}

#[tokio::test]
async fn usage_is_asked_for_a_day() {
    let rows = json!([{"organization_id": "a", "bytes": 18_446_744_073_709_551_615_u64, "measured_at": "2026-11-22T03:00:00Z"}]);
    let stub = Stub::with(json!([]), json!([]), rows).await;
    let usage = stub.portal().usage(date(2026, 11, 3)).await.unwrap();
    assert_eq!(
        (usage[0].bytes, usage[0].metric.as_str()),
        (u64::MAX, "cloud_storage")
    );
    assert_eq!(stub.asked()[0].query["date"], "2026-11-03");
}

#[tokio::test]
async fn a_base_path_is_kept() {
    let stub = Stub::new(|_| json_answer(200, &json!({"name": "Demo"}))).await;
    let address = format!("{}/cloud/direct", stub.address);
    let portal = Portal::new(&address, TOKEN.into(), PortalOptions::default()).unwrap();
    portal.test().await.unwrap();
    assert_eq!(stub.asked()[0].path, "/cloud/direct/v1/partner");
}
