//! Workspaces in rows: generations that can be written, layers that can't.

use super::text_enum;
use crate::clock::Timestamp;
use crate::ids::SandboxId;

text_enum! {
    /// How a node keeps workspaces.
    DriverKind { Overlay = "overlay", Copy = "copy" }
}

text_enum! {
    /// What may be done with a layer.
    LayerState {
        /// Its bytes may or may not be in place yet.
        Sealing = "sealing",
        Ready = "ready",
        /// Nothing stands on it; its bytes go next.
        Deleting = "deleting",
    }
}

text_enum! {
    /// What a generation is for.
    GenerationState {
        /// The sandbox's workspace.
        Active = "active",
        /// Made ahead; becomes the workspace in one transaction.
        Prepared = "prepared",
        /// Its bytes go next.
        Discarded = "discarded",
    }
}

/// A sealed layer.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Layer {
    /// Its short name, also its folder's.
    pub id: String,
    /// Where its bytes are.
    pub node: String,
    /// The layer below.
    pub parent_id: Option<String>,
    /// How many layers its chain has, itself included.
    pub depth: i64,
    /// What may be done with it.
    pub state: LayerState,
    /// The act that made it.
    pub source: String,
    /// The layer whose chain it merges.
    pub flat_of: Option<String>,
    /// Its own bytes; null until measured.
    pub size_bytes: Option<i64>,
}

/// A writable workspace of a sandbox.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct GenerationRow {
    /// Whose it is.
    pub sandbox_id: SandboxId,
    /// Its number; no volume name is ever used twice.
    pub number: i64,
    /// Where its bytes are.
    pub node: String,
    /// The newest layer that it stands on.
    pub base_layer_id: Option<String>,
    /// What it is for.
    pub state: GenerationState,
    /// Whether a container has ever had it.
    pub mounted: bool,
    /// When it was made.
    pub created_at: Timestamp,
}
