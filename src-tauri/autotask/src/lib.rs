//! A client for Autotask PSA, over REST v1.0 and SOAP 1.6.

mod answer;
mod client;
mod credentials;
mod entity;
mod error;
mod field;
mod meaning;
mod query;
mod rest;
mod soap;
pub mod text;
mod time;
mod wire;
mod zone;

pub use client::Client;
pub use credentials::{Api, Credentials, Options, SoapTime};
pub use entity::{
    Company, Contract, ContractService, ContractServiceUnit, DESCRIPTION_MAX, EXTERNAL_ID_MAX,
    Entity, EntityKind, NewTicket, Service, TITLE_MAX, Ticket, status,
};
pub use error::{Class, Effect, Error, Refusal, ValidationMessage};
pub use field::{Field, PicklistValue, Rights, Threshold};
pub use query::{Filter, Operator, Query, VALUES_MAX, Value};
pub use zone::{ZONE_LOOKUP, Zone, find_zone, zone_from_address};
