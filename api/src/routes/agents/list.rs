//! `GET /v1/agents`

use std::collections::HashSet;

use axum::extract::State;
use sandboxd_shared::domain::{Agent, AgentInfo};
use sandboxd_shared::ids::{AppId, SandboxId};
use sandboxd_shared::store::{Connection, config, nodes, sandboxes};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::auth::Tenant;
use crate::openapi::NotFound;
use crate::routes::lookup;
use crate::server::Api;
use crate::web::{Answer, ApiError, Query};

/// For whom.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListAgents {
    /// Says which of them are ready to work in this app.
    app_id: Option<AppId>,
    /// The same for a sandbox's app; give one of them.
    sandbox_id: Option<SandboxId>,
}

/// All agents.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AgentList {
    agents: Vec<AgentView>,
}

/// An agent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AgentInfo, examples(json!({
    "agent": "claude-code", "name": "Claude Code", "program": "claude",
    "needs": {"config_any_of": ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"]},
    "installed": true, "ready": false,
    "missing": ["config: ANTHROPIC_API_KEY or ANTHROPIC_AUTH_TOKEN"]
})))]
struct AgentView {
    agent: Agent,
    name: &'static str,
    /// What the image has to have; null where the request names it.
    #[schema(required)]
    program: Option<&'static str>,
    needs: NeedsView,
    /// Whether the image has it; null while that isn't known.
    #[schema(required)]
    installed: Option<bool>,
    /// Whether it can work in the app that was asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    ready: Option<bool>,
    /// What stands in the way of that, for a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    missing: Option<Vec<String>>,
}

/// What an agent needs.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AgentNeeds)]
struct NeedsView {
    /// One of these keys of the app's config, with access for agents; none where there are none.
    config_any_of: &'static [&'static str],
}

/// Lists agents
///
/// With `app_id` or `sandbox_id`, whether each is ready to work there, and what is missing.
#[utoipa::path(
    get, path = "/v1/agents", tag = "tasks",
    params(ListAgents),
    responses((status = 200, description = "All of them", body = AgentList), NotFound),
)]
pub(crate) async fn list_agents(
    State(api): State<Api>,
    tenant: Tenant,
    Query(query): Query<ListAgents>,
) -> Result<Answer, ApiError> {
    let mut conn = api.store.read().await?;
    let place = place(&mut conn, &api, &tenant, &query).await?;
    let installed = nodes::agents(&mut conn, &place.node).await?;
    let keys = match place.app {
        Some(app) => Some(keys_for_agents(&mut conn, app).await?),
        None => None,
    };
    let view = |agent: &Agent| view(agent.info(), installed.as_deref(), keys.as_ref());
    Ok(Answer::ok(&AgentList { agents: Agent::ALL.iter().map(view).collect() }))
}

/// Where agents are to work.
struct Place {
    app: Option<AppId>,
    node: String,
}

async fn place(
    conn: &mut Connection,
    api: &Api,
    tenant: &Tenant,
    query: &ListAgents,
) -> Result<Place, ApiError> {
    let (app, sandbox) = match (query.app_id, query.sandbox_id) {
        (Some(_), Some(_)) => {
            return Err(ApiError::field("sandbox_id", "give it or app_id, not both"));
        }
        (Some(app), None) => {
            let app = lookup::app(conn, tenant, app).await?.id;
            (Some(app), sandboxes::of_app(conn, app).await?)
        }
        (None, Some(sandbox)) => {
            let sandbox = lookup::sandbox(conn, tenant, sandbox).await?;
            (Some(sandbox.app_id), Some(sandbox))
        }
        (None, None) => (None, None),
    };
    let node = match sandbox {
        Some(sandbox) => sandbox.node,
        None => api.installation.defaults(conn).await?.node,
    };
    Ok(Place { app, node })
}

/// The keys of an app's config whose values agents get.
async fn keys_for_agents(conn: &mut Connection, app: AppId) -> Result<HashSet<String>, ApiError> {
    let rows = config::list(conn, app).await?;
    let reach_agents = rows.into_iter().filter(|row| row.entry.access_policy.reaches_agents());
    Ok(reach_agents.map(|row| row.entry.key.as_str().to_owned()).collect())
}

fn view(
    info: AgentInfo,
    installed: Option<&[String]>,
    keys: Option<&HashSet<String>>,
) -> AgentView {
    let installed = match info.program {
        None => Some(true),
        Some(_) => installed.map(|names| names.iter().any(|name| name == info.agent.as_str())),
    };
    let missing = keys.map(|keys| missing(&info, installed, keys));
    AgentView {
        agent: info.agent,
        name: info.name,
        program: info.program,
        needs: NeedsView { config_any_of: info.needs_any_of },
        installed,
        ready: missing.as_ref().map(Vec::is_empty),
        missing,
    }
}

fn missing(info: &AgentInfo, installed: Option<bool>, keys: &HashSet<String>) -> Vec<String> {
    let needed = info.needs_any_of;
    let config = (!needed.is_empty() && !needed.iter().any(|key| keys.contains(*key)))
        .then(|| format!("config: {}", needed.join(" or ")));
    let program = info
        .program
        .filter(|_| installed == Some(false))
        .map(|program| format!("the program {program} isn't in the image"));
    config.into_iter().chain(program).collect()
}
