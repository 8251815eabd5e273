//! The frame of every request that changes something: key, work and kept answer in one
//! transaction, then, if the client prefers, the finished thing.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use futures::future::BoxFuture;
use http::{HeaderName, HeaderValue};
use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::domain::{ErrorBody, Operation};
use sandboxd_shared::ids::OperationId;
use sandboxd_shared::jobs::Accepted;
use sandboxd_shared::store::Connection;
use serde_json::Value;

use super::once::IDEMPOTENCY_REPLAYED;
use super::{Answer, ApiError, Once, Prefer, until_finished};
use crate::audit;
use crate::auth::Tenant;
use crate::server::Api;
use crate::view;

const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// What the work of a request came to.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It is done.
    Done(Answer),
    /// An operation does it.
    Accepted(Box<Operation>),
}

impl From<Accepted> for Outcome {
    fn from(accepted: Accepted) -> Self {
        let (Accepted::New(operation) | Accepted::Same(operation)) = accepted;
        Self::Accepted(Box::new(operation))
    }
}

/// The work of a request, in a write transaction.
pub(crate) trait Work:
    for<'c> FnOnce(&'c mut Connection, Timestamp) -> BoxFuture<'c, Result<Outcome, ApiError>> + Send
{
}

impl<F> Work for F where
    F: for<'c> FnOnce(&'c mut Connection, Timestamp) -> BoxFuture<'c, Result<Outcome, ApiError>>
        + Send
{
}

/// Does the work of a request, once for its idempotency key.
pub(crate) async fn act(
    api: &Api,
    tenant: &Tenant,
    once: &Once,
    prefer: Prefer,
    work: impl Work,
) -> Result<Response, ApiError> {
    let (answer, replayed) = begin(api, tenant, once, work).await?;
    let finished = match (prefer.0, answer.operation()) {
        (Some(limit), Some(operation)) => finish(api, tenant, once, operation, limit).await?,
        _ => None,
    };
    let applied = finished.is_some();
    let mut response = match finished {
        Some(Ok(answer)) => answer.into_response(),
        Some(Err(failure)) => ApiError::Client(failure).into_response(),
        None => answer.into_response(),
    };
    let headers = response.headers_mut();
    if let (true, Some(limit)) = (applied, prefer.0)
        && let Ok(value) = HeaderValue::try_from(format!("wait={}", limit.as_secs()))
    {
        headers.insert(PREFERENCE_APPLIED, value);
    }
    if replayed {
        headers.insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
    }
    Ok(response)
}

/// The same for an answer that holds a secret which can be made again: it is kept without, and
/// `complete` adds it to the body each time that it is given. A secret that nobody can make again,
/// or that isn't to be shown twice, is left out of replays with [`Answer::kept_as`].
pub(crate) async fn act_with_secret(
    api: &Api,
    tenant: &Tenant,
    once: &Once,
    work: impl Work,
    complete: impl FnOnce(&mut Value),
) -> Result<Response, ApiError> {
    let (answer, replayed) = begin(api, tenant, once, work).await?;
    let mut response = answer.completed(complete).into_response();
    if replayed {
        response.headers_mut().insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
    }
    Ok(response)
}

/// The answer as the database has it now, and whether it was given before. The write lock makes
/// equal requests take turns, so that all but the first find the key.
async fn begin(
    api: &Api,
    tenant: &Tenant,
    once: &Once,
    work: impl Work,
) -> Result<(Answer, bool), ApiError> {
    let mut tx = api.store.write().await?;
    let now = api.store.clock().now();
    if let Some(answer) = once.given(&mut tx, tenant, now).await? {
        return Ok((answer, true));
    }
    let (answer, operation) = match work(&mut tx, now).await? {
        Outcome::Done(answer) => (answer, None),
        Outcome::Accepted(operation) => {
            let shown = view::operation(&mut tx, api, &operation).await?;
            (Answer::accepted(operation.id, &shown), Some(operation))
        }
    };
    once.keep(&mut tx, tenant, &answer, now).await?;
    audit::commit(tx, tenant, &answer, operation.as_deref(), now).await?;
    Ok((answer, false))
}

/// The finished thing, or why it isn't, if that is known in time. The thing is kept in place of
/// the 202.
async fn finish(
    api: &Api,
    tenant: &Tenant,
    once: &Once,
    operation: OperationId,
    limit: Duration,
) -> Result<Option<Result<Answer, ErrorBody>>, ApiError> {
    let Some(operation) = until_finished(api, tenant, operation, limit).await? else {
        return Ok(None);
    };
    let finished = view::finished(&mut *api.store.read().await?, api, &operation).await?;
    if let Some(Ok(answer)) = &finished
        && once.has_key()
    {
        let mut tx = api.store.write().await?;
        once.keep(&mut tx, tenant, answer, api.store.clock().now()).await?;
        tx.commit_quietly().await?;
    }
    Ok(finished)
}
