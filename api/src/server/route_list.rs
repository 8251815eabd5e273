//! What each route is called, as `OpenAPI` and the audit log have it. A test holds this list
//! against the router, and another walks all of it with a foreign tenant's ids.

use http::Method;

/// A method of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RouteName {
    /// The method, in upper case.
    pub method: &'static str,
    /// The path, with its parameters in braces.
    pub path: &'static str,
    /// What it does, verb first.
    pub action: &'static str,
}

const fn route(method: &'static str, path: &'static str, action: &'static str) -> RouteName {
    RouteName { method, path, action }
}

/// Every route under `/v1`.
pub const ROUTES: &[RouteName] = &[
    route("GET", "/v1/apps", "list_apps"),
    route("POST", "/v1/apps", "create_app"),
    route("GET", "/v1/apps/{id}", "get_app"),
    route("PATCH", "/v1/apps/{id}", "update_app"),
    route("DELETE", "/v1/apps/{id}", "delete_app"),
    route("POST", "/v1/apps/{id}/sandbox", "create_app_sandbox"),
    route("GET", "/v1/apps/{id}/snapshots", "list_app_snapshots"),
    route("POST", "/v1/apps/{id}/restore", "restore_app"),
    route("POST", "/v1/apps/{id}/fork", "fork_app"),
    route("GET", "/v1/apps/{id}/events", "list_app_events"),
    route("GET", "/v1/sandboxes", "list_sandboxes"),
    route("POST", "/v1/sandboxes", "create_sandbox"),
    route("GET", "/v1/sandboxes/{id}", "get_sandbox"),
    route("PATCH", "/v1/sandboxes/{id}", "update_sandbox"),
    route("DELETE", "/v1/sandboxes/{id}", "delete_sandbox"),
    route("POST", "/v1/sandboxes/{id}/start", "start_sandbox"),
    route("POST", "/v1/sandboxes/{id}/stop", "stop_sandbox"),
    route("GET", "/v1/snapshots", "list_snapshots"),
    route("POST", "/v1/snapshots", "capture_snapshot"),
    route("GET", "/v1/snapshots/{id}", "get_snapshot"),
    route("PATCH", "/v1/snapshots/{id}", "rename_snapshot"),
    route("DELETE", "/v1/snapshots/{id}", "delete_snapshot"),
    route("GET", "/v1/events", "list_events"),
    route("GET", "/v1/operations", "list_operations"),
    route("GET", "/v1/operations/{id}", "get_operation"),
    route("POST", "/v1/operations/{id}/cancel", "cancel_operation"),
    route("GET", "/v1/workers", "list_workers"),
    route("GET", "/v1/queues", "list_queues"),
    route("GET", "/v1/audit", "list_audit"),
    route("GET", "/v1/quotas", "get_quotas"),
    route("GET", "/v1/session", "get_session"),
    route("POST", "/v1/session", "create_session"),
    route("DELETE", "/v1/session", "delete_session"),
];

/// What a route is called.
pub(crate) fn action(method: &Method, path: &str) -> Option<&'static str> {
    let found = ROUTES.iter().find(|route| route.method == method.as_str() && route.path == path);
    found.map(|route| route.action)
}
