use jiff::Timestamp;

use super::*;
use crate::credentials::Redactor;
use crate::wire::Answer;
use crate::{Class, SoapTime, Ticket};

const READ: Purpose = Purpose::Read(EntityKind::Ticket);
const CREATE: Purpose = Purpose::Create {
    kind: EntityKind::Ticket,
    rows: 2,
};

fn envelope(body: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"><soap:Body>{body}</soap:Body></soap:Envelope>"#
    )
}

fn response(operation: &str, inside: &str) -> String {
    envelope(&format!(
        r#"<{operation}Response xmlns="http://autotask.net/ATWS/v1_6/"><{operation}Result>{inside}</{operation}Result></{operation}Response>"#
    ))
}

fn refused(operation: &str, text: &str) -> String {
    response(
        operation,
        &format!(
            "<ReturnCode>-1</ReturnCode><EntityResults/><EntityResultType/><Errors><ATWSError><Message>{text}</Message></ATWSError></Errors><EntityReturnInfoResults/>"
        ),
    )
}

fn fault(code: &str, text: &str) -> String {
    envelope(&format!(
        "<soap:Fault><faultcode>soap:{code}</faultcode><faultstring>{text}</faultstring><detail/></soap:Fault>"
    ))
}

fn judged(purpose: Purpose, operation: &str, status: u16, body: &str) -> Result<Node, Error> {
    let answer = Answer {
        host: "webservices5.autotask.net".to_owned(),
        status,
        content_type: String::new(),
        retry_after: None,
        body: body.as_bytes().to_vec(),
    };
    judge(
        &Judge {
            answer: &answer,
            purpose,
            redactor: &Redactor::default(),
        },
        operation,
    )
}

#[test]
fn what_an_answer_means_depends_on_its_form_its_text_and_whether_it_was_a_write() {
    let transient = Class::Transient;
    let unclear = Class::Unclear;
    let throttled = Class::Throttled { retry_after: None };
    let page = "<html><body>Sign in</body></html>".to_owned();
    let said = |text: &str| {
        [
            ("query", refused("query", text)),
            ("create", refused("create", text)),
        ]
    };
    let same = |body: &str| [("query", body.to_owned()), ("create", body.to_owned())];

    #[rustfmt::skip]
    let table = [
        // status, bodies, code, class of a read, class of a create
        (401, same(""), "login_refused", Class::Stop, Class::Stop),
        (401, same(&page), "login_refused", Class::Stop, Class::Stop),
        (401, same(&fault("Client", "The user account has been locked.")), "user_locked", Class::Stop, Class::Stop),
        (500, same(&fault("Server", "The user account has been locked.")), "user_locked", Class::Stop, Class::Stop),
        (200, said("IntegrationCode is invalid."), "tracking_identifier_invalid", Class::Stop, Class::Stop),
        (200, said("The logged in Resource does not have the adequate permissions to query this entity type."), "no_permission", Class::Rejected, Class::Rejected),
        (500, same(&fault("Server", "The Autotask API thread threshold of 3 threads has been exceeded.")), "thread_limit", throttled, throttled),
        (429, same(""), "thread_limit", throttled, throttled),
        (200, said("The number of external requests exceeds the threshold."), "quota_used_up", throttled, throttled),
        (500, same(&fault("Server", "Server was unable to process request.")), "server_error", transient, unclear),
        (500, same(&fault("Server", "Nobody knows.")), "server_error", transient, unclear),
        (500, same(""), "server_error", transient, unclear),
        (200, said("Transaction was deadlocked on lock resources"), "server_error", transient, transient),
        (200, same(&page), "not_autotask", transient, unclear),
        (404, same(&page), "not_autotask", transient, transient),
        (200, same("<soap:Envelope><soap:Body>"), "malformed", transient, unclear),
        (200, same(""), "malformed", transient, unclear),
        (200, same(&response("delete", "<ReturnCode>1</ReturnCode>")), "malformed", transient, unclear),
    ];
    for (status, bodies, code, read, create) in table {
        let cases = bodies.into_iter().zip([(READ, read), (CREATE, create)]);
        for ((operation, body), (purpose, class)) in cases {
            let error = judged(purpose, operation, status, &body).unwrap_err();
            assert_eq!(
                (error.code(), error.class()),
                (code, class),
                "{status} {body}"
            );
        }
    }
}

#[test]
fn a_fault_that_blames_the_request_is_our_mistake() {
    let error = judged(READ, "query", 500, &fault("Client", "Unknown element.")).unwrap_err();
    assert_eq!((error.code(), error.class()), ("query", Class::Misuse));
    let error = judged(
        READ,
        "query",
        200,
        &refused("query", "Invalid query syntax."),
    )
    .unwrap_err();
    assert_eq!((error.code(), error.class()), ("query", Class::Misuse));
}

#[test]
fn a_refused_batch_names_its_rows_wherever_autotask_tells_them() {
    let both = response(
        "create",
        "<ReturnCode>-1</ReturnCode><EntityResults/><Errors><ATWSError><Message>Missing Required Field: Title. ; on record number [2].</Message></ATWSError></Errors>\
         <EntityReturnInfoResults>\
         <EntityReturnInfo><EntityId>0</EntityId><Message/></EntityReturnInfo>\
         <EntityReturnInfo><EntityId>0</EntityId><Message>Picklist value [9] does not exist for Priority.</Message></EntityReturnInfo>\
         </EntityReturnInfoResults>",
    );
    let error = judged(CREATE, "create", 200, &both).unwrap_err();
    assert_eq!(
        (error.code(), error.class()),
        ("picklist_value", Class::Rejected)
    );
    let records: Vec<_> = error
        .validation()
        .iter()
        .map(|message| message.record)
        .collect();
    assert_eq!(records, [Some(1), Some(1)]);
}

fn new_ticket(title: &str, external_id: Option<&str>) -> NewTicket {
    NewTicket {
        company_id: 1,
        title: title.to_owned(),
        description: String::new(),
        status: 1,
        priority: 1,
        queue_id: 8,
        due: Timestamp::UNIX_EPOCH,
        external_id: external_id.map(str::to_owned),
    }
}

#[test]
fn ids_are_taken_only_if_each_belongs_to_its_ticket() {
    let sent = [new_ticket("A", Some("k-a")), new_ticket("B", Some("k-b"))];
    let entity = |id: i64, title: &str, key: &str| {
        format!(
            "<Entity xsi:type=\"Ticket\"><id>{id}</id><Title>{title}</Title><ExternalID>{key}</ExternalID></Entity>"
        )
    };
    let created_of = |entities: &str| {
        let body = response(
            "create",
            &format!("<ReturnCode>1</ReturnCode><EntityResults>{entities}</EntityResults>"),
        );
        created(&judged(CREATE, "create", 200, &body).unwrap(), &sent)
    };
    let (a, b) = (entity(11, "A", "k-a"), entity(12, "B", "k-b"));
    assert_eq!(created_of(&format!("{a}{b}")), Ok(vec![11, 12]));
    assert!(created_of(&format!("{b}{a}")).is_err());
    assert!(created_of(&a).is_err());
    assert!(created_of("").is_err());
    assert!(created_of(&format!("{a}{}", entity(0, "B", "k-b"))).is_err());

    let infos = response(
        "create",
        "<ReturnCode>1</ReturnCode><EntityResults/><EntityReturnInfoResults>\
         <EntityReturnInfo><EntityId>21</EntityId></EntityReturnInfo>\
         <EntityReturnInfo><EntityId>22</EntityId></EntityReturnInfo></EntityReturnInfoResults>",
    );
    let result = judged(CREATE, "create", 200, &infos).unwrap();
    assert_eq!(created(&result, &sent), Ok(vec![21, 22]));
}

#[test]
fn a_zone_that_could_not_be_determined_has_a_negative_code() {
    let result = |inside: &str| {
        judged(
            Purpose::Usage,
            "getZoneInfo",
            200,
            &response("getZoneInfo", inside),
        )
        .unwrap()
    };
    assert!(
        zone(&result("<URL/><ErrorCode>-1</ErrorCode>"))
            .unwrap()
            .is_none()
    );
    assert!(zone(&result("<URL/><ErrorCode>0</ErrorCode>")).is_err());
}

/// The vendor's material lies beside the repository on some computers.
fn vendor_file(path: &str) -> Option<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/autotask/");
    let text = std::fs::read_to_string(format!("{folder}{path}"));
    if text.is_err() {
        eprintln!("skipped: {path} is not there");
    }
    text.ok()
}

fn vendor_rows<E: crate::Entity>(path: &str, operation: &str) -> Vec<E> {
    let Some(body) = vendor_file(&format!("soap-samples/{path}")) else {
        return Vec::new();
    };
    let result = judged(READ, operation, 200, &body).unwrap();
    rows(E::KIND, &result, &Clock::soap(SoapTime::Eastern))
        .iter()
        .map(|row| E::from_row(row).unwrap())
        .collect()
}

#[test]
fn real_answers_with_tickets_are_read() {
    for ticket in vendor_rows::<Ticket>("query_ticket_9137_response.xml", "query") {
        assert_eq!(ticket.id, 9137);
        assert_eq!(ticket.number, "T20180724.0001");
        assert_eq!(ticket.company_id, 29_684_280);
        assert_eq!(ticket.queue_id, Some(29_683_972));
        // Nine o'clock in New York, in summer.
        assert_eq!(ticket.due, Some("2018-07-26T13:00:00Z".parse().unwrap()));
        assert_eq!(ticket.external_id, None);
        assert_eq!(ticket.completed, None);
    }
    if vendor_file("soap-samples/query_ticket_response.xml").is_some() {
        assert!(!vendor_rows::<Ticket>("query_ticket_response.xml", "query").is_empty());
    }
}

#[test]
fn real_answers_with_accounts_are_read() {
    for path in ["account_response.xml", "account_29_684_280_response.xml"] {
        for company in vendor_rows::<crate::Company>(path, "query") {
            assert!(company.id > 0 && !company.name.is_empty());
        }
    }
}

#[test]
fn the_real_answers_about_zone_quota_and_create_are_read() {
    let read = |path: &str, operation: &str| {
        vendor_file(&format!("soap-samples/{path}"))
            .map(|body| judged(READ, operation, 200, &body).unwrap())
    };
    if let Some(result) = read("zone_info_response.xml", "getZoneInfo") {
        let found = zone(&result).unwrap().unwrap();
        assert_eq!(found.web.as_deref(), Some("https://ww2.autotask.net/"));
    }
    if let Some(result) = read(
        "threshold_and_usage_info_response.xml",
        "getThresholdAndUsageInfo",
    ) {
        let threshold = threshold(&result).unwrap();
        assert_eq!(
            (threshold.limit, threshold.timeframe_minutes, threshold.used),
            (10_000, 60, 0)
        );
    }
    if let Some(result) = read("create_response.xml", "create") {
        let sent = [new_ticket(
            "Pax8 integration to Autotask. For product",
            None,
        )];
        assert_eq!(created(&result, &sent), Ok(vec![8440]));
        assert!(created(&result, &[new_ticket("Another", None)]).is_err());
    }
}

/// The names and types of the tables are those of a real tenant.
#[test]
fn the_tables_agree_with_real_metadata() {
    let Some(text) = vendor_file("field-info-1.6.8.json") else {
        return;
    };
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    for kind in EntityKind::ALL {
        let real = json[kind.soap_name()]["Fields"].as_array().unwrap();
        for field in kind.shape().fields {
            let real = real
                .iter()
                .find(|real| real["Name"] == field.soap)
                .unwrap_or_else(|| panic!("{kind:?} has no {}", field.soap));
            let data = real["Type"].as_str().unwrap();
            use crate::entity::{Data, Need};
            let agrees = match field.data {
                Data::Integer => ["integer", "long", "short"].contains(&data),
                Data::Number => ["double", "float", "decimal"].contains(&data),
                Data::Text => data == "string",
                Data::Boolean => data == "boolean",
                Data::Moment | Data::Date => data == "datetime",
            };
            assert!(agrees, "{kind:?}.{} is {data}", field.soap);
            assert_eq!(
                real["IsQueryable"].as_bool().unwrap(),
                field.need != Need::NotQueryable,
                "{kind:?}.{}",
                field.soap
            );
        }
    }
}

/// WSDL-driven servers want the fields in the WSDL's order.
#[test]
fn a_ticket_is_written_in_the_order_of_the_vendors_wsdl() {
    let Some(wsdl) = vendor_file("atws-1.6.wsdl") else {
        return;
    };
    let start = wsdl.find("<s:complexType name=\"Ticket\">").unwrap();
    let end = start + wsdl[start..].find("</s:complexType>").unwrap();
    let place = |name: &str| wsdl[start..end].find(&format!("name=\"{name}\""));

    let sent = [new_ticket("A", Some("key"))];
    let xml = super::super::envelope::create("CODE", &sent, &Clock::Utc);
    let root = xml::read(xml.as_bytes()).unwrap();
    let entity = ["Body", "create", "Entities", "Entity"]
        .iter()
        .fold(&root, |node, name| node.child(name).unwrap());
    let places: Vec<_> = entity.children[1..]
        .iter()
        .map(|field| place(&field.name).unwrap_or_else(|| panic!("{}", field.name)))
        .collect();
    assert_eq!(places.len(), 8);
    assert!(places.is_sorted(), "{places:?}");
}

/// Every sample is one whole answer in the form that is expected.
#[test]
fn every_real_answer_is_read() {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/autotask/soap-samples"
    );
    let Ok(files) = std::fs::read_dir(folder) else {
        eprintln!("skipped: {folder} is not there");
        return;
    };
    for file in files {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "xml") {
            continue;
        }
        let body = std::fs::read_to_string(&path).unwrap();
        let root = xml::read(body.as_bytes()).unwrap();
        let response = &root.child("Body").unwrap().children[0].name;
        let operation = response.strip_suffix("Response").unwrap();
        let result = judged(READ, operation, 200, &body).unwrap();
        for row in rows(EntityKind::Ticket, &result, &Clock::Utc) {
            assert!(row.id().unwrap() > 0, "{path:?}");
        }
    }
}

proptest::proptest! {
    #[test]
    fn no_answer_makes_the_judge_panic(
        status in 100_u16..600,
        text in proptest::prelude::any::<String>(),
        form in 0..3,
    ) {
        let escaped = quick_xml::escape::escape(crate::text::clean(&text).as_ref()).into_owned();
        let body = match form {
            0 => text,
            1 => refused("create", &escaped),
            _ => fault("Server", &escaped),
        };
        for purpose in [READ, CREATE] {
            let _ = judged(purpose, "create", status, &body);
        }
    }

    /// Whatever Autotask's texts hold: a read is never unclear.
    #[test]
    fn a_read_is_never_unclear(status in 100_u16..600, text in "[a-zA-Z \"\\[\\]0-9]{0,60}") {
        for body in [refused("query", &text.replace('"', "")), fault("Server", &text.replace('"', ""))] {
            if let Err(error) = judged(READ, "query", status, &body) {
                proptest::prop_assert!(error.class() != Class::Unclear);
            }
        }
    }
}
