//! Names of accounts, contracts and services as last read from Autotask: to show and to search
//! without asking again.

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, params};

use super::{Store, StoreError, micros, moment};

/// A row of Autotask by id and name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub id: i64,
    pub name: String,
    pub active: bool,
}

/// What a name belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameKind {
    Account,
    Contract,
    /// A line on a contract.
    ContractService,
    Service,
}

impl NameKind {
    fn word(self) -> &'static str {
        match self {
            NameKind::Account => "account",
            NameKind::Contract => "contract",
            NameKind::ContractService => "contract_service",
            NameKind::Service => "service",
        }
    }
}

impl Store {
    /// Keeps names; `parent` is the account of contracts, the contract of contract services.
    pub fn keep_names(
        &self,
        kind: NameKind,
        parent: Option<i64>,
        names: &[Named],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            for named in names {
                transaction
                    .prepare_cached(
                        "INSERT INTO name (entity, id, parent, name, active, read_at)
                         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                         ON CONFLICT (entity, id) DO UPDATE SET parent = excluded.parent,
                             name = excluded.name, active = excluded.active,
                             read_at = excluded.read_at",
                    )?
                    .execute(params![
                        kind.word(),
                        named.id,
                        parent,
                        named.name,
                        named.active,
                        micros(now)
                    ])?;
            }
            Ok(())
        })
    }

    /// The name and when it was read.
    pub fn name(&self, kind: NameKind, id: i64) -> Result<Option<(Named, Timestamp)>, StoreError> {
        self.read(|connection| {
            Ok(connection
                .prepare_cached(
                    "SELECT id, name, active, read_at FROM name WHERE entity = ?1 AND id = ?2",
                )?
                .query_row(params![kind.word(), id], |row| {
                    let named = Named {
                        id: row.get(0)?,
                        name: row.get(1)?,
                        active: row.get(2)?,
                    };
                    Ok((named, moment(row.get(3)?)))
                })
                .optional()?)
        })
    }
}
