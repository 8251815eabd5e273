//! Sealed layers: who stands on what, and what nothing stands on any more.

use sqlx::SqliteConnection;

use super::StoreError;
use crate::clock::Timestamp;
use crate::domain::{Layer, LayerState};

/// How many rows stand directly on layer `l`: layers above it, snapshots and generations.
const REFERENCES: &str = "((SELECT count(*) FROM layers c WHERE c.parent_id = l.id) \
     + (SELECT count(*) FROM snapshots s WHERE s.layer_id = l.id) \
     + (SELECT count(*) FROM generations g WHERE g.base_layer_id = l.id))";

/// Adds a layer that is about to be sealed.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn insert(
    conn: &mut SqliteConnection,
    layer: &Layer,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO layers (id, node, parent_id, depth, state, source, flat_of, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&layer.id)
    .bind(&layer.node)
    .bind(&layer.parent_id)
    .bind(layer.depth)
    .bind(layer.state)
    .bind(&layer.source)
    .bind(&layer.flat_of)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// A layer by its name.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn get(conn: &mut SqliteConnection, id: &str) -> Result<Option<Layer>, StoreError> {
    Ok(sqlx::query_as(select!(layers, "WHERE id = $1")).bind(id).fetch_optional(conn).await?)
}

/// The layer that an act has made or was making.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn by_source(
    conn: &mut SqliteConnection,
    source: &str,
) -> Result<Option<Layer>, StoreError> {
    Ok(sqlx::query_as(select!(layers, "WHERE source = $1"))
        .bind(source)
        .fetch_optional(conn)
        .await?)
}

/// The merged copy of the chain that ends in `id`, if there is one.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn flat_of(conn: &mut SqliteConnection, id: &str) -> Result<Option<Layer>, StoreError> {
    Ok(sqlx::query_as(select!(layers, "WHERE flat_of = $1 AND state = 'ready'"))
        .bind(id)
        .fetch_optional(conn)
        .await?)
}

/// The names of the chain that ends in `id`, newest first.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn chain(conn: &mut SqliteConnection, id: &str) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar(
        "WITH RECURSIVE chain(id, parent_id, n) AS ( \
             SELECT id, parent_id, 0 FROM layers WHERE id = $1 \
             UNION ALL SELECT l.id, l.parent_id, n + 1 FROM layers l JOIN chain ON l.id = chain.parent_id) \
         SELECT id FROM chain ORDER BY n",
    )
    .bind(id)
    .fetch_all(conn)
    .await?)
}

/// The merged copy's original, where it is still there.
const ORIGINAL: &str = "(SELECT o.id FROM layers o WHERE o.id = w.flat_of AND o.state = 'ready')";

/// The names of the layers that the tree of `id` came from, newest first: those of its chain, but
/// in place of a merged copy what it was made from, as long as that is there.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn origin(conn: &mut SqliteConnection, id: &str) -> Result<Vec<String>, StoreError> {
    let sql = format!(
        "WITH RECURSIVE walk(id, parent_id, flat_of, n) AS ( \
             SELECT id, parent_id, flat_of, 0 FROM layers WHERE id = $1 \
             UNION ALL SELECT l.id, l.parent_id, l.flat_of, w.n + 1 FROM walk w \
             JOIN layers l ON l.id = coalesce({ORIGINAL}, w.parent_id)) \
         SELECT id FROM walk w WHERE {ORIGINAL} IS NULL ORDER BY n"
    );
    Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(id).fetch_all(conn).await?)
}

/// Whether these layers are all in place. One that is has always been since it became ready.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn are_ready(conn: &mut SqliteConnection, ids: &[String]) -> Result<bool, StoreError> {
    for id in ids {
        match get(conn, id).await? {
            Some(layer) if layer.state == LayerState::Ready => {}
            _ => return Ok(false),
        }
    }
    Ok(true)
}

/// Bytes of the chain that ends in `id`, and the part of it that only one row stands on; null
/// where a layer isn't measured yet.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn sizes(
    conn: &mut SqliteConnection,
    id: &str,
) -> Result<(Option<i64>, Option<i64>), StoreError> {
    let walk = |condition: &str| {
        format!(
            "WITH RECURSIVE chain(id, parent_id, size_bytes) AS ( \
                 SELECT l.id, l.parent_id, l.size_bytes FROM layers l WHERE l.id = $1 {condition} \
                 UNION ALL SELECT l.id, l.parent_id, l.size_bytes FROM layers l \
                 JOIN chain ON l.id = chain.parent_id {condition}) \
             SELECT CASE WHEN count(*) = count(size_bytes) THEN coalesce(sum(size_bytes), 0) END FROM chain"
        )
    };
    let logical =
        sqlx::query_scalar(sqlx::AssertSqlSafe(walk(""))).bind(id).fetch_one(&mut *conn).await?;
    let unique = sqlx::query_scalar(sqlx::AssertSqlSafe(walk(&format!("AND {REFERENCES} = 1"))))
        .bind(id)
        .fetch_one(conn)
        .await?;
    Ok((logical, unique))
}

/// Marks a layer's bytes as in place. Marked already is a success.
///
/// # Errors
/// [`StoreError::Corrupt`] if it was given up or is gone: nothing may stand on it then.
pub async fn set_ready(conn: &mut SqliteConnection, id: &str) -> Result<(), StoreError> {
    let done = sqlx::query(
        "UPDATE layers SET state = 'ready' WHERE id = $1 AND state IN ('sealing', 'ready')",
    )
    .bind(id)
    .execute(conn)
    .await?;
    match done.rows_affected() {
        1 => Ok(()),
        _ => Err(StoreError::Corrupt(format!("layer {id} was given up"))),
    }
}

/// Gives up a layer that was never finished: its bytes, if there are any, go next.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn abandon(conn: &mut SqliteConnection, id: &str) -> Result<(), StoreError> {
    sqlx::query("UPDATE layers SET state = 'deleting' WHERE id = $1 AND state = 'sealing'")
        .bind(id)
        .execute(conn)
        .await?;
    Ok(())
}

/// Writes how large a layer is.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn set_size(
    conn: &mut SqliteConnection,
    id: &str,
    bytes: i64,
    files: i64,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE layers SET size_bytes = $2, files = $3 WHERE id = $1")
        .bind(id)
        .bind(bytes)
        .bind(files)
        .execute(conn)
        .await?;
    Ok(())
}

/// Ready layers of a node that aren't measured yet, a few at a time.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn unmeasured(conn: &mut SqliteConnection, node: &str) -> Result<Vec<Layer>, StoreError> {
    Ok(sqlx::query_as(select!(
        layers,
        "WHERE node = $1 AND state = 'ready' AND size_bytes IS NULL LIMIT 20"
    ))
    .bind(node)
    .fetch_all(conn)
    .await?)
}

/// A ready layer that nothing stands on. A merged copy stays as long as its original.
const UNUSED: &str = "l.node = $1 AND l.state = 'ready' \
     AND (l.flat_of IS NULL OR NOT EXISTS (SELECT 1 FROM layers o WHERE o.id = l.flat_of))";

/// Whether there are layers to remove.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn has_garbage(conn: &mut SqliteConnection, node: &str) -> Result<bool, StoreError> {
    let sql = format!(
        "SELECT EXISTS (SELECT 1 FROM layers l WHERE l.node = $1 AND l.state = 'deleting' \
         AND {REFERENCES} = 0) OR EXISTS (SELECT 1 FROM layers l WHERE {UNUSED} AND {REFERENCES} = 0)"
    );
    Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(node).fetch_one(conn).await?)
}

/// Moves ready layers that nothing stands on to `deleting` and gives all that are there. One that
/// something stands on is never among them, however that came about.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn collect_garbage(
    conn: &mut SqliteConnection,
    node: &str,
) -> Result<Vec<Layer>, StoreError> {
    let sql =
        format!("UPDATE layers AS l SET state = 'deleting' WHERE {UNUSED} AND {REFERENCES} = 0");
    // A layer keeps its parents, so the top goes first and the next call finds those below.
    sqlx::query(sqlx::AssertSqlSafe(sql)).bind(node).execute(&mut *conn).await?;
    let deleting = select!(layers, "l WHERE l.node = $1 AND l.state = 'deleting'");
    let sql = format!("{deleting} AND {REFERENCES} = 0");
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(node).fetch_all(conn).await?)
}

/// Layers of a node whose sealing was begun and not recorded as done.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn sealing(conn: &mut SqliteConnection, node: &str) -> Result<Vec<Layer>, StoreError> {
    Ok(sqlx::query_as(select!(layers, "WHERE node = $1 AND state = 'sealing'"))
        .bind(node)
        .fetch_all(conn)
        .await?)
}

/// Removes a layer's row, once its bytes are gone.
///
/// # Errors
/// [`StoreError::Database`], also while something stands on it.
pub async fn delete(conn: &mut SqliteConnection, id: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM layers WHERE id = $1").bind(id).execute(conn).await?;
    Ok(())
}

/// The names of the layers of all nodes whose bytes are in place.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn ready(conn: &mut SqliteConnection) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar("SELECT id FROM layers WHERE state = 'ready' ORDER BY id")
        .fetch_all(conn)
        .await?)
}

/// All layers of a node, each with where it is.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn states(
    conn: &mut SqliteConnection,
    node: &str,
) -> Result<Vec<(String, LayerState)>, StoreError> {
    Ok(sqlx::query_as("SELECT id, state FROM layers WHERE node = $1 ORDER BY id")
        .bind(node)
        .fetch_all(conn)
        .await?)
}

/// The names of all layers of a node.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn names(conn: &mut SqliteConnection, node: &str) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar("SELECT id FROM layers WHERE node = $1")
        .bind(node)
        .fetch_all(conn)
        .await?)
}
