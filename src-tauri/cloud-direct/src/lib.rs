//! cloud-direct
