//! Links to private previews.

use serde::Serialize;

use crate::clock::Timestamp;
use crate::ids::{PreviewTokenId, SandboxId};

/// A link to a private preview, as the API shows it. The token itself isn't kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PreviewToken {
    /// Its id.
    pub id: PreviewTokenId,
    /// The tenant that owns it.
    #[serde(skip)]
    pub owner: String,
    /// The sandbox that it opens.
    pub sandbox_id: SandboxId,
    /// The one port that it opens; none opens all.
    pub port: Option<u16>,
    /// Until when it opens anything.
    pub expires_at: Timestamp,
    /// Since when it opens nothing any more.
    pub revoked_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}
