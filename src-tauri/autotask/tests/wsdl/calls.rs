//! Everything that the SOAP side can be asked, written by hand, so that its answers come about.

use std::collections::BTreeMap;

use reqwest::Client as Http;
use simulator::{AutotaskDoor, Fault, Service as Side, Simulator, What, When};

use crate::caller::{Caller, element, escaped, text};

/// Every entity of the simulated tenant, by SOAP name.
const ENTITIES: [&str; 13] = [
    "Ticket",
    "TicketNote",
    "TicketCategory",
    "Account",
    "Contract",
    "ContractService",
    "ContractServiceUnit",
    "ContractServiceAdjustment",
    "Service",
    "AllocationCode",
    "Resource",
    "Role",
    "ResourceRole",
];
const UPDATABLE: [&str; 9] = [
    "Ticket",
    "TicketNote",
    "TicketCategory",
    "Account",
    "Contract",
    "ContractService",
    "Service",
    "Resource",
    "Role",
];
/// What is made by sending a row that is there already, under a new id.
const COPIED: [&str; 6] = [
    "Ticket",
    "TicketNote",
    "Account",
    "Contract",
    "Service",
    "Role",
];

/// Markup, quotes, every kind of line end and space, letters of two to four bytes, as references.
const AWKWARD: &str = "&amp; &lt;b&gt; &quot;q&quot; 'a' ]]&gt; &amp;amp; tab&#9;line&#10;return&#13;&#10;del\u{7f} \
                       nel\u{85} nbsp\u{a0} ünïcödé \u{2028} 漢字 🙂 \u{fffd} end ";
/// What a person can type into the web interface, and XML cannot hold.
const FORBIDDEN: &str = "bell\u{7} escape\u{1b} start\u{1} no\u{fffe}letter\u{ffff}";

/// Calls everything, with and without success.
pub async fn make(simulator: &Simulator) {
    let logins = simulator.logins();
    let caller = Caller {
        simulator,
        http: Http::builder().no_proxy().build().unwrap(),
        password: logins.password.clone(),
        identifier: logins.tracking_identifier.clone(),
    };
    caller.read_about_the_service().await;
    caller.write_tickets().await;
    caller.write_contracts().await;
    caller.read_every_entity().await;
    caller.write_back_every_entity().await;
    caller.be_refused().await;
    caller.be_denied().await;
}

impl Caller<'_> {
    async fn read_about_the_service(&self) {
        let user = &self.simulator.logins().username;
        for name in [user.as_str(), "nobody@unknown.example", ""] {
            self.call("getZoneInfo", &format!("<UserName>{name}</UserName>"))
                .await;
        }
        for operation in [
            "GetWsdlVersion",
            "getThresholdAndUsageInfo",
            "GetEntityInfo",
        ] {
            self.call(operation, "").await;
        }
        for entity in ENTITIES {
            let told = self
                .call("GetFieldInfo", &element("psObjectType", entity))
                .await;
            assert!(told.contains("<Field>"), "{told}");
            self.call("getUDFInfo", &element("psTable", entity)).await;
        }
    }

    async fn write_tickets(&self) {
        let bare = self.ticket("<Title>bare</Title>");
        let awkward = self.ticket(&format!(
            "<Title>{AWKWARD}</Title><Description>{AWKWARD}</Description>"
        ));
        self.create(&bare).await;
        self.create(&format!("{awkward}{bare}{awkward}")).await;
        self.create_full_ticket().await;
        let ticket = self.door().tickets()[0].id;
        let note = format!(
            "<Entity xsi:type=\"TicketNote\"><id>0</id><Description>{AWKWARD}</Description>\
             <NoteType>1</NoteType><Publish>1</Publish><TicketID>{ticket}</TicketID></Entity>"
        );
        self.create(&note).await;
    }

    /// A ticket with a value in every field that can be written.
    async fn create_full_ticket(&self) {
        let told = self
            .call("GetFieldInfo", &element("psObjectType", "Ticket"))
            .await;
        let referred = self.rows_to_refer_to().await;
        let mut written = Vec::new();
        let mut entity = "<Entity xsi:type=\"Ticket\"><id>0</id>".to_owned();
        for field in told.split("<Field>").skip(1) {
            let name = text(field, "Name");
            if text(field, "IsReadOnly") == "true" {
                continue;
            }
            let Some(value) = value_for(field, &entity, &referred) else {
                continue;
            };
            entity.push_str(&element(&name, &value));
            written.push(name);
        }
        entity.push_str("</Entity>");
        let answer = self.create(&entity).await;
        assert!(written.len() >= 25, "{written:?}");
        for name in written {
            let typed = format!("<{name} xsi:type=\"");
            let value = answer.split(&typed).nth(1).unwrap_or_default();
            let is_empty = value.split('>').next().unwrap().ends_with('/');
            assert!(!value.is_empty() && !is_empty, "{name} is not there");
        }
    }

    /// One row of each entity, by the entity; resource and role belong together.
    async fn rows_to_refer_to(&self) -> BTreeMap<&'static str, String> {
        let mut rows = BTreeMap::new();
        for entity in ["AllocationCode", "Contract", "ContractService", "Ticket"] {
            rows.insert(entity, text(&self.query(entity).await, "id"));
        }
        let contract = &self.door().contracts()[0];
        rows.insert("Account", contract.company_id.to_string());
        let pair = self.query("ResourceRole").await;
        for (entity, field) in [("Resource", "ResourceID"), ("Role", "RoleID")] {
            let value = pair
                .split(&format!("<{field} xsi:type=\"xsd:long\">"))
                .nth(1);
            let id = value.and_then(|rest| rest.split('<').next());
            rows.insert(entity, id.unwrap().to_owned());
        }
        rows
    }

    async fn write_contracts(&self) {
        let door = self.door();
        let line = door.contract_services()[0].clone();
        let adjustment = |day: &str, change: i64| {
            format!(
                "<Entity xsi:type=\"ContractServiceAdjustment\"><id>0</id><ContractID>{}</ContractID>\
                 <ServiceID>{}</ServiceID><EffectiveDate>{day}T00:00:00</EffectiveDate>\
                 <UnitChange>{change}</UnitChange></Entity>",
                line.contract_id, line.service_id
            )
        };
        let day = self.simulator.now().to_string()[..10].to_owned();
        self.create(&adjustment(&day, 3)).await;
        self.refuse("create", &adjustment("1999-01-01", 3)).await;
        let missing = door.services().into_iter().find(|service| {
            let lines = door.contract_services();
            let mut of_contract = lines
                .iter()
                .filter(|other| other.contract_id == line.contract_id);
            of_contract.all(|other| other.service_id != service.id)
        });
        let new_line = format!(
            "<Entity xsi:type=\"ContractService\"><id>0</id><ContractID>{}</ContractID>\
             <ServiceID>{}</ServiceID></Entity>",
            line.contract_id,
            missing.unwrap().id
        );
        self.create(&new_line).await;
    }

    async fn read_every_entity(&self) {
        for entity in ENTITIES {
            let answer = self.query(entity).await;
            let is_queryable = entity != "ContractServiceAdjustment";
            let wanted = if is_queryable {
                "<Entity "
            } else {
                "<ATWSError>"
            };
            assert!(answer.contains(wanted), "{entity}: {answer}");
        }
        // Nothing found.
        let nothing = "<queryxml><entity>Ticket</entity><query><field>id<expression op=\"equals\">1\
                       </expression></field></query></queryxml>";
        let answer = self
            .call("query", &element("sXML", &escaped(nothing)))
            .await;
        assert!(answer.contains("<EntityResults />"), "{answer}");
    }

    /// As clients change a row: read it, and send it back. A copy is made of what allows it.
    async fn write_back_every_entity(&self) {
        for entity in UPDATABLE {
            let answer = self.query(entity).await;
            let row = answer.split("<Entity ").nth(1).unwrap();
            let row = row.split("</Entity>").next().unwrap();
            let row = format!("<Entity {row}</Entity>");
            self.write("update", &row, "1").await;
            if COPIED.contains(&entity) {
                let id = format!("<id>{}</id>", text(&row, "id"));
                self.create(&row.replace(&id, "<id>0</id>")).await;
            }
        }
        // Rows hold such characters only from here on: nothing could send them back.
        let door = self.door();
        let id = door.tickets()[0].id;
        let changes = serde_json::json!({ "title": FORBIDDEN, "description": FORBIDDEN });
        door.edit_ticket(id, changes.as_object().unwrap()).unwrap();
        let answer = self.query("Ticket").await;
        assert!(answer.contains("escape&#x1B; start&#x1;"), "{answer}");
    }

    async fn be_refused(&self) {
        let good = self.ticket("<Title>good</Title>");
        let untitled = self.ticket("");
        let nowhere = good.replace("<QueueID>", "<QueueID xsi:nil=\"true\">");
        let number = good.replace("<Priority>1", "<Priority>high");
        let unknown = good.replace("<Priority>1", "<Priority>99");
        for batch in [&untitled, &nowhere, &number, &unknown] {
            self.refuse("create", &format!("{good}{batch}")).await;
        }
        self.refuse("create", &good.repeat(201)).await;
        self.refuse("create", "").await;
        self.refuse("create", "<Entity xsi:type=\"Nothing\"><id>0</id></Entity>")
            .await;
        self.refuse("update", &good.replace("<id>0", "<id>7")).await;
        for entity in ENTITIES {
            let row = format!("<Entity xsi:type=\"{entity}\"><id>1</id></Entity>");
            self.refuse("delete", &row).await;
        }
        for query in [
            "no xml",
            "<queryxml/>",
            "<queryxml><entity>Nothing</entity><query/></queryxml>",
            "<queryxml><entity>Ticket</entity><query><field>Nothing<expression op=\"equals\">1</expression></field>\
             </query></queryxml>",
        ] {
            let answer = self.call("query", &element("sXML", &escaped(query))).await;
            assert_eq!(text(&answer, "ReturnCode"), "-1", "{answer}");
        }
        // What cannot be understood is a fault.
        let unknown = element("psObjectType", "Nothing");
        let answers = [
            self.call("GetFieldInfo", &unknown).await,
            self.call("DropEverything", "").await,
            self.send("query", "no xml".to_owned()).await,
            self.send("query", String::new()).await,
            self.send("create", self.envelope("query", "")).await,
        ];
        for answer in answers {
            assert!(answer.contains("<soap:Fault>"), "{answer}");
        }
    }

    /// Rights, login, locks and limits.
    async fn be_denied(&self) {
        let door = self.door();
        door.set_rights("Ticket", false, false, false);
        let good = self.ticket("<Title>good</Title>");
        for operation in ["create", "update"] {
            self.refuse(operation, &good).await;
        }
        assert_eq!(text(&self.query("Ticket").await, "ReturnCode"), "-1");
        self.call("GetEntityInfo", "").await;
        door.set_rights("Ticket", true, true, true);

        let wrong_password = Caller {
            password: "wrong".to_owned(),
            http: self.http.clone(),
            identifier: self.identifier.clone(),
            ..*self
        };
        let choices = door.choices();
        let mut patient = choices;
        patient.lock_after = 0;
        door.set_choices(patient);
        wrong_password.call_everything("<html>").await;
        let wrong_identifier = Caller {
            identifier: "WRONG".to_owned(),
            http: self.http.clone(),
            password: self.password.clone(),
            ..*self
        };
        wrong_identifier
            .call_everything("IntegrationCode is invalid.")
            .await;

        for (status, sign) in [(500, "has been locked"), (401, "<html>")] {
            let mut other = choices;
            other.locked_status = status;
            door.set_choices(other);
            door.set_user_locked(true);
            self.call_everything(sign).await;
        }
        door.set_user_locked(false);
        door.set_choices(choices);

        door.set_limits(true);
        door.set_quota_used(10_000);
        self.call_everything("<soap:Fault>").await;
        door.set_quota_used(0);
        self.simulator.faults().add(Fault {
            service: Side::Autotask,
            on: None,
            when: When::Always,
            what: What::ThreadLimit,
        });
        self.call_everything("<soap:Fault>").await;
        self.simulator.faults().clear();
        door.set_limits(false);
    }

    /// Every operation that needs a login; each answer must hold the sign.
    async fn call_everything(&self, sign: &str) {
        let field = element("psObjectType", "Ticket");
        for (operation, body) in [
            ("query", ""),
            ("create", "<Entities />"),
            ("update", "<Entities />"),
            ("delete", "<Entities />"),
            ("GetFieldInfo", field.as_str()),
            ("getUDFInfo", "<psTable>Ticket</psTable>"),
            ("GetEntityInfo", ""),
            ("getThresholdAndUsageInfo", ""),
            ("GetWsdlVersion", ""),
        ] {
            let answer = self.call(operation, body).await;
            assert!(answer.contains(sign), "{operation}: {answer}");
        }
    }

    fn door(&self) -> AutotaskDoor {
        self.simulator.autotask()
    }

    /// All that a ticket needs but the title.
    fn ticket(&self, more: &str) -> String {
        let company = self.door().companies()[1].id;
        let queue = self.door().queues()[0].id.clone();
        format!(
            "<Entity xsi:type=\"Ticket\"><id>0</id><AccountID>{company}</AccountID>\
             <DueDateTime>2026-11-25T12:00:00</DueDateTime><Priority>1</Priority><QueueID>{queue}</QueueID>\
             <Status>1</Status>{more}</Entity>"
        )
    }
}

/// A value that a field takes. `before`: the elements in front of it, for a picklist that depends
/// on one of them.
fn value_for(
    field: &str,
    before: &str,
    referred: &BTreeMap<&'static str, String>,
) -> Option<String> {
    if text(field, "IsPickList") == "true" {
        let parent = text(field, "PicklistParentValueField");
        let wanted = text(before, &parent);
        let mut fitting = field.split("<PickListValue>").skip(1).filter(|value| {
            text(value, "IsActive") == "true" && text(value, "parentValue") == wanted
        });
        return fitting.next().map(|value| text(value, "Value"));
    }
    let reference = text(field, "ReferenceEntityType");
    if !reference.is_empty() {
        // There is nothing to refer to where the tenant does not have the entity.
        return referred.get(reference.as_str()).cloned();
    }
    let length: usize = text(field, "Length").parse().unwrap();
    Some(match text(field, "Type").as_str() {
        "string" => "x".repeat(length),
        "datetime" => "2026-11-25T12:00:00.25".to_owned(),
        "boolean" => "true".to_owned(),
        "double" | "decimal" | "float" => "1.25".to_owned(),
        _ => "1".to_owned(),
    })
}
