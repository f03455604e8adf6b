//! The one place where a request leaves the client.
//!
//! A request is sent once and never repeated, whatever comes back: a refused login must not be
//! tried twice, and a create must not happen twice. Redirects are not followed, since the login
//! would travel along. The governor says when a call may go out. What is kept of an answer is
//! bounded.

use std::error::Error as _;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use reqwest::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use reqwest::{RequestBuilder, Response};
use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::answer::Judge;
use crate::credentials::{Options, Redactor};
use crate::entity::EntityKind;
use crate::error::{Effect, Error};
use crate::governor::{Asks, Governor, Priority};
use crate::zone::is_loopback;

/// More than any page of Autotask: 500 tickets of 64 kB each. What is read of an answer can take up to
/// 150 times its size for a moment, so this is what bounds the memory.
const ANSWER_MAX: usize = 32 * 1024 * 1024;

/// No refusal of a login is longer.
const REFUSAL_MAX: usize = 64 * 1024;

/// What Autotask counts concurrent calls by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Endpoint {
    Entity(EntityKind),
    Usage,
    /// SOAP's list of all entities.
    EntityList,
}

/// What a call is for: decides what its failure may mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Read(EntityKind),
    Create {
        kind: EntityKind,
        rows: usize,
    },
    Update(EntityKind),
    /// The first call with a login.
    LogIn,
    /// The quota, or the zone.
    Usage,
}

impl Purpose {
    /// What may have happened when no usable answer came.
    pub(crate) fn effect(self) -> Effect {
        match self {
            Self::Read(_) | Self::LogIn | Self::Usage => Effect::None,
            Self::Create { .. } | Self::Update(_) => Effect::Unknown,
        }
    }

    /// How many rows are written, if any are.
    pub(crate) fn rows_written(self) -> Option<usize> {
        match self {
            Self::Create { rows, .. } => Some(rows),
            Self::Update(_) => Some(1),
            Self::Read(_) | Self::LogIn | Self::Usage => None,
        }
    }

    /// For sentences: "creating tickets".
    pub(crate) fn words(self) -> String {
        match self {
            Self::Read(kind) => format!("reading {}", kind.words()),
            Self::Create { kind, .. } => format!("creating {}", kind.words()),
            Self::Update(kind) => format!("changing {}", kind.words()),
            Self::LogIn | Self::Usage => "using the API".to_owned(),
        }
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub host: String,
    pub status: u16,
    pub content_type: String,
    pub retry_after: Option<Duration>,
    pub body: Vec<u8>,
}

impl Answer {
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// A web page, by its type or its first bytes.
    pub(crate) fn is_html(&self) -> bool {
        let head: String = self
            .body
            .iter()
            .skip_while(|byte| byte.is_ascii_whitespace() || !byte.is_ascii())
            .take(20)
            .map(|byte| char::from(byte.to_ascii_lowercase()))
            .collect();
        self.content_type.starts_with("text/html")
            || head.starts_with("<!doctype html")
            || head.starts_with("<html")
    }
}

/// An HTTP client with its governor and its counter. Clones share them, and differ in how urgent
/// their calls are.
#[derive(Debug, Clone)]
pub(crate) struct Wire {
    http: reqwest::Client,
    pub governor: Governor,
    pub priority: Priority,
    /// Once it is cancelled, no call begins any more.
    pub stop: CancellationToken,
    calls: Arc<AtomicU64>,
    write_timeout: Duration,
    /// Why this login is not used any more.
    refused: Arc<Mutex<Option<Error>>>,
    pub redactor: Redactor,
}

impl Wire {
    pub(crate) fn new(address: &Url, options: &Options, redactor: Redactor) -> Result<Self, Error> {
        Ok(Self {
            http: http_client(address, options)?,
            governor: options.governor.clone(),
            priority: Priority::Normal,
            stop: CancellationToken::new(),
            calls: Arc::default(),
            write_timeout: options.write_timeout,
            refused: Arc::default(),
            redactor,
        })
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.http
    }

    pub(crate) fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Waits its turn, sends, and reads the answer, in a task of its own: whoever waits for it may be
    /// busy, and what has begun goes on to its end. A call that is given up before its turn is not
    /// made; one that is given up later still has its place, because Autotask is still at work on it.
    ///
    /// `refusal` gives the error of an answer that refuses the login. Whoever waits for a turn then
    /// gets that error and sends nothing: several refused logins lock the user.
    pub(crate) async fn send(
        &self,
        endpoint: Endpoint,
        purpose: Purpose,
        request: RequestBuilder,
        refusal: impl Fn(&Judge<'_>) -> Option<Error> + Send + 'static,
    ) -> Result<Answer, Error> {
        let turn = Arc::new(Turn::default());
        let wire = self.clone();
        let task = tokio::spawn({
            let turn = Arc::clone(&turn);
            async move {
                let call = (endpoint, purpose, request);
                wire.carry_out(call, &turn, refusal).await
            }
        });
        let waiting = Waiting {
            turn,
            task: task.abort_handle(),
        };
        let answer = task.await;
        drop(waiting);
        answer.unwrap_or_else(|_| Err(Error::query("the program is ending")))
    }

    async fn carry_out(
        &self,
        (endpoint, purpose, request): (Endpoint, Purpose, RequestBuilder),
        turn: &Turn,
        refusal: impl Fn(&Judge<'_>) -> Option<Error>,
    ) -> Result<Answer, Error> {
        let asks = match purpose {
            Purpose::LogIn | Purpose::Usage => Asks::Usage,
            Purpose::Read(_) | Purpose::Create { .. } | Purpose::Update(_) => {
                Asks::Call(self.priority)
            }
        };
        let pass = tokio::select! {
            biased;
            () = self.stop.cancelled() => return Err(Error::CalledOff),
            pass = self.governor.admit(endpoint, asks) => pass?,
        };
        if !turn.take() {
            return Err(Error::query("nobody waits for this call any more"));
        }
        // A person who logs in anew is asked, whatever came before.
        if purpose != Purpose::LogIn
            && let Some(error) = self.refused().clone()
        {
            return Err(error);
        }
        self.calls.fetch_add(1, Ordering::Relaxed);
        let request = match purpose.effect() {
            Effect::Unknown => request.timeout(self.write_timeout),
            Effect::None => request,
        };
        let answer = send_once(request, purpose.effect(), &self.redactor).await?;
        pass.answered();
        // Before the place is handed on. Refusals are short; a page of rows need not be read twice.
        if answer.body.len() <= REFUSAL_MAX {
            let judge = Judge {
                answer: &answer,
                purpose,
                redactor: &self.redactor,
            };
            match refusal(&judge) {
                Some(error) => *self.refused() = Some(error),
                None if purpose == Purpose::LogIn => *self.refused() = None,
                None => {}
            }
        }
        Ok(answer)
    }

    fn refused(&self) -> MutexGuard<'_, Option<Error>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whose move it is, once: the call begins, or nobody waits for it any more.
#[derive(Debug, Default)]
struct Turn(AtomicBool);

impl Turn {
    /// `true` for the first who asks.
    fn take(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }
}

/// Held by whoever waits for a call.
#[derive(Debug)]
struct Waiting {
    turn: Arc<Turn>,
    task: AbortHandle,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if self.turn.take() {
            self.task.abort();
        }
    }
}

pub(crate) fn http_client(address: &Url, options: &Options) -> Result<reqwest::Client, Error> {
    let mut builder = reqwest::Client::builder()
        .user_agent(&options.user_agent)
        .connect_timeout(options.connect_timeout)
        .timeout(options.timeout)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        // Shorter than the server keeps one, so that a request seldom goes out on a connection
        // that is being closed.
        .pool_idle_timeout(Duration::from_secs(30));
    if is_loopback(address) {
        // Plain HTTP is for this computer only: it must not reach a proxy.
        builder = builder.no_proxy();
        if address.scheme() == "http" {
            // Nor is there anything to verify: reading the system's certificates takes longer than a call.
            builder = builder.tls_certs_only([]);
        }
    } else {
        builder = builder.https_only(true);
    }
    builder
        .build()
        .map_err(|error| Error::query(format!("no HTTP client can be made: {}", chain(&error))))
}

pub(crate) async fn send_once(
    request: RequestBuilder,
    effect: Effect,
    redactor: &Redactor,
) -> Result<Answer, Error> {
    let (client, request) = request.build_split();
    let request =
        request.map_err(|error| Error::query(redactor.redact(&chain(&error.without_url()))))?;
    let host = authority(request.url());
    let (method, path) = (request.method().clone(), request.url().path().to_owned());
    let began = Instant::now();
    let result = async {
        let mut response = client.execute(request).await?;
        let body = read_body(&mut response).await?;
        Ok((response, body))
    }
    .await;
    let elapsed_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    match result {
        Ok((response, body)) => {
            let status = response.status().as_u16();
            tracing::debug!(%method, host, path, status, bytes = body.len(), elapsed_ms, "Autotask answered");
            Ok(Answer {
                host,
                status,
                content_type: text_of(response.headers().get(CONTENT_TYPE)),
                retry_after: retry_after(response.headers().get(RETRY_AFTER)),
                body,
            })
        }
        Err(error) => {
            let error = failure(&host, error, effect, redactor);
            tracing::debug!(%method, host, path, code = error.code(), elapsed_ms, "no answer from Autotask");
            Err(error)
        }
    }
}

async fn read_body(response: &mut Response) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > ANSWER_MAX {
            return Err(Failure::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

enum Failure {
    Http(reqwest::Error),
    TooLarge,
}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        Self::Http(error)
    }
}

fn failure(host: &str, failure: Failure, effect: Effect, redactor: &Redactor) -> Error {
    let host = host.to_owned();
    let error = match failure {
        Failure::Http(error) => error.without_url(),
        Failure::TooLarge => {
            return Error::Malformed {
                host,
                detail: "it is larger than any answer of Autotask".to_owned(),
                excerpt: String::new(),
                effect,
            };
        }
    };
    let detail = redactor.redact(&chain(&error));
    if error.is_connect() {
        // Nothing was sent: the connection did not come about.
        return match () {
            () if is_tls(&detail) => Error::Tls { host, detail },
            () if error.is_timeout() => Error::NotReachable {
                host,
                detail: "no connection in time".to_owned(),
            },
            () => Error::NotReachable { host, detail },
        };
    }
    if error.is_timeout() {
        return Error::TimedOut { host, effect };
    }
    Error::CutOff {
        host,
        detail,
        effect,
    }
}

/// rustls errors come wrapped in I/O errors; their texts are what they have in common.
fn is_tls(detail: &str) -> bool {
    let detail = detail.to_ascii_lowercase();
    [
        "certificate",
        "tls",
        "handshake",
        "corrupt message",
        "invalidcontenttype",
    ]
    .iter()
    .any(|word| detail.contains(word))
}

/// An error and its causes, the last cause being the one that tells something.
fn chain(error: &reqwest::Error) -> String {
    let mut texts = vec![error.to_string()];
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !texts.contains(&text) {
            texts.push(text);
        }
        source = cause.source();
    }
    texts.join(": ")
}

fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

fn text_of(value: Option<&HeaderValue>) -> String {
    value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_ascii_lowercase()
}

/// Seconds only: the HTTP-date form would need a clock, and nobody has seen Autotask send either.
fn retry_after(value: Option<&HeaderValue>) -> Option<Duration> {
    let seconds: u64 = value?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds.min(24 * 3600)))
}
