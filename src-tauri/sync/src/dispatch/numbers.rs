//! The numbers of tickets that were made, and with them what Autotask kept: whether the key is there, and
//! whether it is there twice.

use std::collections::{BTreeMap, HashMap, HashSet};

use autotask::{Error, Filter, Priority, Query, Ticket};

use super::{Dispatch, Halt, PORTION_SOAP, Tally, key_place, lane::Lane, twins::Twins};
use crate::store::Made;

/// Those of a key that another ticket has as well.
fn twins(made: &[Made], tickets: &[Ticket]) -> Twins {
    let wanted: HashSet<&str> = made.iter().map(|made| made.key.as_str()).collect();
    let mut by_key: BTreeMap<&str, Vec<&Ticket>> = BTreeMap::new();
    for ticket in tickets {
        if let Some(key) = key_place::key_among(ticket, &wanted) {
            by_key.entry(key).or_default().push(ticket);
        }
    }
    let mut twins = Twins::default();
    for tickets in by_key.values_mut() {
        tickets.sort_by_key(|ticket| ticket.id);
        for (one, other) in tickets.iter().zip(tickets.iter().skip(1)) {
            twins.add(&one.number, &other.number);
        }
    }
    twins
}

impl Dispatch<'_> {
    /// Reads the numbers of tickets that have been made. One query for each 400; fewer are left for
    /// later, unless all are asked for.
    ///
    /// They are asked for by their keys: a second ticket with the same key is another computer's, which
    /// looked at the same moment and found nothing either. That is told.
    pub(super) async fn read_numbers(
        &self,
        tally: &mut Tally,
        lane: &Lane,
        all: bool,
    ) -> Result<(), Halt> {
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
            self.tell_of_twins(&twins(&made, &tickets), tally)?;
            let mut notices = Vec::new();
            let mut by_id: HashMap<i64, Ticket> = tickets
                .into_iter()
                .map(|ticket| (ticket.id, ticket))
                .collect();
            let mut numbers = Vec::with_capacity(made.len());
            let (mut with_key, mut without) = (0_usize, 0_usize);
            for made in made {
                let ticket = by_id.remove(&made.ticket_id);
                if let Some(ticket) = &ticket {
                    if ticket.external_id.as_deref() == Some(&made.key) {
                        with_key += 1;
                    } else {
                        without += 1;
                    }
                }
                let number = ticket.map(|ticket| ticket.number).unwrap_or_default();
                numbers.push((made.ticket_id, number));
            }
            self.store.set_numbers(&numbers, self.clock.now())?;
            if without > 0 && was_kept != Some(false) {
                self.store.external_id_is_not_kept()?;
                notices.push(key_place::NOT_KEPT.to_owned());
            } else if with_key > 0 && was_kept.is_none() {
                let client = self.client.with_priority(Priority::Low);
                key_place::is_kept(self.store, &client, self.clock.now()).await?;
            }
            for notice in notices {
                self.store.add_notice(&notice, self.clock.now())?;
                tally.notices.push(notice);
            }
        }
    }

    /// The tickets with these ids, and with their keys all others that have the same.
    async fn read_made(&self, made: &[Made], kept: bool) -> Result<Vec<Ticket>, Error> {
        // A number is worth less than a ticket that is still to be made, and can wait.
        let client = self.client.with_priority(Priority::Low);
        let keys = made.iter().map(|made| made.key.as_str());
        let by_key = if kept {
            Some(key_place::by_external_id(keys))
        } else {
            let now = self.clock.now();
            let earliest = |made: &Made| key_place::earliest(made.occurred_at, now);
            let since = made.iter().map(earliest).min();
            since.map(|since| key_place::by_description(keys, since))
        };
        let mut tickets: Vec<Ticket> = Vec::new();
        if let Some(query) = by_key {
            tickets = client.query_all(query).await?;
        }
        let known: HashSet<i64> = tickets.iter().map(|ticket| ticket.id).collect();
        let ids = made.iter().map(|made| made.ticket_id);
        let missing: Vec<i64> = ids.filter(|id| !known.contains(id)).collect();
        if !missing.is_empty() {
            let query = Query::new()
                .filter(Filter::one_of("id", missing))
                .fields(&["externalID"]);
            tickets.extend(client.query_all::<Ticket>(query).await?);
        }
        Ok(tickets)
    }
}
