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
    pub id: i64,
    pub company_id: i64,
    pub name: String,
    pub contract_type: i64,
    pub status: i64,
    pub start: Date,
    /// The last day.
    pub end: Date,
    pub period: Option<Period>,
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
