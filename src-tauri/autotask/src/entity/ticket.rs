//! Tickets, as they are read and as they are made.

use jiff::Timestamp;

use super::{Data, Entity, EntityKind, Row, Shape, always, asked, query_only, sealed::FromRow};
use crate::{Error, text};

/// Longest title, in UTF-16 units.
pub const TITLE_MAX: usize = 255;
/// Longest description, in UTF-16 units.
pub const DESCRIPTION_MAX: usize = 8000;
/// Longest external id, in UTF-16 units.
pub const EXTERNAL_ID_MAX: usize = 50;

/// The status values that are the same in every tenant.
pub mod status {
    pub const NEW: i64 = 1;
    pub const COMPLETE: i64 = 5;
}

pub(super) static TICKET: Shape = Shape {
    rest: "Tickets",
    soap: "Ticket",
    fields: &[
        always("id", "id", Data::Integer),
        always("ticketNumber", "TicketNumber", Data::Text),
        always("companyID", "AccountID", Data::Integer),
        always("title", "Title", Data::Text),
        always("status", "Status", Data::Integer),
        always("priority", "Priority", Data::Integer),
        asked("description", "Description", Data::Text),
        asked("queueID", "QueueID", Data::Integer),
        asked("dueDateTime", "DueDateTime", Data::Moment),
        asked("externalID", "ExternalID", Data::Text),
        asked("createDate", "CreateDate", Data::Moment),
        asked("completedDate", "CompletedDate", Data::Moment),
        asked("lastActivityDate", "LastActivityDate", Data::Moment),
        asked("assignedResourceID", "AssignedResourceID", Data::Integer),
        asked("creatorResourceID", "CreatorResourceID", Data::Integer),
        query_only("contractID", "ContractID", Data::Integer),
        query_only("issueType", "IssueType", Data::Integer),
        query_only("source", "Source", Data::Integer),
        query_only("ticketCategory", "TicketCategory", Data::Integer),
        query_only("ticketType", "TicketType", Data::Integer),
        query_only("billingCodeID", "AllocationCodeID", Data::Integer),
        query_only("configurationItemID", "InstalledProductID", Data::Integer),
        query_only(
            "companyLocationID",
            "AccountPhysicalLocationID",
            Data::Integer,
        ),
    ],
};

/// A service ticket.
#[derive(Debug, Clone, PartialEq)]
pub struct Ticket {
    pub id: i64,
    /// `T20261123.0001`
    pub number: String,
    pub company_id: i64,
    pub title: String,
    pub description: Option<String>,
    /// A picklist value; see [`status`].
    pub status: i64,
    pub priority: i64,
    pub queue_id: Option<i64>,
    pub due: Option<Timestamp>,
    pub external_id: Option<String>,
    pub created: Option<Timestamp>,
    pub completed: Option<Timestamp>,
    pub last_activity: Option<Timestamp>,
    pub assigned_resource_id: Option<i64>,
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
    pub company_id: i64,
    pub title: String,
    pub description: String,
    pub status: i64,
    pub priority: i64,
    pub queue_id: i64,
    /// Sent to the second.
    pub due: Timestamp,
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

/// What can be told without asking Autotask.
pub(crate) fn check_new_tickets(tickets: &[NewTicket], limit: usize) -> Result<(), Error> {
    if tickets.len() > limit {
        return Err(Error::query(format!(
            "{} tickets in one call, at most {limit} are allowed",
            tickets.len()
        )));
    }
    for key in tickets
        .iter()
        .filter_map(|ticket| ticket.external_id.as_deref())
    {
        if text::length(key) > EXTERNAL_ID_MAX || text::clean(key) != key {
            return Err(Error::query(format!(
                "the external id \"{}\" is longer than {EXTERNAL_ID_MAX} characters or holds control characters",
                text::cut(&text::single_line(key), 2 * EXTERNAL_ID_MAX)
            )));
        }
    }
    Ok(())
}

pub(super) static TICKET_NOTE: Shape = Shape {
    rest: "TicketNotes",
    soap: "TicketNote",
    fields: &[
        always("id", "id", Data::Integer),
        always("ticketID", "TicketID", Data::Integer),
        asked("title", "Title", Data::Text),
        asked("description", "Description", Data::Text),
        asked("noteType", "NoteType", Data::Integer),
        asked("publish", "Publish", Data::Integer),
        query_only("creatorResourceID", "CreatorResourceID", Data::Integer),
    ],
};
