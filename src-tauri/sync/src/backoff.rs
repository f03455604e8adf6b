//! How long to wait before trying again: from seconds to a day, spread a little, so that many
//! postings that failed together do not come back together.

use std::time::Duration;

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
