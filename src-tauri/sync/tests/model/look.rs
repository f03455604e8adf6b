//! A pass, and what is looked at after it: the tickets in Autotask, the store's own view, and the book.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use simulator::Ticket as Made;
use sync::{
    login,
    pass::{PassError, Report},
    status,
};

use crate::{
    computer::End,
    partner::{self, Checked, OnItsWay, Partner, ensure},
    reference::{Key, Stage, Ticket},
    tap::Event,
};

/// Autotask may work so long on a call.
const AT_WORK: SignedDuration = SignedDuration::from_mins(5);

impl Partner {
    pub async fn pass(&mut self, computer: usize, end: End) -> Checked {
        let one = &mut self.computers[computer];
        // The app runs none.
        if one.store().paused(one.now()).unwrap().is_some() {
            return Ok(());
        }
        let refused = login::refused(one.store()).unwrap().is_some();
        let throttled = status::read(one.store(), one.now())
            .unwrap()
            .throttled_until;
        let longest = one.now() + SignedDuration::from_hours(2);
        let throttled = throttled.is_some_and(|until| until <= longest);
        let faults = self.simulator.faults().list();
        let undisturbed = faults.is_empty() && self.on_its_way.is_empty();
        let late = |what| matches!(what, simulator::What::DropLate(_));
        let late = faults.iter().any(|(_, fault)| late(fault.what));
        let client = one.autotask().clone();
        let calls = client.calls();
        self.seen.passes += 1;
        let answer = one.pass(end).await;
        let mut allowed = BTreeMap::new();
        let now = one.now();
        for event in one.events() {
            match event {
                Event::Named(organizations) => {
                    for organization in organizations {
                        one.book.know(&organization.id);
                    }
                }
                Event::TakenIn(jobs) => jobs.iter().for_each(|job| one.book.take_in(job)),
                Event::Planned { all_read } => {
                    let before = one.book.stages();
                    one.book.plan(now, all_read);
                    let after = one.book.stages();
                    let gone = before.keys().filter(|key| !after.contains_key(*key));
                    self.seen.taken_back += gone.count() as u64;
                    allowed = one.book.sendable(now);
                }
            }
        }
        let calls = client.calls() - calls;
        self.calls.sent(calls);
        ensure!(calls == 0 || !refused, "{calls} calls with a refused login");
        ensure!(calls == 0 || !throttled, "{calls} calls in a pause");

        if answer.is_none() {
            self.seen.killed += 1;
            one.start(&self.simulator).await;
        }
        let until = self.simulator.now() + AT_WORK;
        let untils = [
            answer.is_none().then_some(None),
            late.then_some(Some(until)),
        ];
        for until in untils.into_iter().flatten() {
            self.on_its_way.push(OnItsWay {
                computer,
                allowed: allowed.clone(),
                until,
            });
        }
        let made = self.look_for_tickets(computer, &allowed)?;
        self.look_for_notes(computer, &allowed)?;
        let sending = self.look_at(computer)?;
        ensure!(
            answer.is_none() || sending == 0,
            "{sending} are still on their way"
        );
        match answer {
            None => Ok(()),
            Some(Ok(report)) => {
                self.seen.found += report.found;
                self.check_report(computer, &report, undisturbed.then_some(made))
            }
            Some(Err(PassError::Cancelled)) => {
                self.seen.cancelled += 1;
                let stopped = matches!(end, End::Cancelled(_));
                ensure!(stopped, "nobody has stopped it");
                Ok(())
            }
            Some(Err(PassError::LoginRefused { .. })) => {
                self.seen.refused += 1;
                let store = self.computers[computer].store();
                let refused = login::refused(store).unwrap();
                ensure!(refused.is_some(), "the refusal is forgotten");
                Ok(())
            }
            Some(Err(error @ (PassError::Busy | PassError::Store(_)))) => {
                Err(format!("the pass failed: {error}"))
            }
        }
    }

    /// Waits for what killed programs have sent.
    pub async fn all_arrive(&mut self) -> Checked {
        let mut tries = 0;
        while !self.calls.all_arrived(self.simulator.autotask().calls()) {
            tries += 1;
            ensure!(tries < 100_000, "a call was sent, and never arrived");
            tokio::task::yield_now().await;
        }
        self.look_for_late_ones()?;
        self.on_its_way.retain(|one| one.until.is_some());
        Ok(())
    }

    /// What was sent earlier may be there by now.
    pub fn look_for_late_ones(&mut self) -> Checked {
        let sender = self.on_its_way.first().map_or(0, |one| one.computer);
        self.look_for_tickets(sender, &BTreeMap::new())?;
        self.look_for_notes(sender, &BTreeMap::new())?;
        let now = self.simulator.now();
        let over = |until: &Timestamp| *until <= now;
        self.on_its_way
            .retain(|one| !one.until.as_ref().is_some_and(over));
        Ok(())
    }

    /// Looks at each ticket that is new: whether it was allowed, and looks as it should. Says how many.
    fn look_for_tickets(
        &mut self,
        computer: usize,
        allowed: &BTreeMap<Key, Ticket>,
    ) -> Result<u64, String> {
        let looked_at = self.looked_at;
        let tickets = self.simulator.autotask().tickets().into_iter();
        let mut count = 0;
        for ticket in tickets.filter(|ticket| ticket.id > looked_at) {
            self.looked_at = ticket.id;
            // The one that shows it carries none.
            if ticket.title.starts_with("Test ticket") && key_of(&ticket).is_none() {
                self.seen.tests += 1;
                continue;
            }
            let Some(key) = key_of(&ticket) else {
                return Err(format!("a ticket without a key: {ticket:#?}"));
            };
            if key.starts_with("ucd-test-") {
                let first = self.test_tickets.insert(key.clone());
                ensure!(first, "a test ticket twice: {key}");
                self.seen.tests += 1;
                continue;
            }
            count += 1;
            if key.starts_with("ucd-day-") {
                self.seen.digests += 1;
            } else {
                self.seen.events += 1;
            }
            if let Some(before) = self.made.get(&key) {
                let before = before.ticket;
                return Err(format!("twice, the first is {before}: {ticket:#?}"));
            }
            let earlier = self.on_its_way.iter();
            let earlier: Vec<&Ticket> = earlier.filter_map(|one| one.allowed.get(&key)).collect();
            if !earlier.is_empty() {
                self.seen.arrived_later += 1;
            }
            let expected: Vec<&Ticket> = allowed.get(&key).into_iter().chain(earlier).collect();
            ensure!(!expected.is_empty(), "nobody may send {ticket:#?}");
            let fits = expected.iter().any(|expected| is_as(&ticket, expected));
            ensure!(fits, "{ticket:#?}\nshould be {expected:#?}");
            let made = partner::Made {
                ticket: ticket.id,
                by: Some(computer),
            };
            self.titles.insert(key.clone(), ticket.title);
            self.made.insert(key, made);
        }
        Ok(count)
    }

    /// The same for each note that is new: on the ticket of its event, and for the first time.
    fn look_for_notes(&mut self, computer: usize, allowed: &BTreeMap<Key, Ticket>) -> Checked {
        let notes = self.simulator.autotask().ticket_notes();
        for note in notes.into_iter().skip(self.notes_looked_at) {
            self.notes_looked_at += 1;
            self.seen.notes += 1;
            let last = note.description.lines().next_back();
            let key = last.and_then(|last| last.strip_prefix("Reference: "));
            let Some(key) = key.map(str::to_owned) else {
                return Err(format!("a note without a key: {note:#?}"));
            };
            ensure!(!self.made.contains_key(&key), "twice: {note:#?}");
            let earlier = self.on_its_way.iter();
            let earlier = earlier.filter_map(|one| one.allowed.get(&key));
            let mut expected = allowed.get(&key).into_iter().chain(earlier);
            let fits = expected.any(|expected| {
                let ticket = expected.on.as_ref().and_then(|on| self.made.get(on));
                ticket.is_some_and(|made| made.ticket == note.ticket_id)
                    && note.title.starts_with(&expected.title)
                    && expected
                        .words
                        .iter()
                        .all(|word| note.description.contains(word))
            });
            ensure!(fits, "nobody may add {note:#?}");
            let made = partner::Made {
                ticket: note.ticket_id,
                by: Some(computer),
            };
            self.made.insert(key, made);
        }
        Ok(())
    }

    /// Compares what a computer's store tells with its book and with the tickets. Says how many postings are
    /// on their way right now.
    pub fn look_at(&mut self, computer: usize) -> Result<usize, String> {
        let one = &mut self.computers[computer];
        let told = one.postings();
        let planned: BTreeSet<Key> = one.book.stages().into_keys().collect();
        let kept: BTreeSet<Key> = told
            .iter()
            .filter(|told| !told.test)
            .map(|told| told.key.clone())
            .collect();
        let lost: Vec<_> = planned.difference(&kept).collect();
        ensure!(lost.is_empty(), "planned, and not there: {lost:?}");
        let unwanted: Vec<_> = kept.difference(&planned).collect();
        ensure!(unwanted.is_empty(), "there, and not wanted: {unwanted:?}");
        let sending = told.iter().filter(|told| told.sending && !told.test);
        let sending = sending.count();
        for told in told.into_iter().filter(|told| !told.test) {
            let before = one.book.went_on(&told.key, told.stage)?;
            if before != told.stage {
                if let Some(title) = self.titles.get(&told.key)
                    && told.stage == Stage::Done
                {
                    one.book.says(&told.key, title);
                }
                match told.stage {
                    Stage::Unclear => self.seen.unclear += 1,
                    Stage::NeedsAttention => self.seen.need_attention += 1,
                    Stage::Planned | Stage::Done => {}
                }
            }
            let made = self.made.get(&told.key);
            match told.stage {
                Stage::Done => {
                    let fits = made.map(|made| made.ticket) == told.ticket_id;
                    ensure!(fits, "done, and Autotask has {made:?}: {told:?}");
                }
                Stage::Planned | Stage::NeedsAttention => {
                    let ours = made.is_some_and(|made| made.by == Some(computer));
                    ensure!(!ours, "not there for certain, but it is: {made:?} {told:?}");
                }
                Stage::Unclear => {}
            }
        }
        one.book.was_looked_at();
        Ok(sending)
    }

    fn check_report(&self, computer: usize, report: &Report, made: Option<u64>) -> Checked {
        let one = &self.computers[computer];
        let counts = one.store().counts().unwrap();
        let told = (report.waiting, report.needs_attention, report.unclear);
        let is = (counts.waiting, counts.needs_attention, counts.unclear);
        ensure!(told == is, "the report says {told:?}, the store {is:?}");
        if let Some(made) = made {
            let sent = report.sent;
            ensure!(sent == made, "it says {sent} were sent, and {made} were");
        }
        Ok(())
    }
}

/// In `ExternalID`, or in the last line of the text.
fn key_of(ticket: &Made) -> Option<Key> {
    let ours = ticket
        .external_id
        .clone()
        .filter(|key| key.starts_with("ucd-"));
    ours.or_else(|| {
        let last = ticket.description.lines().next_back()?;
        last.strip_prefix("Reference: ").map(str::to_owned)
    })
}

fn is_as(made: &Made, expected: &Ticket) -> bool {
    let words = expected.words.iter();
    (made.company_id, made.priority, made.queue_id, made.due)
        == (
            expected.account,
            expected.priority,
            Some(expected.queue),
            Some(expected.due),
        )
        && made.title.starts_with(&expected.title)
        && made.status == 1
        && words
            .into_iter()
            .all(|word| made.description.contains(word))
}
