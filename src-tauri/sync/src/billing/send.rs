//! Sending one portion whose units have just been read.
//!
//! Over SOAP up to 200 changes in one call, all or none, and a refused call in parts until what is refused is
//! alone; over REST one in each call, a few at a time. A line is marked as being sent, with its terms, on the
//! disk before its request leaves; a call that has begun is waited for, also when the run is cancelled.

use autotask::{Error, Line, NewContractServiceAdjustment, Outcome, Refusal, Step};
use futures::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};

use super::{
    Change, Terms,
    course::Course,
    post::{Poster, READ_IS_GOOD, Tally},
};
use crate::{
    backoff,
    dispatch::{
        Halt,
        verdict::{Verdict, verdict},
    },
    store::{LineRecord, LineRow, StoreError},
};

/// What became of some lines.
#[derive(Debug, Default)]
struct Sent {
    posted: u64,
    /// May go once more at once: from the next day.
    again: Vec<i64>,
}

/// Gives back the lines that may go once more at once.
pub(super) async fn portion(
    poster: &Poster<'_>,
    outgoing: Vec<(LineRow, Terms)>,
    read_at: Timestamp,
    course: &Course,
    tally: &mut Tally,
) -> Result<Vec<i64>, Halt> {
    let limit = poster.client.create_limit().max(1);
    // One more than may call at the same time: it is written to the disk while the others call.
    let at_once = if limit == 1 { 3 } else { 1 };
    let mut batches: Vec<Vec<(LineRow, Terms)>> = Vec::new();
    for line in outgoing {
        match batches.last_mut() {
            Some(batch) if batch.len() < limit => batch.push(line),
            Some(_) | None => batches.push(vec![line]),
        }
    }
    let mut results = stream::iter(batches)
        .map(|batch| batch_of(poster, batch, read_at, course))
        .buffer_unordered(at_once);
    let (mut halt, mut again) = (None, Vec::new());
    while let Some(result) = results.next().await {
        match result {
            Ok(sent) => {
                tally.posted += sent.posted;
                again.extend(sent.again);
            }
            // Others may be under way: they are waited for, and nothing new begins.
            Err(error) => {
                course.close();
                halt.get_or_insert(error);
            }
        }
    }
    match halt {
        None => Ok(again),
        Some(error) => Err(Halt::Store(error)),
    }
}

/// Marks, sends, records; parts what is refused.
async fn batch_of(
    poster: &Poster<'_>,
    batch: Vec<(LineRow, Terms)>,
    read_at: Timestamp,
    course: &Course,
) -> Result<Sent, StoreError> {
    let may_not_go_on = || {
        let age = poster.clock.now().duration_since(read_at);
        let stale = age < SignedDuration::ZERO || age > READ_IS_GOOD;
        stale || course.is_over() || poster.cancel.is_cancelled()
    };
    let mut sent = Sent::default();
    if may_not_go_on() {
        return Ok(sent);
    }
    let claims: Vec<LineRecord> = batch
        .iter()
        .map(|(line, terms)| line.record(Change::Claimed).with(terms.clone()))
        .collect();
    let claimed = poster.store.record_lines(&claims, poster.clock.now())?;
    let batch: Vec<(LineRow, Terms)> = batch
        .into_iter()
        .filter(|(line, _)| claimed.contains(&line.id))
        .collect();
    let adjustments: Vec<NewContractServiceAdjustment> =
        batch.iter().map(|(_, terms)| adjustment(terms)).collect();
    let mut sending = poster.client.adjust_each(&adjustments);
    loop {
        if may_not_go_on() {
            let dropped = sending.retain(|_| false);
            let now = poster.clock.now();
            let taken_back: Vec<LineRecord> = at(&batch, &dropped)
                .map(|(line, _)| line.record(Change::NotTaken).not_before(now))
                .collect();
            poster.store.record_lines(&taken_back, now)?;
        }
        match sending.step().await {
            None => return Ok(sent),
            Some(Step::Parted) => {}
            Some(Step::Outcome(Outcome { rows, result })) => {
                let group: Vec<&(LineRow, Terms)> = at(&batch, &rows).collect();
                record(poster, &group, result.map(|_| ()), course, &mut sent)?;
            }
        }
    }
}

/// Never by its service: a service that is not on the contract would be put on it.
fn adjustment(terms: &Terms) -> NewContractServiceAdjustment {
    NewContractServiceAdjustment {
        contract_id: terms.place.contract,
        line: Line::ContractService(terms.place.service),
        effective: terms.effective,
        unit_change: Some(terms.change()),
        adjusted_unit_price: None,
        adjusted_unit_cost: None,
    }
}

fn at<'a>(
    batch: &'a [(LineRow, Terms)],
    rows: &'a [usize],
) -> impl Iterator<Item = &'a (LineRow, Terms)> {
    rows.iter().filter_map(|row| batch.get(*row))
}

/// What became of the lines of one call.
fn record(
    poster: &Poster<'_>,
    group: &[&(LineRow, Terms)],
    result: Result<(), Error>,
    course: &Course,
    sent: &mut Sent,
) -> Result<(), StoreError> {
    let now = poster.clock.now();
    let all = |change: Change, error: Option<&Error>, at: Option<Timestamp>| {
        let records: Vec<LineRecord> = group
            .iter()
            .map(|(line, _)| {
                let attempts = line.attempts + 1;
                let wait = backoff::wait(attempts, backoff::jitter(&line.key(), attempts));
                let record = line
                    .record(change)
                    .not_before(at.unwrap_or_else(|| backoff::later(now, wait)));
                match error {
                    Some(error) => record.because(error.code(), &error.to_string()),
                    None => record,
                }
            })
            .collect();
        poster.store.record_lines(&records, now)
    };
    let error = match result {
        Ok(()) => {
            all(Change::Accepted, None, Some(now))?;
            course.went_well();
            sent.posted += group.len() as u64;
            return Ok(());
        }
        Err(error) => error,
    };
    match verdict(&error) {
        Verdict::Refused => refused(poster, group, error, course, sent)?,
        Verdict::Unclear => {
            let rested = backoff::later(now, poster.settle.after(&error));
            all(Change::LostTrack, Some(&error), Some(rested))?;
            course.trouble(error);
        }
        Verdict::Transient => {
            all(Change::NotTaken, Some(&error), None)?;
            course.trouble(error);
        }
        Verdict::Throttled { .. } | Verdict::Blocked | Verdict::Stop => {
            all(Change::NotTaken, Some(&error), Some(now))?;
            course.fault(poster, error)?;
        }
    }
    Ok(())
}

/// A refusal is of one line. That of a second change with the same effective date is no more than that: a
/// correction, whose plan said so, takes the next day, and a line is offered it.
fn refused(
    poster: &Poster<'_>,
    group: &[&(LineRow, Terms)],
    error: Error,
    course: &Course,
    sent: &mut Sent,
) -> Result<(), StoreError> {
    let now = poster.clock.now();
    let duplicate = matches!(
        error,
        Error::Refused {
            refusal: Refusal::Duplicate,
            ..
        }
    );
    let mut records = Vec::new();
    for (line, terms) in group {
        let next = terms.next_day();
        if duplicate && line.corrects.is_some() && next.is_some() {
            let mut record = line
                .record(Change::NotTaken)
                .because(error.code(), &error.to_string())
                .not_before(now);
            record.from_day = next;
            records.push(record);
            sent.again.push(line.id);
            continue;
        }
        let text = if duplicate {
            let way_out = match next {
                Some(_) => {
                    "Post it from the next day of the billing period (what is before is then billed as it \
                     stands), or leave it as it stands."
                }
                None => {
                    "The billing period has no later day: leave it as it stands, and bill what is missing by \
                     hand."
                }
            };
            format!(
                "Autotask takes no second change of the service with the same effective date, {}. {way_out} \
                 {error}",
                terms.effective
            )
        } else {
            format!("{error} Correct what Autotask names, then post again.")
        };
        records.push(line.record(Change::Refused).because(error.code(), &text));
    }
    poster.store.record_lines(&records, now)?;
    if !duplicate {
        course.refused(error);
    }
    Ok(())
}
