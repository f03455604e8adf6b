//! Seeded random numbers: the same seed and purpose give the same sequence on every computer.

#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    /// A sequence of its own for each purpose, so that one part of the world can change without
    /// moving the others.
    pub(crate) fn new(seed: u64, purpose: &str) -> Random {
        let hash = purpose
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
            });
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ hash);
        random.next();
        random
    }

    /// SplitMix64.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 up to but not including `end`; 0 if `end` is 0.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        if end == 0 { 0 } else { self.next() % end }
    }

    /// From `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = high.saturating_sub(low).unsigned_abs().saturating_add(1);
        low.saturating_add_unsigned(self.below(width))
    }

    /// From 0 up to but not including 1.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// One of them; `T::default()` of an empty list.
    pub(crate) fn pick<T: Copy + Default>(&mut self, from: &[T]) -> T {
        let at = self.below(from.len() as u64);
        usize::try_from(at)
            .ok()
            .and_then(|at| from.get(at))
            .copied()
            .unwrap_or_default()
    }
}
