//! A posting's life. One enum, one table of legal changes, each change one transaction.
//!
//! ```text
//! planned          claimed    ──► sending
//! planned          found      ──► done               a look-up before the first send
//! sending          created    ──► done
//! sending          not taken  ──► planned            certainly had no effect
//! sending          lost track ──► unclear            no readable answer, or the program ended
//! sending          refused    ──► needs attention
//! unclear          found      ──► done               only a look-up leads out of unclear
//! unclear          not found  ──► planned
//! unclear          given up   ──► needs attention    a test ticket, or one that fails each time
//! needs attention  retried    ──► planned            by a person
//! planned, needs attention  replanned ──► planned    the job has changed
//! ```
//!
//! **The promise.** Each posting takes effect in Autotask exactly once, however often the program,
//! the network or the computer is interrupted, and also when two computers carry the same settings.
//!
//! **What it rests on**
//! 1. *Written before sent.* A posting is a row before anything is sent, committed together with
//!    the job it comes from being marked as planned. Jobs are committed together with how far the
//!    source has been read. So nothing that was read once can be lost, and what was read twice is
//!    one job, and one posting: its key is unique.
//! 2. *A key that Autotask keeps.* The key is made from what is posted (feed, organization, job
//!    or day) and goes into the ticket's `ExternalID`. Autotask does not refuse a second one, so:
//! 3. *Look before each send.* Postings are claimed in portions, and a portion is looked up by key
//!    before any of it is sent. What is there already (sent by another computer, by an earlier
//!    installation, or by ourselves before a crash) becomes done. The look-up is good for two
//!    minutes: after that (a long portion, a computer that slept) the rest is looked up again.
//! 4. *`sending` is committed before the request leaves*, and says so until the answer has been
//!    recorded. Whoever finds a row in `sending` at the start of a pass knows that its request may
//!    or may not have left, and makes it `unclear`. The same happens when a request was sent and no
//!    readable answer came.
//! 5. *`unclear` is never sent.* It rests first: a request whose connection was cut, or whose
//!    process was killed, can still be on its way, and would make a ticket just after a look-up
//!    that did not find it. Where nothing came back (no answer in time, a cut connection, a killed
//!    program) Autotask may still be at work, for the five minutes that it allows itself: so long it
//!    rests. Where an answer came that says nothing certain, Autotask has ended: 20 seconds. The rest
//!    counts from the moment in which it became unclear, so at the earliest from the last moment at
//!    which the request can have left. Then it is looked up: found, done; not found, planned again,
//!    and the first time sent in the same portion, right after that look-up.
//! 6. *One writer.* A lock on the folder keeps a second process out, a lock in the store a second
//!    pass. The change of a row names the state it expects.
//!
//! **Notes.** Where Cloud Direct changes how a job ended, for the worse, after its ticket was made, a note on
//! that ticket is a posting of its own, with the same life. A note has no `ExternalID`: its key stands in
//! its last line and is looked for among the notes on its ticket. A ticket that another computer made
//! before the job changed is told by its title, and gets the note as well.
//!
//! **What an answer means** is decided in [`crate::dispatch::verdict`]: only a certain "did not take
//! effect" leads back to `planned`.
//!
//! **Failure policy.** A refused posting (its own fault) needs attention with Autotask's words; the
//! others go on. A refused batch is split until the refused row is alone. A posting that comes back
//! from unclear goes after the others and in ever smaller batches, from the second time on after a
//! growing wait; when it fails alone while others go, it needs attention. What is everybody's fault
//! (network, quota, a missing right, the same refusal for five postings before any is taken) ends the pass and spends no posting. A refused login stops
//! everything at once. Waits grow from seconds to a day. What waits for a person (an organization
//! without an account, an alert row whose queue has gone) is `planned` and is not claimed; why is
//! computed when it is shown, so that it can never be out of date.
//!
//! **What remains.** Two computers that look up and send the same posting in the same seconds can
//! both send it: Autotask offers nothing that would prevent it. Where Autotask drops `ExternalID`
//! the key is found in the description (`dispatch::key_place`); if somebody deletes that line before a lost
//! answer was looked for, or if the field is hidden while the request of a program that was ended is still to
//! take effect, a second ticket is made. A partner who changes from the portal to exports
//! without job ids (or back) gets other keys for the same jobs: `jobs_since` has to be moved to the
//! day of the change.
//!
//! **Order.** Test tickets, errors, warnings, digests, successes; within each the oldest first.

use serde::{Deserialize, Serialize};

/// Where a posting stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// To be sent; certainly not in Autotask by our doing.
    Planned,
    /// Its request may be on its way.
    Sending,
    /// In Autotask, its ticket known.
    Done,
    /// May be in Autotask: look before anything else.
    Unclear,
    /// Refused: a person or a setting must change.
    NeedsAttention,
}

impl State {
    pub const ALL: [State; 5] = [
        State::Planned,
        State::Sending,
        State::Done,
        State::Unclear,
        State::NeedsAttention,
    ];

    pub fn name(self) -> &'static str {
        match self {
            State::Planned => "planned",
            State::Sending => "sending",
            State::Done => "done",
            State::Unclear => "unclear",
            State::NeedsAttention => "needs_attention",
        }
    }
}

/// What can happen to a posting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Change {
    /// Its request is about to leave.
    Claimed,
    /// Autotask answered with its ticket.
    Created,
    /// Certainly did not take effect, and may be tried again.
    NotTaken,
    /// No readable answer, or the program ended in between.
    LostTrack,
    /// Autotask refused it.
    Refused,
    /// A look-up found its ticket.
    Found,
    /// A look-up did not find it.
    NotFound,
    /// It is not there, and is not to be sent by itself (a test ticket: the person sends another; or
    /// what fails each time).
    GivenUp,
    /// A person wants it tried again.
    Retried,
    /// What it is made from has changed.
    Replanned,
}

impl Change {
    pub const ALL: [Change; 10] = [
        Change::Claimed,
        Change::Created,
        Change::NotTaken,
        Change::LostTrack,
        Change::Refused,
        Change::Found,
        Change::NotFound,
        Change::GivenUp,
        Change::Retried,
        Change::Replanned,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Change::Claimed => "claimed",
            Change::Created => "created",
            Change::NotTaken => "not taken",
            Change::LostTrack => "lost track",
            Change::Refused => "refused",
            Change::Found => "found",
            Change::NotFound => "not found",
            Change::GivenUp => "given up",
            Change::Retried => "retried",
            Change::Replanned => "replanned",
        }
    }
}

/// All legal changes; `None` for every other.
pub fn next(state: State, change: Change) -> Option<State> {
    use Change::{
        Claimed, Created, Found, GivenUp, LostTrack, NotFound, NotTaken, Refused, Replanned,
        Retried,
    };
    use State::{Done, NeedsAttention, Planned, Sending, Unclear};
    match (state, change) {
        (Planned, Claimed) => Some(Sending),
        (Planned, Found) => Some(Done),
        (Planned, Replanned) => Some(Planned),

        (Sending, Created) => Some(Done),
        (Sending, NotTaken) => Some(Planned),
        (Sending, LostTrack) => Some(Unclear),
        (Sending, Refused) => Some(NeedsAttention),

        (Unclear, Found) => Some(Done),
        (Unclear, NotFound) => Some(Planned),
        (Unclear, GivenUp) => Some(NeedsAttention),

        (NeedsAttention, Retried | Replanned) => Some(Planned),

        (Planned, Created | NotTaken | LostTrack | Refused | NotFound | GivenUp | Retried)
        | (Sending, Claimed | Found | NotFound | GivenUp | Retried | Replanned)
        | (Unclear, Claimed | Created | NotTaken | LostTrack | Refused | Retried | Replanned)
        | (
            NeedsAttention,
            Claimed | Created | NotTaken | LostTrack | Refused | Found | NotFound | GivenUp,
        )
        | (Done, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leading_to(wanted: State) -> Vec<(State, Change)> {
        let mut found = Vec::new();
        for state in State::ALL {
            for change in Change::ALL {
                if next(state, change) == Some(wanted) {
                    found.push((state, change));
                }
            }
        }
        found
    }

    #[test]
    fn only_a_planned_posting_is_ever_sent() {
        assert_eq!(
            leading_to(State::Sending),
            [(State::Planned, Change::Claimed)]
        );
    }

    #[test]
    fn what_is_done_stays_done() {
        assert!(
            Change::ALL
                .iter()
                .all(|change| next(State::Done, *change).is_none())
        );
    }

    #[test]
    fn a_posting_is_planned_again_only_where_it_certainly_did_not_take_effect() {
        assert_eq!(
            leading_to(State::Planned),
            [
                (State::Planned, Change::Replanned),
                (State::Sending, Change::NotTaken),
                (State::Unclear, Change::NotFound),
                (State::NeedsAttention, Change::Retried),
                (State::NeedsAttention, Change::Replanned),
            ]
        );
    }

    #[test]
    fn an_unclear_posting_is_left_only_by_a_look_up() {
        let ways: Vec<Change> = Change::ALL
            .into_iter()
            .filter(|change| next(State::Unclear, *change).is_some())
            .collect();
        assert_eq!(ways, [Change::Found, Change::NotFound, Change::GivenUp]);
    }

    proptest::proptest! {
        /// Whatever happens in whatever order: between two requests there is always an answer that
        /// the first took no effect, a look-up that did not find it, or a refusal.
        #[test]
        fn no_history_sends_twice_without_knowing_that_the_first_did_not_arrive(
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
                    Change::NotTaken | Change::NotFound | Change::Refused | Change::GivenUp => {
                        may_have_arrived = false;
                    }
                    Change::Created | Change::LostTrack | Change::Found | Change::Retried
                    | Change::Replanned => {}
                }
                state = to;
            }
        }
    }
}
