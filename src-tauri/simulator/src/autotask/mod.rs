//! Autotask PSA: one tenant behind two transports.

pub(crate) mod adjustment;
pub(crate) mod billing_period;
pub(crate) mod choices;
pub(crate) mod deletion;
pub(crate) mod periods;
pub(crate) mod picklists;
pub(crate) mod query;
pub(crate) mod refusal;
pub(crate) mod renewal;
pub(crate) mod rest;
pub(crate) mod rights;
pub(crate) mod rules;
pub(crate) mod schema;
pub(crate) mod server;
pub(crate) mod soap;
pub(crate) mod store;
pub(crate) mod table;
pub(crate) mod tenant;
pub(crate) mod units;
pub(crate) mod value;
