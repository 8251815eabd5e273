//! Looking at rows and bytes without the code under test: plain SQL, and the fakes' own state.

use sandboxd_shared::ids::{OperationId, SandboxId, SnapshotId};
use sandboxd_worker::workspace::Generation;

use crate::client::Client;
use crate::disk::Files;

impl Client {
    pub(crate) async fn rows<T>(&self, sql: &'static str) -> Vec<T>
    where
        T: for<'r> sqlx::FromRow<'r, sqlx::sqlite::SqliteRow> + Send + Unpin,
    {
        let mut conn = self.store.read().await.unwrap();
        sqlx::query_as(sql).fetch_all(&mut *conn).await.unwrap()
    }

    /// The names of a layer and of all below it, the newest first.
    async fn chain(&self, layer: Option<String>) -> Vec<String> {
        let mut conn = self.store.read().await.unwrap();
        sqlx::query_scalar(
            "WITH RECURSIVE chain(id, parent_id, place) AS ( \
                 SELECT id, parent_id, 0 FROM layers WHERE id = $1 \
                 UNION ALL SELECT l.id, l.parent_id, place + 1 FROM layers l \
                 JOIN chain ON l.id = chain.parent_id) \
             SELECT id FROM chain ORDER BY place",
        )
        .bind(layer)
        .fetch_all(&mut *conn)
        .await
        .unwrap()
    }

    pub(crate) async fn snapshot_files(&self, layer: Option<String>) -> Result<Files, String> {
        let chain = self.chain(layer).await;
        self.world.disk.files(None, &chain).map_err(|error| error.to_string())
    }

    /// A workspace as the rows say that it is.
    pub(crate) async fn workspace(&self, sandbox: SandboxId) -> Result<Files, String> {
        let row: Option<(i64, Option<String>)> = {
            let mut conn = self.store.read().await.unwrap();
            sqlx::query_as(
                "SELECT number, base_layer_id FROM generations \
                 WHERE sandbox_id = $1 AND state = 'active'",
            )
            .bind(sandbox)
            .fetch_optional(&mut *conn)
            .await
            .unwrap()
        };
        let (number, layer) = row.ok_or_else(|| format!("sandbox {sandbox} has no workspace"))?;
        let generation = Generation::new(sandbox.lower(), u32::try_from(number).unwrap()).unwrap();
        let sealing = self.half_sealed(sandbox, number).await;
        let found = self.world.disk.list();
        let sealed = sealing.filter(|name| {
            let there = found.layers.iter().any(|entry| entry.layer.as_str() == name);
            let upper =
                found.generations.iter().any(|had| had.generation == generation && had.has_upper);
            there && !upper
        });
        if sealed.is_some() {
            return self.snapshot_files(sealed).await;
        }
        let chain = self.chain(layer).await;
        let made =
            self.world.disk.list().generations.iter().any(|had| had.generation == generation);
        // Before its first start it has no directory yet.
        let upper = made.then_some(&generation);
        self.world.disk.files(upper, &chain).map_err(|error| error.to_string())
    }

    /// The layer that a generation was to become when its operation ended.
    async fn half_sealed(&self, sandbox: SandboxId, number: i64) -> Option<String> {
        let mut conn = self.store.read().await.unwrap();
        sqlx::query_scalar("SELECT id FROM layers WHERE state = 'sealing' AND source = $1")
            .bind(format!("seal/{sandbox}/{number}"))
            .fetch_optional(&mut *conn)
            .await
            .unwrap()
    }

    /// Learns what has ended since the last time, and holds it against the model.
    pub(crate) async fn observe(&mut self) {
        let ended: Vec<(OperationId, String)> = self
            .rows(
                "SELECT id, status FROM operations \
                 WHERE status IN ('succeeded', 'failed', 'cancelled') ORDER BY id",
            )
            .await;
        for (id, status) in ended {
            if let Some(seen) = self.accepted.get_mut(&id).filter(|seen| !**seen) {
                *seen = true;
                self.world.trace.note(&format!("{id} {status}"));
                self.model.end(id, status == "succeeded");
            }
        }
        let snapshots: Vec<(SnapshotId, SandboxId, String, Option<String>)> = self
            .rows("SELECT id, source_sandbox_id, status, layer_id FROM snapshots ORDER BY id")
            .await;
        for (id, sandbox, status, layer) in snapshots {
            if !self.model.knows_snapshot(id) {
                self.model.begin_capture(sandbox, id);
            }
            match status.as_str() {
                "ready" => self.judge_snapshot(id, layer).await,
                "failed" => self.model.forget_capture(id),
                _ => {}
            }
        }
        let rows: Vec<(SandboxId,)> = self.rows("SELECT id FROM sandboxes").await;
        for sandbox in self.model.sandboxes() {
            if !rows.contains(&(sandbox,)) {
                self.model.delete(sandbox);
            }
        }
    }

    async fn judge_snapshot(&mut self, id: SnapshotId, layer: Option<String>) {
        if self.model.is_sure_of(id) {
            return;
        }
        let judged = match self.snapshot_files(layer).await {
            Ok(files) => self.model.end_capture(id, &files),
            Err(error) => Err(format!("snapshot {id} can't be read: {error}")),
        };
        if let Err(why) = judged {
            self.world.trace.wrong(why);
            self.model.give_up(id);
        }
    }
}
