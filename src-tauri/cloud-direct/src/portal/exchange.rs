//! One request and its answer: JSON, or the error it amounts to.

use std::{error::Error as _, fmt, io, time::Duration};

use jiff::fmt::rfc2822;
use reqwest::{
    Client, Response, StatusCode,
    header::{
        ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderValue, LOCATION, RETRY_AFTER,
    },
    redirect::Policy,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::error::Category;
use url::Url;

use super::address::is_loopback;
use crate::{Error, text};

/// 500 jobs with the longest messages are well below this.
const LONGEST_ANSWER: usize = 64 << 20;
/// What is read of an error's body.
const LONGEST_PROBLEM: usize = 64 << 10;
/// What is shown of a server's own words.
const LONGEST_DETAIL: usize = 300;

pub(super) struct Exchange {
    client: Client,
    base: Url,
    token: SecretString,
}

impl Exchange {
    pub(super) fn new(
        base: Url,
        token: SecretString,
        connect_timeout: Duration,
        timeout: Duration,
    ) -> Result<Exchange, Error> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, bearer(&token)?);
        headers.insert(
            ACCEPT,
            HeaderValue::from_static("application/json, application/problem+json"),
        );
        let loopback = is_loopback(&base);
        let mut client = Client::builder()
            .user_agent(concat!("autotask-integration/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .redirect(Policy::none())
            .https_only(!loopback)
            .connect_timeout(connect_timeout)
            .timeout(timeout);
        if loopback {
            // A system's proxy cannot reach this computer's own services, and must not see the token.
            client = client.no_proxy();
            if base.scheme() == "http" {
                // Nothing to verify: reading the system's certificates takes longer than a call.
                client = client.tls_certs_only([]);
            }
        }
        let client = client.build().map_err(|error| Error::Tls {
            host: host(&base),
            detail: innermost(&error),
        })?;
        Ok(Exchange {
            client,
            base,
            token,
        })
    }

    pub(super) fn host(&self) -> String {
        host(&self.base)
    }

    /// Asks once.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        call: &'static str,
        query: &[(&'static str, String)],
    ) -> Result<T, Error> {
        let url = self
            .base
            .join(call.trim_start_matches('/'))
            .map_err(|_| Error::Address {
                reason: "it does not end in a path that can be added to".to_owned(),
            })?;
        let sent = self.client.get(url).query(query).send().await;
        let response = sent.map_err(|error| self.lost(&error))?;
        tracing::debug!(call, status = response.status().as_u16(), "portal answered");
        if response.status() != StatusCode::OK {
            return Err(self.refusal(call, response).await);
        }
        let looks_like_a_page = content_type(&response).contains("text/html");
        let body = self.body(call, response).await?;
        if looks_like_a_page || starts_like_markup(&body) {
            return Err(
                self.not_cloud_direct("it answers with a web page, perhaps that of a proxy")
            );
        }
        self.read(call, &body)
    }

    async fn body(&self, call: &'static str, mut response: Response) -> Result<Vec<u8>, Error> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.lost(&error))? {
            if body.len() + chunk.len() > LONGEST_ANSWER {
                return Err(Error::Malformed {
                    call,
                    reason: format!("one page is longer than {} MiB", LONGEST_ANSWER >> 20),
                });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn read<T: DeserializeOwned>(&self, call: &'static str, body: &[u8]) -> Result<T, Error> {
        let mut json = serde_json::Deserializer::from_slice(body);
        let error = match serde_path_to_error::deserialize(&mut json) {
            Ok(value) => match json.end() {
                Ok(()) => return Ok(value),
                Err(_) => {
                    return Err(Error::Malformed {
                        call,
                        reason: "something follows the JSON".to_owned(),
                    });
                }
            },
            Err(error) => error,
        };
        let place = error.path().to_string();
        let what = error.inner().to_string();
        Err(match error.inner().classify() {
            Category::Eof | Category::Io => Error::CutOff { host: self.host() },
            Category::Syntax => Error::Malformed {
                call,
                reason: format!("it is not JSON (line {})", error.inner().line()),
            },
            Category::Data => match missing_field(&what) {
                Some(field) if place == "." => Error::MissingField {
                    call,
                    field: field.to_owned(),
                },
                Some(field) => Error::MissingField {
                    call,
                    field: format!("{place}.{field}"),
                },
                None => Error::Malformed {
                    call,
                    reason: self.shown(&format!("{place}: {what}")),
                },
            },
        })
    }

    /// What an answer other than 200 amounts to.
    async fn refusal(&self, call: &'static str, response: Response) -> Error {
        let status = response.status();
        let retry_after = retry_after(response.headers());
        if status.is_redirection() {
            let target = response.headers().get(LOCATION);
            let target = target.and_then(|target| response.url().join(target.to_str().ok()?).ok());
            return self.not_cloud_direct(&match target {
                Some(url) => self.shown(&format!(
                    "it points to {}",
                    url.origin().ascii_serialization()
                )),
                None => format!("it answers with a redirect (HTTP {})", status.as_u16()),
            });
        }
        let detail = self.problem(response).await;
        let number = status.as_u16();
        match number {
            401 => Error::TokenRefused { detail },
            403 => Error::Forbidden {
                call: right(call),
                detail,
            },
            404 => self.not_cloud_direct(&format!("it has no {call} (HTTP 404)")),
            408 => Error::TimedOut { host: self.host() },
            429 => Error::Throttled { retry_after },
            503 if retry_after.is_some() => Error::Throttled { retry_after },
            500.. => Error::ServerError {
                status: number,
                detail,
            },
            400..=499 => Error::Refused {
                call,
                status: number,
                detail,
            },
            _ => Error::Malformed {
                call,
                reason: format!("it came with HTTP {number} in place of 200"),
            },
        }
    }

    /// The sentence in a problem document (RFC 9457). Nothing else of an error's body is shown.
    async fn problem(&self, mut response: Response) -> Option<String> {
        #[derive(Deserialize)]
        struct Problem {
            detail: Option<String>,
            title: Option<String>,
        }
        if !content_type(&response).contains("json") {
            return None;
        }
        let mut body = Vec::new();
        while let Ok(Some(chunk)) = response.chunk().await {
            if body.len() + chunk.len() > LONGEST_PROBLEM {
                return None;
            }
            body.extend_from_slice(&chunk);
        }
        let problem: Problem = serde_json::from_slice(&body).ok()?;
        let said = problem.detail.or(problem.title)?;
        Some(self.shown(&said)).filter(|said| !said.is_empty())
    }

    /// A server's words: without the token, should it repeat it, on one line, and short.
    fn shown(&self, words: &str) -> String {
        text::line(
            &words.replace(self.token.expose_secret(), "[token]"),
            LONGEST_DETAIL,
        )
    }

    fn not_cloud_direct(&self, reason: &str) -> Error {
        Error::NotCloudDirect {
            host: self.host(),
            reason: reason.to_owned(),
        }
    }

    /// No answer, or not all of it.
    fn lost(&self, error: &reqwest::Error) -> Error {
        let host = self.host();
        if error.is_timeout() {
            Error::TimedOut { host }
        } else if error.is_connect() {
            let detail = innermost(error);
            if is_tls(error) {
                Error::Tls { host, detail }
            } else {
                Error::NotReachable { host, detail }
            }
        } else {
            Error::CutOff { host }
        }
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("host", &self.host())
            .finish_non_exhaustive()
    }
}

fn bearer(token: &SecretString) -> Result<HeaderValue, Error> {
    let token = token.expose_secret();
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::TokenUnusable);
    }
    let mut value =
        HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| Error::TokenUnusable)?;
    value.set_sensitive(true);
    Ok(value)
}

fn host(base: &Url) -> String {
    match (base.host_str(), base.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => String::new(),
    }
}

/// What the token may not do, after "may not".
fn right(call: &'static str) -> &'static str {
    match call {
        super::PARTNER => "read the partner's data",
        super::ORGANIZATIONS => "list the organizations",
        super::JOBS => "read the jobs",
        super::USAGE => "read the usage",
        other => other,
    }
}

fn content_type(response: &Response) -> String {
    let value = response.headers().get(CONTENT_TYPE);
    value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_ascii_lowercase()
}

fn starts_like_markup(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"<")
}

/// Seconds, or a date. A date is counted from the answer's own `Date`, so that a wrong clock here
/// does not matter; without that it says nothing.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    const LONGEST: u64 = 24 * 60 * 60;
    let text = |name| headers.get(name)?.to_str().ok().map(str::trim);
    let value = text(RETRY_AFTER)?;
    let seconds = match value.parse::<u64>() {
        Ok(seconds) => seconds,
        Err(_) => {
            let until = rfc2822::parse(value).ok()?.timestamp().as_second();
            let from = rfc2822::parse(text(DATE)?).ok()?.timestamp().as_second();
            u64::try_from(until.saturating_sub(from)).unwrap_or(0)
        }
    };
    Some(Duration::from_secs(seconds.min(LONGEST)))
}

fn missing_field(what: &str) -> Option<&str> {
    what.strip_prefix("missing field `")?.split('`').next()
}

/// The last cause is the one that says something ("connection refused"); those before it repeat the
/// address.
fn innermost(error: &reqwest::Error) -> String {
    let mut last: Option<&(dyn std::error::Error + 'static)> = error.source();
    while let Some(next) = last.and_then(|error| error.source()) {
        last = Some(next);
    }
    let words = last.map_or_else(|| "no further reason".to_owned(), ToString::to_string);
    text::line(&words, LONGEST_DETAIL)
}

/// Rustls hands its errors on as I/O errors of this kind, which may lie within other I/O errors.
fn is_tls(error: &reqwest::Error) -> bool {
    let mut next: Option<&(dyn std::error::Error + 'static)> = error.source();
    while let Some(error) = next {
        let mut within = error.downcast_ref::<io::Error>();
        while let Some(error) = within {
            if error.kind() == io::ErrorKind::InvalidData {
                return true;
            }
            within = error.get_ref().and_then(|inner| inner.downcast_ref());
        }
        next = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_in_both_forms() {
        let date = "Mon, 23 Nov 2026 10:00:00 GMT";
        let table = [
            ("120", Some(date), Some(120)),
            (" 0 ", None, Some(0)),
            ("Mon, 23 Nov 2026 10:01:30 GMT", Some(date), Some(90)),
            ("Mon, 23 Nov 2026 09:00:00 GMT", Some(date), Some(0)),
            ("Mon, 23 Nov 2026 10:01:30 GMT", None, None),
            ("99999999999999999999", Some(date), None),
            ("9999999", Some(date), Some(86_400)),
            ("soon", Some(date), None),
            ("-5", Some(date), None),
        ];
        for (value, date, seconds) in table {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_static(value));
            if let Some(date) = date {
                headers.insert(DATE, HeaderValue::from_static(date));
            }
            assert_eq!(
                retry_after(&headers),
                seconds.map(Duration::from_secs),
                "{value} {date:?}"
            );
        }
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }

    #[test]
    fn a_token_that_cannot_be_sent_is_refused_without_repeating_it() {
        for token in ["", "zeb ra", "zebra\n", "zebra\u{e4}", "zeb\0ra"] {
            let error = bearer(&SecretString::from(token)).unwrap_err();
            assert_eq!(error, Error::TokenUnusable);
            assert!(!format!("{error} {error:?}").contains("zeb"), "{error}");
        }
    }
}
