//! REST addresses: which call a method, a path and a query are.

use axum::body::Bytes;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};

use crate::autotask::schema::{Entity, RestWrites};
use crate::autotask::server::Asked;
use crate::gate::Caller;

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Action {
    Zone {
        user: String,
    },
    VersionInformation,
    Version,
    Threshold,
    Information(Entity),
    Fields(Entity),
    UserDefinedFields(Entity),
    Query(Entity),
    NextPage(Entity),
    Count(Entity),
    Get(Entity, i64),
    Create(Entity),
    /// `replace`: PUT, which clears what is left out.
    Update {
        entity: Entity,
        replace: bool,
    },
    Children(Entity, i64),
    Child(Entity, i64, i64),
    CreateChild(Entity, i64),
    UpdateChild {
        entity: Entity,
        parent: i64,
        replace: bool,
    },
    WrongMethod,
    NotFound,
}

#[derive(Debug)]
pub(crate) struct Call {
    pub action: Action,
    pub method: Method,
    pub parameters: Vec<(String, String)>,
    pub body: String,
}

/// Longer addresses are not found.
const LONGEST_URL: usize = 2048;

impl Call {
    pub(crate) fn read(parts: &Parts, segments: &[&str], body: &Bytes) -> Call {
        let parameters: Vec<(String, String)> =
            url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes())
                .into_owned()
                .collect();
        let segments: Vec<String> = segments
            .iter()
            .map(|segment| segment.to_ascii_lowercase())
            .collect();
        let names: Vec<&str> = segments.iter().map(String::as_str).collect();
        let too_long = parts.uri.to_string().len() > LONGEST_URL;
        let action = if too_long {
            Action::NotFound
        } else {
            action(&parts.method, &names, &parameters)
        };
        Call {
            action,
            method: parts.method.clone(),
            parameters,
            body: String::from_utf8_lossy(body).into_owned(),
        }
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        let found = self
            .parameters
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn asked(&self, parts: &Parts) -> Asked {
        let (operation, entity) = match &self.action {
            Action::Zone { .. } => ("zone", None),
            Action::VersionInformation | Action::Version => ("version", None),
            Action::Threshold => ("threshold", None),
            Action::Information(entity) => ("entityInformation", Some(*entity)),
            Action::Fields(entity) | Action::UserDefinedFields(entity) => ("fields", Some(*entity)),
            Action::Query(entity) | Action::NextPage(entity) | Action::Children(entity, _) => {
                ("query", Some(*entity))
            }
            Action::Count(entity) => ("count", Some(*entity)),
            Action::Get(entity, _) | Action::Child(entity, _, _) => ("get", Some(*entity)),
            Action::Create(entity) | Action::CreateChild(entity, _) => ("create", Some(*entity)),
            Action::Update { entity, .. } | Action::UpdateChild { entity, .. } => {
                ("update", Some(*entity))
            }
            Action::WrongMethod | Action::NotFound => ("unknown", None),
        };
        let free = match &self.action {
            Action::Zone { .. } | Action::VersionInformation | Action::NotFound => true,
            Action::Version
            | Action::Threshold
            | Action::Information(_)
            | Action::Fields(_)
            | Action::UserDefinedFields(_)
            | Action::Query(_)
            | Action::NextPage(_)
            | Action::Count(_)
            | Action::Get(..)
            | Action::Create(_)
            | Action::Update { .. }
            | Action::Children(..)
            | Action::Child(..)
            | Action::CreateChild(..)
            | Action::UpdateChild { .. }
            | Action::WrongMethod => false,
        };
        Asked {
            transport: "rest",
            operation,
            entity,
            free,
            caller: caller(&parts.headers),
        }
    }
}

fn caller(headers: &HeaderMap) -> Caller {
    let header = |name: &str| {
        let value = headers
            .get(name)
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        value.unwrap_or_default()
    };
    Caller {
        username: header("username"),
        password: header("secret"),
        tracking_identifier: header("apiintegrationcode"),
    }
}

fn action(method: &Method, segments: &[&str], parameters: &[(String, String)]) -> Action {
    let only = |wanted: &[Method], action: Action| {
        if wanted.contains(method) {
            action
        } else {
            Action::WrongMethod
        }
    };
    let get = Method::GET;
    match segments {
        ["versioninformation"] => only(&[get], Action::VersionInformation),
        ["v1.0", "zoneinformation"] => {
            let user = parameters
                .iter()
                .find(|(key, _)| key.eq_ignore_ascii_case("user"));
            only(
                &[get],
                Action::Zone {
                    user: user.map(|(_, user)| user.clone()).unwrap_or_default(),
                },
            )
        }
        ["v1.0", "version"] => only(&[get], Action::Version),
        ["v1.0", "thresholdinformation"] => only(&[get], Action::Threshold),
        ["v1.0", collection, rest @ ..] => match Entity::by_rest_name(collection) {
            Some(entity) => in_collection(method, entity, rest, parameters),
            None => Action::NotFound,
        },
        _ => Action::NotFound,
    }
}

fn in_collection(
    method: &Method,
    entity: Entity,
    rest: &[&str],
    parameters: &[(String, String)],
) -> Action {
    let get = *method == Method::GET;
    let post = *method == Method::POST;
    let reads = |action: Action| if get { action } else { Action::WrongMethod };
    let can_query = entity.spec().can_query;
    match rest {
        [] => at_root(method, entity),
        ["entityinformation"] => reads(Action::Information(entity)),
        ["entityinformation", "fields"] => reads(Action::Fields(entity)),
        ["entityinformation", "userdefinedfields"] => reads(Action::UserDefinedFields(entity)),
        ["query"] if can_query && (get || post) => Action::Query(entity),
        ["query", "count"] if can_query && (get || post) => Action::Count(entity),
        ["query", "next" | "previous"] if can_query => {
            // A page address that came from a POST carries no search of its own.
            let has_search = parameters
                .iter()
                .any(|(key, _)| key.eq_ignore_ascii_case("search"));
            if post || (get && has_search) {
                Action::NextPage(entity)
            } else {
                Action::WrongMethod
            }
        }
        ["query"] | ["query", "count"] if can_query => Action::WrongMethod,
        [id] if can_query => match id.parse() {
            Ok(id) => reads(Action::Get(entity, id)),
            Err(_) => Action::NotFound,
        },
        [parent, child] => match (parent.parse(), child_of(entity, child)) {
            (Ok(parent), Some(child)) => in_child(method, child, parent),
            _ => Action::NotFound,
        },
        [parent, child, id] => match (parent.parse(), child_of(entity, child), id.parse()) {
            (Ok(parent), Some(child), Ok(id)) if child.spec().can_query => {
                reads(Action::Child(child, parent, id))
            }
            _ => Action::NotFound,
        },
        _ => Action::NotFound,
    }
}

fn at_root(method: &Method, entity: Entity) -> Action {
    let spec = entity.spec();
    let writes = match spec.rest_writes {
        RestWrites::Root | RestWrites::RootAndChild(..) => true,
        RestWrites::Never | RestWrites::Child(..) => false,
    };
    if !writes {
        return Action::NotFound;
    }
    match (method.as_str(), spec.can_create, spec.can_update) {
        ("POST", true, _) => Action::Create(entity),
        ("PATCH", _, true) => Action::Update {
            entity,
            replace: false,
        },
        ("PUT", _, true) => Action::Update {
            entity,
            replace: true,
        },
        _ => Action::WrongMethod,
    }
}

fn in_child(method: &Method, entity: Entity, parent: i64) -> Action {
    let spec = entity.spec();
    match (
        method.as_str(),
        spec.can_query,
        spec.can_create,
        spec.can_update,
    ) {
        ("GET", true, _, _) => Action::Children(entity, parent),
        ("POST", _, true, _) => Action::CreateChild(entity, parent),
        ("PATCH", _, _, true) => Action::UpdateChild {
            entity,
            parent,
            replace: false,
        },
        ("PUT", _, _, true) => Action::UpdateChild {
            entity,
            parent,
            replace: true,
        },
        _ => Action::WrongMethod,
    }
}

/// The entity below `parent` under that route, if there is one.
fn child_of(parent: Entity, route: &str) -> Option<Entity> {
    Entity::ALL
        .into_iter()
        .find(|entity| match entity.spec().rest_writes {
            RestWrites::Child(collection, child, _)
            | RestWrites::RootAndChild(collection, child, _) => {
                parent.spec().rest == collection && child.eq_ignore_ascii_case(route)
            }
            RestWrites::Never | RestWrites::Root => false,
        })
}

/// The field of a child entity that holds its parent's id, by SOAP name.
pub(crate) fn parent_field(entity: Entity) -> &'static str {
    match entity.spec().rest_writes {
        RestWrites::Child(_, _, field) | RestWrites::RootAndChild(_, _, field) => field,
        RestWrites::Never | RestWrites::Root => "",
    }
}
