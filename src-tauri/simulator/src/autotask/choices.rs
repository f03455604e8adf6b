//! What the vendor's documents leave open, and what differs from zone to zone, as named settings
//! with a default.

use serde::{Deserialize, Serialize};

/// A release of SOAP 1.6, by what it says of itself. Releases differ in fields and in what the
/// metadata calls tell; which zone has which is the vendor's business, so a client meets both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SoapRelease {
    /// As in the WSDL that the vendor published in May 2019.
    #[serde(rename = "2019")]
    Published2019,
    /// As a tenant answered in February 2021: more fields, the user's own rights beside the
    /// entity's, and what webhooks can tell.
    #[serde(rename = "1.6.8")]
    V1_6_8,
}

/// How the simulated Autotask behaves where the vendor's behaviour is not established, or not the
/// same everywhere. Changed with `POST {control}/settings`; fields left out keep their value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Choices {
    /// SOAP times are Eastern wall-clock times without a designator (the sources contradict one
    /// another; field evidence says Eastern). `true`: UTC.
    pub soap_utc: bool,
    /// The release that the SOAP side speaks, in its WSDL as in its answers.
    pub soap_release: SoapRelease,
    /// After this many refused passwords in a row the user is locked. The vendor's number is not
    /// known; 0 means never.
    pub lock_after: u32,
    /// HTTP status of an answer to a locked user, REST and SOAP. With 500 the answer carries the
    /// vendor's text; with 401 it is empty.
    pub locked_status: u16,
    /// HTTP status once the hourly quota is used up.
    pub quota_status: u16,
    /// A second adjustment of the same line with the same effective date is refused (one field
    /// report of a duplicate error).
    pub same_day_adjustment_refused: bool,
    /// An adjustment that would bring units below zero is refused.
    pub negative_units_refused: bool,
    /// Adjustments on an inactive contract are refused. No source says so, hence not by default.
    pub inactive_contract_refused: bool,
    /// A ticket without a due date is refused unless its category supplies one.
    pub due_date_required: bool,
}

impl Default for Choices {
    fn default() -> Choices {
        Choices {
            soap_utc: false,
            soap_release: SoapRelease::V1_6_8,
            lock_after: 5,
            locked_status: 500,
            quota_status: 429,
            same_day_adjustment_refused: true,
            negative_units_refused: true,
            inactive_contract_refused: false,
            due_date_required: true,
        }
    }
}
