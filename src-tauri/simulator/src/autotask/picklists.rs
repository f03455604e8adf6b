//! The tenant's picklists. All but the system values are the tenant's own.

use std::collections::BTreeMap;

use serde::Serialize;

use super::schema::{Entity, Names};
use super::value::Value;

/// One value of a picklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PicklistValue {
    /// As SOAP has it; REST shows periods as numbers instead of letters.
    pub id: String,
    pub label: String,
    pub active: bool,
    pub system: bool,
    pub default: bool,
    pub sort_order: i64,
    /// The value of the parent field for which it applies; empty if it has none.
    pub parent: String,
}

#[derive(Debug)]
pub(crate) struct Picklists(BTreeMap<(Entity, usize), Vec<PicklistValue>>);

/// The first queue of a usual tenant; the others count up from it.
pub(crate) const FIRST_QUEUE: i64 = 29_682_833;

impl Picklists {
    pub(crate) fn usual() -> Picklists {
        let mut lists = Picklists(BTreeMap::new());
        lists.tickets();
        lists.companies();
        lists.contracts();
        lists.people();
        lists
    }

    fn tickets(&mut self) {
        use Entity::{Ticket, TicketCategory, TicketNote};
        self.add(
            Ticket,
            "Status",
            &[
                ("1", "New", "s"),
                ("5", "Complete", "s"),
                ("7", "Waiting Customer", ""),
                ("8", "In Progress", ""),
                ("9", "Waiting Materials", ""),
                ("10", "Dispatched", ""),
                ("12", "Waiting Vendor", "i"),
            ],
        );
        self.add(
            Ticket,
            "Priority",
            &[
                ("4", "Critical", ""),
                ("1", "High", ""),
                ("2", "Medium", "d"),
                ("3", "Low", ""),
            ],
        );
        let queue = |offset: i64| (FIRST_QUEUE + offset).to_string();
        let queues = [
            ("Level I Support", ""),
            ("Level II Support", ""),
            ("Monitoring Alert", ""),
            ("Backup & Recovery", ""),
            ("Administration", ""),
            ("Recurring Tickets", ""),
            ("Old Helpdesk", "i"),
        ];
        let ids: Vec<String> = (0..7).map(queue).collect();
        let queues: Vec<(&str, &str, &str)> = ids
            .iter()
            .zip(queues)
            .map(|(id, (label, flags))| (id.as_str(), label, flags))
            .collect();
        self.add(Ticket, "QueueID", &queues);
        self.add(Entity::ResourceRole, "QueueID", &queues);
        self.add(
            Ticket,
            "Source",
            &[
                ("2", "Phone", ""),
                ("4", "Email", ""),
                ("6", "Web Portal", ""),
                ("8", "Monitoring Alert", ""),
                ("-2", "Insourced", "s"),
            ],
        );
        self.add(
            Ticket,
            "TicketType",
            &[
                ("1", "Service Request", "sd"),
                ("2", "Incident", "s"),
                ("3", "Problem", "s"),
                ("4", "Change Request", "s"),
                ("5", "Alert", "s"),
            ],
        );
        self.add(
            Ticket,
            "IssueType",
            &[
                ("10", "Backup", ""),
                ("11", "Network", ""),
                ("12", "Workstation", ""),
            ],
        );
        self.add_below(
            Ticket,
            "SubIssueType",
            &[
                ("101", "Backup failed", "10"),
                ("102", "Restore request", "10"),
                ("111", "Connectivity", "11"),
                ("121", "Slow", "12"),
            ],
        );
        let categories = [
            ("2", "AEM Alert", ""),
            ("3", "Standard", "d"),
            ("4", "Datto Alert", ""),
        ];
        self.add(Ticket, "TicketCategory", &categories);
        self.add(
            Ticket,
            "CreatorType",
            &[("1", "Resource", "s"), ("2", "Contact", "s")],
        );
        self.add(
            Ticket,
            "LastActivityPersonType",
            &[("1", "Resource", "s"), ("2", "Contact", "s")],
        );
        self.add(
            TicketNote,
            "NoteType",
            &[
                ("1", "Task Summary", ""),
                ("2", "Task Detail", ""),
                ("3", "Task Notes", ""),
            ],
        );
        self.add(
            TicketNote,
            "Publish",
            &[
                ("1", "All Autotask Users", "s"),
                ("2", "Internal Users Only", "s"),
            ],
        );
        self.add(
            TicketCategory,
            "DisplayColorRGB",
            &[("12", "Blue", "d"), ("13", "Green", "")],
        );
    }

    fn companies(&mut self) {
        self.add(
            Entity::Company,
            "AccountType",
            &[
                ("1", "Customer", "s"),
                ("2", "Lead", "s"),
                ("3", "Prospect", "s"),
                ("4", "Dead", "s"),
                ("6", "Cancelation", "s"),
                ("7", "Vendor", "s"),
                ("8", "Partner", "s"),
            ],
        );
        self.add(
            Entity::Company,
            "BillToAddressToUse",
            &[("1", "Account", "sd"), ("2", "Other", "s")],
        );
        self.add(
            Entity::Company,
            "InvoiceMethod",
            &[("1", "Print", "s"), ("2", "Email", "s")],
        );
    }

    fn contracts(&mut self) {
        use Entity::{BillingCode, Contract, Service};
        self.add(
            Contract,
            "ContractType",
            &[
                ("1", "Time & Materials", "s"),
                ("3", "Fixed Price", "is"),
                ("4", "Block Hours", "is"),
                ("6", "Retainer", "is"),
                ("7", "Recurring Service", "s"),
                ("8", "Per Ticket", "is"),
            ],
        );
        self.add(
            Contract,
            "Status",
            &[("0", "In Active", "s"), ("1", "Active", "s")],
        );
        self.add(
            Contract,
            "BillingPreference",
            &[
                ("1", "Immediately without Review", "s"),
                ("2", "Manually", "s"),
                ("3", "On Timesheet Approval", "s"),
            ],
        );
        self.add(
            Contract,
            "ContractCategory",
            &[("12", "Managed Services", ""), ("13", "Cloud Backup", "")],
        );
        let periods = [
            ("m", "Monthly", "s"),
            ("q", "Quarterly", "s"),
            ("s", "Semi-Annual", "s"),
            ("y", "Yearly", "s"),
        ];
        self.add(Contract, "ContractPeriodType", &periods);
        self.add(Service, "PeriodType", &periods);
        self.add(
            Contract,
            "TimeReportingRequiresStartAndStopTimes",
            &[("0", "No", "sd"), ("1", "Yes", "s")],
        );
        self.add(
            BillingCode,
            "UseType",
            &[
                ("1", "General Allocation Code", "s"),
                ("2", "Expense Category", "s"),
                ("3", "Internal Allocation Code", "s"),
                ("4", "Material Code", "s"),
                ("5", "Recurring Contract Service Code", "s"),
                ("6", "Milestone Code", "s"),
            ],
        );
    }

    fn people(&mut self) {
        use Entity::Resource;
        self.add(
            Resource,
            "EmailTypeCode",
            &[("PRIMARY", "Primary", "s"), ("SECONDARY", "Secondary", "s")],
        );
        self.add(
            Resource,
            "ResourceType",
            &[
                ("Employee", "Employee", "s"),
                ("Contractor", "Contractor", "s"),
            ],
        );
        self.add(
            Resource,
            "UserType",
            &[
                ("1", "System Administrator", "s"),
                ("5", "Service Desk User", "s"),
                ("17", "API User (system)", "s"),
            ],
        );
        self.add(
            Resource,
            "LicenseType",
            &[("1", "Professional", "s"), ("7", "API User", "s")],
        );
        self.add(Resource, "LocationID", &[("382930", "Headquarters", "")]);
        self.add(
            Resource,
            "PayrollType",
            &[("1", "Salary", "s"), ("2", "Hourly", "s")],
        );
        self.add(
            Resource,
            "NumberFormat",
            &[("X,XXX.XX", "X,XXX.XX", "s"), ("X.XXX,XX", "X.XXX,XX", "s")],
        );
    }

    /// Values as id, label and flags: `s` system, `d` default, `i` inactive.
    fn add(&mut self, entity: Entity, field: &str, values: &[(&str, &str, &str)]) {
        let Some(position) = entity.spec().position(field, Names::Soap) else {
            return;
        };
        let values = (1..)
            .zip(values)
            .map(|(sort_order, (id, label, flags))| PicklistValue {
                id: (*id).to_owned(),
                label: (*label).to_owned(),
                active: !flags.contains('i'),
                system: flags.contains('s'),
                default: flags.contains('d'),
                sort_order,
                parent: String::new(),
            });
        self.0.insert((entity, position), values.collect());
    }

    /// Values as id, label and parent value.
    fn add_below(&mut self, entity: Entity, field: &str, values: &[(&str, &str, &str)]) {
        let flat: Vec<_> = values
            .iter()
            .map(|(id, label, _)| (*id, *label, ""))
            .collect();
        self.add(entity, field, &flat);
        let position = entity.spec().position(field, Names::Soap);
        if let Some(list) = position.and_then(|position| self.0.get_mut(&(entity, position))) {
            for (value, (_, _, parent)) in list.iter_mut().zip(values) {
                value.parent = (*parent).to_owned();
            }
        }
    }

    pub(crate) fn values(&self, entity: Entity, position: usize) -> &[PicklistValue] {
        self.0.get(&(entity, position)).map_or(&[], Vec::as_slice)
    }

    /// An active value of the list, and fitting the parent's value if it has one.
    pub(crate) fn allows(
        &self,
        entity: Entity,
        position: usize,
        value: &Value,
        parent: Option<&Value>,
    ) -> bool {
        let wanted = text_of(value);
        self.values(entity, position).iter().any(|known| {
            known.id.eq_ignore_ascii_case(&wanted)
                && known.active
                && (known.parent.is_empty()
                    || parent.is_none_or(|parent| text_of(parent) == known.parent))
        })
    }

    pub(crate) fn default_of(&self, entity: Entity, position: usize) -> Option<&PicklistValue> {
        self.values(entity, position)
            .iter()
            .find(|value| value.default && value.active)
    }

    /// False if there is no such value.
    pub(crate) fn change(
        &mut self,
        entity: Entity,
        field: &str,
        id: &str,
        change: impl FnOnce(&mut PicklistValue),
    ) -> bool {
        let position = entity.spec().position(field, Names::Soap);
        let list = position.and_then(|position| self.0.get_mut(&(entity, position)));
        match list.and_then(|list| list.iter_mut().find(|value| value.id == id)) {
            Some(value) => {
                change(value);
                true
            }
            None => false,
        }
    }

    /// False if there is no such value.
    pub(crate) fn delete(&mut self, entity: Entity, field: &str, id: &str) -> bool {
        let position = entity.spec().position(field, Names::Soap);
        let list = position.and_then(|position| self.0.get_mut(&(entity, position)));
        list.is_some_and(|list| {
            let before = list.len();
            list.retain(|value| value.id != id);
            list.len() < before
        })
    }
}

pub(crate) fn text_of(value: &Value) -> String {
    match value {
        Value::Int(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Real(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Null | Value::Time(_) | Value::Date(_) => String::new(),
    }
}
