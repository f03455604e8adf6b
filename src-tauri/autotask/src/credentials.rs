//! Who signs in, and how the client behaves.
//!
//! The password leaves [`Credentials`] only into a request. [`Redactor`] takes it, and what it
//! looks like once encoded, out of everything that is kept of an answer.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use secrecy::{ExposeSecret, SecretString};

use crate::governor::Governor;

/// An API user of Autotask and the integration that it works for.
///
/// `Debug` shows the username only.
#[derive(Clone)]
pub struct Credentials {
    /// The whole name, `user@domain.example`.
    pub username: String,
    /// The API user's password. Shown by nothing; sent to the zone only.
    pub password: SecretString,
    /// Autotask's *tracking identifier* (integration code), usually 27 characters: of a vendor, or one
    /// that was made for this API user.
    pub tracking_identifier: String,
}

impl Credentials {
    pub(crate) fn basic_authorization(&self) -> String {
        let pair = format!("{}:{}", self.username, self.password.expose_secret());
        base64::engine::general_purpose::STANDARD.encode(pair)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

/// Which of Autotask's two interfaces is used. Both give the same rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Api {
    /// REST v1.0, the one to use for new work (vendor's help, *SOAP life cycle*).
    Rest,
    /// SOAP 1.6: frozen, but it takes 200 tickets in one call.
    Soap,
}

/// In which zone SOAP writes its times, which carry no designator.
///
/// The vendor's help contradicts itself (*Time and date* has Eastern, *Query* has UTC); every published
/// SOAP client takes them as US Eastern. REST is always UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SoapTime {
    /// US Eastern, with daylight saving. An hour that the clocks skip is read as the one after it, one
    /// that they repeat as the first of the two.
    #[default]
    Eastern,
    /// UTC, as some of the help pages have it.
    Utc,
}

/// How the client behaves.
///
/// Clones hold the same [`governor`](Self::governor), so clients that are made with clones of one
/// `Options` keep one count of calls.
///
/// ```
/// use autotask::Options;
///
/// let options = Options {
///     user_agent: "reports/1.4".to_owned(),
///     ..Options::default()
/// };
/// ```
#[derive(Debug, Clone)]
pub struct Options {
    /// What is sent as `User-Agent`; `autotask-rs/` and this crate's version unless it is set.
    pub user_agent: String,
    /// For the connection, TLS included.
    pub connect_timeout: Duration,
    /// For a whole call that reads, from the first byte sent to the last received.
    pub timeout: Duration,
    /// For a whole create or update. As long as Autotask itself works on a call: whoever gives up
    /// sooner does not know what became of it.
    pub write_timeout: Duration,
    /// In which zone SOAP's times are written and read. Of no effect over REST.
    pub soap_time_zone: SoapTime,
    /// How fast calls go out. Clients of one tenant share one: clone it.
    pub governor: Governor,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            user_agent: concat!("autotask-rs/", env!("CARGO_PKG_VERSION")).to_owned(),
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(60),
            write_timeout: Duration::from_secs(5 * 60),
            soap_time_zone: SoapTime::default(),
            governor: Governor::default(),
        }
    }
}

/// Longest piece of an answer that is kept for a message or a log, in bytes.
pub(crate) const EXCERPT_MAX: usize = 2048;

/// Takes secrets out of text that came from the other side.
#[derive(Clone, Default)]
pub(crate) struct Redactor {
    secrets: Arc<[String]>,
}

impl Redactor {
    pub(crate) fn new(credentials: &Credentials) -> Self {
        let password = credentials.password.expose_secret();
        let mut secrets = vec![credentials.basic_authorization()];
        for plain in [password, credentials.tracking_identifier.as_str()] {
            if plain.is_empty() {
                continue;
            }
            secrets.push(plain.to_owned());
            secrets.push(quick_xml::escape::escape(plain).into_owned());
            secrets.push(
                serde_json::Value::from(plain)
                    .to_string()
                    .trim_matches('"')
                    .to_owned(),
            );
            secrets.push(url::form_urlencoded::byte_serialize(plain.as_bytes()).collect());
        }
        // Longest first, so that no secret survives as the rest of another.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.dedup();
        Self {
            secrets: secrets.into(),
        }
    }

    pub(crate) fn redact(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in self.secrets.iter() {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), "[redacted]");
            }
        }
        text
    }

    /// The beginning of a body, readable, without secrets, [`EXCERPT_MAX`] bytes at most.
    pub(crate) fn excerpt(&self, body: &[u8]) -> String {
        let head = &body[..body.len().min(EXCERPT_MAX * 4)];
        let mut text = self.redact(&String::from_utf8_lossy(head));
        let mut end = text.len().min(EXCERPT_MAX);
        if head.len() < body.len() {
            // The end may hold a part of a secret, which is not found.
            let longest = self.secrets.first().map_or(0, String::len);
            end = end.min(text.len().saturating_sub(longest));
        }
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn redactor(password: &str) -> Redactor {
        Redactor::new(&Credentials {
            username: "api@partner.example".to_owned(),
            password: password.to_owned().into(),
            tracking_identifier: String::new(),
        })
    }

    #[test]
    fn credentials_show_the_username_only() {
        let credentials = Credentials {
            username: "api@partner.example".to_owned(),
            password: "canary".to_owned().into(),
            tracking_identifier: "IDENTIFIER".to_owned(),
        };
        let shown = format!("{credentials:?} {:?}", Redactor::new(&credentials));
        assert!(shown.contains("api@partner.example"));
        assert!(!shown.contains("canary") && !shown.contains("IDENTIFIER"));
    }

    proptest! {
        #[test]
        fn no_part_of_a_long_body_lets_a_secret_through(
            before in 0_usize..3000, times in 1_usize..200, password in "[a-z]{12}#<[a-z]{40}",
        ) {
            let body = format!("{}{}", "-".repeat(before), password.repeat(times));
            let excerpt = redactor(&password).excerpt(body.as_bytes());
            prop_assert!(excerpt.len() <= EXCERPT_MAX);
            prop_assert!(!excerpt.contains(&password[..12]), "{}", excerpt);
        }
    }
}
