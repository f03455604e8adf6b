//! What the API user may do, and which rows it sees.
//!
//! A restricted user is refused, or simply gets no rows: the vendor knows both. A row that is not
//! seen is treated everywhere like one that is not there, also as the target of a reference. The
//! metadata calls show what is refused, not what is hidden.

use std::collections::{BTreeSet, HashMap};

use super::query::{Filter, Moment};
use super::schema::Entity;
use super::tenant::Tenant;
use super::value::{Row, Value};

/// What the API user may do with one entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Access {
    pub query: bool,
    pub create: bool,
    pub update: bool,
    /// The rows are not seen, without a word.
    pub hidden: bool,
}

impl Access {
    pub(crate) const ALL: Access = Access {
        query: true,
        create: true,
        update: true,
        hidden: false,
    };
}

#[derive(Debug, Default)]
pub(crate) struct Rights {
    entities: HashMap<Entity, Access>,
    /// None: all companies.
    pub companies: Option<BTreeSet<i64>>,
}

impl Rights {
    pub(crate) fn of(&self, entity: Entity) -> Access {
        self.entities.get(&entity).copied().unwrap_or(Access::ALL)
    }

    pub(crate) fn set(&mut self, entity: Entity, access: Access) {
        self.entities.insert(entity, access);
    }
}

impl Tenant {
    pub(crate) fn may_query(&self, entity: Entity) -> bool {
        entity.spec().can_query && self.rights.of(entity).query
    }

    pub(crate) fn may_create(&self, entity: Entity) -> bool {
        let limited = entity == Entity::ContractServiceAdjustment
            && self.rights.companies.is_some()
            && self.choices.limited_user_adjustments_refused;
        entity.spec().can_create && self.rights.of(entity).create && !limited
    }

    pub(crate) fn may_update(&self, entity: Entity) -> bool {
        entity.spec().can_update && self.rights.of(entity).update
    }

    /// Whether the API user sees a row.
    pub(crate) fn sees(&self, entity: Entity, row: &Row) -> bool {
        if self.rights.of(entity).hidden {
            return false;
        }
        let Some(companies) = &self.rights.companies else {
            return true;
        };
        match self.company_of(entity, row) {
            Belongs::ToCompany(company) => companies.contains(&company),
            Belongs::ToNone => true,
            Belongs::Lost => false,
        }
    }

    /// Whether the API user sees the row with that id; false also if there is none.
    pub(crate) fn sees_id(&self, entity: Entity, id: i64) -> bool {
        self.store
            .get(entity, id)
            .is_some_and(|row| self.sees(entity, &row))
    }

    /// The rows that the API user sees and a filter lets through, ascending by id, from behind
    /// `after` on.
    pub(crate) fn select<'a>(
        &'a self,
        entity: Entity,
        filter: &'a Filter,
        after: i64,
        moment: &'a Moment,
    ) -> impl Iterator<Item = std::borrow::Cow<'a, Row>> + 'a {
        let rows = self.store.select(entity, filter, after, moment);
        rows.filter(move |row| self.sees(entity, row))
    }

    /// Does something as an administrator, who sees all there is.
    pub(crate) fn as_administrator<T>(&mut self, act: impl FnOnce(&mut Tenant) -> T) -> T {
        let rights = std::mem::take(&mut self.rights);
        let done = act(self);
        self.rights = rights;
        done
    }

    fn company_of(&self, entity: Entity, row: &Row) -> Belongs {
        let by = |field| Tenant::value(entity, row, field).int();
        let company = match entity {
            Entity::Company => row.first().and_then(Value::int),
            Entity::Ticket | Entity::Contract => by("AccountID"),
            Entity::TicketNote => by("TicketID").and_then(|id| self.account(Entity::Ticket, id)),
            Entity::ContractService
            | Entity::ContractServiceUnit
            | Entity::ContractServiceAdjustment => {
                by("ContractID").and_then(|id| self.account(Entity::Contract, id))
            }
            Entity::TicketCategory
            | Entity::Service
            | Entity::BillingCode
            | Entity::Resource
            | Entity::Role
            | Entity::ResourceRole => return Belongs::ToNone,
        };
        company.map_or(Belongs::Lost, Belongs::ToCompany)
    }

    fn account(&self, entity: Entity, id: i64) -> Option<i64> {
        let row = self.store.get(entity, id)?;
        Tenant::value(entity, &row, "AccountID").int()
    }
}

enum Belongs {
    ToCompany(i64),
    /// A list of the whole tenant.
    ToNone,
    /// To something that is gone.
    Lost,
}
