//! Companies: SOAP's *Account*.

use super::shape::{Home, Shape, fields};
use super::{Entity, EntityKind, Row, sealed::FromRow};

pub(super) static COMPANY: Shape = Shape {
    rest: "Companies",
    soap: "Account",
    home: Home::Own,
    fields: fields! {
        "id" = "id": Integer, always, fixed;
        "Address1" = "address1": Text(128);
        "Address2" = "address2": Text(128);
        "AlternatePhone1" = "alternatePhone1": Text(25);
        "AlternatePhone2" = "alternatePhone2": Text(25);
        "AssetValue" = "assetValue": Number, not_queryable;
        "City" = "city": Text(30);
        "CompetitorID" = "competitorID": Integer;
        "Country" = "": Text(100);
        "CreateDate" = "createDate": Moment, fixed;
        "Fax" = "fax": Text(25);
        "KeyAccountIcon" = "": Integer;
        "LastActivityDate" = "lastActivityDate": Moment, fixed;
        "MarketSegmentID" = "marketSegmentID": Integer;
        "AccountName" = "companyName": Line(100), always;
        "AccountNumber" = "companyNumber": Text(50), asked;
        "OwnerResourceID" = "ownerResourceID": Integer;
        "ParentAccountID" = "parentCompanyID": Integer;
        "Phone" = "phone": Text(25), asked;
        "PostalCode" = "postalCode": Text(10);
        "SICCode" = "sicCode": Text(32), not_queryable;
        "State" = "state": Text(40);
        "StockMarket" = "stockMarket": Text(10), not_queryable;
        "StockSymbol" = "stockSymbol": Text(10), not_queryable;
        "TerritoryID" = "territoryID": Integer;
        "AccountType" = "companyType": Integer, asked;
        "WebAddress" = "webAddress": Text(255);
        "Active" = "isActive": Boolean, always;
        "ClientPortalActive" = "isClientPortalActive": Boolean, fixed;
        "TaskFireActive" = "isTaskFireActive": Boolean, fixed;
        "TaxExempt" = "isTaxExempt": Boolean;
        "TaxRegionID" = "taxRegionID": Integer;
        "TaxID" = "taxID": Text(50);
        "AdditionalAddressInformation" = "additionalAddressInformation": Text(100);
        "CountryID" = "countryID": Integer;
        "BillToAddressToUse" = "billToAddressToUse": Integer, fixed;
        "BillToAttention" = "billToAttention": Text(50);
        "BillToAddress1" = "billingAddress1": Text(150), fixed;
        "BillToAddress2" = "billingAddress2": Text(150), fixed;
        "BillToCity" = "billToCity": Text(50), fixed;
        "BillToState" = "billToState": Text(128), fixed;
        "BillToZipCode" = "billToZipCode": Text(50), fixed;
        "BillToCountryID" = "billToCountryID": Integer, fixed;
        "BillToAdditionalAddressInformation" = "billToAdditionalAddressInformation": Text(100), fixed;
        "InvoiceMethod" = "invoiceMethod": Integer;
        "InvoiceNonContractItemsToParentAccount" = "invoiceNonContractItemsToParentCompany": Boolean;
        "QuoteTemplateID" = "quoteTemplateID": Integer;
        "QuoteEmailMessageID" = "quoteEmailMessageID": Integer;
        "InvoiceTemplateID" = "invoiceTemplateID": Integer;
        "InvoiceEmailMessageID" = "invoiceEmailMessageID": Integer;
        "CurrencyID" = "currencyID": Integer;
        "BillToAccountPhysicalLocationID" = "billToCompanyLocationID": Integer;
        "SurveyAccountRating" = "surveyCompanyRating": Number, fixed;
        "CreatedByResourceID" = "createdByResourceID": Integer, fixed;
        "ApiVendorID" = "apiVendorID": Integer, fixed;
        "EnabledForComanaged" = "isEnabledForComanaged": Boolean;
        "ImpersonatorCreatorResourceID" = "impersonatorCreatorResourceID": Integer, fixed;
        "LastTrackedModifiedDateTime" = "lastTrackedModifiedDateTime": Moment, fixed;
        "PurchaseOrderTemplateID" = "purchaseOrderTemplateID": Integer;
    },
};

/// A customer, in Autotask's screens an *account*. Id 0 is the tenant's own company.
#[derive(Debug, Clone, PartialEq)]
pub struct Company {
    /// Its id.
    pub id: i64,
    /// Its name, at most 100 characters.
    pub name: String,
    /// Whether it is in use; `true` also where the answer does not say.
    pub active: bool,
    /// The tenant's own number for it.
    pub number: Option<String>,
    /// As it was typed in.
    pub phone: Option<String>,
    /// A picklist value; 1 is a customer.
    pub company_type: Option<i64>,
}

impl Entity for Company {
    const KIND: EntityKind = EntityKind::Company;
}

impl FromRow for Company {
    fn from_row(row: &Row) -> Result<Self, String> {
        Ok(Self {
            id: row.id()?,
            name: row.text("companyName"),
            active: row.boolean_if_any("isActive")?.unwrap_or(true),
            number: row.text_if_any("companyNumber"),
            phone: row.text_if_any("phone"),
            company_type: row.integer_if_any("companyType")?,
        })
    }
}
