//! Every call that the simulated services received, in order of arrival.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::Serialize;

use crate::faults::Service;

/// Older calls than this many are forgotten.
const KEPT: usize = 200_000;

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
}

#[derive(Debug, Default)]
pub(crate) struct Journal(Mutex<VecDeque<Call>>);

impl Journal {
    pub(crate) fn record(&self, call: Call) {
        let mut calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if calls.len() >= KEPT {
            calls.pop_front();
        }
        calls.push_back(call);
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .cloned()
            .collect()
    }

    pub(crate) fn count(&self, service: Service) -> u64 {
        let calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        calls.iter().filter(|call| call.service == service).count() as u64
    }

    pub(crate) fn clear(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}
