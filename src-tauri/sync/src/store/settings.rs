//! Settings, one row per section. What does not parse is an error, never silently the default.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    Picklists, Store, StoreError, facts, from_json, jobs,
    ledger::{self, Line, What},
    mappings, to_json,
};
use crate::{
    alerts::Kind,
    login::Service,
    settings::{
        Alerts, Autotask, Billing, CloudDirect, General, Settings, SettingsError, SettingsFile,
    },
};

const AUTOTASK: &str = "autotask";
const CLOUD_DIRECT: &str = "cloud_direct";
const ALERTS: &str = "alerts";
const BILLING: &str = "billing";
const GENERAL: &str = "general";

impl Store {
    pub fn settings(&self) -> Result<Settings, StoreError> {
        self.read(|connection| {
            Ok(Settings {
                autotask: section(connection, AUTOTASK)?.unwrap_or_default(),
                cloud_direct: section(connection, CLOUD_DIRECT)?.unwrap_or_default(),
                alerts: section(connection, ALERTS)?,
                billing: section(connection, BILLING)?.unwrap_or_default(),
                general: section(connection, GENERAL)?.unwrap_or_default(),
            })
        })
    }

    /// Saves everything. A login whose settings change has to be tested again. `alerts` that are
    /// `None` leave those that are saved.
    pub fn save_settings(&self, settings: &Settings, now: Timestamp) -> Result<(), StoreError> {
        self.write(|transaction| save_all(transaction, settings, now))
    }

    /// A settings file, all of it or nothing: as [`Store::save_settings`] and
    /// [`Store::apply_mappings`]. The inner error is a mapping that contradicts another one of the
    /// file. Gives back how many mappings are in effect; the others wait for their organization.
    pub fn configure(
        &self,
        file: &SettingsFile,
        now: Timestamp,
    ) -> Result<Result<u64, SettingsError>, StoreError> {
        self.write(|transaction| {
            if let Some(error) = mappings::mapped_twice(transaction, &file.mapping)? {
                return Ok(Err(error));
            }
            save_all(transaction, &file.settings, now)?;
            mappings::apply(transaction, &file.mapping, now).map(Ok)
        })
    }

    /// The Options screen: alerts, billing and general together.
    pub fn save_options(
        &self,
        alerts: &Alerts,
        billing: &Billing,
        general: &General,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            save_alerts(transaction, alerts, now)?;
            save_billing(transaction, billing, now)?;
            put(transaction, GENERAL, general)
        })
    }

    pub fn save_autotask(&self, autotask: &Autotask) -> Result<(), StoreError> {
        self.write(|transaction| save_autotask(transaction, autotask))
    }

    pub fn save_cloud_direct(&self, cloud_direct: &CloudDirect) -> Result<(), StoreError> {
        self.write(|transaction| save_cloud_direct(transaction, cloud_direct))
    }

    pub fn save_alerts(&self, alerts: &Alerts, now: Timestamp) -> Result<(), StoreError> {
        self.write(|transaction| save_alerts(transaction, alerts, now))
    }

    /// Turns labels in the alert rows into the ids of these picklists, as the rows are saved now.
    pub(crate) fn resolve_alerts(
        &self,
        picklists: &Picklists,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            let Some(alerts) = section::<Alerts>(transaction, ALERTS)? else {
                return Ok(());
            };
            let resolved = alerts.resolved(picklists);
            if resolved == alerts {
                return Ok(());
            }
            save_alerts(transaction, &resolved, now)
        })
    }

    pub fn save_general(&self, general: &General) -> Result<(), StoreError> {
        self.write(|transaction| put(transaction, GENERAL, general))
    }
}

/// As they are saved now.
pub(super) fn alerts(connection: &Connection) -> Result<Option<Alerts>, StoreError> {
    section(connection, ALERTS)
}

fn save_all(
    transaction: &Transaction<'_>,
    settings: &Settings,
    now: Timestamp,
) -> Result<(), StoreError> {
    save_autotask(transaction, &settings.autotask)?;
    save_cloud_direct(transaction, &settings.cloud_direct)?;
    if let Some(alerts) = &settings.alerts {
        save_alerts(transaction, alerts, now)?;
    }
    save_billing(transaction, &settings.billing, now)?;
    put(transaction, GENERAL, &settings.general)
}

/// With the ledger's line of what is billed from now on, and how.
fn save_billing(
    transaction: &Transaction<'_>,
    new: &Billing,
    now: Timestamp,
) -> Result<(), StoreError> {
    let old: Billing = section(transaction, BILLING)?.unwrap_or_default();
    let what = match (old.enabled, new.enabled) {
        (false, true) => Some(What::SwitchedOn),
        (true, false) => Some(What::SwitchedOff),
        (true, true) if old != *new => Some(What::BillingSet),
        (true, true) | (false, false) => None,
    };
    if let Some(what) = what {
        let line = Line {
            at: now,
            what,
            key: "billing",
            account: None,
            ticket_id: None,
            detail: Some(&to_json(BILLING, new)?),
        };
        ledger::add(transaction, &line)?;
    }
    put(transaction, BILLING, new)
}

fn save_autotask(transaction: &Transaction<'_>, new: &Autotask) -> Result<(), StoreError> {
    if section::<Autotask>(transaction, AUTOTASK)?.as_ref() != Some(new) {
        facts::forget_autotask(transaction)?;
        put(transaction, AUTOTASK, new)?;
    }
    Ok(())
}

fn save_cloud_direct(transaction: &Transaction<'_>, new: &CloudDirect) -> Result<(), StoreError> {
    if section::<CloudDirect>(transaction, CLOUD_DIRECT)?.as_ref() != Some(new) {
        facts::forget_login(transaction, Service::CloudDirect)?;
        put(transaction, CLOUD_DIRECT, new)?;
    }
    Ok(())
}

/// The first time, `jobs_since` is set to that moment; later a missing one stays what it was. Jobs
/// that an earlier moment lets in again are planned anew.
fn save_alerts(
    transaction: &Transaction<'_>,
    new: &Alerts,
    now: Timestamp,
) -> Result<(), StoreError> {
    let old: Option<Alerts> = section(transaction, ALERTS)?;
    let since = new
        .jobs_since
        .or_else(|| old.as_ref().and_then(|alerts| alerts.jobs_since))
        .unwrap_or(now);
    let new = Alerts {
        jobs_since: Some(since),
        ..new.clone()
    };
    note_rules(transaction, old.as_ref(), &new, now)?;
    put(transaction, ALERTS, &new)?;
    jobs::let_in_again(transaction, since)
}

/// The ledger's lines of what is sent from now on, or is not any more.
fn note_rules(
    transaction: &Transaction<'_>,
    old: Option<&Alerts>,
    new: &Alerts,
    now: Timestamp,
) -> Result<(), StoreError> {
    let note = |what, key: &str, detail: Option<&str>| {
        let line = Line {
            at: now,
            what,
            key,
            account: None,
            ticket_id: None,
            detail,
        };
        ledger::add(transaction, &line)
    };
    for kind in Kind::ALL {
        let was_on = old.is_some_and(|old| old.row(kind).enabled);
        let key = format!("alerts.{}", kind.name());
        match (was_on, new.row(kind).enabled) {
            (false, true) => note(What::SwitchedOn, &key, None)?,
            (true, false) => note(What::SwitchedOff, &key, None)?,
            (true, true) | (false, false) => {}
        }
    }
    if old.and_then(|old| old.jobs_since) != new.jobs_since {
        let since = new.jobs_since.map(|since| since.to_string());
        note(What::JobsSince, "alerts.jobs_since", since.as_deref())?;
    }
    Ok(())
}

fn section<T: DeserializeOwned>(
    connection: &Connection,
    name: &str,
) -> Result<Option<T>, StoreError> {
    let json: Option<String> = connection
        .prepare_cached("SELECT json FROM setting WHERE section = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?;
    json.map(|json| from_json(&format!("the settings of {name}"), &json))
        .transpose()
}

fn put<T: Serialize>(
    transaction: &Transaction<'_>,
    name: &str,
    value: &T,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "INSERT INTO setting (section, json) VALUES (?1, ?2)
             ON CONFLICT (section) DO UPDATE SET json = excluded.json",
        )?
        .execute(params![name, to_json(name, value)?])?;
    Ok(())
}
