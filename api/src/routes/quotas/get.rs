//! `GET /v1/quotas`

use axum::Extension;
use axum::extract::State;
use sandboxd_shared::domain::Quota;
use sandboxd_shared::jobs::quota;
use sandboxd_shared::store::quotas;
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::Tenant;
use crate::limits::Standing;
use crate::server::Api;
use crate::web::{Answer, ApiError};

/// The tenant's quotas.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QuotaList {
    quotas: Quotas,
}

/// Quotas by name.
#[derive(Debug, Serialize, ToSchema)]
struct Quotas {
    /// Sandboxes, those that failed to be made aside.
    sandboxes: QuotaView,
    /// Sandboxes that have a container, or are about to.
    running: QuotaView,
    /// Snapshots of all kinds.
    snapshots: QuotaView,
    /// Bytes of sealed layers that snapshots and workspaces stand on, each counted once.
    disk_bytes: QuotaView,
    /// Unfinished tasks.
    tasks: QuotaView,
    /// Operations accepted within the last minute.
    operations_per_minute: QuotaView,
    /// Requests within a minute.
    requests_per_minute: QuotaView,
}

/// A quota of the tenant's.
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({"limit": 200, "used": 3})))]
struct QuotaView {
    /// Null for none.
    #[schema(required)]
    limit: Option<i64>,
    used: i64,
}

/// Shows the tenant's quotas
///
/// Each with its limit and what is used of it.
#[utoipa::path(
    get, path = "/v1/quotas", tag = "tenants",
    responses((status = 200, description = "All of them", body = QuotaList)),
)]
pub(crate) async fn get_quotas(
    State(api): State<Api>,
    tenant: Tenant,
    standing: Option<Extension<Standing>>,
) -> Result<Answer, ApiError> {
    let now = api.store.clock().now();
    let mut conn = api.store.read().await?;
    let limits = quotas::of(&mut conn, tenant.as_str()).await?;
    let mut view = async |quota| {
        let limit = limits.get(quota);
        let used = quota::used(&mut conn, tenant.as_str(), quota, now).await?;
        Ok::<_, ApiError>(QuotaView { limit, used })
    };
    let quotas = Quotas {
        sandboxes: view(Quota::Sandboxes).await?,
        running: view(Quota::Running).await?,
        snapshots: view(Quota::Snapshots).await?,
        disk_bytes: view(Quota::DiskBytes).await?,
        tasks: view(Quota::Tasks).await?,
        operations_per_minute: view(Quota::OperationsPerMinute).await?,
        requests_per_minute: QuotaView {
            limit: limits.get(Quota::RequestsPerMinute),
            used: standing.map_or(0, |Extension(standing)| standing.used()),
        },
    };
    Ok(Answer::ok(&QuotaList { quotas }))
}
