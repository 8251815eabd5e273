//! The errors that routes answer, each once, to be named by routes or added to all of them.

use std::collections::BTreeMap;

use sandboxd_shared::domain::{ErrorBody, ErrorCode};
use serde_json::{Value, json};
use utoipa::IntoResponses;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};

use super::shared::add_headers;
use crate::web::ErrorAnswer;

/// The request id of examples.
const EXAMPLE_ID: &str = "01JD4X8QK3M5N7P9R1S3T5V7W9";

/// Declares refusals: a type that routes can name among their responses, its status, when it is
/// answered, and an example with details.
macro_rules! refusals {
    ($($name:ident = $status:literal $code:ident: $when:literal, $message:literal $(, $details:tt)?;)+) => {
        $(
            #[doc = $when]
            #[derive(Debug)]
            pub(crate) struct $name;

            impl $name {
                pub(super) const STATUS: &str = $status;

                pub(super) fn reference() -> RefOr<Response> {
                    Ref::from_response_name(stringify!($name)).into()
                }
            }

            impl IntoResponses for $name {
                fn responses() -> BTreeMap<String, RefOr<Response>> {
                    BTreeMap::from([(Self::STATUS.to_owned(), Self::reference())])
                }
            }
        )+

        /// All of them by name, for the document's components.
        pub(super) fn all() -> Vec<(&'static str, Response)> {
            vec![$((stringify!($name), response(
                $name::STATUS, $when,
                ErrorBody::new(ErrorCode::$code, $message) $(.with_details(json!($details)))?,
            ))),+]
        }
    };
}

refusals! {
    InvalidRequest = "400" InvalidRequest: "The request is wrong; `details.field` names the field",
        "name: a name must have 1 to 200 characters", { "field": "name" };
    Unauthorized = "401" Unauthorized:
        "There is no valid token or session, or a write by session lacks its `X-CSRF-Token`",
        "send a valid token as \"Authorization: Bearer <token>\"";
    NotFound = "404" NotFound: "There is no such thing, or it is another tenant's",
        "there is no such app";
    Conflict = "409" OperationInProgress:
        "The state forbids it (`conflict`, `details.status`), or something else is in the way: an \
         operation (`operation_in_progress`, `details.operation_id`) or a task (`task_in_progress`, \
         `details.task_id`)",
        "operation 01JD4X8QK3M5N7P9R1S3T5V7W9 is under way; wait until it has finished, or cancel it",
        { "operation_id": "01JD4X8QK3M5N7P9R1S3T5V7W9" };
    TooLarge = "413" InvalidRequest: "The body is larger than 1 MiB",
        "a body has at most 1048576 bytes";
    UnsupportedMediaType = "415" InvalidRequest: "The body isn't said to be JSON",
        "send JSON, with Content-Type: application/json";
    IdempotencyMismatch = "422" IdempotencyMismatch:
        "The `Idempotency-Key` was used for another request",
        "the Idempotency-Key was used for another request; use a new one";
    TooManyRequests = "429" RateLimited:
        "The tenant asks too often (`rate_limited`) or has as much as it may have \
         (`quota_exceeded`); `details` says which limit",
        "1200 requests a minute are allowed; come again later",
        { "quota": "requests_per_minute", "limit": 1200, "used": 1200, "retry_after_s": 1 };
    Internal = "500" Internal: "It failed on our side; the log has it by `request_id`",
        "something went wrong on our side; the log has it by request id";
    SandboxUnavailable = "502" SandboxUnavailable: "The sandbox didn't answer",
        "the sandbox did not answer";
    Capacity = "503" Capacity: "There is no memory, disk, engine, worker or database to take it now",
        "the database is busy; try again";
    NotReady = "503" Capacity: "A condition doesn't hold; `details.checks` says which",
        "not ready: no worker has been heard of in the last 15 s; operations are accepted and wait",
        { "checks": [{ "name": "database", "ok": true }, { "name": "workers", "ok": false }] };
}

fn response(status: &str, when: &str, body: ErrorBody) -> Response {
    let code = body.code;
    let example: Value = json!(ErrorAnswer::new(body, EXAMPLE_ID));
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("ErrorAnswer")))
        .example(Some(example))
        .build();
    let mut response =
        ResponseBuilder::new().description(when).content("application/json", content).build();
    add_headers(&mut response, &["X-Request-Id"]);
    match code {
        ErrorCode::Capacity => add_headers(&mut response, &["Retry-After"]),
        ErrorCode::RateLimited => {
            let limits = ["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"];
            add_headers(&mut response, &["Retry-After"]);
            add_headers(&mut response, &limits);
        }
        ErrorCode::Unauthorized => add_headers(&mut response, &["WWW-Authenticate"]),
        _ => {}
    }
    // What an operation may have failed of, for a client that waited.
    if matches!(status, "409" | "500" | "502" | "503") {
        add_headers(&mut response, &["Preference-Applied"]);
    }
    response
}
