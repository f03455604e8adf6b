//! What an administrator can take away. The API cannot delete any of this.

use super::periods;
use super::schema::Entity;
use super::tenant::Tenant;

/// Deletes a company with its tickets, notes, contracts and services. False if there is none.
pub(crate) fn company(tenant: &mut Tenant, id: i64) -> bool {
    for ticket in tenant.store.ids_with(Entity::Ticket, "AccountID", id) {
        for note in tenant
            .store
            .ids_with(Entity::TicketNote, "TicketID", ticket)
        {
            tenant.store.remove(Entity::TicketNote, note);
        }
        tenant.store.remove(Entity::Ticket, ticket);
    }
    for contract in tenant.store.ids_with(Entity::Contract, "AccountID", id) {
        for line in periods::lines(tenant, contract) {
            contract_service(tenant, line);
        }
        tenant.store.remove(Entity::Contract, contract);
    }
    tenant.store.remove(Entity::Company, id)
}

/// Deletes a service line with its units. False if there is none.
pub(crate) fn contract_service(tenant: &mut Tenant, id: i64) -> bool {
    for period in tenant.store.units().of_line(id) {
        tenant.store.put_period(period, None);
    }
    tenant.store.remove(Entity::ContractService, id)
}
