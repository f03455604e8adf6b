//! Contracts, service lines, units, adjustments, services and billing codes.
//!
//! Fields stand in the order of the vendor's SOAP description, since answers follow it.

use super::fields;

fields! { CONTRACT
    "id" = "id": Long, required, read_only;
    "AccountID" = "companyID": Integer, required, read_only, refers_to("Account");
    "BillingPreference" = "billingPreference": Integer, picklist;
    "Compliance" = "isCompliant": Boolean;
    "ContactID" = "contactID": Integer, refers_to("Contact");
    "ContactName" = "contactName": Text(250);
    "ContractCategory" = "contractCategory": Integer, picklist;
    "ContractName" = "contractName": Text(100), required;
    "ContractNumber" = "contractNumber": Text(50);
    "ContractPeriodType" = "contractPeriodType": Period, read_only, picklist;
    "ContractType" = "contractType": Integer, required, read_only, picklist;
    "IsDefaultContract" = "isDefaultContract": Boolean;
    "Description" = "description": Text(2000);
    "EndDate" = "endDate": Date, required;
    "EstimatedCost" = "estimatedCost": Double;
    "EstimatedHours" = "estimatedHours": Double;
    "EstimatedRevenue" = "estimatedRevenue": Double;
    "OverageBillingRate" = "overageBillingRate": Double;
    "SetupFee" = "setupFee": Double;
    "StartDate" = "startDate": Date, required;
    "Status" = "status": Integer, required, picklist;
    "TimeReportingRequiresStartAndStopTimes" = "timeReportingRequiresStartAndStopTimes": Integer, required, picklist;
    "ServiceLevelAgreementID" = "serviceLevelAgreementID": Integer, picklist;
    "PurchaseOrderNumber" = "purchaseOrderNumber": Text(50);
    "OpportunityID" = "opportunityID": Integer, refers_to("Opportunity");
    "RenewedContractID" = "renewedContractID": Long;
    "SetupFeeAllocationCodeID" = "setupFeeBillingCodeID": Long;
    "ExclusionContractID" = "exclusionContractID": Long, read_only, refers_to("Contract");
    "InternalCurrencyOverageBillingRate" = "internalCurrencyOverageBillingRate": Double, read_only;
    "InternalCurrencySetupFee" = "internalCurrencySetupFee": Double, read_only;
    "BusinessDivisionSubdivisionID" = "organizationalLevelAssociationID": Integer, refers_to("BusinessDivisionSubdivision");
    "BillToAccountID" = "billToCompanyID": Integer, refers_to("Account");
    "BillToAccountContactID" = "billToCompanyContactID": Integer, refers_to("Contact");
    "ContractExclusionSetID" = "contractExclusionSetID": Integer, refers_to("ContractExclusionSet");
    "" = "lastModifiedDateTime": DateTime;
}

fields! { CONTRACT_SERVICE
    "id" = "id": Long, required, read_only;
    "ContractID" = "contractID": Integer, required, read_only, refers_to("Contract");
    "ServiceID" = "serviceID": Integer, required, read_only, refers_to("Service");
    "UnitPrice" = "unitPrice": Double, read_only;
    "AdjustedPrice" = "": Double;
    "InvoiceDescription" = "invoiceDescription": Text(1000);
    "QuoteItemID" = "quoteItemID": Long, read_only, refers_to("QuoteItem");
    "InternalCurrencyUnitPrice" = "internalCurrencyUnitPrice": Double, read_only;
    "InternalCurrencyAdjustedPrice" = "internalCurrencyAdjustedPrice": Double, read_only;
    "InternalDescription" = "internalDescription": Text(100);
    "UnitCost" = "unitCost": Double;
}

fields! { CONTRACT_SERVICE_UNIT
    "id" = "id": Long, required, read_only;
    "ContractID" = "contractID": Integer, required, read_only, refers_to("Contract");
    "ServiceID" = "serviceID": Integer, required, read_only, refers_to("Service");
    "StartDate" = "startDate": Date, required, read_only;
    "EndDate" = "endDate": Date, required, read_only;
    "Units" = "units": Integer, required, read_only;
    "Price" = "price": Float, read_only;
    "Cost" = "cost": Float, read_only;
    "VendorAccountID" = "vendorCompanyID": Integer, read_only, refers_to("Account");
    "ApproveAndPostDate" = "approveAndPostDate": Date, read_only;
    "ContractServiceID" = "contractServiceID": Integer, refers_to("ContractService");
    "InternalCurrencyPrice" = "internalCurrencyPrice": Float, read_only;
    "BusinessDivisionSubdivisionID" = "organizationalLevelAssociationID": Integer, read_only, refers_to("BusinessDivisionSubdivision");
}

fields! { CONTRACT_SERVICE_ADJUSTMENT
    "id" = "id": Long, required, read_only, not_queryable;
    "ContractID" = "contractID": Integer, not_queryable, refers_to("Contract");
    "ServiceID" = "serviceID": Integer, not_queryable, refers_to("Service");
    "EffectiveDate" = "effectiveDate": Date, required, not_queryable;
    "UnitChange" = "unitChange": Integer, not_queryable;
    "AdjustedUnitPrice" = "adjustedUnitPrice": Double, not_queryable;
    "AdjustedUnitCost" = "adjustedUnitCost": Double, not_queryable;
    "QuoteItemID" = "quoteItemID": Integer, not_queryable, refers_to("QuoteItem");
    "ContractServiceID" = "contractServiceID": Integer, not_queryable, refers_to("ContractService");
    "AllowRepeatService" = "allowRepeatService": Boolean, not_queryable;
}

fields! { SERVICE
    "id" = "id": Long, required, read_only;
    "Name" = "name": Text(150), required;
    "Description" = "description": Text(400);
    "UnitPrice" = "unitPrice": Double, required;
    "PeriodType" = "periodType": Period, required, picklist;
    "AllocationCodeID" = "billingCodeID": Integer, required, refers_to("AllocationCode");
    "IsActive" = "isActive": Boolean;
    "CreatorResourceID" = "creatorResourceID": Integer, read_only, refers_to("Resource");
    "UpdateResourceID" = "updateResourceID": Integer, read_only, refers_to("Resource");
    "CreateDate" = "createDate": DateTime, read_only;
    "LastModifiedDate" = "lastModifiedDate": DateTime, read_only;
    "VendorAccountID" = "vendorCompanyID": Integer, refers_to("Account");
    "UnitCost" = "unitCost": Double;
    "MarkupRate" = "markupRate": Double, read_only;
    "InvoiceDescription" = "invoiceDescription": Text(1000);
    "ServiceLevelAgreementID" = "serviceLevelAgreementID": Long, picklist;
    "" = "externalID": Text(50);
    "" = "sku": Text(50);
    "" = "url": Text(255);
}

fields! { BILLING_CODE
    "id" = "id": Long, required, read_only;
    "GeneralLedgerCode" = "generalLedgerAccount": Integer, picklist;
    "Department" = "department": Integer;
    "Name" = "name": Text(200);
    "Type" = "": Integer, picklist;
    "UseType" = "useType": Integer, picklist;
    "Description" = "description": Text(500);
    "Active" = "isActive": Boolean, required;
    "UnitCost" = "unitCost": Double, required;
    "UnitPrice" = "unitPrice": Double, required;
    "AllocationCodeType" = "billingCodeType": Integer, picklist;
    "Taxable" = "": Boolean, not_queryable;
    "ExternalNumber" = "externalNumber": Text(100);
    "TaxCategoryID" = "taxCategoryID": Integer, refers_to("TaxCategory");
    "MarkupRate" = "markupRate": Double, read_only;
    "IsExcludedFromNewContracts" = "isExcludedFromNewContracts": Boolean;
    "AfterHoursWorkType" = "afterHoursWorkType": Integer, refers_to("AllocationCode"), since_1_6_8;
}
