//! autotask
