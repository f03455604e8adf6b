//! What the jobs of the last days would have made under some alert rows, saved or not.

use jiff::{SignedDuration, Timestamp, civil::Date};
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
    /// and day that is over, from the day of its first job on.
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
        let today = time_of_day::day(now, &zone);
        store
            .first_jobs_since(since)?
            .into_iter()
            .map(|first| days_until(time_of_day::day(first, &zone), today))
            .sum()
    } else {
        0
    };
    Ok(count(outcomes, digests, alerts, days))
}

fn days_until(first: Date, today: Date) -> u64 {
    let hours = first.duration_until(today).as_hours();
    u64::try_from(hours / 24).unwrap_or(0)
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

#[cfg(test)]
mod tests {
    use cloud_direct::Outcome;

    use super::*;
    use crate::{
        examples::{alerts, job, noon, store},
        settings::{AlertRow, General},
    };

    #[test]
    fn a_digest_is_counted_for_each_organization_and_day_there() {
        let (_folder, store) = store();
        // 00:30 UTC is the day before in New York. The day of the tests, the 23rd, is not over.
        let jobs = [
            job("org-1", "a", Outcome::Success, "2026-11-20T23:30:00Z"),
            job("org-1", "b", Outcome::Error, "2026-11-21T00:30:00Z"),
            job("org-2", "c", Outcome::Warning, "2026-11-21T00:30:00Z"),
            job("org-2", "too old", Outcome::Warning, "2026-10-21T00:30:00Z"),
        ];
        store.take_in(&jobs, &[], None, None, noon()).unwrap();
        let digest = AlertRow {
            enabled: true,
            ..AlertRow::default()
        };
        let alerts = Alerts {
            digest,
            success: AlertRow::default(),
            ..alerts()
        };
        for (zone, tickets) in [("America/New_York", 2 + 3 + 3), ("UTC", 2 + 3 + 2)] {
            let general = General {
                time_zone: zone.to_owned(),
                ..General::default()
            };
            store.save_general(&general).unwrap();
            let expected = Forecast {
                days: 30,
                success: 1,
                warning: 1,
                error: 1,
                tickets,
            };
            assert_eq!(
                forecast(&store, &alerts, noon(), 30).unwrap(),
                expected,
                "{zone}"
            );
        }
    }
}
