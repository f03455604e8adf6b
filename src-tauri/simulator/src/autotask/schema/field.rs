//! Fields of entities: kinds, names, flags.

/// What a field holds, and how the metadata calls name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FieldKind {
    Integer,
    Long,
    Short,
    Double,
    Decimal,
    Float,
    Boolean,
    /// Text with its greatest length in characters.
    Text(usize),
    /// A moment: UTC in REST, the tenant's wall clock in SOAP.
    DateTime,
    /// A day without a time; on the wire a date-time at midnight that is never converted.
    Date,
    /// A billing period: one letter in SOAP, a number in REST.
    Period,
}

impl FieldKind {
    /// The word the metadata calls use.
    pub(crate) fn word(self) -> &'static str {
        match self {
            FieldKind::Integer => "integer",
            FieldKind::Long => "long",
            FieldKind::Short => "short",
            FieldKind::Double => "double",
            FieldKind::Decimal => "decimal",
            FieldKind::Float => "float",
            FieldKind::Boolean => "boolean",
            FieldKind::Text(_) | FieldKind::Period => "string",
            FieldKind::DateTime | FieldKind::Date => "datetime",
        }
    }

    /// The `xsi:type` of a value in a SOAP answer.
    pub(crate) fn xsd(self) -> &'static str {
        match self {
            FieldKind::Integer => "xsd:int",
            FieldKind::Long => "xsd:long",
            FieldKind::Short => "xsd:short",
            FieldKind::Double | FieldKind::Float => "xsd:double",
            FieldKind::Decimal => "xsd:decimal",
            FieldKind::Boolean => "xsd:boolean",
            FieldKind::Text(_) | FieldKind::Period => "xsd:string",
            FieldKind::DateTime | FieldKind::Date => "xsd:dateTime",
        }
    }

    /// The greatest length in characters, 0 where there is none.
    pub(crate) fn length(self) -> usize {
        match self {
            FieldKind::Text(length) => length,
            FieldKind::Period => 1,
            FieldKind::Integer
            | FieldKind::Long
            | FieldKind::Short
            | FieldKind::Double
            | FieldKind::Decimal
            | FieldKind::Float
            | FieldKind::Boolean
            | FieldKind::DateTime
            | FieldKind::Date => 0,
        }
    }

    pub(crate) fn is_text(self) -> bool {
        matches!(self, FieldKind::Text(_) | FieldKind::Period)
    }

    pub(crate) fn is_time(self) -> bool {
        matches!(self, FieldKind::DateTime | FieldKind::Date)
    }
}

/// One field of an entity.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FieldSpec {
    /// Empty where only REST has the field.
    pub soap: &'static str,
    /// Empty where only SOAP has the field.
    pub rest: &'static str,
    pub kind: FieldKind,
    pub required: bool,
    pub read_only: bool,
    pub queryable: bool,
    pub picklist: bool,
    /// The field whose value decides which picklist values apply, by SOAP name.
    pub picklist_parent: &'static str,
    /// The entity referred to, by SOAP name; empty if none.
    pub reference: &'static str,
    /// SOAP has it only since release 1.6.8.
    pub since_1_6_8: bool,
}

pub(super) const fn field(soap: &'static str, rest: &'static str, kind: FieldKind) -> FieldSpec {
    FieldSpec {
        soap,
        rest,
        kind,
        required: false,
        read_only: false,
        queryable: true,
        picklist: false,
        picklist_parent: "",
        reference: "",
        since_1_6_8: false,
    }
}

impl FieldSpec {
    pub(super) const fn required(mut self) -> FieldSpec {
        self.required = true;
        self
    }

    pub(super) const fn read_only(mut self) -> FieldSpec {
        self.read_only = true;
        self
    }

    pub(super) const fn not_queryable(mut self) -> FieldSpec {
        self.queryable = false;
        self
    }

    pub(super) const fn picklist(mut self) -> FieldSpec {
        self.picklist = true;
        self
    }

    pub(super) const fn picklist_below(mut self, parent: &'static str) -> FieldSpec {
        self.picklist = true;
        self.picklist_parent = parent;
        self
    }

    pub(super) const fn refers_to(mut self, entity: &'static str) -> FieldSpec {
        self.reference = entity;
        self
    }

    pub(super) const fn since_1_6_8(mut self) -> FieldSpec {
        self.since_1_6_8 = true;
        self
    }

    /// The name in the given transport; the other one's where this one has none.
    pub(crate) fn name(&self, names: Names) -> &'static str {
        match names {
            Names::Rest if !self.rest.is_empty() => self.rest,
            Names::Soap if self.soap.is_empty() => self.rest,
            Names::Rest | Names::Soap => self.soap,
        }
    }

    /// The label: the name's words.
    pub(crate) fn label(&self) -> String {
        let name = self.name(Names::Soap);
        let mut label = String::with_capacity(name.len() + 4);
        let mut before_lower = false;
        for letter in name.chars() {
            if letter.is_ascii_uppercase() && before_lower {
                label.push(' ');
            }
            before_lower = letter.is_ascii_lowercase();
            label.push(letter);
        }
        label
    }
}

/// Whose field names a text uses: REST messages say `companyID`, SOAP messages `AccountID`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Names {
    Rest,
    Soap,
}
