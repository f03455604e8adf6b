//! Mappings as CSV: out to a spreadsheet and back. The columns are those of a settings file's
//! `[[mapping]]`, with names beside the ids for the reader.

use super::Row;
use crate::{activity::harmless, settings::MappingEntry, store::Named};

const HEADERS: [&str; 9] = [
    "organization_id",
    "organization",
    "account",
    "account_name",
    "contract",
    "contract_name",
    "service",
    "service_name",
    "excluded",
];

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    #[error("Line {line}: {reason}. Nothing was imported.")]
    Line { line: u64, reason: String },
    #[error(
        "The file has no column organization_id (or organization) and account. Export the mappings \
         first, and change that file."
    )]
    Columns,
}

pub fn export_csv(rows: &[Row]) -> String {
    let id = |named: &Option<Named>| named.as_ref().map(|n| n.id.to_string()).unwrap_or_default();
    let name = |named: &Option<Named>| {
        harmless(named.as_ref().map(|n| n.name.clone()).unwrap_or_default())
    };
    let mut csv = csv::Writer::from_writer(Vec::new());
    // Writing to memory cannot fail.
    let _ = csv.write_record(HEADERS);
    for row in rows {
        let _ = csv.write_record([
            harmless(row.organization_id.clone()),
            harmless(row.organization.clone()),
            id(&row.account),
            name(&row.account),
            id(&row.contract),
            name(&row.contract),
            id(&row.service),
            name(&row.service),
            harmless(row.excluded.clone().unwrap_or_default()),
        ]);
    }
    csv.into_inner()
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .unwrap_or_default()
}

/// All or nothing: the first bad line is named. Rows without account and exclusion are left out, so
/// that an export can be filled in bit by bit.
pub fn import_csv(text: &str) -> Result<Vec<MappingEntry>, ImportError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let first = text.lines().next().unwrap_or_default();
    let delimiter = [b',', b';', b'\t']
        .into_iter()
        .max_by_key(|d| first.bytes().filter(|b| b == d).count());
    let mut csv = csv::ReaderBuilder::new()
        .delimiter(delimiter.unwrap_or(b','))
        .flexible(true)
        .from_reader(text.as_bytes());
    let headers = csv.headers().map_err(|_| ImportError::Columns)?.clone();
    let column = |name: &str| {
        headers
            .iter()
            .position(|header| header.trim().eq_ignore_ascii_case(name))
    };
    let organization = column("organization_id").or_else(|| column("organization"));
    let (Some(organization), Some(account)) = (organization, column("account")) else {
        return Err(ImportError::Columns);
    };
    let (contract, service, excluded) = (column("contract"), column("service"), column("excluded"));
    let mut entries = Vec::new();
    for record in csv.records() {
        let record = record.map_err(|error| ImportError::Line {
            line: error.position().map_or(0, csv::Position::line),
            reason: "it is not CSV".to_owned(),
        })?;
        let line = record.position().map_or(0, csv::Position::line);
        let text = |column: Option<usize>| {
            let field = column
                .and_then(|column| record.get(column))
                .unwrap_or_default()
                .trim();
            field.strip_prefix('\'').unwrap_or(field).to_owned()
        };
        let id = |column: Option<usize>, what: &str| {
            let field = text(column);
            if field.is_empty() {
                return Ok(None);
            }
            field
                .parse::<i64>()
                .map(Some)
                .map_err(|_| ImportError::Line {
                    line,
                    reason: format!("{what} has to be a number (the id in Autotask)"),
                })
        };
        let entry = MappingEntry {
            organization: text(Some(organization)),
            account: id(Some(account), "account")?,
            contract: id(contract, "contract")?,
            service: id(service, "service")?,
            excluded: Some(text(excluded)).filter(|reason| !reason.is_empty()),
        };
        if entry.account.is_none() && entry.excluded.is_none() {
            continue;
        }
        if entry.organization.is_empty() {
            return Err(ImportError::Line {
                line,
                reason: "the organization is missing".to_owned(),
            });
        }
        entries.push(entry);
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use cloud_direct::OrganizationState;

    use super::*;
    use crate::mapping::State;

    #[test]
    fn what_is_exported_is_imported_as_it_was() {
        let row = |organization_id: &str, account: Option<i64>, excluded: Option<&str>| Row {
            organization_id: organization_id.to_owned(),
            organization: "=Danger, \"quoted\"\nname".to_owned(),
            organization_state: OrganizationState::Active,
            account: account.map(|id| Named {
                id,
                name: "Contoso".to_owned(),
                active: true,
            }),
            contract: None,
            service: None,
            excluded: excluded.map(str::to_owned),
            state: State::TicketsOnly,
            note: None,
            waiting: 0,
        };
        let text = export_csv(&[
            row("org-1", Some(29_683_501), None),
            row("org-2", None, None),
            row("=org-3", None, Some("ours")),
        ]);
        assert!(text.contains("'=Danger"), "{text}");
        let entry = |organization: &str, account, excluded: Option<&str>| MappingEntry {
            organization: organization.to_owned(),
            account,
            excluded: excluded.map(str::to_owned),
            ..MappingEntry::default()
        };
        assert_eq!(
            import_csv(&text).unwrap(),
            [
                entry("org-1", Some(29_683_501), None),
                entry("=org-3", None, Some("ours"))
            ]
        );
    }

    #[test]
    fn a_bad_line_is_named_and_nothing_is_imported() {
        let error = import_csv("organization;account\nContoso;1\nAdatum;one\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "Line 3: account has to be a number (the id in Autotask). Nothing was imported."
        );
        assert_eq!(import_csv("a,b\n1,2\n"), Err(ImportError::Columns));
    }
}
