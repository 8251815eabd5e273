//! What a route answers that leaves its work to an operation.

use std::collections::BTreeMap;

use utoipa::IntoResponses;
use utoipa::openapi::{Content, Ref, RefOr, Response, ResponseBuilder};

use super::shared::add_headers;

/// 202 with the operation. Beside it, a route names what `Prefer: wait` answers in its place.
#[derive(Debug)]
pub(crate) struct Accepted;

impl Accepted {
    pub(super) const NAME: &str = "Accepted";

    pub(super) fn response() -> Response {
        let mut response = ResponseBuilder::new()
            .description("Accepted; the operation does it. Follow it at `Location`")
            .content("application/json", Content::new(Some(Ref::from_schema_name("Operation"))))
            .build();
        let headers = ["Location", "Retry-After", "Idempotency-Replayed", "X-Request-Id"];
        add_headers(&mut response, &headers);
        response
    }
}

impl IntoResponses for Accepted {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        BTreeMap::from([("202".to_owned(), Ref::from_response_name(Self::NAME).into())])
    }
}
