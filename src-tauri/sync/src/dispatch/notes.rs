//! Notes on tickets: where their key stands, and what sort of note they are.
//!
//! A note has no `ExternalID`. Its key stands in its last line, and it is looked for among the notes on
//! its ticket.

use std::collections::HashMap;

use autotask::{
    EntityKind, Error, Field, Filter, NewTicketNote, PicklistValue, Priority, Query, TicketNote,
};

use super::{
    Dispatch, key_place,
    look_up::{Found, There},
};
use crate::{
    plan,
    store::{Claimed, OnTicket},
};

/// Every note of this app has it, so that a look-up needs not read the others.
const ANY_KEY: &str = "ucd-note-";

/// Which notes are there already, by key.
pub(super) async fn look_up(
    dispatch: &Dispatch<'_>,
    portion: &[Claimed],
    priority: Priority,
) -> Result<There, Error> {
    let mut tickets: Vec<i64> = portion
        .iter()
        .filter_map(|posting| posting.on.as_ref().map(|on| on.id))
        .collect();
    tickets.sort_unstable();
    tickets.dedup();
    let query = Query::new()
        .filter(Filter::one_of("ticketID", tickets))
        .filter(Filter::contains("description", ANY_KEY));
    let client = dispatch.client.with_priority(priority);
    let mut notes: HashMap<String, i64> = HashMap::new();
    for note in client.query_all::<TicketNote>(query).await? {
        let Some(key) = note.description.as_deref().and_then(key_place::last_line) else {
            continue;
        };
        let first = notes.entry(key.to_owned()).or_insert(note.id);
        *first = note.id.min(*first);
    }
    let found = notes.into_iter();
    Ok(There {
        by_key: found.map(|(key, note)| (key, Found::Note(note))).collect(),
        ..There::default()
    })
}

/// What sort of note, and who may see it: the partner's own picklist values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sort {
    note_type: i64,
    publish: i64,
}

/// Read each time: notes are rare, and the values are the partner's to change.
pub(super) async fn sort(dispatch: &Dispatch<'_>) -> Result<Sort, Error> {
    let fields = dispatch.client.fields(EntityKind::TicketNote).await?;
    let of = |name: &str, liked: &str| {
        Field::named(&fields, name).and_then(|field| chosen(&field.picklist, liked))
    };
    let (Some(note_type), Some(publish)) = (of("noteType", "note"), of("publish", "internal"))
    else {
        return Err(Error::Query {
            reason: "Autotask shows no kinds of ticket notes to this user".to_owned(),
        });
    };
    Ok(Sort { note_type, publish })
}

/// Of the active values: one whose label has the word in it, or else the default, or the first. A note
/// that only the partner's staff sees is never the wrong one.
fn chosen(values: &[PicklistValue], liked: &str) -> Option<i64> {
    let mut active: Vec<&PicklistValue> = values.iter().filter(|value| value.active).collect();
    active.sort_by_key(|value| value.sort_order);
    let by_label = active
        .iter()
        .find(|value| value.label.to_lowercase().contains(liked));
    by_label
        .or_else(|| active.iter().find(|value| value.default))
        .or(active.first())
        .and_then(|value| value.value.parse().ok())
}

/// The note itself.
pub(super) fn note(
    posting: &Claimed,
    on: &OnTicket,
    sort: Sort,
    zone: &jiff::tz::TimeZone,
) -> Option<NewTicketNote> {
    let job = posting.job.as_ref()?;
    let text = plan::note(job, &posting.organization, zone);
    Some(NewTicketNote {
        ticket_id: on.id,
        title: posting.title.clone(),
        description: key_place::marked(&text, &posting.key),
        note_type: sort.note_type,
        publish: sort.publish,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(list: &[(&str, &str, bool, bool)]) -> Vec<PicklistValue> {
        let value = |(value, label, active, default): &(&str, &str, bool, bool)| PicklistValue {
            value: (*value).to_owned(),
            label: (*label).to_owned(),
            active: *active,
            system: false,
            default: *default,
            sort_order: 0,
            parent: None,
        };
        list.iter().map(value).collect()
    }

    #[test]
    fn a_note_is_internal_where_the_partner_has_such_a_value() {
        let usual = [
            ("1", "All Autotask Users", true, true),
            ("2", "Internal Users Only", true, false),
        ];
        let off = [
            ("1", "Alle", true, false),
            ("2", "Internal", false, false),
            ("4", "Andere", true, true),
        ];
        let first = [("7", "Alle", true, false), ("8", "Andere", true, false)];
        for (list, expected) in [
            (&usual[..], Some(2)),
            (&off, Some(4)),
            (&first, Some(7)),
            (&[], None),
        ] {
            assert_eq!(chosen(&values(list), "internal"), expected, "{list:?}");
        }
    }
}
