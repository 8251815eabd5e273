//! `GET /docs`

use std::sync::LazyLock;

use http::HeaderName;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};

use crate::openapi::Page;

/// Made once: the routes of a process don't change.
static PAGE: LazyLock<Page> = LazyLock::new(Page::of_document);

/// Shows this document to people
///
/// One page, whole in itself: it asks for nothing else and runs no script.
#[utoipa::path(
    get, path = "/docs", tag = "description",
    responses((status = 200, description = "The page", body = String, content_type = "text/html")),
)]
pub(crate) async fn get_docs() -> ([(HeaderName, &'static str); 2], &'static str) {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, PAGE.policy.as_str()),
    ];
    (headers, PAGE.html.as_str())
}
