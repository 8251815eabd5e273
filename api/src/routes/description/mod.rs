//! The API's own description.

pub(crate) mod docs;
pub(crate) mod openapi_json;
