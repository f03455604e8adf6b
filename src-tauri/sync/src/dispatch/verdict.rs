//! What Autotask's answer to a create means for the postings in it. Pure.

use std::time::Duration;

use autotask::{Class, Error};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nobody sends for a while. It did not take effect.
    Throttled { retry_after: Option<Duration> },
    /// It certainly did not take effect: later.
    Transient,
    /// It may have taken effect: look before anything else.
    Unclear,
    /// This posting is refused, or one of this batch.
    Refused,
    /// Everybody's fault, not this posting's: a missing right, a wrong address. It did not take
    /// effect, and neither would the next.
    Blocked,
    /// The login: nothing more is sent.
    Stop,
}

pub fn verdict(error: &Error) -> Verdict {
    match error.class() {
        Class::Throttled { retry_after } => Verdict::Throttled { retry_after },
        Class::Transient => Verdict::Transient,
        Class::Unclear => Verdict::Unclear,
        Class::Rejected if matches!(error, Error::NoPermission { .. }) => Verdict::Blocked,
        Class::Rejected => Verdict::Refused,
        Class::Stop => Verdict::Stop,
        Class::Misuse => Verdict::Blocked,
    }
}

/// Whether Autotask may still be at work on a create with this unclear end: nothing came from it
/// that says it has ended.
pub fn was_silence(error: &Error) -> bool {
    match error {
        Error::TimedOut { .. } | Error::CutOff { .. } => true,
        // A gateway that waited in vain, or somebody in between who answers for it.
        Error::ServerError { status, .. } => matches!(status, 408 | 502..=504),
        Error::NotAutotask { .. } => true,
        Error::LoginRefused { .. }
        | Error::UserLocked { .. }
        | Error::TrackingIdentifierInvalid { .. }
        | Error::ZoneNotFound { .. }
        | Error::ZoneUntrusted { .. }
        | Error::NoPermission { .. }
        | Error::Refused { .. }
        | Error::ThreadLimit { .. }
        | Error::QuotaUsedUp { .. }
        | Error::NotReachable { .. }
        | Error::Tls { .. }
        | Error::Malformed { .. }
        | Error::Query { .. } => false,
    }
}

/// The records that a refusal names, zero-based, as far as there are such among `count`. None if it
/// names all of them, which says nothing.
pub fn named_records(error: &Error, count: usize) -> Vec<usize> {
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

/// The parts into which a refused batch of more than one is split, to be sent in this order, each
/// with whether names in its refusal may be followed.
///
/// Without names: in the middle. With names: the first that is named alone (why it is refused may
/// settle the others), the others that are named, and the rest. Nothing is taken for refused that
/// was not refused alone, so a wrong name costs calls, but blames nobody; and the rest, if it is
/// refused all the same, is halved.
pub fn split<T>(group: Vec<T>, named: &[usize]) -> Vec<(Vec<T>, bool)> {
    let middle = group.len() / 2;
    let (mut first, mut others, mut rest) = (Vec::new(), Vec::new(), Vec::new());
    for (index, one) in group.into_iter().enumerate() {
        let part = match (named.first(), named.binary_search(&index)) {
            (None, _) if index < middle => &mut first,
            (None, _) => &mut rest,
            (Some(record), _) if *record == index => &mut first,
            (Some(_), Ok(_)) => &mut others,
            (Some(_), Err(_)) => &mut rest,
        };
        part.push(one);
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

    use autotask::{Effect, Refusal, ValidationMessage};

    use super::*;

    fn refused(records: &[Option<usize>]) -> Error {
        let messages = records
            .iter()
            .map(|record| ValidationMessage {
                text: "No.".to_owned(),
                record: *record,
            })
            .collect();
        Error::Refused {
            what: "the ticket".to_owned(),
            refusal: Refusal::Other,
            messages,
        }
    }

    #[test]
    fn each_answer_means_one_thing() {
        let host = || "webservices2.autotask.net".to_owned();
        let cut = |effect| Error::CutOff {
            host: host(),
            detail: "reset".to_owned(),
            effect,
        };
        let table = [
            (cut(Effect::Unknown), Verdict::Unclear),
            (cut(Effect::None), Verdict::Transient),
            (
                Error::TimedOut {
                    host: host(),
                    effect: Effect::Unknown,
                },
                Verdict::Unclear,
            ),
            (
                Error::NotReachable {
                    host: host(),
                    detail: "no route".to_owned(),
                },
                Verdict::Transient,
            ),
            (Error::LoginRefused { said: None }, Verdict::Stop),
            (Error::UserLocked { said: None }, Verdict::Stop),
            (
                Error::TrackingIdentifierInvalid { said: None },
                Verdict::Stop,
            ),
            (refused(&[Some(0)]), Verdict::Refused),
            (
                Error::NoPermission {
                    what: "creating tickets".to_owned(),
                    said: None,
                },
                Verdict::Blocked,
            ),
            (
                Error::ThreadLimit {
                    retry_after: Some(Duration::from_secs(9)),
                },
                Verdict::Throttled {
                    retry_after: Some(Duration::from_secs(9)),
                },
            ),
            (
                Error::QuotaUsedUp { retry_after: None },
                Verdict::Throttled { retry_after: None },
            ),
        ];
        for (error, expected) in table {
            assert_eq!(verdict(&error), expected, "{error}");
        }
    }

    #[test]
    fn the_named_records_are_those_that_exist_unless_all_are_named() {
        assert_eq!(
            named_records(&refused(&[Some(3), Some(1), Some(3), None]), 10),
            [1, 3]
        );
        assert_eq!(named_records(&refused(&[Some(3), Some(10)]), 10), [3]);
        assert_eq!(
            named_records(&refused(&[Some(0), Some(1)]), 2),
            [0_usize; 0]
        );
        assert_eq!(named_records(&refused(&[None]), 10), [0_usize; 0]);
    }

    #[test]
    fn a_refused_batch_is_split_at_what_is_named_or_in_the_middle() {
        let parts = |named: &[usize]| split(vec![0, 1, 2, 3, 4], named);
        assert_eq!(parts(&[]), [(vec![0, 1], true), (vec![2, 3, 4], true)]);
        assert_eq!(parts(&[3]), [(vec![3], false), (vec![0, 1, 2, 4], false)]);
        assert_eq!(
            parts(&[1, 3, 4]),
            [(vec![1], false), (vec![3, 4], true), (vec![0, 2], false)]
        );
    }

    /// Sends parts as dispatch does, to an Autotask that refuses every batch with one of `bad` in it
    /// and names what `names` says. Gives back accepted, refused, calls.
    fn send_all(
        count: usize,
        bad: &BTreeSet<usize>,
        names: impl Fn(&[usize]) -> Vec<usize>,
    ) -> (BTreeSet<usize>, BTreeSet<usize>, usize) {
        let (mut accepted, mut refused, mut calls) = (BTreeSet::new(), BTreeSet::new(), 0);
        let mut groups = vec![((0..count).collect::<Vec<_>>(), true)];
        while let Some((group, follow)) = groups.pop() {
            calls += 1;
            if !group.iter().any(|row| bad.contains(row)) {
                assert!(
                    group.into_iter().all(|row| accepted.insert(row)),
                    "sent twice"
                );
            } else if group.len() == 1 {
                refused.extend(group);
            } else {
                let mut named = if follow { names(&group) } else { Vec::new() };
                named.retain(|record| *record < group.len());
                groups.extend(split(group, &named).into_iter().rev());
            }
        }
        (accepted, refused, calls)
    }

    #[test]
    fn one_bad_row_of_two_hundred_costs_three_calls_where_it_is_named_and_few_where_not() {
        let bad = BTreeSet::from([150]);
        let named = |group: &[usize]| group.iter().position(|row| bad.contains(row));
        assert_eq!(
            send_all(200, &bad, |group| named(group).into_iter().collect()).2,
            3
        );
        assert!(send_all(200, &bad, |_| Vec::new()).2 <= 17);
    }

    proptest::proptest! {
        /// Whatever Autotask names: exactly the bad rows are refused, all others are accepted once.
        #[test]
        fn a_refused_batch_loses_its_bad_rows_and_nothing_else(
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
