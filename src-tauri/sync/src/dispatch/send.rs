//! Sending one portion that has just been looked up.
//!
//! Over SOAP up to 200 tickets in one create, one create at a time, and a refused create in parts
//! until what is refused is alone; over REST one ticket in one create, as many at a time as the
//! governor lets. A create that has begun is waited for, also when the pass is cancelled:
//! its answer is what makes its postings clear. One that still waits for its turn is called off.

use std::{collections::BTreeMap, time::Duration};

use autotask::{Company, Error, New, NewTicket, NewTicketNote, Outcome, Priority, Step};
use futures::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};

use super::{
    Dispatch, Halt, Tally, key_place,
    lane::Lane,
    most_urgent, notes,
    picklists::{self, RefreshError},
    verdict::{Verdict, verdict},
};
use crate::{
    alerts::Kind,
    backoff,
    outbox::Change,
    plan,
    store::{Claimed, Feed, Named, Outgoing, Record, StoreError},
    time_of_day,
};

/// A look-up is good for this long: a second computer, or this one after a sleep, could have sent
/// what it did not find.
const LOOK_UP_IS_GOOD: SignedDuration = SignedDuration::from_mins(2);

/// So often a posting may be taken back because everything is refused; after that the refusal is
/// its own, or a few that are always refused would for ever keep back what comes behind them.
const TAKEN_BACK_MAX: u32 = 4;

/// How long those wait for which a right is missing.
const BLOCKED_WAIT: Duration = Duration::from_secs(15 * 60);
/// A right that is missing for so many accounts, without a ticket for any other, is missing for all.
const FORBIDDEN_MAX: usize = 2;

/// How long those wait whose refusal turned out to be everybody's.
const REFUSED_WAIT: Duration = Duration::from_secs(15 * 60);

/// A posting with what is made of it: a ticket, or a note.
struct Ready<N> {
    posting: Claimed,
    outgoing: Outgoing,
    new: N,
}

/// Sends what a look-up has just not found. Gives up what must not be sent any more.
pub(super) async fn portion(
    dispatch: &Dispatch<'_>,
    lane: &Lane,
    feed: Feed,
    postings: Vec<Claimed>,
    looked_up_at: Timestamp,
    tally: &mut Tally,
) -> Result<(), Halt> {
    if postings.is_empty() {
        return Ok(());
    }
    match feed {
        Feed::Tickets => {
            let ready = tickets(dispatch, lane, postings)?;
            tally.sent += all(dispatch, lane, ready, looked_up_at).await?;
        }
        Feed::Notes => match dispatch.answer(notes::sort(dispatch)).await? {
            Ok(sort) => {
                let ready = notes(dispatch, lane, postings, sort)?;
                tally.notes += all(dispatch, lane, ready, looked_up_at).await?;
            }
            Err(error) if verdict(&error) == Verdict::Blocked => {
                dispatch.no_notes(&error, tally)?;
            }
            Err(error) => dispatch.everybodys_fault(lane, Priority::Normal, error)?,
        },
    }
    Ok(())
}

/// Gives back how many were sent.
async fn all<N: New + Clone>(
    dispatch: &Dispatch<'_>,
    lane: &Lane,
    ready: Vec<Ready<N>>,
    looked_up_at: Timestamp,
) -> Result<u64, Halt> {
    let limit = dispatch.client.create_limit().max(1);
    // One more than may call at the same time: it is written to the disk while the others call.
    let at_once = if limit == 1 { 3 } else { 1 };
    let batches = batches(ready, limit, |ready| ready.posting.lost);
    let mut results = stream::iter(batches)
        .map(|batch| batch_of(dispatch, lane, batch, looked_up_at))
        .buffer_unordered(at_once);
    let mut halt = None;
    let mut all_sent = 0;
    while let Some(result) = results.next().await {
        match result {
            Ok(sent) => all_sent += sent,
            // Others may be under way: they are waited for, and nothing new begins.
            Err(error) => {
                lane.close(Error::Query {
                    reason: "nothing is sent after an error".to_owned(),
                });
                halt.get_or_insert(error);
            }
        }
    }
    halt.map_or(Ok(all_sent), |error| Err(Halt::Store(error)))
}

/// In what batches postings are sent. Those that came without a certain answer before go last, in
/// smaller and smaller batches and never with others: one of them may be what makes Autotask fail,
/// and must not keep the others from being sent.
fn batches<T>(postings: Vec<T>, limit: usize, lost: impl Fn(&T) -> u32) -> Vec<Vec<T>> {
    let mut by_lost: BTreeMap<u32, Vec<T>> = BTreeMap::new();
    for posting in postings {
        by_lost.entry(lost(&posting)).or_default().push(posting);
    }
    let mut batches = Vec::new();
    for (lost, mut rest) in by_lost {
        // 200, 25, 3, 1.
        let size = (limit / 8_usize.saturating_pow(lost)).max(1);
        while !rest.is_empty() {
            let after = rest.split_off(size.min(rest.len()));
            batches.push(std::mem::replace(&mut rest, after));
        }
    }
    batches
}

/// Puts the tickets together, by the settings as they are now.
fn tickets(
    dispatch: &Dispatch<'_>,
    lane: &Lane,
    postings: Vec<Claimed>,
) -> Result<Vec<Ready<NewTicket>>, StoreError> {
    let zone = dispatch.store.settings()?.general.zone();
    let now = dispatch.clock.now();
    let marks = dispatch.store.external_id_kept()? != Some(true);
    let ticket = |posting: Claimed| {
        let (account, account_name) = posting.account.clone()?;
        let row = lane.usable(posting.alert)?;
        let mut description = match (&posting.job, &posting.text) {
            (Some(job), _) => plan::description(job, &posting.organization, &zone),
            (None, Some(text)) => text.clone(),
            (None, None) => return None,
        };
        // A digest that is made up for would be overdue when it is made.
        let counts_from = match &posting.job {
            Some(_) => posting.occurred_at,
            None => posting.occurred_at.max(now),
        };
        let due = time_of_day::due(counts_from, row.days_due, &zone);
        if marks {
            description = key_place::marked(&description, &posting.key);
        }
        Some(Ready {
            new: NewTicket {
                company_id: account,
                title: posting.title.clone(),
                description,
                status: autotask::status::NEW,
                priority: row.priority,
                queue_id: row.queue,
                due,
                external_id: Some(posting.key.clone()),
            },
            outgoing: Outgoing {
                id: posting.id,
                account,
                account_name,
                priority: Some(row.priority),
                queue: Some(row.queue),
                due: Some(due),
            },
            posting,
        })
    };
    Ok(postings.into_iter().filter_map(ticket).collect())
}

/// Puts the notes together. Who turned off the row of a job wants no notes from it either.
fn notes(
    dispatch: &Dispatch<'_>,
    lane: &Lane,
    postings: Vec<Claimed>,
    sort: notes::Sort,
) -> Result<Vec<Ready<NewTicketNote>>, StoreError> {
    let zone = dispatch.store.settings()?.general.zone();
    let note = |posting: Claimed| {
        let (account, account_name) = posting.account.clone()?;
        lane.usable(posting.alert)?;
        let on = posting.on.as_ref()?;
        Some(Ready {
            new: notes::note(&posting, on, sort, &zone)?,
            outgoing: Outgoing {
                id: posting.id,
                account,
                account_name,
                priority: None,
                queue: None,
                due: None,
            },
            posting,
        })
    };
    Ok(postings.into_iter().filter_map(note).collect())
}

/// Marks, sends, records; splits what is refused. Gives back how many were sent.
async fn batch_of<N: New + Clone>(
    dispatch: &Dispatch<'_>,
    lane: &Lane,
    batch: Vec<Ready<N>>,
    looked_up_at: Timestamp,
) -> Result<u64, StoreError> {
    let may_not_go_on = || {
        let age = dispatch.clock.now().duration_since(looked_up_at);
        let stale = age < SignedDuration::ZERO || age > LOOK_UP_IS_GOOD;
        stale || lane.is_closed() || dispatch.cancel.is_cancelled()
    };
    if may_not_go_on() {
        return Ok(0);
    }
    let outgoing: Vec<Outgoing> = batch.iter().map(|ready| ready.outgoing.clone()).collect();
    let marked = dispatch
        .store
        .mark_sending(&outgoing, dispatch.clock.now())?;
    let batch: Vec<Ready<N>> = batch
        .into_iter()
        .filter(|ready| marked.contains(&ready.posting.id))
        .collect();

    let priority = most_urgent(batch.iter().map(|ready| ready.posting.alert));
    let client = dispatch.client.with_priority(priority);
    let news: Vec<N> = batch.iter().map(|ready| ready.new.clone()).collect();
    let mut sending = client.create_each(&news);
    let take_back = |rows: Vec<usize>| {
        let now = dispatch.clock.now();
        record_all(
            dispatch,
            &at(&batch, &rows),
            Change::NotTaken,
            None,
            Some(now),
        )
    };
    let mut sent = 0;
    loop {
        let forbidden = sending.retain(|row| {
            let account = batch.get(row).map(|one| one.outgoing.account);
            !account.is_some_and(|account| lane.is_forbidden(account))
        });
        wait_for_right(dispatch, &at(&batch, &forbidden), lane.forbids().as_ref())?;
        // What would be refused for the same reason as another one before.
        take_back(sending.retain(|row| batch.get(row).is_some_and(|one| lane.takes(one))))?;
        if may_not_go_on() {
            take_back(sending.retain(|_| false))?;
        }
        match sending.step().await {
            None => return Ok(sent),
            Some(Step::Parted) => {}
            Some(Step::Outcome(Outcome { rows, result })) => {
                let group = at(&batch, &rows);
                sent += record_outcome(dispatch, lane, priority, &group, result).await?;
            }
        }
    }
}

fn at<'a, N>(batch: &'a [Ready<N>], rows: &[usize]) -> Vec<&'a Ready<N>> {
    rows.iter().filter_map(|row| batch.get(*row)).collect()
}

impl Lane {
    fn takes<N>(&self, ready: &Ready<N>) -> bool {
        self.usable(ready.posting.alert).is_some() && !self.is_gone(ready.outgoing.account)
    }
}

/// What became of those in one call. Gives back how many were made.
async fn record_outcome<N>(
    dispatch: &Dispatch<'_>,
    lane: &Lane,
    priority: Priority,
    group: &[&Ready<N>],
    result: Result<Vec<i64>, Error>,
) -> Result<u64, StoreError> {
    let now = dispatch.clock.now();
    let error = match result {
        Ok(ids) => {
            let records: Vec<Record> = group
                .iter()
                .zip(&ids)
                .map(|(ready, id)| match &ready.posting.on {
                    None => Record::created(ready.posting.id, *id),
                    Some(on) => Record::noted(ready.posting.id, Change::Created, *id, on),
                })
                .collect();
            dispatch.store.record(&records, now)?;
            lane.went_well();
            return Ok(records.len() as u64);
        }
        Err(Error::CalledOff) => {
            record_all(dispatch, group, Change::NotTaken, None, Some(now))?;
            return Ok(0);
        }
        Err(error) => error,
    };
    match verdict(&error) {
        Verdict::Refused => refused(dispatch, lane, group, &error).await?,
        Verdict::Unclear => {
            let rested = backoff::later(now, dispatch.settle.after(&error));
            record_all(
                dispatch,
                group,
                Change::LostTrack,
                Some(&error),
                Some(rested),
            )?;
            lane.trouble(error);
        }
        Verdict::Transient => {
            record_all(dispatch, group, Change::NotTaken, Some(&error), None)?;
            lane.trouble(error);
        }
        Verdict::Throttled { retry_after } => {
            let until = dispatch.pause_until(retry_after);
            record_all(dispatch, group, Change::NotTaken, Some(&error), Some(until))?;
            dispatch.everybodys_fault(lane, priority, error)?;
        }
        Verdict::Blocked => blocked(dispatch, lane, priority, group, error)?,
        Verdict::Stop => {
            record_all(dispatch, group, Change::NotTaken, Some(&error), Some(now))?;
            dispatch.everybodys_fault(lane, priority, error)?;
        }
    }
    Ok(0)
}

/// A right is missing: for everything as a rule, but it may be for one account only. So what is for this account
/// waits, and others have their turn. If Autotask takes those, a person is told which account it is.
fn blocked<N>(
    dispatch: &Dispatch<'_>,
    lane: &Lane,
    priority: Priority,
    group: &[&Ready<N>],
    error: Error,
) -> Result<(), StoreError> {
    let until = wait_for_right(dispatch, group, Some(&error))?;
    let [ready] = group else {
        return dispatch.everybodys_fault(lane, priority, error);
    };
    let Outgoing {
        account,
        account_name,
        ..
    } = &ready.outgoing;
    dispatch.store.hold_up(*account, &error, until)?;
    let made_since = |created| ready.posting.attempts > 0 && created > ready.posting.changed_at;
    let others_go = lane.one_was_made() || dispatch.store.last_created()?.is_some_and(made_since);
    if others_go {
        let notice = format!(
            "Autotask takes tickets, but none for {account_name}. {error} They wait. Give the API user the right to \
             tickets for this account, or choose another account on Mappings."
        );
        dispatch
            .store
            .add_notice_for_a_person(&notice, dispatch.clock.now())?;
    }
    let accounts = lane.forbid(*account, &error);
    if !others_go && accounts >= FORBIDDEN_MAX {
        dispatch.everybodys_fault(lane, priority, error)?;
    }
    Ok(())
}

/// Gives back until when.
fn wait_for_right<N>(
    dispatch: &Dispatch<'_>,
    group: &[&Ready<N>],
    error: Option<&Error>,
) -> Result<Timestamp, StoreError> {
    let until = backoff::later(dispatch.clock.now(), BLOCKED_WAIT);
    record_all(dispatch, group, Change::NotTaken, error, Some(until))?;
    Ok(until)
}

/// One posting that Autotask refuses. If its queue or priority has gone since they were read, or its
/// account, then it waits for the row or the mapping, as all others like it; else a person has to
/// look at it.
async fn refused<N>(
    dispatch: &Dispatch<'_>,
    lane: &Lane,
    group: &[&Ready<N>],
    error: &Error,
) -> Result<(), StoreError> {
    let Some(ready) = group.first() else {
        return Ok(());
    };
    let waits = if error.code() == "picklist_value" {
        row_is_blocked(dispatch, lane, ready.posting.alert).await?
    } else {
        account_is_gone(dispatch, lane, &ready.outgoing).await?
    };
    if waits {
        return record_all(
            dispatch,
            group,
            Change::NotTaken,
            Some(error),
            Some(dispatch.clock.now()),
        );
    }
    let sentence = format!("{error} Correct what Autotask names, then retry.");
    tracing::warn!(code = error.code(), "Autotask refused a posting");
    let now = dispatch.clock.now();
    dispatch.store.record(
        &[Record::new(ready.posting.id, Change::Refused).because(error.code(), &sentence)],
        now,
    )?;
    if ready.posting.attempts >= TAKEN_BACK_MAX {
        return Ok(());
    }
    let Some(all) = lane.refused(ready.posting.id, ready.outgoing.account, error.code()) else {
        return Ok(());
    };
    let taken_back: Vec<Record> = all
        .into_iter()
        .map(|id| {
            Record::new(id, Change::Replanned)
                .because(error.code(), &error.to_string())
                .not_before(backoff::later(now, REFUSED_WAIT))
        })
        .collect();
    dispatch.store.record(&taken_back, now)?;
    lane.close(error.clone());
    Ok(())
}

async fn row_is_blocked(
    dispatch: &Dispatch<'_>,
    lane: &Lane,
    kind: Kind,
) -> Result<bool, StoreError> {
    let mut refreshed = lane.picklists_refreshed.lock().await;
    if !*refreshed {
        *refreshed = true;
        let now = dispatch.clock.now();
        match picklists::refresh(dispatch.store, dispatch.client, now).await {
            Ok(()) => lane.set_usable(dispatch.usable()?),
            Err(RefreshError::Store(error)) => return Err(error),
            Err(RefreshError::Autotask(error)) => return cannot_look(dispatch, lane, error),
        }
    }
    Ok(lane.usable(kind).is_none())
}

async fn account_is_gone(
    dispatch: &Dispatch<'_>,
    lane: &Lane,
    outgoing: &Outgoing,
) -> Result<bool, StoreError> {
    let account = outgoing.account;
    if lane.is_fine(account) {
        return Ok(false);
    }
    match dispatch.client.get::<Company>(account).await {
        Ok(Some(company)) if company.active => {
            lane.set_gone(account, false);
            Ok(false)
        }
        Ok(company) => {
            let name = company.map(|company| company.name).unwrap_or_default();
            dispatch.store.note_accounts(&[Named {
                id: account,
                name,
                active: false,
            }])?;
            lane.set_gone(account, true);
            Ok(true)
        }
        Err(error) => cannot_look(dispatch, lane, error),
    }
}

/// Why a posting was refused could not be found out. `true`: that is for a later pass, which will be
/// refused in the same way; the posting is not blamed meanwhile.
fn cannot_look(dispatch: &Dispatch<'_>, lane: &Lane, error: Error) -> Result<bool, StoreError> {
    let later = match verdict(&error) {
        Verdict::Throttled { .. } | Verdict::Transient | Verdict::Unclear | Verdict::Stop => true,
        Verdict::Refused | Verdict::Blocked => false,
    };
    if later {
        dispatch.everybodys_fault(lane, Priority::Normal, error)?;
    }
    Ok(later)
}

/// The same change for all. Without a time: the wait grows with each attempt.
fn record_all<N>(
    dispatch: &Dispatch<'_>,
    group: &[&Ready<N>],
    change: Change,
    error: Option<&Error>,
    at: Option<Timestamp>,
) -> Result<(), StoreError> {
    let now = dispatch.clock.now();
    let records: Vec<Record> = group
        .iter()
        .map(|ready| {
            let record = Record::new(ready.posting.id, change)
                .not_before(at.unwrap_or_else(|| later_again(&ready.posting, now)));
            match error {
                Some(error) => record.because(error.code(), &error.to_string()),
                None => record,
            }
        })
        .collect();
    dispatch.store.record(&records, now)
}

fn later_again(posting: &Claimed, now: Timestamp) -> Timestamp {
    let attempts = posting.attempts + 1;
    let wait: Duration = backoff::wait(attempts, backoff::jitter(&posting.key, attempts));
    backoff::later(now, wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_lost_before_goes_last_and_in_smaller_batches() {
        let lost = [0, 1, 0, 2, 0, 1, 3];
        let sizes = |limit, copies: usize| -> Vec<(u32, usize)> {
            let postings = lost.repeat(copies);
            batches(postings, limit, |lost| *lost)
                .iter()
                .map(|batch| (batch[0], batch.len()))
                .collect()
        };
        assert_eq!(sizes(200, 1), [(0, 3), (1, 2), (2, 1), (3, 1)]);
        assert_eq!(
            sizes(200, 20),
            [
                vec![(0, 60), (1, 25), (1, 15)],
                vec![(2, 3); 6],
                vec![(2, 2)],
                vec![(3, 1); 20]
            ]
            .concat()
        );
        assert_eq!(sizes(1, 1).len(), lost.len());
        assert_eq!(sizes(1, 1)[0], (0, 1));
    }
}
