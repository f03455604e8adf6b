use crate::autotask::server::Asked;
use crate::gate::Caller;
use axum::body::Bytes;
use axum::http::request::Parts;

pub(crate) struct Call;

impl Call {
    pub(crate) fn read(_parts: &Parts, _body: &Bytes) -> Call {
        Call
    }

    pub(crate) fn asked(&self, _parts: &Parts) -> Asked {
        Asked {
            transport: "soap",
            operation: "unknown",
            entity: None,
            free: true,
            caller: Caller::default(),
        }
    }
}
