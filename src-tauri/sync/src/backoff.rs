//! How long to wait before trying again: from seconds to a day, spread a little, so that many
//! postings that failed together do not come back together.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

const FIRST: Duration = Duration::from_secs(5);
/// The longest wait.
pub const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The wait after the `attempts`-th failure (1 is the first). `jitter` from 0 to 1 moves it by up to
/// a fifth to either side.
pub fn wait(attempts: u32, jitter: f64) -> Duration {
    let steps = attempts.saturating_sub(1).min(16);
    let plain = FIRST
        .saturating_mul(3_u32.saturating_pow(steps))
        .min(LONGEST);
    plain
        .mul_f64(0.8 + 0.4 * jitter.clamp(0.0, 1.0))
        .min(LONGEST)
}

/// That much later, or the end of time.
pub fn later(now: Timestamp, by: Duration) -> Timestamp {
    SignedDuration::try_from(by)
        .ok()
        .and_then(|by| now.checked_add(by).ok())
        .unwrap_or(Timestamp::MAX)
}

/// What is to be tried later than this was put there by a clock that has been set back since.
pub fn too_far(now: Timestamp) -> Timestamp {
    later(now, LONGEST + Duration::from_secs(60 * 60))
}

/// Whether something is to be tried by now.
pub fn is_due(at: Timestamp, now: Timestamp) -> bool {
    at <= now || at > too_far(now)
}

/// How long this computer waits, `most` at most, before it does something at a time at which others with
/// the same settings do it as well: if they look one after the other, the second one finds it done.
/// Differs from installation to installation and from one `what` to the next, and is the same whenever it
/// is asked for.
pub fn own_wait(installation: &str, what: &str, most: Duration) -> Duration {
    most.mul_f64(jitter(&format!("{installation} {what}"), 0))
}

/// A spread that differs from posting to posting and from attempt to attempt, and is the same
/// whenever it is asked for.
pub fn jitter(key: &str, attempts: u32) -> f64 {
    // FNV-1a: no need for more than evenness.
    let hash = key
        .bytes()
        .chain(attempts.to_le_bytes())
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    f64::from(u32::try_from(hash >> 32).unwrap_or(0)) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_from_seconds_to_a_day() {
        let waits: Vec<u64> = (1..=12)
            .map(|attempts| wait(attempts, 0.5).as_secs())
            .collect();
        let expected = [
            5, 15, 45, 135, 405, 1_215, 3_645, 10_935, 32_805, 86_400, 86_400, 86_400,
        ];
        assert_eq!(waits, expected);
        assert_eq!(wait(u32::MAX, 1.0), LONGEST);
    }

    #[test]
    fn what_a_clock_that_was_set_back_put_far_ahead_is_due() {
        let now: Timestamp = "2026-11-30T05:00:00Z".parse().unwrap();
        let due = |seconds| is_due(later(now, Duration::from_secs(seconds)), now);
        assert!(due(0) && !due(1) && !due(24 * 60 * 60) && due(26 * 60 * 60));
    }

    proptest::proptest! {
        #[test]
        fn the_spread_stays_within_a_fifth(key in ".{0,60}", attempts in 1_u32..30) {
            let spread = jitter(&key, attempts);
            proptest::prop_assert!((0.0..=1.0).contains(&spread));
            let plain = wait(attempts, 0.5).as_secs_f64();
            let spread = wait(attempts, spread).as_secs_f64();
            proptest::prop_assert!(spread >= plain * 0.799 && spread <= plain * 1.201);
        }
    }

    #[test]
    fn two_computers_seldom_wait_equally_long() {
        let waits: std::collections::BTreeSet<u64> = (0..100)
            .map(|n| own_wait(&format!("computer {n}"), "digest", Duration::from_secs(120)))
            .map(|wait| wait.as_secs())
            .collect();
        assert!(waits.len() > 50, "{}", waits.len());
        assert!(waits.iter().all(|wait| *wait <= 120));
        let wait = |what| own_wait("computer", what, Duration::from_secs(120));
        assert_eq!(wait("2026-11-30"), wait("2026-11-30"));
        assert_ne!(wait("2026-11-30"), wait("2026-12-31"));
    }

    #[test]
    fn postings_that_fail_together_do_not_come_back_together() {
        let waits: std::collections::BTreeSet<u64> = (0..100)
            .map(|n| (wait(5, jitter(&format!("ucd-job-{n}"), 5)).as_secs_f64() * 10.0) as u64)
            .collect();
        assert!(waits.len() > 70, "{}", waits.len());
    }
}
