//! REST v1.0.
//!
//! A query is POSTed, since a long `GET` address is answered with 404. What has a parent is written
//! through it. The address of a next page wants the same body again, and is followed only on the
//! host that gave it.

pub(crate) mod answer;
pub(crate) mod body;

use reqwest::RequestBuilder;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use secrecy::ExposeSecret;
use serde_json::Value as Json;
use url::Url;

use crate::answer::Judge;
use crate::credentials::{Credentials, Options, Redactor};
use crate::entity::{Checked, EntityKind, Home, Row};
use crate::error::Error;
use crate::field::{Field, Rights, Threshold};
use crate::meaning::{self, Meaning};
use crate::pages::Page;
use crate::query::{Plan, Value};
use crate::wire::{self, Answer, Endpoint, Purpose, Wire};
use crate::zone::Found;

const FOLDER: &str = "ATServicesRest";

#[derive(Debug)]
pub(crate) struct Rest {
    /// `…/ATServicesRest/V1.0/`
    base: Url,
    headers: HeaderMap,
}

impl Rest {
    pub(crate) fn new(zone: &Url, credentials: &Credentials) -> Result<Self, Error> {
        let mut headers = HeaderMap::new();
        for (name, what, value) in [
            ("username", "username", credentials.username.as_str()),
            ("secret", "password", credentials.password.expose_secret()),
            (
                "apiintegrationcode",
                "tracking identifier",
                credentials.tracking_identifier.as_str(),
            ),
        ] {
            let mut value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| {
                Error::query(format!(
                    "the {what} holds a control character, which cannot be sent"
                ))
            })?;
            value.set_sensitive(true);
            headers.insert(HeaderName::from_static(name), value);
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(Self {
            base: base(zone)?,
            headers,
        })
    }

    pub(crate) async fn threshold(
        &self,
        wire: &Wire,
        purpose: Purpose,
    ) -> Result<Threshold, Error> {
        let request = wire.http().get(self.address("ThresholdInformation")?);
        let answer = self.send(wire, Endpoint::Usage, purpose, request).await?;
        let judge = judge(&answer, purpose, wire);
        let json = answer::judge(&judge)?;
        answer::threshold(&json).map_err(|detail| judge.malformed(detail))
    }

    pub(crate) async fn rights(&self, wire: &Wire, kind: EntityKind) -> Result<Rights, Error> {
        let path = format!("{}/entityInformation", kind.rest_name());
        self.read(wire, kind, &path, answer::rights).await
    }

    pub(crate) async fn fields(&self, wire: &Wire, kind: EntityKind) -> Result<Vec<Field>, Error> {
        let path = format!("{}/entityInformation/fields", kind.rest_name());
        self.read(wire, kind, &path, |json| answer::fields(kind, json))
            .await
    }

    pub(crate) async fn get(
        &self,
        wire: &Wire,
        kind: EntityKind,
        id: i64,
    ) -> Result<Option<Row>, Error> {
        let path = format!("{}/{id}", kind.rest_name());
        self.read(wire, kind, &path, |json| answer::item(kind, json))
            .await
    }

    pub(crate) async fn count(&self, wire: &Wire, plan: &Plan) -> Result<u64, Error> {
        let address = self.address(&format!("{}/query/count", plan.kind.rest_name()))?;
        let purpose = Purpose::Read(plan.kind);
        let answer = self
            .post(wire, purpose, plan.kind, address, &body::query(plan)?)
            .await?;
        let judge = judge(&answer, purpose, wire);
        let json = answer::judge(&judge)?;
        answer::count(&json).map_err(|detail| judge.malformed(detail))
    }

    /// `at` is where an empty page before this one pointed to.
    pub(crate) async fn page(
        &self,
        wire: &Wire,
        plan: &Plan,
        at: Option<&Url>,
    ) -> Result<Page, Error> {
        let purpose = Purpose::Read(plan.kind);
        let address = match at {
            Some(address) => address.clone(),
            None => self.address(&format!("{}/query", plan.kind.rest_name()))?,
        };
        let answer = self
            .post(wire, purpose, plan.kind, address, &body::query(plan)?)
            .await?;
        let judge = judge(&answer, purpose, wire);
        let json = answer::judge(&judge)?;
        let (rows, next) =
            answer::page(plan.kind, &json).map_err(|detail| judge.malformed(detail))?;
        let next = next
            .map(|next| self.trusted(next))
            .transpose()
            .map_err(|detail| judge.malformed(detail))?;
        Ok(Page { rows, next })
    }

    /// The login goes with every request, so the next page must be on the same host.
    pub(crate) fn trusted(&self, next: &str) -> Result<Url, &'static str> {
        let address = Url::parse(next).map_err(|_| "the address of the next page is not one")?;
        if address.origin() == self.base.origin() {
            Ok(address)
        } else {
            Err("the address of the next page is on another host")
        }
    }

    /// `None` for an adjustment, which has no id that anybody is told.
    pub(crate) async fn create(&self, wire: &Wire, row: &Checked) -> Result<Option<i64>, Error> {
        let path = self.home(row.kind, |field| match row.value(field) {
            Some(Value::Integer(id)) => Some(*id),
            _ => None,
        })?;
        let purpose = Purpose::Create {
            kind: row.kind,
            rows: 1,
        };
        let answer = self
            .post(wire, purpose, row.kind, path, &body::create(row))
            .await?;
        let judge = judge(&answer, purpose, wire);
        let json = answer::judge(&judge)?;
        let id = answer::created(&json).map_err(|detail| judge.malformed(detail))?;
        match id {
            _ if row.kind == EntityKind::ContractServiceAdjustment => Ok(None),
            Some(id) => Ok(Some(id)),
            None => Err(judge.malformed("it holds no id of what was created")),
        }
    }

    pub(crate) async fn update(&self, wire: &Wire, id: i64, change: &Checked) -> Result<(), Error> {
        let kind = change.kind;
        let parent = match change.shape().home {
            Home::Parent { field, .. } => {
                let row = self.get(wire, kind, id).await?;
                row.and_then(|row| row.integer(field).ok())
            }
            Home::Own | Home::Nowhere => None,
        };
        let path = self
            .home(kind, |_| parent)
            .map_err(|error| match change.shape().home {
                Home::Parent { .. } => Error::not_there(kind, id),
                Home::Own | Home::Nowhere => error,
            })?;
        let purpose = Purpose::Update(kind);
        let request = wire
            .http()
            .patch(path)
            .body(body::update(id, change).to_string());
        let answer = self
            .send(wire, Endpoint::Entity(kind), purpose, request)
            .await?;
        let judge = judge(&answer, purpose, wire);
        let json = answer::judge(&judge)?;
        answer::written(&json)
            .map(|_| ())
            .map_err(|detail| judge.malformed(detail))
    }

    /// Where rows of an entity are written; `parent` gives the id that a field holds.
    fn home(&self, kind: EntityKind, parent: impl Fn(&str) -> Option<i64>) -> Result<Url, Error> {
        match kind.shape().home {
            Home::Own => self.address(kind.rest_name()),
            Home::Parent {
                collection,
                field,
                child,
            } => {
                let id = parent(field).ok_or_else(|| {
                    Error::query(format!("{} are written with a \"{field}\"", kind.words()))
                })?;
                self.address(&format!("{collection}/{id}/{child}"))
            }
            Home::Nowhere => Err(Error::query(format!("{} are not written", kind.words()))),
        }
    }

    async fn post(
        &self,
        wire: &Wire,
        purpose: Purpose,
        kind: EntityKind,
        address: Url,
        body: &Json,
    ) -> Result<Answer, Error> {
        let request = wire.http().post(address).body(body.to_string());
        self.send(wire, Endpoint::Entity(kind), purpose, request)
            .await
    }

    async fn read<T>(
        &self,
        wire: &Wire,
        kind: EntityKind,
        path: &str,
        interpret: impl Fn(&Json) -> Result<T, String>,
    ) -> Result<T, Error> {
        let purpose = Purpose::Read(kind);
        let request = wire.http().get(self.address(path)?);
        let answer = self
            .send(wire, Endpoint::Entity(kind), purpose, request)
            .await?;
        let judge = judge(&answer, purpose, wire);
        let json = answer::judge(&judge)?;
        interpret(&json).map_err(|detail| judge.malformed(detail))
    }

    async fn send(
        &self,
        wire: &Wire,
        endpoint: Endpoint,
        purpose: Purpose,
        request: RequestBuilder,
    ) -> Result<Answer, Error> {
        let request = request.headers(self.headers.clone());
        let refusal = |judge: &Judge<'_>| answer::judge(judge).err().and_then(Error::stopping);
        wire.send(endpoint, purpose, request, refusal).await
    }

    fn address(&self, path: &str) -> Result<Url, Error> {
        join(&self.base, path)
    }
}

/// The zone of a username. Nothing secret is sent.
pub(crate) async fn find_zone(
    lookup: &Url,
    username: &str,
    options: &Options,
) -> Result<Found, Error> {
    let mut address = join(lookup, "/atservicesrest/v1.0/zoneInformation")?;
    address.query_pairs_mut().append_pair("user", username);
    let redactor = Redactor::default();
    let request = wire::http_client(lookup, options)?.get(address);
    let answer = wire::send_once(request, Purpose::Usage.effect(), &redactor).await?;
    let judge = Judge {
        answer: &answer,
        purpose: Purpose::Usage,
        redactor: &redactor,
    };
    let texts = answer::texts(&answer.body);
    // "Could not be determined" is all that is known of it; a text in another wording means the
    // same, unless it is about the number of calls.
    if answer.status == 500
        && !texts.is_empty()
        && !matches!(
            meaning::of(&texts),
            Meaning::Quota | Meaning::ThreadLimit | Meaning::Trouble | Meaning::RolledBack
        )
    {
        return Err(Error::ZoneNotFound {
            username: username.to_owned(),
            said: judge.said(&texts),
        });
    }
    let json = answer::judge(&judge)?;
    answer::zone(&json).map_err(|detail| judge.malformed(detail))
}

fn judge<'a>(answer: &'a Answer, purpose: Purpose, wire: &'a Wire) -> Judge<'a> {
    Judge {
        answer,
        purpose,
        redactor: &wire.redactor,
    }
}

/// The REST base of whatever address of the zone was given.
fn base(zone: &Url) -> Result<Url, Error> {
    let folders: Vec<&str> = zone
        .path()
        .split('/')
        .filter(|part| !part.is_empty())
        .collect();
    let path = match folders
        .iter()
        .position(|part| part.eq_ignore_ascii_case(FOLDER))
    {
        Some(at) => format!("/{}/V1.0/", folders[..=at].join("/")),
        None => format!("/{FOLDER}/V1.0/"),
    };
    join(zone, &path)
}

fn join(base: &Url, path: &str) -> Result<Url, Error> {
    base.join(path)
        .map_err(|error| Error::query(format!("the address {base} cannot be used ({error})")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_address_of_a_zone_leads_to_its_rest_base() {
        for (given, expected) in [
            (
                "https://webservices5.autotask.net/ATServicesRest/",
                "https://webservices5.autotask.net/ATServicesRest/V1.0/",
            ),
            (
                "https://webservices5.autotask.net/atservicesrest/v1.0",
                "https://webservices5.autotask.net/atservicesrest/V1.0/",
            ),
            (
                "https://webservices5.autotask.net/ATServices/1.6/atws.asmx",
                "https://webservices5.autotask.net/ATServicesRest/V1.0/",
            ),
            (
                "https://webservices5.autotask.net",
                "https://webservices5.autotask.net/ATServicesRest/V1.0/",
            ),
            (
                "http://127.0.0.1:8080/tunnel/ATServicesRest",
                "http://127.0.0.1:8080/tunnel/ATServicesRest/V1.0/",
            ),
        ] {
            let base = base(&Url::parse(given).unwrap()).unwrap();
            assert_eq!(base.as_str(), expected);
        }
    }

    #[test]
    fn the_next_page_is_followed_on_the_same_host_only() {
        let rest = Rest {
            base: Url::parse("https://webservices5.autotask.net/ATServicesRest/V1.0/").unwrap(),
            headers: HeaderMap::new(),
        };
        let good =
            "https://webservices5.autotask.net/ATServicesRest/V1.0/Tickets/query/next?paging=x";
        assert!(rest.trusted(good).is_ok());
        for bad in [
            "https://webservices6.autotask.net/ATServicesRest/V1.0/Tickets/query/next",
            "http://webservices5.autotask.net/ATServicesRest/V1.0/Tickets/query/next",
            "https://webservices5.autotask.net:444/next",
            "/next",
        ] {
            assert!(rest.trusted(bad).is_err(), "{bad}");
        }
    }
}
