//! What each route is called, as the OpenAPI document has it. The audit log takes its actions from
//! here, and a test walks all of it with a foreign tenant's ids.

use std::sync::LazyLock;

use http::Method;
use utoipa::openapi::{OpenApi, PathItem};

use super::Documented;

/// A method of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteName {
    /// The method, in upper case.
    pub method: &'static str,
    /// The path, with its parameters in braces.
    pub path: String,
    /// What it does, verb first.
    pub action: String,
}

static ROUTES: LazyLock<Vec<RouteName>> = LazyLock::new(|| {
    let Documented { open, authenticated } = Documented::routes();
    let all = names(&open).chain(names(&authenticated));
    all.filter(|route| route.path.starts_with("/v1/")).collect()
});

/// Every route under `/v1`.
#[must_use]
pub fn routes() -> &'static [RouteName] {
    &ROUTES
}

/// What a route is called.
pub(crate) fn action(method: &Method, path: &str) -> Option<&'static str> {
    let found = ROUTES.iter().find(|route| route.method == method.as_str() && route.path == path);
    found.map(|route| &*route.action)
}

fn names(document: &OpenApi) -> impl Iterator<Item = RouteName> {
    document.paths.paths.iter().flat_map(|(path, item)| {
        let PathItem { get, put, post, delete, patch, .. } = item;
        [("GET", get), ("PUT", put), ("POST", post), ("DELETE", delete), ("PATCH", patch)]
            .into_iter()
            .filter_map(move |(method, operation)| {
                let action = operation.as_ref()?.operation_id.clone()?;
                Some(RouteName { method, path: path.clone(), action })
            })
    })
}
