//! Services: what a contract's service lines are made of.

use super::shape::{Home, Shape, fields};
use super::{Entity, EntityKind, Period, Row, sealed::FromRow};

pub(super) static SERVICE: Shape = Shape {
    rest: "Services",
    soap: "Service",
    home: Home::Own,
    fields: fields! {
        "id" = "id": Integer, always, fixed;
        "Name" = "name": Line(150), always;
        "Description" = "description": Text(400), asked;
        "UnitPrice" = "unitPrice": Number, asked;
        "PeriodType" = "periodType": Period, asked;
        "AllocationCodeID" = "billingCodeID": Integer;
        "IsActive" = "isActive": Boolean, always;
        "CreatorResourceID" = "creatorResourceID": Integer, fixed;
        "UpdateResourceID" = "updateResourceID": Integer, fixed;
        "CreateDate" = "createDate": Moment, fixed;
        "LastModifiedDate" = "lastModifiedDate": Moment, fixed;
        "VendorAccountID" = "vendorCompanyID": Integer;
        "UnitCost" = "unitCost": Number;
        "MarkupRate" = "markupRate": Number, fixed;
        "InvoiceDescription" = "invoiceDescription": Text(1000);
        "ServiceLevelAgreementID" = "serviceLevelAgreementID": Integer;
    },
};

/// A service that can be sold on a recurring-service contract.
#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    /// Its id.
    pub id: i64,
    /// Its name, at most 150 characters.
    pub name: String,
    /// Whether it is in use; `true` also where the answer does not say.
    pub active: bool,
    /// What it is, at most 400 characters.
    pub description: Option<String>,
    /// Per unit and [`period`](Self::period), before a contract adjusts it.
    pub unit_price: Option<f64>,
    /// How often it is billed.
    pub period: Option<Period>,
}

impl Entity for Service {
    const KIND: EntityKind = EntityKind::Service;
}

impl FromRow for Service {
    fn from_row(row: &Row) -> Result<Self, String> {
        Ok(Self {
            id: row.id()?,
            name: row.text("name"),
            active: row.boolean_if_any("isActive")?.unwrap_or(true),
            description: row.text_if_any("description"),
            unit_price: row.number_if_any("unitPrice")?,
            period: row.period_if_any("periodType"),
        })
    }
}
