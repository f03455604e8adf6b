//! Tickets that are there twice: two computers looked at the same moment, found nothing, and both sent. Nothing
//! in Autotask keeps them from it, so it is found afterwards, and a person is told.

use super::{Dispatch, Tally};
use crate::store::StoreError;

/// So many pairs are told by their numbers.
const NAMED: usize = 10;

/// Numbers of tickets for the same job or day.
#[derive(Debug, Default)]
pub(super) struct Twins(Vec<(String, String)>);

impl Twins {
    pub fn add(&mut self, one: &str, other: &str) {
        self.0.push((one.to_owned(), other.to_owned()));
    }

    /// `None`: there are none.
    fn notice(&self) -> Option<String> {
        let named = self.0.iter().take(NAMED);
        let mut pairs: Vec<String> = named
            .map(|(one, other)| format!("{one} and {other}"))
            .collect();
        let more = self.0.len().saturating_sub(NAMED);
        if more > 0 {
            pairs.push(format!("and {more} more"));
        }
        let what = match self.0.len() {
            0 => return None,
            1 => "two tickets for the same job or day",
            _ => "two tickets each for the same jobs or days",
        };
        Some(format!(
            "Autotask has {what}: {}. Probably another computer works with the same settings, and sent at \
             the same moment. Close one of each, and let one computer only do the work.",
            pairs.join("; ")
        ))
    }
}

impl Dispatch<'_> {
    pub(super) fn tell_of_twins(&self, twins: &Twins, tally: &mut Tally) -> Result<(), StoreError> {
        if let Some(notice) = twins.notice() {
            self.store
                .add_notice_for_a_person(&notice, self.clock.now())?;
            tally.notices.push(notice);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pair_is_named_as_far_as_a_person_will_read() {
        assert_eq!(Twins::default().notice(), None);
        let mut twins = Twins::default();
        twins.add("T1", "T2");
        let one = twins.notice().unwrap();
        assert!(
            one.contains("for the same job or day: T1 and T2. "),
            "{one}"
        );
        for _ in 0..12 {
            twins.add("T3", "T4");
        }
        let many = twins.notice().unwrap();
        assert!(many.contains(": T1 and T2; T3 and T4; "), "{many}");
        assert!(many.contains("; and 3 more. "), "{many}");
    }
}
