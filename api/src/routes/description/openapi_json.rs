//! `GET /openapi.json`

use std::sync::LazyLock;

use http::HeaderName;
use http::header::CONTENT_TYPE;

use crate::openapi;

/// Made once: the routes of a process don't change.
static DOCUMENT: LazyLock<String> = LazyLock::new(|| {
    openapi::document().to_json().expect("invariant: a document is representable as JSON")
});

/// Gives this document
#[utoipa::path(
    get, path = "/openapi.json", tag = "description",
    responses((
        status = 200, description = "The document, in OpenAPI 3.1", body = Value,
        example = json!({ "openapi": "3.1.0", "info": {}, "paths": {} }),
    )),
)]
pub(crate) async fn get_openapi() -> ([(HeaderName, &'static str); 1], &'static str) {
    ([(CONTENT_TYPE, "application/json")], DOCUMENT.as_str())
}
