#![doc = include_str!("../README.md")]
//!
//! # How it is built
//!
//! [`Client`] turns a [`Query`] into a checked plan and hands it to one of two transports, `rest`
//! and `soap`. A transport writes requests and turns answers into rows under REST's names, from
//! which the entities take their values. `wire` is the one place where a request leaves; what an
//! answer means is a pure function in each transport's `answer`, over what both have in common.

mod answer;
mod batch;
mod client;
mod credentials;
mod entity;
mod error;
mod field;
pub mod governor;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod internals;
mod meaning;
mod pages;
mod query;
mod rest;
mod soap;
pub mod text;
mod time;
mod wire;
mod zone;

pub use batch::{Batch, Outcome, Step};
pub use client::Client;
pub use credentials::{Api, Credentials, Options, SoapTime};
pub use entity::{
    Company, Contract, ContractService, ContractServiceUnit, DESCRIPTION_MAX, Draft,
    EXTERNAL_ID_MAX, Entity, EntityKind, Line, NOTE_DESCRIPTION_MAX, NOTE_TITLE_MAX, New,
    NewContractServiceAdjustment, NewTicket, NewTicketNote, Period, Service, TITLE_MAX, Ticket,
    TicketNote, status,
};
pub use error::{Class, Effect, Error, Refusal, ValidationMessage};
pub use field::{Field, PicklistValue, Rights, Threshold};
pub use governor::{Estimate, Governor, Limits, Priority};
pub use query::{Filter, Operator, Query, VALUES_MAX, Value};
pub use zone::{ZONE_LOOKUP, Zone, find_zone, zone_from_address};
