//! The client: one set of calls over either transport. Those that write are in `writing`.

mod writing;

use std::sync::Arc;

use futures::{Stream, StreamExt, TryStreamExt};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::credentials::{Api, Credentials, Options, Redactor};
use crate::entity::{Entity, EntityKind, Row};
use crate::error::{Class, Effect, Error};
use crate::field::{Field, Rights, Threshold};
use crate::governor::{Governor, Priority};
use crate::pages::Position;
use crate::query::{Filter, Plan, Query, Rows};
use crate::rest::Rest;
use crate::soap::Soap;
use crate::wire::{Purpose, Wire};
use crate::zone::{self, Zone};

/// A signed-in way into one tenant. Clones share connections, limits and the count of calls.
///
/// Each method says how many calls it makes. Beside those, the tenant's quota is read now and then
/// ([`Limits::look_every`](crate::Limits::look_every)). A call that fails is not repeated; what an
/// error means for the caller is [`Error::class`].
///
/// ```no_run
/// use autotask::{Api, Client, Company, Credentials, Filter, Options, Query};
///
/// # async fn example() -> Result<(), autotask::Error> {
/// let options = Options::default();
/// let lookup = autotask::ZONE_LOOKUP.parse().expect("it is an address");
/// let zone = autotask::find_zone(&lookup, "api@partner.example", Api::Rest, &options).await?;
/// let credentials = Credentials {
///     username: "api@partner.example".into(),
///     password: "…".to_owned().into(),
///     tracking_identifier: "…".into(),
/// };
/// let client = Client::new(&zone, Api::Rest, credentials, options)?;
/// client.log_in().await?;
/// let companies: Vec<Company> = client
///     .query_all(Query::new().filter(Filter::eq("isActive", true)))
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Client {
    wire: Wire,
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    transport: Transport,
    host: String,
    web: Option<Url>,
}

#[derive(Debug)]
enum Transport {
    Rest(Rest),
    Soap(Soap),
}

impl Client {
    /// Sends nothing.
    ///
    /// # Errors
    ///
    /// [`ZoneUntrusted`](Error::ZoneUntrusted) if the zone's address is not to be trusted with a login,
    /// [`Query`](Error::Query) if the credentials cannot be written into a request.
    pub fn new(
        zone: &Zone,
        api: Api,
        credentials: Credentials,
        options: Options,
    ) -> Result<Client, Error> {
        zone::check(&zone.address)?;
        let wire = Wire::new(&zone.address, &options, Redactor::new(&credentials))?;
        wire.governor.serve(&tenant(zone, &credentials));
        let transport = match api {
            Api::Rest => Transport::Rest(Rest::new(&zone.address, &credentials)?),
            Api::Soap => Transport::Soap(Soap::new(
                &zone.address,
                &credentials,
                options.soap_time_zone,
            )?),
        };
        Ok(Self {
            wire,
            inner: Arc::new(Inner {
                transport,
                host: zone.address.host_str().unwrap_or_default().to_owned(),
                web: zone.web.clone(),
            }),
        })
    }

    /// Which of the two interfaces it calls.
    pub fn api(&self) -> Api {
        match self.inner.transport {
            Transport::Rest(_) => Api::Rest,
            Transport::Soap(_) => Api::Soap,
        }
    }

    /// The same client for calls of another urgency; [`Priority::Normal`] unless this is called. This
    /// one keeps its own.
    #[must_use]
    pub fn with_priority(&self, priority: Priority) -> Client {
        let mut client = self.clone();
        client.wire.priority = priority;
        client
    }

    /// The same client for calls that are not to begin any more once `stop` is cancelled: those that
    /// wait for their turn then end with [`CalledOff`](Error::CalledOff), and so does every later one.
    /// A call that has begun goes on to its answer.
    #[must_use]
    pub fn until(&self, stop: CancellationToken) -> Client {
        let mut client = self.clone();
        client.wire.stop = stop;
        client
    }

    /// What says when calls go out; shared with every client that was made with the same options.
    pub fn governor(&self) -> &Governor {
        &self.wire.governor
    }

    /// Tries the login with the cheapest call there is. One request, never repeated: several
    /// refused logins lock the user. Nothing depends on its having been called.
    ///
    /// # Errors
    ///
    /// Of the class [`Stop`](Class::Stop) if the login is refused: then ask a person for another, and
    /// send nothing before that.
    pub async fn log_in(&self) -> Result<Threshold, Error> {
        self.usage(Purpose::LogIn).await
    }

    /// How much of the tenant's quota is used. One call, which counts.
    pub async fn threshold(&self) -> Result<Threshold, Error> {
        self.usage(Purpose::Usage).await
    }

    async fn usage(&self, purpose: Purpose) -> Result<Threshold, Error> {
        let wire = &self.wire;
        self.noting(match &self.inner.transport {
            Transport::Rest(rest) => rest.threshold(wire, purpose).await,
            Transport::Soap(soap) => soap.threshold(wire, purpose).await,
        })
        .inspect(|threshold| self.governor().observe(*threshold))
    }

    /// Reads the tenant's count if it is time to. A refused login ends everything; any other failure
    /// will come up again with the call itself, or was of no importance.
    async fn ready(&self) -> Result<(), Error> {
        if !self.governor().should_look() {
            return Ok(());
        }
        match self.threshold().await {
            Err(error) if error.class() == Class::Stop => Err(error),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Lets the governor know of a used-up quota.
    fn noting<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        if let Err(Error::QuotaUsedUp { .. }) = &result {
            self.governor().doubt();
        }
        result
    }

    /// What the user may do with an entity. One call; SOAP's tells of all entities, and is as large.
    pub async fn rights(&self, entity: EntityKind) -> Result<Rights, Error> {
        self.ready().await?;
        let wire = &self.wire;
        self.noting(match &self.inner.transport {
            Transport::Rest(rest) => rest.rights(wire, entity).await,
            Transport::Soap(soap) => soap.rights(wire, entity).await,
        })
    }

    /// The fields of an entity with their picklists, under REST's names. One call. Picklists are the
    /// tenant's own, so that ids of queues, priorities and types come from here.
    pub async fn fields(&self, entity: EntityKind) -> Result<Vec<Field>, Error> {
        self.ready().await?;
        let wire = &self.wire;
        self.noting(match &self.inner.transport {
            Transport::Rest(rest) => rest.fields(wire, entity).await,
            Transport::Soap(soap) => soap.fields(wire, entity).await,
        })
    }

    /// All rows of a query in the order of their ids, read page by page (500 rows each), each row
    /// once. The stream ends after its first error. Rows that are made or deleted while pages are
    /// being read may or may not be among them; no other is skipped for it.
    ///
    /// ```no_run
    /// use autotask::{Client, Error, Filter, Query, Ticket};
    /// use futures::TryStreamExt as _;
    ///
    /// # async fn example(client: Client) -> Result<(), Error> {
    /// let query = Query::new().filter(Filter::eq("status", autotask::status::NEW));
    /// let mut tickets = std::pin::pin!(client.query::<Ticket>(query));
    /// while let Some(ticket) = tickets.try_next().await? {
    ///     println!("{} {}", ticket.number, ticket.title);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn query<E: Entity>(
        &self,
        query: Query,
    ) -> impl Stream<Item = Result<E, Error>> + Send + use<E> {
        let client = self.clone();
        self.rows(E::KIND, query)
            .map(move |row| client.entity::<E>(&row?))
    }

    /// All rows of a query at once: [`query`](Self::query), collected. One call for each 500 rows.
    pub async fn query_all<E: Entity>(&self, query: Query) -> Result<Vec<E>, Error> {
        self.query(query).try_collect().await
    }

    /// How many rows a query has, its limit included. One call over REST; SOAP cannot count, so
    /// over SOAP all rows are read.
    pub async fn count<E: Entity>(&self, query: Query) -> Result<u64, Error> {
        let plan = Plan::new(E::KIND, &query)?;
        if plan.rows == Rows::None {
            return Ok(0);
        }
        let counted = match &self.inner.transport {
            Transport::Rest(rest) => {
                self.ready().await?;
                self.noting(rest.count(&self.wire, &plan).await)?
            }
            Transport::Soap(_) => {
                self.rows(E::KIND, query)
                    .try_fold(0, async |count, _| Ok(count + 1))
                    .await?
            }
        };
        Ok(plan
            .limit
            .map_or(counted, |limit| counted.min(limit as u64)))
    }

    /// One row, with everything that its type reads, in one call. `None` if there is none, or none that
    /// the user may see.
    pub async fn get<E: Entity>(&self, id: i64) -> Result<Option<E>, Error> {
        self.ready().await?;
        let row = self.noting(match &self.inner.transport {
            Transport::Rest(rest) => rest.get(&self.wire, E::KIND, id).await,
            Transport::Soap(soap) => {
                let query = Query::new().filter(Filter::eq("id", id));
                let plan = Plan::new(E::KIND, &query)?;
                let page = soap.page(&self.wire, &plan).await;
                page.map(|page| page.rows.into_iter().next())
            }
        })?;
        row.map(|row| self.entity(&row)).transpose()
    }

    /// A ticket in Autotask's web interface; `None` if the zone's web address is not known.
    ///
    /// The form of the address is what the web interface itself shows; the vendor documents none.
    pub fn ticket_link(&self, id: i64) -> Option<Url> {
        let mut link = self
            .inner
            .web
            .as_ref()?
            .join("Mvc/ServiceDesk/TicketDetail.mvc")
            .ok()?;
        link.set_query(Some(&format!("workspace=False&ticketId={id}")));
        Some(link)
    }

    /// Requests that this client and its clones have sent, those of the login and the quota included.
    pub fn calls(&self) -> u64 {
        self.wire.calls()
    }

    fn rows(
        &self,
        kind: EntityKind,
        query: Query,
    ) -> impl Stream<Item = Result<Row, Error>> + Send + use<> {
        let client = self.clone();
        async_stream::try_stream! {
            let plan = Plan::new(kind, &query)?;
            let mut left = plan.limit.unwrap_or(usize::MAX);
            let mut position = (plan.rows != Rows::None).then(Position::default);
            while let Some(at) = position {
                let (rows, next) = client.page(&plan, at).await?;
                for row in rows.into_iter().take(left) {
                    left -= 1;
                    yield row;
                }
                position = next.filter(|_| left > 0);
            }
        }
    }

    async fn page(&self, plan: &Plan, at: Position) -> Result<(Vec<Row>, Option<Position>), Error> {
        self.ready().await?;
        let plan = at.query(plan);
        let page = self.noting(match &self.inner.transport {
            Transport::Rest(rest) => rest.page(&self.wire, &plan, at.address.as_ref()).await,
            Transport::Soap(soap) => soap.page(&self.wire, &plan).await,
        })?;
        at.step(page).map_err(|detail| self.malformed(detail))
    }

    fn entity<E: Entity>(&self, row: &Row) -> Result<E, Error> {
        E::from_row(row).map_err(|detail| self.malformed(detail))
    }

    fn malformed(&self, detail: String) -> Error {
        Error::Malformed {
            host: self.inner.host.clone(),
            detail,
            excerpt: String::new(),
            effect: Effect::None,
        }
    }
}

/// Whose quota is used: a user name's domain belongs to one tenant of a zone.
fn tenant(zone: &Zone, credentials: &Credentials) -> String {
    let host = zone.address.authority();
    let domain = credentials
        .username
        .rsplit_once('@')
        .map_or("", |(_, domain)| domain)
        .trim()
        .to_lowercase();
    format!("{domain} {host}")
}
