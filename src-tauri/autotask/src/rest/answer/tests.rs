use serde_json::json;

use super::*;
use crate::Class;
use crate::credentials::Redactor;
use crate::error::Effect;
use crate::wire::{Answer, Purpose};

const READ: Purpose = Purpose::Read(EntityKind::Ticket);
const CREATE: Purpose = Purpose::Create {
    kind: EntityKind::Ticket,
    rows: 1,
};

fn judged(purpose: Purpose, status: u16, content_type: &str, body: &str) -> Result<Json, Error> {
    let answer = Answer {
        host: "webservices5.autotask.net".to_owned(),
        status,
        content_type: content_type.to_owned(),
        retry_after: None,
        body: body.as_bytes().to_vec(),
    };
    judge(&Judge {
        answer: &answer,
        purpose,
        redactor: &Redactor::default(),
    })
}

#[test]
fn what_an_answer_means_depends_on_its_status_its_text_and_whether_it_was_a_write() {
    let transient = Class::Transient;
    let unclear = Class::Unclear;
    let throttled = Class::Throttled { retry_after: None };
    let errors = |text: &str| json!({ "errors": [text] }).to_string();
    let page = "<!DOCTYPE html><html><body>Sign in to the network</body></html>";

    #[rustfmt::skip]
    let table = [
        // status, body, code, class of a read, class of a create
        (401, String::new(), "login_refused", Class::Stop, Class::Stop),
        (401, page.to_owned(), "login_refused", Class::Stop, Class::Stop),
        (401, errors("The user account has been locked."), "user_locked", Class::Stop, Class::Stop),
        (500, errors("IntegrationCode is invalid."), "tracking_identifier_invalid", Class::Stop, Class::Stop),
        (500, errors("The user account has been locked."), "user_locked", Class::Stop, Class::Stop),
        (500, errors("The logged in Resource does not have the adequate permissions to create this entity type."), "no_permission", Class::Rejected, Class::Rejected),
        (403, String::new(), "no_permission", Class::Rejected, Class::Rejected),
        (429, String::new(), "thread_limit", throttled, throttled),
        (429, errors("The Autotask API thread threshold of 3 threads has been exceeded."), "thread_limit", throttled, throttled),
        (500, errors("Thread Threshold Exceeded (Itgenatr005)"), "thread_limit", throttled, throttled),
        (500, errors("You have exceeded the threshold of 10000 requests."), "quota_used_up", throttled, throttled),
        (500, errors("Transaction was deadlocked on lock resources"), "server_error", transient, transient),
        (500, errors("Execution Timeout Expired."), "server_error", transient, unclear),
        (500, String::new(), "server_error", transient, unclear),
        (502, "Bad Gateway".to_owned(), "server_error", transient, unclear),
        (503, String::new(), "server_error", transient, unclear),
        (500, "{}".to_owned(), "server_error", transient, unclear),
        (200, page.to_owned(), "not_autotask", transient, unclear),
        (502, page.to_owned(), "server_error", transient, unclear),
        (404, page.to_owned(), "not_autotask", transient, transient),
        (403, page.to_owned(), "not_autotask", transient, transient),
        (407, String::new(), "not_autotask", transient, transient),
        (302, String::new(), "not_autotask", transient, transient),
        (200, "{\"items\": [".to_owned(), "malformed", transient, unclear),
        (200, String::new(), "malformed", transient, unclear),
        (404, String::new(), "query", Class::Misuse, Class::Misuse),
        (405, "{\"Message\":\"The requested resource does not support http method 'GET'.\"}".to_owned(), "query", Class::Misuse, Class::Misuse),
    ];
    for (status, body, code, read, create) in table {
        for (purpose, class) in [(READ, read), (CREATE, create)] {
            let error = judged(purpose, status, "", &body).unwrap_err();
            assert_eq!(
                (error.code(), error.class()),
                (code, class),
                "{status} {body}"
            );
        }
    }
}

#[test]
fn a_refused_create_says_why() {
    let body =
        r#"{"errors":["Picklist value [9] does not exist for priority. ; on record number [1]."]}"#;
    let error = judged(CREATE, 500, "application/json", body).unwrap_err();
    assert_eq!(error.code(), "picklist_value");
    assert_eq!(error.validation()[0].record, Some(0));
    assert_eq!(
        error.to_string(),
        "Autotask refused creating tickets: Picklist value [9] does not exist for priority. ; on record number [1]."
    );
    for (text, code) in [
        (
            "Value does not reference an existing entity for companyID.",
            "reference",
        ),
        (
            "dueDateTime is required.; on record number [0]",
            "validation",
        ),
        ("Something nobody has seen yet.", "validation"),
    ] {
        let body = json!({ "errors": [text] }).to_string();
        let error = judged(CREATE, 500, "application/json", &body).unwrap_err();
        assert_eq!(
            (error.code(), error.class()),
            (code, Class::Rejected),
            "{text}"
        );
    }
}

#[test]
fn a_first_call_that_is_refused_in_unknown_words_is_a_refused_login() {
    let body = r#"{"errors":["No such person."]}"#;
    for (purpose, code, class) in [
        (Purpose::LogIn, "login_refused", Class::Stop),
        (Purpose::Usage, "server_error", Class::Transient),
        (READ, "server_error", Class::Transient),
    ] {
        let error = judged(purpose, 500, "application/json", body).unwrap_err();
        assert_eq!((error.code(), error.class()), (code, class));
        assert!(error.to_string().contains("No such person."));
    }
}

#[test]
fn a_wrong_query_is_our_mistake() {
    let body = r#"{"errors":["Unable to find colour in the Ticket Entity"]}"#;
    let error = judged(READ, 500, "application/json", body).unwrap_err();
    assert_eq!((error.code(), error.class()), ("query", Class::Misuse));
}

#[test]
fn a_long_page_is_kept_in_part_only() {
    let body = format!("<html>{}</html>", "ä".repeat(10_000));
    let Err(Error::NotAutotask {
        excerpt, effect, ..
    }) = judged(READ, 200, "text/html", &body)
    else {
        panic!("a page was taken for an answer");
    };
    assert!(excerpt.len() <= 2048);
    assert_eq!(effect, Effect::None);
}

#[test]
fn rows_are_read_in_any_case_and_without_their_nulls() {
    let json = json!({
        "items": [{"id": 5, "ContractID": 0, "serviceID": null, "price": 1.5, "units": 12.0, "newIn2027": 1,
                   "userDefinedFields": [{"name": "A", "value": "B"}], "startDate": "2026-12-28T00:00:00Z"}],
        "pageDetails": {"count": 1, "requestCount": 500, "prevPageUrl": null, "nextPageUrl": null}
    });
    let (rows, next) = page(EntityKind::ContractServiceUnit, &json).unwrap();
    assert_eq!(next, None);
    let row = &rows[0];
    assert_eq!(row.id(), Ok(5));
    assert_eq!(row.integer("contractID"), Ok(0));
    assert_eq!(row.integer("units"), Ok(12));
    assert!(row.integer("serviceID").is_err());
    assert_eq!(row.number_if_any("price"), Ok(Some(1.5)));
    assert_eq!(row.date("startDate"), Ok(jiff::civil::date(2026, 12, 28)));
    assert!(row.boolean_if_any("price").is_err());
}

#[test]
fn what_was_written_has_an_id_or_says_that_it_has_none() {
    assert_eq!(written(&json!({"itemId": 7})), Ok(Some(7)));
    assert_eq!(written(&json!({"ItemID": "7"})), Ok(Some(7)));
    assert_eq!(written(&json!({"itemId": null})), Ok(None));
    assert!(written(&json!({"itemId": "x"})).is_err());
    assert!(written(&json!({})).is_err());
}

#[test]
fn rights_take_the_users_access_into_account() {
    let json = json!({"info": {
        "name": "Ticket", "canCreate": true, "canQuery": true, "canUpdate": false, "canDelete": false,
        "userAccessForCreate": "None", "userAccessForQuery": "All"
    }});
    let rights = rights(&json).unwrap();
    assert!(!rights.can_create && rights.can_query && !rights.can_update);
}

#[test]
fn picklists_keep_inactive_values_and_their_parents() {
    let json = json!({"fields": [{
        "name": "QueueId", "dataType": "integer", "length": 0, "isRequired": false, "isReadOnly": false,
        "isQueryable": true, "isReference": false, "referenceEntityType": "", "isPickList": true,
        "picklistValues": [
            {"value": "29682833", "label": "Client Portal", "isDefaultValue": false, "sortOrder": 2, "parentValue": "", "isActive": true, "isSystem": false},
            {"value": "5", "label": "Gone", "isDefaultValue": true, "sortOrder": 1, "parentValue": "7", "isActive": false, "isSystem": true}
        ],
        "picklistParentValueField": "issueType"
    }]});
    let fields = fields(EntityKind::Ticket, &json).unwrap();
    let queue = Field::named(&fields, "queueID").unwrap();
    assert_eq!(queue.name, "queueID");
    assert_eq!(queue.length, None);
    assert_eq!(queue.picklist[0].parent, None);
    assert!(queue.picklist[0].active && !queue.picklist[1].active);
    assert_eq!(queue.picklist[1].parent.as_deref(), Some("7"));
}

proptest::proptest! {
    #[test]
    fn no_answer_makes_the_judge_panic_and_a_read_is_never_unclear(
        status in 100_u16..600,
        text in proptest::prelude::any::<String>(),
        whole in proptest::prelude::any::<bool>(),
    ) {
        let body = if whole { json!({ "errors": [text] }).to_string() } else { text };
        let _ = judged(CREATE, status, "", &body);
        if let Err(error) = judged(READ, status, "", &body) {
            proptest::prop_assert!(error.class() != Class::Unclear);
        }
    }
}

#[test]
fn an_id_of_nothing_is_no_id_of_what_was_created() {
    assert_eq!(created(&json!({"itemId": 11})), Ok(Some(11)));
    assert_eq!(created(&json!({"itemId": "11"})), Ok(Some(11)));
    assert_eq!(created(&json!({"itemId": null})), Ok(None));
    for id in [json!(0), json!(-1), json!("0"), json!(1.5)] {
        assert!(created(&json!({ "itemId": id })).is_err(), "{id}");
    }
    // A change of the tenant's own company.
    assert_eq!(written(&json!({"itemId": 0})), Ok(Some(0)));
}
