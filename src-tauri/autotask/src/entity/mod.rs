//! The rows of Autotask, the same over both transports.
//!
//! Each entity has one [`Shape`]: its names on both sides and its fields. A transport turns an
//! answer into [`Row`]s under REST's names, and a type such as [`Ticket`] takes its values from
//! there. Only what a caller could not do without is required of a row; a row that lacks it is an
//! error rather than a guess (company 0 is a real company).

mod company;
mod contract;
mod row;
mod service;
mod ticket;

pub use company::Company;
pub use contract::{Contract, ContractService, ContractServiceUnit};
pub(crate) use row::{Cell, Row};
pub use service::Service;
pub(crate) use ticket::check_new_tickets;
pub use ticket::{DESCRIPTION_MAX, EXTERNAL_ID_MAX, NewTicket, TITLE_MAX, Ticket, status};

/// The entities that the client knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EntityKind {
    Company,
    Contract,
    ContractService,
    ContractServiceUnit,
    ContractServiceAdjustment,
    Service,
    Ticket,
    TicketNote,
}

impl EntityKind {
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
            Self::ContractService => &contract::CONTRACT_SERVICE,
            Self::ContractServiceUnit => &contract::CONTRACT_SERVICE_UNIT,
            Self::ContractServiceAdjustment => &contract::CONTRACT_SERVICE_ADJUSTMENT,
            Self::Service => &service::SERVICE,
            Self::Ticket => &ticket::TICKET,
            Self::TicketNote => &ticket::TICKET_NOTE,
        }
    }
}

/// A type of rows that can be queried.
pub trait Entity: sealed::FromRow + Send + 'static {
    const KIND: EntityKind;
}

pub(crate) mod sealed {
    use super::Row;

    pub trait FromRow: Sized {
        /// `Err` says which field is missing or of the wrong kind.
        fn from_row(row: &Row) -> Result<Self, String>;
    }
}

/// An entity's names and fields.
#[derive(Debug)]
pub(crate) struct Shape {
    pub rest: &'static str,
    pub soap: &'static str,
    pub fields: &'static [FieldShape],
}

impl Shape {
    /// The field of that REST name, in any case.
    pub(crate) fn field(&self, rest: &str) -> Option<&'static FieldShape> {
        self.fields
            .iter()
            .find(|field| field.rest.eq_ignore_ascii_case(rest))
    }

    /// REST's name for a SOAP name; a field that the table does not hold has the same name but
    /// for the first letters.
    pub(crate) fn rest_name_of(&self, soap: &str) -> String {
        self.fields
            .iter()
            .find(|field| field.soap.eq_ignore_ascii_case(soap))
            .map_or_else(|| lower_camel(soap), |field| field.rest.to_owned())
    }
}

/// A field's names, what it holds, and whether the entity's type always reads it.
#[derive(Debug)]
pub(crate) struct FieldShape {
    pub rest: &'static str,
    pub soap: &'static str,
    pub data: Data,
    pub need: Need,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Data {
    Integer,
    Number,
    Text,
    Boolean,
    Moment,
    Date,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// The type cannot do without.
    Always,
    /// The type has a place for it.
    Asked,
    /// Can be compared with in a query; the type does not read it.
    QueryOnly,
    /// Autotask refuses it in queries.
    NotQueryable,
}

const fn always(rest: &'static str, soap: &'static str, data: Data) -> FieldShape {
    FieldShape {
        rest,
        soap,
        data,
        need: Need::Always,
    }
}

const fn asked(rest: &'static str, soap: &'static str, data: Data) -> FieldShape {
    FieldShape {
        rest,
        soap,
        data,
        need: Need::Asked,
    }
}

const fn query_only(rest: &'static str, soap: &'static str, data: Data) -> FieldShape {
    FieldShape {
        rest,
        soap,
        data,
        need: Need::QueryOnly,
    }
}

const fn not_queryable(rest: &'static str, soap: &'static str, data: Data) -> FieldShape {
    FieldShape {
        rest,
        soap,
        data,
        need: Need::NotQueryable,
    }
}

/// `IssueType` → `issueType`, `SICCode` → `sicCode`, `ID` → `id`.
fn lower_camel(name: &str) -> String {
    let capitals = name.chars().take_while(char::is_ascii_uppercase).count();
    let lowered = match capitals {
        0 => return name.to_owned(),
        1 => 1,
        all if all == name.len() => all,
        several => several - 1,
    };
    name.char_indices()
        .map(|(at, c)| {
            if at < lowered {
                c.to_ascii_lowercase()
            } else {
                c
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_soap_names_become_rest_names() {
        for (soap, rest) in [
            ("IssueType", "issueType"),
            ("SICCode", "sicCode"),
            ("ID", "id"),
            ("id", "id"),
            ("QueueID", "queueID"),
        ] {
            assert_eq!(lower_camel(soap), rest);
        }
    }

    #[test]
    fn every_entity_has_an_id_and_each_name_once() {
        for kind in EntityKind::ALL {
            let shape = kind.shape();
            assert!(shape.field("id").is_some(), "{kind:?}");
            for (at, field) in shape.fields.iter().enumerate() {
                for other in &shape.fields[at + 1..] {
                    assert!(
                        !field.rest.eq_ignore_ascii_case(other.rest),
                        "{}",
                        field.rest
                    );
                    assert!(
                        !field.soap.eq_ignore_ascii_case(other.soap),
                        "{}",
                        field.soap
                    );
                }
            }
        }
    }
}
