//! The client.
use crate::entity::{Entity, EntityKind, NewTicket};
use crate::{Api, Credentials, Error, Field, Options, Query, Rights, Threshold, Zone};
use futures::Stream;
use std::sync::Arc;
use url::Url;

#[derive(Debug, Clone)]
pub struct Client {
    inner: Arc<Inner>,
}
#[derive(Debug)]
struct Inner {
    api: Api,
}

fn later<T>() -> Result<T, Error> {
    Err(Error::query("not yet"))
}

#[expect(clippy::unused_async, reason = "the transports come next")]
impl Client {
    pub fn new(
        _zone: &Zone,
        api: Api,
        _credentials: Credentials,
        _options: Options,
    ) -> Result<Client, Error> {
        Ok(Self {
            inner: Arc::new(Inner { api }),
        })
    }
    pub fn api(&self) -> Api {
        self.inner.api
    }
    pub async fn log_in(&self) -> Result<Threshold, Error> {
        later()
    }
    pub async fn threshold(&self) -> Result<Threshold, Error> {
        later()
    }
    pub async fn rights(&self, _entity: EntityKind) -> Result<Rights, Error> {
        later()
    }
    pub async fn fields(&self, _entity: EntityKind) -> Result<Vec<Field>, Error> {
        later()
    }
    pub fn query<E: Entity>(
        &self,
        _query: Query,
    ) -> impl Stream<Item = Result<E, Error>> + Send + use<E> {
        futures::stream::empty()
    }
    pub async fn query_all<E: Entity>(&self, _query: Query) -> Result<Vec<E>, Error> {
        later()
    }
    pub async fn count<E: Entity>(&self, _query: Query) -> Result<u64, Error> {
        later()
    }
    pub async fn get<E: Entity>(&self, _id: i64) -> Result<Option<E>, Error> {
        later()
    }
    pub fn create_limit(&self) -> usize {
        match self.inner.api {
            Api::Rest => 1,
            Api::Soap => 200,
        }
    }
    pub async fn create_tickets(&self, _tickets: &[NewTicket]) -> Result<Vec<i64>, Error> {
        later()
    }
    pub fn ticket_link(&self, _id: i64) -> Option<Url> {
        None
    }
    pub fn calls(&self) -> u64 {
        0
    }
}
