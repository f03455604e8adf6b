//! What came back over SOAP, as values. Pure functions.

use super::xml::{self, Node};
use crate::answer::Judge;
use crate::entity::{Cell, Checked, EntityKind, Row};
use crate::error::{Error, Refusal};
use crate::field::{Field, PicklistValue, Rights, Threshold};
use crate::meaning::{self, Meaning};
use crate::text;
use crate::time::Clock;
use crate::wire::Purpose;
use crate::zone::Found;

/// More than a batch of 200 rows causes. Each message is held against all before it.
const MESSAGES_MAX: usize = 1000;

/// The result element of a good answer, or what the answer means. Autotask answers "no" in three
/// ways: as a status, as a SOAP fault, and with `ReturnCode` -1.
pub(crate) fn judge(judge: &Judge<'_>, operation: &str) -> Result<Node, Error> {
    let answer = judge.answer;
    let root = xml::read(&answer.body);
    let fault = root.as_ref().ok().and_then(fault_text);
    let fault_texts: Vec<String> = fault.iter().map(|(_, text)| text.clone()).collect();
    if let Some(error) = judge.by_status(&fault_texts) {
        return Err(error);
    }
    if let Some((blames_request, _)) = fault {
        return Err(judge.by_fault(&fault_texts, blames_request));
    }
    if !answer.is_success() {
        return Err(judge.without_texts());
    }
    let root = root.map_err(|detail| judge.malformed(detail))?;
    let result = take(root, "Body")
        .and_then(|body| take(body, &format!("{operation}Response")))
        .and_then(|response| take(response, &format!("{operation}Result")))
        .ok_or_else(|| judge.malformed(format!("it is not the answer to {operation}")))?;
    match result.text_of("ReturnCode") {
        Some(code) if code != "1" => Err(judge.by_texts(&messages(&result, judge.purpose))),
        _ => Ok(result),
    }
}

impl Judge<'_> {
    /// A fault. One that speaks of no row does not tell whether anything was stored, unless it
    /// blames the request.
    fn by_fault(&self, texts: &[String], blames_request: bool) -> Error {
        if meaning::of(texts) != Meaning::Refused(Refusal::Other) || names_a_row(texts) {
            return self.by_texts(texts);
        }
        let said = self.said(texts);
        if blames_request {
            Error::query(said.unwrap_or_default())
        } else {
            self.server_error(said, self.purpose.effect())
        }
    }
}

fn names_a_row(texts: &[String]) -> bool {
    texts.iter().any(|text| text.contains("record number ["))
}

/// The text of a fault, and whether it blames the request.
fn fault_text(root: &Node) -> Option<(bool, String)> {
    let fault = root.child("Body")?.child("Fault")?;
    let text = fault
        .text_of("faultstring")
        .or_else(|| {
            fault
                .child("Reason")
                .and_then(|reason| reason.text_of("Text"))
        })
        .unwrap_or("a SOAP fault without a text");
    let code = fault.text_of("faultcode").unwrap_or_default();
    Some((code.ends_with("Client"), text.to_owned()))
}

/// The messages of a refused call. The vendor's own program reads them from
/// `EntityReturnInfoResults`, others from `Errors`: both count.
fn messages(result: &Node, purpose: Purpose) -> Vec<String> {
    let mut texts: Vec<String> = result
        .child("Errors")
        .into_iter()
        .flat_map(|errors| errors.children_named("ATWSError"))
        .filter_map(|error| error.text_of("Message"))
        .take(MESSAGES_MAX)
        .map(str::to_owned)
        .collect();
    let infos: Vec<&Node> = infos(result).collect();
    for (at, info) in infos.iter().enumerate() {
        if texts.len() >= MESSAGES_MAX {
            break;
        }
        let Some(text) = info.text_of("Message") else {
            continue;
        };
        if texts.iter().any(|known| known.contains(text)) {
            continue;
        }
        // One entry for each row that was sent: its place tells the row.
        let by_place =
            purpose.rows_written() == Some(infos.len()) && !text.contains("record number [");
        texts.push(if by_place {
            format!("{text} ; on record number [{}].", at + 1)
        } else {
            text.to_owned()
        });
    }
    texts
}

fn infos(result: &Node) -> impl Iterator<Item = &Node> {
    result
        .child("EntityReturnInfoResults")
        .into_iter()
        .flat_map(|infos| infos.children_named("EntityReturnInfo"))
}

fn take(node: Node, name: &str) -> Option<Node> {
    node.children
        .into_iter()
        .find(|child| child.name.eq_ignore_ascii_case(name))
}

pub(crate) fn zone(result: &Node) -> Result<Option<Found>, String> {
    let code: i64 = result
        .text_of("ErrorCode")
        .unwrap_or("0")
        .parse()
        .map_err(|_| "its ErrorCode is not a number")?;
    if code < 0 {
        return Ok(None);
    }
    Ok(Some(Found {
        address: result
            .text_of("URL")
            .ok_or("it holds no address of the zone")?
            .to_owned(),
        web: result.text_of("WebUrl").map(str::to_owned),
        name: None,
    }))
}

/// `ThresholdOfExternalRequest: 10000; TimeframeOfLimitation: 60; numberOfExternalRequest: 12;`
pub(crate) fn threshold(result: &Node) -> Result<Threshold, String> {
    let message = infos(result)
        .find_map(|info| info.text_of("Message"))
        .ok_or("it holds no message about the quota")?;
    let number = |name: &str| {
        message
            .split(';')
            .filter_map(|part| part.split_once(':'))
            .find(|(key, _)| key.trim().eq_ignore_ascii_case(name))
            .and_then(|(_, value)| value.trim().parse().ok())
            .ok_or_else(|| format!("it holds no {name}"))
    };
    Ok(Threshold {
        limit: number("ThresholdOfExternalRequest")?,
        timeframe_minutes: number("TimeframeOfLimitation")?,
        used: number("numberOfExternalRequest")?,
    })
}

pub(crate) fn rights(kind: EntityKind, result: &Node) -> Result<Rights, String> {
    let info = result
        .children_named("EntityInfo")
        .find(|info| {
            info.text_of("Name")
                .is_some_and(|name| name.eq_ignore_ascii_case(kind.soap_name()))
        })
        .ok_or_else(|| format!("it does not tell about {}", kind.soap_name()))?;
    let can = |name: &str| {
        let user = info.text_of(&format!("UserAccessFor{name}"));
        flag(info, &format!("Can{name}"))
            && !user.is_some_and(|user| user.eq_ignore_ascii_case("none"))
    };
    Ok(Rights {
        can_create: can("Create"),
        can_query: can("Query"),
        can_update: can("Update"),
        can_delete: can("Delete"),
    })
}

pub(crate) fn fields(kind: EntityKind, result: &Node) -> Result<Vec<Field>, String> {
    result
        .children_named("Field")
        .map(|node| field(kind, node))
        .collect()
}

fn field(kind: EntityKind, node: &Node) -> Result<Field, String> {
    let shape = kind.shape();
    let some_text = |name: &str| node.text_of(name).map(str::to_owned);
    let picklist = node
        .child("PicklistValues")
        .into_iter()
        .flat_map(|values| values.children_named("PickListValue"))
        .filter(|value| !value.nil)
        .map(picklist_value)
        .collect::<Result<_, _>>()?;
    Ok(Field {
        name: shape.rest_name_of(node.text_of("Name").ok_or("a field has no name")?),
        label: some_text("Label"),
        data_type: some_text("Type").unwrap_or_default(),
        length: node
            .text_of("Length")
            .and_then(|length| length.parse().ok())
            .filter(|length| *length > 0),
        required: flag(node, "IsRequired"),
        read_only: flag(node, "IsReadOnly"),
        queryable: flag(node, "IsQueryable"),
        reference: some_text("ReferenceEntityType"),
        is_picklist: flag(node, "IsPickList"),
        picklist,
        picklist_parent: node
            .text_of("PicklistParentValueField")
            .map(|name| shape.rest_name_of(name)),
    })
}

fn picklist_value(node: &Node) -> Result<PicklistValue, String> {
    Ok(PicklistValue {
        value: node
            .text_of("Value")
            .ok_or("a picklist value is empty")?
            .to_owned(),
        label: node.text_of("Label").unwrap_or_default().to_owned(),
        active: node.text_of("IsActive").is_none() || flag(node, "IsActive"),
        system: flag(node, "IsSystem"),
        parent: node.text_of("parentValue").map(str::to_owned),
        default: flag(node, "IsDefaultValue"),
        sort_order: node
            .text_of("SortOrder")
            .and_then(|order| order.parse().ok())
            .unwrap_or(0),
    })
}

fn flag(node: &Node, name: &str) -> bool {
    matches!(node.text_of(name), Some("true" | "1"))
}

pub(crate) fn rows(kind: EntityKind, result: &Node, clock: &Clock) -> Vec<Row> {
    entities(result)
        .map(|node| row(kind, node, clock))
        .collect()
}

pub(crate) fn entities(result: &Node) -> impl Iterator<Item = &Node> {
    result
        .child("EntityResults")
        .into_iter()
        .flat_map(|results| results.children_named("Entity"))
        .filter(|entity| !entity.nil)
}

fn row(kind: EntityKind, node: &Node, clock: &Clock) -> Row {
    let shape = kind.shape();
    let mut row = Row::new(shape, clock.clone());
    let mut next = 0;
    for child in &node.children {
        let Some(at) = shape.soap_position(&child.name, next) else {
            continue;
        };
        next = at + 1;
        if !child.nil && child.children.is_empty() && shape.is_read(at) {
            row.set(at, Cell::Text(child.text.clone()));
        }
    }
    row
}

/// The ids of what was created, in the order of `sent`. What is told of each row must be what
/// was sent, or an id could end up with the wrong row.
pub(crate) fn created(result: &Node, sent: &[Checked]) -> Result<Vec<Option<i64>>, String> {
    if let Some(first) = sent.first()
        && first.kind == EntityKind::ContractServiceAdjustment
    {
        return Ok(vec![None; sent.len()]);
    }
    let mut ids = Vec::with_capacity(sent.len());
    for (at, entity) in entities(result).enumerate() {
        if let Some(row) = sent.get(at)
            && !tells_of(entity, row)
        {
            return Err("its rows are not in the order in which they were sent".to_owned());
        }
        ids.push(Some(id(entity, "id")?));
    }
    if ids.is_empty() {
        for info in infos(result) {
            ids.push(Some(id(info, "EntityId")?));
        }
    }
    if ids.len() == sent.len() {
        Ok(ids)
    } else {
        Err(format!(
            "it tells of {} rows where {} were sent",
            ids.len(),
            sent.len()
        ))
    }
}

/// By its key, or else its title or name; what Autotask does not tell counts as agreed.
fn tells_of(entity: &Node, row: &Checked) -> bool {
    row.recognised_by()
        .find_map(|(field, sent)| {
            let told = entity.text_of(field.soap)?;
            Some(text::single_line(told) == text::single_line(sent))
        })
        .unwrap_or(true)
}

fn id(node: &Node, name: &str) -> Result<i64, String> {
    node.text_of(name)
        .and_then(|id| id.parse().ok())
        .filter(|id| *id > 0)
        .ok_or_else(|| "it holds no id of what was created".to_owned())
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod vendor;
