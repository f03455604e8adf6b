//! The service lines of contracts, their units per billing period, and the adjustments that change
//! these.

use jiff::civil::Date;

use super::shape::{Home, Shape, fields};
use super::{Draft, Entity, EntityKind, New, Row, sealed::FromRow};

const fn below_contract(child: &'static str) -> Home {
    Home::Parent {
        collection: "Contracts",
        field: "contractID",
        child,
    }
}

pub(super) static CONTRACT_SERVICE: Shape = Shape {
    rest: "ContractServices",
    soap: "ContractService",
    home: below_contract("Services"),
    fields: fields! {
        "id" = "id": Integer, always, fixed;
        "ContractID" = "contractID": Integer, always, once;
        "ServiceID" = "serviceID": Integer, always, once;
        "UnitPrice" = "unitPrice": Number, asked, fixed;
        "AdjustedPrice" = "": Number;
        "InvoiceDescription" = "invoiceDescription": Text(1000), asked;
        "QuoteItemID" = "quoteItemID": Integer, fixed;
        "InternalCurrencyUnitPrice" = "internalCurrencyUnitPrice": Number, fixed;
        "InternalCurrencyAdjustedPrice" = "internalCurrencyAdjustedPrice": Number, fixed;
        "InternalDescription" = "internalDescription": Text(100), asked;
        "UnitCost" = "unitCost": Number, asked;
    },
};

/// A service line of a contract. It holds no quantity: see [`ContractServiceUnit`].
#[derive(Debug, Clone, PartialEq)]
pub struct ContractService {
    /// Its id.
    pub id: i64,
    /// The contract that it is on.
    pub contract_id: i64,
    /// The [`Service`](crate::Service) that it bills.
    pub service_id: i64,
    /// Per unit and billing period, in the contract's currency.
    pub unit_price: Option<f64>,
    /// Per unit and billing period, in the contract's currency.
    pub unit_cost: Option<f64>,
    /// What the invoice says; the service's own text where the line is set to use that (vendor's help,
    /// *Contract services*).
    pub invoice_description: Option<String>,
    /// At most 100 characters.
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
    home: Home::Nowhere,
    fields: fields! {
        "id" = "id": Integer, always, fixed;
        "ContractID" = "contractID": Integer, always, fixed;
        "ServiceID" = "serviceID": Integer, always, fixed;
        "StartDate" = "startDate": Date, always, fixed;
        "EndDate" = "endDate": Date, always, fixed;
        "Units" = "units": Integer, always, fixed;
        "Price" = "price": Number, asked, fixed;
        "Cost" = "cost": Number, asked, fixed;
        "VendorAccountID" = "vendorCompanyID": Integer, fixed;
        "ApproveAndPostDate" = "approveAndPostDate": Date, asked, fixed;
        "ContractServiceID" = "contractServiceID": Integer, asked, fixed;
        "InternalCurrencyPrice" = "internalCurrencyPrice": Number, fixed;
        "BusinessDivisionSubdivisionID" = "organizationalLevelAssociationID": Integer, fixed;
    },
};

/// The units of a service line in one billing period.
///
/// There is one for each period of the contract, the future ones too; an adjustment inside a period
/// splits it at its day (vendor's help, *Recurring service contracts*). The units of a day are those
/// of the row with `start` ≤ day ≤ `end`.
#[derive(Debug, Clone, PartialEq)]
pub struct ContractServiceUnit {
    /// Its id.
    pub id: i64,
    /// The contract.
    pub contract_id: i64,
    /// The [`Service`](crate::Service) of the line.
    pub service_id: i64,
    /// The line itself: a contract may have two of the same service.
    pub contract_service_id: Option<i64>,
    /// The first day.
    pub start: Date,
    /// The last day.
    pub end: Date,
    /// How many. The vendor's help does not say whether the later row of a split period holds the new
    /// total or the difference.
    pub units: i64,
    /// Of all units, in the contract's currency.
    pub price: Option<f64>,
    /// Of all units, in the contract's currency.
    pub cost: Option<f64>,
    /// The day on which the period was approved and posted; `None` while it is open.
    pub approved_and_posted: Option<Date>,
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
            approved_and_posted: row.date_if_any("approveAndPostDate")?,
        })
    }
}

/// Create-only: nothing of it can be queried.
pub(super) static CONTRACT_SERVICE_ADJUSTMENT: Shape = Shape {
    rest: "ContractServiceAdjustments",
    soap: "ContractServiceAdjustment",
    home: below_contract("ServiceAdjustments"),
    fields: fields! {
        "id" = "id": Integer, fixed, not_queryable;
        "ContractID" = "contractID": Integer, not_queryable;
        "ServiceID" = "serviceID": Integer, not_queryable;
        "EffectiveDate" = "effectiveDate": Date, not_queryable;
        "UnitChange" = "unitChange": Integer, not_queryable;
        "AdjustedUnitPrice" = "adjustedUnitPrice": Number, not_queryable;
        "AdjustedUnitCost" = "adjustedUnitCost": Number, not_queryable;
        "QuoteItemID" = "quoteItemID": Integer, not_queryable;
        "ContractServiceID" = "contractServiceID": Integer, not_queryable;
        "AllowRepeatService" = "allowRepeatService": Boolean, not_queryable;
    },
};

/// Which service line an adjustment is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// An existing line, by the id of its [`ContractService`].
    ContractService(i64),
    /// By the id of a [`Service`](crate::Service), on the adjustment's contract. **If the contract has
    /// no such line, Autotask adds one without a word.**
    Service(i64),
}

/// A change of a service line's units or price, from a day on.
///
/// It cannot be read back, changed or deleted, and has no id that anybody is told: what came of it
/// shows in [`ContractServiceUnit`]s. Autotask wants one of the three values at least, and the day
/// within the contract. A second adjustment of a line with the same day was seen to be refused.
///
/// It holds for all later periods too, and what it changes inside a period is billed in proportion
/// (vendor's help, *Contract service adjustments* and *Recurring service contracts*). To take it back,
/// make the opposite one.
///
/// ```
/// use autotask::{Line, NewContractServiceAdjustment};
///
/// let three_more = NewContractServiceAdjustment {
///     contract_id: 29_683_510,
///     line: Line::ContractService(29_683_602),
///     effective: jiff::civil::date(2026, 12, 1),
///     unit_change: Some(3),
///     adjusted_unit_price: None,
///     adjusted_unit_cost: None,
/// };
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct NewContractServiceAdjustment {
    /// The contract. Of a line that is named by its service, it says where to look.
    pub contract_id: i64,
    /// Which of its lines.
    pub line: Line,
    /// The first day on which it holds.
    pub effective: Date,
    /// A difference, not a total; it may be negative.
    pub unit_change: Option<i64>,
    /// The new price per unit, not a difference; a negative one is a discount.
    pub adjusted_unit_price: Option<f64>,
    /// The new cost per unit.
    pub adjusted_unit_cost: Option<f64>,
}

impl New for NewContractServiceAdjustment {
    fn draft(&self) -> Draft {
        let draft = Draft::new(EntityKind::ContractServiceAdjustment)
            .set("contractID", self.contract_id)
            .set("effectiveDate", self.effective)
            .set_if_any("unitChange", self.unit_change)
            .set_if_any("adjustedUnitPrice", self.adjusted_unit_price)
            .set_if_any("adjustedUnitCost", self.adjusted_unit_cost);
        match self.line {
            Line::ContractService(id) => draft.set("contractServiceID", id),
            Line::Service(id) => draft.set("serviceID", id),
        }
    }
}
