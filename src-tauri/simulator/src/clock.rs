//! The simulator's clock: a start, a speed, and a jump forward on demand.
//!
//! It only ever goes forward. With speed 0 it stands still, which tests use.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

#[derive(Debug)]
pub(crate) struct Clock(Mutex<Running>);

#[derive(Debug, Clone, Copy)]
struct Running {
    from: Timestamp,
    since: Instant,
    speed: f64,
}

impl Running {
    fn now(&self) -> Timestamp {
        let seconds = self.since.elapsed().as_secs_f64() * self.speed;
        let passed = SignedDuration::try_from_secs_f64(seconds).unwrap_or(SignedDuration::ZERO);
        self.from.checked_add(passed).unwrap_or(self.from)
    }
}

impl Clock {
    /// A clock that starts at `start`, or at the real time if there is none.
    pub(crate) fn start(start: Option<Timestamp>, speed: f64) -> Clock {
        let from = start.unwrap_or_else(real_time);
        Clock(Mutex::new(Running {
            from,
            since: Instant::now(),
            speed: sane(speed),
        }))
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).now()
    }

    pub(crate) fn speed(&self) -> f64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).speed
    }

    pub(crate) fn set_speed(&self, speed: f64) {
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *running = Running {
            from: running.now(),
            since: Instant::now(),
            speed: sane(speed),
        };
    }

    pub(crate) fn advance(&self, by: Duration) {
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = running.now();
        let from = now.checked_add(by).unwrap_or(now);
        *running = Running {
            from,
            since: Instant::now(),
            speed: running.speed,
        };
    }
}

/// A speed that is not a number or runs backwards means: stand still.
fn sane(speed: f64) -> f64 {
    if speed.is_finite() && speed > 0.0 {
        speed
    } else {
        0.0
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the simulator reads the real time"
)]
fn real_time() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}
