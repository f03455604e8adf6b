//! Why a row is refused, in the vendor's words.
//!
//! REST messages use REST's field names and SOAP messages SOAP's; otherwise the texts are equal.
//! Where the documents give no text, the sentence is this simulator's own; those are the ones
//! under "own words" below.

use std::borrow::Cow;

use super::choices::{Choices, ThreadWording};
use super::schema::{EntitySpec, FieldSpec, Names};
use crate::gate::{CALLS_PER_HOUR, MINUTES, THREADS};

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Refusal {
    MissingField(usize),
    /// A required reference that points at nothing.
    MissingReference(usize),
    /// An optional reference that points at nothing.
    BadReference(usize),
    PicklistValue(usize, String),
    NotNumeric(usize),
    DueDateRequired,
    NoAssignment,
    ResourceWithoutRole,
    ResourceAndRole(String),
    EndBeforeStart,
    AdjustmentEmpty,
    AdjustmentOutsideContract,
    AdjustmentTwice,
    NothingToUpdate,
    PeriodPosted,
    // Own words:
    NotBoolean(usize),
    NotADate(usize),
    TimeDoesNotExist(usize),
    TooLong(usize, usize),
    AdjustmentWithoutLine,
    NotARecurringContract,
    UnitsBelowZero,
    ContractInactive,
    LineExists,
    ServiceInactive,
    Estimate(usize),
    /// A billing code that services cannot have.
    NoServiceCode(usize),
}

impl Refusal {
    /// The message, for the row with this number in its batch (counted from 1).
    pub(crate) fn text(&self, spec: &EntitySpec, names: Names, record: usize) -> String {
        let field = |position: &usize| {
            spec.fields
                .get(*position)
                .map_or("", |field: &FieldSpec| field.name(names))
        };
        let numbered = |text: String| format!("{text} ; on record number [{record}].");
        match self {
            Refusal::MissingField(at) => numbered(format!("Missing Required Field: {}.", field(at))),
            Refusal::MissingReference(at) => {
                numbered(format!("Value does not exist for the required field {}.", field(at)))
            }
            Refusal::BadReference(at) => {
                let entity = spec.fields.get(*at).map_or("", |field| field.reference);
                let entity = rest_word(entity, names);
                numbered(format!(
                    "Reference value on field: {} of type: {entity} does not exist or is invalid.",
                    field(at)
                ))
            }
            Refusal::PicklistValue(at, value) => {
                numbered(format!("Picklist value [{value}] does not exist for {}.", field(at)))
            }
            Refusal::NotNumeric(at) => {
                numbered(format!("Can not convert data to numeric in field: {}.", field(at)))
            }
            // The one message whose record number was seen to start at 0.
            Refusal::DueDateRequired => match names {
                Names::Rest => format!("dueDateTime is required.; on record number [{}]", record.saturating_sub(1)),
                Names::Soap => format!("DueDateTime is required.; on record number [{}]", record.saturating_sub(1)),
            },
            Refusal::NoAssignment => {
                let [resource, role, queue] = assignment_fields(names);
                format!(
                    "Data violation: {resource}, {role}, and {queue} cannot all be empty. Supply a {queue} or both \
                     {resource} and {role}."
                )
            }
            Refusal::ResourceWithoutRole => {
                let [resource, role, _] = assignment_fields(names);
                format!("Data violation: When assigning a Resource, you must assign both a {resource} and {role}.")
            }
            Refusal::ResourceAndRole(title) => {
                format!("The {} \"{title}\" has an invalid Resource and Role combination.", spec.one(names))
            }
            Refusal::EndBeforeStart => match names {
                Names::Rest => "Contract endDate must be after startDate.".to_owned(),
                Names::Soap => "Contract EndDate must be after StartDate.".to_owned(),
            },
            Refusal::AdjustmentEmpty => match names {
                Names::Rest => "ContractServiceAdjustment must have a value for at least one of the following: \
                                unitChange, adjustedUnitPrice, or adjustedUnitCost."
                    .to_owned(),
                Names::Soap => "ContractServiceAdjustment must have a value for at least one of the following: \
                                UnitChange, AdjustedUnitPrice, or AdjustedUnitCost."
                    .to_owned(),
            },
            Refusal::AdjustmentOutsideContract => match names {
                Names::Rest => "ContractServiceAdjustment effectiveDate must be between the start date and end date \
                                of the Contract referenced by contractID."
                    .to_owned(),
                Names::Soap => "ContractServiceAdjustment EffectiveDate must be between the start date and end date \
                                of the Contract referenced by ContractID."
                    .to_owned(),
            },
            Refusal::AdjustmentTwice => {
                "Data violation: Attempt to insert duplicate data into contract_service_period.".to_owned()
            }
            Refusal::NothingToUpdate => "No matching records found. The logged in resource may not have the required \
                                         permissions to update the data."
                .to_owned(),
            Refusal::PeriodPosted => "Unable to make changes as it would result in the deletion/modification of an \
                                      already approved and posted contract period."
                .to_owned(),
            Refusal::NotBoolean(at) => {
                numbered(format!("Can not convert data to boolean in field: {}.", field(at)))
            }
            Refusal::NotADate(at) => numbered(format!("Can not convert data to datetime in field: {}.", field(at))),
            Refusal::TimeDoesNotExist(at) => {
                numbered(format!("The time in field {} does not exist in the Eastern time zone.", field(at)))
            }
            Refusal::TooLong(at, length) => numbered(format!(
                "Data violation: {} exceeds the maximum length of {length} characters.",
                field(at)
            )),
            Refusal::AdjustmentWithoutLine => match names {
                Names::Rest => "ContractServiceAdjustment must have a contractServiceID, or both a contractID and a \
                                serviceID."
                    .to_owned(),
                Names::Soap => "ContractServiceAdjustment must have a ContractServiceID, or both a ContractID and a \
                                ServiceID."
                    .to_owned(),
            },
            Refusal::NotARecurringContract => {
                format!("{} is only allowed for a Contract of type Recurring Service.", spec.one(names))
            }
            Refusal::UnitsBelowZero => {
                "ContractServiceAdjustment would bring the units of the service below zero.".to_owned()
            }
            Refusal::ContractInactive => {
                format!("{} is not allowed for an inactive Contract.", spec.one(names))
            }
            Refusal::Estimate(at) => numbered(format!(
                "{} is not allowed for a Contract of type Recurring Service.",
                field(at)
            )),
            Refusal::NoServiceCode(at) => numbered(format!(
                "{} must be an active billing code for recurring contract services.",
                field(at)
            )),
            Refusal::LineExists => "The Service already exists on the Contract.".to_owned(),
            Refusal::ServiceInactive => format!("{} is not allowed for an inactive Service.", spec.one(names)),
        }
    }

    /// Whether the text itself names the record.
    pub(crate) fn names_record(&self, spec: &EntitySpec) -> bool {
        self.text(spec, Names::Soap, 1).contains("on record number")
    }
}

fn assignment_fields(names: Names) -> [&'static str; 3] {
    match names {
        Names::Rest => ["assignedResourceID", "assignedResourceRoleID", "queueID"],
        Names::Soap => ["AssignedResourceID", "AssignedResourceRoleID", "QueueID"],
    }
}

/// REST calls an account a company.
fn rest_word(entity: &'static str, names: Names) -> Cow<'static, str> {
    match names {
        Names::Soap => Cow::Borrowed(entity),
        Names::Rest => super::schema::Entity::by_soap_name(entity)
            .map_or(Cow::Borrowed(entity), |known| {
                Cow::Borrowed(known.spec().rest_one)
            }),
    }
}

pub(crate) const CREATE_NOT_ALLOWED: &str =
    "The logged in Resource does not have the adequate permissions to create this entity type.";
pub(crate) const QUERY_NOT_ALLOWED: &str =
    "The logged in Resource does not have the adequate permissions to query this entity type.";
pub(crate) const UPDATE_NOT_ALLOWED: &str =
    "The logged in Resource does not have the adequate permissions to update this entity type.";
pub(crate) const DELETE_NOT_ALLOWED: &str =
    "The logged in Resource does not have the adequate permissions to delete this entity type.";
pub(crate) const TOO_MANY_ORS: &str =
    "Invalid query syntax. Queries are limited to 500 or fewer 'OR' conditions.";
pub(crate) const USER_LOCKED: &str =
    "The user account has been locked.  Please see your Autotask Administrator for details.";
pub(crate) const INTEGRATION_CODE: &str = "IntegrationCode is invalid.";
/// Own words.
pub(crate) const NULL_IN_BODY: &str = "Object reference not set to an instance of an object.";
pub(crate) const NO_ZONE: &str = "Zone information could not be determined";

/// Status and text for too many calls at a time.
pub(crate) fn thread_refusal(choices: Choices, operation: &str) -> (u16, String) {
    match choices.thread_wording {
        ThreadWording::Threshold => (
            429,
            format!("The Autotask API thread threshold of {THREADS} threads has been exceeded."),
        ),
        // The code, "Thread Threshold Exceeded" and the method were seen, not how they are joined.
        ThreadWording::Itgenatr005 => (
            choices.itgenatr005_status,
            format!("Itgenatr005: Thread Threshold Exceeded. Method: {operation}"),
        ),
    }
}

/// Own words: the vendor's are not established.
pub(crate) fn quota_text() -> String {
    format!(
        "The external request threshold of {CALLS_PER_HOUR} requests in {MINUTES} minutes has been exceeded. Try again \
         later."
    )
}
