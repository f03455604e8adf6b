//! The simulator as its clients meet it: over HTTP.

#[cfg(test)]
mod administration;
#[cfg(test)]
mod bench;
#[cfg(test)]
mod cloud_direct;
#[cfg(test)]
mod contracts;
#[cfg(test)]
mod control;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod full_size;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod login;
#[cfg(test)]
mod periods;
#[cfg(test)]
mod renewals;
#[cfg(test)]
mod rest;
#[cfg(test)]
mod rights;
#[cfg(test)]
mod soap;
#[cfg(test)]
mod texts;
#[cfg(test)]
mod tickets;
#[cfg(test)]
mod tolerance;
#[cfg(test)]
mod vendor_material;
#[cfg(test)]
mod wsdl;
