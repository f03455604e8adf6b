//! What those who send at the same time share: whether sending goes on, which alert rows and
//! accounts can be used.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use autotask::{Error, Priority};
use jiff::Timestamp;

use super::{Halt, Tally, ending::Ending};
use crate::alerts::{Kind, Usable};

/// So many refusals of one kind one after the other, for more than one account, are everybody's fault: a
/// field that has become required, say.
const REFUSED_MAX: usize = 5;
/// And so many once tickets have been made.
const REFUSED_LATER_MAX: usize = 20;

pub(super) struct Lane {
    inside: Mutex<Inside>,
    /// Whether the picklists have been read again because of a refusal. Held while they are, so that
    /// who is refused meanwhile waits for what they say.
    pub picklists_refreshed: tokio::sync::Mutex<bool>,
}

struct Inside {
    usable: HashMap<Kind, Usable>,
    /// Accounts that Autotask was found not to take tickets for.
    gone: HashSet<i64>,
    /// Accounts for which the user has no right to tickets.
    forbidden: HashSet<i64>,
    /// What Autotask said of them.
    forbids: Option<Error>,
    /// Accounts that were looked at because a ticket for them was refused, and are fine.
    fine: HashSet<i64>,
    /// A ticket has been made.
    one_was_made: bool,
    /// Refusals since the last one that was made: posting, account, kind.
    refused: Vec<(i64, i64, &'static str)>,
    /// The kind of refusal that turned out to be everybody's fault.
    refuses_all: Option<&'static str>,
    /// What the governor holds back for the others' sake, and until when: this and what is less
    /// urgent.
    held_back: Option<(Priority, Timestamp)>,
    ending: Ending,
}

impl Inside {
    fn may_send(&self, kind: Kind) -> bool {
        self.held_back
            .is_none_or(|(held, _)| kind.priority() < held)
    }
}

impl Lane {
    pub fn new(usable: HashMap<Kind, Usable>) -> Self {
        let inside = Inside {
            usable,
            gone: HashSet::new(),
            forbidden: HashSet::new(),
            forbids: None,
            fine: HashSet::new(),
            one_was_made: false,
            refused: Vec::new(),
            refuses_all: None,
            held_back: None,
            ending: Ending::default(),
        };
        Self {
            inside: Mutex::new(inside),
            picklists_refreshed: tokio::sync::Mutex::new(false),
        }
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn set_usable(&self, usable: HashMap<Kind, Usable>) {
        self.inside().usable = usable;
    }

    pub fn usable(&self, kind: Kind) -> Option<Usable> {
        self.inside().usable.get(&kind).copied()
    }

    /// The rows for which something may be sent now.
    pub fn kinds(&self) -> Vec<Kind> {
        let inside = self.inside();
        inside
            .usable
            .keys()
            .copied()
            .filter(|kind| inside.may_send(*kind))
            .collect()
    }

    /// The governor lets nothing of this urgency or less through. What is more urgent goes on.
    pub fn hold_back(&self, priority: Priority, until: Timestamp) {
        let mut inside = self.inside();
        if inside.held_back.is_none_or(|(held, _)| priority < held) {
            inside.held_back = Some((priority, until));
        }
    }

    pub fn is_closed(&self) -> bool {
        self.inside().ending.has_come()
    }

    pub fn close(&self, error: Error) {
        self.inside().ending.close(error);
    }

    pub fn pause(&self, until: Timestamp) {
        self.inside().ending.pause(until);
    }

    /// Outweighs every other end.
    pub fn stop(&self, error: Error) {
        self.inside().ending.stop(error);
    }

    pub fn went_well(&self) {
        let mut inside = self.inside();
        inside.ending.went_well();
        inside.one_was_made = true;
        inside.refused.clear();
    }

    pub fn one_was_made(&self) -> bool {
        self.inside().one_was_made
    }

    /// One more posting that was refused alone. If that is not its fault, but everybody's, gives back
    /// those that are to be taken back for it.
    pub fn refused(&self, posting: i64, account: i64, kind: &'static str) -> Option<Vec<i64>> {
        let mut inside = self.inside();
        // Of those that are sent at the same time one may come later.
        if inside.refuses_all == Some(kind) {
            return Some(vec![posting]);
        }
        inside.refused.retain(|(_, _, other)| *other == kind);
        inside.refused.push((posting, account, kind));
        let one_account = inside.refused.iter().all(|(_, other, _)| *other == account);
        let most = if inside.one_was_made {
            REFUSED_LATER_MAX
        } else {
            REFUSED_MAX
        };
        if inside.refused.len() < most || one_account {
            return None;
        }
        inside.refuses_all = Some(kind);
        let refused = std::mem::take(&mut inside.refused);
        Some(refused.into_iter().map(|(posting, _, _)| posting).collect())
    }

    /// Ends the pass when it has become too much.
    pub fn trouble(&self, error: Error) {
        self.inside().ending.trouble(error);
    }

    pub fn is_gone(&self, account: i64) -> bool {
        self.inside().gone.contains(&account)
    }

    pub fn set_gone(&self, account: i64, gone: bool) {
        let mut inside = self.inside();
        if gone {
            inside.gone.insert(account)
        } else {
            inside.fine.insert(account)
        };
    }

    /// Gives back how many there are.
    pub fn forbid(&self, account: i64, error: &Error) -> usize {
        let mut inside = self.inside();
        inside.forbidden.insert(account);
        inside.forbids.get_or_insert_with(|| error.clone());
        inside.forbidden.len()
    }

    /// What Autotask said of the first of them.
    pub fn forbids(&self) -> Option<Error> {
        self.inside().forbids.clone()
    }

    pub fn is_forbidden(&self, account: i64) -> bool {
        self.inside().forbidden.contains(&account)
    }

    pub fn is_fine(&self, account: i64) -> bool {
        self.inside().fine.contains(&account)
    }

    /// Says in the tally why it ended, if that was not for having nothing left to do.
    pub fn finish(self, tally: &mut Tally) -> Result<(), Halt> {
        let inside = self
            .inside
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        tally.paused_until = inside.held_back.map(|(_, until)| until);
        let ended = inside.ending.finish()?;
        tally.paused_until = ended.paused_until.or(tally.paused_until);
        let forbids = inside.forbids.filter(|_| !inside.one_was_made);
        tally.problem = ended.problem.or(forbids).or(tally.problem.take());
        Ok(())
    }
}
