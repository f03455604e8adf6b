//! Tickets, as they are read and as they are made.

use jiff::Timestamp;

use super::shape::{Home, Shape, fields};
use super::{Draft, Entity, EntityKind, New, Row, sealed::FromRow};
use crate::text;

/// Longest title, in UTF-16 units.
pub const TITLE_MAX: usize = 255;
/// Longest description, in UTF-16 units.
pub const DESCRIPTION_MAX: usize = 8000;
/// Longest external id, in UTF-16 units.
pub const EXTERNAL_ID_MAX: usize = 50;

/// The status values that are the same in every tenant. All others are the tenant's own.
pub mod status {
    /// *New* on the screens.
    pub const NEW: i64 = 1;
    /// *Complete* on the screens.
    pub const COMPLETE: i64 = 5;
}

pub(super) static TICKET: Shape = Shape {
    rest: "Tickets",
    soap: "Ticket",
    home: Home::Own,
    fields: fields! {
        "id" = "id": Integer, always, fixed;
        "AccountID" = "companyID": Integer, always;
        "AllocationCodeID" = "billingCodeID": Integer;
        "CompletedDate" = "completedDate": Moment, asked, fixed;
        "ContactID" = "contactID": Integer;
        "ContractID" = "contractID": Integer;
        "CreateDate" = "createDate": Moment, asked, fixed;
        "CreatorResourceID" = "creatorResourceID": Integer, asked, fixed;
        "Description" = "description": Text(8000), asked;
        "DueDateTime" = "dueDateTime": Moment, asked;
        "EstimatedHours" = "estimatedHours": Number;
        "InstalledProductID" = "configurationItemID": Integer;
        "IssueType" = "issueType": Integer;
        "LastActivityDate" = "lastActivityDate": Moment, asked, fixed;
        "Priority" = "priority": Integer, always;
        "QueueID" = "queueID": Integer, asked;
        "AssignedResourceID" = "assignedResourceID": Integer, asked;
        "AssignedResourceRoleID" = "assignedResourceRoleID": Integer;
        "Source" = "source": Integer;
        "Status" = "status": Integer, always;
        "SubIssueType" = "subIssueType": Integer;
        "TicketNumber" = "ticketNumber": Text(50), always;
        "Title" = "title": Line(255), always;
        "FirstResponseDateTime" = "firstResponseDateTime": Moment, fixed;
        "ResolutionPlanDateTime" = "resolutionPlanDateTime": Moment, fixed;
        "ResolvedDateTime" = "resolvedDateTime": Moment, fixed;
        "FirstResponseDueDateTime" = "firstResponseDueDateTime": Moment, fixed;
        "ResolutionPlanDueDateTime" = "resolutionPlanDueDateTime": Moment, fixed;
        "ResolvedDueDateTime" = "resolvedDueDateTime": Moment, fixed;
        "ServiceLevelAgreementID" = "serviceLevelAgreementID": Integer;
        "ServiceLevelAgreementHasBeenMet" = "serviceLevelAgreementHasBeenMet": Boolean, fixed;
        "Resolution" = "resolution": Text(32000);
        "PurchaseOrderNumber" = "purchaseOrderNumber": Text(50);
        "TicketType" = "ticketType": Integer;
        "ProblemTicketId" = "problemTicketId": Integer;
        "OpportunityId" = "opportunityID": Integer;
        "ChangeApprovalBoard" = "changeApprovalBoard": Integer;
        "ChangeApprovalType" = "changeApprovalType": Integer;
        "ChangeApprovalStatus" = "changeApprovalStatus": Integer;
        "ChangeInfoField1" = "changeInfoField1": Text(8000);
        "ChangeInfoField2" = "changeInfoField2": Text(8000);
        "ChangeInfoField3" = "changeInfoField3": Text(8000);
        "ChangeInfoField4" = "changeInfoField4": Text(8000);
        "ChangeInfoField5" = "changeInfoField5": Text(8000);
        "LastCustomerNotificationDateTime" = "lastCustomerNotificationDateTime": Moment, fixed;
        "LastCustomerVisibleActivityDateTime" = "lastCustomerVisibleActivityDateTime": Moment, fixed;
        "ContractServiceID" = "contractServiceID": Integer;
        "ContractServiceBundleID" = "contractServiceBundleID": Integer;
        "HoursToBeScheduled" = "hoursToBeScheduled": Number, fixed;
        "MonitorTypeID" = "monitorTypeID": Integer;
        "MonitorID" = "monitorID": Integer;
        "AEMAlertID" = "rmmAlertID": Text(50), fixed;
        "TicketCategory" = "ticketCategory": Integer;
        "ExternalID" = "externalID": Key(50), asked;
        "FirstResponseInitiatingResourceID" = "firstResponseInitiatingResourceID": Integer, fixed;
        "FirstResponseAssignedResourceID" = "firstResponseAssignedResourceID": Integer, fixed;
        "ProjectID" = "projectID": Integer;
        "BusinessDivisionSubdivisionID" = "organizationalLevelAssociationID": Integer;
        "CreatorType" = "creatorType": Integer, fixed, not_queryable;
        "CompletedByResourceID" = "completedByResourceID": Integer, fixed;
        "AccountPhysicalLocationID" = "companyLocationID": Integer;
        "LastActivityPersonType" = "lastActivityPersonType": Integer, fixed, not_queryable;
        "LastActivityResourceID" = "lastActivityResourceID": Integer, fixed;
        "ServiceLevelAgreementPausedNextEventHours" = "serviceLevelAgreementPausedNextEventHours": Number, fixed, not_queryable;
        "CurrentServiceThermometerRating" = "currentServiceThermometerRating": Integer, fixed;
        "PreviousServiceThermometerRating" = "previousServiceThermometerRating": Integer, fixed;
        "ServiceThermometerTemperature" = "serviceThermometerTemperature": Integer, fixed;
        "ApiVendorID" = "apiVendorID": Integer, fixed;
        "LastTrackedModificationDateTime" = "lastTrackedModificationDateTime": Moment, fixed;
        "RmaStatus" = "rmaStatus": Integer;
        "RmaType" = "rmaType": Integer;
        "ImpersonatorCreatorResourceID" = "impersonatorCreatorResourceID": Integer, fixed;
        "CreatedByContactID" = "createdByContactID": Integer;
    },
};

/// A service ticket.
#[derive(Debug, Clone, PartialEq)]
pub struct Ticket {
    /// Its id.
    pub id: i64,
    /// What people call it by: `T20261123.0001`.
    pub number: String,
    /// The company that it is for. 0 is the tenant's own.
    pub company_id: i64,
    /// At most [`TITLE_MAX`].
    pub title: String,
    /// At most [`DESCRIPTION_MAX`]; `None` if it is empty.
    pub description: Option<String>,
    /// A picklist value; see [`status`].
    pub status: i64,
    /// A picklist value, the tenant's own.
    pub priority: i64,
    /// A picklist value, the tenant's own. `None` where somebody is assigned instead.
    pub queue_id: Option<i64>,
    /// When it has to be done.
    pub due: Option<Timestamp>,
    /// Another system's key. No rule of the vendor's keeps two tickets from having the same.
    pub external_id: Option<String>,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// When it was closed; `None` while it is open.
    pub completed: Option<Timestamp>,
    /// When something last happened to it.
    pub last_activity: Option<Timestamp>,
    /// Who works on it, a *resource* of Autotask.
    pub assigned_resource_id: Option<i64>,
    /// The resource that made it: the API user, for tickets that an integration makes (vendor's help,
    /// *API user*).
    pub creator_resource_id: Option<i64>,
}

impl Entity for Ticket {
    const KIND: EntityKind = EntityKind::Ticket;
}

impl FromRow for Ticket {
    fn from_row(row: &Row) -> Result<Self, String> {
        Ok(Self {
            id: row.id()?,
            number: row.text("ticketNumber"),
            company_id: row.integer("companyID")?,
            title: row.text("title"),
            description: row.text_if_any("description"),
            status: row.integer("status")?,
            priority: row.integer("priority")?,
            queue_id: row.integer_if_any("queueID")?,
            due: row.moment_if_any("dueDateTime")?,
            external_id: row.text_if_any("externalID"),
            created: row.moment_if_any("createDate")?,
            completed: row.moment_if_any("completedDate")?,
            last_activity: row.moment_if_any("lastActivityDate")?,
            assigned_resource_id: row.integer_if_any("assignedResourceID")?,
            creator_resource_id: row.integer_if_any("creatorResourceID")?,
        })
    }
}

/// A ticket to be made.
///
/// Title and description may be anything: what Autotask cannot take is replaced, what is too long
/// is cut and marked (see [`text`]). The external id is a key, and a changed key is never found
/// again: one that is too long or holds control characters is refused before anything is sent.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTicket {
    /// The company that it is for.
    pub company_id: i64,
    /// One line; at most [`TITLE_MAX`], or it is cut.
    pub title: String,
    /// At most [`DESCRIPTION_MAX`], or it is cut.
    pub description: String,
    /// A picklist value; see [`status`].
    pub status: i64,
    /// A picklist value, the tenant's own: see [`Client::fields`](crate::Client::fields).
    pub priority: i64,
    /// A picklist value, the tenant's own. Autotask takes no ticket without a queue unless somebody is
    /// assigned (vendor's help, *Tickets*).
    pub queue_id: i64,
    /// Sent to the second.
    pub due: Timestamp,
    /// At most [`EXTERNAL_ID_MAX`]. Give each ticket one, and a ticket whose create is unclear can be
    /// looked for.
    pub external_id: Option<String>,
}

impl NewTicket {
    /// The ticket with its texts as they are sent.
    #[must_use]
    pub fn cleaned(&self) -> NewTicket {
        NewTicket {
            title: text::cut(&text::single_line(&self.title), TITLE_MAX).into_owned(),
            description: text::cut(&text::clean(&self.description), DESCRIPTION_MAX).into_owned(),
            ..self.clone()
        }
    }
}

impl New for NewTicket {
    fn draft(&self) -> Draft {
        Draft::new(EntityKind::Ticket)
            .set("companyID", self.company_id)
            .set("title", self.title.as_str())
            .set("description", self.description.as_str())
            .set("status", self.status)
            .set("priority", self.priority)
            .set("queueID", self.queue_id)
            .set("dueDateTime", self.due)
            .set_if_any("externalID", self.external_id.as_deref())
    }
}
