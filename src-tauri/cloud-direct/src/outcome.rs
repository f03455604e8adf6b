//! From a source's status word to an outcome, as the partner wants it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Outcome;

/// Status word → what it means. Words are compared without regard to case, and a blank or a hyphen
/// is as good as an underscore (`License Failed` is `license_failed`).
///
/// [`Outcome::Success`] stands for "success, unless warnings or errors were counted". It reads and
/// writes as a map; what is read is laid over the defaults, so a partner writes only what differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "BTreeMap<String, Outcome>", into = "BTreeMap<String, Outcome>")]
pub struct OutcomeRules(BTreeMap<String, Outcome>);

impl OutcomeRules {
    /// The same rules with one word more, or with another meaning for a word.
    #[must_use]
    pub fn with(mut self, word: &str, outcome: Outcome) -> OutcomeRules {
        self.0.insert(normal(word), outcome);
        self
    }

    /// What a job with this status and these counts came to, and whether the word is known. An
    /// unknown word is a warning, because nobody should miss a failure for want of a word.
    pub fn outcome(&self, status: &str, warnings: u32, errors: u32) -> (Outcome, bool) {
        match self.0.get(&normal(status)) {
            Some(Outcome::Success) if warnings > 0 || errors > 0 => (Outcome::Warning, true),
            Some(outcome) => (*outcome, true),
            None => (Outcome::Warning, false),
        }
    }
}

impl Default for OutcomeRules {
    fn default() -> OutcomeRules {
        let words = [
            (Outcome::Success, &["finished", "success", "completed"][..]),
            (
                Outcome::Warning,
                &["warning", "canceled", "cancelled", "stopped", "skipped"][..],
            ),
            (
                Outcome::Error,
                &["failed", "crashed", "missed", "license_failed"][..],
            ),
            (Outcome::NotFinished, &["active", "waiting", "idle"][..]),
        ];
        OutcomeRules(
            words
                .into_iter()
                .flat_map(|(outcome, words)| words.iter().map(move |word| (normal(word), outcome)))
                .collect(),
        )
    }
}

impl From<BTreeMap<String, Outcome>> for OutcomeRules {
    fn from(map: BTreeMap<String, Outcome>) -> OutcomeRules {
        map.iter()
            .fold(OutcomeRules::default(), |rules, (word, outcome)| {
                rules.with(word, *outcome)
            })
    }
}

impl From<OutcomeRules> for BTreeMap<String, Outcome> {
    fn from(rules: OutcomeRules) -> BTreeMap<String, Outcome> {
        rules.0
    }
}

fn normal(word: &str) -> String {
    word.split(|c: char| c.is_whitespace() || c == '-' || c == '_')
        .filter(|part| !part.is_empty())
        .map(str::to_lowercase)
        .collect::<Vec<_>>()
        .join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_word_means_what_the_table_says_in_any_case() {
        let rules = OutcomeRules::default();
        let table = [
            ("finished", 0, 0, Outcome::Success),
            ("Success", 0, 0, Outcome::Success),
            ("COMPLETED", 0, 0, Outcome::Success),
            ("finished", 1, 0, Outcome::Warning),
            ("completed", 0, 3, Outcome::Warning),
            ("warning", 0, 0, Outcome::Warning),
            ("Canceled", 0, 0, Outcome::Warning),
            ("stopped", 0, 0, Outcome::Warning),
            ("skipped", 0, 9, Outcome::Warning),
            ("failed", 0, 0, Outcome::Error),
            ("crashed", 1, 0, Outcome::Error),
            ("missed", 0, 0, Outcome::Error),
            ("License-Failed", 0, 0, Outcome::Error),
            (" license failed ", 0, 0, Outcome::Error),
            ("active", 1, 1, Outcome::NotFinished),
            ("Waiting", 0, 0, Outcome::NotFinished),
            ("idle", 0, 0, Outcome::NotFinished),
        ];
        for (status, warnings, errors, outcome) in table {
            assert_eq!(
                rules.outcome(status, warnings, errors),
                (outcome, true),
                "{status} {warnings} {errors}"
            );
        }
    }

    #[test]
    fn an_unknown_word_is_a_warning_and_says_so() {
        assert_eq!(
            OutcomeRules::default().outcome("exploded", 0, 0),
            (Outcome::Warning, false)
        );
    }

    #[test]
    fn what_a_partner_writes_is_laid_over_the_defaults() {
        let rules: OutcomeRules =
            serde_json::from_str(r#"{"Skipped":"success","Partial":"error"}"#).unwrap();
        assert_eq!(rules.outcome("skipped", 0, 0), (Outcome::Success, true));
        assert_eq!(rules.outcome("PARTIAL", 0, 0), (Outcome::Error, true));
        assert_eq!(rules.outcome("failed", 0, 0), (Outcome::Error, true));
        let again: OutcomeRules =
            serde_json::from_value(serde_json::to_value(&rules).unwrap()).unwrap();
        assert_eq!(again, rules);
    }
}
