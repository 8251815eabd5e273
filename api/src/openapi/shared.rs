//! Headers and parameters that many operations have, each once in the document's components.

use serde_json::Value;
use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{ObjectBuilder, Ref, RefOr, Required, Response, Type};

use crate::web::{LIMIT_DEFAULT, LIMIT_MAX};

/// Adds headers of [`headers`] to an answer.
pub(super) fn add_headers(response: &mut Response, names: &[&str]) {
    for name in names {
        let header = Ref::new(format!("#/components/headers/{name}"));
        response.headers.insert((*name).to_owned(), RefOr::Ref(header));
    }
}

/// A reference to a parameter of [`parameters`].
pub(super) fn parameter(name: &str) -> RefOr<Parameter> {
    RefOr::Ref(Ref::new(format!("#/components/parameters/{name}")))
}

/// Headers of answers.
pub(super) fn headers() -> Vec<(&'static str, Header)> {
    let make = |kind: Type, description: &str, example: Value| {
        let schema = ObjectBuilder::new().schema_type(kind).examples([example]);
        HeaderBuilder::new().schema(Some(schema)).description(Some(description)).build()
    };
    let text = |description, example: &str| make(Type::String, description, example.into());
    vec![
        ("Idempotency-Replayed", text("`true` if an equal request was answered before", "true")),
        (
            "Location",
            text(
                "Where what is made is, or the operation that makes it",
                "/v1/operations/01JD4X8QK3M5N7P9R1S3T5V7W9",
            ),
        ),
        ("Preference-Applied", text("The preference that was followed (RFC 7240)", "wait=30")),
        ("Retry-After", make(Type::Integer, "Seconds after which to come again", 1.into())),
        ("WWW-Authenticate", text("The scheme to authenticate with", "Bearer")),
        ("X-Request-Id", text("Names the request, in our log too", "01JD4X8QK3M5N7P9R1S3T5V7W9")),
    ]
}

/// Parameters of requests.
pub(super) fn parameters() -> Vec<(&'static str, Parameter)> {
    let make = |name: &str, place: ParameterIn, description: &str, schema: ObjectBuilder| {
        ParameterBuilder::new()
            .name(name)
            .parameter_in(place)
            .required(Required::False)
            .description(Some(description))
            .schema(Some(schema))
            .build()
    };
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let count = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(1))
        .maximum(Some(LIMIT_MAX))
        .default(Some(LIMIT_DEFAULT.into()));
    vec![
        (
            "IdempotencyKey",
            make(
                "Idempotency-Key",
                ParameterIn::Header,
                "Makes a repeated request answer like the first one, for 24 hours",
                text().min_length(Some(1)).max_length(Some(255)).pattern(Some("^[!-~]+$")),
            ),
        ),
        ("Limit", make("limit", ParameterIn::Query, "How many at most", count)),
        (
            "Prefer",
            make(
                "Prefer",
                ParameterIn::Header,
                "`wait=N`: if the operation finishes within N seconds (60 at most), the answer is \
                 the finished thing",
                text().examples(["wait=30"]),
            ),
        ),
    ]
}
