//! Autotask and the Cloud Direct portal on loopback, with a seeded world and faults on demand.
//!
//! **Autotask**: zone look-up, REST v1.0 and SOAP 1.6 over one table of entities
//! (`autotask::schema`), one store and one set of rules. What it accepts, refuses and answers
//! follows the vendor's documents, not any client. Where they are silent or contradict one
//! another, the behaviour is a named setting with a default: [`Choices`].
//!
//! SOAP describes itself: `ATServices/1.6/atws.wsdl` and `atws.asmx?wsdl` are a WSDL of the
//! operations and entities that are there, written from the tables that the answers are written
//! from, for the release that [`Choices::soap_release`] names. It puts up with what clients that
//! work with the real service send: other prefixes and orders, addresses in any case with slashes
//! too many, a `Content-Encoding` that is not true, JSON as loose as in the vendor's examples.
//!
//! **Cloud Direct**: the portal of the project's source contract: partner, organizations, jobs
//! and usage as JSON behind a bearer token.
//!
//! **The world** comes from a seed: the same [`Config`] with a `start` gives the same partner,
//! customers, contracts and jobs. Jobs keep finishing on the simulator's own clock.
//!
//! **Faults, limits and the journal** are set and read in-process ([`Faults`], the two doors) or
//! through the control interface, JSON over HTTP at [`Addresses::control`]. It also gives the whole
//! state as one document. The journal keeps the bodies of calls where [`Config::keep_bodies`] or the
//! setting `keep_bodies` asks for it. A fault can be written as a line of text: [`FaultSyntax`].
//!
//! A write takes effect at one moment, when its request has been read in full; whatever delays,
//! cuts or loses the answer comes after it.

mod answer;
mod autotask;
mod clock;
mod cloud_direct;
mod control;
mod door;
mod faults;
mod gate;
mod journal;
mod random;
mod shared;
mod simulator;
mod wire;
mod world;

pub use autotask::choices::{
    Choices, PostedPeriods, RenewalToldBy, SoapRelease, TextLength, ThreadWording,
};
pub use autotask::picklists::PicklistValue;
pub use cloud_direct::portal::{
    ChangedJob, Job, JobKind, NewJob, Organization, OrganizationState, Outcome, Partner, Usage,
};
pub use door::{
    AutotaskDoor, CloudDirectDoor, Company, Contract, ContractService, ContractServiceUnit,
    PicklistField, ServiceItem, Ticket, TicketNote,
};
pub use faults::{Fault, FaultId, FaultSyntax, Faults, Service, What, When};
pub use gate::LimitsSeen;
pub use journal::Call;
pub use simulator::{Addresses, Config, Logins, Simulator, StartError};
