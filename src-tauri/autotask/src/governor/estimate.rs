//! What a number of calls would take. Pure.

use std::fmt;
use std::time::Duration;

/// A call's length as long as none has been measured.
const LATENCY: Duration = Duration::from_millis(400);
/// What Autotask adds to a call from half of the quota on.
const ADDED: Duration = Duration::from_millis(500);

/// So many calls, and about how long they take. Shown as "1,940 calls, about 14 minutes".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    /// How many calls were asked about.
    pub calls: u64,
    /// Until the last of them is answered, from how long calls have taken of late; 0.4 s as long as none
    /// has been made.
    pub duration: Duration,
}

/// What an estimate is made from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outlook {
    pub calls: u64,
    pub used: u64,
    pub quota: u64,
    /// The use at which these calls stop.
    pub cap: u64,
    pub window: Duration,
    /// Between two starts from half of the quota on.
    pub spacing: Duration,
    pub concurrent: usize,
    pub latency: Option<Duration>,
}

/// In three stretches: freely up to half of the quota, at the steady pace up to the cap, and then as
/// room comes back: what was sent in one window is free again in the next.
pub(super) fn estimate(outlook: &Outlook) -> Estimate {
    let latency = outlook.latency.unwrap_or(LATENCY).as_secs_f64();
    let at_once = outlook.concurrent as f64;
    let free = latency / at_once;
    let paced = outlook
        .spacing
        .as_secs_f64()
        .max((latency + ADDED.as_secs_f64()) / at_once);
    let half = outlook.quota / 2;

    let mut left = outlook.calls;
    let mut take = |room: u64| {
        let taken = left.min(room);
        left -= taken;
        taken as f64
    };
    let first = take(half.min(outlook.cap).saturating_sub(outlook.used)) * free;
    let room_above_half = outlook.cap.saturating_sub(outlook.used.max(half));
    let mut seconds = first + take(room_above_half) * paced;
    if left > 0 {
        // As many as fit into a window beside the others' calls, one window after the other.
        let window = outlook.window.as_secs_f64();
        let steady = (window / (outlook.cap.max(1) as f64)).max(paced);
        seconds = seconds.max(window) + left as f64 * steady;
    }
    Estimate {
        calls: outlook.calls,
        duration: Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX),
    }
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let calls = if self.calls == 1 { "call" } else { "calls" };
        write!(
            f,
            "{} {calls}, {}",
            grouped(self.calls),
            words(self.duration)
        )
    }
}

fn words(duration: Duration) -> String {
    let about = |number: f64, one: &str, several: &str| {
        let number = number.round().max(1.0);
        let unit = if number == 1.0 { one } else { several };
        format!("about {number} {unit}")
    };
    let seconds = duration.as_secs_f64();
    match seconds {
        ..1.0 => "less than a second".to_owned(),
        ..59.5 => about(seconds, "second", "seconds"),
        // 89.5 minutes are still shown as minutes.
        ..5_370.0 => about(seconds / 60.0, "minute", "minutes"),
        _ => about(seconds / 3600.0, "hour", "hours"),
    }
}

/// `1,940`
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outlook(calls: u64, used: u64) -> Outlook {
        Outlook {
            calls,
            used,
            quota: 10_000,
            cap: 8_000,
            window: Duration::from_secs(3600),
            spacing: Duration::from_millis(450),
            concurrent: 2,
            latency: Some(Duration::from_millis(866)),
        }
    }

    #[test]
    fn an_estimate_goes_by_what_is_used_and_how_long_calls_take() {
        for (calls, used, shown) in [
            (0, 0, "0 calls, less than a second"),
            (1, 0, "1 call, less than a second"),
            (60, 0, "60 calls, about 26 seconds"),
            (138, 0, "138 calls, about 1 minute"),
            (1_940, 0, "1,940 calls, about 14 minutes"),
            // From half on each takes half a second longer.
            (1_940, 5_000, "1,940 calls, about 22 minutes"),
            (1_940, 4_000, "1,940 calls, about 18 minutes"),
            // 1,000 fit below the share; the others wait for the hour to pass.
            (1_940, 7_000, "1,940 calls, about 71 minutes"),
            (100, 9_900, "100 calls, about 61 minutes"),
            (1_234_567, 0, "1,234,567 calls, about 234 hours"),
        ] {
            assert_eq!(
                estimate(&outlook(calls, used)).to_string(),
                shown,
                "{calls} {used}"
            );
        }
    }

    #[test]
    fn an_hour_and_a_half_is_told_in_hours() {
        for (seconds, words_for_it) in [
            (59, "about 59 seconds"),
            (60, "about 1 minute"),
            (5_340, "about 89 minutes"),
            (5_400, "about 2 hours"),
        ] {
            assert_eq!(words(Duration::from_secs(seconds)), words_for_it);
        }
    }

    proptest::proptest! {
        #[test]
        fn more_calls_and_a_fuller_quota_never_take_less(
            calls in 0_u64..20_000, more in 0_u64..1_000, used in 0_u64..10_000, fuller in 0_u64..1_000,
        ) {
            let known = estimate(&outlook(calls, used)).duration;
            proptest::prop_assert!(estimate(&outlook(calls + more, used)).duration >= known);
            proptest::prop_assert!(estimate(&outlook(calls, used + fuller)).duration >= known);
        }
    }
}
