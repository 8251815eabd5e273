//! `POST /v1/sandboxes/{id}/preview-token`

use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::config::parse_duration;
use sandboxd_shared::domain::{ErrorBody, ErrorCode, PreviewToken, Sandbox, SandboxStatus};
use sandboxd_shared::ids::{PreviewTokenId, SandboxId};
use sandboxd_shared::store::{Connection, preview_tokens};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::auth::Tenant;
use crate::gateway::LocalPath;
use crate::openapi::Conflict;
use crate::previews::Claims;
use crate::routes::lookup;
use crate::server::{Api, PreviewUrls};
use crate::web::{Answer, ApiError, Outcome, PathId, Post, act_with_secret};

const EXPIRES_IN_DEFAULT: Duration = Duration::from_hours(1);
const EXPIRES_IN_MIN: Duration = Duration::from_secs(1);
const EXPIRES_IN_MAX: Duration = Duration::from_hours(30 * 24);
/// Links of one sandbox that open something. The gateway has all of them in memory.
const LIVE_MAX: i64 = 100;
/// The same with those that open nothing any more but are listed still.
const LISTED_MAX: i64 = 1000;
/// Seconds after which it may make sense to ask again for one more.
const RETRY_AFTER_S: i64 = 30;

/// What a new link opens.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"port": 3000, "expires_in": "1h", "path": "/admin"})))]
pub(crate) struct CreatePreviewToken {
    /// One of the sandbox's ports; all if absent.
    #[schema(minimum = 1, maximum = 65535)]
    port: Option<u16>,
    /// A duration such as "1h", at most "30d".
    #[schema(pattern = "^([1-9][0-9]{0,3}[sm]|[1-9][0-9]?h|([1-9]|[12][0-9]|30)d)$")]
    expires_in: Option<String>,
    /// Where in the app the link leads to.
    path: Option<String>,
}

/// A link to a private preview.
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({
    "id": "01JD4X8QK3M5N7P9R1S3T5V7W9", "sandbox_id": "01JD4X8QK3M5N7P9R1S3T5V7W8", "port": 3000,
    "url": "http://s-01jd4x8qk3m5n7p9r1s3t5v7w8-3000.preview.localhost:18080/.sandboxd/open?token=sbx_preview_…&to=%2Fadmin",
    "token": "sbx_preview_…", "expires_at": "2026-01-31T13:00:00.000Z",
    "created_at": "2026-01-31T12:00:00.000Z"
})))]
pub(crate) struct PreviewLink {
    id: PreviewTokenId,
    sandbox_id: SandboxId,
    /// The one port that it opens; none opens all.
    #[schema(required)]
    port: Option<u16>,
    /// To be opened in a browser, which gets a cookie by it.
    url: String,
    /// For programs, as `X-Sandboxd-Preview-Token`. Left out of what is kept of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required, nullable = false)]
    token: Option<String>,
    expires_at: Timestamp,
    created_at: Timestamp,
}

/// Makes a link to a private preview
///
/// The token is in this answer only. A sandbox has at most 100 that open something: one more is
/// `quota_exceeded`.
#[utoipa::path(
    post, path = "/v1/sandboxes/{id}/preview-token", tag = "sandboxes",
    params(PathId<SandboxId>),
    request_body = CreatePreviewToken,
    responses((status = 201, description = "The link", body = PreviewLink), Conflict),
)]
pub(crate) async fn create_preview_token(
    State(api): State<Api>,
    tenant: Tenant,
    PathId(id): PathId<SandboxId>,
    Post { body, once }: Post<CreatePreviewToken>,
) -> Result<Response, ApiError> {
    let lifetime = body.lifetime()?;
    let path = body.path()?;
    let owner = tenant.clone();
    let urls = api.installation.previews.clone();
    let complete = |shown: &mut Value| add_link(&api.installation.previews, &path, shown);
    act_with_secret(
        &api,
        &tenant,
        &once,
        |conn, now| {
            Box::pin(async move {
                let sandbox = lookup::sandbox(conn, &owner, id).await?;
                let token = body.make(conn, &sandbox, now, lifetime).await?;
                Ok(Outcome::Done(answer(&urls, &sandbox, &token)))
            })
        },
        complete,
    )
    .await
}

impl CreatePreviewToken {
    fn lifetime(&self) -> Result<Duration, ApiError> {
        let Some(text) = &self.expires_in else { return Ok(EXPIRES_IN_DEFAULT) };
        let wrong = |what| ApiError::field("expires_in", what);
        let time = parse_duration(text)
            .map_err(|_| wrong("must be a duration such as \"1h\" or \"30d\""))?;
        if !(EXPIRES_IN_MIN..=EXPIRES_IN_MAX).contains(&time) {
            return Err(wrong("must be from 1s to 30d"));
        }
        Ok(time)
    }

    fn path(&self) -> Result<LocalPath, ApiError> {
        LocalPath::parse(self.path.as_deref().unwrap_or("/")).ok_or_else(|| {
            ApiError::field("path", "must be a path of the app such as \"/admin?tab=1\"")
        })
    }

    async fn make(
        &self,
        conn: &mut Connection,
        sandbox: &Sandbox,
        now: Timestamp,
        lifetime: Duration,
    ) -> Result<PreviewToken, ApiError> {
        if let (SandboxStatus::Deleting, Some(deleting)) =
            (sandbox.status, sandbox.active_operation_id)
        {
            return Err(ErrorBody::in_progress(deleting).into());
        }
        if self.port.is_some_and(|port| !sandbox.ports.as_slice().contains(&port)) {
            return Err(ApiError::field("port", "is none of the sandbox's ports"));
        }
        let (live, listed) = preview_tokens::count(conn, sandbox.id, now).await?;
        if live >= LIVE_MAX || listed >= LISTED_MAX {
            return Err(too_many(live, listed).into());
        }
        let token = PreviewToken {
            id: PreviewTokenId::generate(),
            owner: sandbox.owner.clone(),
            sandbox_id: sandbox.id,
            port: self.port,
            expires_at: now.plus(lifetime),
            revoked_at: None,
            created_at: now,
        };
        preview_tokens::insert(conn, &token).await?;
        Ok(token)
    }
}

/// 429 in the shape of all quotas, though operators can't change these.
fn too_many(live: i64, listed: i64) -> ErrorBody {
    let (quota, limit, used, text) = if live >= LIVE_MAX {
        let text = format!(
            "a sandbox has at most {LIVE_MAX} preview tokens that open something; revoke some, or \
             give one to several people"
        );
        ("preview_tokens", LIVE_MAX, live, text)
    } else {
        let text = format!(
            "a sandbox has at most {LISTED_MAX} preview tokens with those of the last day that were \
             revoked or have expired; make fewer that last longer"
        );
        ("preview_tokens_listed", LISTED_MAX, listed, text)
    };
    ErrorBody::new(ErrorCode::QuotaExceeded, text).with_details(json!({
        "quota": quota, "limit": limit, "used": used, "retry_after_s": RETRY_AFTER_S,
    }))
}

/// The answer without its secret: the URL is that of the preview.
fn answer(urls: &PreviewUrls, sandbox: &Sandbox, token: &PreviewToken) -> Answer {
    let shown = PreviewLink {
        id: token.id,
        sandbox_id: token.sandbox_id,
        port: token.port,
        url: urls.url(sandbox.id, token.port.unwrap_or(sandbox.ports.main())),
        token: None,
        expires_at: token.expires_at,
        created_at: token.created_at,
    };
    let place = format!("/v1/sandboxes/{}/preview-tokens", sandbox.id);
    Answer::created(place, &shown)
}

/// Adds the token, and makes the preview's URL a link with it. It isn't kept, also not for the
/// idempotency key: it is made again from what is.
fn add_link(urls: &PreviewUrls, path: &LocalPath, shown: &mut Value) {
    let Ok(claims) = Claims::deserialize(&*shown) else { return };
    let token = urls.key.sign(claims);
    let url = shown["url"].as_str().unwrap_or_default();
    shown["url"] = json!(path.link(url, &token));
    shown["token"] = json!(token);
}
