//! The calls that make and change rows.
//!
//! What can be seen to be wrong is refused before anything is sent. Over REST rows go out one by one,
//! over SOAP together.

use super::{Client, Transport};
use crate::batch::Batch;
use crate::entity::{Checked, Draft, EntityKind, New, NewContractServiceAdjustment, Writing};
use crate::error::Error;
use crate::soap;

impl Client {
    /// How many rows [`create_all`](Self::create_all) takes: 200 over SOAP, 1 over REST, which cannot
    /// batch (vendor's help, *Batching API calls*).
    pub fn create_limit(&self) -> usize {
        match self.inner.transport {
            Transport::Rest(_) => 1,
            Transport::Soap(_) => soap::BATCH_ROWS,
        }
    }

    /// Makes one row and gives its id. One call.
    ///
    /// # Errors
    ///
    /// One of the class [`Unclear`](crate::Class::Unclear) means that the row may exist: look for it
    /// before doing anything else. After any other it does not.
    ///
    /// ```no_run
    /// use autotask::{Class, Client, Error, Filter, NewTicket, Query, Ticket};
    ///
    /// /// Gives `None` where it was not made, or not yet to be seen.
    /// async fn make(client: &Client, ticket: &NewTicket, key: &str) -> Result<Option<i64>, Error> {
    ///     match client.create(ticket).await {
    ///         Err(error) if error.class() == Class::Unclear => {
    ///             let query = Query::new().filter(Filter::eq("externalID", key)).limit(1);
    ///             let found = client.query_all::<Ticket>(query).await?;
    ///             Ok(found.first().map(|ticket| ticket.id))
    ///         }
    ///         made => made.map(Some),
    ///     }
    /// }
    /// ```
    pub async fn create(&self, row: &impl New) -> Result<i64, Error> {
        let ids = self.create_all(&[row]).await?;
        ids.into_iter()
            .next()
            .ok_or_else(|| self.malformed("no id of what was created".to_owned()))
    }

    /// Makes rows of one entity in one call, all or none, and gives their ids in the order of the
    /// rows. See [`create_limit`](Self::create_limit) and [`create_each`](Self::create_each).
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create). More rows than fit, rows of several entities and adjustments are of
    /// the class [`Misuse`](crate::Class::Misuse).
    pub async fn create_all<N: New>(&self, rows: &[N]) -> Result<Vec<i64>, Error> {
        let rows: Vec<Draft> = rows.iter().map(New::draft).collect();
        if rows.iter().any(is_adjustment) {
            return Err(Error::query(
                "adjustments have no ids to give: they are made with adjust",
            ));
        }
        self.make(rows).await
    }

    /// Makes rows and gives their ids; of adjustments, which have none, an empty list.
    pub(crate) async fn make(&self, rows: Vec<Draft>) -> Result<Vec<i64>, Error> {
        let ids = self.write_new(&rows).await?;
        if rows.iter().all(is_adjustment) {
            return Ok(Vec::new());
        }
        ids.into_iter()
            .collect::<Option<Vec<i64>>>()
            .ok_or_else(|| self.malformed("no id of what was created".to_owned()))
    }

    /// Makes any number of rows of one entity, and tells of each what became of it: a row that
    /// Autotask refuses does not keep the others out. Sends nothing until the [`Batch`] is asked.
    ///
    /// ```no_run
    /// # async fn example(client: autotask::Client, tickets: Vec<autotask::NewTicket>) {
    /// let mut batch = client.create_each(&tickets);
    /// while let Some(outcome) = batch.next().await {
    ///     match outcome.result {
    ///         Ok(ids) => println!("rows {:?} are {ids:?}", outcome.rows),
    ///         Err(error) => println!("rows {:?}: {error}", outcome.rows),
    ///     }
    /// }
    /// # }
    /// ```
    pub fn create_each<'a, N: New>(&'a self, rows: &'a [N]) -> Batch<'a, N> {
        Batch::new(self, rows)
    }

    /// Makes contract service adjustments in one call, all or none; at most
    /// [`create_limit`](Self::create_limit). They have no ids: read
    /// [`ContractServiceUnit`](crate::ContractServiceUnit)s to see what came of them, above all after
    /// an error of the class [`Unclear`](crate::Class::Unclear).
    ///
    /// ```no_run
    /// use autotask::{
    ///     Client, ContractServiceUnit, Error, Filter, Line, NewContractServiceAdjustment, Query,
    /// };
    ///
    /// # async fn example(client: Client, contract_id: i64, line: i64) -> Result<(), Error> {
    /// let effective = jiff::civil::date(2026, 12, 1);
    /// client
    ///     .adjust(&[NewContractServiceAdjustment {
    ///         contract_id,
    ///         line: Line::ContractService(line),
    ///         effective,
    ///         unit_change: Some(-2),
    ///         adjusted_unit_price: None,
    ///         adjusted_unit_cost: None,
    ///     }])
    ///     .await?;
    /// let from_then_on: Vec<ContractServiceUnit> = client
    ///     .query_all(
    ///         Query::new()
    ///             .filter(Filter::eq("contractServiceID", line))
    ///             .filter(Filter::gte("startDate", effective)),
    ///     )
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn adjust(&self, adjustments: &[NewContractServiceAdjustment]) -> Result<(), Error> {
        let rows = adjustments.iter().map(New::draft).collect();
        self.make(rows).await.map(|_| ())
    }

    /// Makes any number of contract service adjustments, as [`create_each`](Self::create_each) makes rows
    /// that have ids: one that Autotask refuses does not keep the others out. An outcome that is good has
    /// no ids in it.
    ///
    /// ```no_run
    /// use autotask::{Class, Client, NewContractServiceAdjustment};
    ///
    /// # async fn example(client: Client, adjustments: Vec<NewContractServiceAdjustment>) {
    /// let mut batch = client.adjust_each(&adjustments);
    /// while let Some(outcome) = batch.next().await {
    ///     match outcome.result {
    ///         Ok(_) => println!("taken: {:?}", outcome.rows),
    ///         Err(error) if error.class() == Class::Unclear => println!("read the units: {error}"),
    ///         Err(error) => println!("not taken: {error}"),
    ///     }
    /// }
    /// # }
    /// ```
    pub fn adjust_each<'a>(
        &'a self,
        adjustments: &'a [NewContractServiceAdjustment],
    ) -> Batch<'a, NewContractServiceAdjustment> {
        Batch::new(self, adjustments)
    }

    async fn write_new(&self, rows: &[Draft]) -> Result<Vec<Option<i64>>, Error> {
        let limit = self.create_limit();
        if rows.len() > limit {
            return Err(Error::query(format!(
                "{} rows in one call, at most {limit} are allowed",
                rows.len()
            )));
        }
        let rows = rows
            .iter()
            .map(|row| row.checked(Writing::Create))
            .collect::<Result<Vec<Checked>, Error>>()?;
        let Some(kind) = rows.first().map(|row| row.kind) else {
            return Ok(Vec::new());
        };
        if rows.iter().any(|row| row.kind != kind) {
            return Err(Error::query("rows of several entities in one call"));
        }
        self.ready().await?;
        let wire = &self.wire;
        self.noting(match &self.inner.transport {
            Transport::Rest(rest) => {
                let mut ids = Vec::with_capacity(rows.len());
                for row in &rows {
                    ids.push(rest.create(wire, row).await?);
                }
                Ok(ids)
            }
            Transport::Soap(soap) => soap.create(wire, kind, &rows).await,
        })
    }

    /// Changes the fields that the draft names, and no others.
    ///
    /// Over SOAP a change replaces the whole row, so it is read first and written back: two calls,
    /// and what somebody else changes between them is lost. Over REST it is one call, and two for what
    /// is written through its parent (notes, service lines), which has to be found first.
    ///
    /// # Errors
    ///
    /// A row that is not there is refused ([`Refusal::Reference`](crate::Refusal::Reference)). An error
    /// of the class [`Unclear`](crate::Class::Unclear) means that the change may have been made; the
    /// same change once more does no harm unless others change the row too.
    ///
    /// ```no_run
    /// use autotask::{Client, Draft, EntityKind, Error, status};
    ///
    /// # async fn example(client: Client, id: i64) -> Result<(), Error> {
    /// let done = Draft::new(EntityKind::Ticket)
    ///     .set("status", status::COMPLETE)
    ///     .set("resolution", "The next backup succeeded.");
    /// client.update(id, &done).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn update(&self, id: i64, change: &Draft) -> Result<(), Error> {
        let change = change.checked(Writing::Update)?;
        self.ready().await?;
        let wire = &self.wire;
        self.noting(match &self.inner.transport {
            Transport::Rest(rest) => rest.update(wire, id, &change).await,
            Transport::Soap(soap) => soap.update(wire, id, &change).await,
        })
    }
}

fn is_adjustment(row: &Draft) -> bool {
    row.kind() == EntityKind::ContractServiceAdjustment
}
