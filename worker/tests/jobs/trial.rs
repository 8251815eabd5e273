//! One operation of each kind, with what it stands on and what it must come to, for the tests that
//! make it fail somewhere.

use sandboxd_shared::clock::Clock;
use sandboxd_shared::domain::{Operation, OperationKind, SandboxStatus};
use sandboxd_shared::ids::{AppId, OperationId, SandboxId, SnapshotId};
use sandboxd_shared::jobs::{compact_layer, fork_app, input};
use sandboxd_shared::store::layers;
use sandboxd_worker::sandbox::container_name;

use crate::files::files;
use crate::node::TestNode;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trial {
    Create,
    Start,
    Stop,
    Delete,
    DeleteApp,
    CaptureLive,
    /// Of a sandbox whose container died, so that there is something to seal.
    CaptureDead,
    RestoreRunning,
    RestoreStopped,
    /// Into an app that has no sandbox.
    RestoreNew,
    Fork,
    Compact,
}

/// What an operation is tried on.
pub(crate) struct Ground {
    pub(crate) app: AppId,
    pub(crate) sandbox: Option<SandboxId>,
    pub(crate) snapshot: Option<SnapshotId>,
    pub(crate) layer: Option<String>,
}

impl Trial {
    pub(crate) fn kind(self) -> OperationKind {
        match self {
            Self::Create => OperationKind::SandboxCreate,
            Self::Start => OperationKind::SandboxStart,
            Self::Stop => OperationKind::SandboxStop,
            Self::Delete => OperationKind::SandboxDelete,
            Self::DeleteApp => OperationKind::AppDelete,
            Self::CaptureLive | Self::CaptureDead => OperationKind::SnapshotCapture,
            Self::RestoreRunning | Self::RestoreStopped | Self::RestoreNew => {
                OperationKind::AppRestore
            }
            Self::Fork => OperationKind::AppFork,
            Self::Compact => OperationKind::LayerCompact,
        }
    }

    /// Makes what it needs. The workspace holds `a`, and before a restore the snapshot an older
    /// one.
    pub(crate) async fn prepare(self, node: &TestNode) -> Ground {
        let app = node.app(&format!("{self:?}")).await;
        if self == Self::Create {
            return Ground { app, sandbox: None, snapshot: None, layer: None };
        }
        let sandbox = node.create(app).await;
        node.write(sandbox, "a", "old").await;
        let snapshot = match self {
            Self::Delete | Self::Stop | Self::Start => None,
            _ => Some(node.capture(sandbox).await),
        };
        node.write(sandbox, "a", "new").await;
        let mut ground = Ground { app, sandbox: Some(sandbox), snapshot, layer: None };
        match self {
            Self::Start | Self::RestoreStopped => node.stop(sandbox).await,
            Self::CaptureDead => {
                node.engine.kill(&container_name(sandbox).unwrap(), 1);
                node.until("the death is seen", || async {
                    let row = node.sandbox(sandbox).await.unwrap();
                    (row.status == SandboxStatus::Stopped).then_some(())
                })
                .await;
            }
            Self::RestoreNew => {
                let id = node.ask_delete(sandbox).await;
                node.succeed(id).await;
            }
            Self::Compact => {
                node.stop(sandbox).await;
                node.start(sandbox).await;
                node.write(sandbox, "b", "new").await;
                node.stop(sandbox).await;
                ground.layer = node.generation(sandbox).await.base_layer_id;
            }
            _ => {}
        }
        ground
    }

    pub(crate) async fn ask(self, node: &TestNode, ground: &Ground) -> OperationId {
        let (app, sandbox) = (ground.app, ground.sandbox);
        match self {
            Self::Create => node.ask_create(app, None).await,
            Self::Start => node.ask_start(sandbox.unwrap()).await,
            Self::Stop => node.ask_stop(sandbox.unwrap()).await,
            Self::Delete => node.ask_delete(sandbox.unwrap()).await,
            Self::DeleteApp => node.ask_delete_app(app, true).await,
            Self::CaptureLive | Self::CaptureDead => node.ask_capture(sandbox.unwrap()).await.0,
            Self::RestoreRunning | Self::RestoreStopped | Self::RestoreNew => {
                node.ask_restore(app, ground.snapshot.unwrap(), true).await
            }
            Self::Fork => node.ask_fork(app, ground.snapshot.unwrap(), 3).await,
            Self::Compact => node.ask_compact(ground.layer.as_deref().unwrap()).await,
        }
    }

    /// The events of a success.
    pub(crate) fn timeline(self) -> Vec<&'static str> {
        match self {
            Self::Create => vec!["sandbox.create.started", "sandbox.created"],
            Self::Start => vec!["sandbox.start.started", "sandbox.started"],
            Self::Stop => vec!["sandbox.stop.started", "sandbox.stopped"],
            Self::Delete => vec!["sandbox.stop.started", "sandbox.deleted"],
            Self::DeleteApp => {
                let snapshot = "snapshot.deleted";
                vec!["sandbox.stop.started", "sandbox.deleted", snapshot, "app.deleted"]
            }
            Self::CaptureLive | Self::CaptureDead => {
                vec!["snapshot.capture.started", "snapshot.captured"]
            }
            Self::RestoreRunning | Self::RestoreStopped => {
                vec!["snapshot.restore.started", "snapshot.captured", "snapshot.restored"]
            }
            Self::RestoreNew => vec!["snapshot.restore.started", "snapshot.restored"],
            Self::Fork => {
                let (app, sandbox) = ("app.created", "sandbox.created");
                let begun = ["snapshot.fork.started", app, app, app];
                [&begun[..], &[sandbox, sandbox, sandbox, "snapshot.forked"]].concat()
            }
            Self::Compact => Vec::new(),
        }
    }

    /// What a success must have come to, whatever happened on the way.
    pub(crate) async fn check(self, node: &TestNode, ground: &Ground, done: &Operation) {
        let sandbox = done.sandbox_id.or(ground.sandbox);
        match self {
            Self::Create => {
                node.assert_running(sandbox.unwrap()).await;
                assert_eq!(node.files(sandbox.unwrap()).await, files([]));
            }
            Self::Start => {
                node.assert_running(sandbox.unwrap()).await;
                assert_eq!(node.files(sandbox.unwrap()).await, files([("a", "new")]));
            }
            Self::Stop | Self::CaptureDead => {
                node.assert_stopped(sandbox.unwrap()).await;
                assert_eq!(node.files(sandbox.unwrap()).await, files([("a", "new")]));
            }
            Self::Delete | Self::DeleteApp => self.check_deleted(node, ground).await,
            Self::CaptureLive => node.assert_running(sandbox.unwrap()).await,
            Self::RestoreRunning | Self::RestoreStopped | Self::RestoreNew => {
                self.check_restored(node, sandbox.unwrap(), done).await;
            }
            Self::Fork => {
                let children = input::<fork_app::Input>(done).unwrap().children;
                assert_eq!(children.len(), 3);
                for child in children {
                    node.assert_running(child.sandbox_id).await;
                    assert_eq!(node.files(child.sandbox_id).await, files([("a", "old")]));
                }
                assert_eq!(node.files(sandbox.unwrap()).await, files([("a", "new")]));
            }
            Self::Compact => {
                let wanted = files([("a", "new"), ("b", "new")]);
                assert_eq!(node.files(sandbox.unwrap()).await, wanted);
                let base = node.generation(sandbox.unwrap()).await.base_layer_id;
                assert_ne!(base, ground.layer);
            }
        }
        if matches!(self, Self::CaptureLive | Self::CaptureDead) {
            let taken = node.snapshot_files(done.snapshot_id.unwrap()).await;
            assert_eq!(taken, files([("a", "new")]));
        }
        if let Some(snapshot) = ground.snapshot.filter(|_| self != Self::DeleteApp) {
            assert_eq!(node.snapshot_files(snapshot).await, files([("a", "old")]));
        }
    }

    async fn check_deleted(self, node: &TestNode, ground: &Ground) {
        let sandbox = ground.sandbox.unwrap();
        assert!(node.sandbox(sandbox).await.is_none() && node.container(sandbox).is_none());
        assert_eq!(node.volumes_of(sandbox).await, Vec::<String>::new());
        assert_eq!(node.find_app(ground.app).await.is_none(), self == Self::DeleteApp);
        if let Some(snapshot) = ground.snapshot {
            assert!(node.snapshot(snapshot).await.is_none());
        }
    }

    async fn check_restored(self, node: &TestNode, sandbox: SandboxId, done: &Operation) {
        if self == Self::RestoreStopped {
            node.assert_stopped(sandbox).await;
        } else {
            node.assert_running(sandbox).await;
        }
        assert_eq!(node.files(sandbox).await, files([("a", "old")]));
        let safety = &done.result.as_ref().unwrap()["safety_snapshot_id"];
        if self == Self::RestoreNew {
            assert!(safety.is_null());
        } else {
            let safety = serde_json::from_value(safety.clone()).unwrap();
            assert_eq!(node.snapshot_files(safety).await, files([("a", "new")]));
        }
    }
}

impl TestNode {
    pub(crate) async fn ask_compact(&self, layer: &str) -> OperationId {
        let mut tx = self.store.write().await.unwrap();
        let row = layers::get(&mut tx, layer).await.unwrap().unwrap();
        let queued = compact_layer::enqueue(&mut tx, &row, self.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        queued.unwrap().id
    }

    /// Deletes every app with all its snapshots.
    pub(crate) async fn delete_everything(&self) {
        let ids: Vec<AppId> = {
            let mut conn = self.store.read().await.unwrap();
            sqlx::query_scalar("SELECT id FROM apps").fetch_all(&mut *conn).await.unwrap()
        };
        for id in ids {
            let asked = self.ask_delete_app(id, true).await;
            self.succeed(asked).await;
        }
    }
}
