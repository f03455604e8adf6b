//! Billable usage against the simulator, over both transports: from measurements to units, and what can get
//! in between.

#[cfg(test)]
mod approving;
#[cfg(test)]
mod blocked;
#[cfg(test)]
mod correcting;
#[cfg(test)]
mod measuring;
#[cfg(test)]
mod posting;
#[cfg(test)]
mod preview;
#[cfg(test)]
mod reconciling;
#[cfg(test)]
mod twice;
#[cfg(test)]
mod unclear;
#[cfg(test)]
mod world;
