//! What the layers around the routes and the extractors in front of them do, added to every
//! operation that they are around: routes name only what is their own.

use utoipa::openapi::path::{Operation, Parameter, ParameterIn, Paths};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{PathItem, RefOr, Response};

use super::refusals::{
    Capacity, Conflict, IdempotencyMismatch, Internal, InvalidRequest, NotFound,
    SandboxUnavailable, TooLarge, TooManyRequests, Unauthorized, UnsupportedMediaType,
};
use super::shared::{add_headers, parameter};

/// The names of the security schemes.
pub(super) const BEARER: &str = "bearer";
pub(super) const SESSION: &str = "session";

/// Completes operations behind the bearer token.
pub(super) fn complete_authenticated(paths: &mut Paths) {
    for (method, operation) in operations(paths) {
        let by = |scheme: &str| SecurityRequirement::new(scheme, Vec::<String>::new());
        operation.security = Some(vec![by(BEARER), by(SESSION)]);
        refuses(operation, Unauthorized::STATUS, Unauthorized::reference());
        refuses(operation, TooManyRequests::STATUS, TooManyRequests::reference());
        refuses(operation, Internal::STATUS, Internal::reference());
        refuses(operation, Capacity::STATUS, Capacity::reference());
        if method == "post" {
            takes_key(operation);
        }
        add_refusals_of_parameters(operation);
        add_refusals_of_body(operation);
        share_parameters(operation);
        add_headers_of_answers(method, operation);
    }
}

/// Completes operations that anybody may ask for.
pub(super) fn complete_open(paths: &mut Paths) {
    for (_, operation) in operations(paths) {
        let keyless = "";
        add_headers_of_answers(keyless, operation);
    }
}

/// All operations, each with its method in lower case.
pub(super) fn operations(
    paths: &mut Paths,
) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    paths.paths.values_mut().flat_map(|item| {
        let PathItem { get, put, post, delete, patch, .. } = item;
        [("get", get), ("put", put), ("post", post), ("delete", delete), ("patch", patch)]
            .into_iter()
            .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
    })
}

/// Adds a refusal, unless the route describes that status itself.
fn refuses(operation: &mut Operation, status: &str, refusal: RefOr<Response>) {
    operation.responses.responses.entry(status.to_owned()).or_insert(refusal);
}

fn takes_key(operation: &mut Operation) {
    operation.parameters.get_or_insert_default().push(parameter("IdempotencyKey"));
    refuses(operation, InvalidRequest::STATUS, InvalidRequest::reference());
    refuses(operation, IdempotencyMismatch::STATUS, IdempotencyMismatch::reference());
}

fn add_refusals_of_parameters(operation: &mut Operation) {
    let has = |place: ParameterIn| own_parameters(operation).any(|own| own.parameter_in == place);
    let (in_path, in_query) = (has(ParameterIn::Path), has(ParameterIn::Query));
    if in_path {
        refuses(operation, NotFound::STATUS, NotFound::reference());
    }
    if in_query {
        refuses(operation, InvalidRequest::STATUS, InvalidRequest::reference());
    }
    if prefers(operation) {
        // What a finished operation failed of, and that it was cancelled.
        refuses(operation, Conflict::STATUS, Conflict::reference());
        refuses(operation, SandboxUnavailable::STATUS, SandboxUnavailable::reference());
    }
}

fn add_refusals_of_body(operation: &mut Operation) {
    if operation.request_body.is_some() {
        refuses(operation, InvalidRequest::STATUS, InvalidRequest::reference());
        refuses(operation, TooLarge::STATUS, TooLarge::reference());
        refuses(operation, UnsupportedMediaType::STATUS, UnsupportedMediaType::reference());
    }
}

/// Whether it can wait for the operation that it starts.
fn prefers(operation: &Operation) -> bool {
    own_parameters(operation).any(|own| own.name == "Prefer")
}

fn own_parameters(operation: &Operation) -> impl Iterator<Item = &Parameter> {
    operation.parameters.iter().flatten().filter_map(|parameter| match parameter {
        RefOr::T(own) => Some(own),
        RefOr::Ref(_) => None,
    })
}

/// Puts the shared description in the place of parameters that all pages and waits have.
fn share_parameters(operation: &mut Operation) {
    let is_page = own_parameters(operation).any(|own| own.name == "before");
    for slot in operation.parameters.iter_mut().flatten() {
        let RefOr::T(own) = slot else { continue };
        match own.name.as_str() {
            "limit" if is_page => *slot = parameter("Limit"),
            "Prefer" => *slot = parameter("Prefer"),
            "before" => {
                let text = "Only older ones: `next_before` of the page before";
                own.description.get_or_insert_with(|| text.to_owned());
            }
            _ => {}
        }
    }
}

fn add_headers_of_answers(method: &str, operation: &mut Operation) {
    let prefers = operation.responses.responses.contains_key("202");
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        let succeeded = status.starts_with('2');
        add_headers(response, &["X-Request-Id"]);
        // What a PUT makes is where it was put.
        if status == "202" || (status == "201" && method != "put") {
            add_headers(response, &["Location"]);
        }
        if succeeded && prefers {
            add_headers(response, &["Preference-Applied"]);
        }
        if succeeded && method == "post" {
            add_headers(response, &["Idempotency-Replayed"]);
        }
    }
}
