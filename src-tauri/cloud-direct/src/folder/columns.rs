//! Which column is which: the names that exports give them, and the partner's own.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{names::known, scan::Kind};

/// A column of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// The organization's id, or its name where it has no id.
    Organization,
    /// The organization's name beside its id.
    OrganizationName,
    /// The protected machine.
    System,
    /// Policy or task.
    Task,
    /// The job's id.
    JobId,
    /// Backup, restore, replication.
    Kind,
    /// The source's status word.
    Status,
    /// When the job began.
    StartedAt,
    /// When the job ended.
    FinishedAt,
    /// Bytes read.
    BytesProcessed,
    /// Bytes sent.
    BytesTransferred,
    /// Warnings counted.
    WarningCount,
    /// Errors counted.
    ErrorCount,
    /// What the job said.
    Message,
    /// When usage was measured; a date will do.
    MeasuredAt,
    /// How much, in `Unit`.
    Quantity,
    /// B, KB, MB, GB, TB, KiB, MiB, GiB or TiB.
    Unit,
    /// What was measured.
    Metric,
    /// The organization's state.
    State,
}

impl Column {
    /// The column's own name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Column::Organization => "organization",
            Column::OrganizationName => "organization_name",
            Column::System => "system",
            Column::Task => "task",
            Column::JobId => "job_id",
            Column::Kind => "kind",
            Column::Status => "status",
            Column::StartedAt => "started_at",
            Column::FinishedAt => "finished_at",
            Column::BytesProcessed => "bytes_processed",
            Column::BytesTransferred => "bytes_transferred",
            Column::WarningCount => "warning_count",
            Column::ErrorCount => "error_count",
            Column::Message => "message",
            Column::MeasuredAt => "measured_at",
            Column::Quantity => "quantity",
            Column::Unit => "unit",
            Column::Metric => "metric",
            Column::State => "state",
        }
    }
}

/// The partner's own header names: header → column. They are compared without regard to case, blanks
/// and punctuation, and come before the names that are known anyway.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "BTreeMap<String, Column>", into = "BTreeMap<String, Column>")]
pub struct HeaderMap {
    /// As the partner wrote them.
    written: BTreeMap<String, Column>,
    compared: BTreeMap<String, Column>,
}

impl From<BTreeMap<String, Column>> for HeaderMap {
    fn from(written: BTreeMap<String, Column>) -> HeaderMap {
        HeaderMap {
            compared: written
                .iter()
                .map(|(name, column)| (normal(name), *column))
                .collect(),
            written,
        }
    }
}

impl From<HeaderMap> for BTreeMap<String, Column> {
    fn from(map: HeaderMap) -> BTreeMap<String, Column> {
        map.written
    }
}

/// What must be there.
pub(super) fn required(kind: Kind) -> &'static [Column] {
    match kind {
        Kind::UsageCsv => &[
            Column::Organization,
            Column::MeasuredAt,
            Column::Quantity,
            Column::Unit,
        ],
        Kind::JobsCsv | Kind::JobsJsonl => &[
            Column::Organization,
            Column::System,
            Column::Status,
            Column::FinishedAt,
        ],
    }
}

/// For each header its column. No column comes twice: the partner's own name goes before a known
/// one, a better known name before a lesser one, the first before the second.
pub(super) fn assign<'a>(
    kind: Kind,
    headers: impl Iterator<Item = &'a str> + Clone,
    own: &HeaderMap,
) -> Vec<Option<Column>> {
    let mut assigned: Vec<Option<Column>> = headers.clone().map(|_| None).collect();
    let names: Vec<String> = headers.map(normal).collect();
    let mut take = |column: Column, known: &dyn Fn(&str) -> bool| {
        let free = |at: &usize| assigned[*at].is_none() && known(&names[*at]);
        if !assigned.contains(&Some(column))
            && let Some(at) = (0..names.len()).find(free)
        {
            assigned[at] = Some(column);
        }
    };
    for column in own.compared.values() {
        take(*column, &|name| own.compared.get(name) == Some(column));
    }
    let columns = || known(kind).into_iter().flatten();
    for (column, _) in columns() {
        let exactly = normal(column.name());
        take(*column, &|name| name == exactly);
    }
    for (column, others) in columns() {
        take(*column, &|name| others.contains(&name));
    }
    // A name alone stands for the organization; beside an id it is its name.
    if !assigned.contains(&Some(Column::Organization)) {
        for column in &mut assigned {
            if *column == Some(Column::OrganizationName) {
                *column = Some(Column::Organization);
            }
        }
    }
    assigned
}

/// The required columns that are not among these.
pub(super) fn missing(kind: Kind, assigned: &[Option<Column>]) -> Vec<&'static str> {
    let lacking = |column: &&Column| !assigned.contains(&Some(**column));
    required(kind)
        .iter()
        .filter(lacking)
        .map(|column| column.name())
        .collect()
}

fn normal(header: &str) -> String {
    header
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jobs(headers: &str, own: &HeaderMap) -> Vec<Option<&'static str>> {
        assign(Kind::JobsCsv, headers.split(','), own)
            .into_iter()
            .map(|column| column.map(Column::name))
            .collect()
    }

    #[test]
    fn headers_are_known_in_any_case_and_by_common_other_names() {
        let own = HeaderMap::default();
        let expected = [
            Some("organization"),
            Some("system"),
            Some("status"),
            Some("finished_at"),
        ];
        for headers in [
            "organization,system,status,finished_at",
            "ORGANIZATION,System,STATUS,Finished_At",
            "Customer,Computer,Status,End Time",
            "Client,Machine Name,Job Result,completed-at",
            "Organisation,Host,State,FinishTime",
            "Customer Name,Server,Outcome,Ended",
            "Tenant ID,Device,status,Finished",
        ] {
            assert_eq!(jobs(headers, &own), expected, "{headers}");
        }
    }

    #[test]
    fn beside_an_id_a_name_is_only_a_name() {
        let own = HeaderMap::default();
        assert_eq!(
            jobs("Customer,Customer ID", &own),
            [Some("organization_name"), Some("organization")]
        );
        assert_eq!(
            jobs("organization,Organization Name", &own),
            [Some("organization"), Some("organization_name")]
        );
        assert_eq!(jobs("Company Name", &own), [Some("organization")]);
    }

    #[test]
    fn the_partners_own_names_go_first() {
        let own: HeaderMap = serde_json::from_str(
            r#"{"Maschine": "system", "Fertig um": "finished_at", "Status": "message"}"#,
        )
        .unwrap();
        assert_eq!(
            jobs("Kunde,MASCHINE,fertig_um,End Time,status,Result", &own),
            [
                Some("organization"),
                Some("system"),
                Some("finished_at"),
                None,
                Some("message"),
                Some("status")
            ]
        );
        let again: HeaderMap = serde_json::from_value(serde_json::to_value(&own).unwrap()).unwrap();
        assert_eq!(again, own);
    }

    #[test]
    fn a_column_is_taken_once_and_the_better_name_wins() {
        let own = HeaderMap::default();
        assert_eq!(jobs("End,finished_at", &own), [None, Some("finished_at")]);
        assert_eq!(jobs("id,Job ID,ID", &own), [None, Some("job_id"), None]);
        assert_eq!(jobs("colour,,", &own), [None, None, None]);
    }

    #[test]
    fn missing_columns_are_named() {
        let assigned = assign(
            Kind::UsageCsv,
            ["Date", "Customer"].into_iter(),
            &HeaderMap::default(),
        );
        assert_eq!(missing(Kind::UsageCsv, &assigned), ["quantity", "unit"]);
    }
}
