//! Organizations, usage and finished jobs of Arcserve UDP Cloud Direct, read through one trait.
//!
//! The vendor publishes no interface for this, so the crate defines the small one it needs and reads
//! it in two ways: [`Portal`] (HTTPS and JSON, described in `openapi.yaml` beside this crate) and
//! [`Folder`] (CSV and JSON-lines exports). Whoever uses [`Source`] sees only the types of this page.
//!
//! What it promises:
//! - It only reads. Nothing is written to the portal or to the folder.
//! - It keeps no state that matters: what was read already is remembered by the caller, who passes in
//!   how far it got (`after`) and which files it knows ([`FolderOptions::known`]).
//! - Jobs come in portions, so that memory stays bounded however many there are.
//! - It never repeats a request by itself. [`Error::class`] says what can be done.
//! - The token appears in no error, no log line and no `Debug` output.

mod error;
mod folder;
mod model;
mod notice;
mod outcome;
mod portal;
mod source;
mod text;

pub use error::{Class, Error};
#[cfg(feature = "internals")]
#[doc(hidden)]
pub use folder::internals;
pub use folder::{Column, DateOrder, Folder, FolderOptions, HeaderMap, Known, Now};
pub use model::{
    DEFAULT_METRIC, Job, JobKind, Organization, OrganizationState, Outcome, Partner, Usage,
};
pub use notice::Notice;
pub use outcome::OutcomeRules;
pub use portal::{Portal, PortalOptions};
pub use source::{Measured, Portion, ReadFile, Source};
