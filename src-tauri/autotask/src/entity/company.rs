//! Companies: SOAP's *Account*.

use super::{Data, Entity, EntityKind, Row, Shape, always, asked, query_only, sealed::FromRow};

pub(super) static COMPANY: Shape = Shape {
    rest: "Companies",
    soap: "Account",
    fields: &[
        always("id", "id", Data::Integer),
        always("companyName", "AccountName", Data::Text),
        always("isActive", "Active", Data::Boolean),
        asked("companyNumber", "AccountNumber", Data::Text),
        asked("phone", "Phone", Data::Text),
        asked("companyType", "AccountType", Data::Integer),
        query_only("ownerResourceID", "OwnerResourceID", Data::Integer),
        query_only("parentCompanyID", "ParentAccountID", Data::Integer),
        query_only("city", "City", Data::Text),
        query_only("createDate", "CreateDate", Data::Moment),
        query_only("lastActivityDate", "LastActivityDate", Data::Moment),
    ],
};

/// A customer, in Autotask's screens an *account*. Id 0 is the tenant's own company.
#[derive(Debug, Clone, PartialEq)]
pub struct Company {
    pub id: i64,
    pub name: String,
    pub active: bool,
    pub number: Option<String>,
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
