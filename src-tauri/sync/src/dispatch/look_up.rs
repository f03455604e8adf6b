//! Looking before each send: what is there already is recorded, and what is not may be sent.

use std::collections::{BTreeMap, HashMap, HashSet, hash_map::Entry};

use autotask::{Error, Priority, Ticket};

use super::{Dispatch, Tally, key_place, notes, twins::Twins};
use crate::{
    backoff,
    outbox::{Change, State},
    plan,
    store::{Claimed, Feed, Record, StoreError},
};

/// So often a posting is sent without a certain answer, the last times alone, before it is taken for
/// the reason, if Autotask goes on making other tickets. Over SOAP it is in the smallest batch from
/// the fourth time on.
const LOST_WHILE_OTHERS_GO: u32 = 6;
/// And so often if there is nothing to compare it with: most of a day.
const LOST_AT_MOST: u32 = 10;

/// What a look-up found.
#[derive(Default)]
pub(super) struct There {
    pub by_key: HashMap<String, Found>,
    /// Numbers of tickets with the same key.
    pub twins: Twins,
}

pub(super) enum Found {
    Ticket(Box<Ticket>),
    /// A note's id.
    Note(i64),
}

fn in_vain(posting: &Claimed) -> String {
    let last = posting.error.as_ref().map_or("", |(_, text)| text.as_str());
    format!(
        "Sent {} times, and each time Autotask gave no certain answer and made nothing of it. {last} Look \
         at the account in Autotask and at workflow rules that act on new tickets, then retry.",
        posting.lost
    )
}

impl Dispatch<'_> {
    /// Which of these are there already. `everywhere`: in the descriptions of tickets, too.
    pub(super) async fn look_up(
        &self,
        feed: Feed,
        portion: &[Claimed],
        priority: Priority,
        everywhere: bool,
    ) -> Result<There, Error> {
        match feed {
            Feed::Tickets => self.look_up_tickets(portion, priority, everywhere).await,
            Feed::Notes => notes::look_up(self, portion, priority).await,
        }
    }

    /// Of several with the same key the first counts.
    async fn look_up_tickets(
        &self,
        portion: &[Claimed],
        priority: Priority,
        everywhere: bool,
    ) -> Result<There, Error> {
        let keys = || portion.iter().map(|posting| posting.key.as_str());
        let mut queries = vec![key_place::by_external_id(keys())];
        let now = self.clock.now();
        let earliest = |one: &Claimed| {
            // What is dated in the future may have been sent as soon as it was known.
            let known = one.created_at.min(now);
            match &one.job {
                Some(job) => key_place::earliest_of_job(job, one.occurred_at, known),
                None => key_place::earliest(one.occurred_at, known),
            }
        };
        if everywhere && let Some(since) = portion.iter().map(earliest).min() {
            queries.push(key_place::by_description(keys(), since));
        }
        let client = self.client.with_priority(priority);
        let keys: HashSet<&str> = keys().collect();
        let mut tickets: BTreeMap<i64, Ticket> = BTreeMap::new();
        for query in queries {
            let found = client.query_all::<Ticket>(query).await?;
            tickets.extend(found.into_iter().map(|ticket| (ticket.id, ticket)));
        }
        let mut there = There::default();
        for ticket in tickets.into_values() {
            let Some(key) = key_place::key_among(&ticket, &keys) else {
                continue;
            };
            match there.by_key.entry(key.to_owned()) {
                Entry::Vacant(place) => {
                    place.insert(Found::Ticket(Box::new(ticket)));
                }
                Entry::Occupied(first) => {
                    if let Found::Ticket(first) = first.get() {
                        there.twins.add(&first.number, &ticket.number);
                    }
                }
            }
        }
        Ok(there)
    }

    /// Records what a look-up says, and gives back what is to be sent.
    pub(super) fn record_found(
        &self,
        portion: Vec<Claimed>,
        there: &There,
        tally: &mut Tally,
    ) -> Result<Vec<Claimed>, StoreError> {
        let now = self.clock.now();
        let mut records = Vec::new();
        let mut missing = Vec::new();
        for posting in portion {
            match there.by_key.get(&posting.key) {
                Some(Found::Ticket(ticket)) => {
                    records.push(found(&posting, ticket));
                    tally.found += 1;
                    continue;
                }
                Some(Found::Note(note)) => {
                    if let Some(on) = &posting.on {
                        records.push(Record::noted(posting.id, Change::Found, *note, on));
                        tally.notes += 1;
                    }
                    continue;
                }
                None => {}
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
                    records.push(not_found.not_before(backoff::later(now, wait)));
                    continue;
                }
                records.push(not_found.not_before(now));
            }
            if posting.account.is_some() {
                missing.push(posting);
            }
        }
        self.store.record(&records, now)?;
        self.tell_of_twins(&there.twins, tally)?;
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
}

/// The ticket may be another computer's, made before the job changed.
fn found(posting: &Claimed, ticket: &Ticket) -> Record {
    let number = Some(ticket.number.clone()).filter(|number| !number.is_empty());
    let job = posting.job.as_ref();
    Record::found(posting.id, ticket.id, number, Some(ticket.company_id))
        .saying(job.and_then(|job| plan::said_less(job, &ticket.title)))
}
