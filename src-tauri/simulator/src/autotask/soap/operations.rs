//! The table of operations: what each takes and gives, in the words of its description.
//!
//! The description that the simulator serves is written from it, together with the types here and
//! the table of entities.

use super::dialect::Dialect;

/// An element inside a type or an operation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    pub name: &'static str,
    /// With its prefix: `xsd` is XML Schema, `tns` the API.
    pub of: &'static str,
    pub occurs: Occurs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Occurs {
    Once,
    AtMostOnce,
}

/// One operation. What it gives is named after it: `queryResponse` with one `queryResult`.
#[derive(Debug)]
pub(super) struct OperationSpec {
    pub name: &'static str,
    /// Its element in a body, which is also the end of its `SOAPAction`.
    pub element: &'static str,
    pub takes: &'static [Part],
    /// The result's type.
    pub gives: &'static str,
    /// Whether it takes the header with the tracking identifier.
    pub needs_header: bool,
}

const fn operation(
    name: &'static str,
    takes: &'static [Part],
    gives: &'static str,
) -> OperationSpec {
    OperationSpec {
        name,
        element: name,
        takes,
        gives,
        needs_header: true,
    }
}

const fn once(name: &'static str, of: &'static str) -> Part {
    let occurs = Occurs::Once;
    Part { name, of, occurs }
}

const fn at_most_once(name: &'static str, of: &'static str) -> Part {
    let occurs = Occurs::AtMostOnce;
    Part { name, of, occurs }
}

const ENTITIES: &[Part] = &[at_most_once("Entities", "tns:ArrayOfEntity")];

pub(super) const OPERATIONS: &[OperationSpec] = &[
    // The one whose name differs from its element.
    OperationSpec {
        element: "GetEntityInfo",
        ..operation("getEntityInfo", &[], "tns:ArrayOfEntityInfo")
    },
    operation(
        "GetFieldInfo",
        &[at_most_once("psObjectType", "xsd:string")],
        "tns:ArrayOfField",
    ),
    operation(
        "getUDFInfo",
        &[at_most_once("psTable", "xsd:string")],
        "tns:ArrayOfField",
    ),
    operation(
        "query",
        &[at_most_once("sXML", "xsd:string")],
        "tns:ATWSResponse",
    ),
    operation("create", ENTITIES, "tns:ATWSResponse"),
    operation("update", ENTITIES, "tns:ATWSResponse"),
    operation("delete", ENTITIES, "tns:ATWSResponse"),
    // Who asks for the zone has nothing to identify with yet.
    OperationSpec {
        needs_header: false,
        ..operation(
            "getZoneInfo",
            &[at_most_once("UserName", "xsd:string")],
            "tns:ATWSZoneInfo",
        )
    },
    operation("getThresholdAndUsageInfo", &[], "tns:ATWSResponse"),
    operation("GetWsdlVersion", &[], "xsd:string"),
];

/// Types that are lists of one other type, which is also the name of their element.
pub(super) const LISTS: &[&str] = &[
    "Entity",
    "UserDefinedField",
    "Field",
    "PickListValue",
    "EntityInfo",
    "ATWSError",
    "EntityReturnInfo",
];

/// What every entity has before its own fields.
pub(super) const ENTITY: &[Part] = &[
    at_most_once("Fields", "tns:ArrayOfField"),
    once("id", "xsd:long"),
    at_most_once("UserDefinedFields", "tns:ArrayOfUserDefinedField"),
];

/// The header of every call but the zone look-up. Other attributes than the declared are allowed.
pub(super) const HEADER: (&str, &[Part]) = (
    "AutotaskIntegrations",
    &[
        at_most_once("PartnerID", "xsd:string"),
        at_most_once("IntegrationCode", "xsd:string"),
        at_most_once("ImpersonateAsResourceID", "xsd:int"),
    ],
);

/// What a write did to a row.
pub(super) const DATABASE_ACTION: (&str, &[&str]) = (
    "EntityReturnInfoDatabaseAction",
    &["None", "Created", "Updated"],
);

/// The other types, by name.
pub(super) fn types(dialect: &Dialect) -> Vec<(&'static str, Vec<Part>)> {
    vec![
        (
            "UserDefinedField",
            vec![
                at_most_once("Name", "xsd:string"),
                at_most_once("Value", "xsd:string"),
            ],
        ),
        ("Field", field(dialect)),
        (
            "PickListValue",
            vec![
                at_most_once("Value", "xsd:string"),
                at_most_once("Label", "xsd:string"),
                once("IsDefaultValue", "xsd:boolean"),
                once("SortOrder", "xsd:int"),
                at_most_once("parentValue", "xsd:string"),
                at_most_once("IsActive", "xsd:boolean"),
                at_most_once("IsSystem", "xsd:boolean"),
            ],
        ),
        ("EntityInfo", entity_info(dialect)),
        (
            "ATWSResponse",
            vec![
                once("ReturnCode", "xsd:int"),
                at_most_once("EntityResults", "tns:ArrayOfEntity"),
                at_most_once("EntityResultType", "xsd:string"),
                at_most_once("Errors", "tns:ArrayOfATWSError"),
                at_most_once("EntityReturnInfoResults", "tns:ArrayOfEntityReturnInfo"),
            ],
        ),
        ("ATWSError", vec![at_most_once("Message", "xsd:string")]),
        (
            "EntityReturnInfo",
            vec![
                once("EntityId", "xsd:long"),
                once("DatabaseAction", "tns:EntityReturnInfoDatabaseAction"),
                once("DuplicateStatus", "tns:EntityDuplicateStatus"),
                at_most_once("Message", "xsd:string"),
            ],
        ),
        (
            "EntityDuplicateStatus",
            vec![
                once("Found", "xsd:boolean"),
                at_most_once("MatchInfo", "xsd:string"),
                once("Ignored", "xsd:boolean"),
            ],
        ),
        (
            "ATWSZoneInfo",
            vec![
                at_most_once("URL", "xsd:string"),
                once("ErrorCode", "xsd:int"),
                at_most_once("DataBaseType", "xsd:string"),
                once("CI", "xsd:int"),
                at_most_once("WebUrl", "xsd:string"),
            ],
        ),
    ]
}

fn field(dialect: &Dialect) -> Vec<Part> {
    let mut parts = vec![
        at_most_once("Name", "xsd:string"),
        at_most_once("Label", "xsd:string"),
        at_most_once("Type", "xsd:string"),
        once("Length", "xsd:int"),
        at_most_once("Description", "xsd:string"),
        once("IsRequired", "xsd:boolean"),
        once("IsReadOnly", "xsd:boolean"),
        once("IsQueryable", "xsd:boolean"),
        once("IsReference", "xsd:boolean"),
        at_most_once("ReferenceEntityType", "xsd:string"),
        once("IsPickList", "xsd:boolean"),
        at_most_once("PicklistValues", "tns:ArrayOfPickListValue"),
        at_most_once("PicklistParentValueField", "xsd:string"),
        at_most_once("DefaultValue", "xsd:string"),
    ];
    if dialect.has_additions_of_1_6_8() {
        parts.push(once("IsSupportedWebhookField", "xsd:boolean"));
    }
    parts
}

fn entity_info(dialect: &Dialect) -> Vec<Part> {
    let mut parts = vec![
        at_most_once("Name", "xsd:string"),
        once("CanUpdate", "xsd:boolean"),
        once("CanDelete", "xsd:boolean"),
        once("CanCreate", "xsd:boolean"),
        once("CanQuery", "xsd:boolean"),
    ];
    if dialect.has_additions_of_1_6_8() {
        parts.extend([
            at_most_once("UserAccessForCreate", "xsd:string"),
            at_most_once("UserAccessForQuery", "xsd:string"),
            at_most_once("UserAccessForUpdate", "xsd:string"),
            at_most_once("UserAccessForDelete", "xsd:string"),
        ]);
    }
    parts.push(once("HasUserDefinedFields", "xsd:boolean"));
    if dialect.has_additions_of_1_6_8() {
        parts.push(once("SupportsWebhookCallouts", "xsd:boolean"));
    }
    parts
}
