//! `GET /openapi.json`

use std::sync::LazyLock;

use http::header::CONTENT_TYPE;

use crate::openapi;

/// Made once: the routes of a process don't change.
static DOCUMENT: LazyLock<String> = LazyLock::new(|| {
    openapi::document().to_json().expect("invariant: a document is representable as JSON")
});

/// The document's own shape, which is OpenAPI's.
#[derive(utoipa::ToSchema)]
#[schema(as = OpenApiDocument, additional_properties, examples(json!({
    "openapi": "3.1.0", "info": { "title": "sandboxd", "version": "0.1.0" }, "paths": {}
})))]
#[expect(dead_code, reason = "only described")]
pub(crate) struct Document {
    #[schema(pattern = "^3\\.")]
    openapi: String,
    info: serde_json::Map<String, serde_json::Value>,
    paths: serde_json::Map<String, serde_json::Value>,
}

/// Gives this document
#[utoipa::path(
    get, path = "/openapi.json", tag = "description",
    responses((status = 200, description = "The document, in OpenAPI 3.1", body = Document)),
)]
pub(crate) async fn get_openapi() -> ([(http::HeaderName, &'static str); 1], &'static str) {
    ([(CONTENT_TYPE, "application/json")], DOCUMENT.as_str())
}
