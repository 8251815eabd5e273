//! `GET /healthz` and `GET /readyz`: whether the process lives, and whether work can be done.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use sandboxd_shared::domain::{ErrorBody, ErrorCode, FirewallMode};
use sandboxd_shared::store::nodes::{self, Node};
use sandboxd_shared::store::{StoreError, workers};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::openapi::NotReady;
use crate::server::Api;
use crate::web::ApiError;

/// How long a worker may be silent and still be counted on.
pub(crate) const WORKER_SILENCE: Duration = Duration::from_secs(15);
/// How long the database may take to answer.
const DATABASE_TIMEOUT: Duration = Duration::from_secs(2);

/// That the process answers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    #[schema(examples("ok"))]
    status: &'static str,
}

/// Says that the process answers
#[utoipa::path(
    get, path = "/healthz", tag = "health",
    responses((status = 200, description = "It does", body = Health)),
)]
pub(crate) async fn healthz() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// That work can be done.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Readiness {
    #[schema(examples("ready"))]
    status: &'static str,
    checks: Vec<Check>,
}

/// A condition of being ready.
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({"name": "database", "ok": true})))]
struct Check {
    #[schema(examples("database"))]
    name: &'static str,
    ok: bool,
    /// Why it doesn't hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<String>,
    /// What an operator should know though it doesn't fail.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    warning: Option<String>,
}

impl Check {
    fn new(name: &'static str, wrong: Option<String>) -> Self {
        Self { name, ok: wrong.is_none(), reason: wrong, warning: None }
    }

    fn warn(mut self, warning: Option<String>) -> Self {
        self.warning = warning;
        self
    }
}

/// Says whether work can be done
///
/// The database and the engines must answer, a worker must have been heard of in the last 15 s, and
/// the firewalls must be in place.
#[utoipa::path(
    get, path = "/readyz", tag = "health",
    responses((status = 200, description = "All conditions hold", body = Readiness), NotReady),
)]
pub(crate) async fn readyz(State(api): State<Api>) -> Result<Json<Readiness>, ApiError> {
    let checks = match tokio::time::timeout(DATABASE_TIMEOUT, look(&api)).await {
        Ok(Ok(checks)) => checks,
        Ok(Err(error)) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "not ready");
            vec![Check::new("database", Some("the database failed".to_owned()))]
        }
        Err(_) => vec![Check::new("database", Some("the database is slow to answer".to_owned()))],
    };
    let failed: Vec<&str> = checks.iter().filter_map(|check| check.reason.as_deref()).collect();
    if failed.is_empty() {
        return Ok(Json(Readiness { status: "ready", checks }));
    }
    let body = ErrorBody::new(ErrorCode::Capacity, format!("not ready: {}", failed.join("; ")))
        .with_details(json!({ "checks": checks }));
    Err(ApiError::WithStatus(StatusCode::SERVICE_UNAVAILABLE, body))
}

async fn look(api: &Api) -> Result<Vec<Check>, StoreError> {
    let mut conn = api.store.read().await?;
    let since = api.store.clock().now().minus(WORKER_SILENCE);
    let heard = workers::seen_since(&mut conn, since).await?;
    let silence = heard.is_empty().then(|| {
        let seconds = WORKER_SILENCE.as_secs();
        format!(
            "no worker has been heard of in the last {seconds} s; operations are accepted and wait"
        )
    });
    // A node without a worker is history, and so is what its engine said last.
    let mut nodes = nodes::all(&mut conn).await?;
    nodes.retain(|node| heard.iter().any(|worker| worker.node == node.name));
    let broken = nodes.iter().find_map(|node| {
        let error = node.engine_error.as_ref()?;
        Some(format!("the engine of node {} does not answer: {error}", node.name))
    });
    Ok(vec![
        Check::new("database", None),
        Check::new("workers", silence),
        Check::new("engines", broken),
        firewalls(&nodes),
    ])
}

/// Sandboxes don't start where the firewall fails; where it is off they reach what they like.
fn firewalls(nodes: &[Node]) -> Check {
    let wrong = nodes.iter().find_map(|node| {
        let error = node.firewall_error.as_ref()?;
        Some(format!("the firewall of node {} is not in place: {error}", node.name))
    });
    let off = nodes.iter().find(|node| node.firewall == FirewallMode::Off).map(|node| {
        format!(
            "SANDBOXD_FIREWALL is off on node {}: sandboxes reach the host and its networks, and \
             egress policies are not enforced",
            node.name
        )
    });
    Check::new("firewalls", wrong).warn(off)
}
