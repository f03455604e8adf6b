//! Rows of the tenant as typed values.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use crate::autotask::schema::Entity;
use crate::autotask::tenant::Tenant;
use crate::autotask::value::{Row, Value};

/// A ticket as it stands in the tenant.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ticket {
    pub id: i64,
    pub ticket_number: String,
    pub company_id: i64,
    pub title: String,
    pub description: String,
    pub status: i64,
    pub priority: i64,
    pub queue_id: Option<i64>,
    pub due: Option<Timestamp>,
    pub external_id: Option<String>,
    pub contract_id: Option<i64>,
    pub created: Timestamp,
    pub completed: Option<Timestamp>,
    pub last_activity: Option<Timestamp>,
}

impl Ticket {
    pub(super) fn read(row: &Reader<'_>) -> Ticket {
        Ticket {
            id: row.int("id"),
            ticket_number: row.text("TicketNumber"),
            company_id: row.int("AccountID"),
            title: row.text("Title"),
            description: row.text("Description"),
            status: row.int("Status"),
            priority: row.int("Priority"),
            queue_id: row.value("QueueID").int(),
            due: row.value("DueDateTime").time(),
            external_id: row.value("ExternalID").text().map(str::to_owned),
            contract_id: row.value("ContractID").int(),
            created: row
                .value("CreateDate")
                .time()
                .unwrap_or(Timestamp::UNIX_EPOCH),
            completed: row.value("CompletedDate").time(),
            last_activity: row.value("LastActivityDate").time(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TicketNote {
    pub id: i64,
    pub ticket_id: i64,
    pub title: String,
    pub description: String,
    pub note_type: i64,
    pub publish: i64,
}

impl TicketNote {
    pub(super) fn read(row: &Reader<'_>) -> TicketNote {
        TicketNote {
            id: row.int("id"),
            ticket_id: row.int("TicketID"),
            title: row.text("Title"),
            description: row.text("Description"),
            note_type: row.int("NoteType"),
            publish: row.int("Publish"),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Company {
    pub id: i64,
    pub name: String,
    pub active: bool,
    pub number: Option<String>,
    pub phone: String,
}

impl Company {
    pub(super) fn read(row: &Reader<'_>) -> Company {
        Company {
            id: row.int("id"),
            name: row.text("AccountName"),
            active: row.flag("Active"),
            number: row.value("AccountNumber").text().map(str::to_owned),
            phone: row.text("Phone"),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contract {
    pub id: i64,
    pub company_id: i64,
    pub name: String,
    /// 7 is recurring service.
    pub contract_type: i64,
    /// 1 is active.
    pub status: i64,
    pub start: Option<Date>,
    pub end: Option<Date>,
    /// The other contract of a renewal.
    pub renewed_contract_id: Option<i64>,
}

impl Contract {
    pub(super) fn read(row: &Reader<'_>) -> Contract {
        Contract {
            id: row.int("id"),
            company_id: row.int("AccountID"),
            name: row.text("ContractName"),
            contract_type: row.int("ContractType"),
            status: row.int("Status"),
            start: row.value("StartDate").date(),
            end: row.value("EndDate").date(),
            renewed_contract_id: row.value("RenewedContractID").int(),
        }
    }
}

/// A billable service of the catalog.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ServiceItem {
    pub id: i64,
    pub name: String,
    pub unit_price: f64,
    pub active: bool,
}

impl ServiceItem {
    pub(super) fn read(row: &Reader<'_>) -> ServiceItem {
        ServiceItem {
            id: row.int("id"),
            name: row.text("Name"),
            unit_price: row.real("UnitPrice"),
            active: row.flag("IsActive"),
        }
    }
}

/// A service line on a contract.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ContractService {
    pub id: i64,
    pub contract_id: i64,
    pub service_id: i64,
    pub unit_price: f64,
    pub adjusted_price: f64,
}

impl ContractService {
    pub(super) fn read(row: &Reader<'_>) -> ContractService {
        ContractService {
            id: row.int("id"),
            contract_id: row.int("ContractID"),
            service_id: row.int("ServiceID"),
            unit_price: row.real("UnitPrice"),
            adjusted_price: row.real("AdjustedPrice"),
        }
    }
}

/// The units of a service line in one billing period, or a part of one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ContractServiceUnit {
    pub id: i64,
    pub contract_id: i64,
    pub service_id: i64,
    pub contract_service_id: i64,
    pub start: Option<Date>,
    pub end: Option<Date>,
    pub units: i64,
    /// Of all units together.
    pub price: f64,
    /// When the period was approved and posted.
    pub posted: Option<Date>,
}

impl ContractServiceUnit {
    pub(super) fn read(row: &Reader<'_>) -> ContractServiceUnit {
        ContractServiceUnit {
            id: row.int("id"),
            contract_id: row.int("ContractID"),
            service_id: row.int("ServiceID"),
            contract_service_id: row.int("ContractServiceID"),
            start: row.value("StartDate").date(),
            end: row.value("EndDate").date(),
            units: row.int("Units"),
            price: row.real("Price"),
            posted: row.value("ApproveAndPostDate").date(),
        }
    }
}

/// Reads typed values out of a row, by SOAP name.
pub(super) struct Reader<'a>(pub Entity, pub &'a Row);

impl Reader<'_> {
    fn value(&self, field: &str) -> &Value {
        Tenant::value(self.0, self.1, field)
    }

    fn int(&self, field: &str) -> i64 {
        self.value(field).int().unwrap_or(0)
    }

    fn real(&self, field: &str) -> f64 {
        self.value(field).real().unwrap_or(0.0)
    }

    fn text(&self, field: &str) -> String {
        self.value(field).text().unwrap_or_default().to_owned()
    }

    fn flag(&self, field: &str) -> bool {
        self.value(field).bool().unwrap_or(false)
    }
}
