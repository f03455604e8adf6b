//! What was found out: login tests, zone, rights, picklists, how far the source has been read,
//! pauses.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{Store, StoreError, from_json, micros, moment_of, to_json};
use crate::{
    attention::Told,
    login::Service,
    pause::{Length, Pause},
    schedule,
};

const ZONE: &str = "zone";
const RIGHTS: &str = "rights";
const PICKLISTS_READ_AT: &str = "picklists_read_at";
const ORGANIZATIONS_READ_AT: &str = "organizations_read_at";
const CURSOR: &str = "cursor";
const FILES_READ_WITH: &str = "files_read_with";
const PAUSE: &str = "pause";
const THROTTLED_UNTIL: &str = "throttled_until";
const EXTERNAL_ID_KEPT: &str = "external_id_kept";
const EXTERNAL_ID_KEPT_SINCE: &str = "external_id_kept_since";
const HELD_BACK_UNTIL: &str = "held_back_until";
const LAST_PASS: &str = "last_pass";
const TOLD: &str = "told";
const DIGESTS_DONE: &str = "digests_done";

/// How a login stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoginState {
    /// When the last successful test was; `None` after a change or a refusal.
    pub tested_at: Option<Timestamp>,
    /// Set when the login was refused, until it is tested again.
    pub refused_at: Option<Timestamp>,
    pub refused_message: Option<String>,
}

/// The zone as the login test found it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZoneFound {
    pub address: String,
    pub web: Option<String>,
    pub name: Option<String>,
}

/// What the API user may do, as the login test found it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rights {
    pub create_tickets: bool,
    pub read_accounts: bool,
    pub read_contracts: bool,
    pub create_adjustments: bool,
}

/// The picklists of tickets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Picklists {
    pub priorities: Vec<PickValue>,
    pub queues: Vec<PickValue>,
    pub statuses: Vec<PickValue>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PickValue {
    pub id: i64,
    pub label: String,
    /// `false`: made inactive in Autotask, or gone.
    pub active: bool,
}

/// How far a source has been read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    /// Which source it belongs to.
    pub source: String,
    /// The newest end of a job that has been taken in.
    pub newest: Timestamp,
    /// The earliest moment that was ever asked for.
    pub asked_from: Timestamp,
    /// When it was last read further back than to the newest end.
    pub looked_back_at: Option<Timestamp>,
}

impl Store {
    pub fn login(&self, service: Service) -> Result<LoginState, StoreError> {
        self.read(|connection| {
            let state = connection
                .prepare_cached(
                    "SELECT tested_at, refused_at, refused_message FROM login WHERE service = ?1",
                )?
                .query_row([service.name()], |row| {
                    Ok(LoginState {
                        tested_at: moment_of(row.get(0)?),
                        refused_at: moment_of(row.get(1)?),
                        refused_message: row.get(2)?,
                    })
                })
                .optional()?;
            Ok(state.unwrap_or_default())
        })
    }

    pub(crate) fn login_passed(&self, service: Service, now: Timestamp) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction
                .prepare_cached(
                    "INSERT INTO login (service, tested_at) VALUES (?1, ?2)
                     ON CONFLICT (service) DO UPDATE SET
                         tested_at = excluded.tested_at, refused_at = NULL, refused_message = NULL",
                )?
                .execute(params![service.name(), micros(now)])?;
            Ok(())
        })
    }

    /// From now on nothing is sent until the login has been tested again.
    pub fn login_refused(
        &self,
        service: Service,
        message: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction
                .prepare_cached(
                    "INSERT INTO login (service, refused_at, refused_message) VALUES (?1, ?2, ?3)
                     ON CONFLICT (service) DO UPDATE SET tested_at = NULL,
                         refused_at = excluded.refused_at,
                         refused_message = excluded.refused_message",
                )?
                .execute(params![service.name(), micros(now), message])?;
            Ok(())
        })
    }

    pub fn zone(&self) -> Result<Option<ZoneFound>, StoreError> {
        self.fact(ZONE)
    }

    pub(crate) fn set_zone(&self, zone: &ZoneFound) -> Result<(), StoreError> {
        self.set_fact(ZONE, zone)
    }

    pub fn rights(&self) -> Result<Option<Rights>, StoreError> {
        self.fact(RIGHTS)
    }

    pub(crate) fn set_rights(&self, rights: &Rights) -> Result<(), StoreError> {
        self.set_fact(RIGHTS, rights)
    }

    pub fn picklists(&self) -> Result<Picklists, StoreError> {
        self.read(|connection| {
            let mut picklists = Picklists::default();
            let mut statement = connection.prepare_cached(
                "SELECT field, id, label, active FROM picklist ORDER BY field, position, label",
            )?;
            let rows = statement.query_map([], |row| {
                let value = PickValue {
                    id: row.get(1)?,
                    label: row.get(2)?,
                    active: row.get(3)?,
                };
                Ok((row.get::<_, String>(0)?, value))
            })?;
            for row in rows {
                let (field, value) = row?;
                match field.as_str() {
                    "priority" => picklists.priorities.push(value),
                    "queue" => picklists.queues.push(value),
                    _ => picklists.statuses.push(value),
                }
            }
            Ok(picklists)
        })
    }

    pub(crate) fn picklists_read_at(&self) -> Result<Option<Timestamp>, StoreError> {
        self.fact(PICKLISTS_READ_AT)
    }

    /// Takes over what Autotask says now; a value that has gone stays, inactive.
    pub(crate) fn set_picklists(
        &self,
        picklists: &Picklists,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction.execute("UPDATE picklist SET active = 0", [])?;
            let lists = [
                ("priority", &picklists.priorities),
                ("queue", &picklists.queues),
                ("status", &picklists.statuses),
            ];
            for (field, values) in lists {
                for (position, value) in (0_i64..).zip(values) {
                    transaction
                        .prepare_cached(
                            "INSERT INTO picklist (field, id, label, active, position)
                             VALUES (?1, ?2, ?3, ?4, ?5)
                             ON CONFLICT (field, id) DO UPDATE SET label = excluded.label,
                                 active = excluded.active, position = excluded.position",
                        )?
                        .execute(params![
                            field,
                            value.id,
                            value.label,
                            value.active,
                            position
                        ])?;
                }
            }
            put(transaction, PICKLISTS_READ_AT, &now)
        })
    }

    pub(crate) fn organizations_read_at(&self) -> Result<Option<Timestamp>, StoreError> {
        self.fact(ORGANIZATIONS_READ_AT)
    }

    pub(crate) fn cursor(&self) -> Result<Option<Cursor>, StoreError> {
        self.fact(CURSOR)
    }

    /// Export files are read again when they would be understood otherwise: lines that made no sense
    /// may make some now, and jobs that came in already are known by their ids.
    pub(crate) fn read_files_with(&self, how: &str) -> Result<(), StoreError> {
        let before: Option<String> = self.fact(FILES_READ_WITH)?;
        if before.as_deref() == Some(how) {
            return Ok(());
        }
        self.write(|transaction| {
            if before.is_some() {
                transaction.execute("DELETE FROM read_file", [])?;
            }
            put(transaction, FILES_READ_WITH, &how)
        })?;
        if before.is_some() {
            self.known_files
                .write()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
                .clear();
        }
        Ok(())
    }

    /// Nothing is sent until that is over, or until [`Store::resume`]. Takes the place of an earlier
    /// pause.
    pub fn pause(&self, length: Length, now: Timestamp) -> Result<Pause, StoreError> {
        let pause = Pause::begin(length, now, &self.settings()?.general.zone());
        self.set_fact(PAUSE, &pause)?;
        Ok(pause)
    }

    pub fn resume(&self) -> Result<(), StoreError> {
        self.write(|transaction| remove(transaction, PAUSE))
    }

    /// The pause that holds, if one does.
    pub fn paused(&self, now: Timestamp) -> Result<Option<Pause>, StoreError> {
        Ok(self.kept_pause(now)?.and_then(|(_, now)| now))
    }

    /// Removes a pause that is over, and keeps the new end of one that began before the clock was set
    /// back. `true`: one is over now.
    pub fn end_pause(&self, now: Timestamp) -> Result<bool, StoreError> {
        match self.kept_pause(now)? {
            None => Ok(false),
            Some((kept, Some(pause))) => {
                if pause != kept {
                    self.set_fact(PAUSE, &pause)?;
                }
                Ok(false)
            }
            Some((_, None)) => {
                self.resume()?;
                Ok(true)
            }
        }
    }

    /// A pause as it is kept, and as it stands now.
    fn kept_pause(&self, now: Timestamp) -> Result<Option<(Pause, Option<Pause>)>, StoreError> {
        let Some(kept) = self.fact::<Pause>(PAUSE)? else {
            return Ok(None);
        };
        Ok(Some((kept, kept.at(now, &self.settings()?.general.zone()))))
    }

    pub(crate) fn throttled_until(&self) -> Result<Option<Timestamp>, StoreError> {
        self.fact(THROTTLED_UNTIL)
    }

    /// Until when the app keeps calls back, so that others have their share.
    pub(crate) fn held_back_until(&self) -> Result<Option<Timestamp>, StoreError> {
        self.fact(HELD_BACK_UNTIL)
    }

    pub(crate) fn set_held_back_until(&self, until: Timestamp) -> Result<(), StoreError> {
        self.set_fact(HELD_BACK_UNTIL, &until)
    }

    pub(crate) fn set_throttled_until(&self, until: Timestamp) -> Result<(), StoreError> {
        self.set_fact(THROTTLED_UNTIL, &until)
    }

    /// Of which days there are digests already.
    pub(crate) fn digests_done(&self) -> Result<schedule::Record, StoreError> {
        Ok(self.fact(DIGESTS_DONE)?.unwrap_or_default())
    }

    /// When a pass last came to its end without an error.
    pub fn last_pass(&self) -> Result<Option<Timestamp>, StoreError> {
        self.fact(LAST_PASS)
    }

    pub(crate) fn set_last_pass(&self, now: Timestamp) -> Result<(), StoreError> {
        self.set_fact(LAST_PASS, &now)
    }

    /// What a person was told already.
    pub fn told(&self) -> Result<Told, StoreError> {
        Ok(self.fact(TOLD)?.unwrap_or_default())
    }

    pub fn set_told(&self, told: &Told) -> Result<(), StoreError> {
        self.set_fact(TOLD, told)
    }

    /// Whether Autotask keeps a ticket's `ExternalID`; `None` until a ticket has shown it.
    pub(crate) fn external_id_kept(&self) -> Result<Option<bool>, StoreError> {
        self.fact(EXTERNAL_ID_KEPT)
    }

    /// Since when it is known that it does, if something that was sent before may have its key in the
    /// description alone.
    pub(crate) fn external_id_kept_since(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.fact(EXTERNAL_ID_KEPT_SINCE)?.flatten())
    }

    /// It does. `since`: now, if older ones may have their key in the description alone.
    pub(crate) fn external_id_is_kept(&self, since: Option<Timestamp>) -> Result<(), StoreError> {
        self.write(|transaction| {
            put(transaction, EXTERNAL_ID_KEPT_SINCE, &since)?;
            put(transaction, EXTERNAL_ID_KEPT, &true)
        })
    }

    pub(crate) fn external_id_is_not_kept(&self) -> Result<(), StoreError> {
        self.set_fact(EXTERNAL_ID_KEPT, &false)
    }

    pub(super) fn fact<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, StoreError> {
        self.read(|connection| get(connection, name))
    }

    pub(super) fn set_fact<T: Serialize>(&self, name: &str, value: &T) -> Result<(), StoreError> {
        self.write(|transaction| put(transaction, name, value))
    }
}

/// What was found with other settings no longer holds.
pub(super) fn forget_autotask(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    remove(transaction, ZONE)?;
    remove(transaction, RIGHTS)?;
    remove(transaction, EXTERNAL_ID_KEPT)?;
    forget_login(transaction, Service::Autotask)
}

pub(super) fn forget_login(
    transaction: &Transaction<'_>,
    service: Service,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached("UPDATE login SET tested_at = NULL WHERE service = ?1")?
        .execute([service.name()])?;
    Ok(())
}

pub(super) fn put_cursor(transaction: &Transaction<'_>, cursor: &Cursor) -> Result<(), StoreError> {
    put(transaction, CURSOR, cursor)
}

pub(super) fn put_digests_done(
    transaction: &Transaction<'_>,
    record: &schedule::Record,
) -> Result<(), StoreError> {
    put(transaction, DIGESTS_DONE, record)
}

pub(super) fn put_organizations_read_at(
    transaction: &Transaction<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    put(transaction, ORGANIZATIONS_READ_AT, &now)
}

fn get<T: DeserializeOwned>(connection: &Connection, name: &str) -> Result<Option<T>, StoreError> {
    let json: Option<String> = connection
        .prepare_cached("SELECT json FROM fact WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?;
    json.map(|json| from_json(name, &json)).transpose()
}

pub(super) fn put<T: Serialize>(
    connection: &Connection,
    name: &str,
    value: &T,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO fact (name, json) VALUES (?1, ?2)
             ON CONFLICT (name) DO UPDATE SET json = excluded.json",
        )?
        .execute(params![name, to_json(name, value)?])?;
    Ok(())
}

fn remove(connection: &Connection, name: &str) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM fact WHERE name = ?1")?
        .execute([name])?;
    Ok(())
}
