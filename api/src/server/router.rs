//! The table of routes. A route and its place in the OpenAPI document are one line here.

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use crate::audit::record;
use crate::auth::authenticate;
use crate::console;
use crate::limits::limit_rate;
use crate::routes::{
    agents, apps, audit, config, description, events, health, operations, preview_tokens, quotas,
    sandboxes, session, snapshots, tasks, webhooks, workers,
};
use crate::web::{envelope, unknown_route};

/// All routes with their layers.
pub(super) fn router(api: Api) -> Router {
    let authenticated = Router::from(authenticated())
        // Outermost last.
        .route_layer(from_fn_with_state(api.clone(), record))
        .route_layer(from_fn_with_state(api.clone(), limit_rate))
        .route_layer(from_fn_with_state(api.clone(), authenticate));
    Router::from(open())
        .merge(authenticated)
        .merge(console::routes())
        .fallback(unknown_route)
        .layer(from_fn(envelope))
        .with_state(api)
}

/// The routes as the OpenAPI document has them, without what their layers add.
pub(crate) struct Documented {
    /// Those that anybody may ask for.
    pub(crate) open: OpenApi,
    /// Those behind a token.
    pub(crate) authenticated: OpenApi,
}

impl Documented {
    pub(crate) fn routes() -> Self {
        Self { open: open().into_openapi(), authenticated: authenticated().into_openapi() }
    }
}

fn open() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(description::openapi_json::get_openapi))
        .routes(routes!(description::docs::get_docs))
        .routes(routes!(session::create::create_session))
}

fn authenticated() -> OpenApiRouter<Api> {
    apps()
        .merge(sandboxes_and_snapshots())
        .merge(tasks())
        .merge(streams())
        .merge(previews())
        .merge(timeline_and_work())
        .merge(tenants())
        .merge(webhooks())
}

fn apps() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(apps::list::list_apps, apps::create::create_app))
        .routes(routes!(apps::get::get_app, apps::update::update_app, apps::delete::delete_app))
        .routes(routes!(apps::sandbox::create_app_sandbox))
        .routes(routes!(apps::snapshots::list_app_snapshots))
        .routes(routes!(apps::tasks::list_app_tasks))
        .routes(routes!(apps::task::get_app_task))
        .routes(routes!(apps::restore::restore_app))
        .routes(routes!(apps::fork::fork_app))
        .routes(routes!(apps::explore::explore_app))
        .routes(routes!(apps::adopt::adopt_app))
        .routes(routes!(events::list::list_app_events))
        .routes(routes!(config::list::list_config, config::create::create_config))
        .routes(routes!(config::update::update_config, config::delete::delete_config))
}

fn sandboxes_and_snapshots() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(sandboxes::list::list_sandboxes, sandboxes::create::create_sandbox))
        .routes(routes!(
            sandboxes::get::get_sandbox,
            sandboxes::update::update_sandbox,
            sandboxes::delete::delete_sandbox
        ))
        .routes(routes!(sandboxes::start::start_sandbox))
        .routes(routes!(sandboxes::stop::stop_sandbox))
        .routes(routes!(snapshots::list::list_snapshots, snapshots::capture::capture_snapshot))
        .routes(routes!(
            snapshots::get::get_snapshot,
            snapshots::rename::rename_snapshot,
            snapshots::delete::delete_snapshot
        ))
        .routes(routes!(snapshots::diff::diff_snapshots))
}

fn tasks() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(agents::list::list_agents))
        .routes(routes!(tasks::list::list_tasks, tasks::run::run_task))
        .routes(routes!(tasks::get::get_task))
        .routes(routes!(tasks::follow::follow_task))
        .routes(routes!(tasks::cancel::cancel_task))
        .routes(routes!(events::list::list_task_events))
}

fn previews() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(preview_tokens::create::create_preview_token))
        .routes(routes!(preview_tokens::list::list_preview_tokens))
        .routes(routes!(preview_tokens::revoke::revoke_preview_token))
}

/// What is passed on to the workers.
fn streams() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(sandboxes::files::list_files, sandboxes::files::delete_files))
        .routes(routes!(sandboxes::file_content::read_file, sandboxes::file_content::write_file))
        .routes(routes!(snapshots::file_content::read_snapshot_file))
        .routes(routes!(sandboxes::export::export_files))
        .routes(routes!(sandboxes::exec::exec_command))
        .routes(routes!(sandboxes::terminal::open_terminal))
        .routes(routes!(sandboxes::logs::read_logs))
}

fn timeline_and_work() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(events::list::list_events))
        .routes(routes!(operations::list::list_operations))
        .routes(routes!(operations::get::get_operation))
        .routes(routes!(operations::cancel::cancel_operation))
        .routes(routes!(workers::list_workers::list_workers))
        .routes(routes!(workers::list_queues::list_queues))
}

fn tenants() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(audit::list::list_audit))
        .routes(routes!(quotas::get::get_quotas))
        .routes(routes!(session::get::get_session, session::delete::delete_session))
}

fn webhooks() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(webhooks::list::list_webhooks, webhooks::create::create_webhook))
        .routes(routes!(
            webhooks::get::get_webhook,
            webhooks::update::update_webhook,
            webhooks::delete::delete_webhook
        ))
        .routes(routes!(webhooks::rotate_secret::rotate_webhook_secret))
        .routes(routes!(webhooks::test::test_webhook))
        .routes(routes!(webhooks::list_deliveries::list_webhook_deliveries))
        .routes(routes!(webhooks::get_delivery::get_webhook_delivery))
        .routes(routes!(webhooks::redeliver::redeliver_webhook))
}
