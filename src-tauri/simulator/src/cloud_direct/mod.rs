//! The Cloud Direct portal: organizations, jobs and usage behind a bearer token.

pub(crate) mod portal;
pub(crate) mod server;
