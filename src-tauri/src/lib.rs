//! The desktop shell of Autotask Integration.
pub mod view;
