//! How the SOAP side of a tenant speaks: which release, and in which zone its times are.

use jiff::tz::TimeZone;

use super::time;
use crate::autotask::choices::{Choices, SoapRelease};
use crate::autotask::schema::{Entity, FieldSpec, Names};

#[derive(Debug, Clone)]
pub(crate) struct Dialect {
    pub release: SoapRelease,
    pub zone: TimeZone,
}

impl Dialect {
    pub(crate) fn of(choices: &Choices) -> Dialect {
        Dialect {
            release: choices.soap_release,
            zone: time::zone(choices.soap_utc),
        }
    }

    pub(super) fn has_additions_of_1_6_8(&self) -> bool {
        match self.release {
            SoapRelease::Published2019 => false,
            SoapRelease::V1_6_8 => true,
        }
    }

    /// The fields that the release has, in their order, each with its place in a row.
    pub(super) fn fields(
        &self,
        entity: Entity,
    ) -> impl Iterator<Item = (usize, &'static FieldSpec)> + use<> {
        let additions = self.has_additions_of_1_6_8();
        let fields = entity.spec().fields.iter().enumerate();
        fields.filter(move |(_, field)| is_spoken(field, additions))
    }

    /// A field by its name in any case, and its place in a row; none if the release lacks it.
    pub(super) fn field(&self, entity: Entity, name: &str) -> Option<(usize, &'static FieldSpec)> {
        let spec = entity.spec();
        let at = spec.position(name, Names::Soap)?;
        let field = spec.fields.get(at)?;
        is_spoken(field, self.has_additions_of_1_6_8()).then_some((at, field))
    }
}

fn is_spoken(field: &FieldSpec, additions: bool) -> bool {
    !field.soap.is_empty() && (additions || !field.since_1_6_8)
}
