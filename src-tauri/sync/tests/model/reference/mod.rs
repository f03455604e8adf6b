//! What must be in Autotask, and what must never get there: the specification once more, small and plain,
//! without a database, a network or a thread.
//!
//! One [`Book`] for each installation: what it was told (jobs, settings, mappings) and what it has decided
//! by that. A decision is fixed by the pass that plans, so the book is told of each of those, and of
//! nothing that happens in between. Whether a posting that was begun has arrived the book is told as well:
//! that is what the network decides, not the specification.
//!
//! Of the code under test it uses the keys, which are a public promise, and the times of day.

mod book;
mod days;
mod rules;

pub use self::{
    book::{Book, Stage},
    rules::{Customer, Options, Row, Ticket},
};

/// A ticket's key, as Autotask keeps it.
pub type Key = String;
