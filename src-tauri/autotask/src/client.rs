//! The client: one set of calls over either transport.

use std::sync::Arc;

use futures::{Stream, StreamExt, TryStreamExt};
use url::Url;

use crate::credentials::{Api, Credentials, Options, Redactor};
use crate::entity::{Entity, EntityKind, NewTicket, Row, check_new_tickets};
use crate::error::{Effect, Error};
use crate::field::{Field, Rights, Threshold};
use crate::query::{Filter, Plan, Query, Rows};
use crate::rest::{self, Rest};
use crate::soap::{self, Soap};
use crate::wire::{Purpose, Wire};
use crate::zone::{self, Zone};

/// A signed-in way into one tenant. Clones share connections, limits and the count of calls.
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
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    wire: Wire,
    transport: Transport,
    host: String,
    web: Option<Url>,
}

#[derive(Debug)]
enum Transport {
    Rest(Rest),
    Soap(Soap),
}

/// How far a query has come.
enum Position {
    Rest(rest::Next),
    /// The highest id so far.
    Soap(Option<i64>),
}

impl Client {
    /// Sends nothing. `Err` if the zone's address is not to be trusted with a login, or if the
    /// credentials cannot be written into a request.
    pub fn new(
        zone: &Zone,
        api: Api,
        credentials: Credentials,
        options: Options,
    ) -> Result<Client, Error> {
        zone::check(&zone.address)?;
        let wire = Wire::new(&zone.address, &options, Redactor::new(&credentials))?;
        let transport = match api {
            Api::Rest => Transport::Rest(Rest::new(&zone.address, &credentials)?),
            Api::Soap => Transport::Soap(Soap::new(
                &zone.address,
                &credentials,
                options.soap_time_zone,
            )?),
        };
        Ok(Self {
            inner: Arc::new(Inner {
                wire,
                transport,
                host: zone.address.host_str().unwrap_or_default().to_owned(),
                web: zone.web.clone(),
            }),
        })
    }

    pub fn api(&self) -> Api {
        match self.inner.transport {
            Transport::Rest(_) => Api::Rest,
            Transport::Soap(_) => Api::Soap,
        }
    }

    /// Tries the login with the cheapest call there is. One request, never repeated: several
    /// refused logins lock the user.
    pub async fn log_in(&self) -> Result<Threshold, Error> {
        self.usage(Purpose::LogIn).await
    }

    /// How much of the tenant's quota is used. The call itself counts.
    pub async fn threshold(&self) -> Result<Threshold, Error> {
        self.usage(Purpose::Usage).await
    }

    async fn usage(&self, purpose: Purpose) -> Result<Threshold, Error> {
        let wire = &self.inner.wire;
        match &self.inner.transport {
            Transport::Rest(rest) => rest.threshold(wire, purpose).await,
            Transport::Soap(soap) => soap.threshold(wire, purpose).await,
        }
    }

    /// What the user may do with an entity.
    pub async fn rights(&self, entity: EntityKind) -> Result<Rights, Error> {
        let wire = &self.inner.wire;
        match &self.inner.transport {
            Transport::Rest(rest) => rest.rights(wire, entity).await,
            Transport::Soap(soap) => soap.rights(wire, entity).await,
        }
    }

    /// The fields of an entity with their picklists, under REST's names.
    pub async fn fields(&self, entity: EntityKind) -> Result<Vec<Field>, Error> {
        let wire = &self.inner.wire;
        match &self.inner.transport {
            Transport::Rest(rest) => rest.fields(wire, entity).await,
            Transport::Soap(soap) => soap.fields(wire, entity).await,
        }
    }

    /// All rows of a query in the order of their ids, read page by page (500 rows each). The
    /// stream ends after its first error. A row that is made while pages are being read may or may
    /// not be among them.
    pub fn query<E: Entity>(
        &self,
        query: Query,
    ) -> impl Stream<Item = Result<E, Error>> + Send + use<E> {
        let client = self.clone();
        self.rows(E::KIND, query)
            .map(move |row| client.entity::<E>(&row?))
    }

    /// All rows of a query at once.
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
            Transport::Rest(rest) => rest.count(&self.inner.wire, &plan).await?,
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

    /// One row, with all its fields. `None` if there is none, or none that the user may see.
    pub async fn get<E: Entity>(&self, id: i64) -> Result<Option<E>, Error> {
        let row = match &self.inner.transport {
            Transport::Rest(rest) => rest.get(&self.inner.wire, E::KIND, id).await?,
            Transport::Soap(soap) => {
                let query = Query::new().filter(Filter::eq("id", id));
                let plan = Plan::new(E::KIND, &query)?;
                soap.page(&self.inner.wire, &plan).await?.into_iter().next()
            }
        };
        row.map(|row| self.entity(&row)).transpose()
    }

    /// How many tickets [`create_tickets`](Self::create_tickets) takes: 200 over SOAP, 1 over
    /// REST, which cannot batch.
    pub fn create_limit(&self) -> usize {
        match self.inner.transport {
            Transport::Rest(_) => 1,
            Transport::Soap(_) => soap::BATCH_ROWS,
        }
    }

    /// Makes tickets in one call, all or none, and gives their ids in the order of the tickets.
    ///
    /// An error of the class [`Unclear`](crate::Class::Unclear) means that they may exist: look
    /// for their external ids before doing anything else.
    pub async fn create_tickets(&self, tickets: &[NewTicket]) -> Result<Vec<i64>, Error> {
        check_new_tickets(tickets, self.create_limit())?;
        if tickets.is_empty() {
            return Ok(Vec::new());
        }
        let wire = &self.inner.wire;
        match &self.inner.transport {
            Transport::Rest(rest) => {
                let mut ids = Vec::with_capacity(tickets.len());
                for ticket in tickets {
                    ids.push(rest.create_ticket(wire, ticket).await?);
                }
                Ok(ids)
            }
            Transport::Soap(soap) => soap.create_tickets(wire, tickets).await,
        }
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

    /// Requests that this client and its clones have sent.
    pub fn calls(&self) -> u64 {
        self.inner.wire.calls()
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
            let mut position = (plan.rows != Rows::None).then(|| client.start());
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

    fn start(&self) -> Position {
        match self.inner.transport {
            Transport::Rest(_) => Position::Rest(rest::Next::default()),
            Transport::Soap(_) => Position::Soap(None),
        }
    }

    async fn page(&self, plan: &Plan, at: Position) -> Result<(Vec<Row>, Option<Position>), Error> {
        match (&self.inner.transport, at) {
            (Transport::Rest(rest), Position::Rest(next)) => {
                let page = rest.page(&self.inner.wire, plan, next).await?;
                Ok((page.rows, page.next.map(Position::Rest)))
            }
            (Transport::Soap(soap), Position::Soap(last)) => {
                let rows = match last {
                    None => soap.page(&self.inner.wire, plan).await?,
                    Some(id) => soap.page(&self.inner.wire, &plan.after(id)).await?,
                };
                let next = self.next_id(&rows, last)?;
                Ok((rows, next.map(|id| Position::Soap(Some(id)))))
            }
            (Transport::Rest(_), Position::Soap(_)) | (Transport::Soap(_), Position::Rest(_)) => {
                Err(Error::query("a page of the other interface"))
            }
        }
    }

    /// SOAP's page is followed by another if it is full; its ids must have gone up.
    fn next_id(&self, rows: &[Row], last: Option<i64>) -> Result<Option<i64>, Error> {
        if rows.len() < crate::query::PAGE_ROWS {
            return Ok(None);
        }
        let mut highest = None;
        for row in rows {
            let id = row.id().map_err(|detail| self.malformed(detail))?;
            highest = highest.max(Some(id));
        }
        if highest <= last {
            return Err(self.malformed("the pages go round in a circle".to_owned()));
        }
        Ok(highest)
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
