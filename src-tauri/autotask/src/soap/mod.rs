//! SOAP 1.6.
//!
//! The envelope is written and read here by hand: the service has six operations that matter,
//! and its entities are told apart by `xsi:type`, which generated clients make hard to use.

pub(crate) mod answer;
pub(crate) mod envelope;
pub(crate) mod query_xml;
pub(crate) mod xml;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use url::Url;

use crate::answer::Judge;
use crate::credentials::{Credentials, Options, Redactor, SoapTime};
use crate::entity::{Checked, EntityKind};
use crate::error::Error;
use crate::field::{Field, Rights, Threshold};
use crate::pages::Page;
use crate::query::{Filter, Plan, Query};
use crate::time::Clock;
use crate::wire::{self, Answer, Endpoint, Purpose, Wire};
use crate::zone::Found;
use xml::Node;

/// Rows in one `create`.
pub(crate) const BATCH_ROWS: usize = 200;

const PATH: &str = "/ATServices/1.6/atws.asmx";

pub(crate) struct Soap {
    address: Url,
    authorization: HeaderValue,
    tracking_identifier: String,
    clock: Clock,
}

impl std::fmt::Debug for Soap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Soap")
            .field("address", &self.address.as_str())
            .finish_non_exhaustive()
    }
}

impl Soap {
    pub(crate) fn new(
        zone: &Url,
        credentials: &Credentials,
        time: SoapTime,
    ) -> Result<Self, Error> {
        let basic = format!("Basic {}", credentials.basic_authorization());
        let mut authorization = HeaderValue::try_from(basic)
            .map_err(|_| Error::query("the username or the password cannot be sent"))?;
        authorization.set_sensitive(true);
        Ok(Self {
            address: address(zone)?,
            authorization,
            tracking_identifier: credentials.tracking_identifier.clone(),
            clock: Clock::soap(time),
        })
    }

    pub(crate) async fn threshold(
        &self,
        wire: &Wire,
        purpose: Purpose,
    ) -> Result<Threshold, Error> {
        let operation = "getThresholdAndUsageInfo";
        let answer = self
            .call(wire, Endpoint::Usage, purpose, operation, None)
            .await?;
        let judge = judge(&answer, purpose, wire);
        let result = answer::judge(&judge, operation)?;
        answer::threshold(&result).map_err(|detail| judge.malformed(detail))
    }

    pub(crate) async fn rights(&self, wire: &Wire, kind: EntityKind) -> Result<Rights, Error> {
        let (operation, purpose) = ("GetEntityInfo", Purpose::Read(kind));
        let answer = self
            .call(wire, Endpoint::EntityList, purpose, operation, None)
            .await?;
        let judge = judge(&answer, purpose, wire);
        let result = answer::judge(&judge, operation)?;
        answer::rights(kind, &result).map_err(|detail| judge.malformed(detail))
    }

    pub(crate) async fn fields(&self, wire: &Wire, kind: EntityKind) -> Result<Vec<Field>, Error> {
        let (operation, purpose) = ("GetFieldInfo", Purpose::Read(kind));
        let parameter = Some(("psObjectType", kind.soap_name()));
        let answer = self
            .call(wire, Endpoint::Entity(kind), purpose, operation, parameter)
            .await?;
        let judge = judge(&answer, purpose, wire);
        let result = answer::judge(&judge, operation)?;
        answer::fields(kind, &result).map_err(|detail| judge.malformed(detail))
    }

    /// The first rows of a query, 500 at most, in the order of their ids.
    pub(crate) async fn page(&self, wire: &Wire, plan: &Plan) -> Result<Page, Error> {
        let result = self.query(wire, plan).await?;
        Ok(Page {
            rows: answer::rows(plan.kind, &result, &self.clock),
            next: None,
        })
    }

    async fn query(&self, wire: &Wire, plan: &Plan) -> Result<Node, Error> {
        let (operation, purpose) = ("query", Purpose::Read(plan.kind));
        let query = query_xml::write(plan, &self.clock);
        let parameter = Some(("sXML", query.as_str()));
        let answer = self
            .call(
                wire,
                Endpoint::Entity(plan.kind),
                purpose,
                operation,
                parameter,
            )
            .await?;
        answer::judge(&judge(&answer, purpose, wire), operation)
    }

    /// The ids are `None` for adjustments, which have none that anybody is told.
    pub(crate) async fn create(
        &self,
        wire: &Wire,
        kind: EntityKind,
        rows: &[Checked],
    ) -> Result<Vec<Option<i64>>, Error> {
        let purpose = Purpose::Create {
            kind,
            rows: rows.len(),
        };
        let operation = "create";
        let body = envelope::create(&self.tracking_identifier, rows, &self.clock);
        let answer = self
            .send(wire, Endpoint::Entity(kind), purpose, operation, body)
            .await?;
        let judge = judge(&answer, purpose, wire);
        let result = answer::judge(&judge, operation)?;
        answer::created(&result, rows).map_err(|detail| judge.malformed(detail))
    }

    /// An update replaces the row, so what the row holds goes along with what is changed.
    pub(crate) async fn update(&self, wire: &Wire, id: i64, change: &Checked) -> Result<(), Error> {
        let kind = change.kind;
        let query = Query::new().filter(Filter::eq("id", id));
        let result = self.query(wire, &Plan::new(kind, &query)?).await?;
        let row = answer::entities(&result)
            .next()
            .ok_or_else(|| Error::not_there(kind, id))?;
        let (operation, purpose) = ("update", Purpose::Update(kind));
        let body = envelope::update(&self.tracking_identifier, row, change, &self.clock);
        let answer = self
            .send(wire, Endpoint::Entity(kind), purpose, operation, body)
            .await?;
        answer::judge(&judge(&answer, purpose, wire), operation).map(|_| ())
    }

    async fn call(
        &self,
        wire: &Wire,
        endpoint: Endpoint,
        purpose: Purpose,
        operation: &'static str,
        parameter: Option<(&str, &str)>,
    ) -> Result<Answer, Error> {
        let body = envelope::call(Some(&self.tracking_identifier), operation, parameter);
        self.send(wire, endpoint, purpose, operation, body).await
    }

    async fn send(
        &self,
        wire: &Wire,
        endpoint: Endpoint,
        purpose: Purpose,
        operation: &'static str,
        body: String,
    ) -> Result<Answer, Error> {
        let request = post(wire.http(), self.address.clone(), operation, body)
            .header(AUTHORIZATION, self.authorization.clone());
        let refusal = move |judge: &Judge<'_>| {
            answer::judge(judge, operation)
                .err()
                .and_then(Error::stopping)
        };
        wire.send(endpoint, purpose, request, refusal).await
    }
}

/// The zone of a username. Nothing secret is sent.
pub(crate) async fn find_zone(
    lookup: &Url,
    username: &str,
    options: &Options,
) -> Result<Found, Error> {
    let operation = "getZoneInfo";
    let body = envelope::call(None, operation, Some(("UserName", username)));
    let http = wire::http_client(lookup, options)?;
    let request = post(&http, address(lookup)?, operation, body);
    let redactor = Redactor::default();
    let answer = wire::send_once(request, Purpose::Usage.effect(), &redactor).await?;
    let judge = Judge {
        answer: &answer,
        purpose: Purpose::Usage,
        redactor: &redactor,
    };
    let result = answer::judge(&judge, operation)?;
    answer::zone(&result)
        .map_err(|detail| judge.malformed(detail))?
        .ok_or_else(|| Error::ZoneNotFound {
            username: username.to_owned(),
            said: None,
        })
}

fn post(
    http: &reqwest::Client,
    address: Url,
    operation: &str,
    body: String,
) -> reqwest::RequestBuilder {
    http.post(address)
        .header(CONTENT_TYPE, "text/xml; charset=utf-8")
        .header(
            "SOAPAction",
            format!("\"{}{operation}\"", envelope::NAMESPACE),
        )
        .body(body)
}

fn judge<'a>(answer: &'a Answer, purpose: Purpose, wire: &'a Wire) -> Judge<'a> {
    Judge {
        answer,
        purpose,
        redactor: &wire.redactor,
    }
}

/// The SOAP address of whatever address of the zone was given.
fn address(zone: &Url) -> Result<Url, Error> {
    if zone.path().to_ascii_lowercase().ends_with("/1.6/atws.asmx") {
        return Ok(zone.clone());
    }
    zone.join(PATH)
        .map_err(|error| Error::query(format!("the address {zone} cannot be used ({error})")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_address_of_a_zone_leads_to_its_soap_service() {
        for (given, expected) in [
            (
                "https://webservices5.autotask.net/atservices/1.6/ATWS.asmx",
                "https://webservices5.autotask.net/atservices/1.6/ATWS.asmx",
            ),
            (
                "https://webservices5.autotask.net/ATServicesRest/",
                "https://webservices5.autotask.net/ATServices/1.6/atws.asmx",
            ),
            (
                "https://webservices5.autotask.net/ATServices/1.5/atws.asmx",
                "https://webservices5.autotask.net/ATServices/1.6/atws.asmx",
            ),
            (
                "http://127.0.0.1:8080",
                "http://127.0.0.1:8080/ATServices/1.6/atws.asmx",
            ),
        ] {
            let address = address(&Url::parse(given).unwrap()).unwrap();
            assert_eq!(address.as_str(), expected);
        }
    }
}
