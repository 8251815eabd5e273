//! The table of routes.

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};

use super::Api;
use crate::audit::record;
use crate::auth::authenticate;
use crate::limits::limit_rate;
use crate::routes::{
    apps, audit, events, health, operations, quotas, sandboxes, session, snapshots, workers,
};
use crate::web::{envelope, unknown_route};

/// All routes with their layers.
pub(super) fn router(api: Api) -> Router {
    let authenticated = apps()
        .merge(sandboxes_and_snapshots())
        .merge(timeline_and_work())
        .merge(tenants())
        // Outermost last.
        .route_layer(from_fn_with_state(api.clone(), record))
        .route_layer(from_fn_with_state(api.clone(), limit_rate))
        .route_layer(from_fn_with_state(api.clone(), authenticate));
    Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/v1/session", post(session::create::create_session))
        .merge(authenticated)
        .fallback(unknown_route)
        .layer(from_fn(envelope))
        .with_state(api)
}

fn apps() -> Router<Api> {
    Router::new()
        .route("/v1/apps", get(apps::list::list_apps).post(apps::create::create_app))
        .route(
            "/v1/apps/{id}",
            get(apps::get::get_app)
                .patch(apps::update::update_app)
                .delete(apps::delete::delete_app),
        )
        .route("/v1/apps/{id}/sandbox", post(apps::sandbox::create_app_sandbox))
        .route("/v1/apps/{id}/snapshots", get(apps::snapshots::list_app_snapshots))
        .route("/v1/apps/{id}/restore", post(apps::restore::restore_app))
        .route("/v1/apps/{id}/fork", post(apps::fork::fork_app))
        .route("/v1/apps/{id}/events", get(events::list::list_app_events))
}

fn sandboxes_and_snapshots() -> Router<Api> {
    Router::new()
        .route(
            "/v1/sandboxes",
            get(sandboxes::list::list_sandboxes).post(sandboxes::create::create_sandbox),
        )
        .route(
            "/v1/sandboxes/{id}",
            get(sandboxes::get::get_sandbox)
                .patch(sandboxes::update::update_sandbox)
                .delete(sandboxes::delete::delete_sandbox),
        )
        .route("/v1/sandboxes/{id}/start", post(sandboxes::start::start_sandbox))
        .route("/v1/sandboxes/{id}/stop", post(sandboxes::stop::stop_sandbox))
        .route(
            "/v1/snapshots",
            get(snapshots::list::list_snapshots).post(snapshots::capture::capture_snapshot),
        )
        .route(
            "/v1/snapshots/{id}",
            get(snapshots::get::get_snapshot)
                .patch(snapshots::rename::rename_snapshot)
                .delete(snapshots::delete::delete_snapshot),
        )
}

fn timeline_and_work() -> Router<Api> {
    Router::new()
        .route("/v1/events", get(events::list::list_events))
        .route("/v1/operations", get(operations::list::list_operations))
        .route("/v1/operations/{id}", get(operations::get::get_operation))
        .route("/v1/operations/{id}/cancel", post(operations::cancel::cancel_operation))
        .route("/v1/workers", get(workers::list_workers::list_workers))
        .route("/v1/queues", get(workers::list_queues::list_queues))
}

fn tenants() -> Router<Api> {
    Router::new()
        .route("/v1/audit", get(audit::list::list_audit))
        .route("/v1/quotas", get(quotas::get::get_quotas))
        .route(
            "/v1/session",
            get(session::get::get_session).delete(session::delete::delete_session),
        )
}
