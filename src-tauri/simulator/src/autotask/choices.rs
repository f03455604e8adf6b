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
    /// How too many calls at a time are refused: two wordings were seen.
    pub thread_wording: ThreadWording,
    /// HTTP status of [`ThreadWording::Itgenatr005`]; not established, 500 like other refusals.
    pub itgenatr005_status: u16,
    /// Seconds in the `Retry-After` of an answer that refuses for the thread limit or the quota.
    /// Not documented, hence absent.
    pub limit_retry_after: Option<u32>,
    /// In what the greatest length of a text is counted. Not documented; the vendor's platform
    /// counts UTF-16 units.
    pub text_length_in: TextLength,
    /// The ticket categories hide `ExternalID`: what is sent for it is ignored in silence.
    pub external_id_hidden: bool,
    /// A workflow rule of the tenant writes a text of its own into the `ExternalID` of each new ticket.
    pub external_id_overwritten: bool,
    /// A null in the body of a REST create is refused (one report says that it can be). By default
    /// it counts as left out.
    pub nulls_refused: bool,
    /// A recurring-service contract with estimated hours, cost or revenue is refused: importers
    /// leave them out.
    pub estimates_refused: bool,
    /// A second adjustment of the same line with the same effective date is refused (one field
    /// report of a duplicate error).
    pub same_day_adjustment_refused: bool,
    /// An adjustment that would bring units below zero is refused.
    pub negative_units_refused: bool,
    /// Adjustments on an inactive contract are refused. No source says so, hence not by default.
    pub inactive_contract_refused: bool,
    /// A service that is not active is refused on a contract that does not have it yet. No source
    /// says so, hence not by default.
    pub inactive_service_refused: bool,
    /// A `ContractService` for a service that the contract has already is refused: an adjustment
    /// needs `AllowRepeatService` for a second line, which would be idle otherwise.
    pub same_service_twice_refused: bool,
    /// Changes inside a billing period are prorated, the vendor's default. `false`: they apply
    /// from the start of the period, or of the next one if that is posted (a partner's report).
    pub proration: bool,
    /// What an adjustment does to periods that are approved and posted.
    pub posted_periods: PostedPeriods,
    /// Changing a contract's dates so that a posted period would go away or be cut is refused
    /// (the user interface's words).
    pub posted_dates_refused: bool,
    /// Which contract tells of its renewal in `RenewedContractID`.
    pub renewal_told_by: RenewalToldBy,
    /// A user who sees some companies only may not adjust services: the documents say so of
    /// limited contract visibility.
    pub limited_user_adjustments_refused: bool,
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
            thread_wording: ThreadWording::Threshold,
            itgenatr005_status: 500,
            limit_retry_after: None,
            text_length_in: TextLength::Utf16Units,
            external_id_hidden: false,
            external_id_overwritten: false,
            nulls_refused: false,
            estimates_refused: true,
            same_day_adjustment_refused: true,
            negative_units_refused: true,
            inactive_contract_refused: false,
            inactive_service_refused: false,
            same_service_twice_refused: true,
            proration: true,
            posted_periods: PostedPeriods::Changed,
            posted_dates_refused: true,
            renewal_told_by: RenewalToldBy::OldContract,
            limited_user_adjustments_refused: true,
            due_date_required: true,
        }
    }
}

/// The two known refusals of too many calls at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThreadWording {
    /// 429, "The Autotask API thread threshold of 3 threads has been exceeded."
    Threshold,
    /// "Thread Threshold Exceeded" with the method and the code Itgenatr005; its status is
    /// [`Choices::itgenatr005_status`].
    Itgenatr005,
}

/// In what the length of a text is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextLength {
    /// An emoji counts two.
    Utf16Units,
    /// An emoji counts one.
    Characters,
}

/// What an adjustment does to periods that are approved and posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PostedPeriods {
    /// It changes them like others, and the part of a period that it splits off is not posted
    /// yet: the vendor tells of an extra billing line for a prorated change. A posted period that
    /// is changed as a whole keeps its date.
    Changed,
    /// They stay as they are; the adjustment begins with the first period that is not posted.
    Kept,
    /// It is refused with the words of the user interface about a contract's end date.
    Refused,
}

/// Which contract tells of its renewal; the documents name the field but not the direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RenewalToldBy {
    /// The old contract holds the new one's id.
    OldContract,
    /// The new contract holds the old one's id.
    NewContract,
}
