//! The picklists that an administrator edits.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::AutotaskDoor;
use crate::autotask::picklists::PicklistValue;
use crate::autotask::schema::{Entity, Names};

/// A field with a picklist of the tenant's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PicklistField {
    /// Of tickets.
    Queue,
    /// Of tickets.
    Priority,
    /// Of tickets.
    Status,
    /// Of tickets.
    TicketCategory,
    /// Of tickets.
    TicketType,
    /// Of tickets.
    Source,
    /// Of ticket notes.
    NoteType,
    /// Of ticket notes: who may read them.
    Publish,
    /// Of contracts.
    ContractCategory,
}

impl PicklistField {
    pub const ALL: [PicklistField; 9] = [
        PicklistField::Queue,
        PicklistField::Priority,
        PicklistField::Status,
        PicklistField::TicketCategory,
        PicklistField::TicketType,
        PicklistField::Source,
        PicklistField::NoteType,
        PicklistField::Publish,
        PicklistField::ContractCategory,
    ];

    /// The word for it in JSON and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            PicklistField::Queue => "queue",
            PicklistField::Priority => "priority",
            PicklistField::Status => "status",
            PicklistField::TicketCategory => "ticket_category",
            PicklistField::TicketType => "ticket_type",
            PicklistField::Source => "source",
            PicklistField::NoteType => "note_type",
            PicklistField::Publish => "publish",
            PicklistField::ContractCategory => "contract_category",
        }
    }

    /// By its word, in any case.
    pub fn by_word(word: &str) -> Option<PicklistField> {
        PicklistField::ALL
            .into_iter()
            .find(|field| field.word().eq_ignore_ascii_case(word))
    }

    /// The entity, and the field by SOAP name.
    pub(crate) fn place(self) -> (Entity, &'static str) {
        match self {
            PicklistField::Queue => (Entity::Ticket, "QueueID"),
            PicklistField::Priority => (Entity::Ticket, "Priority"),
            PicklistField::Status => (Entity::Ticket, "Status"),
            PicklistField::TicketCategory => (Entity::Ticket, "TicketCategory"),
            PicklistField::TicketType => (Entity::Ticket, "TicketType"),
            PicklistField::Source => (Entity::Ticket, "Source"),
            PicklistField::NoteType => (Entity::TicketNote, "NoteType"),
            PicklistField::Publish => (Entity::TicketNote, "Publish"),
            PicklistField::ContractCategory => (Entity::Contract, "ContractCategory"),
        }
    }
}

impl fmt::Display for PicklistField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl AutotaskDoor {
    /// The values of a picklist, active or not.
    pub fn picklist(&self, field: PicklistField) -> Vec<PicklistValue> {
        let (entity, name) = field.place();
        let tenant = self.0.tenant();
        let at = entity.spec().position(name, Names::Soap);
        at.map_or(Vec::new(), |at| {
            tenant.picklists.values(entity, at).to_vec()
        })
    }

    pub fn queues(&self) -> Vec<PicklistValue> {
        self.picklist(PicklistField::Queue)
    }

    pub fn priorities(&self) -> Vec<PicklistValue> {
        self.picklist(PicklistField::Priority)
    }

    pub fn statuses(&self) -> Vec<PicklistValue> {
        self.picklist(PicklistField::Status)
    }

    /// False if there is no such value.
    pub fn set_picklist_value_active(&self, field: PicklistField, id: i64, active: bool) -> bool {
        self.change_picklist_value(field, id, |value| value.active = active)
    }

    /// False if there is no such value.
    pub fn rename_picklist_value(&self, field: PicklistField, id: i64, label: &str) -> bool {
        self.change_picklist_value(field, id, |value| label.clone_into(&mut value.label))
    }

    fn change_picklist_value(
        &self,
        field: PicklistField,
        id: i64,
        change: impl FnOnce(&mut PicklistValue),
    ) -> bool {
        let (entity, name) = field.place();
        let mut tenant = self.0.tenant();
        tenant
            .picklists
            .change(entity, name, &id.to_string(), change)
    }

    /// False if there is no such queue.
    pub fn set_queue_active(&self, id: i64, active: bool) -> bool {
        self.set_picklist_value_active(PicklistField::Queue, id, active)
    }

    /// False if there is no such priority.
    pub fn set_priority_active(&self, id: i64, active: bool) -> bool {
        self.set_picklist_value_active(PicklistField::Priority, id, active)
    }

    /// Takes a value off its list; tickets that have it keep it. False if there is no such value.
    pub fn delete_picklist_value(&self, field: PicklistField, id: i64) -> bool {
        let (entity, name) = field.place();
        let mut tenant = self.0.tenant();
        tenant.picklists.delete(entity, name, &id.to_string())
    }
}
