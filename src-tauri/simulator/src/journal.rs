//! Every call that the simulated services received, in order of arrival.
//!
//! Bodies are kept only where that is asked for, and no more than [`KEPT_BYTES`] of them: the
//! oldest are forgotten first, their calls stay. A body is kept whole or not at all.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::Serialize;

use crate::faults::Service;

/// Older calls than this many are forgotten.
const KEPT: usize = 200_000;
/// Bytes of bodies that are kept, all together.
const KEPT_BYTES: usize = 64 * 1024 * 1024;

/// One call.
#[derive(Debug, Clone, Serialize)]
pub struct Call {
    /// When it arrived, by the simulator's clock.
    pub at: Timestamp,
    pub service: Service,
    /// `rest`, `soap` or `portal`.
    pub transport: &'static str,
    /// The HTTP method.
    pub method: String,
    /// `query`, `create`, `threshold`, `jobs` …
    pub operation: &'static str,
    /// The entity's REST name, for SOAP too.
    pub entity: Option<&'static str>,
    /// Rows read or written.
    pub rows: usize,
    /// The HTTP status of the answer, whether or not it arrived.
    pub status: u16,
    /// The fault that was applied.
    pub fault: Option<String>,
    /// The request's body, if bodies are kept (see [`Config::keep_bodies`](crate::Config)).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// The answer's body, whether or not it arrived, if bodies are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
}

impl Call {
    fn body_bytes(&self) -> usize {
        let length = |body: &Option<String>| body.as_ref().map_or(0, String::len);
        length(&self.request) + length(&self.answer)
    }
}

#[derive(Debug, Default)]
struct Pages {
    calls: VecDeque<Call>,
    /// Calls that are forgotten, so that a place in `calls` can be told from a number.
    forgotten: usize,
    keeps_bodies: bool,
    /// Bytes of all bodies that are kept.
    body_bytes: usize,
    /// The number of the oldest call whose bodies may still be there.
    oldest_body: usize,
}

impl Pages {
    fn push(&mut self, mut call: Call) {
        if self.calls.len() >= KEPT
            && let Some(oldest) = self.calls.pop_front()
        {
            self.forgotten += 1;
            self.body_bytes -= oldest.body_bytes();
        }
        let bytes = call.body_bytes();
        if bytes > KEPT_BYTES {
            (call.request, call.answer) = (None, None);
        } else {
            self.body_bytes += bytes;
        }
        self.calls.push_back(call);
        while self.body_bytes > KEPT_BYTES {
            let at = self.oldest_body.saturating_sub(self.forgotten);
            let Some(oldest) = self.calls.get_mut(at) else {
                break;
            };
            self.body_bytes -= oldest.body_bytes();
            (oldest.request, oldest.answer) = (None, None);
            self.oldest_body = self.forgotten + at + 1;
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Journal(Mutex<Pages>);

impl Journal {
    pub(crate) fn new(keeps_bodies: bool) -> Journal {
        Journal(Mutex::new(Pages {
            keeps_bodies,
            ..Pages::default()
        }))
    }

    /// The call with its bodies, or without them where they are not to be kept.
    pub(crate) fn record(&self, call: Call, request: &[u8], answer: &str) {
        let mut pages = self.pages();
        let call = if pages.keeps_bodies {
            Call {
                request: Some(String::from_utf8_lossy(request).into_owned()),
                answer: Some(answer.to_owned()),
                ..call
            }
        } else {
            call
        };
        pages.push(call);
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.pages().calls.iter().cloned().collect()
    }

    pub(crate) fn count(&self, service: Service) -> u64 {
        let pages = self.pages();
        let of_it = pages.calls.iter().filter(|call| call.service == service);
        of_it.count() as u64
    }

    /// Whether the bodies of calls from now on are kept.
    pub(crate) fn keep_bodies(&self, keep: bool) {
        self.pages().keeps_bodies = keep;
    }

    pub(crate) fn clear(&self) {
        let mut pages = self.pages();
        *pages = Pages {
            keeps_bodies: pages.keeps_bodies,
            ..Pages::default()
        };
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call() -> Call {
        Call {
            at: Timestamp::UNIX_EPOCH,
            service: Service::Autotask,
            transport: "soap",
            method: "POST".to_owned(),
            operation: "query",
            entity: None,
            rows: 0,
            status: 200,
            fault: None,
            request: None,
            answer: None,
        }
    }

    #[test]
    fn the_oldest_bodies_make_room_and_their_calls_stay() {
        let journal = Journal::new(true);
        let body = "x".repeat(KEPT_BYTES / 4);
        for _ in 0..6 {
            journal.record(call(), b"", &body);
        }
        let kept: Vec<bool> = journal
            .calls()
            .iter()
            .map(|call| call.answer.is_some())
            .collect();
        assert_eq!(kept, [false, false, true, true, true, true]);
    }

    #[test]
    fn a_body_that_fits_nowhere_is_left_out_and_leaves_the_others() {
        let journal = Journal::new(true);
        journal.record(call(), b"request", "answer");
        journal.record(call(), b"", &"x".repeat(KEPT_BYTES + 1));
        let answers: Vec<Option<String>> = journal
            .calls()
            .into_iter()
            .map(|call| call.answer)
            .collect();
        assert_eq!(answers, [Some("answer".to_owned()), None]);
    }

    #[test]
    fn without_being_asked_no_body_is_kept() {
        let journal = Journal::default();
        journal.record(call(), b"request", "answer");
        journal.keep_bodies(true);
        journal.record(call(), b"request", "answer");
        journal.keep_bodies(false);
        journal.record(call(), b"request", "answer");
        let requests: Vec<Option<String>> = journal
            .calls()
            .into_iter()
            .map(|call| call.request)
            .collect();
        assert_eq!(requests, [None, Some("request".to_owned()), None]);
    }
}
