//! The login test of Cloud Direct: a portal or a folder.

use cloud_direct::{Class, Error};
use secrecy::SecretString;

use super::{OnStep, Outcome, Service, Steps};
use crate::{
    clock::Clock,
    connect::open_source,
    settings::{CloudDirect, General, SourceKind},
    store::{Store, StoreError},
};

const LOG_IN: usize = 0;
const ORGANIZATIONS: usize = 1;

/// Tests, and saves the settings and the organizations if it passes. The source's time zone is
/// taken over while Options have never been saved.
pub async fn test_cloud_direct(
    store: &Store,
    settings: &CloudDirect,
    general: &General,
    token: Option<&SecretString>,
    clock: &dyn Clock,
    on_step: OnStep<'_>,
) -> Outcome {
    let titles = match settings.source {
        SourceKind::Portal => ["Log in", "Read the organizations"],
        SourceKind::Folder => ["Look into the folder", "Read the organizations"],
    };
    let mut steps = Steps::new(&titles, on_step);
    steps.run(LOG_IN);
    if let Err(error) = settings.validate() {
        return steps.fail(LOG_IN, error.message, None, false);
    }
    let source = match open_source(store, settings, &general.zone(), token) {
        Ok(source) => source,
        Err(error) => return steps.fail(LOG_IN, error.to_string(), None, false),
    };
    let partner = match source.test().await {
        Ok(partner) => partner,
        Err(error) => return failed(steps, LOG_IN, store, &error, clock),
    };
    steps.pass(LOG_IN, partner.name.clone());

    steps.run(ORGANIZATIONS);
    let organizations = match source.organizations().await {
        Ok(organizations) => organizations,
        Err(error) => return failed(steps, ORGANIZATIONS, store, &error, clock),
    };
    let saved = save(
        store,
        settings,
        &organizations,
        partner.time_zone.as_deref(),
        clock,
    );
    if let Err(error) = saved {
        return steps.fail(ORGANIZATIONS, error.to_string(), None, false);
    }
    match (organizations.len(), settings.source) {
        (0, SourceKind::Portal) => steps.warn(
            ORGANIZATIONS,
            "The portal lists no organizations.",
            "Ask whether the token may read this partner's organizations.",
        ),
        (0, SourceKind::Folder) => steps.warn(
            ORGANIZATIONS,
            "No file in the folder names an organization yet.",
            "They appear on Mappings as soon as a file with jobs has been read.",
        ),
        (1, _) => steps.pass(ORGANIZATIONS, "1 organization."),
        (count, _) => steps.pass(ORGANIZATIONS, format!("{count} organizations.")),
    }
    steps.finish()
}

fn failed(steps: Steps<'_>, at: usize, store: &Store, error: &Error, clock: &dyn Clock) -> Outcome {
    let stop = error.class() == Class::Stop;
    tracing::warn!(
        code = error.code(),
        "the test of the Cloud Direct login failed"
    );
    let mut remedy = None;
    if stop
        && let Err(trouble) =
            store.login_refused(Service::CloudDirect, &error.to_string(), clock.now())
    {
        remedy = Some(trouble.to_string());
    }
    steps.fail(at, error.to_string(), remedy, stop)
}

fn save(
    store: &Store,
    settings: &CloudDirect,
    organizations: &[cloud_direct::Organization],
    time_zone: Option<&str>,
    clock: &dyn Clock,
) -> Result<(), StoreError> {
    store.save_cloud_direct(settings)?;
    store.save_organizations(organizations, clock.now())?;
    let saved = store.settings()?;
    let proposed = time_zone.filter(|name| jiff::tz::TimeZone::get(name).is_ok());
    if let (None, Some(name)) = (&saved.alerts, proposed) {
        store.save_general(&General {
            time_zone: name.to_owned(),
            ..saved.general
        })?;
    }
    store.login_passed(Service::CloudDirect, clock.now())
}
