//! What an entity's fields are like, what a user may do with it, and how much of the quota is used.

/// A field as the tenant has it. The name is REST's, over both transports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// REST's name: `queueID`.
    pub name: String,
    /// The label that the tenant's users see, where the transport tells it (SOAP does).
    pub label: Option<String>,
    /// Autotask's word: `integer`, `string`, `datetime`, `double`, `boolean` …
    pub data_type: String,
    /// Longest text in characters; `None` for everything but texts.
    pub length: Option<u32>,
    /// Whether Autotask takes no row without it.
    pub required: bool,
    /// Whether Autotask alone sets it.
    pub read_only: bool,
    /// Whether a [`Filter`](crate::Filter) may name it.
    pub queryable: bool,
    /// The entity whose id this field holds, in Autotask's own words (`Account` over SOAP,
    /// `Company` over REST).
    pub reference: Option<String>,
    /// `true` for a picklist field, even one without values.
    pub is_picklist: bool,
    /// Its values, those that are not active too. Empty for everything but picklists.
    pub picklist: Vec<PicklistValue>,
    /// REST's name of the field whose value narrows this list down (`issueType` for
    /// `subIssueType`).
    pub picklist_parent: Option<String>,
}

impl Field {
    /// The field of that name (in any case) among `fields`.
    ///
    /// ```no_run
    /// use autotask::{Client, EntityKind, Error, Field};
    ///
    /// # async fn example(client: Client) -> Result<(), Error> {
    /// let fields = client.fields(EntityKind::Ticket).await?;
    /// let queues = Field::named(&fields, "queueID").map_or(&[][..], |field| &field.picklist);
    /// for queue in queues.iter().filter(|queue| queue.active) {
    ///     println!("{} is {}", queue.value, queue.label);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn named<'a>(fields: &'a [Field], name: &str) -> Option<&'a Field> {
        fields
            .iter()
            .find(|field| field.name.eq_ignore_ascii_case(name))
    }
}

/// One value of a picklist. Ids differ from tenant to tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PicklistValue {
    /// What is stored, as text; usually a number.
    pub value: String,
    /// What the tenant's users see.
    pub label: String,
    /// Whether it is in use. Rows from before may hold one that is not.
    pub active: bool,
    /// Set by Autotask: cannot be changed by the tenant.
    pub system: bool,
    /// The value of the parent field for which this one may be chosen.
    pub parent: Option<String>,
    /// Whether Autotask takes it where none is given.
    pub default: bool,
    /// Where it stands in the tenant's list.
    pub sort_order: i64,
}

/// What the user may do with an entity: what the entity allows at all, and, where the answer
/// tells it, what the user's security level allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rights {
    /// Whether rows can be made.
    pub can_create: bool,
    /// Whether rows can be read.
    pub can_query: bool,
    /// Whether rows can be changed.
    pub can_update: bool,
    /// Whether rows can be deleted. This crate deletes nothing.
    pub can_delete: bool,
}

/// How many calls the tenant's integrations may send and have sent, all of them together (vendor's
/// help, *Thresholds and limits*).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Threshold {
    /// Calls per timeframe; 10,000 unless the vendor changes it.
    pub limit: u32,
    /// Rolling, in minutes.
    pub timeframe_minutes: u32,
    /// Calls in the current timeframe, this one included.
    pub used: u32,
}
