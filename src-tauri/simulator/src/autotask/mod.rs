//! Autotask PSA: one tenant behind two transports.

pub(crate) mod adjustment;
pub(crate) mod choices;
pub(crate) mod picklists;
pub(crate) mod query;
pub(crate) mod refusal;
pub(crate) mod rest;
pub(crate) mod rules;
pub(crate) mod schema;
pub(crate) mod server;
pub(crate) mod soap;
pub(crate) mod store;
pub(crate) mod tenant;
pub(crate) mod value;
