//! Notes on tickets.

use jiff::Timestamp;

use super::shape::{Home, Shape, fields};
use super::{Draft, Entity, EntityKind, New, Row, sealed::FromRow};

/// Longest title of a note, in UTF-16 units.
pub const NOTE_TITLE_MAX: usize = 250;
/// Longest text of a note, in UTF-16 units.
pub const NOTE_DESCRIPTION_MAX: usize = 32_000;

pub(super) static TICKET_NOTE: Shape = Shape {
    rest: "TicketNotes",
    soap: "TicketNote",
    home: Home::Parent {
        collection: "Tickets",
        field: "ticketID",
        child: "Notes",
    },
    fields: fields! {
        "id" = "id": Integer, always, fixed;
        "CreatorResourceID" = "creatorResourceID": Integer, asked, fixed;
        "Description" = "description": Text(32000), asked;
        "LastActivityDate" = "lastActivityDate": Moment, fixed;
        "NoteType" = "noteType": Integer, asked;
        "Publish" = "publish": Integer, asked;
        "TicketID" = "ticketID": Integer, always;
        "Title" = "title": Line(250), asked;
        "ImpersonatorCreatorResourceID" = "impersonatorCreatorResourceID": Integer, fixed;
        "ImpersonatorUpdaterResourceID" = "impersonatorUpdaterResourceID": Integer, fixed;
        "CreateDateTime" = "createDateTime": Moment, asked, fixed;
        "CreatedByContactID" = "createdByContactID": Integer;
    },
};

/// A note on a ticket.
#[derive(Debug, Clone, PartialEq)]
pub struct TicketNote {
    /// Its id.
    pub id: i64,
    /// The ticket that it is on.
    pub ticket_id: i64,
    /// At most [`NOTE_TITLE_MAX`].
    pub title: Option<String>,
    /// The note itself, at most [`NOTE_DESCRIPTION_MAX`].
    pub description: Option<String>,
    /// A picklist value.
    pub note_type: Option<i64>,
    /// A picklist value: who may see the note.
    pub publish: Option<i64>,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// The resource that made it.
    pub creator_resource_id: Option<i64>,
}

impl Entity for TicketNote {
    const KIND: EntityKind = EntityKind::TicketNote;
}

impl FromRow for TicketNote {
    fn from_row(row: &Row) -> Result<Self, String> {
        Ok(Self {
            id: row.id()?,
            ticket_id: row.integer("ticketID")?,
            title: row.text_if_any("title"),
            description: row.text_if_any("description"),
            note_type: row.integer_if_any("noteType")?,
            publish: row.integer_if_any("publish")?,
            created: row.moment_if_any("createDateTime")?,
            creator_resource_id: row.integer_if_any("creatorResourceID")?,
        })
    }
}

/// A note to be made. Texts are cleaned and cut as a ticket's are.
///
/// `note_type` and `publish` are the tenant's own picklist values: take them from
/// [`Client::fields`](crate::Client::fields), or an internal note may become one that customers read.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTicketNote {
    /// The ticket that it is for.
    pub ticket_id: i64,
    /// One line; at most [`NOTE_TITLE_MAX`], or it is cut.
    pub title: String,
    /// The note itself; at most [`NOTE_DESCRIPTION_MAX`], or it is cut.
    pub description: String,
    /// What sort of note it is.
    pub note_type: i64,
    /// Who may see it.
    pub publish: i64,
}

impl New for NewTicketNote {
    fn draft(&self) -> Draft {
        Draft::new(EntityKind::TicketNote)
            .set("ticketID", self.ticket_id)
            .set("title", self.title.as_str())
            .set("description", self.description.as_str())
            .set("noteType", self.note_type)
            .set("publish", self.publish)
    }
}
