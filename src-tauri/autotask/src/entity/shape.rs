//! What each entity's fields are called on both sides, what they hold and what may be done with
//! them.
//!
//! The tables stand beside the entities' types. Their order is that of the vendor's SOAP
//! description (WSDL of 2019), because a SOAP request must keep it; fields that came later stand
//! at the end. A field that one side does not have has an empty name there.

/// An entity's names and fields.
#[derive(Debug)]
pub(crate) struct Shape {
    pub rest: &'static str,
    pub soap: &'static str,
    /// Where rows are written over REST.
    pub home: Home,
    pub fields: &'static [FieldShape],
}

/// Where rows of an entity are written over REST: on their own collection, or on one of their
/// parent's. (The vendor's help: what has a parent is written through it.)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Home {
    Own,
    /// `/{collection}/{value of field}/{child}`
    Parent {
        collection: &'static str,
        field: &'static str,
        child: &'static str,
    },
    /// Nowhere: the rows can be read only.
    Nowhere,
}

impl Shape {
    /// The field of that REST name, in any case.
    pub(crate) fn field(&self, rest: &str) -> Option<&'static FieldShape> {
        self.position(rest).and_then(|at| self.fields.get(at))
    }

    /// Where the field of that REST name stands.
    pub(crate) fn position(&self, rest: &str) -> Option<usize> {
        if rest.is_empty() {
            return None;
        }
        self.fields
            .iter()
            .position(|field| field.rest.eq_ignore_ascii_case(rest))
    }

    /// Whether the entity's type reads the field at that place.
    pub(crate) fn is_read(&self, at: usize) -> bool {
        self.fields
            .get(at)
            .is_some_and(|field| field.need != Need::Unread)
    }

    /// Where the field of that SOAP name stands. Answers keep the table's order as a rule, so the
    /// search begins at `from`.
    pub(crate) fn soap_position(&self, soap: &str, from: usize) -> Option<usize> {
        let all = || self.fields.iter().enumerate();
        all()
            .skip(from)
            .chain(all().take(from))
            .find(|(_, field)| field.soap.eq_ignore_ascii_case(soap))
            .map(|(at, _)| at)
    }

    /// REST's name for a SOAP name. A field that the table does not hold, or that REST has not got,
    /// is called the same but for the first letters.
    pub(crate) fn rest_name_of(&self, soap: &str) -> String {
        self.soap_position(soap, 0)
            .and_then(|at| self.fields.get(at))
            .map(|field| field.rest)
            .filter(|rest| !rest.is_empty())
            .map_or_else(|| lower_camel(soap), str::to_owned)
    }
}

/// A field's names, what it holds, and what may be done with it.
#[derive(Debug)]
pub(crate) struct FieldShape {
    pub soap: &'static str,
    pub rest: &'static str,
    pub data: Data,
    pub need: Need,
    pub queryable: bool,
    pub writable: Writable,
}

impl PartialEq for FieldShape {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

/// What a field holds. Texts with their greatest length in UTF-16 units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Data {
    Integer,
    Number,
    Boolean,
    Moment,
    /// A day; its time part means nothing.
    Date,
    Period,
    /// Lines are kept; what is too long is cut and marked.
    Text(usize),
    /// On one line; what is too long is cut and marked.
    Line(usize),
    /// Is looked for again, so it is never changed: refused if it does not fit.
    Key(usize),
}

impl Data {
    pub(crate) fn is_text(self) -> bool {
        matches!(self, Self::Text(_) | Self::Line(_) | Self::Key(_))
    }
}

/// Whether the entity's type reads a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// The type cannot do without.
    Always,
    /// The type has a place for it.
    Asked,
    /// The type does not read it.
    Unread,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writable {
    Always,
    /// When the row is made, and never again.
    Once,
    /// Autotask sets it.
    Never,
}

pub(crate) const fn field(soap: &'static str, rest: &'static str, data: Data) -> FieldShape {
    FieldShape {
        soap,
        rest,
        data,
        need: Need::Unread,
        queryable: true,
        writable: Writable::Always,
    }
}

impl FieldShape {
    pub(crate) const fn always(mut self) -> Self {
        self.need = Need::Always;
        self
    }

    pub(crate) const fn asked(mut self) -> Self {
        self.need = Need::Asked;
        self
    }

    pub(crate) const fn not_queryable(mut self) -> Self {
        self.queryable = false;
        self
    }

    pub(crate) const fn once(mut self) -> Self {
        self.writable = Writable::Once;
        self
    }

    pub(crate) const fn fixed(mut self) -> Self {
        self.writable = Writable::Never;
        self
    }
}

macro_rules! fields {
    ($($soap:literal = $rest:literal : $data:ident $(($length:literal))? $(, $flag:ident)* ;)*) => {
        &[$(
            $crate::entity::shape::field($soap, $rest, $crate::entity::shape::Data::$data $(($length))?)
                $(.$flag())*
        ),*]
    };
}
pub(crate) use fields;

/// `IssueType` → `issueType`, `SICCode` → `sicCode`, `ID` → `id`.
fn lower_camel(name: &str) -> String {
    let capitals = name.chars().take_while(char::is_ascii_uppercase).count();
    let lowered = match capitals {
        0 => return name.to_owned(),
        1 => 1,
        all if all == name.len() => all,
        several => several - 1,
    };
    name.char_indices()
        .map(|(at, c)| {
            if at < lowered {
                c.to_ascii_lowercase()
            } else {
                c
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EntityKind;

    #[test]
    fn unknown_soap_names_become_rest_names() {
        for (soap, rest) in [
            ("IssueType", "issueType"),
            ("SICCode", "sicCode"),
            ("ID", "id"),
            ("id", "id"),
            ("QueueID", "queueID"),
        ] {
            assert_eq!(lower_camel(soap), rest);
        }
    }

    #[test]
    fn every_shape_has_an_id_first_and_no_name_twice() {
        for kind in EntityKind::ALL {
            let fields = kind.shape().fields;
            assert_eq!(fields[0].rest, "id", "{kind:?}");
            for names in [
                fields.iter().map(|field| field.rest).collect::<Vec<_>>(),
                fields.iter().map(|field| field.soap).collect(),
            ] {
                let mut known = names
                    .iter()
                    .filter(|name| !name.is_empty())
                    .map(|name| name.to_ascii_lowercase())
                    .collect::<Vec<_>>();
                known.sort();
                let all = known.len();
                known.dedup();
                assert_eq!(known.len(), all, "{kind:?}");
            }
        }
    }

    #[test]
    fn a_field_is_found_from_wherever_the_search_begins() {
        let shape = EntityKind::Ticket.shape();
        let title = shape.position("TITLE").unwrap();
        for from in [0, title, title + 1, shape.fields.len()] {
            assert_eq!(shape.soap_position("title", from), Some(title));
        }
        assert_eq!(shape.soap_position("Colour", 3), None);
        assert_eq!(shape.position(""), None);
    }
}
