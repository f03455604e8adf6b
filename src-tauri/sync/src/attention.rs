//! What a person is told without having asked: only what needs one, and each thing once. Pure: what was
//! told, what there is now and the time go in; what to tell, and what will then have been told, comes
//! out. What was told is kept (`Store::told`), so that a restart repeats nothing.
//!
//! - **A refused login**: once, until a test has passed.
//! - **Postings that need attention**: one notification for all that there are, when there are new ones
//!   since the last; at most one an hour.
//! - **Lines of billing** that wait for approval or need review: in the same way.
//! - **Alert rows that hold postings up**: once for each reason, until the row can be used again.
//! - **Tickets that are there twice**: once each time that some are found.
//! - **Nothing synced for a day**, although it is set up and not paused: once, until it works again. A
//!   computer that was off over the weekend has nothing to tell before two syncs one after the other
//!   have failed: the first may only have been faster than the network.
//!
//! Who looks while a sync is running would tell of its postings in pieces: look when it has ended.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    alerts::{self, Blocked},
    login::Service,
    status::State,
    store::{Notice, Store, StoreError},
};

const A_DAY: SignedDuration = SignedDuration::from_hours(24);
/// Between two notifications about postings, or about billing.
const PAUSE: SignedDuration = SignedDuration::from_hours(1);
/// So many syncs in a row have to fail.
const FAILURES: u32 = 2;

/// Something to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tell {
    /// Whose, and what it said.
    LoginRefused(Service, String),
    /// So many need attention, all together.
    Postings(u64),
    /// So many lines wait for approval or need review, all together.
    Billing(u64),
    /// Why alert rows hold postings up.
    Blocked(Vec<String>),
    /// Something was found that only a person can put right.
    Notice(String),
    /// Since when; `None`: not once since it was set up.
    NothingSynced(Option<Timestamp>),
}

/// What was told, as it is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Told {
    refused: BTreeSet<Service>,
    postings: Option<ToldPile>,
    billing: Option<ToldPile>,
    /// Reasons.
    blocked: BTreeSet<String>,
    /// When the last notice was made that was told.
    notice: Option<Timestamp>,
    nothing_synced: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct ToldPile {
    at: Timestamp,
    /// Those that were told of and still need attention.
    count: u64,
    newest: Option<Timestamp>,
}

/// Things of one kind that need a person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pile {
    pub count: u64,
    /// When the last of them came to need it.
    pub newest: Option<Timestamp>,
}

/// How syncing goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Syncing {
    /// When a sync last came to its end.
    pub last: Option<Timestamp>,
    /// Since when there could have been one.
    pub set_up_at: Option<Timestamp>,
    /// How many have failed since, one after the other, in this run of the program.
    pub failures: u32,
}

/// What there is now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct There {
    /// With what the service said.
    pub refused: Vec<(Service, String)>,
    pub postings: Pile,
    /// Lines of billing.
    pub billing: Pile,
    /// Alert rows that are on and cannot be used.
    pub unusable: Vec<Blocked>,
    /// Of them, those that hold postings up.
    pub blocked: Vec<Blocked>,
    /// The last one that a person has to act on.
    pub notice: Option<Notice>,
    /// `None` while nothing may be synced.
    pub syncing: Option<Syncing>,
}

impl There {
    /// `failures` as in [`Syncing`].
    pub fn read(store: &Store, failures: u32, now: Timestamp) -> Result<Self, StoreError> {
        let status = crate::status::read(store, now)?;
        let mut refused = Vec::new();
        let mut set_up_at = None;
        for service in [Service::Autotask, Service::CloudDirect] {
            let login = store.login(service)?;
            if login.refused_at.is_some() {
                refused.push((service, login.refused_message.unwrap_or_default()));
            }
            set_up_at = set_up_at.max(login.tested_at);
        }
        Ok(Self {
            refused,
            postings: store.needing_attention()?,
            billing: store.lines_for_a_person()?,
            unusable: alerts::unusable(store)?,
            blocked: status.blocked,
            notice: store.notice_for_a_person()?,
            syncing: match status.state {
                State::UpToDate | State::NeedsAttention => Some(Syncing {
                    last: status.last_sync,
                    set_up_at,
                    failures,
                }),
                State::NotSetUp | State::LoginRefused | State::Paused(_) => None,
            },
        })
    }
}

/// See the module.
pub fn look(told: &Told, there: &There, now: Timestamp) -> (Vec<Tell>, Told) {
    let mut tell = Vec::new();
    let told = Told {
        refused: refused(&told.refused, &there.refused, &mut tell),
        postings: pile(
            told.postings,
            there.postings,
            now,
            Tell::Postings,
            &mut tell,
        ),
        billing: pile(told.billing, there.billing, now, Tell::Billing, &mut tell),
        blocked: blocked(&told.blocked, there, &mut tell),
        notice: notice(told.notice, there.notice.as_ref(), &mut tell),
        nothing_synced: nothing_synced(told.nothing_synced, there.syncing, now, &mut tell),
    };
    (tell, told)
}

impl Told {
    /// The person has just seen on the screen which logins are refused.
    #[must_use]
    pub fn saw_refusals(&self, there: &There) -> Told {
        Told {
            refused: there.refused.iter().map(|(service, _)| *service).collect(),
            ..self.clone()
        }
    }
}

fn refused(
    told: &BTreeSet<Service>,
    there: &[(Service, String)],
    tell: &mut Vec<Tell>,
) -> BTreeSet<Service> {
    for (service, message) in there {
        if !told.contains(service) {
            tell.push(Tell::LoginRefused(*service, message.clone()));
        }
    }
    there.iter().map(|(service, _)| *service).collect()
}

fn pile(
    told: Option<ToldPile>,
    there: Pile,
    now: Timestamp,
    of: fn(u64) -> Tell,
    tell: &mut Vec<Tell>,
) -> Option<ToldPile> {
    let new = match told {
        None => there.count > 0,
        Some(told) => there.count > told.count || there.newest > told.newest,
    };
    // A clock that was set back does not make it wait.
    let early = told.is_some_and(|told| told.at <= now && now.duration_since(told.at) < PAUSE);
    if new && !early {
        tell.push(of(there.count));
        return Some(ToldPile {
            at: now,
            count: there.count,
            newest: there.newest,
        });
    }
    // What was settled meanwhile, and comes again, is new.
    told.map(|told| ToldPile {
        count: told.count.min(there.count),
        newest: told.newest.filter(|_| there.count > 0),
        ..told
    })
}

fn blocked(told: &BTreeSet<String>, there: &There, tell: &mut Vec<Tell>) -> BTreeSet<String> {
    let reasons = |rows: &[Blocked]| -> BTreeSet<String> {
        rows.iter().map(|blocked| blocked.reason.clone()).collect()
    };
    let now = reasons(&there.blocked);
    let new: Vec<String> = now.difference(told).cloned().collect();
    if !new.is_empty() {
        tell.push(Tell::Blocked(new));
    }
    // A row of which nothing waits at the moment is not told of again with its next posting.
    let still: BTreeSet<String> = told & &reasons(&there.unusable);
    &still | &now
}

/// Told by its moment, not by whether that is later: the clock may have been set back.
fn notice(
    told: Option<Timestamp>,
    there: Option<&Notice>,
    tell: &mut Vec<Tell>,
) -> Option<Timestamp> {
    let there = there?;
    if told != Some(there.at) {
        tell.push(Tell::Notice(there.text.clone()));
    }
    Some(there.at)
}

fn nothing_synced(
    told: bool,
    syncing: Option<Syncing>,
    now: Timestamp,
    tell: &mut Vec<Tell>,
) -> bool {
    let Some(syncing) = syncing else {
        return told;
    };
    // A moment to come was written by a clock that has been set back since, and says nothing.
    let passed = |at: Option<Timestamp>| at.filter(|at| *at <= now);
    let last = passed(syncing.last);
    let Some(since) = last.or(passed(syncing.set_up_at)) else {
        return told;
    };
    if now.duration_since(since) < A_DAY {
        return false;
    }
    let new = !told && syncing.failures >= FAILURES;
    if new {
        tell.push(Tell::NothingSynced(last));
    }
    told || new
}

#[cfg(test)]
mod tests;
