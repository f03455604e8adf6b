//! How fast calls go out: one governor for each tenant, shared by everything that calls it.
//!
//! Autotask gives a tenant 10,000 calls per rolling hour, for all of its integrations together, and
//! each integration three calls at the same time per kind of entity. Whoever goes over the first
//! shuts everybody out; whoever goes over the second is refused. So:
//!
//! * **At the same time**: two calls per kind of entity ([`Limits::concurrent`]). Who waits for a
//!   place goes by [`Priority`], and by order of arrival within it.
//! * **In an hour**: the governor keeps a rolling count of its own, and reads the tenant's now and
//!   then, in which the others' calls are. Between two readings it takes the others' for as many as
//!   they were.
//! * **From half of the quota on** calls start no faster than at the rate that would keep the hour
//!   within the share for ever: at 80 % of 10,000 one every 0.45 s. Autotask itself answers half a
//!   second later then.
//! * **At its share** ([`Limits::share`]) it stops: the call fails with
//!   [`Error::HeldBack`] and is not sent. Lower priorities stop a little earlier, so that something
//!   is left for the higher. What a person is waiting for is not slowed, and stops only just below the
//!   quota itself.
//!
//! Sources: the vendor's help, *Thresholds and limits* (10,000 calls, 60 minutes, delays from 50 %)
//! and *Thread limiting* (three per tracking identifier and entity).
//!
//! Clients share a governor by sharing their [`Options`](crate::Options), and differ in how urgent
//! their calls are:
//!
//! ```no_run
//! use autotask::{Api, Client, Credentials, Error, Governor, Limits, Options, Priority, Zone};
//!
//! # fn example(zone: Zone, credentials: Credentials) -> Result<(), Error> {
//! let options = Options {
//!     governor: Governor::new(Limits {
//!         share: 60,
//!         ..Limits::default()
//!     }),
//!     ..Options::default()
//! };
//! let rest = Client::new(&zone, Api::Rest, credentials.clone(), options.clone())?;
//! let soap = Client::new(&zone, Api::Soap, credentials, options)?;
//! let clean_up = soap.with_priority(Priority::Low);
//! println!("{} calls of this hour are used", clean_up.governor().used());
//! println!("{}", rest.governor().estimate(2_000, Priority::Low));
//! # Ok(())
//! # }
//! ```

mod count;
mod estimate;
mod gate;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::error::Error;
use crate::field::Threshold;
use crate::wire::Endpoint;
use count::Count;
pub use estimate::Estimate;
use gate::Gates;

/// What a call is for, the most urgent first. Who is more urgent goes first where calls wait, and
/// may use more of the quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// A person is waiting: login tests, searches, a test ticket. Not slowed.
    Interactive,
    /// Stops at the whole [share](Limits::share).
    Urgent,
    /// Stops at 97 % of it.
    High,
    /// Stops at 94 % of it. What a client has unless it is told otherwise.
    Normal,
    /// Stops at 90 % of it, and lets everybody else go first.
    Low,
}

/// What a governor keeps to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Calls at the same time per kind of entity. Autotask allows three per tracking identifier and
    /// answers 429 to the fourth.
    pub concurrent: usize,
    /// Percent of the tenant's quota at which it stops, from 1 to 100. All integrations' calls
    /// count.
    pub share: u8,
    /// The tenant's count is read after so many calls of its own; 0 for never. Each reading is a
    /// call.
    pub look_every: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            concurrent: 2,
            share: 80,
            look_every: 100,
        }
    }
}

/// See the [module](self). Clones are one and the same governor.
#[derive(Clone)]
pub struct Governor {
    inner: Arc<Inner>,
}

struct Inner {
    state: Mutex<State>,
    gates: Gates,
}

struct State {
    limits: Limits,
    count: Count,
    /// Whose calls are counted.
    tenant: Option<String>,
    /// When the next paced call may start.
    next_start: Option<Instant>,
    /// Of the latest calls, the newest weighing most.
    latency: Option<Duration>,
}

/// A call that may be made. Dropped when its answer is there.
#[derive(Debug)]
pub(crate) struct Pass {
    _place: gate::Place,
    governor: Governor,
    began: Instant,
}

impl Pass {
    /// The answer came: how long it took tells how long others will take.
    pub(crate) fn answered(&self) {
        let took = self.began.elapsed();
        let mut state = self.governor.state();
        state.latency = Some(match state.latency {
            None => took,
            Some(known) => (known * 7 + took) / 8,
        });
    }
}

/// What is asked before a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asks {
    /// A call of this priority.
    Call(Priority),
    /// A login or the tenant's count: always let through, and counted.
    Usage,
}

impl Governor {
    /// With an empty count. It comes to know its tenant when a client is made with it.
    pub fn new(limits: Limits) -> Self {
        Self {
            inner: Arc::new(Inner {
                gates: Gates::new(limits.concurrent.max(1)),
                state: Mutex::new(State {
                    limits,
                    count: Count::default(),
                    tenant: None,
                    next_start: None,
                    latency: None,
                }),
            }),
        }
    }

    /// What it keeps to now.
    pub fn limits(&self) -> Limits {
        self.state().limits
    }

    /// Percent of the quota at which it stops, from now on; from 1 to 100, what is outside counts as
    /// the nearer of the two.
    pub fn set_share(&self, percent: u8) {
        self.state().limits.share = percent;
    }

    /// Calls of the last hour as far as they are known: its own, and those that the tenant's other
    /// integrations had made when their count was last read.
    pub fn used(&self) -> u64 {
        self.state().count.used(Instant::now())
    }

    /// What so many calls would take, beginning now, beside as many calls of others as are known.
    ///
    /// ```
    /// use autotask::{Governor, Priority};
    ///
    /// let estimate = Governor::default().estimate(100, Priority::Normal);
    /// // Two at the same time, and 0.4 s each as long as none has been measured.
    /// assert_eq!(estimate.duration.as_secs(), 20);
    /// ```
    pub fn estimate(&self, calls: u64, priority: Priority) -> Estimate {
        let now = Instant::now();
        let mut state = self.state();
        let used = state.count.used(now);
        estimate::estimate(&estimate::Outlook {
            calls,
            used,
            quota: state.count.quota(),
            cap: state.cap(priority),
            window: state.count.window(),
            spacing: state.spacing(),
            concurrent: state.limits.concurrent.max(1),
            latency: state.latency,
        })
    }

    /// From now on it counts this tenant's calls. Another tenant's are forgotten.
    pub(crate) fn serve(&self, tenant: &str) {
        let mut state = self.state();
        if state.tenant.as_deref() != Some(tenant) {
            state.tenant = Some(tenant.to_owned());
            state.count = Count::default();
            state.next_start = None;
            state.latency = None;
        }
    }

    /// Whether the tenant's count is to be read before the next call. Says so to one caller only.
    pub(crate) fn should_look(&self) -> bool {
        let mut state = self.state();
        let every = state.limits.look_every;
        let near = state.cap(Priority::Low);
        state.count.take_look(every, near, Instant::now())
    }

    /// The tenant's count, as Autotask tells it.
    pub(crate) fn observe(&self, threshold: Threshold) {
        self.state().count.observe(threshold, Instant::now());
    }

    /// Autotask says that the quota is used up, which was not known here: the tenant's count is read
    /// before the next call.
    pub(crate) fn doubt(&self) {
        self.state().count.doubt();
    }

    /// Waits for a place, and for the pace.
    pub(crate) async fn admit(&self, endpoint: Endpoint, asks: Asks) -> Result<Pass, Error> {
        let priority = match asks {
            Asks::Call(priority) => priority,
            Asks::Usage => Priority::Interactive,
        };
        let place = self.inner.gates.enter(endpoint, priority).await;
        let start = self.start(asks)?;
        if let Some(start) = start {
            tokio::time::sleep_until(start).await;
        }
        Ok(Pass {
            _place: place,
            governor: self.clone(),
            began: Instant::now(),
        })
    }

    /// Counts a call, and says when it may start; `None` for at once.
    fn start(&self, asks: Asks) -> Result<Option<Instant>, Error> {
        let now = Instant::now();
        let mut state = self.state();
        let Asks::Call(priority) = asks else {
            state.count.add(now);
            return Ok(None);
        };
        let used = state.count.used(now);
        let cap = state.cap(priority);
        if used >= cap {
            return Err(Error::HeldBack {
                used,
                quota: state.count.quota(),
                share: state.limits.share,
                retry_after: state.count.room_after(used - cap + 1, now),
            });
        }
        state.count.add(now);
        if priority == Priority::Interactive || used < state.count.quota() / 2 {
            return Ok(None);
        }
        let start = state.next_start.map_or(now, |next| next.max(now));
        state.next_start = Some(start + state.spacing());
        Ok(Some(start))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.inner
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The use of the quota at which calls of this priority stop.
    fn cap(&self, priority: Priority) -> u64 {
        let quota = self.count.quota();
        let share = quota * u64::from(self.limits.share.clamp(1, 100)) / 100;
        let percent = match priority {
            // A few calls of a person do no harm where a thousand of a program would.
            Priority::Interactive => return share.max(quota * 99 / 100),
            Priority::Urgent => 100,
            Priority::High => 97,
            Priority::Normal => 94,
            Priority::Low => 90,
        };
        share * percent / 100
    }

    /// Between the starts of two paced calls.
    fn spacing(&self) -> Duration {
        let share = self.cap(Priority::Urgent).clamp(1, u64::from(u32::MAX));
        self.count.window() / u32::try_from(share).unwrap_or(u32::MAX)
    }
}

impl Default for Governor {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl fmt::Debug for Governor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Governor")
            .field("limits", &self.limits())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
