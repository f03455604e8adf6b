//! From settings and secrets to something that can be talked to. Sends nothing, unless the zone has
//! to be looked up.

use std::sync::{Arc, PoisonError};

use autotask::{Client, Credentials, Options, Priority, Zone};
use cloud_direct::{Folder, FolderOptions, Portal, PortalOptions, Source};
use jiff::tz::TimeZone;
use secrecy::SecretString;
use url::Url;

use crate::{
    clock::{Clock as _, SystemClock},
    settings::{self, CloudDirect, SettingsError, SourceKind, ZoneChoice},
    store::{Store, StoreError, ZoneFound},
};

/// What the keychain holds.
#[derive(Clone)]
pub struct Secrets {
    pub autotask_password: SecretString,
    /// Not needed for a folder of exports.
    pub cloud_direct_token: Option<SecretString>,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secrets").finish_non_exhaustive()
    }
}

/// Both sides.
pub struct Connection {
    pub autotask: Client,
    pub source: Box<dyn Source>,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection")
            .field("autotask", &self.autotask)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error("The Cloud Direct token is missing. Enter it on the Credentials screen.")]
    TokenMissing,
    #[error(transparent)]
    Autotask(autotask::Error),
    #[error(transparent)]
    Source(cloud_direct::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Uses the zone that the login test found; looks it up where there is none.
pub async fn connect(store: &Store, secrets: &Secrets) -> Result<Connection, ConnectError> {
    let settings = store.settings()?;
    let autotask = connect_autotask(store, &secrets.autotask_password).await?;
    let source = open_source(
        store,
        &settings.cloud_direct,
        &settings.general.zone(),
        secrets.cloud_direct_token.as_ref(),
    )?;
    Ok(Connection { autotask, source })
}

/// Autotask alone: for a test ticket, and for searching accounts. Its calls are what a person waits
/// for.
pub async fn connect_autotask(
    store: &Store,
    password: &SecretString,
) -> Result<Client, ConnectError> {
    let settings = store.settings()?.autotask;
    settings.validate()?;
    let zone = match store.zone()?.as_ref().and_then(known_zone) {
        Some(zone) => zone,
        None => {
            let zone = zone_for(&settings).await.map_err(ConnectError::Autotask)?;
            store.set_zone(&ZoneFound {
                address: zone.address.to_string(),
                web: zone.web.as_ref().map(Url::to_string),
                name: zone.name.clone(),
            })?;
            zone
        }
    };
    client(store, &zone, &settings, password).map_err(ConnectError::Autotask)
}

/// A client for what a person waits for. All clients of a store share its governor.
pub(crate) fn client(
    store: &Store,
    zone: &Zone,
    settings: &settings::Autotask,
    password: &SecretString,
) -> Result<Client, autotask::Error> {
    let credentials = Credentials {
        username: settings.username.trim().to_owned(),
        password: password.clone(),
        tracking_identifier: settings.tracking_identifier.trim().to_owned(),
    };
    let options = Options {
        soap_time_zone: settings.soap_times.into(),
        governor: store.governor().clone(),
        ..client_options()
    };
    let client = Client::new(zone, settings.api.into(), credentials, options)?;
    Ok(client.with_priority(Priority::Interactive))
}

fn known_zone(found: &ZoneFound) -> Option<Zone> {
    Some(Zone {
        address: found.address.parse().ok()?,
        web: found.web.as_ref().and_then(|web| web.parse().ok()),
        name: found.name.clone(),
    })
}

/// The zone as it is set, or as the look-up host answers.
pub(crate) async fn zone_for(settings: &settings::Autotask) -> Result<Zone, autotask::Error> {
    match &settings.zone {
        ZoneChoice::Address(address) => autotask::zone_from_address(address),
        ZoneChoice::Auto => {
            let lookup: Url = settings.zone_lookup.trim().parse().map_err(|_| {
                autotask::Error::ZoneUntrusted {
                    address: settings.zone_lookup.clone(),
                    reason: "it is not an address".to_owned(),
                }
            })?;
            let username = settings.username.trim();
            autotask::find_zone(&lookup, username, settings.api.into(), &client_options()).await
        }
    }
}

fn client_options() -> Options {
    Options {
        user_agent: concat!("AutotaskIntegration/", env!("CARGO_PKG_VERSION")).to_owned(),
        ..Options::default()
    }
}

/// The source that is set.
pub(crate) fn open_source(
    store: &Store,
    settings: &CloudDirect,
    zone: &TimeZone,
    token: Option<&SecretString>,
) -> Result<Box<dyn Source>, ConnectError> {
    settings.validate()?;
    match settings.source {
        SourceKind::Portal => {
            let token = token.ok_or(ConnectError::TokenMissing)?.clone();
            let options = PortalOptions {
                rules: settings.outcomes.clone(),
                ..PortalOptions::default()
            };
            let portal = Portal::new(settings.address.trim(), token, options)
                .map_err(ConnectError::Source)?;
            Ok(Box::new(portal))
        }
        SourceKind::Folder => {
            let known = store.known_files();
            // A file's age is told by the computer's clock, which is the one that dated the file.
            let mut options = FolderOptions::new(zone.clone(), Arc::new(|| SystemClock.now()));
            options.headers = settings.headers.clone();
            options.rules = settings.outcomes.clone();
            options.date_order = settings.date_order;
            options.known = Arc::new(move |hash| {
                known
                    .read()
                    .unwrap_or_else(PoisonError::into_inner)
                    .contains(hash)
            });
            Ok(Box::new(Folder::new(
                settings.folder.clone().unwrap_or_default(),
                options,
            )))
        }
    }
}
