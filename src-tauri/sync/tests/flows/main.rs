//! The whole way against the simulator, over both transports: from finished jobs to tickets.

#[cfg(test)]
mod changed;
#[cfg(test)]
mod choosing;
#[cfg(test)]
mod digests;
#[cfg(test)]
mod exactly_once;
#[cfg(test)]
mod folder;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod ledger;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod logins;
#[cfg(test)]
mod refused;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod stopping;
#[cfg(test)]
mod tenant_changes;
#[cfg(test)]
mod waiting;
#[cfg(test)]
mod whole_way;
#[cfg(test)]
mod world;
