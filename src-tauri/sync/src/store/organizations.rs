//! Organizations, as the source names them.

use cloud_direct::Organization;
use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::{Store, StoreError, facts, from_word, mappings, micros, word};

impl Store {
    /// By name.
    pub fn organizations(&self) -> Result<Vec<Organization>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, name, state FROM organization ORDER BY name COLLATE NOCASE, id",
            )?;
            let rows = statement.query_map([], |row| {
                Ok((
                    row.get::<_, String>(0)?,
                    row.get::<_, String>(1)?,
                    row.get::<_, String>(2)?,
                ))
            })?;
            let mut organizations = Vec::new();
            for row in rows {
                let (id, name, state) = row?;
                let state = from_word("an organization's state", state)?;
                organizations.push(Organization { id, name, state });
            }
            Ok(organizations)
        })
    }

    /// Takes over what the source says now, and mappings that waited for one of them. An
    /// organization that the source no longer lists stays: its jobs and mapping do.
    pub fn save_organizations(
        &self,
        organizations: &[Organization],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            for organization in organizations {
                transaction
                    .prepare_cached(
                        "INSERT INTO organization (id, name, state, seen_at) VALUES (?1, ?2, ?3, ?4)
                         ON CONFLICT (id) DO UPDATE SET name = excluded.name,
                             state = excluded.state, seen_at = excluded.seen_at",
                    )?
                    .execute(params![
                        organization.id,
                        organization.name,
                        word(organization.state)?,
                        micros(now)
                    ])?;
            }
            facts::put_organizations_read_at(transaction, now)?;
            mappings::settle_to_come(transaction, now)
        })
    }
}

/// An organization that only a job names: its id is all that is known.
pub(super) fn ensure(
    connection: &Connection,
    id: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let made = connection
        .prepare_cached(
            "INSERT INTO organization (id, name, state, seen_at) VALUES (?1, ?1, 'unknown', ?2)
             ON CONFLICT (id) DO NOTHING",
        )?
        .execute(params![id, micros(now)])?;
    Ok(made > 0)
}
