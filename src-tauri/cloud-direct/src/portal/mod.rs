//! The portal: HTTPS and JSON, as `openapi.yaml` beside this crate describes it.
//!
//! - Plain HTTP only on loopback. Redirects are not followed, so the token goes to no other host.
//! - One call of [`Source::test`] is one request, and nothing is asked twice.
//! - A list is read page by page; an empty page in the middle does not end it, a page token that
//!   comes twice does.
//! - Jobs are asked for all organizations at once. Only if the portal forbids that (403) are the
//!   organizations asked one by one; the forbidden ones are named and the others read.
//! - Unknown fields are ignored. A missing required field is an error that names it.

mod address;
mod exchange;
mod wire;

use std::{
    collections::{HashSet, VecDeque},
    fmt,
    time::Duration,
};

use async_trait::async_trait;
use futures::stream::{self, BoxStream, StreamExt as _};
use jiff::{Timestamp, civil};
use secrecy::SecretString;
use serde::de::DeserializeOwned;

use self::{
    exchange::Exchange,
    wire::{Page, WireJob, WireOrganization, WirePartner, WireUsage},
};
use crate::{
    Error, Job, Notice, Organization, Outcome, OutcomeRules, Partner, Portion, Source, Usage,
    notice::UnknownStatuses,
};

const PARTNER: &str = "/v1/partner";
const ORGANIZATIONS: &str = "/v1/organizations";
const JOBS: &str = "/v1/jobs";
const USAGE: &str = "/v1/usage";

/// What a [`Portal`] can be told.
#[derive(Clone, Debug)]
pub struct PortalOptions {
    /// What the status words mean.
    pub rules: OutcomeRules,
    /// Time to make a connection, TLS included. 10 seconds.
    pub connect_timeout: Duration,
    /// Time for a whole request, the answer's last byte included. 60 seconds.
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

/// A portal that speaks the interface of `openapi.yaml`.
pub struct Portal {
    exchange: Exchange,
    rules: OutcomeRules,
}

impl Portal {
    /// A client for the portal at this address, such as `https://portal.example.com` or
    /// `https://example.com/cloud-direct/`. Sends nothing yet.
    ///
    /// ```
    /// use cloud_direct::{Portal, PortalOptions};
    ///
    /// let portal = |address: &str| Portal::new(address, "token".into(), PortalOptions::default());
    /// assert!(portal("https://portal.example.com").is_ok());
    /// assert!(portal("http://127.0.0.1:8080").is_ok());
    /// assert_eq!(portal("http://portal.example.com").unwrap_err().code(), "address");
    /// ```
    ///
    /// # Errors
    /// [`Error::Address`] unless it is HTTPS or loopback; [`Error::TokenUnusable`].
    pub fn new(
        address: &str,
        token: SecretString,
        options: PortalOptions,
    ) -> Result<Portal, Error> {
        Ok(Portal {
            exchange: Exchange::new(
                address::base(address)?,
                token,
                options.connect_timeout,
                options.timeout,
            )?,
            rules: options.rules,
        })
    }

    /// All pages of a list that fits into memory.
    async fn all<T: DeserializeOwned>(
        &self,
        call: &'static str,
        query: &[(&'static str, String)],
    ) -> Result<Vec<T>, Error> {
        let mut items = Vec::new();
        let mut tokens = Tokens::default();
        loop {
            let page: Page<T> = self.exchange.get(call, &tokens.with(query)).await?;
            items.extend(page.items);
            if !tokens.follow(call, page.next_page_token)? {
                return Ok(items);
            }
        }
    }

    fn portion(&self, items: Vec<WireJob>, after: Option<Timestamp>) -> Result<Portion, Error> {
        let mut unknown = UnknownStatuses::default();
        let mut jobs = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            let (outcome, known) = item.outcome(&self.rules);
            if !known {
                unknown.count(&item.status);
            }
            let job = item.into_job(outcome, index, JOBS)?;
            if is_after(&job, after) {
                jobs.push(job);
            }
        }
        Ok(Portion {
            jobs,
            notices: unknown.into_notices(),
            ..Portion::default()
        })
    }
}

impl fmt::Debug for Portal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Portal")
            .field("host", &self.exchange.host())
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Source for Portal {
    async fn test(&self) -> Result<Partner, Error> {
        let partner: WirePartner = self.exchange.get(PARTNER, &[]).await?;
        partner.into_partner(PARTNER)
    }

    async fn organizations(&self) -> Result<Vec<Organization>, Error> {
        self.all::<WireOrganization>(ORGANIZATIONS, &[])
            .await?
            .into_iter()
            .enumerate()
            .map(|(index, item)| item.into_organization(index, ORGANIZATIONS))
            .collect()
    }

    fn jobs(&self, after: Option<Timestamp>) -> BoxStream<'_, Result<Portion, Error>> {
        stream::try_unfold(Walk::of_all(self, after), Walk::next).boxed()
    }

    fn jobs_of(
        &self,
        organization_id: &str,
        after: Option<Timestamp>,
    ) -> BoxStream<'_, Result<Portion, Error>> {
        stream::try_unfold(Walk::of_one(self, organization_id, after), Walk::next).boxed()
    }

    async fn usage(&self, day: civil::Date) -> Result<Vec<Usage>, Error> {
        self.all::<WireUsage>(USAGE, &[("date", day.to_string())])
            .await?
            .into_iter()
            .enumerate()
            .map(|(index, item)| item.into_usage(index, USAGE))
            .collect()
    }
}

/// How far the reading of jobs has come.
struct Walk<'a> {
    portal: &'a Portal,
    after: Option<Timestamp>,
    /// Whose jobs are still to be read; `None` stands for everybody's.
    scopes: VecDeque<Option<String>>,
    tokens: Tokens,
    /// Where none is, the right is missing altogether.
    one_was_allowed: bool,
}

impl<'a> Walk<'a> {
    fn of_all(portal: &'a Portal, after: Option<Timestamp>) -> Walk<'a> {
        Walk {
            portal,
            after,
            scopes: VecDeque::from([None]),
            tokens: Tokens::default(),
            one_was_allowed: false,
        }
    }

    /// If this one is forbidden, that says nothing of the others.
    fn of_one(portal: &'a Portal, organization_id: &str, after: Option<Timestamp>) -> Walk<'a> {
        Walk {
            scopes: VecDeque::from([Some(organization_id.to_owned())]),
            one_was_allowed: true,
            ..Walk::of_all(portal, after)
        }
    }

    async fn next(mut self) -> Result<Option<(Portion, Walk<'a>)>, Error> {
        while let Some(scope) = self.scopes.front().cloned() {
            let refusal = match self.page(scope.as_deref()).await {
                Ok(page) => {
                    self.one_was_allowed = true;
                    let portion = Portion {
                        by_organization: scope.is_some(),
                        ..self.portal.portion(page.items, self.after)?
                    };
                    if !self.tokens.follow(JOBS, page.next_page_token)? {
                        self.next_scope();
                    }
                    return Ok(Some((portion, self)));
                }
                Err(refusal @ Error::Forbidden { .. }) => refusal,
                Err(error) => return Err(error),
            };
            self.next_scope();
            match scope {
                None => {
                    let organizations = self.portal.organizations().await?;
                    self.scopes
                        .extend(organizations.into_iter().map(|one| Some(one.id)));
                    self.one_was_allowed = false;
                    if self.scopes.is_empty() {
                        return Err(refusal);
                    }
                }
                Some(_) if self.scopes.is_empty() && !self.one_was_allowed => return Err(refusal),
                Some(organization_id) => {
                    let portion = Portion {
                        notices: vec![Notice::OrganizationForbidden { organization_id }],
                        by_organization: true,
                        ..Portion::default()
                    };
                    return Ok(Some((portion, self)));
                }
            }
        }
        Ok(None)
    }

    async fn page(&self, organization_id: Option<&str>) -> Result<Page<WireJob>, Error> {
        let mut query = Vec::new();
        if let Some(after) = self.after {
            query.push(("finished_after", after.to_string()));
        }
        if let Some(id) = organization_id {
            query.push(("organization_id", id.to_owned()));
        }
        self.portal
            .exchange
            .get(JOBS, &self.tokens.with(&query))
            .await
    }

    fn next_scope(&mut self) {
        self.scopes.pop_front();
        self.tokens = Tokens::default();
    }
}

/// The page tokens of one list.
#[derive(Default)]
struct Tokens {
    current: Option<String>,
    seen: HashSet<String>,
}

impl Tokens {
    fn with(&self, query: &[(&'static str, String)]) -> Vec<(&'static str, String)> {
        let token = self
            .current
            .iter()
            .map(|token| ("page_token", token.clone()));
        query.iter().cloned().chain(token).collect()
    }

    /// Whether there is another page. A token that comes again would be read for ever.
    fn follow(&mut self, call: &'static str, next: Option<String>) -> Result<bool, Error> {
        self.current = next.filter(|token| !token.is_empty());
        match &self.current {
            None => Ok(false),
            Some(token) if self.seen.insert(token.clone()) => Ok(true),
            Some(_) => Err(Error::Malformed {
                call,
                reason: "next_page_token leads back to a page that was read already".to_owned(),
            }),
        }
    }
}

/// A portal that ignores `finished_after` must not bring back what was read long ago.
fn is_after(job: &Job, after: Option<Timestamp>) -> bool {
    match (job.outcome, job.finished_at, after) {
        (Outcome::Success | Outcome::Warning | Outcome::Error, Some(end), Some(after)) => {
            end > after
        }
        (Outcome::NotFinished, _, _) | (_, None, _) | (_, _, None) => true,
    }
}
