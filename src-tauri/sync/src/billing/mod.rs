//! Billable usage: measured, previewed, posted, read back, corrected, compared.
//!
//! An adjustment is a difference without key or id, and cannot be read back: what stands in Autotask are the
//! units of a day, and everything is decided from them. `ARCHITECTURE.md`, *Billing*, has the rules.
//!
//! - [`preview()`] says what would be posted for an invoice date, or why not; it sends nothing.
//! - A pass takes measurements, makes the lines of invoice dates that have come, and posts what may go by
//!   itself. [`line`] has the states.
//! - A figure can be entered by hand ([`enter`]); it is marked as such wherever it is shown.

mod after;
mod assess;
mod blocked;
mod book;
mod compare;
mod correct;
mod course;
mod due;
pub mod figure;
mod history;
pub mod line;
mod measure;
mod money;
mod order;
pub mod period;
mod post;
mod preview;
pub mod quantity;
mod read_back;
mod reconcile;
mod refusal;
mod renewal;
mod run;
mod send;
mod standing;
mod statement;
mod table;
mod terms;
mod watch;

use jiff::civil::Date;

pub(crate) use self::run::in_pass;
pub use self::{
    blocked::Blocked,
    correct::{Corrected, Correction, correct, plan_correction},
    due::{around, moment},
    figure::Figure,
    history::{HistoryLine, history},
    line::{Change, State},
    measure::{EnterError, enter},
    money::Money,
    order::{Chosen, Done, DoneLine, Means, Order, OrderError, post, settle, verify},
    period::Period,
    preview::{Line, Preview, PreviewError, Record, Totals, correction_of, current_date, preview},
    quantity::{Step, Sum},
    reconcile::{Compared, Outcome, Reconciliation, last_date, reconcile},
    renewal::{FollowError, Obstacle, Renewed, follow},
    run::{Report, Spread},
    statement::{NotWritten, statement, write_statements},
    table::export_csv,
    terms::{Place, Terms},
    watch::{Concern, Watch},
};
use crate::store::{Store, StoreError};

/// The invoice dates of which something is still to be posted, oldest first.
fn open_dates(store: &Store) -> Result<Vec<Date>, StoreError> {
    let mut dates: Vec<Date> = store
        .lines_in(&[State::Held, State::Planned])?
        .into_iter()
        .filter(|line| line.corrects.is_none())
        .map(|line| line.invoice_date)
        .collect();
    dates.dedup();
    Ok(dates)
}
