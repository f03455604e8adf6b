use jiff::Timestamp;

use super::*;
use crate::credentials::Redactor;
use crate::entity::{New as _, Writing};
use crate::wire::Answer;
use crate::{Class, NewTicket};

pub(super) const READ: Purpose = Purpose::Read(EntityKind::Ticket);
pub(super) const CREATE: Purpose = Purpose::Create {
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

pub(super) fn judged(
    purpose: Purpose,
    operation: &str,
    status: u16,
    body: &str,
) -> Result<Node, Error> {
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
fn a_refusal_tells_no_more_messages_than_a_batch_can_cause() {
    let infos: String = (0..3 * MESSAGES_MAX)
        .map(|at| format!("<EntityReturnInfo><Message>no {at}.</Message></EntityReturnInfo>"))
        .collect();
    let body = response(
        "create",
        &format!(
            "<ReturnCode>-1</ReturnCode><EntityReturnInfoResults>{infos}</EntityReturnInfoResults>"
        ),
    );
    match judged(CREATE, "create", 200, &body) {
        Err(Error::Refused { messages, .. }) => assert_eq!(messages.len(), MESSAGES_MAX),
        other => panic!("{other:?}"),
    }
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

pub(super) fn new_ticket(title: &str, external_id: Option<&str>) -> Checked {
    let ticket = NewTicket {
        company_id: 1,
        title: title.to_owned(),
        description: String::new(),
        status: 1,
        priority: 1,
        queue_id: 8,
        due: Timestamp::UNIX_EPOCH,
        external_id: external_id.map(str::to_owned),
    };
    ticket.draft().checked(Writing::Create).unwrap()
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
    assert_eq!(created_of(&format!("{a}{b}")), Ok(vec![Some(11), Some(12)]));
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
    assert_eq!(created(&result, &sent), Ok(vec![Some(21), Some(22)]));
}

/// The same ticket as servers and proxies might write it.
#[test]
fn a_row_is_the_same_whatever_prefix_order_and_empty_fields_it_comes_with() {
    const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
    let wrapped = |entity: &str| {
        response(
            "query",
            &format!("<ReturnCode>1</ReturnCode><EntityResults>{entity}</EntityResults>"),
        )
    };
    let forms = [
        wrapped(
            r#"<Entity xsi:type="Ticket"><id>7</id><UserDefinedFields/><AccountID xsi:type="xsd:int">0</AccountID><Priority xsi:type="xsd:int">2</Priority><Status xsi:type="xsd:int">1</Status><TicketNumber xsi:type="xsd:string">T1</TicketNumber><Title xsi:type="xsd:string">a &amp; b</Title></Entity>"#,
        ),
        // Other order, unknown elements anywhere, what is empty as empty, nil or missing.
        wrapped(
            r#"<Entity xsi:type="Ticket"><Title> <![CDATA[a & b]]></Title><Brandnew><Deep>1</Deep></Brandnew><Status>1</Status><Description xsi:type="xsd:string"/><QueueID xsi:nil="true"/><CompletedDate></CompletedDate><accountid>0</accountid><id>7</id><TicketNumber>T1</TicketNumber><Priority>2</Priority></Entity>"#,
        )
        .replace("> <![CDATA[", "><![CDATA["),
        // Every element with a prefix of the server's choice.
        format!(
            r#"<?xml version="1.0"?><!-- x --><S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Header/><S:Body><a:queryResponse xmlns:a="http://autotask.net/ATWS/v1_6/"><a:queryResult><a:ReturnCode> 1 </a:ReturnCode><a:EntityResults><a:Entity xmlns:t="{XSI}" t:type="a:Ticket"><a:id>7</a:id><a:AccountID t:type="b:int">0</a:AccountID><a:Priority>2</a:Priority><a:Status>1</a:Status><a:TicketNumber>T1</a:TicketNumber><a:Title>a &#38; b</a:Title></a:Entity></a:EntityResults></a:queryResult></a:queryResponse></S:Body></S:Envelope>"#
        ),
    ];
    let read = |body: &str| {
        let result = judged(READ, "query", 200, body).unwrap();
        let rows = rows(EntityKind::Ticket, &result, &Clock::Utc);
        assert_eq!(rows.len(), 1);
        <crate::Ticket as crate::entity::sealed::FromRow>::from_row(&rows[0]).unwrap()
    };
    let ticket = read(&forms[0]);
    assert_eq!((ticket.id, ticket.company_id, ticket.priority), (7, 0, 2));
    assert_eq!((ticket.title.as_str(), ticket.queue_id), ("a & b", None));
    for form in &forms[1..] {
        assert_eq!(read(form), ticket, "{form}");
    }
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
