//! The rows of the alert mapping: which one an event takes, and whether it can be used.

use serde::{Deserialize, Serialize};

use crate::{
    settings::{AlertRow, Alerts, Pick},
    store::{PickValue, Picklists},
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
    Ok(Usable {
        priority: picked(
            kind,
            "priority",
            row.priority.as_ref(),
            &picklists.priorities,
        )?,
        queue: picked(kind, "queue", row.queue.as_ref(), &picklists.queues)?,
        days_due: row.days_due.unwrap_or(0),
    })
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
