//! Autotask's side of the world.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::names::Customer;
use crate::autotask::periods;
use crate::autotask::picklists::FIRST_QUEUE;
use crate::autotask::rules::utc_day;
use crate::autotask::schema::Entity;
use crate::autotask::tenant::Tenant;
use crate::autotask::value::Value;
use crate::random::Random;
use crate::simulator::Config;

pub(super) fn make(config: &Config, customers: &[Customer], start: Timestamp) -> Tenant {
    let mut tenant = Tenant::new();
    let mut random = Random::new(config.seed, "tenant");
    people(&mut tenant, &config.username);
    categories(&mut tenant);
    let services = services(&mut tenant, start);
    own_company(&mut tenant, start);
    let companies: Vec<i64> = customers
        .iter()
        .map(|customer| company(&mut tenant, &mut random, customer, start))
        .collect();
    others(&mut tenant, start);
    for (number, company) in (1..).zip(companies) {
        let made = contracts(&mut tenant, &mut random, number, company, &services, start);
        let missing = config.contracts_per_customer.saturating_sub(made);
        more_contracts(&mut tenant, number, company, &services, start, missing);
    }
    tenant
}

fn insert(tenant: &mut Tenant, entity: Entity, values: Vec<(&str, Value)>) -> i64 {
    let row = Tenant::row(entity, values);
    tenant.store.insert(entity, row)
}

fn people(tenant: &mut Tenant, username: &str) {
    let people = [
        ("Ann", "Lindqvist", 1, 1),
        ("Tomás", "Reyes", 5, 1),
        ("Priya", "Nair", 5, 1),
        ("API", "User", 17, 7),
    ];
    let roles = ["Help Desk Technician", "System Engineer", "Account Manager"].map(|name| {
        insert(
            tenant,
            Entity::Role,
            vec![
                ("Name", name.into()),
                ("Active", true.into()),
                ("HourlyFactor", 1.0.into()),
                ("HourlyRate", 95.0.into()),
                ("SystemRole", false.into()),
                ("IsExcludedFromNewContracts", false.into()),
                ("RoleType", 0.into()),
            ],
        )
    });
    for (first, last, user_type, license) in people {
        let is_api = license == 7;
        let local = username.split('@').next().unwrap_or("api");
        let user_name = if is_api {
            local.to_owned()
        } else {
            first.to_lowercase()
        };
        let id = insert(
            tenant,
            Entity::Resource,
            vec![
                ("FirstName", first.into()),
                ("LastName", last.into()),
                ("UserName", user_name.clone().into()),
                ("Email", format!("{user_name}@demo-partner.example").into()),
                ("EmailTypeCode", "PRIMARY".into()),
                ("Active", true.into()),
                ("ResourceType", "Employee".into()),
                ("UserType", user_type.into()),
                ("LicenseType", license.into()),
                ("LocationID", 382_930.into()),
                ("PayrollType", 1.into()),
                ("NumberFormat", "X,XXX.XX".into()),
                ("HireDate", Date::constant(2019, 3, 1).into()),
            ],
        );
        if is_api {
            tenant.api_resource = id;
            continue;
        }
        let role = roles.first().copied().unwrap_or(0);
        insert(
            tenant,
            Entity::ResourceRole,
            vec![
                ("ResourceID", id.into()),
                ("RoleID", role.into()),
                ("QueueID", FIRST_QUEUE.into()),
                ("Active", true.into()),
            ],
        );
    }
}

fn categories(tenant: &mut Tenant) {
    for (id, name, nickname, is_default) in [
        (2, "AEM Alert", "AEM", false),
        (3, "Standard", "STD", true),
        (4, "Datto Alert", "DAT", false),
    ] {
        let row = Tenant::row(
            Entity::TicketCategory,
            vec![
                ("Name", name.into()),
                ("Nickname", nickname.into()),
                ("Active", true.into()),
                ("GlobalDefault", is_default.into()),
                ("ApiOnly", (!is_default).into()),
                ("DisplayColorRGB", 12.into()),
            ],
        );
        tenant.store.insert_as(Entity::TicketCategory, id, row);
    }
    tenant.due_days_of_category.insert(2, 1);
}

fn services(tenant: &mut Tenant, start: Timestamp) -> Vec<i64> {
    let codes = [
        ("Remote Support", 1),
        ("Managed Services", 5),
        ("Cloud Services", 5),
        ("Hardware", 4),
    ];
    let codes = codes.map(|(name, use_type)| {
        insert(
            tenant,
            Entity::BillingCode,
            vec![
                ("Name", name.into()),
                ("UseType", use_type.into()),
                ("Active", true.into()),
                ("UnitCost", 0.0.into()),
                ("UnitPrice", 0.0.into()),
                ("IsExcludedFromNewContracts", false.into()),
            ],
        )
    });
    let cloud = codes.get(2).copied().unwrap_or(0);
    let services = [
        ("Cloud Direct backup storage (per GB)", 0.12, 0.05),
        ("Cloud Direct disaster recovery (per GB)", 0.31, 0.14),
        ("Managed workstation", 18.5, 7.0),
        ("Managed server", 95.0, 40.0),
    ];
    let rows = services.map(|(name, price, cost)| {
        insert(
            tenant,
            Entity::Service,
            vec![
                ("Name", name.into()),
                ("UnitPrice", price.into()),
                ("UnitCost", cost.into()),
                ("PeriodType", "m".into()),
                ("AllocationCodeID", cloud.into()),
                ("IsActive", true.into()),
                ("CreateDate", start.into()),
                ("LastModifiedDate", start.into()),
            ],
        )
    });
    rows.to_vec()
}

fn own_company(tenant: &mut Tenant, start: Timestamp) {
    let row = Tenant::row(
        Entity::Company,
        vec![
            ("AccountName", "Demo Partner IT Services".into()),
            ("Phone", "555-0100-0000".into()),
            ("AccountType", 1.into()),
            ("OwnerResourceID", tenant.api_resource.into()),
            ("Active", true.into()),
            ("CreateDate", start.into()),
        ],
    );
    tenant.store.insert_as(Entity::Company, 0, row);
}

fn company(tenant: &mut Tenant, random: &mut Random, customer: &Customer, start: Timestamp) -> i64 {
    let created = SignedDuration::from_hours(24 * random.between(200, 2000));
    let owner = tenant
        .store
        .rows(Entity::Resource)
        .next()
        .and_then(|row| row.first().and_then(Value::int));
    insert(
        tenant,
        Entity::Company,
        vec![
            ("AccountName", customer.company.as_str().into()),
            ("Phone", customer.phone.as_str().into()),
            ("City", customer.city.into()),
            ("Country", customer.country.into()),
            ("AccountType", 1.into()),
            ("OwnerResourceID", owner.unwrap_or(0).into()),
            ("Active", true.into()),
            (
                "AccountNumber",
                format!("C{:04}", random.below(10_000)).into(),
            ),
            ("BillToAddressToUse", 1.into()),
            ("InvoiceMethod", 2.into()),
            (
                "CreateDate",
                start.checked_sub(created).unwrap_or(start).into(),
            ),
            ("LastActivityDate", start.into()),
        ],
    )
}

/// Companies that are no backup customers: a prospect, a vendor and one that has left.
fn others(tenant: &mut Tenant, start: Timestamp) {
    for (name, kind, active) in [
        ("Prospect Partners", 3, true),
        ("Arcserve (vendor)", 7, true),
        ("Former Customer Ltd", 6, false),
    ] {
        insert(
            tenant,
            Entity::Company,
            vec![
                ("AccountName", name.into()),
                ("Phone", "555-0199-0000".into()),
                ("AccountType", kind.into()),
                ("OwnerResourceID", tenant.api_resource.into()),
                ("Active", active.into()),
                ("CreateDate", start.into()),
            ],
        );
    }
}

/// Every company has a running recurring-service contract; some have others besides: expired,
/// inactive, or of a type that has no services. Says how many.
fn contracts(
    tenant: &mut Tenant,
    random: &mut Random,
    number: usize,
    company: i64,
    services: &[i64],
    start: Timestamp,
) -> usize {
    let mut made = 1;
    let today = utc_day(start);
    let first = today.first_of_month();
    let months_ago = |months: i64| first.checked_sub(months.months()).unwrap_or(first);
    let begun = months_ago(random.between(3, 20));
    let running = contract(tenant, company, ("Cloud Backup", 7, 1), begun, 3);
    let storage = services.first().copied().unwrap_or(0);
    line(tenant, running, storage, random.between(10, 3000));
    if number.is_multiple_of(3) {
        let recovery = services.get(1).copied().unwrap_or(0);
        line(tenant, running, recovery, random.between(10, 800));
    }
    if number.is_multiple_of(5) {
        contract(tenant, company, ("Time & Materials", 1, 1), begun, 3);
        made += 1;
    }
    if number.is_multiple_of(6) {
        let expired = contract(
            tenant,
            company,
            ("Cloud Backup (old)", 7, 1),
            months_ago(30),
            1,
        );
        line(tenant, expired, storage, 100);
        made += 1;
    }
    if number.is_multiple_of(8) {
        let inactive = contract(tenant, company, ("Cloud Backup (draft)", 7, 0), begun, 1);
        line(tenant, inactive, storage, 0);
        made += 1;
    }
    made
}

/// Running contracts for other services, for a tenant that has many of them.
fn more_contracts(
    tenant: &mut Tenant,
    number: usize,
    company: i64,
    services: &[i64],
    start: Timestamp,
    count: usize,
) {
    let first = utc_day(start).first_of_month();
    let names = [
        ("Managed Workstations", services.get(2)),
        ("Managed Servers", services.get(3)),
    ];
    for (at, (name, service)) in names.into_iter().cycle().take(count).enumerate() {
        let months = i64::try_from((number + at) % 18).unwrap_or(0) + 1;
        let begun = first.checked_sub(months.months()).unwrap_or(first);
        let name = match at / names.len() {
            0 => name.to_owned(),
            again => format!("{name} {}", again + 1),
        };
        let id = contract(tenant, company, (&name, 7, 1), begun, 3);
        let service = service.copied().unwrap_or(0);
        line(tenant, id, service, months + 2);
    }
}

fn contract(
    tenant: &mut Tenant,
    company: i64,
    (name, contract_type, status): (&str, i64, i64),
    start: Date,
    years: i64,
) -> i64 {
    let end = start
        .checked_add(years.years())
        .and_then(|end| end.checked_sub(1.day()))
        .unwrap_or(start);
    let period = if contract_type == 7 {
        Value::from("m")
    } else {
        Value::Null
    };
    insert(
        tenant,
        Entity::Contract,
        vec![
            ("AccountID", company.into()),
            ("ContractName", name.into()),
            ("ContractType", contract_type.into()),
            ("Status", status.into()),
            ("StartDate", start.into()),
            ("EndDate", end.into()),
            ("ContractPeriodType", period),
            ("ContractCategory", 13.into()),
            ("TimeReportingRequiresStartAndStopTimes", 0.into()),
            ("IsDefaultContract", false.into()),
            ("Compliance", false.into()),
        ],
    )
}

fn line(tenant: &mut Tenant, contract: i64, service: i64, units: i64) {
    let entity = Entity::ContractService;
    let price = tenant.store.get(Entity::Service, service).map(|row| {
        let of = |field| Tenant::value(Entity::Service, &row, field).clone();
        (of("UnitPrice"), of("UnitCost"))
    });
    let (price, cost) = price.unwrap_or((Value::Null, Value::Null));
    let id = insert(
        tenant,
        entity,
        vec![
            ("ContractID", contract.into()),
            ("ServiceID", service.into()),
            ("UnitPrice", price.clone()),
            ("AdjustedPrice", price.clone()),
            ("UnitCost", cost),
            ("InternalCurrencyUnitPrice", price.clone()),
            ("InternalCurrencyAdjustedPrice", price),
        ],
    );
    periods::open(tenant, id, units);
}
