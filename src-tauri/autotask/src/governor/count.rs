//! Calls of the last hour: our own one by one, the others' as they were last told.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::field::Threshold;

/// What the vendor's help says; a reading corrects it.
const QUOTA: u64 = 10_000;
const WINDOW: Duration = Duration::from_secs(60 * 60);

/// A reading is good for this long, if anything is to be sent.
const LOOK_IS_GOOD: Duration = Duration::from_secs(5 * 60);
/// Close to where calls stop, for this long: the others' calls may have passed.
const LOOK_IS_GOOD_NEAR: Duration = Duration::from_secs(60);

/// Calls that began within the same second are kept as one entry.
const GRAIN: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Count {
    quota: u64,
    window: Duration,
    own: VecDeque<(Instant, u64)>,
    own_sum: u64,
    others: u64,
    looked_at: Option<Instant>,
    own_since_look: u32,
}

impl Default for Count {
    fn default() -> Self {
        Self {
            quota: QUOTA,
            window: WINDOW,
            own: VecDeque::new(),
            own_sum: 0,
            others: 0,
            looked_at: None,
            own_since_look: 0,
        }
    }
}

impl Count {
    pub fn quota(&self) -> u64 {
        self.quota
    }

    pub fn window(&self) -> Duration {
        self.window
    }

    pub fn add(&mut self, now: Instant) {
        self.own_since_look = self.own_since_look.saturating_add(1);
        self.own_sum += 1;
        match self.own.back_mut() {
            Some((at, calls)) if now.saturating_duration_since(*at) < GRAIN => *calls += 1,
            Some(_) | None => self.own.push_back((now, 1)),
        }
    }

    pub fn used(&mut self, now: Instant) -> u64 {
        self.forget_old(now);
        self.others + self.own_sum
    }

    /// How long until so many of our own calls have passed out of the window; if they are not ours,
    /// until it is worth to look again.
    pub fn room_after(&mut self, calls: u64, now: Instant) -> Duration {
        self.forget_old(now);
        let mut passed = 0;
        for (at, count) in &self.own {
            passed += count;
            if passed >= calls {
                let over = *at + self.window + GRAIN;
                let wait = over.saturating_duration_since(now);
                return wait.clamp(Duration::from_secs(1), LOOK_IS_GOOD);
            }
        }
        LOOK_IS_GOOD_NEAR
    }

    /// Whether the tenant's count is to be read now. `near` is the use from which it matters more.
    pub fn take_look(&mut self, every: u32, near: u64, now: Instant) -> bool {
        if every == 0 {
            return false;
        }
        let good = if self.used(now) >= near {
            LOOK_IS_GOOD_NEAR
        } else {
            LOOK_IS_GOOD
        };
        let is_good = self
            .looked_at
            .is_some_and(|at| now.saturating_duration_since(at) < good);
        if is_good && self.own_since_look < every {
            return false;
        }
        // Whoever comes while the reading is under way goes on without it.
        self.looked_at = Some(now);
        self.own_since_look = 0;
        true
    }

    pub fn observe(&mut self, threshold: Threshold, now: Instant) {
        self.forget_old(now);
        if threshold.limit > 0 {
            self.quota = u64::from(threshold.limit);
        }
        if threshold.timeframe_minutes > 0 {
            self.window = Duration::from_secs(60 * u64::from(threshold.timeframe_minutes));
        }
        self.others = u64::from(threshold.used).saturating_sub(self.own_sum);
        self.looked_at = Some(now);
        self.own_since_look = 0;
    }

    /// What is known is wrong: look before anything else.
    pub fn doubt(&mut self) {
        self.looked_at = None;
    }

    fn forget_old(&mut self, now: Instant) {
        while let Some((at, calls)) = self.own.front()
            && now.saturating_duration_since(*at) >= self.window + GRAIN
        {
            self.own_sum -= calls;
            self.own.pop_front();
        }
    }
}
