//! `layer.compact`: a merged copy of a long chain, for new generations to stand on. The chain's
//! own layers stay for the snapshots that stand on them.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use super::accept::{self, Subject};
use crate::clock::Timestamp;
use crate::domain::{Layer, Operation, OperationKind};
use crate::ids::OperationId;
use crate::store::{StoreError, generations, layers, operations};

/// Whose operations are our own: no tenant can have this name, and none sees them.
pub const OWNER: &str = "(system)";

/// What a job reads.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Input {
    /// The newest layer of the chain to merge.
    pub layer_id: String,
}

/// Queues the merging of a layer's chain, unless it is merged or about to be.
///
/// # Errors
/// [`StoreError`]
pub async fn enqueue(
    conn: &mut SqliteConnection,
    layer: &Layer,
    now: Timestamp,
) -> Result<Option<Operation>, StoreError> {
    if layers::flat_of(conn, &layer.id).await?.is_some() {
        return Ok(None);
    }
    let lock_key = format!("layer/{}/{}", layer.node, layer.id);
    if operations::unfinished_with_lock_key(conn, &lock_key).await? {
        return Ok(None);
    }
    let input = Input { layer_id: layer.id.clone() };
    let kind = OperationKind::LayerCompact;
    let id = OperationId::generate();
    let mut operation =
        accept::operation(id, kind, OWNER, &layer.node, Subject::default(), &input, now);
    operation.lock_key = lock_key;
    accept::queue_up(conn, &operation).await?;
    Ok(Some(operation))
}

/// Records a merged copy, and moves the idle generations that no container has had yet onto it.
///
/// # Errors
/// [`StoreError`]; `Corrupt` if the copy was given up.
pub async fn succeed(
    conn: &mut SqliteConnection,
    layer: &str,
    flat: &str,
) -> Result<Value, StoreError> {
    layers::set_ready(conn, flat).await?;
    let moved = generations::rebase_idle(conn, layer, flat).await?;
    Ok(json!({ "layer": flat, "generations_moved": moved }))
}
