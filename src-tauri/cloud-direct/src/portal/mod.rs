//! The portal adapter.
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::{self, BoxStream, StreamExt as _};
use jiff::{Timestamp, civil};
use secrecy::SecretString;

use crate::{Error, Organization, OutcomeRules, Partner, Portion, Source, Usage};

/// What a [`Portal`] can be told.
#[derive(Clone, Debug)]
pub struct PortalOptions {
    /// What the status words mean.
    pub rules: OutcomeRules,
    /// Time to make a connection, TLS included. 10 seconds.
    pub connect_timeout: Duration,
    /// Time for a whole request. 60 seconds.
    pub timeout: Duration,
}

impl Default for PortalOptions {
    fn default() -> PortalOptions {
        PortalOptions {
            rules: OutcomeRules::default(),
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(60),
        }
    }
}

/// The portal.
#[derive(Debug)]
pub struct Portal;

impl Portal {
    /// Makes a client.
    pub fn new(
        _address: &str,
        _token: SecretString,
        _options: PortalOptions,
    ) -> Result<Portal, Error> {
        Ok(Portal)
    }
}

#[async_trait]
impl Source for Portal {
    async fn test(&self) -> Result<Partner, Error> {
        Err(Error::TokenUnusable)
    }
    async fn organizations(&self) -> Result<Vec<Organization>, Error> {
        Ok(Vec::new())
    }
    fn jobs(&self, _after: Option<Timestamp>) -> BoxStream<'_, Result<Portion, Error>> {
        stream::empty().boxed()
    }
    async fn usage(&self, _day: civil::Date) -> Result<Vec<Usage>, Error> {
        Ok(Vec::new())
    }
}
