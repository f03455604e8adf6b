//! The settings file: everything but the secrets, mappings included, as TOML.

use serde::Deserialize;
use toml::{Spanned, de::DeTable, de::DeValue};

use super::{Alerts, Autotask, Billing, CloudDirect, General, Settings, SettingsError};

/// A settings file with every setting and what it does.
pub const EXAMPLE: &str = include_str!("example.toml");

/// What a settings file says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SettingsFile {
    pub settings: Settings,
    pub mapping: Vec<MappingEntry>,
}

/// One `[[mapping]]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MappingEntry {
    /// The organization's id or name.
    pub organization: String,
    /// The Autotask account's id. Needed unless the organization is excluded.
    #[serde(default)]
    pub account: Option<i64>,
    #[serde(default)]
    pub contract: Option<i64>,
    /// The contract service's id (a line on the contract).
    #[serde(default)]
    pub service: Option<i64>,
    /// Why nothing is sent for this organization.
    #[serde(default)]
    pub excluded: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tables {
    #[serde(default)]
    autotask: Autotask,
    #[serde(default)]
    cloud_direct: CloudDirect,
    alerts: Option<Alerts>,
    #[serde(default)]
    billing: Billing,
    #[serde(default)]
    general: General,
    #[serde(default)]
    mapping: Vec<MappingEntry>,
}

/// Reads a settings file. The error names the line and the setting; it never quotes the file's
/// text, because a secret may have been written into it by mistake.
pub fn parse_file(text: &str) -> Result<SettingsFile, SettingsError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let tables: Tables = toml::from_str(text).map_err(|error| unreadable(text, &error))?;
    let file = SettingsFile {
        settings: Settings {
            autotask: tables.autotask,
            cloud_direct: tables.cloud_direct,
            alerts: tables.alerts,
            billing: tables.billing,
            general: tables.general,
        },
        mapping: tables.mapping,
    };
    file.settings
        .validate()
        .map_err(|error| with_line(text, error))?;
    for (index, entry) in file.mapping.iter().enumerate() {
        check_mapping(index, entry).map_err(|error| with_line(text, error))?;
    }
    Ok(file)
}

fn check_mapping(index: usize, entry: &MappingEntry) -> Result<(), SettingsError> {
    let (field, message) = if entry.organization.trim().is_empty() {
        ("organization", "The organization is missing.")
    } else if entry.account.is_none() && entry.excluded.is_none() {
        (
            "account",
            "The account is missing. Give its id, or exclude the organization.",
        )
    } else if entry.service.is_some() && entry.contract.is_none() {
        ("contract", "A service needs the contract that it is on.")
    } else {
        return Ok(());
    };
    Err(SettingsError {
        line: None,
        field: Some(format!("mapping.{index}.{field}")),
        message: message.to_owned(),
    })
}

/// What the TOML reader says, with the line, and without a value.
fn unreadable(text: &str, error: &toml::de::Error) -> SettingsError {
    let start = error.span().map(|span| span.start.min(text.len()));
    let message = error.message();
    let name = message
        .strip_prefix("unknown field `")
        .and_then(|rest| rest.split('`').next());
    let message = match name {
        Some("password" | "token" | "secret" | "cloud_direct_token" | "autotask_password") => {
            "Secrets are not kept in the settings file. Take it out, and give the password as \
             AUTOTASK_PASSWORD and the token as CLOUD_DIRECT_TOKEN, or enter them on the Credentials \
             screen."
                .to_owned()
        }
        Some(_) | None => without_values(message),
    };
    SettingsError {
        line: start.map(|start| line_of(text, start)),
        field: start.and_then(|start| key_at(text, start)),
        message,
    }
}

/// The reader quotes what it did not expect; that is cut out.
fn without_values(message: &str) -> String {
    let mut kept = String::new();
    for (index, part) in message.split('"').enumerate() {
        kept.push_str(if index % 2 == 0 { part } else { "…" });
    }
    if let Some((_, rest)) = kept
        .strip_prefix("unknown variant `")
        .and_then(|rest| rest.split_once('`'))
    {
        kept = format!("this is none of the possible values{rest}");
    }
    kept.trim().trim_end_matches('.').to_owned() + "."
}

/// The name before the `=` on the line in which `at` lies.
fn key_at(text: &str, at: usize) -> Option<String> {
    let start = text.get(..at)?.rfind('\n').map_or(0, |newline| newline + 1);
    let line = text.get(start..)?.lines().next()?;
    let (key, _) = line.split_once('=')?;
    let key = key.trim();
    let plain = !key.is_empty()
        && key
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    plain.then(|| key.to_owned())
}

fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

fn with_line(text: &str, mut error: SettingsError) -> SettingsError {
    error.line = error.field.as_deref().and_then(|field| find(text, field));
    error
}

/// The line of a setting, or of the table in which it is missing.
fn find(text: &str, field: &str) -> Option<usize> {
    let root = DeTable::parse(text).ok()?;
    let mut line = None;
    let mut steps = field.split('.');
    let mut value: &Spanned<DeValue<'_>> = root.get_ref().get(steps.next()?)?;
    loop {
        line = Some(line_of(text, value.span().start)).or(line);
        let Some(step) = steps.next() else {
            return line;
        };
        let next = match value.get_ref() {
            DeValue::Table(table) => table.get(step),
            DeValue::Array(rows) => step.parse::<usize>().ok().and_then(|index| rows.get(index)),
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_) => None,
        };
        match next {
            Some(next) => value = next,
            None => return line,
        }
    }
}
