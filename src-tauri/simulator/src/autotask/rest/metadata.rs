//! REST's metadata calls: what an entity allows, and what its fields are.

use serde_json::{Value as Json, json};

use crate::answer::Answer;
use crate::autotask::billing_period::period_number;
use crate::autotask::picklists::PicklistValue;
use crate::autotask::schema::{Entity, FieldKind, Names};
use crate::autotask::tenant::Tenant;

/// `canCreate` and the like say what the entity allows, `userAccessFor…` what the user may do.
pub(super) fn information(tenant: &Tenant, entity: Entity) -> Answer {
    let spec = entity.spec();
    let access = |allowed: bool| if allowed { "All" } else { "None" };
    let info = json!({ "info": {
        "name": spec.rest_one,
        "canCreate": spec.can_create,
        "canDelete": false,
        "canQuery": spec.can_query,
        "canUpdate": spec.can_update,
        "userAccessForCreate": access(tenant.may_create(entity)),
        "userAccessForDelete": "None",
        "userAccessForQuery": access(tenant.may_query(entity)),
        "userAccessForUpdate": access(tenant.may_update(entity)),
        "hasUserDefinedFields": spec.has_user_defined_fields,
        "supportsWebhookCallouts": matches!(entity, Entity::Company | Entity::Ticket | Entity::TicketNote),
    }});
    Answer::json(info.to_string())
}

pub(super) fn fields(tenant: &Tenant, entity: Entity) -> Answer {
    let spec = entity.spec();
    let fields = spec
        .fields
        .iter()
        .enumerate()
        .filter(|(_, field)| !field.rest.is_empty());
    let fields: Vec<Json> = fields
        .map(|(at, field)| {
            let parent = spec.position(field.picklist_parent, Names::Soap).and_then(|at| spec.fields.get(at));
            let reference = Entity::by_soap_name(field.reference).map_or(field.reference, |one| one.spec().rest_one);
            let values = tenant.picklists.values(entity, at);
            json!({
                "name": field.rest,
                "dataType": if field.kind == FieldKind::Period { "integer" } else { field.kind.word() },
                "length": if field.kind == FieldKind::Period { 0 } else { field.kind.length() },
                "isRequired": field.required,
                "isReadOnly": field.read_only,
                "isQueryable": field.queryable,
                "isReference": !field.reference.is_empty(),
                "referenceEntityType": reference,
                "isPickList": field.picklist,
                "picklistValues": field.picklist.then(|| picklist(field.kind, values)),
                "picklistParentValueField": parent.map_or("", |parent| parent.rest),
                "isSupportedWebhookField": false,
            })
        })
        .collect();
    let rows = fields.len();
    Answer::json(json!({ "fields": fields }).to_string()).with_rows(rows)
}

fn picklist(kind: FieldKind, values: &[PicklistValue]) -> Vec<Json> {
    let shown = |value: &PicklistValue| match (kind, period_number(&value.id)) {
        (FieldKind::Period, Some(number)) => number.to_string(),
        _ => value.id.clone(),
    };
    let values = values.iter().map(|value| {
        json!({
            "value": shown(value),
            "label": value.label,
            "isDefaultValue": value.default,
            "sortOrder": value.sort_order,
            "parentValue": value.parent,
            "isActive": value.active,
            "isSystem": value.system,
        })
    });
    values.collect()
}
