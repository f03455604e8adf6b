//! What the jobs of the last days would have made under some alert rows, saved or not.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::{
    settings::Alerts,
    store::{Store, StoreError},
    time_of_day,
};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Forecast {
    pub days: u32,
    /// Backup and replication jobs by their outcome.
    pub success: u64,
    pub warning: u64,
    pub error: u64,
    /// Tickets that the enabled rows would have made, digests included: one for each organization
    /// and day with a job.
    pub tickets: u64,
}

pub fn forecast(
    store: &Store,
    alerts: &Alerts,
    now: Timestamp,
    days: u32,
) -> Result<Forecast, StoreError> {
    let back = SignedDuration::from_hours(24 * i64::from(days));
    let since = now.saturating_sub(back).unwrap_or(Timestamp::MIN);
    let outcomes = store.outcomes_since(since)?;
    let digests = if alerts.digest.enabled {
        let zone = store.settings()?.general.zone();
        let busy: HashSet<_> = store
            .busy_hours_since(since)?
            .into_iter()
            .map(|(organization, hour)| {
                let at = Timestamp::from_second(hour * 3600).unwrap_or_default();
                (organization, time_of_day::day(at, &zone))
            })
            .collect();
        busy.len() as u64
    } else {
        0
    };
    Ok(count(outcomes, digests, alerts, days))
}

/// Pure: from counts of successes, warnings and errors, and of digests.
fn count(
    [success, warning, error]: [u64; 3],
    digests: u64,
    alerts: &Alerts,
    days: u32,
) -> Forecast {
    let rows = [
        (&alerts.success, success),
        (&alerts.warning, warning),
        (&alerts.error, error),
        (&alerts.digest, digests),
    ];
    let tickets = rows
        .iter()
        .filter(|(row, _)| row.enabled)
        .map(|(_, count)| count)
        .sum();
    Forecast {
        days,
        success,
        warning,
        error,
        tickets,
    }
}
