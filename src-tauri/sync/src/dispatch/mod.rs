//! Sending what is due. The only place that writes to Autotask; [`crate::outbox`] has the policy.
//!
//! Portion by portion: claim what is due, look all of it up by key in one query ([`look_up`]), record
//! what is there already, send the rest ([`send`]), read the numbers of the new tickets in one query
//! ([`numbers`]). The order of sending is asked anew for each portion, and sending gives way to the next
//! pass in time, so an error that ends meanwhile overtakes the successes. Tickets go first, then the notes
//! on them.

pub(crate) mod ending;
pub(crate) mod key_place;
mod lane;
mod look_up;
mod notes;
mod numbers;
pub(crate) mod picklists;
mod send;
mod twins;
pub mod verdict;

use std::{collections::HashMap, time::Duration};

use autotask::{Client, Error, Estimate, Priority};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use self::{
    lane::Lane,
    verdict::{Verdict, verdict},
};
use crate::{
    alerts::{self, Kind, Usable},
    backoff,
    clock::Clock,
    pass::Settle,
    store::{Claimed, Feed, Store, StoreError},
};

/// Over SOAP: two full creates. A look-up's answer stays below 500 rows, the size of a page; at 500
/// the client would have to ask for a next one.
const PORTION_SOAP: usize = 400;
/// Over REST each ticket is a call of its own; smaller portions keep look-up and sending close. At ten
/// tickets a second these are twenty seconds, and the look-up costs one of a hundred calls' time.
const PORTION_REST: usize = 200;

/// So many portions one after another without a single ticket end the pass: whatever it is, the next
/// pass is soon enough, and Autotask's calls belong to others, too.
const IN_VAIN_MAX: u32 = 10;

/// The pause after a refusal for too many calls that does not say how long.
const PAUSE: Duration = Duration::from_secs(60);
/// A pause longer than this is a clock that was set back, or nonsense.
const LONGEST_PAUSE: Duration = Duration::from_secs(2 * 60 * 60);

/// How it went.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub sent: u64,
    /// Were there already.
    pub found: u64,
    /// Notes on tickets, sent or there already.
    pub notes: u64,
    pub notices: Vec<String>,
    /// Something was left for the next pass, because it was that one's turn.
    pub gave_way: bool,
    pub paused_until: Option<Timestamp>,
    /// Why it ended early, if it is nobody's posting's fault.
    pub problem: Option<Error>,
}

impl Tally {
    fn all(&self) -> u64 {
        self.sent + self.found + self.notes
    }
}

/// What ends a pass at once.
#[derive(Debug)]
pub(crate) enum Halt {
    /// The login was refused; that is kept already.
    Stop(Error),
    Store(StoreError),
    Cancelled,
}

impl From<StoreError> for Halt {
    fn from(error: StoreError) -> Self {
        Halt::Store(error)
    }
}

pub(crate) struct Dispatch<'a> {
    pub store: &'a Store,
    pub client: &'a Client,
    pub clock: &'a dyn Clock,
    /// How long an unclear posting rests.
    pub settle: Settle,
    /// It is the next pass's turn then.
    pub gives_way_at: Option<Timestamp>,
    pub cancel: &'a CancellationToken,
    /// Done, left, and what is left will take.
    pub on_progress: &'a (dyn Fn(u64, u64, Estimate) + Sync),
}

/// Until when Autotask has asked for a pause.
pub(crate) fn paused_until(store: &Store, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    let longest = backoff::later(now, LONGEST_PAUSE);
    Ok(store
        .throttled_until()?
        .filter(|until| *until > now && *until <= longest))
}

/// How urgent a call for several is: as the most urgent of them.
fn most_urgent(kinds: impl Iterator<Item = Kind>) -> Priority {
    kinds.map(Kind::priority).min().unwrap_or(Priority::Low)
}

impl Dispatch<'_> {
    /// Sends until nothing is due, or something forbids it.
    pub async fn run(&self, tally: &mut Tally) -> Result<(), Halt> {
        let lane = Lane::new(self.usable()?);
        for feed in [Feed::Tickets, Feed::Notes] {
            self.send(feed, &lane, tally).await?;
        }
        lane.finish(tally)
    }

    async fn send(&self, feed: Feed, lane: &Lane, tally: &mut Tally) -> Result<(), Halt> {
        let mut in_vain = 0;
        let mut first = true;
        while in_vain < IN_VAIN_MAX && self.may_go_on(tally, lane)? {
            let now = self.clock.now();
            lane.set_usable(self.usable()?);
            let kept = self.external_id_kept(tally, lane).await?;
            let size = match kept {
                Some(_) => self.portion_size(),
                None => key_place::FIRST_TICKETS,
            };
            let portion = self.store.due(feed, &lane.kinds(), size, now)?;
            // However short its turn, each pass sends something.
            let gives_way = !first && self.gives_way_at.is_some_and(|at| at <= now);
            first = false;
            let is_last = portion.is_empty() || gives_way;
            // One query reads the numbers of several portions, unless nobody comes after.
            self.read_numbers(tally, lane, is_last).await?;
            if is_last {
                tally.gave_way |= !portion.is_empty();
                break;
            }
            let left = self.store.due_count(feed, &lane.kinds(), now)?;
            (self.on_progress)(tally.all(), left, self.takes(left));

            let before = tally.all();
            let priority = most_urgent(portion.iter().map(|posting| posting.alert));
            let everywhere = kept != Some(true) || self.one_is_older(&portion)?;
            let look_up = self.look_up(feed, &portion, priority, everywhere);
            match self.answer(look_up).await? {
                Ok(there) => {
                    let missing = self.record_found(portion, &there, tally)?;
                    send::portion(self, lane, feed, missing, now, tally).await?;
                }
                Err(error) if feed == Feed::Notes && verdict(&error) == Verdict::Blocked => {
                    self.no_notes(&error, tally)?;
                    break;
                }
                Err(error) => self.everybodys_fault(lane, priority, error)?,
            }
            in_vain = if tally.all() > before { 0 } else { in_vain + 1 };
        }
        Ok(())
    }

    /// Notes are no reason to call a sync failed: tickets go out without.
    fn no_notes(&self, error: &Error, tally: &mut Tally) -> Result<(), StoreError> {
        let notice = format!(
            "A job has ended worse than its ticket says, and no note of it could be added to the ticket. {error} \
             Give the API user's security level the right to read and add ticket notes."
        );
        self.store
            .add_notice_for_a_person(&notice, self.clock.now())?;
        tally.notices.push(notice);
        Ok(())
    }

    /// Whether Autotask keeps a ticket's `ExternalID`, as far as the first tickets have shown it.
    async fn external_id_kept(&self, tally: &mut Tally, lane: &Lane) -> Result<Option<bool>, Halt> {
        if self.store.external_id_kept()?.is_none() {
            self.read_numbers(tally, lane, true).await?;
        }
        Ok(self.store.external_id_kept()?)
    }

    /// Whether one of them may have been sent before the field was known to be kept: by this installation,
    /// or by one before or beside it.
    fn one_is_older(&self, portion: &[Claimed]) -> Result<bool, StoreError> {
        let Some(since) = self.store.external_id_kept_since()? else {
            return Ok(false);
        };
        let since = key_place::by_any_clock(since);
        let older = |one: &Claimed| one.occurred_at.min(one.changed_at) <= since;
        Ok(portion.iter().any(older))
    }

    /// The rows that can be used now.
    fn usable(&self) -> Result<HashMap<Kind, Usable>, StoreError> {
        let settings = self.store.settings()?;
        let picklists = self.store.picklists()?;
        let Some(alerts) = settings.alerts else {
            return Ok(HashMap::new());
        };
        Ok(Kind::ALL
            .into_iter()
            .filter(|kind| alerts.row(*kind).enabled)
            .filter_map(|kind| {
                Some((
                    kind,
                    alerts::usable(kind, alerts.row(kind), &picklists).ok()?,
                ))
            })
            .collect())
    }

    /// Creates, and for each portion a look-up and the numbers of the new tickets.
    fn takes(&self, tickets: u64) -> Estimate {
        let creates = tickets.div_ceil(self.client.create_limit().max(1) as u64);
        let reads = 2 * tickets.div_ceil(self.portion_size() as u64);
        let governor = self.client.governor();
        governor.estimate(creates + reads, Priority::Low)
    }

    fn portion_size(&self) -> usize {
        if self.client.create_limit() > 1 {
            PORTION_SOAP
        } else {
            PORTION_REST
        }
    }

    fn may_go_on(&self, tally: &mut Tally, lane: &Lane) -> Result<bool, Halt> {
        if self.cancel.is_cancelled() {
            return Err(Halt::Cancelled);
        }
        if let Some(until) = paused_until(self.store, self.clock.now())? {
            tally.paused_until = Some(until);
            return Ok(false);
        }
        Ok(!lane.is_closed())
    }

    /// A read that can be given up at any time.
    async fn answer<T>(
        &self,
        read: impl Future<Output = Result<T, Error>>,
    ) -> Result<Result<T, Error>, Halt> {
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(Halt::Cancelled),
            answer = read => Ok(answer),
        }
    }

    /// An error that is nobody's posting's fault closes the lane; too many calls pause it, and a
    /// refused login stops everything until it has been tested again. What the governor holds back
    /// leaves the lane to what is more urgent.
    fn everybodys_fault(
        &self,
        lane: &Lane,
        priority: Priority,
        error: Error,
    ) -> Result<(), StoreError> {
        if let Error::HeldBack { retry_after, .. } = error {
            tracing::info!(?priority, "held back for the hourly quota");
            let until = self.pause_until(Some(retry_after));
            self.store.set_held_back_until(until)?;
            lane.hold_back(priority, until);
            return Ok(());
        }
        tracing::warn!(code = error.code(), "sending ends early");
        match verdict(&error) {
            Verdict::Throttled { retry_after } => {
                lane.pause(self.throttled(retry_after)?);
            }
            Verdict::Stop => {
                self.store.login_refused(
                    crate::login::Service::Autotask,
                    &error.to_string(),
                    self.clock.now(),
                )?;
                lane.stop(error);
            }
            Verdict::Transient | Verdict::Unclear | Verdict::Refused | Verdict::Blocked => {
                lane.close(error);
            }
        }
        Ok(())
    }

    /// Nothing is sent before the moment that is given back.
    pub fn throttled(&self, retry_after: Option<Duration>) -> Result<Timestamp, StoreError> {
        let until = self.pause_until(retry_after);
        self.store.set_throttled_until(until)?;
        Ok(until)
    }

    fn pause_until(&self, retry_after: Option<Duration>) -> Timestamp {
        pause_until(self.clock.now(), retry_after)
    }
}

/// When a pause that Autotask asked for is over.
pub(crate) fn pause_until(now: Timestamp, retry_after: Option<Duration>) -> Timestamp {
    let pause = retry_after
        .unwrap_or(PAUSE)
        .clamp(Duration::from_secs(1), LONGEST_PAUSE);
    backoff::later(now, pause)
}
