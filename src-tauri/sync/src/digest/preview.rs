//! The digests of a day as they would be sent, from the jobs that have been received.

use jiff::{Timestamp, civil::Date};

use super::{Digest, KNOWN_FOR, KnownSystem, OrganizationDay, digest};
use crate::{
    schedule::{Rhythm, Schedule},
    settings::Alerts,
    store::{Mapping, MappingRow, Named, Store, StoreError},
    time_of_day,
};

/// A digest, and who gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    pub organization_id: String,
    pub organization: String,
    /// `None`: the organization is not mapped, or excluded, and nothing would be sent.
    pub account: Option<Named>,
    /// It had no job that day, and by Options such days have no digest.
    pub left_out: bool,
    pub digest: Digest,
}

#[derive(Debug, thiserror::Error)]
pub enum PreviewError {
    #[error("There is no organization {0}. Its id is in the export of Mappings.")]
    UnknownOrganization(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Of all that are mapped.
pub(super) fn mapped(store: &Store, day: Date) -> Result<Vec<Preview>, StoreError> {
    let mut rows = store.mapping_rows(None)?;
    rows.retain(|row| account(&row.mapping).is_some());
    of_rows(store, day, rows, None)
}

/// By the organizations' names: of all that are mapped, or of the one, mapped or not.
pub fn preview(store: &Store, day: Date, only: Option<&str>) -> Result<Vec<Preview>, PreviewError> {
    let Some(id) = only else {
        return Ok(mapped(store, day)?);
    };
    let rows = store.mapping_rows(Some(id))?;
    if rows.is_empty() {
        return Err(PreviewError::UnknownOrganization(id.to_owned()));
    }
    Ok(of_rows(store, day, rows, only)?)
}

fn of_rows(
    store: &Store,
    day: Date,
    rows: Vec<MappingRow>,
    only: Option<&str>,
) -> Result<Vec<Preview>, StoreError> {
    let settings = store.settings()?;
    let zone = settings.general.zone();
    let alerts = settings.alerts.unwrap_or_else(Alerts::proposal);
    let whole = time_of_day::whole_day(day, &zone);
    let known_since = whole.start.saturating_sub(KNOWN_FOR);
    let known_since = known_since.unwrap_or(Timestamp::MIN);
    let mut jobs = store.jobs_ended(whole.clone(), only)?;
    let mut known = store.systems_ended(known_since..whole.start, only)?;
    let kept_back = store.kept_back()?;
    let schedule = Schedule {
        rhythm: Rhythm::Daily,
        time: alerts.digest_time,
        zone,
    };
    let previews = rows.into_iter().map(|row| {
        let MappingRow {
            organization,
            mapping,
            planned: _,
        } = row;
        let systems = known.remove(&organization.id).unwrap_or_default();
        let of = OrganizationDay {
            jobs: jobs.remove(&organization.id).unwrap_or_default(),
            known: systems
                .into_iter()
                .map(|(name, last_job)| KnownSystem { name, last_job })
                .collect(),
            kept_back: kept_back.contains(&organization.id),
            organization_id: organization.id,
            organization: organization.name,
        };
        let at = schedule.moment(day);
        let digest = digest(&of, day, &schedule.zone, at, &alerts.digest);
        Preview {
            left_out: !alerts.digest_without_jobs && digest.counts.jobs() == 0,
            digest,
            organization_id: of.organization_id,
            organization: of.organization,
            account: account(&mapping).cloned(),
        }
    });
    Ok(previews.collect())
}

fn account(mapping: &Mapping) -> Option<&Named> {
    mapping
        .account
        .as_ref()
        .filter(|_| mapping.excluded.is_none())
}
