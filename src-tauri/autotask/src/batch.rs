//! Many rows, made in as few calls as possible, each with an answer of its own.
//!
//! SOAP takes 200 rows in a create, all or none. A call that Autotask refuses is sent again in parts
//! until the rows that it refuses are alone: a refusal stored nothing, so nothing can be made twice.
//! Any other error ends with its rows: whether they exist may not be known, so they are the caller's
//! to look for. Nothing else is ever sent twice.
//!
//! Where a refusal names rows, these are tried apart from the others, and that is all that a name
//! does: no row is taken for refused that was not refused alone.

use std::ops::Range;

use crate::client::Client;
use crate::entity::{Draft, New};
use crate::error::{Class, Error};

/// Rows being made. See [`Client::create_each`].
///
/// Dropped early, it sends no more; what was sent stays.
#[derive(Debug)]
pub struct Batch<'a, N> {
    client: &'a Client,
    rows: &'a [N],
    /// What is still to be sent, the next at the end.
    parts: Vec<Part>,
}

/// Rows that are sent together, by their places, and whether names in a refusal are followed.
type Part = (Vec<usize>, bool);

/// What became of the rows of one call.
#[derive(Debug)]
pub struct Outcome {
    /// Their places in what was given.
    pub rows: Vec<usize>,
    /// Their ids in the same order, or why there are none. A refusal is of one row. Adjustments have no
    /// ids: the list is empty.
    pub result: Result<Vec<i64>, Error>,
}

/// What came of one call.
#[derive(Debug)]
pub enum Step {
    /// It was refused for one of several rows, which are now tried apart.
    Parted,
    /// Some rows have their outcome.
    Outcome(Outcome),
}

impl<'a, N: New> Batch<'a, N> {
    pub(crate) fn new(client: &'a Client, rows: &'a [N]) -> Self {
        let limit = client.create_limit().max(1);
        let mut parts: Vec<Part> = Vec::with_capacity(rows.len() / limit + 1);
        let mut begin = 0;
        while begin < rows.len() {
            let part: Range<usize> = begin..rows.len().min(begin + limit);
            begin = part.end;
            parts.push((part.collect(), true));
        }
        parts.reverse();
        Self {
            client,
            rows,
            parts,
        }
    }

    /// Sends until some rows have an outcome. `None` when all have one.
    pub async fn next(&mut self) -> Option<Outcome> {
        loop {
            match self.step().await? {
                Step::Parted => {}
                Step::Outcome(outcome) => return Some(outcome),
            }
        }
    }

    /// One call, or `None` when all rows have an outcome. Between two of them is the time to stop, or
    /// to drop rows.
    ///
    /// ```no_run
    /// use autotask::{Class, Client, NewTicket, Step};
    ///
    /// # async fn example(client: Client, tickets: Vec<NewTicket>, withdrawn: Vec<usize>) {
    /// let mut batch = client.create_each(&tickets);
    /// while let Some(step) = batch.step().await {
    ///     if let Step::Outcome(outcome) = step
    ///         && let Err(error) = outcome.result
    ///         && error.class() == Class::Stop
    ///     {
    ///         break;
    ///     }
    ///     // Others may have been withdrawn while the call was under way.
    ///     let dropped = batch.retain(|place| !withdrawn.contains(&place));
    ///     println!("{} rows are not sent", dropped.len());
    /// }
    /// # }
    /// ```
    pub async fn step(&mut self) -> Option<Step> {
        let (places, follow_names) = self.parts.pop()?;
        let rows: Vec<Draft> = places
            .iter()
            .filter_map(|place| self.rows.get(*place))
            .map(New::draft)
            .collect();
        match self.client.make(rows).await {
            Err(error) if is_of_a_row(&error) && places.len() > 1 => {
                let named = if follow_names {
                    named(&error, places.len())
                } else {
                    Vec::new()
                };
                self.parts.extend(split(places, &named).into_iter().rev());
                Some(Step::Parted)
            }
            result => Some(Step::Outcome(Outcome {
                rows: places,
                result,
            })),
        }
    }

    /// Keeps of the rows that are still to be sent only some, told by their places in what was given,
    /// and gives back the others' places.
    pub fn retain(&mut self, keep: impl Fn(usize) -> bool) -> Vec<usize> {
        let mut dropped = Vec::new();
        for (places, _) in &mut self.parts {
            places.retain(|place| {
                let kept = keep(*place);
                if !kept {
                    dropped.push(*place);
                }
                kept
            });
        }
        self.parts.retain(|(places, _)| !places.is_empty());
        dropped
    }
}

/// Whether it may be a row that is refused, and not the request. A right can be missing for the company of one
/// row; where it is missing for all, the caller stops at the first row that is alone.
fn is_of_a_row(error: &Error) -> bool {
    error.class() == Class::Rejected
}

/// The rows that a refusal names, as far as there are such among `count`. None if it names all of
/// them, which says nothing.
fn named(error: &Error, count: usize) -> Vec<usize> {
    let mut records: Vec<usize> = error
        .validation()
        .iter()
        .filter_map(|message| message.record)
        .filter(|record| *record < count)
        .collect();
    records.sort_unstable();
    records.dedup();
    if records.len() == count {
        records.clear();
    }
    records
}

/// The parts into which refused rows are split, in the order in which they are sent.
///
/// Without names: in the middle. With names: the first that is named alone (why it is refused may
/// settle the others), the others that are named, and the rest. A wrong name costs calls, but blames
/// nobody; and the rest, if it is refused all the same, is halved.
fn split(places: Vec<usize>, named: &[usize]) -> Vec<Part> {
    let middle = places.len() / 2;
    let (mut first, mut others, mut rest) = (Vec::new(), Vec::new(), Vec::new());
    for (index, place) in places.into_iter().enumerate() {
        let part = match (named.first(), named.binary_search(&index)) {
            (None, _) if index < middle => &mut first,
            (None, _) => &mut rest,
            (Some(record), _) if *record == index => &mut first,
            (Some(_), Ok(_)) => &mut others,
            (Some(_), Err(_)) => &mut rest,
        };
        part.push(place);
    }
    let follow = named.is_empty();
    [(first, follow), (others, true), (rest, follow)]
        .into_iter()
        .filter(|(part, _)| !part.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{Refusal, ValidationMessage};

    fn refused(records: &[Option<usize>]) -> Error {
        let messages = records
            .iter()
            .map(|record| ValidationMessage {
                text: "No.".to_owned(),
                record: *record,
            })
            .collect();
        Error::Refused {
            what: "creating tickets".to_owned(),
            refusal: Refusal::Other,
            messages,
        }
    }

    #[test]
    fn the_named_rows_are_those_that_exist_unless_all_are_named() {
        assert_eq!(
            named(&refused(&[Some(3), Some(1), Some(3), None]), 10),
            [1, 3]
        );
        assert_eq!(named(&refused(&[Some(3), Some(10)]), 10), [3]);
        assert_eq!(named(&refused(&[Some(0), Some(1)]), 2), [0_usize; 0]);
        assert_eq!(named(&refused(&[None]), 10), [0_usize; 0]);
    }

    #[test]
    fn refused_rows_are_split_at_what_is_named_or_in_the_middle() {
        let parts = |named: &[usize]| split(vec![0, 1, 2, 3, 4], named);
        assert_eq!(parts(&[]), [(vec![0, 1], true), (vec![2, 3, 4], true)]);
        assert_eq!(parts(&[3]), [(vec![3], false), (vec![0, 1, 2, 4], false)]);
        assert_eq!(
            parts(&[1, 3, 4]),
            [(vec![1], false), (vec![3, 4], true), (vec![0, 2], false)]
        );
    }

    /// Sends parts as a batch does, to an Autotask that refuses every call with one of `bad` in it
    /// and names what `names` says. Gives back accepted, refused, calls.
    fn send_all(
        count: usize,
        bad: &BTreeSet<usize>,
        names: impl Fn(&[usize]) -> Vec<usize>,
    ) -> (BTreeSet<usize>, BTreeSet<usize>, usize) {
        let (mut accepted, mut refused, mut calls) = (BTreeSet::new(), BTreeSet::new(), 0);
        let mut parts = vec![((0..count).collect::<Vec<_>>(), true)];
        while let Some((places, follow)) = parts.pop() {
            calls += 1;
            if !places.iter().any(|place| bad.contains(place)) {
                assert!(
                    places.into_iter().all(|place| accepted.insert(place)),
                    "sent twice"
                );
            } else if places.len() == 1 {
                refused.extend(places);
            } else {
                let mut named = if follow { names(&places) } else { Vec::new() };
                named.retain(|record| *record < places.len());
                parts.extend(split(places, &named).into_iter().rev());
            }
        }
        (accepted, refused, calls)
    }

    #[test]
    fn one_bad_row_of_two_hundred_costs_three_calls_where_it_is_named_and_few_where_not() {
        let bad = BTreeSet::from([150]);
        let named = |places: &[usize]| places.iter().position(|place| bad.contains(place));
        let (_, _, calls) = send_all(200, &bad, |places| named(places).into_iter().collect());
        assert_eq!(calls, 3);
        assert!(send_all(200, &bad, |_| Vec::new()).2 <= 17);
    }

    proptest::proptest! {
        /// Whatever Autotask names: exactly the bad rows are refused, all others are accepted once.
        #[test]
        fn a_refused_call_loses_its_bad_rows_and_nothing_else(
            count in 1_usize..60,
            bad in proptest::collection::btree_set(0_usize..60, 0..8),
            lies in proptest::collection::btree_set(0_usize..60, 0..5),
        ) {
            let bad: BTreeSet<usize> = bad.into_iter().filter(|row| *row < count).collect();
            let lies: Vec<usize> = lies.into_iter().collect();
            let (accepted, refused, calls) = send_all(count, &bad, |_| lies.clone());
            proptest::prop_assert_eq!(&refused, &bad);
            proptest::prop_assert_eq!(accepted.len() + refused.len(), count);
            proptest::prop_assert!(calls <= 2 * count);
        }
    }
}
