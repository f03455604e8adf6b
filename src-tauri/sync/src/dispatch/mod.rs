//! Sending what is due. The only place that writes to Autotask; [`crate::outbox`] has the policy.
//!
//! Portion by portion: claim what is due, look all of it up by key in one query, record what is
//! there already, send the rest, read the numbers of the new tickets in one query. The
//! order of sending is asked anew for each portion, so an error that comes in meanwhile overtakes
//! the successes.

pub(crate) mod key_place;
mod lane;
pub(crate) mod picklists;
mod send;
pub mod verdict;

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    time::Duration,
};

use autotask::{Client, Error, Estimate, Filter, Priority, Query, Ticket};
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
    outbox::{Change, State},
    pass::Settle,
    store::{Claimed, Record, Store, StoreError},
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

/// So often a posting is sent without a certain answer, the last times alone, before it is taken for
/// the reason, if Autotask goes on making other tickets. Over SOAP it is in the smallest batch from
/// the fourth time on.
const LOST_WHILE_OTHERS_GO: u32 = 6;
/// And so often if there is nothing to compare it with: most of a day.
const LOST_AT_MOST: u32 = 10;

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
    pub notices: Vec<String>,
    pub paused_until: Option<Timestamp>,
    /// Why it ended early, if it is nobody's posting's fault.
    pub problem: Option<Error>,
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
    pub cancel: &'a CancellationToken,
    /// Done, left, and what is left will take.
    pub on_progress: &'a (dyn Fn(u64, u64, Estimate) + Sync),
}

/// Until when Autotask has asked for a pause.
pub(crate) fn paused_until(store: &Store, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    let longest = crate::store::later(now, LONGEST_PAUSE);
    Ok(store
        .throttled_until()?
        .filter(|until| *until > now && *until <= longest))
}

/// How urgent a call for several is: as the most urgent of them.
fn most_urgent(kinds: impl Iterator<Item = Kind>) -> Priority {
    kinds.map(Kind::priority).min().unwrap_or(Priority::Low)
}

/// What is told of tickets that are there twice.
fn twins(made: &[(i64, String)], tickets: &[Ticket]) -> Option<String> {
    let ours: HashMap<i64, &str> = made.iter().map(|(id, key)| (*id, key.as_str())).collect();
    let number = |key: &str, is_ours: bool| {
        let mut found = tickets.iter().filter(|ticket| {
            ticket.external_id.as_deref() == Some(key) && ours.contains_key(&ticket.id) == is_ours
        });
        found.next().map(|ticket| ticket.number.as_str())
    };
    let keys: BTreeSet<&str> = tickets
        .iter()
        .filter(|ticket| !ours.contains_key(&ticket.id))
        .filter_map(|ticket| ticket.external_id.as_deref())
        .collect();
    let first = keys.first()?;
    let (one, other) = (number(first, true)?, number(first, false)?);
    let others = match keys.len() - 1 {
        0 => String::new(),
        1 => ", and 1 other is there twice".to_owned(),
        count => format!(", and {count} others are there twice"),
    };
    Some(format!(
        "Autotask has two tickets for the same job, {one} and {other}{others}. Probably another computer \
         works with the same settings, and sent at the same moment. Close one of each, and let one \
         computer only do the work."
    ))
}

fn in_vain(posting: &Claimed) -> String {
    let last = posting.error.as_ref().map_or("", |(_, text)| text.as_str());
    format!(
        "Sent {} times, and each time Autotask gave no certain answer and made no ticket. {last} Look \
         at the account in Autotask and at workflow rules that act on new tickets, then retry.",
        posting.lost
    )
}

impl Dispatch<'_> {
    /// Sends until nothing is due, or something forbids it.
    pub async fn run(&self, tally: &mut Tally) -> Result<(), Halt> {
        let lane = Lane::new(self.usable()?);
        let mut in_vain = 0;
        while in_vain < IN_VAIN_MAX && self.may_go_on(tally, &lane)? {
            let now = self.clock.now();
            let usable = self.usable()?;
            lane.set_usable(usable);
            let portion = self.store.due(&lane.kinds(), self.portion_size(), now)?;
            // One query reads the numbers of several portions, unless nobody comes after, or it is not
            // known yet whether keys are kept.
            let at_once = portion.is_empty() || self.store.external_id_kept()?.is_none();
            self.read_numbers(tally, &lane, at_once).await?;
            if portion.is_empty() {
                break;
            }
            let left = self.store.due_count(&lane.kinds(), now)?;
            (self.on_progress)(tally.sent + tally.found, left, self.takes(left));

            let looked_up_at = now;
            let priority = most_urgent(portion.iter().map(|posting| posting.alert));
            let everywhere = self.store.external_id_kept()? == Some(false);
            let look_up = self.look_up(&portion, priority, everywhere);
            let tickets = match self.answer(look_up).await? {
                Ok(tickets) => tickets,
                Err(error) => {
                    self.everybodys_fault(&lane, priority, error)?;
                    continue;
                }
            };
            let before = tally.sent + tally.found;
            let missing = self.record_found(portion, &tickets, tally)?;
            send::portion(self, &lane, missing, looked_up_at, tally).await?;
            in_vain = if tally.sent + tally.found > before {
                0
            } else {
                in_vain + 1
            };
        }
        lane.finish(tally)
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

    /// Which of these are there already, by key. Of several with the same key the first counts.
    /// `everywhere`: in the descriptions, too.
    async fn look_up(
        &self,
        portion: &[Claimed],
        priority: Priority,
        everywhere: bool,
    ) -> Result<HashMap<String, Ticket>, Error> {
        let keys = || portion.iter().map(|posting| posting.key.as_str());
        let mut queries = vec![key_place::by_external_id(keys())];
        if everywhere && let Some(since) = portion.iter().map(|one| one.occurred_at).min() {
            queries.push(key_place::by_description(keys(), since));
        }
        let mut tickets: HashMap<String, Ticket> = HashMap::new();
        let client = self.client.with_priority(priority);
        let mut found = Vec::new();
        for query in queries {
            found.extend(client.query_all::<Ticket>(query).await?);
        }
        for ticket in found {
            let Some(key) = key_place::key_of(&ticket).map(str::to_owned) else {
                continue;
            };
            let first = tickets.get(&key).is_none_or(|other| ticket.id < other.id);
            if first {
                tickets.insert(key, ticket);
            }
        }
        Ok(tickets)
    }

    /// Records what a look-up says, and gives back what is to be sent.
    fn record_found(
        &self,
        portion: Vec<Claimed>,
        tickets: &HashMap<String, Ticket>,
        tally: &mut Tally,
    ) -> Result<Vec<Claimed>, StoreError> {
        let now = self.clock.now();
        let mut records = Vec::new();
        let mut missing = Vec::new();
        for posting in portion {
            if let Some(ticket) = tickets.get(&posting.key) {
                let number = Some(ticket.number.clone()).filter(|number| !number.is_empty());
                let account = Some(ticket.company_id);
                records.push(Record::found(posting.id, ticket.id, number, account));
                tally.found += 1;
                continue;
            }
            if posting.state == State::Unclear {
                if self.store.is_test(posting.id)? {
                    records.push(Record::new(posting.id, Change::GivenUp).because(
                        "not_sent",
                        "The test ticket did not arrive in Autotask. Send another one.",
                    ));
                    continue;
                }
                if self.is_in_vain(&posting)? {
                    records.push(
                        Record::new(posting.id, Change::GivenUp)
                            .because("fails_each_time", &in_vain(&posting)),
                    );
                    continue;
                }
                let not_found = Record::new(posting.id, Change::NotFound);
                if posting.lost > 1 {
                    let wait =
                        backoff::wait(posting.lost, backoff::jitter(&posting.key, posting.lost));
                    records.push(not_found.not_before(crate::store::later(now, wait)));
                    continue;
                }
                records.push(not_found.not_before(now));
            }
            if posting.account.is_some() {
                missing.push(posting);
            }
        }
        self.store.record(&records, now)?;
        Ok(missing)
    }

    /// Whether a posting that was sent so often without a certain answer, and is not there, is given
    /// up: early if Autotask did answer, and has made other tickets since.
    fn is_in_vain(&self, posting: &Claimed) -> Result<bool, StoreError> {
        let silent = |code: &str| matches!(code, "timed_out" | "cut_off" | "interrupted");
        if posting.lost >= LOST_AT_MOST {
            return Ok(true);
        }
        Ok(posting.lost >= LOST_WHILE_OTHERS_GO
            && !posting.error.as_ref().is_some_and(|(code, _)| silent(code))
            && self
                .store
                .last_created()?
                .is_some_and(|created| created > posting.changed_at))
    }

    /// Reads the numbers of tickets that have been made. One query for each 400; fewer are left for
    /// later, unless all are asked for.
    ///
    /// They are asked for by their keys: a second ticket with the same key is another computer's, which
    /// looked at the same moment and found nothing either. That is told.
    async fn read_numbers(&self, tally: &mut Tally, lane: &Lane, all: bool) -> Result<(), Halt> {
        loop {
            if lane.is_closed() {
                return Ok(());
            }
            let made = self.store.numberless(PORTION_SOAP)?;
            if made.is_empty() || (made.len() < PORTION_SOAP && !all) {
                return Ok(());
            }
            let was_kept = self.store.external_id_kept()?;
            let read = self.read_made(&made, was_kept != Some(false));
            let tickets = match self.answer(read).await? {
                Ok(tickets) => tickets,
                Err(Error::HeldBack { .. }) => return Ok(()),
                Err(error) => {
                    self.everybodys_fault(lane, Priority::Low, error)?;
                    return Ok(());
                }
            };
            let mut notices: Vec<String> = twins(&made, &tickets).into_iter().collect();
            let mut by_id: HashMap<i64, Ticket> = tickets
                .into_iter()
                .map(|ticket| (ticket.id, ticket))
                .collect();
            let mut numbers = Vec::with_capacity(made.len());
            let (mut with_key, mut without) = (0_usize, 0_usize);
            for (id, key) in made {
                let ticket = by_id.remove(&id);
                if let Some(ticket) = &ticket {
                    if ticket.external_id.as_deref() == Some(&key) {
                        with_key += 1;
                    } else {
                        without += 1;
                    }
                }
                numbers.push((id, ticket.map(|ticket| ticket.number).unwrap_or_default()));
            }
            self.store.set_numbers(&numbers, self.clock.now())?;
            if without > 0 && was_kept != Some(false) {
                self.store.set_external_id_kept(false)?;
                notices.push(key_place::NOT_KEPT.to_owned());
            } else if with_key > 0 && was_kept.is_none() {
                self.store.set_external_id_kept(true)?;
            }
            for notice in notices {
                self.store.add_notice(&notice, self.clock.now())?;
                tally.notices.push(notice);
            }
        }
    }

    /// The tickets with these ids, and with their keys all others that have the same.
    async fn read_made(&self, made: &[(i64, String)], by_key: bool) -> Result<Vec<Ticket>, Error> {
        // A number is worth less than a ticket that is still to be made, and can wait.
        let client = self.client.with_priority(Priority::Low);
        let mut tickets: Vec<Ticket> = Vec::new();
        if by_key {
            let keys = made.iter().map(|(_, key)| key.as_str());
            tickets = client.query_all(key_place::by_external_id(keys)).await?;
        }
        let known: HashSet<i64> = tickets.iter().map(|ticket| ticket.id).collect();
        let ids = made.iter().map(|(id, _)| *id);
        let missing: Vec<i64> = ids.filter(|id| !known.contains(id)).collect();
        if !missing.is_empty() {
            let query = Query::new()
                .filter(Filter::one_of("id", missing))
                .fields(&["externalID"]);
            tickets.extend(client.query_all::<Ticket>(query).await?);
        }
        Ok(tickets)
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
            lane.hold_back(priority, self.pause_until(Some(retry_after)));
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
        let pause = retry_after
            .unwrap_or(PAUSE)
            .clamp(Duration::from_secs(1), LONGEST_PAUSE);
        crate::store::later(self.clock.now(), pause)
    }
}
