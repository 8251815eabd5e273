//! Links to private previews.

use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::ids::{PreviewTokenId, SandboxId};

/// A link to a private preview, as the API shows it. The token itself isn't kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(examples(json!({
    "id": "01JD4X8QK3M5N7P9R1S3T5V7W9", "sandbox_id": "01JD4X8QK3M5N7P9R1S3T5V7W8", "port": 3000,
    "expires_at": "2026-01-31T13:00:00.000Z", "revoked_at": null,
    "created_at": "2026-01-31T12:00:00.000Z"
})))]
pub struct PreviewToken {
    /// Its id.
    pub id: PreviewTokenId,
    /// The tenant that owns it.
    #[serde(skip)]
    pub owner: String,
    /// The sandbox that it opens.
    pub sandbox_id: SandboxId,
    /// The one port that it opens; none opens all.
    #[schema(required)]
    pub port: Option<u16>,
    /// Until when it opens anything.
    pub expires_at: Timestamp,
    /// Since when it opens nothing any more.
    #[schema(required)]
    pub revoked_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}
