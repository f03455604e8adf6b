//! The settings file: everything but the secrets, mappings included, as TOML.

use std::collections::HashSet;

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
    #[serde(default)]
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
    let mut named = HashSet::new();
    for (index, entry) in file.mapping.iter().enumerate() {
        let twice = !named.insert(entry.organization.trim().to_lowercase());
        check_mapping(entry, twice).map_err(|(field, message)| {
            let error = SettingsError {
                line: None,
                field: Some(format!("mapping.{index}.{field}")),
                message: message.to_owned(),
            };
            with_line(text, error)
        })?;
    }
    Ok(file)
}

/// The setting that is wrong, and what is wrong with it.
fn check_mapping(entry: &MappingEntry, twice: bool) -> Result<(), (&'static str, &'static str)> {
    let wrong = |field, message| Err((field, message));
    if entry.organization.trim().is_empty() {
        return wrong("organization", "The organization is missing.");
    }
    if twice {
        return wrong(
            "organization",
            "This organization is mapped twice. Leave one.",
        );
    }
    match (entry.account, &entry.excluded) {
        (None, None) => wrong(
            "account",
            "The account is missing. Give its id, or exclude the organization.",
        ),
        (Some(_), Some(_)) => wrong(
            "excluded",
            "An organization has an account or is excluded, not both. Leave one.",
        ),
        // Account 0 is the tenant's own company.
        (Some(..0), None) => wrong("account", "An account's id is a whole number from 0 up."),
        _ if entry.contract.is_some_and(|id| id < 1) => {
            wrong("contract", "A contract's id is a whole number from 1 up.")
        }
        _ if entry.service.is_some_and(|id| id < 1) => {
            wrong("service", "A service's id is a whole number from 1 up.")
        }
        _ if entry.service.is_some() && entry.contract.is_none() => {
            wrong("contract", "A service needs the contract that it is on.")
        }
        (Some(0..), None) | (None, Some(_)) => Ok(()),
    }
}

/// Our own sentence for what the TOML reader did not take, with its line and setting. The reader's
/// sentence quotes the file, so it only decides which of ours is said.
fn unreadable(text: &str, error: &toml::de::Error) -> SettingsError {
    let start = error.span().map(|span| span.start.min(text.len()));
    let (path, message) = match DeTable::parse(text) {
        Ok(root) => {
            let path = start.and_then(|start| path_in(root.get_ref(), start));
            let path = path.unwrap_or_default();
            let message = refusal(error.message(), &path);
            (path, message)
        }
        Err(_) if error.message() == "duplicate key" => {
            (vec![], "This is there twice. Leave one.".to_owned())
        }
        Err(_) => (
            vec![],
            "This cannot be read. A setting is written name = value, with a text in quotes, and a \
             table's name in brackets."
                .to_owned(),
        ),
    };
    let plain = |name: &String| {
        name.chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
    };
    SettingsError {
        line: start.map(|start| line_of(text, start)),
        field: (!path.is_empty() && path.iter().all(plain)).then(|| path.join(".")),
        message,
    }
}

fn refusal(reason: &str, path: &[String]) -> String {
    if !reason.starts_with("unknown field `") {
        return format!("Write {}.", wanted(path));
    }
    match path.last().map(String::as_str) {
        Some("password" | "token" | "secret" | "cloud_direct_token" | "autotask_password") => {
            "Secrets are not kept in the settings file. Take it out, and give the password as \
             AUTOTASK_PASSWORD and the token as CLOUD_DIRECT_TOKEN, or enter them on the Credentials \
             screen."
                .to_owned()
        }
        Some(_) | None => {
            "There is no such setting. `configure --example` prints all of them.".to_owned()
        }
    }
}

/// What a setting takes.
fn wanted(path: &[String]) -> &'static str {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match path.as_slice() {
        ["cloud_direct", "outcomes", _] => {
            "\"success\", \"warning\", \"error\" or \"not_finished\""
        }
        ["cloud_direct", "headers", _] => {
            "the name of a column in quotes, such as \"organization\" or \"finished_at\""
        }
        [.., "mapping"] => "each mapping as a table of its own, [[mapping]]",
        [.., "overlap_minutes"] => "a whole number from 0 to 10080",
        [.., "check_every_minutes"] => "a whole number from 1 to 1440",
        [.., "quota_share"] => "a whole number of percent, from 10 to 100",
        [.., "keep_ledger_days"] => "a whole number of days, from 90 to 3650",
        [.., "days_due"] => "a whole number from 0 to 365",
        [.., "invoice_day"] => "a whole number from 0 to 31",
        [.., "minimum" | "included"] => "a whole number from 0 up",
        [.., "block"] => "a whole number from 1 to 1000000",
        [.., "max_age_days"] => "a whole number of days, from 0 to 31",
        [.., "approval_threshold"] => "a whole number of percent, from 0 to 65535",
        [.., "account" | "contract" | "service"] => "the id in Autotask, a whole number",
        [
            ..,
            "enabled" | "digest_without_jobs" | "bill_trials" | "start_at_login" | "notifications",
        ] => "true or false",
        [.., "priority" | "queue"] => "the value's number, or its label in quotes",
        [.., "digest_time" | "time"] => "a time of day in quotes, HH:MM, such as \"06:00\"",
        [.., "jobs_since"] => "a moment in quotes, such as \"2026-11-01T00:00:00Z\"",
        [.., "api"] => "\"rest\" or \"soap\"",
        [.., "soap_times"] => "\"eastern\" or \"utc\"",
        [.., "source"] => "\"portal\" or \"folder\"",
        [.., "date_order"] => "\"day_first\" or \"month_first\"",
        [.., "unit"] => "\"gb\" or \"gib\"",
        [.., "rounding"] => "\"nearest\", \"up\" or \"down\"",
        [.., "expired"] => "\"leave\", \"measured\" or \"zero\"",
        [.., "effective"] => "\"begins\" or \"closes\"",
        [.., "approval"] => "\"post_by_itself\", \"hold_always\" or \"when_changed_by_more_than\"",
        ["autotask" | "cloud_direct" | "alerts" | "billing" | "general"]
        | ["cloud_direct", "outcomes" | "headers"]
        | ["alerts", _] => "it as a table, with its name in brackets",
        _ => "a text in quotes",
    }
}

/// The names that lead to the setting that lies at `at`, by its name or its value.
fn path_in(table: &DeTable<'_>, at: usize) -> Option<Vec<String>> {
    table.iter().find_map(|(name, value)| {
        let rest = path_below(value, at)
            .or_else(|| (name.span().contains(&at) || value.span().contains(&at)).then(Vec::new))?;
        Some([vec![name.get_ref().to_string()], rest].concat())
    })
}

fn path_below(value: &Spanned<DeValue<'_>>, at: usize) -> Option<Vec<String>> {
    match value.get_ref() {
        DeValue::Table(table) => path_in(table, at),
        DeValue::Array(rows) => rows.iter().enumerate().find_map(|(index, row)| {
            let rest = path_below(row, at).or_else(|| row.span().contains(&at).then(Vec::new))?;
            Some([vec![index.to_string()], rest].concat())
        }),
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_) => None,
    }
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
