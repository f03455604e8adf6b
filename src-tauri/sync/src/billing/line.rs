//! A line's life: one organization's change of one invoice date, or the correction of one. One enum, one
//! table of legal changes, each change one transaction.
//!
//! What makes it happen once: an adjustment has no key and cannot be read back, so a line is decided by
//! the units alone. `sending` is on the disk before the request leaves, with the units before and wanted;
//! only what was read leads out of `posted` and `unclear`.

use serde::{Deserialize, Serialize};

/// Where a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Waits for a person to approve it.
    Held,
    /// To be posted; certainly not in Autotask by our doing. May be blocked for now.
    Planned,
    /// Its request may be on its way.
    Sending,
    /// Autotask took it; not read back yet.
    Posted,
    /// May have taken effect: read the units before anything else.
    Unclear,
    /// The units were read, and are as wanted.
    Verified,
    /// A person must decide.
    NeedsReview,
    /// A person has looked, and leaves the units as they are.
    Settled,
    /// Its correcting entry is verified.
    Corrected,
    /// Taken back before it was ever sent.
    Withdrawn,
}

impl State {
    pub const ALL: [State; 10] = [
        State::Held,
        State::Planned,
        State::Sending,
        State::Posted,
        State::Unclear,
        State::Verified,
        State::NeedsReview,
        State::Settled,
        State::Corrected,
        State::Withdrawn,
    ];

    pub fn name(self) -> &'static str {
        match self {
            State::Held => "held",
            State::Planned => "planned",
            State::Sending => "sending",
            State::Posted => "posted",
            State::Unclear => "unclear",
            State::Verified => "verified",
            State::NeedsReview => "needs_review",
            State::Settled => "settled",
            State::Corrected => "corrected",
            State::Withdrawn => "withdrawn",
        }
    }

    /// As a person reads it.
    pub fn label(self) -> &'static str {
        match self {
            State::Held => "waits for approval",
            State::Planned => "to be posted",
            State::Sending => "being sent",
            State::Posted => "posted, not read back yet",
            State::Unclear => "unclear",
            State::Verified => "verified",
            State::NeedsReview => "needs review",
            State::Settled => "settled by hand",
            State::Corrected => "corrected",
            State::Withdrawn => "withdrawn",
        }
    }
}

/// What can happen to a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Change {
    /// By a person, for the units that they saw.
    Approved,
    /// It changes more than may go by itself, or not what was approved.
    Held,
    /// Its request is about to leave.
    Claimed,
    /// The units are as wanted before anything was sent.
    Agrees,
    /// Autotask said that it took it.
    Accepted,
    /// Certainly had no effect, and may be tried again.
    NotTaken,
    /// No readable answer, or the program ended in between.
    LostTrack,
    /// Autotask refused it.
    Refused,
    /// Read: as wanted.
    AsWanted,
    /// Read: as it was before.
    AsBefore,
    /// Read: something else, or nothing; or it is sent in vain each time.
    Otherwise,
    /// A person wants it tried again.
    Retried,
    /// A person leaves the units as they are.
    Settled,
    /// It was posted ahead, and its invoice date has come: the units are read once more.
    Revisited,
    /// Its correcting entry is verified.
    Corrected,
    /// Nobody wants it any more.
    Withdrawn,
}

impl Change {
    pub const ALL: [Change; 16] = [
        Change::Approved,
        Change::Held,
        Change::Claimed,
        Change::Agrees,
        Change::Accepted,
        Change::NotTaken,
        Change::LostTrack,
        Change::Refused,
        Change::AsWanted,
        Change::AsBefore,
        Change::Otherwise,
        Change::Retried,
        Change::Settled,
        Change::Revisited,
        Change::Corrected,
        Change::Withdrawn,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Change::Approved => "approved",
            Change::Held => "held",
            Change::Claimed => "claimed",
            Change::Agrees => "agrees",
            Change::Accepted => "accepted",
            Change::NotTaken => "not taken",
            Change::LostTrack => "lost track",
            Change::Refused => "refused",
            Change::AsWanted => "as wanted",
            Change::AsBefore => "as before",
            Change::Otherwise => "otherwise",
            Change::Retried => "retried",
            Change::Settled => "settled",
            Change::Revisited => "revisited",
            Change::Corrected => "corrected",
            Change::Withdrawn => "withdrawn",
        }
    }
}

/// All legal changes: from, what happens, to.
const LEGAL: [(State, Change, State); 28] = [
    (State::Held, Change::Approved, State::Planned),
    (State::Held, Change::Agrees, State::Verified),
    (State::Held, Change::Settled, State::Settled),
    (State::Held, Change::Corrected, State::Corrected),
    (State::Held, Change::Withdrawn, State::Withdrawn),
    (State::Planned, Change::Held, State::Held),
    (State::Planned, Change::Agrees, State::Verified),
    (State::Planned, Change::Claimed, State::Sending),
    (State::Planned, Change::Settled, State::Settled),
    (State::Planned, Change::Corrected, State::Corrected),
    (State::Planned, Change::Withdrawn, State::Withdrawn),
    (State::Sending, Change::Accepted, State::Posted),
    (State::Sending, Change::NotTaken, State::Planned),
    (State::Sending, Change::LostTrack, State::Unclear),
    (State::Sending, Change::Refused, State::NeedsReview),
    (State::Posted, Change::AsWanted, State::Verified),
    (State::Posted, Change::Otherwise, State::NeedsReview),
    (State::Unclear, Change::AsWanted, State::Verified),
    (State::Unclear, Change::AsBefore, State::Planned),
    (State::Unclear, Change::Otherwise, State::NeedsReview),
    (State::NeedsReview, Change::AsWanted, State::Verified),
    (State::NeedsReview, Change::Retried, State::Planned),
    (State::NeedsReview, Change::Settled, State::Settled),
    (State::NeedsReview, Change::Corrected, State::Corrected),
    (State::Verified, Change::Revisited, State::Posted),
    (State::Verified, Change::Corrected, State::Corrected),
    (State::Settled, Change::Retried, State::Planned),
    (State::Settled, Change::Corrected, State::Corrected),
];

/// `None`: that is not legal.
pub fn next(state: State, change: Change) -> Option<State> {
    LEGAL
        .into_iter()
        .find(|(from, what, _)| (*from, *what) == (state, change))
        .map(|(_, _, to)| to)
}

impl State {
    /// Nothing happens to it by itself any more.
    pub fn is_over(self) -> bool {
        match self {
            State::Verified | State::Settled | State::Corrected | State::Withdrawn => true,
            State::Held
            | State::Planned
            | State::Sending
            | State::Posted
            | State::Unclear
            | State::NeedsReview => false,
        }
    }

    /// The units in Autotask are being changed by it, or may be.
    pub fn is_under_way(self) -> bool {
        match self {
            State::Sending | State::Posted | State::Unclear => true,
            State::Held
            | State::Planned
            | State::Verified
            | State::NeedsReview
            | State::Settled
            | State::Corrected
            | State::Withdrawn => false,
        }
    }

    /// A person can leave the units as they are.
    pub fn can_be_settled(self) -> bool {
        next(self, Change::Settled).is_some()
    }

    /// What was posted, if anything was, stands and is read: a correcting entry can take it back. That may be
    /// so of a line that is to be tried again, too.
    pub fn can_be_corrected(self) -> bool {
        match self {
            State::Held
            | State::Planned
            | State::Verified
            | State::NeedsReview
            | State::Settled => true,
            State::Sending
            | State::Posted
            | State::Unclear
            | State::Corrected
            | State::Withdrawn => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leading_to(wanted: State) -> Vec<(State, Change)> {
        LEGAL
            .into_iter()
            .filter(|(_, _, to)| *to == wanted)
            .map(|(from, change, _)| (from, change))
            .collect()
    }

    #[test]
    fn from_a_state_a_change_leads_to_one_state() {
        for (index, (from, change, _)) in LEGAL.into_iter().enumerate() {
            let twice = LEGAL[..index]
                .iter()
                .any(|(a, b, _)| (*a, *b) == (from, change));
            assert!(!twice, "{from:?} {change:?}");
        }
    }

    #[test]
    fn only_a_planned_line_is_ever_sent() {
        assert_eq!(
            leading_to(State::Sending),
            [(State::Planned, Change::Claimed)]
        );
    }

    #[test]
    fn verified_is_only_what_was_read() {
        assert_eq!(
            leading_to(State::Verified),
            [
                (State::Held, Change::Agrees),
                (State::Planned, Change::Agrees),
                (State::Posted, Change::AsWanted),
                (State::Unclear, Change::AsWanted),
                (State::NeedsReview, Change::AsWanted),
            ]
        );
    }

    #[test]
    fn what_autotask_took_is_never_sent_again_by_itself() {
        let ways: Vec<State> = Change::ALL
            .into_iter()
            .filter_map(|change| next(State::Posted, change))
            .collect();
        assert_eq!(ways, [State::Verified, State::NeedsReview]);
    }

    proptest::proptest! {
        /// Between two requests there is an answer that the first had no effect, a reading that found
        /// the units as before, or a person.
        #[test]
        fn no_history_sends_twice_without_knowing_that_the_first_had_no_effect(
            changes in proptest::collection::vec(0..Change::ALL.len(), 0..60)
        ) {
            let mut state = State::Planned;
            let mut may_have_arrived = false;
            for change in changes.into_iter().map(|index| Change::ALL[index]) {
                let Some(to) = next(state, change) else { continue };
                match change {
                    Change::Claimed => {
                        proptest::prop_assert!(!may_have_arrived);
                        may_have_arrived = true;
                    }
                    Change::NotTaken | Change::Refused | Change::AsBefore | Change::Retried => {
                        may_have_arrived = false;
                    }
                    Change::Approved | Change::Held | Change::Agrees | Change::Accepted
                    | Change::LostTrack | Change::AsWanted | Change::Otherwise | Change::Settled
                    | Change::Revisited
                    | Change::Corrected | Change::Withdrawn => {}
                }
                state = to;
            }
        }
    }
}
