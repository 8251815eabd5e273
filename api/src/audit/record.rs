//! The layer that sees that every request that may change something is in the log, whatever its
//! handler does.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::StatusCode;

use crate::auth::Tenant;
use crate::server::Api;

/// Sends a request on and tells the log of its answer, unless its handler has done that.
pub(crate) async fn record(State(api): State<Api>, request: Request, next: Next) -> Response {
    let tenant = request.extensions().get::<Tenant>().cloned();
    let Some(tenant) = tenant.filter(|tenant| tenant.trail().matters()) else {
        return next.run(request).await;
    };
    let mut pending = Pending { api, tenant, status: None };
    let response = next.run(request).await;
    pending.status = Some(response.status());
    response
}

/// Tells the log when it is dropped: with the answer, or when the client has gone before it.
struct Pending {
    api: Api,
    tenant: Tenant,
    status: Option<StatusCode>,
}

impl Drop for Pending {
    fn drop(&mut self) {
        let (tenant, trail) = (&self.tenant, self.tenant.trail());
        if !trail.is_written() {
            let now = self.api.store.clock().now();
            let actor = &tenant.caller().actor;
            self.api.audit.take(trail.entry(tenant.as_str(), actor, self.status, now));
        }
    }
}
