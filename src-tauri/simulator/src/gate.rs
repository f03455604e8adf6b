//! Who may call Autotask, how often, and how many calls at the same time.
//!
//! 10,000 calls per rolling hour belong to the whole tenant; from half of it answers come 0.5 s
//! later, from three quarters 1 s later, and above it calls are refused. Each tracking identifier
//! has three threads per endpoint. Both can be switched off. Zone look-ups are free.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::Logins;

pub(crate) const THREADS: u32 = 3;
pub(crate) const CALLS_PER_HOUR: u64 = 10_000;
pub(crate) const MINUTES: u64 = 60;

/// Why a call is not let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Denial {
    Password,
    UnknownUser,
    Locked,
    IntegrationCode,
    Threads,
    Quota,
}

/// What a caller says about itself. Not shown by `Debug`.
#[derive(Clone, Default)]
pub(crate) struct Caller {
    pub username: String,
    pub password: String,
    pub tracking_identifier: String,
}

/// A call let through.
#[derive(Debug)]
pub(crate) struct Admission {
    pub delay: Duration,
    pub slot: Slot,
}

/// One of a caller's threads, given back when dropped.
pub(crate) struct Slot {
    gate: Arc<Mutex<Inner>>,
    key: String,
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot").finish_non_exhaustive()
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut inner = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = inner.in_flight.get_mut(&self.key) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                inner.in_flight.remove(&self.key);
            }
        }
    }
}

struct Inner {
    limits: bool,
    locked: bool,
    password: String,
    refused_in_a_row: u32,
    calls: VecDeque<(Timestamp, u64)>,
    in_flight: HashMap<String, u32>,
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller")
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner")
            .field("limits", &self.limits)
            .field("locked", &self.locked)
            .finish_non_exhaustive()
    }
}

impl Inner {
    fn used(&mut self, now: Timestamp) -> u64 {
        let window = SignedDuration::from_mins(MINUTES.cast_signed());
        while self
            .calls
            .front()
            .is_some_and(|(at, _)| now.duration_since(*at) >= window)
        {
            self.calls.pop_front();
        }
        self.calls.iter().map(|(_, count)| count).sum()
    }
}

#[derive(Debug)]
pub(crate) struct Gate {
    inner: Arc<Mutex<Inner>>,
    logins: Logins,
}

impl Gate {
    pub(crate) fn new(logins: Logins, limits: bool) -> Gate {
        let inner = Inner {
            limits,
            locked: false,
            password: logins.password.clone(),
            refused_in_a_row: 0,
            calls: VecDeque::new(),
            in_flight: HashMap::new(),
        };
        Gate {
            inner: Arc::new(Mutex::new(inner)),
            logins,
        }
    }

    /// Whether the tenant is the one that a user name belongs to: the domain decides.
    pub(crate) fn knows_domain_of(&self, username: &str) -> bool {
        let domain = |name: &str| {
            name.rsplit_once('@')
                .map(|(_, domain)| domain.trim().to_lowercase())
        };
        let wanted = domain(username);
        wanted.is_some() && wanted == domain(&self.logins.username)
    }

    /// Checks login and limits of a call to `endpoint`, and counts it.
    pub(crate) fn admit(
        &self,
        caller: &Caller,
        endpoint: &str,
        now: Timestamp,
        lock_after: u32,
    ) -> Result<Admission, Denial> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if !caller
            .username
            .trim()
            .eq_ignore_ascii_case(&self.logins.username)
        {
            return Err(Denial::UnknownUser);
        }
        if inner.locked {
            return Err(Denial::Locked);
        }
        if caller.password != inner.password {
            inner.refused_in_a_row += 1;
            inner.locked = lock_after > 0 && inner.refused_in_a_row >= lock_after;
            return Err(Denial::Password);
        }
        inner.refused_in_a_row = 0;
        if caller.tracking_identifier.trim() != self.logins.tracking_identifier {
            return Err(Denial::IntegrationCode);
        }
        let key = format!(
            "{} {}",
            caller.tracking_identifier.trim(),
            endpoint.to_ascii_lowercase()
        );
        let in_flight = inner.in_flight.get(&key).copied().unwrap_or(0);
        if inner.limits && in_flight >= THREADS {
            return Err(Denial::Threads);
        }
        let used = inner.used(now).saturating_add(1);
        if inner.limits && used > CALLS_PER_HOUR {
            return Err(Denial::Quota);
        }
        match inner.calls.back_mut() {
            Some((at, count)) if *at == now => *count += 1,
            Some(_) | None => inner.calls.push_back((now, 1)),
        }
        *inner.in_flight.entry(key.clone()).or_insert(0) += 1;
        let delay = if inner.limits {
            delay_at(used)
        } else {
            Duration::ZERO
        };
        Ok(Admission {
            delay,
            slot: Slot {
                gate: Arc::clone(&self.inner),
                key,
            },
        })
    }

    /// Calls of the last hour.
    pub(crate) fn used(&self, now: Timestamp) -> u64 {
        self.inner
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .used(now)
    }

    /// Sets the calls of the last hour, as if other integrations had made them just now.
    pub(crate) fn set_used(&self, used: u64, now: Timestamp) {
        self.inner
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .calls = VecDeque::from([(now, used)]);
    }

    pub(crate) fn limits(&self) -> bool {
        self.inner
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .limits
    }

    pub(crate) fn set_limits(&self, on: bool) {
        self.inner
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .limits = on;
    }

    pub(crate) fn locked(&self) -> bool {
        self.inner
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .locked
    }

    pub(crate) fn set_locked(&self, locked: bool) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.locked = locked;
        inner.refused_in_a_row = 0;
    }

    pub(crate) fn set_password(&self, password: &str) {
        self.inner
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .password = password.to_owned();
    }
}

fn delay_at(used: u64) -> Duration {
    if used * 4 >= CALLS_PER_HOUR * 3 {
        Duration::from_secs(1)
    } else if used * 2 >= CALLS_PER_HOUR {
        Duration::from_millis(500)
    } else {
        Duration::ZERO
    }
}
