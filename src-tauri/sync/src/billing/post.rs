//! Posting and reading back. The only place that changes units in Autotask.
//!
//! 1. What was sent and is not decided yet is read first: the units alone say what became of it.
//! 2. Lines whose turn it is are assessed. The oldest line of an organization goes first, and the next only when
//!    it is done, or a person leaves it; a line that cannot go does not hold up the next.
//! 3. Of those that no person has approved, all later units are read: others than now hold the line. They block a
//!    correction that did not go when a person asked for it: another computer may have posted since.
//! 4. In portions: the units are read, the change is computed from them, marked as being sent and sent, and
//!    the units are read back. What was read is good for two minutes.
//!
//! A refusal stays with its line. What is everybody's fault (network, quota, a missing right) ends the run
//! and spends no line; a refused login stops everything.

use std::{collections::HashSet, time::Duration};

use autotask::{Client, Error};
use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use super::{
    Blocked, Change, State, Terms,
    assess::{Assessed, hold},
    book::Book,
    course::Course,
    measure, send,
    standing::{self, Units},
};
use crate::{
    backoff,
    clock::Clock,
    dispatch::{self, Halt},
    pass::Settle,
    store::{LineRow, Store, StoreError},
};

/// So many are read together, sent and read back: one call over SOAP. Over REST each change is a call of its
/// own, and what is not sent while the reading is good is read again.
const PORTION: usize = 200;
/// What was read is good for this long.
pub(super) const READ_IS_GOOD: SignedDuration = SignedDuration::from_mins(2);
/// A line that is held, or blocked by what stands in Autotask, is looked at again after this time.
const BLOCKED_FOR: Duration = Duration::from_hours(1);
/// So long a line waits for the source to be asked after its invoice date has come.
const WAITS_FOR_SOURCE: Duration = Duration::from_hours(24);

/// How a run went.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    /// Changes that Autotask took.
    pub posted: u64,
    /// Lines whose units were read as wanted, those that were so before among them.
    pub verified: u64,
    pub paused_until: Option<Timestamp>,
    /// Why it ended early, if it is no line's fault.
    pub problem: Option<Error>,
}

/// Which lines a run is for.
#[derive(Debug, Clone)]
pub(crate) enum Which {
    /// Those whose turn it is.
    Due,
    /// Those that a person has asked for, now.
    Asked(HashSet<i64>),
    /// Nothing is sent: what was sent is read back, and what needs review is read again.
    ReadOnly,
}

pub(crate) struct Poster<'a> {
    pub store: &'a Store,
    pub client: &'a Client,
    pub clock: &'a dyn Clock,
    pub settle: Settle,
    pub cancel: &'a CancellationToken,
    /// Done, and left.
    pub on_progress: &'a (dyn Fn(u64, u64) + Sync),
}

/// A line that can be sent, but for its units.
pub(super) struct Ready {
    pub line: LineRow,
    pub assessed: Assessed,
}

impl Poster<'_> {
    pub async fn run(&self, which: &Which, tally: &mut Tally) -> Result<(), Halt> {
        let course = Course::default();
        self.read_what_was_sent(which, &course, tally).await?;
        let mut seen: HashSet<i64> = HashSet::new();
        while !matches!(which, Which::ReadOnly) && self.may_go_on(&course, tally)? {
            let lines = self.turn(which, &seen)?;
            if lines.is_empty() {
                break;
            }
            seen.extend(lines.iter().map(|line| line.id));
            let again = self.lines(lines, which, &course, tally).await?;
            for id in again {
                seen.remove(&id);
            }
        }
        course.finish(tally)
    }

    /// Whether anything is sent now.
    pub(super) fn may_go_on(&self, course: &Course, tally: &mut Tally) -> Result<bool, Halt> {
        if self.cancel.is_cancelled() {
            return Err(Halt::Cancelled);
        }
        if let Some(until) = dispatch::paused_until(self.store, self.clock.now())? {
            tally.paused_until = Some(until);
            return Ok(false);
        }
        Ok(!course.is_over())
    }

    /// The oldest line of each organization whose turn it is. Held ones are looked at, too: if another
    /// computer has posted the same meanwhile, there is nothing left to approve. And a blocked one is before
    /// a later one goes, which would be in its way for good.
    fn turn(&self, which: &Which, seen: &HashSet<i64>) -> Result<Vec<LineRow>, StoreError> {
        let now = self.clock.now();
        let mut organizations = HashSet::new();
        let mut lines = self.store.lines_in(&[State::Planned, State::Held])?;
        // A moment far ahead is of a clock set back.
        let is_due = |line: &LineRow| backoff::is_due(line.next_attempt_at, now);
        let due: HashSet<String> = lines
            .iter()
            .filter(|line| is_due(line) && !seen.contains(&line.id))
            .map(|line| line.organization_id.clone())
            .collect();
        lines.retain(|line| {
            let wanted = match which {
                Which::Due => is_due(line) || (line.blocked && due.contains(&line.organization_id)),
                Which::Asked(ids) => ids.contains(&line.id),
                Which::ReadOnly => false,
            };
            wanted && !seen.contains(&line.id) && organizations.insert(line.organization_id.clone())
        });
        Ok(lines)
    }

    /// Assesses and sends. Gives back the lines that may go once more at once.
    async fn lines(
        &self,
        lines: Vec<LineRow>,
        which: &Which,
        course: &Course,
        tally: &mut Tally,
    ) -> Result<Vec<i64>, Halt> {
        let now = self.clock.now();
        let mut book = Book::open(self.store, now)?;
        let asked = self.store.usage_days(jiff::civil::Date::MIN)?;
        let mut ready: Vec<Ready> = Vec::new();
        let (mut blocked, mut left) = (Vec::new(), Vec::new());
        for line in lines {
            book.read_figures(self.store, line.invoice_date)?;
            let moment = super::due::moment(&book.settings, line.invoice_date);
            let waits = matches!(which, Which::Due)
                && line.corrects.is_none()
                && line.approved.is_none()
                && now < backoff::later(moment.max(line.created_at), WAITS_FOR_SOURCE)
                && !measure::has_answered(&asked, &book.settings, moment);
            if waits {
                continue;
            }
            let Some(assessed) = book.begin(self.store, &line)? else {
                continue;
            };
            match &assessed.blocked {
                // Should it come back, it is not billed for the time.
                Some(why @ Blocked::ExpiredLeft) if line.former.is_none() => left.push(
                    line.record(Change::Settled)
                        .because(why.code(), &why.to_string()),
                ),
                Some(why) if why.is_from_here() => blocked.push(note(&line, why, now)),
                Some(_) | None => ready.push(Ready { line, assessed }),
            }
        }
        self.store.record_lines(&left, now)?;
        self.ask_contracts(&book, &mut ready, &mut blocked, course)
            .await?;
        self.store.note_blocked(&blocked)?;
        let Some(ahead) = self.look_ahead(&ready, which, course).await? else {
            return Ok(Vec::new());
        };

        // Neighbours in time are read together.
        ready.sort_by_key(|ready| (ready.line.invoice_date, ready.assessed.effective));
        let mut again = Vec::new();
        while !ready.is_empty() && self.may_go_on(course, tally)? {
            (self.on_progress)(tally.posted + tally.verified, ready.len() as u64);
            let rest = ready.split_off(PORTION.min(ready.len()));
            let portion = std::mem::replace(&mut ready, rest);
            let portion = self.portion(&book, portion, &ahead, which, course, tally);
            again.extend(portion.await?);
        }
        Ok(again)
    }

    /// The later units of the lines that go without a person: who has approved a change has seen them.
    async fn look_ahead(
        &self,
        ready: &[Ready],
        which: &Which,
        course: &Course,
    ) -> Result<Option<Units>, Halt> {
        let by_itself = |ready: &&Ready| {
            matches!(which, Which::Due)
                && ready.line.state == State::Planned
                && ready.line.approved.is_none()
        };
        let later: Vec<_> = ready
            .iter()
            .filter(by_itself)
            .filter_map(|ready| ready.assessed.to_look_ahead())
            .collect();
        self.answer(standing::units(self.client, &later), course)
            .await
    }

    async fn ask_contracts(
        &self,
        book: &Book,
        ready: &mut Vec<Ready>,
        blocked: &mut Vec<Noted>,
        course: &Course,
    ) -> Result<(), Halt> {
        if ready.is_empty() {
            return Ok(());
        }
        let places = || {
            ready
                .iter()
                .filter_map(|ready| ready.assessed.place.as_ref())
        };
        let read = standing::contracts(
            self.client,
            places().map(|place| place.contract),
            places().map(|place| place.service),
        );
        let Some(contracts) = self.answer(read, course).await? else {
            ready.clear();
            return Ok(());
        };
        let now = self.clock.now();
        let mut withdrawn = Vec::new();
        ready.retain_mut(|Ready { line, assessed }| {
            if line.corrects.is_some() {
                assessed.correction_with_contract(&contracts);
            } else if let Some(row) = book.row(&line.organization_id) {
                let case = book.case(row, line.invoice_date, Some(line));
                assessed.with_contract(&case, &contracts);
            }
            if let Some(place) = &assessed.place {
                let own = [Some(line.id), line.corrects];
                let standing = book.standing(place.service).iter();
                let others: Vec<_> = standing
                    .filter(|other| !own.contains(&Some(other.line)))
                    .copied()
                    .collect();
                assessed.with_own_lines(&others, None);
            }
            match &assessed.blocked {
                None => true,
                // The period has its units: nothing will come of this line.
                Some(why @ Blocked::PeriodSet { .. })
                    if line.corrects.is_none() && line.former.is_none() =>
                {
                    withdrawn.push(
                        line.record(Change::Withdrawn)
                            .because(why.code(), &why.to_string()),
                    );
                    false
                }
                Some(why) => {
                    blocked.push(note(line, why, backoff::later(now, BLOCKED_FOR)));
                    false
                }
            }
        });
        self.store.record_lines(&withdrawn, now)?;
        Ok(())
    }

    /// Reads, sends, reads back.
    async fn portion(
        &self,
        book: &Book,
        mut portion: Vec<Ready>,
        ahead: &Units,
        which: &Which,
        course: &Course,
        tally: &mut Tally,
    ) -> Result<Vec<i64>, Halt> {
        let to_read: Vec<_> = portion
            .iter()
            .filter_map(|ready| ready.assessed.to_read())
            .collect();
        let read_at = self.clock.now();
        let read = standing::units(self.client, &to_read);
        let Some(units) = self.answer(read, course).await? else {
            return Ok(Vec::new());
        };
        let now = self.clock.now();
        let mut records = Vec::new();
        let mut blocked = Vec::new();
        let mut held = Vec::new();
        let mut outgoing: Vec<(LineRow, Terms)> = Vec::new();
        for Ready { line, assessed } in &mut portion {
            assessed.with_units(&units, ahead);
            let Some(terms) = assessed.terms() else {
                if let Some(why) = &assessed.blocked {
                    blocked.push(note(line, why, backoff::later(now, BLOCKED_FOR)));
                }
                continue;
            };
            if terms.change() == 0 {
                tally.verified += 1;
                let read = Some(terms.before);
                records.push(line.record(Change::Agrees).with(terms).read(read));
                continue;
            }
            if line.state == State::Held {
                held.push(line.id);
                continue;
            }
            if line.corrects.is_some()
                && matches!(which, Which::Due)
                && let Some((day, units)) = assessed.later
            {
                let moved = units.saturating_add(terms.change());
                let why = Blocked::LaterUnits { day, units, moved };
                blocked.push(note(line, &why, backoff::later(now, BLOCKED_FOR)));
                continue;
            }
            let by_person = line.corrects.is_some()
                || (matches!(which, Which::Asked(_)) && line.approved.is_none());
            let why = if by_person {
                None
            } else {
                hold(book.billing(), &terms, line.approved, assessed.later)
            };
            match why {
                Some(why) => {
                    records.push(line.record(Change::Held).with(terms).because("held", &why));
                }
                None => outgoing.push((line.clone(), terms)),
            }
        }
        self.store.note_blocked(&blocked)?;
        self.store
            .note_looks(&held, backoff::later(now, BLOCKED_FOR))?;
        self.store.record_lines(&records, now)?;
        let again = send::portion(self, outgoing, read_at, course, tally).await?;
        let sent: HashSet<i64> = portion.iter().map(|ready| ready.line.id).collect();
        self.read_back(&sent, course, tally).await?;
        Ok(again)
    }

    /// A read that can be given up at any time. `None`: it failed, and the run is over.
    pub(super) async fn answer<T>(
        &self,
        read: impl Future<Output = Result<T, Error>>,
        course: &Course,
    ) -> Result<Option<T>, Halt> {
        let answer = tokio::select! {
            biased;
            () = self.cancel.cancelled() => return Err(Halt::Cancelled),
            answer = read => answer,
        };
        match answer {
            Ok(answer) => Ok(Some(answer)),
            Err(error) => {
                course.fault(self, error)?;
                Ok(None)
            }
        }
    }
}

type Noted = (i64, String, String, Timestamp);

fn note(line: &LineRow, why: &Blocked, at: Timestamp) -> Noted {
    (line.id, why.code().to_owned(), why.to_string(), at)
}
