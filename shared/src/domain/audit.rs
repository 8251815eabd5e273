//! The audit log: who did what.

use serde::Serialize;
use serde_json::Value;

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
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AuditEntry {
    /// Its id.
    pub id: AuditId,
    /// Who did it.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// The method of the request.
    pub method: String,
    /// The route's template.
    pub route: String,
    /// Ids of what it was done to, by kind.
    pub targets: Value,
    /// The answer's status; null if the client went away before.
    pub status: Option<u16>,
    /// The request.
    pub request_id: Option<String>,
    /// The address that the request came from.
    pub peer: Option<String>,
    /// When.
    pub created_at: Timestamp,
}
