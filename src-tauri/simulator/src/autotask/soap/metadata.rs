//! SOAP's metadata answers: fields of an entity, and what entities allow.

use std::fmt::Write;

use super::answer::{enveloped, wrap};
use super::call::NAMESPACE;
use super::dialect::Dialect;
use super::xml::write_element;
use crate::answer::Answer;
use crate::autotask::picklists::PicklistValue;
use crate::autotask::schema::Entity;
use crate::autotask::tenant::Tenant;

pub(super) fn fields(tenant: &Tenant, entity: Entity, dialect: &Dialect) -> Answer {
    let mut fields = String::new();
    let mut count = 0;
    for (at, field) in dialect.fields(entity) {
        fields.push_str("<Field>");
        write_element(&mut fields, "Name", field.soap);
        write_element(&mut fields, "Label", &field.label());
        write_element(&mut fields, "Type", field.kind.word());
        write_element(&mut fields, "Length", &field.kind.length().to_string());
        for (name, flag) in [
            ("IsRequired", field.required),
            ("IsReadOnly", field.read_only),
            ("IsQueryable", field.queryable),
            ("IsReference", !field.reference.is_empty()),
        ] {
            write_flag(&mut fields, name, flag);
        }
        write_element(&mut fields, "ReferenceEntityType", field.reference);
        write_flag(&mut fields, "IsPickList", field.picklist);
        if field.picklist {
            let mut values = String::new();
            for value in tenant.picklists.values(entity, at) {
                write_picklist_value(&mut values, value);
            }
            wrap(&mut fields, "PicklistValues", &values);
        }
        write_element(
            &mut fields,
            "PicklistParentValueField",
            field.picklist_parent,
        );
        if dialect.has_additions_of_1_6_8() {
            write_flag(&mut fields, "IsSupportedWebhookField", false);
        }
        fields.push_str("</Field>");
        count += 1;
    }
    answer("GetFieldInfo", &fields).with_rows(count)
}

/// What entities allow. `CanCreate` and the like are the entity's, `UserAccessFor…` the user's.
pub(super) fn entities(tenant: &Tenant, dialect: &Dialect) -> Answer {
    let access = |allowed: bool| if allowed { "All" } else { "None" };
    let mut infos = String::new();
    for entity in Entity::ALL {
        let spec = entity.spec();
        infos.push_str("<EntityInfo>");
        write_element(&mut infos, "Name", spec.soap);
        write_flag(&mut infos, "CanUpdate", spec.can_update);
        write_flag(&mut infos, "CanDelete", false);
        write_flag(&mut infos, "CanCreate", spec.can_create);
        write_flag(&mut infos, "CanQuery", spec.can_query);
        if dialect.has_additions_of_1_6_8() {
            for (name, allowed) in [
                ("UserAccessForCreate", tenant.may_create(entity)),
                ("UserAccessForQuery", tenant.may_query(entity)),
                ("UserAccessForUpdate", tenant.may_update(entity)),
                ("UserAccessForDelete", false),
            ] {
                write_element(&mut infos, name, access(allowed));
            }
        }
        write_flag(
            &mut infos,
            "HasUserDefinedFields",
            spec.has_user_defined_fields,
        );
        if dialect.has_additions_of_1_6_8() {
            let supported = entity == Entity::Company;
            write_flag(&mut infos, "SupportsWebhookCallouts", supported);
        }
        infos.push_str("</EntityInfo>");
    }
    answer("GetEntityInfo", &infos).with_rows(Entity::ALL.len())
}

/// An answer whose result is a list or a text, written already.
pub(super) fn answer(operation: &str, result: &str) -> Answer {
    let mut body = format!("<{operation}Response xmlns=\"{NAMESPACE}\">");
    wrap(&mut body, &format!("{operation}Result"), result);
    let _ = write!(body, "</{operation}Response>");
    enveloped(200, &body)
}

fn write_picklist_value(out: &mut String, value: &PicklistValue) {
    out.push_str("<PickListValue>");
    write_element(out, "Value", &value.id);
    write_element(out, "Label", &value.label);
    write_flag(out, "IsDefaultValue", value.default);
    write_element(out, "SortOrder", &value.sort_order.to_string());
    write_element(out, "parentValue", &value.parent);
    write_flag(out, "IsActive", value.active);
    write_flag(out, "IsSystem", value.system);
    out.push_str("</PickListValue>");
}

fn write_flag(out: &mut String, name: &str, flag: bool) {
    write_element(out, name, if flag { "true" } else { "false" });
}
