//! What an administrator does to contracts.

use jiff::civil::Date;

use super::AutotaskDoor;
use crate::autotask::deletion;
use crate::autotask::periods::{self, Term};
use crate::autotask::renewal;
use crate::autotask::rules::utc_day;
use crate::autotask::schema::{Entity, Names};
use crate::autotask::tenant::Tenant;
use crate::autotask::value::Value;

impl AutotaskDoor {
    /// 1 is active, 0 inactive. False if there is no such contract.
    pub fn set_contract_status(&self, id: i64, status: i64) -> bool {
        self.set(Entity::Contract, id, "Status", Value::Int(status))
    }

    /// Sets the first and last day; the billing periods follow, whether or not they are posted.
    /// False if there is no such contract.
    pub fn set_contract_dates(&self, id: i64, start: Date, end: Date) -> bool {
        let mut tenant = self.0.tenant();
        let before = term(&tenant, id);
        let at = |field| Entity::Contract.spec().position(field, Names::Soap);
        let changes = [(at("StartDate"), start), (at("EndDate"), end)];
        let changes = changes
            .into_iter()
            .filter_map(|(at, day)| Some((at?, day.into())));
        let known = tenant.store.change(Entity::Contract, id, changes.collect());
        if let (Some(before), Some(after)) = (before, term(&tenant, id)) {
            periods::follow_dates(&mut tenant, id, before, after);
        }
        known
    }

    /// Approves and posts every billing period that begins by that day, today by the simulator's
    /// clock. The contract may be inactive: it bills on. None if there is no such contract, else
    /// the number of periods that were posted.
    pub fn approve_and_post(&self, contract: i64, until: Date) -> Option<usize> {
        let today = utc_day(self.0.now());
        let mut tenant = self.0.tenant();
        tenant.store.get(Entity::Contract, contract)?;
        Some(periods::post(&mut tenant, contract, until, today))
    }

    /// Takes back the posting of every billing period that ends on or after that day. None if
    /// there is no such contract, else the number of periods.
    pub fn take_back_posting(&self, contract: i64, from: Date) -> Option<usize> {
        let mut tenant = self.0.tenant();
        tenant.store.get(Entity::Contract, contract)?;
        Some(periods::take_back(&mut tenant, contract, from))
    }

    /// Renews a recurring-service contract: a new one begins the day after it ends, as long as
    /// the old one unless `end` says otherwise, with the same services and units. Gives the new
    /// contract's id.
    ///
    /// # Errors
    /// If there is no such contract, it has another type, or it has been renewed already.
    pub fn renew_contract(&self, id: i64, end: Option<Date>) -> Result<i64, String> {
        renewal::renew(&mut self.0.tenant(), id, end)
    }

    /// Takes a service off its contract, with its units. False if there is no such line.
    pub fn delete_contract_service(&self, id: i64) -> bool {
        deletion::contract_service(&mut self.0.tenant(), id)
    }
}

fn term(tenant: &Tenant, contract: i64) -> Option<Term> {
    let contract = tenant.store.get(Entity::Contract, contract)?;
    Term::of(&contract)
}
