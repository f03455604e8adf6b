//! Contracts.

use jiff::civil::Date;

use super::shape::{Home, Shape, fields};
use super::{Entity, EntityKind, Period, Row, sealed::FromRow};

pub(super) static CONTRACT: Shape = Shape {
    rest: "Contracts",
    soap: "Contract",
    home: Home::Own,
    fields: fields! {
        "id" = "id": Integer, always, fixed;
        "AccountID" = "companyID": Integer, always, once;
        "BillingPreference" = "billingPreference": Integer;
        "Compliance" = "isCompliant": Boolean;
        "ContactID" = "contactID": Integer;
        "ContactName" = "contactName": Text(250);
        "ContractCategory" = "contractCategory": Integer;
        "ContractName" = "contractName": Line(100), always;
        "ContractNumber" = "contractNumber": Text(50), asked;
        "ContractPeriodType" = "contractPeriodType": Period, asked, once;
        "ContractType" = "contractType": Integer, always, once;
        "IsDefaultContract" = "isDefaultContract": Boolean, asked;
        "Description" = "description": Text(2000);
        "EndDate" = "endDate": Date, always;
        "EstimatedCost" = "estimatedCost": Number;
        "EstimatedHours" = "estimatedHours": Number;
        "EstimatedRevenue" = "estimatedRevenue": Number;
        "OverageBillingRate" = "overageBillingRate": Number;
        "SetupFee" = "setupFee": Number;
        "StartDate" = "startDate": Date, always;
        "Status" = "status": Integer, always;
        "TimeReportingRequiresStartAndStopTimes" = "timeReportingRequiresStartAndStopTimes": Integer;
        "ServiceLevelAgreementID" = "serviceLevelAgreementID": Integer;
        "PurchaseOrderNumber" = "purchaseOrderNumber": Text(50);
        "OpportunityID" = "opportunityID": Integer;
        "RenewedContractID" = "renewedContractID": Integer, asked;
        "SetupFeeAllocationCodeID" = "setupFeeBillingCodeID": Integer;
        "ExclusionContractID" = "exclusionContractID": Integer, fixed;
        "InternalCurrencyOverageBillingRate" = "internalCurrencyOverageBillingRate": Number, fixed;
        "InternalCurrencySetupFee" = "internalCurrencySetupFee": Number, fixed;
        "BusinessDivisionSubdivisionID" = "organizationalLevelAssociationID": Integer;
        "BillToAccountID" = "billToCompanyID": Integer;
        "BillToAccountContactID" = "billToCompanyContactID": Integer;
        "ContractExclusionSetID" = "contractExclusionSetID": Integer;
    },
};

/// A contract. `contract_type` 7 is a recurring-service contract; `status` 1 is active.
#[derive(Debug, Clone, PartialEq)]
pub struct Contract {
    /// Its id.
    pub id: i64,
    /// The company that it is with. It cannot be changed.
    pub company_id: i64,
    /// Its name, at most 100 characters.
    pub name: String,
    /// A picklist value; see [`RECURRING_SERVICE`](Self::RECURRING_SERVICE). It cannot be changed.
    pub contract_type: i64,
    /// A picklist value; see [`ACTIVE`](Self::ACTIVE). An inactive contract's services are billed all the
    /// same: only its last day ends them (vendor's knowledge base, *Inactive contracts*).
    pub status: i64,
    /// The first day.
    pub start: Date,
    /// The last day. Autotask's screens refuse one before a period that is approved and posted.
    pub end: Date,
    /// How often it is billed. It cannot be changed.
    pub period: Option<Period>,
    /// The contract that took this one's place.
    pub renewed_contract_id: Option<i64>,
    /// The tenant's own number for it.
    pub number: Option<String>,
    /// Whether it is the company's default contract.
    pub is_default: Option<bool>,
}

impl Contract {
    /// `contract_type` of a recurring-service contract, the only type that has service lines (vendor's
    /// help, *Contract services*).
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
            period: row.period_if_any("contractPeriodType"),
            // 0 where nothing took its place.
            renewed_contract_id: row
                .integer_if_any("renewedContractID")?
                .filter(|id| *id > 0),
            number: row.text_if_any("contractNumber"),
            is_default: row.boolean_if_any("isDefaultContract")?,
        })
    }
}
