//! Billable usage: measured, previewed, posted, read back, corrected.
pub mod line;
mod money;
pub mod period;
pub mod quantity;

pub use self::money::Money;
