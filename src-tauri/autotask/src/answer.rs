//! What an answer means, as far as both transports have it in common. Pure functions.

use crate::credentials::Redactor;
use crate::error::{Effect, Error, Refusal};
use crate::meaning::{self, Meaning};
use crate::text;
use crate::wire::{Answer, Purpose};

/// An answer with what is needed to judge it.
pub(crate) struct Judge<'a> {
    pub answer: &'a Answer,
    pub purpose: Purpose,
    pub redactor: &'a Redactor,
}

impl Judge<'_> {
    /// What the status alone decides, whatever the body; `texts` are the messages found in it.
    pub(crate) fn by_status(&self, texts: &[String]) -> Option<Error> {
        let status = self.answer.status;
        let said = || self.said(texts);
        match status {
            401 => Some(match meaning::of(texts) {
                Meaning::UserLocked => Error::UserLocked { said: said() },
                Meaning::TrackingIdentifier => Error::TrackingIdentifierInvalid { said: said() },
                Meaning::Login
                | Meaning::Permission
                | Meaning::ThreadLimit
                | Meaning::Quota
                | Meaning::Zone
                | Meaning::Query
                | Meaning::RolledBack
                | Meaning::Trouble
                | Meaning::Refused(_) => Error::LoginRefused { said: said() },
            }),
            429 => Some(if meaning::of(texts) == Meaning::Quota {
                self.quota()
            } else {
                self.thread_limit()
            }),
            // A redirect or a proxy's demand for a login: the request was not carried out.
            300..=399 | 407 => Some(self.not_autotask(Effect::None)),
            400..=499 if self.answer.is_html() => Some(self.not_autotask(Effect::None)),
            // Autotask's own web server, or one before it, says in its way that it failed.
            500.. if self.answer.is_html() => Some(self.server_error(None, self.purpose.effect())),
            _ if self.answer.is_html() => Some(self.not_autotask(self.purpose.effect())),
            _ => None,
        }
    }

    /// An answer in Autotask's form that says "no".
    pub(crate) fn by_texts(&self, texts: &[String]) -> Error {
        let writing = self.purpose.rows_written();
        let said = self.said(texts);
        match (meaning::of(texts), writing) {
            (Meaning::Login, _) => Error::LoginRefused { said },
            (Meaning::UserLocked, _) => Error::UserLocked { said },
            (Meaning::TrackingIdentifier, _) => Error::TrackingIdentifierInvalid { said },
            (Meaning::Permission, _) => Error::NoPermission {
                what: self.purpose.words(),
                said,
            },
            (Meaning::ThreadLimit, _) => self.thread_limit(),
            (Meaning::Quota, _) => self.quota(),
            (Meaning::RolledBack, _) => self.server_error(said, Effect::None),
            (Meaning::Trouble, _) => self.server_error(said, self.purpose.effect()),
            (Meaning::Refused(refusal), Some(rows)) => self.refused(texts, refusal, rows),
            (Meaning::Query | Meaning::Zone, Some(rows)) => {
                self.refused(texts, Refusal::Other, rows)
            }
            (Meaning::Query, None) => Error::Query {
                reason: said.unwrap_or_default(),
            },
            // A wrong username is answered in words that nobody has written down: whatever else
            // the first call is told, it must not be tried again and again.
            (Meaning::Refused(_), None) if self.purpose == Purpose::LogIn => {
                Error::LoginRefused { said }
            }
            (Meaning::Refused(_) | Meaning::Zone, None) => self.server_error(said, Effect::None),
        }
    }

    /// A status of 400 and more without a message.
    pub(crate) fn without_texts(&self) -> Error {
        match self.answer.status {
            403 => Error::NoPermission {
                what: self.purpose.words(),
                said: None,
            },
            status @ 400..=499 => Error::query(format!(
                "{} answered {} with status {status}",
                self.answer.host,
                self.purpose.words()
            )),
            _ => {
                let excerpt = text::single_line(&self.redactor.excerpt(&self.answer.body));
                let said = (!excerpt.is_empty()).then(|| text::cut(&excerpt, 300).into_owned());
                self.server_error(said, self.purpose.effect())
            }
        }
    }

    pub(crate) fn malformed(&self, detail: impl Into<String>) -> Error {
        Error::Malformed {
            host: self.answer.host.clone(),
            detail: text::cut(&self.redactor.redact(&detail.into()), 300).into_owned(),
            excerpt: self.redactor.excerpt(&self.answer.body),
            effect: self.purpose.effect(),
        }
    }

    pub(crate) fn not_autotask(&self, effect: Effect) -> Error {
        Error::NotAutotask {
            host: self.answer.host.clone(),
            status: self.answer.status,
            excerpt: self.redactor.excerpt(&self.answer.body),
            effect,
        }
    }

    pub(crate) fn server_error(&self, said: Option<String>, effect: Effect) -> Error {
        Error::ServerError {
            status: self.answer.status,
            said,
            effect,
        }
    }

    fn refused(&self, texts: &[String], refusal: Refusal, rows: usize) -> Error {
        let texts: Vec<String> = texts
            .iter()
            .map(|text| self.redactor.excerpt(text.as_bytes()))
            .collect();
        Error::Refused {
            what: self.purpose.words(),
            refusal,
            messages: meaning::of_rows(&texts, rows),
        }
    }

    fn thread_limit(&self) -> Error {
        Error::ThreadLimit {
            retry_after: self.answer.retry_after,
        }
    }

    fn quota(&self) -> Error {
        Error::QuotaUsedUp {
            retry_after: self.answer.retry_after,
        }
    }

    pub(crate) fn said(&self, texts: &[String]) -> Option<String> {
        let said = self.redactor.excerpt(texts.join(" ").as_bytes());
        let said = text::single_line(&said);
        (!said.is_empty()).then_some(said)
    }
}
