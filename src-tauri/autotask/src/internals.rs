//! Both readers and both writers without a connection, and what must hold of whatever was read.
//!
//! For the fuzzer, the test that replays its corpus, and the benchmarks; no part of the public
//! interface. What is checked:
//!
//! - No error shows a secret, however the answer brings it in.
//! - Reading never counts as unclear. An answer to a create that cannot be read always does.
//! - What was created is told by as many ids as tickets were sent, and an id is more than zero.
//! - The login follows to no other host: neither by a zone's address nor by that of the next page.
//! - A tree is no larger than its text.

use secrecy::ExposeSecret as _;
use url::Url;

use crate::answer::Judge;
use crate::credentials::{Credentials, Redactor};
use crate::entity::sealed::FromRow as _;
use crate::entity::{Checked, EntityKind, New as _, Row, Writing};
use crate::rest::{self, Rest};
use crate::soap::{self, xml};
use crate::time::Clock;
use crate::wire::{Answer, Purpose};
use crate::zone::{self, Found as FoundZone, ZONE_LOOKUP};
use crate::{
    Class, Company, Contract, ContractService, ContractServiceUnit, Error, NewTicket, Service,
    SoapTime, Ticket, TicketNote,
};

const STATUSES: [u16; 8] = [200, 500, 401, 404, 429, 302, 403, 201];
const KIND: EntityKind = EntityKind::Ticket;

/// What an answer came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Read {
    /// [`Error::code`], if it came to an error.
    pub error: Option<&'static str>,
    /// Rows, fields, ids.
    pub values: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Query,
    Create,
    Fields,
    Rights,
    Threshold,
    Zone,
    /// REST only.
    Item,
    /// REST only.
    Count,
}

/// An answer and what it answers, made from a fuzzer's bytes.
struct Case {
    operation: Operation,
    kind: EntityKind,
    purpose: Purpose,
    sent: Vec<Checked>,
    answer: Answer,
    credentials: Credentials,
    redactor: Redactor,
}

/// Reads an answer over SOAP. `Err` says what does not hold.
///
/// The first byte chooses the entity (its lower three bits) and the operation (the next three); the
/// second the status (the lower three), whether a test of the login is answered (8), one ticket or two
/// were sent (16), and the answer says that it is a web page (32). The others are the body.
pub fn read_soap(input: &[u8]) -> Result<Read, String> {
    let case = Case::new(input);
    check_tree(&case.answer.body)?;
    let operation = match case.operation {
        Operation::Query | Operation::Item | Operation::Count => "query",
        Operation::Create => "create",
        Operation::Fields => "GetFieldInfo",
        Operation::Rights => "GetEntityInfo",
        Operation::Threshold => "getThresholdAndUsageInfo",
        Operation::Zone => "getZoneInfo",
    };
    let result = match soap::answer::judge(&case.judge(), operation) {
        Ok(result) => result,
        Err(error) => return case.failed(&error),
    };
    let clock = Clock::soap(SoapTime::Eastern);
    let values = match case.operation {
        Operation::Query | Operation::Item | Operation::Count => {
            Ok(read_rows(&soap::answer::rows(case.kind, &result, &clock)))
        }
        Operation::Create => match soap::answer::created(&result, &case.sent) {
            Ok(ids) => check_created(&ids, case.sent.len()).map(Ok)?,
            Err(detail) => Err(detail),
        },
        Operation::Fields => soap::answer::fields(case.kind, &result).map(|fields| fields.len()),
        Operation::Rights => soap::answer::rights(case.kind, &result).map(|_| 1),
        Operation::Threshold => soap::answer::threshold(&result).map(|_| 1),
        Operation::Zone => match soap::answer::zone(&result) {
            Ok(Some(found)) => return case.zone(found),
            Ok(None) => Ok(0),
            Err(detail) => Err(detail),
        },
    };
    case.came_to(values)
}

/// Reads an answer over REST; the bytes mean the same as for [`read_soap`].
pub fn read_rest(input: &[u8]) -> Result<Read, String> {
    let case = Case::new(input);
    let json = match rest::answer::judge(&case.judge()) {
        Ok(json) => json,
        Err(error) => return case.failed(&error),
    };
    let values = match case.operation {
        Operation::Query => match rest::answer::page(case.kind, &json) {
            Ok((rows, next)) => {
                next.map_or(Ok(()), |next| case.check_next(next))?;
                Ok(read_rows(&rows))
            }
            Err(detail) => Err(detail),
        },
        Operation::Create => match rest::answer::created(&json) {
            Ok(None) => Err("it holds no id".to_owned()),
            Ok(id) => check_created(&[id], 1).map(Ok)?,
            Err(detail) => Err(detail),
        },
        Operation::Fields => rest::answer::fields(case.kind, &json).map(|fields| fields.len()),
        Operation::Rights => rest::answer::rights(&json).map(|_| 1),
        Operation::Threshold => rest::answer::threshold(&json).map(|_| 1),
        Operation::Zone => match rest::answer::zone(&json) {
            Ok(found) => return case.zone(found),
            Err(detail) => Err(detail),
        },
        Operation::Item => {
            rest::answer::item(case.kind, &json).map(|row| read_rows(row.as_slice()))
        }
        Operation::Count => rest::answer::count(&json).map(|_| 1),
    };
    case.came_to(values)
}

/// What reading may have allocated at one time, in bytes, for an input of that length.
pub fn memory_bound(length: usize) -> u64 {
    (1 << 20) + 256 * length as u64
}

/// The tickets of one page over SOAP.
pub fn tickets_from_soap(body: Vec<u8>) -> Result<Vec<Ticket>, Error> {
    let case = Case::query_of(body);
    let judge = case.judge();
    let result = soap::answer::judge(&judge, "query")?;
    soap::answer::rows(KIND, &result, &Clock::soap(SoapTime::Eastern))
        .iter()
        .map(|row| Ticket::from_row(row).map_err(|detail| judge.malformed(detail)))
        .collect()
}

/// The tickets of one page over REST.
pub fn tickets_from_rest(body: Vec<u8>) -> Result<Vec<Ticket>, Error> {
    let case = Case::query_of(body);
    let judge = case.judge();
    let json = rest::answer::judge(&judge)?;
    let (rows, _) = rest::answer::page(KIND, &json).map_err(|detail| judge.malformed(detail))?;
    rows.iter()
        .map(|row| Ticket::from_row(row).map_err(|detail| judge.malformed(detail)))
        .collect()
}

/// One `create` with all tickets.
pub fn tickets_to_soap(tickets: &[NewTicket]) -> Result<String, Error> {
    let rows = checked(tickets)?;
    let clock = Clock::soap(SoapTime::Eastern);
    Ok(soap::envelope::create("IDENTIFIER", &rows, &clock))
}

/// A body for each ticket.
pub fn tickets_to_rest(tickets: &[NewTicket]) -> Result<Vec<String>, Error> {
    let rows = checked(tickets)?;
    Ok(rows
        .iter()
        .map(|row| rest::body::create(row).to_string())
        .collect())
}

fn checked(tickets: &[NewTicket]) -> Result<Vec<Checked>, Error> {
    tickets
        .iter()
        .map(|ticket| ticket.draft().checked(Writing::Create))
        .collect()
}

impl Case {
    fn query_of(body: Vec<u8>) -> Case {
        let mut case = Case::new(&[]);
        case.answer.body = body;
        case
    }

    fn new(input: &[u8]) -> Case {
        let (choice, choice_of_status, body) = match input {
            [choice, status, body @ ..] => (usize::from(*choice), *status, body),
            [] | [_] => (6, 0, &[][..]),
        };
        let operation = match choice >> 3 & 7 {
            0 => Operation::Query,
            1 => Operation::Create,
            2 => Operation::Fields,
            3 => Operation::Rights,
            4 => Operation::Threshold,
            5 => Operation::Zone,
            6 => Operation::Item,
            _ => Operation::Count,
        };
        let kind = EntityKind::ALL[choice & 7];
        let rows = 1 + usize::from(choice_of_status >> 4 & 1);
        let purpose = match operation {
            Operation::Create => Purpose::Create { kind: KIND, rows },
            Operation::Threshold if choice_of_status & 8 != 0 => Purpose::LogIn,
            Operation::Threshold | Operation::Zone => Purpose::Usage,
            Operation::Query
            | Operation::Fields
            | Operation::Rights
            | Operation::Item
            | Operation::Count => Purpose::Read(kind),
        };
        let credentials = Credentials {
            username: "api@partner.example".to_owned(),
            password: "Pa55<word>".to_owned().into(),
            tracking_identifier: "TR4CK1NG".to_owned(),
        };
        Case {
            operation,
            kind,
            purpose,
            sent: ["event-1", "event-2"][..rows]
                .iter()
                .filter_map(|key| ticket(key).draft().checked(Writing::Create).ok())
                .collect(),
            answer: Answer {
                host: "webservices5.autotask.net".to_owned(),
                status: STATUSES[usize::from(choice_of_status & 7)],
                content_type: if choice_of_status & 32 == 0 {
                    String::new()
                } else {
                    "text/html".to_owned()
                },
                retry_after: None,
                body: body.to_vec(),
            },
            redactor: Redactor::new(&credentials),
            credentials,
        }
    }

    fn judge(&self) -> Judge<'_> {
        Judge {
            answer: &self.answer,
            purpose: self.purpose,
            redactor: &self.redactor,
        }
    }

    fn came_to(&self, values: Result<usize, String>) -> Result<Read, String> {
        match values {
            Ok(values) => Ok(Read {
                error: None,
                values,
            }),
            Err(detail) => self.failed(&self.judge().malformed(detail)),
        }
    }

    fn failed(&self, error: &Error) -> Result<Read, String> {
        self.check_secrets(error)?;
        let is_create = matches!(self.purpose, Purpose::Create { .. });
        let is_unclear = error.class() == Class::Unclear;
        if is_unclear && !is_create {
            return Err(format!("what was only read is unclear: {error:?}"));
        }
        if is_create && error.code() == "malformed" && !is_unclear {
            return Err(format!("what was created counts as not created: {error:?}"));
        }
        if self.answer.status == 401 && error.class() != Class::Stop {
            return Err(format!("a refused login may be tried again: {error:?}"));
        }
        Ok(Read {
            error: Some(error.code()),
            values: 0,
        })
    }

    fn check_secrets(&self, error: &Error) -> Result<(), String> {
        // The zone is asked for without any.
        if self.operation == Operation::Zone {
            return Ok(());
        }
        let shown = format!("{error} {error:?}");
        let secrets = [
            self.credentials.password.expose_secret(),
            &self.credentials.tracking_identifier,
            &self.credentials.basic_authorization(),
        ];
        if secrets.iter().any(|secret| shown.contains(*secret)) {
            return Err(format!("a secret is in {shown}"));
        }
        Ok(())
    }

    fn check_next(&self, next: &str) -> Result<(), String> {
        let base = Url::parse("https://webservices5.autotask.net/ATServicesRest/V1.0/")
            .map_err(|error| error.to_string())?;
        let rest = Rest::new(&base, &self.credentials).map_err(|error| error.to_string())?;
        match (rest.trusted(next), Url::parse(next)) {
            (Err(_), _) => Ok(()),
            (Ok(_), Ok(address)) if address.origin() == base.origin() => Ok(()),
            (Ok(_), _) => Err(format!("the login follows to {next}")),
        }
    }

    fn zone(&self, found: FoundZone) -> Result<Read, String> {
        let lookup = Url::parse(ZONE_LOOKUP).map_err(|error| error.to_string())?;
        let zone = match zone::accept(&lookup, found) {
            Ok(zone) => zone,
            Err(error) => return self.failed(&error),
        };
        for address in std::iter::once(&zone.address).chain(&zone.web) {
            let host = address.host_str().unwrap_or_default().trim_end_matches('.');
            let is_autotask = host == "autotask.net" || host.ends_with(".autotask.net");
            if address.scheme() != "https" || !is_autotask || !address.username().is_empty() {
                return Err(format!("the login follows to {address}"));
            }
        }
        self.came_to(Ok(1))
    }
}

/// Reads each row as every type; how many could be read as one of them.
fn read_rows(rows: &[Row]) -> usize {
    rows.iter()
        .filter(|row| {
            [
                Ticket::from_row(row).is_ok(),
                Company::from_row(row).is_ok(),
                Contract::from_row(row).is_ok(),
                ContractService::from_row(row).is_ok(),
                ContractServiceUnit::from_row(row).is_ok(),
                Service::from_row(row).is_ok(),
                TicketNote::from_row(row).is_ok(),
            ]
            .contains(&true)
        })
        .count()
}

fn check_created(ids: &[Option<i64>], sent: usize) -> Result<usize, String> {
    if ids.len() == sent && ids.iter().all(|id| id.is_some_and(|id| id > 0)) {
        Ok(sent)
    } else {
        Err(format!("{sent} tickets became {ids:?}"))
    }
}

fn check_tree(body: &[u8]) -> Result<(), String> {
    let Ok(root) = xml::read(body) else {
        return Ok(());
    };
    let (mut nodes, mut bytes) = (0, 0);
    let mut open = vec![&root];
    while let Some(node) = open.pop() {
        nodes += 1;
        bytes += node.name.len() + node.text.len() + node.xsi_type.as_ref().map_or(0, String::len);
        open.extend(&node.children);
    }
    if nodes * 4 <= body.len() && bytes <= body.len() {
        Ok(())
    } else {
        Err(format!(
            "{} bytes became {nodes} nodes with {bytes} bytes of text",
            body.len()
        ))
    }
}

fn ticket(key: &str) -> NewTicket {
    NewTicket {
        company_id: 0,
        title: "Backup failed".to_owned(),
        description: String::new(),
        status: crate::status::NEW,
        priority: 1,
        queue_id: 5,
        due: jiff::Timestamp::UNIX_EPOCH,
        external_id: Some(key.to_owned()),
    }
}
