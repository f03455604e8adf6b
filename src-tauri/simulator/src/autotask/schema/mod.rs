//! The table of entities: every entity with its names, rights and fields.
//!
//! REST names, SOAP names, required and read-only checks, length limits, picklists, references
//! and the metadata calls all derive from this one table, so that the two transports cannot
//! drift apart. A field without a SOAP name exists in REST only, and the other way round.

mod companies;
mod contracts;
mod field;
mod tickets;

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::LazyLock;

pub(crate) use field::{FieldKind, FieldSpec, Names};

macro_rules! fields {
    ($name:ident $($soap:literal = $rest:literal : $kind:ident $(($length:literal))? $(, $flag:ident $(($argument:literal))?)* ;)*) => {
        pub(super) const $name: &[super::field::FieldSpec] = &[
            $(super::field::field($soap, $rest, super::field::FieldKind::$kind $(($length))?) $(.$flag($($argument)?))*),*
        ];
    };
}
use fields;

/// The entities that the simulated tenant has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Entity {
    Ticket,
    TicketNote,
    TicketCategory,
    Company,
    Contract,
    ContractService,
    ContractServiceUnit,
    ContractServiceAdjustment,
    Service,
    BillingCode,
    Resource,
    Role,
    ResourceRole,
}

impl Entity {
    pub(crate) const ALL: [Entity; 13] = [
        Entity::Ticket,
        Entity::TicketNote,
        Entity::TicketCategory,
        Entity::Company,
        Entity::Contract,
        Entity::ContractService,
        Entity::ContractServiceUnit,
        Entity::ContractServiceAdjustment,
        Entity::Service,
        Entity::BillingCode,
        Entity::Resource,
        Entity::Role,
        Entity::ResourceRole,
    ];

    pub(crate) fn spec(self) -> &'static EntitySpec {
        match self {
            Entity::Ticket => &SPECS.ticket,
            Entity::TicketNote => &SPECS.ticket_note,
            Entity::TicketCategory => &SPECS.ticket_category,
            Entity::Company => &SPECS.company,
            Entity::Contract => &SPECS.contract,
            Entity::ContractService => &SPECS.contract_service,
            Entity::ContractServiceUnit => &SPECS.contract_service_unit,
            Entity::ContractServiceAdjustment => &SPECS.contract_service_adjustment,
            Entity::Service => &SPECS.service,
            Entity::BillingCode => &SPECS.billing_code,
            Entity::Resource => &SPECS.resource,
            Entity::Role => &SPECS.role,
            Entity::ResourceRole => &SPECS.resource_role,
        }
    }

    /// By SOAP name, in any case.
    pub(crate) fn by_soap_name(name: &str) -> Option<Entity> {
        Entity::ALL
            .into_iter()
            .find(|entity| entity.spec().soap.eq_ignore_ascii_case(name))
    }

    /// By the name of its REST collection, in any case.
    pub(crate) fn by_rest_name(name: &str) -> Option<Entity> {
        Entity::ALL
            .into_iter()
            .find(|entity| entity.spec().rest.eq_ignore_ascii_case(name))
    }

    /// By either name, in any case.
    pub(crate) fn by_name(name: &str) -> Option<Entity> {
        Entity::by_rest_name(name).or_else(|| Entity::by_soap_name(name))
    }
}

/// Fields by name. The names are our own, so the hash need not withstand anybody.
type Positions = HashMap<String, usize, BuildHasherDefault<Fnv>>;

/// The Fowler-Noll-Vo hash: a few instructions per letter even without optimisation.
#[derive(Debug, Default)]
struct Fnv(u64);

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}

/// How an entity is written over REST.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RestWrites {
    /// Not at all.
    Never,
    /// On the collection.
    Root,
    /// Below its parent only: collection of the parent, name of the child route, the field that
    /// holds the parent's id (by SOAP name).
    Child(&'static str, &'static str, &'static str),
    /// On the collection and below the parent.
    RootAndChild(&'static str, &'static str, &'static str),
}

/// One entity.
#[derive(Debug)]
pub(crate) struct EntitySpec {
    /// `Account`
    pub soap: &'static str,
    /// `Companies`
    pub rest: &'static str,
    /// `Company`: how REST messages name one row.
    pub rest_one: &'static str,
    pub can_create: bool,
    pub can_update: bool,
    pub can_query: bool,
    pub has_user_defined_fields: bool,
    pub rest_writes: RestWrites,
    pub fields: &'static [FieldSpec],
    by_soap: Positions,
    by_rest: Positions,
}

impl EntitySpec {
    fn new(
        names: [&'static str; 3],
        rights: &str,
        rest_writes: RestWrites,
        fields: &'static [FieldSpec],
    ) -> EntitySpec {
        let index = |name: fn(&FieldSpec) -> &'static str| {
            let named = fields
                .iter()
                .enumerate()
                .filter(|(_, field)| !name(field).is_empty());
            // As written and in lower case: most look-ups need no copy of the name.
            named
                .flat_map(|(at, field)| {
                    let name = name(field);
                    [(name.to_owned(), at), (name.to_ascii_lowercase(), at)]
                })
                .collect()
        };
        EntitySpec {
            soap: names[0],
            rest: names[1],
            rest_one: names[2],
            can_create: rights.contains('c'),
            can_update: rights.contains('u'),
            can_query: rights.contains('q'),
            has_user_defined_fields: rights.contains('d'),
            rest_writes,
            fields,
            by_soap: index(|field| field.soap),
            by_rest: index(|field| field.rest),
        }
    }

    /// Where a field stands in a row, by its name in the given transport, in any case.
    pub(crate) fn position(&self, name: &str, names: Names) -> Option<usize> {
        let positions = match names {
            Names::Rest => &self.by_rest,
            Names::Soap => &self.by_soap,
        };
        let found = positions
            .get(name)
            .or_else(|| positions.get(&name.to_ascii_lowercase()));
        found.copied()
    }

    /// How a message names one row of it.
    pub(crate) fn one(&self, names: Names) -> &'static str {
        match names {
            Names::Rest => self.rest_one,
            Names::Soap => self.soap,
        }
    }
}

struct Specs {
    ticket: EntitySpec,
    ticket_note: EntitySpec,
    ticket_category: EntitySpec,
    company: EntitySpec,
    contract: EntitySpec,
    contract_service: EntitySpec,
    contract_service_unit: EntitySpec,
    contract_service_adjustment: EntitySpec,
    service: EntitySpec,
    billing_code: EntitySpec,
    resource: EntitySpec,
    role: EntitySpec,
    resource_role: EntitySpec,
}

static SPECS: LazyLock<Specs> = LazyLock::new(|| {
    use RestWrites::{Child, Never, Root, RootAndChild};
    let below_contract = |route| Child("Contracts", route, "ContractID");
    Specs {
        ticket: EntitySpec::new(
            ["Ticket", "Tickets", "Ticket"],
            "cuqd",
            Root,
            tickets::TICKET,
        ),
        ticket_note: EntitySpec::new(
            ["TicketNote", "TicketNotes", "TicketNote"],
            "cuq",
            Child("Tickets", "Notes", "TicketID"),
            tickets::TICKET_NOTE,
        ),
        ticket_category: EntitySpec::new(
            ["TicketCategory", "TicketCategories", "TicketCategory"],
            "uq",
            Root,
            tickets::TICKET_CATEGORY,
        ),
        company: EntitySpec::new(
            ["Account", "Companies", "Company"],
            "cuqd",
            Root,
            companies::COMPANY,
        ),
        contract: EntitySpec::new(
            ["Contract", "Contracts", "Contract"],
            "cuqd",
            Root,
            contracts::CONTRACT,
        ),
        contract_service: EntitySpec::new(
            ["ContractService", "ContractServices", "ContractService"],
            "cuq",
            below_contract("Services"),
            contracts::CONTRACT_SERVICE,
        ),
        contract_service_unit: EntitySpec::new(
            [
                "ContractServiceUnit",
                "ContractServiceUnits",
                "ContractServiceUnit",
            ],
            "q",
            below_contract("ServiceUnits"),
            contracts::CONTRACT_SERVICE_UNIT,
        ),
        contract_service_adjustment: EntitySpec::new(
            [
                "ContractServiceAdjustment",
                "ContractServiceAdjustments",
                "ContractServiceAdjustment",
            ],
            "c",
            RootAndChild("Contracts", "ServiceAdjustments", "ContractID"),
            contracts::CONTRACT_SERVICE_ADJUSTMENT,
        ),
        service: EntitySpec::new(
            ["Service", "Services", "Service"],
            "cuq",
            Root,
            contracts::SERVICE,
        ),
        billing_code: EntitySpec::new(
            ["AllocationCode", "BillingCodes", "BillingCode"],
            "q",
            Never,
            contracts::BILLING_CODE,
        ),
        resource: EntitySpec::new(
            ["Resource", "Resources", "Resource"],
            "uq",
            Root,
            companies::RESOURCE,
        ),
        role: EntitySpec::new(["Role", "Roles", "Role"], "cuq", Root, companies::ROLE),
        resource_role: EntitySpec::new(
            ["ResourceRole", "ResourceRoles", "ResourceRole"],
            "q",
            Never,
            companies::RESOURCE_ROLE,
        ),
    }
});
