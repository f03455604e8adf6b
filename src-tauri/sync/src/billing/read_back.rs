//! Reading units back, and what a line is by them. Nothing is sent here.

use std::collections::{HashMap, HashSet};

use super::{
    Change, State, Terms,
    after::{self, Reading},
    course::Course,
    post::{Poster, Tally, Which},
    standing,
};
use crate::{backoff, dispatch::Halt, store::LineRow};

impl Poster<'_> {
    /// Lines of which Autotask said that it took or refused them just now.
    pub(super) async fn read_back(
        &self,
        sent: &HashSet<i64>,
        course: &Course,
        tally: &mut Tally,
    ) -> Result<(), Halt> {
        let mut lines = self.store.lines_in(&[State::Posted, State::NeedsReview])?;
        lines.retain(|line| {
            sent.contains(&line.id)
                && (line.state == State::Posted
                    || line
                        .error
                        .as_ref()
                        .is_some_and(|(code, _)| code == "duplicate"))
        });
        self.read_lines(lines, course, tally).await
    }

    /// At the beginning: what is posted, and what is unclear and has rested.
    pub(super) async fn read_what_was_sent(
        &self,
        which: &Which,
        course: &Course,
        tally: &mut Tally,
    ) -> Result<(), Halt> {
        let now = self.clock.now();
        let mut states = vec![State::Posted, State::Unclear];
        if matches!(which, Which::ReadOnly) {
            states.push(State::NeedsReview);
        }
        let mut lines = self.store.lines_in(&states)?;
        lines.retain(|line| match line.state {
            State::Unclear => backoff::is_due(line.next_attempt_at, now),
            State::Posted => {
                !matches!(which, Which::Due) || backoff::is_due(line.next_attempt_at, now)
            }
            State::Held
            | State::Planned
            | State::Sending
            | State::Verified
            | State::NeedsReview
            | State::Settled
            | State::Corrected
            | State::Withdrawn => true,
        });
        if lines.is_empty() || !self.may_go_on(course, tally)? {
            return Ok(());
        }
        self.read_lines(lines, course, tally).await
    }

    async fn read_lines(
        &self,
        lines: Vec<LineRow>,
        course: &Course,
        tally: &mut Tally,
    ) -> Result<(), Halt> {
        let of: HashMap<i64, Terms> = lines
            .iter()
            .filter_map(|line| Some((line.id, line.terms.clone()?)))
            .collect();
        if of.is_empty() {
            return Ok(());
        }
        let to_read: Vec<_> = of.values().map(Terms::to_read).collect();
        let read = standing::units(self.client, &to_read);
        let Some(units) = self.answer(read, course).await? else {
            return Ok(());
        };
        let now = self.clock.now();
        let (mut records, mut again) = (Vec::new(), Vec::new());
        for line in &lines {
            let Some(terms) = of.get(&line.id) else {
                continue;
            };
            let rows = units.of_terms(terms);
            let read = rows.as_ref().ok().map(|rows| rows.units(terms.wanted));
            let record = |change| line.record(change).read(read);
            match after::reading(line.state, terms, line.attempts, line.looks, &rows) {
                Reading::AsWanted => {
                    tally.verified += 1;
                    records.push(record(Change::AsWanted));
                }
                // What needs review stays there until a person decides, with why it is there.
                _ if line.state == State::NeedsReview => {}
                Reading::AsBefore => {
                    let wait =
                        backoff::wait(line.attempts, backoff::jitter(&line.key(), line.attempts));
                    // The first time it goes at once, right after this reading.
                    let at = if line.attempts > 1 {
                        backoff::later(now, wait)
                    } else {
                        now
                    };
                    records.push(record(Change::AsBefore).not_before(at));
                }
                Reading::Again => again.push(line.id),
                Reading::Review(code, text) => {
                    records.push(record(Change::Otherwise).because(code, &text));
                }
            }
        }
        self.store.record_lines(&records, now)?;
        self.store
            .note_looks(&again, backoff::later(now, self.settle.after_answer))?;
        Ok(())
    }
}
