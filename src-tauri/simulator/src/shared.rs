//! What all parts of a running simulator share.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::http::request::Parts;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::autotask::tenant::Tenant;
use crate::clock::Clock;
use crate::cloud_direct::portal::Portal;
use crate::faults::FaultBook;
use crate::gate::Gate;
use crate::journal::Journal;
use crate::{Addresses, Config, Logins};

pub(crate) struct Shared {
    pub clock: Clock,
    pub logins: Logins,
    pub addresses: Addresses,
    pub gate: Gate,
    pub faults: FaultBook,
    pub journal: Journal,
    pub stop: CancellationToken,
    /// Calls to Autotask that nobody waits for any more, and when each takes effect.
    late: Mutex<Vec<(Timestamp, Parts, Bytes)>>,
    tenant: Mutex<Tenant>,
    portal: Mutex<Portal>,
}

/// Shows the addresses only: the rest is large, and holds what is secret.
impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("addresses", &self.addresses)
            .finish_non_exhaustive()
    }
}

impl Shared {
    pub(crate) fn new(
        clock: Clock,
        logins: Logins,
        addresses: Addresses,
        config: &Config,
        world: (Tenant, Portal),
    ) -> Shared {
        Shared {
            clock,
            gate: Gate::new(logins.clone(), config.limits),
            logins,
            addresses,
            faults: FaultBook::new(config.seed),
            journal: Journal::new(config.keep_bodies),
            stop: CancellationToken::new(),
            late: Mutex::default(),
            tenant: Mutex::new(world.0),
            portal: Mutex::new(world.1),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn postpone(&self, until: Timestamp, parts: &Parts, body: &Bytes) {
        let mut late = self.late.lock().unwrap_or_else(PoisonError::into_inner);
        late.push((until, parts.clone(), body.clone()));
    }

    /// The postponed calls whose time has come, in the order in which it did.
    pub(crate) fn take_late(&self) -> Vec<(Timestamp, Parts, Bytes)> {
        let now = self.now();
        let mut late = self.late.lock().unwrap_or_else(PoisonError::into_inner);
        late.sort_by_key(|(until, _, _)| *until);
        let due = late.partition_point(|(until, _, _)| *until <= now);
        late.drain(..due).collect()
    }

    pub(crate) fn tenant(&self) -> MutexGuard<'_, Tenant> {
        self.tenant.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The portal, with every job that has finished by now.
    pub(crate) fn portal(&self) -> MutexGuard<'_, Portal> {
        let mut portal = self.portal.lock().unwrap_or_else(PoisonError::into_inner);
        portal.catch_up(self.clock.now());
        portal
    }
}
