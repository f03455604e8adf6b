//! Companies, and the people and roles of the tenant.
//!
//! Fields stand in the order of the vendor's SOAP description, since answers follow it.

use super::fields;

fields! { COMPANY
    "id" = "id": Long, required, read_only;
    "Address1" = "address1": Text(128);
    "Address2" = "address2": Text(128);
    "AlternatePhone1" = "alternatePhone1": Text(25);
    "AlternatePhone2" = "alternatePhone2": Text(25);
    "AssetValue" = "assetValue": Double, not_queryable;
    "City" = "city": Text(30);
    "CompetitorID" = "competitorID": Integer, picklist;
    "Country" = "": Text(100);
    "CreateDate" = "createDate": DateTime, read_only;
    "Fax" = "fax": Text(25);
    "KeyAccountIcon" = "classification": Integer, picklist;
    "LastActivityDate" = "lastActivityDate": DateTime, read_only;
    "MarketSegmentID" = "marketSegmentID": Integer, picklist;
    "AccountName" = "companyName": Text(100), required;
    "AccountNumber" = "companyNumber": Text(50);
    "OwnerResourceID" = "ownerResourceID": Integer, required, refers_to("Resource");
    "ParentAccountID" = "parentCompanyID": Integer, refers_to("Account");
    "Phone" = "phone": Text(25), required;
    "PostalCode" = "postalCode": Text(10);
    "SICCode" = "sicCode": Text(32), not_queryable;
    "State" = "state": Text(40);
    "StockMarket" = "stockMarket": Text(10), not_queryable;
    "StockSymbol" = "stockSymbol": Text(10), not_queryable;
    "TerritoryID" = "territoryID": Integer, picklist;
    "AccountType" = "companyType": Short, required, picklist;
    "WebAddress" = "webAddress": Text(255);
    "Active" = "isActive": Boolean;
    "ClientPortalActive" = "isClientPortalActive": Boolean, read_only;
    "TaskFireActive" = "isTaskFireActive": Boolean, read_only;
    "TaxExempt" = "isTaxExempt": Boolean;
    "TaxRegionID" = "taxRegionID": Integer, refers_to("TaxRegion");
    "TaxID" = "taxID": Text(50);
    "AdditionalAddressInformation" = "additionalAddressInformation": Text(100);
    "CountryID" = "countryID": Integer, refers_to("Country");
    "BillToAddressToUse" = "billToAddressToUse": Integer, read_only, picklist;
    "BillToAttention" = "billToAttention": Text(50);
    "BillToAddress1" = "billingAddress1": Text(150), read_only;
    "BillToAddress2" = "billingAddress2": Text(150), read_only;
    "BillToCity" = "billToCity": Text(50), read_only;
    "BillToState" = "billToState": Text(128), read_only;
    "BillToZipCode" = "billToZipCode": Text(50), read_only;
    "BillToCountryID" = "billToCountryID": Integer, read_only, refers_to("Country");
    "BillToAdditionalAddressInformation" = "billToAdditionalAddressInformation": Text(100), read_only;
    "InvoiceMethod" = "invoiceMethod": Integer, picklist;
    "InvoiceNonContractItemsToParentAccount" = "invoiceNonContractItemsToParentCompany": Boolean;
    "QuoteTemplateID" = "quoteTemplateID": Integer, refers_to("QuoteTemplate");
    "QuoteEmailMessageID" = "quoteEmailMessageID": Integer;
    "InvoiceTemplateID" = "invoiceTemplateID": Integer, refers_to("InvoiceTemplate");
    "InvoiceEmailMessageID" = "invoiceEmailMessageID": Integer;
    "CurrencyID" = "currencyID": Integer, refers_to("Currency");
    "BillToAccountPhysicalLocationID" = "billToCompanyLocationID": Integer, refers_to("AccountPhysicalLocation");
    "SurveyAccountRating" = "surveyCompanyRating": Double, read_only;
    "CreatedByResourceID" = "createdByResourceID": Integer, read_only, refers_to("Resource"), since_1_6_8;
    "ApiVendorID" = "apiVendorID": Integer, read_only, picklist, since_1_6_8;
    "EnabledForComanaged" = "isEnabledForComanaged": Boolean, since_1_6_8;
    "ImpersonatorCreatorResourceID" = "impersonatorCreatorResourceID": Integer, read_only, refers_to("Resource"), since_1_6_8;
    "LastTrackedModifiedDateTime" = "lastTrackedModifiedDateTime": DateTime, read_only, since_1_6_8;
    "PurchaseOrderTemplateID" = "purchaseOrderTemplateID": Integer, picklist, since_1_6_8;
    "" = "companyCategoryID": Integer;
    "" = "isSample": Boolean;
}

fields! { RESOURCE
    "id" = "id": Long, required, read_only;
    "Active" = "isActive": Boolean, required;
    "Email" = "email": Text(254), required;
    "Email2" = "email2": Text(254);
    "Email3" = "email3": Text(254);
    "EmailTypeCode" = "emailTypeCode": Text(20), required, picklist;
    "EmailTypeCode2" = "emailTypeCode2": Text(20), picklist;
    "EmailTypeCode3" = "emailTypeCode3": Text(20), picklist;
    "FirstName" = "firstName": Text(50), required;
    "Gender" = "gender": Text(1), picklist;
    "Greeting" = "greeting": Integer, picklist;
    "HomePhone" = "homePhone": Text(25);
    "Initials" = "initials": Text(32);
    "LastName" = "lastName": Text(50), required;
    "LocationID" = "locationID": Integer, required, read_only, picklist;
    "MiddleName" = "middleName": Text(50);
    "MobilePhone" = "mobilePhone": Text(25);
    "OfficeExtension" = "officeExtension": Text(10);
    "OfficePhone" = "officePhone": Text(25);
    "ResourceType" = "resourceType": Text(15), required, picklist;
    "Suffix" = "suffix": Text(10), picklist;
    "Title" = "title": Text(50);
    "TravelAvailabilityPct" = "travelAvailabilityPct": Text(15), picklist;
    "UserName" = "userName": Text(32), required;
    "UserType" = "userType": Integer, required, read_only, picklist;
    "DefaultServiceDeskRoleID" = "defaultServiceDeskRoleID": Long, not_queryable, refers_to("Role");
    "DateFormat" = "dateFormat": Text(20), read_only, picklist;
    "TimeFormat" = "timeFormat": Text(20), read_only, picklist;
    "Password" = "": Text(64), not_queryable;
    "PayrollType" = "payrollType": Integer, required, picklist;
    "NumberFormat" = "numberFormat": Text(20), required, picklist;
    "AccountingReferenceID" = "accountingReferenceID": Text(100);
    "InternalCost" = "internalCost": Double, read_only;
    "HireDate" = "hireDate": Date, required, read_only;
    "SurveyResourceRating" = "surveyResourceRating": Double, read_only;
    "LicenseType" = "licenseType": Integer, required, read_only, picklist;
}

fields! { ROLE
    "id" = "id": Long, required, read_only;
    "Name" = "name": Text(200), required;
    "Description" = "description": Text(200);
    "SystemRole" = "isSystemRole": Boolean, read_only;
    "HourlyFactor" = "hourlyFactor": Decimal, required;
    "HourlyRate" = "hourlyRate": Decimal, required;
    "QuoteItemDefaultTaxCategoryId" = "quoteItemDefaultTaxCategoryId": Integer, refers_to("TaxCategory");
    "Active" = "isActive": Boolean, required;
    "IsExcludedFromNewContracts" = "isExcludedFromNewContracts": Boolean;
    "RoleType" = "roleType": Integer, read_only;
}

fields! { RESOURCE_ROLE
    "id" = "id": Long, required, read_only;
    "DepartmentID" = "departmentID": Long, read_only, refers_to("Department");
    "QueueID" = "queueID": Long, read_only, picklist;
    "ResourceID" = "resourceID": Long, required, read_only, refers_to("Resource");
    "RoleID" = "roleID": Long, required, read_only, refers_to("Role");
    "Active" = "isActive": Boolean, read_only;
}
