//! Who may call Autotask, how often, and how many calls at the same time.
//!
//! 10,000 calls per rolling hour belong to the whole tenant; from half of it answers come 0.5 s
//! later, from three quarters 1 s later, and above it calls are refused. Each tracking identifier
//! has three threads per endpoint. Both can be switched off. Zone look-ups are free.
//!
//! Whether they are on or off, [`LimitsSeen`] notes how close callers came to the limits.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

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

/// How close callers came to the limits, since the start or since it was forgotten.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LimitsSeen {
    /// The most calls that were carried out at the same time, for each endpoint: an entity by
    /// REST name, whichever way it was called, or an operation without one. By any one tracking
    /// identifier.
    pub at_a_time: BTreeMap<&'static str, u32>,
    /// Calls refused because of the thread limit.
    pub thread_refusals: u64,
    /// Calls refused because of the hourly quota.
    pub quota_refusals: u64,
    /// The most calls of any hour.
    pub most_in_an_hour: u64,
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
    /// The sum of `calls`.
    used: u64,
    seen: LimitsSeen,
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
        while let Some((at, count)) = self.calls.front().copied()
            && now.duration_since(at) >= window
        {
            self.calls.pop_front();
            self.used = self.used.saturating_sub(count);
        }
        self.used
    }

    fn count(&mut self, now: Timestamp) {
        match self.calls.back_mut() {
            Some((at, count)) if *at == now => *count += 1,
            Some(_) | None => self.calls.push_back((now, 1)),
        }
        self.used += 1;
        self.seen.most_in_an_hour = self.seen.most_in_an_hour.max(self.used);
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
            used: 0,
            seen: LimitsSeen::default(),
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
        endpoint: &'static str,
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
        let key = format!("{} {endpoint}", caller.tracking_identifier.trim());
        let in_flight = inner.in_flight.get(&key).copied().unwrap_or(0);
        if inner.limits && in_flight >= THREADS {
            inner.seen.thread_refusals += 1;
            return Err(Denial::Threads);
        }
        let used = inner.used(now).saturating_add(1);
        if inner.limits && used > CALLS_PER_HOUR {
            inner.seen.quota_refusals += 1;
            return Err(Denial::Quota);
        }
        inner.count(now);
        let at_a_time = inner.in_flight.entry(key.clone()).or_insert(0);
        *at_a_time += 1;
        let at_a_time = *at_a_time;
        let most = inner.seen.at_a_time.entry(endpoint).or_insert(0);
        *most = at_a_time.max(*most);
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
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.calls = VecDeque::from([(now, used)]);
        inner.used = used;
    }

    pub(crate) fn seen(&self) -> LimitsSeen {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.seen.clone()
    }

    pub(crate) fn forget_seen(&self) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.seen = LimitsSeen::default();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_later_from_half_the_quota_and_later_still_from_three_quarters() {
        let cases = [
            (1, 0),
            (4_999, 0),
            (5_000, 500),
            (7_499, 500),
            (7_500, 1_000),
            (10_000, 1_000),
        ];
        for (used, milliseconds) in cases {
            assert_eq!(
                delay_at(used),
                Duration::from_millis(milliseconds),
                "{used} calls"
            );
        }
    }
}
