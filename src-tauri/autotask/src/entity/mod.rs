//! The rows of Autotask, the same over both transports.
//!
//! Each entity has one [`Shape`]: its names on both sides and its fields. A transport turns an
//! answer into [`Row`]s, and a type such as [`Ticket`] takes its values from there; it writes a
//! [`Draft`], which types such as [`NewTicket`] make. Only what a caller could not do without is
//! required of a row; a row that lacks it is an error rather than a guess (company 0 is a real
//! company).

mod company;
mod contract;
mod contract_service;
mod draft;
mod period;
mod row;
mod service;
pub(crate) mod shape;
mod ticket;
mod ticket_note;

pub use company::Company;
pub use contract::Contract;
pub use contract_service::{
    ContractService, ContractServiceUnit, Line, NewContractServiceAdjustment,
};
pub(crate) use draft::{Checked, Writing};
pub use draft::{Draft, New};
pub use period::Period;
pub(crate) use row::{Cell, Row};
pub use service::Service;
pub(crate) use shape::{Data, FieldShape, Home, Need, Shape};
pub use ticket::{DESCRIPTION_MAX, EXTERNAL_ID_MAX, NewTicket, TITLE_MAX, Ticket, status};
pub use ticket_note::{NOTE_DESCRIPTION_MAX, NOTE_TITLE_MAX, NewTicketNote, TicketNote};

/// The entities that the client knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EntityKind {
    /// See [`Company`].
    Company,
    /// See [`Contract`].
    Contract,
    /// See [`ContractService`].
    ContractService,
    /// See [`ContractServiceUnit`]. Autotask makes them; they can only be read.
    ContractServiceUnit,
    /// See [`NewContractServiceAdjustment`]. They can be made, and never read.
    ContractServiceAdjustment,
    /// See [`Service`].
    Service,
    /// See [`Ticket`].
    Ticket,
    /// See [`TicketNote`].
    TicketNote,
}

impl EntityKind {
    /// All of them, in a fixed order.
    pub const ALL: [EntityKind; 8] = [
        Self::Company,
        Self::Contract,
        Self::ContractService,
        Self::ContractServiceUnit,
        Self::ContractServiceAdjustment,
        Self::Service,
        Self::Ticket,
        Self::TicketNote,
    ];

    /// REST's name of the collection: `Companies`.
    pub fn rest_name(self) -> &'static str {
        self.shape().rest
    }

    /// SOAP's name: `Account`.
    pub fn soap_name(self) -> &'static str {
        self.shape().soap
    }

    /// As a sentence names them: "contract services".
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Company => "companies",
            Self::Contract => "contracts",
            Self::ContractService => "contract services",
            Self::ContractServiceUnit => "contract service units",
            Self::ContractServiceAdjustment => "contract service adjustments",
            Self::Service => "services",
            Self::Ticket => "tickets",
            Self::TicketNote => "ticket notes",
        }
    }

    pub(crate) fn shape(self) -> &'static Shape {
        match self {
            Self::Company => &company::COMPANY,
            Self::Contract => &contract::CONTRACT,
            Self::ContractService => &contract_service::CONTRACT_SERVICE,
            Self::ContractServiceUnit => &contract_service::CONTRACT_SERVICE_UNIT,
            Self::ContractServiceAdjustment => &contract_service::CONTRACT_SERVICE_ADJUSTMENT,
            Self::Service => &service::SERVICE,
            Self::Ticket => &ticket::TICKET,
            Self::TicketNote => &ticket_note::TICKET_NOTE,
        }
    }
}

/// A type of rows that can be queried. The crate's own types are all there are: a row is not for others
/// to take apart.
pub trait Entity: sealed::FromRow + Send + 'static {
    /// Whose rows they are.
    const KIND: EntityKind;
}

pub(crate) mod sealed {
    use super::Row;

    pub trait FromRow: Sized {
        /// `Err` says which field is missing or of the wrong kind.
        fn from_row(row: &Row) -> Result<Self, String>;
    }
}
