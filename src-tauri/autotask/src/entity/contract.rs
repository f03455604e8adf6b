//! Contracts, their service lines, and the units of each line per billing period.

use jiff::{Timestamp, civil::Date};

use super::{
    Data, Entity, EntityKind, Row, Shape, always, asked, not_queryable, query_only, sealed::FromRow,
};

pub(super) static CONTRACT: Shape = Shape {
    rest: "Contracts",
    soap: "Contract",
    fields: &[
        always("id", "id", Data::Integer),
        always("companyID", "AccountID", Data::Integer),
        always("contractName", "ContractName", Data::Text),
        always("contractType", "ContractType", Data::Integer),
        always("status", "Status", Data::Integer),
        always("startDate", "StartDate", Data::Date),
        always("endDate", "EndDate", Data::Date),
        asked("contractPeriodType", "ContractPeriodType", Data::Text),
        asked("renewedContractID", "RenewedContractID", Data::Integer),
        asked("contractNumber", "ContractNumber", Data::Text),
        asked("isDefaultContract", "IsDefaultContract", Data::Boolean),
        query_only("contractCategory", "ContractCategory", Data::Integer),
        query_only("isCompliant", "Compliance", Data::Boolean),
    ],
};

/// A contract. `contract_type` 7 is a recurring-service contract; `status` 1 is active.
#[derive(Debug, Clone, PartialEq)]
pub struct Contract {
    pub id: i64,
    pub company_id: i64,
    pub name: String,
    pub contract_type: i64,
    pub status: i64,
    pub start: Date,
    /// The last day.
    pub end: Date,
    /// A picklist value: a number over REST, a letter (`m`, `q`, `s`, `y`) over SOAP.
    pub period_type: Option<String>,
    /// The contract that took this one's place.
    pub renewed_contract_id: Option<i64>,
    pub number: Option<String>,
    pub is_default: Option<bool>,
}

impl Contract {
    /// `contract_type` of a recurring-service contract.
    pub const RECURRING_SERVICE: i64 = 7;
    /// `status` of an active contract.
    pub const ACTIVE: i64 = 1;
}

impl Entity for Contract {
    const KIND: EntityKind = EntityKind::Contract;
}

impl FromRow for Contract {
    fn from_row(row: &Row) -> Result<Self, String> {
        Ok(Self {
            id: row.id()?,
            company_id: row.integer("companyID")?,
            name: row.text("contractName"),
            contract_type: row.integer("contractType")?,
            status: row.integer("status")?,
            start: row.date("startDate")?,
            end: row.date("endDate")?,
            period_type: row.text_if_any("contractPeriodType"),
            renewed_contract_id: row.integer_if_any("renewedContractID")?,
            number: row.text_if_any("contractNumber"),
            is_default: row.boolean_if_any("isDefaultContract")?,
        })
    }
}

pub(super) static CONTRACT_SERVICE: Shape = Shape {
    rest: "ContractServices",
    soap: "ContractService",
    fields: &[
        always("id", "id", Data::Integer),
        always("contractID", "ContractID", Data::Integer),
        always("serviceID", "ServiceID", Data::Integer),
        asked("unitPrice", "UnitPrice", Data::Number),
        asked("unitCost", "UnitCost", Data::Number),
        asked("invoiceDescription", "InvoiceDescription", Data::Text),
        asked("internalDescription", "InternalDescription", Data::Text),
        query_only("quoteItemID", "QuoteItemID", Data::Integer),
    ],
};

/// A service line of a contract. It holds no quantity: see [`ContractServiceUnit`].
#[derive(Debug, Clone, PartialEq)]
pub struct ContractService {
    pub id: i64,
    pub contract_id: i64,
    pub service_id: i64,
    pub unit_price: Option<f64>,
    pub unit_cost: Option<f64>,
    pub invoice_description: Option<String>,
    pub internal_description: Option<String>,
}

impl Entity for ContractService {
    const KIND: EntityKind = EntityKind::ContractService;
}

impl FromRow for ContractService {
    fn from_row(row: &Row) -> Result<Self, String> {
        Ok(Self {
            id: row.id()?,
            contract_id: row.integer("contractID")?,
            service_id: row.integer("serviceID")?,
            unit_price: row.number_if_any("unitPrice")?,
            unit_cost: row.number_if_any("unitCost")?,
            invoice_description: row.text_if_any("invoiceDescription"),
            internal_description: row.text_if_any("internalDescription"),
        })
    }
}

pub(super) static CONTRACT_SERVICE_UNIT: Shape = Shape {
    rest: "ContractServiceUnits",
    soap: "ContractServiceUnit",
    fields: &[
        always("id", "id", Data::Integer),
        always("contractID", "ContractID", Data::Integer),
        always("serviceID", "ServiceID", Data::Integer),
        always("startDate", "StartDate", Data::Date),
        always("endDate", "EndDate", Data::Date),
        always("units", "Units", Data::Integer),
        asked("contractServiceID", "ContractServiceID", Data::Integer),
        asked("price", "Price", Data::Number),
        asked("cost", "Cost", Data::Number),
        asked("approveAndPostDate", "ApproveAndPostDate", Data::Moment),
        query_only("vendorCompanyID", "VendorAccountID", Data::Integer),
    ],
};

/// The units of a service line in one billing period. An adjustment inside a period splits it.
#[derive(Debug, Clone, PartialEq)]
pub struct ContractServiceUnit {
    pub id: i64,
    pub contract_id: i64,
    pub service_id: i64,
    pub contract_service_id: Option<i64>,
    pub start: Date,
    /// The last day.
    pub end: Date,
    pub units: i64,
    pub price: Option<f64>,
    pub cost: Option<f64>,
    /// When the period was approved and posted; `None` while it is open.
    pub approved_and_posted: Option<Timestamp>,
}

impl Entity for ContractServiceUnit {
    const KIND: EntityKind = EntityKind::ContractServiceUnit;
}

impl FromRow for ContractServiceUnit {
    fn from_row(row: &Row) -> Result<Self, String> {
        Ok(Self {
            id: row.id()?,
            contract_id: row.integer("contractID")?,
            service_id: row.integer("serviceID")?,
            contract_service_id: row.integer_if_any("contractServiceID")?,
            start: row.date("startDate")?,
            end: row.date("endDate")?,
            units: row.integer("units")?,
            price: row.number_if_any("price")?,
            cost: row.number_if_any("cost")?,
            approved_and_posted: row.moment_if_any("approveAndPostDate")?,
        })
    }
}

/// Create-only: nothing of it can be queried.
pub(super) static CONTRACT_SERVICE_ADJUSTMENT: Shape = Shape {
    rest: "ContractServiceAdjustments",
    soap: "ContractServiceAdjustment",
    fields: &[
        not_queryable("id", "id", Data::Integer),
        not_queryable("contractID", "ContractID", Data::Integer),
        not_queryable("serviceID", "ServiceID", Data::Integer),
        not_queryable("effectiveDate", "EffectiveDate", Data::Date),
        not_queryable("unitChange", "UnitChange", Data::Integer),
        not_queryable("adjustedUnitPrice", "AdjustedUnitPrice", Data::Number),
        not_queryable("adjustedUnitCost", "AdjustedUnitCost", Data::Number),
        not_queryable("contractServiceID", "ContractServiceID", Data::Integer),
        not_queryable("allowRepeatService", "AllowRepeatService", Data::Boolean),
    ],
};
