//! What the portal sends, field by field, and what it becomes.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

use crate::{
    DEFAULT_METRIC, Error, Job, JobKind, Organization, OrganizationState, Outcome, OutcomeRules,
    Partner, Usage, text,
};

/// Longer ones would not be the same again after cutting.
const LONGEST_ORGANIZATION_ID: usize = 64;
const LONGEST_JOB_ID: usize = 255;

#[derive(Debug, Deserialize)]
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    /// Null on the last page. It must be there: a page without it may have lost its successors.
    #[serde(deserialize_with = "present")]
    pub(super) next_page_token: Option<String>,
}

fn present<'de, D: Deserializer<'de>>(json: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(json)
}

#[derive(Debug, Deserialize)]
pub(super) struct WirePartner {
    name: String,
    invoice_day: Option<u8>,
    time_zone: Option<String>,
}

impl WirePartner {
    pub(super) fn into_partner(self, call: &'static str) -> Result<Partner, Error> {
        if self.invoice_day.is_some_and(|day| !(1..=31).contains(&day)) {
            return Err(Error::Malformed {
                call,
                reason: "invoice_day is not between 1 and 31".to_owned(),
            });
        }
        Ok(Partner {
            name: text::name(&self.name),
            invoice_day: self.invoice_day,
            time_zone: self.time_zone.as_deref().and_then(text::optional_name),
        })
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct WireOrganization {
    id: String,
    name: String,
    state: Option<String>,
}

impl WireOrganization {
    pub(super) fn into_organization(
        self,
        index: usize,
        call: &'static str,
    ) -> Result<Organization, Error> {
        let place = Place { call, index };
        Ok(Organization {
            id: place.id("id", &self.id, LONGEST_ORGANIZATION_ID)?,
            name: place.name("name", &self.name)?,
            state: self
                .state
                .as_deref()
                .map_or(OrganizationState::Unknown, text::state),
        })
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct WireJob {
    id: String,
    organization_id: String,
    system: String,
    task: Option<String>,
    kind: Option<String>,
    pub(super) status: String,
    started_at: Option<Timestamp>,
    finished_at: Option<Timestamp>,
    bytes_processed: Option<u64>,
    bytes_transferred: Option<u64>,
    warning_count: Option<u32>,
    error_count: Option<u32>,
    message: Option<String>,
}

impl WireJob {
    pub(super) fn outcome(&self, rules: &OutcomeRules) -> (Outcome, bool) {
        rules.outcome(
            &self.status,
            self.warning_count.unwrap_or(0),
            self.error_count.unwrap_or(0),
        )
    }

    pub(super) fn into_job(
        self,
        outcome: Outcome,
        index: usize,
        call: &'static str,
    ) -> Result<Job, Error> {
        let place = Place { call, index };
        if self.finished_at.is_none() && outcome != Outcome::NotFinished {
            return Err(place.missing("finished_at"));
        }
        Ok(Job {
            id: place.id("id", &self.id, LONGEST_JOB_ID)?,
            organization_id: place.id(
                "organization_id",
                &self.organization_id,
                LONGEST_ORGANIZATION_ID,
            )?,
            system: place.name("system", &self.system)?,
            task: self.task.as_deref().and_then(text::optional_name),
            kind: self.kind.as_deref().map_or(JobKind::Backup, text::kind),
            status: place.name("status", &self.status)?,
            outcome,
            started_at: self.started_at,
            finished_at: self.finished_at,
            bytes_processed: self.bytes_processed,
            bytes_transferred: self.bytes_transferred,
            warning_count: self.warning_count.unwrap_or(0),
            error_count: self.error_count.unwrap_or(0),
            message: self.message.as_deref().and_then(text::message),
        })
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct WireUsage {
    organization_id: String,
    metric: Option<String>,
    bytes: u64,
    measured_at: Timestamp,
}

impl WireUsage {
    pub(super) fn into_usage(self, index: usize, call: &'static str) -> Result<Usage, Error> {
        let place = Place { call, index };
        let metric = self.metric.as_deref().and_then(text::optional_name);
        Ok(Usage {
            organization_id: place.id(
                "organization_id",
                &self.organization_id,
                LONGEST_ORGANIZATION_ID,
            )?,
            metric: metric.unwrap_or_else(|| DEFAULT_METRIC.to_owned()),
            bytes: self.bytes,
            measured_at: self.measured_at,
        })
    }
}

/// Where in an answer. The index counts over all pages of a list that is read at once.
struct Place {
    call: &'static str,
    index: usize,
}

impl Place {
    /// An empty text where one must be is as good as none.
    fn name(&self, field: &str, value: &str) -> Result<String, Error> {
        text::optional_name(value).ok_or_else(|| self.missing(field))
    }

    /// Never cut: two ids must not become one.
    fn id(&self, field: &str, value: &str, longest: usize) -> Result<String, Error> {
        let id = value.trim();
        if id.is_empty() {
            return Err(self.missing(field));
        }
        if id.chars().count() > longest || id.chars().any(char::is_control) {
            return Err(Error::Malformed {
                call: self.call,
                reason: format!(
                    "items[{}].{field} is longer than {longest} characters, or has control characters",
                    self.index
                ),
            });
        }
        Ok(id.to_owned())
    }

    fn missing(&self, field: &str) -> Error {
        Error::MissingField {
            call: self.call,
            field: format!("items[{}].{field}", self.index),
        }
    }
}
