//! The rows of the alert mapping: which one an event takes, and whether it can be used.

use autotask::Priority;
use serde::{Deserialize, Serialize};

use crate::{
    settings::{AlertRow, Alerts, Pick},
    store::{PickValue, Picklists, Store, StoreError},
};

/// The rows, in the order of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Success,
    Warning,
    Error,
    Digest,
}

impl Kind {
    pub const ALL: [Kind; 4] = [Kind::Success, Kind::Warning, Kind::Error, Kind::Digest];

    /// The row's name on the screen.
    pub fn label(self) -> &'static str {
        match self {
            Kind::Success => "Success",
            Kind::Warning => "Warning",
            Kind::Error => "Error",
            Kind::Digest => "Daily Digest",
        }
    }

    /// As the settings file and the database have it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Success => "success",
            Kind::Warning => "warning",
            Kind::Error => "error",
            Kind::Digest => "digest",
        }
    }

    /// How urgent its calls are: errors before digests before successes.
    pub(crate) fn priority(self) -> Priority {
        match self {
            Kind::Error => Priority::Urgent,
            Kind::Warning => Priority::High,
            Kind::Digest => Priority::Normal,
            Kind::Success => Priority::Low,
        }
    }

    /// Of how a job ended.
    pub(crate) fn is_worse_than(self, other: Kind) -> bool {
        self.rank() < other.rank()
    }

    /// Order of sending; lower goes first.
    pub(crate) fn rank(self) -> i64 {
        match self {
            Kind::Error => 1,
            Kind::Warning => 2,
            Kind::Digest => 3,
            Kind::Success => 4,
        }
    }
}

impl Alerts {
    pub fn row(&self, kind: Kind) -> &AlertRow {
        match kind {
            Kind::Success => &self.success,
            Kind::Warning => &self.warning,
            Kind::Error => &self.error,
            Kind::Digest => &self.digest,
        }
    }

    fn rows_mut(&mut self) -> [&mut AlertRow; 4] {
        [
            &mut self.success,
            &mut self.warning,
            &mut self.error,
            &mut self.digest,
        ]
    }

    /// Whether a row still names a picklist value by its label.
    pub fn has_labels(&self) -> bool {
        Kind::ALL.iter().any(|kind| {
            let row = self.row(*kind);
            [&row.priority, &row.queue]
                .into_iter()
                .any(|pick| matches!(pick, Some(Pick::Label(_))))
        })
    }

    /// Labels replaced by the ids of active values, where there is exactly one of that label (in
    /// any case). The others stay, and block their row.
    #[must_use]
    pub fn resolved(&self, picklists: &Picklists) -> Alerts {
        let mut alerts = self.clone();
        for row in alerts.rows_mut() {
            resolve(&mut row.priority, &picklists.priorities);
            resolve(&mut row.queue, &picklists.queues);
        }
        alerts
    }
}

fn resolve(pick: &mut Option<Pick>, values: &[PickValue]) {
    let Some(Pick::Label(label)) = pick else {
        return;
    };
    let wanted = label.trim().to_lowercase();
    let mut found = values
        .iter()
        .filter(|value| value.active && value.label.trim().to_lowercase() == wanted);
    if let (Some(value), None) = (found.next(), found.next()) {
        *pick = Some(Pick::Id(value.id));
    }
}

/// What a ticket takes from its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usable {
    pub priority: i64,
    pub queue: i64,
    pub days_due: u16,
}

/// The row's values, or why nothing can be sent with it and what to do.
pub fn usable(kind: Kind, row: &AlertRow, picklists: &Picklists) -> Result<Usable, String> {
    let usable = Usable {
        priority: picked(
            kind,
            "priority",
            row.priority.as_ref(),
            &picklists.priorities,
        )?,
        queue: picked(kind, "queue", row.queue.as_ref(), &picklists.queues)?,
        days_due: row.days_due.unwrap_or(0),
    };
    // It is the vendor's own, so it need not be known; it can be made inactive all the same.
    let is_new = |value: &&PickValue| value.id == autotask::status::NEW;
    match picklists.statuses.iter().find(is_new) {
        Some(status) if !status.active => Err(format!(
            "The ticket status \"{}\", which every ticket begins with, is no longer active in \
             Autotask. Make it active there.",
            status.label
        )),
        Some(_) | None => Ok(usable),
    }
}

/// A row that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Blocked {
    pub row: Kind,
    /// Why, and what to do.
    pub reason: String,
}

/// The rows that are switched on and cannot be used.
pub fn unusable(store: &Store) -> Result<Vec<Blocked>, StoreError> {
    let Some(alerts) = store.settings()?.alerts else {
        return Ok(Vec::new());
    };
    let picklists = store.picklists()?;
    let unusable = Kind::ALL
        .into_iter()
        .filter(|kind| alerts.row(*kind).enabled)
        .filter_map(|row| {
            let reason = usable(row, alerts.row(row), &picklists).err()?;
            Some(Blocked { row, reason })
        });
    Ok(unusable.collect())
}

/// Those for which postings wait: a person has to do something.
pub fn blocked(store: &Store) -> Result<Vec<Blocked>, StoreError> {
    let mut unusable = unusable(store)?;
    if !unusable.is_empty() {
        let waiting = store.alerts_waiting()?;
        unusable.retain(|blocked| waiting.contains(&blocked.row));
    }
    Ok(unusable)
}

fn picked(
    kind: Kind,
    what: &str,
    pick: Option<&Pick>,
    values: &[PickValue],
) -> Result<i64, String> {
    let row = kind.label();
    match pick {
        None => Err(format!(
            "No {what} is chosen for {row}. Choose one in Options."
        )),
        Some(Pick::Label(label)) => Err(format!(
            "Autotask has no active {what} \"{label}\" (chosen for {row}), or more than one. Choose \
             one in Options."
        )),
        Some(Pick::Id(id)) => match values.iter().find(|value| value.id == *id) {
            Some(value) if value.active => Ok(*id),
            Some(value) => Err(format!(
                "The {what} \"{}\" of {row} is no longer active in Autotask. Choose another in \
                 Options.",
                value.label
            )),
            None => Err(format!(
                "The {what} {id} of {row} does not exist in Autotask. Choose another in Options."
            )),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::{alerts, picklists};

    #[test]
    fn a_row_is_usable_when_both_values_are_active() {
        let row = alerts().error;
        let expected = Usable {
            priority: 1,
            queue: 5,
            days_due: 1,
        };
        assert_eq!(usable(Kind::Error, &row, &picklists()), Ok(expected));
    }

    #[test]
    fn a_row_that_cannot_be_used_says_why_and_what_to_do() {
        let mut lists = picklists();
        lists.queues[1].active = false;
        let with = |queue: Option<Pick>| AlertRow {
            queue,
            ..alerts().error
        };
        let table = [
            (None, "No queue is chosen for Error. Choose one in Options."),
            (
                Some(Pick::Id(6)),
                "The queue \"Backup\" of Error is no longer active in Autotask. Choose another in \
                 Options.",
            ),
            (
                Some(Pick::Id(77)),
                "The queue 77 of Error does not exist in Autotask. Choose another in Options.",
            ),
            (
                Some(Pick::Label("Nope".to_owned())),
                "Autotask has no active queue \"Nope\" (chosen for Error), or more than one. Choose \
                 one in Options.",
            ),
        ];
        for (pick, sentence) in table {
            assert_eq!(
                usable(Kind::Error, &with(pick), &lists),
                Err(sentence.to_owned())
            );
        }
    }

    #[test]
    fn without_the_status_that_every_ticket_begins_with_no_row_is_usable() {
        let mut lists = picklists();
        let mut new = PickValue {
            id: autotask::status::NEW,
            label: "New".to_owned(),
            active: true,
        };
        let row = alerts().error;
        // It is there, or the list was never read.
        for statuses in [vec![new.clone()], Vec::new()] {
            lists.statuses = statuses;
            assert!(usable(Kind::Error, &row, &lists).is_ok());
        }
        new.active = false;
        lists.statuses = vec![new];
        assert_eq!(
            usable(Kind::Error, &row, &lists),
            Err(
                "The ticket status \"New\", which every ticket begins with, is no longer active in \
                 Autotask. Make it active there."
                    .to_owned()
            )
        );
    }

    #[test]
    fn labels_become_ids_in_any_case_where_only_one_active_value_has_them() {
        let mut lists = picklists();
        lists.queues.push(PickValue {
            id: 7,
            label: "Twice".to_owned(),
            active: true,
        });
        lists.queues.push(PickValue {
            id: 8,
            label: "twice".to_owned(),
            active: true,
        });
        lists.queues.push(PickValue {
            id: 9,
            label: "Backup".to_owned(),
            active: false,
        });
        let mut rows = alerts();
        rows.error.priority = Some(Pick::Label(" HIGH ".to_owned()));
        rows.error.queue = Some(Pick::Label("backup".to_owned()));
        rows.warning.queue = Some(Pick::Label("Twice".to_owned()));
        let resolved = rows.resolved(&lists);
        assert_eq!(resolved.error.priority, Some(Pick::Id(1)));
        assert_eq!(resolved.error.queue, Some(Pick::Id(6)));
        assert_eq!(
            resolved.warning.queue,
            Some(Pick::Label("Twice".to_owned()))
        );
        assert!(resolved.has_labels());
    }
}
