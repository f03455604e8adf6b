//! Services: what a contract's service lines are made of.

use super::{Data, Entity, EntityKind, Row, Shape, always, asked, query_only, sealed::FromRow};

pub(super) static SERVICE: Shape = Shape {
    rest: "Services",
    soap: "Service",
    fields: &[
        always("id", "id", Data::Integer),
        always("name", "Name", Data::Text),
        always("isActive", "IsActive", Data::Boolean),
        asked("description", "Description", Data::Text),
        asked("unitPrice", "UnitPrice", Data::Number),
        asked("periodType", "PeriodType", Data::Text),
        query_only("billingCodeID", "AllocationCodeID", Data::Integer),
        query_only("vendorCompanyID", "VendorAccountID", Data::Integer),
    ],
};

/// A service that can be sold on a recurring-service contract.
#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    pub id: i64,
    pub name: String,
    pub active: bool,
    pub description: Option<String>,
    pub unit_price: Option<f64>,
    /// A picklist value: a number over REST, one character over SOAP.
    pub period_type: Option<String>,
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
            period_type: row.text_if_any("periodType"),
        })
    }
}
