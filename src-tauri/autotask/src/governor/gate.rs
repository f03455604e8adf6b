//! Places for calls to one endpoint: so many at the same time, and the most urgent first.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use super::Priority;
use crate::wire::Endpoint;

pub(super) struct Gates {
    places: usize,
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    gates: HashMap<Endpoint, Gate>,
    arrivals: u64,
}

#[derive(Default)]
struct Gate {
    busy: usize,
    /// By urgency, then by arrival.
    waiting: BTreeMap<(Priority, u64), oneshot::Sender<Place>>,
}

/// A place that is taken until this is dropped.
pub(super) struct Place {
    inner: Arc<Mutex<Inner>>,
    endpoint: Endpoint,
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Place")
    }
}

impl Gates {
    /// So many places for each endpoint.
    pub fn new(places: usize) -> Self {
        Self {
            places,
            inner: Arc::new(Mutex::new(Inner {
                gates: HashMap::new(),
                arrivals: 0,
            })),
        }
    }

    /// Waits for a place. Whoever gives up waiting is passed over.
    pub async fn enter(&self, endpoint: Endpoint, priority: Priority) -> Place {
        loop {
            let waiting = {
                let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
                inner.arrivals += 1;
                let arrival = inner.arrivals;
                let gate = inner.gates.entry(endpoint).or_default();
                if gate.busy < self.places {
                    gate.busy += 1;
                    return self.place(endpoint);
                }
                let (sender, receiver) = oneshot::channel();
                gate.waiting.insert((priority, arrival), sender);
                receiver
            };
            // The sender is never dropped unused; if it were, waiting again is right.
            if let Ok(place) = waiting.await {
                return place;
            }
        }
    }

    fn place(&self, endpoint: Endpoint) -> Place {
        Place {
            inner: Arc::clone(&self.inner),
            endpoint,
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut next = None;
        {
            let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(gate) = inner.gates.get_mut(&self.endpoint) {
                next = gate.waiting.pop_first().map(|(_, sender)| sender);
                if next.is_none() {
                    gate.busy -= 1;
                }
            }
        }
        // Handed on rather than given back. One that nobody waits for any more comes back as the
        // error and is dropped in turn, which hands it on to the next.
        if let Some(sender) = next {
            let handed_on = Place {
                inner: Arc::clone(&self.inner),
                endpoint: self.endpoint,
            };
            drop(sender.send(handed_on));
        }
    }
}
