//! Which organization is which account.

use std::collections::HashMap;

use cloud_direct::Organization;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::{
    Named, Store, StoreError, billing, from_word,
    ledger::{self, Line, What},
    micros, notices,
};
use crate::settings::{MappingEntry, SettingsError};

/// An organization's mapping as it is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapping {
    pub account: Option<Named>,
    pub contract: Option<Named>,
    /// The contract service (a line on the contract).
    pub service: Option<Named>,
    /// Why nothing is sent.
    pub excluded: Option<String>,
}

/// An organization with its mapping and the postings that are not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingRow {
    pub organization: Organization,
    pub mapping: Mapping,
    /// Planned postings of this organization.
    pub planned: u64,
}

impl Store {
    /// All organizations by name, or the one.
    pub(crate) fn mapping_rows(&self, only: Option<&str>) -> Result<Vec<MappingRow>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "WITH waiting AS (
                     SELECT organization_id, count(*) AS planned FROM posting
                     WHERE state = 'planned' GROUP BY organization_id)
                 SELECT o.id, o.name, o.state, m.account, m.account_name, m.account_active,
                     m.contract, m.contract_name, m.contract_active,
                     m.service, m.service_name, m.service_active, m.excluded,
                     coalesce(w.planned, 0)
                 FROM organization o
                     LEFT JOIN mapping m ON m.organization_id = o.id
                     LEFT JOIN waiting w ON w.organization_id = o.id
                 WHERE ?1 IS NULL OR o.id = ?1
                 ORDER BY o.name COLLATE NOCASE, o.id",
            )?;
            let mut rows = statement.query([only])?;
            let mut mappings = Vec::new();
            while let Some(row) = rows.next()? {
                let named = |at: usize| -> Result<Option<Named>, StoreError> {
                    let Some(id) = row.get::<_, Option<i64>>(at)? else {
                        return Ok(None);
                    };
                    let name = row.get::<_, Option<String>>(at + 1)?.unwrap_or_default();
                    Ok(Some(Named {
                        id,
                        name,
                        active: row.get(at + 2)?,
                    }))
                };
                mappings.push(MappingRow {
                    organization: Organization {
                        id: row.get(0)?,
                        name: row.get(1)?,
                        state: from_word("an organization's state", row.get(2)?)?,
                    },
                    mapping: Mapping {
                        account: named(3)?,
                        contract: named(6)?,
                        service: named(9)?,
                        excluded: row.get(12)?,
                    },
                    planned: row.get(13)?,
                });
            }
            Ok(mappings)
        })
    }

    /// `false`: there is no such organization.
    pub(crate) fn save_mapping(
        &self,
        organization_id: &str,
        mapping: &Mapping,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.write(|transaction| {
            let known: bool = transaction
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM organization WHERE id = ?1)")?
                .query_row([organization_id], |row| row.get(0))?;
            if known {
                put(transaction, organization_id, mapping, now)?;
            }
            Ok(known)
        })
    }

    /// Mappings of a settings file or an import. Those whose organization is not known yet are kept
    /// until it is. Gives back how many were applied at once.
    pub fn apply_mappings(
        &self,
        entries: &[MappingEntry],
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.write(|transaction| apply(transaction, entries, now))
    }

    /// How many mappings wait for their organization to be seen.
    pub fn mappings_to_come(&self) -> Result<u64, StoreError> {
        self.read(to_come)
    }

    /// Notes how mapped accounts are called, where a name is given, and whether they are active. What
    /// waits for an inactive one keeps waiting.
    pub(crate) fn note_accounts(&self, accounts: &[Named]) -> Result<(), StoreError> {
        let told: HashMap<i64, &Named> = accounts.iter().map(|named| (named.id, named)).collect();
        self.write(|transaction| {
            let mut changed = Vec::new();
            let mut statement = transaction.prepare_cached(
                "SELECT organization_id, account, account_name, account_active FROM mapping
                 WHERE account IS NOT NULL",
            )?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let Some(named) = told.get(&row.get(1)?) else {
                    continue;
                };
                let known: Option<String> = row.get(2)?;
                let name = Some(&named.name).filter(|name| !name.is_empty());
                let name = name.or(known.as_ref()).cloned();
                if name != known || named.active != row.get::<_, bool>(3)? {
                    changed.push((row.get::<_, String>(0)?, name, named.active));
                }
            }
            for (organization_id, name, active) in changed {
                transaction
                    .prepare_cached(
                        "UPDATE mapping SET account_name = ?2, account_active = ?3
                         WHERE organization_id = ?1",
                    )?
                    .execute(params![organization_id, name, active])?;
            }
            Ok(())
        })
    }

    /// All accounts that organizations are mapped to.
    pub(crate) fn mapped_accounts(&self) -> Result<Vec<i64>, StoreError> {
        self.accounts(
            "SELECT DISTINCT account FROM mapping WHERE account IS NOT NULL ORDER BY account",
        )
    }

    /// Those that postings wait for because they were inactive when last seen, or whose name is not
    /// known.
    pub(crate) fn accounts_that_hold_up(&self) -> Result<Vec<i64>, StoreError> {
        self.accounts(
            "SELECT DISTINCT m.account FROM posting p INDEXED BY posting_open
                 JOIN mapping m ON m.organization_id = p.organization_id
             WHERE p.state = 'planned' AND p.state <> 'done'
                 AND m.account IS NOT NULL AND (NOT m.account_active OR m.account_name IS NULL)
             ORDER BY m.account",
        )
    }

    fn accounts(&self, query: &str) -> Result<Vec<i64>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(query)?;
            let rows = statement.query_map([], |row| row.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

/// Gives back how many of them are in effect.
pub(super) fn apply(
    transaction: &Transaction<'_>,
    entries: &[MappingEntry],
    now: Timestamp,
) -> Result<u64, StoreError> {
    for entry in entries {
        transaction
            .prepare_cached(
                "INSERT INTO mapping_to_come (organization, account, contract, service, excluded)
                 VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (organization) DO UPDATE SET account = excluded.account,
                     contract = excluded.contract, service = excluded.service,
                     excluded = excluded.excluded",
            )?
            .execute(params![
                entry.organization.trim(),
                entry.account,
                entry.contract,
                entry.service,
                entry.excluded
            ])?;
    }
    settle_to_come(transaction, now)?;
    let mut waiting = transaction
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM mapping_to_come WHERE organization = ?1)")?;
    let mut applied = 0;
    for entry in entries {
        let waits: bool = waiting.query_row([entry.organization.trim()], |row| row.get(0))?;
        applied += u64::from(!waits);
    }
    Ok(applied)
}

/// Two entries that are one organization, by its id and by its name.
pub(super) fn mapped_twice(
    connection: &Connection,
    entries: &[MappingEntry],
) -> Result<Option<SettingsError>, StoreError> {
    let mut seen: HashMap<String, &str> = HashMap::new();
    for (index, entry) in entries.iter().enumerate() {
        let called = entry.organization.trim();
        let ids = organizations_called(connection, called)?;
        let [id] = ids.as_slice() else { continue };
        if let Some(first) = seen.insert(id.clone(), called) {
            return Ok(Some(SettingsError {
                line: None,
                field: Some(format!("mapping.{index}.organization")),
                message: format!(
                    "\"{called}\" is the organization that is mapped as \"{first}\" already. Leave one."
                ),
            }));
        }
    }
    Ok(None)
}

fn to_come(connection: &Connection) -> Result<u64, StoreError> {
    Ok(connection
        .prepare_cached("SELECT count(*) FROM mapping_to_come")?
        .query_row([], |row| row.get(0))?)
}

fn put(
    transaction: &Transaction<'_>,
    organization_id: &str,
    mapping: &Mapping,
    now: Timestamp,
) -> Result<(), StoreError> {
    note_exclusion(transaction, organization_id, mapping, now)?;
    let id = |named: &Option<Named>| named.as_ref().map(|named| named.id);
    let name = |named: &Option<Named>| {
        named
            .as_ref()
            .map(|named| named.name.clone())
            .filter(|name| !name.is_empty())
    };
    let active = |named: &Option<Named>| named.as_ref().is_none_or(|named| named.active);
    let place = (
        id(&mapping.account),
        id(&mapping.contract),
        id(&mapping.service),
    );
    let before = transaction
        .prepare_cached(
            "SELECT account, contract, service FROM mapping WHERE organization_id = ?1",
        )?
        .query_row([organization_id], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    if before != Some(place) {
        billing::take_back_approvals(transaction, organization_id, now)?;
    }
    transaction
        .prepare_cached(
            "INSERT INTO mapping (organization_id, account, account_name, account_active,
                 contract, contract_name, contract_active, service, service_name, service_active,
                 excluded, saved_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
             ON CONFLICT (organization_id) DO UPDATE SET
                 account = excluded.account, account_name = excluded.account_name,
                 account_active = excluded.account_active,
                 contract = excluded.contract, contract_name = excluded.contract_name,
                 contract_active = excluded.contract_active,
                 service = excluded.service, service_name = excluded.service_name,
                 service_active = excluded.service_active,
                 excluded = excluded.excluded, saved_at = excluded.saved_at",
        )?
        .execute(params![
            organization_id,
            id(&mapping.account),
            name(&mapping.account),
            active(&mapping.account),
            id(&mapping.contract),
            name(&mapping.contract),
            active(&mapping.contract),
            id(&mapping.service),
            name(&mapping.service),
            active(&mapping.service),
            mapping.excluded,
            micros(now)
        ])?;
    Ok(())
}

/// The ledger's line of an exclusion that begins, has another reason, or ends.
fn note_exclusion(
    transaction: &Transaction<'_>,
    organization_id: &str,
    mapping: &Mapping,
    now: Timestamp,
) -> Result<(), StoreError> {
    let before: Option<String> = transaction
        .prepare_cached("SELECT excluded FROM mapping WHERE organization_id = ?1")?
        .query_row([organization_id], |row| row.get(0))
        .optional()?
        .flatten();
    if before == mapping.excluded {
        return Ok(());
    }
    let line = Line {
        at: now,
        what: match mapping.excluded {
            Some(_) => What::Excluded,
            None => What::Included,
        },
        key: organization_id,
        account: mapping.account.as_ref().map(|account| account.id),
        ticket_id: None,
        detail: mapping.excluded.as_deref(),
    };
    ledger::add(transaction, &line)
}

/// Applies mappings that waited for their organization: by id, else by name if only one has it. If
/// one is named both ways, the id counts.
pub(super) fn settle_to_come(
    transaction: &Transaction<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut found = Vec::new();
    for entry in entries_to_come(transaction)? {
        let ids = organizations_called(transaction, &entry.organization)?;
        match ids.as_slice() {
            [] => {}
            [id] => found.push((id.clone(), entry)),
            [_, _, ..] => notices::add(
                transaction,
                &format!(
                    "{} organizations are called \"{}\", so its mapping was not applied. Map them on \
                     the Mappings screen, or name them by id.",
                    ids.len(),
                    entry.organization
                ),
                now,
            )?,
        }
    }
    found.sort_by_key(|(id, entry)| *id == entry.organization);
    let mut applied: HashMap<String, MappingEntry> = HashMap::new();
    for (id, entry) in found {
        put(transaction, &id, &bare(&entry), now)?;
        transaction
            .prepare_cached("DELETE FROM mapping_to_come WHERE organization = ?1")?
            .execute([&entry.organization])?;
        if let Some(other) = applied.insert(id, entry.clone())
            && bare(&other) != bare(&entry)
        {
            notices::add(
                transaction,
                &format!(
                    "\"{}\" and \"{}\" are one organization, but were mapped differently. The mapping \
                     of the latter was taken; look at it on the Mappings screen.",
                    other.organization, entry.organization
                ),
                now,
            )?;
        }
    }
    Ok(())
}

fn entries_to_come(connection: &Connection) -> Result<Vec<MappingEntry>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT organization, account, contract, service, excluded FROM mapping_to_come
         ORDER BY organization",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(MappingEntry {
            organization: row.get(0)?,
            account: row.get(1)?,
            contract: row.get(2)?,
            service: row.get(3)?,
            excluded: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Names are read from Autotask later.
fn bare(entry: &MappingEntry) -> Mapping {
    let named = |id| Named {
        id,
        name: String::new(),
        active: true,
    };
    Mapping {
        account: entry.account.map(named),
        contract: entry.contract.map(named),
        service: entry.service.map(named),
        excluded: entry.excluded.clone(),
    }
}

fn organizations_called(connection: &Connection, text: &str) -> Result<Vec<String>, StoreError> {
    let exact: bool = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM organization WHERE id = ?1)")?
        .query_row([text], |row| row.get(0))?;
    if exact {
        return Ok(vec![text.to_owned()]);
    }
    let wanted = text.trim().to_lowercase();
    let mut statement = connection.prepare_cached("SELECT id, name FROM organization")?;
    let rows = statement.query_map([], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
    })?;
    let mut ids = Vec::new();
    for row in rows {
        let (id, name) = row?;
        if name.trim().to_lowercase() == wanted {
            ids.push(id);
        }
    }
    Ok(ids)
}
