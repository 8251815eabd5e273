//! What goes on after the answer's head, such as a live stream, ends when what let it in does: the
//! token is revoked or expires, or the session is signed out of.

use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use futures::StreamExt;
use http_body::Body as _;
use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::store::{StoreError, sessions};

use super::{Tenant, Via, session};
use crate::server::Api;

/// How often credentials are looked at that nothing was heard of: they may expire, and another
/// process may end a session.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Lets an answer whose length isn't known go on only as long as its caller may call.
pub(super) fn guard(api: &Api, tenant: &Tenant, response: Response) -> Response {
    if response.body().size_hint().exact().is_some() || matches!(tenant.caller().via, Via::Off) {
        return response;
    }
    let (api, tenant) = (api.clone(), tenant.clone());
    response.map(|body| {
        let revoked = async move { until_revoked(&api, &tenant).await };
        Body::from_stream(body.into_data_stream().take_until(Box::pin(revoked)))
    })
}

/// Waits until a caller may not call any more.
pub(crate) async fn until_revoked(api: &Api, tenant: &Tenant) {
    let mut changes = api.auth.changes();
    loop {
        changes.mark_unchanged();
        match may_call(api, tenant, api.store.clock().now()).await {
            Ok(true) => {}
            Ok(false) => return,
            // Nobody is thrown out because the database stumbles.
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "a caller's credentials could not be looked at again"
            ),
        }
        let _ = tokio::time::timeout(LOOK_AGAIN, changes.changed()).await;
    }
}

async fn may_call(api: &Api, tenant: &Tenant, now: Timestamp) -> Result<bool, StoreError> {
    let token = match &tenant.caller().via {
        Via::Off => return Ok(true),
        Via::Token { token } => token,
        Via::Session { hash, token, .. } => {
            let found = sessions::find(&mut *api.store.read().await?, hash).await?;
            if found.is_none_or(|found| session::end(&found) <= now) {
                return Ok(false);
            }
            token
        }
    };
    Ok(api.auth.find(&api.store, token, now).await?.is_some())
}
