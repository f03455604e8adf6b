//! SOAP 1.6.
pub(crate) mod call;

use crate::answer::Answer;
use crate::gate::Denial;
use crate::shared::Shared;
use jiff::Timestamp;

pub(crate) fn perform(_shared: &Shared, _call: &call::Call, _now: Timestamp) -> Answer {
    Answer::html(404)
}

pub(crate) fn denied(_shared: &Shared, _call: &call::Call, _denial: Denial) -> Answer {
    Answer::html(401)
}
