#![doc = include_str!("../README.md")]
//!
//! # How it is built
//!
//! [`Client`] turns a [`Query`] into a checked plan and hands it to one of two transports, `rest`
//! and `soap`. A transport writes requests and turns answers into rows under REST's names, from
//! which the entities take their values. `wire` is the one place where a request leaves; what an
//! answer means is a pure function in each transport's `answer`, over what both have in common.
//!
//! # References
//!
//! Rules that come from the vendor name their page of its help in italics. Many hosts have the same
//! pages.
//!
//! | page | where |
//! |---|---|
//! | *Thresholds and limits* | [REST](https://ww1.autotask.net/help/DeveloperHelp/Content/APIs/REST/General_Topics/REST_Thresholds_Limits.htm), [SOAP](https://autotask.net/help/developerhelp/content/apis/SOAP/General_Topics/SOAP_Thresholds_Limits.htm) |
//! | *Thread limiting* | [both](https://ww2.autotask.net/help/developerhelp/content/apis/General/ThreadLimiting.htm) |
//! | *SOAP life cycle* | [SOAP](https://www.autotask.net/help/developerhelp/Content/APIs/SOAP/General_Topics/SOAP_Lifecycle.htm) |
//! | *Time and date* | [SOAP](https://autotask.net/help/developerhelp/Content/APIs/SOAP/General_Topics/Time_Date.htm) |
//! | *getZoneInfo* | [SOAP](https://ww1.autotask.net/help/DeveloperHelp/Content/APIs/SOAP/APICalls/GetZoneInfoCall.htm) |
//! | *Query*, *Batching API calls* | [SOAP](https://ww15.autotask.net/help/DeveloperHelp/Content/APIs/SOAP/APICalls/APICalls.htm) |
//! | *QueryXML* | [SOAP](https://ww1.autotask.net/help/DeveloperHelp/Content/APIs/SOAP/APICalls/QueryXML.htm) |
//! | *API user* | [both](https://ww3.autotask.net/help/DeveloperHelp/Content/APIs/General/Define_API_User.htm) |
//! | *Tickets* | [REST](https://ww1.autotask.net/help/DeveloperHelp/Content/APIs/REST/Entities/TicketsEntity.htm), [SOAP](https://ww2.autotask.net/help/DeveloperHelp/Content/APIs/SOAP/Entities/TicketEntity.htm) |
//! | *Contract services* | [REST](https://www.autotask.net/help/developerhelp/Content/APIs/REST/Entities/ContractServicesEntity.htm) |
//! | *Contract service adjustments* | [REST](https://ww19.autotask.net/help/developerhelp/content/apis/rest/Entities/ContractServiceAdjustmentsEntity.htm), [SOAP](https://ww1.autotask.net/help/DeveloperHelp/Content/APIs/SOAP/Entities/ContractServiceAdjustmentEntity.htm) |
//! | *Recurring service contracts* | [REST](https://ww1.autotask.net/help/DeveloperHelp/Content/APIs/REST/Entities/RecurringSerContractEntityRelation.htm) |
//! | *Inactive contracts* | [knowledge base](https://ww1.autotask.net/help/Content/KB_Autotask/Contracts/KB370000000540.html) |
//!
//! Where the help is silent, the vendor's WSDL, its published examples and what authors of other
//! clients report decide; the documentation then says "was seen" or "is known".

#![warn(missing_docs)]

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
