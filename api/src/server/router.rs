//! The table of routes.

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};

use super::Api;
use crate::auth::authenticate;
use crate::routes::{apps, events, health, operations, sandboxes, snapshots, webhooks, workers};
use crate::web::{envelope, unknown_route};

/// All routes with their layers.
pub(super) fn router(api: Api) -> Router {
    let auth = Arc::clone(&api.auth);
    let authenticated = apps()
        .merge(sandboxes_and_snapshots())
        .merge(timeline_and_work())
        .merge(webhooks())
        .route_layer(from_fn_with_state(auth, authenticate));
    Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
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

fn webhooks() -> Router<Api> {
    Router::new()
        .route(
            "/v1/webhooks",
            get(webhooks::list::list_webhooks).post(webhooks::create::create_webhook),
        )
        .route(
            "/v1/webhooks/{id}",
            get(webhooks::get::get_webhook)
                .patch(webhooks::update::update_webhook)
                .delete(webhooks::delete::delete_webhook),
        )
        .route(
            "/v1/webhooks/{id}/rotate-secret",
            post(webhooks::rotate_secret::rotate_webhook_secret),
        )
        .route("/v1/webhooks/{id}/test", post(webhooks::test::test_webhook))
        .route(
            "/v1/webhooks/{id}/deliveries",
            get(webhooks::list_deliveries::list_webhook_deliveries),
        )
        .route(
            "/v1/webhooks/{id}/deliveries/{delivery_id}",
            get(webhooks::get_delivery::get_webhook_delivery),
        )
        .route(
            "/v1/webhooks/{id}/deliveries/{delivery_id}/redeliver",
            post(webhooks::redeliver::redeliver_webhook),
        )
}
