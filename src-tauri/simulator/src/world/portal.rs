//! The portal's side of the world.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::jobs::{self, JobStream};
use super::names::Customer;
use crate::cloud_direct::portal::{Growth, Organization, OrganizationState, Partner, Portal};
use crate::random::Random;
use crate::simulator::Config;

pub(super) fn make(config: &Config, customers: &[Customer], start: Timestamp) -> Portal {
    let organizations: Vec<Organization> = (1..)
        .zip(customers)
        .map(|(number, customer)| organization(number, customer))
        .collect();
    // A blocked organization backs up nothing any more; an expired one no longer.
    let backing_up = organizations.iter().filter(|one| {
        !matches!(
            one.state,
            OrganizationState::Blocked | OrganizationState::Expired
        )
    });
    let ids: Vec<String> = backing_up.map(|one| one.id.clone()).collect();
    let history =
        SignedDuration::try_from(config.history).unwrap_or(SignedDuration::from_hours(720));
    let finished = jobs::history(config.seed, &ids, config.finished_jobs, start, history);
    let running = if config.finished_jobs > 0 {
        jobs::endless(config.seed, &ids, start)
    } else {
        Vec::new()
    };
    let stream = JobStream::new(config.seed, ids, start, config.jobs_per_hour);
    let partner = Partner {
        name: "Demo Partner IT Services".to_owned(),
        invoice_day: Some(1),
        time_zone: Some("America/New_York".to_owned()),
    };
    let growth = growth(config.seed, &organizations, start);
    Portal::new(
        partner,
        organizations,
        growth,
        finished,
        running,
        stream,
        (config.token.clone(), config.seed),
    )
}

fn organization(number: usize, customer: &Customer) -> Organization {
    let state = match number {
        7 => OrganizationState::Trial,
        10 => OrganizationState::Expired,
        12 => OrganizationState::Blocked,
        number if number % 25 == 0 => OrganizationState::Trial,
        number if number % 60 == 0 => OrganizationState::Unknown,
        _ => OrganizationState::Active,
    };
    Organization {
        id: format!("org-{number:04}"),
        name: customer.organization.clone(),
        state,
    }
}

/// Blocked organizations were never measured, expired ones no longer are.
fn growth(seed: u64, organizations: &[Organization], start: Timestamp) -> BTreeMap<String, Growth> {
    let today = start.to_zoned_datetime(TimeZone::UTC).date();
    let days_ago = |days: i64| {
        today
            .checked_sub(SignedDuration::from_hours(24 * days))
            .unwrap_or(today)
    };
    let mut random = Random::new(seed, "usage");
    let mut all = BTreeMap::new();
    for one in organizations {
        let gigabytes = random.between(20, 400) as f64 * random.between(1, 30) as f64;
        let per_day = gigabytes * 0.002 * random.unit();
        let first_day = days_ago(random.between(120, 500));
        let last_day = (one.state == OrganizationState::Expired).then(|| days_ago(9));
        if one.state != OrganizationState::Blocked {
            let growth = Growth {
                first_day,
                last_day,
                bytes: gigabytes * 1e9,
                bytes_per_day: per_day * 1e9,
            };
            all.insert(one.id.clone(), growth);
        }
    }
    all
}
