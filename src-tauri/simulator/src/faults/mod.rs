//! Faults on demand: what goes wrong, where, and how often.
//!
//! The first fault in the order of adding that fits a call and is due is applied, one per call.
//! Every other fault that fits counts the call too.

mod line;

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::door::PicklistField;
use crate::random::Random;

pub use line::FaultSyntax;

/// One of the two simulated services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Service {
    Autotask,
    CloudDirect,
}

/// How often a fault is applied to the calls that fit it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    Once,
    /// Every n-th call: the n-th, the 2n-th …
    EveryNth(u32),
    /// With this probability, by the seed's random numbers.
    Probability(f64),
    Always,
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// The answer comes later; a write has happened before. In JSON: `{"delay_ms": 500}`.
    #[serde(rename = "delay_ms", with = "milliseconds")]
    Delay(Duration),
    /// The connection is cut; nothing was stored.
    DropBefore,
    /// The connection is cut after a write took effect.
    DropAfter,
    /// The connection is cut, and a call to Autotask takes effect so much later, by the simulator's
    /// clock: at the first call after that, or when the clock is set forward. Nobody tells a server
    /// that its caller has gone. On a call to the portal, which writes nothing, as `DropBefore`. In
    /// JSON: `{"drop_late_ms": 240000}`.
    #[serde(rename = "drop_late_ms", with = "milliseconds")]
    DropLate(Duration),
    /// Half of the answer arrives, after a write took effect.
    Truncate,
    /// A proxy's page in place of an answer, status 200; nothing was stored.
    HtmlPage,
    /// This HTTP status in place of an answer; nothing was stored. From the portal, 429 and 503
    /// carry `Retry-After`.
    Status(u16),
    /// The login is refused.
    LoginRevoked,
    /// The user is locked.
    UserLocked,
    /// More than the hourly number of calls has been made.
    QuotaUsedUp,
    /// Too many calls at the same time.
    ThreadLimit,
    /// An administrator makes a picklist value inactive just before the call, which is then
    /// carried out. Nothing, on a call to the portal.
    PicklistValueVanishes { field: PicklistField, value: i64 },
}

mod milliseconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        delay: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(u64::try_from(delay.as_millis()).unwrap_or(u64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_millis)
    }
}

/// One fault; also read from a line of text, see [`FaultSyntax`]. `on` is an entity (`Tickets`; SOAP's `Ticket` means the same), an operation
/// (`create`) or both (`Tickets/create`), in any case; none means every call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    pub service: Service,
    #[serde(default)]
    pub on: Option<String>,
    pub when: When,
    pub what: What,
}

/// Names a fault that was added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultId(pub u64);

impl fmt::Display for FaultId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A call, as far as faults are concerned.
pub(crate) struct Target<'a> {
    pub service: Service,
    pub operation: &'a str,
    /// The entity's names: REST, SOAP.
    pub entity: Option<(&'a str, &'a str)>,
}

impl Target<'_> {
    fn fits(&self, fault: &Fault) -> bool {
        if fault.service != self.service {
            return false;
        }
        let Some(on) = fault
            .on
            .as_deref()
            .map(str::trim)
            .filter(|on| !on.is_empty())
        else {
            return true;
        };
        let is_entity = |name: &str| {
            self.entity.is_some_and(|(rest, soap)| {
                rest.eq_ignore_ascii_case(name) || soap.eq_ignore_ascii_case(name)
            })
        };
        match on.split_once('/') {
            Some((entity, operation)) => {
                is_entity(entity) && self.operation.eq_ignore_ascii_case(operation)
            }
            None => is_entity(on) || self.operation.eq_ignore_ascii_case(on),
        }
    }
}

#[derive(Debug)]
struct Added {
    id: FaultId,
    fault: Fault,
    fitting_calls: u32,
    spent: bool,
}

#[derive(Debug)]
struct Inner {
    faults: Vec<Added>,
    next_id: u64,
    random: Random,
}

#[derive(Debug)]
pub(crate) struct FaultBook(Mutex<Inner>);

impl FaultBook {
    pub(crate) fn new(seed: u64) -> FaultBook {
        FaultBook(Mutex::new(Inner {
            faults: Vec::new(),
            next_id: 1,
            random: Random::new(seed, "faults"),
        }))
    }

    pub(crate) fn add(&self, fault: Fault) -> FaultId {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let id = FaultId(inner.next_id);
        inner.next_id += 1;
        inner.faults.push(Added {
            id,
            fault,
            fitting_calls: 0,
            spent: false,
        });
        id
    }

    /// False if there is no such fault.
    pub(crate) fn remove(&self, id: FaultId) -> bool {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = inner.faults.len();
        inner.faults.retain(|added| added.id != id);
        inner.faults.len() < before
    }

    pub(crate) fn clear(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .faults
            .clear();
    }

    /// The faults that can still be applied.
    pub(crate) fn list(&self) -> Vec<(FaultId, Fault)> {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner
            .faults
            .iter()
            .filter(|added| !added.spent)
            .map(|added| (added.id, added.fault.clone()))
            .collect()
    }

    /// The fault for this call, if one is due.
    pub(crate) fn pick(&self, target: &Target<'_>) -> Option<What> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Inner { faults, random, .. } = &mut *inner;
        let mut picked = None;
        for added in faults.iter_mut().filter(|added| !added.spent) {
            if !target.fits(&added.fault) {
                continue;
            }
            added.fitting_calls = added.fitting_calls.saturating_add(1);
            let due = match added.fault.when {
                When::Once | When::Always => true,
                When::EveryNth(n) => added.fitting_calls.is_multiple_of(n.max(1)),
                When::Probability(probability) => random.chance(probability),
            };
            if due && picked.is_none() {
                picked = Some(added.fault.what);
                added.spent = added.fault.when == When::Once;
            }
        }
        picked
    }
}

/// Adds and removes faults of a running simulator.
#[derive(Debug, Clone)]
pub struct Faults(pub(crate) std::sync::Arc<crate::shared::Shared>);

impl Faults {
    pub fn add(&self, fault: Fault) -> FaultId {
        self.0.faults.add(fault)
    }

    /// False if there is no such fault.
    pub fn remove(&self, id: FaultId) -> bool {
        self.0.faults.remove(id)
    }

    pub fn clear(&self) {
        self.0.faults.clear();
    }

    /// The faults that can still be applied.
    pub fn list(&self) -> Vec<(FaultId, Fault)> {
        self.0.faults.list()
    }
}
