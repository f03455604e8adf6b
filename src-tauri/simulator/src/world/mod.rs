//! The seeded world: a backup partner with customers, contracts, services, machines and jobs.

pub(crate) mod jobs;
mod names;
mod portal;
mod tenant;

use jiff::Timestamp;

use crate::autotask::tenant::Tenant;
use crate::cloud_direct::portal::Portal;
use crate::simulator::Config;

/// The same configuration and start give the same world.
pub(crate) fn make(config: &Config, start: Timestamp) -> (Tenant, Portal) {
    let customers = names::customers(config.seed, config.organizations);
    (
        tenant::make(config, &customers, start),
        portal::make(config, &customers, start),
    )
}
