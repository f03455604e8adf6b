//! Organizations, as the source names them, and which of them have to be asked by themselves.

use std::collections::HashSet;

use cloud_direct::Organization;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, Transaction, params};

use super::{
    Store, StoreError,
    facts::{self, Cursor},
    from_word, mappings, micros, moment, word,
};

/// The organizations of which nothing came, so that they may have been kept back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Silent {
    /// All but these: the source was read from `from`, its beginning.
    AllBut {
        heard: HashSet<String>,
        from: Timestamp,
    },
    /// Those without a job that finished, and came in, later. Unread since `late` before their last job,
    /// because jobs can become visible late; those that have none, since `from`.
    Since {
        last: Timestamp,
        late: SignedDuration,
        from: Timestamp,
    },
}

/// An organization to be asked by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unread {
    pub id: String,
    pub from: Timestamp,
}

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

    /// The source has been read to its end.
    pub(crate) fn reading_done(
        &self,
        cursor: &Cursor,
        silent: Option<&Silent>,
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            facts::put_cursor(transaction, cursor)?;
            match silent {
                Some(Silent::AllBut { heard, from }) => mark_all_but(transaction, heard, *from),
                Some(Silent::Since { last, late, from }) => {
                    mark_since(transaction, *last, *late, *from)
                }
                None => Ok(()),
            }
        })
    }

    /// Those to be asked by themselves that were not asked since `asked_before`, or later than `now`;
    /// excluded ones are left alone.
    pub(crate) fn unread(
        &self,
        asked_before: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<Unread>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT o.id, o.unread_from FROM organization o
                 LEFT JOIN mapping m ON m.organization_id = o.id
                 WHERE o.unread_from IS NOT NULL AND m.excluded IS NULL
                     AND (o.asked_at IS NULL OR o.asked_at <= ?1 OR o.asked_at > ?2)
                 ORDER BY o.id",
            )?;
            let rows = statement.query_map([micros(asked_before), micros(now)], |row| {
                Ok(Unread {
                    id: row.get(0)?,
                    from: moment(row.get(1)?),
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Those that were asked by themselves, and could not be read.
    pub(crate) fn kept_back(&self) -> Result<HashSet<String>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id FROM organization
                 WHERE unread_from IS NOT NULL AND asked_at IS NOT NULL",
            )?;
            let ids = statement.query_map([], |row| row.get(0))?;
            Ok(ids.collect::<Result<_, _>>()?)
        })
    }

    /// It has been asked by itself; `read`: to its end, so that nothing is unread any more.
    pub(crate) fn asked_by_itself(
        &self,
        id: &str,
        read: bool,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction
                .prepare_cached(
                    "UPDATE organization SET asked_at = ?2,
                         unread_from = CASE WHEN ?3 THEN NULL ELSE unread_from END
                     WHERE id = ?1",
                )?
                .execute(params![id, micros(now), read])?;
            Ok(())
        })
    }
}

fn mark_all_but(
    transaction: &Transaction<'_>,
    heard: &HashSet<String>,
    from: Timestamp,
) -> Result<(), StoreError> {
    let ids = transaction
        .prepare_cached("SELECT id FROM organization")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<Vec<String>, _>>()?;
    let mut mark = transaction.prepare_cached(
        "UPDATE organization SET unread_from = min(coalesce(unread_from, ?2), ?2), asked_at = NULL
         WHERE id = ?1",
    )?;
    for id in ids.iter().filter(|id| !heard.contains(*id)) {
        mark.execute(params![id, micros(from)])?;
    }
    Ok(())
}

/// A job from the future says no more than when it came in.
fn mark_since(
    transaction: &Transaction<'_>,
    last: Timestamp,
    late: SignedDuration,
    from: Timestamp,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "UPDATE organization SET asked_at = NULL, unread_from = coalesce(
                 (SELECT max(min(finished_at, received_at)) - ?2 FROM job
                  WHERE organization_id = organization.id), ?3)
             WHERE unread_from IS NULL AND id NOT IN
                 (SELECT organization_id FROM job WHERE finished_at > ?1 AND received_at > ?1)",
        )?
        .execute(params![micros(last), late.as_micros() as i64, micros(from)])?;
    Ok(())
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
