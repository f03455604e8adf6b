//! The portal from the inside.

use std::sync::Arc;

use jiff::civil::Date;

use crate::cloud_direct::portal::{
    ChangedJob, Job, NewJob, Organization, OrganizationState, Usage,
};
use crate::faults::Service;
use crate::shared::Shared;

/// The portal from the inside.
#[derive(Debug, Clone)]
pub struct CloudDirectDoor(pub(crate) Arc<Shared>);

impl CloudDirectDoor {
    pub fn organizations(&self) -> Vec<Organization> {
        self.0.portal().organizations.values().cloned().collect()
    }

    /// The jobs that the portal shows now: finished ones in order of their end, then running ones.
    pub fn jobs(&self) -> Vec<Job> {
        let portal = self.0.portal();
        portal
            .jobs_after(None, None, self.0.now())
            .map(|(_, job)| job)
            .collect()
    }

    /// Makes a job finish now. None if there is no such organization.
    pub fn finish_job(&self, job: NewJob) -> Option<Job> {
        let now = self.0.now();
        self.0.portal().finish(job, now)
    }

    /// Changes how a finished job ended. None if there is no such job, or the status is of one that has
    /// not ended.
    pub fn change_job(&self, id: &str, changed: ChangedJob) -> Option<Job> {
        self.0.portal().change(id, changed)
    }

    /// Shows a job as it is given, from now on: a new one, whenever it ended, or another version of one
    /// that is there. False if there is no such organization.
    pub fn put_job(&self, job: Job) -> bool {
        let now = self.0.now();
        self.0.portal().put(job, now)
    }

    /// The last measurement of each organization on or before the end of that day (UTC).
    pub fn usage(&self, day: Date) -> Vec<Usage> {
        self.0.portal().usage(day, self.0.now())
    }

    /// Sets the measurement of one day. False if there is no such organization.
    pub fn set_usage(&self, organization_id: &str, day: Date, bytes: u64) -> bool {
        self.0.portal().set_usage(organization_id, day, bytes)
    }

    /// False if there is no such organization.
    pub fn set_state(&self, organization_id: &str, state: OrganizationState) -> bool {
        let mut portal = self.0.portal();
        let organization = portal.organizations.get_mut(organization_id);
        organization
            .map(|organization| organization.state = state)
            .is_some()
    }

    /// Adds an organization, or renames one.
    pub fn put_organization(&self, organization: Organization) {
        self.0
            .portal()
            .organizations
            .insert(organization.id.clone(), organization);
    }

    /// Whether the token may read an organization.
    pub fn set_forbidden(&self, organization_id: &str, forbidden: bool) {
        let mut portal = self.0.portal();
        if forbidden {
            portal.forbidden.insert(organization_id.to_owned());
        } else {
            portal.forbidden.remove(organization_id);
        }
    }

    /// Rows on a page, from 1 to 500.
    pub fn set_page_size(&self, rows: usize) {
        self.0.portal().page_size = rows.clamp(1, 500);
    }

    /// The token that is accepted from now on.
    pub fn set_token(&self, token: &str) {
        self.0.portal().token = token.to_owned();
    }

    /// Seconds in the `Retry-After` of 429 and 503.
    pub fn set_retry_after(&self, seconds: u64) {
        self.0.portal().retry_after = seconds;
    }

    /// Calls received, since the start or since the journal was cleared.
    pub fn calls(&self) -> u64 {
        self.0.journal.count(Service::CloudDirect)
    }
}
