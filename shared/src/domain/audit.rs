//! The audit log: who did what.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::ids::AuditId;

/// A fact to be added to the audit log.
#[derive(Debug, Clone)]
pub struct NewAuditEntry {
    /// The tenant whose log it is.
    pub owner: String,
    /// Who: `token:<label>`, `session:<label>`, `anybody`, `preview` or `admin`.
    pub actor: String,
    /// What was done, as the operation is called.
    pub action: String,
    /// The method of the request; empty for what was none.
    pub method: String,
    /// The route's template, without ids.
    pub route: String,
    /// Ids of what it was done to, by kind.
    pub targets: Value,
    /// The answer's status; none if the client went away before.
    pub status: Option<u16>,
    /// The request.
    pub request_id: Option<String>,
    /// The address that the request came from.
    pub peer: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// A row of the audit log, as the API shows it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(examples(json!({
    "id": "01JD4X8QK3M5N7P9R1S3T5V7WA", "actor": "token:ci", "action": "delete_app",
    "method": "DELETE", "route": "/v1/apps/{id}",
    "targets": {"app_id": "01JD4X8QK3M5N7P9R1S3T5V7W9"}, "status": 202,
    "request_id": "01JD4X8QK3M5N7P9R1S3T5V7WB", "peer": "127.0.0.1",
    "created_at": "2026-11-24T08:30:00.000Z",
})))]
pub struct AuditEntry {
    /// Its id.
    pub id: AuditId,
    /// Who did it: `token:<label>`, `session:<label>`, `anybody` while auth is off, `preview` for a
    /// visitor's wake, or `admin`.
    pub actor: String,
    /// What was done: the operationId of the route.
    pub action: String,
    /// The method of the request; empty where there was none.
    pub method: String,
    /// The route's template.
    pub route: String,
    /// Ids of what it was done to, by kind.
    #[schema(value_type = Object)]
    pub targets: Value,
    /// The answer's status; null if the client went away before, and where there was no request.
    #[schema(required)]
    pub status: Option<u16>,
    /// The `X-Request-Id` of its answer.
    #[schema(required)]
    pub request_id: Option<String>,
    /// The address that the request came from; a proxy's where there is one in front.
    #[schema(required)]
    pub peer: Option<String>,
    /// When.
    pub created_at: Timestamp,
}
