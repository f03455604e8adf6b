//! What a broken or hostile network does to the client, the same over both transports.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod support;

use std::time::Duration;

use autotask::{
    Api, Class, Client, Credentials, Effect, EntityKind, Error, Filter, Governor, Limits,
    NewTicket, Options, Query, Ticket, Zone,
};
use support::{Reply, Server};

const PASSWORD: &str = "canary-<\"pass&word\">-7261";
const IDENTIFIER: &str = "CANARYIDENTIFIER00000000001";
const BOTH: [Api; 2] = [Api::Rest, Api::Soap];

fn client_with(url: url::Url, api: Api, options: Options) -> Client {
    let zone = Zone {
        address: url,
        web: None,
        name: None,
    };
    let credentials = Credentials {
        username: "api@partner.example".to_owned(),
        password: PASSWORD.to_owned().into(),
        tracking_identifier: IDENTIFIER.to_owned(),
    };
    Client::new(&zone, api, credentials, options).unwrap()
}

fn client(server: &Server, api: Api) -> Client {
    client_with(server.url(), api, options())
}

/// Without readings of the quota between the calls.
fn options() -> Options {
    Options {
        governor: Governor::new(Limits {
            look_every: 0,
            ..Limits::default()
        }),
        ..Options::default()
    }
}

fn ticket() -> NewTicket {
    NewTicket {
        company_id: 0,
        title: "Backup failed".to_owned(),
        description: "The disk is full.".to_owned(),
        status: autotask::status::NEW,
        priority: 1,
        queue_id: 5,
        due: "2026-11-24T12:00:00Z".parse().unwrap(),
        external_id: Some("event-1".to_owned()),
    }
}

async fn read(client: &Client) -> Error {
    let query = Query::new().filter(Filter::eq("id", 1));
    client.query_all::<Ticket>(query).await.unwrap_err()
}

async fn create(client: &Client) -> Error {
    client.create(&ticket()).await.unwrap_err()
}

#[test]
fn a_login_is_not_taken_to_another_host() {
    for (address, code) in [
        ("https://autotask.example.com/", "zone_untrusted"),
        ("http://webservices5.autotask.net/", "zone_untrusted"),
    ] {
        for api in BOTH {
            let zone = Zone {
                address: address.parse().unwrap(),
                web: None,
                name: None,
            };
            let credentials = Credentials {
                username: "api@partner.example".to_owned(),
                password: PASSWORD.to_owned().into(),
                tracking_identifier: IDENTIFIER.to_owned(),
            };
            let error = Client::new(&zone, api, credentials, Options::default()).unwrap_err();
            assert_eq!(error.code(), code);
        }
    }
}

#[tokio::test]
async fn a_refused_login_is_one_request() {
    for api in BOTH {
        for reply in [
            Reply::with(401, "text/plain", ""),
            Reply::with(401, "text/html", "<html><h1>Unauthorized</h1></html>")
                .header("www-authenticate", "Basic realm=\"x\""),
        ] {
            let server = Server::replying([reply]).await;
            let error = client(&server, api).log_in().await.unwrap_err();
            assert_eq!(
                (error.code(), error.class()),
                ("login_refused", Class::Stop)
            );
            assert_eq!(server.received().len(), 1);
        }
    }
}

#[tokio::test]
async fn a_create_without_a_usable_answer_is_unclear_and_a_read_is_not() {
    let page = "<html><body>Sign in to the network</body></html>";
    for (reply, code) in [
        (Reply::Cut, "cut_off"),
        (Reply::Truncated("<half".to_owned()), "cut_off"),
        (Reply::with(200, "text/html", page), "not_autotask"),
        (Reply::with(200, "", page), "not_autotask"),
        (Reply::with(500, "text/plain", "down"), "server_error"),
        (Reply::with(200, "text/xml", "<half"), "malformed"),
    ] {
        for api in BOTH {
            let server = Server::replying([reply.clone(), reply.clone()]).await;
            let client = client(&server, api);
            let error = read(&client).await;
            assert_eq!(
                (error.code(), error.class()),
                (code, Class::Transient),
                "{api:?} {reply:?}"
            );
            let error = create(&client).await;
            assert_eq!(
                (error.code(), error.class()),
                (code, Class::Unclear),
                "{api:?} {reply:?}"
            );
            assert_eq!(server.received().len(), 2, "nothing is sent twice");
            assert_eq!(client.calls(), 2);
        }
    }
}

#[tokio::test]
async fn an_answer_that_does_not_come_in_time_is_not_waited_for() {
    for api in BOTH {
        let server = Server::replying([Reply::Silence, Reply::Silence]).await;
        let options = Options {
            timeout: Duration::from_millis(100),
            write_timeout: Duration::from_millis(120),
            ..options()
        };
        let client = client_with(server.url(), api, options);
        let error = create(&client).await;
        assert_eq!((error.code(), error.class()), ("timed_out", Class::Unclear));
        assert!(matches!(
            read(&client).await,
            Error::TimedOut {
                effect: Effect::None,
                ..
            }
        ));
    }
}

#[tokio::test]
async fn what_was_never_sent_is_never_unclear() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody: url::Url = format!("http://{}/", free.local_addr().unwrap())
        .parse()
        .unwrap();
    drop(free);
    let server = Server::replying([]).await;
    let mut no_tls = server.url();
    no_tls.set_scheme("https").unwrap();
    for api in BOTH {
        let error = create(&client_with(nobody.clone(), api, options())).await;
        assert_eq!(
            (error.code(), error.class()),
            ("not_reachable", Class::Transient),
            "{error}"
        );
        let error = create(&client_with(no_tls.clone(), api, options())).await;
        assert_eq!(
            (error.code(), error.class()),
            ("tls", Class::Transient),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed_with_the_login() {
    for api in BOTH {
        let elsewhere = Server::replying([]).await;
        let redirect =
            Reply::with(302, "text/plain", "").header("location", elsewhere.url().as_str());
        let server = Server::replying([redirect]).await;
        let error = create(&client(&server, api)).await;
        assert_eq!(
            (error.code(), error.class()),
            ("not_autotask", Class::Transient)
        );
        assert_eq!(elsewhere.received().len(), 0);
    }
}

#[tokio::test]
async fn a_throttled_call_says_how_long_to_wait() {
    for api in BOTH {
        let reply = Reply::with(429, "text/plain", "").header("retry-after", "17");
        let server = Server::replying([reply]).await;
        let retry_after = Some(Duration::from_secs(17));
        assert_eq!(
            create(&client(&server, api)).await.class(),
            Class::Throttled { retry_after }
        );
    }
}

#[tokio::test]
async fn the_next_page_of_another_host_is_not_asked_for() {
    let elsewhere = Server::replying([]).await;
    let page = format!(
        r#"{{"items":[{{"id":1,"companyID":0,"title":"A","status":1,"priority":1}}],"pageDetails":{{"nextPageUrl":"{}next"}}}}"#,
        elsewhere.url()
    );
    let server = Server::replying([Reply::json(200, page)]).await;
    assert_eq!(read(&client(&server, Api::Rest)).await.code(), "malformed");
    assert_eq!(elsewhere.received().len(), 0);
}

#[tokio::test]
async fn an_empty_page_in_the_middle_does_not_end_a_query() {
    let mut pages = 0;
    let server = Server::new(move |address, request| {
        pages += 1;
        assert!(
            request.body.contains("\"filter\""),
            "the next page wants the query again"
        );
        let next = match pages {
            3 => "null".to_owned(),
            page => {
                format!("\"http://{address}/ATServicesRest/V1.0/Tickets/query/next?paging={page}\"")
            }
        };
        let item = format!(r#"{{"id":{pages},"companyID":0,"title":"A","status":1,"priority":1}}"#);
        let items = if pages == 2 { String::new() } else { item };
        Reply::json(
            200,
            format!(r#"{{"items":[{items}],"pageDetails":{{"nextPageUrl":{next}}}}}"#),
        )
    })
    .await;
    let tickets: Vec<Ticket> = client(&server, Api::Rest)
        .query_all(Query::new())
        .await
        .unwrap();
    let ids: Vec<i64> = tickets.iter().map(|ticket| ticket.id).collect();
    assert_eq!(ids, [1, 3]);
    assert_eq!(server.received().len(), 3);
}

#[tokio::test]
async fn pages_that_go_round_in_a_circle_end_with_an_error() {
    let server = Server::new(|address, _| {
        Reply::json(
            200,
            format!(r#"{{"items":[],"pageDetails":{{"nextPageUrl":"http://{address}/same"}}}}"#),
        )
    })
    .await;
    assert_eq!(read(&client(&server, Api::Rest)).await.code(), "malformed");

    let full_page = soap_tickets(500);
    let server = Server::new(move |_, _| Reply::xml(200, full_page.clone())).await;
    assert_eq!(read(&client(&server, Api::Soap)).await.code(), "malformed");
    assert_eq!(server.received().len(), 2);
}

fn soap_tickets(rows: usize) -> String {
    let row = |id| {
        format!(
            "<Entity xsi:type=\"Ticket\"><id>{id}</id><AccountID>0</AccountID><Title>A</Title><Status>1</Status><Priority>1</Priority></Entity>"
        )
    };
    let rows: String = (1..=rows).map(row).collect();
    format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><s:Body><queryResponse xmlns=\"http://autotask.net/ATWS/v1_6/\"><queryResult><ReturnCode>1</ReturnCode><EntityResults>{rows}</EntityResults></queryResult></queryResponse></s:Body></s:Envelope>"
    )
}

#[tokio::test(flavor = "current_thread")]
async fn two_calls_per_entity_are_under_way_and_no_more() {
    for api in BOTH {
        let server = Server::new(|_, _| Reply::Silence).await;
        let client = client(&server, api);
        let calls: Vec<_> = (0..6)
            .map(|_| {
                let client = client.clone();
                tokio::spawn(async move { client.get::<Ticket>(1).await })
            })
            .collect();
        while server.received().len() < 2 {
            tokio::task::yield_now().await;
        }
        // A call to another endpoint does not wait for them, and gives the others every chance.
        let other = tokio::spawn({
            let client = client.clone();
            async move { client.fields(EntityKind::Company).await }
        });
        while server.received().len() < 3 {
            tokio::task::yield_now().await;
        }
        assert_eq!(client.calls(), 3, "four wait at the gate");
        for call in calls {
            call.abort();
        }
        other.abort();
    }
}

#[tokio::test(flavor = "current_thread")]
async fn whoever_waits_behind_a_refused_login_is_not_sent() {
    for api in BOTH {
        for refusal in [
            Reply::with(401, "text/plain", ""),
            Reply::with(
                500,
                "application/json",
                r#"{"errors":["IntegrationCode is invalid."]}"#,
            ),
            Reply::xml(
                500,
                "<E><Body><Fault><faultstring>The user account has been locked.</faultstring></Fault></Body></E>",
            ),
        ] {
            let is_xml = matches!(&refusal, Reply::Http { body, .. } if body.starts_with("<E>"));
            let is_json = matches!(&refusal, Reply::Http { body, .. } if body.starts_with('{'));
            if (is_xml && api == Api::Rest) || (is_json && api == Api::Soap) {
                continue;
            }
            let server = Server::new(move |_, _| refusal.clone()).await;
            let client = client(&server, api);
            let calls = futures::future::join_all((0..20).map(|_| client.get::<Ticket>(1))).await;
            for call in calls {
                assert_eq!(call.unwrap_err().class(), Class::Stop);
            }
            assert!(server.received().len() <= 2, "{}", server.received().len());
            // A person may try again, as often as she likes.
            assert_eq!(client.log_in().await.unwrap_err().class(), Class::Stop);
            let before = server.received().len();
            assert_eq!(client.log_in().await.unwrap_err().class(), Class::Stop);
            assert_eq!(server.received().len(), before + 1);
        }
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_call_that_is_given_up_before_its_turn_is_not_made() {
    for api in BOTH {
        let server = Server::new(|_, _| Reply::Silence).await;
        let options = Options {
            timeout: Duration::from_millis(300),
            ..options()
        };
        let client = client_with(server.url(), api, options);
        let calls: Vec<_> = (0..6)
            .map(|_| {
                let client = client.clone();
                tokio::spawn(async move { client.get::<Ticket>(1).await })
            })
            .collect();
        while server.received().len() < 2 {
            tokio::task::yield_now().await;
        }
        for call in calls {
            call.abort();
        }
        // The two that had begun keep their places until they end; then it is this one's turn.
        let error = client.get::<Ticket>(1).await.unwrap_err();
        assert_eq!(error.code(), "timed_out");
        assert_eq!((server.received().len(), client.calls()), (3, 3));
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_secret_is_in_no_error_no_debug_output_and_no_log() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    // A server that sends back whatever it was sent, as an answer of every kind.
    for api in BOTH {
        for (status, form) in [
            (401, "text"),
            (500, "text"),
            (500, "errors"),
            (500, "fault"),
            (200, "html"),
            (200, "text"),
        ] {
            let server = Server::new(move |_, request| {
                let echo = format!("{} {} {PASSWORD} {IDENTIFIER}", request.head, request.body);
                match form {
                    "errors" => {
                        Reply::json(status, serde_json::json!({ "errors": [echo] }).to_string())
                    }
                    "fault" => Reply::xml(
                        status,
                        format!(
                            "<E><Body><Fault><faultstring>{}</faultstring></Fault></Body></E>",
                            quick_xml::escape::escape(echo.as_str())
                        ),
                    ),
                    "html" => Reply::with(status, "text/html", format!("<html>{echo}")),
                    _ => Reply::with(status, "text/plain", echo),
                }
            })
            .await;
            let client = client(&server, api);
            for error in [read(&client).await, create(&client).await] {
                let shown = format!("{error} {error:?} {:?} {client:?}", error.validation());
                assert_no_secret(&shown);
            }
        }
    }
    let log = log.text();
    assert!(log.contains("Autotask answered"));
    assert_no_secret(&log);
}

fn assert_no_secret(text: &str) {
    use base64::Engine as _;
    let basic =
        base64::engine::general_purpose::STANDARD.encode(format!("api@partner.example:{PASSWORD}"));
    let escaped = quick_xml::escape::escape(PASSWORD).into_owned();
    for secret in [PASSWORD, &escaped, "canary-", IDENTIFIER, &basic] {
        assert!(!text.contains(secret), "{secret} is in: {text}");
    }
}

#[derive(Clone, Default)]
struct Log(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> tracing_subscriber::fmt::MakeWriter<'a> for Log {
    type Writer = Log;

    fn make_writer(&'a self) -> Log {
        self.clone()
    }
}
