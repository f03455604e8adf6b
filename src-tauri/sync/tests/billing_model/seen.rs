//! What the histories came by.

use std::ops::AddAssign;

/// What the histories came by, so that a test shows that it tested something.
#[derive(Debug, Default, Clone, Copy)]
pub struct Seen {
    pub histories: u64,
    pub steps: u64,
    pub verified: u64,
    pub needs_review: u64,
    pub held: u64,
    pub blocked: u64,
    /// Lines that were unclear at some time.
    pub unclear: u64,
    pub kills: u64,
    pub corrected: u64,
    /// Of the corrections: compared with the units of before.
    pub restored: u64,
    /// Posted once more after a correction.
    pub anew: u64,
    pub settled: u64,
    pub changed_by_others: u64,
    pub ended: u64,
    /// Renewed contracts.
    pub followed: u64,
    pub taken_off: u64,
    pub adjustments: u64,
}

impl AddAssign for Seen {
    fn add_assign(&mut self, other: Self) {
        self.histories += other.histories;
        self.steps += other.steps;
        self.verified += other.verified;
        self.needs_review += other.needs_review;
        self.held += other.held;
        self.blocked += other.blocked;
        self.unclear += other.unclear;
        self.kills += other.kills;
        self.corrected += other.corrected;
        self.restored += other.restored;
        self.anew += other.anew;
        self.settled += other.settled;
        self.changed_by_others += other.changed_by_others;
        self.ended += other.ended;
        self.followed += other.followed;
        self.taken_off += other.taken_off;
        self.adjustments += other.adjustments;
    }
}

impl Seen {
    pub fn has_seen_everything(&self) -> bool {
        [
            self.verified,
            self.needs_review,
            self.held,
            self.blocked,
            self.unclear,
            self.kills,
            self.corrected,
            self.restored,
            self.anew,
            self.settled,
            self.changed_by_others,
            self.ended,
            self.followed,
            self.taken_off,
        ]
        .iter()
        .all(|count| *count > 0)
    }
}
